#define _GNU_SOURCE	/* pipe2, F_SETPIPE_SZ, splice */
#include "runner/session/stream.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/uio.h>
#include <unistd.h>

#include "runner/session/timeline.h"
#include "tangle/base/arena.h"
#include "tangle/base/mem.h"

static char unwanted[4096];

enum {
	PIPE_SIZE = 1 << 20,	/* writes of 64 KiB go three times as fast as into 64 KiB */
	STEP = 64 << 10
};

static bool
open_pipe(int ends[2])
{
	if (pipe2(ends, O_CLOEXEC) == -1)
		return false;
	(void)fcntl(ends[0], F_SETPIPE_SZ, PIPE_SIZE);	/* slower without, no more */
	return fcntl(ends[0], F_SETFL, O_NONBLOCK) != -1;
}

static void
close_fd(int *fd)
{
	if (*fd > 0)
		close(*fd);
	*fd = -1;
}

bool
stream_open(struct stream *s, bool is_err)
{
	int ends[2];

	*s = (struct stream){ .aside = { -1, -1 }, .nothing = -1, .is_err = is_err };
	for (size_t i = 0; i < PROTOCOL_PIPES; i++) {
		ends[0] = ends[1] = -1;
		if (!open_pipe(ends))
			return false;
		s->pipes[i] = (struct stream_pipe){ ends[0], ends[1], false };
	}
	s->fd = s->pipes[0].fd;
	return true;
}

void
stream_close(struct stream *s)
{
	for (size_t i = 0; i < PROTOCOL_PIPES; i++) {
		close_fd(&s->pipes[i].fd);
		close_fd(&s->pipes[i].write_fd);
	}
	close_fd(&s->aside[0]);
	close_fd(&s->aside[1]);
	close_fd(&s->nothing);
	buf_release(&s->head);
	mem_free(s->ring);
	s->ring = NULL;
}

/* Without a second pipe the bytes are copied. */
static void
open_aside(struct stream *s)
{
	s->has_aside = true;
	s->nothing = open("/dev/null", O_WRONLY | O_CLOEXEC);
	if (s->nothing == -1 || !open_pipe(s->aside) ||
	    fcntl(s->aside[1], F_SETFL, O_NONBLOCK) == -1) {
		close_fd(&s->aside[0]);
		close_fd(&s->aside[1]);
	}
}

/* Throw bytes away that stand aside, all but the last `left`. */
static void
discard(struct stream *s, size_t left)
{
	ssize_t n = 1;

	while (s->naside > left && (n > 0 || errno == EINTR)) {
		n = splice(s->aside[0], NULL, s->nothing, NULL, s->naside - left, SPLICE_F_NONBLOCK);
		if (n > 0)
			s->naside -= (size_t)n;
	}
}

static size_t
head_size(const struct stream *s)
{
	return s->kept - s->kept / 2;
}

/* Bytes that went into the ring, or past it; the next one goes to this modulo its size. */
static uint64_t
in_ring(const struct stream *s)
{
	return s->total - s->head.len - s->naside;
}

/* Where the next bytes of the ring belong, however much is thrown away. */
static void
ring_room(struct stream *s, struct iovec part[2])
{
	size_t at;

	if (!s->ring) {
		s->ring_size = s->kept / 2;
		s->ring = mem_alloc(s->ring_size, 1);
	}
	at = in_ring(s) % s->ring_size;
	part[0] = (struct iovec){ s->ring + at, s->ring_size - at };
	part[1] = (struct iovec){ s->ring, at };
}

static ssize_t
read_parts(int fd, const struct iovec part[2])
{
	ssize_t n;

	do
		n = readv(fd, part, part[1].iov_len ? 2 : 1);
	while (n == -1 && errno == EINTR);
	return n;
}

/* What stands aside goes into the ring. */
static void
settle(struct stream *s)
{
	struct iovec part[2];
	ssize_t n = 1;

	while (s->naside > 0 && n > 0) {
		ring_room(s, part);
		n = read_parts(s->aside[0], part);
		if (n > 0)
			s->naside -= (size_t)n;
	}
	assert(s->naside == 0 && "nobody else reads there");
}

/* How many bytes to ask for, in one or two places. */
static size_t
room(struct stream *s, struct iovec part[2])
{
	size_t left = head_size(s) - s->head.len;

	part[1].iov_len = 0;
	if (left > 0) {
		part[0].iov_len = left < STEP ? left : STEP;
		part[0].iov_base = buf_room(&s->head, part[0].iov_len);
	} else if (s->kept / 2 == 0) {
		part[0] = (struct iovec){ unwanted, sizeof unwanted };
	} else {
		ring_room(s, part);
	}
	return part[0].iov_len + part[1].iov_len;
}

static ssize_t
move_aside(struct stream *s)
{
	ssize_t n;

	do
		n = splice(s->fd, NULL, s->aside[1], NULL, PIPE_SIZE, SPLICE_F_MOVE | SPLICE_F_NONBLOCK);
	while (n == -1 && errno == EINTR);
	return n;
}

/*
 * Pages go aside as they are, full or not, and there is room for so many: where
 * little is in each, room is made by copying them out.
 */
static ssize_t
read_aside(struct stream *s)
{
	ssize_t n = move_aside(s);
	int left = 0;

	if (n == -1 && errno == EAGAIN && s->naside > 0 && ioctl(s->fd, FIONREAD, &left) != -1 &&
	    left > 0) {
		settle(s);
		n = move_aside(s);
	}
	if (n > 0)
		s->naside += (size_t)n;
	return n;
}

static bool
goes_aside(struct stream *s)
{
	if (s->head.len < head_size(s) || s->kept / 2 == 0 || s->kept / 2 > PIPE_SIZE / 2)
		return false;
	if (!s->has_aside)
		open_aside(s);
	return s->aside[0] != -1;
}

static ssize_t
read_copying(struct stream *s, size_t *asked)
{
	struct iovec part[2];
	bool head = s->head.len < head_size(s);
	ssize_t n;

	*asked = room(s, part);
	n = read_parts(s->fd, part);
	if (head && n > 0)
		s->head.len += (size_t)n;
	return n;
}

/* Read once; false if the pipe is empty now. */
static bool
read_once(struct stream *s)
{
	size_t asked = 1;
	bool aside = goes_aside(s);
	ssize_t n = aside ? read_aside(s) : read_copying(s, &asked);

	if (n <= 0)
		return false;
	s->total += (uint64_t)n;
	if (s->naside > s->kept / 2 + PIPE_SIZE / 4)
		discard(s, s->kept / 2);
	if (s->when)
		timeline_add(s->when, s->is_err, (uint64_t)n);
	return (size_t)n >= asked;
}

void
stream_read(struct stream *s)
{
	(void)read_once(s);
}

void
stream_drain(struct stream *s)
{
	uint64_t end = s->total + PIPE_SIZE;
	bool more = !s->pipes[s->pipe].is_empty;

	while (more && s->total < end)
		more = read_once(s);
	s->pipes[s->pipe].is_empty = s->is_looked && !more;
}

static void
note_look(struct stream *s, const struct pollfd *polls)
{
	s->is_looked = polls != NULL;
	for (size_t i = 0; i < PROTOCOL_PIPES; i++)
		s->pipes[i].is_empty = polls && !polls[i].revents;
}

void
stream_look(struct stream *out, struct stream *err)
{
	struct pollfd polls[2 * PROTOCOL_PIPES];

	for (size_t i = 0; i < PROTOCOL_PIPES; i++) {
		polls[i] = (struct pollfd){ .fd = out->pipes[i].fd, .events = POLLIN };
		polls[PROTOCOL_PIPES + i] = (struct pollfd){ .fd = err->pipes[i].fd, .events = POLLIN };
	}
	if (poll(polls, 2 * PROTOCOL_PIPES, 0) == -1) {
		stream_revoke(out, err);
		return;
	}
	note_look(out, polls);
	note_look(err, polls + PROTOCOL_PIPES);
}

void
stream_revoke(struct stream *out, struct stream *err)
{
	note_look(out, NULL);
	note_look(err, NULL);
}

void
stream_begin(struct stream *s, size_t pipe, size_t kept, struct timeline *when)
{
	discard(s, 0);
	s->kept = kept;
	s->total = 0;
	s->when = when;
	buf_clear(&s->head);
	if (s->ring_size != kept / 2) {
		mem_free(s->ring);
		s->ring = NULL;
		s->ring_size = 0;
	}
	if (s->pipe != pipe)
		stream_drain(s);
	s->pipe = pipe;
	s->pipes[pipe].is_empty = false;
	s->fd = s->pipes[pipe].fd;
}

void
stream_discard(struct stream *s, size_t pipe)
{
	size_t left = s->pipes[pipe].is_empty ? 0 : PIPE_SIZE;
	ssize_t n;

	while (left > 0 && (n = read(s->pipes[pipe].fd, unwanted, sizeof unwanted)) > 0)
		left -= (size_t)n < left ? (size_t)n : left;
}

/* The part of the ring that counts, oldest bytes first, is in two pieces. */
static void
ring_pieces(const struct stream *s, struct str piece[2])
{
	uint64_t n = in_ring(s);
	size_t at;

	piece[0] = piece[1] = (struct str){0};
	if (n == 0 || !s->ring)
		return;
	if (n <= s->ring_size) {
		piece[0] = (struct str){ s->ring, (size_t)n };
		return;
	}
	at = (size_t)(n % s->ring_size);
	piece[0] = (struct str){ s->ring + at, s->ring_size - at };
	piece[1] = (struct str){ s->ring, at };
}

struct captured
stream_take(struct stream *s, struct arena *a)
{
	struct captured c = { .total = s->total };
	struct str piece[2];
	struct buf *all = &s->head;
	size_t head = all->len;

	settle(s);
	ring_pieces(s, piece);
	buf_add(all, piece[0]);
	buf_add(all, piece[1]);
	c.left_out = s->total - all->len;
	c.head = arena_str(a, buf_str(all));
	if (c.left_out > 0) {
		c.tail = str_slice(c.head, head, all->len);
		c.head = str_slice(c.head, 0, head);
	}
	return c;
}

static uint64_t
mix(uint64_t h, struct str s)
{
	uint64_t word;

	for (; s.len >= sizeof word; s = str_slice(s, sizeof word, s.len)) {
		memcpy(&word, s.data, sizeof word);
		h = (h ^ word) * 0x9e3779b97f4a7c15;
		h ^= h >> 32;
	}
	for (; s.len > 0; s = str_slice(s, 1, s.len))
		h = (h ^ (unsigned char)s.data[0]) * 0x9e3779b97f4a7c15;
	return h ^ h >> 29;
}

uint64_t
stream_digest(const struct captured *c)
{
	return mix(mix(c->total * 0x9e3779b97f4a7c15, c->head), c->tail);
}
