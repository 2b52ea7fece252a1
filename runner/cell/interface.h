/*
 * What later cells see of earlier ones.
 *
 * Each cell of a session leaves entries: an include, a macro, a type, the
 * declaration of a function or variable.  Cells are added in the order of the
 * document, all of them before the first unit is made, because a prototype in
 * one cell may be answered by a definition in a later one.
 *
 * An entry is seen by the cells after its own until a cell defines its name
 * again.  A unit holds only entries that its cell reaches by identifiers, so
 * it stays the same, byte for byte, when something unrelated changes.
 *
 * Names of functions and variables get symbols of their own, one for each
 * cell that defines them: skein_f, skein_f__2, ...
 */
#ifndef RUNNER_CELL_INTERFACE_H
#define RUNNER_CELL_INTERFACE_H

#include <stdbool.h>
#include <stddef.h>

#include "runner/cell/split.h"
#include "tangle/base/str.h"

struct arena;
struct interface;

/* One cell's text, as it is handed in. */
struct unit_source {
	size_t number;		/* ascending over the cells of a document */
	struct str marker;	/* in line markers: its name, or "cell" */
	struct str text;	/* LF line ends; any bytes but NUL */
	bool is_tcc;		/* for tcc: no __auto_type, and no debug information for values */
	bool by_label;		/* its compiler knows no redefine_extname: asm labels */
	bool is_prelude;	/* a file's text: its includes do not end the standard prelude */
	bool is_cxx;		/* C++ */
};

/* Something the reader should know, at a line of the cell. */
struct unit_note {
	size_t line, column;	/* column 0: of the whole line */
	const char *id;
	struct str text;
};

enum entry_kind {
	ENTRY_INCLUDE,
	ENTRY_FEATURE,		/* #define _GNU_SOURCE and the like: stands above everything */
	ENTRY_MACRO,		/* #define and #undef */
	ENTRY_PRAGMA,
	ENTRY_TYPE,
	ENTRY_OBJECT,		/* the declaration of a function or variable */
	ENTRY_INLINE,		/* a whole function: always_inline */
	ENTRY_OPAQUE,		/* a macro call that makes who knows what */
	ENTRY_CXX		/* C++, but for types: a function, a variable, an operator */
};

/* One branch of an #if group: an item stands below a chain of them. */
struct branch {
	struct branch *outer;
	struct branch *before;		/* the same group's previous branch; NULL: the #if */
	const struct branch *group;	/* the same group's #if */
	size_t depth;			/* 1 at the outermost group */
	struct str text;		/* its #if, #elif or #else line */
	const struct reference *references;
	size_t nreferences;
	size_t reached;			/* for the walk */
};

/* Why a cell is given an entry. */
enum reach_how {
	REACH_NAMED,		/* it says a name of it */
	REACH_WEAKLY,		/* it says such a name, of something of its own probably */
	REACH_THROUGH,		/* another entry that it is given says a name of it */
	REACH_ALWAYS,		/* every later cell is given it */
	REACH_HEADER,		/* a header that it is given might look at it */
	REACH_PASTED		/* a macro that it is given may make any name */
};

struct cause {
	enum reach_how how;
	const struct entry *through;	/* the other one */
};

/*
 * What a later cell is given.  A definition hides earlier ones of its name; the
 * # lines about a macro are kept all, in order, since what stands between them
 * may have been made with the older meaning.
 */
struct entry {
	enum entry_kind kind;
	struct str text;
	size_t line;		/* in its cell */
	size_t cell;		/* index of its cell */
	size_t hidden_from;	/* index of the first cell that does not see it */
	struct branch *branch;
	const struct reference *references;
	size_t nreferences;
	struct str name;	/* of a function, a variable, a macro */
	bool undefines;		/* "#undef name" stands before it */
	struct entry *next;	/* of a macro: the next # line about it */
	bool is_undef;		/* #undef */
	struct definition *defines;	/* names */
	size_t ndefines, defines_cap;
	bool pastes;		/* a macro with ##: may make any name */
	bool is_definition;	/* of a function or variable */
	/* Of C++, which C does not see: */
	bool is_cxx;
	bool is_test;		/* ENTRY_OPAQUE with a body: only programs are given it unasked */
	bool keeps_lines;	/* written with lines of its own, as its code may run */
	struct str scope;	/* namespaces around it: "namespace a { " */
	struct str inner;	/* the one that tells it from what it takes the place of */
	size_t version;		/* 0: defines nothing */
	bool is_function, is_variable;
	struct str signature;
	size_t hidden_from_cxx;	/* (of C) index of the first C++ cell that does not see it */
	const struct item *item;	/* ENTRY_OBJECT: what `text` was made of, to say */
	const struct declarator *declarator;	/* it again with an asm label */
	struct str tag;
	bool is_constant;
	size_t order, reached, others;	/* for the walk */
	struct cause cause;	/* of the last walk that reached it */
	struct str marker;	/* interface_marker's, once it was asked for */
};

/* An item of a cell, or of what a macro call in it stands for. */
struct part {
	struct item item;	/* lines are the cell's */
	const struct item *call;	/* the macro call; NULL: stands in the cell itself */
	const struct reference *references;	/* its names */
	size_t nreferences;
	struct str undefines;	/* "#undef f": macros of earlier cells in the way of its names */
	struct str tag;		/* what a nameless struct of it is called in declarations */
	size_t group_end;	/* of an #if whose group may stand in a function: its #endif */
	bool is_dynamic;	/* an initialiser is not constant */
	bool is_left_out;	/* said before in the same words, or hoisted */
};

/* An item of a C++ cell. */
struct cxx_part {
	const struct cxx_item *item;
	size_t first, n;	/* of parts: itself, or the C in extern "C" */
	struct str inner;	/* "inline namespace skein_v2" to stand around it; or empty */
};

/* A cell as added. */
struct interface_cell {
	struct unit_source source;
	struct part *parts;
	size_t nparts;
	struct cxx_part *cxx;		/* of a C++ cell: its items */
	size_t ncxx;
	bool is_program;
	bool has_standard_prelude;	/* before its text */
	const struct unit_note *notes;
	size_t nnotes;
};

/* A name of C and its symbol. */
struct renaming {
	struct str name, symbol;
};

/* What one cell reaches. */
struct reach {
	const struct entry **entries;	/* in order; their causes hold until the next walk */
	size_t nentries;
	struct renaming *renamings;	/* as they are met: the same for the same words */
	size_t nrenamings;
	size_t *uses, nuses;		/* numbers of cells, ascending */
	size_t *needs, nneeds;
};

struct interface *interface_new(struct arena *a);
void interface_free(struct interface *i);

/* Add the next cell; all strings of src must outlive the interface. */
void interface_add(struct interface *i, const struct unit_source *src);

/* The cell with that number, which must have been added. */
const struct interface_cell *interface_cell(const struct interface *i, size_t number);

/* What the cell sees and refers to; made in the interface's arena. */
void interface_reach(struct interface *i, size_t number, struct reach *r);

/*
 * Later cells are given nothing more of this one, but for the headers that are
 * everywhere.  For a cell that does not compile, since a header that is missing
 * or a wrong declaration would spoil all that follow.  What the cell hid stays
 * hidden: nobody gets an older meaning of a name without a word.
 */
void interface_drop(struct interface *i, size_t number);

/* Is the function repeated in later cells as it is, since it must be inlined? */
bool interface_keeps_whole(const struct item *function);

/* UTEST(list, push) {...}: a call with a body, of a macro that no cell defines. */
bool interface_is_test(const struct item *it);

/* The cell that left an entry. */
const struct unit_source *interface_source(const struct interface *i, const struct entry *e);

/*
 * The marker under which the entry's lines stand in later units, from line 1:
 * "cell-" and 8 digits of a digest of its text, so that a unit stays the same
 * when other lines of that cell change, or move it.
 */
struct str interface_marker(struct interface *i, const struct entry *e);

/*
 * The cell and line that such a marker and line stand for, as the cell with
 * that number sees it; false if there is none.
 */
bool interface_locate(const struct interface *i, struct str marker, size_t number,
    size_t *cell, size_t *line);

/*
 * The symbol that a name has in the cell with that number: its latest
 * definition up to there, or the first one after.  Empty: no cell defines it.
 */
struct str interface_symbol(const struct interface *i, struct str name, size_t number);

/* The name that some cell defines and that is nearest, for "did you mean"; or empty. */
struct str interface_nearest(const struct interface *i, struct str name);

/* The first cell behind that one that defines the name; false if there is none. */
bool interface_later(const struct interface *i, struct str name, size_t number, size_t *later);

/* Where everything made for it lives. */
struct arena *interface_arena(const struct interface *i);

/* The standard prelude's lines. */
extern const struct str interface_prelude;

#endif
