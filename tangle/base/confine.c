#define _GNU_SOURCE	/* CLONE_THREAD; calls that POSIX does not name */
#include "tangle/base/confine.h"

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <asm/ioctls.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/sched.h>
#include <linux/seccomp.h>

#include "tangle/base/trace.h"

enum { STATUS_DEFECT = 70 };	/* diag.h's STATUS_INTERNAL */

/*
 * A sanitizer's leak check, when the process ends, makes a thread that looks
 * at all others by ptrace; and it maps its own memory.
 */
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

/* Refused whatever their arguments are. */
static const unsigned refused[] = {
	/* programs and processes */
	SYS_execve, SYS_execveat,
#ifdef SYS_fork
	SYS_fork, SYS_vfork,
#endif
	/* networks */
	SYS_socket, SYS_socketpair, SYS_connect, SYS_bind, SYS_listen, SYS_accept, SYS_accept4,
	SYS_sendto, SYS_sendmsg, SYS_sendmmsg, SYS_recvfrom, SYS_recvmsg, SYS_recvmmsg,
	/* other processes */
#if !IS_SANITIZED
	SYS_ptrace,
#endif
	SYS_process_vm_readv, SYS_process_vm_writev,
	SYS_shmat,
	/* ways round this filter, and into the kernel */
	SYS_personality, SYS_unshare, SYS_setns, SYS_bpf, SYS_userfaultfd, SYS_perf_event_open,
	SYS_mount, SYS_umount2, SYS_chroot, SYS_pivot_root, SYS_keyctl,
	425, 426, 427,		/* io_uring: setup, enter, register; the same everywhere */
	428, 429, 430, 432,	/* open_tree, move_mount, fsopen, fsmount */
	438,			/* pidfd_getfd */
};

/* Refused if an argument has one of some bits, or not. */
static const struct {
	unsigned call, argument;
	uint32_t mask, value;
	bool if_equal;		/* (argument & mask) == value is refused; else all but that */
} judged[] = {
	{ SYS_mmap, 2, PROT_EXEC, PROT_EXEC, true },
	{ SYS_mprotect, 2, PROT_EXEC, PROT_EXEC, true },
	{ SYS_pkey_mprotect, 2, PROT_EXEC, PROT_EXEC, true },
#if !IS_SANITIZED
	{ SYS_clone, 0, CLONE_THREAD, CLONE_THREAD, false },
#endif
	{ SYS_kill, 1, UINT32_MAX, 0, false },	/* is it there? may be asked */
	{ SYS_ioctl, 1, UINT32_MAX, TIOCSTI, true },
	{ SYS_ioctl, 1, UINT32_MAX, TIOCLINUX, true },
};

enum {
	NREFUSED = sizeof refused / sizeof *refused,
	NJUDGED = sizeof judged / sizeof *judged,
	CLONE3 = 435,
	X32 = 0x40000000,
	MOST = 16 + 2 * NREFUSED + 7 * NJUDGED
};

struct program {
	struct sock_filter code[MOST];
	unsigned short n;
};

static void
add(struct program *p, struct sock_filter one)
{
	p->code[p->n++] = one;
}

static void
load(struct program *p, size_t offset)
{
	add(p, (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)offset));
}

/* Compare what was loaded; if that holds (or else), `skip` steps are left out. */
static void
skip_if(struct program *p, uint16_t how, uint32_t value, bool holds, uint8_t skip)
{
	add(p, (struct sock_filter){ (uint16_t)(BPF_JMP | how | BPF_K),
	    holds ? skip : 0, holds ? 0 : skip, value });
}

static void
answer(struct program *p, uint32_t what)
{
	add(p, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, what));
}

/* The low half of an argument; all that are looked at are ints or flags. */
static size_t
argument(unsigned n)
{
	size_t at = offsetof(struct seccomp_data, args) + n * sizeof(uint64_t);

#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	at += 4;
#endif
	return at;
}

static void
write_program(struct program *p)
{
	load(p, offsetof(struct seccomp_data, arch));
	skip_if(p, BPF_JEQ, ARCHITECTURE, true, 1);
	answer(p, SECCOMP_RET_TRAP);
	load(p, offsetof(struct seccomp_data, nr));
#ifdef __x86_64__
	skip_if(p, BPF_JGE, X32, false, 1);
	answer(p, SECCOMP_RET_TRAP);
#endif
	/* Its flags cannot be seen from here; the C library then takes clone. */
	skip_if(p, BPF_JEQ, CLONE3, false, 1);
	answer(p, SECCOMP_RET_ERRNO | ENOSYS);
	for (size_t i = 0; i < NREFUSED; i++) {
		skip_if(p, BPF_JEQ, refused[i], false, 1);
		answer(p, SECCOMP_RET_TRAP);
	}
	for (size_t i = 0; i < NJUDGED; i++) {
		skip_if(p, BPF_JEQ, judged[i].call, false, 5);
		load(p, argument(judged[i].argument));
		add(p, (struct sock_filter)BPF_STMT(BPF_ALU | BPF_AND | BPF_K, judged[i].mask));
		skip_if(p, BPF_JEQ, judged[i].value, !judged[i].if_equal, 1);
		answer(p, SECCOMP_RET_TRAP);
		load(p, offsetof(struct seccomp_data, nr));
	}
	answer(p, SECCOMP_RET_ALLOW);
}

/* Only what may be called in a handler: no stdio. */
static _Noreturn void
leave(int signal, siginfo_t *info, void *context)
{
	char text[] = "skein: error: refused to make system call 0000, of which this command has "
	    "no need; please report this [refused-call]\n";
	char *digit = strchr(text, '0') + 3;

	(void)signal;
	(void)context;
	for (int n = info->si_syscall & 0xfff, i = 0; i < 4; i++, n /= 10)
		*digit-- = (char)('0' + n % 10);
	if (write(STDERR_FILENO, text, sizeof text - 1) == -1)
		_exit(STATUS_DEFECT);
	_exit(STATUS_DEFECT);
}

static void
hear_of_refusals(void)
{
	struct sigaction a = { .sa_sigaction = leave, .sa_flags = SA_SIGINFO };
	sigset_t one;

	sigaction(SIGSYS, &a, NULL);
	sigemptyset(&one);
	sigaddset(&one, SIGSYS);
	sigprocmask(SIG_UNBLOCK, &one, NULL);
}

bool
confine(void)
{
	struct program p = {0};
	struct sock_fprog all = { .filter = p.code };
	bool done;

	write_program(&p);
	all.len = p.n;
	hear_of_refusals();
	done = prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &all) == 0;
	trace("confine", done ? "the kernel refuses to start anything for us" :
	    "this kernel has no filter: %s", strerror(errno));
	return done;
}

#else

bool
confine(void)
{
	trace("confine", "no filter is written for this machine");
	return false;
}

#endif
