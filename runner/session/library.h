/*
 * The objects of a host, and what lies in its memory.
 *
 * For as long as one cell runs: each object's debug information is opened when
 * it is first asked for.  Names are views that die with the library.
 */
#ifndef RUNNER_SESSION_LIBRARY_H
#define RUNNER_SESSION_LIBRARY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "runner/session/run.h"
#include "tangle/base/str.h"

struct dwarf;

/* An object in a host's memory. */
struct loaded {
	struct session_object object;
	uint64_t base;		/* 0: not there */
};

struct library {		/* all zero: closed */
	const struct loaded *objects;
	size_t n;
	struct dwarf **opened;
	pid_t pid;		/* whose memory is read */
};

void library_open(struct library *l, const struct loaded *objects, size_t n);
void library_close(struct library *l);

/* The object that holds an address, the last one that was loaded there; or NULL. */
const struct loaded *library_object(const struct library *l, uint64_t address);

/* Its debug information, or NULL. */
struct dwarf *library_dwarf(struct library *l, const struct loaded *o);

/* Copy what can be read there, at most n bytes; returns how many. */
size_t library_read(const struct library *l, uint64_t address, void *to, size_t n);

/*
 * The name by which the document knows the function at an address: its own,
 * or what it asked the loader for.  Empty if there is none.
 */
struct str library_function(struct library *l, uint64_t address);

/* "skein_f__2" is the second f of a document: f. */
struct str library_plain(struct str symbol);

#endif
