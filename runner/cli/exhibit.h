/*
 * An entry of the cache, whole, for people: the result of a request, what it
 * was made from, and what was kept about it.
 *
 * People name one by a KEY: at least 4 hex digits that its result's, its
 * request's or its object's name begins with, or DOC#CELL, which means what the last
 * run of the document used.
 */
#ifndef RUNNER_CLI_EXHIBIT_H
#define RUNNER_CLI_EXHIBIT_H

#include <stdbool.h>
#include <stddef.h>

#include "runner/cache/about.h"
#include "runner/cache/record.h"

struct arena;
struct diag;
struct folder;

enum { EXHIBIT_DIGITS = 12 };	/* digits of a key that people see */

struct exhibit {
	struct digest name;		/* K2 */
	char key[HASH_HEX + 1];
	bool is_failure;
	struct result result;
	enum about_found found;		/* is the next there? */
	struct about about;
	struct str label;		/* "notes.md#parse"; of the key when it is not known */
};

/*
 * False after an error: `no-entry` (2), `unknown-document` (2), or `many-entries` (2), which
 * lists them.
 */
bool exhibit_find(struct folder *f, struct str key, struct arena *a, struct exhibit *k, struct diag *d);

/* That result; false if there is none, or it is damaged. */
bool exhibit_read(struct folder *f, const struct digest *name, bool is_failure, struct arena *a,
    struct exhibit *k);

/*
 * What was kept about it is needed: false after an error `no-entry`, or after a
 * warning `damaged-entry` and that error.
 */
bool exhibit_needs_about(struct folder *f, const struct exhibit *k, struct diag *d);

/*
 * Several, in order of label, then age.  Of each only name, key, label and end are
 * sure to be there: exhibit_read it, with memory of its own, to look at it.
 */
struct exhibit_list {
	struct exhibit *list;
	size_t n;
};

void exhibit_all(struct folder *f, struct arena *a, struct exhibit_list *l);
/* A KEY, or a document: those that its last run used.  False after an error. */
bool exhibit_chosen(struct folder *f, struct str which, struct arena *a, struct exhibit_list *l,
    struct diag *d);

/* Its inputs (inputs_next); false if they are gone or damaged. */
bool exhibit_inputs(struct folder *f, const struct exhibit *k, struct arena *a, struct str *list);
/* Its object, verified; false if it is gone or damaged. */
bool exhibit_object(struct folder *f, const struct exhibit *k, struct arena *a, struct str *bytes);
/* Any object of that name. */
bool exhibit_bytes(struct folder *f, const struct digest *object, struct arena *a, struct str *bytes);

/* An input's path as it was then, absolute. */
struct str exhibit_path(const struct exhibit *k, struct str portable, struct arena *a);

#endif
