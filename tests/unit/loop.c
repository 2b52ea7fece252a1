/* The loop: what is watched, when deadlines fire, which signals stop us. */
#undef NDEBUG
#include "runner/build/loop.h"

#include <assert.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

static struct loop *loop;
static int ends[2], other[2];
static int calls, order[4], norder;
static int one = 1, two = 2;

static void
take(void *arg)
{
	char byte;

	assert(read(*(int *)arg, &byte, 1) == 1);
	calls++;
}

static void
take_and_stop(void *arg)
{
	take(arg);
	loop_unwatch(loop, *(int *)arg);
}

/* Ends the other watch before its turn comes, and watches its number anew. */
static void
replace(void *arg)
{
	take(arg);
	loop_unwatch(loop, other[0]);
	loop_watch(loop, other[0], take, &other[0]);
}

static void
note(void *arg)
{
	order[norder++] = *(int *)arg;
}

static void
again(void *arg)
{
	calls++;
	loop_at(loop, 0, again, arg);
}

static void
never(void *arg)
{
	(void)arg;
	assert(false && "called");
}

static void
test_watch(void)
{
	assert(!loop_step(loop));
	loop_watch(loop, ends[0], take, &ends[0]);
	assert(write(ends[1], "ab", 2) == 2);
	assert(loop_step(loop) && calls == 1);
	loop_unwatch(loop, ends[0]);
	loop_watch(loop, ends[0], take_and_stop, &ends[0]);
	assert(loop_step(loop) && calls == 2);
	assert(!loop_step(loop));
}

static void
test_replaced_watch_waits(void)
{
	calls = 0;
	loop_watch(loop, ends[0], replace, &ends[0]);
	loop_watch(loop, other[0], never, NULL);
	assert(write(ends[1], "a", 1) == 1 && write(other[1], "b", 1) == 1);
	assert(loop_step(loop) && calls == 1);
	assert(loop_step(loop) && calls == 2);
	loop_unwatch(loop, ends[0]);
	loop_unwatch(loop, other[0]);
}

static void
test_deadlines(void)
{
	static int three = 3;
	unsigned long id;

	loop_at(loop, 20, note, &two);
	loop_at(loop, 10, note, &one);
	id = loop_at(loop, 15, never, NULL);
	loop_cancel(loop, id);
	loop_cancel(loop, id);
	loop_cancel(loop, 0);
	loop_at(loop, loop_now() + 2000000, note, &three);
	while (loop_step(loop))
		;
	assert(norder == 3 && order[0] == 1 && order[1] == 2 && order[2] == 3);

	calls = 0;
	id = loop_at(loop, 0, again, NULL);
	assert(loop_step(loop) && calls == 1);
	assert(loop_step(loop) && calls == 2);
	loop_cancel(loop, id + 2);
	assert(!loop_step(loop));
}

/* In a child: the first signal is kept, the second ends it. */
static void
test_signals(void)
{
	int status;
	pid_t pid = fork();

	assert(pid != -1);
	if (pid == 0) {
		struct loop *inner = loop_new();

		loop_watch(loop, ends[0], never, NULL);
		raise(SIGTERM);
		assert(loop_step(loop) && loop_signal(loop) == SIGTERM);
		assert(loop_signal(inner) == SIGTERM);
		raise(SIGINT);
		_exit(99);
	}
	assert(waitpid(pid, &status, 0) == pid);
	assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGINT);
}

/* SIGINT as a call: once for those that came, and none that is unheard is too many. */
static void
test_interrupts(void)
{
	int status;
	pid_t pid = fork();

	assert(pid != -1);
	if (pid == 0) {
		struct loop *inner;

		loop_watch(loop, ends[0], never, NULL);
		loop_on_interrupt(loop, note, &one);
		norder = 0;
		raise(SIGINT);
		raise(SIGINT);
		inner = loop_new();
		loop_at(inner, 0, note, &two);
		assert(loop_step(inner) && norder == 1 && order[0] == 2);	/* not its */
		loop_free(inner);
		assert(loop_step(loop) && norder == 2 && order[1] == 1);
		assert(loop_signal(loop) == 0);
		loop_stop(loop, SIGINT);
		assert(loop_signal(loop) == SIGINT);
		loop_free(loop);

		loop = loop_new();
		loop_on_interrupt(loop, never, NULL);
		raise(SIGINT);
		raise(SIGINT);
		raise(SIGINT);
		_exit(99);
	}
	assert(waitpid(pid, &status, 0) == pid);
	assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGINT);
}

static void
test_nohup(void)
{
	struct sigaction act;

	loop_free(loop);
	signal(SIGHUP, SIG_IGN);
	loop = loop_new();
	assert(loop);
	raise(SIGHUP);
	assert(loop_signal(loop) == 0);
	loop_free(loop);
	assert(sigaction(SIGINT, NULL, &act) == 0 && act.sa_handler == SIG_DFL);
	assert(sigaction(SIGHUP, NULL, &act) == 0 && act.sa_handler == SIG_IGN);
}

int
main(void)
{
	signal(SIGINT, SIG_DFL);	/* a shell's background job ignores it */
	loop = loop_new();
	assert(loop && pipe(ends) == 0 && pipe(other) == 0);
	test_watch();
	test_replaced_watch_waits();
	test_deadlines();
	test_signals();
	test_interrupts();
	test_nohup();
	return 0;
}
