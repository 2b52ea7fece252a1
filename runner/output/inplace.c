#include "runner/output/inplace.h"

#include "runner/cell/transcript.h"
#include "tangle/base/arena.h"
#include "tangle/base/buf.h"
#include "tangle/document/block.h"

enum { SHORTEST = 3 };		/* fence */

struct page {
	const struct source *source;
	const struct part *part;
	const struct transcript *transcript;
	struct arena *arena;
};

/* Where a view into the document begins, and where its line does. */
static size_t
offset_of(const struct page *p, struct str view)
{
	return place_of(p->source, view).offset;
}

static size_t
line_start(const struct page *p, size_t offset)
{
	return source_start(p->source, source_position(p->source, offset).line);
}

static struct str
ending_of(struct str line)
{
	size_t n = line.len;

	while (n > 0 && (line.data[n - 1] == '\n' || line.data[n - 1] == '\r'))
		n--;
	return str_slice(line, n, line.len);
}

/* A quote's mark may be indented on one line, and not on the next. */
static struct str
behind_quotes(struct str prefix)
{
	size_t at = prefix.len;

	while (at > 0 && prefix.data[at - 1] != '>')
		at--;
	return str_slice(prefix, at, prefix.len);
}

/* Columns that are taken by what stands before the opening fence; a byte order mark takes none. */
static size_t
fence_width(const struct page *p)
{
	size_t head = offset_of(p, p->part->head), start = line_start(p, head);
	struct str before = str_slice(p->source->text, start, head);
	struct buf prefix = {0};
	size_t width;

	if (start == 0 && str_starts(before, STR("\xEF\xBB\xBF")))
		before = str_slice(before, 3, before.len);
	embed_prefix(&prefix, before);
	width = behind_quotes(buf_str(&prefix)).len;
	buf_release(&prefix);
	return width;
}

/*
 * What stands before a command stands before its output.  As much indentation
 * as the fence has would be taken off each line, so it must be there.
 */
static void
add_prefix(const struct page *p, const struct step *s, struct buf *to)
{
	size_t command = offset_of(p, p->transcript->lines[s->line]), width = fence_width(p), has;

	embed_prefix(to, str_slice(p->source->text, line_start(p, command), command));
	has = behind_quotes(buf_str(to)).len;
	if (has < width)
		buf_fill(to, ' ', width - has);
}

static void
add_lines(const struct page *p, const struct step *s, struct str text, struct buf *to)
{
	struct str above = ending_of(p->transcript->lines[s->output - 1]), line;
	struct str ending = str_eq(above, STR("\r")) ? above : ending_of(p->transcript->lines[s->line]);
	struct buf prefix = {0};

	add_prefix(p, s, &prefix);
	while (str_line(&text, &line)) {
		struct str front = buf_str(&prefix);

		while (line.len == 0 && front.len > 0 && front.data[front.len - 1] == ' ')
			front.len--;
		buf_add(to, front);
		buf_add(to, line);
		buf_add(to, ending);
	}
	buf_release(&prefix);
}

static struct embed_edit
edit_of(const struct page *p, const struct step *s, struct str text)
{
	const struct str *lines = p->transcript->lines;
	struct str above = lines[s->output - 1], last = lines[s->output + s->noutput - 1];
	struct buf made = {0};
	struct embed_edit e = { .at = offset_of(p, above) + above.len,
	    .end = offset_of(p, last) + last.len };

	add_lines(p, s, text, &made);
	/* a lone CR must not join an LF below */
	if (str_ends(buf_str(&made), STR("\r")) &&
	    str_starts(str_slice(p->source->text, e.end, p->source->text.len), STR("\n")))
		buf_byte(&made, '\n');
	e.text = buf_take(&made, p->arena);
	return e;
}

static size_t
count_marks(const struct page *p)
{
	struct str head = p->part->head;
	size_t n = 0;

	while (n < head.len && head.data[n] == head.data[0])
		n++;
	return n;
}

/* How many more marks the fence needs, so that none of the texts ends it. */
static size_t
missing_marks(const struct page *p, const struct str *texts)
{
	char mark = p->part->head.data[0];
	size_t open = count_marks(p), needed = 0;

	for (size_t k = 0; k < p->transcript->n; k++) {
		size_t run = texts[k].data && fence_run(texts[k], mark, true) >= open
		    ? fence_run(texts[k], mark, false) + 1 : 0;

		if (run > needed)
			needed = run;
	}
	if (needed > FENCE_LONGEST)
		needed = FENCE_LONGEST;
	return needed > open ? needed - open : 0;
}

/* The closing fence, behind what stands before it on its line. */
static size_t
closing_offset(const struct page *p)
{
	return line_start(p, p->part->end - 1) + p->part->prefix.len;
}

static struct embed_edit
longer_fence(const struct page *p, size_t at, size_t more)
{
	struct buf marks = {0};

	buf_fill(&marks, p->part->head.data[0], more);
	return (struct embed_edit){ .at = at, .end = at, .text = buf_take(&marks, p->arena) };
}

const struct embed_edit *
inplace_edits(const struct block *b, const struct transcript *t, const struct str *texts,
    struct arena *a, size_t *n)
{
	struct page p = { &b->document->source, b->part, t, a };
	struct embed_edit *list = arena_alloc(a, t->n + 2, sizeof *list);
	size_t more = missing_marks(&p, texts);

	*n = 0;
	if (more > 0)
		list[(*n)++] = longer_fence(&p, offset_of(&p, b->part->head), more);
	for (size_t k = 0; k < t->n; k++)
		if (texts[k].data)
			list[(*n)++] = edit_of(&p, &t->steps[k], texts[k]);
	if (more > 0)
		list[(*n)++] = longer_fence(&p, closing_offset(&p), more);
	return list;
}

/* How many marks the fence has for the sake of what is recorded. */
static size_t
spare_marks(const struct page *p)
{
	const struct transcript *t = p->transcript;
	char mark = p->part->head.data[0];
	size_t open = count_marks(p), needed = SHORTEST;

	for (size_t i = 0, k = 0; i < t->nlines; i++) {
		size_t run;

		while (k < t->n && i >= t->steps[k].output + t->steps[k].noutput)
			k++;
		if (k < t->n && i >= t->steps[k].output)
			continue;
		run = fence_run(t->lines[i], mark, true);
		if (run >= needed)
			needed = run + 1;
	}
	return open > needed ? open - needed : 0;
}

const struct embed_edit *
inplace_bare(const struct block *b, const struct transcript *t, struct arena *a, size_t *n)
{
	struct page p = { &b->document->source, b->part, t, a };
	struct embed_edit *list = arena_alloc(a, t->n + 2, sizeof *list);
	size_t spare = spare_marks(&p), head = offset_of(&p, b->part->head), close = closing_offset(&p);

	*n = 0;
	if (spare > 0)
		list[(*n)++] = (struct embed_edit){ .at = head, .end = head + spare };
	for (size_t k = 0; k < t->n; k++)
		list[(*n)++] = edit_of(&p, &t->steps[k], STR(""));
	if (spare > 0)
		list[(*n)++] = (struct embed_edit){ .at = close, .end = close + spare };
	return list;
}
