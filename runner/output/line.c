#include "runner/output/line.h"

#include <stdint.h>

#include "runner/output/normalizer.h"
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

static void
read_line(struct line *l, bool patterns, const struct normalizing *how, struct arena *a)
{
	if (patterns)
		read_pattern(l, a);
	l->normal = l->text;
	if (how && normalizing_lines(how) && !l->is_gap && !has_controls(trim_end(l->raw))) {
		l->normal = normalize_line(how, l->text, a, &l->slots, &l->nslots);
		l->digits = how->digits;
	}
}

void
lines_read(struct lines *l, struct str text, bool patterns, const struct normalizing *how,
    struct arena *a)
{
	struct str line;

	while (output_line(&text, &line)) {
		l->list = mem_grow(l->list, &l->cap, l->n + 1, sizeof *l->list);
		l->list[l->n] = (struct line){ .raw = line, .text = trim_end(line) };
		read_line(&l->list[l->n++], patterns, how, a);
	}
}

void
lines_release(struct lines *l)
{
	mem_free(l->list);
	*l = (struct lines){0};
}

/* ---- comparing ------------------------------------------------------------------- */

/* A recorded line, or the rest of one, that is being looked for in a made one. */
struct search {
	const struct line *recorded, *made;
	const struct slot **partners;	/* of the recorded slots; or NULL */
	size_t r, m;			/* slots that have been passed */
};

/* The slots of a piece of the recorded line, which stands at `at` of the made one. */
static bool
match_slots(struct search *s, size_t from, size_t to, size_t at)
{
	const struct line *r = s->recorded, *m = s->made;

	for (; s->r < r->nslots && r->slots[s->r].at < to; s->r++) {
		const struct slot *slot = &r->slots[s->r];

		while (s->m < m->nslots && m->slots[s->m].at < at + (slot->at - from))
			s->m++;
		if (s->m == m->nslots || m->slots[s->m].at != at + (slot->at - from))
			return false;
		if (slot->mark == MARK_FLOAT && !mark_agree(slot->said, m->slots[s->m].said, r->digits))
			return false;
		if (s->partners)
			s->partners[s->r] = &m->slots[s->m];
	}
	return true;
}

/* The first and the last piece stand at the ends; between them, each at its first place. */
static bool
match_pieces(struct search *s, struct str pattern, struct str text)
{
	size_t from = 0, at = 0;

	for (;;) {
		size_t to = from + str_find_byte(str_slice(pattern, from, pattern.len), LINE_ANY);
		struct str piece = str_slice(pattern, from, to), rest = str_slice(text, at, text.len);
		size_t skip = 0;

		if (to == pattern.len && from > 0)
			skip = rest.len > piece.len ? rest.len - piece.len : 0;
		else if (from > 0)
			skip = str_find(rest, piece);
		if (!str_starts(str_slice(rest, skip, rest.len), piece) ||
		    !match_slots(s, from, to, at + skip))
			return false;
		at += skip + piece.len;
		if (to == pattern.len)
			return at == text.len;
		from = to + 1;
	}
}

bool
line_slots(const struct line *recorded, const struct line *made, const struct slot **partners)
{
	struct search s = { recorded, made, partners, 0, 0 };

	return match_pieces(&s, recorded->normal, made->normal);
}

bool
line_equals(const struct line *recorded, const struct line *made)
{
	return str_eq(trim_end(recorded->raw), made->text);	/* whatever it means */
}

bool
line_matches(const struct line *recorded, const struct line *made)
{
	struct search s = { .recorded = recorded, .made = made };
	bool is_normal = !str_eq(recorded->normal, recorded->text) || !str_eq(made->normal, made->text);

	if (recorded->text.data == recorded->raw.data && !recorded->is_wild && !is_normal)
		return str_eq(recorded->text, made->text);
	if (line_equals(recorded, made) || str_eq(recorded->text, made->text))
		return true;
	if (is_normal && line_slots(recorded, made, NULL))
		return true;
	s.r = recorded->nslots;		/* those are of the normalised line */
	return recorded->is_wild && match_pieces(&s, recorded->text, made->text);
}

/* ---- writing --------------------------------------------------------------------- */

void
line_written(struct buf *to, struct str made)
{
	bool is_plain = !has_controls(made);
	size_t at = 0;

	if (gap_escapes(made) != SIZE_MAX) {
		while (made.data[at] == ' ' || made.data[at] == '\t')
			at++;
		buf_add(to, str_slice(made, 0, at));
		buf_byte(to, '\\');
		made = str_slice(made, at, made.len);
	}
	while (is_plain && (at = str_find(made, ANY)) < made.len) {
		buf_add(to, str_slice(made, 0, at));
		buf_byte(to, '\\');
		buf_add(to, ANY);
		made = str_slice(made, at + ANY.len, made.len);
	}
	buf_add(to, made);
}
