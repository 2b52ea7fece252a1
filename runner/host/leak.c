/*
 * LeakSanitizer, alone or as a part of AddressSanitizer: what a program has
 * lost when it ends.  Cells have lost nothing: later ones may go on with it.
 */
#define _GNU_SOURCE	/* memfd_create, on_exit */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "runner/host/host.h"

enum { CALLS = 64, MOST_READ = 256 * 1024 };

#pragma GCC visibility push(default)
extern void __lsan_disable(void) __attribute__((weak));
extern void __lsan_enable(void) __attribute__((weak));
extern int __lsan_do_recoverable_leak_check(void) __attribute__((weak));
extern void __sanitizer_set_report_fd(void *) __attribute__((weak));
extern void __sanitizer_set_death_callback(void (*)(void)) __attribute__((weak));
#pragma GCC visibility pop

static char text[MOST_READ];

/* One place where memory was lost, as the report has it. */
struct loss {
	size_t bytes, blocks;
	bool is_direct;
	const void *calls[CALLS];
	size_t ncalls;
};

/*
 * "Direct leak of 40 byte(s) in 1 object(s) allocated from:", and then calls,
 * each "    #1 0x55d0 ..."; a blank line ends it.
 */
static const char *
next_loss(const char *at, struct loss *l)
{
	const char *head = strstr(at, "irect leak of ");
	char *end;

	if (!head)
		return NULL;
	*l = (struct loss){ .is_direct = head > text && head[-1] == 'D' };
	l->bytes = strtoul(head + strlen("irect leak of "), &end, 10);
	at = strstr(end, " in ");
	if (!at)
		return NULL;
	l->blocks = strtoul(at + 4, &end, 10);
	for (at = strchr(end, '\n'); at && at[1] != '\n' && at[1]; at = strchr(at + 1, '\n')) {
		const char *pc = strstr(at + 1, " 0x");

		if (pc && l->ncalls < CALLS)
			l->calls[l->ncalls++] = (const void *)(uintptr_t)strtoul(pc, NULL, 16);
	}
	return at ? at : "";
}

static void
tell(void)
{
	struct loss l;
	char words[160];
	size_t bytes = 0, blocks = 0;
	const char *at;

	for (at = text; (at = next_loss(at, &l)); bytes += l.bytes)
		blocks += l.blocks;
	snprintf(words, sizeof words, "memory leak: %zu byte%s in %zu block%s lost", bytes,
	    bytes == 1 ? "" : "s", blocks, blocks == 1 ? "" : "s");
	host_tell(words, NULL);
	for (at = text; (at = next_loss(at, &l)); ) {
		snprintf(words, sizeof words, "%s%zu byte%s in %zu block%s, allocated",
		    l.is_direct ? "" : "lost with it: ", l.bytes, l.bytes == 1 ? "" : "s",
		    l.blocks, l.blocks == 1 ? "" : "s");
		host_tell_aside(words, l.calls, l.ncalls, 0);
	}
}

/* It cannot look, under a debugger for example: then nothing is lost. */
static void
give_up(void)
{
	_exit(0);
}

static void
look(int status, void *arg)
{
	int report;

	(void)arg;
	if (status != 0 || getpid() != host.self)
		return;
	report = memfd_create("leaks", MFD_CLOEXEC);
	if (report == -1)
		return;
	fflush(NULL);
	__sanitizer_set_report_fd((void *)(uintptr_t)report);
	__sanitizer_set_death_callback(give_up);
	if (__lsan_do_recoverable_leak_check() && pread(report, text, sizeof text - 1, 0) > 0) {
		tell();
		abort();
	}
	close(report);
}

void
leak_spare(void)
{
	if (__lsan_disable)
		__lsan_disable();
}

void
leak_watch(void)
{
	if (!__lsan_enable || !__lsan_do_recoverable_leak_check)
		return;
	__lsan_enable();
	(void)on_exit(look, NULL);
}
