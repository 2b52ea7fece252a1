#include "tangle/expand/size.h"

#include "tangle/base/diag.h"
#include "tangle/expand/graph.h"
#include "tangle/project/language.h"

uint64_t
size_plus(uint64_t a, uint64_t b)
{
	return a > SIZE_SATURATED - (b < SIZE_SATURATED ? b : SIZE_SATURATED) ? SIZE_SATURATED : a + b;
}

uint64_t
size_times(uint64_t a, uint64_t b)
{
	return b != 0 && a > SIZE_SATURATED / b ? SIZE_SATURATED : a * b;
}

static void
add(uint64_t *sum, uint64_t n)
{
	*sum = size_plus(*sum, n);
}

/* ---- within a line ---------------------------------------------------------------- */

static struct measure
measure_of(struct str text)
{
	struct measure m = { .bytes = text.len };

	for (size_t i = 0; i < text.len; i++) {
		bool is_blank = text.data[i] == ' ' || text.data[i] == '\t';

		m.columns += ((unsigned char)text.data[i] & 0xC0) != 0x80;
		m.blanks = is_blank ? m.blanks + 1 : 0;
	}
	return m;
}

static void
join(struct measure *to, struct measure next)
{
	to->blanks = next.blanks == next.bytes ? size_plus(to->blanks, next.blanks) : next.blanks;
	add(&to->bytes, next.bytes);
	add(&to->columns, next.columns);
}

/* What stands round the only reference of a line that may have several lines. */
struct joint {
	struct measure before, after;
	struct reference *many;		/* NULL: all have one, or none */
	bool is_first;			/* no other reference stands before it */
	uint64_t expansions;
};

static bool
is_comment_mark(const struct block *b, struct str text)
{
	const struct language *l = language_find(b->language);
	struct str mark = str_of(l && l->comment ? l->comment : "");

	if (mark.len == 0 || !str_starts(text, mark))
		return false;
	for (size_t i = mark.len; i < text.len; i++) {
		char c = text.data[i];

		if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'))
			return false;
	}
	return true;
}

static bool
refuse(struct reference *r, struct diag *d, const char *why)
{
	if (r->is_told)
		return false;
	r->is_told = true;
	diag_error(d, STATUS_STRUCTURE, reference_at(r), "inline-lines",
	    "'%.*s' has several lines: %s", STR_ARG(r->name), why);
	return false;
}

static bool
check_joint(const struct joint *j, const struct block *b, size_t references, struct diag *d)
{
	struct reference *r = j->many;

	if (r->way == INLINE_AUTO && (!j->is_first || (!str_is_blank(r->indent) &&
	    !is_comment_mark(b, str_trim(r->indent)))))
		return refuse(r, d, "what becomes of the text before it? say inline=column, inline=prefix or inline=around");
	if (r->way == INLINE_AROUND && references > 1)
		return refuse(r, d, "with inline=around it must be the only reference of its line");
	return true;
}

/* The pieces of a line; how many of the references belong to it comes back in *n. */
static bool
read_joint(struct joint *j, struct str line, const struct block *b, size_t first, size_t *n,
    struct diag *d)
{
	struct str rest = line;

	for (*n = 0; first + *n < b->nreferences; ++*n) {
		struct reference *r = &b->references[first + *n];
		struct measure *to = j->many ? &j->after : &j->before;
		const char *behind = r->is_escaped ? r->indent.data + r->indent.len + 1 :
		    r->name.data + r->name.len + 2;

		if (r->line != b->references[first].line)
			break;
		join(to, measure_of(str_slice(rest, 0,
		    (size_t)(r->indent.data + r->indent.len - rest.data))));
		rest = str_slice(rest, (size_t)(behind - rest.data), rest.len);
		if (r->is_escaped)
			continue;
		if (!r->to) {
			join(to, measure_of((struct str){ r->name.data - 2, r->name.len + 4 }));
			continue;
		}
		j->expansions = size_plus(j->expansions, r->to->size.bytes ?
		    size_plus(r->to->size.expansions, 1) : 0);
		if (r->to->size.lines == 1) {
			join(to, r->to->size.only);
		} else if (r->to->size.lines > 1) {
			if (j->many)
				return refuse(r, d, "so has another reference of its line");
			j->many = r;
			j->is_first = *n == 0;
		}
	}
	join(j->many ? &j->after : &j->before, measure_of(rest));
	return true;
}

/* ---- lines ------------------------------------------------------------------------- */

static void
add_line(struct size *sum, struct measure text, size_t ending)
{
	if (sum->lines == 0) {
		sum->only = text;
		sum->first_filled = text.bytes > 0;
	}
	add(&sum->bytes, size_plus(text.bytes, ending));
	add(&sum->filled_lines, text.bytes > 0);
	add(&sum->lines, 1);
	sum->last_filled = text.bytes > 0;
	sum->last_ending = ending;
}

/* Lines in which `many` stands: its own, with what becomes of the text beside them. */
static void
add_many(struct size *sum, const struct joint *j, size_t ending)
{
	const struct size *to = &j->many->to->size;
	enum inline_way way = j->many->way;
	uint64_t further = to->lines - 1, filled = to->filled_lines - to->first_filled;
	uint64_t prefix = way == INLINE_COLUMN ? j->before.columns : j->before.bytes;
	uint64_t trimmed = way == INLINE_COLUMN ? 0 : j->before.bytes - j->before.blanks;
	bool last_empty = !to->last_filled;

	if (sum->lines == 0)
		sum->first_filled = j->before.bytes > 0 || to->first_filled;
	add(&sum->bytes, size_plus(to->bytes, size_plus(j->before.bytes, j->after.bytes)));
	sum->bytes -= sum->bytes < SIZE_SATURATED ? to->last_ending : 0;
	add(&sum->bytes, ending);
	if (way == INLINE_AROUND) {
		add(&sum->bytes, size_times(further, size_plus(prefix, j->after.bytes)));
		add(&sum->filled_lines, size_plus(further, 1));
	} else {
		add(&sum->bytes, size_times(filled, prefix));
		add(&sum->bytes, size_times(further - filled, trimmed));
		if (last_empty && j->after.bytes > 0)
			add(&sum->bytes, prefix - trimmed);
		add(&sum->filled_lines, j->before.bytes > 0 || to->first_filled);
		add(&sum->filled_lines, trimmed > 0 ? further :
		    size_plus(filled, last_empty && j->after.bytes > 0));
	}
	add(&sum->lines, to->lines);
	sum->last_filled = to->last_filled || j->after.bytes > 0 || trimmed > 0;
	sum->last_ending = ending;
}

static bool
add_inline(struct size *sum, struct str line, size_t ending, const struct block *b, size_t first,
    size_t *n, struct diag *d)
{
	struct joint j = {0};
	bool ok = read_joint(&j, line, b, first, n, d);

	if (ok && j.many)
		ok = check_joint(&j, b, *n, d);
	while (first + *n < b->nreferences && b->references[first + *n].line == b->references[first].line)
		++*n;
	add(&sum->expansions, j.expansions);
	if (ok && j.many)
		add_many(sum, &j, ending);
	else
		add_line(sum, j.before, ending);
	return ok;
}

static void
add_reference(struct size *sum, const struct reference *r)
{
	const struct size *to = &r->to->size;

	if (to->bytes == 0)	/* it vanishes, whatever stands behind it */
		return;
	if (sum->lines == 0 && to->lines > 0) {
		sum->only = (struct measure){0};
		if (to->first_filled) {
			sum->only = measure_of(r->indent);
			join(&sum->only, to->only);
		}
		sum->first_filled = to->first_filled;
	}
	add(&sum->bytes, size_plus(to->bytes, size_times(r->indent.len, to->filled_lines)));
	add(&sum->filled_lines, to->filled_lines);
	add(&sum->expansions, size_plus(to->expansions, 1));
	add(&sum->lines, to->lines);
	if (to->lines > 0) {
		sum->last_filled = to->last_filled;
		sum->last_ending = to->last_ending;
	}
}

bool
size_add_block(struct size *sum, const struct block *b, struct diag *d)
{
	struct body rest = block_body(b);
	size_t next = 0, n;
	struct str line;
	bool ok = true;

	for (size_t k = 0; body_line(&rest, &line); k++) {
		struct str text = str_chomp(line);
		size_t ending = text.len == line.len ? 1 : line.len - text.len;
		const struct reference *r = NULL;

		if (next < b->nreferences && b->references[next].line == k)
			r = &b->references[next++];
		if (r && r->is_inline) {
			ok = add_inline(sum, text, ending, b, next - 1, &n, d) && ok;
			next += n - 1;
		} else if (r && r->to) {
			add_reference(sum, r);
		} else {	/* a line that nothing ends is ended; a backslash before << goes */
			struct measure m = { .bytes = text.len };

			if (sum->lines == 0)
				m = measure_of(text);
			m.bytes -= r && r->is_escaped;
			m.columns -= r && r->is_escaped;
			add_line(sum, m, ending);
		}
	}
	return ok;
}
