#include "runner/cache/pack.h"

#include <zstd.h>

#include "tangle/base/arena.h"
#include "tangle/base/buf.h"
#include "tangle/base/mem.h"

enum { LEVEL = 1 };

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
