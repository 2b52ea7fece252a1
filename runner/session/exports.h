/*
 * What an object offers to others, as declarations in C: "double norm(struct vec v);".
 */
#ifndef RUNNER_SESSION_EXPORTS_H
#define RUNNER_SESSION_EXPORTS_H

struct buf;
struct dwarf;

/*
 * Append a line for each function and variable that it defines at file level, in the
 * order of its source, with the names that the source has.  A line that would be too
 * long ends in `...`.
 */
void exports_add(struct buf *to, struct dwarf *d);

#endif
