#define _GNU_SOURCE	/* MSG_CMSG_CLOEXEC */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "runner/host/host.h"

/* A cell that closed 0 to 2 made room there, where dup2 would overwrite it. */
static int
above_stdio(int fd)
{
	int other;

	if (fd == -1 || fd > 2)
		return fd;
	other = fcntl(fd, F_DUPFD_CLOEXEC, 3);
	close(fd);
	return other;
}

static void
take_descriptors(struct msghdr *m, int fds[PROTOCOL_FDS])
{
	struct cmsghdr *c = CMSG_FIRSTHDR(m);
	size_t n, i;

	for (i = 0; i < PROTOCOL_FDS; i++)
		fds[i] = -1;
	if (!c || c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
		return;
	n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
	memcpy(fds, CMSG_DATA(c), (n < PROTOCOL_FDS ? n : PROTOCOL_FDS) * sizeof(int));
	for (i = 0; i < PROTOCOL_FDS; i++)
		fds[i] = above_stdio(fds[i]);
}

void
descriptors_close(const int fds[PROTOCOL_FDS])
{
	size_t i;

	for (i = 0; i < PROTOCOL_FDS; i++)
		if (fds[i] != -1)
			close(fds[i]);
}

/* A cell may have told the socket, which its past shares, never to wait. */
static bool
would_wait(int flags)
{
	return !(flags & MSG_DONTWAIT) && (errno == EAGAIN || errno == EWOULDBLOCK);
}

bool
order_receive(int fd, struct order *o, char *payload, int fds[PROTOCOL_FDS], int flags)
{
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(PROTOCOL_FDS * sizeof(int))];
	} control;
	struct iovec part[2] = { { o, sizeof *o }, { payload, PROTOCOL_PAYLOAD } };
	struct msghdr m = {
		.msg_iov = part, .msg_iovlen = 2,
		.msg_control = &control, .msg_controllen = sizeof control
	};
	ssize_t n;

	do
		n = recvmsg(fd, &m, MSG_CMSG_CLOEXEC | flags);
	while (n == -1 && (errno == EINTR || (would_wait(flags) && fcntl(fd, F_SETFL, 0) == 0)));
	if (n < (ssize_t)sizeof *o)
		return false;
	take_descriptors(&m, fds);
	return (size_t)n - sizeof *o == o->size;
}

bool
report_send(int fd, const struct report *r, const void *payload)
{
	struct iovec part[2] = {
		{ (void *)r, sizeof *r }, { (void *)payload, r->size }
	};
	struct msghdr m = { .msg_iov = part, .msg_iovlen = r->size ? 2 : 1 };
	ssize_t n;

	do
		n = sendmsg(fd, &m, MSG_NOSIGNAL);
	while (n == -1 && errno == EINTR);
	return n != -1;
}

bool
host_report(struct report *r, const void *payload)
{
	r->number = host.number;
	r->base = host.base;
	return report_send(host.control, r, payload);
}

void
host_tell(const char *words, const void *variable)
{
	struct report r = { .type = REPORT_WORDS, .pid = host.self };

	r.size = (uint32_t)strnlen(words, PROTOCOL_WORDS);
	r.address = (uint64_t)(uintptr_t)variable;
	if (getpid() == host.self)
		(void)host_report(&r, words);
	else			/* a child that the cell made */
		fprintf(stderr, "%.*s\n", (int)r.size, words);
}

void
host_tell_aside(const char *title, const void *const *pcs, size_t n, uint32_t flags)
{
	static char payload[PROTOCOL_CALLS * sizeof(uint64_t) + PROTOCOL_TITLE];
	struct report r = { .type = REPORT_ASIDE, .pid = host.self, .flags = flags };
	size_t length = strnlen(title, PROTOCOL_TITLE);

	for (; r.count < n && r.count < PROTOCOL_CALLS && pcs[r.count]; r.count++) {
		uint64_t pc = (uint64_t)(uintptr_t)pcs[r.count];

		memcpy(payload + r.size, &pc, sizeof pc);
		r.size += (uint32_t)sizeof pc;
	}
	memcpy(payload + r.size, title, length);
	r.size += (uint32_t)length;
	if (getpid() == host.self)
		(void)host_report(&r, payload);
}

int
host_ask(struct report *r)
{
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(sizeof(int))];
	} control = {0};
	struct iovec part = { r, sizeof *r };
	struct msghdr m = {
		.msg_iov = &part, .msg_iovlen = 1,
		.msg_control = &control, .msg_controllen = sizeof control
	};
	int ends[2];
	ssize_t n;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == -1)
		return -1;
	control.header.cmsg_level = SOL_SOCKET;
	control.header.cmsg_type = SCM_RIGHTS;
	control.header.cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(&control.header), &ends[1], sizeof(int));
	r->number = host.number;
	do
		n = sendmsg(host.control, &m, MSG_NOSIGNAL);
	while (n == -1 && errno == EINTR);
	close(ends[1]);
	if (n != -1)
		return ends[0];
	close(ends[0]);
	return -1;
}
