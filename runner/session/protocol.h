/*
 * What the supervisor and the host program say to each other.
 *
 * The program skein-host is one executable with two roles.  Its first process
 * is the warden of a session: it starts hosts (copies of itself), is the
 * subreaper of all that comes from them, tells of each death and ends what a
 * cell left behind.  A host is a process in which cells run.
 *
 *	supervisor --order--> warden --report--> supervisor	(one socket)
 *	supervisor --order--> host   --report--> supervisor	(one socket a host)
 *
 * Sockets are SEQPACKET: one message is one struct, then `size` bytes.  What
 * comes from a host is written by a process that runs anything: the supervisor
 * checks type, length and number of each report, and takes the way a process
 * ended from the warden alone, which has it from the kernel.
 *
 * Frozen copies of a host (checkpoints) share its socket, and listen only
 * after they have been woken and the host is dead.
 *
 * A host has several pairs of pipes for stdout and stderr, which cells use in
 * turn.  So orders may be sent ahead (RUN_AHEAD): the host takes the next one as
 * soon as the cell before it has ended and left nothing (REPORT_CLEAN), while the
 * supervisor still reads what that one printed.  After any other end it drops
 * what was sent ahead, until an order comes without that flag.
 *
 * A host can become another program (RUN_ENGINE).  One that keeps a session goes on
 * with the socket in its own language, and takes the orders that follow: it is a host
 * like any other, and freezes copies of itself.
 *
 * SHOW comes from any process or thread of a cell, and waits.  Its answer is
 * text on the stream socket that comes along, and then the end of that; at the
 * end without a text there is nothing to be told.  DISPLAY comes and waits in the same
 * way, until what it shows has been read out of its memory: then the answer is one byte.
 */
#ifndef RUNNER_SESSION_PROTOCOL_H
#define RUNNER_SESSION_PROTOCOL_H

#include <stdint.h>

#define PROTOCOL_FD		3	/* the warden's socket */
#define PROTOCOL_PAYLOAD	65536	/* bytes after a struct, at most */
#define PROTOCOL_ARGS		4096	/* arguments of a program */
#define PROTOCOL_CALLS		256	/* of a trace */
#define PROTOCOL_OUTER		64	/* of them the outermost, once there are more */
#define PROTOCOL_STARTED	6	/* calls that lead to the start of a thread */
#define PROTOCOL_WORDS		4096	/* bytes of a text about what went wrong */
#define PROTOCOL_TITLE		200	/* bytes above a trace */
#define PROTOCOL_ASIDES		12	/* further traces of one crash */
#define PROTOCOL_VALUE		65536	/* bytes that are looked at of a shown value */
#define PROTOCOL_DISPLAY	((uint64_t)16 << 20)	/* bytes of one thing that is shown, text and data, */
#define PROTOCOL_DISPLAYS	100	/* how many of them a cell has, */
#define PROTOCOL_DISPLAYED	((uint64_t)64 << 20)	/* and bytes of them all */
#define PROTOCOL_COPIES		64	/* frozen copies of one host */
#define PROTOCOL_KEEP		160	/* processes that a sweep passes over */
#define PROTOCOL_PIPES		4	/* pairs of pipes that cells use in turn */
#define PROTOCOL_FDS		(1 + 2 * PROTOCOL_PIPES)	/* that come with a message */
#define PROTOCOL_SIGNAL		62	/* wake up; or say where you are */
#define PROTOCOL_MUTE		63	/* ends a host whose socket the cell has closed */
#define PROTOCOL_MARKS		100	/* a shell's second way to stdout */
#define PROTOCOL_NAME		64	/* bytes of a name of Lua's, with its NUL */
#define PROTOCOL_LUA_CALLS	128	/* that are told of */
#define PROTOCOL_TEXT		100	/* what another program runs: */
#define PROTOCOL_TEXT_PATH	"/proc/self/fd/100"

/*
 * Each cell's object has a slot of addresses of its own, so that where it lies
 * depends on nothing that others do: not on how large they are or what they map,
 * nor on whether objects are loaded one by one or side by side in a piece
 * (runner/build/piece.h).
 */
#define PROTOCOL_SLOT		((uint64_t)1 << 17)	/* bytes */
#define PROTOCOL_SLOTS		2048

/*
 * Registers go by their numbers in DWARF.  SAVED are those that a function must
 * leave as it found them.
 */
#if defined(__x86_64__)
#define PROTOCOL_REGISTERS	17
#define PROTOCOL_SP		7
#define PROTOCOL_NSAVED		6
#define PROTOCOL_SAVED		{ 3, 6, 12, 13, 14, 15 }
#elif defined(__aarch64__)
#define PROTOCOL_REGISTERS	32
#define PROTOCOL_SP		31
#define PROTOCOL_NSAVED		11
#define PROTOCOL_SAVED		{ 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29 }
#else
#define PROTOCOL_REGISTERS	1
#define PROTOCOL_SP		0
#define PROTOCOL_NSAVED		1
#define PROTOCOL_SAVED		{ 0 }
#endif

enum order_type {
	ORDER_SPAWN = 1,	/* warden: a new host; with its socket, and
				 * pairs of stdout and stderr */
	ORDER_SIGNAL,		/* warden: send `signal` to `pid`, a child of yours */
	ORDER_SWEEP,		/* warden: end all but some, first the group `pid` */
	ORDER_COUNT,		/* warden: how many processes are there but some, and what do they
				 * use?  `memory`: where a closer look is worth its cost */
	ORDER_RUN		/* host: run an object; with it and, maybe, stdin */
};

enum run_flag {
	RUN_CHECKPOINT	= 1,	/* freeze a copy first */
	RUN_PROGRAM	= 2,	/* call its main, in a copy of the host */
	RUN_IN_PLACE	= 4,	/* (programs) in the host itself, which ends */
	RUN_FULL_BUFFER	= 8,	/* stdout is fully buffered, not by line */
	RUN_AHEAD	= 32,	/* void unless the cell before it ended clean */
	RUN_SHELL	= 16,	/* (in place) no object: a script for sh; arguments are
				 * its folder and what is set in its environment */
	RUN_LUA		= 64,	/* no object: a chunk of Lua; the part that runs it is the second
				 * descriptor, stdin the third; arguments as in runner/host/part.h */
	RUN_ENGINE	= 128,	/* no object: a text for another program.  As a program, in
				 * place, the arguments are its command.  Else it keeps a
				 * session: they are how many words its command has, those, the
				 * text's name, what is wanted, and the cell's arguments; its
				 * place is called /skein/UNIT/NAME */
	RUN_FROM_STDIN	= 256	/* (ENGINE) the text is on fd 0, not on PROTOCOL_TEXT */
};

struct order {
	uint32_t type;		/* enum order_type */
	uint32_t size;		/* RUN: bytes of arguments, each with its NUL;
				 * SWEEP, COUNT: of the pids that are passed over */
	uint64_t number;	/* RUN, SPAWN, COUNT: comes back in what is said about it */
	uint64_t memory;	/* RUN: bytes of address space, 0: any */
	uint64_t file_size;	/* RUN: bytes of a file, 0: any */
	uint32_t flags;		/* RUN: set of run_flag */
	uint32_t nargs;		/* RUN; COUNT: more tasks than that need not be counted, 0: all */
	uint32_t pipe;		/* RUN: which pair of stdout and stderr */
	uint32_t slot;		/* RUN: where the object is to lie, see PROTOCOL_SLOT */
	int32_t pid;
	int32_t signal;
	uint64_t extent;	/* RUN: bytes of address space that the object takes, 0: not known */
	uint64_t piece;		/* RUN: the object is a part of the piece of that number, which
				 * comes along; 0: it is alone */
	uint64_t base, unit;	/* of the part within the piece: its object, its skein_unit;
				 * (RUN_LUA, RUN_ENGINE) unit: the cell's number */
};
_Static_assert(sizeof(struct order) == 88, "as python.py unpacks it");

enum report_type {
	REPORT_SPAWNED = 1,	/* warden: `pid` */
	REPORT_DIED,		/* warden: `pid` ended with wait status `status` */
	REPORT_SWEPT,		/* warden: `count` processes were ended */
	REPORT_COUNT,		/* warden: `count` processes and threads live, with `value` bytes */
	REPORT_FROZEN,		/* host: `pid` is the past, or 0 and errno in `status` */
	REPORT_AWAKE,		/* a woken copy: ready for orders */
	REPORT_PROGRAM,		/* the copy `pid` runs the program now */
	REPORT_DONE,		/* the cell ran to its end */
	REPORT_LOAD,		/* it could not be loaded: a text follows */
	REPORT_CRASH,		/* about to die of `signal` */
	REPORT_TRACE,		/* where it was: a struct trace with `count` calls follows */
	REPORT_WORDS,		/* about to abort: a text that says why follows */
	REPORT_ASIDE,		/* about to abort: `count` program counters follow, then a
				 * text: what was done there */
	REPORT_SHOW,		/* a value, for its text; with a socket for that */
	REPORT_MEANING,		/* (LUA) what does a name of C mean?  The question is at `value`;
				 * with a socket for the answer, as meaning.h has them */
	REPORT_VALUE,		/* (LUA, ENGINE) about to be DONE: the text of what is shown follows */
	REPORT_RAISED,		/* (LUA) an error that nobody caught: its text follows */
	REPORT_LUA,		/* before a TRACE: where Lua is; `count` struct lua_call follow */
	REPORT_PLACES,		/* (ENGINE) where it failed, or is: lines follow, a call each,
				 * innermost first: name, TAB, line, TAB, function */
	REPORT_DISPLAY		/* something to be shown below the cell; with a socket for the answer */
};
_Static_assert(ORDER_RUN == 5 && REPORT_FROZEN == 5 && REPORT_AWAKE == 6 && REPORT_DONE == 8 &&
    REPORT_VALUE == 16 && REPORT_PLACES == 19, "as python.py has them");

enum report_flag {
	REPORT_LEFTOVER	= 1,	/* DONE: the cell left children */
	REPORT_READ	= 2,	/* CRASH: what the access at `address` was */
	REPORT_WRITE	= 4,
	REPORT_EXECUTE	= 8,
	REPORT_STACK	= 16,	/* CRASH: the stack is full */
	REPORT_MEMORY	= 32,	/* CRASH, LOAD, PLACES: address space is (nearly) used up */
	REPORT_CLEAN	= 64,	/* DONE: nothing is left of it, nothing shown */
	REPORT_WAITS	= 128,	/* TRACE: it can be read until it gets PROTOCOL_SIGNAL */
	REPORT_THREAD	= 256,	/* TRACE: of another thread than the first */
	REPORT_INTERRUPTED = 512, /* TRACE: the registers are there, of the first call */
	REPORT_TIMER	= 1024,	/* DONE: the cell left timers, which were stopped */
	REPORT_RACE	= 2048,	/* ASIDE: one of two accesses, without order between them */
	REPORT_FILE	= 4096	/* PLACES: a file was to become too large */
};

/* DISPLAY: what its data are, in `code`; the numbers stand in <skein.h>, too. */
enum display_kind {
	DISPLAY_MARKDOWN = 1,
	DISPLAY_HTML,
	DISPLAY_SVG,
	DISPLAY_IMAGE,		/* the bytes of a picture's file */
	DISPLAY_TABLE,		/* fields, each with 0x1F, in rows, each with 0x1E */
	DISPLAY_PLOT,		/* a description, in lines */
	DISPLAY_PROGRESS	/* "DONE TOTAL", for a terminal alone */
};

/* TRACE: how a cell that did not crash is about to end its process. */
enum leaving {
	LEAVING_NOT,
	LEAVING_EXIT, LEAVING_QUICK, LEAVING_AT_ONCE /* _exit */, LEAVING_THREAD
};

struct report {
	uint32_t type;		/* enum report_type */
	uint32_t size;		/* bytes that follow */
	uint64_t number;	/* of the RUN, SPAWN or COUNT that it is about */
	int32_t pid;
	int32_t status;		/* CRASH: the process that sent the signal */
	int32_t signal, code;	/* CRASH: as in siginfo; TRACE: enum leaving in `code`;
				 * DISPLAY: enum display_kind there */
	uint32_t flags;		/* set of report_flag */
	uint32_t count;		/* FROZEN: threads; SWEPT, COUNT: how many; TRACE: calls */
	uint64_t address;	/* CRASH: of the fault; WORDS: of the variable meant, or 0 */
	uint64_t base;		/* DONE, CRASH, TRACE: where the object lies, 0: nowhere;
				 * SHOW: the one that holds `marker` */
	uint64_t value;		/* DONE, SHOW: where the shown value is; MEANING: where the question
				 * is; DISPLAY: where the data are; COUNT: bytes */
	uint64_t value_size;	/* of which, DONE, PROTOCOL_VALUE bytes at most are there */
	uint64_t marker;	/* DONE, SHOW: a variable that points to values of its type;
				 * DONE: 0: no value; DISPLAY: where its text form is */
	uint64_t nanoseconds;	/* DONE: that it took */
	uint64_t member;	/* DONE: name of the bit-field of that type which it is, or 0;
				 * DISPLAY: bytes of the text form */
};
_Static_assert(sizeof(struct report) == 96, "as python.py packs it");

/* One call, as it is while the call that it made runs. */
struct call {
	uint64_t pc;		/* within the instruction that calls */
	uint64_t sp;		/* which is where the frame of the call that it made ends */
	uint64_t function;	/* where its function begins; 0: not known */
	uint64_t saved[PROTOCOL_NSAVED];
};

/* Innermost call first; where there are too many, those in the middle are missing. */
struct trace {
	uint64_t registers[PROTOCOL_REGISTERS];	/* at the first call */
	uint64_t total;				/* calls that there were */
	uint64_t started[PROTOCOL_STARTED];	/* calls that made the thread, or 0 */
	struct call calls[PROTOCOL_CALLS];
};

/*
 * One call of Lua, innermost first.  Calls of C whose frames lie below `sp` were
 * made by it, or by what it called.
 */
struct lua_call {
	uint64_t sp;
	uint64_t cell;		/* the number that came with its chunk; UINT64_MAX: none */
	uint32_t line;		/* 0: not known */
	uint32_t more;		/* calls that are left out behind this one */
	char name[PROTOCOL_NAME];	/* of the function; empty: the chunk itself */
};

#endif
