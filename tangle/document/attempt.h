/*
 * What looks like a failed attempt: text that was meant for us, and that
 * Markdown does not take for a fence or for a comment of its own; fences that
 * were swallowed by an unclosed one; text in code that does not read as it runs.
 *
 * Each gets a warning, since silence would lose code.  What renderers or other
 * tools write gets none.
 */
#ifndef TANGLE_DOCUMENT_ATTEMPT_H
#define TANGLE_DOCUMENT_ATTEMPT_H

struct blocks;
struct diag;

void attempts_report(const struct blocks *b, struct diag *d);

#endif
