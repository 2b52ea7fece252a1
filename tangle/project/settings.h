/*
 * What may be set: one table of names, types, places and help.
 *
 * The same options can stand on a block, in a document (front matter or
 * comment), in a project's skein.lua, in the user's settings and on the command
 * line (--set key=value).  Keys ignore case, and
 * dashes and underscores in them mean the same.  Words of other tools (Quarto,
 * knitr, rustdoc) are known as aliases.
 */
#ifndef TANGLE_PROJECT_SETTINGS_H
#define TANGLE_PROJECT_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tangle/base/str.h"

struct arena;

enum setting_type {
	SETTING_FLAG,		/* true or false; the bare word is true */
	SETTING_TEXT,
	SETTING_WORDS,		/* several words or a list */
	SETTING_PAIRS,		/* NAME=..., a list of these, or in YAML a mapping */
	SETTING_NUMBER,		/* 12, none */
	SETTING_DURATION,	/* 10s, 500ms, 2m, 7d, none */
	SETTING_SIZE,		/* bytes; 64K, 16M, 2G, 1T, none */
	SETTING_GRID,		/* NAME={VALUE, ...}, ...; in YAML and Lua a mapping of lists (params.h) */
	SETTING_TABLE		/* of Lua, whose reader knows what it holds */
};

/* What `none` is as a number, a size and a time that can be added to one of now. */
#define SETTING_NO_LIMIT	UINT64_MAX
#define SETTING_NO_TIME		(INT64_MAX / 4)

/* What a document may say, skein.lua and the user's settings may, too. */
enum setting_place {
	SETTING_BLOCK = 1,
	SETTING_DOCUMENT = 2,
	SETTING_PROJECT = 4,	/* only skein.lua */
	SETTING_USER = 8	/* only the user's settings */
};

struct setting {
	const char *name;
	enum setting_type type;
	unsigned places;	/* set of setting_place */
	bool adds_up;		/* document's words first, then the block's */
	const char *choices;	/* "a|b|c": a TEXT must be one of these; or NULL */
	const char *standard;	/* the value when nobody sets it, for people; or NULL */
	const char *help;
	const char *since;	/* the version of skein that first knew it */
};

/* "flag", "text", ... */
const char *setting_type_name(enum setting_type t);

/* A key in the form that the table uses: lower case, dashes. */
struct str setting_key(struct arena *a, struct str key);

/* All of them, from 0 on; NULL behind the last. */
const struct setting *setting_at(size_t i);

/* NULL if no setting has this (canonical) key. */
const struct setting *setting_find(struct str key);

/*
 * The nearest known key or word of another tool, for "did you mean"; empty if
 * none is near.  A bare word is near to what can stand bare only.
 */
struct str setting_nearest(struct str key, bool is_bare);

/* The nearest key that can stand in one of these places; empty if none is near. */
struct str setting_nearest_in(struct str key, unsigned places);

/*
 * A word of another tool: rewrites *key and *value in our terms.
 * rustdoc's `ignore` becomes run=false, knitr's eval stays a value of run.
 * False if it is none.
 */
bool setting_alias(struct str *key, struct str *value);

/* Does only the display of a renderer care (title=, linenums=)? */
bool setting_is_display(struct str key);

bool setting_flag(struct str value, bool *flag);	/* true yes on 1, ... */
bool setting_number(struct str value, uint64_t *number);
bool setting_duration(struct str value, int64_t *nanoseconds);
bool setting_size(struct str value, uint64_t *bytes);

/* Is value one of "a|b|c"? */
bool setting_is_choice(const char *choices, struct str value);

#endif
