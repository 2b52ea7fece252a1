/*
 * Which package of Debian has a header, a library, a .pc file.
 *
 * A table of what C programs use most: it turns "no such file" into what to
 * install.
 */
#ifndef RUNNER_BUILD_SUPPLY_H
#define RUNNER_BUILD_SUPPLY_H

#include "tangle/base/str.h"

struct supply {
	const char *headers;	/* names, or folders ended by '/', parted by blanks */
	const char *symbols;	/* what its functions begin with; NULL: too common to tell */
	const char *library;	/* for libs=; NULL: none, or several */
	const char *pc;		/* for pkg=; NULL: none */
	const char *package;
};

/* NULL if the table does not know. */
const struct supply *supply_of_header(struct str path);
const struct supply *supply_of_symbol(struct str name);
const struct supply *supply_of_pc(struct str name);

#endif
