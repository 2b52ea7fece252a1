/* One child: how it ends, what it prints, what is left of it. */
#undef NDEBUG
#include "runner/build/process.h"

#include <assert.h>
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runner/build/loop.h"
#include "tangle/base/arena.h"
#include "tangle/base/buf.h"
#include "tangle/base/mem.h"

#define SECOND	((int64_t)1000000000)

static struct loop *loop;
static struct process *process;
static struct process_result result;
static struct buf out, err;
static int calls;

static void
on_done(void *arg, const struct process_result *r)
{
	assert(arg == &calls);
	result = *r;
	buf_clear(&out);
	buf_clear(&err);
	buf_add(&out, r->out);
	buf_add(&err, r->err);
	calls++;
	process_free(process);
	process = NULL;
}

static void
run(struct process_options o, const char *script)
{
	const char *argv[] = { "sh", "-c", script, NULL };
	const char *environment[] = { "PATH=/usr/bin:/bin", "ONE=1", NULL };

	if (!o.program)
		o.program = "/bin/sh";
	if (o.keep == 0)
		o.keep = 1 << 20;
	o.argv = argv;
	o.environment = environment;
	calls = 0;
	process = process_start(loop, &o, on_done, &calls);
	while (calls == 0)
		assert(loop_step(loop));
	assert(calls == 1 && !loop_step(loop) && "nothing is left on the loop");
}

static bool
printed(const struct buf *b, const char *text)
{
	return str_eq(buf_str(b), str_of(text));
}

static void
test_ends(void)
{
	struct process_options o = {0};

	run(o, "echo $ONE; echo e >&2; exit 3");
	assert(result.end == PROCESS_EXITED && result.number == 3);
	assert(printed(&out, "1\n") && printed(&err, "e\n"));
	run(o, "kill -SEGV $$");
	assert(result.end == PROCESS_SIGNALED && result.number == SIGSEGV);
	o.program = "/nowhere/sh";
	run(o, "");
	assert(result.end == PROCESS_NOT_STARTED && result.number == ENOENT);
	o = (struct process_options){ .folder = "/nowhere" };
	run(o, "");
	assert(result.end == PROCESS_NOT_STARTED && result.number == ENOENT);
	o.folder = "/";
	run(o, "pwd; cat; ls /proc/self/fd | wc -l");
	assert(printed(&out, "/\n4\n"));	/* 0 to 2, and the folder itself */
}

static void
test_input(void)
{
	struct buf text = {0};
	struct process_options o = {0};

	buf_fill(&text, 'x', 300000);
	o.input = buf_str(&text);
	run(o, "wc -c");
	assert(printed(&out, "300000\n"));
	run(o, "cat");
	assert(str_eq(buf_str(&out), buf_str(&text)) && result.out_total == 300000);
	o.keep = 1000;
	run(o, "cat; cat /dev/zero | head -c 5000000 >&2");
	assert(result.out.len == 1000 && result.out_total == 300000);
	assert(result.err.len == 1000 && result.err_total == 5000000);
	buf_release(&text);
}

static void
test_limits(void)
{
	struct process_options o = { .timeout = SECOND / 10 };

	run(o, "trap '' TERM; sleep 100 & sleep 100");
	assert(result.end == PROCESS_TIMED_OUT);
	o = (struct process_options){ .file_size = 4096, .folder = "/tmp" };
	run(o, "f=skein-limit.$$; head -c 100000 /dev/zero >$f; s=$?; rm -f $f; exit $s");
	assert(result.end == PROCESS_EXITED && result.number == 128 + SIGXFSZ);
	o = (struct process_options){ .memory = (size_t)100 << 20 };
	run(o, "ulimit -v");
	assert(printed(&out, "102400\n"));
}

/* The group goes with its leader, and a stray outside it holds nobody up. */
static void
test_strays(void)
{
	struct process_options o = {0};
	pid_t stray;

	run(o, "sleep 1000 & echo $!");
	stray = (pid_t)atol(buf_cstr(&out));
	assert(stray > 1);
	/* It is an orphan's zombie at most. */
	while (kill(stray, 0) == 0)
		if (waitpid(stray, NULL, WNOHANG) == -1 && errno == ECHILD)
			sched_yield();
	run(o, "setsid sleep 1000 & while ! pgrep -s $! >/dev/null 2>&1 && [ ! -d /proc/$! ]; do :; done; echo $!");
	stray = (pid_t)atol(buf_cstr(&out));
	kill(stray, SIGKILL);
}

static void
test_free(void)
{
	const char *argv[] = { "sleep", "1000", NULL }, *environment[] = { NULL };
	struct process_options o = { .program = "/bin/sleep", .argv = argv,
	    .environment = environment, .timeout = 100 * SECOND };
	struct process *p = process_start(loop, &o, on_done, &calls);

	process_free(p);
	process_free(NULL);
	assert(!loop_step(loop));
	assert(waitpid(-1, NULL, WNOHANG) == -1 && errno == ECHILD && "it is reaped");
}

static void
test_closed_descriptors(void)
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		struct process_options o = {0};

		close(0);
		close(1);
		run(o, "cat; echo out; echo err >&2");
		_exit(printed(&out, "out\n") && printed(&err, "err\n") ? 0 : 1);
	}
	assert(pid != -1 && waitpid(pid, &status, 0) == pid);
	assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static void
test_find(void)
{
	struct arena a;
	const char *sh;

	arena_init(&a);
	sh = process_find("sh", "relative::/nowhere:/bin:/usr/bin", &a);
	assert(sh && strcmp(sh, "/bin/sh") == 0);
	assert(!process_find("sh", "bin:.", &a));
	assert(!process_find("passwd", "/etc", &a) && "no program");
	assert(!process_find("etc", "/", &a) && "a folder");
	arena_release(&a);
}

int
main(void)
{
	loop = loop_new();
	assert(loop);
	test_ends();
	test_input();
	test_limits();
	test_strays();
	test_free();
	test_closed_descriptors();
	test_find();
	loop_free(loop);
	buf_release(&out);
	buf_release(&err);
	return 0;
}
