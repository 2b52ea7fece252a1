/*
 * A view of bytes that someone else owns.
 *
 * Views end at a length, not at a NUL, and may hold any bytes.  Two words, so
 * they are passed by value.  The empty view may have data == NULL.
 */
#ifndef TANGLE_BASE_STR_H
#define TANGLE_BASE_STR_H

#include <stdbool.h>
#include <stddef.h>

struct str {
	const char *data;
	size_t len;
};

/* A view of a string literal. */
#define STR(literal)	((struct str){ "" literal, sizeof(literal) - 1 })
/* For "%.*s". */
#define STR_ARG(s)	(int)(s).len, (s).data

struct str str_of(const char *nul_terminated);
struct str str_slice(struct str s, size_t from, size_t to);	/* clamped */

bool str_eq(struct str a, struct str b);
bool str_eq_nocase(struct str a, struct str b);			/* ASCII */
int str_compare(struct str a, struct str b);			/* as memcmp, then length */
bool str_starts(struct str s, struct str prefix);
bool str_ends(struct str s, struct str suffix);

/* Offset of the first `byte`, or of the first `part`; s.len if there is none. */
size_t str_find_byte(struct str s, char byte);
size_t str_find(struct str s, struct str part);

/* Blanks (space and tab) taken off. */
struct str str_trim(struct str s);
/* The line ending (LF, CR LF, CR, or several) taken off. */
struct str str_chomp(struct str s);
bool str_is_blank(struct str s);	/* nothing but space, tab, CR, LF */

/*
 * Cut s at the first `byte`: returns what stands before and leaves in *rest
 * what stands after (empty when there is no such byte).
 */
struct str str_cut(struct str s, char byte, struct str *rest);

/* Take the next blank-separated word off the front of *rest; empty at the end. */
struct str str_word(struct str *rest);

/*
 * Take the next line off *rest, its LF not included (a CR before it is).
 * False at the end; a text that ends without LF still gives its last line.
 */
bool str_line(struct str *rest, struct str *line);

/* How often that gives one. */
size_t str_count_lines(struct str text);

/* Bytes of the first line with its ending, which is LF, CR LF or a lone CR. */
size_t str_line_size(struct str s);

/* A decimal number without sign; false if it is none, or over `max`. */
bool str_number(struct str s, unsigned long max, unsigned long *number);

/*
 * How many single-byte edits lie between a and b (insert, delete, replace,
 * swap of neighbours), or more than `limit`.  For "did you mean"; names over
 * 64 bytes count as far apart.
 */
unsigned str_distance(struct str a, struct str b, unsigned limit);

/* Length of the valid UTF-8 character at the front of s (RFC 3629), 0 if none. */
size_t str_utf8(struct str s);
/* Offset of the first byte that is not valid UTF-8; s.len if all is well. */
size_t str_utf8_error(struct str s);

#endif
