/*
 * <skein.h>: what a cell of a skein document may use.
 *
 * Includes nothing, so that a cell's own feature-test macros still count.
 */
#ifndef SKEIN_H
#define SKEIN_H

/* Between a cell's object and the program that runs it. */
#define SKEIN_VERSION_ABI	1

#endif
