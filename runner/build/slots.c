#define _GNU_SOURCE	/* pipe2, MAP_ANONYMOUS */
#include "runner/build/slots.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runner/build/loop.h"
#include "tangle/base/buf.h"
#include "tangle/base/diag.h"
#include "tangle/base/mem.h"

/* A token is a byte, which goes back as it came; 0: the place is free. */
enum { HELD = 0x100 };
typedef atomic_ushort row[SLOTS_MOST];

struct slots {
	int in, out;		/* `in` never waits */
	bool is_makes, is_over;	/* make's, and make is gone */
	size_t most;
	size_t own;		/* our row */
	row *held;		/* SLOTS_ROWS of them, shared with our workers */
};

/* The one that has to be emptied whatever ends us. */
static struct slots *last;

/* ---- giving back -------------------------------------------------------------------- */

/* Whoever takes it out of its place gives it back, so that nobody does twice. */
static bool
give_back(struct slots *t, size_t of, size_t place)
{
	unsigned short held = atomic_exchange(&t->held[of][place], 0);
	char byte = (char)(held & 0xFF);

	if (held == 0)
		return false;
	while (write(t->out, &byte, 1) == -1 && errno == EINTR)
		;
	return true;
}

void
slots_recover(struct slots *t, size_t of)
{
	for (size_t i = 0; i < SLOTS_MOST; i++)
		give_back(t, of, i);
}

/* A worker answers for its row, its parent for all. */
static void
give_back_all(struct slots *t)
{
	size_t end = t->own > 0 ? t->own + 1 : SLOTS_ROWS;

	for (size_t of = t->own; of < end; of++)
		slots_recover(t, of);
}

/* Only calls that a signal handler may make. */
static void
give_back_last(void)
{
	int before = errno;

	if (last)
		give_back_all(last);
	errno = before;
}

static void
on_end(int number)
{
	give_back_last();
	signal(number, SIG_DFL);
	raise(number);
}

/* Whatever ends a process by default and is not the loop's. */
static void
guard(struct slots *t)
{
	static const int ends[] = { SIGQUIT, SIGABRT, SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGSYS,
	    SIGALRM, SIGUSR1, SIGUSR2, SIGXCPU };
	static bool is_registered;
	struct sigaction act = { .sa_handler = on_end }, now;

	last = t;
	loop_last_act(give_back_last);
	if (!is_registered)
		is_registered = atexit(give_back_last) == 0;
	for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
		if (sigaction(ends[i], NULL, &now) == 0 && now.sa_handler == SIG_DFL)
			sigaction(ends[i], &act, NULL);
}

/* ---- make's --------------------------------------------------------------------------- */

/* A word of MAKEFLAGS; a backslash takes the next byte as it is. False at the end. */
static bool
next_word(struct str *rest, struct buf *word)
{
	size_t i = 0;

	buf_clear(word);
	while (i < rest->len && rest->data[i] == ' ')
		i++;
	for (; i < rest->len && rest->data[i] != ' '; i++) {
		if (rest->data[i] == '\\' && i + 1 < rest->len)
			i++;
		buf_byte(word, rest->data[i]);
	}
	*rest = str_slice(*rest, i, rest->len);
	return word->len > 0;
}

/* What stands behind the last --jobserver-auth= (before 4.2 it was -fds); false: nothing. */
static bool
find_jobserver(struct buf *auth)
{
	static const char *const names[] = { "--jobserver-auth=", "--jobserver-fds=" };
	const char *flags = getenv("MAKEFLAGS");
	struct str rest = flags ? str_of(flags) : STR("");
	struct buf word = {0};
	bool found = false;

	/* behind -- are variables, not options */
	while (next_word(&rest, &word) && !str_eq(buf_str(&word), STR("--"))) {
		for (size_t i = 0; i < 2; i++) {
			struct str name = str_of(names[i]);

			if (!str_starts(buf_str(&word), name))
				continue;
			buf_clear(auth);
			buf_add(auth, str_slice(buf_str(&word), name.len, word.len));
			found = true;
		}
	}
	buf_release(&word);
	return found;
}

bool
slots_only_shown(void)
{
	const char *flags = getenv("MAKEFLAGS");
	struct str letters = flags ? str_of(flags) : STR("");

	letters = str_slice(letters, 0, str_find_byte(letters, ' '));
	/* make's letters stand first, without a dash; other first words are none */
	return !str_starts(letters, STR("-")) && str_find_byte(letters, '=') == letters.len &&
	    str_find_byte(letters, 'n') < letters.len;
}

/* A pipe's end of ours from now on, which no child gets. */
static bool
is_end(int fd, int wrong_mode)
{
	int flags = fcntl(fd, F_GETFL);
	struct stat st;

	return flags != -1 && (flags & O_ACCMODE) != wrong_mode && fstat(fd, &st) == 0 &&
	    S_ISFIFO(st.st_mode) && fcntl(fd, F_SETFD, FD_CLOEXEC) == 0;
}

/*
 * make's ends must stay as they are, waiting; opened anew, the pipe is the same
 * and the flags are ours.
 */
static bool
open_pipe(struct slots *t, int in, int out)
{
	char path[64];

	if (!is_end(in, O_WRONLY) || !is_end(out, O_RDONLY))
		return false;
	snprintf(path, sizeof path, "/proc/self/fd/%d", in);
	t->in = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	t->out = fcntl(out, F_DUPFD_CLOEXEC, 3);
	return t->in != -1 && t->out != -1;
}

static bool
open_fifo(struct slots *t, const char *path)
{
	struct stat st;

	t->in = open(path, O_RDWR | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (t->in == -1 || fstat(t->in, &st) == -1 || !S_ISFIFO(st.st_mode))
		return false;
	t->out = fcntl(t->in, F_DUPFD_CLOEXEC, 3);
	return t->out != -1;
}

static bool
open_jobserver(struct slots *t, struct buf *auth)
{
	struct str first, second;
	unsigned long in, out;

	if (str_starts(buf_str(auth), STR("fifo:")))
		return open_fifo(t, buf_cstr(auth) + 5);
	first = str_cut(buf_str(auth), ',', &second);
	return str_number(first, 1u << 20, &in) && str_number(second, 1u << 20, &out) &&
	    open_pipe(t, (int)in, (int)out);
}

/* ---- ours ---------------------------------------------------------------------------- */

static void
release(struct slots *t)
{
	if (last == t)
		last = NULL;
	if (t->in != -1)
		close(t->in);
	if (t->out != -1)
		close(t->out);
	if (t->held != MAP_FAILED)
		munmap(t->held, SLOTS_ROWS * sizeof *t->held);
	mem_free(t);
}

static struct slots *
begin(void)
{
	struct slots *t = mem_zalloc(1, sizeof *t);

	t->in = t->out = -1;
	t->held = mmap(NULL, SLOTS_ROWS * sizeof *t->held, PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (t->held != MAP_FAILED)
		return t;
	release(t);
	return NULL;
}

static bool
fill(struct slots *t, size_t n)
{
	char bytes[SLOTS_MOST] = {0};
	int ends[2];

	if (pipe2(ends, O_NONBLOCK | O_CLOEXEC) == -1)
		return false;
	t->in = ends[0];
	t->out = ends[1];
	return n == 0 || write(t->out, bytes, n) == (ssize_t)n;
}

size_t
slots_processors(void)
{
	long n = sysconf(_SC_NPROCESSORS_ONLN);

	return n < 1 ? 1 : n > SLOTS_MOST ? SLOTS_MOST : (size_t)n;
}

struct slots *
slots_new(size_t jobs)
{
	struct slots *t = begin();

	assert(jobs > 0 && jobs <= SLOTS_MOST);
	if (!t || fill(t, jobs - 1)) {
		if (t)
			t->most = jobs;
		return t;
	}
	release(t);
	return NULL;
}

static struct slots *
of_make(struct buf *auth)
{
	struct slots *t = begin();

	if (!t || open_jobserver(t, auth)) {
		if (t) {
			t->is_makes = true;
			t->most = SLOTS_MOST;
			guard(t);
		}
		return t;
	}
	release(t);
	return NULL;
}

struct slots *
slots_open(size_t jobs, struct diag *d)
{
	struct buf auth = {0};
	struct slots *t = NULL;

	if (jobs == 0 && find_jobserver(&auth) && !(t = of_make(&auth))) {
		diag_warning(d, PLACE_NONE, "jobserver",
		    "the jobserver of make ('%.*s') cannot be used, so that this runs with -j1: "
		    "put a + before the command in the makefile, or give it --jobs", STR_ARG(buf_str(&auth)));
		jobs = 1;
	}
	buf_release(&auth);
	if (!t && !(t = slots_new(jobs > 0 ? jobs : slots_processors())))
		diag_errno(d, "make a pipe for", STR("--jobs"));
	return t;
}

void
slots_close(struct slots *t)
{
	if (!t)
		return;
	if (t->is_makes)
		give_back_all(t);
	release(t);
}

size_t
slots_most(const struct slots *t)
{
	return t->most;
}

/* A free place of our row; SLOTS_MOST: there is none. */
static size_t
free_place(const struct slots *t)
{
	size_t place = 0;

	while (place < SLOTS_MOST && atomic_load(&t->held[t->own][place]) != 0)
		place++;
	return place;
}

bool
slots_take(struct slots *t)
{
	size_t place = free_place(t);
	sigset_t all, before;
	unsigned char byte;
	ssize_t n;

	if (place == SLOTS_MOST || t->is_over)
		return false;
	/* a signal in between would end us with a token that nobody knows of */
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &before);
	n = read(t->in, &byte, 1);
	if (n == 1)
		atomic_store(&t->held[t->own][place], (unsigned short)(HELD | byte));
	else
		t->is_over = n == 0 || (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR);
	sigprocmask(SIG_SETMASK, &before, NULL);
	return n == 1;
}

void
slots_give(struct slots *t)
{
	for (size_t i = SLOTS_MOST; i-- > 0;)
		if (give_back(t, t->own, i))
			return;
	assert(false && "one was taken");
}

int
slots_fd(const struct slots *t)
{
	return t->is_over ? -1 : t->in;
}

void
slots_adopt(struct slots *t, size_t of)
{
	assert(t->own == 0 && of > 0 && of < SLOTS_ROWS);
	t->own = of;
}
