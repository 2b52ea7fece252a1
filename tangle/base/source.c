#include "tangle/base/source.h"

#include <assert.h>

#include "tangle/base/arena.h"
#include "tangle/base/mem.h"

void
source_init(struct source *s, struct arena *a, struct str name, struct str text)
{
	uint32_t *starts = NULL;
	size_t cap = 0, n = 0;

	assert(text.len <= UINT32_MAX && "what reads files has a limit far below");
	for (size_t at = 0; at < text.len;) {
		starts = mem_grow(starts, &cap, n + 1, sizeof *starts);
		starts[n++] = (uint32_t)at;
		at += str_line_size(str_slice(text, at, text.len));
	}
	*s = (struct source){ .name = name, .text = text, .nlines = n };
	s->starts = arena_copy(a, starts, n, sizeof *starts);
	mem_free(starts);
}

struct position
source_position(const struct source *s, size_t offset)
{
	size_t low = 0, high = s->nlines;

	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;

		if (s->starts[middle] <= offset)
			low = middle;
		else
			high = middle;
	}
	return (struct position){ low + 1, s->nlines ? offset - s->starts[low] + 1 : 1 };
}

struct str
source_line(const struct source *s, size_t line)
{
	struct str text;

	if (line < 1 || line > s->nlines)
		return (struct str){0};
	text = str_slice(s->text, s->starts[line - 1],
	    line < s->nlines ? s->starts[line] : s->text.len);
	while (text.len > 0 &&
	    (text.data[text.len - 1] == '\n' || text.data[text.len - 1] == '\r'))
		text.len--;
	return text;
}

struct place
place_of(const struct source *s, struct str part)
{
	assert(part.data >= s->text.data &&
	    part.data + part.len <= s->text.data + s->text.len &&
	    "a part of a source is a view into its text");
	return (struct place){ s, (size_t)(part.data - s->text.data), part.len };
}

struct place
place_file(const struct source *s)
{
	return (struct place){ s, PLACE_FILE, 0 };
}
