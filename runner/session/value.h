/*
 * A value as text, as a reader of C would write it.
 *
 *	5   0.1   true   'x'   "abc"   L"abc"   GREEN   READ | WRITE   1 + 2i
 *	{.id = 7, .name = "seven", .at = {.x = 1.5, .y = 2}}
 *	{1, 2, 3}   {7, [1 ... 99] = 0}
 *	NULL   &counter   &table[3]   add   &(struct node){.value = 1, .next = NULL}
 *	(void *) 0x5555555592a0
 *
 * A pointer leads to its target, if that can be read: by the name of a variable
 * or function, or else with the target as if it were a compound literal.  What
 * is too long or too deep is "...", what contains itself is a comment.
 * docs/values.md has the rules for readers.
 */
#ifndef RUNNER_SESSION_VALUE_H
#define RUNNER_SESSION_VALUE_H

#include <stdbool.h>
#include <stdint.h>

#include "tangle/base/str.h"

struct buf;
struct dwarf;
struct library;
struct type;

/* Where it lies, all in the memory of the library's process. */
struct value {
	uint64_t marker;	/* a static variable that points to values of its type */
	uint64_t member;	/* the name of the bit-field of that type which it is, or 0 */
	uint64_t at, size;
};

/*
 * Append its text, which has no newline.  False, and nothing appended, if its
 * type is not known or it cannot be read.
 */
bool value_text(struct library *l, const struct value *v, struct buf *to);

/*
 * The same for bytes of a type that `d` knows, which lie at an address (0: nowhere);
 * about `most` characters.
 */
void value_of(struct library *l, struct dwarf *d, const struct type *t, struct str bytes,
    uint64_t at, size_t most, struct buf *to);

#endif
