/*
 * What cells call of <skein.h>, but skein_show(): it stands here once, so that no cell
 * has to compile it.
 */
#pragma GCC visibility push(default)
#include "runner/include/skein/show.h"
#pragma GCC visibility pop
