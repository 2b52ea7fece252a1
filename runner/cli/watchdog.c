#include "runner/cli/watchdog.h"

#include <signal.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#include "tangle/base/buf.h"
#include "tangle/base/diag.h"

/* A hundred times what is usual. */
enum { LEAST_SECONDS = 10, BYTES_A_SECOND = 1 << 20 };

static char message[1024];
static size_t length;
static struct sigaction before;

static void
give_up(int number)
{
	ssize_t n = write(STDERR_FILENO, message, length);

	(void)number;
	(void)n;
	_exit(STATUS_LIMIT);
}

/* All that takes memory or care is done before the clock runs. */
static void
compose(struct str path, long seconds)
{
	struct buf b = {0};

	buf_add(&b, STR("skein: error: "));
	buf_visible(&b, str_slice(path, 0, sizeof message / 8));
	buf_printf(&b, ": reading it took more than %ld s: its lists, quotes or HTML are nested"
	    " in a way that takes for ever; nothing was written [too-slow]\n", seconds);
	length = b.len < sizeof message ? b.len : sizeof message;
	memcpy(message, b.data, length);
	buf_release(&b);
}

static void
arm(long seconds)
{
	struct itimerval t = { .it_value = { .tv_sec = seconds } };

	setitimer(ITIMER_PROF, &t, NULL);
}

void
watchdog_start(struct str path, size_t bytes)
{
	struct sigaction act = { .sa_handler = give_up };
	long seconds = LEAST_SECONDS + (long)(bytes / BYTES_A_SECOND);

	compose(path, seconds);
	sigemptyset(&act.sa_mask);
	sigaction(SIGPROF, &act, &before);
	arm(seconds);
}

void
watchdog_stop(void)
{
	arm(0);
	sigaction(SIGPROF, &before, NULL);
}
