#include "runner/cli/caution.h"

#include "tangle/base/buf.h"

enum {
	GROWN = 100,		/* times as much is a lot, */
	WORTH_SAYING = 2048,	/* if it is that much at least */
	HEX_OF_POINTER = 6
};

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
is_hex(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static bool
is_word(char c)
{
	return is_hex(c) || (c >= 'g' && c <= 'z') || (c >= 'G' && c <= 'Z') || c == '_';
}

/* ---- shapes: how many bytes at the front of a text have one ---------------------------- */

/* 'd' stands for a digit, 'x' for a hexadecimal one. */
static size_t
form(struct str s, const char *f)
{
	size_t n = 0;

	for (; f[n]; n++) {
		if (n == s.len)
			return 0;
		if (f[n] == 'd' ? !is_digit(s.data[n]) : f[n] == 'x' ? !is_hex(s.data[n]) : s.data[n] != f[n])
			return 0;
	}
	return n < s.len && is_word(s.data[n]) ? 0 : n;
}

static size_t
pointer(struct str s)
{
	size_t n = 2;

	if (!str_starts(s, STR("0x")))
		return 0;
	while (n < s.len && is_hex(s.data[n]))
		n++;
	return n >= 2 + HEX_OF_POINTER ? n : 0;
}

static size_t
date(struct str s)
{
	return form(s, "dddd-dd-dd");
}

static size_t
time_of_day(struct str s)
{
	return form(s, "dd:dd:dd");
}

static size_t
uuid(struct str s)
{
	return form(s, "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx");
}

/* Of a path the whole of it. */
static size_t
below(struct str s, const char *const *folders)
{
	for (; *folders; folders++) {
		size_t n = str_of(*folders).len;

		if (!str_starts(s, str_of(*folders)) || n == s.len || !is_word(s.data[n]))
			continue;
		while (n < s.len && (is_word(s.data[n]) || str_find_byte(STR("/.-+"), s.data[n]) < 4))
			n++;
		return n;
	}
	return 0;
}

static size_t
temporary_path(struct str s)
{
	static const char *const folders[] = { "/tmp/", "/var/tmp/", "/dev/shm/", NULL };

	return below(s, folders);
}

static size_t
home(struct str s)
{
	static const char *const folders[] = { "/home/", "/root/", "/Users/", NULL };

	return below(s, folders);
}

/* "0.123 s", "12.5ms" */
static size_t
duration(struct str s)
{
	static const char *const units[] = { "s", "ms", "us", "ns", "sec", "seconds" };
	size_t n = 0;

	while (n < s.len && is_digit(s.data[n]))
		n++;
	if (n == 0 || n == s.len || s.data[n++] != '.')
		return 0;
	while (n < s.len && is_digit(s.data[n]))
		n++;
	n += n < s.len && s.data[n] == ' ';
	for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
		size_t end = n + str_of(units[i]).len;

		if (str_starts(str_slice(s, n, s.len), str_of(units[i])) &&
		    (end == s.len || !is_word(s.data[end])))
			return end;
	}
	return 0;
}

static const struct {
	size_t (*shape)(struct str s);
	const char *what, *calm;
} shapes[] = {
	{ pointer, "an address", "normalize=ptr" },
	{ uuid, "a UUID", "normalize=uuid" },
	{ date, "a date", "normalize=date" },
	{ time_of_day, "a time", "normalize=time" },
	{ duration, "a duration", "normalize=duration" },
	{ temporary_path, "a temporary path", "normalize=tmpdir" },
	{ home, "somebody's folder", "[..] in its place" },
};

static bool
say_shape(struct buf *to, struct str line)
{
	for (size_t at = 0; at < line.len; at++) {
		struct str rest = str_slice(line, at, line.len);

		if (at > 0 && is_word(line.data[at]) && is_word(line.data[at - 1]))
			continue;
		for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
			size_t n = shapes[i].shape(rest);

			if (n == 0)
				continue;
			buf_add(to, STR("'"));
			buf_visible(to, str_slice(rest, 0, n));
			buf_printf(to, "' looks like %s, which may be another one next time: %s settles that",
			    shapes[i].what, shapes[i].calm);
			return true;
		}
	}
	return false;
}

bool
caution_say(struct buf *to, struct str diff, size_t recorded, size_t made)
{
	struct str line;

	if (recorded > 0 && made == 0) {
		buf_add(to, STR("it prints nothing any more"));
		return true;
	}
	if (recorded > 0 && made >= WORTH_SAYING && made / GROWN >= recorded) {
		buf_printf(to, "it prints %zu times as much as is recorded", made / recorded);
		return true;
	}
	while (str_line(&diff, &line))
		if (str_starts(line, STR("+")) && !str_starts(line, STR("+++ ")) &&
		    say_shape(to, str_slice(line, 1, line.len)))
			return true;
	return false;
}
