/*
 * The settings of a project, skein.lua, and those of the user, config.lua.
 *
 * Both are Lua that returns one table (settings.h lists what may stand in it).  They are
 * evaluated in a closed Lua (script.h), which can neither hang nor reach anything; no
 * function in them is called here.  What they say becomes options that lie below those of
 * the documents (option.h), each with its place in the file.
 *
 * A file that belongs to somebody else is passed over (trust.h).  One that
 * cannot be read or does not say what it must is an error, and nothing of it counts: no
 * document is to be touched then.
 */
#ifndef TANGLE_PROJECT_CONFIG_H
#define TANGLE_PROJECT_CONFIG_H

#include <stdbool.h>
#include <stddef.h>

#include "tangle/base/source.h"
#include "tangle/project/keys.h"
#include "tangle/project/option.h"
#include "tangle/project/trust.h"

struct arena;
struct config_documents;
struct diag;
struct json;

#define CONFIG_PROJECT	"skein.lua"

struct config {
	const struct config *users;	/* of a project's: what lies below; NULL: this is the user's */
	struct str root;		/* the folder it stands in, as named */
	struct source source;		/* its name and text; the text is empty if there is none */
	bool exists;			/* there is one that counts */
	struct str passed;		/* why there is one that does not; or empty */
	struct json *value;		/* what it returns, with the user's tables joined in */
	struct options options;		/* what it says of all documents */
	struct config_documents *documents;	/* and of some, the most particular last */
	size_t ndocuments;
	struct trust trust;		/* the user's */
	struct keys keys;
	struct arena *arena;
};

/* False after an error.  All but the JSON lives in the arena; both are to be released. */
bool config_read_users(struct config *c, struct arena *a, struct diag *d);
bool config_read(struct config *c, struct str root, const struct config *users, struct arena *a,
    struct diag *d);
void config_release(struct config *c);

/*
 * What lies below the options of a document, whose path is relative to the root: what
 * the project says of it, of all, what the user says of it, of all.  NULL: nothing.
 */
const struct options *config_options(const struct config *c, struct str document, struct arena *a);

/* A table of it, like "engines", the user's entries among them; NULL if there is none. */
const struct json *config_table(const struct config *c, const char *name);

/*
 * Where it says so: the key of a table, of an entry in it, of a field of this; name and
 * field may be empty.  As near as can be told.
 */
struct place config_place(const struct config *c, const char *table, struct str name, struct str field);

/* Where the user's settings are looked for; empty: nowhere. */
struct str config_users_path(struct arena *a);

#endif
