#include "runner/output/paths.h"

#include <stdbool.h>

#include "tangle/base/buf.h"

/* Could this character go on with a file's name? */
static bool
is_name(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	    c == '_' || c == '-' || c == '.' || (c & 0x80);
}

/* Behind a path: "." ends a sentence, but for one with a name behind it. */
static bool
is_end(struct str rest)
{
	if (rest.len == 0 || !is_name(rest.data[0]))
		return true;
	return rest.data[0] == '.' && (rest.len == 1 || !is_name(rest.data[1]));
}

static const struct path_word *
word_at(struct str s, const struct path_word *words, size_t n)
{
	const struct path_word *best = NULL;

	for (size_t i = 0; i < n; i++)
		if (words[i].path.len > 1 && str_starts(s, words[i].path) &&
		    is_end(str_slice(s, words[i].path.len, s.len)) &&
		    (!best || words[i].path.len > best->path.len))
			best = &words[i];
	return best;
}

/* Before a path: not a name, whose part the slash would be; but "-I/usr" is fine. */
static bool
is_start(struct str text, size_t at)
{
	char before = at > 0 ? text.data[at - 1] : ' ';

	return (before != '/' && !is_name(before)) ||
	    (at > 1 && text.data[at - 2] == '-' && before >= 'A' && before <= 'Z');
}

void
paths_replace(struct buf *to, struct str text, const struct path_word *words, size_t n)
{
	size_t done = 0, at = 0;

	while (at += str_find_byte(str_slice(text, at, text.len), '/'), at < text.len) {
		struct str rest = str_slice(text, at, text.len);
		const struct path_word *w = is_start(text, at) ? word_at(rest, words, n) : NULL;

		at++;
		if (!w)
			continue;
		buf_add(to, str_slice(text, done, at - 1));
		buf_add(to, w->word);
		done = at = at - 1 + w->path.len;
	}
	buf_add(to, str_slice(text, done, text.len));
}
