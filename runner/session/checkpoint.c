#include "runner/session/checkpoint.h"

#include <assert.h>
#include <float.h>
#include <math.h>
#include <string.h>

#include "tangle/base/mem.h"
#include "tangle/base/trace.h"

enum {
	FREEZE_COST = 2000000,	/* nanoseconds, until one has been measured */
	PATIENCE = 5,		/* copies that running again may cost */
	UNNOTICED = 100000000	/* nanoseconds that it may cost in any case */
};

void
past_release(struct past *p)
{
	mem_free(p->steps);
	*p = (struct past){0};
}

static void
add(struct past *p, const struct past_step *s)
{
	p->steps = mem_grow(p->steps, &p->cap, p->n + 1, sizeof *p->steps);
	p->steps[p->n++] = *s;
}

void
past_add_source(struct past *p, const struct session_object *o)
{
	struct past_step s = { .run = {
		.object = *o, .timeout = INT64_C(10000000000),
		.output_kept = 1 << 16, .output_kill = 1 << 26
	} };

	add(p, &s);
	p->nsources = p->n;
}

void
past_add(struct past *p, const struct session_run *r, uint64_t digest, int64_t cost)
{
	struct past_step s = { *r, digest, cost };

	add(p, &s);
}

bool
past_is_barred(const struct past *p, size_t from, size_t to)
{
	for (; from < to; from++)
		if (p->steps[from].run.once)
			return true;
	return false;
}

/* Nanoseconds that it would take to run them again. */
static int64_t
cost_of(const struct past *p, size_t from, size_t to)
{
	int64_t cost = 0;

	for (; from < to; from++)
		cost += p->steps[from].cost;
	return cost;
}

/* Nanoseconds that running again may take. */
static int64_t
patience(const struct past *p)
{
	int64_t copy = p->freeze_cost ? p->freeze_cost : FREEZE_COST;

	if (p->replay)
		return p->replay;
	if (p->most > 1)
		return copy > FREEZE_COST ? copy : 0;
	return PATIENCE * copy > UNNOTICED ? PATIENCE * copy : UNNOTICED;
}

bool
past_wants_copy(const struct past *p, const struct session_run *r)
{
	const struct copy *last = past_copy(p, p->n);
	size_t from = last ? last->at : p->nsources;
	int64_t again;

	if (r->is_program || r->is_isolated)
		return false;	/* they change nothing here */
	if (last && last->at == p->n)
		return false;	/* there is one of this very moment */
	if (r->checkpoint)
		return true;
	if (past_is_barred(p, from, p->n)) {
		trace("session", "checkpoint: a cell must not be run again");
		return true;
	}
	again = cost_of(p, from, p->n);
	if (again <= patience(p))
		return false;
	trace("session", "checkpoint: running again would take %lld us", (long long)again / 1000);
	return true;
}

void
past_add_copy(struct past *p, pid_t pid, uint32_t threads, int64_t cost)
{
	assert(p->ncopies < PROTOCOL_COPIES && "one was given up before");
	p->copies[p->ncopies++] = (struct copy){ pid, p->n, threads, 0 };
	if (cost > 0)
		p->freeze_cost = cost;
}

const struct copy *
past_copy(const struct past *p, size_t n)
{
	size_t i;

	for (i = p->ncopies; i-- > 0; )
		if (p->copies[i].at <= n)
			return &p->copies[i];
	return NULL;
}

const struct copy *
past_excess(const struct past *p)
{
	size_t most = p->most < 1 ? 1 : p->most < PROTOCOL_COPIES ? p->most : PROTOCOL_COPIES - 1;

	return p->ncopies > most ? past_needless(p) : NULL;
}

/*
 * How much the i-th is missed: what the way to the moment before the next one
 * would take without it, for each step that it is old and each byte that it
 * holds.  So the gap that is left behind grows with the age.
 */
static double
worth(const struct past *p, size_t i)
{
	const struct copy *c = &p->copies[i];
	size_t from = i > 0 ? c[-1].at : p->nsources;

	if (past_is_barred(p, from, c->at))
		return HUGE_VAL;	/* there is no other way */
	if (p->edited && c->at == p->edited)
		return DBL_MAX;		/* where an edit was the next one will be */
	return (double)cost_of(p, from, c[1].at) / (double)(p->n - c->at + 1) /
	    (double)(c->bytes + PAST_PROCESS);
}

const struct copy *
past_needless(const struct past *p)
{
	const struct copy *least = NULL;
	double its = HUGE_VAL;
	size_t i;

	for (i = 0; i + 1 < p->ncopies; i++) {
		double w = worth(p, i);

		if (least && w >= its)
			continue;
		least = &p->copies[i];
		its = w;
	}
	return least;
}

bool
past_lose(struct past *p, pid_t pid)
{
	size_t i;

	for (i = 0; i < p->ncopies; i++)
		if (p->copies[i].pid == pid) {
			p->held -= p->copies[i].bytes < p->held ? p->copies[i].bytes : p->held;
			p->ncopies--;
			memmove(&p->copies[i], &p->copies[i + 1],
			    (p->ncopies - i) * sizeof *p->copies);
			return true;
		}
	return false;
}
