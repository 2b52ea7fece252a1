#include "runner/cell/leave.h"

#include "runner/cell/constant.h"
#include "runner/cell/declare.h"
#include "runner/cell/entries.h"
#include "runner/cell/interface.h"
#include "runner/cell/lex.h"
#include "runner/cell/literal.h"
#include "runner/cell/names.h"
#include "runner/cell/preprocessor.h"
#include "tangle/base/arena.h"
#include "tangle/base/buf.h"
#include "tangle/base/map.h"

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

size_t
leave_arguments(struct str call, struct str list[2])
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
	size_t n = it->name.len > 0 ? leave_arguments(it->text, argument) : 0;

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
leave_part(struct adding *add, struct part *p, bool at_head)
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
