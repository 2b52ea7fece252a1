/*
 * Named blocks of programs that nothing uses.
 *
 * What a target or a cell holds is used, however deep it stands.  Of the rest
 * only those get a warning to which nothing refers, since what they hold is
 * unused because of them; and one of each circle that refers to itself alone.
 */
#ifndef TANGLE_EXPAND_UNUSED_H
#define TANGLE_EXPAND_UNUSED_H

struct diag;
struct graph;

/* After blocks_settle.  Documents without targets have no unused blocks. */
void unused_warn(struct graph *g, struct diag *d);

#endif
