#include "runner/cell/writer.h"

#include <string.h>

#include "runner/cell/declare.h"

/* Columns further right are not worth their blanks. */
#define WIDEST	1000

void
writer_glue(struct writer *w)
{
	if (w->out.len > 0 && w->out.data[w->out.len - 1] != '\n')
		buf_byte(&w->out, '\n');
	if (w->is_in_cell) {
		/* The text may end in a backslash; and what -Wpedantic says of the
		 * second form of the line is said of ours then, not of the cell's. */
		buf_add(&w->out, STR("\n#line 1 \"<skein>\"\n"));
	}
	w->at = NULL;
	w->is_in_cell = false;
	buf_add(&w->out, STR("# 1 \"<skein>\" 3\n"));
}

static void
add_marker(struct writer *w, size_t line, struct str marker)
{
	size_t k;

	if (w->out.len > 0 && w->out.data[w->out.len - 1] != '\n')
		buf_byte(&w->out, '\n');
	/* The short form alone leaves lines of ours; -Wpedantic minds it in the cell's. */
	buf_printf(&w->out, w->is_in_cell ? "#line %zu \"" : "# %zu \"", line);
	for (k = 0; k < marker.len; k++) {
		if (marker.data[k] == '"' || marker.data[k] == '\\')
			buf_byte(&w->out, '\\');
		buf_byte(&w->out, marker.data[k]);
	}
	buf_byte(&w->out, '"');
}

void
writer_line(struct writer *w, size_t line)
{
	add_marker(w, line, w->cell->source.marker);
	buf_byte(&w->out, '\n');
	w->at = NULL;
	w->is_in_cell = true;
}

void
writer_foreign(struct writer *w, size_t line, struct str marker)
{
	add_marker(w, line, marker);
	buf_add(&w->out, STR(" 3\n"));
	w->at = NULL;
}

size_t
writer_line_of(struct writer *w, const char *p)
{
	const char *from = w->cell->source.text.data;
	size_t line = 1;

	if (w->known && w->known <= p) {
		from = w->known;
		line = w->known_line;
	}
	w->known = p;
	while (from < p && (from = memchr(from, '\n', (size_t)(p - from)))) {
		line++;
		from++;
	}
	w->known_line = line;
	return line;
}

/* Blanks as many as the bytes before p: the compilers are asked for byte columns. */
static void
add_indent(struct writer *w, const char *p)
{
	struct str text = w->cell->source.text;
	const char *start = p, *c;

	while (start > text.data && start[-1] != '\n')
		if (p - --start > WIDEST)
			return;
	for (c = start; c < p; c++)
		buf_byte(&w->out, *c == '\t' ? '\t' : ' ');
}

/* Make the compiler believe to stand at p. */
static void
stand_at(struct writer *w, const char *p)
{
	if (w->at == p)
		return;
	writer_line(w, writer_line_of(w, p));
	add_indent(w, p);
}

static bool
lies_in(struct str part, struct str whole)
{
	return part.data && part.data >= whole.data
	    && part.data + part.len <= whole.data + whole.len;
}

static void
blank(char *bytes, size_t n)
{
	size_t k;

	for (k = 0; k < n; k++)
		if (bytes[k] != '\n')
			bytes[k] = ' ';
}

void
writer_blank(struct writer *w, struct str last, struct str part)
{
	if (lies_in(part, last))
		blank(w->out.data + w->out.len - last.len + (part.data - last.data), part.len);
}

void
writer_piece(struct writer *w, const struct item *it, struct str piece, const struct str *blanked,
    size_t nblanked)
{
	bool is_own = lies_in(piece, w->cell->source.text);
	size_t k;

	if (is_own && w->known > piece.data) {
		w->known = it->text.data;
		w->known_line = it->line;
	}
	if (is_own)
		stand_at(w, piece.data);
	else
		writer_line(w, it->line);
	buf_add(&w->out, piece);
	for (k = 0; k < nblanked; k++)
		writer_blank(w, piece, blanked[k]);
	w->at = is_own ? piece.data + piece.len : NULL;
}

/* `extern int x;` without its extern would be a definition. */
static bool
only_declares(const struct item *it)
{
	if (it->kind != ITEM_DECLARATION || !(it->specifiers & SPEC_EXTERN))
		return false;
	for (size_t k = 0; k < it->ndeclarators; k++)
		if (it->declarators[k].initialiser.data)
			return false;
	return true;
}

void
writer_item(struct writer *w, const struct item *it, bool blank_storage)
{
	writer_piece(w, it, it->text, it->storage,
	    blank_storage && !only_declares(it) ? it->nstorage : 0);
}

struct str
writer_label(const struct writer *w, struct str name)
{
	if (!w->by_label)
		return (struct str){ 0 };
	return interface_symbol(w->in, name, w->cell->source.number);
}

/* What follows stands at its own place again. */
static void
add_label(struct writer *w, struct str name)
{
	declare_label(&w->out, writer_label(w, name));
	w->at = NULL;
}

void
writer_labelled_declarator(struct writer *w, const struct item *it, const struct declarator *d)
{
	size_t place = declare_label_place(d);

	writer_piece(w, it, str_slice(d->text, 0, place), NULL, 0);
	add_label(w, d->name);
	if (place < d->text.len)
		writer_piece(w, it, str_slice(d->text, place, d->text.len), NULL, 0);
}

void
writer_labelled(struct writer *w, const struct item *it)
{
	size_t nblanked = only_declares(it) ? 0 : it->nstorage;
	struct str rest = it->expansion.data ? it->expansion : it->text;
	size_t k;

	for (k = 0; k < it->ndeclarators; k++) {
		const struct declarator *d = &it->declarators[k];
		const char *end = d->text.data + declare_label_place(d);

		if (writer_label(w, d->name).len == 0 || !lies_in(d->text, rest))
			continue;
		writer_piece(w, it, str_slice(rest, 0, (size_t)(end - rest.data)), it->storage, nblanked);
		add_label(w, d->name);
		rest = str_slice(rest, (size_t)(end - rest.data), rest.len);
	}
	writer_piece(w, it, rest, it->storage, nblanked);
}

void
writer_include(struct writer *w, const struct item *it)
{
	if (w->shield.len > 0) {
		writer_glue(w);
		buf_add(&w->out, w->shield);
	}
	writer_piece(w, it, it->text, NULL, 0);
	if (w->shield.len > 0) {
		writer_glue(w);
		buf_add(&w->out, w->unshield);
	}
}

void
writer_gap(struct writer *w, const char *to)
{
	if (!w->at || to <= w->at || to > w->cell->source.text.data + w->cell->source.text.len)
		return;
	buf_add(&w->out, (struct str){ w->at, (size_t)(to - w->at) });
	w->at = to;
}

void
writer_begin_block(struct writer *w)
{
	w->nblocks++;
	writer_glue(w);
	buf_printf(&w->out, "static void skein_b%zu(void)\n{\n", w->nblocks);
}

void
writer_keep_attributes(struct writer *w)
{
	if (w->cell->source.is_tcc)
		buf_add(&w->out, STR("#undef __attribute__\n"));
}

void
writer_end_block(struct writer *w)
{
	writer_glue(w);
	buf_add(&w->out, STR("}\n"));
	writer_keep_attributes(w);
	buf_printf(&w->out, "static const struct skein_block skein_p%zu "
	    "__attribute__((section(\"skein_blocks\"), used)) = { %zu, skein_b%zu };\n",
	    w->nblocks, w->nblocks, w->nblocks);
}
