/* The crew: tasks in several processes, told in order, whatever becomes of a worker. */
#undef NDEBUG
#define _GNU_SOURCE	/* pipe2 */
#include "runner/build/crew.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runner/build/spool.h"
#include "runner/build/slots.h"
#include "tangle/base/buf.h"
#include "tangle/base/diag.h"

enum { TASKS = 12, RESULT = CREW_OWN };

/* What tasks and parent know of each other beside the crew: shared memory. */
static volatile struct {
	int go[TASKS], begun[TASKS], wrote[TASKS];
} *shared;

static struct diag diag;
static struct buf told;		/* all of it, as it came */
static int died[TASKS], stop_at;
static size_t nover, nheard, ncut;

static void
until(const volatile int *flag)
{
	while (!*flag)
		usleep(200);
}

static void
take(void *arg, size_t task, int kind, struct str bytes)
{
	(void)arg;
	assert(task == nover);		/* in order, and none after its end */
	if (kind == RESULT)
		buf_add(&told, STR("="));
	buf_add(&told, bytes);
}

static void
hear(void *arg, size_t task, struct str words)
{
	(void)arg;
	(void)task;
	assert(str_eq(words, STR("psst")));
	nheard++;
	shared->go[0] = 1;
}

static bool
over(void *arg, size_t task, int how)
{
	(void)arg;
	assert(task == nover++);
	died[task] = how;
	return (int)task != stop_at;
}

static void
cut(void *arg, size_t task)
{
	(void)arg;
	assert(task == ncut++);
}

static int
run(bool (*work)(void *, size_t), size_t n, size_t jobs)
{
	struct slots *t = slots_new(jobs);
	struct crew_plan p = { .ntasks = n, .slots = t, .work = work,
	    .take = take, .hear = hear, .over = over, .cut = cut };
	int signal;

	memset((void *)shared, 0, sizeof *shared);
	memset(died, 0, sizeof died);
	buf_clear(&told);
	nover = nheard = ncut = 0;
	signal = crew_run(&p, &diag);
	for (size_t i = 1; i < jobs; i++)
		assert(slots_take(t));		/* all are back */
	slots_close(t);
	assert(waitpid(-1, NULL, WNOHANG) == -1 && errno == ECHILD);
	return signal;
}

/* The first waits for all others: what they print waits for the first. */
static bool
backwards(void *arg, size_t task)
{
	(void)arg;
	printf("<%zu ", task);
	fprintf(stderr, "error ");
	printf("out ");
	crew_send(RESULT, STR("result "));
	if (task == 0)
		until(&shared->go[0]);
	if (task == TASKS - 1)
		crew_tell(STR("psst"));
	printf("%zu>", task);
	return task % 3 > 0;		/* some do no other one */
}

static void
test_order(void)
{
	struct buf expected = {0};

	for (size_t i = 0; i < TASKS; i++)
		buf_printf(&expected, "<%zu error out =result %zu>", i, i);
	stop_at = -1;
	for (size_t jobs = 2; jobs <= 16; jobs *= 2) {
		assert(run(backwards, TASKS, jobs) == 0);
		assert(nover == TASKS && nheard == 1 && str_eq(buf_str(&told), buf_str(&expected)));
	}
	buf_release(&expected);
}

/* More than is kept in memory, and pieces longer than a frame. */
static bool
much(void *arg, size_t task)
{
	char line[101];

	(void)arg;
	if (task == 0)
		until(&shared->go[0]);
	memset(line, 'a' + (int)task, 100);
	line[100] = '\0';
	for (int i = 0; i < 60000; i++)
		if (fputs(line, i % 20000 < 19000 ? stdout : stderr) < 0)
			_exit(9);
	if (task == 2)
		crew_tell(STR("psst"));
	return true;
}

static void
test_much(void)
{
	stop_at = -1;
	assert(run(much, 3, 2) == 0 && told.len == 3 * 6000000);
	for (size_t i = 0; i < told.len; i++)
		assert(told.data[i] == 'a' + (char)(i / 6000000));
}

static bool
deadly(void *arg, size_t task)
{
	(void)arg;
	printf("%zu", task);
	fflush(stdout);
	if (task % 4 == 1)
		raise(SIGKILL);
	if (task % 4 == 2)
		_exit(8);
	if (task % 4 == 3)
		_exit(0);
	return true;
}

static void
test_deaths(void)
{
	stop_at = -1;
	for (size_t jobs = 1; jobs <= 3; jobs++) {
		assert(run(deadly, 8, jobs) == 0);
		assert(nover == 8 && str_eq(buf_str(&told), STR("01234567")));
		for (int i = 0; i < 8; i += 4) {
			assert(died[i] == 0 && WIFSIGNALED(died[i + 1]) && WTERMSIG(died[i + 1]) == SIGKILL);
			assert(WEXITSTATUS(died[i + 2]) == 8 && WEXITSTATUS(died[i + 3]) == STATUS_INTERNAL);
		}
	}
}

/* Each writes when it is its turn; the third stops the others. */
static bool
in_turn(void *arg, size_t task)
{
	(void)arg;
	printf("%zu", task);
	if (task == 0 && stop_at != -1)
		until(&shared->begun[2]);
	shared->begun[task] = 1;
	if (crew_turn())
		shared->wrote[task] = 1;
	return true;
}

static void
test_stop(void)
{
	stop_at = 2;
	assert(run(in_turn, TASKS, 4) == 0);
	assert(nover == 3 && str_eq(buf_str(&told), STR("012")));
	for (int i = 0; i < TASKS; i++)
		assert(shared->wrote[i] == (i <= 2));
	stop_at = -1;
	assert(run(in_turn, TASKS, 1) == 0 && nover == TASKS && shared->wrote[TASKS - 1]);
}

/* Asked to end, it ends all; one that does not heed is ended all the same. */
static bool
endless(void *arg, size_t task)
{
	(void)arg;
	printf("%zu", task);
	fflush(stdout);
	shared->begun[task] = 1;
	for (int i = 0; task == 0 && i < 2; i++)
		until(&shared->begun[i + 1]);
	if (task == 0)
		kill(getppid(), SIGTERM);
	while (shared->begun[task])
		pause();
	return true;
}

static void
test_signal(void)
{
	stop_at = -1;
	assert(run(endless, TASKS, 3) == SIGTERM && nover == 0 && !shared->begun[3] && ncut == 3);
}

int
main(void)
{
	FILE *null = fopen("/dev/null", "w");

	shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	assert(null && shared != MAP_FAILED);
	diag_init(&diag, null, DIAG_COLOR_NEVER);
	test_order();
	test_much();
	test_deaths();
	test_stop();
	test_signal();
	assert(diag.errors == 0);
	buf_release(&told);
	diag_release(&diag);
	fclose(null);
	return 0;
}
