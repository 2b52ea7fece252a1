#include "tangle/base/source.h"

#include <assert.h>
#include <stdint.h>

#include "tangle/base/arena.h"
#include "tangle/base/mem.h"

struct source_lines {
	struct arena *arena;
	const uint32_t *starts;	/* NULL: not looked for yet */
	size_t n;
};

void
source_init(struct source *s, struct arena *a, struct str name, struct str text)
{
	assert(text.len <= UINT32_MAX && "what reads files has a limit far below");
	*s = (struct source){ .name = name, .text = text,
	    .lines = arena_alloc(a, 1, sizeof *s->lines) };
	s->lines->arena = a;
}

static void
find_lines(struct source_lines *l, struct str text)
{
	uint32_t *starts = NULL;
	size_t cap = 0;

	for (size_t at = 0; at < text.len; l->n++) {
		starts = mem_grow(starts, &cap, l->n + 1, sizeof *starts);
		starts[l->n] = (uint32_t)at;
		at += str_line_size(str_slice(text, at, text.len));
	}
	l->starts = arena_copy(l->arena, starts, l->n, sizeof *starts);
	mem_free(starts);
}

size_t
source_nlines(const struct source *s)
{
	if (!s->lines)		/* a name only */
		return 0;
	if (!s->lines->starts)
		find_lines(s->lines, s->text);
	return s->lines->n;
}

size_t
source_start(const struct source *s, size_t line)
{
	size_t n = source_nlines(s);

	assert(line > 0 && "lines count from 1");
	return line <= n ? s->lines->starts[line - 1] : s->text.len;
}

struct position
source_position(const struct source *s, size_t offset)
{
	size_t low = 0, high = source_nlines(s);

	if (high == 0)
		return (struct position){ 1, 1 };
	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;

		if (s->lines->starts[middle] <= offset)
			low = middle;
		else
			high = middle;
	}
	return (struct position){ low + 1, offset - s->lines->starts[low] + 1 };
}

struct str
source_line(const struct source *s, size_t line)
{
	if (line < 1 || line > source_nlines(s))
		return (struct str){0};
	return str_chomp(str_slice(s->text, source_start(s, line), source_start(s, line + 1)));
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

struct place
place_shown(struct place at)
{
	while (at.source && at.source->made_at.source)
		at = at.source->made_at;
	return at;
}
