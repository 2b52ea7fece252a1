/*
 * A Lua that is closed in: a text that can compute, and nothing else.
 *
 * What it gives back is one value.  It has the language's tables, strings and
 * numbers, and what is given to it by name; no files, no programs, no time, no
 * bytecode.  Memory and what it does are counted, so that it ends (closed.h).  Values
 * go in and out as JSON, where a function is {"function": LINE}; tables that are not
 * lists have their keys in order.
 *
 *	s = script_new(&limits);
 *	script_give(s, "double", f, arg);		skein.double(...), for it to call
 *	script_load(s, text, arena, &error)
 *	script_value(s, arena, &error)
 *	script_call(s, "hooks.block", argument, &result, arena, &error)
 *	script_free(s);
 */
#ifndef TANGLE_PROJECT_SCRIPT_H
#define TANGLE_PROJECT_SCRIPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tangle/base/str.h"

struct arena;
struct json;
struct lua_State;
struct script;

struct script_limits {
	uint64_t instructions;	/* of a load, and of each call */
	size_t memory;		/* bytes */
};

/* What went wrong; the words are in the arena of whoever asked. */
struct script_error {
	struct str words;	/* without the place */
	size_t line;		/* of the text; 0: none is known */
	bool is_syntax;		/* it is no Lua */
	bool is_limit;		/* one of the limits, which the words name */
};

/* A load and each call may take a second of the processor's time, too. */
struct script *script_new(const struct script_limits *limits);
void script_free(struct script *s);	/* NULL is fine */

/*
 * One text, table or stack may have that many bytes, not only 1 MiB; and that much
 * of the processor's time, in nanoseconds.  With 1 MiB nothing takes long that is one
 * step; with more, somebody has to be there to end it.
 */
void script_bounds(struct script *s, size_t block, int64_t time);

/*
 * A function for it, by name.  It gets its arguments as a list, and gives back one
 * value (owned by the caller; NULL is nil), or sets *why, which becomes an error at
 * the line that called.  Before script_load.
 */
typedef struct json *script_function(void *arg, const struct json *arguments, struct str *why);
void script_give(struct script *s, const char *name, script_function *f, void *arg);

/* What open puts on the stack becomes skein.NAME; for files that know Lua. */
void script_add(struct script *s, const char *name, int (*open)(struct lua_State *));

/* The line that it is at is written there now and then, for whoever has to end it. */
void script_show(struct script *s, volatile int *line);

/* Run the text; it must return one table.  False after an error. */
bool script_load(struct script *s, struct str text, struct arena *a, struct script_error *e);

/* What it returned; to be ended with json_end.  NULL after an error. */
struct json *script_value(struct script *s, struct arena *a, struct script_error *e);

/*
 * Call a function in what it returned, by its path: "hooks.block".  *result is to be
 * ended; NULL where it returns nothing or nil.  False after an error.
 */
bool script_call(struct script *s, const char *path, const struct json *argument,
    struct json **result, struct arena *a, struct script_error *e);

/* What it has printed since this was asked last, as lines. */
struct str script_printed(struct script *s, struct arena *a);

/* Is the text Lua?  False, with the line and what is wrong, where it is not. */
bool script_syntax(struct str text, struct arena *a, struct script_error *e);

#endif
