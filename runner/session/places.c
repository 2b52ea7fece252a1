#include "runner/session/places.h"

#include "runner/session/outcome.h"
#include "tangle/base/arena.h"
#include "tangle/base/buf.h"

#define FOLDER	STR("/skein/")

/* Take "/skein/7/" off the front. */
static bool
take_folder(struct str *name, size_t *cell)
{
	struct str rest = str_slice(*name, FOLDER.len, name->len), digits;
	unsigned long number;

	if (!str_starts(*name, FOLDER))
		return false;
	digits = str_slice(rest, 0, str_find_byte(rest, '/'));
	if (digits.len == rest.len || !str_number(digits, (unsigned long)-1, &number))
		return false;
	*cell = number;
	*name = str_slice(rest, digits.len + 1, rest.len);
	return true;
}

static bool
read_call(struct str line, struct frame *f)
{
	struct str number;
	unsigned long n;

	*f = (struct frame){ .column = 1 };
	f->marker = str_cut(line, '\t', &line);
	number = str_cut(line, '\t', &f->function);
	f->line = str_number(number, (unsigned long)-1, &n) ? n : 0;
	return f->line > 0 && take_folder(&f->marker, &f->cell);
}

const struct frame *
places_read(struct str told, struct arena *a, size_t *n)
{
	struct str rest = told, line;
	struct frame *list;
	size_t lines = 0;

	while (str_line(&rest, &line))
		lines++;
	list = arena_alloc(a, lines, sizeof *list);
	for (*n = 0; str_line(&told, &line); )
		*n += read_call(line, &list[*n]);
	return list;
}

void
places_plain(struct buf *to, struct str text)
{
	for (;;) {
		size_t at = str_find(text, FOLDER), cell;

		buf_add(to, str_slice(text, 0, at));
		if (at == text.len)
			return;
		text = str_slice(text, at, text.len);
		if (take_folder(&text, &cell))
			continue;
		buf_add(to, FOLDER);
		text = str_slice(text, FOLDER.len, text.len);
	}
}
