#include "runner/session/checkpoint.h"

#include "tangle/base/mem.h"
#include "tangle/base/trace.h"

enum {
	FREEZE_COST = 2000000,	/* nanoseconds, until one has been measured */
	PATIENCE = 5,		/* copies that running again may cost */
	UNNOTICED = 50000000	/* nanoseconds that it may cost in any case */
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

void
past_forget(struct past *p)
{
	p->n = p->nsources;
	p->frozen = 0;
}

bool
past_is_barred(const struct past *p, size_t from, size_t to)
{
	for (; from < to; from++)
		if (p->steps[from].run.once)
			return true;
	return false;
}

bool
past_wants_copy(const struct past *p, const struct session_run *r)
{
	int64_t again = 0, copy = p->freeze_cost ? p->freeze_cost : FREEZE_COST;
	int64_t most = PATIENCE * copy > UNNOTICED ? PATIENCE * copy : UNNOTICED;
	size_t i;

	if (r->is_program || r->is_isolated)
		return false;	/* they change nothing here */
	if (p->frozen && p->frozen_at == p->n)
		return false;	/* there is one of this very moment */
	if (r->checkpoint)
		return true;
	if (p->replay)
		most = p->replay;
	for (i = p->frozen ? p->frozen_at : 0; i < p->n; i++) {
		if (p->steps[i].run.once) {
			trace("session", "checkpoint: cell %zu must not be run again",
			    p->steps[i].run.object.number);
			return true;
		}
		again += p->steps[i].cost;
	}
	if (again > most)
		trace("session", "checkpoint: running again would take %lld us",
		    (long long)again / 1000);
	return again > most;
}

void
past_frozen(struct past *p, pid_t pid, uint32_t threads, int64_t cost)
{
	p->frozen = pid;
	p->frozen_at = p->n;
	p->threads = threads;
	if (pid && cost > 0)
		p->freeze_cost = cost;
}
