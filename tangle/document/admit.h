/*
 * Which options may stand where.
 */
#ifndef TANGLE_DOCUMENT_ADMIT_H
#define TANGLE_DOCUMENT_ADMIT_H

#include <stdbool.h>

struct diag;
struct options;

/*
 * Check each option against the table of settings; `where` is one setting_place.  Words
 * that no one knows are only worth a message on a block of ours, or when they nearly say
 * what file to write.  What cannot stand is_bad; false if there is such.
 */
bool admit_options(struct options *options, unsigned where, bool ours, struct diag *d);

#endif
