#include "tangle/base/diag.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tangle/base/buf.h"
#include "tangle/base/defuse.h"
#include "tangle/base/mem.h"
#include "tangle/base/width.h"

enum { MOST_OF_AN_ID = 20, WIDEST_EXCERPT = 160, AFTER_CARET = 20, TAB_STOP = 8 };

struct diag_count {
	size_t n;
};

static const char *const bold = "\033[1m", *const red = "\033[31m",
    *const magenta = "\033[35m", *const cyan = "\033[36m",
    *const green = "\033[32m", *const plain = "\033[0m";

void
diag_init(struct diag *d, FILE *to, enum diag_color color)
{
	const char *no_color = getenv("NO_COLOR");

	*d = (struct diag){ .to = to };
	arena_init(&d->words);
	d->color = color == DIAG_COLOR_ALWAYS ||
	    (color == DIAG_COLOR_AUTO && !(no_color && *no_color) && isatty(fileno(to)));
}

void
diag_init_below(struct diag *d, FILE *to, const struct diag *above)
{
	*d = (struct diag){ .to = to, .above = above, .tell = above->tell, .whom = above->whom,
	    .about = above->about, .about_part = above->about_part, .about_values = above->about_values, .color = above->color, .quiet = above->quiet, .all = above->all };
	arena_init(&d->words);
}

void
diag_count_anew(struct diag *d)
{
	for (const struct map_entry *e = map_first(&d->counts); e; e = map_next(e)) {
		struct diag_count *c = map_value(e);

		if (c->n > MOST_OF_AN_ID)
			fprintf(d->to, "skein: note: %zu more of [%.*s]\n",
			    c->n - MOST_OF_AN_ID, STR_ARG(map_key(e)));
		mem_free(c);
	}
	map_release(&d->counts);
}

void
diag_release(struct diag *d)
{
	diag_count_anew(d);
	map_release(&d->said);
	arena_release(&d->words);
}

static void
add_place(struct buf *b, struct place at)
{
	if (!at.source) {
		buf_add(b, STR("skein"));
		return;
	}
	buf_visible(b, at.source->name);
	if (at.offset != PLACE_FILE) {
		struct position p = source_position(at.source, at.offset);

		buf_printf(b, ":%zu:%zu", p.line, p.column);
	}
}

/* Does the byte stand in what is to be underlined? */
static bool
is_marked(const struct diag *d, struct place at, size_t offset)
{
	if (offset >= at.offset && offset - at.offset < at.length)
		return true;
	for (size_t i = 0; i < d->nmarks; i++)
		if (offset >= d->marks[i].offset && offset - d->marks[i].offset < d->marks[i].length)
			return true;
	return false;
}

/* A character as it is shown: tabs as blanks, what could do harm as \xNN. */
static void
show_character(struct buf *to, struct str character, size_t column)
{
	if (str_eq(character, STR("\t")))
		buf_fill(to, ' ', TAB_STOP - column % TAB_STOP);
	else
		buf_visible(to, character);
}

/*
 * A line from byte `from` on, and below it what is to be underlined.  Columns
 * are cells of the terminal.
 */
static void
draw(struct buf *line, struct buf *under, const struct diag *d, struct place at,
    struct str text, size_t start, size_t from)
{
	size_t column = 0;

	for (size_t i = from; i < text.len;) {
		struct str rest = str_slice(text, i, text.len);
		size_t length = str_utf8(rest), first = line->len, cells;
		bool caret = start + i == at.offset, mark = is_marked(d, at, start + i);

		length = length ? length : 1;
		if (column + 2 > WIDEST_EXCERPT)
			break;
		show_character(line, str_slice(rest, 0, length), column);
		cells = width_of(str_slice(buf_str(line), first, line->len));
		for (size_t k = 0; k < cells; k++)
			buf_byte(under, caret && k == 0 ? '^' : mark ? '~' : ' ');
		column += cells;
		i += length;
	}
	if (start + text.len == at.offset)
		buf_byte(under, '^');
	while (under->len > 0 && under->data[under->len - 1] == ' ')
		under->len--;
}

/* Where the excerpt begins: a line so long that its place would not be seen is cut. */
static size_t
begin_excerpt(struct str text, size_t column)
{
	size_t from = column > WIDEST_EXCERPT - AFTER_CARET ? column - WIDEST_EXCERPT / 2 : 0;

	while (from > 0 && from < text.len && ((unsigned char)text.data[from] & 0xC0) == 0x80)
		from--;
	return from;
}

/* The line with a caret under the place. */
static void
add_excerpt(struct buf *b, const struct diag *d, struct place at)
{
	struct position p;
	struct buf line = {0}, under = {0};
	struct str text;
	size_t from;

	if (!at.source || at.offset == PLACE_FILE)
		return;
	p = source_position(at.source, at.offset);
	text = source_line(at.source, p.line);
	if (text.len == 0 || p.column > text.len + 1)
		return;
	from = begin_excerpt(text, p.column);
	draw(&line, &under, d, at, text, at.offset + 1 - p.column, from);
	buf_printf(b, "%5zu | %s", p.line, from > 0 ? "..." : "");
	buf_add(b, buf_str(&line));
	buf_printf(b, "\n      | %s%s", from > 0 ? "   " : "", d->color ? cyan : "");
	buf_add(b, buf_str(&under));
	buf_printf(b, "%s\n", d->color ? plain : "");
	buf_release(&line);
	buf_release(&under);
}

/* Two stages may find the same thing wrong. */
static bool
is_said(struct diag *d, struct place at, struct str message)
{
	if (!at.source || at.offset == PLACE_FILE)
		return false;
	for (const struct diag *any = d; any; any = any->above)
		if (map_get(&any->said, message))
			return true;
	map_put(&d->said, arena_str(&d->words, message), d);
	return false;
}

/* What a message is, but for its words. */
struct kind {
	const char *level, *color;
	const char *id;			/* NULL: it belongs to the one before */
	enum status status;
	bool excerpt;
};

static void
add_head(struct buf *b, const struct diag *d, const struct kind *k, struct place at, struct str words)
{
	if (d->color)
		buf_add(b, str_of(bold));
	add_place(b, at);
	buf_add(b, STR(": "));
	if (d->color)
		buf_add(b, str_of(k->color));
	buf_printf(b, "%s:", k->level);
	if (d->color)
		buf_add(b, str_of(plain));
	buf_byte(b, ' ');
	buf_visible(b, words);
	if (k->id)
		buf_printf(b, " [%s]", k->id);
	buf_byte(b, '\n');
}

static void
print(struct diag *d, struct str text)
{
	struct buf safe = {0};

	defuse(&safe, text);
	fwrite(safe.data, 1, safe.len, d->to);
	buf_release(&safe);
}

/* It was told before, so it is none of those that may be too many. */
static void
count_less(struct diag *d, const char *id)
{
	struct diag_count *c = map_get(&d->counts, str_of(id));

	if (c && !d->all && !d->bounded)
		c->n--;
}

/* A line that stands in no file is called by its number in the text that it is of. */
static void
add_made_line(struct buf *words, struct place at)
{
	if (at.source && at.source->made_at.source)
		buf_printf(words, "generated line %zu: ", source_position(at.source, at.offset).line);
}

enum { MOST_PARTS = 20 };

/* Of which part of a cell an error was, and of which others it was the same. */
static void
add_part(struct diag *d, struct place at, struct buf *to)
{
	struct buf words = {0}, line = {0};

	if (d->is_repeated && ++d->nparts > MOST_PARTS)
		return;
	buf_printf(&words, "%s %.*s", d->is_repeated ? "the same with" : "with", STR_ARG(d->about_values));
	add_head(&line, d, &(struct kind){ "note", cyan, NULL, STATUS_DONE, false }, at, buf_str(&words));
	if (!is_said(d, at, buf_str(&line)))
		buf_add(to, buf_str(&line));
	buf_release(&line);
	buf_release(&words);
}

__attribute__((format(printf, 4, 0)))
static void
say(struct diag *d, const struct kind *k, struct place at, const char *fmt, va_list args)
{
	struct buf b = {0}, words = {0};
	struct place shown = place_shown(at);

	if (d->silent_note && (!d->tell || d->is_repeated)) {
		d->nmarks = 0;
		return;
	}
	add_made_line(&words, at);
	buf_vprintf(&words, fmt, args);
	add_head(&b, d, k, shown, buf_str(&words));
	if (k->id && is_said(d, at, buf_str(&b))) {
		d->is_repeated = d->silent_note = true;
		count_less(d, k->id);
	}
	if (!d->silent_note) {
		if (k->excerpt)
			add_excerpt(&b, d, at);
		if (d->about_values.len > 0 && k->status != STATUS_DONE)
			add_part(d, shown, &b);
		print(d, buf_str(&b));
	} else if (d->is_repeated && d->about_values.len > 0 && k->status != STATUS_DONE) {
		buf_clear(&b);
		add_part(d, shown, &b);
		print(d, buf_str(&b));
	}
	if (d->tell && !d->is_repeated)
		d->tell(d->whom, &(struct diag_message){ k->level, k->id, k->status, shown,
		    buf_str(&words), d->about, d->about_part });
	d->nmarks = 0;
	buf_release(&b);
	buf_release(&words);
}

/* Count one more of an id; too many are not printed any more. */
static void
count(struct diag *d, const char *id)
{
	struct diag_count *c = map_get(&d->counts, str_of(id));

	d->silent_note = d->is_repeated = false;
	if (d->all || d->bounded)
		return;
	if (!c) {
		c = mem_zalloc(1, sizeof *c);
		map_put(&d->counts, str_of(id), c);
	}
	d->silent_note = ++c->n > MOST_OF_AN_ID;
}

__attribute__((format(printf, 6, 0)))
static void
error(struct diag *d, enum status s, struct place at, const char *id, bool excerpt,
    const char *fmt, va_list args)
{
	d->errors++;
	d->first = d->first ? d->first : id;
	diag_status_add(d, s);
	count(d, id);
	say(d, &(struct kind){ "error", red, id, s, excerpt }, at, fmt, args);
}

void
diag_error(struct diag *d, enum status s, struct place at, const char *id,
    const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	error(d, s, at, id, true, fmt, args);
	va_end(args);
}

void
diag_error_line(struct diag *d, enum status s, struct place at, const char *id,
    const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	error(d, s, at, id, false, fmt, args);
	va_end(args);
}

void
diag_warning(struct diag *d, struct place at, const char *id, const char *fmt, ...)
{
	va_list args;

	d->warnings++;
	if (d->quiet) {
		d->silent_note = d->is_repeated = true;
		d->nmarks = 0;
		return;
	}
	count(d, id);
	va_start(args, fmt);
	say(d, &(struct kind){ "warning", magenta, id, STATUS_DONE, true }, at, fmt, args);
	va_end(args);
}

void
diag_note(struct diag *d, struct place at, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	say(d, &(struct kind){ "note", cyan, NULL, STATUS_DONE, false }, at, fmt, args);
	va_end(args);
}

void
diag_note_here(struct diag *d, struct place at, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	say(d, &(struct kind){ "note", cyan, NULL, STATUS_DONE, true }, at, fmt, args);
	va_end(args);
}

void
diag_help(struct diag *d, struct place at, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	say(d, &(struct kind){ "help", green, NULL, STATUS_DONE, false }, at, fmt, args);
	va_end(args);
}

void
diag_mark(struct diag *d, size_t offset, size_t length)
{
	if (d->nmarks < DIAG_MARKS)
		d->marks[d->nmarks++] = (struct diag_mark){ offset, length };
}

void
diag_errno(struct diag *d, const char *doing, struct str path)
{
	struct source file = { .name = path };

	diag_error(d, STATUS_ENVIRONMENT, place_file(&file), "io",
	    "cannot %s: %s", doing, strerror(errno));
}

static unsigned long
status_bit(enum status s)
{
	return 1ul << (s == STATUS_INTERNAL ? 10 : (int)s);
}

void
diag_status_add(struct diag *d, enum status s)
{
	d->seen |= status_bit(s);
}

/* The gravest first. */
static const enum status gravity[] = {
	STATUS_INTERNAL, STATUS_USAGE, STATUS_ENVIRONMENT, STATUS_CONFLICT,
	STATUS_REFUSED, STATUS_LIMIT, STATUS_STRUCTURE, STATUS_COMPILE,
	STATUS_FAILED, STATUS_DIFFERS
};

enum { GRAVITIES = sizeof gravity / sizeof gravity[0] };

size_t
diag_gravity(enum status s)
{
	size_t i = 0;

	while (i < GRAVITIES && gravity[i] != s)
		i++;
	return i;
}

static enum status
status_of_set(unsigned long seen)
{
	for (size_t i = 0; i < GRAVITIES; i++)
		if (seen & status_bit(gravity[i]))
			return gravity[i];
	return STATUS_DONE;
}

enum status
diag_status(const struct diag *d)
{
	return status_of_set(d->seen);
}
