/*
 * The debug information of one object: addresses to lines, values to types.
 *
 * Opened on an object's bytes, which must outlive it; all strings in what it
 * gives back are copies in the caller's arena, or views that die with it where
 * it says so.  Addresses are relative to where the object lies.  Objects come
 * from a compiler, but from a document's text: lists are walked, never trusted.
 */
#ifndef RUNNER_SESSION_DWARF_H
#define RUNNER_SESSION_DWARF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "runner/session/protocol.h"
#include "tangle/base/str.h"

struct arena;
struct dwarf;
struct frame;

/* NULL if there is nothing to be read. */
struct dwarf *dwarf_open(struct str object);
void dwarf_close(struct dwarf *d);

/*
 * The calls at an address, innermost first: one, and more where functions were
 * inlined.  Fills at most max frames, whose `cell` is left as it is.
 */
size_t dwarf_calls(struct dwarf *d, uint64_t pc, struct arena *a, struct frame *to, size_t max);

/* The function that begins there, as a view; empty if there is none. */
struct str dwarf_function(struct dwarf *d, uint64_t pc);

/* The lines that the code of the function of that name is of. */
struct dwarf_lines {
	struct str file;	/* a view */
	size_t from, to;
};

bool dwarf_lines(struct dwarf *d, struct str name, struct dwarf_lines *l);

enum type_kind {
	TYPE_SIGNED, TYPE_UNSIGNED,
	TYPE_CHAR,		/* a character, not just a small number */
	TYPE_BOOL, TYPE_FLOAT, TYPE_COMPLEX, TYPE_ENUM,
	TYPE_POINTER, TYPE_REFERENCE,
	TYPE_STRUCT /* or union, or class */, TYPE_ARRAY, TYPE_FUNCTION,
	TYPE_OTHER		/* void, or what C does not have */
};

/* Names of types (typedef, const) are already looked through. */
struct type {
	enum type_kind kind;
	bool is_byte;		/* SIGNED, UNSIGNED: signed char, unsigned char */
	bool is_unsigned;	/* CHAR, COMPLEX, ENUM */
	bool is_integer;	/* COMPLEX: of integers */
	bool is_vector;		/* ARRAY: for SIMD */
	bool is_incomplete;	/* STRUCT, ENUM: only its name is known */
	bool is_private;	/* STRUCT: of a library's header that hides its members */
	bool has_count;		/* ARRAY: its length is known */
	char prefix;		/* CHAR: L, u or U if it is a wide one */
	struct str base;	/* the name of a base type, a view */
	uint64_t size;		/* bytes; 0 if not known */
	uint64_t count;		/* ARRAY: elements */
	unsigned dimension;	/* ARRAY: which of its dimensions this is */
	uint64_t offset;	/* where it stands in the debug information, */
	uint64_t declared;	/* and where with its names */
};

/*
 * The type to which the static variable at an address points, and which names a
 * type in this way.
 */
bool dwarf_marker(struct dwarf *d, uint64_t address, struct type *t);

/* A variable at file scope. */
struct variable {
	struct str name;	/* a view */
	uint64_t at, size;
	struct type type;
};

/* The one that holds an address. */
bool dwarf_variable(struct dwarf *d, uint64_t address, struct variable *v);
/*
 * The file that declares a static variable, of file scope or of a function there, as
 * a view; empty if there is none.
 */
struct str dwarf_declared_in(struct dwarf *d, struct str name);
bool dwarf_has_variable(struct dwarf *d, struct str name);
/* The one of that name. */
bool dwarf_named(struct dwarf *d, struct str name, struct variable *v);

/* ---- arguments and locals of a function that runs ---- */

/* What is known of the processor at one call; registers by their numbers in DWARF. */
struct processor {
	uint64_t base;		/* where the object lies */
	uint64_t frame;		/* where the call's frame ends (the CFA); 0: not known */
	uint64_t known;		/* a bit for each register */
	uint64_t registers[PROTOCOL_REGISTERS];
	size_t (*read)(const void *arg, uint64_t address, void *to, size_t n);
	const void *arg;
};

struct local {
	struct str name;	/* a view */
	struct type type;
	bool is_argument;
	size_t line, column;	/* where it is declared; 0: not known */
	uint64_t die, function;	/* where it and its function stand */
};

/*
 * Those in scope at a pc, of the n-th of the calls that dwarf_calls gives there:
 * arguments first, then from the innermost block outwards.  At most max.
 */
size_t dwarf_locals(struct dwarf *d, uint64_t pc, size_t n, struct local *to, size_t max);

/* Where one is at a pc: in memory, or (then at most 16) bytes of its own. */
struct holding {
	bool in_memory;
	uint64_t at;
	size_t size;
	char bytes[16];
};

/* Are a function's arguments still to be put where they are said to be? */
bool dwarf_is_prologue(struct dwarf *d, uint64_t pc);

/* False if it is nowhere, or cannot be told: optimised out. */
bool dwarf_hold(struct dwarf *d, const struct local *v, uint64_t pc, const struct processor *m,
    struct holding *h);

/* What an array consists of, or a pointer points to. */
bool dwarf_target(struct dwarf *d, const struct type *t, struct type *target);

/* Members in their order: begin with one that is all zero; false at the end. */
struct member {
	uint64_t offset;	/* where it stands in the debug information */
	struct str name;	/* a view; empty: anonymous */
	struct type type;
	bool is_base;		/* (C++) a base class, which `name` names */
	uint64_t at;		/* bytes from the start of the whole */
	unsigned bits;		/* of a bit-field, else 0 */
	unsigned shift;		/* bits from `at`, lowest first */
};

bool dwarf_next_member(struct dwarf *d, const struct type *t, struct member *m);

/* Enumerators likewise. */
struct enumerator {
	uint64_t offset;
	struct str name;	/* a view */
	uint64_t value;		/* sign-extended */
};

bool dwarf_next_enumerator(struct dwarf *d, const struct type *t, struct enumerator *e);

/* One step of how a declared type is written; `next` is 0 for void. */
enum spelling_kind {
	SPELL_NAME,		/* keyword and name */
	SPELL_QUALIFIER,	/* keyword, next */
	SPELL_POINTER,		/* keyword: *, & or &&; next */
	SPELL_ARRAY,		/* next */
	SPELL_FUNCTION		/* keyword: what stands for no parameters; next */
};

struct spelling {
	enum spelling_kind kind;
	struct str keyword, name;	/* views; no name: anonymous */
	uint64_t next;
};

bool dwarf_spelling(struct dwarf *d, uint64_t declared, struct spelling *s);

/* The n-th dimension of an array, 0 if it is not known. */
bool dwarf_dimension(struct dwarf *d, uint64_t array, unsigned n, uint64_t *count);

/* The n-th parameter of a function; any others (`...`) are the last one. */
#define DWARF_OTHERS	UINT64_MAX
bool dwarf_parameter(struct dwarf *d, uint64_t function, unsigned n, uint64_t *declared);

#endif
