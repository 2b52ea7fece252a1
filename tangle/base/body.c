#include "tangle/base/body.h"

#include "tangle/base/arena.h"

bool
body_line(struct body *rest, struct str *line)
{
	size_t size;

	if (rest->nlines == 0)
		return false;
	size = str_line_size(rest->text);
	*line = str_slice(rest->text, rest->skips ? *rest->skips : 0, size);
	rest->text = str_slice(rest->text, size, rest->text.len);
	rest->skips += rest->skips ? 1 : 0;
	rest->nlines--;
	return true;
}

struct str
body_first(struct body b)
{
	struct str line = {0};

	body_line(&b, &line);
	return line;
}

struct body
body_after(struct body b, size_t n)
{
	struct str line;

	for (; n > 0 && body_line(&b, &line); n--)
		;
	return b;
}

const struct str *
body_lines(struct body b, struct arena *a)
{
	struct str *lines = arena_alloc(a, b.nlines, sizeof *lines);

	for (size_t i = 0; body_line(&b, &lines[i]); i++)
		;
	return lines;
}
