#include "runner/output/screen.h"

#include <string.h>

#include "tangle/base/buf.h"

/* Bounds to what a few bytes can ask for. */
enum {
	FARTHEST = 1000,	/* columns or lines of one movement */
	MOVED = 16 << 10,	/* bytes of lines that one movement up passes over, */
	AGAIN = 20,		/* and all of them: so many times what was printed */
	BEHIND = 4 << 10	/* bytes behind the cursor that stay */
};

/*
 * The text up to the cursor's line, and the lines below it as a stack.  What is
 * printed at the start of a line takes its place, longer or not: a progress bar
 * is written anew.  Elsewhere it stands over as many columns as it has.
 */
struct screen {
	struct buf *to;
	size_t top;		/* nothing before is ours */
	size_t line;		/* where the cursor's line begins */
	size_t at;		/* the cursor, */
	size_t pad;		/* so many columns behind the line's end */
	struct buf below;	/* each line with an LF, the uppermost last */
	size_t patience;	/* bytes that movements up may still pass over */
};

static bool
is_within(struct str s, size_t at, unsigned char low, unsigned char high)
{
	return at < s.len && (unsigned char)s.data[at] >= low && (unsigned char)s.data[at] <= high;
}

/*
 * The terminal sequence at the front of s, which starts with ESC: its length,
 * 0 if it is none (ECMA-48).  Titles, clipboards and the like end at BEL or
 * ESC \; one without an end is over where its line is.
 */
static size_t
sequence_length(struct str s)
{
	size_t n = 1;

	if (s.len > 1 && s.data[1] == '[') {
		for (n = 2; is_within(s, n, 0x20, 0x3F); n++)
			;
		return n + is_within(s, n, 0x40, 0x7E);
	}
	if (s.len > 1 && strchr("]PX^_", s.data[1]) && s.data[1] != '\0') {
		for (n = 2; n < s.len && s.data[n] != '\n'; n++) {
			if (s.data[n] == '\a')
				return n + 1;
			if (s.data[n] == '\033' && n + 1 < s.len && s.data[n + 1] == '\\')
				return n + 2;
		}
		return n;
	}
	while (is_within(s, n, 0x20, 0x2F))
		n++;
	if (is_within(s, n, 0x30, 0x7E))
		return n + 1;
	return n > 1 ? n : 0;
}

static size_t
ascii_length(struct str s)
{
	size_t n = 0;

	while (is_within(s, n, 0x20, 0x7E) || is_within(s, n, '\t', '\t'))
		n++;
	return n;
}

/* Most output is ASCII, and a megabyte of it should not take long. */
static void
add_visible(struct buf *to, struct str s)
{
	while (s.len > 0) {
		size_t n = ascii_length(s), end = n;

		buf_add(to, str_slice(s, 0, n));
		while (end < s.len && ascii_length(str_slice(s, end, end + 1)) == 0)
			end++;
		buf_visible(to, str_slice(s, n, end));
		s = str_slice(s, end, s.len);
	}
}

/* ---- the cursor -------------------------------------------------------------------- */

static void
to_start(struct screen *s)
{
	s->at = s->line;
	s->pad = 0;
}

static bool
is_inside_character(const struct screen *s, size_t at)
{
	return at < s->to->len && ((unsigned char)s->to->data[at] & 0xC0) == 0x80;
}

/* How many characters; of very many, enough. */
static size_t
columns(const struct screen *s, size_t from, size_t to)
{
	size_t n = 0;

	for (; from < to && n < FARTHEST; from++)
		n += !is_inside_character(s, from);
	return n;
}

static void
left(struct screen *s, size_t n)
{
	for (; n > 0 && s->pad > 0; n--)
		s->pad--;
	for (; n > 0 && s->at > s->line; n--)
		while (--s->at > s->line && is_inside_character(s, s->at))
			;
}

static void
right(struct screen *s, size_t n)
{
	for (; n > 0 && s->at < s->to->len; n--)
		while (is_inside_character(s, ++s->at))
			;
	s->pad = s->pad + n < FARTHEST ? s->pad + n : FARTHEST;
}

static void
put(struct screen *s, struct str plain)
{
	size_t from = s->at, behind = s->to->len - s->at;
	struct buf rest = {0};

	if (from > s->line && behind > 0 && behind <= BEHIND)
		buf_add(&rest, str_slice(buf_str(s->to), from, s->to->len));
	s->to->len = from;
	buf_fill(s->to, ' ', s->pad);
	add_visible(s->to, plain);
	s->at = s->to->len;
	s->pad = 0;
	if (rest.len > 0) {
		size_t n = columns(s, from, s->at), i = 0;

		while (i < rest.len && (n > 0 || ((unsigned char)rest.data[i] & 0xC0) == 0x80))
			n -= ((unsigned char)rest.data[i++] & 0xC0) != 0x80;
		buf_add(s->to, str_slice(buf_str(&rest), i, rest.len));
	}
	buf_release(&rest);
}

/* The uppermost line below is the cursor's. */
static void
enter_below(struct screen *s)
{
	struct buf *b = &s->below;
	size_t end = b->len - 1, start = end;

	while (start > 0 && b->data[start - 1] != '\n')
		start--;
	buf_byte(s->to, '\n');
	s->line = s->to->len;
	buf_add(s->to, str_slice(buf_str(b), start, end));
	b->len = start;
	to_start(s);
}

static void
down(struct screen *s, size_t n)
{
	for (; n > 0 && s->below.len > 0; n--)
		enter_below(s);
}

/* Lines that are very long, or moved again and again, are left alone. */
static void
up(struct screen *s, size_t n)
{
	size_t most = s->patience < MOVED ? s->patience : MOVED, moved = 0;

	for (; n > 0 && s->line > s->top; n--) {
		size_t start = s->line - 1;

		while (start > s->top && s->to->data[start - 1] != '\n' && moved + s->line - start < most)
			start--;
		moved += s->to->len - start;
		if (moved >= most)
			break;
		buf_add(&s->below, str_slice(buf_str(s->to), s->line, s->to->len));
		buf_byte(&s->below, '\n');
		s->to->len = s->line - 1;
		s->line = start;
	}
	s->patience -= moved < s->patience ? moved : s->patience;
	to_start(s);
}

static void
new_line(struct screen *s)
{
	if (s->below.len > 0) {
		enter_below(s);
		return;
	}
	buf_byte(s->to, '\n');
	s->line = s->to->len;
	to_start(s);
}

static void
erase_all(struct screen *s)
{
	s->to->len = s->line = s->top;
	s->below.len = 0;
	to_start(s);
}

/* ---- terminal sequences ------------------------------------------------------------ */

/* The first number of "ESC [ 12 ; 3 H"; `none` if there is none. */
static size_t
parameter(struct str sequence, size_t none)
{
	size_t n = 0, i;

	for (i = 2; is_within(sequence, i, '0', '9'); i++)
		n = n < FARTHEST ? n * 10 + (size_t)(sequence.data[i] - '0') : FARTHEST;
	return i == 2 ? none : n;
}

static size_t
times(struct str sequence)
{
	size_t n = parameter(sequence, 1);

	return n == 0 ? 1 : n > FARTHEST ? FARTHEST : n;
}

static bool
is_home(struct str sequence)
{
	struct str where = str_slice(sequence, 2, sequence.len - 1);

	return where.len == 0 || str_eq(where, STR("1")) || str_eq(where, STR("1;1")) ||
	    str_eq(where, STR(";")) || str_eq(where, STR("0;0"));
}

/* In the same column of another line. */
static void
climb(struct screen *s, size_t lines, void move(struct screen *, size_t))
{
	size_t n = columns(s, s->line, s->at) + s->pad;

	move(s, lines);
	to_start(s);
	right(s, n);
}

static void
erase(struct screen *s, struct str sequence)
{
	size_t which = parameter(sequence, 0);
	bool is_line = str_ends(sequence, STR("K"));

	if (which == 0) {
		s->to->len = s->at;
		if (!is_line)
			s->below.len = 0;
	} else if (is_line && which == 2) {
		s->to->len = s->line;
		to_start(s);
	} else if (!is_line && which <= 3 && which != 1) {
		erase_all(s);
	}
}

/* Those that move the cursor or erase; others change no text. */
static void
obey(struct screen *s, struct str sequence)
{
	size_t n = times(sequence);

	if (sequence.data[1] == 'c')
		erase_all(s);
	if (sequence.data[1] != '[' || is_within(sequence, 2, '<', '?'))
		return;
	switch (sequence.data[sequence.len - 1]) {
	case 'A': climb(s, n, up); break;
	case 'B': climb(s, n, down); break;
	case 'C': right(s, n); break;
	case 'D': left(s, n); break;
	case 'E': down(s, n); to_start(s); break;
	case 'F': up(s, n); to_start(s); break;
	case 'G': to_start(s); right(s, n - 1); break;
	case 'J':
	case 'K': erase(s, sequence); break;
	case 'H':
	case 'f':
		if (is_home(sequence))
			up(s, FARTHEST);
		break;
	}
}

static size_t
plain_length(struct str s)
{
	size_t n = 0;

	while (n < s.len && s.data[n] != '\n' && s.data[n] != '\r' && s.data[n] != '\b' &&
	    s.data[n] != '\033')
		n++;
	return n;
}

static void
control(struct screen *s, char byte)
{
	if (byte == '\n')
		new_line(s);
	else if (byte == '\r')
		to_start(s);
	else if (byte == '\b')
		left(s, 1);
	else
		put(s, STR("\033"));	/* begins no sequence */
}

void
screen_text(struct buf *to, struct str bytes)
{
	struct screen s = { .to = to, .top = to->len, .line = to->len, .at = to->len,
	    .patience = MOVED + AGAIN * bytes.len };

	while (bytes.len > 0) {
		size_t n = plain_length(bytes);
		size_t sequence = n == 0 && bytes.data[0] == '\033' ? sequence_length(bytes) : 0;

		if (n > 0)
			put(&s, str_slice(bytes, 0, n));
		else if (sequence > 0)
			obey(&s, str_slice(bytes, 0, n = sequence));
		else
			control(&s, bytes.data[n++]);
		bytes = str_slice(bytes, n, bytes.len);
	}
	while (s.below.len > 0)
		enter_below(&s);
	buf_release(&s.below);
}
