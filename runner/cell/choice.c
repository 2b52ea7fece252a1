#include "runner/cell/choice.h"

#include <string.h>

#include "runner/cell/cell.h"
#include "tangle/base/diag.h"
#include "tangle/base/mem.h"
#include "tangle/document/block.h"
#include "tangle/document/blocks.h"
#include "tangle/document/params.h"

enum { MOST_LINES = 1000000000 };

/* Of "notes.md:41", where the line's number begins; 0: it is nothing of that form. */
static size_t
line_part(struct str which)
{
	size_t at = which.len;
	unsigned long number;

	while (at > 0 && which.data[at - 1] != ':')
		at--;
	return at > 0 && str_number(str_slice(which, at, which.len), MOST_LINES, &number) ? at : 0;
}

static struct str
plain_path(struct str path)
{
	while (str_starts(path, STR("./")))
		path = str_slice(path, 2, path.len);
	return path;
}

/* Is it a line of this document? */
static bool
is_line_of(const struct blocks *b, struct str which, unsigned long *line)
{
	size_t at = line_part(which);
	struct str path = str_slice(which, 0, at > 0 ? at - 1 : 0);

	return at > 0 && str_number(str_slice(which, at, which.len), MOST_LINES, line) &&
	    (path.len == 0 || str_eq(plain_path(path), plain_path(b->document->path)));
}

static size_t
mark(const struct blocks *b, size_t k, bool *marks)
{
	if (k >= b->n)
		return 0;
	if (marks)
		marks[k] = true;
	return 1;
}

/* The cell on or above a line; b->n: there is none. */
static size_t
at_line(const struct blocks *b, unsigned long line)
{
	size_t found = b->n;

	for (size_t k = 0; k < b->n; k++) {
		struct place at = b->list[k].at;

		if (b->list[k].is_cell && source_position(at.source, at.offset).line <= line)
			found = k;
	}
	return found;
}

static size_t
at_ordinal(const struct blocks *b, unsigned long ordinal)
{
	size_t k = 0;

	for (unsigned long seen = 0; k < b->n; k++)
		if (b->list[k].is_cell && ++seen == ordinal)
			break;
	return k;
}

/* How many cells of the document that is; sets their marks, one a block, if there are any. */
static size_t
find(const struct blocks *b, struct str which, bool *marks)
{
	unsigned long number;
	size_t n = 0;

	if (is_line_of(b, which, &number))
		return mark(b, at_line(b, number), marks);
	if (str_number(which, MOST_LINES, &number) && (n = mark(b, at_ordinal(b, number), marks)))
		return n;
	for (size_t k = 0; k < b->n; k++)
		if (b->list[k].is_cell && b->list[k].name.len > 0 && str_eq(b->list[k].name, which))
			n += mark(b, k, marks);
	return n;
}

/* "sum[n=3]" -> "n=3" and "sum"; a block may be called so itself, which wins. */
static struct str
instance_part(struct str *which)
{
	size_t at = which->len;
	struct str part;

	if (!str_ends(*which, STR("]")))
		return (struct str){0};
	while (at > 0 && which->data[at - 1] != '[')
		at--;
	if (at < 2)
		return (struct str){0};
	part = str_slice(*which, at, which->len - 1);
	*which = str_slice(*which, 0, at - 1);
	return part;
}

/* "sum!" -> "sum": of the two cells of a generating block, the one that it generates. */
static bool
generated_part(struct str *which)
{
	if (which->len < 2 || !str_ends(*which, STR("!")))
		return false;
	*which = str_slice(*which, 0, which->len - 1);
	return true;
}

/* "n=3": is that one of the block's values? */
static bool
has_value(const struct params *p, struct str word)
{
	struct str value, name = str_cut(word, '=', &value);

	if (value.len > 1 && value.data[0] == '"' && str_ends(value, STR("\"")))
		value = str_slice(value, 1, value.len - 1);
	for (size_t k = 0; k < p->n; k++)
		for (size_t i = 0; i < p->list[k].n; i++)
			if (str_eq(p->list[k].name, name) && str_eq(p->list[k].values[i], value))
				return true;
	return false;
}

/* Take the next of several that commas or blanks part. */
static struct str
next_word(struct str *words)
{
	bool is_quoted = false;
	size_t end = 0;
	struct str word;

	for (; end < words->len && (is_quoted || !strchr(", ", words->data[end])); end++)
		is_quoted ^= words->data[end] == '"';
	word = str_slice(*words, 0, end);
	*words = str_slice(*words, end + 1, words->len);
	return word;
}

/* Has one of the blocks that are meant such an instance? */
static bool
has_instance(const struct blocks *b, const bool *blocks, struct str words)
{
	for (size_t k = 0; k < b->n; k++) {
		struct str rest = words;
		bool has = blocks[k] && b->list[k].params;

		while (has && rest.len > 0) {
			struct str word = next_word(&rest);

			has = word.len == 0 || has_value(b->list[k].params, word);
		}
		if (has)
			return true;
	}
	return false;
}

static bool
is_in(struct str which, const struct blocks *b)
{
	bool *blocks = mem_zalloc(b->n + 1, sizeof *blocks);
	struct str words;
	bool found = find(b, which, blocks) > 0;

	if (!found) {
		(void)generated_part(&which);
		words = instance_part(&which);
		found = find(b, which, blocks) > 0 && (words.len == 0 || has_instance(b, blocks, words));
	}
	mem_free(blocks);
	return found;
}

bool
choice_is_in(struct str which, const struct blocks *b, size_t n)
{
	for (size_t k = 0; k < n; k++)
		if (is_in(which, &b[k]))
			return true;
	return false;
}

/* Does it have each of these values? */
static bool
is_instance(const struct cell *c, struct str words)
{
	while (words.len > 0) {
		struct str word = next_word(&words), value, name = str_cut(word, '=', &value);
		const struct str *own = c->values ? instance_value(c->values, name) : NULL;

		if (value.len > 1 && value.data[0] == '"' && str_ends(value, STR("\"")))
			value = str_slice(value, 1, value.len - 1);
		if (word.len > 0 && (!own || !str_eq(*own, value)))
			return false;
	}
	return true;
}

size_t
choice_mark(struct str which, const struct cells *c, bool *marks)
{
	bool *blocks = mem_zalloc(c->blocks->n + 1, sizeof *blocks);
	struct str block = which, instance = {0};
	bool is_generated = false;
	size_t n = 0;

	if (find(c->blocks, which, blocks) == 0) {
		is_generated = generated_part(&block);
		instance = instance_part(&block);
		(void)find(c->blocks, block, blocks);
	}
	for (size_t i = 0; i < c->n; i++)
		if (c->list[i].block && blocks[c->list[i].block->number] &&
		    (!is_generated || c->list[i].generator) && is_instance(&c->list[i], instance)) {
			marks[i] = true;
			n++;
		}
	mem_free(blocks);
	return n;
}

void
choice_complain(struct str which, const struct blocks *b, struct diag *d)
{
	struct place at = b ? place_file(&b->document->source) : PLACE_NONE;

	if (str_ends(which, STR("]")))
		diag_error(d, STATUS_USAGE, at, "usage",
		    "no cell is '%.*s': in brackets stand values that params= of the block has, as in sum[n=3]",
		    STR_ARG(which));
	else if (line_part(which) > 1)
		diag_error(d, STATUS_USAGE, at, "usage",
		    "no cell is '%.*s': no document of this run has that name and a cell there",
		    STR_ARG(which));
	else
		diag_error(d, STATUS_USAGE, at, "usage",
		    "no cell is '%.*s': give a name, a number, or :LINE", STR_ARG(which));
}

const struct cell *
choice_cell(const struct cells *c, struct str which, struct diag *d)
{
	bool *marks = mem_zalloc(c->n + 1, sizeof *marks);
	size_t i = 0;

	(void)choice_mark(which, c, marks);
	while (i < c->n && !marks[i])
		i++;
	mem_free(marks);
	if (i == c->n)
		choice_complain(which, c->blocks, d);
	return i < c->n ? &c->list[i] : NULL;
}
