/*
 * The dynamic symbols of a shared object, read from its bytes.
 *
 * Of this machine's kind only (64 bits, its own byte order); anything else, and
 * anything damaged, is no object.  Every offset is checked, since libraries
 * and objects come from outside.
 */
#ifndef RUNNER_BUILD_ELF_H
#define RUNNER_BUILD_ELF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tangle/base/str.h"

struct elf {
	struct str symbols;	/* tables, as they stand in the file */
	struct str names;
	struct str versions;
	struct str dynamic;
	struct str dynamic_names;
	struct str hash;	/* .gnu.hash; empty: none */
	struct str calls;	/* relocations of calls */
	struct str all, all_names;	/* symbols that are no business of others, too */
	struct str sections, section_names;
};

struct elf_symbol {
	struct str name;
	bool is_undefined;	/* and must be found: not weak */
	bool is_defined;
	bool is_versioned;	/* the linker has seen the library that has it */
};

/* An object, but for another machine than ours, or cut within its head. */
bool elf_is_foreign(struct str bytes);

/* Views into the bytes, which must live as long. */
bool elf_open(struct elf *e, struct str bytes);

/* The same of an object that has not been linked yet: only for elf_wanted. */
bool elf_open_part(struct elf *e, struct str bytes);

/*
 * The names that an unlinked object leaves to others, weak ones too: from 0,
 * until false.  Other symbols have an empty name here.
 */
bool elf_wanted(const struct elf *e, size_t i, struct str *name);

/* Walk the symbols: from 0, until false. */
bool elf_symbol(const struct elf *e, size_t i, struct elf_symbol *s);

/* Is it called, as functions are?  By its index. */
bool elf_is_called(const struct elf *e, size_t i);

/*
 * The variables that can be written to and nobody else sees: from 0, until false.
 * Other symbols have an empty name here.
 */
bool elf_private(const struct elf *e, size_t i, struct str *name);

/* Does the object define the name, for others? */
bool elf_defines(const struct elf *e, struct str name);

/* The libraries it asks for ("libz.so.1"): from 0, until false. */
bool elf_needed(const struct elf *e, size_t i, struct str *library);

#endif
