/*
 * How the cells of a document are compiled: options -> compiler and flags.
 *
 * Cells that say the same share one recipe.  What a document may not say is
 * reported at its place, and then the cell has none.
 */
#ifndef RUNNER_CLI_RECIPE_H
#define RUNNER_CLI_RECIPE_H

#include <stdbool.h>
#include <stddef.h>

#include "runner/build/compile.h"
#include "runner/build/launcher.h"
#include "tangle/base/map.h"

struct cell;
struct diag;
struct memo;
struct scratch;
struct store;
struct word;

struct recipes {
	struct arena *arena;
	struct memo *memo;
	struct diag *diag;
	struct str root;		/* absolute */
	struct map known;		/* what cells say -> struct recipe */
	const struct str *quote;	/* folders of #include "..." */
	size_t nquote;
	const struct str *include;
	size_t ninclude;
	struct bases bases;
	const char *temp;		/* where compilers work */
	struct launcher launcher;	/* what starts them */
};

struct recipe {
	bool ok;
	bool is_unknown;		/* the memo is frozen, and does not know all of it */
	struct compile_options options;
};

/*
 * `document` is the folder it stands in, `more` further folders of headers;
 * all absolute.
 */
void recipes_init(struct recipes *r, struct str root, struct str document,
    const struct str *more, size_t nmore, const struct scratch *s, struct store *store,
    struct arena *a, struct diag *d);
void recipes_release(struct recipes *r);

/* NULL after an error. */
const struct recipe *recipe_of(struct recipes *r, const struct cell *c);


#endif
