/*
 * What other programs say: a compiler of itself, pkg-config of packages.
 *
 * They are asked in an environment of ours, so that an answer rests on nothing
 * but files, and the search path.  Answers are remembered in the memo, with a
 * list of those files.
 */
#ifndef RUNNER_BUILD_ASK_H
#define RUNNER_BUILD_ASK_H

#include <stdbool.h>
#include <stddef.h>

#include "tangle/base/str.h"

struct arena;
struct buf;

/* PATH, or what is usual where it is not set. */
const char *ask_path(void);

/*
 * Variables that are handed on to compilers, and so are in the key: search paths,
 * as modules of a cluster set them, and the date.  All others are kept from them.
 */
enum { ASK_PASSED = 5 };
extern const char *const ask_passed[ASK_PASSED + 1];	/* NULL at the end */

/* For compilers that are asked, and at work; with `one_more` unless NULL. */
const char *const *ask_environment(struct arena *a, const char *one_more);
/* For pkg-config. */
const char *const *ask_package_environment(struct arena *a);

/* Run a program for what it says on stdout and stderr; false if it fails. */
bool ask_program(const char *const *argv, const char *const *env, struct buf *out, struct buf *err);

/* Paths, as they are met.  The texts are not copied. */
struct path_list {
	struct str *items;
	size_t n, cap;
};

void path_list_add(struct path_list *l, struct str path);

/* All of them, in the arena; the list is empty again. */
const struct str *path_list_take(struct path_list *l, struct arena *a, size_t *n);

void path_list_release(struct path_list *l);

#endif
