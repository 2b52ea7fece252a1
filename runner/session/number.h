/*
 * Numbers in memory, as digits: as few as tell one from its neighbours.
 */
#ifndef RUNNER_SESSION_NUMBER_H
#define RUNNER_SESSION_NUMBER_H

#include <stdbool.h>
#include <stdint.h>

#include "tangle/base/str.h"

struct buf;

/* The lowest `bits` (at most 64) of a number, as a signed one. */
int64_t number_signed(uint64_t n, unsigned bits);

/* An integer of any size. */
void number_integer(struct buf *to, struct str bytes, bool is_unsigned);

/*
 * A floating-point number; `base` is the name of its type, which tells formats
 * of one size apart.
 */
void number_float(struct buf *to, struct str bytes, struct str base);

/* Two of either kind: 1 + 2i. */
void number_complex(struct buf *to, struct str bytes, struct str base, bool is_integer,
    bool is_unsigned);

#endif
