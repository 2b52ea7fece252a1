/*
 * A project's own interpreters: the table `engines` of skein.lua, checked.
 *
 *	engines = { ruby = { command = { "ruby", "{file}" }, extension = ".rb" } }
 *
 * What a built-in language is not said anew of stays as it is, but that another
 * command is not taken to keep sessions, nor to say lines in the same way.
 */
#ifndef TANGLE_PROJECT_INTERPRETERS_H
#define TANGLE_PROJECT_INTERPRETERS_H

#include <stdbool.h>

#include "tangle/project/interpreter.h"

struct arena;
struct config;
struct diag;

/* False after an error.  All of it lives in the arena. */
bool interpreters_read(struct interpreters *i, const struct config *c, struct arena *a, struct diag *d);

#endif
