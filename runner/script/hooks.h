/*
 * Hooks: functions in a project's skein.lua that are called by name.
 *
 * They run closed in (tangle/project/script.h), in a process of their own that has
 * given up all that it has no need of, and cannot do harm or hang: a call that goes on
 * too long ends in an error.  The process starts with the first call, and serves all
 * calls of a document; after a limit was hit the next call has another one.
 */
#ifndef RUNNER_SCRIPT_HOOKS_H
#define RUNNER_SCRIPT_HOOKS_H

#include <stdbool.h>

#include "tangle/base/source.h"
#include "tangle/base/str.h"

struct arena;
struct hooks;
struct json;

/* What went wrong in a call; the words are in the arena of whoever asked. */
struct hooks_error {
	struct str words;
	struct place at;	/* in skein.lua, as exactly as it is known */
	bool is_limit;		/* it took too long, or too much: status 7 */
};

/* The settings file, which stays; starts nothing. */
struct hooks *hooks_open(const struct source *settings);
void hooks_close(struct hooks *h);	/* NULL is fine */

/*
 * Call a function by its path, "hooks.block" or "filters.tidy".  *result is to be
 * ended with json_end; NULL: it gave nothing or nil.  False after an error.
 */
bool hooks_call(struct hooks *h, const char *path, const struct json *argument,
    struct json **result, struct arena *a, struct hooks_error *e);

/* What they have printed since this was asked last, as lines: for people. */
struct str hooks_printed(struct hooks *h, struct arena *a);

#endif
