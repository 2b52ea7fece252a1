/*
 * The names of a session, and the entries behind each.
 *
 * Shared by the two halves of the interface: interface.c, which adds cells, and
 * reach.c, which finds what one of them sees.  Everything lives in the
 * session's arena; nothing is taken away, an entry only stops being seen.
 */
#ifndef RUNNER_CELL_NAMES_H
#define RUNNER_CELL_NAMES_H

#include <stdbool.h>
#include <stddef.h>

#include "runner/cell/constant.h"
#include "runner/cell/interface.h"
#include "tangle/base/map.h"

#define NEVER	((size_t)-1)

/* The name spaces of C, macros set apart. */
enum space { SPACE_ORDINARY, SPACE_TAG, SPACE_MACRO };

/* That an entry defines a name, or mentions it. */
struct mention {
	struct entry *entry;
	enum space space;
};

struct definition {
	struct name *name;
	enum space space;
};

struct mentions {
	struct mention *list;
	size_t n, cap;
};

struct reference {
	struct name *name;
	bool is_tag;		/* struct NAME */
	bool is_weak;		/* probably something of the text's own: a local, a member */
};

struct name {
	struct str text;
	struct mentions entries;	/* that define or declare it */
	struct mentions users;		/* types, declarations that mention it */
	size_t *versions;		/* indices of cells that define it */
	size_t nversions, versions_cap;
	enum meaning meaning;		/* of the last definition that is no tag */
	struct str body;		/* of a macro */
	struct entry *type;		/* the last type that it was */
	struct entry *line;		/* the last # line about it */
	bool is_macro;			/* after that line */
	size_t hidden_in[2];		/* by space: index + 1 of the last cell that hid it */
	bool is_included;		/* "<stdio.h>" */
	bool is_included_in_cxx;
	bool was_member;		/* said as a member only, so far, in the text at hand */
	size_t seen, own, renamed;	/* stamps */
};

struct list {
	void **list;
	size_t n, cap;
};

struct interface {
	struct arena *arena;
	struct split_context context;
	struct map names;
	struct list cells;		/* struct interface_cell */
	struct list entries;		/* struct entry */
	struct list always;		/* those that every later cell is given */
	size_t stamp;
	bool knows_prelude;		/* given, or not wanted */
};

/* Room for one more in an array of n that lives in an arena. */
void *names_room(struct arena *a, void *array, size_t *cap, size_t n, size_t size);
void names_list_add(struct arena *a, struct list *l, void *value);
void names_mention_add(struct arena *a, struct mentions *m, struct mention one);

/* The name, made if it is new. */
struct name *names_get(struct interface *i, struct str text);

/*
 * The names in a text, each once (a tag once for each mention, a member again
 * when it is said otherwise), the parameters of a macro left out.  `has_own`: the
 * text may declare things of its own.
 */
const struct reference *names_in(struct interface *i, struct str text, bool has_own, size_t *n);

/* Does the cell with that index see the entry? */
bool names_is_visible(const struct entry *e, size_t cell);

/* Which definition of the name holds in that cell, from 1; 0: there is none. */
size_t names_version(const struct name *n, size_t cell);
struct str names_symbol(const struct interface *i, const struct name *n, size_t cell);

/* A library function that gcc knows without a declaration: index, y1, log, ... */
bool names_is_builtin(struct str name);

/*
 * A function whose declaration in glibc's headers has a symbol of its own, at
 * times (scanf is __isoc99_scanf): it cannot be renamed again.
 */
bool names_is_redirected(struct str name);

size_t names_cell_index(const struct interface *i, size_t number);

#endif
