#include "runner/output/balance.h"

#include <stddef.h>

enum { DEEPEST = 200 };

struct open {
	struct str list[DEEPEST];
	size_t n;
};

static bool
is_one_of(struct str name, const char *const *words)
{
	for (; *words; words++)
		if (str_eq_nocase(name, str_of(*words)))
			return true;
	return false;
}

/* Never has an end. */
static bool
is_void(struct str name)
{
	static const char *const words[] = {
		"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source",
		"track", "wbr", NULL
	};

	return is_one_of(name, words);
}

/* Ends where its parent does, at the latest. */
static bool
may_end_silently(struct str name)
{
	static const char *const words[] = {
		"p", "li", "dt", "dd", "td", "th", "tr", "thead", "tbody", "tfoot", "option", "optgroup",
		"colgroup", "caption", "rt", "rp", NULL
	};

	return is_one_of(name, words);
}

/* What is in it is text, up to its end. */
static bool
is_text(struct str name)
{
	static const char *const words[] = {
		"script", "style", "textarea", "title", "xmp", "iframe", "noembed", "noframes", "plaintext", NULL
	};

	return is_one_of(name, words);
}

static bool
is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static struct str
name_at(struct str s)
{
	size_t n = 0;

	while (n < s.len && s.data[n] != '>' && s.data[n] != '/' && !str_is_blank(str_slice(s, n, n + 1)))
		n++;
	return str_slice(s, 0, n);
}

/* Take what goes on up to `end`, and that, off *rest; false: there is no end. */
static bool
skip_to(struct str *rest, struct str end)
{
	size_t at = str_find(*rest, end);
	bool ok = at < rest->len;

	*rest = str_slice(*rest, at + end.len, rest->len);
	return ok;
}

/* The attributes of a tag and its end; *is_closed: that is />. */
static bool
skip_tag(struct str *rest, bool *is_closed)
{
	char quote = '\0';

	*is_closed = false;
	for (size_t i = 0; i < rest->len; i++) {
		char c = rest->data[i];

		if (quote) {
			quote = c == quote ? '\0' : quote;
		} else if (c == '"' || c == '\'') {
			quote = c;
		} else if (c == '<') {
			return false;
		} else if (c == '>') {
			*is_closed = i > 0 && rest->data[i - 1] == '/';
			*rest = str_slice(*rest, i + 1, rest->len);
			return true;
		}
	}
	return false;
}

/* An end closes what it names, and what may end silently within. */
static bool
close_one(struct open *o, struct str name)
{
	while (o->n > 0 && !str_eq_nocase(o->list[o->n - 1], name)) {
		if (!may_end_silently(o->list[o->n - 1]))
			return false;
		o->n--;
	}
	if (o->n == 0)
		return false;
	o->n--;
	return true;
}

/* Past the text of an element that has only text. */
static bool
skip_text(struct str *rest, struct str name)
{
	while (skip_to(rest, STR("</"))) {
		bool is_closed;

		if (str_eq_nocase(name_at(*rest), name))
			return skip_tag(rest, &is_closed);
	}
	return false;
}

/* What stands behind a '<'. */
static bool
take(struct str *rest, struct open *o)
{
	struct str name;
	bool is_end, is_closed;

	if (str_starts(*rest, STR("!--")))
		return skip_to(rest, STR("-->"));
	if (str_starts(*rest, STR("!")) || str_starts(*rest, STR("?")))
		return skip_to(rest, STR(">"));
	is_end = str_starts(*rest, STR("/"));
	if (is_end)
		*rest = str_slice(*rest, 1, rest->len);
	if (rest->len == 0 || !is_letter(rest->data[0]))
		return !is_end;
	name = name_at(*rest);
	if (!skip_tag(rest, &is_closed))
		return false;
	if (is_end)
		return close_one(o, name);
	if (is_closed || is_void(name))
		return true;
	if (is_text(name))
		return skip_text(rest, name);
	if (o->n == DEEPEST)
		return false;
	o->list[o->n++] = name;
	return true;
}

bool
balance_of(struct str html)
{
	struct open o = { .n = 0 };

	while (skip_to(&html, STR("<")))
		if (!take(&html, &o))
			return false;
	while (o.n > 0)
		if (!may_end_silently(o.list[--o.n]))
			return false;
	return true;
}
