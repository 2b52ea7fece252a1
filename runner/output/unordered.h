/*
 * Which recorded lines stay, when the order of lines does not count.
 *
 * Each made line is the partner of one recorded line at most.  Lines without
 * "[..]" come first; as many as can of the others stay, unless there are very many
 * of them.  "..." stands for all that is left.  What is new comes in the places of
 * lines that go, then at the end.
 */
#ifndef RUNNER_OUTPUT_UNORDERED_H
#define RUNNER_OUTPUT_UNORDERED_H

struct lines;
struct way;

/* Append a way, as in align.h; bindings are part of it. */
void unordered_align(struct way *w, const struct lines *recorded, const struct lines *made);

#endif
