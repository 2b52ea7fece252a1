/*
 * C text -> items: declarations, functions, statements, expressions.
 *
 * A cell mixes what C keeps apart.  The splitter finds where each item at file
 * level begins and ends, what it is, and which names it introduces; it does not
 * judge whether it is right C, the compiler does.  Any bytes are taken; time is
 * linear, lookahead bounded, and nothing recurses on the depth of the input.
 *
 * Items cover the text in order; between them stand only blanks and comments.
 * Views point into the text, but names with a line splice inside and what came
 * out of a macro of the document point into the arena.
 */
#ifndef RUNNER_CELL_SPLIT_H
#define RUNNER_CELL_SPLIT_H

#include <stdbool.h>
#include <stddef.h>

#include "tangle/base/map.h"
#include "tangle/base/str.h"

struct arena;

enum item_kind {
	ITEM_DIRECTIVE,		/* one logical # line */
	ITEM_DECLARATION,	/* types, variables, prototypes, typedefs: anything up to its ';' */
	ITEM_FUNCTION,		/* a function definition */
	ITEM_STATEMENT,		/* one statement */
	ITEM_EXPRESSION,	/* reaches the end of the text, or of a branch of an #if group
				 * there, without a ';' */
	ITEM_MACRO,		/* opaque: DEFINE_STACK(int), with or without ';'.  What it
				 * defines is in declarators, tags and enumerators if it is a
				 * macro of the document, else unknown */
	ITEM_NEUTRAL		/* static assertion, file-scope asm, a lone ';' */
};

enum directive {
	DIRECTIVE_OTHER,	/* #error, #line, #ident, unknown */
	DIRECTIVE_INCLUDE,
	DIRECTIVE_DEFINE,
	DIRECTIVE_UNDEF,
	DIRECTIVE_IF,		/* #if #ifdef #ifndef */
	DIRECTIVE_ELSE,		/* #else #elif #elifdef ... */
	DIRECTIVE_ENDIF,
	DIRECTIVE_PRAGMA,	/* stands for itself: pack, once, GCC diagnostic, ... */
	DIRECTIVE_PRAGMA_STATEMENT	/* belongs to the statement after it: omp for, GCC unroll, ... */
};

/* Storage classes and specifiers that the interface cares about, a set. */
enum specifier {
	SPEC_TYPEDEF = 1, SPEC_EXTERN = 2, SPEC_STATIC = 4, SPEC_THREAD = 8,
	SPEC_INLINE = 16, SPEC_AUTO_TYPE = 32, SPEC_ALWAYS_INLINE = 64, SPEC_CONST = 128,
	SPEC_REGISTER = 256, SPEC_CONSTRUCTOR = 512,	/* constructor or destructor attribute */
	SPEC_CONSTEXPR = 1024
};

struct declarator {
	struct str text;	/* without the initialiser: "*b[3] __attribute__((x))" */
	struct str name;
	bool is_function;	/* declares a function: "f(int)", "*f(int)", not "(*f)(int)" */
	bool has_unknown_size;	/* the outermost derivation is [] */
	bool is_array;		/* the outermost derivation is an array */
	struct str initialiser;	/* behind '='; data NULL if there is none */
	size_t line;		/* of its name */
};

struct tag {
	struct str keyword;	/* "struct", "union" or "enum" */
	struct str name;	/* empty: anonymous */
	struct str text;	/* keyword to closing brace */
	struct str body;	/* with its braces; data NULL: only mentioned */
};

struct item {
	enum item_kind kind;
	struct str text;	/* from its first token to its last */
	size_t line;		/* of its first token, from 1 */
	size_t end_line;	/* of its last token */

	enum directive directive;
	struct str name;	/* of a directive: the macro's name, or what is included
				 * with its quotes; of ITEM_MACRO: the macro's name */
	bool function_like;	/* #define F(x) */
	bool pastes;		/* the macro's body holds ## */

	/* ITEM_DECLARATION and ITEM_FUNCTION */
	unsigned specifiers;	/* set of enum specifier */
	struct str spec;	/* the declaration specifiers, attributes included, up to
				 * the first declarator */
	const struct str *storage;	/* each static, extern, inline, __inline, register: what
				 * may have to be blanked */
	size_t nstorage;
	const struct tag *tags;	/* struct, union, enum in spec (outermost first) */
	size_t ntags;
	const struct str *enumerators;	/* of all enum bodies in the item */
	size_t nenumerators;
	const struct declarator *declarators;	/* those that have a name */
	size_t ndeclarators;

	/* ITEM_FUNCTION (its one declarator is in declarators) */
	struct str body;	/* with its braces */
	struct str parameters_kr;	/* K&R parameter declarations; empty if none */

	/* The # lines inside, all but those of groups around it. */
	const struct item *inner;
	size_t ninner;

	/*
	 * When text begins with the call of a macro of the document: what that stands
	 * for, one step of expansion or more, with the rest of the item behind it.  Views
	 * of declarators, tags, spec, storage and body point into this then.  Not used
	 * for macros that are only specifiers or a type (API, u32): these are words like
	 * any other, and one with a storage class inside is in `storage`.
	 */
	struct str expansion;
};

/*
 * What earlier cells of the session said: so that `T * x;` is read rightly.  Keys
 * and values lie in the texts and arenas of those cells, which must outlive it.
 */
struct split_context {			/* all zero when new */
	struct map typedefs;	/* name -> anything */
	struct map variables;	/* names of variables and functions -> anything */
	struct map macros;	/* name -> const struct item * of its #define */
	size_t work;		/* steps taken so far, for tests: grows as the texts do */
};

void split_context_release(struct split_context *c);

/*
 * Split text.  Reads the context and adds what the text defines (typedefs,
 * variables, macros), so that the next cell of the session sees it.
 *
 * #if groups stay whole: an item that holds one end of a group holds the other one
 * as well, and so do the views of it (they may begin or end with whole # lines).
 * Inside an item only the first branch counts.  A function whose head has branches
 * that end in a brace each is an ITEM_MACRO, as it has no single declaration.
 */
const struct item *split(struct str text, struct split_context *c, struct arena *a,
    size_t *nitems);

#endif
