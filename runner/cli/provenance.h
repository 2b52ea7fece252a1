/*
 * What holds, and who said so: every setting of a document, or of a project, with its
 * value, the kind of place that it is from, and the place.
 *
 * Of settings that add up each place has an entry of its own, in the order in which
 * they add up; of the others there is the one that holds, and each block that says
 * something else.
 */
#ifndef RUNNER_CLI_PROVENANCE_H
#define RUNNER_CLI_PROVENANCE_H

#include <stdbool.h>
#include <stddef.h>

#include "tangle/base/source.h"
#include "tangle/base/str.h"

struct arena;
struct block;
struct blocks;
struct config;
struct json;
struct option;
struct options;
struct setting;

enum origin {
	ORIGIN_DEFAULT, ORIGIN_USER, ORIGIN_PROJECT, ORIGIN_FRONT_MATTER, ORIGIN_COMMENT, ORIGIN_BLOCK,
	ORIGIN_COMMAND_LINE
};

struct held {
	const struct setting *setting;
	struct str entry;		/* of a table: its key; or empty */
	const struct option *option;	/* NULL: of a default, or of a table */
	const struct json *value;	/* of a table's entry; or NULL */
	enum origin origin;
	struct place at;
	const struct block *block;	/* that says so; or NULL */
};

struct provenance {
	struct held *list;
	size_t n;
};

/*
 * Of the options of a document and its blocks, or, with blocks == NULL, of those of a
 * project.  `with_all`: also what only a block can say.  Lives in the arena.
 */
void provenance_find(struct provenance *p, const struct config *c, const struct options *options,
    const struct blocks *blocks, bool with_all, struct arena *a);

const char *origin_name(enum origin o);

#endif
