#include "tangle/document/line.h"

size_t
line_ending(struct str raw)
{
	if (str_ends(raw, STR("\r\n")))
		return 2;
	return raw.len > 0 && (raw.data[raw.len - 1] == '\n' || raw.data[raw.len - 1] == '\r');
}

static bool
is_mark(char c)
{
	return c == ' ' || c == '\t' || c == '>';
}

struct str
line_marks(struct str raw)
{
	size_t at = 0;

	while (at < raw.len && is_mark(raw.data[at]))
		at++;
	return str_slice(raw, 0, at);
}

size_t
line_fence_run(struct str s)
{
	size_t n = 0;

	if (s.len == 0 || (s.data[0] != '`' && s.data[0] != '~'))
		return 0;
	while (n < s.len && s.data[n] == s.data[0])
		n++;
	return n;
}

bool
line_closes(struct str raw, struct str head, struct str *prefix)
{
	size_t run, open = line_fence_run(head);
	struct str rest;

	if (open > LINE_FENCE_CAP)
		open = LINE_FENCE_CAP;
	*prefix = line_marks(raw);
	rest = str_slice(raw, prefix->len, raw.len);
	run = line_fence_run(rest);
	return run >= open && rest.data[0] == head.data[0] &&
	    str_is_blank(str_slice(rest, run, rest.len));
}

bool
line_all_marks(struct str text)
{
	for (size_t i = 0; i < text.len; i++)
		if (!is_mark(text.data[i]) && text.data[i] != '\n' && text.data[i] != '\r')
			return false;
	return true;
}
