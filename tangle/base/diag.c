#include "tangle/base/diag.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tangle/base/buf.h"
#include "tangle/base/mem.h"

enum { MOST_OF_AN_ID = 20, WIDEST_EXCERPT = 160 };

struct diag_count {
	size_t n;
};

static const char *const bold = "\033[1m", *const red = "\033[31m",
    *const magenta = "\033[35m", *const cyan = "\033[36m", *const plain = "\033[0m";

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
diag_release(struct diag *d)
{
	for (const struct map_entry *e = map_first(&d->counts); e; e = map_next(e)) {
		struct diag_count *c = map_value(e);

		if (c->n > MOST_OF_AN_ID)
			fprintf(d->to, "skein: note: %zu more of [%.*s]\n",
			    c->n - MOST_OF_AN_ID, STR_ARG(map_key(e)));
		mem_free(c);
	}
	map_release(&d->counts);
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

/* The line with a caret under the place. */
static void
add_excerpt(struct buf *b, const struct diag *d, struct place at)
{
	struct position p;
	struct str line, before, marked;
	struct buf pad = {0};

	if (!at.source || at.offset == PLACE_FILE)
		return;
	p = source_position(at.source, at.offset);
	line = source_line(at.source, p.line);
	if (line.len == 0 || p.column > WIDEST_EXCERPT || p.column > line.len + 1)
		return;
	line = str_slice(line, 0, WIDEST_EXCERPT);
	before = str_slice(line, 0, p.column - 1);
	marked = str_slice(line, p.column - 1, p.column - 1 + at.length);

	buf_printf(b, "%5zu | ", p.line);
	buf_visible(b, line);
	buf_add(b, STR("\n      | "));
	buf_visible(&pad, before);
	for (size_t i = 0; i < pad.len; i++) {
		/* one blank a character, tabs as they are */
		if (((unsigned char)pad.data[i] & 0xC0) == 0x80)
			continue;
		buf_byte(b, pad.data[i] == '\t' ? '\t' : ' ');
	}
	buf_clear(&pad);
	buf_visible(&pad, marked);
	if (d->color)
		buf_add(b, str_of(cyan));
	buf_byte(b, '^');
	for (size_t i = 1; i < pad.len; i++)
		if (((unsigned char)pad.data[i] & 0xC0) != 0x80)
			buf_byte(b, '~');
	if (d->color)
		buf_add(b, str_of(plain));
	buf_byte(b, '\n');
	buf_release(&pad);
}

/* Two stages may find the same thing wrong. */
static bool
is_said(struct diag *d, struct place at, struct str message)
{
	if (!at.source || at.offset == PLACE_FILE)
		return false;
	if (map_get(&d->said, message))
		return true;
	map_put(&d->said, arena_str(&d->words, message), d);
	return false;
}

__attribute__((format(printf, 7, 0)))
static void
say(struct diag *d, struct place at, const char *level, const char *color,
    const char *id, bool excerpt, const char *fmt, va_list args)
{
	struct buf b = {0}, words = {0};

	buf_vprintf(&words, fmt, args);
	if (d->color)
		buf_add(&b, str_of(bold));
	add_place(&b, at);
	buf_add(&b, STR(": "));
	if (d->color)
		buf_add(&b, str_of(color));
	buf_printf(&b, "%s:", level);
	if (d->color)
		buf_add(&b, str_of(plain));
	buf_byte(&b, ' ');
	buf_visible(&b, buf_str(&words));
	if (id)
		buf_printf(&b, " [%s]", id);
	buf_byte(&b, '\n');
	if (id && is_said(d, at, buf_str(&b))) {
		d->silent_note = true;
	} else {
		if (excerpt)
			add_excerpt(&b, d, at);
		fwrite(b.data, 1, b.len, d->to);
	}
	buf_release(&b);
	buf_release(&words);
}

/* Count one more of an id; false when it should not be printed any more. */
static bool
count(struct diag *d, const char *id)
{
	struct diag_count *c = map_get(&d->counts, str_of(id));

	if (!c) {
		c = mem_zalloc(1, sizeof *c);
		map_put(&d->counts, str_of(id), c);
	}
	d->silent_note = ++c->n > MOST_OF_AN_ID;
	return !d->silent_note;
}

void
diag_error(struct diag *d, enum status s, struct place at, const char *id,
    const char *fmt, ...)
{
	va_list args;

	d->errors++;
	diag_status_add(d, s);
	if (!count(d, id))
		return;
	va_start(args, fmt);
	say(d, at, "error", red, id, true, fmt, args);
	va_end(args);
}

void
diag_warning(struct diag *d, struct place at, const char *id, const char *fmt, ...)
{
	va_list args;

	d->warnings++;
	d->silent_note = true;
	if (d->quiet || !count(d, id))
		return;
	va_start(args, fmt);
	say(d, at, "warning", magenta, id, true, fmt, args);
	va_end(args);
}

void
diag_note(struct diag *d, struct place at, const char *fmt, ...)
{
	va_list args;

	if (d->silent_note)
		return;
	va_start(args, fmt);
	say(d, at, "note", cyan, NULL, false, fmt, args);
	va_end(args);
}

void
diag_errno(struct diag *d, const char *doing, struct str path)
{
	struct source file = { .name = path };

	diag_error(d, STATUS_ENVIRONMENT, place_file(&file), "io",
	    "cannot %s: %s", doing, strerror(errno));
}

unsigned long
status_bit(enum status s)
{
	return 1ul << (s == STATUS_INTERNAL ? 10 : (int)s);
}

void
diag_status_add(struct diag *d, enum status s)
{
	d->seen |= status_bit(s);
}

enum status
status_of_set(unsigned long seen)
{
	static const enum status order[] = {
		STATUS_INTERNAL, STATUS_USAGE, STATUS_ENVIRONMENT, STATUS_CONFLICT,
		STATUS_REFUSED, STATUS_LIMIT, STATUS_STRUCTURE, STATUS_COMPILE,
		STATUS_FAILED, STATUS_DIFFERS
	};

	for (size_t i = 0; i < sizeof order / sizeof order[0]; i++)
		if (seen & status_bit(order[i]))
			return order[i];
	return STATUS_DONE;
}

enum status
diag_status(const struct diag *d)
{
	return status_of_set(d->seen);
}
