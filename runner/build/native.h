/*
 * What "native" means to a compiler on this machine.
 *
 * -march=native is another flag on each machine, so the key of an object has what
 * the compiler makes of it.  It is asked once (-###), and the answer remembered
 * as long as the compiler and what the kernel says of the processor are the same.
 */
#ifndef RUNNER_BUILD_NATIVE_H
#define RUNNER_BUILD_NATIVE_H

#include <stdbool.h>
#include <stddef.h>

#include "tangle/base/str.h"

struct arena;
struct compile_options;
struct memo;

/* -march=native, -mtune=native, -mcpu=native */
bool native_is(struct str flag);

/* Does any flag say so? */
bool native_is_in(const struct compile_options *o);

/*
 * The compiler's own command for these flags; empty if none of them says native.
 * False if that cannot be found out, or not without starting a program while the
 * memo is frozen: then nothing may be kept.
 */
bool native_find(struct memo *m, const struct compile_options *o, struct arena *a,
    struct str *expansion);

#endif
