#include "runner/cell/interface.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "runner/cell/cxxentries.h"
#include "runner/cell/entries.h"
#include "runner/cell/leave.h"
#include "runner/cell/lex.h"
#include "runner/cell/names.h"
#include "runner/cell/preprocessor.h"
#include "tangle/base/arena.h"
#include "tangle/base/buf.h"
#include "tangle/base/hash.h"
#include "tangle/base/map.h"

/* Macro calls within macro calls, and how much text they may make in one cell. */
#define DEEPEST	8
#define LONGEST	((size_t)1 << 20)

const struct str interface_prelude = STR(
    "#include <stdio.h>\n#include <stdlib.h>\n#include <string.h>\n#include <stdint.h>\n"
    "#include <stdbool.h>\n#include <stddef.h>\n#include <math.h>\n");

struct interface *
interface_new(struct arena *a)
{
	struct interface *i = arena_alloc(a, 1, sizeof *i);

	i->arena = a;
	return i;
}

void
interface_free(struct interface *i)
{
	if (!i)
		return;
	map_release(&i->names);
	split_context_release(&i->context);
}

/* UTEST_MAIN(): the macro of a header that makes it. */
static bool
makes_main(const struct item *it)
{
	struct str argument[2];

	return it->kind == ITEM_MACRO && str_ends(it->name, STR("_MAIN"))
	    && leave_arguments(it->text, argument) == 0;
}

static bool
defines_main(const struct interface_cell *c)
{
	size_t k;

	for (k = 0; k < c->nparts; k++) {
		const struct item *it = &c->parts[k].item;

		if (makes_main(it) || (it->kind == ITEM_FUNCTION
		    && str_eq(it->declarators[0].name, STR("main"))))
			return true;
	}
	return false;
}

/* Does it take care of itself?  The header of a library says nothing of <stdio.h>. */
static bool
has_standard_include(const struct interface_cell *c)
{
	size_t k;

	for (k = 0; k < c->nparts; k++)
		if (c->parts[k].item.kind == ITEM_DIRECTIVE
		    && c->parts[k].item.directive == DIRECTIVE_INCLUDE
		    && preprocessor_is_standard(c->parts[k].item.text))
			return true;
	return false;
}

/* What the splitter knows of a name is again what the cells of the session said. */
static void
forget(struct interface *in, struct str text)
{
	const struct name *n = map_get(&in->names, text);
	size_t k;

	map_remove(&in->context.typedefs, text);
	map_remove(&in->context.variables, text);
	for (k = 0; n && k < n->entries.n; k++) {
		const struct mention *m = &n->entries.list[k];

		if (m->space != SPACE_ORDINARY)
			continue;
		map_put(m->entry->kind == ENTRY_TYPE && n->meaning == MEANS_TYPE
		    ? &in->context.typedefs : &in->context.variables, n->text, m->entry);
	}
}

/* A program's names do not leak. */
static void
forget_program(struct interface *in, const struct interface_cell *c)
{
	size_t k, d;

	for (k = 0; k < c->nparts; k++) {
		const struct item *it = &c->parts[k].item;

		for (d = 0; d < it->ndeclarators; d++)
			forget(in, it->declarators[d].name);
		if (it->kind == ITEM_DIRECTIVE && it->directive == DIRECTIVE_DEFINE)
			map_remove(&in->context.macros, it->name);
		for (d = 0; d < it->ninner; d++)
			if (it->inner[d].directive == DIRECTIVE_DEFINE)
				map_remove(&in->context.macros, it->inner[d].name);
	}
}

static void
add_prelude(struct adding *add)
{
	struct str rest = interface_prelude, line;

	while (str_line(&rest, &line))
		preprocessor_include(add, line, 0);
}

static void
decide_prelude(struct adding *add)
{
	struct interface *in = add->in;
	struct interface_cell *c = add->cell;

	if (in->knows_prelude || c->source.is_prelude || c->is_program
	    || (c->source.is_cxx && has_standard_include(c)))
		return;
	in->knows_prelude = true;
	c->has_standard_prelude = !has_standard_include(c);
	if (c->has_standard_prelude)
		add_prelude(add);
}

/* A program leaves nothing, but its own feature macros are hoisted too. */
static void
add_program_part(struct adding *add, struct part *p, bool at_head)
{
	const struct item *it = &p->item;

	if (at_head && it->kind == ITEM_DIRECTIVE && it->directive == DIRECTIVE_DEFINE
	    && preprocessor_is_feature(it->name)) {
		struct entry *e = entry_add(add, ENTRY_FEATURE, it->text, it->line);

		e->hidden_from = add->index;
		entry_keep(add, e);
		p->is_left_out = !add->branch;
	}
}

/* What the part refers to; the words of <stdio.h> are no names. */
void
interface_find_names(struct interface *in, struct part *p)
{
	const struct item *it = &p->item;
	struct str text = it->text;

	if (it->kind == ITEM_DIRECTIVE && it->directive == DIRECTIVE_INCLUDE
	    && str_find_byte(it->text, '<') < it->text.len)
		return;
	if (p->call)
		text = arena_printf(in->arena, "%.*s\n%.*s", STR_ARG(p->call->text), STR_ARG(text));
	p->references = names_in(in, text, it->kind != ITEM_DIRECTIVE && it->kind != ITEM_MACRO,
	    &p->nreferences);
}

static void
add_parts(struct adding *add)
{
	struct interface_cell *c = add->cell;
	bool at_head = true;
	size_t k;

	for (k = 0; k < c->nparts; k++) {
		struct part *p = &c->parts[k];

		if (p->item.kind == ITEM_DIRECTIVE)
			preprocessor_group(add, &p->item);
		else
			at_head = false;
		add->part = p;
		interface_find_names(add->in, p);
		if (c->is_program)
			add_program_part(add, p, at_head);
		else
			leave_part(add, p, at_head);
	}
}

/* May it stand in a function, among statements? */
static bool
goes_among_statements(const struct item *it)
{
	return it->kind == ITEM_STATEMENT || (it->kind == ITEM_NEUTRAL && str_eq(it->text, STR(";")))
	    || (it->kind == ITEM_DIRECTIVE && it->directive != DIRECTIVE_INCLUDE);
}

/* Find the #if groups that hold nothing but statements. */
static void
match_groups(struct interface *in, struct interface_cell *c)
{
	size_t *open = arena_alloc(in->arena, c->nparts + 1, sizeof *open);
	size_t depth = 0, impure = 0, k;	/* groups up to `impure` hold something else */

	for (k = 0; k < c->nparts; k++) {
		const struct item *it = &c->parts[k].item;

		if (!goes_among_statements(it))
			impure = depth;
		if (it->kind != ITEM_DIRECTIVE)
			continue;
		if (it->directive == DIRECTIVE_IF)
			open[depth++] = k;
		else if (it->directive == DIRECTIVE_ENDIF && depth > 0) {
			if (--depth >= impure)
				c->parts[open[depth]].group_end = k;
			else
				impure = depth;
		}
	}
}

/* Does the text of a call hold declarations, and nothing that must be the last? */
static bool
is_worth_opening(const struct item *items, size_t n)
{
	bool declares = false;
	size_t k;

	for (k = 0; k < n; k++) {
		if (items[k].kind == ITEM_EXPRESSION)
			return false;
		if (items[k].kind == ITEM_DECLARATION || items[k].kind == ITEM_FUNCTION)
			declares = true;
	}
	return declares;
}

/* An item of a call's text stands on the lines of the call. */
static void
move_lines(struct interface *in, struct item *it, const struct item *call)
{
	struct declarator *d = arena_copy(in->arena, it->declarators, it->ndeclarators, sizeof *d);
	size_t k;

	for (k = 0; k < it->ndeclarators; k++)
		d[k].line = call->line;
	it->declarators = d;
	it->line = call->line;
	it->end_line = call->end_line;
}

static void
add_item(struct interface *in, const struct item *it, const struct item *call, struct list *parts)
{
	struct part *p = arena_alloc(in->arena, 1, sizeof *p);

	*p = (struct part){ .item = *it, .call = call };
	if (call)
		move_lines(in, &p->item, call);
	names_list_add(in->arena, parts, p);
}

/*
 * The items of a text.  Where a macro of the document makes declarations, its
 * call is taken for what it stands for, down to a certain depth and length.
 */
static void
read_parts(struct interface *in, struct str text, struct list *parts)
{
	struct { const struct item *items, *call; size_t n, at; } level[DEEPEST];
	size_t depth = 0, opened = 0;

	level[0].items = split(text, &in->context, in->arena, &level[0].n);
	level[0].call = NULL;
	level[0].at = 0;
	for (;;) {
		const struct item *it;

		if (level[depth].at == level[depth].n) {
			if (depth-- == 0)
				return;
			continue;
		}
		it = &level[depth].items[level[depth].at++];
		if (it->expansion.data && it->kind != ITEM_STATEMENT && it->kind != ITEM_EXPRESSION
		    && depth + 1 < DEEPEST && (opened += it->expansion.len) < LONGEST) {
			level[depth + 1].items = split(it->expansion, &in->context, in->arena,
			    &level[depth + 1].n);
			level[depth + 1].call = depth > 0 ? level[depth].call : it;
			level[depth + 1].at = 0;
			if (is_worth_opening(level[depth + 1].items, level[depth + 1].n)) {
				depth++;
				continue;
			}
		}
		add_item(in, it, level[depth].call, parts);
	}
}

static void
copy_parts(struct interface *in, struct interface_cell *c, const struct list *parts)
{
	size_t k;

	c->nparts = parts->n;
	c->parts = arena_alloc(in->arena, parts->n + 1, sizeof *c->parts);
	for (k = 0; k < parts->n; k++)
		c->parts[k] = *(const struct part *)parts->list[k];
}

static void
copy_notes(const struct adding *add)
{
	struct unit_note *notes = arena_alloc(add->in->arena, add->notes.n + 1, sizeof *notes);
	size_t k;

	for (k = 0; k < add->notes.n; k++)
		notes[k] = *(const struct unit_note *)add->notes.list[k];
	add->cell->notes = notes;
	add->cell->nnotes = add->notes.n;
}

/* Is every bracket of it closed? */
static bool
is_balanced(struct str text)
{
	struct lexer x;
	struct token t;
	size_t depth = 0;

	lexer_init(&x, text);
	while (lexer_next(&x, &t)) {
		if (token_is(&t, '(') || token_is(&t, '[') || token_is(&t, '{'))
			depth++;
		else if (token_is(&t, ')') || token_is(&t, ']') || token_is(&t, '}'))
			depth = depth > 0 ? depth - 1 : 1;
	}
	return depth == 0;
}

/* Does its last line end in a semicolon, and in no comment? */
static bool
is_ended(struct str text)
{
	size_t end = text.len, from;

	while (end > 0 && strchr(" \t\r\n", text.data[end - 1]))
		end--;
	if (end == 0 || text.data[end - 1] != ';')
		return false;
	for (from = end; from > 0 && text.data[from - 1] != '\n'; from--)
		if (text.data[from - 1] == '/')
			return false;
	while (from > 0 && strchr(" \t\r\n", text.data[from - 1]))
		from--;
	return from == 0 || text.data[from - 1] != '\\';
}

/* As a last expression needs no semicolon, neither does a last declaration. */
static struct str
ended_text(struct interface *in, struct str text)
{
	const struct item *items, *last;
	size_t n, end;

	if (is_ended(text))
		return text;
	items = split(text, &in->context, in->arena, &n);
	last = n > 0 ? &items[n - 1] : NULL;
	if (!last || last->kind != ITEM_DECLARATION || str_ends(last->text, STR(";")) ||
	    !is_balanced(last->text))
		return text;
	end = (size_t)(last->text.data + last->text.len - text.data);
	return arena_printf(in->arena, "%.*s;%.*s", (int)end, text.data, (int)(text.len - end),
	    text.data + end);
}

void
interface_add(struct interface *i, const struct unit_source *src)
{
	struct interface_cell *c = arena_alloc(i->arena, 1, sizeof *c);
	struct adding add = { .in = i, .cell = c, .index = i->cells.n };
	struct list parts = { 0 };

	c->source = *src;
	if (!src->is_cxx)
		c->source.text = ended_text(i, src->text);
	names_list_add(i->arena, &i->cells, c);
	if (src->is_cxx)
		cxx_read(&add, &parts);
	else
		read_parts(i, c->source.text, &parts);
	copy_parts(i, c, &parts);
	match_groups(i, c);
	c->is_program = !src->is_prelude && defines_main(c);
	decide_prelude(&add);
	if (src->is_cxx && !c->is_program)
		cxx_leave(&add);
	else
		add_parts(&add);
	if (c->is_program)
		forget_program(i, c);
	entry_finish(&add);
	copy_notes(&add);
}

const struct interface_cell *
interface_cell(const struct interface *i, size_t number)
{
	return i->cells.list[names_cell_index(i, number)];
}

const struct unit_source *
interface_source(const struct interface *i, const struct entry *e)
{
	const struct interface_cell *c = i->cells.list[e->cell];

	return &c->source;
}

void
interface_drop(struct interface *i, size_t number)
{
	size_t index = names_cell_index(i, number), k;

	for (k = 0; k < i->entries.n; k++) {
		struct entry *e = i->entries.list[k];

		if (e->cell == index && (e->kind != ENTRY_INCLUDE || !preprocessor_is_standard(e->text)))
			e->hidden_from = e->cell;
	}
}

struct str
interface_marker(struct interface *i, const struct entry *e)
{
	struct entry *own = i->entries.list[e->order];
	char hex[HASH_HEX + 1];

	if (own->marker.len == 0) {
		digest_hex(hash_of(e->text), hex);
		own->marker = arena_printf(i->arena, "cell-%.8s", hex);
	}
	return own->marker;
}

bool
interface_locate(const struct interface *i, struct str marker, size_t number,
    size_t *cell, size_t *line)
{
	size_t index = names_cell_index(i, number);
	size_t k = i->entries.n;

	while (k-- > 0) {
		const struct entry *e = i->entries.list[k];

		if (e->cell >= index || e->marker.len == 0 || !str_eq(e->marker, marker))
			continue;
		*cell = interface_source(i, e)->number;
		*line += e->line - 1;
		return true;
	}
	return false;
}

struct str
interface_symbol(const struct interface *i, struct str name, size_t number)
{
	const struct name *n = map_get(&i->names, name);

	return n ? names_symbol(i, n, names_cell_index(i, number)) : (struct str){ 0 };
}

struct arena *
interface_arena(const struct interface *i)
{
	return i->arena;
}
