#include "runner/output/table.h"

#include <string.h>

#include "tangle/base/arena.h"
#include "tangle/base/buf.h"
#include "tangle/base/width.h"

enum {
	FIELD_END = 0x1F, ROW_END = 0x1E,
	PADDED = 40			/* a wider field is not made up for by blanks in others */
};

struct column {
	char align;			/* '<', '>', '^'; 0: not said */
	size_t width;
};

struct table {
	struct arena arena;		/* of the fields */
	struct column columns[TABLE_COLUMNS];
	size_t ncolumns;
	struct str *fields;		/* escaped; ncolumns in each row */
	size_t nrows;
};

static bool
is_punct(char c)
{
	return c > ' ' && c < 0x7F && !(c >= '0' && c <= '9') &&
	    !((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
}

static bool
is_word(char c)
{
	return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
}

/*
 * Would it mean something to a reader of Markdown?  `before` and `after` are its
 * neighbours, blanks at the ends.
 */
static bool
is_markup(char c, char before, char after)
{
	switch (c) {
	case '|': case '<': case '`': case '[': case '~': case '&':
		return true;
	case '\\':
		return is_punct(after) || after == ' ';
	case '*':
		return before != ' ' || after != ' ';
	case '_':
		return !(before == ' ' && after == ' ') && !(is_word(before) && is_word(after));
	default:
		return false;
	}
}

/* One line of a field. */
static void
escape(struct buf *to, struct str line)
{
	struct buf text = {0};
	struct str t;

	buf_visible(&text, line);
	t = buf_str(&text);
	for (size_t i = 0; i < t.len; i++) {
		char before = i > 0 ? t.data[i - 1] : ' ';
		char after = i + 1 < t.len ? t.data[i + 1] : ' ';

		if (t.data[i] == '\t') {
			buf_byte(to, ' ');
			continue;
		}
		if (is_markup(t.data[i], before, after))
			buf_byte(to, '\\');
		buf_byte(to, t.data[i]);
	}
	buf_release(&text);
}

static struct str
escaped(struct table *t, struct str field)
{
	struct buf b = {0};
	struct str line;
	size_t end = field.len < TABLE_FIELD ? field.len : TABLE_FIELD;
	bool is_first = true, is_cut = end < field.len;

	while (is_cut && end > 0 && ((unsigned char)field.data[end] & 0xC0) == 0x80)
		end--;
	field = str_slice(field, 0, end);
	while (str_line(&field, &line)) {
		if (!is_first)
			buf_add(&b, STR("<br>"));
		is_first = false;
		escape(&b, str_trim(str_chomp(line)));
	}
	if (is_cut)
		buf_add(&b, STR("..."));
	return buf_take(&b, &t->arena);
}

/* The next of them, up to its end mark or to the end of the text. */
static bool
next(struct str *rest, char end, struct str *part)
{
	if (rest->len == 0)
		return false;
	*part = str_cut(*rest, end, rest);
	return true;
}

/* How many rows there are, and the columns of the widest. */
static void
measure(struct table *t, struct str data)
{
	struct str row, field;

	while (next(&data, ROW_END, &row)) {
		size_t n = 0;

		while (n < TABLE_COLUMNS && next(&row, FIELD_END, &field))
			n++;
		if (n > t->ncolumns)
			t->ncolumns = n;
		t->nrows++;
	}
}

static void
take_align(struct column *c, struct str *field)
{
	if (field->len > 0 && memchr("<>^", field->data[0], 3)) {
		c->align = field->data[0];
		*field = str_slice(*field, 1, field->len);
	}
}

static void
read_rows(struct table *t, struct str data, size_t kept)
{
	struct str row, field;

	for (size_t r = 0; r < kept && next(&data, ROW_END, &row); r++)
		for (size_t n = 0; n < t->ncolumns && next(&row, FIELD_END, &field); n++) {
			if (r == 0)
				take_align(&t->columns[n], &field);
			t->fields[r * t->ncolumns + n] = escaped(t, field);
		}
}

static void
find_widths(struct table *t, size_t rows)
{
	for (size_t n = 0; n < t->ncolumns; n++) {
		struct column *c = &t->columns[n];

		c->width = 3;
		for (size_t r = 0; r < rows; r++) {
			size_t width = width_of(t->fields[r * t->ncolumns + n]);

			if (width > c->width && width <= PADDED)
				c->width = width;
		}
	}
}

static void
add_field(struct buf *to, const struct column *c, struct str field)
{
	size_t width = width_of(field), gap = width < c->width ? c->width - width : 0;
	size_t left = c->align == '>' ? gap : c->align == '^' ? gap / 2 : 0;

	buf_fill(to, ' ', left + 1);
	buf_add(to, field);
	buf_fill(to, ' ', gap - left + 1);
	buf_byte(to, '|');
}

static void
add_row(struct buf *to, const struct table *t, size_t row)
{
	buf_byte(to, '|');
	for (size_t n = 0; n < t->ncolumns; n++)
		add_field(to, &t->columns[n], t->fields[row * t->ncolumns + n]);
	buf_byte(to, '\n');
}

static void
add_rule(struct buf *to, const struct table *t)
{
	buf_byte(to, '|');
	for (size_t n = 0; n < t->ncolumns; n++) {
		const struct column *c = &t->columns[n];
		bool left = c->align == '<' || c->align == '^';
		bool right = c->align == '>' || c->align == '^';

		buf_add(to, left ? STR(" :") : STR(" -"));
		buf_fill(to, '-', c->width - 2);
		buf_add(to, right ? STR(": |") : STR("- |"));
	}
	buf_byte(to, '\n');
}

bool
table_markdown(struct buf *to, struct str data)
{
	struct table t = {0};
	size_t kept;

	measure(&t, data);
	if (t.ncolumns == 0)
		return false;
	arena_init(&t.arena);
	kept = t.nrows > TABLE_ROWS ? TABLE_ROWS - 1 : t.nrows;
	t.fields = arena_alloc(&t.arena, kept * t.ncolumns, sizeof *t.fields);
	read_rows(&t, data, kept);
	find_widths(&t, kept);
	add_row(to, &t, 0);
	add_rule(to, &t);
	for (size_t r = 1; r < kept; r++)
		add_row(to, &t, r);
	if (kept < t.nrows)
		buf_printf(to, "| ... %zu rows left out |\n", t.nrows - kept);
	arena_release(&t.arena);
	return true;
}
