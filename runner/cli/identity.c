#include "runner/cli/identity.h"

#include <stdbool.h>
#include <stdint.h>

#include "runner/cell/cell.h"
#include "runner/cell/transcript.h"
#include "runner/cli/console.h"
#include "runner/output/region.h"
#include "tangle/base/arena.h"
#include "tangle/base/map.h"
#include "tangle/base/root.h"
#include "tangle/document/block.h"
#include "tangle/document/blocks.h"
#include "tangle/expand/graph.h"

/* What cells of one session have in common, up to the cell whose turn it is. */
struct past {
	struct digest all;		/* its variables and folder, which all its cells have together */
	struct digest chain;		/* the last cell's identity */
};

struct identity {
	const struct cells *cells;
	const struct graph *graph;
	struct arena *arena;
	struct digest base;		/* of the document */
	struct digest includes;		/* lines so far that may end the standard prelude */
	struct str bare;		/* the document without outputs, when it was asked for */
	struct map sessions;		/* name -> struct past */
};

/* Parts have their length before them, so that two of them never read as one. */
static void
add(struct hash *h, struct str part)
{
	uint64_t len = part.len;

	hash_add(h, (struct str){ (const char *)&len, sizeof len });
	hash_add(h, part);
}

static void
add_number(struct hash *h, uint64_t n)
{
	hash_add(h, (struct str){ (const char *)&n, sizeof n });
}

static void
add_digest(struct hash *h, const struct digest *d)
{
	hash_add(h, (struct str){ (const char *)d->bytes, sizeof d->bytes });
}

static void
add_options(struct hash *h, const struct options *o)
{
	add_number(h, o->n);
	for (size_t i = 0; i < o->n; i++) {
		add(h, o->list[i].key);
		add(h, o->list[i].value);
		add_number(h, o->list[i].nitems);
		for (size_t k = 0; k < o->list[i].nitems; k++)
			add(h, o->list[i].items[k]);
	}
}

static void
add_body(struct hash *h, struct body rest)
{
	add_number(h, rest.nlines);
	for (struct str line; body_line(&rest, &line);)
		add(h, str_chomp(line));
}

/* ---- the document -------------------------------------------------------------------- */

/* What targets, and texts for stdin-from, are made of: cells may include any of them. */
static void
add_fragments(struct hash *h, const struct graph *g)
{
	for (size_t k = 0; k < g->ndocuments; k++)
		for (size_t i = 0; i < g->documents[k].n; i++) {
			const struct block *b = &g->documents[k].list[i];

			if (!b->is_fragment && b->file.len == 0)
				continue;
			add(h, b->name);
			add_options(h, &b->options);
			add_body(h, block_body(b));
		}
}

static struct digest
base_of(const struct cells *cells, const struct graph *g)
{
	const struct cell *first = NULL;
	struct hash *h = hash_start();

	for (const struct options *o = &cells->blocks->document->options; o; o = o->below)
		add_options(h, o);
	add_fragments(h, g);
	for (size_t i = cells->n; i > 0; i--) {
		if (cells->list[i - 1].block)
			first = &cells->list[i - 1];
		else
			add(h, cells->list[i - 1].text);
	}
	if (first && cells->nsources > 0)	/* which sources are compiled with */
		add_options(h, &first->block->options);
	return hash_end(h);
}

/* ---- sessions -------------------------------------------------------------------------- */

/* Console blocks work in one tree, one after another. */
static struct str
session_of(const struct cell *c)
{
	return c->transcript ? STR("\n") : c->session;
}

static struct digest
surroundings(const struct cells *cells, struct str session)
{
	struct hash *h = hash_start();

	for (size_t i = 0; i < cells->n; i++) {
		const struct cell *c = &cells->list[i];

		if (!str_eq(session_of(c), session))
			continue;
		for (size_t k = 0; k < c->nenv; k++)
			add(h, c->env[k].text);
		add(h, c->cwd.text);
	}
	return hash_end(h);
}

static struct past *
past_of(struct identity *x, const struct cell *c)
{
	struct str session = session_of(c);
	struct past *p = map_get(&x->sessions, session);

	if (p)
		return p;
	p = arena_alloc(x->arena, 1, sizeof *p);
	if (!c->is_isolated)
		p->all = surroundings(x->cells, session);
	map_put(&x->sessions, session, p);
	return p;
}

/* ---- one cell -------------------------------------------------------------------------- */

/* The first #include ends the standard prelude for what comes behind it. */
static void
take_includes(struct identity *x, struct str text)
{
	struct hash *h = NULL;
	struct str line;

	while (str_line(&text, &line)) {
		if (str_find(line, STR("include")) == line.len)
			continue;
		if (!h) {
			h = hash_start();
			add_digest(h, &x->includes);
		}
		add(h, line);
	}
	if (h)
		x->includes = hash_end(h);
}

static void
add_transcript(struct identity *x, struct hash *h, const struct cell *c)
{
	for (size_t i = 0; i < c->transcript->n; i++)
		add(h, c->transcript->steps[i].command);
	if (!console_reads(c, path_real(x->cells->path, x->arena)))
		return;
	if (x->bare.len == 0)
		x->bare = region_bare(x->cells, x->arena);
	add(h, x->bare);
}

static struct digest
identity_of(struct identity *x, const struct cell *c)
{
	struct past *p = past_of(x, c);
	struct hash *h = hash_start();
	struct digest made;

	add_digest(h, &x->base);
	add_digest(h, &x->includes);
	add_digest(h, &p->all);
	add_digest(h, &p->chain);
	add(h, c->title);
	add(h, c->block->language);
	add(h, c->block->standard);
	add_number(h, c->block->run);
	add_options(h, &c->block->options);
	add(h, c->stdin_text);
	if (c->transcript)
		add_transcript(x, h, c);
	else
		add(h, c->text);
	made = hash_end(h);
	if (!c->is_isolated || c->transcript)
		p->chain = made;
	return made;
}

const struct digest *
identities(const struct cells *c, const struct graph *g, struct arena *a)
{
	struct identity x = { .cells = c, .graph = g, .arena = a, .base = base_of(c, g) };
	struct digest *list = arena_alloc(a, c->n, sizeof *list);

	for (size_t i = 0; i < c->n; i++) {
		if (c->list[i].block)
			list[i] = identity_of(&x, &c->list[i]);
		take_includes(&x, c->list[i].text);
	}
	map_release(&x.sessions);
	return list;
}
