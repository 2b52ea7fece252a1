/*
 * Which copies of the past are made and kept.
 */
#include <assert.h>

#include "runner/session/checkpoint.h"

#define MS	INT64_C(1000000)

static const struct session_run proven = {0}, unproven = { .checkpoint = true };

static void
add(struct past *p, int64_t cost)
{
	past_add(p, &proven, 0, cost);
}

/* As a session does it; the pid tells the moment. */
static void
copy(struct past *p)
{
	const struct copy *c;

	past_add_copy(p, (pid_t)p->n + 1, 1, MS);
	while ((c = past_excess(p)))
		assert(past_lose(p, c->pid));
}

static void
check_wishes(void)
{
	struct past p = {0};
	struct session_run once = { .once = true }, program = { .is_program = true, .checkpoint = true };

	assert(past_wants_copy(&p, &unproven) && !past_wants_copy(&p, &proven));
	assert(!past_wants_copy(&p, &program));
	/* running on: what nobody notices is run again */
	add(&p, 90 * MS);
	assert(!past_wants_copy(&p, &proven));
	add(&p, 20 * MS);
	assert(past_wants_copy(&p, &proven));
	copy(&p);
	assert(!past_wants_copy(&p, &unproven));	/* there is one of this moment */
	add(&p, 20 * MS);
	assert(!past_wants_copy(&p, &proven) && past_wants_copy(&p, &unproven));
	past_add(&p, &once, 0, MS);
	assert(past_wants_copy(&p, &proven));
	copy(&p);
	/* one that will be rewound: copies are made while they are cheap, */
	p.most = 9;
	add(&p, 1);
	assert(past_wants_copy(&p, &proven));
	/* and else when running again costs more */
	p.freeze_cost = 10 * MS;
	assert(!past_wants_copy(&p, &proven));
	add(&p, 11 * MS);
	assert(past_wants_copy(&p, &proven));
	past_release(&p);
}

static void
check_newest(void)
{
	struct past p = {0};

	add(&p, MS);
	copy(&p);
	add(&p, MS);
	copy(&p);
	assert(p.ncopies == 1 && p.copies[0].at == 2);
	assert(!past_copy(&p, 1) && past_copy(&p, 2) && past_copy(&p, 5));
	assert(!past_needless(&p) && !past_lose(&p, 2) && past_lose(&p, 3) && p.ncopies == 0);
	past_release(&p);
}

/* The gaps grow with the age: from anywhere the way back is short beside the way on. */
static void
check_spread(void)
{
	struct past p = { .most = 12 };
	size_t i;

	for (i = 0; i < 200; i++) {
		add(&p, MS);
		copy(&p);
	}
	assert(p.ncopies == 12 && p.copies[11].at == 200 && p.copies[10].at == 199);
	for (i = 0; i + 1 < p.ncopies; i++) {
		size_t gap = p.copies[i + 1].at - p.copies[i].at;

		assert(gap <= (200 - p.copies[i].at + 1) * 2 / 3 + 1);
	}
	assert(p.copies[0].at <= 120);
	past_release(&p);
}

static void
check_kept(void)
{
	struct past p = { .most = 4, .edited = 3 };
	struct session_run once = { .once = true };
	size_t i;

	for (i = 0; i < 60; i++) {
		if (i == 9)
			past_add(&p, &once, 0, MS);
		else
			add(&p, MS);
		copy(&p);
	}
	assert(past_copy(&p, 3) && past_copy(&p, 3)->at == 3);
	assert(past_copy(&p, 10) && past_copy(&p, 10)->at == 10);
	/* what holds much is given up before what holds little */
	for (i = 0; i < 4; i++)
		p.copies[i].bytes = i == 2 ? UINT64_C(1) << 30 : 0;
	assert(past_needless(&p) == &p.copies[2]);
	p.held = p.copies[2].bytes + 5;
	assert(past_lose(&p, p.copies[2].pid) && p.held == 5);
	/* in need even those go, but the newest never does */
	while (past_needless(&p))
		past_lose(&p, past_needless(&p)->pid);
	assert(p.ncopies == 1 && p.copies[0].at == 60);
	past_release(&p);
}

int
main(void)
{
	check_wishes();
	check_newest();
	check_spread();
	check_kept();
	return 0;
}
