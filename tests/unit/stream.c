/*
 * Streams: what is kept of a pipe, held against all that was written; and when
 * what came.
 */
#include <assert.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runner/build/loop.h"
#include "runner/session/stream.h"
#include "runner/session/timeline.h"
#include "tangle/base/arena.h"
#include "tangle/base/buf.h"

static struct arena arena;
static struct buf all;
static uint64_t seed = 0x9E3779B97F4A7C15u;

static size_t
random_below(size_t n)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (size_t)(seed >> 11) % n;
}

/* Write to the pipe that many bytes that tell where they stand. */
static void
print(struct stream *s, size_t size)
{
	size_t from = all.len;
	ssize_t n;

	for (size_t i = 0; i < size; i++)
		buf_byte(&all, (char)((all.len * 2654435761u) >> 13));
	n = write(s->pipes[0].write_fd, all.data + from, size);
	assert(n == (ssize_t)size && "it fits: the pipe is read in between");
}

/* Half of `kept` from the start, half from the end. */
static void
compare(struct stream *s, size_t kept)
{
	size_t tail = kept / 2, head = kept - tail;
	struct captured c;

	stream_drain(s);
	c = stream_take(s, &arena);
	assert(c.total == all.len);
	if (all.len <= kept) {
		assert(c.left_out == 0 && c.tail.len == 0 && str_eq(c.head, buf_str(&all)));
		return;
	}
	assert(c.left_out == all.len - kept && c.head.len == head && c.tail.len == tail);
	assert(memcmp(c.head.data ? c.head.data : "", all.data, head) == 0);
	assert(tail == 0 || memcmp(c.tail.data, all.data + all.len - tail, tail) == 0);
}

/* `size` bytes at a time (0: any), read after each or after some. */
static void
check(struct stream *s, size_t kept, size_t bytes, size_t size, bool eager)
{
	size_t waiting = 0;

	buf_clear(&all);
	stream_begin(s, 0, kept, NULL);
	while (all.len < bytes) {
		size_t n = size ? size : 1 + random_below(60000);

		/* two writes share a page only if they fit: half of 1 MiB is sure */
		if (waiting + n > 400000) {
			stream_drain(s);
			waiting = 0;
		}
		print(s, n);
		waiting += n;
		if (eager || random_below(4) == 0)
			stream_read(s);
	}
	compare(s, kept);
}

static void
check_kept(struct stream *s)
{
	static const size_t kept[] = { 0, 1, 2, 99, 4096, 65537, 300000, 1 << 20, 4 << 20 };

	for (size_t i = 0; i < sizeof kept / sizeof *kept; i++) {
		check(s, kept[i], kept[i] + 70000, 0, false);
		check(s, kept[i], 3 * kept[i] + 3000000, 0, true);
		if (kept[i] > 0)
			check(s, kept[i], kept[i] - 1, kept[i] - 1 < 30000 ? kept[i] - 1 : 30000, true);
	}
	/* little in each page: the room aside ends long before its bytes do */
	check(s, 65536, 300000, 40, true);
	check(s, 65536, 3000000, 2049, true);
	check(s, 65536, 3000000, 4097, false);
}

/* The kernel may have no second pipe for us. */
static void
check_without_aside(struct stream *s)
{
	s->has_aside = true;
	assert(s->aside[0] == -1);
	check(s, 65536, 3000000, 0, false);
	s->has_aside = false;
}

static void
check_timeline(struct stream *out, struct stream *err)
{
	struct timeline t = {0};

	timeline_begin(&t, 0);
	stream_begin(out, 0, 100, &t);
	stream_begin(err, 0, 100, &t);
	buf_clear(&all);
	print(out, 5);
	stream_read(out);
	print(out, 6);
	stream_read(out);
	print(err, 7);
	stream_read(err);
	print(out, 8);
	stream_read(out);
	stream_read(out);
	assert(t.n >= 3 && t.list[t.n - 1].size == 8 && !t.list[t.n - 1].is_err);
	assert(t.list[t.n - 2].size == 7 && t.list[t.n - 2].is_err);
	assert(t.list[t.n - 2].at <= t.list[t.n - 1].at);
	timeline_end(&t, (uint64_t)(loop_now() - t.list[t.n - 1].at));	/* when that came */
	assert(t.list[0].at == 0 && t.list[t.n - 1].at == 0);

	timeline_begin(&t, 0);
	for (size_t i = 0; i < 10000; i++)
		timeline_add(&t, i % 2, 1 + i % 2);
	assert(t.n == 4096);
	assert(t.list[t.n - 1].is_err && t.list[t.n - 2].size == 1 + (10000 - 4096) / 2);
	timeline_release(&t);
	stream_begin(out, 0, 100, NULL);
	stream_begin(err, 0, 100, NULL);
}

int
main(void)
{
	struct stream out, err;

	arena_init(&arena);
	assert(stream_open(&out, false) && stream_open(&err, true));
	check_timeline(&out, &err);
	check_without_aside(&out);
	check_kept(&out);
	assert(out.has_aside && out.aside[0] != -1);
	stream_close(&out);
	stream_close(&err);
	stream_close(&(struct stream){0});
	arena_release(&arena);
	buf_release(&all);
	return 0;
}
