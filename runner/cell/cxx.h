/*
 * C++ text -> items: what stands at file level of a C++ cell.
 *
 * Finds where each item begins and ends, what later cells have to be told of
 * it, and its names; whether it is right C++ is for the compiler to say.
 * Namespaces are opened up: the items inside stand in the list, between one
 * that opens and one that closes.  What stands in extern "C" is left to
 * split().  Any bytes are taken; nothing recurses on the depth of the input.
 */
#ifndef RUNNER_CELL_CXX_H
#define RUNNER_CELL_CXX_H

#include <stdbool.h>
#include <stddef.h>

#include "tangle/base/str.h"

struct arena;

enum cxx_kind {
	CXX_DIRECTIVE,		/* one logical # line */
	CXX_OPEN,		/* "namespace x {": head is all but the brace */
	CXX_CLOSE,		/* its "}" */
	CXX_C,			/* extern "C": body is C, with the brace in head if there is one */
	CXX_TYPE,		/* class, enum, alias, template of a class, concept: said again */
	CXX_INLINE,		/* function that is said again: inline, constexpr, template, auto */
	CXX_FUNCTION,		/* definition of a function: head declares it */
	CXX_VARIABLE,		/* definition of variables */
	CXX_DECLARATION,	/* says that there is something: prototype, extern, struct P; */
	CXX_USING,		/* using namespace std; using std::vector; namespace a = b; */
	CXX_LOCAL,		/* concerns its cell only: member definitions, assertions, ... */
	CXX_STATEMENT		/* cannot stand at file level */
};

struct cxx_item {
	enum cxx_kind kind;
	struct str text;
	size_t line, end_line;	/* from 1 */
	struct str head;
	struct str body;	/* CXX_C: behind extern "C", or between its braces */
	const struct str *statics;	/* each `static` that may have to be blanked */
	size_t nstatics;
	const struct str *names;	/* what it defines or declares; none: operators, ... */
	size_t nnames;
	struct str tag;		/* a class or enum that it gives a body, beside its other names */
	size_t attributes;	/* CXX_VARIABLE: bytes of [[...]] and the like in front */
	bool is_function;
	struct str signature;	/* of a function: types of its parameters, one way of writing */
	bool is_unnamed;	/* CXX_OPEN: namespace { ... } */
	bool is_nameless_type;	/* CXX_VARIABLE: of a type without a name */
};

const struct cxx_item *cxx_split(struct str text, struct arena *a, size_t *n);

#endif
