/*
 * One child: started without a shell, fed, read, timed and reaped.
 *
 * The child leads a process group of its own; when it ends, when its time is
 * up and when the process is freed, the whole group is killed, and a kill of
 * ourselves takes the child along.  It inherits descriptors 0 to 2 and
 * nothing else.  How it ended is what the kernel says, never what it printed.
 */
#ifndef RUNNER_BUILD_PROCESS_H
#define RUNNER_BUILD_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tangle/base/str.h"

struct arena;
struct buf;
struct loop;
struct process;

struct process_options {
	const char *program;		/* absolute path: nothing is searched */
	const char *const *argv;	/* with argv[0], ended by NULL */
	const char *const *environment;	/* the child's whole environment */
	const char *folder;		/* to start in; NULL: ours */
	struct str input;		/* on standard input, then end of file */
	size_t keep;			/* bytes kept of each output stream */
	bool ends_there;		/* one that prints more is killed */
	int64_t timeout;		/* wall clock nanoseconds; 0: none */
	size_t cpu;			/* seconds of processor time; 0: no limit.  Ends by SIGXCPU */
	size_t memory;			/* bytes of address space; 0: no limit */
	size_t file_size;		/* bytes of one written file; 0: no limit */
};

enum process_end {
	PROCESS_EXITED,			/* number: its exit status */
	PROCESS_SIGNALED,		/* number: the signal */
	PROCESS_TIMED_OUT,
	PROCESS_NOT_STARTED		/* number: errno */
};

struct process_result {
	enum process_end end;
	int number;
	struct str out, err;		/* good until process_free */
	uint64_t out_total, err_total;	/* bytes printed; more than kept: some were dropped */
};

typedef void process_fn(void *arg, const struct process_result *r);

/*
 * Start a child.  done is called from the loop exactly once, unless the
 * process is freed before; a child that could not be started is told there
 * too.  The options are not needed after the call.
 */
struct process *process_start(struct loop *l, const struct process_options *o,
    process_fn *done, void *arg);

/* Allowed within done; NULL is fine. */
void process_free(struct process *p);

/*
 * Run a short child to its end and append what it printed.  True if it exited
 * with status 0.  Stops early, with false, when a signal asks us to.
 */
bool process_run(const struct process_options *o, struct buf *out, struct buf *err);

/*
 * The absolute path of a program on a search path ("/usr/bin:/bin"); NULL if
 * there is none.  Relative and empty folders of the path are passed over.
 */
const char *process_find(const char *name, const char *path, struct arena *a);

#endif
