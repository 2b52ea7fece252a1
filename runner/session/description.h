/*
 * A type and all that it is made of, as lines of text (meaning.h has them).
 */
#ifndef RUNNER_SESSION_DESCRIPTION_H
#define RUNNER_SESSION_DESCRIPTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;
struct dwarf;

/*
 * Append the lines of the type at a place in the debug information (0: void), which
 * is the first of them, or the function there.  False: it is made of too many.
 */
bool description_add(struct buf *to, struct dwarf *d, size_t object, uint64_t declared);

/* Is what is declared there not to be written to? */
bool description_is_const(struct dwarf *d, uint64_t declared);

#endif
