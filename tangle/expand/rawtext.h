/*
 * Strings without escapes, which end with something of their own: R"x(...)x" in C++,
 * r"--(...)--" in R, q"EOS in D, {x|...|x} in OCaml, [x|...|] in Haskell.
 *
 * Part of a seam's lexer.  Each of these opens one where the cursor stands, so that the
 * seam's state says how it ends, and is false if none begins there.
 */
#ifndef TANGLE_EXPAND_RAWTEXT_H
#define TANGLE_EXPAND_RAWTEXT_H

#include <stdbool.h>
#include <stddef.h>

struct cursor;

/* With any of its prefixes; the cursor stands on the quote. */
bool rawtext_open_c(struct cursor *x);

/* And with the other brackets. */
bool rawtext_open_r(struct cursor *x);

/* r"...", q"EOS, q"(...)" and q{...}; the cursor stands behind the letter. */
bool rawtext_open_d(struct cursor *x);

/* {name| ... |name}; the cursor stands on the brace. */
bool rawtext_open_braced(struct cursor *x);

/* [name| ... |]; a list [x|x<-xs] ends on its line. */
bool rawtext_open_quasi(struct cursor *x);

/* Three quotes or more, up to as many. */
bool rawtext_open_triple(struct cursor *x);

/* To its end, or the line's. */
void rawtext_read(struct cursor *x);

#endif
