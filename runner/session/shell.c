#include "runner/session/shell.h"

#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "runner/session/protocol.h"
#include "tangle/base/arena.h"
#include "tangle/base/buf.h"

enum { PART_KEPT = 1 << 20 };	/* bytes of one command, head and tail */

void
shell_init(struct shell *s)
{
	static unsigned long count;
	struct timespec now;
	char text[128];

	clock_gettime(CLOCK_REALTIME, &now);
	snprintf(text, sizeof text, "%ld.%09ld %ld %lu %p", (long)now.tv_sec, now.tv_nsec,
	    (long)getpid(), count++, (void *)s);
	digest_hex(hash_of(str_of(text)), s->mark);
}

/* A quote cannot stand between quotes. */
static void
add_quoted(struct buf *b, struct str s)
{
	for (;;) {
		size_t at = str_find_byte(s, '\'');

		buf_add(b, str_slice(s, 0, at));
		if (at == s.len)
			return;
		buf_add(b, STR("'\\''"));
		s = str_slice(s, at + 1, s.len);
	}
}

/*
 * `eval` keeps a command that cannot be parsed from taking in the ones behind
 * it; the blank keeps its first word from being an option.  The function gives
 * back the status, so that `$?` is right in the next command; `exit` keeps sh
 * from becoming the last command, whose signal would then be sh's own.
 */
struct str
shell_script(const struct shell *s, const struct str *commands, size_t n, struct arena *a)
{
	struct buf b = {0};

	buf_printf(&b, "__skein() { command printf '%s%%d\\n' \"$1\" >>/dev/fd/%d; return \"$1\"; }\n",
	    s->mark, PROTOCOL_MARKS);
	for (size_t i = 0; i < n; i++) {
		if (i > 0)
			buf_add(&b, STR("{ __skein \"$?\"; } 2>/dev/null\n"));
		buf_add(&b, STR("eval ' "));
		add_quoted(&b, commands[i]);
		buf_add(&b, STR("'\n"));
	}
	buf_add(&b, STR("exit\n"));
	buf_byte(&b, '\0');
	return buf_take(&b, a);
}

/* The number behind a mark and its LF. */
static bool
take_status(struct str *s, int *status)
{
	size_t n = str_find_byte(str_slice(*s, 0, 4), '\n');
	unsigned long number;

	if (n >= s->len || !str_number(str_slice(*s, 0, n), 255, &number))
		return false;
	*status = (int)number;
	*s = str_slice(*s, n + 1, s->len);
	return true;
}

/* Cut *rest at the next mark with a status; false if there is none. */
static bool
take_part(const struct shell *s, struct str *rest, struct shell_part *part)
{
	struct str mark = str_of(s->mark), behind = *rest;

	for (;;) {
		size_t at = str_find(behind, mark), before;

		if (at == behind.len)
			return false;
		before = (size_t)(behind.data - rest->data) + at;
		behind = str_slice(behind, at + mark.len, behind.len);
		if (!take_status(&behind, &part->status))
			continue;	/* someone printed the script */
		part->out = (struct captured){ .head = str_slice(*rest, 0, before),
		    .total = before };
		*rest = behind;
		return true;
	}
}

/* No more than what cells keep: the rest was kept for its marks alone. */
static struct captured
bounded(struct captured c)
{
	struct str all = c.head;

	if (c.left_out > 0 || all.len <= PART_KEPT)
		return c;
	c.left_out = all.len - PART_KEPT;
	c.head = str_slice(all, 0, PART_KEPT / 2);
	c.tail = str_slice(all, all.len - PART_KEPT / 2, all.len);
	return c;
}

size_t
shell_split(const struct shell *s, const struct captured *all, struct shell_part *parts,
    size_t n)
{
	struct str rest = all->head;
	size_t i = 0;

	while (i + 1 < n && take_part(s, &rest, &parts[i]))
		i++;
	if (i < n)
		parts[i].out = (struct captured){ .head = rest, .tail = all->tail,
		    .left_out = all->left_out,
		    .total = rest.len + all->left_out + all->tail.len };
	for (size_t k = 0; k <= i && k < n; k++)
		parts[k].out = bounded(parts[k].out);
	return i;
}
