#define _GNU_SOURCE	/* memfd_create, vfork, SOCK_CLOEXEC with socketpair, POLLRDHUP */
#include "runner/session/warden.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runner/session/stream.h"
#include "tangle/base/diag.h"
#include "tangle/base/mem.h"

#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL	0x0008U
#define MFD_EXEC	0x0010U
#endif

enum {
	HIGH = 16,		/* above the descriptors that a child sets */
	STACK = 8 << 20		/* bytes */
};

#if defined(__SANITIZE_ADDRESS__)
#define WITH_ASAN	1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define WITH_ASAN	1
#endif
#endif

/* A cell must not read our environment in procfs; but leak checkers trace us. */
static void
hide(void)
{
#ifndef WITH_ASAN
	(void)prctl(PR_SET_DUMPABLE, 0);
#endif
}

static bool
send_order(int socket, const struct order *o, struct str payload, const int *fds, size_t nfds)
{
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(PROTOCOL_FDS * sizeof(int))];
	} control = {0};
	struct iovec part[2] = {
		{ (void *)o, sizeof *o }, { (void *)payload.data, payload.len }
	};
	struct msghdr m = { .msg_iov = part, .msg_iovlen = payload.len ? 2 : 1 };
	ssize_t n;

	if (nfds > 0) {
		m.msg_control = &control;
		m.msg_controllen = CMSG_SPACE(nfds * sizeof(int));
		control.header.cmsg_level = SOL_SOCKET;
		control.header.cmsg_type = SCM_RIGHTS;
		control.header.cmsg_len = CMSG_LEN(nfds * sizeof(int));
		memcpy(CMSG_DATA(&control.header), fds, nfds * sizeof(int));
	}
	do
		n = sendmsg(socket, &m, MSG_NOSIGNAL | MSG_DONTWAIT);
	while (n == -1 && errno == EINTR);
	return n != -1;
}

/* A sanitizer's memory has its own map, which a stack without end does not leave free. */
static void
limit_stack(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_STACK, &limit) == -1 || limit.rlim_cur != RLIM_INFINITY)
		return;
	limit.rlim_cur = STACK;
	(void)setrlimit(RLIMIT_STACK, &limit);
}

/*
 * Becomes the warden, or returns why not.  Runs in a vfork child: it shares our
 * memory, and we wait.
 */
static int
become(const struct warden_options *o, int socket, int nothing, char *const env[])
{
	static char *const argv[] = { (char *)"cell", NULL };

	/* Without randomisation printed addresses are the same in each run. */
	(void)personality(o->is_shuffled ? 0 : ADDR_NO_RANDOMIZE);
	if (chdir(o->folder) == -1)
		return errno;
	if (dup2(nothing, 0) == -1 || dup2(nothing, 1) == -1 || dup2(nothing, 2) == -1 ||
	    dup2(socket, PROTOCOL_FD) == -1)
		return errno;
	if (o->image != -1) {
		limit_stack();
		fexecve(o->image, argv, env);
	} else
		execve(o->program, argv, env);
	return errno;
}

/* The environment of cells, but for what they ask for: nothing of the caller's is in it. */
enum { FIXED = 7 };

static size_t
fixed_environment(const char *env[FIXED], char texts[2][4096], const struct warden_options *o)
{
	const char *scratch = o->scratch ? o->scratch : "/tmp";
	size_t n = 0;

	snprintf(texts[0], sizeof texts[0], "HOME=%s", scratch);
	snprintf(texts[1], sizeof texts[1], "TMPDIR=%s", scratch);
	env[n++] = "PATH=/usr/local/bin:/usr/bin:/bin";
	env[n++] = texts[0];
	env[n++] = texts[1];
	env[n++] = "LANG=C.UTF-8";
	env[n++] = "TZ=UTC";
	env[n++] = "TERM=dumb";
	env[n++] = "COLUMNS=80";
	return n;
}

static bool
is_same_name(const char *a, const char *b)
{
	size_t n = strcspn(a, "=");

	return strncmp(a, b, n + 1) == 0;
}

/* What cells ask for takes the place of what they would have. */
static char **
environment(char texts[2][4096], const struct warden_options *o)
{
	const char **env = mem_alloc(FIXED + o->nenv + 1, sizeof *env);
	size_t n = fixed_environment(env, texts, o), k;

	for (size_t i = 0; i < o->nenv; i++) {
		for (k = 0; k < n && !is_same_name(env[k], o->env[i]); k++)
			;
		env[k] = o->env[i];
		n += k == n;
	}
	env[n] = NULL;
	return (char **)env;
}

/* 0, or an errno. */
static int
launch(struct warden *w, const struct warden_options *o, int socket)
{
	char texts[2][4096], **env = environment(texts, o);
	sigset_t all, before;
	volatile int error = 0;
	int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);
	/* Above the ones that are overwritten in turn. */
	int high = fcntl(socket, F_DUPFD_CLOEXEC, HIGH);

	if (nothing == -1 || high == -1)
		error = errno;
	/* A handler of ours must not run in the child. */
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &before);
	w->pid = error ? -1 : vfork();
	if (w->pid == 0) {
		error = become(o, high, nothing, env);
		_exit(127);
	}
	if (w->pid == -1 && !error)
		error = errno;
	sigprocmask(SIG_SETMASK, &before, NULL);
	mem_free(env);
	if (nothing != -1)
		close(nothing);
	if (high != -1)
		close(high);
	return error;
}

static bool
pair(int ends[2])
{
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) == -1)
		return false;
	return true;
}

bool
warden_start(struct warden *w, const struct warden_options *o, struct diag *d)
{
	char path[64];
	int ends[2], error;

	hide();
	*w = (struct warden){ .socket = -1, .pid = -1, .children = -1 };
	if (!pair(ends)) {
		diag_errno(d, "make a socket", STR("session"));
		return false;
	}
	error = launch(w, o, ends[1]);
	close(ends[1]);
	w->socket = ends[0];
	if (error) {
		if (w->pid > 0)
			warden_stop(w);
		else
			close(w->socket);
		*w = (struct warden){ .socket = -1, .pid = -1, .children = -1 };
		diag_error(d, STATUS_ENVIRONMENT, PLACE_NONE, "no-host",
		    "the program that runs cells cannot be started in '%s': %s: %s",
		    o->folder, o->program, strerror(error));
		return false;
	}
	snprintf(path, sizeof path, "/proc/%d/task/%d/children", (int)w->pid, (int)w->pid);
	w->children = open(path, O_RDONLY | O_CLOEXEC);
	return true;
}

void
warden_dismiss(struct warden *w)
{
	if (w->socket != -1)
		(void)shutdown(w->socket, SHUT_WR);	/* which it takes as the sign */
}

void
warden_stop(struct warden *w)
{
	if (w->socket == -1)
		return;
	close(w->socket);	/* a sign, too */
	while (waitpid(w->pid, NULL, 0) == -1 && errno == EINTR)
		;
	if (w->children != -1)
		close(w->children);
	*w = (struct warden){ .socket = -1, .pid = -1, .children = -1 };
}

int
warden_spawn(struct warden *w, uint64_t serial, const struct stream *out,
    const struct stream *err)
{
	struct order o = { .type = ORDER_SPAWN, .number = serial };
	int ends[2], fds[PROTOCOL_FDS];
	bool sent;

	if (!pair(ends))
		return -1;
	fds[0] = ends[1];
	for (size_t i = 0; i < PROTOCOL_PIPES; i++) {
		fds[1 + 2 * i] = out->pipes[i].write_fd;
		fds[2 + 2 * i] = err->pipes[i].write_fd;
	}
	sent = send_order(w->socket, &o, (struct str){0}, fds, PROTOCOL_FDS);
	close(ends[1]);
	if (sent)
		return ends[0];
	close(ends[0]);
	return -1;
}

void
warden_signal(struct warden *w, pid_t pid, int signal)
{
	struct order o = { .type = ORDER_SIGNAL, .pid = pid, .signal = signal };

	if (pid > 0)
		(void)send_order(w->socket, &o, (struct str){0}, NULL, 0);
}

/* An order about all processes but some. */
static void
send_with(struct warden *w, struct order o, const struct kin *k)
{
	struct str pids = { (const char *)k->pids, k->n * sizeof *k->pids };

	o.size = (uint32_t)pids.len;
	(void)send_order(w->socket, &o, pids, NULL, 0);
}

void
warden_sweep(struct warden *w, pid_t group, const struct kin *k)
{
	send_with(w, (struct order){ .type = ORDER_SWEEP, .pid = group }, k);
}

void
warden_count(struct warden *w, uint64_t number, uint32_t tasks, uint64_t memory,
    const struct kin *k)
{
	send_with(w, (struct order){ .type = ORDER_COUNT, .number = number, .nargs = tasks,
	    .memory = memory }, k);
}

static bool
is_kin(const struct kin *k, long pid)
{
	size_t i;

	for (i = 0; i < k->n; i++)
		if (k->pids[i] == pid)
			return true;
	return false;
}

bool
warden_has_others(const struct warden *w, const struct kin *k)
{
	char text[PROTOCOL_KEEP * 8 + 128];
	ssize_t n = w->children == -1 ? -1 : pread(w->children, text, sizeof text - 1, 0);
	char *at = text, *end;

	if (n < 0)
		return true;
	text[n] = '\0';
	for (;;) {
		long pid = strtol(at, &end, 10);

		if (end == at)
			return n == sizeof text - 1;
		if (!is_kin(k, pid))
			return true;
		at = end;
	}
}

/* Write the bytes into a new file in memory, which becomes sealed; or close it. */
static int
fill(int fd, struct str bytes)
{
	size_t at;
	ssize_t n;

	for (at = 0; at < bytes.len; at += (size_t)n) {
		/* which leaves the offset at the start, for who reads it */
		n = pwrite(fd, bytes.data + at, bytes.len - at, (off_t)at);
		if (n == -1 && errno == EINTR)
			n = 0;
		if (n == -1)
			goto fail;
	}
	if (fcntl(fd, F_ADD_SEALS,
	    F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) != -1)
		return fd;
fail:
	close(fd);
	return -1;
}

int
warden_seal(const char *name, struct str bytes)
{
	const unsigned flags = MFD_CLOEXEC | MFD_ALLOW_SEALING;
	int fd = memfd_create(name, flags);

	if (fd == -1 && errno == EACCES)	/* vm.memfd_noexec = 2 */
		fd = memfd_create(name, flags | MFD_NOEXEC_SEAL);
	return fd == -1 ? -1 : fill(fd, bytes);
}

int
warden_seal_program(struct str bytes)
{
	const unsigned flags = MFD_CLOEXEC | MFD_ALLOW_SEALING;
	int fd = memfd_create("skein-host", flags | MFD_EXEC), high;

	if (fd == -1 && errno == EINVAL)	/* older kernels do not know the flag */
		fd = memfd_create("skein-host", flags);
	if (fd == -1 || (fd = fill(fd, bytes)) == -1)
		return -1;
	high = fcntl(fd, F_DUPFD_CLOEXEC, HIGH);
	close(fd);
	return high;
}

bool
order_run(int socket, const struct order *o, struct str arguments, int object, int in)
{
	return send_order(socket, o, arguments, (int[]){ object, in }, in == -1 ? 1 : 2);
}

bool
order_lua(int socket, const struct order *o, struct str arguments, int chunk, int part, int in)
{
	return send_order(socket, o, arguments, (int[]){ chunk, part, in }, in == -1 ? 2 : 3);
}

static bool
well_formed(const struct report *r, size_t len)
{
	if (r->size != len)
		return false;
	switch ((enum report_type)r->type) {
	case REPORT_SPAWNED:
	case REPORT_DIED:
	case REPORT_SWEPT:
	case REPORT_COUNT:
	case REPORT_FROZEN:
	case REPORT_AWAKE:
	case REPORT_PROGRAM:
	case REPORT_DONE:
	case REPORT_CRASH:
	case REPORT_SHOW:
	case REPORT_MEANING:
	case REPORT_DISPLAY:
		return len == 0;
	case REPORT_LOAD:
		return len <= 4096;
	case REPORT_WORDS:
	case REPORT_PLACES:
		return len <= PROTOCOL_WORDS;
	case REPORT_ASIDE:
		return r->count <= PROTOCOL_CALLS && len >= r->count * sizeof(uint64_t) &&
		    len - r->count * sizeof(uint64_t) <= PROTOCOL_TITLE;
	case REPORT_VALUE:
		return len <= PROTOCOL_VALUE;
	case REPORT_RAISED:
		return len <= PROTOCOL_WORDS;
	case REPORT_LUA:
		return r->count <= PROTOCOL_LUA_CALLS && len == r->count * sizeof(struct lua_call);
	case REPORT_TRACE:
		return r->count <= PROTOCOL_CALLS &&
		    len == offsetof(struct trace, calls) + r->count * sizeof(struct call);
	}
	return false;
}

/* The descriptor that came along. There is room for one; the system closes others. */
static int
take_descriptor(struct msghdr *m)
{
	struct cmsghdr *c = CMSG_FIRSTHDR(m);
	int fd = -1;

	if (c && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS &&
	    c->cmsg_len == CMSG_LEN(sizeof fd))
		memcpy(&fd, CMSG_DATA(c), sizeof fd);
	return fd;
}

/* An empty message and the end look the same. */
static bool
has_ended(int socket)
{
	struct pollfd p = { .fd = socket, .events = POLLRDHUP };

	return poll(&p, 1, 0) != 0;
}

enum receipt
report_receive(int socket, struct report *r, struct str *payload, int *answer)
{
	static char bytes[(sizeof(struct trace) > PROTOCOL_VALUE ? sizeof(struct trace) : PROTOCOL_VALUE) + 1];
	union {
		struct cmsghdr header;
		char space[CMSG_LEN(sizeof(int))];	/* not CMSG_SPACE: it has room for two */
	} control;
	struct iovec part[2] = { { r, sizeof *r }, { bytes, sizeof bytes } };
	struct msghdr m = {
		.msg_iov = part, .msg_iovlen = 2,
		.msg_control = &control, .msg_controllen = sizeof control.space
	};
	ssize_t n;

	*answer = -1;
	do
		n = recvmsg(socket, &m, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	while (n == -1 && errno == EINTR);
	if (n == -1 && (errno == EAGAIN || errno == EWOULDBLOCK))
		return RECEIPT_NONE;
	if (n < 0 || (n == 0 && has_ended(socket)))
		return RECEIPT_END;
	*answer = take_descriptor(&m);
	*payload = (struct str){ bytes, (size_t)n > sizeof *r ? (size_t)n - sizeof *r : 0 };
	if ((size_t)n >= sizeof *r && !(m.msg_flags & MSG_TRUNC) && well_formed(r, payload->len) &&
	    (*answer == -1 || report_waits(r)))
		return RECEIPT_REPORT;
	if (*answer != -1)
		close(*answer);
	*answer = -1;
	return RECEIPT_BAD;
}

pid_t
answer_process(int answer)
{
	struct ucred who;
	socklen_t len = sizeof who;

	if (getsockopt(answer, SOL_SOCKET, SO_PEERCRED, &who, &len) == -1 || len != sizeof who)
		return 0;
	return who.pid;
}
