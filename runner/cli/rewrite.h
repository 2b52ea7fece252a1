/*
 * A document with all its wishes written into it, and read back.
 */
#ifndef RUNNER_CLI_REWRITE_H
#define RUNNER_CLI_REWRITE_H

struct adoption;
struct trial;

/*
 * Make the edits anew and read the text with them; where it does not say what was
 * meant, other carriers are tried.  NULL if none of them can say it; else a trial
 * from the heap.
 */
struct trial *rewrite_read(struct adoption *a);

#endif
