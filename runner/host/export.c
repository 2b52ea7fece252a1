/*
 * What cells find in the host: the names of the ABI, and a few of libc's that
 * come first here because the host is searched before all libraries.
 */
#define _GNU_SOURCE	/* RTLD_NEXT */
#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <threads.h>
#include <time.h>
#include <unistd.h>

#include "runner/host/host.h"

/*
 * What a document defines gets the prefix skein_, so no name of these can meet
 * one of those.
 */
#pragma GCC visibility push(default)
void __skein_store(void *to, const void *from, unsigned long size);
void __skein_value(const void *marker, const char *member, const void *value,
    unsigned long size);
int __skein_show(const void *marker, const void *value, unsigned long size);
int __skein_display(int kind, const char *text, const void *data, unsigned long size);
void __assert_fail(const char *expression, const char *file, unsigned line,
    const char *function);
void _exit(int status) __attribute__((noreturn));
void _Exit(int status) __attribute__((noreturn));
void pthread_exit(void *result) __attribute__((noreturn));
int skein_is_first(void);
void skein_uncaught(const char *type, const char *what) __attribute__((noreturn));
#pragma GCC visibility pop

enum { PROGRESS_EVERY = 100 * 1000 * 1000 };	/* nanoseconds */

struct shown shown;

void
__skein_store(void *to, const void *from, unsigned long size)
{
	memcpy(to, from, size);
}

/* The value of the cell's last expression; its text is made when the cell is done. */
void
__skein_value(const void *marker, const char *member, const void *value, unsigned long size)
{
	shown.size = size;
	shown.marker = marker;
	shown.member = member;
	memcpy(shown.bytes, value, size < sizeof shown.bytes ? size : sizeof shown.bytes);
}

/* One line out of what can be read from there; false if that is nothing. */
static bool
print_answer(int from)
{
	char text[1024];
	bool any = false;
	ssize_t n;

	while ((n = read(from, text, sizeof text)) != 0) {
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			break;
		/* Not before: who holds this lock may be asking, too. */
		if (!any)
			flockfile(stdout);
		any = true;
		(void)fwrite(text, 1, (size_t)n, stdout);
	}
	if (any) {
		(void)fputc('\n', stdout);
		funlockfile(stdout);
	}
	return any;
}

/*
 * skein_show(): print the value now, as one line.  Called in any thread and in
 * any child of a cell.  0 if it cannot be done: <skein.h> helps itself then.
 */
int
__skein_show(const void *marker, const void *value, unsigned long size)
{
	struct report r = {
		.type = REPORT_SHOW, .pid = getpid(), .value = (uint64_t)(uintptr_t)value,
		.value_size = size, .marker = (uint64_t)(uintptr_t)marker
	};
	Dl_info object;
	int before = errno, answer;
	bool done = false;

	if (dladdr(marker, &object))
		r.base = (uint64_t)(uintptr_t)object.dli_fbase;
	answer = host_ask(&r);
	if (answer != -1) {
		done = print_answer(answer);
		close(answer);
	}
	errno = before;
	return done;
}

/* Progress that changes faster than anyone can read stays where it is. */
static bool
is_too_soon(void)
{
	static uint64_t last;
	struct timespec now;
	uint64_t at, before = __atomic_load_n(&last, __ATOMIC_RELAXED);

	clock_gettime(CLOCK_MONOTONIC, &now);
	at = (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
	return (before > 0 && at - before < PROGRESS_EVERY) ||
	    !__atomic_compare_exchange_n(&last, &before, at, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED);
}

/*
 * What skein_image() and the like call: show it below the cell.  Called in any thread
 * and in any child of a cell; the supervisor has it when this returns, so that no crash
 * takes it away.  0 if nobody is there to show it.
 */
int
__skein_display(int kind, const char *text, const void *data, unsigned long size)
{
	struct report r = {
		.type = REPORT_DISPLAY, .pid = getpid(), .code = kind,
		.value = (uint64_t)(uintptr_t)data, .value_size = size,
		.marker = (uint64_t)(uintptr_t)text, .member = text ? strlen(text) : 0
	};
	int before = errno, answer;
	ssize_t n = 0;
	char taken;

	if (kind == DISPLAY_PROGRESS && is_too_soon())
		return 1;
	answer = host_ask(&r);
	if (answer != -1) {
		do
			n = read(answer, &taken, 1);
		while (n == -1 && errno == EINTR);
		close(answer);
	}
	errno = before;
	return n == 1;
}

/*
 * libc's would print the program's name, which is ours, and the function's,
 * which is glue for the statements of a cell.
 */
void
__assert_fail(const char *expression, const char *file, unsigned line,
    const char *function)
{
	bool glue = !function || strncmp(function, "skein_b", 7) == 0;

	fflush(stdout);
	fprintf(stderr, "%s:%u: %s%sAssertion `%s' failed.\n", file, line,
	    glue ? "" : function, glue ? "" : ": ", expression);
	fflush(stderr);
	abort();
}

/* ---- ends that no handler hears of ---- */

void
_exit(int status)
{
	rescue_leaving(LEAVING_AT_ONCE);
	for (;;)
		syscall(SYS_exit_group, status);
}

void
_Exit(int status)
{
	_exit(status);
}

typedef void exit_fn(void *);

/* If it is the first thread, and the last one too, that is an exit(0). */
void
pthread_exit(void *result)
{
	static exit_fn *real;

	if (!real)
		real = (exit_fn *)dlsym(RTLD_NEXT, "pthread_exit");
	if (syscall(SYS_gettid) == host.self)
		rescue_leaving(LEAVING_THREAD);
	real(result);
	abort();	/* not reached */
}

/* ---- C++ ---- */

static bool has_cxx;

/* Is this the first C++ unit here?  It sees to it that we hear of exceptions. */
int
skein_is_first(void)
{
	bool first = !has_cxx;

	has_cxx = true;
	return first;
}

/* std::cout keeps its own buffer if it was told not to share stdout's. */
void
export_flush(void)
{
	void (*flush)(void *);
	void *out;

	fflush(NULL);
	if (!has_cxx)
		return;
	flush = (void (*)(void *))dlsym(RTLD_DEFAULT, "_ZNSo5flushEv");
	out = dlsym(RTLD_DEFAULT, "_ZSt4cout");
	if (flush && out && *(void **)out)	/* no vtable: nobody has made it yet */
		flush(out);
	fflush(stdout);
}

/* An exception that nobody catches, or std::terminate() without one. */
void
skein_uncaught(const char *type, const char *what)
{
	static char words[PROTOCOL_WORDS];

	if (type)
		snprintf(words, sizeof words, "uncaught exception %s%s%s", type,
		    what && *what ? ": " : "", what ? what : "");
	host_tell(type ? words : "std::terminate() was called", NULL);
	abort();
}

/*
 * Threads get a stack for signals too, so that the overflow of theirs is told
 * like any other crash.
 */
enum { SIGNAL_STACK = 65536 };

struct beginning {
	void *(*fn)(void *);
	int (*c11)(void *);	/* or this one */
	void *arg;
	uint64_t calls[PROTOCOL_STARTED];
};

static void
give_back(void *stack)
{
	stack_t none = { .ss_flags = SS_DISABLE };

	sigaltstack(&none, NULL);
	munmap(stack, SIGNAL_STACK);
}

/* Sets the result of one of the two. */
static void
begin(void *arg, void **result, int *c11_result)
{
	struct beginning b = *(struct beginning *)arg;
	stack_t stack = { .ss_sp = arg, .ss_size = SIGNAL_STACK };

	/* `arg` is the stack itself, which held the message until now. */
	sigaltstack(&stack, NULL);
	rescue_note_thread(b.calls);
	pthread_cleanup_push(give_back, arg);
	if (b.fn)
		*result = b.fn(b.arg);
	else
		*c11_result = b.c11(b.arg);
	pthread_cleanup_pop(1);
}

static void *
begin_posix(void *arg)
{
	void *result = NULL;

	begin(arg, &result, NULL);
	return result;
}

static int
begin_c11(void *arg)
{
	int result = 0;

	begin(arg, NULL, &result);
	return result;
}

/* NULL: there is no room for one, and the thread has to do without. */
static struct beginning *
new_stack(const struct beginning *b)
{
	void *stack = mmap(NULL, SIGNAL_STACK, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);

	if (stack == MAP_FAILED)
		return NULL;
	*(struct beginning *)stack = *b;
	return stack;
}

typedef int create_fn(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);
typedef int c11_create_fn(thrd_t *, thrd_start_t, void *);

/* A sanitizer's own, which ours hides where it is linked into the same program. */
extern create_fn __interceptor_pthread_create __attribute__((weak, visibility("default")));
/* ThreadSanitizer's stack of calls: without us on it, our caller would not be there. */
extern void __tsan_func_entry(void *caller) __attribute__((weak, visibility("default")));
extern void __tsan_func_exit(void) __attribute__((weak, visibility("default")));

/* pthread_create itself, whoever has it. */
static int
create(pthread_t *thread, const pthread_attr_t *attr, void *(*fn)(void *), void *arg,
    void *caller)
{
	static create_fn *real;
	int error;

	if (!real)
		real = __interceptor_pthread_create ? __interceptor_pthread_create :
		    (create_fn *)dlsym(RTLD_NEXT, "pthread_create");
	if (__tsan_func_entry)
		__tsan_func_entry(caller);
	error = real(thread, attr, fn, arg);
	if (__tsan_func_exit)
		__tsan_func_exit();
	return error;
}

__attribute__((visibility("default"))) int
pthread_create(pthread_t *thread, const pthread_attr_t *attr, void *(*fn)(void *),
    void *arg)
{
	void *caller = __builtin_return_address(0);
	struct beginning *b = new_stack(&(struct beginning){ .fn = fn, .arg = arg });
	int error;

	if (!b)
		return create(thread, attr, fn, arg, caller);
	rescue_note_calls(b->calls);
	error = create(thread, attr, begin_posix, b, caller);
	if (error)
		munmap(b, SIGNAL_STACK);
	return error;
}

__attribute__((visibility("default"))) int
thrd_create(thrd_t *thread, thrd_start_t fn, void *arg)
{
	static c11_create_fn *real;
	struct beginning *b = new_stack(&(struct beginning){ .c11 = fn, .arg = arg });
	int error;

	if (!real)
		real = (c11_create_fn *)dlsym(RTLD_NEXT, "thrd_create");
	if (!b)
		return real(thread, fn, arg);
	rescue_note_calls(b->calls);
	error = real(thread, begin_c11, b);
	if (error != thrd_success)
		munmap(b, SIGNAL_STACK);
	return error;
}
