#include "tangle/document/document.h"

#include <cmark.h>

#include "tangle/base/buf.h"
#include "tangle/base/diag.h"
#include "tangle/base/mem.h"
#include "tangle/document/frontmatter.h"

/* Deeper nesting than this is a mistake or an attack. */
enum { DEEPEST = 1000, FENCE_CAP = 255 };

static void *
allocate(size_t n, size_t size)
{
	return mem_zalloc(n, size);
}

static void *
resize(void *p, size_t size)
{
	return mem_resize(p, size, 1);
}

static cmark_mem allocator = { allocate, resize, mem_free };

void
document_init(struct document *d)
{
	*d = (struct document){0};
	arena_init(&d->arena);
	d->options.arena = &d->arena;
}

void
document_release(struct document *d)
{
	arena_release(&d->arena);
	*d = (struct document){0};
}

/* ---- raw lines ------------------------------------------------------------ */

/* A line with its ending, without a BOM (libcmark drops it); empty if there is none. */
static struct str
raw_line(const struct source *s, size_t line)
{
	struct str raw;

	if (line < 1 || line > s->nlines)
		return (struct str){0};
	raw = str_slice(s->text, s->starts[line - 1],
	    line < s->nlines ? s->starts[line] : s->text.len);
	if (line == 1 && str_starts(raw, STR("\xEF\xBB\xBF")))
		raw = str_slice(raw, 3, raw.len);
	return raw;
}

static size_t
ending(struct str raw)
{
	if (str_ends(raw, STR("\r\n")))
		return 2;
	return raw.len > 0 && (raw.data[raw.len - 1] == '\n' || raw.data[raw.len - 1] == '\r');
}

/* Is this what libcmark makes of raw bytes: NUL and bad UTF-8 become U+FFFD? */
static bool
reads_as(struct str raw, struct str literal)
{
	while (raw.len > 0) {
		size_t n = raw.data[0] == '\0' ? 0 : str_utf8(raw);

		if (n == 0) {
			if (!str_starts(literal, STR("\xEF\xBF\xBD")))
				return false;
			/* one replacement stands for one byte or more */
			literal = str_slice(literal, 3, literal.len);
			raw = str_slice(raw, 1, raw.len);
			while (raw.len > 0 && !str_starts(literal, STR("\xEF\xBF\xBD")) &&
			    ((unsigned char)raw.data[0] & 0xC0) == 0x80)
				raw = str_slice(raw, 1, raw.len);
			continue;
		}
		if (!str_starts(literal, str_slice(raw, 0, n)))
			return false;
		raw = str_slice(raw, n, raw.len);
		literal = str_slice(literal, n, literal.len);
	}
	return literal.len == 0;
}

static bool
is_container_mark(char c)
{
	return c == ' ' || c == '\t' || c == '>';
}

/*
 * The raw end of a line that libcmark shows as `literal` (no line ending in
 * it).  Mostly that is just its last bytes.  Otherwise bytes were replaced, or
 * a tab that reaches into the code was turned into blanks: then what stands
 * behind that tab is ours.
 */
static struct str
raw_suffix(struct str raw, struct str literal)
{
	struct str line = str_slice(raw, 0, raw.len - ending(raw));
	size_t at = 0;

	if (str_ends(line, literal))
		return str_slice(raw, line.len - literal.len, raw.len);
	for (;; at++) {
		struct str rest = str_slice(line, at, line.len), shown = literal;

		if (reads_as(rest, literal))
			return str_slice(raw, at, raw.len);
		for (int blanks = 0; at > 0 && line.data[at - 1] == '\t' && blanks < 8 &&
		    str_starts(shown, STR(" ")); blanks++) {
			shown = str_slice(shown, 1, shown.len);
			if (reads_as(rest, shown))
				return str_slice(raw, at, raw.len);
		}
		if (at >= line.len || !is_container_mark(line.data[at]))
			break;
	}
	return raw;
}

static size_t
count_lines(struct str literal)
{
	size_t n = 0;

	for (struct str line; str_line(&literal, &line);)
		n++;
	return n;
}

/* The raw ends of the lines from `first` on that libcmark shows as `literal`. */
static void
take_lines(struct document *d, struct part *p, size_t first, struct str literal)
{
	struct str line, *lines;
	size_t n = 0;

	lines = arena_alloc(&d->arena, count_lines(literal), sizeof *lines);
	while (str_line(&literal, &line)) {
		lines[n] = raw_suffix(raw_line(&d->source, first + n), line);
		n++;
	}
	p->lines = lines;
	p->nlines = n;
}

/* ---- fences ----------------------------------------------------------------- */

/* How many fence characters stand at the front. */
static size_t
fence_run(struct str s)
{
	size_t n = 0;

	if (s.len == 0 || (s.data[0] != '`' && s.data[0] != '~'))
		return 0;
	while (n < s.len && s.data[n] == s.data[0])
		n++;
	return n;
}

/* The container marks and blanks at the front of a raw line. */
static struct str
container_prefix(struct str raw)
{
	size_t at = 0;

	while (at < raw.len && is_container_mark(raw.data[at]))
		at++;
	return str_slice(raw, 0, at);
}

/* Is this raw line, behind its container's marks, a closing fence? Sets *prefix. */
static bool
is_closing(struct str raw, struct str head, struct str *prefix)
{
	size_t run, open = fence_run(head);
	struct str rest;

	if (open > FENCE_CAP)
		open = FENCE_CAP;	/* libcmark counts in one byte */
	*prefix = container_prefix(raw);
	rest = str_slice(raw, prefix->len, raw.len);
	run = fence_run(rest);
	return run >= open && rest.data[0] == head.data[0] &&
	    str_is_blank(str_slice(rest, run, rest.len));
}

static bool
in_container(cmark_node *node)
{
	return cmark_node_get_type(cmark_node_parent(node)) != CMARK_NODE_DOCUMENT;
}

/*
 * libcmark has no way to ask whether a code block is a fenced one.  An indented
 * one shows its own first line; a fenced one the line after, which could by
 * chance be the same: then the count of lines tells.
 */
static bool
is_fenced(const struct document *d, struct str head, struct str literal, size_t shown,
    size_t first, size_t last)
{
	struct str line = {0}, next = raw_line(&d->source, first + 1);

	if (fence_run(head) < 3)
		return false;
	str_line(&literal, &line);
	if (!str_eq(str_trim(line), str_trim(head)))
		return true;
	next.len -= ending(next);
	return shown != last - first + 1 && str_ends(next, line);
}

/* The line on which the next block in reading order begins; 0 at the end. */
static size_t
next_block_line(cmark_node *node)
{
	while (node && !cmark_node_next(node))
		node = cmark_node_parent(node);
	return node ? (size_t)cmark_node_get_start_line(cmark_node_next(node)) : 0;
}

static bool
add_fence(struct document *d, struct part *p, cmark_node *node)
{
	size_t first = (size_t)cmark_node_get_start_line(node);
	size_t last = (size_t)cmark_node_get_end_line(node);
	size_t column = (size_t)cmark_node_get_start_column(node);
	struct str literal = str_of(cmark_node_get_literal(node));
	struct str raw = raw_line(&d->source, first);
	size_t shown = count_lines(literal), at = column - 1, end;

	while (at < raw.len && (raw.data[at] == ' ' || raw.data[at] == '\t'))
		at++;
	raw = str_slice(raw, 0, raw.len - ending(raw));
	p->head = str_slice(raw, at, raw.len);
	if (!is_fenced(d, p->head, literal, shown, first, last))
		return false;
	p->kind = PART_FENCE;
	p->info = str_trim(str_slice(p->head, fence_run(p->head), p->head.len));
	p->start = d->source.starts[first - 1];
	take_lines(d, p, first + 1, literal);
	end = first + shown;
	/* a fence behind the end of the container opens a block of its own */
	p->closed = is_closing(raw_line(&d->source, end + 1), p->head, &p->prefix) &&
	    next_block_line(node) != end + 1;
	if (p->closed)
		end++;
	else
		p->prefix = str_slice(raw, 0, at);
	p->end = end < d->source.nlines ? d->source.starts[end] : d->source.text.len;
	p->in_container = in_container(node);
	return true;
}

/* ---- comments ---------------------------------------------------------------- */

/* Is text "<!--" blanks "skein:"? Sets what stands behind. */
static bool
is_our_comment(struct str text, struct str *behind)
{
	if (!str_starts(text, STR("<!--")))
		return false;
	text = str_trim(str_slice(text, 4, text.len));
	if (!str_starts(text, STR("skein:")))
		return false;
	*behind = str_slice(text, 6, text.len);
	return true;
}

static enum part_kind
comment_kind(struct str behind)
{
	struct str word = str_word(&behind);

	if (str_eq(word, STR("begin")) || str_eq(word, STR("begin-->")))
		return PART_SHOWN_BEGIN;
	if (str_eq(word, STR("end")) || str_eq(word, STR("end-->")))
		return PART_SHOWN_END;
	return PART_COMMENT;
}

/*
 * The body of a hidden cell is the lines between, and what stands before the
 * "-->" on the last one.  Options may go on over several lines.
 */
static void
take_comment_body(struct document *d, struct part *p)
{
	struct str options = p->info, *last = (struct str *)arena_copy(&d->arena, p->lines,
	    p->nlines, sizeof *p->lines);

	p->lines = last;
	if (p->nlines < 2) {
		p->nlines = 0;
		return;
	}
	last += p->nlines - 1;
	if (p->closed)
		*last = str_slice(*last, 0, str_find(*last, STR("-->")));
	if (p->closed && !p->in_container && !str_eq(str_word(&options), STR("cell"))) {
		size_t from = place_of(&d->source, p->info).offset;
		size_t to = place_of(&d->source, *last).offset + last->len;

		p->info = str_slice(d->source.text, from, to);
	}
	p->nlines -= p->closed && str_is_blank(*last) ? 2 : 1;
	p->lines++;
}

static bool
add_comment(struct document *d, struct part *p, cmark_node *node)
{
	size_t first = (size_t)cmark_node_get_start_line(node);
	struct str literal = str_of(cmark_node_get_literal(node));
	struct str line = {0}, behind, rest = literal;
	size_t shown = 0, close, last;

	str_line(&rest, &line);
	if (!is_our_comment(str_trim(line), &behind))
		return false;
	p->kind = comment_kind(behind);
	p->in_container = in_container(node);
	close = str_find(literal, STR("-->"));
	p->closed = close < literal.len;
	if (p->closed)
		literal = str_slice(literal, 0, close + 3);
	take_lines(d, p, first, literal);
	shown = p->nlines;
	p->head = p->lines[0];
	p->head = str_slice(p->head, 0, p->head.len - ending(p->head));
	is_our_comment(str_trim(p->head), &p->info);
	p->info = str_slice(p->info, 0, str_find(p->info, STR("-->")));
	take_comment_body(d, p);
	last = first + shown - 1;
	p->prefix = container_prefix(raw_line(&d->source, last));
	p->start = d->source.starts[first - 1];
	p->end = last < d->source.nlines ? d->source.starts[last] : d->source.text.len;
	return true;
}

/* ---- the walk ----------------------------------------------------------------- */

/* Only blank lines, or lines of container marks, between two offsets? */
static bool
nothing_between(const struct document *d, size_t from, size_t to)
{
	for (size_t i = from; i < to; i++)
		if (!is_container_mark(d->source.text.data[i]) &&
		    d->source.text.data[i] != '\n' && d->source.text.data[i] != '\r')
			return false;
	return true;
}

struct walk {
	struct document *d;
	struct diag *diag;
	size_t cap;
	cmark_node *last;	/* node of the last part */
	size_t depth;
	bool too_deep;
};

static void
visit(struct walk *w, cmark_node *node)
{
	struct document *d = w->d;
	struct part p = {0}, *above = d->nparts ? &d->parts[d->nparts - 1] : NULL;
	cmark_node_type type = cmark_node_get_type(node);

	if (type == CMARK_NODE_CODE_BLOCK) {
		if (!add_fence(d, &p, node))
			return;
	} else if (type != CMARK_NODE_HTML_BLOCK || !add_comment(d, &p, node)) {
		return;
	}
	if (above && cmark_node_previous(node) && cmark_node_previous(node) == w->last &&
	    above->closed && nothing_between(d, above->end, p.start)) {
		above->touches_next = true;
		p.touches_above = true;
	}
	if (d->nparts == w->cap) {
		size_t cap = w->cap ? 2 * w->cap : 32;
		struct part *parts = arena_alloc(&d->arena, cap, sizeof *parts);

		for (size_t i = 0; i < d->nparts; i++)
			parts[i] = d->parts[i];
		d->parts = parts;
		w->cap = cap;
	}
	d->parts[d->nparts++] = p;
	w->last = node;
}

static bool
is_container(cmark_node_type t)
{
	return t == CMARK_NODE_BLOCK_QUOTE || t == CMARK_NODE_LIST || t == CMARK_NODE_ITEM;
}

static void
walk(struct walk *w, cmark_node *root)
{
	cmark_iter *i = cmark_iter_new(root);
	cmark_event_type e;

	while ((e = cmark_iter_next(i)) != CMARK_EVENT_DONE) {
		cmark_node *node = cmark_iter_get_node(i);

		if (is_container(cmark_node_get_type(node)))
			w->depth += e == CMARK_EVENT_ENTER ? 1 : (size_t)-1;
		if (w->depth > DEEPEST && !w->too_deep) {
			size_t line = (size_t)cmark_node_get_start_line(node);

			w->too_deep = true;
			diag_error(w->diag, STATUS_LIMIT,
			    place_of(&w->d->source, source_line(&w->d->source, line)), "too-deep",
			    "lists and quotes are nested more than %d deep", DEEPEST);
		}
		if (e == CMARK_EVENT_ENTER && !w->too_deep)
			visit(w, node);
	}
	cmark_iter_free(i);
}

/* The front matter is not Markdown: empty lines stand in for it. */
static cmark_node *
parse(const struct document *d)
{
	cmark_parser *parser = cmark_parser_new_with_mem(CMARK_OPT_VALIDATE_UTF8, &allocator);
	struct str text = str_slice(d->source.text, d->body, d->source.text.len);
	cmark_node *root;

	if (d->body > 0)
		for (size_t n = source_position(&d->source, d->body - 1).line; n > 0; n--)
			cmark_parser_feed(parser, "\n", 1);
	cmark_parser_feed(parser, text.data ? text.data : "", text.len);
	root = cmark_parser_finish(parser);
	cmark_parser_free(parser);
	return root;
}

static bool
is_utf16(struct str text)
{
	return str_starts(text, (struct str){ "\xFF\xFE", 2 }) ||
	    str_starts(text, (struct str){ "\xFE\xFF", 2 });
}

bool
document_parse(struct document *d, struct str path, struct str text, struct diag *diag)
{
	struct walk w = { .d = d, .diag = diag };
	cmark_node *root;

	d->path = arena_str(&d->arena, path);
	source_init(&d->source, &d->arena, d->path, text);
	if (is_utf16(text)) {
		diag_error(diag, STATUS_STRUCTURE, place_file(&d->source), "utf-16",
		    "this looks like UTF-16: save the document as UTF-8");
		return false;
	}
	d->body = frontmatter_size(&d->source);
	frontmatter_read(&d->options, &d->source, d->body, diag);
	root = parse(d);
	walk(&w, root);
	cmark_node_free(root);
	return !w.too_deep;
}
