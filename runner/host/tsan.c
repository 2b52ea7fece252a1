/*
 * ThreadSanitizer: of its report, what was touched, by whom, and where those
 * threads came from.  The first race ends the cell: what it computes after that
 * depends on luck.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runner/host/host.h"

enum { PHRASE = 160, CALLS = 64, ACCESSES = 2, PARTIES = 2 };

#pragma GCC visibility push(default)
extern int __tsan_get_report_data(void *report, const char **what, int *count, int *nstacks,
    int *naccesses, int *nplaces, int *nmutexes, int *nthreads, int *nunique, void **sleep,
    unsigned long size) __attribute__((weak));
extern int __tsan_get_report_mop(void *report, unsigned long i, int *thread, void **address,
    int *size, int *is_write, int *is_atomic, void **calls, unsigned long ncalls)
    __attribute__((weak));
extern int __tsan_get_report_loc(void *report, unsigned long i, const char **type,
    void **address, void **start, unsigned long *size, int *thread, int *fd,
    int *is_suppressable, void **calls, unsigned long ncalls) __attribute__((weak));
extern int __tsan_get_report_stack(void *report, unsigned long i, void **calls,
    unsigned long ncalls) __attribute__((weak));
extern int __tsan_get_report_thread(void *report, unsigned long i, int *thread,
    unsigned long *os, int *is_running, const char **name, int *parent, void **calls,
    unsigned long ncalls) __attribute__((weak));
/* It calls this at the end of each report. */
void __tsan_on_report(void *report);
#pragma GCC visibility pop

/* What is to be told; threads as they were begun, for their numbers are from any time. */
struct race {
	void *report;
	const char *what;
	int nstacks, naccesses, nplaces, nthreads;
	void *address;			/* touched by both */
	int parties[PARTIES];
	size_t nparties;
};

/* They have the address behind each call. */
static void
tell_aside(const char *title, void *calls[CALLS], uint32_t flags)
{
	size_t n;

	for (n = 0; n < CALLS && calls[n]; n++)
		calls[n] = (char *)calls[n] - 1;
	host_tell_aside(title, (const void *const *)calls, n, flags);
}

static void
add_party(struct race *r, int thread)
{
	size_t at = r->nparties, i;

	for (i = 0; i < r->nparties; i++)
		if (r->parties[i] == thread)
			return;
	if (thread == 0 || r->nparties == PARTIES)
		return;
	for (r->nparties++; at > 0 && r->parties[at - 1] > thread; at--)
		r->parties[at] = r->parties[at - 1];
	r->parties[at] = thread;
}

/* "thread 2"; 0 is the one that everything began with. */
static const char *
name_of(const struct race *r, int thread, char to[32])
{
	size_t i;

	for (i = 0; i < r->nparties; i++) {
		if (r->parties[i] != thread)
			continue;
		snprintf(to, 32, "thread %zu", i + 1);
		return to;
	}
	return thread == 0 ? "the main thread" : "another thread";
}

static void
tell_accesses(struct race *r)
{
	char title[PHRASE], name[32];
	int i, thread, size, is_write, is_atomic;
	void *address;

	for (i = 0; i < r->naccesses && i < ACCESSES; i++) {
		void *calls[CALLS] = {0};

		__tsan_get_report_mop(r->report, (unsigned long)i, &thread, &address, &size,
		    &is_write, &is_atomic, calls, CALLS);
		snprintf(title, sizeof title, "%s%s of %d byte%s by %s", is_atomic ? "atomic " : "",
		    is_write ? "write" : "read", size, size == 1 ? "" : "s",
		    name_of(r, thread, name));
		tell_aside(title, calls, REPORT_RACE);
	}
}

/* Those of a report that is not about two accesses: a deadlock's, for example. */
static void
tell_stacks(const struct race *r)
{
	int i;

	for (i = 0; i < r->nstacks && r->naccesses == 0; i++) {
		void *calls[CALLS] = {0};

		__tsan_get_report_stack(r->report, (unsigned long)i, calls, CALLS);
		tell_aside("one part of it is", calls, 0);
	}
}

static void
tell_threads(const struct race *r)
{
	char title[PHRASE], name[32];
	size_t k;
	int i, thread, is_running, parent;
	unsigned long os;
	const char *own;

	for (k = 0; k < r->nparties; k++) {
		for (i = 0; i < r->nthreads; i++) {
			void *calls[CALLS] = {0};

			__tsan_get_report_thread(r->report, (unsigned long)i, &thread, &os,
			    &is_running, &own, &parent, calls, CALLS);
			if (thread != r->parties[k])
				continue;
			snprintf(title, sizeof title, "%s was begun", name_of(r, thread, name));
			tell_aside(title, calls, 0);
		}
	}
}

static void
find_parties(struct race *r)
{
	int i, thread, ignored;
	void *calls[CALLS];

	for (i = 0; i < r->naccesses && i < ACCESSES; i++) {
		__tsan_get_report_mop(r->report, (unsigned long)i, &thread, &r->address, &ignored,
		    &ignored, &ignored, calls, CALLS);
		add_party(r, thread);
	}
}

/*
 * What kind of memory it is; for a block its allocation.  Of globals only the
 * supervisor knows the names.
 */
static void
tell_place(const struct race *r)
{
	char words[PROTOCOL_WORDS], name[32];
	const char *type = "";
	void *address = NULL, *start, *calls[CALLS] = {0};
	unsigned long size = 0;
	int thread = 0, fd = -1, ignored;

	if (r->nplaces > 0)
		__tsan_get_report_loc(r->report, 0, &type, &address, &start, &size, &thread, &fd,
		    &ignored, calls, CALLS);
	if (strcmp(type, "heap") == 0)
		snprintf(words, sizeof words, "%s on a block of %lu byte%s", r->what, size,
		    size == 1 ? "" : "s");
	else if (strcmp(type, "stack") == 0 || strcmp(type, "tls") == 0)
		snprintf(words, sizeof words, "%s on a variable of %s", r->what,
		    name_of(r, thread, name));
	else if (strcmp(type, "fd") == 0)
		snprintf(words, sizeof words, "%s on file descriptor %d", r->what, fd);
	else
		snprintf(words, sizeof words, "%s", r->what);
	host_tell(words, !*type || strcmp(type, "global") == 0 ? r->address : NULL);
	if (strcmp(type, "heap") == 0)
		tell_aside("the block was allocated", calls, 0);
}

void
__tsan_on_report(void *report)
{
	struct race r = { .report = report };
	int count, nmutexes, nunique;
	void *sleep[CALLS] = {0};

	if (!__tsan_get_report_data)
		return;
	__tsan_get_report_data(report, &r.what, &count, &r.nstacks, &r.naccesses, &r.nplaces,
	    &nmutexes, &r.nthreads, &nunique, sleep, CALLS);
	if (strcmp(r.what, "data-race") == 0)
		r.what = "data race";
	find_parties(&r);
	tell_place(&r);
	tell_accesses(&r);
	tell_stacks(&r);
	tell_threads(&r);
	abort();
}
