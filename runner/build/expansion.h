/*
 * What a gcc driver would start, so that it need not be.
 *
 * The driver only turns its words into three commands: the compiler proper,
 * the assembler, the linker.  It says which with -###, is asked once for each
 * list of words, and the memo keeps the answer.  Where anything is unusual (a
 * script in its place, a specs file, another number of commands) there is no
 * answer, and the driver has to be started.
 *
 * Words that differ from document to document stand as tokens in what is asked,
 * and are put in afterwards: they pass through the driver as they are.
 */
#ifndef RUNNER_BUILD_EXPANSION_H
#define RUNNER_BUILD_EXPANSION_H

#include <stdbool.h>
#include <stddef.h>

#include "tangle/base/str.h"

struct arena;
struct memo;
struct toolchain;

enum step { STEP_COMPILE, STEP_ASSEMBLE, STEP_LINK, STEPS };

/* Between the steps, in the folder in which they run. */
#define EXPANSION_ASSEMBLY	"unit.s"
#define EXPANSION_PART		"unit.o"

struct expansion {
	const struct str *words[STEPS];	/* with the program, an absolute path */
	size_t n[STEPS];
};

/*
 * Of the driver with these words (without its name).  They compile standard
 * input, and link.  May start the driver, in the folder, where it makes and
 * removes files.  False if there is none.
 */
bool expansion_find(struct memo *m, const struct toolchain *t, const struct str *words, size_t n,
    const char *folder, struct arena *a, struct expansion *e);

/* Does a word leave the driver no more to do than to pass it on? */
bool expansion_knows(struct str word);

struct token {
	struct str name, value;
};

/* A step's command, ended by NULL, with the tokens' values put in. */
const char *const *expansion_argv(const struct expansion *e, enum step which,
    const struct token *tokens, size_t n, struct arena *a);

#endif
