/* fnmatch */
#define _POSIX_C_SOURCE 200809L
#include "runner/cli/pick.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <unistd.h>

#include "runner/cli/inputs.h"
#include "runner/cli/load.h"
#include "runner/cli/revision.h"
#include "tangle/base/buf.h"
#include "tangle/base/mem.h"
#include "tangle/base/root.h"
#include "tangle/base/trace.h"
#include "tangle/document/blocks.h"
#include "tangle/project/project.h"

/* A repository that documents stand in. */
struct repository {
	struct str top;
	struct revision *revision;	/* NULL: it could not be read, which was said */
};

struct picking {
	struct load *load;
	struct load all;		/* every document that was named */
	const struct invocation *invocation;
	struct arena *arena;
	struct diag silent;
	bool *taken;			/* of those that were named */
	struct repository *repositories;
	size_t nrepositories, cap;
	bool is_joined;			/* documents use blocks of others */
	bool ok;
};

/* ---- --changed -------------------------------------------------------------------------------- */

static struct revision *
revision_of(struct picking *p, struct str document)
{
	struct str folder = path_folder(path_real(document, p->arena));
	struct str top = project_repository(p->arena, folder.len ? folder : STR("/"));
	struct revision *r;

	if (top.len == 0) {
		struct source file = { .name = document };

		diag_error(p->invocation->diag, STATUS_USAGE, place_file(&file), "no-repository",
		    "the document stands in no git repository: --changed cannot tell what happened to it");
		return NULL;
	}
	top = path_real(top, p->arena);
	for (size_t i = 0; i < p->nrepositories; i++)
		if (str_eq(p->repositories[i].top, top))
			return p->repositories[i].revision;
	r = revision_open(top, p->invocation->value[FLAG_CHANGED], p->arena, p->invocation->diag);
	p->repositories = mem_grow(p->repositories, &p->cap, p->nrepositories + 1, sizeof *p->repositories);
	p->repositories[p->nrepositories++] = (struct repository){ top, r };
	return r;
}

static struct str
top_of(const struct picking *p, const struct revision *r)
{
	for (size_t i = 0; i < p->nrepositories; i++)
		if (p->repositories[i].revision == r)
			return p->repositories[i].top;
	return STR("/");
}

/* What a pattern of sources= matched in the revision. */
struct matching {
	struct picking *p;
	struct inputs *inputs;
	struct str top;
};

static void
match(void *arg, struct str path)
{
	struct matching *m = arg;
	struct str whole = arena_printf(m->p->arena, "%.*s/%.*s", STR_ARG(m->top), STR_ARG(path));

	for (size_t i = 0; i < m->inputs->npatterns; i++)
		if (fnmatch(m->inputs->patterns[i].data, whole.data, FNM_PATHNAME | FNM_PERIOD) == 0)
			map_put(&m->inputs->paths, whole, m);
}

static void
look_for(void *arg, struct str path)
{
	struct matching *m = arg;
	struct str whole = arena_printf(m->p->arena, "%.*s/%.*s", STR_ARG(m->top), STR_ARG(path));

	if (project_is_document(path) && access(whole.data, F_OK) == -1)
		map_put(&m->inputs->paths, whole, m);
}

/* What is not as it was; empty if all is.  `n`: how many things were looked at. */
static struct str
first_change(struct inputs *inputs, struct revision *r, size_t *n)
{
	*n = 0;
	for (const struct map_entry *e = map_first(&inputs->paths); e; e = map_next(e)) {
		enum difference_now now = revision_ask(r, map_key(e));

		if (now == NOW_DIFFERS)
			return map_key(e);
		*n += now == NOW_SAME;
	}
	return STR("");
}

/* As a person in the working folder would name it. */
static struct str
shown(struct str path, struct arena *a)
{
	struct str here = path_real(STR("."), a);

	if (str_starts(path, here) && path.len > here.len && path.data[here.len] == '/')
		return str_slice(path, here.len + 1, path.len);
	return path;
}

static void
explain_taken(const struct picking *p, struct str document, struct str what, const char *why)
{
	trace("explain", "'%.*s' is taken: %.*s%s%.*s", STR_ARG(document), STR_ARG(what), why,
	    STR_ARG(p->invocation->value[FLAG_CHANGED]));
}

/* Is the k-th of those that were read touched? */
static bool
is_touched(struct picking *p, size_t k, struct revision *r)
{
	struct str document = p->all.documents[k].path, change;
	struct inputs inputs;
	struct matching m = { p, &inputs, top_of(p, r) };
	bool touched = true;
	size_t n;

	inputs_find(&inputs, &p->all, k, m.top, &p->silent);
	if (inputs.npatterns > 0)
		revision_each(r, match, &m);
	if (p->all.graph.shared)	/* one that is gone may have had a part of any name */
		revision_each(r, look_for, &m);
	change = first_change(&inputs, r, &n);
	if (change.len > 0) {
		explain_taken(p, document, shown(change, p->arena), " is not as in ");
	} else if (inputs.unknown.len > 0) {
		trace("explain", "'%.*s' is taken: %.*s", STR_ARG(document), STR_ARG(inputs.unknown));
	} else {
		trace("explain", "'%.*s' is left out: it and all that it names (%zu file%s) are as in %.*s",
		    STR_ARG(document), n, n == 1 ? "" : "s", STR_ARG(p->invocation->value[FLAG_CHANGED]));
		touched = false;
	}
	map_release(&inputs.paths);
	return touched;
}

/* The document of that name among those that were read; SIZE_MAX: it could not be. */
static size_t
loaded(const struct load *l, struct str path)
{
	for (size_t k = 0; k < l->n; k++)
		if (str_eq(l->documents[k].path, path))
			return k;
	return SIZE_MAX;
}

static void
pick_touched(struct picking *p)
{
	for (size_t i = 0; i < p->load->named.ndocuments; i++) {
		struct str path = p->load->named.documents[i];
		struct revision *r = revision_of(p, path);
		size_t k = loaded(&p->all, path);

		if (!r)
			p->ok = p->taken[i] = false;
		else if (k != SIZE_MAX)
			p->taken[i] = is_touched(p, k, r);
		else	/* that it cannot be read is to be said */
			explain_taken(p, path, STR("it cannot be read, now or in "), "");
	}
}

/* ---- --shard ----------------------------------------------------------------------------------- */

struct candidate {
	struct str name;		/* the same on all machines */
	size_t weight, number;
};

static int
by_weight(const void *a, const void *b)
{
	const struct candidate *one = a, *two = b;

	if (one->weight != two->weight)
		return one->weight > two->weight ? -1 : 1;
	return str_compare(one->name, two->name);
}

/* "2/5" */
static bool
read_shard(const struct invocation *i, unsigned long *k, unsigned long *n)
{
	struct str text = i->value[FLAG_SHARD], of, which = str_cut(text, '/', &of);

	if (str_number(of, 100000, n) && str_number(which, 100000, k) && *k >= 1 && *k <= *n)
		return true;
	diag_error(i->diag, STATUS_USAGE, PLACE_NONE, "usage",
	    "'%.*s' is no shard: --shard=2/5 is the second of five", STR_ARG(text));
	return false;
}

/* Its path below its repository or project: what machines have in common. */
static struct str
common_name(struct picking *p, struct str document)
{
	struct str folder = path_folder(document);
	struct root top = { .fd = -1, .path = project_top(p->arena, folder.len ? folder : STR(".")) };

	return root_relative(&top, document, p->arena);
}

/* Cells, and one for the document itself. */
static size_t
weight_of(const struct picking *p, struct str document)
{
	size_t k = loaded(&p->all, document), weight = 1;

	for (size_t i = 0; k != SIZE_MAX && i < p->all.blocks[k].n; i++)
		weight += p->all.blocks[k].list[i].is_cell;
	return weight;
}

/* The heaviest first, each to the shard that has least. */
static void
pick_shard(struct picking *p, size_t shard, size_t nshards)
{
	size_t most = p->load->named.ndocuments, n = 0;
	struct candidate *list = arena_alloc(p->arena, most, sizeof *list);
	size_t *load = arena_alloc(p->arena, nshards, sizeof *load);

	for (size_t i = 0; i < most; i++) {
		struct str document = p->load->named.documents[i];

		if (p->taken[i])
			list[n++] = (struct candidate){ common_name(p, document), weight_of(p, document), i };
	}
	if (n > 1)
		qsort(list, n, sizeof *list, by_weight);
	for (size_t i = 0; i < n; i++) {
		size_t least = 0;

		for (size_t k = 1; k < nshards; k++)
			if (load[k] < load[least])
				least = k;
		load[least] += list[i].weight;
		p->taken[list[i].number] = least == shard;
		trace("explain", "'%.*s' is of shard %zu", STR_ARG(p->load->named.documents[list[i].number]), least + 1);
	}
}

/* ---- both ---------------------------------------------------------------------------------------- */

/* Does any document use blocks of another one? */
static bool
are_joined(const struct load *l)
{
	for (size_t k = 0; k < l->n; k++) {
		for (size_t i = 0; i < l->blocks[k].n; i++) {
			const struct block *b = &l->blocks[k].list[i];

			for (size_t j = 0; j < b->nreferences; j++)
				if (b->references[j].to && b->references[j].to->home != &l->blocks[k])
					return true;
		}
	}
	return l->graph.shared;
}

/* The others are needed only for their blocks. */
static void
narrow(struct picking *p)
{
	struct load *l = p->load;
	size_t n = 0;

	l->npicked = 0;
	l->nnamed = l->named.ndocuments;
	for (size_t i = 0; i < l->nnamed; i++)
		l->npicked += p->taken[i];
	if (p->is_joined) {
		l->are_wanted = p->taken;
		return;
	}
	for (size_t i = 0; i < l->nnamed; i++)
		if (p->taken[i])
			l->named.documents[n++] = l->named.documents[i];
	l->named.ndocuments = n;
}

static void
pick(struct picking *p, unsigned long shard, unsigned long nshards)
{
	struct invocation quietly = *p->invocation;

	quietly.diag = &p->silent;
	if (!load_begin(&p->all, &quietly)) {
		p->ok = false;
		return;
	}
	p->all.named = p->load->named;
	(void)load_read(&p->all, &quietly);
	p->is_joined = are_joined(&p->all);
	if (p->invocation->set[FLAG_CHANGED])
		pick_touched(p);
	if (p->invocation->set[FLAG_SHARD])
		pick_shard(p, shard - 1, nshards);
	narrow(p);
}

/* Messages that the documents get again when they are run. */
static bool
open_silent(struct picking *p)
{
	FILE *nowhere = fopen("/dev/null", "we");

	if (!nowhere) {
		diag_errno(p->invocation->diag, "open", STR("/dev/null"));
		return false;
	}
	diag_init(&p->silent, nowhere, DIAG_COLOR_NEVER);
	return true;
}

bool
pick_documents(struct load *l, const struct invocation *i)
{
	struct picking p = { .load = l, .invocation = i, .arena = &l->arena, .ok = true };
	unsigned long shard = 1, nshards = 1;

	if (!i->set[FLAG_CHANGED] && !i->set[FLAG_SHARD])
		return load_documents(l, i);
	if (!load_find(l, i) || (i->set[FLAG_SHARD] && !read_shard(i, &shard, &nshards)) || !open_silent(&p))
		return false;
	p.taken = arena_alloc(&l->arena, l->named.ndocuments, sizeof *p.taken);
	for (size_t k = 0; k < l->named.ndocuments; k++)
		p.taken[k] = true;
	pick(&p, shard, nshards);
	load_release(&p.all);
	for (size_t k = 0; k < p.nrepositories; k++)
		revision_close(p.repositories[k].revision);
	mem_free(p.repositories);
	diag_release(&p.silent);
	fclose(p.silent.to);
	if (!p.ok)
		l->nnamed = 0;
	return p.ok && load_read(l, i);
}

void
pick_report(const struct load *l, const struct invocation *i)
{
	struct buf words = {0};

	if (l->nnamed == 0 || i->set[FLAG_QUIET])
		return;
	if (i->set[FLAG_SHARD])
		buf_printf(&words, " in shard %.*s", STR_ARG(i->value[FLAG_SHARD]));
	if (i->set[FLAG_CHANGED])
		buf_printf(&words, "%s since %.*s", i->set[FLAG_SHARD] ? " of what changed" : " changed",
		    STR_ARG(i->value[FLAG_CHANGED]));
	fprintf(stderr, "skein: %zu of %zu document%s%.*s; the other%s left out\n", l->npicked, l->nnamed,
	    l->nnamed == 1 ? "" : "s", (int)words.len, words.data, l->nnamed - l->npicked == 1 ? " is" : "s are");
	buf_release(&words);
}
