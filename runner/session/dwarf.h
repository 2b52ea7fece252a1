/*
 * The debug information of one object: addresses to lines, values to types.
 *
 * Opened on an object's bytes, which must outlive it; all strings in what it
 * gives back are copies in the caller's arena, or views that die with it where
 * it says so.  Addresses are relative to where the object lies.  Objects come
 * from a compiler, but from a document's text: lists are walked, never trusted.
 */
#ifndef RUNNER_SESSION_DWARF_H
#define RUNNER_SESSION_DWARF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tangle/base/str.h"

struct arena;
struct dwarf;
struct frame;

/* NULL if there is nothing to be read. */
struct dwarf *dwarf_open(struct str object);
void dwarf_close(struct dwarf *d);

/* Bytes of address space that an object takes; 0 if it is none. */
uint64_t dwarf_extent(struct str object);

/*
 * The calls at an address, innermost first: one, and more where functions were
 * inlined.  Fills at most max frames, whose `cell` is left as it is.
 */
size_t dwarf_calls(struct dwarf *d, uint64_t pc, struct arena *a, struct frame *to, size_t max);

/* The function that begins there, as a view; empty if there is none. */
struct str dwarf_function(struct dwarf *d, uint64_t pc);

enum type_kind {
	TYPE_SIGNED, TYPE_UNSIGNED,
	TYPE_CHAR,		/* a character, not just a small number */
	TYPE_BOOL, TYPE_FLOAT, TYPE_COMPLEX, TYPE_ENUM,
	TYPE_POINTER, TYPE_STRUCT /* or union */, TYPE_ARRAY, TYPE_FUNCTION,
	TYPE_OTHER		/* void, or what C does not have */
};

/* Names of types (typedef, const) are already looked through. */
struct type {
	enum type_kind kind;
	bool is_unsigned;	/* CHAR */
	uint64_t size;		/* bytes; 0 if not known */
	uint64_t count;		/* ARRAY: elements */
	unsigned dimension;	/* ARRAY: which of its dimensions this is */
	uint64_t offset;	/* where it stands in the debug information */
};

struct member {
	struct str name;	/* a view; empty: anonymous */
	struct type type;
	uint64_t at;		/* bytes from the start of the whole */
	unsigned bits;		/* of a bit-field, else 0 */
	unsigned shift;		/* bits from `at`, lowest first */
};

/* The type of the value that block N of a unit shows. */
bool dwarf_shown(struct dwarf *d, int block, struct type *t);

/* What an array consists of, or a pointer points to. */
bool dwarf_target(struct dwarf *d, const struct type *t, struct type *target);

/* The n-th member, from 0; false at the end. */
bool dwarf_member(struct dwarf *d, const struct type *t, size_t n, struct member *m);

/* The n-th enumerator. */
bool dwarf_enumerator(struct dwarf *d, const struct type *t, size_t n, struct str *name,
    int64_t *value);

#endif
