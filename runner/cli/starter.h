/*
 * The files of a new project, as `skein init` writes them.
 */
#ifndef RUNNER_CLI_STARTER_H
#define RUNNER_CLI_STARTER_H

#include <stddef.h>

#define STARTER_DOCUMENT	"notebook.md"
#define STARTER_TARGET		"mean.h"	/* that the document tangles */

struct starter {
	const char *path;		/* below the project's folder */
	const char *purpose;		/* for the one who is told that it is there */
	const char *wish;		/* what asks for it: "github"; NULL: always */
	const char *text;
};

/* The k-th of them; NULL behind the last. */
const struct starter *starter_at(size_t k);

#endif
