/*
 * The documents of a run: read, parsed, joined into one graph.
 */
#ifndef RUNNER_CLI_LOAD_H
#define RUNNER_CLI_LOAD_H

#include <stddef.h>
#include <stdint.h>

#include "runner/cli/command.h"
#include "tangle/base/arena.h"
#include "tangle/base/spot.h"
#include "tangle/document/block.h"
#include "tangle/document/document.h"
#include "tangle/expand/graph.h"
#include "tangle/project/config.h"
#include "tangle/project/search.h"

struct hooking;

struct load {
	struct arena arena;
	struct options overrides;	/* --set */
	struct search_list named;	/* what the arguments stand for */
	bool *are_wanted;		/* of those; NULL: all are */
	size_t nnamed, npicked;		/* before some were left out (pick.h), and after; or 0 */
	struct document *documents;	/* those that could be read and parsed */
	struct blocks *blocks;		/* one a document */
	struct hooking **hookings;	/* one a document; NULL: its project has no hooks, or none run */
	struct file_state *before;	/* what each document was when it was read */
	const bool *wanted;		/* of those, what the run is about; NULL: all */
	size_t n;
	struct graph graph;
	struct graph_limits limits;	/* --max-target, --max-output */
	struct config users;		/* the user's settings */
	bool are_users_bad;		/* they cannot be had: no document is touched */
	struct load_project *projects;	/* the settings of the documents' roots */
	size_t nbad;			/* documents that were left alone for their settings */
	struct map passed;		/* those that do not count, by path */
	struct str root;		/* -C, or empty: each document has its own */
	uint64_t max_document;		/* --max-document */
	bool line_directives;		/* --line-directives */
	bool are_apart;			/* nothing is tangled: each document's targets are its own */
	bool annotates;			/* some block wants annotations */
	bool has_names;			/* load_names has been called */
};

/* Always leaves a load that load_release ends; false when nothing can be done. */
bool load_documents(struct load *l, const struct invocation *i);
/* The same of one text, which stays where it is, as if it stood in that document. */
bool load_text(struct load *l, const struct invocation *i, struct str path, struct str text);
/* The same in two steps: which documents there are, and to read them. */
bool load_find(struct load *l, const struct invocation *i);
bool load_read(struct load *l, const struct invocation *i);
/* What the command line says besides; load_find does it. */
bool load_begin(struct load *l, const struct invocation *i);
/* The same documents, anew. */
bool load_again(struct load *l, const struct invocation *i);
void load_release(struct load *l);

/*
 * Hooks act on the k-th document, if this process has not had them do so: its blocks
 * are what they are only then.  load_read does it for one that is alone.
 */
void load_settle(struct load *l, size_t k, struct diag *d);

/* Is the k-th document still the file that was read? */
bool load_is_current(const struct load *l, size_t k);

/* Is the run about the k-th document, or is it there for the others only? */
bool load_wants(const struct load *l, size_t k);

/* Find out below and absolute of all documents, once. */
void load_names(struct load *l, struct diag *d);

/* The settings of the project that a folder belongs to; NULL after an error. */
const struct config *load_settings(struct load *l, struct str folder, struct diag *d);

/*
 * Which files of settings one of the documents that were named rests on, there or not;
 * how many.
 */
size_t load_settings_files(struct load *l, struct str document, struct str files[2]);

/* The root of one of its documents. */
struct str load_root(struct load *l, const struct document *d);

#endif
