/*
 * What the instruction was at which a process stopped, where its signal alone
 * does not tell: a division by zero or one whose result is too large, a trap
 * that the compiler put there or bytes that are no code.
 */
#ifndef RUNNER_SESSION_INSTRUCTION_H
#define RUNNER_SESSION_INSTRUCTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct processor;

/* False if it is no division that we know, or its divisor is zero. */
bool instruction_is_overflow(const struct processor *m, uint64_t pc);

/* __builtin_trap() and the like. */
bool instruction_is_trap(const struct processor *m, uint64_t pc);

#endif
