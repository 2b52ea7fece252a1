/*
 * The program in which cells run, as its own files see it.
 *
 * It stands alone: libc, and protocol.h.  A cell's code shares its address
 * space, so it keeps no memory in the heap (addresses that cells print would
 * move), keeps its descriptors high, and exports nothing but export.c's names.
 */
#ifndef RUNNER_HOST_HOST_H
#define RUNNER_HOST_HOST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "runner/session/protocol.h"

#pragma GCC visibility push(hidden)

/* This process, as a host. */
struct host {
	int control;			/* the supervisor's end is on the other side */
	int out[PROTOCOL_PIPES];	/* what fds 1, 2 and 0 are at a cell's start */
	int err[PROTOCOL_PIPES];
	int empty;
	int siblings;			/* the list of the warden's children, -1: there is none */
	pid_t copies[PROTOCOL_COPIES];	/* of them those that we made; 0: none */
	size_t ncopies;
	bool drops;			/* orders that were sent ahead */
	pid_t supervisor, warden;
	pid_t self;			/* other values of getpid() are the cell's children */
	int threads;			/* when the last copy was frozen */
	bool has_signals;		/* something in here may change signals or timers */
	uint64_t start_memory;		/* bytes of address space before any cell */
	uint64_t stack_top;		/* our frames lie above, a cell's below */
	/* The cell that runs: */
	uint64_t number;
	uint64_t began;			/* nanoseconds, by a clock that nobody sets */
	uint64_t memory, file_size;	/* its limits, 0: none */
	uint64_t base;			/* of its object; 0 while it is loaded */
	char path[96];			/* its object's */
};

extern struct host host;

/* warden.c: serve the supervisor; ends with it. */
void warden_serve(void) __attribute__((noreturn));

/*
 * sweep.c: end all that came from us but `keep`, first the process group
 * `group` (0: none).  Returns how many there were.
 */
uint32_t warden_sweep(pid_t group, const pid_t *keep, size_t nkeep);

/*
 * Processes and threads that came from us, but for `keep`; above `tasks` (0: any) no
 * more are looked for, so that a crowd cannot hold us up.  *memory is what
 * they use; more than `enough`, it is what all of them have together.
 */
uint32_t warden_count(const pid_t *keep, size_t nkeep, uint32_t tasks, uint64_t enough,
    uint64_t *memory);

/* serve.c: be a host on these descriptors, which are taken over. */
void host_serve(const int fds[PROTOCOL_FDS]) __attribute__((noreturn));

/*
 * shell.c: become sh with the script in a sealed file.  Comes back, with a
 * phrase, only if that cannot be.
 */
const char *shell_run(int script, char *arguments, uint32_t nargs);

/*
 * engine.c: become the program that runs the text, or the one that keeps a session
 * and takes this order first.  Come back, with a phrase, only if that cannot be.
 */
const char *engine_run(const struct order *o, int text, char *arguments);
const char *engine_serve(const struct order *o, int text, char *arguments);

/*
 * wire.c: one message in, or out.  order_receive returns false at the end;
 * descriptors that came along are in fds, -1 where there are none.
 */
bool order_receive(int fd, struct order *o, char *payload, int fds[PROTOCOL_FDS], int flags);
void descriptors_close(const int fds[PROTOCOL_FDS]);
bool report_send(int fd, const struct report *r, const void *payload);
/* About the cell that runs, from this host. Safe in a signal handler. */
bool host_report(struct report *r, const void *payload);
/* Ask: the answer can be read from what is returned; -1 if nobody is there. */
int host_ask(struct report *r);

/*
 * slots.c: where objects are loaded.  Between slot_open and slot_close the next
 * mapping of `extent` bytes that the system places goes there; elsewhere where that
 * cannot be, which slot_close sees to.
 */
void slots_reserve(void);
void slot_open(const struct order *o);
void slot_close(const struct order *o, const void *loaded);

/*
 * part.c: run a chunk of Lua; the part that does it, in the file `object`, is loaded when
 * it is first asked for.  Comes back with NULL if the cell ended well, or with why
 * nothing was run.  Takes over both descriptors.
 */
const char *part_run(const struct order *o, int text, int object, char *arguments);
/* In a signal handler: tell where Lua is, if it is anywhere. */
void part_tell_calls(void);
/* In a signal handler: it will call rescue_stop itself, at once; or false. */
bool part_interrupt(void);

/* room.c: between open and close there is room for our own descriptors. */
void room_prepare(void);
void room_open(void);
void room_close(void);

/* freeze.c */
enum freeze { FREEZE_ON, FREEZE_WOKEN };
/* Make a frozen copy and report it. In the copy, once woken: FREEZE_WOKEN. */
enum freeze freeze_past(void);
/* A copy of this process, a child of the warden: 0 in the copy, -1 if there is none. */
pid_t freeze_copy(void);

/* rescue.c: tell the supervisor of crashes, and where we are when asked. */
void rescue_install(void);
/* End this process by a signal, whatever a cell has done about it. */
void rescue_die(int sig) __attribute__((noreturn));
/* The cell ends its process, without a crash: where. */
void rescue_leaving(enum leaving how);
/* An error ends the cell: tell that, and where we are, and wait for the end. */
void rescue_raise(const char *words, size_t size, uint32_t flags) __attribute__((noreturn));
/* The same for one whose time is up. */
void rescue_stop(void) __attribute__((noreturn));
/* Which calls begin a thread: to be asked before, and told in the thread. */
void rescue_note_calls(uint64_t calls[PROTOCOL_STARTED]);
void rescue_note_thread(const uint64_t calls[PROTOCOL_STARTED]);
/*
 * Before a cell: what an earlier one took from us is ours again.  A handler of
 * its own for a crash stays, and so does the stack for it.
 */
void rescue_renew(void);
/* Is (nearly) all used that the cell may have? */
bool rescue_is_memory_out(void);

/*
 * What a sanitizer finds, if one was linked with us, is told to the supervisor,
 * which takes the report itself off stderr.
 */
bool sanitizer_takes_space(void);	/* options.c: more address space than there can be memory */
void asan_prepare(void);		/* asan.c */
void leak_spare(void);			/* leak.c: what is allocated from now on is no leak */
void leak_watch(void);			/* ... it is, and is looked for when this process exits */

/* About to abort: the supervisor is told why; and of which variable, NULL: none. */
void host_tell(const char *words, const void *variable);
/* Further places that matter: calls, each as an address within its instruction. */
void host_tell_aside(const char *title, const void *const *pcs, size_t n, uint32_t flags);

/* filter.c: from here on no signal reaches those who watch over us. */
void filter_install(pid_t supervisor, pid_t warden);

/* import.c: may it change signals or timers, or call a library that does? */
struct link_map;
bool import_signals(const struct link_map *object);

/* timers.c: those of the cell end with it; true if there were any. */
bool timers_stop(void);

/* export.c: the value of the cell's last expression. */
struct shown {
	const void *marker;		/* NULL: there is none */
	size_t size;
	const char *member;
	char bytes[PROTOCOL_VALUE];
};
extern struct shown shown;
/* export.c: all that stdio and C++'s streams hold back. */
void export_flush(void);

#pragma GCC visibility pop

#endif
