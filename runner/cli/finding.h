/*
 * What an examination of the machine found: a line each, with what to do where it is
 * not good.  For people they are printed as they come, since the next may take a while;
 * for programs as one JSON object at the end.
 */
#ifndef RUNNER_CLI_FINDING_H
#define RUNNER_CLI_FINDING_H

#include <stdbool.h>
#include <stddef.h>

#include "tangle/base/str.h"

struct arena;
struct json;

enum finding_level {
	FINDING_OK,
	FINDING_NOTE,		/* worth knowing */
	FINDING_WARNING,	/* something does not work as it should */
	FINDING_ERROR,		/* no notebook can run, or not one that was named */
	FINDING_LEVELS
};

struct findings {
	struct arena *arena;		/* for texts of those who look */
	struct json *list;		/* NULL: for people */
	const char *group;		/* what the next ones are about; NULL: nothing particular */
	bool has_printed, color;
	size_t count[FINDING_LEVELS];
};

void findings_begin(struct findings *f, bool for_programs, bool color, struct arena *a);

/* From here on it is about something else: a title for people. */
void findings_about(struct findings *f, const char *group);

/* advice: what to do; NULL: nothing has to be done. */
void finding(struct findings *f, enum finding_level level, const char *name, struct str what,
    const char *advice);

/* The end of it; prints the object. */
void findings_end(struct findings *f);

#endif
