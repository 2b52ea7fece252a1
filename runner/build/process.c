#define _GNU_SOURCE	/* memfd_create, pidfd_open, pipe2, close_range */
#include "runner/build/process.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runner/build/loop.h"
#include "tangle/base/arena.h"
#include "tangle/base/buf.h"
#include "tangle/base/mem.h"

struct stream {
	struct process *process;
	int fd;				/* -1: at its end */
	struct buf kept;
	uint64_t total;
};

struct process {
	struct loop *loop;
	process_fn *done;
	void *arg;
	size_t keep;
	bool ends_there;
	pid_t pid;			/* 0: none, or reaped */
	int pidfd, error;		/* error: what hindered the child before exec */
	struct stream out, err;
	unsigned long deadline;
	bool timed_out;
	int failure;			/* errno of our own part of starting */
};

static void
close_fd(int *fd)
{
	if (*fd != -1)
		close(*fd);
	*fd = -1;
}

/* Standard input as a descriptor at its start. */
static int
open_input(struct str text)
{
	size_t done = 0;
	int fd;

	if (text.len == 0)
		return open("/dev/null", O_RDONLY | O_CLOEXEC);
	fd = memfd_create("input", MFD_CLOEXEC);
	while (fd != -1 && done < text.len) {
		ssize_t n = pwrite(fd, text.data + done, text.len - done, (off_t)done);

		if (n == -1 && errno != EINTR)
			close_fd(&fd);
		if (n > 0)
			done += (size_t)n;
	}
	return fd;
}

/* The caller may have less already, which no process can raise. */
static bool
set_limit(int what, size_t most)
{
	struct rlimit limit;

	if (most == 0)
		return true;
	if (getrlimit((__rlimit_resource_t)what, &limit) == -1)
		return false;
	if (limit.rlim_max < most)
		most = limit.rlim_max;
	limit = (struct rlimit){ most, most };
	return setrlimit((__rlimit_resource_t)what, &limit) == 0;
}

/* The soft one alone: at the hard one the end is a SIGKILL, which says nothing. */
static bool
set_cpu_limit(size_t seconds)
{
	struct rlimit limit;

	if (seconds == 0)
		return true;
	if (getrlimit(RLIMIT_CPU, &limit) == -1)
		return false;
	if (limit.rlim_cur <= seconds)
		return true;
	limit.rlim_cur = seconds;
	return setrlimit(RLIMIT_CPU, &limit) == 0;
}

/* A descriptor in the child's place: dup2 onto itself would keep CLOEXEC. */
static bool
place_fd(int fd, int at)
{
	return fd == at ? fcntl(fd, F_SETFD, 0) != -1 : dup2(fd, at) != -1;
}

static void
default_signals(void)
{
	static const int ours[] = { SIGINT, SIGTERM, SIGHUP, SIGPIPE, SIGXFSZ };
	sigset_t none;

	for (size_t i = 0; i < sizeof ours / sizeof *ours; i++) {
		signal(ours[i], SIG_IGN);	/* forgets one that waits: it was meant for our parent */
		signal(ours[i], SIG_DFL);
	}
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

/*
 * In the child.  Only async-signal-safe calls; the descriptors are above 2,
 * so that placing one does not overwrite another.
 */
static _Noreturn void
become(const struct process_options *o, const int fds[3], int error, pid_t parent)
{
	struct rlimit no_core = { 0, 0 };
	bool apart = setpgid(0, 0) == 0;
	int reason;

	default_signals();
	/* What our own parent left open; an old kernel without the call leaves it. */
	close_range(3, ~0U, CLOSE_RANGE_CLOEXEC);
	if (apart && prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 &&
	    getppid() == parent &&
	    place_fd(fds[0], 0) && place_fd(fds[1], 1) && place_fd(fds[2], 2) &&
	    (!o->folder || chdir(o->folder) == 0) &&
	    setrlimit(RLIMIT_CORE, &no_core) == 0 &&
	    set_limit(RLIMIT_AS, o->memory) && set_limit(RLIMIT_FSIZE, o->file_size) &&
	    set_cpu_limit(o->cpu))
		execve(o->program, (char *const *)(uintptr_t)o->argv,
		    (char *const *)(uintptr_t)o->environment);
	reason = errno;
	if (write(error, &reason, sizeof reason) == -1)
		_exit(126);
	_exit(127);
}

/* Move fd above the standard three (one of which may be closed in our process). */
static bool
lift(int *fd)
{
	int high;

	if (*fd == -1)
		return false;
	if (*fd > 2)
		return true;
	high = fcntl(*fd, F_DUPFD_CLOEXEC, 3);
	close_fd(fd);
	*fd = high;
	return high != -1;
}

static bool
open_pipe(int *read_end, int *write_end)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) == -1)
		return false;
	*read_end = ends[0];
	*write_end = ends[1];
	return lift(read_end) && lift(write_end) &&
	    fcntl(*read_end, F_SETFL, O_NONBLOCK) != -1;
}

/* A terminal's Ctrl-C is for us: the child hears none before it has its own group. */
static pid_t
fork_deaf(const struct process_options *o, const int fds[3], int error)
{
	sigset_t all, before;
	pid_t parent = getpid(), pid;

	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &before);
	pid = fork();
	if (pid == 0)
		become(o, fds, error, parent);
	sigprocmask(SIG_SETMASK, &before, NULL);
	return pid;
}

/* Open everything, fork; on failure errno says why and nothing runs. */
static bool
launch(struct process *p, const struct process_options *o)
{
	int fds[3] = { -1, -1, -1 }, error = -1;
	bool ok;

	fds[0] = open_input(o->input);
	ok = lift(&fds[0]) && open_pipe(&p->out.fd, &fds[1]) &&
	    open_pipe(&p->err.fd, &fds[2]) && open_pipe(&p->error, &error);
	if (ok) {
		p->pid = fork_deaf(o, fds, error);
		ok = p->pid != -1;
	}
	if (ok) {
		/* Whoever of us two comes first; the group exists when we kill it. */
		setpgid(p->pid, p->pid);
		p->pidfd = pidfd_open(p->pid, 0);
		ok = p->pidfd != -1;
	}
	p->failure = ok ? 0 : errno;
	for (size_t i = 0; i < 3; i++)
		close_fd(&fds[i]);
	close_fd(&error);
	return ok;
}

/* One read; false when there is nothing more for now. */
static bool
read_some(struct stream *s)
{
	char bytes[65536];
	ssize_t n = read(s->fd, bytes, sizeof bytes);
	size_t room;

	if (n == -1 && errno == EINTR)
		return true;
	if (n == -1 && (errno == EAGAIN || errno == EWOULDBLOCK))
		return false;
	if (n <= 0) {
		loop_unwatch(s->process->loop, s->fd);
		close_fd(&s->fd);
		return false;
	}
	room = s->process->keep - s->kept.len;
	buf_add(&s->kept, str_slice((struct str){ bytes, (size_t)n }, 0, room));
	s->total += (uint64_t)n;
	if (s->process->ends_there && s->total > s->process->keep && s->process->pid > 0)
		kill(-s->process->pid, SIGKILL);	/* on_end follows */
	return true;
}

static void
on_output(void *arg)
{
	read_some(arg);
}

/*
 * What stands in the pipe, which is at most its size: a stray outside the
 * group may hold it open and go on writing, so there is no waiting for its end.
 */
static void
drain(struct stream *s)
{
	for (size_t i = 0; i < 64 && s->fd != -1 && read_some(s); i++)
		;
	if (s->fd != -1) {
		loop_unwatch(s->process->loop, s->fd);
		close_fd(&s->fd);
	}
}

/* Kill the group while its leader still holds the number, then reap. */
static int
reap(struct process *p, siginfo_t *info)
{
	int n;

	kill(-p->pid, SIGKILL);
	do
		n = waitid(P_PID, (id_t)p->pid, info, WEXITED);
	while (n == -1 && errno == EINTR);
	p->pid = 0;
	return n;
}

static void
stop_watching(struct process *p)
{
	if (p->pidfd != -1)
		loop_unwatch(p->loop, p->pidfd);
	close_fd(&p->pidfd);
	loop_cancel(p->loop, p->deadline);
	p->deadline = 0;
}

static void
finish(struct process *p, enum process_end end, int number)
{
	struct process_result r = {
		.end = end, .number = number,
		.out = buf_str(&p->out.kept), .err = buf_str(&p->err.kept),
		.out_total = p->out.total, .err_total = p->err.total
	};

	p->done(p->arg, &r);		/* may free p */
}

static void
on_end(void *arg)
{
	struct process *p = arg;
	siginfo_t info = {0};
	int reason = 0;
	bool known = reap(p, &info) == 0;

	stop_watching(p);
	drain(&p->out);
	drain(&p->err);
	if (read(p->error, &reason, sizeof reason) == (ssize_t)sizeof reason)
		finish(p, PROCESS_NOT_STARTED, reason);
	else if (!known)
		finish(p, PROCESS_NOT_STARTED, ECHILD);
	else if (p->timed_out)
		finish(p, PROCESS_TIMED_OUT, SIGKILL);
	else if (info.si_code == CLD_EXITED)
		finish(p, PROCESS_EXITED, info.si_status);
	else
		finish(p, PROCESS_SIGNALED, info.si_status);
}

static void
on_deadline(void *arg)
{
	struct process *p = arg;

	p->deadline = 0;
	p->timed_out = true;
	kill(-p->pid, SIGKILL);		/* on_end follows */
}

static void
on_failure(void *arg)
{
	struct process *p = arg;

	p->deadline = 0;
	finish(p, PROCESS_NOT_STARTED, p->failure);
}

struct process *
process_start(struct loop *l, const struct process_options *o, process_fn *done, void *arg)
{
	struct process *p = mem_zalloc(1, sizeof *p);

	*p = (struct process){
		.loop = l, .done = done, .arg = arg, .keep = o->keep, .ends_there = o->ends_there,
		.pidfd = -1, .error = -1,
		.out = { .process = p, .fd = -1 }, .err = { .process = p, .fd = -1 }
	};
	if (!launch(p, o)) {
		p->deadline = loop_at(l, 0, on_failure, p);
		return p;
	}
	loop_watch(l, p->out.fd, on_output, &p->out);
	loop_watch(l, p->err.fd, on_output, &p->err);
	loop_watch(l, p->pidfd, on_end, p);
	if (o->timeout > 0)
		p->deadline = loop_at(l, loop_now() + o->timeout, on_deadline, p);
	return p;
}

void
process_free(struct process *p)
{
	siginfo_t info;

	if (!p)
		return;
	if (p->pid > 0)
		reap(p, &info);
	stop_watching(p);
	for (struct stream *s = &p->out; s; s = s == &p->out ? &p->err : NULL) {
		if (s->fd != -1)
			loop_unwatch(p->loop, s->fd);
		close_fd(&s->fd);
		buf_release(&s->kept);
	}
	close_fd(&p->error);
	mem_free(p);
}

struct short_run {
	struct buf *out, *err;
	bool ended, ok;
};

static void
on_short_run(void *arg, const struct process_result *r)
{
	struct short_run *run = arg;

	run->ended = true;
	run->ok = r->end == PROCESS_EXITED && r->number == 0;
	buf_add(run->out, r->out);
	buf_add(run->err, r->err);
}

bool
process_run(const struct process_options *o, struct buf *out, struct buf *err)
{
	struct short_run run = { .out = out, .err = err };
	struct loop *l = loop_new();
	struct process *p;

	if (!l)
		return false;
	p = process_start(l, o, on_short_run, &run);
	while (!run.ended && !loop_signal(l) && loop_step(l))
		;
	process_free(p);
	loop_free(l);
	return run.ok;
}

static bool
is_program(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISREG(st.st_mode) && access(path, X_OK) == 0;
}

const char *
process_find(const char *name, const char *path, struct arena *a)
{
	struct str rest = str_of(path);

	assert(!strchr(name, '/') && "a name, not a path");
	while (rest.len > 0) {
		struct str folder = str_cut(rest, ':', &rest);
		const char *candidate;

		if (folder.len == 0 || folder.data[0] != '/')
			continue;
		candidate = arena_printf(a, "%.*s/%s", STR_ARG(folder), name).data;
		if (is_program(candidate))
			return candidate;
	}
	return NULL;
}
