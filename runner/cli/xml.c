#include "runner/cli/xml.h"

#include <stdbool.h>

#include "tangle/base/buf.h"

static void
add_ascii(struct buf *to, char c, bool in_attribute)
{
	switch (c) {
	case '<': buf_add(to, STR("&lt;")); return;
	case '>': buf_add(to, STR("&gt;")); return;
	case '&': buf_add(to, STR("&amp;")); return;
	case '"': buf_add(to, STR("&quot;")); return;
	case '\r': buf_add(to, STR("&#13;")); return;
	case '\x7F': buf_add(to, STR("\u2421")); return;
	}
	if (c >= ' ' || (!in_attribute && (c == '\n' || c == '\t')))
		buf_byte(to, c);
	else if (c == '\n' || c == '\t')
		buf_printf(to, "&#%d;", c);
	else
		buf_printf(to, "\xE2\x90%c", 0x80 + c);
}

/* A valid character of several bytes. */
static void
add_wide(struct buf *to, struct str c)
{
	const unsigned char *b = (const unsigned char *)c.data;

	if (c.len == 2 && b[0] == 0xC2 && b[1] < 0xA0)
		buf_printf(to, "\\u%04X", b[1]);
	else if (c.len == 3 && b[0] == 0xEF && b[1] == 0xBF && b[2] >= 0xBE)
		buf_printf(to, "\\u%04X", 0xFFC0u + (b[2] & 0x3Fu));
	else
		buf_add(to, c);
}

static void
add(struct buf *to, struct str text, bool in_attribute)
{
	while (text.len > 0) {
		size_t n = str_utf8(text);

		if (n == 1)
			add_ascii(to, *text.data, in_attribute);
		else if (n > 1)
			add_wide(to, str_slice(text, 0, n));
		else
			buf_add(to, STR("\uFFFD"));
		text = str_slice(text, n > 0 ? n : 1, text.len);
	}
}

void
xml_add(struct buf *to, struct str text)
{
	add(to, text, false);
}

void
xml_attribute(struct buf *to, const char *name, struct str text)
{
	buf_printf(to, " %s=\"", name);
	add(to, text, true);
	buf_byte(to, '"');
}
