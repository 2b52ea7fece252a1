#include "tangle/base/fold.h"

#include <utf8proc.h>

#include "tangle/base/arena.h"

enum { ROOM = 256 };		/* characters: most paths fit */

static const utf8proc_option_t how =
    UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_CASEFOLD | UTF8PROC_IGNORE;

/* True if that was all there is to do. */
static bool
fold_ascii(char *to, struct str name)
{
	bool all = true;

	for (size_t i = 0; i < name.len; i++) {
		char c = name.data[i];

		to[i] = c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
		all = all && (unsigned char)c < 0x80;
	}
	return all;
}

struct str
fold_name(struct str name, struct arena *a)
{
	const utf8proc_uint8_t *bytes = (const utf8proc_uint8_t *)name.data;
	struct str folded = { arena_cstr(a, name), name.len };
	utf8proc_int32_t room[ROOM], *points = room;
	utf8proc_ssize_t n, len;

	if (fold_ascii((char *)folded.data, name))
		return folded;
	n = utf8proc_decompose(bytes, (utf8proc_ssize_t)name.len, points, ROOM, how);
	if (n < 0)
		return folded;
	/* The same memory then takes the bytes, with a NUL behind. */
	if (n >= ROOM) {
		points = arena_alloc(a, (size_t)n + 1, sizeof *points);
		utf8proc_decompose(bytes, (utf8proc_ssize_t)name.len, points, n, how);
	}
	len = utf8proc_reencode(points, n, how);
	return len < 0 ? folded
	    : arena_str(a, (struct str){ (const char *)points, (size_t)len });
}
