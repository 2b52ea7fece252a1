#include "runner/build/message.h"

#include <ctype.h>
#include <stdint.h>
#include <string.h>

#include "runner/build/base.h"
#include "runner/build/lines.h"
#include "tangle/base/arena.h"
#include "tangle/base/buf.h"
#include "tangle/base/mem.h"

enum { MAX_MESSAGES = 100, MAX_SPANS = 6, MAX_FIXES = 8 };

/* The message that is being read, and what the lines below it add. */
struct current {
	size_t number;			/* in the list; SIZE_MAX: none, or left out */
	struct str name;		/* of its file, as printed */
	size_t excerpt;			/* the line that was shown last */
	struct span spans[MAX_SPANS];
	struct fixit fixes[MAX_FIXES];
	size_t nspans, nfixes;
};

struct parse {
	const struct lines *unit;
	const struct bases *bases;
	struct arena *arena;
	struct message *list;
	size_t n, cap, left_out;
	struct current now;
	struct message included;	/* the cell's #include, while text is empty: none */
};

static const struct {
	const char *words;
	enum message_level level;
} levels[] = {
	{ "error: ", MESSAGE_ERROR }, { "fatal error: ", MESSAGE_ERROR },
	{ "warning: ", MESSAGE_WARNING }, { "note: ", MESSAGE_NOTE },
	{ "sorry, unimplemented: ", MESSAGE_ERROR },
	{ "internal compiler error: ", MESSAGE_ERROR },
	{ "Error: ", MESSAGE_ERROR }, { "Warning: ", MESSAGE_WARNING },	/* the assembler's */
	{ "Fatal error: ", MESSAGE_ERROR },
};

/* A level at the front of *s is taken off. */
static bool
take_level(struct str *s, enum message_level *level)
{
	for (size_t i = 0; i < sizeof levels / sizeof *levels; i++) {
		if (str_starts(*s, str_of(levels[i].words))) {
			*s = str_slice(*s, strlen(levels[i].words), s->len);
			*level = levels[i].level;
			return true;
		}
	}
	return false;
}

/* ":12" at the front of *s is taken off; overlong numbers are no lines. */
static bool
take_number(struct str *s, size_t *number)
{
	size_t digits = 0;
	unsigned long value;

	if (s->len < 2 || s->data[0] != ':')
		return false;
	while (1 + digits < s->len && isdigit((unsigned char)s->data[1 + digits]))
		digits++;
	if (!str_number(str_slice(*s, 1, 1 + digits), 0x7fffffff, &value))
		return false;
	*number = value;
	*s = str_slice(*s, 1 + digits, s->len);
	return true;
}

/* ":LINE:COLUMN" or ":LINE" at the front. */
static bool
take_position(struct str *s, struct message *m)
{
	m->line = m->column = 0;
	if (!take_number(s, &m->line))
		return false;
	take_number(s, &m->column);
	return true;
}

/* "LINE:COLUMN" at the front of *s. */
static bool
take_point(struct str *s, size_t *line, size_t *column)
{
	size_t digits = 0;
	unsigned long number;

	while (digits < s->len && isdigit((unsigned char)s->data[digits]))
		digits++;
	if (!str_number(str_slice(*s, 0, digits), 0x7fffffff, &number))
		return false;
	*line = number;
	*s = str_slice(*s, digits, s->len);
	return take_number(s, column);
}

/* "{12:3-12:8}" at the front of *s. */
static bool
take_range(struct str *s, struct fixit *range)
{
	struct str rest = *s;

	if (!str_starts(rest, STR("{")))
		return false;
	rest = str_slice(rest, 1, rest.len);
	if (!take_point(&rest, &range->line, &range->from) || !str_starts(rest, STR("-")))
		return false;
	rest = str_slice(rest, 1, rest.len);
	if (!take_point(&rest, &range->to_line, &range->to) || !str_starts(rest, STR("}")))
		return false;
	*s = str_slice(rest, 1, rest.len);
	return true;
}

/*
 * clang counts lines of the unit here, where it is about the unit; those of
 * files are their own.
 */
static size_t
presumed(const struct parse *p, struct str name, size_t line)
{
	const struct line *o = lines_at(p->unit, line);

	return o && o->line > 0 && str_eq(o->marker, name) ? o->line : line;
}

static void
add_span(struct current *c, size_t from, size_t to)
{
	if (c->nspans < MAX_SPANS && from > 0 && to > from)
		c->spans[c->nspans++] = (struct span){ from, to };
}

/*
 * Text of the cell within our glue: the message is at the glue, and what it
 * means is underlined.  Then it is about that.
 */
static void
leave_glue(const struct parse *p, struct str *name, struct message *m, const struct fixit *range)
{
	const struct line *o = lines_at(p->unit, range->line);

	if (!str_starts(*name, STR("<")) || !o || o->line == 0 || str_starts(o->marker, STR("<")))
		return;
	*name = o->marker;
	m->line = o->line;
	m->column = range->from;
}

/* What clang says right behind a position: ":{4:45-4:53}{4:50-4:51}". */
static void
take_ranges(const struct parse *p, struct str *s, struct str *name, struct message *m,
    struct current *c)
{
	struct fixit range;

	c->nspans = 0;
	if (str_starts(*s, STR(":{")))
		*s = str_slice(*s, 1, s->len);
	while (take_range(s, &range)) {
		size_t first, last;

		leave_glue(p, name, m, &range);
		first = presumed(p, *name, range.line);
		last = presumed(p, *name, range.to_line);
		if (first == m->line)
			add_span(c, range.from, last == m->line ? range.to : SIZE_MAX);
		else if (last == m->line)
			add_span(c, 1, range.to);
	}
}

/*
 * "MARKER:LINE:COLUMN: level: text".  A marker may hold colons and blanks, so
 * the first place where all the rest fits is taken.
 */
static bool
split_placed(const struct parse *p, struct str line, struct message *m, struct current *c)
{
	for (size_t at = 0; at < line.len; at++) {
		struct str rest, name;

		at += str_find_byte(str_slice(line, at, line.len), ':');
		rest = str_slice(line, at, line.len);
		if (!take_position(&rest, m))
			continue;
		name = str_slice(line, 0, at);
		take_ranges(p, &rest, &name, m, c);
		if (!str_starts(rest, STR(": ")))
			continue;
		rest = str_slice(rest, 2, rest.len);
		if (take_level(&rest, &m->level)) {
			m->marker = name;
			m->text = rest;
			return true;
		}
	}
	return false;
}

/* "cc1: error: text", "error: text", "/usr/bin/ld: text". */
static bool
split_unplaced(struct str line, struct message *m)
{
	size_t colon = str_find(line, STR(": "));
	struct str program = str_slice(line, 0, colon);

	m->marker = STR("");
	m->line = m->column = 0;
	m->text = line;
	if (take_level(&m->text, &m->level))
		return true;
	m->text = str_slice(line, colon + 2, line.len);
	if (take_level(&m->text, &m->level))
		return true;
	m->level = str_starts(m->text, STR("warning: ")) ? MESSAGE_WARNING : MESSAGE_ERROR;
	return str_eq(program, STR("ld")) || str_ends(program, STR("/ld")) ||
	    str_ends(program, STR("ld.lld")) || str_ends(program, STR("ld.gold"));
}

/* "In file included from cell:2:" and the lines below it; keep the cell's. */
static bool
read_included(struct parse *p, struct str line)
{
	struct str rest = str_trim(line);
	struct message m = { .level = MESSAGE_NOTE, .text = STR("included from here") };

	if (str_starts(rest, STR("In file included from ")))
		rest = str_slice(rest, 22, rest.len);
	else if (line.len > 0 && line.data[0] == ' ' && str_starts(rest, STR("from ")))
		rest = str_slice(rest, 5, rest.len);
	else
		return false;
	if (p->included.text.len > 0 || rest.len == 0 || rest.data[0] == '/')
		return true;
	for (size_t at = 0; at < rest.len; at++) {
		struct str tail = str_slice(rest, at, rest.len);

		if (take_position(&tail, &m) && tail.len <= 1) {
			m.marker = str_slice(rest, 0, at);
			p->included = m;
			break;
		}
	}
	return true;
}

static bool
same(const struct message *a, const struct message *b)
{
	return a->level == b->level && a->line == b->line && a->column == b->column &&
	    str_eq(a->marker, b->marker) && str_eq(a->text, b->text);
}

/* Its number; SIZE_MAX if it is left out. */
static size_t
add(struct parse *p, const struct message *m)
{
	for (size_t i = 0; i < p->n; i++)
		if (same(&p->list[i], m))
			return SIZE_MAX;
	if (p->n == MAX_MESSAGES) {
		p->left_out += m->level != MESSAGE_NOTE;
		return SIZE_MAX;
	}
	p->list = mem_grow(p->list, &p->cap, p->n + 1, sizeof *p->list);
	p->list[p->n] = *m;
	return p->n++;
}

/* The lines below a message are over: it gets what they said. */
static void
complete(struct parse *p)
{
	struct current *c = &p->now;

	if (c->number != SIZE_MAX) {
		struct message *m = &p->list[c->number];

		m->spans = arena_copy(p->arena, c->spans, c->nspans, sizeof *c->spans);
		m->nspans = c->nspans;
		m->fixes = arena_copy(p->arena, c->fixes, c->nfixes, sizeof *c->fixes);
		m->nfixes = c->nfixes;
	}
	*c = (struct current){ .number = SIZE_MAX };
}

/* ---- the lines below a message ---------------------------------------------------- */

/* The text in quotes of fix-it:"cell":{7:32-7:37}:"first", escapes undone. */
static bool
take_quoted(struct str *s, struct arena *a, struct str *text)
{
	struct buf b = {0};
	size_t i = 1;

	if (!str_starts(*s, STR("\"")))
		return false;
	for (; i < s->len && s->data[i] != '"'; i++) {
		unsigned char octal = 0;
		size_t digits = 0;

		if (s->data[i] != '\\' || i + 1 == s->len) {
			buf_byte(&b, s->data[i]);
			continue;
		}
		i++;
		while (digits < 3 && i + digits < s->len && s->data[i + digits] >= '0' &&
		    s->data[i + digits] <= '7')
			octal = (unsigned char)(octal * 8 + (s->data[i + digits++] - '0'));
		if (digits > 0)
			i += digits - 1;
		buf_byte(&b, digits > 0 ? (char)octal : s->data[i] == 'n' ? '\n' :
		    s->data[i] == 't' ? '\t' : s->data[i]);
	}
	*text = buf_take(&b, a);
	*s = str_slice(*s, i + 1, s->len);
	return true;
}

static bool
read_fixit(struct parse *p, struct str line)
{
	struct current *c = &p->now;
	struct fixit f;
	struct str name;

	if (!str_starts(line, STR("fix-it:")))
		return false;
	line = str_slice(line, 7, line.len);
	if (c->number == SIZE_MAX || c->nfixes == MAX_FIXES ||
	    !take_quoted(&line, p->arena, &name) || !str_eq(name, c->name) ||
	    !str_starts(line, STR(":")))
		return true;
	line = str_slice(line, 1, line.len);
	if (!take_range(&line, &f) || !str_starts(line, STR(":")))
		return true;
	line = str_slice(line, 1, line.len);
	if (!take_quoted(&line, p->arena, &f.text))
		return true;
	f.line = presumed(p, name, f.line);
	f.to_line = presumed(p, name, f.to_line);
	c->fixes[c->nfixes++] = f;
	return true;
}

/* "   12 | text" and "      | ~~~^~~": the margin is taken off, its number kept. */
static bool
take_margin(struct str *line, size_t *number)
{
	struct str margin = str_cut(*line, '|', line);
	unsigned long n = 0;

	margin = str_trim(margin);
	if (margin.len > 0 && !str_eq(margin, STR("+++")) && !str_number(margin, 0x7fffffff, &n))
		return false;
	*number = n;
	if (str_starts(*line, STR(" ")))
		*line = str_slice(*line, 1, line->len);
	return true;
}

static bool
is_underline(struct str s)
{
	size_t marks = 0;

	for (size_t i = 0; i < s.len; i++) {
		if (s.data[i] == '~' || s.data[i] == '^')
			marks++;
		else if (s.data[i] != ' ')
			return false;
	}
	return marks > 0;
}

/*
 * What gcc underlines.  Its columns are those of the line as it is shown; where
 * the caret stands tells how far those are from bytes.
 */
static void
take_underline(struct parse *p, struct str marks)
{
	size_t column = p->list[p->now.number].column;
	size_t caret = str_find_byte(marks, '^') + 1, from = 0;
	size_t shift = caret > column ? caret - column : 0;

	p->now.nspans = 0;
	for (size_t i = 0; i <= marks.len; i++) {
		bool is_mark = i < marks.len && marks.data[i] != ' ';

		if (is_mark && from == 0)
			from = i + 1;
		if (is_mark || from == 0)
			continue;
		if (i + 1 - from > 1 || marks.data[from - 1] == '~')
			add_span(&p->now, from > shift ? from - shift : 1, i + 1 - shift);
		from = 0;
	}
}

/* gcc's excerpts, which it draws with a margin, as clang does from 17 on. */
static bool
read_excerpt(struct parse *p, struct str line)
{
	struct str rest = line;
	size_t number;

	if (!str_starts(line, STR(" ")) || str_find_byte(line, '|') == line.len ||
	    !take_margin(&rest, &number))
		return false;
	if (number > 0)
		p->now.excerpt = number;
	else if (p->now.number != SIZE_MAX && p->now.nspans == 0 && is_underline(rest) &&
	    p->now.excerpt == p->list[p->now.number].line && str_find_byte(rest, '^') < rest.len)
		take_underline(p, rest);
	return true;
}

/* clang before 17 shows the source's line as it is, whatever stands there. */
static bool
is_shown_source(const struct parse *p, struct str line)
{
	const struct message *m = p->now.number == SIZE_MAX ? NULL : &p->list[p->now.number];
	struct str text, unused;

	if (!m)
		return false;
	text = str_cut(lines_text(p->unit, p->now.name, m->line), '\t', &unused);
	return text.len > 0 && str_starts(line, text);
}

/* ---- messages ---------------------------------------------------------------------- */

/* " [-Wformat=]" at the end becomes the option. */
static void
take_option(struct message *m)
{
	size_t at = m->text.len;

	if (!str_ends(m->text, STR("]")))
		return;
	while (at > 0 && m->text.data[at - 1] != '[')
		at--;
	if (at < 2 || !str_starts(str_slice(m->text, at, m->text.len), STR("-W")))
		return;
	m->option = str_slice(m->text, at, m->text.len - 1);
	m->text = str_trim(str_slice(m->text, 0, at - 1));
}

/* gcc's curly quotes in UTF-8 (U+2018, U+2019) become plain ones. */
static struct str
plain_quotes(struct str s, struct arena *a)
{
	struct buf out = {0};

	if (str_find(s, STR("\342\200")) == s.len)
		return s;
	for (size_t i = 0; i < s.len; i++) {
		struct str here = str_slice(s, i, i + 3);

		if (str_eq(here, STR("\342\200\230")) || str_eq(here, STR("\342\200\231"))) {
			buf_byte(&out, '\'');
			i += 2;
		} else {
			buf_byte(&out, s.data[i]);
		}
	}
	return buf_take(&out, a);
}

/* Names of temporary files ("./ccAb12.o: ") change from run to run. */
static struct str
without_temporaries(struct str s, struct arena *a)
{
	size_t at = str_find(s, STR("./"));
	struct str name = str_slice(s, at, s.len), rest;
	struct buf out = {0};

	name = str_cut(name, ' ', &rest);
	if (!str_ends(name, STR(".o:")) && !str_ends(name, STR(".s:")))
		return s;
	buf_add(&out, str_slice(s, 0, at));
	buf_add(&out, rest);
	return buf_take(&out, a);
}

/* Statements of a cell stand in no function. */
static struct str
without(struct str s, struct str words, struct arena *a)
{
	size_t at = str_find(s, words);

	return at == s.len ? s : arena_printf(a, "%.*s%.*s", STR_ARG(str_slice(s, 0, at)),
	    STR_ARG(str_slice(s, at + words.len, s.len)));
}

static void
set_place(struct parse *p, struct message *m)
{
	if (str_starts(m->marker, STR("./")) || str_starts(m->marker, STR("{"))) {
		/* The assembler, about its own input. */
		m->marker = STR("");
		m->line = m->column = 0;
	} else if (str_starts(m->marker, STR("/"))) {
		m->is_file = true;
		m->marker = base_shown(p->bases, m->marker);
	}
}

/* ---- the linker's own form --------------------------------------------------------- */

/* "/usr/bin/ld: 1.o:src/two.c:7" or a part of it: a file of the sources, and a line. */
static struct message
linked_place(struct str s)
{
	struct message m = { .is_file = true };
	size_t cut = str_find(s, STR("ld: ")), colon;
	unsigned long line;

	if (cut < s.len)
		s = str_slice(s, cut + 4, s.len);
	cut = str_find(s, STR(".o:"));
	if (cut < s.len)
		s = str_slice(s, cut + 3, s.len);
	colon = s.len;
	while (colon > 0 && s.data[colon - 1] != ':')
		colon--;
	if (colon > 0 && str_number(str_slice(s, colon, s.len), 0x7fffffff, &line)) {
		m.line = line;
		s = str_slice(s, 0, colon - 1);
	}
	while (str_starts(s, STR("./")))
		s = str_slice(s, 2, s.len);
	m.marker = s;
	return m;
}

/*
 * "PLACE: relocation truncated to fit: WHAT against `.bss'", once for each place, and
 * "PLACE: multiple definition of `f'; PLACE: first defined here".  The line above
 * it, "1.o: in function `f':", says nothing more.
 */
static bool
read_linked(struct parse *p, struct str line)
{
	const struct str twice = STR(": multiple definition of `");
	size_t at = str_find(line, twice), semicolon = str_find(line, STR("; "));
	struct message m, first;

	if (str_find(line, STR(".o: in function `")) < line.len)
		return true;
	if (str_find(line, STR(": relocation truncated to fit: ")) < line.len) {
		complete(p);
		m = (struct message){ .level = MESSAGE_ERROR, .text = STR("global arrays are larger than the 2 GiB that "
		    "code reaches: take their memory from malloc, or say cflags=-mcmodel=large") };
		add(p, &m);
		return true;
	}
	if (at == line.len || semicolon < at)
		return false;
	complete(p);
	m = linked_place(str_slice(line, 0, at));
	m.level = MESSAGE_ERROR;
	m.text = arena_printf(p->arena, "multiple definition of '%.*s",
	    STR_ARG(str_slice(line, at + twice.len, semicolon)));
	add(p, &m);
	line = str_slice(line, semicolon + 2, line.len);
	at = str_find(line, STR(": first defined here"));
	first = linked_place(str_slice(line, 0, at));
	first.level = MESSAGE_NOTE;
	first.text = STR("first defined here");
	if (at < line.len)
		add(p, &first);
	return true;
}

/* What programs say about each other's failing. */
static bool
is_echo(struct str text)
{
	return str_starts(text, STR("ld returned ")) ||
	    str_starts(text, STR("linker command failed"));
}

static void
read_line(struct parse *p, struct str line)
{
	struct message m = {0};
	struct current next = {0};

	if (read_fixit(p, line) || read_excerpt(p, line) || read_linked(p, line))
		return;
	if (read_included(p, line)) {
		complete(p);
		return;
	}
	if (!split_placed(p, line, &m, &next) && !split_unplaced(line, &m))
		return;
	if (is_shown_source(p, line))
		return;
	complete(p);
	if (is_echo(m.text))
		return;
	next.name = m.marker;
	set_place(p, &m);
	m.text = without_temporaries(plain_quotes(m.text, p->arena), p->arena);
	m.text = without(m.text, STR(" (first use in this function)"), p->arena);
	m.marker = plain_quotes(m.marker, p->arena);
	take_option(&m);
	next.number = add(p, &m);
	p->now = next;
	if (m.is_file && p->included.text.len > 0)
		add(p, &p->included);
	p->included = (struct message){0};
}

static bool
is_glue(const struct message *m)
{
	return str_starts(m->marker, STR("<"));
}

/* Glue messages go, notes with what they belong to; unless all errors would. */
static void
drop_glue(struct parse *p)
{
	size_t kept = 0, errors = 0;
	bool dropping = false;

	for (size_t i = 0; i < p->n; i++)
		errors += p->list[i].level == MESSAGE_ERROR && !is_glue(&p->list[i]);
	for (size_t i = 0; i < p->n; i++) {
		const struct message *m = &p->list[i];

		if (m->level != MESSAGE_NOTE)
			dropping = is_glue(m) && (m->level != MESSAGE_ERROR || errors > 0);
		if (!dropping && !(m->level == MESSAGE_NOTE && is_glue(m)))
			p->list[kept++] = *m;
	}
	p->n = kept;
}

struct messages
messages_parse(struct str text, const struct lines *unit, const struct bases *b,
    struct arena *a)
{
	struct parse p = { .unit = unit, .bases = b, .arena = a, .now.number = SIZE_MAX };
	struct str line;
	struct messages result;

	text = arena_str(a, text);
	while (str_line(&text, &line))
		read_line(&p, line);
	complete(&p);
	drop_glue(&p);
	result = (struct messages){
		arena_copy(a, p.list, p.n, sizeof *p.list), p.n, p.left_out
	};
	mem_free(p.list);
	return result;
}
