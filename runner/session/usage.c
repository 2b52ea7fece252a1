#include <signal.h>

#include "runner/build/loop.h"
#include "runner/session/machine.h"
#include "runner/session/state.h"
#include "tangle/base/trace.h"

#define MS	INT64_C(1000000)
#define MIB	(UINT64_C(1) << 20)

enum {
	SELDOM = 100, OFTEN = 2,	/* ms between looks */
	FILLED = 16,		/* MiB that can be filled in a ms */
	FORKED = 8,		/* processes that can be made in one */
	PRICE = 4,		/* a look costs so much, and may take a fifth of the time */
	OWN = 16		/* MiB: the host's own, which no cell has asked for */
};

/* The bytes that what runs may use; 0: any. */
static uint64_t
most_memory(struct session *s)
{
	if (s->step.memory)
		return s->step.memory;
	if (!s->step.is_machines)
		return 0;
	if (s->machine == 0) {
		s->machine = machine_memory() / 4 * 3;
		trace("session", "memory: at most %llu MiB, of the machine's", (unsigned long long)(s->machine / MIB));
	}
	return s->machine;
}

/* Until what is left could be used up. */
static int64_t
until_next(struct session *s, uint64_t memory, uint64_t tasks)
{
	uint64_t limit = most_memory(s), ms = SELDOM, in;

	if (limit) {
		in = limit > memory ? (limit - memory) / (FILLED * MIB) : 0;
		ms = in < ms ? in : ms;
	}
	if (s->step.processes) {
		in = s->step.processes > tasks ? (s->step.processes - tasks) / FORKED : 0;
		ms = in < ms ? in : ms;
	}
	return (int64_t)(ms > OFTEN ? ms : OFTEN) * MS;
}

/* Frozen copies hold what the session held before: that is not the cell's. */
static void
copies(const struct session *s, struct kin *k)
{
	size_t i, n = 0;

	session_kin(s, k);
	for (i = 0; i < k->n; i++)
		if (k->pids[i] != s->shared.pid && k->pids[i] != s->alone.pid)
			k->pids[n++] = k->pids[i];
	k->n = n;
}

int64_t
usage_begin(struct session *s)
{
	s->oom_kills = machine_oom_kills();
	s->oom_kills_known = true;
	return until_next(s, 0, 0);
}

int64_t
usage_look(struct session *s)
{
	struct kin frozen;

	copies(s, &frozen);
	s->looked = loop_now();
	warden_count(&s->warden, s->number, s->step.processes < UINT32_MAX ?
	    (uint32_t)s->step.processes : 0, most_memory(s), &frozen);
	return SELDOM * MS;		/* or sooner, by what it says */
}

void
usage_heard(struct session *s, const struct report *r)
{
	struct ending *e = &s->ending;
	uint64_t limit = most_memory(s);
	int64_t price = PRICE * (loop_now() - s->looked);
	int64_t wait = until_next(s, r->value, r->count);

	if (s->phase != RUNNING || r->number != s->number)
		return;
	if (price > SELDOM * MS)	/* on a busy machine a look takes its time */
		price = SELDOM * MS;
	e->is_crowd = s->step.processes && r->count > s->step.processes;
	if (limit && r->value > limit + OWN * MIB)
		e->memory_limit = limit;
	if (e->is_crowd || e->memory_limit)
		session_condemn(s);
	else
		session_look_in(s, wait > price ? wait : price);
}

bool
usage_is_oom(const struct session *s, int status)
{
	return status == SIGKILL && s->oom_kills_known && machine_oom_kills() > s->oom_kills;
}
