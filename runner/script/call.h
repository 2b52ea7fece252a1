/*
 * One call of a hook: which function, and for what.
 *
 * Internal to hooking.
 */
#ifndef RUNNER_SCRIPT_CALL_H
#define RUNNER_SCRIPT_CALL_H

#include <stdbool.h>

#include "tangle/base/diag.h"
#include "tangle/base/source.h"
#include "tangle/base/str.h"
#include "tangle/project/option.h"

struct arena;
struct block;
struct config;
struct hooks;
struct json;

enum hook { HOOK_DOCUMENT, HOOK_BLOCK, HOOK_COMPILE, HOOK_OUTPUT, HOOK_NORMALIZE, HOOK_KINDS };

struct hooking {
	struct arena *arena;
	const struct config *config;
	const struct json *table;	/* the hooks in it: functions by line */
	const struct options *overrides;
	struct hooks *hooks;		/* NULL: at rest */
	bool is_wrong;			/* the table is: nothing is run */
	bool is_settled;
	struct block *blocks;		/* as the document has them, */
	struct options options;		/* and its own; once it is settled */
	bool *are_broken;		/* one a block: what its hooks gave cannot be used */
	bool is_broken;			/* the same of all of them */
	bool are_spent[HOOK_KINDS];	/* hit a limit: not called any more */
};

struct call {
	struct hooking *hooking;
	enum hook kind;
	char path[128];			/* "hooks.block.c" */
	const char *name;		/* "block.c" */
	struct place at;		/* of the function */
	struct place about;		/* of the block */
	const char *thing;		/* "block", "cell", "document" */
	struct arena *arena;
	struct diag *diag;
};

enum call_answer { CALL_FAILED, CALL_SAME, CALL_DROPPED, CALL_CHANGED };

/* What is wrong with the hooks of skein.lua is told; false then. */
bool call_check_hooks(const struct hooking *h, struct diag *d);

/* Has it a hook for that language? */
bool call_has(const struct hooking *h, enum hook kind, struct str language);

/* For the block at that place; false if there is nobody to call. */
bool call_prepare(struct call *c, struct hooking *h, enum hook kind, struct str language,
    struct place about, struct arena *a, struct diag *d);

/* *back is for the caller to end, and NULL unless something was changed.  What went wrong is told. */
enum call_answer call_make(struct call *c, const struct json *given, struct json **back);

/* Is it text that a hook can be given?  If not, a warning says that it is not. */
bool call_can_tell(const struct call *c, struct str text);

/* A field that must be text, as a view into what came back; false after a message. */
bool call_text(const struct call *c, const struct json *back, const char *field, struct str *text);

/* Say what is wrong with what it did, there. */
void call_complain(const struct call *c, enum status s, struct place at, struct str words);

#endif
