/*
 * Which recorded lines stay, when a new output is put in the place of an old one.
 *
 * A way leads from the recorded lines to the made ones: lines that stay, each
 * with the made line that it matches; gaps ("..."), which always stay; lines
 * that go; lines that are new.  Made lines that a gap stands for are not in it.
 * As many recorded lines stay as can; of such ways it is one with the fewest new
 * lines, in which gaps stand for as little as they can.
 *
 * Where that would take too long, only lines at the start and at the end stay.
 */
#ifndef RUNNER_OUTPUT_ALIGN_H
#define RUNNER_OUTPUT_ALIGN_H

#include <stdbool.h>
#include <stddef.h>

struct lines;

enum fate { FATE_STAYS, FATE_GAP, FATE_GOES, FATE_NEW };

struct way {
	struct way_step {
		enum fate fate;
		size_t recorded, made;	/* lines, from 0: the first unless new, the second of those that stay or are new */
	} *list;
	size_t n, cap;
};

/* Append a way. */
void align(struct way *w, const struct lines *recorded, const struct lines *made);

/* The same if no line goes or is new; else false, and nothing is appended.  Takes less time. */
bool align_whole(struct way *w, const struct lines *recorded, const struct lines *made);

void way_add(struct way *w, enum fate fate, size_t recorded, size_t made);
void way_release(struct way *w);

#endif
