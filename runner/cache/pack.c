#include "runner/cache/pack.h"

#include <errno.h>
#include <unistd.h>
#include <zstd.h>

#include "tangle/base/arena.h"
#include "tangle/base/buf.h"
#include "tangle/base/fd.h"
#include "tangle/base/mem.h"

enum {
	LEVEL = 1,
	LEVEL_STREAM = 3,
	MAX_WINDOW = 23,		/* 8 MiB: what a frame may have its reader remember */
	PIECE = 1 << 17
};

void
pack(struct str bytes, struct buf *to)
{
	size_t room = ZSTD_compressBound(bytes.len);
	size_t n = ZSTD_compress(buf_room(to, room), room, bytes.data, bytes.len, LEVEL);

	/* The room is enough and the level is valid: memory is all that it can lack. */
	if (ZSTD_isError(n))
		mem_leave(1, room);
	to->len += n;
}

bool
unpack(struct str frame, size_t max, struct arena *a, struct str *bytes)
{
	unsigned long long size = ZSTD_getFrameContentSize(frame.data, frame.len);
	char *to;

	if (size == ZSTD_CONTENTSIZE_UNKNOWN || size == ZSTD_CONTENTSIZE_ERROR || size > max)
		return false;
	to = arena_alloc(a, (size_t)size, 1);
	*bytes = (struct str){ to, (size_t)size };
	return ZSTD_decompress(to, (size_t)size, frame.data, frame.len) == size;
}

/* ---- piece by piece ------------------------------------------------------------------- */

struct packing {
	ZSTD_CCtx *zstd;
	int fd;
	int error;			/* errno of the first failure */
	char out[PIECE];
};

struct packing *
packing_start(int fd)
{
	struct packing *p = mem_zalloc(1, sizeof *p);

	p->fd = fd;
	p->zstd = ZSTD_createCCtx();
	if (!p->zstd ||
	    ZSTD_isError(ZSTD_CCtx_setParameter(p->zstd, ZSTD_c_compressionLevel, LEVEL_STREAM)) ||
	    ZSTD_isError(ZSTD_CCtx_setParameter(p->zstd, ZSTD_c_checksumFlag, 1)))
		mem_leave(1, sizeof *p);
	return p;
}

/* Both fit their parameters: memory is all that zstd can lack. */
static bool
squeeze(struct packing *p, struct str bytes, ZSTD_EndDirective how)
{
	ZSTD_inBuffer in = { bytes.data, bytes.len, 0 };
	size_t left = 1;

	while (p->error == 0 && (in.pos < in.size || (how == ZSTD_e_end && left > 0))) {
		ZSTD_outBuffer out = { p->out, sizeof p->out, 0 };

		left = ZSTD_compressStream2(p->zstd, &out, &in, how);
		if (ZSTD_isError(left))
			mem_leave(1, sizeof p->out);
		if (!fd_write(p->fd, (struct str){ p->out, out.pos }))
			p->error = errno;
	}
	errno = p->error;
	return p->error == 0;
}

bool
packing_add(struct packing *p, struct str bytes)
{
	return squeeze(p, bytes, ZSTD_e_continue);
}

bool
packing_end(struct packing *p)
{
	bool ok = squeeze(p, STR(""), ZSTD_e_end);
	int error = p->error;

	ZSTD_freeCCtx(p->zstd);
	mem_free(p);
	errno = error;
	return ok;
}

struct unpacking {
	ZSTD_DCtx *zstd;
	ZSTD_inBuffer in;
	enum unpacking_state state;
	int fd;
	char bytes[PIECE];
};

struct unpacking *
unpacking_start(int fd)
{
	struct unpacking *u = mem_zalloc(1, sizeof *u);

	u->fd = fd;
	u->in.src = u->bytes;
	u->zstd = ZSTD_createDCtx();
	if (!u->zstd ||
	    ZSTD_isError(ZSTD_DCtx_setParameter(u->zstd, ZSTD_d_windowLogMax, MAX_WINDOW)))
		mem_leave(1, sizeof *u);
	return u;
}

/* False at the end of the file, or if it cannot be read. */
static bool
refill(struct unpacking *u)
{
	ssize_t n;

	do
		n = read(u->fd, u->bytes, sizeof u->bytes);
	while (n == -1 && errno == EINTR);
	u->in.pos = 0;
	u->in.size = n > 0 ? (size_t)n : 0;
	if (n == -1)
		u->state = UNPACKING_FAILED;
	return n > 0;
}

/* Nothing may follow a frame. */
static void
end_frame(struct unpacking *u)
{
	u->state = UNPACKING_OVER;
	if (u->in.pos < u->in.size || refill(u))
		u->state = UNPACKING_DAMAGED;
}

size_t
unpacking_read(struct unpacking *u, char *to, size_t n)
{
	ZSTD_outBuffer out = { to, n, 0 };
	size_t left, before;

	while (out.pos < n && u->state == UNPACKING_MORE) {
		before = out.pos;
		left = ZSTD_decompressStream(u->zstd, &out, &u->in);
		if (ZSTD_isError(left))
			u->state = UNPACKING_DAMAGED;
		else if (left == 0)
			end_frame(u);
		else if (out.pos == before && u->in.pos == u->in.size && !refill(u) &&
		    u->state == UNPACKING_MORE)
			u->state = UNPACKING_DAMAGED;
	}
	return out.pos;
}

enum unpacking_state
unpacking_state(const struct unpacking *u)
{
	return u->state;
}

void
unpacking_end(struct unpacking *u)
{
	ZSTD_freeDCtx(u->zstd);
	mem_free(u);
}
