#include "runner/cli/luas.h"

#include "runner/cli/course.h"
#include "tangle/base/diag.h"

void
luas_start(struct run *r, struct job *j)
{
	diag_error(r->diag, STATUS_ENVIRONMENT, j->cell->at, "language",
	    "cells of this language cannot be run yet");
	course_settle(r, j, CELL_SKIPPED, NULL);
}
