#include "runner/cell/interface.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "runner/cell/constant.h"
#include "runner/cell/declare.h"
#include "runner/cell/lex.h"
#include "tangle/base/arena.h"
#include "tangle/base/buf.h"
#include "tangle/base/map.h"

#define NEVER	((size_t)-1)

const struct str interface_prelude = STR(
    "#include <stdio.h>\n#include <stdlib.h>\n#include <string.h>\n#include <stdint.h>\n"
    "#include <stdbool.h>\n#include <stddef.h>\n#include <math.h>\n");

enum space { SPACE_ORDINARY, SPACE_TAG, SPACE_MACRO };

/* That an entry defines a name, or mentions it. */
struct mention {
	struct entry *entry;
	enum space space;
	enum meaning meaning;
	struct str body;	/* of a macro */
	bool is_declaration;	/* says that there is one, elsewhere */
};

struct mentions {
	struct mention *list;
	size_t n, cap;
};

struct reference {
	struct name *name;
	bool is_tag;		/* struct NAME */
};

struct name {
	struct str text;
	struct mentions entries;	/* that define it */
	struct mentions users;		/* types, declarations: that mention it */
	size_t *versions;		/* indices of cells that define it */
	size_t nversions, versions_cap;
	size_t undefined_in;		/* index + 1 of the last cell that #undefs it */
	size_t seen, own, renamed;	/* stamps */
};

struct list {
	void **list;
	size_t n, cap;
};

struct interface {
	struct arena *arena;
	struct split_context context;
	struct map names;
	struct list cells;		/* struct interface_cell */
	struct list entries;		/* struct entry */
	size_t stamp;
	bool knows_prelude;		/* given, or not wanted */
};

/* What is being added. */
struct adding {
	struct interface *in;
	struct interface_cell *cell;
	size_t index;
	const struct branch *branch;
	struct list notes;
	bool *is_dynamic, *is_repeated;
};

static void *
room(struct arena *a, void *array, size_t *cap, size_t n, size_t size)
{
	void *more;

	if (n < *cap)
		return array;
	*cap = *cap ? *cap * 2 : 4;
	more = arena_alloc(a, *cap, size);
	if (n > 0)
		memcpy(more, array, n * size);
	return more;
}

static void
list_add(struct arena *a, struct list *l, void *value)
{
	l->list = room(a, l->list, &l->cap, l->n, sizeof *l->list);
	l->list[l->n++] = value;
}

static void
mention_add(struct arena *a, struct mentions *m, struct mention one)
{
	m->list = room(a, m->list, &m->cap, m->n, sizeof *m->list);
	m->list[m->n++] = one;
}

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

static struct name *
name_of(struct interface *i, struct str text)
{
	struct name *n = map_get(&i->names, text);

	if (!n) {
		n = arena_alloc(i->arena, 1, sizeof *n);
		n->text = arena_str(i->arena, text);
		map_put(&i->names, n->text, n);
	}
	return n;
}

static bool
is_visible(const struct entry *e, size_t cell)
{
	return e->cell < cell && cell < e->hidden_from;
}

/* The names in a text, each once. */
static const struct reference *
references_of(struct interface *i, struct str text, size_t *n)
{
	struct reference *list = NULL;
	size_t cap = 0, stamp = ++i->stamp;
	struct lexer x;
	struct token t;
	bool tag = false;

	*n = 0;
	lexer_init(&x, text);
	while (lexer_next(&x, &t)) {
		if (t.kind == TOKEN_IDENTIFIER && t.word == WORD_NONE) {
			struct name *name = name_of(i, token_text(&t, i->arena));

			if (name->seen != stamp || tag) {
				name->seen = stamp;
				list = room(i->arena, list, &cap, *n, sizeof *list);
				list[(*n)++] = (struct reference){ name, tag };
			}
		}
		tag = t.word == WORD_TAG;
	}
	return list;
}

static struct entry *
add_entry(struct adding *add, enum entry_kind kind, struct str text, size_t line)
{
	struct interface *in = add->in;
	struct entry *e = arena_alloc(in->arena, 1, sizeof *e);
	size_t k;

	*e = (struct entry){ .kind = kind, .text = text, .line = line, .cell = add->index,
	    .hidden_from = NEVER, .branch = add->branch, .order = in->entries.n };
	e->references = references_of(in, text, &e->nreferences);
	list_add(in->arena, &in->entries, e);
	if (kind == ENTRY_TYPE || kind == ENTRY_OBJECT || kind == ENTRY_INLINE || kind == ENTRY_OPAQUE)
		for (k = 0; k < e->nreferences; k++)
			mention_add(in->arena, &e->references[k].name->users,
			    (struct mention){ .entry = e, .space = e->references[k].is_tag
			    ? SPACE_TAG : SPACE_ORDINARY });
	return e;
}

static void
add_note(struct adding *add, size_t line, struct str text)
{
	struct unit_note *note = arena_alloc(add->in->arena, 1, sizeof *note);

	*note = (struct unit_note){ line, text };
	list_add(add->in->arena, &add->notes, note);
}

/* Is it a mention of the type that a hidden entry defined? */
static bool
mentions_type(const struct mention *user, const struct mention *type, const struct entry *gone)
{
	return user->entry != gone && user->space == type->space;
}

/*
 * Entry e is gone from this cell on; so is what was made of it, if it was a
 * type.  `todo` is the stack of what has been hidden and not yet looked at.
 */
static void
hide_users(struct adding *add, struct name *name, enum space space, size_t line, struct list *todo)
{
	struct mention type = { .space = space };
	size_t k;

	for (k = 0; k < name->users.n; k++) {
		struct mention *u = &name->users.list[k];

		if (!mentions_type(u, &type, NULL) || !is_visible(u->entry, add->index))
			continue;
		u->entry->hidden_from = add->index;
		list_add(add->in->arena, todo, u->entry);
		if (u->entry->kind == ENTRY_OBJECT && u->entry->is_definition)
			add_note(add, line, arena_printf(add->in->arena,
			    "the new '%.*s' hides what was made of the old one: %.*s",
			    STR_ARG(name->text), STR_ARG(u->entry->text)));
	}
}

static bool
defines_type(const struct mention *m)
{
	return m->entry->kind == ENTRY_TYPE && !m->is_declaration;
}

static void
hide_type(struct adding *add, struct entry *e, size_t line)
{
	struct list todo = { 0 };
	size_t k, m;

	list_add(add->in->arena, &todo, e);
	while (todo.n > 0) {
		struct entry *gone = todo.list[--todo.n];

		for (k = 0; gone->kind == ENTRY_TYPE && k < gone->nreferences; k++) {
			struct name *name = gone->references[k].name;

			for (m = 0; m < name->entries.n; m++)
				if (name->entries.list[m].entry == gone
				    && defines_type(&name->entries.list[m]))
					hide_users(add, name, name->entries.list[m].space, line, &todo);
		}
	}
}

/* A cell defines the name again: what it was before is not seen any more. */
static void
hide(struct adding *add, struct name *name, enum space space, size_t line)
{
	size_t k;

	for (k = 0; k < name->entries.n; k++) {
		struct mention *m = &name->entries.list[k];

		if ((m->space == SPACE_TAG) != (space == SPACE_TAG) || !is_visible(m->entry, add->index)
		    || m->entry->hidden_from != NEVER)
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
	struct name *name = name_of(add->in, text);

	if (text.len == 0)
		return;
	hide(add, name, space, e->line);
	mention_add(add->in->arena, &name->entries,
	    (struct mention){ .entry = e, .space = space, .meaning = meaning });
}

/* The entry only says that there is such a thing. */
static void
declare(struct adding *add, struct entry *e, struct str text, enum space space, enum meaning meaning)
{
	mention_add(add->in->arena, &name_of(add->in, text)->entries,
	    (struct mention){ .entry = e, .space = space, .meaning = meaning,
	    .is_declaration = true });
}

static void
add_version(struct adding *add, struct str text)
{
	struct name *n = name_of(add->in, text);

	if (n->nversions > 0 && n->versions[n->nversions - 1] == add->index)
		return;
	n->versions = room(add->in->arena, n->versions, &n->versions_cap, n->nversions,
	    sizeof *n->versions);
	n->versions[n->nversions++] = add->index;
}

static enum meaning
meaning_of(void *arg, struct str text, struct str *body)
{
	struct interface *in = arg;
	const struct name *n = map_get(&in->names, text);
	size_t k = n ? n->entries.n : 0;

	while (k-- > 0) {
		const struct mention *m = &n->entries.list[k];

		if (m->space == SPACE_TAG)
			continue;
		*body = m->body;
		return m->meaning;
	}
	return MEANS_UNKNOWN;
}

/* What the declarations of one item leave. */

static void
define_tags(struct adding *add, struct entry *e, const struct item *it, struct str invented)
{
	size_t k;

	for (k = 0; k < it->ntags; k++) {
		if (!it->tags[k].body.data)
			continue;
		define(add, e, it->tags[k].name.len > 0 ? it->tags[k].name
		    : k == 0 ? invented : it->tags[k].name, SPACE_TAG, MEANS_TYPE);
	}
	for (k = 0; k < it->nenumerators; k++)
		define(add, e, it->enumerators[k], SPACE_ORDINARY, MEANS_ENUMERATOR);
}

static size_t
version_of(const struct interface *in, const struct name *n, size_t index)
{
	size_t v = n->nversions;

	(void)in;
	while (v > 1 && n->versions[v - 1] > index)
		v--;
	return v;
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
	n = name_of(add->in, it->declarators[0].name);
	v = version_of(add->in, n, add->index) + 1;
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
	const struct name *n;
	struct str text = it->ntags > 0 && it->tags[0].body.data ? it->tags[0].name
	    : (struct str){ 0 };
	size_t k;

	if (it->ndeclarators > 0)
		text = it->declarators[0].name;
	n = text.len > 0 ? map_get(&add->in->names, text) : NULL;
	for (k = 0; n && k < n->entries.n; k++) {
		const struct entry *e = n->entries.list[k].entry;

		if (e->kind == ENTRY_TYPE && is_visible(e, add->index) && !e->branch
		    && str_eq(e->text, it->text))
			return true;
	}
	return false;
}

static void
add_declaration(struct adding *add, size_t k)
{
	const struct item *it = &add->cell->items[k];
	size_t d;

	if ((it->specifiers & SPEC_TYPEDEF) || it->ndeclarators == 0) {
		add->is_repeated[k] = !add->branch && is_said_before(add, it);
		if (!add->is_repeated[k])
			add_type(add, it);
		return;
	}
	for (d = 0; d < it->ndeclarators; d++) {
		const struct declarator *x = &it->declarators[d];

		if (x->initialiser.data && !constant_is(x->initialiser, meaning_of, add->in))
			add->is_dynamic[k] = true;
	}
	add_objects(add, it);
}

static bool
stays_whole(const struct item *it)
{
	return (it->specifiers & SPEC_ALWAYS_INLINE)
	    || str_find(it->spec, STR("gnu_inline")) < it->spec.len;
}

static void
add_function(struct adding *add, const struct item *it)
{
	struct entry *e;

	if (!stays_whole(it)) {
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

static void
add_macro(struct adding *add, const struct item *it, bool at_head)
{
	struct name *name = name_of(add->in, it->name);
	struct entry *e;

	if (str_ends(it->name, STR("_IMPLEMENTATION")))
		return;
	if (name->undefined_in != add->index + 1)
		hide(add, name, SPACE_MACRO, it->line);
	e = add_entry(add, at_head && is_feature(it->name) ? ENTRY_FEATURE : ENTRY_MACRO,
	    it->text, it->line);
	e->pastes = it->pastes;
	mention_add(add->in->arena, &name->entries, (struct mention){ .entry = e,
	    .space = SPACE_MACRO, .meaning = MEANS_MACRO,
	    .body = lies_in(it->name, it->text) ? macro_body(it) : (struct str){ 0 } });
}

/* The macro is seen until the end of this cell; an unknown one is undefined again. */
static void
add_undef(struct adding *add, const struct item *it)
{
	struct name *name = name_of(add->in, it->name);
	bool known = false;
	size_t k;

	name->undefined_in = add->index + 1;
	for (k = 0; k < name->entries.n; k++) {
		struct mention *m = &name->entries.list[k];

		if (m->space != SPACE_MACRO || m->entry->hidden_from != NEVER)
			continue;
		m->entry->hidden_from = add->index + 1;
		known = true;
	}
	if (!known || add->branch) {
		struct entry *e = add_entry(add, ENTRY_MACRO, it->text, it->line);

		declare(add, e, it->name, SPACE_MACRO, MEANS_UNKNOWN);
	}
}

static const struct branch *
open_branch(struct adding *add, const struct item *it, const struct branch *outer,
    const struct branch *before)
{
	struct branch *b = arena_alloc(add->in->arena, 1, sizeof *b);

	*b = (struct branch){ .outer = outer, .before = before, .text = it->text,
	    .depth = outer ? outer->depth + 1 : 1 };
	b->references = references_of(add->in, it->text, &b->nreferences);
	return b;
}

static void
add_group(struct adding *add, const struct item *it)
{
	const struct branch *b = add->branch;

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
add_directive(struct adding *add, const struct item *it, bool at_head)
{
	switch (it->directive) {
	case DIRECTIVE_INCLUDE:
		add_entry(add, ENTRY_INCLUDE, it->text, it->line);
		break;
	case DIRECTIVE_DEFINE:
		add_macro(add, it, at_head);
		break;
	case DIRECTIVE_UNDEF:
		add_undef(add, it);
		break;
	case DIRECTIVE_PRAGMA:
		if (is_kept_pragma(it->text))
			add_entry(add, ENTRY_PRAGMA, it->text, it->line);
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
add_item(struct adding *add, size_t k, bool at_head)
{
	const struct item *it = &add->cell->items[k];

	switch (it->kind) {
	case ITEM_DIRECTIVE:
		add_directive(add, it, at_head);
		break;
	case ITEM_DECLARATION:
		add_declaration(add, k);
		break;
	case ITEM_FUNCTION:
		add_function(add, it);
		break;
	case ITEM_MACRO:
		add_entry(add, ENTRY_OPAQUE, it->text, it->line);
		break;
	case ITEM_STATEMENT:
	case ITEM_EXPRESSION:
	case ITEM_NEUTRAL:
		break;
	}
}

static bool
defines_main(const struct item *items, size_t n)
{
	size_t k;

	for (k = 0; k < n; k++)
		if (items[k].kind == ITEM_FUNCTION && str_eq(items[k].declarators[0].name, STR("main")))
			return true;
	return false;
}

static bool
has_include(const struct item *items, size_t n)
{
	size_t k;

	for (k = 0; k < n; k++)
		if (items[k].kind == ITEM_DIRECTIVE && items[k].directive == DIRECTIVE_INCLUDE)
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
		if (m->meaning == MEANS_TYPE)
			map_put(&in->context.typedefs, n->text, m->entry);
		else
			map_put(&in->context.variables, n->text, m->entry);
	}
}

/* A program's names do not leak. */
static void
forget_program(struct interface *in, const struct interface_cell *c)
{
	size_t k, d;

	for (k = 0; k < c->nitems; k++) {
		const struct item *it = &c->items[k];

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
		add_entry(add, ENTRY_INCLUDE, line, 0);
}

static void
decide_prelude(struct adding *add)
{
	struct interface *in = add->in;
	struct interface_cell *c = add->cell;

	if (in->knows_prelude || c->source.is_prelude || c->is_program)
		return;
	in->knows_prelude = true;
	c->has_standard_prelude = !has_include(c->items, c->nitems);
	if (c->has_standard_prelude)
		add_prelude(add);
}

static void
add_items(struct adding *add)
{
	struct interface_cell *c = add->cell;
	const struct branch **branches = arena_alloc(add->in->arena, c->nitems + 1, sizeof *branches);
	bool at_head = true;
	size_t k;

	c->branches = branches;
	for (k = 0; k < c->nitems; k++) {
		const struct item *it = &c->items[k];

		if (it->kind == ITEM_DIRECTIVE)
			add_group(add, it);
		else
			at_head = false;
		branches[k] = add->branch;
		if (!c->is_program)
			add_item(add, k, at_head);
	}
}

void
interface_add(struct interface *i, const struct unit_source *src)
{
	struct interface_cell *c = arena_alloc(i->arena, 1, sizeof *c);
	struct adding add = { .in = i, .cell = c, .index = i->cells.n };
	size_t k;
	struct unit_note *notes;

	c->source = *src;
	c->items = split(src->text, &i->context, i->arena, &c->nitems);
	c->is_program = !src->is_prelude && defines_main(c->items, c->nitems);
	c->is_dynamic = add.is_dynamic = arena_alloc(i->arena, c->nitems + 1, sizeof(bool));
	c->is_repeated = add.is_repeated = arena_alloc(i->arena, c->nitems + 1, sizeof(bool));
	list_add(i->arena, &i->cells, c);
	decide_prelude(&add);
	add_items(&add);
	if (c->is_program)
		forget_program(i, c);
	notes = arena_alloc(i->arena, add.notes.n + 1, sizeof *notes);
	for (k = 0; k < add.notes.n; k++)
		notes[k] = *(struct unit_note *)add.notes.list[k];
	c->notes = notes;
	c->nnotes = add.notes.n;
}

static size_t
cell_index(const struct interface *i, size_t number)
{
	size_t low = 0, high = i->cells.n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const struct interface_cell *c = i->cells.list[middle];

		if (c->source.number < number)
			low = middle + 1;
		else
			high = middle;
	}
	assert(low < i->cells.n && "cells are added before they are asked for");
	return low;
}

const struct interface_cell *
interface_cell(const struct interface *i, size_t number)
{
	return i->cells.list[cell_index(i, number)];
}

const struct unit_source *
interface_source(const struct interface *i, const struct entry *e)
{
	const struct interface_cell *c = i->cells.list[e->cell];

	return &c->source;
}

/* Symbols that are ours: skein_b1, skein_store, ... */
static bool
is_reserved(struct str name)
{
	static const char *const ours[] = { "store", "show", "unit", "block", "value", "type" };
	size_t k;

	for (k = 0; k < sizeof ours / sizeof *ours; k++)
		if (str_eq(name, str_of(ours[k])))
			return true;
	if (str_starts(name, STR("s_")) || str_starts(name, STR("image"))
	    || str_starts(name, STR("svg")))
		return true;
	return name.len > 1 && (name.data[0] == 'b' || name.data[0] == 'p')
	    && name.data[1] >= '0' && name.data[1] <= '9';
}

static struct str
symbol_of(const struct interface *i, const struct name *n, size_t index)
{
	size_t v = version_of(i, n, index);
	const char *escape = is_reserved(n->text) ? "0" : "";

	if (v == 0)
		return (struct str){ 0 };
	if (v == 1)
		return arena_printf(i->arena, "skein_%s%.*s", escape, STR_ARG(n->text));
	return arena_printf(i->arena, "skein_%s%.*s__%zu", escape, STR_ARG(n->text), v);
}

struct str
interface_symbol(const struct interface *i, struct str name, size_t number)
{
	const struct name *n = map_get(&i->names, name);

	return n ? symbol_of(i, n, cell_index(i, number)) : (struct str){ 0 };
}

/* The walk: from a cell's words to what they mean, and so on. */
struct walk {
	struct interface *in;
	const struct interface_cell *cell;
	size_t index, stamp;
	struct list found;		/* entries; also the queue */
	struct list names;		/* to be renamed */
	size_t next;
	bool everything;
};

static bool
is_own_of_program(const struct walk *w, const struct name *n)
{
	return n->own == w->stamp;
}

static void
reach_entry(struct walk *w, struct entry *e)
{
	if (e->reached == w->stamp || !is_visible(e, w->index))
		return;
	e->reached = w->stamp;
	list_add(w->in->arena, &w->found, e);
	if (e->pastes)
		w->everything = true;
}

static void
reach_name(struct walk *w, struct name *n)
{
	size_t k;

	if (n->seen == w->stamp || is_own_of_program(w, n))
		return;
	n->seen = w->stamp;
	for (k = 0; k < n->entries.n; k++) {
		struct mention *m = &n->entries.list[k];

		reach_entry(w, m->entry);
		if (m->entry->kind == ENTRY_OBJECT && n->nversions > 0 && n->renamed != w->stamp
		    && (m->entry->cell == w->index || m->entry->reached == w->stamp)) {
			n->renamed = w->stamp;
			list_add(w->in->arena, &w->names, n);
		}
	}
}

static void
reach_references(struct walk *w, const struct reference *list, size_t n)
{
	size_t k;

	for (k = 0; k < n; k++)
		reach_name(w, list[k].name);
}

static void
reach_text(struct walk *w, struct str text)
{
	struct lexer x;
	struct token t;

	lexer_init(&x, text);
	while (lexer_next(&x, &t)) {
		struct name *n;

		if (t.kind != TOKEN_IDENTIFIER || t.word != WORD_NONE)
			continue;
		n = map_get(&w->in->names, token_text(&t, w->in->arena));
		if (n)
			reach_name(w, n);
	}
}

static void
follow(struct walk *w)
{
	while (w->next < w->found.n) {
		const struct entry *e = w->found.list[w->next++];
		const struct branch *b;

		reach_references(w, e->references, e->nreferences);
		for (b = e->branch; b; b = b->before ? b->before : b->outer)
			reach_references(w, b->references, b->nreferences);
	}
}

static bool
is_standard_header(struct str directive)
{
	size_t from = str_find_byte(directive, '<') + 1;
	struct str name = str_slice(directive, from, directive.len);
	static const char *const names[] = {
		"assert.h", "complex.h", "ctype.h", "errno.h", "fenv.h", "float.h", "inttypes.h",
		"iso646.h", "limits.h", "locale.h", "math.h", "setjmp.h", "signal.h", "stdalign.h",
		"stdarg.h", "stdatomic.h", "stdbool.h", "stddef.h", "stdint.h", "stdio.h",
		"stdlib.h", "stdnoreturn.h", "string.h", "tgmath.h", "threads.h", "time.h",
		"uchar.h", "wchar.h", "wctype.h", "unistd.h", "fcntl.h", "pthread.h", "strings.h",
		"dirent.h", "poll.h", "semaphore.h", "sched.h", "termios.h", "dlfcn.h", "netdb.h",
		"omp.h", "skein.h",
	};
	size_t k;

	name = str_slice(name, 0, str_find_byte(name, '>'));
	if (str_starts(name, STR("sys/")) || str_starts(name, STR("arpa/"))
	    || str_starts(name, STR("netinet/")) || str_starts(name, STR("linux/")))
		return true;
	for (k = 0; k < sizeof names / sizeof *names; k++)
		if (str_eq(name, str_of(names[k])))
			return true;
	return false;
}

/* Configures a header although nobody mentions it: NDEBUG, _FOO. */
static bool
is_configuration(const struct entry *e)
{
	struct str rest = e->text, name;

	str_cut(e->text, 'e', &rest);	/* "#define", "#undef": behind the first word */
	str_word(&rest);
	name = str_word(&rest);
	return str_starts(name, STR("NDEBUG")) || str_starts(name, STR("_"));
}

/* Is it emitted without being asked for? */
static bool
is_always(const struct entry *e)
{
	switch (e->kind) {
	case ENTRY_INCLUDE:
	case ENTRY_FEATURE:
	case ENTRY_PRAGMA:
	case ENTRY_OPAQUE:
		return true;
	case ENTRY_MACRO:
		return is_configuration(e);
	case ENTRY_TYPE:
	case ENTRY_OBJECT:
	case ENTRY_INLINE:
		break;
	}
	return false;
}

static void
reach_own(struct walk *w)
{
	size_t k;

	for (k = 0; k < w->cell->nitems; k++) {
		const struct item *it = &w->cell->items[k];

		if (it->kind == ITEM_DIRECTIVE && it->directive == DIRECTIVE_INCLUDE
		    && str_find_byte(it->text, '<') < it->text.len)
			continue;
		reach_text(w, it->text);
		if (it->pastes && w->index > 0)
			w->everything = true;
	}
}

/* A program's own names shadow those of the session. */
static void
mark_own(struct walk *w)
{
	size_t k, d;

	for (k = 0; w->cell->is_program && k < w->cell->nitems; k++) {
		const struct item *it = &w->cell->items[k];

		for (d = 0; d < it->ndeclarators; d++)
			name_of(w->in, it->declarators[d].name)->own = w->stamp;
		for (d = 0; d < it->ntags; d++)
			if (it->tags[d].body.data && it->tags[d].name.len > 0)
				name_of(w->in, it->tags[d].name)->own = w->stamp;
		for (d = 0; d < it->nenumerators; d++)
			name_of(w->in, it->enumerators[d])->own = w->stamp;
		if (it->kind == ITEM_DIRECTIVE && it->directive == DIRECTIVE_DEFINE)
			name_of(w->in, it->name)->own = w->stamp;
	}
}

static void
reach_unasked(struct walk *w)
{
	size_t k;

	if (w->cell->is_program && w->found.n == 0)
		return;
	for (k = 0; k < w->in->entries.n; k++) {
		struct entry *e = w->in->entries.list[k];

		if (e->cell >= w->index)
			break;
		if (is_always(e))
			reach_entry(w, e);
	}
}

/* The last header that could look at what stands before it. */
static void
reach_before_headers(struct walk *w)
{
	size_t k, n = 0, macros = 0;

	for (k = 0; k < w->found.n; k++) {
		const struct entry *e = w->found.list[k];

		if (e->kind != ENTRY_INCLUDE || is_standard_header(e->text))
			continue;
		if (e->order > macros)
			macros = e->order;
		if (str_find_byte(e->text, '"') < e->text.len && e->order > n)
			n = e->order;
	}
	for (k = 0; k < w->cell->nitems; k++) {
		const struct item *it = &w->cell->items[k];

		if (it->kind != ITEM_DIRECTIVE || it->directive != DIRECTIVE_INCLUDE
		    || is_standard_header(it->text) || w->cell->is_program)
			continue;
		macros = w->in->entries.n;
		if (str_find_byte(it->text, '"') < it->text.len)
			n = w->in->entries.n;
	}
	for (k = 0; k < w->in->entries.n && (k < n || k < macros); k++) {
		struct entry *e = w->in->entries.list[k];

		if (k < n || e->kind == ENTRY_MACRO)
			reach_entry(w, e);
	}
}

static void
reach_everything(struct walk *w)
{
	size_t k;

	for (k = 0; k < w->in->entries.n; k++)
		reach_entry(w, w->in->entries.list[k]);
}

static int
by_order(const void *a, const void *b)
{
	const struct entry *x = *(struct entry *const *)a, *y = *(struct entry *const *)b;

	return x->order < y->order ? -1 : x->order > y->order;
}

static void
add_number(struct interface *in, size_t **list, size_t *n, size_t number, size_t cap)
{
	if (!*list)
		*list = arena_alloc(in->arena, cap + 1, sizeof **list);
	if (*n == 0 || (*list)[*n - 1] != number)
		(*list)[(*n)++] = number;
}

static void
finish(struct walk *w, struct reach *r)
{
	size_t k;

	*r = (struct reach){ .nentries = w->found.n, .nrenamings = w->names.n };
	r->entries = (const struct entry **)w->found.list;
	if (w->found.n > 0)
		qsort(w->found.list, w->found.n, sizeof *w->found.list, by_order);
	for (k = 0; k < r->nentries; k++) {
		const struct entry *e = r->entries[k];
		size_t number = interface_source(w->in, e)->number;

		if (e->is_definition)
			add_number(w->in, &r->uses, &r->nuses, number, r->nentries);
		if (e->kind != ENTRY_INCLUDE && e->kind != ENTRY_PRAGMA && e->kind != ENTRY_FEATURE)
			add_number(w->in, &r->needs, &r->nneeds, number, r->nentries);
	}
	r->renamings = arena_alloc(w->in->arena, r->nrenamings + 1, sizeof *r->renamings);
	for (k = 0; k < r->nrenamings; k++) {
		const struct name *n = w->names.list[k];

		r->renamings[k] = (struct renaming){ n->text, symbol_of(w->in, n, w->index) };
	}
}

void
interface_reach(struct interface *i, size_t number, struct reach *r)
{
	struct walk w = { .in = i, .index = cell_index(i, number), .stamp = ++i->stamp };

	w.cell = i->cells.list[w.index];
	mark_own(&w);
	reach_own(&w);
	follow(&w);
	reach_unasked(&w);
	reach_before_headers(&w);
	follow(&w);
	if (w.everything) {
		reach_everything(&w);
		follow(&w);
	}
	finish(&w, r);
}

struct arena *
interface_arena(const struct interface *i)
{
	return i->arena;
}
