#include "tangle/document/shown.h"

#include <stdint.h>

#include "tangle/document/document.h"
#include "tangle/document/line.h"

static struct str
text_of(const struct document *d, size_t from, size_t to)
{
	return str_slice(d->source.text, from, to);
}

/* The comment, and nothing else, on one line? */
static bool
is_alone(const struct document *d, const struct part *p)
{
	struct str whole = text_of(d, p->start, p->end);

	return p->closed && line_count(whole) == 1 && str_ends(str_trim(line_text(whole)), STR("-->"));
}

/*
 * How many bytes of a line are marks of the container in which `prefix` stands in front of
 * a line; more than there are, if it is not in there.
 */
static size_t
marks_of(struct str line, struct str prefix)
{
	size_t n = 0;

	line = line_text(line);
	if (line_all_marks(line) && line.len <= prefix.len)
		return line.len;
	for (; n < prefix.len && n < line.len; n++) {
		bool is_quote = prefix.data[n] == '>';

		if (is_quote != (line.data[n] == '>') ||
		    (!is_quote && line.data[n] != ' ' && line.data[n] != '\t'))
			break;
	}
	return n == prefix.len || str_is_blank(line) ? n : line.len + 1;
}

/* The lines between; false if one of them, or the end, is not in the container. */
static bool
take_body(struct document *d, const struct part *begin, const struct part *end, struct body *b)
{
	struct line_cursor c = { .text = text_of(d, begin->end, end->end) };
	uint32_t *skips;
	struct str line;

	*b = (struct body){ .text = text_of(d, begin->end, end->start) };
	b->nlines = line_count(b->text);
	if (!begin->in_container)
		return true;
	skips = arena_alloc(&d->arena, b->nlines + 1, sizeof *skips);
	for (size_t i = 0; i <= b->nlines && line_next(&c, &line); i++) {
		size_t n = marks_of(line, begin->prefix);

		if (n > line_text(line).len || (i == b->nlines &&
		    !str_starts(str_trim(str_slice(line, n, line.len)), STR("<!--"))))
			return false;
		skips[i] = (uint32_t)n;
	}
	b->skips = skips;
	return true;
}

static bool
is_mark(const struct document *d, const struct part *p, enum part_kind kind)
{
	return p->kind == kind && is_alone(d, p);
}

/*
 * For each begin the end of it, as brackets go; NULL: there is none.  *nested has
 * those that have another pair between them.
 */
static const struct part **
match(struct document *d, bool **nested)
{
	const struct part **ends = arena_alloc(&d->arena, d->nparts, sizeof(struct part *));
	size_t *open = arena_alloc(&d->arena, d->nparts, sizeof *open), n = 0;

	*nested = arena_alloc(&d->arena, d->nparts, sizeof **nested);
	for (size_t i = 0; i < d->nparts; i++) {
		const struct part *p = &d->parts[i];

		if (is_mark(d, p, PART_SHOWN_BEGIN))
			open[n++] = i;
		if (n == 0 || !is_mark(d, p, PART_SHOWN_END) ||
		    d->parts[open[n - 1]].in_container != p->in_container)
			continue;
		ends[open[--n]] = p;
		if (n > 0)	/* and those around that say so when they end */
			(*nested)[open[n - 1]] = true;
	}
	return ends;
}

static bool
any_begins(const struct document *d)
{
	for (size_t i = 0; i < d->nparts; i++)
		if (d->parts[i].kind == PART_SHOWN_BEGIN)
			return true;
	return false;
}

void
shown_join(struct document *d)
{
	const struct part **ends;
	bool *nested;
	size_t n = 0;

	if (!any_begins(d))
		return;
	ends = match(d, &nested);
	for (size_t i = 0; i < d->nparts; i++) {
		struct part p = d->parts[i];
		const struct part *end = ends[i];
		struct body body;

		if (is_mark(d, &p, PART_SHOWN_BEGIN)) {
			if (end && !take_body(d, &d->parts[i], end, &body))
				end = NULL;
			p.kind = PART_SHOWN;
			p.info = str_slice(p.info, 0, 0);
			p.body = end ? body : (struct body){ .text = text_of(d, p.end, p.end) };
			p.closed = end && !nested[i];
			if (end) {
				p.end = end->end;
				p.touches_next = end->touches_next;
				i = (size_t)(end - d->parts);
			}
		}
		d->parts[n++] = p;
	}
	d->nparts = n;
}
