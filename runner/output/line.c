#include "runner/output/line.h"

#include <stdint.h>

#include "runner/output/output.h"
#include "tangle/base/arena.h"
#include "tangle/base/buf.h"
#include "tangle/base/mem.h"

static const struct str GAP = { "...", 3 }, ANY = { "[..]", 4 };

static struct str
trim_end(struct str s)
{
	while (s.len > 0 && (s.data[s.len - 1] == ' ' || s.data[s.len - 1] == '\t'))
		s.len--;
	return s;
}

/* Backslashes that end where s does. */
static size_t
backslashes(struct str s)
{
	size_t n = 0;

	while (n < s.len && s.data[s.len - 1 - n] == '\\')
		n++;
	return n;
}

/* "...", or with backslashes before it: how many.  SIZE_MAX if it is another line. */
static size_t
gap_escapes(struct str line)
{
	struct str front = str_trim(line);

	if (!str_ends(front, GAP))
		return SIZE_MAX;
	front.len -= GAP.len;
	return backslashes(front) == front.len ? front.len : SIZE_MAX;
}

/* ---- reading --------------------------------------------------------------------- */

/* What would be taken for a mark of ours has no meaning here. */
static bool
has_controls(struct str s)
{
	for (size_t i = 0; i < s.len; i++)
		if ((unsigned char)s.data[i] < ' ' && s.data[i] != '\t')
			return true;
	return false;
}

/* Take one backslash off before each "[..]"; where there is none it is a mark. */
static struct str
resolve(struct str text, bool *is_wild, struct arena *a)
{
	struct buf b = {0};
	size_t at = str_find(text, ANY);

	if (at == text.len)
		return text;
	for (; at < text.len; at = str_find(text, ANY)) {
		struct str front = str_slice(text, 0, at);

		if (backslashes(front) > 0) {
			buf_add(&b, str_slice(front, 0, front.len - 1));
			buf_add(&b, ANY);
		} else {
			buf_add(&b, front);
			buf_byte(&b, LINE_ANY);
			*is_wild = true;
		}
		text = str_slice(text, at + ANY.len, text.len);
	}
	buf_add(&b, text);
	return buf_take(&b, a);
}

static void
read_pattern(struct line *l, struct arena *a)
{
	size_t escapes = gap_escapes(l->text);

	l->is_gap = escapes == 0;
	if (escapes == 0 || has_controls(l->text))
		return;
	if (escapes != SIZE_MAX) {
		size_t at = str_find_byte(l->text, '\\');

		l->text = arena_printf(a, "%.*s%.*s", (int)at, l->text.data,
		    STR_ARG(str_slice(l->text, at + 1, l->text.len)));
		return;
	}
	l->text = resolve(l->text, &l->is_wild, a);
}

void
lines_read(struct lines *l, struct str text, bool patterns, struct arena *a)
{
	struct str line;

	while (output_line(&text, &line)) {
		struct line *one;

		l->list = mem_grow(l->list, &l->cap, l->n + 1, sizeof *l->list);
		one = &l->list[l->n++];
		*one = (struct line){ .raw = line, .text = trim_end(line) };
		if (patterns)
			read_pattern(one, a);
	}
}

void
lines_release(struct lines *l)
{
	mem_free(l->list);
	*l = (struct lines){0};
}

/* ---- comparing ------------------------------------------------------------------- */

/* The first and the last piece stand at the ends; between them, each at its first place. */
static bool
matches_wild(struct str pattern, struct str text)
{
	size_t at = str_find_byte(pattern, LINE_ANY);
	struct str piece = str_slice(pattern, 0, at);

	if (!str_starts(text, piece))
		return false;
	text = str_slice(text, piece.len, text.len);
	while (at < pattern.len) {
		pattern = str_slice(pattern, at + 1, pattern.len);
		at = str_find_byte(pattern, LINE_ANY);
		piece = str_slice(pattern, 0, at);
		if (at < pattern.len) {
			size_t found = str_find(text, piece);

			if (found == text.len && piece.len > 0)
				return false;
			text = str_slice(text, found + piece.len, text.len);
		}
	}
	return str_ends(text, piece);
}

bool
line_matches(const struct line *recorded, const struct line *made)
{
	if (str_eq(trim_end(recorded->raw), made->text))	/* whatever it means */
		return true;
	return recorded->is_wild ? matches_wild(recorded->text, made->text) :
	    str_eq(recorded->text, made->text);
}

/* ---- writing --------------------------------------------------------------------- */

void
line_written(struct buf *to, struct str made)
{
	size_t at = 0;

	if (gap_escapes(made) != SIZE_MAX) {
		while (made.data[at] == ' ' || made.data[at] == '\t')
			at++;
		buf_add(to, str_slice(made, 0, at));
		buf_byte(to, '\\');
		made = str_slice(made, at, made.len);
	}
	while ((at = str_find(made, ANY)) < made.len) {
		buf_add(to, str_slice(made, 0, at));
		buf_byte(to, '\\');
		buf_add(to, ANY);
		made = str_slice(made, at + ANY.len, made.len);
	}
	buf_add(to, made);
}
