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
struct expansion;
struct token;

/* The unit of a launched compiler stands in a file, of the name that stdin has in messages. */
#define INVOCATION_UNIT		"<stdin>"
#define INVOCATION_COMPILED	"unit.o"

enum invocation_kind {
	INVOKE_ALL,
	INVOKE_LIST,			/* only say the inputs of what failed */
	INVOKE_COMPILE,			/* (of a unit) only compile the file with it */
	INVOKE_LINK			/* and only link that */
};

struct invocation {
	const struct compile_request *request;
	struct str seed;
	struct str folder;		/* it runs there */
	enum invocation_kind kind;
};

/* Without the driver's own name. */
const struct str *invocation_words(const struct invocation *v, struct arena *a, size_t *n);

/*
 * Does the unit look as if an assembler might read files (.incbin)?  Then gcc's lists
 * them in as.d, and looks for them where headers are looked for; clang has its own.
 */
bool invocation_asks_assembler(const struct compile_request *r);

/*
 * What the driver would start, if that is known and can be started without it.
 * It may be asked, in the folder.  The tokens are what stands for the words that
 * differ from document to document.
 */
bool invocation_expand(const struct invocation *v, struct arena *a, struct expansion *e,
    const struct token **tokens, size_t *ntokens);

/* What a part is called in the folder. */
struct str invocation_part(size_t i, struct arena *a);

#endif
