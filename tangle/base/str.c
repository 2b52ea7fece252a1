#include "tangle/base/str.h"

#include <string.h>

struct str
str_of(const char *nul_terminated)
{
	return (struct str){ nul_terminated, strlen(nul_terminated) };
}

struct str
str_slice(struct str s, size_t from, size_t to)
{
	if (to > s.len)
		to = s.len;
	if (from > to)
		from = to;
	return (struct str){ s.data ? s.data + from : NULL, to - from };
}

bool
str_eq(struct str a, struct str b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

static char
lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

bool
str_eq_nocase(struct str a, struct str b)
{
	if (a.len != b.len)
		return false;
	for (size_t i = 0; i < a.len; i++)
		if (lower(a.data[i]) != lower(b.data[i]))
			return false;
	return true;
}

int
str_compare(struct str a, struct str b)
{
	size_t n = a.len < b.len ? a.len : b.len;
	int order = n ? memcmp(a.data, b.data, n) : 0;

	return order ? order : (a.len > b.len) - (a.len < b.len);
}

bool
str_starts(struct str s, struct str prefix)
{
	return s.len >= prefix.len && str_eq(str_slice(s, 0, prefix.len), prefix);
}

bool
str_ends(struct str s, struct str suffix)
{
	return s.len >= suffix.len &&
	    str_eq(str_slice(s, s.len - suffix.len, s.len), suffix);
}

size_t
str_find_byte(struct str s, char byte)
{
	const char *p = s.len ? memchr(s.data, byte, s.len) : NULL;

	return p ? (size_t)(p - s.data) : s.len;
}

size_t
str_find(struct str s, struct str part)
{
	size_t at = 0;

	if (part.len == 0)
		return 0;
	while (at + part.len <= s.len) {
		at += str_find_byte(str_slice(s, at, s.len), part.data[0]);
		if (at + part.len > s.len)
			break;
		if (memcmp(s.data + at, part.data, part.len) == 0)
			return at;
		at++;
	}
	return s.len;
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

struct str
str_trim(struct str s)
{
	while (s.len > 0 && is_blank(s.data[0]))
		s = str_slice(s, 1, s.len);
	while (s.len > 0 && is_blank(s.data[s.len - 1]))
		s.len--;
	return s;
}

struct str
str_chomp(struct str s)
{
	while (s.len > 0 && (s.data[s.len - 1] == '\n' || s.data[s.len - 1] == '\r'))
		s.len--;
	return s;
}

bool
str_is_blank(struct str s)
{
	for (size_t i = 0; i < s.len; i++)
		if (!is_blank(s.data[i]) && s.data[i] != '\n' && s.data[i] != '\r')
			return false;
	return true;
}

struct str
str_cut(struct str s, char byte, struct str *rest)
{
	size_t at = str_find_byte(s, byte);

	*rest = str_slice(s, at + 1, s.len);
	return str_slice(s, 0, at);
}

struct str
str_word(struct str *rest)
{
	struct str s = str_trim(*rest);
	size_t n = 0;

	while (n < s.len && !is_blank(s.data[n]) && s.data[n] != '\n' && s.data[n] != '\r')
		n++;
	*rest = str_slice(s, n, s.len);
	while (rest->len > 0 && str_is_blank(str_slice(*rest, 0, 1)))
		*rest = str_slice(*rest, 1, rest->len);
	return str_slice(s, 0, n);
}

bool
str_line(struct str *rest, struct str *line)
{
	if (rest->len == 0)
		return false;
	*line = str_cut(*rest, '\n', rest);
	return true;
}

size_t
str_count_lines(struct str text)
{
	struct str line;
	size_t n = 0;

	while (str_line(&text, &line))
		n++;
	return n;
}

/*
 * Looked for in pieces: with one search for each of the two over all that
 * follows, a text that ends its lines with the other would take for ever.
 */
size_t
str_line_size(struct str s)
{
	enum { PIECE = 256 };

	for (size_t at = 0; at < s.len; at += PIECE) {
		struct str piece = str_slice(s, at, at + PIECE);
		size_t end = str_find_byte(piece, '\n');

		end = str_find_byte(str_slice(piece, 0, end), '\r');
		if (end == piece.len)
			continue;
		end += at + 1;
		return end < s.len && s.data[end - 1] == '\r' && s.data[end] == '\n' ? end + 1 : end;
	}
	return s.len;
}

bool
str_number(struct str s, unsigned long max, unsigned long *number)
{
	unsigned long n = 0;

	if (s.len == 0)
		return false;
	for (size_t i = 0; i < s.len; i++) {
		unsigned long digit;

		if (s.data[i] < '0' || s.data[i] > '9')
			return false;
		digit = (unsigned long)(s.data[i] - '0');
		if (digit > max || n > (max - digit) / 10)
			return false;
		n = n * 10 + digit;
	}
	*number = n;
	return true;
}

/* Optimal string alignment, three rows. */
unsigned
str_distance(struct str a, struct str b, unsigned limit)
{
	enum { LONGEST = 64 };
	unsigned row[3][LONGEST + 1];
	unsigned *before = row[0], *above = row[1], *here = row[2];

	if (a.len > LONGEST || b.len > LONGEST)
		return limit + 1;
	for (unsigned j = 0; j <= b.len; j++)
		above[j] = j;
	for (unsigned i = 1; i <= a.len; i++) {
		unsigned *turn = before;

		here[0] = i;
		for (unsigned j = 1; j <= b.len; j++) {
			bool same = lower(a.data[i - 1]) == lower(b.data[j - 1]);
			unsigned best = above[j - 1] + !same;

			if (above[j] + 1 < best)
				best = above[j] + 1;
			if (here[j - 1] + 1 < best)
				best = here[j - 1] + 1;
			if (i > 1 && j > 1 && a.data[i - 1] == b.data[j - 2] &&
			    a.data[i - 2] == b.data[j - 1] && before[j - 2] + 1 < best)
				best = before[j - 2] + 1;
			here[j] = best;
		}
		before = above;
		above = here;
		here = turn;
	}
	return above[b.len] <= limit ? above[b.len] : limit + 1;
}

size_t
str_utf8(struct str s)
{
	const unsigned char *p = (const unsigned char *)s.data;
	unsigned char low = 0x80, high = 0xBF;
	size_t n;

	if (s.len == 0)
		return 0;
	if (p[0] < 0x80)
		return 1;
	if (p[0] >= 0xC2 && p[0] <= 0xDF) {
		n = 2;
	} else if (p[0] >= 0xE0 && p[0] <= 0xEF) {
		n = 3;
		if (p[0] == 0xE0)
			low = 0xA0;	/* overlong */
		if (p[0] == 0xED)
			high = 0x9F;	/* surrogates */
	} else if (p[0] >= 0xF0 && p[0] <= 0xF4) {
		n = 4;
		if (p[0] == 0xF0)
			low = 0x90;
		if (p[0] == 0xF4)
			high = 0x8F;	/* over U+10FFFF */
	} else {
		return 0;
	}
	if (s.len < n || p[1] < low || p[1] > high)
		return 0;
	for (size_t i = 2; i < n; i++)
		if ((p[i] & 0xC0) != 0x80)
			return 0;
	return n;
}

size_t
str_utf8_error(struct str s)
{
	size_t at = 0;

	while (at < s.len) {
		size_t n = str_utf8(str_slice(s, at, s.len));

		if (n == 0)
			break;
		at += n;
	}
	return at;
}
