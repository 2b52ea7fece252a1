#include "runner/session/literal.h"

#include <string.h>

#include "tangle/base/buf.h"

static void
add_ascii(struct buf *to, unsigned c, char quote, bool before_digit)
{
	static const char names[] = "abtnvfr";

	if (c >= 7 && c <= 13)
		buf_printf(to, "\\%c", names[c - 7]);
	else if (c == (unsigned char)quote || c == '\\')
		buf_printf(to, "\\%c", (int)c);
	else if (c == 0 && !before_digit)
		buf_add(to, STR("\\0"));
	else if (c < 32 || c == 127)
		buf_printf(to, "\\%03o", c);
	else
		buf_byte(to, (char)c);
}

static bool
is_scalar(uint32_t c)
{
	return c < 0xd800 || (c > 0xdfff && c < 0x110000);
}

static void
add_utf8(struct buf *to, uint32_t c)
{
	if (c < 0x800) {
		buf_byte(to, (char)(0xc0 | c >> 6));
	} else {
		if (c < 0x10000) {
			buf_byte(to, (char)(0xe0 | c >> 12));
		} else {
			buf_byte(to, (char)(0xf0 | c >> 18));
			buf_byte(to, (char)(0x80 | (c >> 12 & 63)));
		}
		buf_byte(to, (char)(0x80 | (c >> 6 & 63)));
	}
	buf_byte(to, (char)(0x80 | (c & 63)));
}

/* One character of a wide string, and how many bytes of it that took. */
static size_t
take_wide(struct str bytes, size_t unit, uint32_t *c)
{
	uint16_t high = 0, low = 0;

	if (unit == 4) {
		memcpy(c, bytes.data, sizeof *c);
		return 4;
	}
	memcpy(&high, bytes.data, sizeof high);
	*c = high;
	if (high < 0xd800 || high > 0xdbff || bytes.len < 4)
		return 2;
	memcpy(&low, bytes.data + 2, sizeof low);
	if (low < 0xdc00 || low > 0xdfff)
		return 2;
	*c = 0x10000 + ((uint32_t)(high - 0xd800) << 10) + (uint32_t)(low - 0xdc00);
	return 4;
}

static bool
begins_with_digit(struct str bytes)
{
	return bytes.len > 0 && bytes.data[0] >= '0' && bytes.data[0] <= '7';
}

static void
add_narrow(struct buf *to, struct str s)
{
	while (s.len > 0) {
		size_t n = str_utf8(s);
		unsigned char c = (unsigned char)s.data[0];

		if (n == 0)
			buf_printf(to, "\\%03o", c);
		else if (n == 1)
			add_ascii(to, c, '"', begins_with_digit(str_slice(s, 1, s.len)));
		else
			buf_add(to, str_slice(s, 0, n));
		s = str_slice(s, n ? n : 1, s.len);
	}
}

static void
add_wide(struct buf *to, struct str s, size_t unit)
{
	uint32_t c;

	while (s.len >= unit) {
		s = str_slice(s, take_wide(s, unit, &c), s.len);
		if (c < 128)
			add_ascii(to, c, '"', begins_with_digit(s));
		else if (is_scalar(c))
			add_utf8(to, c);
		else
			buf_printf(to, unit == 4 ? "\\x%08x" : "\\x%04x", c);
	}
}

void
literal_string(struct buf *to, struct str bytes, size_t unit, char prefix)
{
	if (prefix)
		buf_byte(to, prefix);
	buf_byte(to, '"');
	if (unit == 1)
		add_narrow(to, bytes);
	else
		add_wide(to, bytes, unit);
	buf_byte(to, '"');
}

void
literal_character(struct buf *to, struct str bytes, char prefix)
{
	uint32_t c = 0;

	memcpy(&c, bytes.data, bytes.len < sizeof c ? bytes.len : sizeof c);
	if (bytes.len == 1 && c > 127) {
		buf_printf(to, "%d", (int)(signed char)c);
		return;
	}
	if (!is_scalar(c)) {
		buf_printf(to, "0x%x", c);
		return;
	}
	if (prefix)
		buf_byte(to, prefix);
	buf_byte(to, '\'');
	if (c < 128)
		add_ascii(to, c, '\'', false);
	else
		add_utf8(to, c);
	buf_byte(to, '\'');
}

bool
literal_is_text(struct str bytes)
{
	size_t i;

	for (i = 0; i < bytes.len; i++) {
		unsigned char c = (unsigned char)bytes.data[i];

		if (c > 126 || (c < 32 && c != 0 && c != '\n' && c != '\t'))
			return false;
	}
	return true;
}
