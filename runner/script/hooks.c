#define _GNU_SOURCE	/* prlimit, MAP_ANONYMOUS */
#include "runner/script/hooks.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "runner/build/loop.h"
#include "runner/script/cage.h"
#include "runner/script/frame.h"
#include "runner/script/servant.h"
#include "tangle/base/arena.h"
#include "tangle/base/buf.h"
#include "tangle/base/diag.h"
#include "tangle/base/json.h"
#include "tangle/base/mem.h"
#include "tangle/base/trace.h"

enum {
	WALL = 2,		/* seconds of a call */
	CPU = 1,		/* of them on the processor; less: the machine is busy, and we wait */
	PATIENCE = 10,		/* but no longer than that */
	MEMORY = 768 << 20	/* of address space: the text's 64 MiB, values on their way, a stack */
};

static const int64_t second = 1000000000;

struct hooks {
	const struct source *settings;
	pid_t owner;		/* who started it: another one, forked since, has its own */
	pid_t pid;
	int fd;
	int *line;		/* shared with it: where the text is; NULL: it does not run */
	int status;		/* of the last one that ended */
	struct buf printed;
};

struct hooks *
hooks_open(const struct source *settings)
{
	struct hooks *h = mem_zalloc(1, sizeof *h);

	h->settings = settings;
	return h;
}

/* ---- the process ------------------------------------------------------------------------- */

/* How much of the processor it has had; 0 where that is not known. */
static int64_t
processor_time(pid_t pid)
{
	struct timespec t;
	clockid_t clock;

	if (clock_getcpuclockid(pid, &clock) != 0 || clock_gettime(clock, &t) == -1)
		return 0;
	return (int64_t)t.tv_sec * second + t.tv_nsec;
}

static void
stop(struct hooks *h)
{
	if (!h->line)
		return;
	if (h->pid > 0 && h->owner == getpid()) {
		kill(h->pid, SIGKILL);
		while (waitpid(h->pid, &h->status, 0) == -1 && errno == EINTR)
			;
	}
	close(h->fd);
	munmap(h->line, sizeof *h->line);
	h->line = NULL;
}

void
hooks_close(struct hooks *h)
{
	if (!h)
		return;
	stop(h);
	buf_release(&h->printed);
	mem_free(h);
}

/* No signal comes before it has put our handlers aside. */
static pid_t
fork_servant(const struct hooks *h, int fd)
{
	pid_t parent = getpid(), pid;
	sigset_t all, before;
	int reason;

	/* jansson opens a file for its first object, which could not be done there */
	json_end(json_new_object());
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &before);
	pid = fork();
	reason = errno;
	if (pid == 0) {
		if (cage_enter(parent, fd, MEMORY))
			servant_run(STDIN_FILENO, h->settings->text, h->line);
		_exit(STATUS_ENVIRONMENT);
	}
	sigprocmask(SIG_SETMASK, &before, NULL);
	errno = reason;
	return pid;
}

/* False, with errno. */
static bool
start(struct hooks *h)
{
	int ends[2], reason;

	if (h->line && h->owner == getpid())
		return true;
	stop(h);
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == -1)
		return false;
	h->line = mmap(NULL, sizeof *h->line, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	h->owner = getpid();
	h->pid = -1;
	if (h->line == MAP_FAILED)
		h->line = NULL;
	else
		h->pid = fork_servant(h, ends[1]);
	reason = errno;
	h->fd = ends[0];
	close(ends[1]);
	if (h->pid > 0 && fcntl(h->fd, F_SETFL, O_NONBLOCK) == 0) {
		trace("hooks", "process %ld runs those of %.*s", (long)h->pid, STR_ARG(h->settings->name));
		return true;
	}
	if (h->line)
		stop(h);
	else
		close(h->fd);
	errno = reason;
	return false;
}

/* ---- a call --------------------------------------------------------------------------------- */

/* The kernel ends it, should we be stopped meanwhile. */
static void
allow_time(const struct hooks *h, int64_t used)
{
	struct rlimit most = { (rlim_t)(used / second + PATIENCE), RLIM_INFINITY };

	(void)prlimit(h->pid, RLIMIT_CPU, &most, NULL);
}

/*
 * One frame there, and one back.  On a busy machine a call gets more time, as long as
 * it did not have its share of the processor.
 */
static enum frame_answer
exchange(const struct hooks *h, struct buf *request, struct buf *reply)
{
	int64_t used = processor_time(h->pid), began = loop_now(), until = began + WALL * second;
	enum frame_answer answer;
	size_t done = 0;

	allow_time(h, used);
	for (;;) {
		answer = frame_send(h->fd, request, &done, until);
		if (answer == FRAME_DONE)
			answer = frame_receive(h->fd, reply, until);
		if (answer != FRAME_LATE || loop_now() - began >= PATIENCE * second ||
		    processor_time(h->pid) - used >= CPU * second)
			return answer;
		until += second / 10;
	}
}

static struct place
place_in(const struct hooks *h, long long line)
{
	const struct source *s = h->settings;

	if (line < 1 || (unsigned long long)line > source_nlines(s))
		return place_file(s);
	return (struct place){ s, source_start(s, (size_t)line), source_line(s, (size_t)line).len };
}

static bool
fail(const struct hooks *h, long long line, bool is_limit, struct str words, struct hooks_error *e)
{
	*e = (struct hooks_error){ .words = words, .at = place_in(h, line), .is_limit = is_limit };
	return false;
}

/* It gave no answer, and is ended: why, and where it was. */
static bool
fail_ended(struct hooks *h, enum frame_answer answer, struct arena *a, struct hooks_error *e)
{
	int line = h->line ? *h->line : 0, number;

	stop(h);
	if (answer == FRAME_LATE)
		return fail(h, line, true, arena_printf(a, "it does not end within %d s", WALL), e);
	if (WIFEXITED(h->status) && WEXITSTATUS(h->status) == STATUS_ENVIRONMENT)
		return fail(h, line, true, STR("the process that runs hooks has no memory, or could not be closed in"), e);
	if (WIFEXITED(h->status))
		return fail(h, line, false, arena_printf(a, "the process that runs hooks ended with status %d",
		    WEXITSTATUS(h->status)), e);
	number = WTERMSIG(h->status);
	if (number == SIGSYS)
		return fail(h, line, false, STR("it was ended, since it called the system"), e);
	if (number == SIGXCPU)
		return fail(h, line, true, STR("it takes too much time of the processor"), e);
	return fail(h, line, false, arena_printf(a, "the process that runs hooks was ended by signal %d", number), e);
}

/* What it answered is checked, as all that comes from outside. */
static bool
take(struct hooks *h, struct str answer, struct json **result, struct arena *a, struct hooks_error *e)
{
	const char *why;
	struct json *all = json_read(answer, SERVANT_DEPTH, &why);
	const struct json *error = json_get(all, "error");
	bool is_limit = json_get_true(all, "limit"), ok = false;

	buf_add(&h->printed, json_get_string(all, "printed"));
	if (json_kind(all) != JSON_KIND_OBJECT) {
		fail(h, 0, false, STR("the process that runs hooks answered what is none"), e);
	} else if (error) {
		fail(h, json_get_integer(all, "line"), is_limit, arena_str(a, json_text(error)), e);
	} else {
		*result = json_take(all, "result");
		ok = true;
	}
	json_end(all);
	if (!ok && is_limit)
		stop(h);	/* it may have stood in the midst of anything */
	return ok;
}

static void
write_request(struct buf *to, const char *path, const struct json *argument)
{
	frame_begin(to);
	buf_printf(to, "%s\n", path);
	if (argument)
		json_write(argument, to);
}

bool
hooks_call(struct hooks *h, const char *path, const struct json *argument,
    struct json **result, struct arena *a, struct hooks_error *e)
{
	struct buf request = {0}, reply = {0};
	enum frame_answer answer;
	bool ok;

	*result = NULL;
	write_request(&request, path, argument);
	if (request.len > FRAME_LARGEST) {
		ok = fail(h, 0, true, STR("what it is to get has more than 64 MiB"), e);
	} else if (!start(h)) {
		ok = fail(h, 0, false, arena_printf(a, "there can be no process for it: %s", strerror(errno)), e);
	} else {
		*h->line = 0;
		answer = exchange(h, &request, &reply);
		ok = answer == FRAME_DONE ? take(h, frame_bytes(&reply), result, a, e) :
		    fail_ended(h, answer, a, e);
	}
	buf_release(&request);
	buf_release(&reply);
	return ok;
}

struct str
hooks_printed(struct hooks *h, struct arena *a)
{
	struct str printed = arena_str(a, buf_str(&h->printed));

	buf_clear(&h->printed);
	return printed;
}
