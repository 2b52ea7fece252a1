#define _GNU_SOURCE	/* pipe2, F_SETPIPE_SZ */
#include "runner/session/stream.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "tangle/base/arena.h"
#include "tangle/base/mem.h"

enum {
	PIPE_SIZE = 1 << 20,	/* writes of 64 KiB go three times as fast as into 64 KiB */
	STEP = 64 << 10
};

bool
stream_open(struct stream *s)
{
	int ends[2];

	*s = (struct stream){ .fd = -1, .write_fd = -1 };
	if (pipe2(ends, O_CLOEXEC) == -1)
		return false;
	s->fd = ends[0];
	s->write_fd = ends[1];
	(void)fcntl(s->fd, F_SETPIPE_SZ, PIPE_SIZE);	/* slower without, no more */
	return fcntl(s->fd, F_SETFL, O_NONBLOCK) != -1;
}

void
stream_close(struct stream *s)
{
	if (s->fd > 0)
		close(s->fd);
	if (s->write_fd > 0)
		close(s->write_fd);
	buf_release(&s->head);
	mem_free(s->ring);
	*s = (struct stream){ .fd = -1, .write_fd = -1 };
}

void
stream_begin(struct stream *s, size_t kept)
{
	s->kept = kept;
	s->total = 0;
	buf_clear(&s->head);
	if (s->ring_size != kept / 2) {
		mem_free(s->ring);
		s->ring = NULL;
		s->ring_size = 0;
	}
}

static size_t
head_size(const struct stream *s)
{
	return s->kept - s->kept / 2;
}

/* Bytes that went into the ring; the next one goes to this modulo its size. */
static uint64_t
in_ring(const struct stream *s)
{
	return s->total - s->head.len;
}

/* How many bytes to ask for, in one or two places. */
static size_t
room(struct stream *s, struct iovec part[2])
{
	static char unwanted[4096];
	size_t left = head_size(s) - s->head.len, at;

	part[1].iov_len = 0;
	if (left > 0) {
		part[0].iov_len = left < STEP ? left : STEP;
		part[0].iov_base = buf_room(&s->head, part[0].iov_len);
	} else if (s->kept / 2 == 0) {
		part[0] = (struct iovec){ unwanted, sizeof unwanted };
	} else {
		/* Straight to where it belongs, however much is thrown away. */
		if (!s->ring) {
			s->ring_size = s->kept / 2;
			s->ring = mem_alloc(s->ring_size, 1);
		}
		at = in_ring(s) % s->ring_size;
		part[0] = (struct iovec){ s->ring + at, s->ring_size - at };
		part[1] = (struct iovec){ s->ring, at };
	}
	return part[0].iov_len + part[1].iov_len;
}

/* Read once; false if the pipe is empty now. */
static bool
read_once(struct stream *s)
{
	struct iovec part[2];
	size_t asked = room(s, part);
	bool head = s->head.len < head_size(s);
	ssize_t n;

	do
		n = readv(s->fd, part, part[1].iov_len ? 2 : 1);
	while (n == -1 && errno == EINTR);
	if (n <= 0)
		return false;
	if (head)
		s->head.len += (size_t)n;
	s->total += (uint64_t)n;
	return (size_t)n == asked;
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

	while (s->total < end && read_once(s))
		;
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
