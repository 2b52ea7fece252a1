/*
 * The door to libdw: what the parts of a `struct dwarf` share.
 */
#ifndef RUNNER_SESSION_DIE_H
#define RUNNER_SESSION_DIE_H

#include <dwarf.h>
#include <elfutils/libdw.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tangle/base/str.h"

struct type;

enum { DIE_HOPS = 64 };	/* of a chain of typedefs and qualifiers, or of scopes */

/*
 * A variable that has an address.  `die` is where its type stands, or (storage of
 * ours for a variable that is only declared) that of a pointer to it.
 */
struct slot {
	uint64_t at, size;
	struct str name;
	uint64_t die;
	bool is_local, is_storage;
};

struct dwarf {
	Elf *elf;
	Dwarf *dw;
	struct slot *places;	/* in their order, once `has_places` */
	size_t n, cap;
	bool has_places;
};

/* The n-th compilation unit's DIE; n is an offset, and moves on. */
bool die_next_unit(struct dwarf *d, Dwarf_Off *at, Dwarf_Die *unit);

bool die_at(struct dwarf *d, uint64_t offset, Dwarf_Die *die);

/* A flag that it, or what it is an instance of, has. */
bool die_flag(Dwarf_Die *die, unsigned name);

/* A view; empty if it has none. */
struct str die_name(Dwarf_Die *die);

/* A number that it, or what it is an instance of, has; 0 if there is none. */
uint64_t die_number(Dwarf_Die *die, unsigned name);

/* The type of what a DIE describes, its names looked through; false if it has none. */
bool die_type(Dwarf_Die *die, struct type *t);

/* What a type's own DIE says of it, its names aside. */
bool die_described(Dwarf_Die *die, struct type *t);

/* The one that it names as its type; false if it has none. */
bool die_named_type(Dwarf_Die *die, Dwarf_Die *type);

/* Where a variable is, if that is always the same place. */
bool die_address(Dwarf_Die *die, uint64_t *address);

/* The variable of a unit that points to values of the type of one of ours, of that name. */
bool die_pointer(Dwarf_Die unit, struct str name, Dwarf_Die *die);

bool die_is_function(Dwarf_Die *die);

/*
 * What a pc is in, from the innermost block to its function and further out; to be
 * freed.  0 if it is in no function.
 */
size_t die_scopes(struct dwarf *d, uint64_t pc, Dwarf_Die *unit, Dwarf_Die **chain);

/* The unit that has code at a pc. */
bool die_unit_at(struct dwarf *d, uint64_t pc, Dwarf_Die *unit);

#endif
