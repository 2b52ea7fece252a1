#include "tangle/document/aside.h"

#include "tangle/document/collect.h"
#include "tangle/document/document.h"
#include "tangle/document/line.h"

enum { BOX_INDENT = 4 };

/* ---- fences ------------------------------------------------------------------ */

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* How many bytes of blanks stand at the front, at most so many columns of them. */
static size_t
blanks(struct str line, size_t most, size_t *columns)
{
	size_t at = 0, column = 0;

	while (at < line.len && is_blank(line.data[at])) {
		size_t next = line.data[at] == ' ' ? column + 1 : (column / 4 + 1) * 4;

		if (next > most)
			break;
		column = next;
		at++;
	}
	if (columns)
		*columns = column;
	return at;
}

/* The fence at the front of a line, behind its blanks; empty if there is none. */
static struct str
fence_of(struct str raw, size_t *columns)
{
	struct str line = line_text(raw), text = str_slice(line, blanks(line, (size_t)-1, columns), line.len);

	return line_shape(text) == LINE_FENCE ? text : (struct str){0};
}

static bool
closes(struct str raw, struct str head)
{
	struct str prefix;

	return line_closes(raw, head, &prefix) && str_find_byte(prefix, '>') == prefix.len;
}

static size_t
offset_of(const struct collect *c, struct str part)
{
	return (size_t)(part.data - c->d->source.text.data);
}

/* ---- comments ---------------------------------------------------------------- */

/* The raw line that rest stands at, with its container's marks. */
static struct str
whole_line(struct body rest)
{
	rest.skips = NULL;
	return body_first(rest);
}

/* Collect a fence that the comment's lines at *rest begin, and take it off. */
static void
comment_fence(struct collect *c, struct body *rest, struct str head, size_t columns)
{
	struct str first = whole_line(*rest), line;
	struct part p = { .aside = PART_IN_COMMENT, .in_container = rest->skips != NULL };

	p.start = offset_of(c, first);
	p.prefix = str_slice(first, 0, (size_t)(head.data - first.data));
	body_line(rest, &line);
	while (!p.closed && rest->nlines > 0) {
		struct str raw = whole_line(*rest);

		body_line(rest, &line);
		p.closed = closes(line, head);
		if (p.closed)
			p.prefix = str_slice(raw, 0, (size_t)(line.data - raw.data) +
			    line_marks(line).len);
		else
			collect_line(c, raw, (size_t)(line.data - raw.data) + blanks(line, columns, NULL));
	}
	p.end = rest->nlines > 0 ? offset_of(c, rest->text) :
	    offset_of(c, rest->text) + rest->text.len;
	collect_fence(c, &p, head, false);
}

void
aside_comment(struct collect *c, struct body lines)
{
	struct body rest = body_after(lines, 1);
	size_t columns;

	while (rest.nlines > 0) {
		struct str line = body_first(rest), head = fence_of(line, &columns);

		if (head.len > 0 && columns < 4)
			comment_fence(c, &rest, head, columns);
		else
			body_line(&rest, &line);
	}
}

/* ---- boxes ------------------------------------------------------------------- */

/* A word or a title must follow, or !!! would be a shout. */
bool
aside_is_box(struct str text)
{
	struct str rest = str_slice(text, 3, text.len);

	if (!str_starts(text, STR("!!!")) && !str_starts(text, STR("???")) &&
	    !str_starts(text, STR("===")))
		return false;
	if (rest.len > 0 && (rest.data[0] == '+' || rest.data[0] == '!'))
		rest = str_slice(rest, 1, rest.len);
	if (rest.len == 0 || !is_blank(rest.data[0]))
		return false;
	rest = str_trim(rest);
	return text.data[0] == '=' ? str_starts(rest, STR("\"")) :
	    rest.len > 0 && ((rest.data[0] | 32) >= 'a' || rest.data[0] == '"');
}

/* Does it still belong to the box? */
static bool
is_in_box(struct str raw)
{
	struct str line = line_text(raw);
	size_t columns;

	return blanks(line, BOX_INDENT, &columns) == line.len || columns == BOX_INDENT;
}

size_t
aside_box(struct collect *c, size_t at, bool follows)
{
	struct line_cursor lines = { c->d->source.text, at };
	struct part p = { .aside = PART_IN_BOX, .in_container = true, .start = at };
	struct str raw = {0}, head;
	size_t columns;

	line_next(&lines, &raw);
	head = fence_of(raw, &columns);
	if (head.len == 0 || columns < BOX_INDENT)
		return at;
	p.prefix = str_slice(raw, 0, (size_t)(head.data - raw.data));
	p.end = lines.at;
	while (!p.closed && line_next(&lines, &raw) && is_in_box(raw)) {
		p.closed = closes(raw, head);
		if (p.closed)
			p.prefix = line_marks(raw);
		else
			collect_line(c, raw, blanks(line_text(raw), columns, NULL));
		p.end = lines.at;
	}
	collect_fence(c, &p, head, follows);
	return p.end;
}
