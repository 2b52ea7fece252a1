/*
 * What the harnesses share.
 *
 * A harness defines fuzz_make, which writes an input, and fuzz_one, which has to
 * survive any.  `NAME SEED SECONDS` makes inputs, some of them with bytes changed,
 * and says the round when one fails; `NAME SEED ROUND once` makes that round's
 * again, and prints it.  With B=fuzz CC=clang, libFuzzer finds the inputs instead.
 */
#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H

#undef NDEBUG
#include <assert.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "tangle/base/arena.h"
#include "tangle/base/buf.h"
#include "tangle/base/diag.h"

static void fuzz_one(struct str input);
#ifndef LIBFUZZER
static void fuzz_make(struct buf *to);
#endif

static FILE *nowhere;			/* for messages */

static inline void
fuzz_diag(struct diag *d)
{
	if (!nowhere)
		nowhere = fopen("/dev/null", "w");
	assert(nowhere);
	diag_init(d, nowhere, DIAG_COLOR_NEVER);
}

#ifdef LIBFUZZER

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_one((struct str){ (const char *)data, size });
	return 0;
}

#else

static uint64_t fuzz_state, fuzz_round, fuzz_seed;

/* xorshift64*: the same on each machine. */
static inline uint32_t
any(uint32_t below)
{
	fuzz_state ^= fuzz_state >> 12;
	fuzz_state ^= fuzz_state << 25;
	fuzz_state ^= fuzz_state >> 27;
	return (uint32_t)((fuzz_state * 0x2545f4914f6cdd1d) >> 33) % below;
}

static inline bool
now_and_then(uint32_t in)
{
	return any(in) == 0;
}

/* One of several words; the list ends with NULL. */
static inline struct str
any_word(const char *const *list)
{
	uint32_t n = 0;

	while (list[n])
		n++;
	return str_of(list[any(n)]);
}

/* Bytes that mean something, put in, taken out or in the place of others. */
static void
spoil(struct buf *b)
{
	static const char bytes[] = "`~{}<>\"'\\=:#.,-[]()|!&*%@ \t\r\n\0\xff\xc3\xe2";

	for (uint32_t n = 1 + any(4); n > 0 && b->len > 0; n--) {
		size_t at = any((uint32_t)b->len), size = b->len - at;
		char one = bytes[any(sizeof bytes - 1)];

		switch (any(3)) {
		case 0:
			b->data[at] = one;
			break;
		case 1:
			memmove(b->data + at, b->data + at + 1, size - 1);
			b->len--;
			break;
		default:
			buf_byte(b, one);
			memmove(b->data + at + 1, b->data + at, size);
			b->data[at] = one;
			break;
		}
	}
}

static void
make_input(struct buf *b)
{
	fuzz_state = (fuzz_seed + 1) * 0x9e3779b97f4a7c15 + fuzz_round * 0xd1342543de82ef95;
	fuzz_state += fuzz_state == 0;
	for (int i = 0; i < 8; i++)
		any(2);
	buf_clear(b);
	fuzz_make(b);
	if (now_and_then(3))
		spoil(b);
}

static void
say_round(void)
{
	fprintf(stderr, "failed: seed %llu, round %llu\n", (unsigned long long)fuzz_seed,
	    (unsigned long long)fuzz_round);
}

void __asan_on_error(void);

void
__asan_on_error(void)
{
	say_round();
}

static void
die(int number)
{
	say_round();
	signal(number, SIG_DFL);
	raise(number);
}

int
main(int argc, char **argv)
{
	struct buf input = {0};
	time_t end;

	if (argc < 3) {
		fprintf(stderr, "usage: %s SEED SECONDS, or SEED ROUND once\n", argv[0]);
		return 2;
	}
	fuzz_seed = strtoull(argv[1], NULL, 10);
	signal(SIGABRT, die);
	if (argc > 3) {
		fuzz_round = strtoull(argv[2], NULL, 10);
		make_input(&input);
		fwrite(input.data, 1, input.len, stdout);
		fflush(stdout);
		fuzz_one(buf_str(&input));
		return 0;
	}
	end = time(NULL) + (time_t)strtoul(argv[2], NULL, 10);
	do {
		make_input(&input);
		alarm(10);	/* none takes that long: a hang is a crash */
		fuzz_one(buf_str(&input));
		fuzz_round++;
	} while (time(NULL) < end);
	printf("%llu rounds\n", (unsigned long long)fuzz_round);
	buf_release(&input);
	if (nowhere)
		fclose(nowhere);
	return 0;
}

#endif
#endif
