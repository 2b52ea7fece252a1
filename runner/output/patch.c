#include "runner/output/patch.h"

#include "runner/output/embed.h"
#include "tangle/base/buf.h"
#include "tangle/base/mem.h"

enum { CONTEXT = 3 };

/* Whole lines of a text that whole lines take the place of. */
struct change {
	size_t from, to;		/* offsets of lines in the text */
	size_t line, nold, nnew;	/* the first one's number, from 0, and how many */
	struct buf made;
};

/* ---- lines ------------------------------------------------------------------------- */

static size_t
start_of_line(struct str text, size_t at)
{
	while (at > 0 && text.data[at - 1] != '\n')
		at--;
	return at;
}

static size_t
end_of_line(struct str text, size_t at)
{
	return at + str_find_byte(str_slice(text, at, text.len), '\n') + (str_find_byte(
	    str_slice(text, at, text.len), '\n') < text.len - at);
}

/* ---- edits as changes of lines ------------------------------------------------------ */

/* Lines that stand on both sides at the end, or at the front, are no change. */
static void
shrink(struct change *c, struct str text)
{
	struct str made = buf_str(&c->made);
	size_t cut = 0;

	for (;;) {
		struct str old = str_slice(text, c->from, c->to);
		size_t a = old.len > 0 ? start_of_line(old, old.len - 1) : 0;
		size_t b = made.len > 0 ? start_of_line(made, made.len - 1) : 0;

		if (old.len == 0 || made.len == 0 ||
		    !str_eq(str_slice(old, a, old.len), str_slice(made, b, made.len)))
			break;
		c->to = c->from + a;
		made.len = b;
	}
	c->made.len = made.len;
	while (c->from < c->to && cut < made.len) {
		size_t a = end_of_line(text, c->from), b = end_of_line(made, cut);

		if (a > c->to || !str_eq(str_slice(text, c->from, a), str_slice(made, cut, b)))
			break;
		c->from = a;
		cut = b;
	}
	if (cut > 0) {
		struct buf rest = {0};

		buf_add(&rest, str_slice(made, cut, made.len));
		buf_release(&c->made);
		c->made = rest;
	}
}

/* The lines that the edits from the first on touch together; how many edits those are. */
static size_t
take_change(struct change *c, struct str text, const struct embed_edit *e, size_t n)
{
	size_t k = 0, at;

	c->from = at = start_of_line(text, e[0].at);
	c->to = c->from;
	do {
		buf_add(&c->made, str_slice(text, at, e[k].at));
		buf_add(&c->made, e[k].text);
		at = e[k].end;
		c->to = end_of_line(text, at);
		k++;
	} while (k < n && e[k].at < c->to);
	buf_add(&c->made, str_slice(text, at, c->to));
	shrink(c, text);
	c->nold = str_count_lines(str_slice(text, c->from, c->to));
	c->nnew = str_count_lines(buf_str(&c->made));
	return k;
}

/* ---- hunks --------------------------------------------------------------------------- */

static bool
has_controls(struct str line)
{
	for (size_t i = 0; i < line.len; i++)
		if ((unsigned char)line.data[i] < ' ' && line.data[i] != '\t')
			return true;
	return str_utf8_error(line) < line.len;
}

static void
add_lines(struct buf *to, char op, struct str text)
{
	for (size_t at = 0; at < text.len;) {
		size_t end = end_of_line(text, at);
		struct str line = str_slice(text, at, end), bare = line;

		bare.len -= str_ends(bare, STR("\n"));
		bare.len -= str_ends(bare, STR("\r"));
		buf_byte(to, op);
		if (has_controls(bare)) {
			buf_visible(to, bare);
			buf_add(to, str_slice(line, bare.len, line.len));
		} else {
			buf_add(to, line);
		}
		if (!str_ends(line, STR("\n")))
			buf_add(to, STR("\n\\ No newline at end of file\n"));
		at = end;
	}
}

/* The offset so many lines before, but not before `least`; and how many there were. */
static size_t
lines_before(struct str text, size_t at, size_t least, size_t *n)
{
	for (*n = 0; *n < CONTEXT && at > least; (*n)++)
		at = start_of_line(text, at - 1);
	return at;
}

static size_t
lines_after(struct str text, size_t at, size_t most, size_t *n)
{
	for (*n = 0; *n < CONTEXT && at < most; (*n)++)
		at = end_of_line(text, at);
	return at;
}

/* "12,3"; a place between lines is named by the line before it. */
static void
add_range(struct buf *to, char op, size_t line, size_t n)
{
	buf_printf(to, " %c%zu", op, n > 0 ? line + 1 : line);
	if (n != 1)
		buf_printf(to, ",%zu", n);
}

/* Changes that are so near that their contexts would meet. */
static size_t
take_hunk(const struct change *c, size_t n)
{
	size_t k = 1;

	while (k < n && c[k].line - (c[k - 1].line + c[k - 1].nold) <= 2 * CONTEXT)
		k++;
	return k;
}

/* `shift`: how many lines more the new text has so far. */
static void
add_hunk(struct buf *to, struct str text, const struct change *c, size_t n, size_t *shift)
{
	size_t before, after, at = lines_before(text, c[0].from, 0, &before);
	size_t end = lines_after(text, c[n - 1].to, text.len, &after);
	size_t old = c[n - 1].line + c[n - 1].nold + after - (c[0].line - before), new = old;

	for (size_t i = 0; i < n; i++)
		new = new - c[i].nold + c[i].nnew;
	buf_add(to, STR("@@"));
	add_range(to, '-', c[0].line - before, old);
	add_range(to, '+', c[0].line - before + *shift, new);
	buf_add(to, STR(" @@\n"));
	for (size_t i = 0; i < n; i++) {
		add_lines(to, ' ', str_slice(text, at, c[i].from));
		add_lines(to, '-', str_slice(text, c[i].from, c[i].to));
		add_lines(to, '+', buf_str(&c[i].made));
		at = c[i].to;
	}
	add_lines(to, ' ', str_slice(text, at, end));
	*shift += new - old;
}

static void
add_name(struct buf *to, const char *mark, struct str name)
{
	buf_add(to, str_of(mark));
	buf_visible(to, name);
	buf_byte(to, '\n');
}

void
patch_write(struct buf *to, struct str name, struct str text, const struct embed_edit *e,
    size_t n)
{
	struct change *changes = mem_zalloc(n + 1, sizeof *changes);
	size_t nchanges = 0, at = 0, line = 0, shift = 0;

	for (size_t k = 0; k < n;) {
		struct change *c = &changes[nchanges++];

		k += take_change(c, text, &e[k], n - k);
		line += str_count_lines(str_slice(text, at, c->from));
		c->line = line;
		at = c->from;
	}
	if (n > 0) {
		add_name(to, "--- ", name);
		add_name(to, "+++ ", name);
	}
	for (size_t k = 0; k < nchanges;) {
		size_t some = take_hunk(&changes[k], nchanges - k);

		add_hunk(to, text, &changes[k], some, &shift);
		k += some;
	}
	for (size_t k = 0; k < nchanges; k++)
		buf_release(&changes[k].made);
	mem_free(changes);
}
