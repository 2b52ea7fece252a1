/*
 * What the host and the part that runs Lua cells (runner/lua) are to each other.
 *
 * The part is an object of its own, loaded with the first cell that needs it.  It
 * shows one name, PART_ENTRY, and knows of the host what it is given there.
 */
#ifndef RUNNER_HOST_PART_H
#define RUNNER_HOST_PART_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "runner/session/protocol.h"

#define PART_ABI	1
#define PART_ENTRY	"skein_part"

/* What the host does for it. */
struct part_host {
	/* About the cell that runs. */
	bool (*report)(struct report *r, const void *payload);
	/* The answer can be read from what is returned; -1: nobody is there. */
	int (*ask)(struct report *r);
	/* All that stdio holds back. */
	void (*flush)(void);
	/* The cell ends here, and the process with it: by an error, with these flags (of a report). */
	void (*raise)(const char *words, size_t size, uint32_t flags) __attribute__((noreturn));
	/* Where the cell is, now that it has come to a point where that is known; does not return. */
	void (*stop)(void) __attribute__((noreturn));
};

/*
 * A chunk: lines of text, which can be read from `text`.  Its arguments, each with
 * its NUL, are those of the cell, behind the first PART_ARGUMENTS:
 *
 *	"e" if it ends in an expression whose value is shown, "c" if that is a call, else "-"
 *	where that begins, or the chunk's own `return`, or its text ends
 *	the variables that it leaves to later cells, with blanks between
 *	its name
 */
enum { PART_ARGUMENTS = 4 };

struct part_cell {
	uint64_t number;
	int text;		/* taken over */
	char *arguments;
	uint32_t narguments;
};

struct part {
	uint32_t abi;
	/* Comes back if the cell ends well; else it calls raise. */
	void (*run)(const struct part_cell *c);
	/* Of the calls that there are now; may be called in a signal handler, anywhere. */
	size_t (*calls)(struct lua_call *to, size_t most);
	/* In a signal handler: it will call stop as soon as it can; false if that is not sure. */
	bool (*interrupt)(void);
};

typedef const struct part *part_entry(const struct part_host *h);

#endif
