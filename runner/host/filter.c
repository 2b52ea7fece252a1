/*
 * The one thing a cell must not do by accident: end those who watch over it.
 *
 * Signals to the supervisor, the warden, their groups or "everyone" answer
 * EPERM, and so do ptrace and the like on the two.  It is no boundary against
 * hostile code; the sandbox that is to come (Landlock, system calls, network)
 * has its place here.
 */
#define _GNU_SOURCE	/* syscall */
#include <errno.h>
#include <linux/audit.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "runner/host/host.h"

#if defined(__x86_64__)
#define ARCH	AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define ARCH	AUDIT_ARCH_AARCH64
#endif

#ifdef ARCH

/* Calls that take a process, and which argument it is. */
static const struct {
	unsigned nr, argument;
} guarded[] = {
	{ SYS_kill, 0 },
	{ SYS_tkill, 0 },
	{ SYS_tgkill, 0 },
	{ SYS_rt_sigqueueinfo, 0 },
	{ SYS_rt_tgsigqueueinfo, 0 },
	{ SYS_pidfd_open, 0 },		/* so there is none for pidfd_send_signal */
	{ SYS_process_vm_readv, 0 },
	{ SYS_process_vm_writev, 0 },
	{ SYS_prlimit64, 0 },
	{ SYS_ptrace, 1 },
};

enum { NGUARDED = sizeof guarded / sizeof *guarded, NPIDS = 5 };

/* Low half of an argument; all supported machines are little-endian. */
static uint32_t
offset_of_argument(unsigned n)
{
	return (uint32_t)(offsetof(struct seccomp_data, args) + n * sizeof(uint64_t));
}

static void
install(pid_t supervisor, pid_t warden)
{
	/* pids of prlimit64 0 (oneself) pass; kill's 0 is our own group. */
	const uint32_t pids[NPIDS] = {
		(uint32_t)supervisor, (uint32_t)warden, (uint32_t)-1,
		(uint32_t)-getpgid(supervisor), (uint32_t)-warden
	};
	struct sock_filter code[8 + NGUARDED * 3 + NPIDS];
	struct sock_fprog program = { .filter = code };
	unsigned short n = 0;
	size_t i;

	code[n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
	    offsetof(struct seccomp_data, arch));
	code[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ARCH, 1, 0);
	code[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	code[n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
	    offsetof(struct seccomp_data, nr));
	for (i = 0; i < NGUARDED; i++) {
		size_t left = (NGUARDED - 1 - i) * 3 + 1;

		/* not this one: the next; else load its argument, go and look */
		code[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K,
		    guarded[i].nr, 0, 2);
		code[n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
		    offset_of_argument(guarded[i].argument));
		code[n++] = (struct sock_filter)BPF_STMT(BPF_JMP | BPF_JA, (uint32_t)left);
	}
	code[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	for (i = 0; i < NPIDS; i++)
		code[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K,
		    pids[i], (uint8_t)(NPIDS - i), 0);
	code[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	code[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM);
	program.len = n;
	(void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	/* Without SPEC_ALLOW older kernels slow down everything that follows. */
	if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
	    SECCOMP_FILTER_FLAG_SPEC_ALLOW, &program) == -1)
		(void)prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0);
}

#else

static void
install(pid_t supervisor, pid_t warden)
{
	(void)supervisor;
	(void)warden;
}

#endif

/* Any of these lets root's cells read the supervisor's environment in procfs. */
static const int dropped[] = { CAP_SYS_PTRACE, CAP_PERFMON, CAP_SYS_ADMIN };

static void
drop_capabilities(void)
{
	struct __user_cap_header_struct header = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct data[2];
	size_t i;

	if (syscall(SYS_capget, &header, data) == -1)
		return;
	for (i = 0; i < sizeof dropped / sizeof *dropped; i++) {
		uint32_t kept = ~CAP_TO_MASK(dropped[i]);
		struct __user_cap_data_struct *d = &data[CAP_TO_INDEX(dropped[i])];

		(void)prctl(PR_CAPBSET_DROP, dropped[i], 0, 0, 0);
		d->effective &= kept;
		d->permitted &= kept;
		d->inheritable &= kept;
	}
	(void)syscall(SYS_capset, &header, data);
}

void
filter_install(pid_t supervisor, pid_t warden)
{
	install(supervisor, warden);
	drop_capabilities();
}
