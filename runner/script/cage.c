#define _GNU_SOURCE	/* close_range, environ, getrlimit's NPROC */
#include "runner/script/cage.h"

#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>

/* A sanitizer has memory and calls of its own, and speaks to standard error. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define IS_SANITIZED	1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define IS_SANITIZED	1
#endif
#endif
#ifndef IS_SANITIZED
#define IS_SANITIZED	0
#endif

#if defined(__x86_64__)
#define ARCHITECTURE	AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define ARCHITECTURE	AUDIT_ARCH_AARCH64
#elif defined(__riscv) && __riscv_xlen == 64
#define ARCHITECTURE	AUDIT_ARCH_RISCV64
#endif

#ifdef ARCHITECTURE

static const uint32_t allowed[] = {
	SYS_read, SYS_sendto, SYS_munmap, SYS_mremap, SYS_madvise, SYS_brk, SYS_clock_gettime,
	SYS_rt_sigreturn, SYS_restart_syscall, SYS_futex, SYS_exit, SYS_exit_group,
	/* where the kernel gives no page that has the time */
	SYS_gettimeofday,
#ifdef SYS_time
	SYS_time,
#endif
#if IS_SANITIZED
	SYS_write, SYS_sigaltstack,
#endif
};

/* Memory that is not to be run. */
static const uint32_t mapping[] = { SYS_mmap, SYS_mprotect };

enum {
	NALLOWED = sizeof allowed / sizeof *allowed,
	NMAPPING = sizeof mapping / sizeof *mapping,
	MOST = 8 + 2 * NALLOWED + 6 * NMAPPING
};

static const uint32_t others = IS_SANITIZED ? SECCOMP_RET_ERRNO | 1U : SECCOMP_RET_KILL_PROCESS;

/* The low half of the argument that says how memory is to be used. */
static uint32_t
protection(void)
{
	size_t at = offsetof(struct seccomp_data, args) + 2 * sizeof(uint64_t);

#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	at += 4;
#endif
	return (uint32_t)at;
}

static void
filter(void)
{
	const struct sock_filter load_call = BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
	const struct sock_filter allow = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	const struct sock_filter refuse = BPF_STMT(BPF_RET | BPF_K, others);
	struct sock_filter code[MOST];
	struct sock_fprog program = { .filter = code };
	unsigned short n = 0;

	code[n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch));
	code[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ARCHITECTURE, 1, 0);
	code[n++] = refuse;
	code[n++] = load_call;
	for (size_t i = 0; i < NALLOWED; i++) {
		code[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, allowed[i], 0, 1);
		code[n++] = allow;
	}
	for (size_t i = 0; i < NMAPPING; i++) {
		code[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, mapping[i], 0, 4);
		code[n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, protection());
		code[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, PROT_EXEC, 1, 0);
		code[n++] = allow;
		code[n++] = refuse;
	}
	code[n++] = refuse;
	program.len = n;
	/* where there is no filter, the rest has to do */
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0)
		(void)prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

#else

static void
filter(void)
{
}

#endif

/* Bytes of address space that are in use; 0 where that is not told. */
static size_t
address_space(void)
{
	FILE *f = fopen("/proc/self/statm", "r");
	unsigned long pages = 0;

	if (!f)
		return 0;
	if (fscanf(f, "%lu", &pages) != 1)
		pages = 0;
	fclose(f);
	return pages * (size_t)sysconf(_SC_PAGESIZE);
}

static bool
limit(int what, rlim_t most)
{
	return setrlimit((__rlimit_resource_t)what, &(struct rlimit){ most, most }) == 0;
}

static bool
take_limits(size_t memory)
{
	size_t used = IS_SANITIZED ? 0 : address_space();

	return limit(RLIMIT_CORE, 0) && limit(RLIMIT_FSIZE, 0) && limit(RLIMIT_NPROC, 0) &&
	    limit(RLIMIT_NOFILE, 1) && (used == 0 || limit(RLIMIT_AS, used + memory));
}

/* The copy that a fork has of it, too. */
static void
forget_environment(void)
{
	for (char **e = environ; e && *e; e++)
		memset(*e, 0, strlen(*e));
	(void)clearenv();
}

/* As in a program that has just begun; a handler of ours would not be at home here. */
static void
forget_signals(void)
{
	sigset_t none;

	for (int n = 1; n < NSIG; n++)
		(void)signal(n, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

bool
cage_enter(pid_t parent, int fd, size_t memory)
{
	int kept = IS_SANITIZED ? STDERR_FILENO : STDIN_FILENO;

	/* of its own group: what a terminal sends is for the parent */
	(void)setpgid(0, 0);
	forget_signals();
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) == -1 || getppid() != parent)
		return false;
	forget_environment();
	if (!take_limits(memory) || (fd != STDIN_FILENO && dup2(fd, STDIN_FILENO) == -1))
		return false;
	if (close_range((unsigned)kept + 1, ~0U, 0) == -1)
		return false;
	filter();
	return true;
}
