/*
 * Who defines what, and who is given it.
 *
 * The cells of one session, all added to its interface, seen from outside:
 * what each defines, what it takes of others and why, and whose units hold
 * what it leaves, so that an edit there makes them new.  Everything lives in
 * the interface's arena.
 */
#ifndef RUNNER_CELL_USAGE_H
#define RUNNER_CELL_USAGE_H

#include <stdbool.h>
#include <stddef.h>

#include "runner/cell/interface.h"

/* What a cell defines or declares, in its order. */
struct given {
	const char *kind;	/* "function", "struct", "macro", ...: for people */
	struct str name;
	size_t line;		/* in its cell; 0: of the standard prelude */
	bool is_said_before;	/* in the same words: the earlier one stands */
	bool is_whole;		/* users are given all its text, else only a declaration */
	const struct entry *entry;	/* NULL: no other cell can see it */
	const size_t *users;	/* numbers of the cells whose unit holds it, ascending */
	size_t nusers;
};

/* What a cell is given. */
struct taken {
	const struct given *what;
	size_t from;		/* number of its cell */
	enum reach_how how;
	const struct given *through;	/* REACH_THROUGH; may be NULL */
	bool is_later;		/* only declared so far: the definition comes later */
};

struct usage {
	const struct given *given;
	size_t ngiven;
	const struct taken *taken;
	size_t ntaken;
	const size_t *users;	/* cells whose units hold any of it, ascending */
	size_t nusers;
};

/*
 * One usage for each cell, in the order in which they were added (*n).  Walks
 * through the session once for each cell: make it once.
 */
const struct usage *usage_make(struct interface *i, size_t *n);

#endif
