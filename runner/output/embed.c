#include "runner/output/embed.h"

#include <assert.h>

#include "tangle/base/buf.h"

enum { TAB_STOP = 4, FENCE_SHORTEST = 3 };

/* How the lines of one region are written. */
struct page {
	struct buf *to;
	struct str prefix, newline;
};

static struct str
trim_end(struct str s)
{
	while (s.len > 0 && (s.data[s.len - 1] == ' ' || s.data[s.len - 1] == '\t'))
		s.len--;
	return s;
}

/* ---- is it what stands there already? ---- */

static bool
is_kept(const struct embed_cell *cell, enum fence kind)
{
	return cell->recorded.present[kind] && cell->made->present[kind] &&
	    str_eq(cell->recorded.text[kind], cell->made->text[kind]);
}

static bool
is_region_kept(const struct embed_cell *cell)
{
	for (enum fence kind = 0; kind < NFENCES; kind++)
		if ((cell->made->present[kind] || cell->recorded.present[kind]) &&
		    !is_kept(cell, kind))
			return false;
	return !cell->is_odd;
}

/* ---- writing a region ---- */

static void
add_line(struct page *p, struct str line)
{
	buf_add(p->to, line.len ? p->prefix : trim_end(p->prefix));
	buf_add(p->to, line);
	buf_add(p->to, p->newline);
}

/*
 * Markdown between two comments: no blank lines of ours in a list, unless they are
 * needed for the end to be seen.
 */
static void
add_shown(struct page *p, struct str text, bool spaced)
{
	bool needs_end = spaced || output_ends_in_html(text);
	struct str line;

	add_line(p, STR("<!-- skein:begin -->"));
	if (spaced)
		add_line(p, STR(""));
	while (output_line(&text, &line))
		add_line(p, line);
	if (needs_end)
		add_line(p, STR(""));
	add_line(p, STR("<!-- skein:end -->"));
}

/*
 * A mark that no line of the text can close, and more of them than any line
 * opens with, so that simpler parsers agree.
 */
static void
add_fence(struct page *p, struct str word, struct str recorded)
{
	struct buf safe = {0}, fence = {0};
	struct str text, line;
	size_t length;
	char mark;

	output_fenceable(&safe, recorded);
	text = buf_str(&safe);
	mark = fence_run(text, '`', true) < FENCE_LONGEST ? '`' : '~';
	length = fence_run(text, mark, false) + 1;
	if (length < FENCE_SHORTEST)
		length = FENCE_SHORTEST;
	buf_fill(&fence, mark, length);
	buf_add(&fence, word);
	add_line(p, buf_str(&fence));
	while (output_line(&text, &line))
		add_line(p, line);
	add_line(p, str_slice(buf_str(&fence), 0, length));
	buf_release(&fence);
	buf_release(&safe);
}

/*
 * A prefix after which text begins just there: a tab could be taken apart
 * between container and fence (libcmark then adds a blank to each line), and
 * a quote's mark takes the first blank.
 */
void
embed_prefix(struct buf *to, struct str prefix)
{
	size_t start = to->len;

	for (size_t i = 0; i < prefix.len; i++)
		if (prefix.data[i] == '\t')
			buf_fill(to, ' ', TAB_STOP - (to->len - start) % TAB_STOP);
		else
			buf_byte(to, prefix.data[i]);
	if (str_ends(prefix, STR(">")))
		buf_byte(to, ' ');
}

/* Someone, or a formatter, put a blank line before the outputs: the list is loose by it. */
static bool
is_spaced(const struct embed_cell *cell, struct str document)
{
	struct str region = str_slice(document, cell->region.after, cell->region.end), line;

	if (!output_line(&region, &line))
		return false;
	for (size_t i = 0; i < line.len; i++)
		if (line.data[i] != '>' && line.data[i] != ' ' && line.data[i] != '\t')
			return false;
	return true;
}

static void
add_region(struct buf *to, struct str document, const struct embed_cell *cell, struct str newline)
{
	bool spaced = !cell->region.in_container || is_spaced(cell, document);
	struct buf prefix = {0};
	struct page p = { .to = to, .newline = newline };

	embed_prefix(&prefix, cell->region.prefix);
	p.prefix = buf_str(&prefix);
	for (enum fence kind = 0; kind < NFENCES; kind++) {
		if (!cell->made->present[kind])
			continue;
		if (spaced)
			add_line(&p, STR(""));
		if (kind == FENCE_SHOWN)
			add_shown(&p, cell->made->text[kind], spaced);
		else
			add_fence(&p, fence_word(kind), cell->made->text[kind]);
	}
	buf_release(&prefix);
}

/* ---- the document ---- */

static struct str
usual_newline(struct str document)
{
	size_t all = 0, with_cr = 0;

	for (size_t i = 0; i < document.len; i++)
		if (document.data[i] == '\n') {
			all++;
			with_cr += i > 0 && document.data[i - 1] == '\r';
		}
	return 2 * with_cr > all ? STR("\r\n") : STR("\n");
}

/* How the last line of s ends; empty if it has no newline. */
static struct str
last_newline(struct str s)
{
	if (str_ends(s, STR("\r\n")))
		return STR("\r\n");
	if (str_ends(s, STR("\n")) || str_ends(s, STR("\r")))
		return str_slice(s, s.len - 1, s.len);
	return STR("");
}

/*
 * Write one region behind what stands in `to`.  After a fence that ends with a
 * lone CR an LF would join it, so there the region's lines end with CR too; and
 * an LF that follows must not join the last of them.
 */
static void
replace_region(struct buf *to, struct str document, const struct embed_cell *cell,
    struct str newline)
{
	struct str above = str_slice(document, 0, cell->region.after);
	struct str below = str_slice(document, cell->region.end, document.len);
	bool is_open = below.len == 0 && last_newline(document).len == 0;
	size_t start;

	if (str_eq(last_newline(above), STR("\r")))
		newline = STR("\r");
	if (last_newline(above).len == 0)
		buf_add(to, newline);
	start = to->len;
	add_region(to, document, cell, newline);
	if (to->len > start && str_eq(newline, STR("\r")) && str_starts(below, STR("\n")))
		buf_byte(to, '\n');
	if (is_open)
		to->len -= last_newline(buf_str(to)).len;
}

bool
embed(struct buf *to, struct str document, const struct embed_cell *cells, size_t ncells)
{
	struct str newline = usual_newline(document);
	size_t start = to->len, at = 0;

	for (size_t i = 0; i < ncells; i++) {
		const struct embed_cell *cell = &cells[i];

		assert(cell->region.after >= at && cell->region.end >= cell->region.after &&
		    cell->region.end <= document.len && "regions come in document order");
		if (!cell->made)
			continue;
		for (size_t k = 0; k < cell->nedits; k++) {
			buf_add(to, str_slice(document, at, cell->edits[k].at));
			buf_add(to, cell->edits[k].text);
			at = cell->edits[k].end;
		}
		if (is_region_kept(cell))
			continue;
		buf_add(to, str_slice(document, at, cell->region.after));
		replace_region(to, document, cell, newline);
		at = cell->region.end;
	}
	buf_add(to, str_slice(document, at, document.len));
	return !str_eq(str_slice(buf_str(to), start, to->len), document);
}
