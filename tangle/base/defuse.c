#include "tangle/base/defuse.h"

#include <stdlib.h>

#include "tangle/base/buf.h"

bool
defuse_wanted(void)
{
	static const char *const signs[] = { "GITHUB_ACTIONS", "TF_BUILD", "TEAMCITY_VERSION" };

	for (size_t i = 0; i < sizeof signs / sizeof *signs; i++) {
		const char *value = getenv(signs[i]);

		if (value && *value)
			return true;
	}
	return false;
}

/* Of "##[", "##vso[", "##teamcity[" at the front of s: their length, or 0. */
static size_t
mark_size(struct str s)
{
	size_t i = 2;

	if (!str_starts(s, STR("##")))
		return 0;
	while (i < s.len && s.data[i] >= 'a' && s.data[i] <= 'z')
		i++;
	return i < s.len && s.data[i] == '[' ? i + 1 : 0;
}

static void
defuse_marks(struct buf *to, struct str s, struct str sharp)
{
	size_t done = 0;

	for (size_t i = 0; i < s.len; i++) {
		if (s.data[i] != '#' || mark_size(str_slice(s, i, s.len)) == 0)
			continue;
		buf_add(to, str_slice(s, done, i + 1));
		buf_add(to, sharp);
		done = i + 2;
	}
	buf_add(to, str_slice(s, done, s.len));
}

/* Where "::" stands at the front of a line, or s.len.  Blanks of any alphabet are passed over there. */
static size_t
find_order(struct str line)
{
	size_t i = 0;

	while (i < line.len && ((unsigned char)line.data[i] <= ' ' || (unsigned char)line.data[i] >= 0x7F))
		i++;
	return str_starts(str_slice(line, i, line.len), STR("::")) ? i : line.len;
}

void
defuse(struct buf *to, struct str lines)
{
	if (!defuse_wanted()) {
		buf_add(to, lines);
		return;
	}
	while (lines.len > 0) {
		/* the machine takes a lone CR for a line's end, too */
		struct str line = str_slice(lines, 0, str_line_size(lines));
		size_t at = find_order(line);

		lines = str_slice(lines, line.len, lines.len);
		if (at < line.len) {
			buf_add(to, str_slice(line, 0, at));
			buf_add(to, STR("\\x3A"));
			line = str_slice(line, at + 1, line.len);
		}
		defuse_marks(to, line, STR("\\x23"));
	}
}

void
defuse_json(struct buf *to, struct str json)
{
	if (defuse_wanted())
		defuse_marks(to, json, STR("\\u0023"));
	else
		buf_add(to, json);
}
