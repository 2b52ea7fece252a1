#include "runner/cell/cxxentries.h"

#include "runner/cell/leave.h"

#include "runner/cell/cxx.h"
#include "runner/cell/preprocessor.h"
#include "tangle/base/arena.h"
#include "tangle/base/buf.h"

enum { DEEPEST = 32 };	/* namespaces within namespaces; what lies deeper stays in its cell */

/* ---- parts ---------------------------------------------------------------------- */

static struct declarator *
declarators_of(struct arena *a, const struct cxx_item *it, size_t *n)
{
	bool has_tag = it->tag.len > 0;
	struct declarator *d = arena_alloc(a, it->nnames + 1, sizeof *d);

	*n = it->nnames + has_tag;
	for (size_t k = 0; k < *n; k++)
		d[k] = (struct declarator){ .name = k < it->nnames ? it->names[k] : it->tag,
		    .line = it->line, .is_function = it->is_function };
	return d;
}

static enum item_kind
kind_of(const struct cxx_item *it)
{
	if (it->nnames == 0)
		return ITEM_NEUTRAL;
	return it->kind == CXX_FUNCTION || (it->kind == CXX_INLINE && it->is_function)
	    ? ITEM_FUNCTION : ITEM_DECLARATION;
}

/* A C++ item, as the rest of the program knows parts. */
static void
add_part(struct adding *add, const struct cxx_item *it, struct list *parts)
{
	struct part *p = arena_alloc(add->in->arena, 1, sizeof *p);

	p->item = (struct item){ .kind = kind_of(it), .text = it->text, .line = it->line,
	    .end_line = it->end_line };
	p->item.declarators = declarators_of(add->in->arena, it, &p->item.ndeclarators);
	names_list_add(add->in->arena, parts, p);
}

/* C inside extern "C", or a # line, which is the same in both. */
static void
add_c_parts(struct adding *add, struct str text, size_t line, struct split_context *context,
    struct list *parts)
{
	size_t n;
	const struct item *items = split(text, context, add->in->arena, &n);

	for (size_t k = 0; k < n; k++) {
		struct part *p = arena_alloc(add->in->arena, 1, sizeof *p);
		struct declarator *d = arena_copy(add->in->arena, items[k].declarators,
		    items[k].ndeclarators, sizeof *d);

		p->item = items[k];
		p->item.line += line - 1;
		p->item.end_line += line - 1;
		for (size_t i = 0; i < p->item.ndeclarators; i++)
			d[i].line += line - 1;
		p->item.declarators = d;
		names_list_add(add->in->arena, parts, p);
	}
}

static size_t
line_at(const struct cxx_item *it, struct str part)
{
	size_t line = it->line;

	for (const char *c = it->text.data; c < part.data; c++)
		line += *c == '\n';
	return line;
}

void
cxx_read(struct adding *add, struct list *parts)
{
	struct interface_cell *c = add->cell;
	struct split_context own = {0};		/* its macros are none of C */
	const struct cxx_item *items = cxx_split(c->source.text, add->in->arena, &c->ncxx);

	c->cxx = arena_alloc(add->in->arena, c->ncxx, sizeof *c->cxx);
	for (size_t k = 0; k < c->ncxx; k++) {
		const struct cxx_item *it = &items[k];

		c->cxx[k] = (struct cxx_part){ .item = it, .first = parts->n };
		if (it->kind == CXX_DIRECTIVE)
			add_c_parts(add, it->text, it->line, &own, parts);
		else if (it->kind == CXX_C)
			add_c_parts(add, it->body, line_at(it, it->body), &add->in->context, parts);
		else
			add_part(add, it, parts);
		c->cxx[k].n = parts->n - c->cxx[k].first;
	}
	split_context_release(&own);
}

/* ---- one name, several definitions -------------------------------------------------- */

static bool
is_definition(const struct cxx_item *it)
{
	return it->kind == CXX_TYPE || it->kind == CXX_INLINE || it->kind == CXX_FUNCTION
	    || (it->kind == CXX_VARIABLE && !it->is_nameless_type);
}

/* Functions that differ in their parameters stand side by side. */
static bool
clashes(const struct entry *e, const struct cxx_item *it, struct str scope)
{
	if (!e->is_cxx)
		return scope.len == 0;
	return str_eq(e->scope, scope) && (!e->is_function || !it->is_function
	    || str_eq(e->signature, it->signature));
}

/* The version of the name that earlier cells leave; 0: none. */
static size_t
version_before(const struct adding *add, struct str text, const struct cxx_item *it,
    struct str scope)
{
	const struct name *n = map_get(&add->in->names, text);
	size_t version = 0;

	for (size_t k = 0; n && k < n->entries.n; k++) {
		const struct entry *e = n->entries.list[k].entry;

		if (e->is_cxx && e->version > version && names_is_visible(e, add->index)
		    && clashes(e, it, scope))
			version = e->version;
	}
	return version;
}

static size_t
version_of(const struct adding *add, const struct cxx_item *it, struct str scope)
{
	size_t version = 0;

	for (size_t k = 0; k < it->nnames + (it->tag.len > 0); k++) {
		size_t before = version_before(add, k < it->nnames ? it->names[k] : it->tag, it, scope);

		if (before > version)
			version = before;
	}
	return version;
}

static void
hide_before(struct adding *add, struct str text, const struct cxx_item *it, struct str scope)
{
	const struct name *n = map_get(&add->in->names, text);

	for (size_t k = 0; n && k < n->entries.n; k++) {
		struct entry *e = n->entries.list[k].entry;

		if (!names_is_visible(e, add->index) || !clashes(e, it, scope))
			continue;
		if (e->is_cxx)
			entry_hide(add, e, it->line, text);
		else if (e->hidden_from_cxx > add->index && e->kind != ENTRY_MACRO)
			e->hidden_from_cxx = add->index;
	}
}

static struct str
inner_namespace(const struct adding *add, const struct cxx_item *it, size_t version, struct str scope)
{
	if (version > 1)
		return arena_printf(add->in->arena, "inline namespace skein_v%zu", version);
	return it->kind == CXX_VARIABLE && scope.len == 0 ? STR("inline namespace skein")
	    : (struct str){0};
}

/* ---- leaving -------------------------------------------------------------------------- */

struct leaving {
	struct adding *add;
	struct str scopes[DEEPEST];	/* text in front of an item at each depth */
	size_t depth;			/* may be larger than there is room */
};

static struct str
scope_of(const struct leaving *l)
{
	return l->depth > 0 ? l->scopes[l->depth - 1] : (struct str){0};
}

static void
enter(struct leaving *l, const struct cxx_item *it)
{
	if (l->depth < DEEPEST) {
		struct str outer = scope_of(l);
		struct str head = it->is_unnamed ? STR(CXX_UNNAMED) : it->head;

		l->scopes[l->depth] = arena_printf(l->add->in->arena, "%.*s%.*s {\n",
		    STR_ARG(outer), STR_ARG(head));
	}
	l->depth++;
}

static void
cut_statics(struct buf *b, const struct cxx_item *it, struct str text)
{
	const char *from = text.data, *end = text.data + text.len;

	for (size_t k = 0; k < it->nstatics; k++) {
		if (it->statics[k].data < from || it->statics[k].data >= end)
			continue;
		buf_add(b, (struct str){ from, (size_t)(it->statics[k].data - from) });
		buf_add(b, STR("      "));
		from = it->statics[k].data + it->statics[k].len;
	}
	buf_add(b, (struct str){ from, (size_t)(end - from) });
}

/* How it is said again. */
static struct str
text_again(const struct adding *add, const struct cxx_item *it)
{
	struct str text = it->kind == CXX_FUNCTION ? it->head : it->text;
	struct buf b = {0};

	if (it->kind == CXX_VARIABLE) {
		buf_add(&b, str_slice(text, 0, it->attributes));
		buf_add(&b, STR("inline "));
		text = str_slice(text, it->attributes, text.len);
	}
	cut_statics(&b, it, text);
	if (it->kind == CXX_FUNCTION)
		buf_byte(&b, ';');
	return buf_take(&b, add->in->arena);
}

static void
define(struct adding *add, struct entry *e, const struct cxx_item *it, struct str text)
{
	struct name *n = names_get(add->in, text);
	enum meaning meaning = e->kind == ENTRY_TYPE ? MEANS_TYPE : it->is_function ? MEANS_FUNCTION
	    : MEANS_VARIABLE;

	names_mention_add(add->in->arena, &n->entries,
	    (struct mention){ .entry = e, .space = SPACE_ORDINARY });
	e->defines = names_room(add->in->arena, e->defines, &e->defines_cap, e->ndefines,
	    sizeof *e->defines);
	e->defines[e->ndefines++] = (struct definition){ n, SPACE_ORDINARY };
	if (n->meaning == MEANS_UNKNOWN)
		n->meaning = meaning;
}

/* Is it about a type of the document?  Then that is what it is reached by. */
static bool
is_about_types(const struct entry *e)
{
	for (size_t k = 0; k < e->nreferences; k++) {
		const struct name *n = e->references[k].name;

		for (size_t i = 0; i < n->entries.n; i++)
			if (n->entries.list[i].entry->is_cxx && n->entries.list[i].entry != e
			    && n->entries.list[i].entry->kind == ENTRY_TYPE)
				return true;
	}
	return false;
}

static void
leave_item(struct leaving *l, struct cxx_part *p, size_t version)
{
	struct adding *add = l->add;
	const struct cxx_item *it = p->item;
	struct str scope = scope_of(l);
	struct entry *e;

	if (l->depth > DEEPEST || it->kind == CXX_LOCAL || it->kind == CXX_STATEMENT)
		return;
	if (it->kind == CXX_VARIABLE && it->is_nameless_type) {
		entry_note(add, it->line, STR(""), "hidden", STR("this variable stays in its cell: its type has no name"));
		return;
	}
	for (size_t k = 0; is_definition(it) && k < it->nnames; k++)
		hide_before(add, it->names[k], it, scope);
	if (is_definition(it) && it->tag.len > 0)
		hide_before(add, it->tag, it, scope);
	add->is_nameless = it->nnames == 0 && it->tag.len == 0;
	e = entry_add(add, it->kind == CXX_TYPE ? ENTRY_TYPE : ENTRY_CXX, text_again(add, it), it->line);
	e->scope = scope;
	e->inner = p->inner;
	e->is_function = it->is_function;
	e->signature = it->signature;
	e->version = is_definition(it) ? version : 0;
	e->is_definition = it->kind == CXX_FUNCTION || it->kind == CXX_VARIABLE;
	e->keeps_lines = it->kind == CXX_TYPE || it->kind == CXX_INLINE || it->kind == CXX_VARIABLE;
	e->is_variable = it->kind == CXX_VARIABLE;
	if (it->nnames > 0)
		e->name = it->names[0];
	for (size_t k = 0; k < it->nnames; k++)
		define(add, e, it, it->names[k]);
	if (it->tag.len > 0)
		define(add, e, it, it->tag);
	if (it->kind == CXX_USING || (it->nnames == 0 && it->tag.len == 0 && !is_about_types(e)))
		entry_keep(add, e);
}

/* What the same cell defines decides for what it only declares. */
static const struct cxx_part *
definition_of(const struct interface_cell *c, const struct cxx_item *it)
{
	for (size_t k = 0; k < c->ncxx; k++) {
		const struct cxx_item *other = c->cxx[k].item;

		if (it->kind == CXX_DECLARATION && it->nnames > 0 && is_definition(other)
		    && other->nnames > 0 && str_eq(other->names[0], it->names[0])
		    && (!it->is_function || str_eq(it->signature, other->signature)))
			return &c->cxx[k];
	}
	return NULL;
}

static size_t
decide_version(const struct leaving *l, struct cxx_part *p)
{
	const struct cxx_part *d = definition_of(l->add->cell, p->item);
	const struct cxx_item *it = d ? d->item : p->item;
	size_t before = version_of(l->add, it, scope_of(l));
	size_t version = is_definition(it) || before == 0 ? before + 1 : before;

	p->inner = inner_namespace(l->add, it, version, scope_of(l));
	return version;
}

static void
leave_c(struct adding *add, const struct cxx_part *p)
{
	add->is_cxx = false;
	for (size_t k = p->first; k < p->first + p->n; k++) {
		struct part *part = &add->cell->parts[k];

		if (part->item.kind == ITEM_DIRECTIVE)
			preprocessor_group(add, &part->item);
		add->part = part;
		interface_find_names(add->in, part);
		leave_part(add, part, false);
	}
	add->is_cxx = true;
}

static void
leave_directive(struct adding *add, struct part *p, bool at_head)
{
	preprocessor_group(add, &p->item);
	add->part = p;
	interface_find_names(add->in, p);
	leave_part(add, p, at_head);
}

void
cxx_leave(struct adding *add)
{
	struct interface_cell *c = add->cell;
	struct leaving l = { .add = add };
	bool at_head = true;

	add->is_cxx = true;
	for (size_t k = 0; k < c->ncxx; k++) {
		struct cxx_part *p = &c->cxx[k];
		const struct cxx_item *it = p->item;

		at_head &= it->kind == CXX_DIRECTIVE;
		if (it->kind == CXX_DIRECTIVE && p->n > 0) {
			leave_directive(add, &c->parts[p->first], at_head);
		} else if (it->kind == CXX_C) {
			leave_c(add, p);
		} else if (it->kind == CXX_OPEN) {
			enter(&l, it);
		} else if (it->kind == CXX_CLOSE) {
			l.depth -= l.depth > 0;
		} else if (p->n > 0) {
			add->part = &c->parts[p->first];
			interface_find_names(add->in, add->part);
			leave_item(&l, p, decide_version(&l, p));
		}
	}
	add->is_cxx = false;
}
