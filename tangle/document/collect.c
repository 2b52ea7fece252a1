#include "tangle/document/collect.h"

#include "tangle/base/mem.h"
#include "tangle/document/aside.h"
#include "tangle/document/document.h"
#include "tangle/document/line.h"

void
collect_release(struct collect *c)
{
	mem_free(c->skips);
	*c = (struct collect){0};
}

void
collect_line(struct collect *c, struct str raw, size_t skip)
{
	struct body *b = &c->lines;

	if (b->nlines == 0)
		b->text = str_slice(raw, 0, 0);
	b->text.len = (size_t)(raw.data + raw.len - b->text.data);
	c->skips = mem_grow(c->skips, &c->skips_cap, b->nlines + 1, sizeof *c->skips);
	c->skips[b->nlines++] = (uint32_t)skip;
	if (skip > 0 || b->skips)
		b->skips = c->skips;	/* which may have moved */
}

void
collect_lines(struct collect *c, struct str text)
{
	c->lines = (struct body){ .text = text, .nlines = line_count(text) };
}

/* The lines so far, to stay. */
static struct body
take_lines(struct collect *c)
{
	struct body b = c->lines;

	if (b.skips)
		b.skips = arena_copy(&c->d->arena, c->skips, b.nlines, sizeof *c->skips);
	c->lines = (struct body){0};
	return b;
}

/* Nothing but blank lines between them, in the same container? */
static bool
touch(const struct document *d, const struct part *above, const struct part *p, bool follows)
{
	struct str between = str_slice(d->source.text, above->end, p->start);

	if (!above->closed || above->in_container != p->in_container || above->aside != p->aside)
		return false;
	return p->in_container ? follows && line_all_marks(between) : str_is_blank(between);
}

static void
add(struct collect *c, struct part *p, bool follows)
{
	struct document *d = c->d;
	struct part *above = d->nparts ? &d->parts[d->nparts - 1] : NULL;

	if (above && touch(d, above, p, follows)) {
		above->touches_next = true;
		p->touches_above = true;
	}
	d->parts = mem_grow(d->parts, &c->cap, d->nparts + 1, sizeof *d->parts);
	d->parts[d->nparts++] = *p;
}

void
collect_fence(struct collect *c, struct part *p, struct str head, bool follows)
{
	p->kind = PART_FENCE;
	p->head = head;
	p->info = str_trim(str_slice(head, line_fence_run(head), head.len));
	p->body = take_lines(c);
	add(c, p, follows);
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
take_body(struct part *p, struct body lines)
{
	struct body end = body_after(lines, lines.nlines - 1);
	struct str options = p->info, last = body_first(end);

	p->body = body_after(lines, 1);
	if (!p->closed || p->body.nlines == 0)
		return;
	last = str_slice(last, 0, str_find(last, STR("-->")));
	p->body.text.len = (size_t)(last.data + last.len - p->body.text.data);
	if (!p->in_container && !str_eq(str_word(&options), STR("cell")))
		p->info.len = (size_t)(last.data + last.len - p->info.data);
	if (str_is_blank(last)) {
		p->body.text.len = (size_t)(end.text.data - p->body.text.data);
		p->body.nlines--;
	}
}

/* Somebody else's comment may hide fences. */
static void
collect_asides(struct collect *c)
{
	struct body lines = c->lines;

	if (str_find(lines.text, STR("```")) < lines.text.len ||
	    str_find(lines.text, STR("~~~")) < lines.text.len) {
		lines = take_lines(c);
		aside_comment(c, lines);
	}
	c->lines = (struct body){0};
}

bool
collect_comment(struct collect *c, struct part *p, bool follows)
{
	struct body lines = c->lines;
	struct str behind, last = body_first(body_after(lines, lines.nlines - 1));

	p->head = line_text(body_first(lines));
	if (!is_our_comment(str_trim(p->head), &behind)) {
		collect_asides(c);
		return false;
	}
	p->kind = comment_kind(behind);
	p->closed = str_find(last, STR("-->")) < last.len;
	p->info = str_slice(behind, 0, str_find(behind, STR("-->")));
	take_body(p, take_lines(c));
	add(c, p, follows);
	return true;
}
