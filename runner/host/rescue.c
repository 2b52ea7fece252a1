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
#include <linux/futex.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>
#include <unwind.h>

#include "runner/host/host.h"

enum {
	SIGNAL_STACK = 128 * 1024,
	NEAR = 64 * 1024,	/* from the stack pointer: an overflow of the stack */
	PATIENCE = 100000,	/* microseconds */
	FAULTS = 7,		/* the first of those below */
	CALLS_MAX = 1 << 20	/* of a trace, which takes some 0.2 s */
};

/* What a fault raises, and what else ends a process if nobody has said otherwise. */
static const int fatal[] = {
	SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP, SIGSYS,
	SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGALRM, SIGVTALRM, SIGPROF, SIGPIPE,
	SIGUSR1, SIGUSR2, SIGPOLL, SIGXCPU, SIGXFSZ
};

static char signal_stack[SIGNAL_STACK] __attribute__((aligned(16)));

static volatile pid_t dying;		/* the thread that crashed first; 0: none */
static volatile uint32_t released;	/* the supervisor has seen what it wanted */
static void install_asked(void);

/* The point that a handler was called from. */
struct point {
	uint64_t pc, sp;
	uint32_t access;	/* report_flag, 0: not known */
};

static struct trace trace;
static __thread uint64_t started[PROTOCOL_STARTED];

/* Memory that may not be there. */
static bool
peek(uint64_t address, void *to, size_t size)
{
	struct iovec here = { to, size }, there = { (void *)(uintptr_t)address, size };

	return process_vm_readv(host.self, &here, 1, &there, 1, 0) == (ssize_t)size;
}

/*
 * A call through a bad pointer leaves a pc that no unwinder knows.  Nothing goes
 * on from here, so the call is taken back: the pc is that of the call again.
 */
static void
take_back_call(ucontext_t *u)
{
#if defined(__x86_64__)
	greg_t *g = u->uc_mcontext.gregs;
	uint64_t back;

	if (!peek((uint64_t)g[REG_RSP], &back, sizeof back))
		return;
	g[REG_RIP] = (greg_t)(back - 1);
	g[REG_RSP] += (greg_t)sizeof back;
#elif defined(__aarch64__)
	u->uc_mcontext.pc = u->uc_mcontext.regs[30] - 1;
#else
	(void)u;
#endif
}

/* Into the numbers that DWARF gives to registers. */
static void
take_registers(const ucontext_t *u)
{
#if defined(__x86_64__)
	static const int order[PROTOCOL_REGISTERS] = {
		REG_RAX, REG_RDX, REG_RCX, REG_RBX, REG_RSI, REG_RDI, REG_RBP, REG_RSP,
		REG_R8, REG_R9, REG_R10, REG_R11, REG_R12, REG_R13, REG_R14, REG_R15, REG_RIP
	};
	size_t i;

	for (i = 0; i < PROTOCOL_REGISTERS; i++)
		trace.registers[i] = (uint64_t)u->uc_mcontext.gregs[order[i]];
#elif defined(__aarch64__)
	memcpy(trace.registers, u->uc_mcontext.regs, 31 * sizeof(uint64_t));
	trace.registers[PROTOCOL_SP] = u->uc_mcontext.sp;
#else
	(void)u;
#endif
}

static struct point
point_of(ucontext_t *u)
{
	struct point p = {0};

#if defined(__x86_64__)
	const greg_t *g = u->uc_mcontext.gregs;

	if (g[REG_TRAPNO] == 14)	/* page fault: its error code tells */
		p.access = g[REG_ERR] & 16 ? REPORT_EXECUTE :
		    g[REG_ERR] & 2 ? REPORT_WRITE : REPORT_READ;
	if (p.access == REPORT_EXECUTE)
		take_back_call(u);
	p.pc = (uint64_t)g[REG_RIP];
	p.sp = (uint64_t)g[REG_RSP];
#elif defined(__aarch64__)
	struct dl_find_object object;

	if (_dl_find_object((void *)(uintptr_t)u->uc_mcontext.pc, &object) != 0) {
		p.access = REPORT_EXECUTE;
		take_back_call(u);
	}
	p.pc = u->uc_mcontext.pc;
	p.sp = u->uc_mcontext.sp;
#endif
	take_registers(u);
	return p;
}

/*
 * The calls, innermost first.  Those of the handler itself come first and are
 * passed over.  Of very many the innermost and the outermost are kept.
 */
struct walk {
	uint64_t start;		/* the interrupted instruction; 0: each call counts */
	bool on;
	uint64_t n;
};

static struct walk walk;

static _Unwind_Reason_Code
step(struct _Unwind_Context *context, void *arg)
{
	static const int saved[PROTOCOL_NSAVED] = PROTOCOL_SAVED;
	uint64_t inner = PROTOCOL_CALLS - PROTOCOL_OUTER;
	int exact = 0, i;
	uint64_t pc = _Unwind_GetIPInfo(context, &exact);
	struct call *c;

	(void)arg;
	if (pc == walk.start)
		walk.on = true;
	if (!walk.on || !pc)
		return _URC_NO_REASON;
	c = &trace.calls[walk.n < inner ? walk.n : inner + (walk.n - inner) % PROTOCOL_OUTER];
	c->pc = exact ? pc : pc - 1;
	c->sp = _Unwind_GetCFA(context);
	c->function = _Unwind_GetRegionStart(context);
	for (i = 0; i < PROTOCOL_NSAVED; i++)
		c->saved[i] = _Unwind_GetGR(context, saved[i]);
	walk.n++;
	return walk.n == CALLS_MAX ? _URC_END_OF_STACK : _URC_NO_REASON;
}

/* The outermost calls went round in a ring: put the first of them first. */
static void
straighten(void)
{
	uint64_t inner = PROTOCOL_CALLS - PROTOCOL_OUTER, turn = (walk.n - inner) % PROTOCOL_OUTER;
	static struct call ring[PROTOCOL_OUTER];
	size_t i;

	memcpy(ring, trace.calls + inner, sizeof ring);
	for (i = 0; i < PROTOCOL_OUTER; i++)
		trace.calls[inner + i] = ring[(i + turn) % PROTOCOL_OUTER];
}

/* While constructors run, dlopen has not told us yet where the object lies. */
static void
find_base(uint32_t n)
{
	struct dl_find_object object;
	uint32_t i;

	for (i = 0; i < n && !host.base; i++)
		if (_dl_find_object((void *)(uintptr_t)trace.calls[i].pc, &object) == 0 &&
		    strcmp(object.dlfo_link_map->l_name, host.path) == 0)
			host.base = object.dlfo_link_map->l_addr;
}

/* Send what has been found. */
static void
send_trace(uint32_t flags, enum leaving how)
{
	struct report report = { .type = REPORT_TRACE, .pid = host.self,
	    .code = (int32_t)how, .flags = flags };

	if (walk.n > PROTOCOL_CALLS)
		straighten();
	trace.total = walk.n;
	report.count = (uint32_t)(walk.n < PROTOCOL_CALLS ? walk.n : PROTOCOL_CALLS);
	report.size = (uint32_t)(offsetof(struct trace, calls) + report.count * sizeof(struct call));
	if (syscall(SYS_gettid) != host.self) {
		report.flags |= REPORT_THREAD;
		memcpy(trace.started, started, sizeof started);
	}
	find_base(report.count);
	(void)host_report(&report, &trace);
}

/* The calls from an interrupted instruction on; from here, if that is 0. */
static void
find_calls(uint64_t start)
{
	walk = (struct walk){ .start = start, .on = start == 0 };
	_Unwind_Backtrace(step, NULL);
}

void
rescue_leaving(enum leaving how)
{
	if (getpid() != host.self || host.self == 0 || dying)
		return;
	find_calls(0);
	part_tell_calls();
	send_trace(0, how);
}

/* ---- threads ---- */

struct origin {
	size_t n;
	uint64_t *calls;
};

static _Unwind_Reason_Code
step_origin(struct _Unwind_Context *context, void *arg)
{
	struct origin *o = arg;

	if (o->n == PROTOCOL_STARTED)
		return _URC_END_OF_STACK;
	o->calls[o->n++] = _Unwind_GetIP(context) - 1;
	return _URC_NO_REASON;
}

void
rescue_note_calls(uint64_t calls[PROTOCOL_STARTED])
{
	struct origin o = { 0, calls };

	memset(calls, 0, PROTOCOL_STARTED * sizeof *calls);
	_Unwind_Backtrace(step_origin, &o);
}

void
rescue_note_thread(const uint64_t calls[PROTOCOL_STARTED])
{
	memcpy(started, calls, sizeof started);
}

/* ---- output ---- */

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

/* libc's own: ThreadSanitizer would keep signals back until a thread waits. */
extern int __sigaction(int, const struct sigaction *, struct sigaction *);

static void
set_handlers(const int *signals, size_t n, const struct sigaction *act)
{
	size_t i;

	for (i = 0; i < n; i++)
		__sigaction(signals[i], act, NULL);
}

void
rescue_die(int sig)
{
	struct sigaction normal = { .sa_handler = SIG_DFL };
	sigset_t one;

	sigemptyset(&one);
	sigaddset(&one, sig);
	__sigaction(sig, &normal, NULL);
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

/* ---- handlers ---- */

/*
 * Let the supervisor look at our memory: it sends PROTOCOL_SIGNAL when it has
 * seen enough, and may not be there.
 */
static void
wait_for_supervisor(void)
{
	struct timespec patience = { .tv_sec = 1 };
	sigset_t wake;
	int i;

	sigemptyset(&wake);
	sigaddset(&wake, PROTOCOL_SIGNAL);
	sigprocmask(SIG_UNBLOCK, &wake, NULL);
	for (i = 0; i < 4 && !released; i++)
		if (syscall(SYS_futex, &released, FUTEX_WAIT, 0, &patience, NULL, 0) == -1 &&
		    errno == ETIMEDOUT)
			break;
}

static int first_signal;

/* The stack is so damaged that following it crashed: what was found is all there is. */
static void
on_second_crash(int sig)
{
	(void)sig;
	send_trace(REPORT_INTERRUPTED | REPORT_WAITS, LEAVING_NOT);
	wait_for_supervisor();
	rescue_die(first_signal);
}

/* Only one thread may tell; others that crash meanwhile stay where they are. */
static void
be_first(int sig)
{
	static const int faults[] = { SIGSEGV, SIGBUS };
	struct sigaction act = { .sa_handler = on_second_crash, .sa_flags = SA_ONSTACK };
	pid_t nobody = 0, self = (pid_t)syscall(SYS_gettid);
	sigset_t set;

	if (!__atomic_compare_exchange_n(&dying, &nobody, self, false, __ATOMIC_SEQ_CST,
	    __ATOMIC_SEQ_CST))
		for (;;)
			pause();
	first_signal = sig;
	sigfillset(&act.sa_mask);
	set_handlers(faults, sizeof faults / sizeof *faults, &act);
	install_asked();
	sigemptyset(&set);
	sigaddset(&set, SIGSEGV);
	sigaddset(&set, SIGBUS);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
}

static void
on_crash(int sig, siginfo_t *info, void *context)
{
	struct report r = {
		.type = REPORT_CRASH, .pid = host.self, .signal = sig, .code = info->si_code
	};
	struct point at;

	if (getpid() != host.self)	/* a child that the cell made */
		rescue_die(sig);
	be_first(sig);
	at = point_of(context);
	if (info->si_code > 0 && sig != SIGABRT) {
		r.address = (uint64_t)(uintptr_t)info->si_addr;
		r.flags = at.access;
		if (sig == SIGSEGV && is_overflow(r.address, at.sp))
			r.flags |= REPORT_STACK;
	} else {
		r.status = info->si_pid;
	}
	if (rescue_is_memory_out())
		r.flags |= REPORT_MEMORY;
	(void)host_report(&r, NULL);
	rescue_output();
	find_calls(at.pc);
	part_tell_calls();
	send_trace(REPORT_INTERRUPTED | REPORT_WAITS, LEAVING_NOT);
	wait_for_supervisor();
	rescue_die(sig);
}

/* Where it is now, whatever that is. */
static void
stop_here(void *context)
{
	rescue_output();
	find_calls(point_of(context).pc);
	part_tell_calls();
	send_trace(REPORT_INTERRUPTED | REPORT_WAITS, LEAVING_NOT);
	for (;;)
		pause();
}

static void
on_alarm(int sig, siginfo_t *info, void *context)
{
	(void)sig;
	(void)info;
	stop_here(context);
}

/* Our patience with a part that was to stop by itself: an alarm asks again. */
static void
ask_again(void)
{
	struct itimerval soon = { .it_value.tv_usec = PATIENCE };
	struct sigaction act = { .sa_flags = SA_SIGINFO | SA_ONSTACK, .sa_sigaction = on_alarm };

	sigfillset(&act.sa_mask);
	__sigaction(SIGALRM, &act, NULL);
	(void)setitimer(ITIMER_REAL, &soon, NULL);
}

/*
 * The supervisor's patience is over; it kills us as soon as it has heard.  Or we
 * are dying, and it has seen enough.
 */
static void
on_asked(int sig, siginfo_t *info, void *context)
{
	(void)sig;
	if (info->si_pid != host.warden || getpid() != host.self)
		return;
	if (dying) {
		released = 1;
		syscall(SYS_futex, &released, FUTEX_WAKE, INT32_MAX, NULL, NULL, 0);
		return;
	}
	if (part_interrupt())
		ask_again();
	else
		stop_here(context);
}

void
rescue_stop(void)
{
	sigset_t all;

	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, NULL);
	rescue_output();
	find_calls(0);
	part_tell_calls();
	send_trace(0, LEAVING_NOT);
	for (;;)
		pause();
}

void
rescue_raise(const char *words, size_t size, uint32_t flags)
{
	struct report r = { .type = REPORT_RAISED, .pid = host.self, .flags = flags };

	if (getpid() != host.self) {	/* a child that the cell made */
		fprintf(stderr, "%.*s\n", (int)size, words);
		_exit(1);
	}
	export_flush();
	if (rescue_is_memory_out())
		r.flags |= REPORT_MEMORY;
	r.size = (uint32_t)(size < PROTOCOL_WORDS ? size : PROTOCOL_WORDS);
	(void)host_report(&r, words);
	rescue_stop();
}

static void
install_asked(void)
{
	struct sigaction act = { .sa_flags = SA_SIGINFO | SA_ONSTACK, .sa_sigaction = on_asked };

	sigfillset(&act.sa_mask);
	__sigaction(PROTOCOL_SIGNAL, &act, NULL);
}

static void
install_crash(const int *signals, size_t n)
{
	struct sigaction act = { .sa_flags = SA_SIGINFO | SA_ONSTACK, .sa_sigaction = on_crash };

	sigfillset(&act.sa_mask);
	set_handlers(signals, n, &act);
}

static void
install_stack(void)
{
	stack_t stack = { .ss_sp = signal_stack, .ss_size = sizeof signal_stack };

	sigaltstack(&stack, NULL);
}

void
rescue_renew(void)
{
	struct sigaction now;
	bool is_ours = true;
	sigset_t ours;
	size_t i;

	sigemptyset(&ours);
	sigaddset(&ours, PROTOCOL_SIGNAL);
	for (i = 0; i < FAULTS; i++)
		sigaddset(&ours, fatal[i]);
	for (i = 0; i < sizeof fatal / sizeof *fatal; i++) {
		if (sigaction(fatal[i], NULL, &now) == -1 || now.sa_sigaction == on_crash)
			continue;
		if (now.sa_handler == SIG_DFL)
			install_crash(&fatal[i], 1);
		else if (i < FAULTS)
			is_ours = false;
	}
	if (is_ours)
		install_stack();
	install_asked();
	sigprocmask(SIG_UNBLOCK, &ours, NULL);
}

/* ---- ends that are no crash ---- */

static void
on_exit_called(int status, void *arg)
{
	(void)status;
	(void)arg;
	rescue_leaving(LEAVING_EXIT);
}

static void
on_quick_exit(void)
{
	rescue_leaving(LEAVING_QUICK);
}

void
rescue_install(void)
{
	install_stack();
	install_crash(fatal, sizeof fatal / sizeof *fatal);
	install_asked();
	(void)on_exit(on_exit_called, NULL);
	(void)at_quick_exit(on_quick_exit);
}
