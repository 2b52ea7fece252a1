/*
 * The words of a compiler's command.
 *
 * Those that decide what comes out are the key's too (compile_words); the rest
 * names outputs and temporary files, and says how messages look.
 */
#ifndef RUNNER_BUILD_INVOCATION_H
#define RUNNER_BUILD_INVOCATION_H

#include <stdbool.h>
#include <stddef.h>

#include "tangle/base/str.h"

#define INVOCATION_OBJECT	"object.so"	/* what comes out, a source's too */

struct arena;
struct compile_request;

struct invocation {
	const struct compile_request *request;
	struct str seed;
	struct str folder;		/* it runs there */
	bool is_probing;		/* only for the inputs of what failed */
};

/* Without the driver's own name. */
const struct str *invocation_words(const struct invocation *v, struct arena *a, size_t *n);

/*
 * Does the unit look as if an assembler might read files (.incbin)?  Then gcc's lists
 * them in as.d, and looks for them where headers are looked for; clang has its own.
 */
bool invocation_asks_assembler(const struct compile_request *r);

/* What a part is called in the folder. */
struct str invocation_part(size_t i, struct arena *a);

#endif
