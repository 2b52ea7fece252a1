/*
 * The steps of a compilation without their driver.
 *
 * The compiler writes into a pipe that the assembler reads, which starts at
 * the same time; then the linker.  The steps speak for themselves only while
 * all is well, or while the compiler proper says what is wrong with the unit.
 * For everything else there is no result: whoever asked starts the driver,
 * which says it in its own way.
 */
#ifndef RUNNER_BUILD_PIPELINE_H
#define RUNNER_BUILD_PIPELINE_H

#include "runner/build/process.h"

struct arena;
struct expansion;
struct loop;
struct pipeline;
struct token;

struct pipeline_options {
	const struct expansion *expansion;
	const struct token *tokens;
	size_t ntokens;
	struct process_options process;	/* of each step: program and words are ours */
	/* What is to be linked has been made: another command for that, or NULL. */
	const char *const *(*link)(void *arg);
};

/* NULL as result: start the driver. */
typedef void pipeline_fn(void *arg, const struct process_result *r);

/*
 * Start; done is called from the loop once, unless the pipeline is freed before.
 * The options, and what they refer to, must live as long.
 */
struct pipeline *pipeline_start(struct loop *l, const struct pipeline_options *o, struct arena *a,
    pipeline_fn *done, void *arg);

/* Allowed within done; NULL is fine. */
void pipeline_free(struct pipeline *p);

#endif
