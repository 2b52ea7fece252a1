#include "tangle/expand/rawtext.h"

#include <string.h>

#include "tangle/expand/cursor.h"
#include "tangle/expand/seam.h"

/* Begin, behind so many bytes, what runs up to `end` and `more`; `end` may be the seam's own. */
static void
open_raw(struct cursor *x, size_t skip, struct str end, const char *more)
{
	struct seam *s = x->s;
	size_t n = strlen(more);

	x->at += skip;
	if (end.len + n > sizeof s->end) {
		s->state = SEAM_LOST;
		return;
	}
	memmove(s->end, end.data, end.len);
	memcpy(s->end + end.len, more, n);
	s->nend = (unsigned char)(end.len + n);
	s->state = SEAM_RAW;
}

/* How many of a byte follow each other there; what is too long to be kept counts as that. */
static size_t
count(const struct cursor *x, size_t from, char c)
{
	size_t n = 0;

	while (n < sizeof x->s->end && cursor_peek(x, from + n) == c)
		n++;
	return n;
}

bool
rawtext_open_c(struct cursor *x)
{
	struct str word = cursor_word(x), all = cursor_rest(x), mark;
	size_t n = 1;

	if (!str_eq(word, STR("R")) && !str_eq(word, STR("LR")) && !str_eq(word, STR("uR")) &&
	    !str_eq(word, STR("UR")) && !str_eq(word, STR("u8R")))
		return false;
	while (n < all.len && n <= 17 && !strchr("()\\\" \t\r\n\f\v", all.data[n]))
		n++;
	if (cursor_peek(x, n) != '(')
		return false;
	mark = str_slice(all, 1, n);
	x->s->end[0] = ')';		/* open_raw may move it onto itself */
	memcpy(x->s->end + 1, mark.data, mark.len);
	open_raw(x, n + 1, (struct str){ x->s->end, mark.len + 1 }, "\"");
	return true;
}

bool
rawtext_open_r(struct cursor *x)
{
	struct str word = cursor_word(x);
	size_t dashes = count(x, 1, '-');
	char open = cursor_peek(x, 1 + dashes);
	char close = open == '(' ? ')' : open == '[' ? ']' : open == '{' ? '}' : '\0';

	if ((!str_eq(word, STR("r")) && !str_eq(word, STR("R"))) || close == '\0')
		return false;
	if (dashes + 2 > sizeof x->s->end) {
		x->s->state = SEAM_LOST;
		return true;
	}
	x->s->end[0] = close;
	memset(x->s->end + 1, '-', dashes);
	x->s->end[dashes + 1] = cursor_peek(x, 0);
	open_raw(x, dashes + 2, (struct str){ x->s->end, dashes + 2 }, "");
	return true;
}

bool
rawtext_open_d(struct cursor *x)
{
	struct str word = cursor_word(x), mark;
	char open = cursor_peek(x, 1);
	size_t n = 1;

	if (str_eq(word, STR("r")) && cursor_peek(x, 0) == '"') {
		open_raw(x, 1, STR("\""), "");
		return true;
	}
	if (!str_eq(word, STR("q")))
		return false;
	if (cursor_peek(x, 0) == '{') {
		x->s->state = SEAM_NESTED;
		x->s->open = '{';
		x->s->close = '}';
		x->s->depth = 1;
		x->at++;
		return true;
	}
	if (cursor_peek(x, 0) != '"')
		return false;
	if (!cursor_is_word(open)) {
		char end[2] = { open == '(' ? ')' : open == '[' ? ']' : open == '{' ? '}'
		    : open == '<' ? '>' : open, '"' };

		open_raw(x, 2, (struct str){ end, 2 }, "");
		return true;
	}
	while (cursor_is_word(cursor_peek(x, n)))
		n++;
	mark = str_slice(cursor_rest(x), 1, n);
	open_raw(x, n, mark, "\"");
	return true;
}

bool
rawtext_open_braced(struct cursor *x)
{
	size_t n = 1;

	while ((cursor_peek(x, n) >= 'a' && cursor_peek(x, n) <= 'z') || cursor_peek(x, n) == '_')
		n++;
	if (cursor_peek(x, n) != '|')
		return false;
	if (n + 1 > sizeof x->s->end) {
		x->s->state = SEAM_LOST;
		return true;
	}
	x->s->end[0] = '|';
	memcpy(x->s->end + 1, x->text.data + x->at + 1, n - 1);
	open_raw(x, n + 1, (struct str){ x->s->end, n }, "}");
	return true;
}

bool
rawtext_open_quasi(struct cursor *x)
{
	struct str line = str_slice(cursor_rest(x), 0, CURSOR_LOOK);
	size_t n = 1;

	while (cursor_is_word(cursor_peek(x, n)) || cursor_peek(x, n) == '.' || cursor_peek(x, n) == '\'')
		n++;
	if (n == 1 || cursor_peek(x, n) != '|')
		return false;
	if (str_find(line, STR("|]")) == line.len && str_find_byte(line, ']') < line.len)
		return false;
	open_raw(x, n + 1, STR("|]"), "");
	return true;
}

bool
rawtext_open_triple(struct cursor *x)
{
	size_t n = count(x, 0, '"');

	if (n < 3)
		return false;
	open_raw(x, n, str_slice(STR("\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\""), 0, n), "");
	return true;
}

void
rawtext_read(struct cursor *x)
{
	struct str end = { x->s->end, x->s->nend };
	size_t found = str_find(cursor_rest(x), end);

	if (found == cursor_rest(x).len) {
		x->at = x->text.len;
		return;
	}
	x->at += found + end.len;
	x->s->state = SEAM_OPEN;
}
