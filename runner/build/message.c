#include "runner/build/message.h"

#include <ctype.h>
#include <string.h>

#include "runner/build/base.h"
#include "tangle/base/arena.h"
#include "tangle/base/buf.h"
#include "tangle/base/mem.h"

enum { MAX_MESSAGES = 100 };

struct parse {
	const struct bases *bases;
	struct arena *arena;
	struct message *list;
	size_t n, cap, left_out;
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

/*
 * "MARKER:LINE:COLUMN: level: text".  A marker may hold colons and blanks, so
 * the first place where all the rest fits is taken.
 */
static bool
split_placed(struct str line, struct message *m)
{
	for (size_t at = 0; at < line.len; at++) {
		struct str rest;

		at += str_find_byte(str_slice(line, at, line.len), ':');
		rest = str_slice(line, at, line.len);
		if (!take_position(&rest, m) || !str_starts(rest, STR(": ")))
			continue;
		rest = str_slice(rest, 2, rest.len);
		if (take_level(&rest, &m->level)) {
			m->marker = str_slice(line, 0, at);
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

static void
add(struct parse *p, const struct message *m)
{
	for (size_t i = 0; i < p->n; i++)
		if (same(&p->list[i], m))
			return;
	if (p->n == MAX_MESSAGES) {
		p->left_out += m->level != MESSAGE_NOTE;
		return;
	}
	p->list = mem_grow(p->list, &p->cap, p->n + 1, sizeof *p->list);
	p->list[p->n++] = *m;
}

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

	if (read_included(p, line))
		return;
	if (!split_placed(line, &m) && !split_unplaced(line, &m))
		return;
	if (is_echo(m.text))
		return;
	set_place(p, &m);
	m.text = without_temporaries(plain_quotes(m.text, p->arena), p->arena);
	m.marker = plain_quotes(m.marker, p->arena);
	take_option(&m);
	add(p, &m);
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
messages_parse(struct str text, const struct bases *b, struct arena *a)
{
	struct parse p = { .bases = b, .arena = a };
	struct str line;
	struct messages result;

	text = arena_str(a, text);
	while (str_line(&text, &line))
		read_line(&p, line);
	drop_glue(&p);
	result = (struct messages){
		arena_copy(a, p.list, p.n, sizeof *p.list), p.n, p.left_out
	};
	mem_free(p.list);
	return result;
}

size_t
messages_count(const struct messages *m, enum message_level level)
{
	size_t n = 0;

	for (size_t i = 0; i < m->n; i++)
		n += m->list[i].level == level;
	return n;
}
