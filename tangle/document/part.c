#include "tangle/document/part.h"

#include "tangle/document/document.h"
#include "tangle/document/line.h"
#include "tangle/document/structure.h"

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
	struct str line = str_slice(raw, 0, raw.len - line_ending(raw));
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

/*
 * The raw ends of the lines from `first` on that libcmark shows as `literal`.
 * Only in containers do lines have something in front of them to be skipped.
 */
static struct body
take_lines(struct document *d, size_t first, struct str literal)
{
	struct body b = { .nlines = count_lines(literal) };
	uint32_t *skips = NULL;
	struct str line;

	for (size_t n = 0; str_line(&literal, &line); n++) {
		struct str raw = raw_line(&d->source, first + n);
		size_t skip = raw.len - raw_suffix(raw, line).len;

		if (n == 0)
			b.text = str_slice(raw, 0, 0);
		b.text.len = raw.data ? (size_t)(raw.data + raw.len - b.text.data) : b.text.len;
		if (skip > 0 && !skips)
			skips = arena_alloc(&d->arena, b.nlines, sizeof *skips);
		if (skip > 0)
			skips[n] = (uint32_t)skip;
	}
	b.skips = skips;
	return b;
}

/* ---- fences ----------------------------------------------------------------- */

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

	if (line_fence_run(head) < 3)
		return false;
	str_line(&literal, &line);
	if (!str_eq(str_trim(line), str_trim(head)))
		return true;
	next.len -= line_ending(next);
	return shown != last - first + 1 && str_ends(next, line);
}

static bool
take_fence(struct document *d, struct part *p, const struct leaf *leaf, size_t above)
{
	size_t first = above + leaf->first, end;
	struct str raw = raw_line(&d->source, first);
	size_t shown = count_lines(leaf->literal), at = leaf->column - 1;

	while (at < raw.len && (raw.data[at] == ' ' || raw.data[at] == '\t'))
		at++;
	raw = str_slice(raw, 0, raw.len - line_ending(raw));
	p->head = str_slice(raw, at, raw.len);
	if (!is_fenced(d, p->head, leaf->literal, shown, first, above + leaf->last))
		return false;
	p->kind = PART_FENCE;
	p->info = str_trim(str_slice(p->head, line_fence_run(p->head), p->head.len));
	p->start = d->source.starts[first - 1];
	p->body = take_lines(d, first + 1, leaf->literal);
	end = first + shown;
	/* a fence behind the end of the container opens a block of its own */
	p->closed = line_closes(raw_line(&d->source, end + 1), p->head, &p->prefix) &&
	    (leaf->next == 0 || above + leaf->next != end + 1);
	if (p->closed)
		end++;
	else
		p->prefix = str_slice(raw, 0, at);
	p->end = end < d->source.nlines ? d->source.starts[end] : d->source.text.len;
	p->in_container = leaf->in_container;
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
	struct body body = body_after(p->body, 1), end;
	struct str options = p->info, last;
	size_t before;

	p->body = body;
	if (!p->closed || body.nlines == 0)
		return;
	end = body_after(body, body.nlines - 1);
	before = body.text.len - end.text.len;
	last = body_first(end);
	last = str_slice(last, 0, str_find(last, STR("-->")));
	p->body.text.len = (size_t)(last.data + last.len - body.text.data);
	if (!p->in_container && !str_eq(str_word(&options), STR("cell"))) {
		size_t from = place_of(&d->source, p->info).offset;
		size_t to = place_of(&d->source, last).offset + last.len;

		p->info = str_slice(d->source.text, from, to);
	}
	if (str_is_blank(last)) {
		p->body.text.len = before;
		p->body.nlines--;
	}
}

static bool
take_comment(struct document *d, struct part *p, const struct leaf *leaf, size_t above)
{
	size_t first = above + leaf->first;
	struct str line = {0}, behind, rest = leaf->literal, literal = leaf->literal;
	size_t shown, close, last;

	str_line(&rest, &line);
	if (!is_our_comment(str_trim(line), &behind))
		return false;
	p->kind = comment_kind(behind);
	p->in_container = leaf->in_container;
	close = str_find(literal, STR("-->"));
	p->closed = close < literal.len;
	if (p->closed)
		literal = str_slice(literal, 0, close + 3);
	p->body = take_lines(d, first, literal);
	shown = p->body.nlines;
	p->head = body_first(p->body);
	p->head = str_slice(p->head, 0, p->head.len - line_ending(p->head));
	is_our_comment(str_trim(p->head), &p->info);
	p->info = str_slice(p->info, 0, str_find(p->info, STR("-->")));
	take_comment_body(d, p);
	last = first + shown - 1;
	p->prefix = line_marks(raw_line(&d->source, last));
	p->start = d->source.starts[first - 1];
	p->end = last < d->source.nlines ? d->source.starts[last] : d->source.text.len;
	return true;
}

bool
part_of_leaf(struct part *p, struct document *d, const struct leaf *leaf, size_t above)
{
	*p = (struct part){0};
	return leaf->is_code ? take_fence(d, p, leaf, above) : take_comment(d, p, leaf, above);
}
