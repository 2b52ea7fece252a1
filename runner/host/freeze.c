/*
 * Copies of the host: the frozen past, and programs.
 *
 * A copy must not be a child of the host, or a cell's wait() would find it.
 * So a go-between forks it and ends at once, which leaves the copy to the
 * warden.  Where we know how, the go-between shares our memory (as vfork's child
 * does), so that the page tables are copied once, not twice; FREEZE_BY_FORK
 * builds a host that does not, as elsewhere.
 */
#define _GNU_SOURCE	/* getdents64, __WALL, rseq */
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runner/host/host.h"

enum { OFFSETS = 1024 };

/* Where files stood, for the copy that is woken: it shares their offsets. */
struct offset {
	int fd;
	off_t at;
};

static struct offset offsets[OFFSETS];
static size_t noffsets;

/* What the go-between did: where it and we see the same memory. */
struct answer {
	pid_t pid;
	int error;
};
static volatile struct answer *answer;

#if (defined(__x86_64__) || defined(__aarch64__)) && !defined(FREEZE_BY_FORK)

static bool
open_answer(void)
{
	static volatile struct answer here;

	answer = &here;
	return true;
}

static void
close_answer(void)
{
	answer = NULL;
}

/*
 * clone(CLONE_VM | CLONE_VFORK) with no signal at its end, on our own stack.
 * A call would not do: the child would overwrite its return address.  Below 0: an
 * errno.
 */
static inline __attribute__((always_inline)) pid_t
clone_between(void)
{
#if defined(__x86_64__)
	long result;
	register long tls __asm__("r8") = 0;
	register long child_tid __asm__("r10") = 0;

	__asm__ volatile("syscall" : "=a"(result)
	    : "0"((long)SYS_clone), "D"((long)(CLONE_VM | CLONE_VFORK)), "S"(0L),
	    "d"(0L), "r"(child_tid), "r"(tls) : "rcx", "r11", "memory", "cc");
	return (pid_t)result;
#else
	register long x8 __asm__("x8") = SYS_clone;
	register long x0 __asm__("x0") = CLONE_VM | CLONE_VFORK;
	register long x1 __asm__("x1") = 0;
	register long x2 __asm__("x2") = 0;
	register long x3 __asm__("x3") = 0;
	register long x4 __asm__("x4") = 0;

	__asm__ volatile("svc #0" : "+r"(x0)
	    : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4) : "memory", "cc");
	return (pid_t)x0;
#endif
}

#else

static bool
open_answer(void)
{
	void *p = mmap(NULL, sizeof *answer, PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	answer = p == MAP_FAILED ? NULL : p;
	return answer;
}

static void
close_answer(void)
{
	(void)munmap((void *)answer, sizeof *answer);
	answer = NULL;
}

/* A child of its own memory, at three times the cost; not fork's: no signal at its end. */
static inline __attribute__((always_inline)) pid_t
clone_between(void)
{
	long result = syscall(SYS_clone, 0L, 0L, 0L, 0L, 0L);

	return result == -1 ? (pid_t)-errno : (pid_t)result;
}

#endif

/*
 * Returns 0 in the copy.  Nothing here may live across the clone but what both
 * sides agree on: parent and go-between may have the same stack frame.
 */
static __attribute__((noinline)) pid_t
clone_and_fork(void)
{
	pid_t between = clone_between();

	if (between == 0) {
		pid_t pid = fork();

		if (pid == 0)
			return 0;
		answer->error = errno;
		answer->pid = pid;
		/* Out of our group before we go on: what we do next may end all of that. */
		if (pid > 0)
			(void)setpgid(pid, pid);
		syscall(SYS_exit, 0);
	}
	if (between < 0) {
		answer->error = -between;
		return -1;
	}
	while (waitpid(between, NULL, __WALL) == -1 && errno == EINTR)
		;
	return answer->pid;
}

static pid_t
fork_orphan(void)
{
	pid_t pid;
	int error;

	if (!open_answer())
		return -1;
	answer->pid = -1;	/* for a go-between that somebody ends */
	answer->error = EAGAIN;
	pid = clone_and_fork();
	error = answer->error;
	close_answer();
	errno = error;
	return pid;
}

/* In the copy: our parent is about to be the warden; die with it. */
static void
settle(void)
{
	int i;

	for (i = 0; getppid() != host.warden; i++) {
		if (i == 100000)
			_exit(0);	/* it is gone */
		sched_yield();
	}
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != host.warden)
		_exit(0);
	(void)setpgid(0, 0);
	host.self = getpid();
}

/*
 * Kernels drop restartable sequences when memory is shared with a clone, and
 * our copies descend from one: sched_getcpu must not trust the old number.
 */
static void
forget_rseq(void)
{
#if defined(__x86_64__) && __GLIBC_PREREQ(2, 35)
	extern const ptrdiff_t __rseq_offset __attribute__((weak));
	extern const unsigned int __rseq_size __attribute__((weak));
	char *thread;

	if (!&__rseq_size || __rseq_size == 0)
		return;
	__asm__("mov %%fs:0, %0" : "=r"(thread));
	((volatile uint32_t *)(thread + __rseq_offset))[1] = (uint32_t)-2;
#endif
}

pid_t
freeze_copy(void)
{
	sigset_t all, before;
	pid_t pid;

	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, &before);
	pid = fork_orphan();
	if (pid == 0) {
		settle();
		forget_rseq();
	}
	sigprocmask(SIG_SETMASK, &before, NULL);
	return pid;
}

static void
save_offsets(void)
{
	char bytes[2048] __attribute__((aligned(8)));
	int fd = open("/proc/self/fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ssize_t n, at;

	noffsets = 0;
	if (fd == -1)
		return;
	while ((n = getdents64(fd, bytes, sizeof bytes)) > 0) {
		for (at = 0; at < n; ) {
			const struct dirent64 *e = (const void *)(bytes + at);
			int its = (int)strtol(e->d_name, NULL, 10);
			off_t where;

			at += e->d_reclen;
			if (e->d_name[0] == '.' || its == fd || noffsets == OFFSETS)
				continue;
			where = lseek(its, 0, SEEK_CUR);
			if (where != -1)
				offsets[noffsets++] = (struct offset){ its, where };
		}
	}
	close(fd);
}

static void
restore_offsets(void)
{
	size_t i;

	for (i = 0; i < noffsets; i++)
		(void)lseek(offsets[i].fd, offsets[i].at, SEEK_SET);
}

/* libgomp's threads would not be in the copy; it makes them anew when told. */
static void
pause_openmp(void)
{
	int (*pause_all)(int) = (int (*)(int))dlsym(RTLD_DEFAULT, "omp_pause_resource_all");

	if (pause_all)
		pause_all(2);		/* omp_pause_hard */
}

static int
count_threads(void)
{
	struct stat s;

	return stat("/proc/self/task", &s) == 0 ? (int)s.st_nlink - 2 : 1;
}

/* Orders that the dead host did not take are not for us. */
static void
drop_orders(void)
{
	static char payload[PROTOCOL_PAYLOAD];
	struct order o;
	int fds[PROTOCOL_FDS];

	while (order_receive(host.control, &o, payload, fds, MSG_DONTWAIT))
		descriptors_close(fds);
}

/* A cell may have shut the socket, which we share: then others have to do. */
static bool
is_shut(void)
{
	struct pollfd p = { .fd = host.control, .events = POLLRDHUP };

	return poll(&p, 1, 0) == 1 && p.revents & (POLLRDHUP | POLLHUP | POLLERR | POLLNVAL);
}

static void
sleep_until_woken(void)
{
	siginfo_t info;
	sigset_t wake;

	sigemptyset(&wake);
	sigaddset(&wake, PROTOCOL_SIGNAL);
	while (sigwaitinfo(&wake, &info) == -1 || info.si_pid != host.warden)
		;
}

enum freeze
freeze_past(void)
{
	struct report r = { .type = REPORT_FROZEN };
	sigset_t all, before;

	pause_openmp();
	save_offsets();
	host.threads = count_threads();
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, &before);
	r.pid = fork_orphan();
	if (r.pid == 0) {
		settle();
		sleep_until_woken();
		forget_rseq();
		restore_offsets();
		if (is_shut())
			_exit(0);
		drop_orders();
		sigprocmask(SIG_SETMASK, &before, NULL);
		r.type = REPORT_AWAKE;
		r.pid = host.self;
		if (!host_report(&r, NULL))
			_exit(0);
		return FREEZE_WOKEN;
	}
	sigprocmask(SIG_SETMASK, &before, NULL);
	if (r.pid == -1) {
		r.status = errno;
		r.pid = 0;
	}
	if (r.pid)
		host.copies[host.ncopies++ % PROTOCOL_COPIES] = r.pid;
	r.count = (uint32_t)host.threads;
	(void)host_report(&r, NULL);
	return FREEZE_ON;
}
