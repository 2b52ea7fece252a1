#include "runner/cli/generated.h"

#include "runner/cache/key.h"
#include "runner/cache/store.h"
#include "runner/cell/cell.h"
#include "runner/output/normalizer.h"
#include "runner/script/filter.h"
#include "runner/session/outcome.h"
#include "tangle/base/diag.h"

enum { MOST_CHANGES = 3 };		/* of one text in one run */

/* What a generator prints. */
struct made {
	struct digest key;
	struct str text;
	bool is_known;
	bool is_nothing;		/* it has run, and gave none */
	unsigned changes;
};

bool
generated_any(const struct cells *c)
{
	for (size_t i = 0; i < c->n; i++)
		if (c->list[i].generates)
			return true;
	return false;
}

/* ---- what is remembered ---------------------------------------------------------------- */

static struct str
bytes_of(const struct digest *d)
{
	return (struct str){ (const char *)d->bytes, HASH_SIZE };
}

/*
 * The generator, as its document has it: not what runs before it, which changes more
 * often than what it prints.  Twins are told apart by their order.
 */
static struct digest
key_of(const struct cell *c, size_t twin)
{
	struct key *k = key_start("skein generated 1");
	const uint64_t numbers[] = { c->kind, c->is_cxx, twin };

	key_add(k, 1, (struct str){ (const char *)numbers, sizeof numbers });
	key_add(k, 2, c->text);
	key_add(k, 3, c->stdin_text);
	for (size_t i = 0; i < c->nargs; i++)
		key_add(k, 4, c->args[i]);
	for (size_t i = 0; i < c->ncflags; i++)
		key_add(k, 5, c->cflags[i].text);
	return key_end(k);
}

static struct made *
new_made(struct generated *g, const struct digest *key, struct store *s)
{
	struct made *m = arena_alloc(g->arena, 1, sizeof *m);

	m->key = *key;
	m->is_known = s && store_recorded(s, key, g->arena, &m->text);
	map_put(&g->texts, bytes_of(&m->key), m);
	return m;
}

/* That of a generator which no other of this round has. */
static struct made *
made_of(struct generated *g, const struct cells *c, const struct cell *generator, struct store *s)
{
	for (size_t twin = 0;; twin++) {
		struct digest key = key_of(generator, twin);
		struct made *m = map_get(&g->texts, bytes_of(&key));
		bool is_taken = false;

		for (size_t i = 0; m && i < generator->number; i++)
			is_taken = is_taken || (c->list[i].generates && g->of[i] == m);
		if (!is_taken)
			return m ? m : new_made(g, &key, s);
	}
}

/* As its generator printed it, and then as subst= and filter= have it. */
static void
take_text(struct cell *c, struct str text, struct filters *f, struct arena *a, struct diag *d)
{
	bool ok = c->subst.text.len == 0 || normalizer_rewrite(&c->subst, text, a, &text, d);

	ok = ok && (!f || filters_apply(f, c, text, &text, a, d));
	cell_take_generated(c, text, a, d);
	c->is_broken |= !ok;
}

void
generated_fill(struct generated *g, struct cells *c, struct store *s, struct filters *f,
    struct arena *a, struct diag *d)
{
	if (!generated_any(c))
		return;
	g->of = arena_alloc(a, c->n, sizeof(struct made *));
	for (size_t i = 0; i < c->n; i++)
		if (c->list[i].generates)
			g->of[i] = made_of(g, c, &c->list[i], s);
	for (size_t i = 0; i < c->n; i++) {
		struct cell *one = &c->list[i];
		const struct made *m = one->is_pending ? g->of[one->generator->number] : NULL;

		if (m && m->is_known)
			take_text(one, m->text, f, a, d);
	}
}

bool
generated_is_open(const struct generated *g, const struct cell *generator)
{
	const struct made *m = g->of[generator->number];

	return !m->is_known && !m->is_nothing;
}

/* ---- what is printed -------------------------------------------------------------------- */

static void
complain(const struct cell *c, struct diag *d, const char *why)
{
	diag_error(d, STATUS_FAILED, c->at, "generated-text",
	    "what this cell printed cannot be the text of a cell: %s", why);
}

/* Can it be a cell?  Says why not. */
static bool
is_text(const struct cell *c, const struct outcome *o, struct diag *d)
{
	struct str text = o->out.head;

	if (o->out.left_out > 0 || text.len > GENERATED_MOST)
		complain(c, d, "it is larger than 4 MiB");
	else if (str_is_blank(text))
		complain(c, d, o->value.len > 0 ? "there is nothing; a value that is only shown does not count, "
		    "what is printed to stdout does" : "there is nothing");
	else if (str_find_byte(text, '\0') < text.len)
		complain(c, d, "there is a NUL byte in it");
	else
		return true;
	return false;
}

static enum generated_answer
nothing(struct made *m)
{
	m->is_nothing = true;
	m->is_known = false;
	return GENERATED_NOTHING;
}

enum generated_answer
generated_printed(struct generated *g, const struct cell *c, const struct outcome *o,
    struct store *s, struct diag *d)
{
	struct made *m = g->of[c->number];
	struct str text = o->out.head;

	if (o->kind != OUTCOME_DONE || !is_text(c, o, d))
		return nothing(m);
	if (m->is_known && str_eq(m->text, text))
		return GENERATED_SAME;
	if (m->changes++ == MOST_CHANGES) {
		diag_error(d, STATUS_FAILED, c->at, "generated-text",
		    "this cell prints something else each time that it runs: no text can be compiled");
		return nothing(m);
	}
	m->text = arena_str(g->arena, text);
	m->is_known = true;
	m->is_nothing = false;
	(void)store_record(s, &m->key, text);	/* or it is waited for again the next time */
	return GENERATED_NEW;
}

void
generated_release(struct generated *g)
{
	map_release(&g->texts);
	*g = (struct generated){0};
}
