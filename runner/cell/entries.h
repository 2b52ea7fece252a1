/*
 * Entries, as a cell leaves them.
 *
 * A new definition of a name hides what earlier cells left under it, and if
 * that was a type, all that was made of it.
 */
#ifndef RUNNER_CELL_ENTRIES_H
#define RUNNER_CELL_ENTRIES_H

#include "runner/cell/names.h"

/* What is being added. */
struct adding {
	struct interface *in;
	struct interface_cell *cell;
	size_t index;
	struct branch *branch;
	struct list notes;
	struct list lost;	/* names that went with another one's definition */
	struct part *part;	/* the one at hand */
	bool is_cxx;		/* entries are for C++ only */
	bool is_nameless;	/* (of C++) what is added is found by all that it mentions */
};

/* A new entry below the current #if branch. */
struct entry *entry_add(struct adding *add, enum entry_kind kind, struct str text, size_t line);

/* Every later cell is given the entry: who knows what it does. */
void entry_keep(struct adding *add, struct entry *e);

/* The entry defines this name. */
void entry_defines(struct adding *add, struct entry *e, struct str text, enum space space,
    enum meaning meaning);

/* The entry only says that there is such a thing, somewhere. */
void entry_declares(struct adding *add, struct entry *e, struct str text, enum space space,
    enum meaning meaning);

/*
 * To be called before a new entry that defines the name: a macro of an earlier
 * cell would stand in its way.
 */
void entry_clears(struct adding *add, struct str text, size_t line);

/* A cell of C++ takes its place: not seen any more, nor what was made of it if it was a type. */
void entry_hide(struct adding *add, struct entry *e, size_t line, struct str by);

/* A # line about a macro: #define NAME ... or #undef NAME. */
void entry_about_macro(struct adding *add, struct entry *e, struct str name, bool is_macro);

/* Something the reader of the cell should know, of a name in the part at hand or a line. */
struct unit_note *entry_note(struct adding *add, size_t line, struct str name, const char *id,
    struct str text);

/* Once all of the cell was added: say what it hides without defining it anew. */
void entry_finish(struct adding *add);

/* This cell's definition of a function or variable gets a symbol of its own. */
void entry_add_version(struct adding *add, struct str text);

#endif
