/*
 * A command: its name, what it takes, and what it does.
 *
 * Each command is one file, cmd_NAME.c, with its entry on top.  Flags stand in
 * one table (command.c), from which parsing and help are made; a command says
 * which of them it takes.
 */
#ifndef RUNNER_CLI_COMMAND_H
#define RUNNER_CLI_COMMAND_H

#include <stdbool.h>
#include <stddef.h>

#include "tangle/base/diag.h"
#include "tangle/base/str.h"

enum flag {
	FLAG_HELP, FLAG_QUIET, FLAG_VERBOSE, FLAG_COLOR,	/* every command */
	FLAG_JSON, FLAG_SET, FLAG_ROOT, FLAG_SHARED_NAMES, FLAG_ALLOW_MISSING,
	FLAG_MAX_DOCUMENT, FLAG_MAX_TARGET, FLAG_MAX_OUTPUT,
	FLAG_FORCE, FLAG_CHECK, FLAG_TRUST_TARGETS,
	FLAG_OUTPUT, FLAG_JOBS, FLAG_ONLY, FLAG_FROM, FLAG_STOP, FLAG_KEEP_GOING, FLAG_EXPLAIN,
	FLAG_NO_COMPILE, FLAG_WAIT, FLAG_POLL, FLAG_INTERACTIVE,
	FLAG_TWICE, FLAG_CARRIER, FLAG_REPORT,
	FLAG_EXCLUDE, FLAG_CHANGED, FLAG_SHARD,		/* which documents */
	/* of the cache's keeping */
	FLAG_MAX_SIZE, FLAG_MAX_AGE, FLAG_MIN_FREE, FLAG_KEEP, FLAG_DRY_RUN, FLAG_CATEGORY,
	FLAG_OLDER, FLAG_DOC, FLAG_CELL, FLAG_ALL, FLAG_RESET, FLAG_SORT, FLAG_LIMIT, FLAG_KEYS,
	FLAG_FIX, FLAG_DEEP,
	/* of looking into the cache */
	FLAG_ASPECTS, FLAG_LINE_NUMBER, FLAG_COUNT, FLAG_FILES, FLAG_IGNORE_CASE, FLAG_CONTEXT,
	FLAG_FIXED, FLAG_NO_BODY,
	FLAG_ARCHIVE,
	/* of looking at a program's structure */
	FLAG_TARGETS, FLAG_ROOTS, FLAG_UNUSED, FLAG_NAMES, FLAG_NAME, FLAG_GRAPH,
	/* of building with what was tangled */
	FLAG_DEPFILE, FLAG_STAMP, FLAG_LIST, FLAG_NUL, FLAG_ONE, FLAG_ONE_FILE,
	FLAG_DUMP, FLAG_LINE_DIRECTIVES, FLAG_MAP,
	FLAG_SCHEMA,		/* of the settings */
	FLAG_CI,		/* of a new project */
	FLAGS
};

/* The flags that a command takes, common ones left out; the list ends with FLAGS. */
#define FLAGS_OF(...)	((const enum flag[]){ __VA_ARGS__, FLAGS })
#define FLAGS_LIMITS	FLAG_MAX_DOCUMENT, FLAG_MAX_TARGET, FLAG_MAX_OUTPUT
/* Of the commands that run documents once: run, check, accept. */
#define FLAGS_RUN	FLAG_ROOT, FLAGS_LIMITS, FLAG_SET, FLAG_SHARED_NAMES, FLAG_JOBS, \
			FLAG_STOP, FLAG_KEEP_GOING, FLAG_EXPLAIN, FLAG_NO_COMPILE, FLAG_JSON, \
			FLAG_WAIT, FLAG_ONLY, FLAG_FROM, FLAG_EXCLUDE, \
			FLAG_CHANGED, FLAG_SHARD, FLAG_TWICE, FLAG_REPORT

struct reports;

struct invocation {
	const struct command *command;
	struct diag *diag;
	bool set[FLAGS];
	struct str value[FLAGS];	/* of a flag that takes one; the last given */
	char *const *settings;		/* every --set or --keep, as written */
	size_t nsettings;
	struct str *only;		/* every --only CELL */
	size_t nonly;
	char *const *excludes;		/* every --exclude */
	size_t nexcludes;
	struct str *wishes;		/* every --report */
	size_t nwishes;
	char *const *arguments;		/* what is left: documents */
	size_t narguments;
	int signal;			/* that asked us to stop; 0: none */
	struct reports *reports;	/* of a command that runs documents; or NULL */
};

struct command {
	const char *name;
	const char *args;		/* for the usage line */
	const char *summary;
	const enum flag *flags;		/* FLAGS_OF; NULL: only the common ones */
	size_t least;			/* how many arguments at least */
	bool starts;			/* programs; all others give up the right to (confine.h) */
	/* Problems go to the diag, whose status becomes the exit status. */
	void (*run)(struct invocation *i);
	/* Or it is a group: the next word names one of these; ends with NULL. */
	const struct command *const *verbs;
};

extern const struct command cmd_list, cmd_tangle, cmd_clean, cmd_run, cmd_check, cmd_accept, cmd_adopt, cmd_why, cmd_watch,
    cmd_cache;
extern const struct command cmd_config, cmd_completion, cmd_doctor, cmd_init;
/* All of them, as main has them; ends with NULL. */
extern const struct command *const command_table[];
/* Verbs of `skein cache`, each in cache_VERB.c; their names hold both words. */
extern const struct command cache_path;
extern const struct command cache_gc, cache_clean, cache_stats, cache_verify,
    cache_doctor, cache_list;
extern const struct command cache_show, cache_checkout, cache_deps, cache_grep, cache_fn;
extern const struct command cache_export, cache_import;

/*
 * Read the words behind the command's name.  False after a message (status
 * usage) or when help was asked for and given.
 */
bool command_parse(struct invocation *i, int argc, char **argv);

/* A flag, as help and completion tell of it. */
struct flag_help {
	const char *name;
	char letter;		/* or '\0' */
	const char *argument;	/* "FILE"; NULL: it takes none */
	const char *help;
	const char *words;	/* "a|b": the argument is one of these; or NULL */
};

/* The k-th flag that a command takes; false behind the last. */
bool command_flag_at(const struct command *c, size_t k, struct flag_help *f);

/* "name" of --name. */
const char *command_flag_name(enum flag f);

/* Print to standard output, whose errors main reports at the end. */
void command_print(struct str text);
/* What was printed until now, before others print. */
void command_flush(void);
/* The end of it: false, with errno, if anything was lost. */
bool command_finish(void);

/* The same for lines that people read: nothing in them gives orders to a CI machine (defuse.h). */
void command_show(struct str lines);

#endif
