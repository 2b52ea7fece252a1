#include "runner/cell/interface.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "runner/cell/constant.h"
#include "runner/cell/cxxentries.h"
#include "runner/cell/declare.h"
#include "runner/cell/entries.h"
#include "runner/cell/lex.h"
#include "runner/cell/literal.h"
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

static enum meaning
meaning_of(void *arg, struct str text, struct str *body)
{
	const struct interface *in = arg;
	const struct name *n = map_get(&in->names, text);

	*body = n ? n->body : (struct str){ 0 };
	return n ? n->meaning : MEANS_UNKNOWN;
}

/* What the declarations of one item leave. */

/* enum { LIST } or enum { X(A) }: its names cannot be told. */
static bool
hides_enumerators(const struct adding *add, const struct item *it)
{
	struct lexer x;
	struct token t;
	size_t k;

	for (k = 0; k < it->ntags; k++) {
		if (!it->tags[k].body.data || !str_eq(it->tags[k].keyword, STR("enum")))
			continue;
		lexer_init(&x, it->tags[k].body);
		while (lexer_next(&x, &t))
			if ((t.kind == TOKEN_IDENTIFIER && map_get(&add->in->context.macros, t.text))
			    || (t.is_first && token_is(&t, '#')))
				return true;
	}
	return false;
}

static void
define_tags(struct adding *add, struct entry *e, const struct item *it, struct str invented)
{
	size_t k;

	if (it->ntags > 0 && hides_enumerators(add, it))
		entry_keep(add, e);
	for (k = 0; k < it->ntags; k++) {
		if (!it->tags[k].body.data)
			continue;
		entry_defines(add, e, it->tags[k].name.len > 0 ? it->tags[k].name
		    : k == 0 ? invented : it->tags[k].name, SPACE_TAG, MEANS_TYPE);
	}
	for (k = 0; k < it->nenumerators; k++)
		entry_defines(add, e, it->enumerators[k], SPACE_ORDINARY, MEANS_ENUMERATOR);
}

/* A nameless struct that variables have gets a name for later cells. */
static struct str
invent_tag(struct adding *add, const struct item *it)
{
	const struct tag *t = &it->tags[0];
	struct name *n;
	size_t v;

	if (!declare_has_body(it) || t->name.len > 0 || it->ndeclarators == 0)
		return (struct str){ 0 };
	n = names_get(add->in, it->declarators[0].name);
	v = names_version(n, add->index) + 1;
	return v == 1 ? arena_printf(add->in->arena, "skein_t_%.*s", STR_ARG(n->text))
	    : arena_printf(add->in->arena, "skein_t_%.*s__%zu", STR_ARG(n->text), v);
}

static bool
has_asm_label(const struct declarator *d)
{
	struct lexer x;
	struct token t;

	lexer_init(&x, d->text);
	while (lexer_next(&x, &t))
		if (t.word == WORD_ASM)
			return true;
	return false;
}

static bool
is_defining(const struct item *it, const struct declarator *d)
{
	if (it->kind == ITEM_FUNCTION)
		return true;
	return !d->is_function && (d->initialiser.data || !(it->specifiers & SPEC_EXTERN));
}

static void
add_declarator(struct adding *add, const struct item *it, const struct declarator *d,
    struct str tag)
{
	enum meaning meaning = d->is_function ? MEANS_FUNCTION : d->is_array ? MEANS_ARRAY
	    : MEANS_VARIABLE;
	struct buf b = { 0 };
	struct entry *e;
	bool constant = d->initialiser.data && d->has_unknown_size
	    && constant_is(d->initialiser, meaning_of, add->in);

	if (is_defining(it, d))
		entry_clears(add, d->name, d->line);
	if (tag.len == 0 && declare_has_body(it))
		tag = it->tags[0].name;
	declare_name(&b, it, d, tag, (struct str){ 0 }, constant);
	e = entry_add(add, ENTRY_OBJECT, buf_take(&b, add->in->arena), d->line);
	e->name = d->name;
	e->item = it;
	e->declarator = d;
	e->tag = tag;
	e->is_constant = constant;
	if (!is_defining(it, d)) {
		entry_declares(add, e, d->name, SPACE_ORDINARY, meaning);
		return;
	}
	e->is_definition = true;
	entry_defines(add, e, d->name, SPACE_ORDINARY, meaning);
	if (!has_asm_label(d))
		entry_add_version(add, d->name);
}

/* The names that come with a type. */
static void
clear_names(struct adding *add, const struct item *it, bool with_declarators)
{
	size_t k;

	for (k = 0; k < it->nenumerators; k++)
		entry_clears(add, it->enumerators[k], it->line);
	for (k = 0; k < it->ndeclarators && with_declarators; k++)
		entry_clears(add, it->declarators[k].name, it->line);
}

/* As later cells are given it: the same, however it is laid out. */
static struct str
one_line(struct interface *in, struct str text)
{
	struct buf b = { 0 };

	declare_one_line(&b, text);
	return buf_take(&b, in->arena);
}

static void
add_type(struct adding *add, const struct item *it)
{
	struct entry *e;
	size_t k;

	clear_names(add, it, true);
	e = entry_add(add, ENTRY_TYPE, one_line(add->in, it->text), it->line);
	define_tags(add, e, it, (struct str){ 0 });
	for (k = 0; k < it->ndeclarators; k++)
		entry_defines(add, e, it->declarators[k].name, SPACE_ORDINARY, MEANS_TYPE);
	if (it->ndeclarators == 0 && it->ntags > 0 && !it->tags[0].body.data)
		entry_declares(add, e, it->tags[0].name, SPACE_TAG, MEANS_TYPE);
}

static void
add_objects(struct adding *add, struct part *p)
{
	const struct item *it = &p->item;
	struct str invented = p->tag = invent_tag(add, it);
	size_t k;

	if (declare_has_body(it)) {
		struct buf b = { 0 };
		struct entry *e;

		clear_names(add, it, false);
		declare_tag(&b, it, invented);
		e = entry_add(add, ENTRY_TYPE, buf_take(&b, add->in->arena), it->line);
		define_tags(add, e, it, invented);
	}
	for (k = 0; k < it->ndeclarators; k++)
		add_declarator(add, it, &it->declarators[k], invented);
}

/*
 * register int x __asm__("r12"), constexpr int n = 3: neither has a symbol, and each
 * cell says it again.
 */
static void
add_repeated(struct adding *add, const struct item *it)
{
	struct entry *e;
	size_t k;

	clear_names(add, it, true);
	e = entry_add(add, ENTRY_INLINE, it->text, it->line);
	for (k = 0; k < it->ndeclarators; k++)
		entry_defines(add, e, it->declarators[k].name, SPACE_ORDINARY, MEANS_VARIABLE);
}

/* The same type in the same words, and still seen: then it is the same type. */
static bool
is_said_before(struct adding *add, const struct item *it)
{
	struct str text = it->ndeclarators > 0 ? it->declarators[0].name
	    : declare_has_body(it) ? it->tags[0].name : (struct str){ 0 };
	const struct name *n = text.len > 0 ? map_get(&add->in->names, text) : NULL;

	return n && n->type && names_is_visible(n->type, add->index) && !n->type->branch
	    && !add->branch && str_eq(n->type->text, one_line(add->in, it->text));
}

static void
add_dynamic(struct adding *add, struct part *p, const struct declarator *d)
{
	p->is_dynamic = true;
	if (literal_is_kept(d) && !literal_is_plain(d->initialiser))
		entry_note(add, d->line, d->name, "literal", arena_printf(add->in->arena,
		    "'%.*s' may point to a compound literal that is gone after its line",
		    STR_ARG(d->name)));
}

static void
add_declaration(struct adding *add, struct part *p)
{
	const struct item *it = &p->item;
	size_t d;

	if ((it->specifiers & SPEC_TYPEDEF) || it->ndeclarators == 0) {
		p->is_left_out = is_said_before(add, it);
		if (!p->is_left_out)
			add_type(add, it);
		return;
	}
	if (it->specifiers & (SPEC_REGISTER | SPEC_CONSTEXPR)) {
		add_repeated(add, it);
		return;
	}
	for (d = 0; d < it->ndeclarators; d++) {
		const struct declarator *x = &it->declarators[d];

		if (x->initialiser.data && !constant_is(x->initialiser, meaning_of, add->in))
			add_dynamic(add, p, x);
	}
	add_objects(add, p);
}

bool
interface_keeps_whole(const struct item *it)
{
	return (it->specifiers & SPEC_ALWAYS_INLINE)
	    || str_find(it->spec, STR("gnu_inline")) < it->spec.len;
}

static void
add_function(struct adding *add, struct part *p)
{
	const struct item *it = &p->item;
	struct entry *e;

	if (!interface_keeps_whole(it)) {
		add_objects(add, p);
		return;
	}
	clear_names(add, it, true);
	e = entry_add(add, ENTRY_INLINE, it->text, it->line);
	define_tags(add, e, it, (struct str){ 0 });
	entry_defines(add, e, it->declarators[0].name, SPACE_ORDINARY, MEANS_FUNCTION);
}

bool
interface_is_test(const struct item *it)
{
	return it->kind == ITEM_MACRO && it->name.len > 0 && !it->expansion.data
	    && str_ends(it->text, STR("}"));
}

/* Cells. */

/* #define and #undef inside a body: macros like any others from there on. */
static void
add_inner(struct adding *add, const struct item *it)
{
	for (size_t k = 0; k < it->ninner; k++) {
		const struct item *line = &it->inner[k];
		struct part *p;

		preprocessor_group(add, line);
		if (line->directive != DIRECTIVE_DEFINE && line->directive != DIRECTIVE_UNDEF)
			continue;
		p = arena_alloc(add->in->arena, 1, sizeof *p);
		p->item = *line;
		preprocessor_leave(add, p, false);
	}
}

/* The first two arguments of a call; returns how many there are. */
static size_t
find_arguments(struct str call, struct str list[2])
{
	struct lexer x;
	struct token t;
	size_t n = 0, depth = 0;

	list[0] = list[1] = (struct str){ 0 };
	lexer_init(&x, call);
	while (lexer_next(&x, &t)) {
		if (token_is(&t, ')') && --depth == 0)
			break;
		if (depth == 1 && token_is(&t, ','))
			n++;
		else if (depth > 0 && n < 2 && !list[n].data)
			list[n] = t.text;
		else if (depth > 0 && n < 2)
			list[n].len = (size_t)(t.text.data + t.text.len - list[n].data);
		depth += token_is(&t, '(');
	}
	return n + (list[0].len > 0);
}

/*
 * UTEST(list, push) {...}: a call with the same macro and arguments, two at most,
 * takes its place in a later cell.  What has a body may register itself when it
 * is loaded, so it is not repeated but in programs, or where its only argument is
 * said again: UTEST_F_SETUP(fixture) {...}.
 */
static void
add_opaque(struct adding *add, const struct item *it)
{
	struct entry *e = entry_add(add, ENTRY_OPAQUE, it->text, it->line);
	struct str argument[2];
	size_t n = it->name.len > 0 ? find_arguments(it->text, argument) : 0;

	entry_keep(add, e);
	if (n == 0)
		return;
	e->is_test = interface_is_test(it);
	if (e->is_test && n == 1)
		entry_declares(add, e, argument[0], SPACE_TAG, MEANS_UNKNOWN);
	entry_defines(add, e, arena_printf(add->in->arena, "%.*s(%.*s,%.*s)", STR_ARG(it->name),
	    STR_ARG(argument[0]), STR_ARG(argument[1])), SPACE_TAG, MEANS_UNKNOWN);
}

/* p = (int[]){1, 2};  p = &(struct s){1};  the literal ends with its block. */
static bool
keeps_literal(struct str text, struct str *name)
{
	struct token t = { 0 }, last = { 0 };
	struct lexer x;
	size_t depth = 0;
	bool address = false;

	lexer_init(&x, text);
	if (!lexer_next(&x, &t) || t.kind != TOKEN_IDENTIFIER)
		return false;
	*name = t.text;
	if (!lexer_next(&x, &t) || !str_eq(t.text, STR("=")) || !lexer_next(&x, &t))
		return false;
	if (str_eq(t.text, STR("&"))) {
		address = true;
		if (!lexer_next(&x, &t))
			return false;
	}
	if (!token_is(&t, '('))
		return false;
	do {
		depth += token_is(&t, '(');
		depth -= token_is(&t, ')');
		if (depth == 0)
			break;
		last = t;
	} while (lexer_next(&x, &t));
	return lexer_next(&x, &t) && token_is(&t, '{') && (address || token_is(&last, ']'));
}

static void
check_statement(struct adding *add, const struct item *it)
{
	struct str name;

	if (keeps_literal(it->text, &name))
		entry_note(add, it->line, name, "literal", arena_printf(add->in->arena,
		    "'%.*s' points to a compound literal that is gone after these statements: "
		    "give it a name", STR_ARG(name)));
}

void
interface_add_part(struct adding *add, struct part *p, bool at_head)
{
	switch (p->item.kind) {
	case ITEM_DIRECTIVE:
		preprocessor_leave(add, p, at_head);
		break;
	case ITEM_DECLARATION:
		add_declaration(add, p);
		break;
	case ITEM_FUNCTION:
		add_function(add, p);
		break;
	case ITEM_MACRO:
		add_opaque(add, &p->item);
		break;
	case ITEM_STATEMENT:
		check_statement(add, &p->item);
		break;
	case ITEM_EXPRESSION:
	case ITEM_NEUTRAL:
		break;
	}
	add_inner(add, &p->item);
}

/* UTEST_MAIN(): the macro of a header that makes it. */
static bool
makes_main(const struct item *it)
{
	struct str argument[2];

	return it->kind == ITEM_MACRO && str_ends(it->name, STR("_MAIN"))
	    && find_arguments(it->text, argument) == 0;
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
			interface_add_part(add, p, at_head);
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

/* As a last expression needs no semicolon, neither does a last declaration. */
static struct str
ended_text(struct interface *in, struct str text)
{
	const struct item *items, *last;
	size_t n, end;

	if (str_ends(str_trim(text), STR(";")))
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
