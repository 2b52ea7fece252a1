#include "tangle/document/skeleton.h"

#include <string.h>

#include "tangle/base/mem.h"
#include "tangle/document/html.h"

enum {
	FENCE_KEPT = LINE_FENCE_CAP + 1,	/* longer ones are as good as this */
	MANY = 32,
	MOST_WORK = 100000000			/* about a second */
};

void
skeleton_clear(struct skeleton *s)
{
	buf_clear(&s->text);
	s->n = s->nesting = s->equal = 0;
	s->after_blank = true;
	s->keeps_text = false;
}

void
skeleton_release(struct skeleton *s)
{
	buf_release(&s->text);
	mem_free(s->lines);
	*s = (struct skeleton){0};
}

/* ---- marks ------------------------------------------------------------------ */

struct marks {
	size_t len;		/* bytes: blanks and marks */
	size_t width;		/* columns of blanks */
	size_t quotes, items;
};

static struct marks
marks_of(struct str line, size_t most)
{
	struct marks m = {0};
	size_t column = 0, n;

	for (;; m.len += n, column += n) {
		for (; m.len < line.len; m.len++) {
			size_t w = line.data[m.len] == ' ' ? 1 : 4 - column % 4;

			if (line.data[m.len] != ' ' && line.data[m.len] != '\t')
				break;
			m.width += w;
			column += w;
		}
		n = line_mark(str_slice(line, m.len, line.len));
		if (n == 0 || m.items > most)
			return m;
		if (line.data[m.len] == '>')
			m.quotes++;
		else
			m.items++;
	}
}

/* At most so many containers are open behind this line; see the header. */
static size_t
nesting(const struct skeleton *s, const struct marks *m, struct str line)
{
	struct str text = str_slice(line, m->len, line.len);
	size_t indented = m->width / 2 < s->nesting ? m->width / 2 : s->nesting;
	size_t most = m->quotes + m->items + indented;

	if (text.len == 0 && m->items == 0)
		return s->nesting > m->quotes ? s->nesting : m->quotes;
	if (m->items > 2 && line_is_rule(str_trim(line)))
		most = indented;
	return s->after_blank || most > s->nesting ? most : s->nesting;
}

/* ---- link definitions --------------------------------------------------------- */

/* Is there a "]:" before the next blank line? */
static bool
could_define(struct skeleton *s, struct line_cursor ahead)
{
	struct str raw;

	if (ahead.at >= s->search.from && ahead.at < s->search.to)
		return s->search.defines;
	s->search.from = ahead.at;
	s->search.defines = false;
	while (!s->search.defines && line_next(&ahead, &raw)) {
		struct str line = line_text(raw);

		if (line_marks(line).len == line.len)
			break;
		s->search.defines = str_find(line, STR("]:")) < line.len;
	}
	s->search.to = ahead.at;
	return s->search.defines;
}

/*
 * Bytes that libcmark might replace are %, which like them is in no name; what
 * it makes three bytes of are three, since labels have a greatest length.
 */
static void
add_ascii(struct buf *b, struct str text, const char *harmful)
{
	while (text.len > 0) {
		size_t n = text.data[0] == '\0' ? 0 : str_utf8(text);

		if (n == 1)
			buf_byte(b, strchr(harmful, text.data[0]) ? 'x' : text.data[0]);
		else
			buf_fill(b, '%', n ? n : 3);
		text = str_slice(text, n ? n : 1, text.len);
	}
}

/* ---- text --------------------------------------------------------------------- */

static void
add_heading(struct buf *b, struct str text)
{
	size_t n = 0;

	while (n < text.len && text.data[n] == '#')
		n++;
	buf_add(b, str_slice(text, 0, n));
	if (str_is_blank(str_slice(text, n, text.len)))
		return;
	buf_add(b, STR(" x"));
	html_add_ends(b, text);
}

static void
add_fence(struct buf *b, struct str text)
{
	size_t run = line_fence_run(text);

	buf_add(b, str_slice(text, 0, run < FENCE_KEPT ? run : FENCE_KEPT));
	if (str_is_blank(str_slice(text, run, text.len)))
		return;
	buf_byte(b, 'x');
	html_add_ends(b, text);
}

static void
add_text(struct buf *b, struct str text)
{
	/* a list mark wants a space behind it, of whichever kind */
	if (text.data[0] == '\v' || text.data[0] == '\f')
		buf_byte(b, text.data[0]);
	buf_byte(b, 'x');
	html_add_ends(b, text);
}

static void
add_shape(struct buf *b, struct str text, enum line_shape shape)
{
	switch (shape) {
	case LINE_BLANK:
		break;
	case LINE_TEXT: case LINE_BRACKET:
		add_text(b, text);
		break;
	case LINE_HEADING:
		add_heading(b, text);
		break;
	case LINE_FENCE:
		add_fence(b, text);
		break;
	case LINE_HTML:
		html_add_skeleton(b, text);
		break;
	case LINE_RULE: case LINE_MARK:
		buf_add(b, text);
		break;
	}
}

/* Text that may define links. */
static void
add_kept(struct buf *b, struct str text, enum line_shape shape)
{
	size_t run = shape == LINE_FENCE ? line_fence_run(text) : 0;

	buf_add(b, str_slice(text, 0, run));
	if (run > 0 && !str_is_blank(str_slice(text, run, text.len)))
		buf_byte(b, 'x');
	add_ascii(b, str_slice(text, run, text.len), shape == LINE_HTML || shape == LINE_RULE ?
	    "" : "*_`!&");
}

/* ---- lines -------------------------------------------------------------------- */

struct str
skeleton_line(const struct skeleton *s, size_t n)
{
	if (n < 1 || n > s->n)
		return (struct str){0};
	return str_slice(buf_str(&s->text), s->lines[n - 1].at, s->lines[n].at - 1);
}

size_t
skeleton_raw(const struct skeleton *s, size_t n)
{
	return s->lines[n <= s->n ? n - 1 : s->n].raw;
}

/* Is the last line one of those that change nothing; then it is taken back. */
static void
leave_out(struct skeleton *s)
{
	struct str last = skeleton_line(s, s->n);

	s->equal = s->n > 1 && str_eq(last, skeleton_line(s, s->n - 1)) ? s->equal + 1 : 0;
	if (s->equal < 2)
		return;
	s->equal--;
	s->text.len = s->lines[s->n - 1].at;
	s->lines[s->n - 1] = (struct skeleton_line){ s->lines[s->n].raw, s->text.len };
	s->n--;
}

/* Would three of them do what two do? */
static bool
is_idle(const struct skeleton *s, const struct marks *m, enum line_shape shape)
{
	struct str line = skeleton_line(s, s->n);

	return m->items == 0 && !s->keeps_text &&
	    (shape == LINE_BLANK ||
	    ((shape == LINE_TEXT || shape == LINE_BRACKET) && line.len == m->len + 1));
}

bool
skeleton_add(struct skeleton *s, struct line_cursor *c)
{
	struct line_cursor here = *c;
	struct str raw = {0}, line, text;
	enum line_shape shape;
	struct marks m;

	line_next(c, &raw);
	line = line_text(raw);
	m = marks_of(line, SKELETON_DEEPEST);
	s->nesting = nesting(s, &m, line);
	s->work += s->nesting > MANY ? s->nesting : 0;
	if (s->nesting > SKELETON_DEEPEST || s->work > MOST_WORK)
		return false;
	text = str_slice(line, m.len, line.len);
	shape = line_shape(text);
	if (shape == LINE_BLANK && m.items == 0)
		s->keeps_text = false;
	else if (shape == LINE_BRACKET && !s->keeps_text)
		s->keeps_text = could_define(s, here);
	s->lines = mem_grow(s->lines, &s->cap, s->n + 2, sizeof *s->lines);
	s->lines[s->n++] = (struct skeleton_line){ here.at, s->text.len };
	buf_add(&s->text, str_slice(line, 0, m.len));
	if (s->keeps_text)
		add_kept(&s->text, text, shape);
	else
		add_shape(&s->text, text, shape);
	buf_byte(&s->text, '\n');
	s->lines[s->n] = (struct skeleton_line){ c->at, s->text.len };
	s->after_blank = shape == LINE_BLANK && m.items == 0;
	if (is_idle(s, &m, shape))
		leave_out(s);
	else
		s->equal = 0;
	return true;
}
