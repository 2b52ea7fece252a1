/*
 * Functions of the C library, whose objects say nothing of types.
 */
#ifndef RUNNER_LUA_STANDARD_H
#define RUNNER_LUA_STANDARD_H

/* How C declares it; NULL: it is none of the usual ones. */
const char *standard_declaration(const char *name);

#endif
