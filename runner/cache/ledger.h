/*
 * What the last run of a document asked for.
 *
 * A document has one ledger, a file named by the digest of its real path: a line
 * for each cell, prelude, source, and for what is linked of parts, with its keys, its
 * object, and the groups of bytes that its key is made of.  So it can be said
 * what differs from the last time, and which entries of the cache a document needs.
 * A ledger that is damaged is none.
 */
#ifndef RUNNER_CACHE_LEDGER_H
#define RUNNER_CACHE_LEDGER_H

#include <stdbool.h>
#include <stddef.h>

#include "runner/cache/key.h"
#include "tangle/base/hash.h"

struct arena;
struct folder;

enum ledger_kind {
	LEDGER_CELL,
	LEDGER_PRELUDE,			/* a file that stands before the cells */
	LEDGER_SOURCE,			/* one of sources= */
	LEDGER_WHOLE,			/* all of them, linked */
	LEDGER_HOST			/* a host for sanitizers */
};

enum ledger_end {
	LEDGER_NOTHING,			/* it came to no result */
	LEDGER_OBJECT,
	LEDGER_FAILURE
};

/* One request, and what the cache has for it. */
struct ledger_entry {
	struct digest request;		/* K1 */
	enum ledger_end end;
	bool is_kept;
	struct digest result;		/* K2, if it is kept */
	struct digest object;		/* LEDGER_OBJECT */
};

struct ledger_line {
	enum ledger_kind kind;
	size_t ordinal;			/* of a cell, as people count; else 0 */
	struct str name;		/* empty if it has none */
	struct ledger_entry entry;
	struct str unkept;		/* why it is not kept */
	const struct ledger_entry *before;	/* what was refused, before it was asked for otherwise */
	size_t nbefore;
	const struct key_group *groups;
	size_t ngroups;
};

struct ledger {
	struct str document;		/* its real path */
	const struct ledger_line *lines;
	size_t n;
};

/* The name of a document's ledger. */
struct digest ledger_name(struct str document);

/* Is it what a user calls so?  "sum" and "3" are all cells of that block. */
bool ledger_is_called(const struct ledger_line *line, struct str name, struct arena *a);

/* "parse", "3", "src/list.c": what the line is called where the document is known. */
struct str ledger_label(const struct ledger_line *line, struct arena *a);

enum ledger_state { LEDGER_NONE, LEDGER_READ, LEDGER_NEWER };

/* Of a document, or of a file that a walk found.  One that is damaged is removed. */
enum ledger_state ledger_read(struct folder *f, struct str document, struct arena *a,
    struct ledger *l);
enum ledger_state ledger_read_named(struct folder *f, const struct digest *name,
    struct arena *a, struct ledger *l);

/* Is that text a whole ledger, of the document that its name says? */
bool ledger_is_sound(struct str text, const struct digest *name);

/*
 * Is the ledger there, and of a run that asked for the same?  `asked` is the
 * caller's digest of that, as given to ledger_write.  Reads only the head.
 */
bool ledger_is(struct folder *f, struct str document, const struct digest *asked);

/* Never over one of a later version. */
void ledger_write(struct folder *f, const struct ledger *l, const struct digest *asked);

#endif
