#include "tangle/document/line.h"

#include <string.h>

bool
line_next(struct line_cursor *c, struct str *raw)
{
	struct str rest = str_slice(c->text, c->at, c->text.len);

	if (rest.len == 0)
		return false;
	*raw = str_slice(rest, 0, str_line_size(rest));
	c->at += raw->len;
	return true;
}

size_t
line_count(struct str text)
{
	struct line_cursor at = { text, 0 };
	struct str raw;
	size_t n = 0;

	if (str_find_byte(text, '\r') < text.len) {
		while (line_next(&at, &raw))
			n++;
		return n;
	}
	for (size_t i = 0; i < text.len; i++)
		n += text.data[i] == '\n';
	return n + (text.len > 0 && text.data[text.len - 1] != '\n');
}

size_t
line_ending(struct str raw)
{
	if (str_ends(raw, STR("\r\n")))
		return 2;
	return raw.len > 0 && (raw.data[raw.len - 1] == '\n' || raw.data[raw.len - 1] == '\r');
}

struct str
line_text(struct str raw)
{
	return str_slice(raw, 0, raw.len - line_ending(raw));
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* What C calls a space, and libcmark wants behind the mark of a list item. */
static bool
is_space(char c)
{
	return is_blank(c) || c == '\v' || c == '\f';
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

struct str
line_marks(struct str raw)
{
	size_t at = 0;

	while (at < raw.len && (is_blank(raw.data[at]) || raw.data[at] == '>'))
		at++;
	return str_slice(raw, 0, at);
}

size_t
line_mark(struct str text)
{
	size_t n = 0;

	if (text.len == 0)
		return 0;
	if (text.data[0] == '>')
		return 1;
	if (text.data[0] == '-' || text.data[0] == '+' || text.data[0] == '*') {
		n = 1;
	} else {
		while (n < text.len && n < 9 && is_digit(text.data[n]))
			n++;
		if (n == 0 || n == text.len || (text.data[n] != '.' && text.data[n] != ')'))
			return 0;
		n++;
	}
	return n == text.len || is_space(text.data[n]) ? n : 0;
}

bool
line_is_rule(struct str text)
{
	if (text.len == 0 || !strchr("-_*=", text.data[0]) || text.data[0] == '\0')
		return false;
	for (size_t i = 1; i < text.len; i++)
		if (text.data[i] != text.data[0] && !is_blank(text.data[i]))
			return false;
	return true;
}

size_t
line_fence_run(struct str s)
{
	size_t n = 0;

	if (s.len == 0 || (s.data[0] != '`' && s.data[0] != '~'))
		return 0;
	while (n < s.len && s.data[n] == s.data[0])
		n++;
	return n;
}

/* Backticks in what follows make it a code span. */
static bool
is_fence(struct str text)
{
	size_t run = line_fence_run(text);

	return run >= 3 && (text.data[0] == '~' ||
	    str_find_byte(str_slice(text, run, text.len), '`') == text.len - run);
}

static bool
is_heading(struct str text)
{
	size_t n = 0;

	while (n < text.len && text.data[n] == '#')
		n++;
	return n >= 1 && n <= 6 && (n == text.len || is_blank(text.data[n]));
}

enum line_shape
line_shape(struct str text)
{
	char c;

	if (text.len == 0)
		return LINE_BLANK;
	c = text.data[0];
	if (is_letter(c) || (unsigned char)c >= 0x80)
		return LINE_TEXT;
	switch (c) {
	case '#':
		return is_heading(text) ? LINE_HEADING : LINE_TEXT;
	case '`': case '~':
		return is_fence(text) ? LINE_FENCE : LINE_TEXT;
	case '[':
		return LINE_BRACKET;
	case '<':
		return text.len > 1 && (is_letter(text.data[1]) || text.data[1] == '/' ||
		    text.data[1] == '!' || text.data[1] == '?') ? LINE_HTML : LINE_TEXT;
	case '-': case '_': case '*': case '=':
		if (line_is_rule(text))
			return LINE_RULE;
		break;
	}
	return line_mark(text) > 0 ? LINE_MARK : LINE_TEXT;
}

bool
line_closes(struct str raw, struct str head, struct str *prefix)
{
	size_t run, open = line_fence_run(head);
	struct str rest;

	if (open > LINE_FENCE_CAP)
		open = LINE_FENCE_CAP;
	*prefix = line_marks(raw);
	rest = str_slice(raw, prefix->len, raw.len);
	run = line_fence_run(rest);
	return run >= open && rest.data[0] == head.data[0] &&
	    str_is_blank(str_slice(rest, run, rest.len));
}

bool
line_all_marks(struct str text)
{
	for (size_t i = 0; i < text.len; i++)
		if (!is_blank(text.data[i]) && text.data[i] != '>' && text.data[i] != '\n' &&
		    text.data[i] != '\r')
			return false;
	return true;
}
