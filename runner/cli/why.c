#include "runner/cli/why.h"

#include "runner/build/memo.h"
#include "runner/cell/cell.h"
#include "runner/cell/usage.h"
#include "runner/cli/account.h"
#include "runner/cli/objects.h"
#include "tangle/base/arena.h"
#include "tangle/base/buf.h"
#include "tangle/base/hash.h"
#include "tangle/base/json.h"
#include "tangle/base/root.h"

enum { MOST_NAMES = 12 };	/* in a line for people */

struct why {
	struct arena *arena;
	const struct cells *cells;
	bool is_hooked;
	struct objects objects;
	struct account account;
	const struct usage **usage;	/* by number of the cell; NULL: it cannot be read */
};

static void
find_usage(struct why *w)
{
	const struct objects *o = &w->objects;

	w->usage = arena_alloc(w->arena, w->cells->n, sizeof *w->usage);
	for (size_t k = 0; k < o->nall; k++) {
		size_t n, at = 0;
		const struct usage *u = usage_make(o->all[k], &n);

		for (size_t number = 0; number < w->cells->n; number++)
			if (o->jobs[number].interface == o->all[k])
				w->usage[number] = &u[at++];
	}
}

struct why *
why_open(const struct cells *c, bool is_hooked, struct graph *g, struct str root, struct str document,
    struct store *s, struct arena *a, struct diag *d)
{
	struct why *w = arena_alloc(a, 1, sizeof *w);

	*w = (struct why){ .arena = a, .cells = c, .is_hooked = is_hooked };
	memo_freeze(store_memo(s));
	if (!objects_prepare(&w->objects, c, g, root, path_folder(document), s, a, d)) {
		objects_close(&w->objects);
		return NULL;
	}
	find_usage(w);
	account_open(&w->account, &w->objects, NULL, document, a);
	return w;
}

void
why_close(struct why *w)
{
	objects_close(&w->objects);
}

/* ---- words --------------------------------------------------------------------------- */

static size_t
document_line(const struct cell *c, size_t line)
{
	struct place at = line > 0 ? cell_place(c, line, 1) : c->at;

	return at.offset == PLACE_FILE ? 1 : source_position(at.source, at.offset).line;
}

static void
add_place(struct buf *out, const struct cell *c, size_t line)
{
	struct place at = line > 0 ? cell_place(c, line, 1) : c->at;

	buf_visible(out, at.source->name);
	buf_printf(out, ":%zu", document_line(c, line));
}

/* "2 'sum'", "2", or the name of a prelude. */
static void
add_cell(struct buf *out, const struct cell *c)
{
	if (c->block)
		buf_printf(out, "%zu", c->ordinal);
	if (c->name.len > 0) {
		buf_add(out, c->block ? STR(" '") : STR("'"));
		buf_visible(out, c->title);
		buf_byte(out, '\'');
	} else if (c->instance.len > 0) {
		buf_byte(out, '[');
		buf_visible(out, c->instance);
		buf_byte(out, ']');
	}
}

/* "cell 2", "cells 2, 3 and 7". */
static void
add_cells(struct buf *out, const struct why *w, const size_t *numbers, size_t n)
{
	buf_add(out, n == 1 ? STR("cell ") : STR("cells "));
	for (size_t k = 0; k < n; k++) {
		if (k > 0)
			buf_add(out, k + 1 == n ? STR(" and ") : STR(", "));
		add_cell(out, &w->cells->list[numbers[k]]);
	}
}

static void
add_given(struct buf *out, const struct given *g)
{
	if (!g) {
		buf_add(out, STR("something"));
		return;
	}
	buf_printf(out, "%s ", g->kind);
	buf_visible(out, g->name);
}

static void
pad(struct buf *out, size_t from, size_t width)
{
	size_t n = out->len - from;

	buf_fill(out, ' ', n < width ? width - n : 1);
	buf_byte(out, ' ');
}

static const struct job *
job_of(const struct why *w, const struct cell *c)
{
	return &w->objects.jobs[c->number];
}

static bool
is_program(const struct why *w, const struct cell *c)
{
	return job_of(w, c)->unit.is_program;
}

/* ---- what it defines and uses ----------------------------------------------------------- */

static void
show_given(const struct cell *c, const struct usage *u, struct buf *out)
{
	buf_add(out, STR("defines\n"));
	for (size_t k = 0; k < u->ngiven; k++) {
		const struct given *g = &u->given[k];
		size_t from = out->len;

		buf_add(out, STR("  "));
		add_given(out, g);
		pad(out, from, 28);
		add_place(out, c, g->line);
		if (g->is_said_before)
			buf_add(out, STR("  as before, in the same words"));
		buf_byte(out, '\n');
	}
	if (u->ngiven == 0)
		buf_add(out, STR("  nothing\n"));
}

static void
show_cause(const struct taken *t, struct buf *out)
{
	switch (t->how) {
	case REACH_NAMED:
		if (t->is_later)
			buf_add(out, STR(", which comes later"));
		break;
	case REACH_WEAKLY:
		buf_add(out, STR(", if it is not one of its own"));
		break;
	case REACH_THROUGH:
		buf_add(out, STR(", for "));
		add_given(out, t->through);
		break;
	case REACH_ALWAYS:
		buf_add(out, STR(", as every later cell"));
		break;
	case REACH_HEADER:
		buf_add(out, STR(", since a header may look at it"));
		break;
	case REACH_PASTED:
		buf_add(out, STR(", since a macro with ## may make its name"));
		break;
	}
}

static void
show_taken(const struct why *w, const struct usage *u, struct buf *out)
{
	buf_add(out, STR("uses\n"));
	for (size_t k = 0; k < u->ntaken; k++) {
		const struct taken *t = &u->taken[k];
		const struct cell *from_cell = &w->cells->list[t->from];
		size_t from = out->len;

		buf_add(out, STR("  "));
		add_given(out, t->what);
		pad(out, from, 28);
		add_place(out, from_cell, t->what->line);
		buf_add(out, STR("  of "));
		add_cells(out, w, &t->from, 1);
		show_cause(t, out);
		buf_byte(out, '\n');
	}
	if (u->ntaken == 0)
		buf_add(out, STR("  nothing of other cells\n"));
}

/* ---- what an edit compiles ------------------------------------------------------------ */

static bool
same_users(const struct given *a, const struct given *b)
{
	if (a->nusers != b->nusers)
		return false;
	for (size_t k = 0; k < a->nusers; k++)
		if (a->users[k] != b->users[k])
			return false;
	return true;
}

static bool
counts(const struct given *g)
{
	return g->nusers > 0 && !g->is_said_before;
}

static bool
is_first_of_its_users(const struct usage *u, size_t at)
{
	for (size_t k = 0; k < at; k++)
		if (counts(&u->given[k]) && same_users(&u->given[k], &u->given[at]))
			return false;
	return true;
}

/* What others get of it: the whole text, or a line that declares it. */
static void
add_edited(struct buf *out, const struct given *g)
{
	if (g->is_whole)
		add_given(out, g);
	else if (g->entry->kind == ENTRY_INCLUDE) {
		buf_add(out, STR("the #include of "));
		buf_visible(out, g->name);
	} else {
		buf_add(out, STR("the declaration of "));
		buf_visible(out, g->name);
	}
}

static void
show_group(const struct why *w, const struct usage *u, size_t first, struct buf *out)
{
	const struct entry *last = NULL;

	buf_add(out, STR("  "));
	for (size_t k = first; k < u->ngiven; k++) {
		const struct given *g = &u->given[k];

		/* the enumerators of an enum are edited with it */
		if (!counts(g) || !same_users(g, &u->given[first]) || g->entry == last)
			continue;
		if (last)
			buf_add(out, STR(", "));
		add_edited(out, g);
		last = g->entry;
	}
	buf_add(out, STR(": compiles this cell and "));
	add_cells(out, w, u->given[first].users, u->given[first].nusers);
	buf_byte(out, '\n');
}

static void
show_edits(const struct why *w, const struct cell *c, const struct usage *u, struct buf *out)
{
	buf_add(out, STR("an edit of\n"));
	for (size_t k = 0; k < u->ngiven; k++)
		if (counts(&u->given[k]) && is_first_of_its_users(u, k))
			show_group(w, u, k, out);
	buf_printf(out, "  %s: compiles this cell only\n", is_program(w, c)
	    ? "anything in it, since a program leaves nothing to others"
	    : "anything else in it, such as the body of a function");
	buf_add(out, STR("  a comment where no code moves, the text around it: compiles nothing\n"));
}

/* ---- what runs, and what is there -------------------------------------------------------- */

/* The later cells of its session run in the state that it leaves. */
static void
show_runs(const struct why *w, const struct cell *c, struct buf *out)
{
	size_t *later = arena_alloc(w->arena, w->cells->n, sizeof *later), n = 0;

	for (size_t k = c->number + 1; k < w->cells->n; k++)
		if (job_of(w, &w->cells->list[k])->interface == job_of(w, c)->interface &&
		    !w->cells->list[k].only_compile)
			later[n++] = k;
	buf_printf(out, "%-12s ", "runs again");
	if (c->only_compile)
		buf_add(out, STR("nothing: it is only compiled"));
	else if (is_program(w, c))
		buf_add(out, STR("this cell only: a program changes nothing of its session"));
	else if (c->is_isolated)
		buf_add(out, STR("this cell only: it has a process of its own"));
	else if (n == 0)
		buf_add(out, STR("this cell only: none comes later in its session"));
	else if (n == 1) {
		buf_add(out, STR("this cell, and "));
		add_cells(out, w, later, n);
		buf_add(out, STR(" behind it"));
	} else {
		buf_printf(out, "this cell, and the %zu behind it in its session", n);
	}
	buf_byte(out, '\n');
}

static size_t
count_errors(const struct messages *m)
{
	size_t n = 0;

	for (size_t k = 0; k < m->n; k++)
		n += m->list[k].level == MESSAGE_ERROR;
	return n;
}

/* What the cache says: a word, words, and what differs from the last run. */
struct answer {
	const char *word;
	struct str words;
	struct account_reason reason;
	bool compiles, is_unsure;	/* would a run compile it? */
};

static struct answer
answer_of_cache(struct why *w, struct job *j)
{
	struct store_entry e = {0};
	enum store_answer found = objects_look(j, &e);
	struct answer a = { .reason = account_why(&w->account, j, found != STORE_MISS) };
	size_t errors = count_errors(&e.messages);
	char hex[HASH_HEX + 1];

	digest_hex(j->built.request, hex);
	switch (found) {
	case STORE_OBJECT:
		a.word = "yes";
		a.words = arena_printf(w->arena, "%.*s, key %.8s", STR_ARG(a.reason.words), hex);
		break;
	case STORE_FAILURE:
		a.word = "failed";
		a.words = arena_printf(w->arena, "the compiler refused it with %zu error%s, key %.8s",
		    errors, errors == 1 ? "" : "s", hex);
		break;
	case STORE_MISS:
		if (w->is_hooked)
			return (struct answer){ .word = "unknown", .is_unsure = true,
			    .words = STR("hooks of skein.lua may change it, and none is called for this") };
		a.word = "no";
		a.words = a.reason.words;
		a.compiles = true;
		break;
	}
	return a;
}

static struct answer
ask_cache(struct why *w, const struct cell *c)
{
	struct job *j = &w->objects.jobs[c->number];

	if (c->kind == CELL_LUA)
		return (struct answer){ .word = "none",
		    .words = STR("a Lua cell: it runs as it is, in its session") };
	if (c->kind == CELL_ENGINE)
		return (struct answer){ .word = "none",
		    .words = STR("it is of another language, whose program runs it") };
	if (j->state == JOB_NEEDLESS)
		return (struct answer){ .word = "none",
		    .words = STR("a console block: sh runs it each time") };
	if (c->is_pending)
		return (struct answer){ .word = "unknown", .compiles = true,
		    .words = STR("what generates it has not run yet: the next run does, and compiles") };
	if (c->nfilters > 0 && j->state == JOB_WAITS)
		return (struct answer){ .word = "unknown", .is_unsure = true,
		    .words = STR("its text goes through filter=, which is not run for this") };
	if (j->state != JOB_WAITS)
		return (struct answer){ .word = "broken",
		    .words = STR("its text or its options cannot be used") };
	if (j->is_unknown)
		return (struct answer){ .word = "unknown", .compiles = true,
		    .words = STR("the compiler was not looked at yet: the next run does, and compiles") };
	return answer_of_cache(w, j);
}

static void
show_cache(struct why *w, const struct cell *c, struct buf *out)
{
	struct answer a = ask_cache(w, c);

	buf_printf(out, "%-12s %s: ", "compiled", a.word);
	buf_visible(out, a.words);
	buf_byte(out, '\n');
	if (str_eq(str_of(a.word), STR("failed"))) {
		char hex[HASH_HEX + 1];

		digest_hex(w->objects.jobs[c->number].built.request, hex);
		buf_printf(out, "%-12s skein cache checkout %.8s\n", "to see it", hex);
	}
}

void
why_show(struct why *w, const struct cell *c, struct buf *out)
{
	const struct usage *u = w->usage[c->number];

	add_place(out, c, 0);
	buf_add(out, c->block ? STR(": cell ") : STR(": prelude "));
	add_cell(out, c);
	if (is_program(w, c))
		buf_add(out, STR(", a program"));
	if (c->is_isolated)
		buf_add(out, STR(", in a process of its own"));
	else if (!str_eq(c->session, STR("main"))) {
		buf_add(out, STR(", session "));
		buf_visible(out, c->session);
	}
	buf_byte(out, '\n');
	if (u) {
		show_given(c, u, out);
		show_taken(w, u, out);
		show_edits(w, c, u, out);
		show_runs(w, c, out);
	}
	show_cache(w, c, out);
}

/* ---- all cells --------------------------------------------------------------------------- */

/* What the table leaves out: headers are nothing that a cell is about. */
static bool
is_shown(const struct given *g)
{
	return !g->entry || g->entry->kind != ENTRY_INCLUDE;
}

static void
add_more(struct buf *out, size_t n)
{
	if (n > MOST_NAMES)
		buf_printf(out, " and %zu more", n - MOST_NAMES);
	buf_byte(out, '\n');
}

static void
list_given(const struct usage *u, struct buf *out)
{
	size_t n = 0;

	for (size_t k = 0; k < u->ngiven; k++) {
		if (!is_shown(&u->given[k]) || n++ >= MOST_NAMES)
			continue;
		buf_add(out, n == 1 ? STR("        defines ") : STR(", "));
		add_given(out, &u->given[k]);
	}
	if (n > 0)
		add_more(out, n);
}

static void
list_taken(const struct why *w, const struct usage *u, struct buf *out)
{
	size_t n = 0;

	for (size_t k = 0; k < u->ntaken; k++) {
		const struct taken *t = &u->taken[k];

		if (t->how != REACH_NAMED || !is_shown(t->what) || n++ >= MOST_NAMES)
			continue;
		buf_add(out, n == 1 ? STR("        uses ") : STR(", "));
		buf_visible(out, t->what->name);
		buf_add(out, STR(" of "));
		add_cells(out, w, &t->from, 1);
	}
	if (n > 0)
		add_more(out, n);
}

/* Said only where there is something to say. */
static void
list_cache(const struct answer *a, struct buf *out)
{
	struct str word = str_of(a->word);

	if (!str_eq(word, STR("no")) && !str_eq(word, STR("failed")))
		return;
	buf_printf(out, "        compiled %s: ", a->word);
	buf_visible(out, a->words);
	buf_byte(out, '\n');
}

void
why_show_all(struct why *w, struct buf *out)
{
	size_t n = 0, ncompile = 0;
	bool is_sure = true;

	for (size_t k = 0; k < w->cells->n; k++)
		n += w->cells->list[k].block != NULL;
	buf_visible(out, w->cells->path);
	buf_printf(out, ": %zu cell%s\n", n, n == 1 ? "" : "s");
	for (size_t k = 0; k < w->cells->n; k++) {
		const struct cell *c = &w->cells->list[k];
		const struct usage *u = w->usage[k];
		struct answer a = ask_cache(w, c);

		buf_printf(out, "%6zu  %s", document_line(c, 0), c->block ? "cell " : "prelude ");
		add_cell(out, c);
		if (is_program(w, c))
			buf_add(out, STR("  program"));
		if (!u)
			buf_add(out, c->transcript ? STR("  console") :
			    c->kind == CELL_LUA ? STR("  Lua") :
			    c->kind == CELL_ENGINE ? STR("  of another language") : STR("  (broken)"));
		buf_byte(out, '\n');
		if (u) {
			list_given(u, out);
			list_taken(w, u, out);
		}
		list_cache(&a, out);
		ncompile += a.compiles;
		is_sure = is_sure && !a.is_unsure;
	}
	if (ncompile > 0)
		buf_printf(out, "a run compiles %zu of them\n", ncompile);
	else if (n > 0 && is_sure)
		buf_add(out, STR("a run compiles nothing\n"));
}

/* ---- for programs -------------------------------------------------------------------------- */

static struct json *
numbers_json(const struct why *w, const size_t *list, size_t n)
{
	struct json *array = json_new_array();

	for (size_t k = 0; k < n; k++)
		json_push(array, json_new_integer((long long)w->cells->list[list[k]].ordinal));
	return array;
}

static struct json *
given_json(const struct why *w, const struct cell *c, const struct given *g)
{
	struct json *j = json_new_object();

	json_put_string(j, "kind", str_of(g->kind));
	json_put_string(j, "name", g->name);
	json_put_integer(j, "line", (long long)document_line(c, g->line));
	json_put_boolean(j, "whole", g->is_whole);
	json_put(j, "recompiles", numbers_json(w, g->users, g->nusers));
	return j;
}

static struct json *
taken_json(const struct why *w, const struct taken *t)
{
	static const char *const words[] = {
		[REACH_NAMED] = "named", [REACH_WEAKLY] = "perhaps", [REACH_THROUGH] = "through",
		[REACH_ALWAYS] = "always", [REACH_HEADER] = "header", [REACH_PASTED] = "pasted",
	};
	const struct cell *from = &w->cells->list[t->from];
	struct json *j = json_new_object();

	json_put_string(j, "kind", str_of(t->what->kind));
	json_put_string(j, "name", t->what->name);
	json_put_integer(j, "cell", (long long)from->ordinal);
	json_put_integer(j, "line", (long long)document_line(from, t->what->line));
	json_put_string(j, "how", str_of(t->is_later ? "later" : words[t->how]));
	if (t->through)
		json_put_string(j, "through", t->through->name);
	return j;
}

static void
put_usage(const struct why *w, const struct cell *c, const struct usage *u, struct json *j)
{
	struct json *given = json_new_array(), *taken = json_new_array();

	for (size_t k = 0; k < u->ngiven; k++)
		json_push(given, given_json(w, c, &u->given[k]));
	for (size_t k = 0; k < u->ntaken; k++)
		json_push(taken, taken_json(w, &u->taken[k]));
	json_put(j, "defines", given);
	json_put(j, "uses", taken);
	json_put(j, "recompiles", numbers_json(w, u->users, u->nusers));
}

static void
cell_json(struct why *w, const struct cell *c, struct buf *out)
{
	struct json *j = json_new_object();
	struct answer a = ask_cache(w, c);

	json_put_string(j, "document", w->cells->path);
	json_put_integer(j, "cell", (long long)c->ordinal);
	if (c->name.len > 0)
		json_put_string(j, "name", c->name);
	if (c->instance.len > 0)
		json_put_string(j, "instance", c->instance);
	json_put_integer(j, "line", (long long)document_line(c, 0));
	json_put_string(j, "session", c->session);
	json_put_boolean(j, "program", is_program(w, c));
	if (w->usage[c->number])
		put_usage(w, c, w->usage[c->number], j);
	json_put_string(j, "compiled", str_of(a.word));
	json_put_string(j, "reason", a.words);
	json_put(j, "changes", account_json(&a.reason));
	json_write(j, out);
	buf_byte(out, '\n');
	json_end(j);
}

void
why_json(struct why *w, const struct cell *only, struct buf *out)
{
	for (size_t k = 0; k < w->cells->n; k++)
		if (!only || only == &w->cells->list[k])
			cell_json(w, &w->cells->list[k], out);
}
