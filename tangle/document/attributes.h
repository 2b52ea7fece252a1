/*
 * Info string, body options or comment -> one set of options.
 *
 * All the forms of docs/fences.md mean the same; they end up here as a list
 * of keys and values in document order, each with its place.  Keys are
 * canonical (settings.h); values are as the author meant them, quotes and
 * escapes resolved.  Views and copies live in the document's arena.
 */
#ifndef TANGLE_DOCUMENT_ATTRIBUTES_H
#define TANGLE_DOCUMENT_ATTRIBUTES_H

#include <stdbool.h>
#include <stddef.h>

#include "tangle/base/source.h"
#include "tangle/base/str.h"
#include "tangle/project/option.h"

struct arena;
struct diag;

/* What an info string said besides options. */
struct info {
	struct str language;		/* lower case, "" if none */
	struct str comment;		/* that a project says it has; empty: as language.h has it */
	bool is_brace_form;		/* ```{c}: runs, whatever else */
	bool is_listing;		/* ```{code-block} c, ```{{c}}: shown, whatever else */
	bool is_directive;		/* of MyST: options stand in the body as it has them */
	bool is_broken;			/* an error was reported */
};

/*
 * Read the raw info string, as it stands on the fence line.  What does not
 * parse is reported when it looks like ours, and then is_broken is set.  In lmt's
 * syntax ```c "name" += and ```c path are tried first.
 */
struct info attributes_info(struct options *to, const struct source *s, struct str info,
    bool is_lmt, struct diag *d);

/* Read "name=x file=path" words, as comments have them.  False if broken. */
bool attributes_words(struct options *to, const struct source *s, struct str words,
    struct diag *d);

#endif
