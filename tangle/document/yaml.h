/*
 * YAML -> options.  The only door to libyaml.
 *
 * The text is given line by line, since it may have been cut out of other text
 * (the comments at the top of a block); places are those of the source.
 */
#ifndef TANGLE_DOCUMENT_YAML_H
#define TANGLE_DOCUMENT_YAML_H

#include <stdbool.h>
#include <stddef.h>

#include "tangle/base/str.h"

struct diag;
struct options;
struct source;

struct yaml {
	const struct source *source;
	const struct str *lines;	/* parts of the source's text, without line endings */
	size_t nlines;
	const char *what;		/* "the front matter", for messages */
	const char *id;			/* of messages */
	const char *under;		/* only the mapping that stands under this key; or NULL */
	bool quiet;			/* say nothing: it may be somebody else's */
};

/* Add the pairs of the mapping.  False if it is none; then that was reported. */
bool yaml_read(struct options *to, const struct yaml *y, struct diag *d);

#endif
