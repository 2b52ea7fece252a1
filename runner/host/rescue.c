/*
 * The last words of a host.
 *
 * A handler may run at any point of anything: it takes no lock and allocates
 * nothing.  What is most worth saying is said first, since each step here may
 * crash in turn, and then ends the process at once.
 */
#define _GNU_SOURCE	/* registers in ucontext, _dl_find_object */
#include <dlfcn.h>
#include <errno.h>
#include <link.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <ucontext.h>
#include <unistd.h>
#include <unwind.h>

#include "runner/host/host.h"

enum {
	SIGNAL_STACK = 128 * 1024,
	NEAR = 64 * 1024	/* from the stack pointer: an overflow of the stack */
};

static const int fatal[] = {
	SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP, SIGSYS, SIGXFSZ
};

static char signal_stack[SIGNAL_STACK] __attribute__((aligned(16)));

/* Registers at the point that a handler was called from. */
struct registers {
	uint64_t pc, sp, fp;
	uint32_t access;	/* report_flag, 0: not known */
};

static struct registers
registers_of(const void *context)
{
	const ucontext_t *u = context;
	struct registers r = {0};
#if defined(__x86_64__)
	const greg_t *g = u->uc_mcontext.gregs;

	r.pc = (uint64_t)g[REG_RIP];
	r.sp = (uint64_t)g[REG_RSP];
	r.fp = (uint64_t)g[REG_RBP];
	if (g[REG_TRAPNO] == 14)	/* page fault: its error code tells */
		r.access = g[REG_ERR] & 16 ? REPORT_EXECUTE :
		    g[REG_ERR] & 2 ? REPORT_WRITE : REPORT_READ;
#elif defined(__aarch64__)
	r.pc = u->uc_mcontext.pc;
	r.sp = u->uc_mcontext.sp;
	r.fp = u->uc_mcontext.regs[29];
#else
	(void)u;
#endif
	return r;
}

/*
 * The calls, innermost first, each as an address within the instruction that
 * calls.  Those of the handler itself come first and are passed over.
 */
struct walk {
	uint64_t start;		/* the interrupted instruction */
	bool on;
	uint32_t n;
	uint64_t pcs[PROTOCOL_PCS];
};

static _Unwind_Reason_Code
step(struct _Unwind_Context *context, void *arg)
{
	struct walk *w = arg;
	int exact = 0;
	uint64_t pc = _Unwind_GetIPInfo(context, &exact);

	if (pc == w->start)
		w->on = true;
	if (w->on && pc)
		w->pcs[w->n++] = exact ? pc : pc - 1;
	return w->n == PROTOCOL_PCS ? _URC_END_OF_STACK : _URC_NO_REASON;
}

/* Memory that may not be there. */
static bool
peek(uint64_t address, void *to, size_t size)
{
	struct iovec here = { to, size }, there = { (void *)(uintptr_t)address, size };

	return process_vm_readv(host.self, &here, 1, &there, 1, 0) == (ssize_t)size;
}

/*
 * A call through a bad pointer leaves a pc that no unwinder knows.  The return
 * address is on top of the stack, and frame pointers lead on from there.
 */
static void
walk_by_hand(struct walk *w, const struct registers *r)
{
	uint64_t pair[2], fp = r->fp;

	w->n = 0;
	if (!peek(r->sp, &pair[1], sizeof pair[1]))
		return;
	w->pcs[w->n++] = pair[1] - 1;
	while (w->n < PROTOCOL_PCS && fp && peek(fp, pair, sizeof pair) && pair[1]) {
		w->pcs[w->n++] = pair[1] - 1;
		if (pair[0] <= fp)
			break;
		fp = pair[0];
	}
}

static bool
is_code(uint64_t pc, struct dl_find_object *object)
{
	return _dl_find_object((void *)(uintptr_t)pc, object) == 0;
}

/* While constructors run, dlopen has not told us yet where the object lies. */
static void
find_base(const struct walk *w)
{
	struct dl_find_object object;
	uint32_t i;

	for (i = 0; i < w->n && !host.base; i++)
		if (is_code(w->pcs[i], &object) &&
		    strcmp(object.dlfo_link_map->l_name, host.path) == 0)
			host.base = object.dlfo_link_map->l_addr;
}

static void
send_trace(const struct registers *r)
{
	static struct walk w;
	struct report report = { .type = REPORT_TRACE, .pid = host.self };
	struct dl_find_object object;

	w.start = r->pc;
	if (is_code(r->pc, &object))
		_Unwind_Backtrace(step, &w);
	else
		walk_by_hand(&w, r);
	find_base(&w);
	report.count = w.n;
	report.size = w.n * (uint32_t)sizeof w.pcs[0];
	(void)host_report(&report, w.pcs);
}

/* What stdio still holds back; the process will not come to flush it. */
static void
rescue_stream(FILE *f)
{
	const char *at = f->_IO_write_base, *end = f->_IO_write_ptr;
	ssize_t n;

	if (!at || end <= at || end - at > 1 << 20)
		return;
	f->_IO_write_ptr = f->_IO_write_base;
	while (at < end) {
		n = write(f->_fileno, at, (size_t)(end - at));
		if (n == -1 && errno == EINTR)
			continue;
		if (n <= 0)
			return;
		at += n;
	}
}

static void
rescue_output(void)
{
	if (stdout)
		rescue_stream(stdout);
	if (stderr)
		rescue_stream(stderr);
}

static void
defaults(void)
{
	struct sigaction normal = { .sa_handler = SIG_DFL };
	size_t i;

	for (i = 0; i < sizeof fatal / sizeof *fatal; i++)
		sigaction(fatal[i], &normal, NULL);
}

static void
die(int sig)
{
	sigset_t one;

	sigemptyset(&one);
	sigaddset(&one, sig);
	syscall(SYS_tgkill, getpid(), syscall(SYS_gettid), sig);
	sigprocmask(SIG_UNBLOCK, &one, NULL);
	_exit(128 + sig);
}

/*
 * The kernel makes a stack grow down to its limit: a fault in reach of the
 * stack pointer is one beyond it.  A large frame reaches far above the pointer.
 */
static bool
is_overflow(uint64_t address, uint64_t sp)
{
	uint64_t above = NEAR, top = UINT64_MAX;

	if (syscall(SYS_gettid) == host.self) {
		above = UINT64_C(1) << 30;
		top = host.stack_top;
	}
	return address < top && address + NEAR >= sp && address < sp + above;
}

bool
rescue_is_memory_out(void)
{
	size_t probe = (size_t)host.memory / 16;
	void *p;

	if (!probe)
		return false;
	p = mmap(NULL, probe, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (p == MAP_FAILED)
		return true;
	munmap(p, probe);
	return false;
}

static void
on_crash(int sig, siginfo_t *info, void *context)
{
	struct registers at = registers_of(context);
	struct report r = {
		.type = REPORT_CRASH, .pid = host.self, .signal = sig, .code = info->si_code
	};

	defaults();
	if (getpid() != host.self)	/* a child that the cell made */
		die(sig);
	if (info->si_code > 0 && sig != SIGABRT) {
		r.address = (uint64_t)(uintptr_t)info->si_addr;
		r.flags = at.access;
		if (sig == SIGSEGV && is_overflow(r.address, at.sp))
			r.flags |= REPORT_STACK;
	}
	if (rescue_is_memory_out())
		r.flags |= REPORT_MEMORY;
	(void)host_report(&r, NULL);
	rescue_output();
	send_trace(&at);
	die(sig);
}

/* The supervisor's patience is over; it kills us as soon as it has heard. */
static void
on_asked(int sig, siginfo_t *info, void *context)
{
	struct registers at;

	(void)sig;
	if (info->si_pid != host.warden || getpid() != host.self)
		return;
	at = registers_of(context);
	rescue_output();
	send_trace(&at);
	for (;;)
		pause();
}

void
rescue_install(void)
{
	stack_t stack = { .ss_sp = signal_stack, .ss_size = sizeof signal_stack };
	struct sigaction act = { .sa_flags = SA_SIGINFO | SA_ONSTACK };
	size_t i;

	sigaltstack(&stack, NULL);
	sigfillset(&act.sa_mask);
	act.sa_sigaction = on_crash;
	for (i = 0; i < sizeof fatal / sizeof *fatal; i++)
		sigaction(fatal[i], &act, NULL);
	act.sa_sigaction = on_asked;
	sigaction(PROTOCOL_SIGNAL, &act, NULL);
}
