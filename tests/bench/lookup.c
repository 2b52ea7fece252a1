/*
 * lookup FOLDER N...: what a look-up of a hit and a publication take, in a cache
 * of so many entries, which are forged below FOLDER: nothing is compiled.  Each
 * entry has 70 headers as inputs, as a cell with four includes has.
 *
 * A line for each N: entries; medians, in microseconds, of the first look-up of
 * a run, of further ones, and of a publication.
 */
#define _GNU_SOURCE	/* CLOCK_REALTIME_COARSE */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "runner/build/compile.h"
#include "runner/build/loop.h"
#include "runner/build/toolchain.h"
#include "runner/cache/key.h"
#include "runner/cache/store.h"
#include "tangle/base/arena.h"
#include "tangle/base/diag.h"

enum { HEADERS = 70, OBJECT = 8192, ROUNDS = 301 };

static struct arena lasting;
static struct diag diag;
static const struct toolchain toolchain = { .path = "/bin/true", .kind = TOOLCHAIN_GCC };
static const struct compile_options options = { .toolchain = &toolchain };
static struct str headers[HEADERS];
static char object[OBJECT];

static void
fail(const char *what)
{
	fprintf(stderr, "lookup: cannot %s\n", what);
	exit(1);
}

static void
make_headers(const char *folder)
{
	char path[4096];

	for (size_t i = 0; i < HEADERS; i++) {
		FILE *f;

		snprintf(path, sizeof path, "%s/%zu.h", folder, i);
		f = fopen(path, "we");
		if (!f || fprintf(f, "int h%zu;\n", i) < 0 || fclose(f) != 0)
			fail("write a header");
		headers[i] = arena_str(&lasting, str_of(path));
	}
}

static struct compile_request
request_of(unsigned long i, struct arena *a)
{
	return (struct compile_request){ .options = &options,
	    .unit = arena_printf(a, "int cell_%lu;", i) };
}

static void
publish(struct store *s, unsigned long i)
{
	struct arena a;
	struct compile_request r;
	struct compile_result result = { .end = COMPILE_DONE, .inputs = headers,
	    .ninputs = HEADERS, .inputs_known = true, .object = { object, OBJECT } };
	struct digest key, name;
	struct str why;

	arena_init(&a);
	r = request_of(i, &a);
	memcpy(object, &i, sizeof i);
	clock_gettime(CLOCK_REALTIME_COARSE, &result.began);
	result.start = loop_now();
	key = key_request(&r, &a);
	if (!store_publish(s, &key, &r, &result, &a, &name, &why))
		fail("publish");
	arena_release(&a);
}

static void
look_up(struct store *s, unsigned long i)
{
	struct arena a;
	struct compile_request r;
	struct store_entry e;
	struct digest key;
	struct str why;

	arena_init(&a);
	r = request_of(i, &a);
	key = key_request(&r, &a);
	if (store_lookup(s, &key, &options.bases, &a, &e, &why) != STORE_OBJECT)
		fail("find what was published");
	arena_release(&a);
}

static int
compare(const void *a, const void *b)
{
	const int64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static double
median(int64_t *took)
{
	qsort(took, ROUNDS, sizeof *took, compare);
	return (double)took[ROUNDS / 2] / 1000;
}

static struct store *
open_cache(const char *path)
{
	struct store *s = store_open(path, &diag);

	if (!s)
		fail("open the cache");
	return s;
}

static void
measure(const char *cache, unsigned long *have, unsigned long n)
{
	static int64_t first[ROUNDS], further[ROUNDS], published[ROUNDS];
	struct store *s = open_cache(cache);
	unsigned long step = 7919, at = 0;

	while (*have < n)
		publish(s, (*have)++);
	for (size_t k = 0; k < ROUNDS; k++) {
		int64_t now;

		at = (at + step) % n;
		store_refresh(s);
		now = loop_now();
		look_up(s, at);
		first[k] = loop_now() - now;
		at = (at + step) % n;
		now = loop_now();
		look_up(s, at);
		further[k] = loop_now() - now;
	}
	for (size_t k = 0; k < ROUNDS; k++) {
		int64_t now = loop_now();

		publish(s, (*have)++);
		published[k] = loop_now() - now;
	}
	store_close(s);
	printf("%8lu %8.1f %8.1f %8.1f\n", n, median(first), median(further), median(published));
	fflush(stdout);
}

int
main(int argc, char **argv)
{
	unsigned long have = 0;
	char cache[4096];
	struct timespec old = { .tv_sec = 3 };

	if (argc < 3)
		fail("do without a folder and numbers");
	arena_init(&lasting);
	diag_init(&diag, stderr, DIAG_COLOR_NEVER);
	make_headers(argv[1]);
	nanosleep(&old, NULL);		/* so that they are old enough to be remembered */
	snprintf(cache, sizeof cache, "%s/cache", argv[1]);
	printf(" entries    first  further  publish  (microseconds)\n");
	for (int i = 2; i < argc; i++)
		measure(cache, &have, strtoul(argv[i], NULL, 10));
	arena_release(&lasting);
	return 0;
}
