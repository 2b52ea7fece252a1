/*
 * Outputs in whole documents, as `skein run` puts them there: parsed, spliced,
 * parsed again.  The same blocks are there, with the same texts and options; each
 * cell has the output that was put below it; doing it again changes nothing, and
 * taking the outputs away gives the bytes of before.  libcmark, which is asked
 * about the whole text, sees the same document around them.
 */
#ifndef TESTS_UNIT_SPLICE_H
#define TESTS_UNIT_SPLICE_H

#undef NDEBUG
#include <assert.h>
#include <cmark.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runner/cell/cell.h"
#include "runner/cell/transcript.h"
#include "runner/output/compare.h"
#include "runner/output/gallery.h"
#include "runner/output/inplace.h"
#include "runner/output/region.h"
#include "runner/output/screen.h"
#include "runner/session/outcome.h"
#include "runner/session/protocol.h"
#include "tangle/base/arena.h"
#include "tangle/base/buf.h"
#include "tangle/base/diag.h"
#include "tangle/base/root.h"
#include "tangle/document/block.h"
#include "tangle/document/blocks.h"
#include "tangle/document/settle.h"
#include "tangle/expand/graph.h"

/* What cells print: each takes the next text, of so many. */
struct splice_texts {
	const struct str *list;
	size_t n, next;
};

/* A document as read, and its cells with their regions, as page_make has them. */
struct splice_page {
	struct arena arena;
	struct document document;
	struct blocks blocks;
	struct graph graph;
	struct cells cells;
	struct embed_cell *list;
	const struct cell **of;
	const struct str **texts;	/* of the steps of a console block */
	size_t n;
	bool is_read;
};

static FILE *splice_nowhere;

static inline void
splice_read(struct splice_page *p, struct str text)
{
	static struct root root = { .fd = -1 };
	struct diag d;

	if (!splice_nowhere)
		splice_nowhere = fopen("/dev/null", "w");
	assert(splice_nowhere);
	diag_init(&d, splice_nowhere, DIAG_COLOR_NEVER);
	if (root.fd == -1)
		assert(root_open(&root, STR("."), &d));
	*p = (struct splice_page){0};
	arena_init(&p->arena);
	document_init(&p->document);
	p->is_read = document_parse(&p->document, STR("a.md"), text, &d);
	if (!p->is_read)
		goto out;
	blocks_find(&p->blocks, &p->document, &(struct options){0}, &d);
	graph_build(&p->graph, &p->blocks, 1, &(struct graph_options){0}, &p->arena, &d);
	blocks_settle(&p->blocks, &d);
	cells_make(&p->cells, &p->graph, &p->blocks, &root, &p->arena, &d);
	p->list = arena_alloc(&p->arena, p->cells.n, sizeof *p->list);
	p->of = arena_alloc(&p->arena, p->cells.n, sizeof(struct cell *));
	p->texts = arena_alloc(&p->arena, p->cells.n, sizeof(struct str *));
	for (size_t i = 0; i < p->cells.n; i++) {
		const struct cell *c = &p->cells.list[i];

		if (!c->block || !c->block->part->closed)
			continue;
		region_take(&p->list[p->n], &p->blocks, c->block, &p->arena);
		p->of[p->n++] = c;
	}
out:
	diag_release(&d);
}

static inline void
splice_release(struct splice_page *p)
{
	if (p->is_read)
		graph_release(&p->graph);
	document_release(&p->document);
	arena_release(&p->arena);
}

/* ---- what cells print -------------------------------------------------------------- */

static inline struct str
splice_next(struct splice_texts *t)
{
	return t->n == 0 ? STR("") : t->list[t->next++ % t->n];
}

/* Markdown or HTML, or two of them. */
static inline void
splice_show(struct fences *f, bool tight, struct splice_texts *t, struct arena *a)
{
	const struct gallery_options how = { .folder = STR("a b.skein"), .tight = tight };
	struct display list[2] = {
		{ .kind = t->next % 2 ? DISPLAY_MARKDOWN : DISPLAY_HTML, .data = splice_next(t) },
		{ .kind = DISPLAY_MARKDOWN, .data = splice_next(t) }
	};
	struct outcome o = { .displays = list, .ndisplays = 1 + t->next % 2 };
	struct gallery g;

	for (size_t i = 0; i < o.ndisplays; i++)	/* what a link means is the whole document's to say */
		if (str_find(list[i].data, STR("]:")) < list[i].data.len)
			return;
	gallery_make(&g, &o, &how, a);
	f->text[FENCE_SHOWN] = g.body;
	f->present[FENCE_SHOWN] = g.body.len > 0;
}

static inline struct fences *
splice_fences(struct splice_texts *t, bool tight, bool aside, struct arena *a)
{
	struct outcome o = { .out = { .head = splice_next(t) } };
	struct output_context c = { .has_state = true };
	struct fences *f = arena_alloc(a, 1, sizeof *f);

	if (t->next % 2)
		o.err.head = splice_next(t);
	if (t->next % 5 == 0) {
		o.kind = OUTCOME_CRASH;
		o.what = splice_next(t);
	}
	*f = output_fences(&o, &c, a);
	if (t->next % 3 == 0 && !aside)
		splice_show(f, tight, t, a);
	return f;
}

/* What stands below the commands of a console block. */
static inline const struct str *
splice_steps(const struct transcript *tr, struct splice_texts *t, struct arena *a)
{
	struct str *texts = arena_alloc(a, tr->n, sizeof *texts);

	for (size_t k = 0; k < tr->n; k++) {
		struct buf shown = {0}, below = {0};

		if (t->next % 7 == 6) {		/* not run: as recorded */
			t->next++;
			continue;
		}
		screen_text(&shown, splice_next(t));
		transcript_output(&below, buf_str(&shown), t->next % 3 == 0 ? (int)(t->next % 256) : 0);
		texts[k] = buf_take(&below, a);
		if (!texts[k].data)
			texts[k] = STR("");
		buf_release(&shown);
	}
	return texts;
}

/* Where they say what is recorded, that is to stay. */
static inline const struct fences *
splice_settle(const struct embed_cell *e, struct fences *made, struct arena *a)
{
	static const struct comparing usual;
	enum comparison found[NFENCES];
	struct str shown = made->text[FENCE_SHOWN];

	compare_fences(&usual, &e->recorded, made, a, found);
	if (found[FENCE_SHOWN] == COMPARISON_DIFFERS && !gallery_is_safe(made->text[FENCE_SHOWN]))
		made->text[FENCE_SHOWN] = compare_written(&usual, shown, a);
	return made;
}

/*
 * How much of a tab before a fence libcmark takes off the lines in it is known for
 * lines that begin as the fence does, and not for commands further left.
 */
static inline bool
splice_is_crooked(const struct cell *c)
{
	const struct source *s = c->at.source;
	size_t head = place_of(s, c->block->part->head).offset;
	size_t start = source_start(s, source_position(s, head).line);

	return c->transcript && str_find_byte(str_slice(s->text, start, head), '\t') < head - start;
}

static inline void
splice_make(struct splice_page *p, struct splice_texts *t)
{
	for (size_t i = 0; i < p->n; i++) {
		const struct cell *c = p->of[i];

		if (c->block->is_output_damaged || c->is_broken || splice_is_crooked(c))
			continue;
		p->list[i].made = splice_settle(&p->list[i], splice_fences(t, c->block->part->in_container,
		    c->block->part->aside != PART_NOT_ASIDE, &p->arena),
		    &p->arena);
		if (!c->transcript)
			continue;
		p->texts[i] = splice_steps(c->transcript, t, &p->arena);
		p->list[i].edits = inplace_edits(c->block, c->transcript, p->texts[i], &p->arena,
		    &p->list[i].nedits);
	}
}

/* The same outputs again, in the document that has them. */
static inline void
splice_repeat(struct splice_page *p, const struct splice_page *made)
{
	for (size_t i = 0; i < p->n; i++) {
		const struct cell *c = p->of[i];

		if (made->list[i].made)
			p->list[i].made = splice_settle(&p->list[i],
			    arena_copy(&p->arena, made->list[i].made, 1, sizeof(struct fences)),
			    &p->arena);
		p->texts[i] = made->texts[i];
		if (p->list[i].made && c->transcript)
			p->list[i].edits = inplace_edits(c->block, c->transcript, p->texts[i],
			    &p->arena, &p->list[i].nedits);
	}
}

static inline struct str
splice_embed(struct splice_page *p)
{
	struct str document = p->document.source.text;
	struct buf b = {0};
	bool changed = embed(&b, document, p->list, p->n);

	assert(changed == !str_eq(buf_str(&b), document));
	return buf_take(&b, &p->arena);
}

/* ---- the same blocks ------------------------------------------------------------------ */

static inline bool
splice_same_lines(struct body a, struct body b)
{
	struct str x = STR(""), y = STR("");
	bool more;

	while ((more = body_line(&a, &x)) == body_line(&b, &y)) {
		if (!more)
			return true;
		if (!str_eq(x, y))
			return false;
	}
	return false;
}

static inline void
splice_same_options(const struct options *a, const struct options *b)
{
	assert(a->n == b->n);
	for (size_t i = 0; i < a->n; i++)
		assert(str_eq(a->list[i].key, b->list[i].key) &&
		    str_eq(a->list[i].value, b->list[i].value));
}

static inline void
splice_same_block(const struct block *a, const struct block *b)
{
	assert(strcmp(block_kind(a), block_kind(b)) == 0);
	assert(a->part->kind == b->part->kind && a->part->aside == b->part->aside);
	assert(a->part->closed == b->part->closed);
	assert(a->part->in_container == b->part->in_container);
	assert(str_eq(a->part->info, b->part->info) && str_eq(a->part->prefix, b->part->prefix));
	assert(str_eq(a->name, b->name) && str_eq(a->file, b->file));
	assert(a->is_hidden == b->is_hidden && a->is_broken == b->is_broken);
	assert(a->run == b->run && a->mode == b->mode);
	splice_same_options(&a->options, &b->options);
	if (!block_is_transcript(a) || !a->is_cell)
		assert(splice_same_lines(a->part->body, b->part->body));
}

static inline const struct block *
splice_unowned(const struct blocks *b, size_t *i)
{
	while (*i < b->n && b->list[*i].owner && !b->list[*i].owner->is_output_damaged)
		(*i)++;
	return *i < b->n ? &b->list[(*i)++] : NULL;
}

static inline void
splice_same_blocks(const struct blocks *a, const struct blocks *b)
{
	size_t i = 0, k = 0;
	const struct block *x, *y;

	splice_same_options(&a->document->options, &b->document->options);
	do {
		x = splice_unowned(a, &i);
		y = splice_unowned(b, &k);
		assert((x != NULL) == (y != NULL));
		if (x)
			splice_same_block(x, y);
	} while (x);
}

/* ---- the same outputs ------------------------------------------------------------------ */

/* Blanks at line ends and the final newline do not count. */
static inline bool
splice_same_text(struct str a, struct str b)
{
	struct str x, y;
	bool more;

	while ((more = output_line(&a, &x)) == output_line(&b, &y)) {
		if (!more)
			return true;
		while (x.len > 0 && (x.data[x.len - 1] == ' ' || x.data[x.len - 1] == '\t'))
			x.len--;
		while (y.len > 0 && (y.data[y.len - 1] == ' ' || y.data[y.len - 1] == '\t'))
			y.len--;
		if (!str_eq(x, y))
			return false;
	}
	return false;
}

static inline void
splice_same_fences(const struct embed_cell *from, const struct embed_cell *to)
{
	const struct fences *want = from->made ? from->made : &from->recorded;

	for (enum fence k = 0; k < NFENCES; k++) {
		assert(to->recorded.present[k] == want->present[k]);
		assert(!want->present[k] || splice_same_text(to->recorded.text[k], want->text[k]));
	}
}

static inline void
splice_same_steps(const struct transcript *from, const struct transcript *to, const struct str *texts)
{
	assert(from->n == to->n);
	for (size_t k = 0; k < from->n; k++) {
		struct buf was = {0}, is = {0};

		assert(str_eq(from->steps[k].command, to->steps[k].command));
		transcript_recorded(from, &from->steps[k], &was);
		transcript_recorded(to, &to->steps[k], &is);
		assert(splice_same_text(buf_str(&is), texts && texts[k].data ? texts[k] : buf_str(&was)));
		buf_release(&was);
		buf_release(&is);
	}
}

static inline void
splice_same_outputs(const struct splice_page *before, const struct splice_page *after)
{
	assert(before->n == after->n);
	for (size_t i = 0; i < before->n; i++) {
		splice_same_fences(&before->list[i], &after->list[i]);
		if (before->of[i]->transcript)
			splice_same_steps(before->of[i]->transcript, after->of[i]->transcript,
			    before->texts[i]);
	}
}

/* ---- as another parser has it ------------------------------------------------------------ */

static inline bool
splice_is_output(cmark_node *node)
{
	struct str info = str_trim(str_of(cmark_node_get_fence_info(node)));
	struct str word = str_word(&info);

	for (enum fence k = 0; k < NFENCES; k++)
		if (str_eq_nocase(word, fence_word(k)))
			return true;
	return false;
}

static inline bool
splice_is_comment(cmark_node *node, const char *text)
{
	const char *literal = node && cmark_node_get_type(node) == CMARK_NODE_HTML_BLOCK ?
	    cmark_node_get_literal(node) : "";

	return strncmp(literal + strspn(literal, " "), text, strlen(text)) == 0;
}

/* Whether the node is the first of what was shown: then all of that is gone but for itself. */
static inline bool
splice_takes_shown(cmark_node *node, cmark_iter *walk)
{
	cmark_node *end = node, *next;

	if (!splice_is_comment(node, "<!-- skein:begin -->"))
		return false;
	do
		end = cmark_node_next(end);
	while (end && !splice_is_comment(end, "<!-- skein:end -->") &&
	    !splice_is_comment(end, "<!-- skein:begin -->"));
	if (!splice_is_comment(end, "<!-- skein:end -->"))
		return false;
	while ((next = cmark_node_next(node)) != end)
		cmark_node_free(next);
	cmark_node_free(end);
	cmark_iter_reset(walk, node, CMARK_EVENT_ENTER);
	return true;
}

/* The whole text without its output fences and what console blocks show. */
static inline char *
splice_rest(struct str text, size_t from)
{
	cmark_node *root, *gone = NULL;
	cmark_iter *walk;
	char *xml;

	text = str_slice(text, from, text.len);
	root = cmark_parse_document(text.len ? text.data : "", text.len, CMARK_OPT_VALIDATE_UTF8);
	walk = cmark_iter_new(root);
	for (cmark_event_type e; (e = cmark_iter_next(walk)) != CMARK_EVENT_DONE;) {
		cmark_node *node = cmark_iter_get_node(walk);

		if (gone)
			cmark_node_free(gone);
		gone = NULL;
		if (splice_takes_shown(node, walk)) {
			gone = node;
			continue;
		}
		if (cmark_node_get_type(node) != CMARK_NODE_CODE_BLOCK)
			continue;
		if (splice_is_output(node))
			gone = node;
		else if (strstr(cmark_node_get_fence_info(node), "console"))
			cmark_node_set_literal(node, "");
	}
	if (gone)
		cmark_node_free(gone);
	xml = cmark_render_xml(root, CMARK_OPT_DEFAULT);
	cmark_iter_free(walk);
	cmark_node_free(root);
	return xml;
}

/* A list is loose by a blank line that someone put before an output. */
static inline bool
splice_is_spaced(const struct splice_page *p)
{
	struct str text = p->document.source.text, region, line;

	for (size_t i = 0; i < p->n; i++) {
		region = str_slice(text, p->list[i].region.after, p->list[i].region.end);
		if (p->list[i].region.in_container && p->list[i].recorded.present[FENCE_SHOWN])
			return true;
		if (p->list[i].region.in_container && output_line(&region, &line) &&
		    str_find_byte(line, '`') == line.len && str_find_byte(line, '~') == line.len)
			return true;
	}
	return false;
}

static inline void
splice_drop_tight(char *xml)
{
	for (char *at; (at = strstr(xml, " tight=\"")) != NULL;)
		memmove(at, at + strcspn(at, ">"), strlen(at + strcspn(at, ">")) + 1);
}

/* Boxes are a matter of their own: to libcmark they are paragraphs and indented code. */
static inline void
splice_same_rest(struct str bare, const struct splice_page *p)
{
	char *a, *b;

	if (options_find(&p->document.options, "fences"))
		return;
	a = splice_rest(bare, p->document.body);
	b = splice_rest(p->document.source.text, p->document.body);
	if (splice_is_spaced(p)) {
		splice_drop_tight(a);
		splice_drop_tight(b);
	}
	assert(strcmp(a, b) == 0 || (fprintf(stderr, "%s---\n%s", a, b), false));
	free(a);
	free(b);
}

static inline bool
splice_has_outputs(const struct splice_page *p)
{
	for (size_t i = 0; i < p->n; i++)
		if (p->of[i]->transcript || p->list[i].region.end > p->list[i].region.after)
			return true;
	return false;
}

/*
 * Boxes are no CommonMark, and without a blank line around them it depends on what
 * is in them where libcmark sees a paragraph end.
 */
static inline bool
splice_is_unsure(const struct splice_page *p)
{
	struct str rest = p->document.source.text, line;
	bool blank = true, indented = false;

	/* "  >-->" ends a hidden cell in a list, and its mark is taken for a quote's */
	for (size_t i = 0; i < p->n; i++)
		if (p->of[i]->block->is_hidden && p->of[i]->block->part->in_container &&
		    str_ends(str_trim(p->of[i]->block->part->prefix), STR(">")))
			return true;
	if (!options_find(&p->document.options, "fences"))
		return false;
	while (output_line(&rest, &line)) {
		bool head = str_starts(line, STR("!!!")) || str_starts(line, STR("???")) ||
		    str_starts(line, STR("==="));

		if (!blank && (head || (indented && !str_starts(line, STR("    ")) && !str_starts(line, STR("\t")))))
			return true;
		blank = str_is_blank(line);
		indented = str_starts(line, STR("    ")) || str_starts(line, STR("\t"));
	}
	return false;
}

/* ---- the whole ----------------------------------------------------------------------------- */

/* True unless the document cannot be read at all. */
static inline bool
splice_check(struct str document, struct splice_texts *t)
{
	struct splice_page page[3];
	struct str text = document, bare = {0};
	size_t steps = 0;

	for (size_t i = 0; i < 3; i++) {
		struct splice_page *p = &page[i];

		if (getenv("SPLICE_SHOW"))
			fprintf(stderr, "---- text %zu:\n%.*s", i, STR_ARG(text));
		splice_read(p, text);
		if (!p->is_read) {
			assert(i == 0 && "what could be read can be read");
			splice_release(p);
			return false;
		}
		steps++;
		if (i == 0 && splice_is_unsure(p))
			break;
		if (i == 0) {
			bare = region_bare(&p->cells, &p->arena);
			assert(splice_has_outputs(p) || str_eq(bare, document));
			splice_make(p, t);
			text = splice_embed(p);
			continue;
		}
		splice_same_blocks(&page[i - 1].blocks, &p->blocks);
		splice_same_outputs(&page[i - 1], p);
		splice_repeat(p, &page[i - 1]);
		assert(str_eq(splice_embed(p), text));
		assert(str_eq(region_bare(&p->cells, &p->arena), bare));
		splice_same_rest(bare, p);
		splice_make(p, t);	/* others */
		text = splice_embed(p);
	}
	while (steps > 0)
		splice_release(&page[--steps]);
	return true;
}

#endif
