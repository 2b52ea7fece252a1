/*
 * All of the cache at one time: every file, and who names whom.
 *
 * Made by walking (walk.h) and reading manifests, results and ledgers, for
 * commands that clean, check or list; no run has need of one.  Runs go on
 * meanwhile: what refers is walked before what is referred to, so that nothing
 * looks unused because it is new.
 *
 * A manifest names sets of inputs and results; a result, its object; a ledger,
 * the results of its document.  What is kept for people has its result's name.
 */
#ifndef RUNNER_CACHE_SURVEY_H
#define RUNNER_CACHE_SURVEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "runner/cache/folder.h"

struct arena;

enum { SURVEY_NONE = UINT32_MAX };	/* no index */

struct survey_file {
	struct digest name;
	uint64_t size;		/* bytes */
	int64_t used;		/* Unix time, ns; of a result, by its document's ledger too */
	int64_t seen;		/* the time that its file had */
	int64_t took;		/* of a result: what compiling took, ns */
	uint32_t users;		/* files that name it, and stay */
	uint32_t object;	/* of a result: the index */
	uint32_t about;		/* of a result: what is kept for people */
	uint32_t first, nlinks;	/* of a result: survey.links */
	unsigned char kind;	/* enum kind */
	bool is_damaged;	/* a manifest, a result or a ledger */
	bool is_other;		/* or it is of another version of skein */
	bool is_dangling;	/* it names something that is not there */
	bool is_stale;		/* a ledger whose document is gone, though its folder is there */
	bool is_pinned;		/* the caller's */
	bool goes;		/* the caller's */
};

/* An alternative of a manifest. */
struct survey_link {
	uint32_t manifest, set, result;		/* result and set may be SURVEY_NONE */
};

struct survey {
	struct folder *folder;
	struct survey_file *files;	/* by kind, then name */
	size_t nfiles, cap;
	struct survey_link *links;	/* by result */
	size_t nlinks, cap_links;
	size_t nothers;		/* files of other versions, which may name any */
};

/* The kinds of files, in the order in which they are walked; ends with '\0'. */
extern const char survey_kinds[];
/* "object", "result"; for one and for many. */
const char *survey_kind_name(enum kind kind, bool many);

/* The files only, or what they say as well. */
void survey_walk(struct survey *s, struct folder *f);
void survey_read(struct survey *s, struct folder *f);
void survey_release(struct survey *s);

/* The index, or SURVEY_NONE. */
uint32_t survey_find(const struct survey *s, enum kind kind, const struct digest *name);
/* A result, done or failed. */
uint32_t survey_find_result(const struct survey *s, const struct digest *name);

bool survey_is_result(const struct survey_file *f);

/* Does the file name nothing and is it named by nothing? */
bool survey_is_orphan(const struct survey_file *f);

#endif
