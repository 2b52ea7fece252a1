#include "runner/cell/entries.h"

#include "tangle/base/arena.h"

struct entry *
entry_add(struct adding *add, enum entry_kind kind, struct str text, size_t line)
{
	struct interface *in = add->in;
	struct entry *e = arena_alloc(in->arena, 1, sizeof *e);
	bool has_own = kind == ENTRY_TYPE || kind == ENTRY_OBJECT || kind == ENTRY_INLINE;
	size_t k;

	*e = (struct entry){ .kind = kind, .text = text, .line = line, .cell = add->index,
	    .hidden_from = NEVER, .branch = add->branch, .order = in->entries.n };
	/* The words of <stdio.h> are no names; what follows #include otherwise may be one. */
	if (kind != ENTRY_INCLUDE || str_find_byte(text, '<') == text.len)
		e->references = names_in(in, text, has_own, &e->nreferences);
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

void
entry_hide(struct adding *add, struct name *name, enum space space, size_t line)
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

void
entry_defines(struct adding *add, struct entry *e, struct str text, enum space space, enum meaning meaning)
{
	struct name *name = names_get(add->in, text);

	if (text.len == 0)
		return;
	entry_hide(add, name, space, e->line);
	names_mention_add(add->in->arena, &name->entries,
	    (struct mention){ .entry = e, .space = space });
	if (space != SPACE_TAG)
		name->meaning = meaning;
	if (e->kind == ENTRY_TYPE)
		name->type = e;
}

void
entry_declares(struct adding *add, struct entry *e, struct str text, enum space space, enum meaning meaning)
{
	struct name *name = names_get(add->in, text);

	names_mention_add(add->in->arena, &name->entries,
	    (struct mention){ .entry = e, .space = space, .is_declaration = true });
	if (space != SPACE_TAG && name->meaning == MEANS_UNKNOWN)
		name->meaning = meaning;
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

