/*
 * Which of the paths below a folder are left out: rules as gitignore(5) has them.
 *
 * A rule is a line: `#` begins a comment, `!` takes back what an earlier rule left
 * out, a slash at the end means folders only, any other slash ties the rule to the
 * folder of its file, and without one it is about names at any depth.  The last rule
 * that matches decides.  What is in a folder that is left out is never asked about.
 *
 * The rules own nothing: they are views of the text that they were read from.
 */
#ifndef TANGLE_PROJECT_IGNORE_H
#define TANGLE_PROJECT_IGNORE_H

#include <stdbool.h>
#include <stddef.h>

#include "tangle/base/str.h"

struct arena;

struct ignore_rule {
	struct str pattern;
	size_t line;		/* from 1 */
	bool takes_back;	/* ! */
	bool is_tied;		/* to the folder: the pattern is of the whole path below it */
	bool is_of_folders;
};

struct ignore {
	struct str file;	/* as shown to people */
	struct ignore_rule *rules;
	size_t n;
};

/* Read the rules of a text. */
void ignore_read(struct ignore *i, struct str file, struct str text, struct arena *a);

/* The rule that decides about a path, relative to the rules' folder; NULL if none does. */
const struct ignore_rule *ignore_ask(const struct ignore *i, struct str path, bool is_folder);

#endif
