/*
 * An object as the loader sees it: how much room it takes, and whom it asks for.
 *
 * A view of the object's bytes, which are not trusted: all that they say about
 * places is checked against their length.  Addresses are relative to where the
 * object lies.
 */
#ifndef RUNNER_SESSION_IMAGE_H
#define RUNNER_SESSION_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tangle/base/str.h"

struct image {
	struct str object;
	size_t parts, nparts;	/* of the table of program headers */
	struct str symbols, names, lists[2];	/* of its dynamic section */
	uint64_t fixed, fixed_end;	/* nothing writes there once it is loaded */
};

/* False, and an image of nothing, if the bytes are no object for this machine. */
bool image_open(struct image *i, struct str object);

/* Bytes of address space that it takes. */
uint64_t image_extent(const struct image *i);

/* Does code lie there? */
bool image_is_code(const struct image *i, uint64_t address);

/* A place that the loader fills with the address of a symbol. */
struct reference {
	struct str symbol;	/* a view */
	uint64_t at;
	bool is_fixed;		/* and nobody else writes there */
};

/* The n-th one, from 0, or one that names no symbol; false at the end. */
bool image_reference(const struct image *i, size_t n, struct reference *r);

#endif
