#define _GNU_SOURCE	/* program_invocation_name, dlinfo */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <signal.h>
#include <stdio.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "runner/host/host.h"

/* The ABI of a cell's unit, version 1. */
struct skein_block {
	int index;
	void (*run)(void);
};
struct skein_unit {
	unsigned abi;
	const struct skein_block *start, *stop;
};

enum { PIECES = PROTOCOL_SLOTS / 2 };

static char arguments[PROTOCOL_PAYLOAD];
static char *argv[PROTOCOL_ARGS + 2];
static char output_buffer[65536];

/* Out of the way: the first open() of a cell shall give 3 on each machine. */
static int
move_high(int fd)
{
	struct rlimit limit;
	int high = -1;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur > 32) {
		int most = limit.rlim_cur < 1024 ? (int)limit.rlim_cur : 1024;

		high = fcntl(fd, F_DUPFD_CLOEXEC, most - 16);
	}
	if (high == -1)
		return fd;
	close(fd);
	return high;
}

/*
 * Each cell begins with the same three files and an empty, well-behaved
 * stdout, whatever the one before it did to them.
 */
static void
begin_stdio(const struct order *o, int in)
{
	int mode = o->flags & RUN_FULL_BUFFER ? _IOFBF : _IOLBF;

	(void)dup2(in != -1 ? in : host.empty, 0);
	(void)dup2(host.out[o->pipe % PROTOCOL_PIPES], 1);
	(void)dup2(host.err[o->pipe % PROTOCOL_PIPES], 2);
	(void)fcntl(1, F_SETFL, 0);	/* a cell may have made them non-blocking */
	(void)fcntl(2, F_SETFL, 0);
	if (!stdin || fileno(stdin) != 0)
		stdin = fdopen(0, "r");
	if (!stdout || fileno(stdout) != 1)
		stdout = fdopen(1, "w");
	if (!stderr || fileno(stderr) != 2)
		stderr = fdopen(2, "w");
	if (stdin) {
		clearerr(stdin);
		__fpurge(stdin);
	}
	if (stdout)
		(void)setvbuf(stdout, output_buffer, mode, sizeof output_buffer);
	if (stderr)
		(void)setvbuf(stderr, NULL, _IONBF, 0);
}

static void
limit_memory(uint64_t memory)
{
	struct rlimit limit;

	if (memory == host.memory || sanitizer_takes_space() || getrlimit(RLIMIT_AS, &limit) == -1)
		return;
	host.memory = memory;
	limit.rlim_cur = memory ? host.start_memory + memory : limit.rlim_max;
	(void)setrlimit(RLIMIT_AS, &limit);
}

static void
limit_files(uint64_t size)
{
	struct rlimit limit;

	if (size == host.file_size || getrlimit(RLIMIT_FSIZE, &limit) == -1)
		return;
	host.file_size = size;
	limit.rlim_cur = size && size < limit.rlim_max ? size : limit.rlim_max;
	(void)setrlimit(RLIMIT_FSIZE, &limit);
}

/*
 * The loader takes an object whose path it has seen for the one it has, and
 * descriptor numbers come again.  "./" and "/" spell a count into the path.
 */
static void
name_object(int fd)
{
	static unsigned long count;
	unsigned long bits;
	size_t n = (size_t)snprintf(host.path, sizeof host.path, "/proc/self/fd/");

	for (bits = ++count; bits && n < sizeof host.path - 16; bits >>= 1) {
		if (bits & 1)
			host.path[n++] = '.';
		host.path[n++] = '/';
	}
	snprintf(host.path + n, sizeof host.path - n, "%d", fd);
}

static void
refuse(const char *why)
{
	struct report r = { .type = REPORT_LOAD, .pid = host.self };

	if (!why)
		why = "unknown error";
	if (rescue_is_memory_out())
		r.flags |= REPORT_MEMORY;
	r.size = (uint32_t)strnlen(why, 4096);
	(void)host_report(&r, why);
}

/* Ownership of fd comes along. NULL: it has been refused. */
static void *
load(const struct order *o, int fd, int scope)
{
	struct link_map *map = NULL;
	void *handle;

	name_object(fd);
	slot_open(o);
	handle = dlopen(host.path, RTLD_LAZY | scope);
	if (handle && dlinfo(handle, RTLD_DI_LINKMAP, &map) == 0) {
		host.base = map->l_addr;
		host.has_signals = host.has_signals || import_signals(map);
	}
	slot_close(o, map ? (const void *)map->l_addr : NULL);
	close(fd);
	if (!handle)
		refuse(dlerror());
	return handle;
}

/* Where a piece lies; it is loaded when its first part is. 0: it has been refused. */
static uint64_t
load_piece(const struct order *o, int fd)
{
	static struct { uint64_t number, base; } pieces[PIECES];
	static size_t npieces;
	size_t i;

	for (i = npieces; i-- > 0; ) {
		if (pieces[i].number == o->piece) {
			close(fd);
			return pieces[i].base;
		}
	}
	if (npieces == PIECES) {
		close(fd);
		refuse("too many pieces");
		return 0;
	}
	if (!load(o, fd, RTLD_GLOBAL))
		return 0;
	pieces[npieces].number = o->piece;
	pieces[npieces++].base = host.base;
	return host.base;
}

/* The block with the smallest index over `last`; gcc emits them in any order. */
static const struct skein_block *
next_block(const struct skein_unit *u, const struct skein_block *last)
{
	const struct skein_block *b, *next = NULL;

	/* But mostly it is a neighbour. */
	if (last && last + 1 < u->stop && last[1].index == last->index + 1)
		return last + 1;
	if (last && last > u->start && last[-1].index == last->index + 1)
		return last - 1;
	for (b = u->start; b < u->stop; b++)
		if ((!last || b->index > last->index) && (!next || b->index < next->index))
			next = b;
	return next;
}

/*
 * A jump to where an earlier cell stood comes back here with what the registers
 * held then, its number among them.
 */
static __attribute__((noinline)) void
run_block(const struct skein_block *b, uint64_t number)
{
	b->run();
	if (number == host.number)
		return;
	host_tell("jumped (longjmp) into a cell that had ended", NULL);
	abort();
}

static void
run_unit(const struct skein_unit *u)
{
	const struct skein_block *b = NULL;

	if (!u->start)
		return;
	errno = 0;
	while ((b = next_block(u, b)))
		run_block(b, host.number);
}

/* Children that live or were not waited for. */
static bool
has_children(void)
{
	siginfo_t info;

	return waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT | __WALL) == 0;
}

static bool
is_ours(pid_t pid)
{
	size_t i;

	for (i = 0; i < PROTOCOL_COPIES; i++)
		if (pid == host.copies[i])
			return true;
	return pid == host.self;
}

/*
 * Does the warden have children but us and our copies, what a cell has orphaned
 * for example?  True if it cannot be told.
 */
static bool
has_siblings(void)
{
	char text[PROTOCOL_COPIES * 8 + 128];
	ssize_t n = pread(host.siblings, text, sizeof text - 1, 0);
	char *at = text, *end;
	long pid;

	if (n < 0 || n == sizeof text - 1)
		return true;
	text[n] = '\0';
	while ((pid = strtol(at, &end, 10)), end != at) {
		if (!is_ours((pid_t)pid))
			return true;
		at = end;
	}
	return false;
}

static uint64_t
nanoseconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

static void
report_done(void)
{
	struct report r = { .type = REPORT_DONE, .pid = host.self };

	export_flush();
	/*
	 * Statements after a fork() run in the child too; it ends here.  exit() would
	 * put back what it has read ahead of files whose positions the session shares.
	 */
	if (getpid() != host.self)
		_exit(0);
	r.nanoseconds = nanoseconds() - host.began;
	if (host.has_signals && timers_stop())
		r.flags |= REPORT_TIMER;
	if (has_children())
		r.flags |= REPORT_LEFTOVER;
	else if (!shown.marker && !has_siblings())
		r.flags |= REPORT_CLEAN;
	host.drops = !(r.flags & REPORT_CLEAN);
	if (shown.marker) {
		r.value = (uint64_t)(uintptr_t)shown.bytes;
		r.value_size = shown.size;
		r.marker = (uint64_t)(uintptr_t)shown.marker;
		r.member = (uint64_t)(uintptr_t)shown.member;
	}
	if (!host_report(&r, NULL))	/* our voice is gone: the cell closed it */
		rescue_die(PROTOCOL_MUTE);
}

static void
run_cell(const struct order *o, int fd)
{
	const struct skein_unit *unit;
	void *handle;
	uint64_t piece;

	if (o->piece) {
		piece = load_piece(o, fd);
		if (!piece)
			return;
		host.base = piece + o->base;
		unit = (const struct skein_unit *)(uintptr_t)(piece + o->unit);
	} else {
		handle = load(o, fd, RTLD_GLOBAL);
		if (!handle)
			return;
		unit = dlsym(handle, "skein_unit");	/* sources= have none */
	}
	room_close();
	if (unit && unit->abi != 1) {
		refuse("made for another version of skein");
		return;
	}
	if (unit)
		run_unit(unit);
	report_done();
}

static void
run_lua(const struct order *o, int text, int object)
{
	const char *why = part_run(o, text, object, arguments);

	if (why)
		refuse(why);
	else
		report_done();
}

static __attribute__((noreturn)) void
run_program(const struct order *o, int fd)
{
	struct report r = { .type = REPORT_PROGRAM, .pid = host.self };
	int (*program)(int, char **, char **);
	char *at = arguments;
	uint32_t i;
	int status;
	void *handle;

	(void)host_report(&r, NULL);
	if (o->flags & RUN_SHELL) {
		room_close();
		refuse(shell_run(fd, arguments, o->nargs));
		_exit(127);
	}
	if (o->flags & RUN_ENGINE) {
		room_close();
		refuse(engine_run(o, fd, arguments));
		_exit(127);
	}
	leak_watch();
	handle = load(o, fd, RTLD_LOCAL);
	if (!handle)
		_exit(127);
	program = (int (*)(int, char **, char **))dlsym(handle, "main");
	if (!program) {
		refuse("it has no main");
		_exit(127);
	}
	room_close();
	program_invocation_name = program_invocation_short_name = argv[0] = (char *)"program";
	for (i = 0; i < o->nargs; i++, at += strlen(at) + 1)
		argv[i + 1] = at;
	argv[i + 1] = NULL;
	errno = 0;
	status = program((int)o->nargs + 1, argv, environ);
	exit(dlsym(handle, "skein_void_main") ? 0 : status);
}

static void
start_program(const struct order *o, int fd)
{
	pid_t pid;

	if (o->flags & RUN_IN_PLACE)
		run_program(o, fd);
	pid = freeze_copy();
	if (pid == 0)
		run_program(o, fd);
	close(fd);
	if (pid == -1)
		refuse("the session cannot be copied: there are too many processes, or too little memory");
}

static void
start_engine(const struct order *o, int fd)
{
	room_close();
	refuse(engine_serve(o, fd, arguments));
	close(fd);
}

static void
run(const struct order *o, const int fds[PROTOCOL_FDS])
{
	int in = o->flags & RUN_LUA ? fds[2] : fds[1];

	host.number = o->number;
	host.base = 0;
	host.drops = true;
	shown.marker = NULL;
	if (fds[0] == -1 || (o->flags & RUN_LUA && fds[1] == -1)) {
		refuse("no descriptor is free: an earlier cell has used them up (limit: ulimit -n)");
		return;
	}
	if (!(o->flags & RUN_ENGINE))	/* others reserve what they never use */
		limit_memory(o->memory);
	limit_files(o->file_size);
	if (o->flags & RUN_CHECKPOINT && freeze_past() == FREEZE_WOKEN) {
		descriptors_close(fds);
		return;
	}
	if (host.has_signals)
		rescue_renew();
	host.began = nanoseconds();
	begin_stdio(o, in);
	if (in != -1)
		close(in);
	if (o->flags & RUN_LUA)
		run_lua(o, fds[0], fds[1]);
	else if (o->flags & RUN_PROGRAM)
		start_program(o, fds[0]);
	else if (o->flags & RUN_ENGINE)
		start_engine(o, fds[0]);
	else
		run_cell(o, fds[0]);
}

static uint64_t
memory_in_use(void)
{
	char text[64] = "";
	int fd = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);

	if (fd != -1) {
		if (read(fd, text, sizeof text - 1) < 0)
			text[0] = '\0';
		close(fd);
	}
	return strtoul(text, NULL, 10) * (uint64_t)sysconf(_SC_PAGESIZE);
}

/* The warden lists us there, and all that it has got from cells. */
static int
open_siblings(void)
{
	char path[64];

	snprintf(path, sizeof path, "/proc/%d/task/%d/children", (int)host.warden, (int)host.warden);
	return open(path, O_RDONLY | O_CLOEXEC);
}

/* Short of memory, the system is to end a cell, and nothing of the user's or ours. */
static void
offer_first(void)
{
	int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);

	if (fd == -1)
		return;
	(void)!write(fd, "1000", 4);
	close(fd);
}

void
host_serve(const int given[PROTOCOL_FDS])
{
	struct order o;
	int fds[PROTOCOL_FDS], i;

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	(void)prctl(PR_SET_DUMPABLE, 1);	/* or the supervisor cannot read us */
	offer_first();
	(void)setsid();
	host.self = getpid();
	host.control = move_high(given[0]);
	for (i = 0; i < PROTOCOL_PIPES; i++) {
		host.out[i] = move_high(given[1 + 2 * i]);
		host.err[i] = move_high(given[2 + 2 * i]);
	}
	host.empty = move_high(open("/dev/null", O_RDWR | O_CLOEXEC));
	host.siblings = move_high(open_siblings());
	host.stack_top = (uint64_t)(uintptr_t)__builtin_frame_address(0);
	slots_reserve();
	host.start_memory = memory_in_use();
	rescue_install();
	asan_prepare();
	leak_spare();
	filter_install(host.supervisor, host.warden);
	for (room_open(); order_receive(host.control, &o, arguments, fds, 0); room_open())
		if (o.flags & RUN_AHEAD && host.drops)
			descriptors_close(fds);
		else if (o.type == ORDER_RUN && o.nargs <= PROTOCOL_ARGS)
			run(&o, fds);
	_exit(0);
}
