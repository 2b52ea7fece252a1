/*
 * Interpreters: what runs cells in other languages than C.
 *
 * One table, as data, that a project extends (engines, in skein.lua).  Nothing is
 * started here: a command is a list of words, never a text for a shell.
 *
 * "{file}" in a word is where the cell's text is found; where no word has it, the
 * text is the standard input.  "{driver}" is the program, of that language, that
 * keeps sessions (runner/session/driver.h).  "{tree}" in `env` is the folder of
 * the document's targets.
 *
 * To add a language: a row in interpreter.c, where its names are sorted.
 */
#ifndef TANGLE_PROJECT_INTERPRETER_H
#define TANGLE_PROJECT_INTERPRETER_H

#include <stdbool.h>
#include <stddef.h>

#include "tangle/base/str.h"

struct interpreter {
	const char *language;		/* the fence's word, or language.h's name for it */
	const char *const *command;	/* its last word is NULL */
	const char *extension;		/* that the file must have: ".js"; NULL: it has none */
	const char *comment;		/* for option lines; NULL: as language.h has it */
	const char *driver;		/* that keeps sessions: "python"; NULL: each cell is a process */
	const char *errors;		/* a pattern with (?<line>): where a message says a line */
	const char *const *env;		/* NAME=value, its last word is NULL; or NULL */
	const char *package;		/* of Debian, that has the program; or NULL */
};

/* A project's own rows come first. */
struct interpreters {
	const struct interpreter *list;
	size_t n;
};

/*
 * By the fence's word ("bash"), else by what its language is called ("sh").  `own` may
 * be NULL; so is the answer, where nobody runs that language.
 */
const struct interpreter *interpreter_find(const struct interpreters *own, struct str word,
    struct str language);

/* The k-th of the built-in ones; NULL behind the last. */
const struct interpreter *interpreter_nth(size_t k);

/* Does one of its words hold the placeholder? */
bool interpreter_takes(const struct interpreter *i, const char *placeholder);

#endif
