#include "runner/output/diff.h"

#include <stdint.h>

#include "runner/output/output.h"
#include "tangle/base/buf.h"
#include "tangle/base/mem.h"

enum {
	CONTEXT = 3,
	TABLE_MOST = 4 * 1024 * 1024	/* cells: two texts of 2,000 lines */
};

/* One line of the script that leads from one text to the other. */
struct edit {
	char op;		/* ' ', '-', '+' */
	struct str line;
};

struct script {
	struct edit *edits;
	size_t n, cap;
};

struct lines {
	struct str *line;
	size_t n, cap;
};

static struct lines
split(struct str text)
{
	struct lines l = {0};
	struct str line;

	l.line = mem_grow(NULL, &l.cap, 1, sizeof(*l.line));
	while (output_line(&text, &line)) {
		while (line.len > 0 && str_is_blank(str_slice(line, line.len - 1, line.len)))
			line.len--;
		l.line = mem_grow(l.line, &l.cap, l.n + 1, sizeof(*l.line));
		l.line[l.n++] = line;
	}
	return l;
}

static void
add_edit(struct script *s, char op, struct str line)
{
	s->edits = mem_grow(s->edits, &s->cap, s->n + 1, sizeof(*s->edits));
	s->edits[s->n++] = (struct edit){ op, line };
}

/*
 * For n lines of a and m of b: at [i * (m + 1) + j] how many lines a from i and
 * b from j have in common, in order.  NULL if that would be too large.
 */
static uint32_t *
common_table(const struct str *a, size_t n, const struct str *b, size_t m)
{
	uint32_t *table;

	if (n >= TABLE_MOST || m >= TABLE_MOST || (n + 1) * (m + 1) > TABLE_MOST)
		return NULL;
	table = mem_zalloc((n + 1) * (m + 1), sizeof(*table));
	for (size_t i = n; i-- > 0;)
		for (size_t j = m; j-- > 0;) {
			uint32_t *here = &table[i * (m + 1) + j];
			const uint32_t *below = here + m + 1;

			if (str_eq(a[i], b[j]))
				*here = below[1] + 1;
			else
				*here = below[0] > here[1] ? below[0] : here[1];
		}
	return table;
}

/* The part between common start and end: what goes, then what comes. */
static void
add_middle(struct script *s, const struct str *a, size_t n, const struct str *b, size_t m)
{
	uint32_t *table = common_table(a, n, b, m);
	size_t i = 0, j = 0;

	while (i < n || j < m) {
		const uint32_t *here = table ? &table[i * (m + 1) + j] : NULL;

		if (here && i < n && j < m && str_eq(a[i], b[j])) {
			add_edit(s, ' ', a[i++]);
			j++;
		} else if (i < n && (j == m || !here || here[m + 1] >= here[1])) {
			add_edit(s, '-', a[i++]);
		} else {
			add_edit(s, '+', b[j++]);
		}
	}
	mem_free(table);
}

static struct script
compare(const struct lines *a, const struct lines *b)
{
	struct script s = {0};
	size_t head = 0, tail = 0, least = a->n < b->n ? a->n : b->n;

	while (head < least && str_eq(a->line[head], b->line[head]))
		head++;
	while (tail < least - head &&
	    str_eq(a->line[a->n - tail - 1], b->line[b->n - tail - 1]))
		tail++;
	for (size_t i = 0; i < head; i++)
		add_edit(&s, ' ', a->line[i]);
	if (a->n + b->n > 2 * (head + tail))
		add_middle(&s, a->line + head, a->n - head - tail, b->line + head,
		    b->n - head - tail);
	for (size_t i = a->n - tail; i < a->n; i++)
		add_edit(&s, ' ', a->line[i]);
	return s;
}

/* How many of edits [from, to) are lines of the side whose own op is `op`. */
static size_t
count_side(const struct script *s, size_t from, size_t to, char op)
{
	size_t n = 0;

	for (size_t i = from; i < to; i++)
		n += s->edits[i].op == ' ' || s->edits[i].op == op;
	return n;
}

/* " -41,3": where the side stands; a side without lines stands on the line before. */
static void
add_range(struct buf *to, char op, size_t first, size_t count)
{
	buf_printf(to, " %c%zu", op, count > 0 || first == 0 ? first : first - 1);
	if (count != 1)
		buf_printf(to, ",%zu", count);
}

/* The end of the hunk whose first change is at `i`: changes whose contexts meet are one. */
static size_t
hunk_end(const struct script *s, size_t i)
{
	size_t last = i;

	for (; i < s->n && i - last <= 2 * CONTEXT + 1; i++)
		if (s->edits[i].op != ' ')
			last = i;
	return s->n - last - 1 < CONTEXT ? s->n : last + 1 + CONTEXT;
}

bool
diff_hunks(struct buf *to, struct str recorded, struct str made, size_t line)
{
	struct lines a = split(recorded), b = split(made);
	struct script s = compare(&a, &b);
	bool differs = false;
	size_t done = 0, from = line, into = line;	/* edits; lines of either side at `done` */

	for (size_t i = 0; i < s.n; i++) {
		size_t start = i - done < CONTEXT ? done : i - CONTEXT;
		size_t end;

		if (s.edits[i].op == ' ')
			continue;
		differs = true;
		end = hunk_end(&s, i);
		from += start - done;
		into += start - done;
		buf_add(to, STR("@@"));
		add_range(to, '-', from, count_side(&s, start, end, '-'));
		add_range(to, '+', into, count_side(&s, start, end, '+'));
		buf_add(to, STR(" @@\n"));
		from += count_side(&s, start, end, '-');
		into += count_side(&s, start, end, '+');
		for (i = start; i < end; i++) {
			buf_byte(to, s.edits[i].op);
			buf_visible(to, s.edits[i].line);
			buf_byte(to, '\n');
		}
		done = end;
		i = end - 1;
	}
	mem_free(s.edits);
	mem_free(a.line);
	mem_free(b.line);
	return differs;
}
