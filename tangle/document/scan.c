#include "tangle/document/scan.h"

#include "tangle/document/aside.h"
#include "tangle/document/chunk.h"
#include "tangle/document/collect.h"
#include "tangle/document/document.h"
#include "tangle/document/line.h"

struct scan {
	struct collect collect;
	struct line_cursor lines;
	struct str raw;		/* the line at hand */
	size_t proven;		/* nothing is open here */
	bool in_paragraph;
	bool may_define;	/* the paragraph begins with [ */
	bool in_box;		/* below the head of one (aside.h) */
	bool has_aside;		/* the last part stands in that box */
	size_t aside_end;	/* and ends there */
};

/* Columns before the text, up to 4, which are as good as more; sets *text. */
static size_t
indentation(struct str line, struct str *text)
{
	size_t at = 0, columns = 0;

	for (; at < line.len && (line.data[at] == ' ' || line.data[at] == '\t'); at++)
		columns = line.data[at] == ' ' && columns < 4 ? columns + 1 : 4;
	*text = str_slice(line, at, line.len);
	return columns;
}

/* ---- fences ---------------------------------------------------------------- */

/* Start of the line that closes a fence opened by head, from `at` on; text.len if there is none. */
static size_t
find_close(struct str text, size_t at, struct str head)
{
	size_t from = at, open = line_fence_run(head);

	if (open > LINE_FENCE_CAP)
		open = LINE_FENCE_CAP;
	for (;;) {
		struct str rest;
		size_t run, start, blank;

		at += str_find_byte(str_slice(text, at, text.len), head.data[0]);
		if (at >= text.len)
			return text.len;
		rest = str_slice(text, at, text.len);
		run = line_fence_run(rest);
		for (start = at; start > from && start + 3 > at && text.data[start - 1] == ' ';)
			start--;
		for (blank = run; blank < rest.len &&
		    (rest.data[blank] == ' ' || rest.data[blank] == '\t');)
			blank++;
		if (run >= open && (start == from || text.data[start - 1] == '\n' ||
		    text.data[start - 1] == '\r') &&
		    (blank == rest.len || rest.data[blank] == '\n' || rest.data[blank] == '\r'))
			return start;
		at += run;
	}
}

static void
scan_fence(struct scan *s)
{
	struct str text = s->lines.text, head = line_text(s->raw), raw = {0};
	size_t close = find_close(text, s->lines.at, head);
	struct part p = { .start = s->proven };

	collect_lines(&s->collect, str_slice(text, s->lines.at, close));
	s->lines.at = close;
	p.closed = close < text.len;
	p.prefix = str_slice(s->raw, 0, 0);
	if (p.closed) {
		line_next(&s->lines, &raw);
		p.prefix = line_marks(raw);
	}
	p.end = s->lines.at;
	collect_fence(&s->collect, &p, head, false);
}

/* ---- comments -------------------------------------------------------------- */

static void
scan_comment(struct scan *s)
{
	struct str text = s->lines.text, raw = s->raw;
	size_t end = s->proven + 2;	/* <!--> is a whole one */
	struct part p = { .start = s->proven };

	end += str_find(str_slice(text, end, text.len), STR("-->"));
	while (s->lines.at <= end && line_next(&s->lines, &raw))
		;
	collect_lines(&s->collect, str_slice(text, s->proven, s->lines.at));
	p.prefix = line_marks(raw);
	p.end = s->lines.at;
	collect_comment(&s->collect, &p, false);
}

/* ---- lines ----------------------------------------------------------------- */

static size_t
count(struct str text, char c)
{
	size_t n = 0;

	for (size_t i = 0; i < text.len; i++)
		n += text.data[i] == c;
	return n;
}

/* A line of one of - _ * = and blanks; false if it is not sure what it is. */
static bool
scan_rule(struct scan *s, struct str text)
{
	char c = text.data[0];
	bool could_underline = (c == '=' || c == '-') && count(str_trim(text), c) == str_trim(text).len;

	if (s->in_paragraph && could_underline) {
		s->in_paragraph = false;
		return !s->may_define;
	}
	if (c == '=' || count(text, c) < 3)
		return false;
	s->in_paragraph = false;
	return true;
}

/* One line behind its indentation; false if it is for libcmark. */
static bool
scan_text(struct scan *s, struct str text, bool indented)
{
	enum line_shape shape = line_shape(text);

	switch (shape) {
	case LINE_BLANK:
		s->in_paragraph = false;
		return true;
	case LINE_TEXT: case LINE_BRACKET:
		if (!s->in_paragraph)
			s->may_define = shape == LINE_BRACKET;
		s->in_paragraph = true;
		return true;
	case LINE_HEADING:
		s->in_paragraph = false;
		return true;
	case LINE_RULE:
		return scan_rule(s, text);
	case LINE_FENCE: case LINE_HTML:
		if (indented || (shape == LINE_HTML && !str_starts(text, STR("<!--"))))
			return false;
		s->proven = (size_t)(s->raw.data - s->lines.text.data);
		s->in_paragraph = false;
		if (shape == LINE_FENCE)
			scan_fence(s);
		else
			scan_comment(s);
		return true;
	case LINE_MARK:
		return false;
	}
	return false;
}

/*
 * Boxes stand beside all this: to CommonMark their heads are text, and what is
 * in them code or text.
 */
static void
scan_box(struct scan *s, struct str text, size_t columns)
{
	size_t at = (size_t)(s->raw.data - s->lines.text.data), end;

	if (text.len == 0)
		return;
	if (columns < 4) {
		s->in_box = columns == 0 && aside_is_box(text);
		s->has_aside = false;
	} else if (s->in_box && at >= s->aside_end) {
		end = aside_box(&s->collect, at, s->has_aside);
		if (end == at)
			return;
		s->has_aside = true;
		s->aside_end = end;
	}
}

static bool
scan_lines(struct scan *s, struct chunk *c)
{
	for (;;) {
		struct str text;
		size_t columns;

		if (!s->in_paragraph)
			s->proven = s->lines.at;
		if (!line_next(&s->lines, &s->raw))
			return true;
		columns = indentation(line_text(s->raw), &text);
		scan_box(s, text, columns);
		if ((columns >= 4 && text.len > 0) || scan_text(s, text, columns > 0))
			continue;
		if (!chunk_read(c, &s->proven))
			return false;
		s->in_paragraph = s->in_box = false;
		s->lines.at = s->proven;
	}
}

bool
scan_parts(struct document *d, size_t from, struct diag *diag)
{
	struct scan s = { .collect = { .d = d }, .lines = { d->source.text, from } };
	struct chunk c = { .collect = &s.collect, .diag = diag };
	bool ok = scan_lines(&s, &c);

	chunk_release(&c);
	collect_release(&s.collect);
	return ok;
}
