#include "runner/cell/interface.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "runner/cell/constant.h"
#include "runner/cell/declare.h"
#include "runner/cell/lex.h"
#include "runner/cell/names.h"
#include "tangle/base/arena.h"
#include "tangle/base/buf.h"
#include "tangle/base/map.h"

/* Macro calls within macro calls, and how much text they may make in one cell. */
#define DEEPEST	8
#define LONGEST	((size_t)1 << 20)

const struct str interface_prelude = STR(
    "#include <stdio.h>\n#include <stdlib.h>\n#include <string.h>\n#include <stdint.h>\n"
    "#include <stdbool.h>\n#include <stddef.h>\n#include <math.h>\n");

/* What is being added. */
struct adding {
	struct interface *in;
	struct interface_cell *cell;
	size_t index;
	struct branch *branch;
	struct list notes;
};

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

static struct entry *
add_entry(struct adding *add, enum entry_kind kind, struct str text, size_t line)
{
	struct interface *in = add->in;
	struct entry *e = arena_alloc(in->arena, 1, sizeof *e);
	size_t k;

	*e = (struct entry){ .kind = kind, .text = text, .line = line, .cell = add->index,
	    .hidden_from = NEVER, .branch = add->branch, .order = in->entries.n };
	e->references = names_in(in, text, &e->nreferences);
	names_list_add(in->arena, &in->entries, e);
	if (kind == ENTRY_TYPE || kind == ENTRY_OBJECT || kind == ENTRY_INLINE || kind == ENTRY_OPAQUE)
		for (k = 0; k < e->nreferences; k++)
			names_mention_add(in->arena, &e->references[k].name->users,
			    (struct mention){ .entry = e, .space = e->references[k].is_tag
			    ? SPACE_TAG : SPACE_ORDINARY });
	return e;
}

static void
add_note(struct adding *add, size_t line, struct str text)
{
	struct unit_note *note = arena_alloc(add->in->arena, 1, sizeof *note);

	*note = (struct unit_note){ line, text };
	names_list_add(add->in->arena, &add->notes, note);
}

static bool
defines_type(const struct mention *m)
{
	return m->entry->kind == ENTRY_TYPE && !m->is_declaration;
}

/* What mentions the name in that space goes; `todo` is the stack of what has gone. */
static void
hide_users(struct adding *add, const struct name *name, enum space space, size_t line,
    struct list *todo)
{
	size_t k;

	for (k = 0; k < name->users.n; k++) {
		const struct mention *u = &name->users.list[k];

		if (u->space != space || !names_is_visible(u->entry, add->index))
			continue;
		u->entry->hidden_from = add->index;
		names_list_add(add->in->arena, todo, u->entry);
		if (u->entry->is_definition)
			add_note(add, line, arena_printf(add->in->arena,
			    "the new '%.*s' hides '%.*s', which was made of the old one",
			    STR_ARG(name->text), STR_ARG(u->entry->name)));
	}
}

/* A type is gone from this cell on, and so is what was made of it. */
static void
hide_type(struct adding *add, struct entry *e, size_t line)
{
	struct list todo = { 0 };
	size_t k, m;

	names_list_add(add->in->arena, &todo, e);
	while (todo.n > 0) {
		const struct entry *gone = todo.list[--todo.n];

		for (k = 0; gone->kind == ENTRY_TYPE && k < gone->nreferences; k++) {
			const struct name *name = gone->references[k].name;

			for (m = 0; m < name->entries.n; m++)
				if (name->entries.list[m].entry == gone
				    && defines_type(&name->entries.list[m]))
					hide_users(add, name, name->entries.list[m].space, line,
					    &todo);
		}
	}
}

/*
 * A cell defines the name again: what it was before is not seen any more.  A
 * macro also hides a function or variable, and the other way round.
 */
static void
hide(struct adding *add, struct name *name, enum space space, size_t line)
{
	size_t k;

	if (name->hidden_in[space] == add->index + 1)
		return;
	name->hidden_in[space] = add->index + 1;
	for (k = 0; k < name->entries.n; k++) {
		const struct mention *m = &name->entries.list[k];

		if ((m->space == SPACE_TAG) != (space == SPACE_TAG) || m->entry->hidden_from != NEVER
		    || !names_is_visible(m->entry, add->index))
			continue;
		m->entry->hidden_from = add->index;
		if (defines_type(m))
			hide_type(add, m->entry, line);
	}
}

/* The entry defines this name. */
static void
define(struct adding *add, struct entry *e, struct str text, enum space space, enum meaning meaning)
{
	struct name *name = names_get(add->in, text);

	if (text.len == 0)
		return;
	hide(add, name, space, e->line);
	names_mention_add(add->in->arena, &name->entries,
	    (struct mention){ .entry = e, .space = space });
	if (space != SPACE_TAG)
		name->meaning = meaning;
	if (e->kind == ENTRY_TYPE)
		name->type = e;
}

/* The entry only says that there is such a thing. */
static void
declare(struct adding *add, struct entry *e, struct str text, enum space space, enum meaning meaning)
{
	struct name *name = names_get(add->in, text);

	names_mention_add(add->in->arena, &name->entries,
	    (struct mention){ .entry = e, .space = space, .is_declaration = true });
	if (space != SPACE_TAG && name->meaning == MEANS_UNKNOWN)
		name->meaning = meaning;
}

static void
add_version(struct adding *add, struct str text)
{
	struct name *n = names_get(add->in, text);

	if (n->nversions > 0 && n->versions[n->nversions - 1] == add->index)
		return;
	n->versions = names_room(add->in->arena, n->versions, &n->versions_cap, n->nversions,
	    sizeof *n->versions);
	n->versions[n->nversions++] = add->index;
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
		e->is_always = true;
	for (k = 0; k < it->ntags; k++) {
		if (!it->tags[k].body.data)
			continue;
		define(add, e, it->tags[k].name.len > 0 ? it->tags[k].name
		    : k == 0 ? invented : it->tags[k].name, SPACE_TAG, MEANS_TYPE);
	}
	for (k = 0; k < it->nenumerators; k++)
		define(add, e, it->enumerators[k], SPACE_ORDINARY, MEANS_ENUMERATOR);
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

	declare_name(&b, it, d, tag.len > 0 ? tag : declare_has_body(it) ? it->tags[0].name
	    : (struct str){ 0 }, constant);
	e = add_entry(add, ENTRY_OBJECT, buf_take(&b, add->in->arena), d->line);
	if (!is_defining(it, d)) {
		declare(add, e, d->name, SPACE_ORDINARY, meaning);
		return;
	}
	e->is_definition = true;
	e->name = d->name;
	define(add, e, d->name, SPACE_ORDINARY, meaning);
	if (!has_asm_label(d))
		add_version(add, d->name);
}

static void
add_type(struct adding *add, const struct item *it)
{
	struct entry *e;
	size_t k;

	e = add_entry(add, ENTRY_TYPE, it->text, it->line);
	define_tags(add, e, it, (struct str){ 0 });
	for (k = 0; k < it->ndeclarators; k++)
		define(add, e, it->declarators[k].name, SPACE_ORDINARY, MEANS_TYPE);
	if (it->ndeclarators == 0 && it->ntags > 0 && !it->tags[0].body.data)
		declare(add, e, it->tags[0].name, SPACE_TAG, MEANS_TYPE);
}

static void
add_objects(struct adding *add, const struct item *it)
{
	struct str invented = invent_tag(add, it);
	size_t k;

	if (declare_has_body(it)) {
		struct buf b = { 0 };
		struct entry *e;

		declare_tag(&b, it, invented);
		e = add_entry(add, ENTRY_TYPE, buf_take(&b, add->in->arena), it->line);
		define_tags(add, e, it, invented);
	}
	for (k = 0; k < it->ndeclarators; k++)
		add_declarator(add, it, &it->declarators[k], invented);
}

/* The same type in the same words, and still seen: then it is the same type. */
static bool
is_said_before(struct adding *add, const struct item *it)
{
	struct str text = it->ndeclarators > 0 ? it->declarators[0].name
	    : declare_has_body(it) ? it->tags[0].name : (struct str){ 0 };
	const struct name *n = text.len > 0 ? map_get(&add->in->names, text) : NULL;

	return n && n->type && names_is_visible(n->type, add->index) && !n->type->branch
	    && !add->branch && str_eq(n->type->text, it->text);
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
	for (d = 0; d < it->ndeclarators; d++) {
		const struct declarator *x = &it->declarators[d];

		if (x->initialiser.data && !constant_is(x->initialiser, meaning_of, add->in))
			p->is_dynamic = true;
	}
	add_objects(add, it);
}

bool
interface_keeps_whole(const struct item *it)
{
	return (it->specifiers & SPEC_ALWAYS_INLINE)
	    || str_find(it->spec, STR("gnu_inline")) < it->spec.len;
}

static void
add_function(struct adding *add, const struct item *it)
{
	struct entry *e;

	if (!interface_keeps_whole(it)) {
		add_objects(add, it);
		return;
	}
	e = add_entry(add, ENTRY_INLINE, it->text, it->line);
	define_tags(add, e, it, (struct str){ 0 });
	define(add, e, it->declarators[0].name, SPACE_ORDINARY, MEANS_FUNCTION);
}

/* Directives. */

static bool
is_feature(struct str name)
{
	static const char *const names[] = {
		"_GNU_SOURCE", "_DEFAULT_SOURCE", "_BSD_SOURCE", "_SVID_SOURCE", "_ISOC99_SOURCE",
		"_ISOC11_SOURCE", "_ISOC2X_SOURCE", "_POSIX_SOURCE", "_POSIX_C_SOURCE",
		"_XOPEN_SOURCE", "_XOPEN_SOURCE_EXTENDED", "_LARGEFILE_SOURCE",
		"_LARGEFILE64_SOURCE", "_FILE_OFFSET_BITS", "_TIME_BITS", "_ATFILE_SOURCE",
		"_FORTIFY_SOURCE", "_REENTRANT", "_THREAD_SAFE", "_DYNAMIC_STACK_SIZE_SOURCE",
	};
	size_t k;

	for (k = 0; k < sizeof names / sizeof *names; k++)
		if (str_eq(name, str_of(names[k])))
			return true;
	return str_starts(name, STR("__STDC_WANT_"));
}

/* What follows the macro's name and parameters. */
static struct str
macro_body(const struct item *it)
{
	size_t at = (size_t)(it->name.data - it->text.data) + it->name.len;
	struct str rest = str_slice(it->text, at, it->text.len);

	if (it->function_like)
		rest = str_slice(rest, str_find_byte(rest, ')') + 1, rest.len);
	return rest;
}

static bool
lies_in(struct str part, struct str whole)
{
	return part.data && part.data >= whole.data && part.data <= whole.data + whole.len;
}

/* Configures headers although nobody mentions it: NDEBUG, _FOO. */
static bool
is_configuration(struct str name)
{
	return str_starts(name, STR("_")) || str_eq(name, STR("NDEBUG"));
}

/* #define f(x) f(x, 1): needs the function that it hides. */
static bool
mentions_itself(const struct name *name, const struct entry *e)
{
	struct lexer x;
	struct token t;
	size_t n = 0;

	lexer_init(&x, e->text);
	while (lexer_next(&x, &t))
		if (str_eq(t.text, name->text))
			n++;
	return n > 1;
}

static void
add_macro(struct adding *add, struct part *p, bool at_head)
{
	const struct item *it = &p->item;
	struct name *name = names_get(add->in, it->name);
	struct entry *e;

	if (str_ends(it->name, STR("_IMPLEMENTATION")))
		return;
	e = add_entry(add, ENTRY_MACRO, it->text, it->line);
	e->pastes = it->pastes;
	e->is_always = is_configuration(it->name);
	if (at_head && is_feature(it->name)) {
		e->kind = ENTRY_FEATURE;
		e->is_always = true;
		p->is_left_out = !add->branch;
	}
	if (name->undefined_in != add->index + 1 && !mentions_itself(name, e))
		hide(add, name, SPACE_MACRO, it->line);
	names_mention_add(add->in->arena, &name->entries,
	    (struct mention){ .entry = e, .space = SPACE_MACRO });
	name->meaning = MEANS_MACRO;
	name->body = lies_in(it->name, it->text) ? macro_body(it) : (struct str){ 0 };
}

/* The macro is seen until the end of this cell; an unknown one is undefined again. */
static void
add_undef(struct adding *add, const struct item *it)
{
	struct name *name = names_get(add->in, it->name);
	bool known = name->undefined_in == add->index + 1;
	struct entry *e;

	if (name->undefined_in != add->index + 1)
		name->undefined_to = 0;
	name->undefined_in = add->index + 1;
	for (; name->undefined_to < name->entries.n; name->undefined_to++) {
		const struct mention *m = &name->entries.list[name->undefined_to];

		if (m->space != SPACE_MACRO || m->entry->hidden_from != NEVER)
			continue;
		m->entry->hidden_from = add->index + 1;
		known = true;
	}
	if (name->meaning == MEANS_MACRO)
		name->meaning = MEANS_UNKNOWN;
	if (known && !add->branch)
		return;
	e = add_entry(add, ENTRY_MACRO, it->text, it->line);
	e->is_always = is_configuration(it->name);
	declare(add, e, it->name, SPACE_MACRO, MEANS_UNKNOWN);
}

static struct branch *
open_branch(struct adding *add, const struct item *it, struct branch *outer, struct branch *before)
{
	struct branch *b = arena_alloc(add->in->arena, 1, sizeof *b);

	*b = (struct branch){ .outer = outer, .before = before, .text = it->text,
	    .group = before ? before->group : b, .depth = outer ? outer->depth + 1 : 1 };
	b->references = names_in(add->in, it->text, &b->nreferences);
	return b;
}

static void
add_group(struct adding *add, const struct item *it)
{
	struct branch *b = add->branch;

	if (it->directive == DIRECTIVE_IF)
		add->branch = open_branch(add, it, b, NULL);
	else if (it->directive == DIRECTIVE_ELSE && b)
		add->branch = open_branch(add, it, b->outer, b);
	else if (it->directive == DIRECTIVE_ENDIF && b)
		add->branch = b->outer;
}

static bool
is_kept_pragma(struct str text)
{
	struct str rest = text, word;

	str_cut(text, 'a', &rest);	/* "#pr" "a" "gma" */
	str_cut(rest, 'a', &rest);
	word = str_trim(rest);
	return !str_starts(word, STR("once")) && !str_starts(word, STR("message"))
	    && !str_starts(word, STR("GCC warning")) && !str_starts(word, STR("GCC error"));
}

static void
add_always(struct adding *add, enum entry_kind kind, const struct item *it)
{
	add_entry(add, kind, it->text, it->line)->is_always = true;
}

static void
add_directive(struct adding *add, struct part *p, bool at_head)
{
	const struct item *it = &p->item;

	switch (it->directive) {
	case DIRECTIVE_INCLUDE:
		add_always(add, ENTRY_INCLUDE, it);
		break;
	case DIRECTIVE_DEFINE:
		add_macro(add, p, at_head);
		break;
	case DIRECTIVE_UNDEF:
		add_undef(add, it);
		break;
	case DIRECTIVE_PRAGMA:
		if (is_kept_pragma(it->text))
			add_always(add, ENTRY_PRAGMA, it);
		break;
	case DIRECTIVE_IF:
	case DIRECTIVE_ELSE:
	case DIRECTIVE_ENDIF:
	case DIRECTIVE_PRAGMA_STATEMENT:
	case DIRECTIVE_OTHER:
		break;
	}
}

/* Cells. */

static void
add_part(struct adding *add, struct part *p, bool at_head)
{
	switch (p->item.kind) {
	case ITEM_DIRECTIVE:
		add_directive(add, p, at_head);
		break;
	case ITEM_DECLARATION:
		add_declaration(add, p);
		break;
	case ITEM_FUNCTION:
		add_function(add, &p->item);
		break;
	case ITEM_MACRO:
		add_always(add, ENTRY_OPAQUE, &p->item);
		break;
	case ITEM_STATEMENT:
	case ITEM_EXPRESSION:
	case ITEM_NEUTRAL:
		break;
	}
}

static bool
defines_main(const struct interface_cell *c)
{
	size_t k;

	for (k = 0; k < c->nparts; k++)
		if (c->parts[k].item.kind == ITEM_FUNCTION
		    && str_eq(c->parts[k].item.declarators[0].name, STR("main")))
			return true;
	return false;
}

static bool
has_include(const struct interface_cell *c)
{
	size_t k;

	for (k = 0; k < c->nparts; k++)
		if (c->parts[k].item.kind == ITEM_DIRECTIVE
		    && c->parts[k].item.directive == DIRECTIVE_INCLUDE)
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
	}
}

static void
add_prelude(struct adding *add)
{
	struct str rest = interface_prelude, line;

	while (str_line(&rest, &line))
		add_entry(add, ENTRY_INCLUDE, line, 0)->is_always = true;
}

static void
decide_prelude(struct adding *add)
{
	struct interface *in = add->in;
	struct interface_cell *c = add->cell;

	if (in->knows_prelude || c->source.is_prelude || c->is_program)
		return;
	in->knows_prelude = true;
	c->has_standard_prelude = !has_include(c);
	if (c->has_standard_prelude)
		add_prelude(add);
}

/* A program leaves nothing, but its own feature macros are hoisted too. */
static void
add_program_part(struct adding *add, struct part *p, bool at_head)
{
	const struct item *it = &p->item;

	if (at_head && it->kind == ITEM_DIRECTIVE && it->directive == DIRECTIVE_DEFINE
	    && is_feature(it->name)) {
		add_entry(add, ENTRY_FEATURE, it->text, it->line)->hidden_from = add->index;
		p->is_left_out = !add->branch;
	}
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
			add_group(add, &p->item);
		else
			at_head = false;
		if (c->is_program)
			add_program_part(add, p, at_head);
		else
			add_part(add, p, at_head);
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

void
interface_add(struct interface *i, const struct unit_source *src)
{
	struct interface_cell *c = arena_alloc(i->arena, 1, sizeof *c);
	struct adding add = { .in = i, .cell = c, .index = i->cells.n };
	struct list parts = { 0 };

	c->source = *src;
	names_list_add(i->arena, &i->cells, c);
	read_parts(i, src->text, &parts);
	copy_parts(i, c, &parts);
	match_groups(i, c);
	c->is_program = !src->is_prelude && defines_main(c);
	decide_prelude(&add);
	add_parts(&add);
	if (c->is_program)
		forget_program(i, c);
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
