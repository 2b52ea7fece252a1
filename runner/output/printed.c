#include "runner/output/printed.h"

#include <inttypes.h>

#include "tangle/base/buf.h"

enum { MARKER_ROOM = 96 };	/* for the line that says what was left out */

void
printed_end_line(struct buf *b)
{
	if (b->len > 0 && b->data[b->len - 1] != '\n')
		buf_byte(b, '\n');
}

static bool
is_inside_character(struct str s, size_t at)
{
	return at < s.len && ((unsigned char)s.data[at] & 0xC0) == 0x80;
}

/* How much of s fits, from its start: whole lines, or a part of the first one. */
static size_t
head_length(struct str s, size_t lines, size_t bytes)
{
	size_t n = 0;

	for (; lines > 0; lines--) {
		size_t end = n + str_find_byte(str_slice(s, n, s.len), '\n') + 1;

		if (end > s.len || end > bytes)
			break;
		n = end;
	}
	if (n > 0)
		return n;
	n = s.len < bytes ? s.len : bytes;
	while (n > 0 && is_inside_character(s, n))
		n--;
	return n;
}

/* The same from its end, which is a line's end; its first line is a part of one. */
static size_t
tail_length(struct str s, size_t lines, size_t bytes)
{
	size_t from = s.len;

	for (; lines > 0 && from > 0; lines--) {
		size_t start = from - 1;

		while (start > 0 && s.data[start - 1] != '\n')
			start--;
		if (start == 0 || s.len - start > bytes)
			break;
		from = start;
	}
	if (from < s.len)
		return s.len - from;
	from = s.len > bytes ? s.len - bytes : 0;
	while (is_inside_character(s, from))
		from++;
	return s.len - from;
}

/* 1234567 -> "1,234,567" */
static void
add_number(struct buf *b, uint64_t n)
{
	uint64_t unit = 1;

	while (n / unit >= 1000)
		unit *= 1000;
	buf_printf(b, "%" PRIu64, n / unit);
	while ((unit /= 1000) > 0)
		buf_printf(b, ",%03" PRIu64, n / unit % 1000);
}

/* "... 1,234 lines (56,789 bytes) left out ..."; lines are 0 if not known. */
static void
add_left_out(struct buf *to, uint64_t lines, uint64_t bytes)
{
	buf_add(to, STR("... "));
	if (lines > 0) {
		add_number(to, lines);
		buf_add(to, lines == 1 ? STR(" line (") : STR(" lines ("));
	}
	add_number(to, bytes);
	buf_add(to, bytes == 1 ? STR(" byte") : STR(" bytes"));
	buf_add(to, lines > 0 ? STR(") left out ...\n") : STR(" left out ...\n"));
}

static uint64_t
count_lines(struct str s)
{
	uint64_t n = 0;

	for (size_t i = 0; i < s.len; i++)
		n += s.data[i] == '\n';
	return n;
}

void
printed_bounded(struct buf *to, const struct printed *p, size_t lines, size_t bytes)
{
	struct str head, middle, tail;
	size_t n;

	if (p->lost == 0 && p->text.len <= bytes && count_lines(p->text) <= lines) {
		buf_add(to, p->text);
		return;
	}
	lines = lines > 2 ? lines - 1 : 2;
	bytes = bytes > 2 * MARKER_ROOM ? bytes - MARKER_ROOM : MARKER_ROOM;
	head = str_slice(p->text, 0, p->lost ? p->gap : p->text.len);
	head.len = head_length(head, lines - lines / 2, bytes / 2);
	middle = str_slice(p->text, head.len, p->text.len);
	tail = p->lost ? str_slice(p->text, p->gap, p->text.len) : middle;
	n = tail_length(tail, lines / 2, bytes / 2);
	tail = str_slice(tail, tail.len - n, tail.len);
	middle.len -= tail.len;

	buf_add(to, head);
	printed_end_line(to);
	if (p->is_steady) {
		add_left_out(to, p->lost ? 0 : count_lines(middle), p->lost + middle.len);
		buf_add(to, tail);
	} else {
		buf_add(to, STR("... the rest is left out ...\n"));
	}
}

struct str
printed_without_bytes(struct str line)
{
	size_t at = str_find(line, STR(" ("));

	return str_starts(line, STR("... ")) && str_ends(line, STR(") left out ...")) ?
	    str_slice(line, 0, at) : line;
}
