/*
 * A value as text, as a reader of C would write it.
 *
 *	5   0.1   true   'x'   "abc"   GREEN   NULL
 *	{.id = 7, .name = "seven", .at = {.x = 1.5, .y = 2}}   {1, 2, 3}
 *
 * Long ones end in "...": strings after 200 bytes, arrays after 100 elements,
 * everything after 8 KiB.
 */
#ifndef RUNNER_SESSION_VALUE_H
#define RUNNER_SESSION_VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tangle/base/str.h"

struct buf;
struct dwarf;

/* Where a value's pointers lead to. */
struct value_memory {
	/* Copy what can be read there, at most n bytes; returns how many. */
	size_t (*read)(void *arg, uint64_t address, void *to, size_t n);
	/* The function that begins there; empty if none is known. */
	struct str (*function)(void *arg, uint64_t address);
	void *arg;
};

/*
 * Append what block N showed.  `bytes` is its copy, which may be cut short.
 * False, and nothing appended, if its type cannot be found.
 */
bool value_text(struct dwarf *d, int block, struct str bytes, const struct value_memory *m,
    struct buf *to);

#endif
