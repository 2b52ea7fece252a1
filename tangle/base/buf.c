#include "tangle/base/buf.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "tangle/base/arena.h"
#include "tangle/base/mem.h"

void
buf_release(struct buf *b)
{
	mem_free(b->data);
	*b = (struct buf){0};
}

void
buf_clear(struct buf *b)
{
	b->len = 0;
}

char *
buf_room(struct buf *b, size_t n)
{
	size_t need = n > SIZE_MAX - b->len ? SIZE_MAX : b->len + n;

	b->data = mem_grow(b->data, &b->cap, need, 1);
	return b->data + b->len;
}

void
buf_add(struct buf *b, struct str s)
{
	if (s.len == 0)
		return;
	memcpy(buf_room(b, s.len), s.data, s.len);
	b->len += s.len;
}

void
buf_byte(struct buf *b, char c)
{
	*buf_room(b, 1) = c;
	b->len++;
}

void
buf_fill(struct buf *b, char c, size_t n)
{
	if (n == 0)
		return;
	memset(buf_room(b, n), c, n);
	b->len += n;
}

void
buf_vprintf(struct buf *b, const char *fmt, va_list args)
{
	size_t room = b->cap - b->len;
	va_list again;
	int n;

	va_copy(again, args);
	n = vsnprintf(room ? b->data + b->len : NULL, room, fmt, args);
	if (n > 0 && (size_t)n >= room)
		vsnprintf(buf_room(b, (size_t)n + 1), (size_t)n + 1, fmt, again);
	if (n > 0)
		b->len += (size_t)n;
	va_end(again);
}

void
buf_printf(struct buf *b, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	buf_vprintf(b, fmt, args);
	va_end(args);
}

struct str
buf_str(const struct buf *b)
{
	return (struct str){ b->data, b->len };
}

const char *
buf_cstr(struct buf *b)
{
	*buf_room(b, 1) = '\0';
	return b->data;
}

struct str
buf_take(struct buf *b, struct arena *a)
{
	struct str s = arena_str(a, buf_str(b));

	buf_release(b);
	return s;
}

/* The code point of a valid character of two or three bytes. */
static unsigned
code_point(const unsigned char *p, size_t n)
{
	if (n == 2)
		return (p[0] & 0x1Fu) << 6 | (p[1] & 0x3Fu);
	return (p[0] & 0x0Fu) << 12 | (p[1] & 0x3Fu) << 6 | (p[2] & 0x3Fu);
}

static bool
is_harmful(unsigned c)
{
	return (c >= 0x80 && c <= 0x9F) || c == 0x61C || c == 0x200E || c == 0x200F ||
	    (c >= 0x2028 && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069) || c == 0xFEFF;
}

void
buf_visible(struct buf *b, struct str s)
{
	while (s.len > 0) {
		const unsigned char *p = (const unsigned char *)s.data;
		size_t n = str_utf8(s);

		if (n == 0 || (n == 1 && p[0] != '\t' && (p[0] < 0x20 || p[0] == 0x7F))) {
			buf_printf(b, "\\x%02x", p[0]);
			n = 1;
		} else if ((n == 2 || n == 3) && is_harmful(code_point(p, n))) {
			buf_printf(b, "\\u%04x", code_point(p, n));
		} else {
			buf_add(b, str_slice(s, 0, n));
		}
		s = str_slice(s, n, s.len);
	}
}
