/*
 * The plain way to find a document's parts: libcmark is given the whole text, as
 * it is, and the raw lines are found again by what it shows of them.  Slow, but
 * there is little in it that could be wrong: what tangle/document does with
 * scan, skeleton and chunks must come to the same.
 */
#ifndef TESTS_UNIT_PLAIN_H
#define TESTS_UNIT_PLAIN_H

#include <stdio.h>

#include "tangle/base/arena.h"
#include "tangle/base/buf.h"
#include "tangle/base/diag.h"
#include "tangle/base/mem.h"
#include "tangle/document/document.h"
#include "tangle/document/shown.h"
#include "tangle/document/line.h"
#include "tangle/document/structure.h"

struct plain {
	struct arena *arena;
	struct str text;
	size_t *starts;		/* of lines, and the end */
	size_t nlines, cap;
	struct part *parts;
	size_t n, parts_cap;
	bool is_unsure;		/* nothing is known */
};

static struct str
plain_line(const struct plain *p, size_t line)
{
	struct str raw;

	if (line < 1 || line > p->nlines)
		return (struct str){0};
	raw = str_slice(p->text, p->starts[line - 1], p->starts[line]);
	if (line == 1 && str_starts(raw, STR("\xEF\xBB\xBF")))
		raw = str_slice(raw, 3, raw.len);
	return raw;
}

static bool
keep_literal(void *arg, const struct leaf *leaf)
{
	struct str *literal = arg;

	*literal = str_slice(leaf->literal, 0, leaf->literal.len - 1);
	return true;
}

/* Is this what libcmark makes of raw bytes?  Asked of itself, in a fence. */
static bool
reads_as(struct str raw, struct str literal)
{
	struct structure *tree;
	struct buf fence = {0};
	struct str shown = {0};
	bool same;

	if (str_eq(raw, literal))
		return true;
	if (str_find_byte(raw, '\0') == raw.len && str_utf8_error(raw) == raw.len)
		return false;
	buf_fill(&fence, '~', 255);
	buf_byte(&fence, '\n');
	buf_add(&fence, raw);
	tree = structure_parse(buf_str(&fence));
	structure_walk(tree, (size_t)-1, keep_literal, &shown);
	same = str_eq(shown, literal);
	structure_free(tree);
	buf_release(&fence);
	return same;
}

/* The raw end of a line that libcmark shows as `literal`. */
static struct str
raw_end(struct str raw, struct str literal)
{
	struct str line = line_text(raw);

	if (str_ends(line, literal))
		return str_slice(raw, line.len - literal.len, raw.len);
	for (size_t at = 0; at <= line.len; at++) {
		struct str rest = str_slice(line, at, line.len), shown = literal;

		if (reads_as(rest, literal))
			return str_slice(raw, at, raw.len);
		for (int n = 0; at > 0 && line.data[at - 1] == '\t' && n < 4 &&
		    str_starts(shown, STR(" ")); n++) {
			shown = str_slice(shown, 1, shown.len);
			if (reads_as(rest, shown))
				return str_slice(raw, at, raw.len);
		}
	}
	printf("no end of |%.*s| reads as |%.*s|\n", STR_ARG(line), STR_ARG(literal));
	return raw;
}

static size_t
plain_lines(struct plain *p, struct part *part, size_t first, struct str literal)
{
	struct str rest = literal, line;
	uint32_t *skips;
	size_t n = 0;

	while (str_line(&rest, &line))
		n++;
	skips = arena_alloc(p->arena, n + 1, sizeof *skips);
	for (size_t i = 0; str_line(&literal, &line); i++) {
		struct str raw = plain_line(p, first + i);

		skips[i] = (uint32_t)(raw.len - raw_end(raw, line).len);
	}
	part->body = (struct body){ str_slice(p->text, p->starts[first - 1], p->starts[first - 1 + n]), skips, n };
	if (first == 1)
		part->body.text = str_slice(p->text, (size_t)(plain_line(p, 1).data - p->text.data), p->starts[n]);
	return n;
}

/*
 * It begins with what it shows first.  A fence whose info is all spaces to
 * libcmark (a form feed, &#32;) could do so, too.
 */
static bool
is_indented(struct plain *p, const struct leaf *leaf, struct str head, struct str line)
{
	if (leaf->info.len > 0 || !reads_as(head, line))
		return false;
	if (!str_is_blank(str_slice(head, line_fence_run(head), head.len)))
		p->is_unsure = true;
	return true;
}

static bool
plain_fence(struct plain *p, struct part *part, const struct leaf *leaf)
{
	struct str raw = line_text(plain_line(p, leaf->first)), literal = leaf->literal, line = {0};
	size_t end;

	part->kind = PART_FENCE;
	part->head = str_slice(raw, leaf->column - 1, raw.len);
	str_line(&literal, &line);
	if (line_fence_run(part->head) < 3 || is_indented(p, leaf, part->head, line))
		return false;
	part->info = str_trim(str_slice(part->head, line_fence_run(part->head), part->head.len));
	part->prefix = str_slice(raw, 0, leaf->column - 1);
	part->start = p->starts[leaf->first - 1];
	end = leaf->first + plain_lines(p, part, leaf->first + 1, leaf->literal);
	if (leaf->next != end + 1)
		part->closed = line_closes(plain_line(p, end + 1), part->head, &line);
	if (part->closed) {
		part->prefix = line;
		end++;
	}
	part->end = p->starts[end];
	return true;
}

static bool
plain_comment(struct plain *p, struct part *part, const struct leaf *leaf)
{
	size_t end = leaf->first - 1 + plain_lines(p, part, leaf->first, leaf->literal);
	struct body last_on = body_after(part->body, part->body.nlines - 1);
	struct str last = body_first(last_on), behind, word;

	part->head = line_text(body_first(part->body));
	behind = str_trim(part->head);
	if (!str_starts(behind, STR("<!--")))
		return false;
	behind = str_trim(str_slice(behind, 4, behind.len));
	if (!str_starts(behind, STR("skein:")))
		return false;
	behind = str_slice(behind, 6, behind.len);
	part->info = str_slice(behind, 0, str_find(behind, STR("-->")));
	word = str_word(&behind);
	part->kind = str_eq(word, STR("begin")) || str_eq(word, STR("begin-->")) ? PART_SHOWN_BEGIN :
	    str_eq(word, STR("end")) || str_eq(word, STR("end-->")) ? PART_SHOWN_END : PART_COMMENT;
	part->start = p->starts[leaf->first - 1];
	part->end = p->starts[end];
	part->closed = str_find(last, STR("-->")) < last.len;
	part->prefix = line_marks(plain_line(p, end));
	part->body = body_after(part->body, 1);
	if (!part->closed || part->body.nlines == 0)
		return true;
	word = part->info;
	word = str_word(&word);
	last = str_slice(last, 0, str_find(last, STR("-->")));
	if (!leaf->in_container && !str_eq(word, STR("cell")))
		part->info.len = (size_t)(last.data + last.len - part->info.data);
	part->body.text.len = (size_t)(last.data + last.len - part->body.text.data);
	if (str_is_blank(last)) {
		part->body.nlines--;
		part->body.text.len = (size_t)(last_on.text.data - part->body.text.data);
	}
	return true;
}

static bool
plain_visit(void *arg, const struct leaf *leaf)
{
	struct plain *p = arg;
	struct part part = { .in_container = leaf->in_container }, *above;

	if (!(leaf->is_code ? plain_fence : plain_comment)(p, &part, leaf))
		return false;
	if (p->n == p->parts_cap)
		p->parts = mem_grow(p->parts, &p->parts_cap, p->n + 1, sizeof *p->parts);
	above = p->n ? &p->parts[p->n - 1] : NULL;
	if (above && leaf->follows && above->closed &&
	    line_all_marks(str_slice(p->text, above->end, part.start)))
		above->touches_next = part.touches_above = true;
	p->parts[p->n++] = part;
	return true;
}

/* Lines as libcmark counts them, found in another way than line_next does. */
static void
plain_starts(struct plain *p)
{
	bool at_start = true;

	for (size_t i = 0; i < p->text.len; i++) {
		char c = p->text.data[i];

		if (at_start) {
			p->starts = mem_grow(p->starts, &p->cap, p->nlines + 2, sizeof *p->starts);
			p->starts[p->nlines++] = i;
		}
		at_start = c == '\n' || (c == '\r' && (i + 1 == p->text.len || p->text.data[i + 1] != '\n'));
	}
	p->starts = mem_grow(p->starts, &p->cap, p->nlines + 1, sizeof *p->starts);
	p->starts[p->nlines] = p->text.len;
}

/* Empty lines stand in for the front matter. */
static void
plain_parse(struct plain *p, struct arena *a, struct str text, size_t body)
{
	struct structure *tree;
	struct buf whole = {0};

	*p = (struct plain){ .arena = a, .text = text };
	plain_starts(p);
	for (size_t i = 0; i < p->nlines && p->starts[i] < body; i++)
		buf_byte(&whole, '\n');
	buf_add(&whole, str_slice(text, body, text.len));
	tree = structure_parse(buf_str(&whole));
	structure_walk(tree, (size_t)-1, plain_visit, p);
	structure_free(tree);
	buf_release(&whole);
}

static void
plain_release(struct plain *p)
{
	mem_free(p->starts);
	mem_free(p->parts);
}

static bool
same_view(struct str a, struct str b)
{
	return a.len == b.len && (a.len == 0 || a.data == b.data);
}

/* The bodies, which hold lines in different ways, line by line. */
static bool
same_lines(struct body a, struct body b)
{
	struct str x, y;

	if (a.nlines != b.nlines)
		return false;
	while (body_line(&a, &x) && body_line(&b, &y))
		if (!same_view(x, y))
			return false;
	return true;
}

/* What differs, or NULL. */
static const char *
part_difference(const struct part *a, const struct part *b)
{
	if (a->kind != b->kind)
		return "kind";
	if (a->start != b->start)
		return "start";
	if (a->end != b->end)
		return "end";
	if (!same_view(a->head, b->head))
		return "head";
	if (!same_view(a->info, b->info))
		return "info";
	if (!same_view(a->prefix, b->prefix))
		return "prefix";
	if (a->closed != b->closed)
		return "closed";
	if (a->in_container != b->in_container)
		return "in_container";
	if (a->touches_next != b->touches_next)
		return "touches_next";
	if (a->touches_above != b->touches_above)
		return "touches_above";
	return same_lines(a->body, b->body) ? NULL : "lines";
}

/* What was shown is one part, in this way as in the other. */
static void
plain_join(struct plain *p, struct document *d)
{
	struct part *parts = d->parts;
	size_t n = d->nparts;

	d->parts = p->parts;
	d->nparts = p->n;
	shown_join(d);
	p->n = d->nparts;
	d->parts = parts;
	d->nparts = n;
}

enum plain_result { PLAIN_SAME, PLAIN_DIFFERS, PLAIN_REFUSED };

/* Parse both ways and compare; says what differs. */
static enum plain_result
plain_compare(struct str text, FILE *messages, size_t *nparts)
{
	enum plain_result result = PLAIN_SAME;
	struct document d;
	struct plain p;
	struct diag diag;
	size_t n;

	diag_init(&diag, messages, DIAG_COLOR_NEVER);
	document_init(&d);
	if (!document_parse(&d, STR("x.md"), text, &diag)) {
		document_release(&d);
		diag_release(&diag);
		return PLAIN_REFUSED;
	}
	plain_parse(&p, &d.arena, text, d.body);
	plain_join(&p, &d);
	n = 0;
	for (size_t i = 0; i < d.nparts; i++)	/* of asides it knows nothing */
		if (d.parts[i].aside == PART_NOT_ASIDE)
			d.parts[n++] = d.parts[i];
	d.nparts = n;
	n = d.nparts < p.n ? d.nparts : p.n;
	if (p.is_unsure)
		goto out;
	for (size_t i = 0; i < n && result == PLAIN_SAME; i++) {
		const char *what = part_difference(&d.parts[i], &p.parts[i]);

		if (what) {
			printf("part %zu at %zu (plain: %zu) differs in %s\n", i, d.parts[i].start,
			    p.parts[i].start, what);
			result = PLAIN_DIFFERS;
		}
	}
	if (result == PLAIN_SAME && d.nparts != p.n) {
		printf("%zu parts, plain: %zu\n", d.nparts, p.n);
		result = PLAIN_DIFFERS;
	}
out:
	*nparts = p.n;
	plain_release(&p);
	document_release(&d);
	diag_release(&diag);
	return result;
}

#endif
