/*
 * A C++ declaration, read token by token: what its words say, what each
 * declarator is, and where it ends.  Part of cxx.h.
 */
#ifndef RUNNER_CELL_CXXDECLARATION_H
#define RUNNER_CELL_CXXDECLARATION_H

#include <stdbool.h>
#include <stddef.h>

#include "tangle/base/str.h"

struct cxx_reader;

/* What the words in front of a declarator say. */
struct cxx_specifiers {
	bool has_type;		/* a type was met */
	bool is_sure;		/* a keyword says that this is a declaration */
	bool has_auto, is_typedef, is_extern, is_inline;
	bool has_body;		/* of a class or an enum */
	bool is_class;		/* it is (or begins) with class, struct, union, enum */
	struct str tag;
};

struct cxx_declarator {
	struct str name;	/* empty: none, or one that cannot be said plainly */
	bool is_there;
	bool is_qualified, is_operator;
	bool is_function;
	size_t parameters;	/* the parenthesis */
	size_t behind;
};

/* Behind all words in front of the first declarator; enumerators become names. */
size_t cxx_read_specifiers(struct cxx_reader *r, size_t i, struct cxx_specifiers *s);

/* May a declarator, or more of a type, follow a name that stands first? */
bool cxx_goes_on_as_declaration(const struct cxx_reader *r, size_t i);

/* Behind *, &, const and what else stands in front of a declarator's name. */
size_t cxx_behind_pointers(const struct cxx_reader *r, size_t i);

/* Behind the declarator, in front of its initialiser or body. */
size_t cxx_read_declarator(const struct cxx_reader *r, size_t i, struct cxx_declarator *d);

/*
 * The token behind the item's last.  A function's body ends it; *body is its
 * brace, or 0.
 */
size_t cxx_item_end(const struct cxx_reader *r, size_t i, bool is_function, size_t *body);

/* The types of the parameters between the parenthesis at `open` and its end. */
struct str cxx_signature_of(const struct cxx_reader *r, size_t open);

#endif
