#include "runner/build/lines.h"

#include "tangle/base/arena.h"
#include "tangle/base/buf.h"
#include "tangle/base/mem.h"

enum { LONGEST_NAME = 100, MOST_LINES = 100000 };

/* The name in quotes at the front of s, its escapes undone. */
static bool
read_name(struct str s, struct arena *a, struct str *name)
{
	struct buf b = {0};
	size_t i;

	if (s.len == 0 || s.data[0] != '"')
		return false;
	for (i = 1; i < s.len && s.data[i] != '"'; i++) {
		if (s.data[i] == '\\' && i + 1 < s.len)
			i++;
		buf_byte(&b, s.data[i]);
	}
	*name = buf_take(&b, a);
	return i < s.len;
}

/* # 12 "cell" 3 */
static bool
read_marker(struct str text, struct arena *a, struct line *next)
{
	struct str rest = text, number;
	unsigned long line;

	if (!str_starts(text, STR("# ")))
		return false;
	rest = str_slice(rest, 2, rest.len);
	number = str_cut(rest, ' ', &rest);
	if (!str_number(number, MOST_LINES * 10ul, &line) || !read_name(rest, a, &next->marker))
		return false;
	next->line = line;
	return true;
}

struct lines
lines_of(struct str unit, struct arena *a)
{
	struct line *list = arena_alloc(a, str_count_lines(unit), sizeof *list);
	struct line next = { .line = 1 };
	struct str text;
	size_t n = 0;

	while (str_line(&unit, &text)) {
		if (read_marker(text, a, &next)) {
			list[n++] = (struct line){ .text = text };
			continue;
		}
		next.text = text;
		list[n++] = next;
		next.line++;
	}
	return (struct lines){ list, n };
}

const struct line *
lines_at(const struct lines *o, size_t line)
{
	return line >= 1 && line <= o->n ? &o->list[line - 1] : NULL;
}

/* A line may stand in several parts: the longest holds most. */
struct str
lines_text(const struct lines *o, struct str marker, size_t line)
{
	struct str best = {0};

	for (size_t i = 0; i < o->n; i++)
		if (o->list[i].line == line && str_eq(o->list[i].marker, marker) &&
		    o->list[i].text.len > best.len)
			best = o->list[i].text;
	return best;
}

static bool
is_file_name(const struct lines *o, struct str name)
{
	if (name.len == 0 || name.len > LONGEST_NAME || name.data[0] == '<' ||
	    str_find_byte(name, '/') < name.len || str_find_byte(name, '.') < name.len)
		return false;
	for (size_t i = 0; i < o->n; i++) {
		struct str text = o->list[i].text;

		if (o->list[i].line > 0 && str_find(text, name) < text.len &&
		    str_find(text, STR("include")) < text.len)
			return false;
	}
	return true;
}

static void
add_masked(struct buf *to, struct str text)
{
	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.data[i];

		buf_byte(to, c < ' ' || c == 127 ? ' ' : c > 127 ? 'x' : (char)c);
	}
	buf_byte(to, '\n');
}

bool
lines_file(const struct lines *o, struct str marker, struct buf *to)
{
	struct str *lines;
	size_t n = 0;

	if (!is_file_name(o, marker))
		return false;
	for (size_t i = 0; i < o->n; i++)
		if (o->list[i].line > n && str_eq(o->list[i].marker, marker))
			n = o->list[i].line;
	if (n > MOST_LINES)
		return false;
	lines = mem_zalloc(n, sizeof *lines);
	for (size_t i = 0; i < o->n; i++) {
		const struct line *x = &o->list[i];

		if (x->line > 0 && str_eq(x->marker, marker) && x->text.len > lines[x->line - 1].len)
			lines[x->line - 1] = x->text;
	}
	for (size_t i = 0; i < n; i++)
		add_masked(to, lines[i]);
	mem_free(lines);
	return true;
}
