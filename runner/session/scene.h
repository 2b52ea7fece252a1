/*
 * Where a cell stopped: one call of the document, and what it sees.
 *
 * Names are looked up as the code there does it: locals of the call, then
 * variables of file scope, in its own object or an earlier one.  All memory is
 * that of the library's process, which waits.
 */
#ifndef RUNNER_SESSION_SCENE_H
#define RUNNER_SESSION_SCENE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "runner/session/dwarf.h"
#include "runner/session/library.h"
#include "tangle/base/str.h"

enum { SCENE_LOCALS = 64 };

struct scene {
	struct library *library;
	const struct loaded *object;
	struct dwarf *dwarf;
	struct processor machine;
	uint64_t pc;			/* relative to the object */
	struct local locals[SCENE_LOCALS];
	size_t nlocals;
	struct str line;		/* the text of its line; or empty */
};

/* `machine` but for its memory; `n` as for dwarf_locals. */
void scene_open(struct scene *s, struct library *l, const struct loaded *o, uint64_t pc,
    size_t n, const struct processor *m);

/* A variable, a part of one, or what a pointer leads to. */
struct thing {
	struct dwarf *dwarf;		/* that knows its type */
	struct type type;
	bool in_memory;
	uint64_t at;
	char bytes[16];			/* of one that is not */
};

bool scene_local(struct scene *s, const struct local *v, struct thing *t);
bool scene_find(struct scene *s, struct str name, struct thing *t);

/* The first bytes of it; false if they cannot be read. */
bool scene_bytes(const struct scene *s, const struct thing *t, void *to, size_t n);

/* The value of a pointer or integer. */
bool scene_number(const struct scene *s, const struct thing *t, int64_t *n);

/*
 * Make of a thing its member, its n-th element (of an array, or where a pointer
 * leads to), or (n = 0) what it points to.
 */
bool scene_member(struct thing *t, struct str name);
bool scene_element(const struct scene *s, struct thing *t, int64_t n);

#endif
