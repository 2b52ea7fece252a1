#include "runner/cache/ledger.h"

#include "runner/cache/folder.h"
#include "runner/cache/record.h"
#include "tangle/base/arena.h"
#include "tangle/base/buf.h"
#include "tangle/base/map.h"
#include "tangle/base/trace.h"

enum {
	MAX_LEDGER = 64 << 20,
	MAX_ORDINAL = 1 << 30,
	LEAST_NUMBER = 2,		/* "1 " */
	LEAST_TEXT = 3,			/* "0 \n" */
	HEAD_SIZE = 256			/* more than the first two lines have */
};

static const char *const kinds[] = { "cell", "prelude", "source", "whole", "host" };
static const char *const ends[] = { "nothing", "object", "failure" };

struct digest
ledger_name(struct str document)
{
	struct key *k = key_start("skein ledger");

	key_add(k, 0, document);
	return key_end(k);
}

struct str
ledger_label(const struct ledger_line *line, struct arena *a)
{
	if (line->name.len > 0)
		return line->name;
	if (line->kind == LEDGER_CELL)
		return arena_printf(a, "%zu", line->ordinal);
	return line->kind == LEDGER_WHOLE ? STR("sources") : str_of(kinds[line->kind]);
}

bool
ledger_is_called(const struct ledger_line *line, struct str name, struct arena *a)
{
	struct str label = ledger_label(line, a);
	unsigned long number;

	if (str_eq(label, name) || (line->ordinal > 0 && str_number(name, ~0UL, &number) &&
	    number == line->ordinal))
		return true;
	return line->kind == LEDGER_CELL && str_starts(label, name) && str_ends(label, STR("]")) &&
	    name.len < label.len && label.data[name.len] == '[';
}

/* ---- writing --------------------------------------------------------------------------- */

static void
put_digest(struct buf *to, const struct digest *d)
{
	char hex[HASH_HEX + 1];

	digest_hex(*d, hex);
	buf_byte(to, ' ');
	buf_add(to, str_of(hex));
}

/* Texts may hold any bytes, so they follow their lengths. */
static void
put_text(struct buf *to, struct str s)
{
	buf_printf(to, "%zu ", s.len);
	buf_add(to, s);
	buf_byte(to, '\n');
}

static void
write_entry(struct buf *to, const char *word, const struct ledger_entry *e)
{
	buf_printf(to, "%s %s %d", word, ends[e->end], e->is_kept);
	put_digest(to, &e->request);
	if (e->is_kept)
		put_digest(to, &e->result);
	if (e->end == LEDGER_OBJECT)
		put_digest(to, &e->object);
	buf_byte(to, '\n');
}

static void
write_group(struct buf *to, const struct key_group *g)
{
	buf_printf(to, "group %zu", g->nwords);
	put_digest(to, &g->digest);
	buf_byte(to, ' ');
	put_text(to, g->name);
	for (size_t i = 0; i < g->nwords; i++)
		put_text(to, g->words[i]);
}

/* Most groups are those of many lines: each stands there once, and has a number. */
struct numbering {
	struct arena arena;
	struct map known;		/* name and digest -> number, from 1 */
	struct buf *to;
	size_t n;
};

static size_t
number_of(struct numbering *all, const struct key_group *g)
{
	char hex[HASH_HEX + 1];
	struct str key;
	size_t *number;

	digest_hex(g->digest, hex);
	key = arena_printf(&all->arena, "%s %.*s", hex, STR_ARG(g->name));
	number = map_get(&all->known, key);
	if (!number) {
		number = arena_alloc(&all->arena, 1, sizeof *number);
		*number = ++all->n;
		map_put(&all->known, key, number);
		write_group(all->to, g);
	}
	return *number;
}

static void
write_line(struct buf *to, const struct ledger_line *l, struct numbering *all)
{
	buf_printf(to, "%s %zu %zu ", kinds[l->kind], l->ordinal, l->nbefore);
	put_text(to, l->name);
	write_entry(to, "asked", &l->entry);
	put_text(to, l->unkept);
	for (size_t i = 0; i < l->nbefore; i++)
		write_entry(to, "before", &l->before[i]);
	buf_printf(to, "groups %zu", l->ngroups);
	for (size_t i = 0; i < l->ngroups; i++)
		buf_printf(to, " %zu", number_of(all, &l->groups[i]));
	buf_byte(to, '\n');
}

static void
write_lines(struct buf *to, const struct ledger *l)
{
	struct buf groups = {0}, lines = {0};
	struct numbering all = { .to = &groups };

	arena_init(&all.arena);
	for (size_t i = 0; i < l->n; i++)
		write_line(&lines, &l->lines[i], &all);
	buf_printf(to, "groups %zu\n", all.n);
	buf_add(to, buf_str(&groups));
	buf_add(to, buf_str(&lines));
	buf_release(&groups);
	buf_release(&lines);
	map_release(&all.known);
	arena_release(&all.arena);
}

/* The lines that tell what was asked for: all that ledger_is reads. */
static void
write_head(struct buf *to, const struct digest *name, const struct digest *asked)
{
	record_begin(to, "ledger", name);
	buf_add(to, STR("run"));
	put_digest(to, asked);
	buf_byte(to, '\n');
}

static bool
has_newer(struct folder *f, const struct digest *name)
{
	struct arena a;
	struct str text;
	bool is_newer;

	arena_init(&a);
	is_newer = folder_read(f, KIND_LEDGER, name, MAX_LEDGER, false, &a, &text) &&
	    record_is_newer(text, "ledger");
	arena_release(&a);
	return is_newer;
}

void
ledger_write(struct folder *f, const struct ledger *l, const struct digest *asked)
{
	struct digest name = ledger_name(l->document);
	struct buf text = {0};

	if (has_newer(f, &name))
		return;
	write_head(&text, &name, asked);
	put_text(&text, l->document);
	write_lines(&text, l);
	record_end(&text);
	if (!folder_replace(f, KIND_LEDGER, &name, buf_str(&text)))
		trace("cache", "the ledger was not written");
	buf_release(&text);
}

bool
ledger_is(struct folder *f, struct str document, const struct digest *asked)
{
	struct digest name = ledger_name(document);
	char head[HEAD_SIZE];
	size_t n = folder_peek(f, KIND_LEDGER, &name, head, sizeof head);
	struct buf expected = {0};
	bool same;

	write_head(&expected, &name, asked);
	same = str_starts((struct str){ head, n }, buf_str(&expected));
	buf_release(&expected);
	return same;
}

/* ---- reading --------------------------------------------------------------------------- */

/* What is left of the text; once something is not as expected nothing more is. */
struct cursor {
	struct str rest;
	struct arena *arena;
	struct key_group *groups;	/* of all lines */
	size_t ngroups;
	bool failed;
};

static struct str
take_word(struct cursor *c)
{
	size_t end = 0;
	struct str word;

	while (end < c->rest.len && c->rest.data[end] != ' ' && c->rest.data[end] != '\n')
		end++;
	word = str_slice(c->rest, 0, end);
	c->failed = c->failed || end == c->rest.len;
	c->rest = str_slice(c->rest, end + 1, c->rest.len);
	return word;
}

static size_t
take_number(struct cursor *c, size_t max)
{
	unsigned long n = 0;

	c->failed = c->failed || !str_number(take_word(c), max, &n);
	return c->failed ? 0 : n;
}

/*
 * How many there are of something that has so many bytes at least: room is made for
 * no more than the text can hold, whoever wrote it.
 */
static size_t
take_count(struct cursor *c, size_t least)
{
	return take_number(c, c->rest.len / least);
}

static struct digest
take_digest(struct cursor *c)
{
	struct digest d = {{0}};

	c->failed = c->failed || !digest_parse(&d, take_word(c));
	return d;
}

static struct str
take_text(struct cursor *c)
{
	size_t n = take_count(c, 1);
	struct str text = str_slice(c->rest, 0, n);

	c->failed = c->failed || n >= c->rest.len || c->rest.data[n] != '\n';
	c->rest = str_slice(c->rest, n + 1, c->rest.len);
	return text;
}

static size_t
take_one_of(struct cursor *c, const char *const *words, size_t n)
{
	struct str word = take_word(c);

	for (size_t i = 0; i < n; i++)
		if (str_eq(word, str_of(words[i])))
			return i;
	c->failed = true;
	return 0;
}

static struct ledger_entry
read_entry(struct cursor *c)
{
	struct ledger_entry e = {0};

	take_word(c);
	e.end = (enum ledger_end)take_one_of(c, ends, sizeof ends / sizeof *ends);
	e.is_kept = str_eq(take_word(c), STR("1"));
	e.request = take_digest(c);
	if (e.is_kept)
		e.result = take_digest(c);
	if (e.end == LEDGER_OBJECT)
		e.object = take_digest(c);
	return e;
}

static struct key_group
read_group(struct cursor *c)
{
	struct key_group g = {0};
	struct str *words;
	size_t n;

	take_word(c);
	n = take_count(c, LEAST_TEXT);
	g.digest = take_digest(c);
	g.name = take_text(c);
	g.words = words = arena_alloc(c->arena, n, sizeof *words);
	while (g.nwords < n && !c->failed)
		words[g.nwords++] = take_text(c);
	return g;
}

static void
read_groups(struct cursor *c)
{
	size_t n;

	take_word(c);
	n = take_count(c, HASH_HEX);
	c->groups = arena_alloc(c->arena, n, sizeof *c->groups);
	while (c->ngroups < n && !c->failed)
		c->groups[c->ngroups++] = read_group(c);
}

static void
read_numbers(struct cursor *c, struct ledger_line *l)
{
	struct key_group *groups;
	size_t n;

	take_word(c);
	n = take_count(c, LEAST_NUMBER);
	l->groups = groups = arena_alloc(c->arena, n, sizeof *groups);
	while (l->ngroups < n && !c->failed) {
		size_t number = take_number(c, c->ngroups);

		if (number > 0)
			groups[l->ngroups++] = c->groups[number - 1];
		else
			c->failed = true;
	}
}

static struct ledger_line
read_line(struct cursor *c)
{
	struct ledger_line l = {0};
	struct ledger_entry *before;
	size_t nbefore;

	l.kind = (enum ledger_kind)take_one_of(c, kinds, sizeof kinds / sizeof *kinds);
	l.ordinal = take_number(c, MAX_ORDINAL);
	nbefore = take_count(c, HASH_HEX);
	l.name = take_text(c);
	l.entry = read_entry(c);
	l.unkept = take_text(c);
	l.before = before = arena_alloc(c->arena, nbefore, sizeof *before);
	while (l.nbefore < nbefore && !c->failed)
		before[l.nbefore++] = read_entry(c);
	read_numbers(c, &l);
	return l;
}

static bool
read_lines(struct cursor *c, struct ledger *l)
{
	struct buf lines = {0};

	take_word(c);			/* "run" */
	take_digest(c);
	l->document = take_text(c);
	read_groups(c);
	while (c->rest.len > 0 && !c->failed) {
		struct ledger_line line = read_line(c);

		buf_add(&lines, (struct str){ (const char *)&line, sizeof line });
		l->n++;
	}
	l->lines = arena_copy(c->arena, lines.data, l->n, sizeof *l->lines);
	buf_release(&lines);
	if (c->failed)
		*l = (struct ledger){0};
	return !c->failed;
}

enum ledger_state
ledger_read_named(struct folder *f, const struct digest *name, struct arena *a,
    struct ledger *l)
{
	struct cursor c = { .arena = a };
	struct str text;

	*l = (struct ledger){0};
	if (!folder_read(f, KIND_LEDGER, name, MAX_LEDGER, false, a, &text))
		return LEDGER_NONE;
	if (record_is_newer(text, "ledger"))
		return LEDGER_NEWER;
	if (record_open(text, "ledger", name, &c.rest) && read_lines(&c, l))
		return LEDGER_READ;
	trace("cache", "a damaged ledger was removed");
	f->ndamaged++;
	folder_remove(f, KIND_LEDGER, name);
	return LEDGER_NONE;
}

bool
ledger_is_sound(struct str text, const struct digest *name)
{
	struct cursor c = {0};
	struct ledger l = {0};
	struct arena a;
	bool ok;

	arena_init(&a);
	c.arena = &a;
	ok = record_open(text, "ledger", name, &c.rest) && read_lines(&c, &l) &&
	    digest_eq(ledger_name(l.document), *name);
	arena_release(&a);
	return ok;
}

enum ledger_state
ledger_read(struct folder *f, struct str document, struct arena *a, struct ledger *l)
{
	struct digest name = ledger_name(document);
	enum ledger_state state = ledger_read_named(f, &name, a, l);

	l->document = document;
	return state;
}
