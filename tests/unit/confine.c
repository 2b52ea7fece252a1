/*
 * What a confined process can no longer do: each is tried in a child, which has
 * to end with status 70 and a message; what it has need of still works.
 */
#define _GNU_SOURCE	/* syscall, clone */
#undef NDEBUG
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tangle/base/confine.h"

#if defined(__SANITIZE_ADDRESS__)
enum { IS_SANITIZED = true };	/* its own leak check clones and traces */
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
enum { IS_SANITIZED = true };
#else
enum { IS_SANITIZED = false };
#endif
#else
enum { IS_SANITIZED = false };
#endif

static void
do_exec(void)
{
	char *argv[] = { (char *)"true", NULL };

	execv("/bin/true", argv);
}

static void
do_fork(void)
{
	if (fork() == 0)
		_exit(0);
}

static void
do_bare_fork(void)
{
#ifdef SYS_fork
	if (syscall(SYS_fork) == 0)
		_exit(0);
#else
	raise(SIGSYS);
#endif
}

static void
do_socket(void)
{
	(void)!socket(AF_UNIX, SOCK_STREAM, 0);
}

static void
do_connect(void)
{
	struct sockaddr a = { .sa_family = AF_UNIX };

	connect(0, &a, sizeof a);
}

static void
do_ptrace(void)
{
	syscall(SYS_ptrace, 0, 0, 0, 0);
}

static void
do_read_process(void)
{
	syscall(SYS_process_vm_readv, getppid(), NULL, 0, NULL, 0, 0);
}

static void
do_map_code(void)
{
	mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

static void
do_make_code(void)
{
	void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	mprotect(p, 4096, PROT_EXEC);
}

static void
do_ring(void)
{
	syscall(425, 1, NULL);
}

static void
do_type(void)
{
	ioctl(0, TIOCSTI, "x");
}

static void
do_type_wide(void)		/* the kernel looks at the low half only */
{
	syscall(SYS_ioctl, 0, 0xffffffff00000000 | TIOCSTI, "x");
}

static void
do_kill(void)
{
	kill(getppid(), SIGWINCH);
}

static void
do_personality(void)
{
	syscall(SYS_personality, 0x0400000);
}

static void
do_unshare(void)
{
	syscall(SYS_unshare, 0x10000000);
}

static void
do_other_numbers(void)
{
#if defined(__x86_64__)
	syscall(0x40000000 | 520, "/bin/true", NULL, NULL);	/* x32's execve */
#else
	do_exec();
#endif
}

static void
do_other_machine(void)
{
#if defined(__x86_64__)
	long result;

	/* i386's getpid; a kernel without that machine ends us by SIGSEGV */
	signal(SIGSEGV, SIG_DFL);
	__asm__ volatile("int $0x80" : "=a"(result) : "a"(20) : "memory");
	(void)result;
#else
	do_exec();
#endif
}

static void *
nothing(void *arg)
{
	return arg;
}

/* Threads, files and memory are no concern of the filter. */
static void
do_what_is_allowed(void)
{
	pthread_t thread;
	void *result = NULL;
	int fds[2];

	assert(pthread_create(&thread, NULL, nothing, fds) == 0);
	assert(pthread_join(thread, &result) == 0 && result == fds);
	assert(pipe(fds) == 0 && open("/dev/null", O_RDONLY) != -1);
	assert(kill(getppid(), 0) == 0);
	assert(mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED);
	errno = 0;
	assert(syscall(435, NULL, 0) == -1 && errno == ENOSYS);
	_exit(0);
}

/* The child's status; what it says is kept. */
static int
status_of(void (*fn)(void), bool blocked, char *said, size_t size)
{
	int fds[2], status;
	size_t n = 0;
	ssize_t got;
	pid_t pid;

	assert(pipe(fds) == 0);
	pid = fork();
	assert(pid != -1);
	if (pid == 0) {
		sigset_t all;

		sigfillset(&all);
		if (blocked)
			sigprocmask(SIG_BLOCK, &all, NULL);
		dup2(fds[1], STDERR_FILENO);
		if (!confine())
			_exit(77);
		fn();
		_exit(1);
	}
	close(fds[1]);
	while (n + 1 < size && (got = read(fds[0], said + n, size - 1 - n)) > 0)
		n += (size_t)got;
	said[n] = '\0';
	close(fds[0]);
	assert(waitpid(pid, &status, 0) == pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int
main(void)
{
	static const struct {
		const char *what;
		void (*fn)(void);
		bool not_sanitized;
	} refused[] = {
		{ "exec", do_exec, false },
		{ "fork", do_fork, true },
		{ "fork of old", do_bare_fork, false },
		{ "socket", do_socket, false },
		{ "connect", do_connect, false },
		{ "ptrace", do_ptrace, true },
		{ "another's memory", do_read_process, false },
		{ "mapped code", do_map_code, false },
		{ "made code", do_make_code, false },
		{ "io_uring", do_ring, false },
		{ "typing", do_type, false },
		{ "typing, wide", do_type_wide, false },
		{ "kill", do_kill, false },
		{ "personality", do_personality, false },
		{ "unshare", do_unshare, false },
		{ "other numbers", do_other_numbers, false },
		{ "another machine", do_other_machine, false },
	};
	char said[4096];

	if (status_of(do_what_is_allowed, false, said, sizeof said) == 77) {
		puts("no filter here");
		return 0;
	}
	for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
		int status;

		if (refused[i].not_sanitized && IS_SANITIZED)
			continue;
		status = status_of(refused[i].fn, i % 2, said, sizeof said);
		if (refused[i].fn == do_other_machine && status == 128 + SIGSEGV)
			continue;
		if (status != 70 || !strstr(said, "[refused-call]")) {
			printf("%s: status %d: %s\n", refused[i].what, status, said);
			return 1;
		}
	}
	assert(status_of(do_what_is_allowed, true, said, sizeof said) == 0);
	return 0;
}
