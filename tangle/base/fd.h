/*
 * File descriptors, used to their end.
 */
#ifndef TANGLE_BASE_FD_H
#define TANGLE_BASE_FD_H

#include <stdbool.h>

#include "tangle/base/str.h"

/* Write all of it, however often that is interrupted; false with errno. */
bool fd_write(int fd, struct str text);

#endif
