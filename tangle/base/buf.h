/*
 * Bytes being written.
 *
 * A growing buffer, all zero when new (struct buf b = {0}).  It owns its
 * memory until buf_release; buf_take moves the bytes into an arena instead.
 */
#ifndef TANGLE_BASE_BUF_H
#define TANGLE_BASE_BUF_H

#include <stdarg.h>
#include <stddef.h>

#include "tangle/base/str.h"

struct arena;

struct buf {
	char *data;
	size_t len, cap;
};

void buf_release(struct buf *b);
void buf_clear(struct buf *b);			/* keeps the memory */

void buf_add(struct buf *b, struct str s);
void buf_byte(struct buf *b, char c);
void buf_fill(struct buf *b, char c, size_t n);
void buf_printf(struct buf *b, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
void buf_vprintf(struct buf *b, const char *fmt, va_list args)
    __attribute__((format(printf, 2, 0)));

/* Room for n more bytes at the end, to be written there and then counted in. */
char *buf_room(struct buf *b, size_t n);

/* The bytes so far; good until the next write. */
struct str buf_str(const struct buf *b);
/* The same, NUL-terminated (the NUL is not counted). */
const char *buf_cstr(struct buf *b);

/* Move the bytes into an arena and release the buffer. */
struct str buf_take(struct buf *b, struct arena *a);

/*
 * Append s with every byte that could harm a terminal made visible: C0 (but
 * TAB), DEL, C1 and bidirectional controls, invalid UTF-8, as \xNN or \uNNNN.
 * Meant for one line: LF is escaped too.
 */
void buf_visible(struct buf *b, struct str s);

#endif
