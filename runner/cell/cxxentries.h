/*
 * What a C++ cell leaves for later ones.
 *
 * Later C cells see what stands in extern "C", as if a C cell had said it.
 * Later C++ cells see all of it: types, templates and inline functions again
 * in their own words, variables again as `inline` ones (which C++ makes one
 * object of, initialised once), functions as declarations, namespaces around
 * each.  What takes the place of something earlier stands in an inline
 * namespace of its own, so that it has symbols of its own; a global variable
 * always does, since C++ gives it the symbol that C would.
 */
#ifndef RUNNER_CELL_CXXENTRIES_H
#define RUNNER_CELL_CXXENTRIES_H

#include "runner/cell/entries.h"

/* Read the cell's items into its `cxx`; what they hold is added to the list of parts. */
void cxx_read(struct adding *add, struct list *parts);

/* Leave the entries of a cell that is no program. */
void cxx_leave(struct adding *add);

/* What an unnamed namespace is called, so that cells share what is in it. */
#define CXX_UNNAMED	"inline namespace skein_unnamed"

/* interface.c: what a part refers to. */
void interface_find_names(struct interface *i, struct part *p);

#endif
