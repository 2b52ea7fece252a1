/*
 * Parameters of a block: names with values, of which it is a grid of instances.
 *
 *     params={variant={"notw", "twiddle"}, n={3, 4, 12}}
 *
 * The first name varies slowest.  ${n} in the block's text, and in its options, is
 * the value that the instance has; \${n} is the text ${n}; a ${ that no name and }
 * follow is text as well.  A name without values (params=n, or params for all of them)
 * has those that its document gives it.  No value holds a line's end, so that lines
 * stay lines.
 */
#ifndef TANGLE_DOCUMENT_PARAMS_H
#define TANGLE_DOCUMENT_PARAMS_H

#include <stdbool.h>
#include <stddef.h>

#include "tangle/base/source.h"
#include "tangle/base/str.h"

struct arena;
struct buf;
struct diag;
struct option;

struct param {
	struct str name;
	const struct str *values;
	size_t n;		/* 0: it is only named */
};

struct params {
	const struct param *list;
	size_t n;
	size_t count;		/* of instances */
	struct place at;
};

/* One of them: a value for each name. */
struct instance {
	const struct params *params;
	const struct str *values;
	struct str label;	/* "variant=notw n=3": of names that have several values; may be empty */
};

/* Read params= of a block; `shared` is its document's, or NULL.  NULL after an error. */
const struct params *params_read(const struct option *own, const struct option *shared,
    struct arena *a, struct diag *d);

/* The k-th, from 0. */
const struct instance *params_instance(const struct params *p, size_t k, struct arena *a);

/* NULL: there is no such name. */
const struct str *instance_value(const struct instance *i, struct str name);

/* Append a text with values in place of names; those that are unknown stay. */
void instance_fill(const struct instance *i, struct str text, struct buf *to);

/* The same in the arena; the text itself if there is nothing to replace. */
struct str instance_text(const struct instance *i, struct str text, struct arena *a);

/* How long it gets. */
size_t instance_text_size(const struct instance *i, struct str text);

/* Where a byte of the filled text comes from, in the one that was given (both from 0). */
size_t instance_origin(const struct instance *i, struct str text, size_t at);

/* Take the text up to the next ${name} off *rest; false if there is none.  *name is a part of it. */
bool params_next(struct str *rest, struct str *name);

/* Say that a block with these parameters has no such one. */
void params_complain(const struct params *p, struct place at, struct str name, struct diag *d);

/* Of a list of values, as params_read reads it: {"a", "b"}. */
void params_write(struct buf *to, struct str name, const struct str *values, size_t n);

#endif
