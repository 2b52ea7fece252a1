/*
 * What a host says is written by a process that runs anything.
 *
 *	reports SEED SECONDS
 *
 * A session is started with this program in the place of skein-host; as that it
 * answers orders, mostly as a warden and a host would, else with reports that are
 * early, late, forged, cut, too long, or none.  The session must give an outcome
 * for each cell, crash nowhere, and leave no descriptor open.
 */
#define _GNU_SOURCE	/* MSG_CMSG_CLOEXEC */
#undef NDEBUG
#include <assert.h>
#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runner/build/loop.h"
#include "runner/session/protocol.h"
#include "runner/session/session.h"
#include "tangle/base/arena.h"
#include "tangle/base/buf.h"
#include "tangle/base/diag.h"

enum { CELLS = 6, HOSTS = 16 };

static uint64_t state;

/* xorshift64*: the same on each machine. */
static uint32_t
any(uint32_t below)
{
	state ^= state >> 12;
	state ^= state << 25;
	state ^= state >> 27;
	return (uint32_t)((state * 0x2545f4914f6cdd1d) >> 33) % below;
}

static bool
now_and_then(uint32_t in)
{
	return any(in) == 0;
}

/* ---- the host that is none ------------------------------------------------------------ */

static int hosts[HOSTS], pipes[HOSTS];
static int nhosts;
static uint64_t number;			/* of the last order */

static uint64_t
any_number(void)
{
	static const uint64_t edges[] = { 0, 1, 2, 4096, 1 << 20, UINT32_MAX, INT64_MAX, UINT64_MAX };

	switch (any(4)) {
	case 0: return edges[any(sizeof edges / sizeof *edges)];
	case 1: return (uint64_t)(uintptr_t)hosts;	/* which can be read */
	case 2: return number - any(3);
	default: return (uint64_t)any(UINT32_MAX) << any(32);
	}
}

static uint32_t
usual_size(uint32_t type, uint32_t count)
{
	switch (type) {
	case REPORT_TRACE: return (uint32_t)sizeof(struct trace);
	case REPORT_ASIDE: return count * 8 + any(PROTOCOL_TITLE);
	case REPORT_LOAD: case REPORT_WORDS: return any(PROTOCOL_WORDS);
	default: return 0;
	}
}

static void
tell(int fd, struct report r)
{
	static char payload[2 * sizeof(struct trace) + PROTOCOL_PAYLOAD];
	struct iovec part[2] = { { &r, sizeof r }, { payload, 0 } };
	struct msghdr m = { .msg_iov = part, .msg_iovlen = 2 };
	size_t i;

	for (i = 0; i < 64; i++)
		payload[any(sizeof payload)] = (char)any(256);
	if (r.type == REPORT_TRACE && r.count > PROTOCOL_CALLS)
		r.count = any(PROTOCOL_CALLS + 1);
	if (r.type == REPORT_ASIDE)
		r.count = any(PROTOCOL_CALLS + 2);
	r.size = usual_size(r.type, r.count);
	part[1].iov_len = r.size;
	if (now_and_then(30))
		r.size = any(1 << 17);
	if (now_and_then(30))
		part[1].iov_len = any(sizeof payload);
	if (now_and_then(60))
		part[0].iov_len = any(sizeof r);
	(void)sendmsg(fd, &m, MSG_NOSIGNAL | MSG_DONTWAIT);
}

static struct report
report_of(uint32_t type)
{
	return (struct report){ .type = type, .number = number, .pid = getpid() };
}

static struct report
any_report(void)
{
	struct report r = report_of(any(REPORT_SHOW + 2));

	if (now_and_then(8))
		r.number = any_number();
	if (now_and_then(4))
		r.pid = (int32_t)any_number();
	r.status = (int32_t)any_number();
	r.signal = (int32_t)any(70);
	r.code = (int32_t)any(10) - 3;
	r.flags = any(4096);
	r.count = (uint32_t)any_number();
	r.address = any_number();
	r.base = any_number();
	r.value = any_number();
	r.value_size = any_number();
	r.marker = any_number();
	r.member = any_number();
	r.nanoseconds = any_number();
	return r;
}

/* To whom it is said decides whose it is to say. */
static int
any_way(void)
{
	return nhosts > 0 && !now_and_then(10) ? hosts[any((uint32_t)nhosts)] : PROTOCOL_FD;
}

static void
play_run(int host, int out)
{
	uint32_t n = any(12);

	while (n-- > 0)
		tell(now_and_then(10) ? any_way() : host, any_report());
	if (out != -1 && write(out, "text\n", any(6)) == -1)
		return;
	if (!now_and_then(3))
		tell(host, report_of(REPORT_DONE));
	else if (now_and_then(2))
		tell(PROTOCOL_FD, report_of(REPORT_DIED));
	if (now_and_then(100))
		_exit(0);
}

static void
play_order(const struct order *o, const int fds[PROTOCOL_FDS])
{
	struct report r = report_of(REPORT_SPAWNED);

	r.number = o->number;
	switch (o->type) {
	case ORDER_SPAWN:
		if (nhosts == HOSTS)
			_exit(0);
		hosts[nhosts] = fds[0];
		pipes[nhosts++] = fds[1];
		break;
	case ORDER_SIGNAL:
		if (nhosts > 0 && o->signal == PROTOCOL_SIGNAL && now_and_then(2))
			tell(any_way(), report_of(REPORT_AWAKE));
		r.type = REPORT_DIED;
		r.pid = now_and_then(10) ? (int32_t)any_number() : o->pid;
		break;
	case ORDER_SWEEP:
		r.type = REPORT_SWEPT;
		r.count = any(3);
		break;
	default:
		r.type = REPORT_COUNT;
		r.count = (uint32_t)(now_and_then(20) ? any_number() : 1);
		break;
	}
	if (now_and_then(20))
		tell(PROTOCOL_FD, any_report());
	tell(PROTOCOL_FD, r);
}

/* False at the end. */
static bool
hear(int fd, int out)
{
	static char payload[PROTOCOL_PAYLOAD];
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(PROTOCOL_FDS * sizeof(int))];
	} control = {0};
	struct order o = {0};
	struct iovec part[2] = { { &o, sizeof o }, { payload, sizeof payload } };
	struct msghdr m = {
		.msg_iov = part, .msg_iovlen = 2,
		.msg_control = &control, .msg_controllen = sizeof control
	};
	int fds[PROTOCOL_FDS] = { -1, -1 };

	if (recvmsg(fd, &m, MSG_CMSG_CLOEXEC) <= 0)
		return false;
	if (CMSG_FIRSTHDR(&m) && m.msg_controllen > 0)
		memcpy(fds, CMSG_DATA(CMSG_FIRSTHDR(&m)),
		    CMSG_FIRSTHDR(&m)->cmsg_len - CMSG_LEN(0));
	number = o.type == ORDER_RUN ? o.number : number;
	if (o.type == ORDER_RUN)
		play_run(fd, out);
	else
		play_order(&o, fds);
	return true;
}

static _Noreturn void
play(void)
{
	for (;;) {
		struct pollfd p[1 + HOSTS] = { { .fd = PROTOCOL_FD, .events = POLLIN } };
		int n = nhosts, i;

		for (i = 0; i < n; i++)
			p[1 + i] = (struct pollfd){ .fd = hosts[i], .events = POLLIN };
		if (poll(p, (nfds_t)(1 + n), -1) <= 0)
			_exit(0);
		for (i = 0; i < 1 + n; i++) {
			if (!p[i].revents)
				continue;
			if (!hear(p[i].fd, i > 0 ? pipes[i - 1] : -1)) {
				if (i == 0)
					_exit(0);
				hosts[i - 1] = -1;	/* poll passes over it */
			}
		}
	}
}

/* ---- the session --------------------------------------------------------------------------- */

static size_t
count_descriptors(void)
{
	DIR *d = opendir("/proc/self/fd");
	size_t n = 0;

	assert(d);
	while (readdir(d))
		n++;
	closedir(d);
	return n;
}

/* A small object with debug information. */
static struct str
make_object(struct arena *a)
{
	char folder[] = "/tmp/skein-reports.XXXXXX", source[64], object[64];
	char *argv[] = { (char *)"gcc", (char *)"-g", (char *)"-shared", (char *)"-fPIC",
	    (char *)"-o", object, source, NULL };
	extern char **environ;
	struct buf b = {0};
	int fd, status;
	ssize_t n;
	pid_t pid;
	FILE *f;

	assert(mkdtemp(folder));
	snprintf(source, sizeof source, "%s/a.c", folder);
	snprintf(object, sizeof object, "%s/a.so", folder);
	f = fopen(source, "w");
	assert(f && fputs("struct s { int a; char *b; } s; int f(int n) { return n ? f(n - 1) : s.a; }\n", f) >= 0);
	assert(fclose(f) == 0);
	assert(posix_spawnp(&pid, "gcc", NULL, NULL, argv, environ) == 0);
	assert(waitpid(pid, &status, 0) == pid && status == 0);
	fd = open(object, O_RDONLY | O_CLOEXEC);
	assert(fd != -1);
	while ((n = read(fd, buf_room(&b, 65536), 65536)) > 0)
		b.len += (size_t)n;
	close(fd);
	assert(unlink(source) == 0 && unlink(object) == 0 && rmdir(folder) == 0);
	return buf_take(&b, a);
}

static void
take(void *arg, struct outcome *o)
{
	*(struct outcome **)arg = o;
}

static void
run_session(uint64_t seed, struct str object, struct loop *l, struct diag *d)
{
	char text[64];
	const char *env[] = { text };
	struct session_options options = { .host_path = "/proc/self/exe", .folder = "/",
	    .env = env, .nenv = 1, .copies = seed % 3 == 0 ? 8 : 0 };
	struct session *s;
	struct arena a;

	snprintf(text, sizeof text, "SEED=%llu", (unsigned long long)seed);
	arena_init(&a);
	s = session_new(l, &options, d);
	for (size_t i = 0; s && i < CELLS; i++) {
		struct session_run r = { .object = { object, i, STR("cell"), 0 }, .checkpoint = i % 2,
		    .is_program = i == 4, .is_isolated = i == 5, .timeout = 20000000,
		    .output_kept = 1 << 16, .output_kill = 1 << 20 };
		struct outcome *o = NULL;

		session_start(s, &r, &a, take, &o);
		while (!o)
			assert(loop_step(l));
	}
	session_free(s);
	arena_release(&a);
}

int
main(int argc, char **argv)
{
	int type, seconds;
	socklen_t len = sizeof type;
	uint64_t seed, first;
	struct arena arena;
	struct diag diag;
	struct loop *l;
	struct str object;
	int64_t end;
	size_t before;
	FILE *nowhere;

	if (getenv("SEED") && getsockopt(PROTOCOL_FD, SOL_SOCKET, SO_TYPE, &type, &len) == 0) {
		state = strtoull(getenv("SEED"), NULL, 10) * 2654435761 + 88172645463325252;
		play();
	}
	if (argc != 3) {
		fprintf(stderr, "usage: reports SEED SECONDS\n");
		return 2;
	}
	first = strtoull(argv[1], NULL, 10);
	seconds = atoi(argv[2]);
	arena_init(&arena);
	object = make_object(&arena);
	nowhere = fopen("/dev/null", "w");
	assert(nowhere);
	diag_init(&diag, nowhere, DIAG_COLOR_NEVER);
	l = loop_new();
	assert(l);
	run_session(first, object, l, &diag);	/* what is opened once is open now */
	before = count_descriptors();
	end = loop_now() + seconds * INT64_C(1000000000);
	for (seed = first; seed == first || loop_now() < end; seed++) {
		alarm(120);			/* the end of a session that hangs */
		run_session(seed, object, l, &diag);
		if (count_descriptors() != before) {
			fprintf(stderr, "seed %llu leaves descriptors open\n", (unsigned long long)seed);
			return 1;
		}
	}
	loop_free(l);
	diag_release(&diag);
	fclose(nowhere);
	arena_release(&arena);
	printf("%llu sessions\n", (unsigned long long)(seed - first));
	return 0;
}
