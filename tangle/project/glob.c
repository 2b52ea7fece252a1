#include "tangle/project/glob.h"

#include <stddef.h>

#define NOWHERE	((size_t)-1)

/* ---- sets ------------------------------------------------------------------------------ */

static bool
is_lower(unsigned char c)
{
	return c >= 'a' && c <= 'z';
}

static bool
is_upper(unsigned char c)
{
	return c >= 'A' && c <= 'Z';
}

static bool
is_digit(unsigned char c)
{
	return c >= '0' && c <= '9';
}

static bool
is_alpha(unsigned char c)
{
	return is_lower(c) || is_upper(c);
}

static bool
is_alnum(unsigned char c)
{
	return is_alpha(c) || is_digit(c);
}

static bool
is_xdigit(unsigned char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static bool
is_graph(unsigned char c)
{
	return c > ' ' && c < 0x7f;
}

static bool
is_print(unsigned char c)
{
	return c >= ' ' && c < 0x7f;
}

static bool
is_punct(unsigned char c)
{
	return is_graph(c) && !is_alnum(c);
}

static bool
is_cntrl(unsigned char c)
{
	return c < ' ' || c == 0x7f;
}

static bool
is_blank(unsigned char c)
{
	return c == ' ' || c == '\t';
}

static bool
is_space(unsigned char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

/* The same in every locale. */
static const struct {
	struct str name;
	bool (*has)(unsigned char);
} classes[] = {
	{ { "alnum", 5 }, is_alnum }, { { "alpha", 5 }, is_alpha }, { { "blank", 5 }, is_blank },
	{ { "cntrl", 5 }, is_cntrl }, { { "digit", 5 }, is_digit }, { { "graph", 5 }, is_graph },
	{ { "lower", 5 }, is_lower }, { { "print", 5 }, is_print }, { { "punct", 5 }, is_punct },
	{ { "space", 5 }, is_space }, { { "upper", 5 }, is_upper }, { { "xdigit", 6 }, is_xdigit },
};

/* A set is read and asked at once: what it says of one byte. */
struct set {
	struct str pattern;
	size_t at;
	unsigned char asked;
	bool is_in, is_bad;
};

/* The byte at s->at, or the one behind a backslash; stays at the byte. */
static unsigned char
set_byte(struct set *s)
{
	if (s->at < s->pattern.len && s->pattern.data[s->at] == '\\')
		s->at++;
	s->is_bad = s->is_bad || s->at >= s->pattern.len;
	return s->is_bad ? 0 : (unsigned char)s->pattern.data[s->at];
}

/* "[:digit:]" at s->at: to its last byte; false if it is none, and stays. */
static bool
set_class(struct set *s)
{
	size_t from = s->at + 2, end;
	struct str name;

	if (!str_starts(str_slice(s->pattern, s->at, s->pattern.len), STR("[:")))
		return false;
	end = from + str_find_byte(str_slice(s->pattern, from, s->pattern.len), ']');
	if (end == s->pattern.len) {
		s->is_bad = true;
		return true;
	}
	if (end == from || s->pattern.data[end - 1] != ':')
		return false;
	name = str_slice(s->pattern, from, end - 1);
	s->at = end;
	for (size_t i = 0; i < sizeof classes / sizeof *classes; i++) {
		if (!str_eq(classes[i].name, name))
			continue;
		s->is_in = s->is_in || classes[i].has(s->asked);
		return true;
	}
	s->is_bad = true;
	return true;
}

static bool
set_is_range(const struct set *s)
{
	return s->at + 2 < s->pattern.len && s->pattern.data[s->at + 1] == '-' &&
	    s->pattern.data[s->at + 2] != ']';
}

/*
 * The set whose '[' stands at `at`: where it ends (behind its ']'), NOWHERE if it is
 * malformed.  A ']' that comes first is a member.
 */
static size_t
set_ask(struct str pattern, size_t at, unsigned char asked, bool *is_in)
{
	struct set s = { .pattern = pattern, .at = at + 1, .asked = asked };
	bool negated = s.at < pattern.len && (pattern.data[s.at] == '!' || pattern.data[s.at] == '^');

	s.at += negated;
	for (bool first = true; !s.is_bad; first = false, s.at++) {
		unsigned char low, high;

		if (s.at >= pattern.len)
			return NOWHERE;
		if (pattern.data[s.at] == ']' && !first)
			break;
		if (set_class(&s))
			continue;
		low = high = set_byte(&s);
		if (!s.is_bad && set_is_range(&s)) {
			s.at += 2;
			high = set_byte(&s);
		}
		/* of a range that runs backwards git has its first byte */
		s.is_in = s.is_in || asked == low || (low <= asked && asked <= high);
	}
	*is_in = s.is_in != negated;
	return s.is_bad ? NOWHERE : s.at + 1;
}

/* ---- one part, between slashes ------------------------------------------------------------ */

/* What stands at `at` against one byte: where it ends; NOWHERE when it does not match. */
static size_t
match_byte(struct str pattern, size_t at, char c)
{
	bool is_in;
	size_t end;

	switch (pattern.data[at]) {
	case '?':
		return at + 1;
	case '[':
		end = set_ask(pattern, at, (unsigned char)c, &is_in);
		return end != NOWHERE && is_in ? end : NOWHERE;
	case '\\':
		at++;
	}
	return at < pattern.len && pattern.data[at] == c ? at + 1 : NOWHERE;
}

/*
 * What stands before a star never has to be looked at again: whatever comes later can
 * only be found further right.  So going back to the last star is enough.
 */
static bool
match_part(struct str pattern, struct str name)
{
	size_t p = 0, n = 0, star = NOWHERE, from = 0, next;

	while (n < name.len) {
		if (p < pattern.len && pattern.data[p] == '*') {
			star = ++p;
			from = n;
		} else if (p < pattern.len && (next = match_byte(pattern, p, name.data[n])) != NOWHERE) {
			p = next;
			n++;
		} else if (star != NOWHERE) {
			p = star;
			n = ++from;
		} else {
			return false;
		}
	}
	while (p < pattern.len && pattern.data[p] == '*')
		p++;
	return p == pattern.len;
}

/* ---- parts ---------------------------------------------------------------------------------- */

/*
 * The part of a pattern that begins at `at`, and in *next where the one behind its
 * slash begins (beyond the end: it is the last).  A slash in a set is none, and "\/" is
 * one.
 */
static struct str
part_of(struct str pattern, size_t at, size_t *next)
{
	size_t i = at, end;
	bool is_in;

	while (i < pattern.len && pattern.data[i] != '/') {
		if (str_starts(str_slice(pattern, i, pattern.len), STR("\\/"))) {
			*next = i + 2;
			return str_slice(pattern, at, i);
		}
		end = pattern.data[i] == '[' ? set_ask(pattern, i, 0, &is_in) :
		    pattern.data[i] == '\\' ? i + 2 : i + 1;
		i = end > pattern.len ? pattern.len : end;	/* what is malformed matches nothing */
	}
	*next = i + 1;
	return str_slice(pattern, at, i);
}

/* How many bytes of a path its first name has. */
static size_t
name_size(struct str path, size_t at)
{
	return str_find_byte(str_slice(path, at, path.len), '/');
}

static bool
is_folders(struct str part)
{
	for (size_t i = 0; i < part.len; i++)
		if (part.data[i] != '*')
			return false;
	return part.len >= 2;
}

/* As in match_part, with parts for bytes. */
bool
glob_match(struct str pattern, struct str path)
{
	size_t p = 0, n = 0, stars = NOWHERE, from = 0, next;

	while (n <= path.len) {
		struct str part = p <= pattern.len ? part_of(pattern, p, &next) : STR("");
		size_t size = name_size(path, n);

		if (p <= pattern.len && is_folders(part)) {
			if (next > pattern.len)
				return true;
			stars = p = next;
			from = n;
		} else if (p <= pattern.len && match_part(part, str_slice(path, n, n + size))) {
			p = next;
			n += size + 1;
		} else if (stars != NOWHERE) {
			p = stars;
			n = from += name_size(path, from) + 1;
		} else {
			return false;
		}
	}
	return p > pattern.len;
}
