/*
 * The supervisor's end of a session's processes.
 *
 * Starts the program skein-host, whose first process is the warden
 * (protocol.h), and talks with it and with the hosts.  Nothing here waits for
 * the other side: what cannot be sent is for one that is dead, which the
 * warden's socket tells, or deaf, which timers do.
 */
#ifndef RUNNER_SESSION_WARDEN_H
#define RUNNER_SESSION_WARDEN_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "runner/session/protocol.h"
#include "tangle/base/str.h"

struct diag;
struct stream;

struct warden {
	int socket;		/* -1: there is none */
	pid_t pid;
	int children;		/* its list of children, -1 where kernels have none */
};

struct warden_options {
	const char *program;		/* skein-host */
	int image;			/* a sealed file of what is run in its place; -1: none */
	const char *folder;		/* working folder of the cells */
	const char *scratch;		/* HOME and TMPDIR of the cells */
	const char *const *env;		/* NAME=value, over what all cells have */
	size_t nenv;
	bool is_shuffled;		/* addresses are others in each run */
};

/* Start it; false after a message. */
bool warden_start(struct warden *w, const struct warden_options *o, struct diag *d);

/* It begins to end all; nothing more is asked of it but warden_stop. */
void warden_dismiss(struct warden *w);

/* End it and all that came from it, and wait for that. */
void warden_stop(struct warden *w);

/*
 * A new host that prints to out and err: our end of its socket, -1 if there is
 * none.  A REPORT_SPAWNED with that serial as its number follows.
 */
int warden_spawn(struct warden *w, uint64_t serial, const struct stream *out,
    const struct stream *err);

void warden_signal(struct warden *w, pid_t pid, int signal);

/* Processes that are ours, not a cell's. */
struct kin {
	pid_t pids[PROTOCOL_KEEP];
	size_t n;
};

/* End all but them, first the group `group` (0: none); a REPORT_SWEPT follows. */
void warden_sweep(struct warden *w, pid_t group, const struct kin *k);

/*
 * Ask for a REPORT_COUNT with that number, of all but them.  Memory that several
 * processes share is told once if the sum would be above `memory` (0: it does not
 * matter).  More processes and threads than `tasks` (0: any) are not counted.
 */
void warden_count(struct warden *w, uint64_t number, uint32_t tasks, uint64_t memory,
    const struct kin *k);

/* Has it children but them? Costs one system call; true if it cannot be told. */
bool warden_has_others(const struct warden *w, const struct kin *k);

/* A file in memory that nobody can change any more; -1 with errno. */
int warden_seal(const char *name, struct str bytes);
/* One that can be executed, and whose number no process of ours overwrites. */
int warden_seal_program(struct str bytes);

/* Send a sealed object, and what the cell reads (-1: nothing), to a host. */
bool order_run(int socket, const struct order *o, struct str arguments, int object, int in);
/* The same of a chunk of Lua, with the part that runs it. */
bool order_lua(int socket, const struct order *o, struct str arguments, int chunk, int part, int in);

/*
 * Take one report off a socket that never blocks.  What is malformed is not a
 * report: see enum receipt.  *payload is good until the next call, and so is
 * `answer`: the descriptor that came along, -1 if none did.
 */
enum receipt { RECEIPT_REPORT, RECEIPT_NONE, RECEIPT_BAD, RECEIPT_END };
struct payload {
	struct str bytes;
	int answer;
};
enum receipt report_receive(int socket, struct report *r, struct str *payload, int *answer);

/* Does whoever sent it wait for an answer on a socket that comes along? */
static inline bool
report_waits(const struct report *r)
{
	return r->type == REPORT_SHOW || r->type == REPORT_MEANING || r->type == REPORT_DISPLAY;
}

/* The process that made a stream socket, as the kernel has it; 0 if it is none. */
pid_t answer_process(int answer);

#endif
