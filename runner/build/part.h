/*
 * One object, as a part of a piece (piece.h): is it plain, and what is in it?
 *
 * What is not known to be harmless makes an object unfit, so the lists of what is
 * allowed are short.  Every offset is checked.
 */
#ifndef RUNNER_BUILD_PART_H
#define RUNNER_BUILD_PART_H

#include <elf.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tangle/base/str.h"

enum { PART_LOADS = 2 };

struct part {
	struct str object;
	Elf64_Phdr loads[PART_LOADS];	/* by address; the first one from 0 */
	size_t nloads;
	uint64_t extent;		/* of memory, whole pages */
	uint64_t size;			/* of what is mapped from the file, whole pages */
	struct str symbols, names, versions, needs;
	struct str relocations[2];
	struct str frames;		/* .eh_frame_hdr; empty: none */
	uint64_t frames_at;
	uint64_t unit;			/* where its skein_unit is */
	bool shows, has_private;	/* piece.h */
};

/* False, with *why, if it is not plain. */
bool part_read(struct part *p, struct str object, const char **why);

/* n bytes at an offset; false if they are not all there. */
bool part_bytes(struct str s, uint64_t offset, void *to, size_t n);

/* The NUL-terminated name at an offset of a table. */
struct str part_name(struct str names, uint64_t offset);

/* What a dynamic symbol is to others. */
enum part_symbol { PART_END, PART_OWN, PART_DEFINED, PART_ASKED };
enum part_symbol part_symbol(const struct part *p, size_t i, Elf64_Sym *s, struct str *name);

/* The version that a symbol must have, as the object names it; false: any. */
struct part_version {
	struct str file, name;
	uint32_t hash;
	uint16_t flags;
};
bool part_version(const struct part *p, size_t symbol, struct part_version *v);

/* What the loader does at a place. */
enum part_fix { PART_FIX_NONE, PART_FIX_BASE, PART_FIX_SYMBOL, PART_FIX_OTHER };
enum part_fix part_fix(uint32_t type, bool in_calls);

/* The types that part_fix knows, as a loader of this machine wants them. */
extern const uint32_t part_type_base, part_type_symbol;

#endif
