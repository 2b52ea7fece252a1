/*
 * What documents need of the machine: compilers, packages, libraries, and programs of
 * other languages, as their options say; and whether each is there.  No cell is run.
 */
#ifndef RUNNER_CLI_NEEDS_H
#define RUNNER_CLI_NEEDS_H

struct diag;
struct findings;
struct load;
struct specimens;

/* Of all documents of the load; `chosen` is the compiler of cells that say none. */
void needs_try(struct findings *f, const struct specimens *s, struct load *l, const char *chosen,
    struct diag *d);

#endif
