/*
 * The text from a variable's declaration to the place of failure: was it set by then?
 *
 * Debug information knows a variable from its declaration on, when there may be anything
 * in it.  So its text is looked at: an initialiser that was passed, or an assignment, a
 * statement at the same level, which no run to that place leaves out.
 */
#ifndef RUNNER_SESSION_PASSAGE_H
#define RUNNER_SESSION_PASSAGE_H

#include "tangle/base/str.h"

enum passage_setting {
	PASSAGE_NOT_YET,	/* its declaration has not been passed */
	PASSAGE_UNKNOWN,
	PASSAGE_SETTLED,
	PASSAGE_ELSEWHERE	/* the text is not that of its declaration */
};

/* The text begins with the variable's name where it is declared. */
enum passage_setting passage_setting(struct str text, struct str name);

#endif
