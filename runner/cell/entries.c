#include "runner/cell/entries.h"

#include "runner/cell/lex.h"
#include "tangle/base/arena.h"

struct entry *
entry_add(struct adding *add, enum entry_kind kind, struct str text, size_t line)
{
	struct interface *in = add->in;
	struct entry *e = arena_alloc(in->arena, 1, sizeof *e);
	bool has_own = kind == ENTRY_TYPE || kind == ENTRY_OBJECT || kind == ENTRY_INLINE
	    || kind == ENTRY_CXX;
	size_t k;

	*e = (struct entry){ .kind = kind, .text = text, .line = line, .cell = add->index,
	    .hidden_from = NEVER, .hidden_from_cxx = NEVER, .is_cxx = add->is_cxx,
	    .branch = add->branch, .order = in->entries.n };
	/* The words of <stdio.h> are no names; what follows #include otherwise may be one. */
	if (kind != ENTRY_INCLUDE || str_find_byte(text, '<') == text.len)
		e->references = names_in(in, text, has_own && !add->is_nameless, &e->nreferences);
	names_list_add(in->arena, &in->entries, e);
	for (k = 0; k < e->nreferences && (has_own || kind == ENTRY_OPAQUE); k++)
		if (!e->references[k].is_weak)
			names_mention_add(in->arena, &e->references[k].name->users,
			    (struct mention){ .entry = e, .space = e->references[k].is_tag
			    ? SPACE_TAG : SPACE_ORDINARY });
	return e;
}

void
entry_keep(struct adding *add, struct entry *e)
{
	names_list_add(add->in->arena, &add->in->always, e);
}

/* Where the name stands in the text; at its end if it does not. */
static size_t
find_word(struct str text, struct str name)
{
	struct lexer x;
	struct token t;

	lexer_init(&x, text);
	while (lexer_next(&x, &t))
		if (str_eq(t.text, name))
			return (size_t)(t.text.data - text.data);
	return text.len;
}

/* The name's place in the part at hand. */
static void
find_place(const struct adding *add, struct str name, struct unit_note *note)
{
	const struct item *it = add->part->call ? add->part->call : &add->part->item;
	struct str before = str_slice(it->text, 0, find_word(it->text, name));
	const char *at = it->text.data;

	note->line = it->line;
	if (before.len < it->text.len) {
		at += before.len;
		for (size_t k = 0; k < before.len; k++)
			note->line += before.data[k] == '\n';
	}
	for (; at > add->cell->source.text.data && at[-1] != '\n'; at--)
		note->column++;
}

struct unit_note *
entry_note(struct adding *add, size_t line, struct str name, const char *id, struct str text)
{
	struct unit_note *note = arena_alloc(add->in->arena, 1, sizeof *note);

	*note = (struct unit_note){ .line = line, .column = 1, .id = id, .text = text };
	if (add->part)
		find_place(add, name, note);
	names_list_add(add->in->arena, &add->notes, note);
	return note;
}

static bool
defines_again(const struct adding *add, struct str name)
{
	for (size_t k = 0; k < add->cell->nparts; k++)
		for (size_t d = 0; d < add->cell->parts[k].item.ndeclarators; d++)
			if (str_eq(add->cell->parts[k].item.declarators[d].name, name))
				return true;
	return false;
}

/* What mentions the name in that space goes; `todo` is the stack of what has gone. */
static void
hide_users(struct adding *add, const struct entry *gone, const struct definition *was,
    size_t line, struct str by, struct list *todo)
{
	const struct name *name = was->name;
	size_t k;

	for (k = 0; k < name->users.n; k++) {
		const struct mention *u = &name->users.list[k];

		if ((u->space != was->space && !u->entry->is_cxx)
		    || (gone->is_cxx && !u->entry->is_cxx)
		    || !names_is_visible(u->entry, add->index))
			continue;
		u->entry->hidden_from = add->index;
		names_list_add(add->in->arena, todo, u->entry);
		if (u->entry->is_definition && !defines_again(add, u->entry->name))
			entry_note(add, line, by, "hidden", arena_printf(add->in->arena,
			    "the new '%.*s' hides '%.*s', which was made of the old one",
			    STR_ARG(by), STR_ARG(u->entry->name)));
	}
}

/* A type is gone from this cell on, and so is what was made of it. */
static void
hide_type(struct adding *add, struct entry *e, size_t line, struct str by)
{
	struct list todo = { 0 };
	size_t k;

	names_list_add(add->in->arena, &todo, e);
	while (todo.n > 0) {
		const struct entry *gone = todo.list[--todo.n];

		for (k = 0; gone->kind == ENTRY_TYPE && k < gone->ndefines; k++)
			hide_users(add, gone, &gone->defines[k], line, by, &todo);
	}
}

/* Names of the same type: its enumerators, a struct's typedef. */
struct lost {
	const struct name *name;
	enum space space;
	struct unit_note *note;
};

static void
lose_others(struct adding *add, const struct entry *e, size_t line, const struct name *name)
{
	for (size_t k = 0; e->kind == ENTRY_TYPE && k < e->ndefines; k++) {
		const struct definition *d = &e->defines[k];
		struct lost *l;

		if (d->name == name)
			continue;
		l = arena_alloc(add->in->arena, 1, sizeof *l);
		*l = (struct lost){ d->name, d->space, entry_note(add, line, name->text, "hidden",
		    arena_printf(add->in->arena, "the new '%.*s' hides '%.*s', which came with the old one",
		    STR_ARG(name->text), STR_ARG(d->name->text))) };
		names_list_add(add->in->arena, &add->lost, l);
	}
}

static bool
is_defined_here(const struct adding *add, const struct name *name, enum space space)
{
	for (size_t k = name->entries.n; k-- > 0 && name->entries.list[k].entry->cell == add->index;)
		if (name->entries.list[k].space == space)
			return true;
	return false;
}

void
entry_finish(struct adding *add)
{
	for (size_t k = 0; k < add->lost.n; k++) {
		const struct lost *l = add->lost.list[k];

		if (!is_defined_here(add, l->name, l->space))
			continue;
		for (size_t i = 0; i < add->notes.n; i++)
			if (add->notes.list[i] == l->note)
				add->notes.list[i] = add->notes.list[--add->notes.n];
	}
}

void
entry_hide(struct adding *add, struct entry *e, size_t line, struct str by)
{
	e->hidden_from = add->index;
	hide_type(add, e, line, by);
}

/* A cell defines the name again: what it was before is not seen any more. */
static void
hide(struct adding *add, struct name *name, enum space space, size_t line)
{
	size_t k;

	if (name->hidden_in[space] == add->index + 1)
		return;
	name->hidden_in[space] = add->index + 1;
	for (k = 0; k < name->entries.n; k++) {
		const struct mention *m = &name->entries.list[k];

		if (m->space != space || m->entry->hidden_from != NEVER
		    || !names_is_visible(m->entry, add->index))
			continue;
		m->entry->hidden_from = add->index;
		lose_others(add, m->entry, line, name);
		hide_type(add, m->entry, line, name->text);
	}
}

static bool
is_macro_before(const struct adding *add, const struct name *name)
{
	return name->is_macro && name->line->cell < add->index;
}

static void
undefine_in_cell(struct adding *add, const struct name *name)
{
	add->part->undefines = arena_printf(add->in->arena, "%.*s#undef %.*s\n",
	    STR_ARG(add->part->undefines), STR_ARG(name->text));
}

void
entry_clears(struct adding *add, struct str text, size_t line)
{
	struct name *name = map_get(&add->in->names, text);
	struct entry *e;

	if (!name || !is_macro_before(add, name))
		return;
	e = entry_add(add, ENTRY_MACRO, arena_printf(add->in->arena, "#undef %.*s",
	    STR_ARG(text)), line);
	undefine_in_cell(add, name);
	entry_about_macro(add, e, text, false);
	map_remove(&add->in->context.macros, text);
}

void
entry_defines(struct adding *add, struct entry *e, struct str text, enum space space,
    enum meaning meaning)
{
	struct name *name = names_get(add->in, text);

	if (text.len == 0)
		return;
	hide(add, name, space, e->line);
	names_mention_add(add->in->arena, &name->entries,
	    (struct mention){ .entry = e, .space = space });
	e->defines = names_room(add->in->arena, e->defines, &e->defines_cap, e->ndefines,
	    sizeof *e->defines);
	e->defines[e->ndefines++] = (struct definition){ name, space };
	if (space == SPACE_ORDINARY)
		name->meaning = meaning;
	if (e->kind == ENTRY_TYPE)
		name->type = e;
}

void
entry_declares(struct adding *add, struct entry *e, struct str text, enum space space,
    enum meaning meaning)
{
	struct name *name = names_get(add->in, text);

	names_mention_add(add->in->arena, &name->entries,
	    (struct mention){ .entry = e, .space = space });
	if (space == SPACE_ORDINARY && name->meaning == MEANS_UNKNOWN)
		name->meaning = meaning;
}

void
entry_about_macro(struct adding *add, struct entry *e, struct str text, bool is_macro)
{
	struct name *name = names_get(add->in, text);

	names_mention_add(add->in->arena, &name->entries,
	    (struct mention){ .entry = e, .space = SPACE_MACRO });
	e->name = name->text;
	e->is_undef = !is_macro;
	e->undefines = is_macro && name->line && name->line->cell < add->index;
	if (is_macro && is_macro_before(add, name))
		undefine_in_cell(add, name);
	if (name->line)
		name->line->next = e;
	name->line = e;
	/* Below an #if it may still be what it was. */
	name->is_macro = is_macro || (add->branch && name->is_macro);
	if (is_macro)
		name->meaning = MEANS_MACRO;
	else if (name->meaning == MEANS_MACRO && !name->is_macro)
		name->meaning = MEANS_UNKNOWN;
}

void
entry_add_version(struct adding *add, struct str text)
{
	struct name *n = names_get(add->in, text);

	if (n->nversions > 0 && n->versions[n->nversions - 1] == add->index)
		return;
	n->versions = names_room(add->in->arena, n->versions, &n->versions_cap, n->nversions,
	    sizeof *n->versions);
	n->versions[n->nversions++] = add->index;
}

