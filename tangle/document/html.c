#include "tangle/document/html.h"

#include <stdbool.h>

#include "tangle/base/buf.h"

/* No name that means something to libcmark is longer. */
enum { LONGEST_NAME = 16 };

/* ---- ends ------------------------------------------------------------------ */

struct ends {
	bool comment, instruction, cdata, raw_text, any;
};

static bool
ends_nocase(struct str s, struct str end)
{
	return s.len >= end.len && str_eq_nocase(str_slice(s, s.len - end.len, s.len), end);
}

static struct ends
ends_of(struct str text)
{
	struct ends e = {0};

	for (size_t at = str_find_byte(text, '>'); at < text.len;
	    at += 1 + str_find_byte(str_slice(text, at + 1, text.len), '>')) {
		struct str to = str_slice(text, 0, at);

		e.any = true;
		e.comment |= str_ends(to, STR("--"));
		e.instruction |= str_ends(to, STR("?"));
		e.cdata |= str_ends(to, STR("]]"));
		e.raw_text |= ends_nocase(to, STR("</script")) || ends_nocase(to, STR("</pre")) ||
		    ends_nocase(to, STR("</style")) || ends_nocase(to, STR("</textarea"));
	}
	return e;
}

/* The marks but for a bare >; was there any? */
static bool
add_marks(struct buf *b, const struct ends *e)
{
	if (e->comment)
		buf_add(b, STR("-->"));
	if (e->instruction)
		buf_add(b, STR("?>"));
	if (e->cdata)
		buf_add(b, STR("]]>"));
	if (e->raw_text)
		buf_add(b, STR("</pre>"));
	return e->comment || e->instruction || e->cdata || e->raw_text;
}

void
html_add_ends(struct buf *b, struct str text)
{
	struct ends e = ends_of(text);

	if (!add_marks(b, &e) && e.any)
		buf_byte(b, '>');
}

/* ---- tags ------------------------------------------------------------------ */

static bool
is_in(char c, struct str set)
{
	return str_find_byte(set, c) < set.len;
}

static bool
is_alpha(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool
is_alnum(char c)
{
	return is_alpha(c) || (c >= '0' && c <= '9');
}

static bool
is_space(char c)
{
	return is_in(c, STR(" \t\v\f"));
}

static size_t
spaces(struct str s, size_t at)
{
	while (at < s.len && is_space(s.data[at]))
		at++;
	return at;
}

static size_t
tag_name(struct str s, size_t at)
{
	while (at < s.len && (is_alnum(s.data[at]) || s.data[at] == '-'))
		at++;
	return at;
}

/* Behind the value of an attribute, or s.len + 1 if there is none. */
static size_t
value(struct str s, size_t at)
{
	size_t from = at;

	if (at < s.len && (s.data[at] == '"' || s.data[at] == '\''))
		return at + 1 + str_find_byte(str_slice(s, at + 1, s.len), s.data[at]) + 1;
	while (at < s.len && !is_in(s.data[at], STR(" \t\v\f\"'=<>`")))
		at++;
	return at > from ? at : s.len + 1;
}

/* Behind the attributes; s.len + 1 if something else is wrong. */
static size_t
attributes(struct str s, size_t at)
{
	for (;;) {
		size_t from = spaces(s, at), equals;

		if (from == at || from >= s.len ||
		    !(is_alpha(s.data[from]) || is_in(s.data[from], STR("_:"))))
			return from;
		at = from + 1;
		while (at < s.len && (is_alnum(s.data[at]) || is_in(s.data[at], STR(":._-"))))
			at++;
		equals = spaces(s, at);
		if (equals < s.len && s.data[equals] == '=')
			at = value(s, spaces(s, equals + 1));
		if (at > s.len)
			return at;
	}
}

/* Is it one opening or closing tag, and blanks at most behind it? */
static bool
is_whole_tag(struct str s, size_t name_end, bool closing)
{
	size_t at = closing ? spaces(s, name_end) : attributes(s, name_end);

	if (!closing && at < s.len && s.data[at] == '/')
		at++;
	if (at >= s.len || s.data[at] != '>')
		return false;
	for (at++; at < s.len; at++)
		if (!is_in(s.data[at], STR(" \t\f")))
			return false;
	return true;
}

static void
add_whole_tag(struct buf *b, struct str s, size_t name_end, bool closing)
{
	struct ends e = ends_of(s);
	char next = s.data[name_end];

	if (is_space(next))
		buf_byte(b, ' ');
	if (is_space(next) && !closing) {
		buf_add(b, STR("x=\""));
		if (!add_marks(b, &e))
			buf_byte(b, 'x');
		buf_byte(b, '"');
	}
	buf_add(b, next == '/' ? STR("/>") : STR(">"));
}

static void
add_tag(struct buf *b, struct str s, bool closing)
{
	size_t from = closing ? 2 : 1, to = tag_name(s, from);
	struct str name = str_slice(s, from, to);

	buf_add(b, closing ? STR("</") : STR("<"));
	if (name.len > LONGEST_NAME)
		buf_fill(b, 'x', LONGEST_NAME + 1);
	else
		buf_add(b, name);
	if (name.len > 0 && is_alpha(name.data[0]) && is_whole_tag(s, to, closing)) {
		add_whole_tag(b, s, to, closing);
		return;
	}
	if (to == s.len)
		return;
	if (is_space(s.data[to]))
		buf_byte(b, ' ');
	else if (s.data[to] == '>')
		buf_byte(b, '>');
	else if (s.data[to] == '/' && to + 1 < s.len && s.data[to + 1] == '>')
		buf_add(b, STR("/>"));
	else
		buf_byte(b, ':');
	buf_add(b, STR("<x"));	/* never a whole tag */
	html_add_ends(b, s);
}

void
html_add_skeleton(struct buf *b, struct str text)
{
	size_t front = 0;

	if (is_alpha(text.data[1]) || text.data[1] == '/') {
		add_tag(b, text, text.data[1] == '/');
		return;
	}
	if (str_starts(text, STR("<!--")))
		front = 4;
	else if (str_eq_nocase(str_slice(text, 0, 9), STR("<![CDATA[")))
		front = 9;
	else if (text.data[1] == '?')
		front = 2;
	else if (text.len > 2 && is_alpha(text.data[2]))
		front = 3;
	buf_add(b, str_slice(text, 0, front));
	buf_byte(b, 'x');
	html_add_ends(b, text);
}
