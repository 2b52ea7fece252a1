/*
 * What this process gives up, for good, before it reads a document.
 *
 * Tangling runs nothing.  That is not left to the code that does it: the
 * kernel is asked to refuse, from here on, whatever could start a program,
 * make another process, speak to a network, look into another process, make
 * memory executable, type into the terminal, or go round such a filter.
 * Files are not its business: those are root.h's.
 *
 * A refused call ends the process at once with status 70 and a message, since
 * it is a defect of ours (or of a library), never of a document.  Files are
 * replaced whole, so nothing is half written then.
 */
#ifndef TANGLE_BASE_CONFINE_H
#define TANGLE_BASE_CONFINE_H

#include <stdbool.h>

/* False where the kernel has no such filter: then nothing has changed. */
bool confine(void);

#endif
