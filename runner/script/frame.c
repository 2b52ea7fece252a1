#include "runner/script/frame.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "runner/build/loop.h"
#include "tangle/base/buf.h"

enum { HEAD = sizeof(uint32_t), PIECE = 64 << 10, MILLISECOND = 1000000 };

void
frame_begin(struct buf *b)
{
	buf_fill(b, '\0', HEAD);
}

/* FRAME_DONE: it may be tried again. */
static enum frame_answer
wait_for(int fd, short what, int64_t until)
{
	struct pollfd p = { fd, what, 0 };
	int64_t left = until - loop_now();

	if (errno == EINTR)
		return FRAME_DONE;
	if (errno != EAGAIN)
		return FRAME_GONE;
	if (until > 0 && left <= 0)
		return FRAME_LATE;
	if (poll(&p, 1, until > 0 ? (int)(left / MILLISECOND) + 1 : -1) == -1 && errno != EINTR)
		return FRAME_GONE;
	return FRAME_DONE;
}

enum frame_answer
frame_send(int fd, struct buf *b, size_t *done, int64_t until)
{
	enum frame_answer answer = FRAME_DONE;
	uint32_t size = (uint32_t)(b->len - HEAD);

	if (b->len - HEAD > FRAME_LARGEST)
		return FRAME_GONE;
	memcpy(b->data, &size, HEAD);
	while (answer == FRAME_DONE && *done < b->len) {
		ssize_t n = send(fd, b->data + *done, b->len - *done, MSG_NOSIGNAL);

		if (n >= 0)
			*done += (size_t)n;
		else
			answer = wait_for(fd, POLLOUT, until);
	}
	return answer;
}

/* How many bytes are still to come, as far as that is known. */
static size_t
missing(const struct buf *b)
{
	uint32_t size;

	if (b->len < HEAD)
		return HEAD - b->len;
	memcpy(&size, b->data, HEAD);
	return HEAD + (size_t)size - b->len;
}

enum frame_answer
frame_receive(int fd, struct buf *b, int64_t until)
{
	enum frame_answer answer = FRAME_DONE;
	size_t left;

	while (answer == FRAME_DONE && (left = missing(b)) > 0) {
		size_t piece = left < PIECE ? left : PIECE;
		ssize_t n;

		if (left > HEAD + (size_t)FRAME_LARGEST)
			return FRAME_GONE;
		n = read(fd, buf_room(b, piece), piece);
		if (n > 0)
			b->len += (size_t)n;
		else
			answer = n == 0 ? FRAME_GONE : wait_for(fd, POLLIN, until);
	}
	return answer;
}

struct str
frame_bytes(const struct buf *b)
{
	return str_slice(buf_str(b), HEAD, b->len);
}
