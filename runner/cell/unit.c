#include "runner/cell/unit.h"

#include "runner/cell/cxxunit.h"
#include "runner/cell/declare.h"
#include "runner/cell/lex.h"
#include "runner/cell/literal.h"
#include "runner/cell/names.h"
#include "runner/cell/preamble.h"
#include "runner/cell/tcc.h"
#include "runner/cell/writer.h"
#include "tangle/base/buf.h"
#include "tangle/base/mem.h"

static bool
is_retried(const struct writer *w, const struct item *it)
{
	size_t k;

	for (k = 0; k < w->nretry; k++)
		if (w->retry[k] >= it->line && w->retry[k] <= it->end_line)
			return true;
	return false;
}

/* The index behind the last statement of the run that begins at `from`; `from` if none. */
static size_t
run_end(struct writer *w, size_t from)
{
	size_t end = from, k;

	for (k = from; k < w->cell->nparts && from >= w->barren; k++) {
		const struct part *p = &w->cell->parts[k];

		if (p->item.kind == ITEM_STATEMENT || str_eq(p->item.text, STR(";"))) {
			end = k + 1;
		} else if (p->item.kind != ITEM_DIRECTIVE || p->item.directive == DIRECTIVE_INCLUDE
		    || p->item.directive == DIRECTIVE_ELSE || p->item.directive == DIRECTIVE_ENDIF) {
			break;
		} else if (p->item.directive == DIRECTIVE_IF) {
			if (p->group_end == 0)
				break;
			k = p->group_end;
			end = k + 1;
		}
	}
	if (end == from && k > w->barren)
		w->barren = k;
	return end;
}

/* Macros of earlier cells that a definition takes the place of. */
static void
write_undefines(struct writer *w, const struct part *p)
{
	if (p->undefines.len > 0 && !p->is_left_out) {
		writer_glue(w);
		buf_add(&w->out, p->undefines);
	}
}

static void
write_run(struct writer *w)
{
	size_t end = run_end(w, w->item), k;

	writer_begin_block(w);
	for (k = w->item; k < end; k++) {
		write_undefines(w, &w->cell->parts[k]);
		writer_gap(w, w->cell->parts[k].item.text.data);
		writer_item(w, &w->cell->parts[k].item, false);
	}
	writer_end_block(w);
	w->item = end;
}

/* The trailing expression. */

/* The expression as STRUCT . MEMBER, as a bit-field may be; false if it ends in none. */
static bool
split_member(struct str expression, struct str *whole, bool *is_pointer, struct str *member)
{
	struct lexer x;
	struct token t;
	int state = 0;		/* 1: behind . or ->, 2: behind the member */

	lexer_init(&x, expression);
	*whole = *member = (struct str){ 0 };
	while (lexer_next(&x, &t)) {
		if (token_is(&t, '.') || str_eq(t.text, STR("->"))) {
			state = 1;
			*whole = str_slice(expression, 0, (size_t)(t.text.data - expression.data));
			*is_pointer = !token_is(&t, '.');
		} else if (state == 1 && t.kind == TOKEN_IDENTIFIER) {
			state = 2;
			*member = t.text;
		} else if (state == 2 && token_is(&t, ')')) {
			*whole = (struct str){ 0 };	/* it begins within the parentheses */
		} else {
			state = 0;
		}
	}
	return state == 2;
}

/* "__label__ a; __label__ b; " for the labels inside, since the expression stands three times. */
static void
find_labels(struct buf *b, struct str expression)
{
	struct lexer x;
	struct token t, word = { 0 };
	bool begins = false;	/* the word stands where a statement begins */

	lexer_init(&x, expression);
	while (lexer_next(&x, &t)) {
		if (begins && word.kind == TOKEN_IDENTIFIER && word.word == WORD_NONE
		    && token_is(&t, ':'))
			buf_printf(b, "__label__ %.*s; ", STR_ARG(word.text));
		begins = token_is(&word, ';') || token_is(&word, '{') || token_is(&word, '}')
		    || token_is(&word, ':');
		word = t;
	}
}

static void
write_expression(struct writer *w, const struct item *it, struct str labels)
{
	if (labels.len > 0) {
		writer_glue(w);
		buf_printf(&w->out, "({ %.*s\n", STR_ARG(labels));
	}
	writer_item(w, it, false);
	writer_glue(w);
	if (labels.len > 0)
		buf_add(&w->out, STR("; })\n"));
}

/*
 * A bit-field has no typeof: it is shown as the integer that it promotes to, or,
 * if that can be seen, as what its struct has under its name.
 */
static void
write_bit_field(struct writer *w, const struct item *it, struct str whole, bool is_pointer,
    struct str member)
{
	buf_add(&w->out, STR("__auto_type skein_value = (\n"));
	write_expression(w, it, (struct str){ 0 });
	buf_add(&w->out, STR(") + 0;\nstatic __typeof__(\n"));
	if (whole.len > 0) {
		buf_add(&w->out, is_pointer ? STR("*(") : STR("("));
		writer_piece(w, it, whole, NULL, 0);
		writer_glue(w);
		buf_byte(&w->out, ')');
	} else {
		buf_add(&w->out, STR("skein_value"));
	}
	buf_add(&w->out, STR(") *skein_marker __attribute__((used));\n"
	    "__skein_value(&skein_marker, "));
	if (whole.len > 0)
		buf_printf(&w->out, "\"%.*s\"", STR_ARG(member));
	else
		buf_byte(&w->out, '0');
	buf_add(&w->out, STR(", &skein_value, sizeof skein_value);\n"));
}

/*
 * Void is not shown, a function as what it decays to; an array is shown where it
 * lies, all else is copied.  The expression stands three times and is evaluated
 * once.  In the object the marker points to values of its type.
 */
static void
write_value(struct writer *w, const struct item *it)
{
	struct buf labels = { 0 };

	find_labels(&labels, it->text);
	/* clang complains of a bit-field where __typeof__ stands. */
	buf_add(&w->out, STR("typedef\n"));
	writer_line(w, it->line);
	buf_add(&w->out, STR("__typeof__(\n"));
	write_expression(w, it, buf_str(&labels));
	buf_add(&w->out, STR(") skein_type;\n"
	    "typedef __typeof__(((void)0, *(skein_type *)0)) skein_decayed;\n"
	    "static skein_type *skein_marker __attribute__((used));\n"
	    "enum { skein_void = __builtin_types_compatible_p(skein_type, void) };\n"));
	writer_line(w, it->line);	/* gcc takes reading the value for work of this line */
	buf_add(&w->out, STR("__auto_type skein_value = __builtin_choose_expr(skein_void, ((void)(\n"));
	write_expression(w, it, buf_str(&labels));
	buf_add(&w->out, STR("), 0), (\n"));
	write_expression(w, it, buf_str(&labels));
	buf_add(&w->out, STR("));\n"
	    "enum { skein_array = __builtin_classify_type(skein_value) == 5\n"
	    " && !__builtin_types_compatible_p(skein_decayed, skein_type)\n"
	    " && !__builtin_types_compatible_p(_Atomic(__typeof__(__builtin_choose_expr(\n"
	    "  skein_void, 0, *(skein_decayed *)0))), skein_type)\n"
	    " && !__builtin_types_compatible_p(skein_decayed, skein_type *) };\n"
	    "if (!skein_void)\n"
	    " __skein_value(&skein_marker, 0,\n"
	    "  (const void *)__builtin_choose_expr(skein_array, skein_value, &skein_value),\n"
	    "  __builtin_choose_expr(skein_array, sizeof *skein_marker, sizeof skein_value));\n"));
	buf_release(&labels);
}

/* Without debug information nobody could tell what it is. */
static void
write_unshown(struct writer *w, const struct item *it)
{
	buf_add(&w->out, STR("(void)(\n"));
	writer_item(w, it, false);
	writer_glue(w);
	buf_add(&w->out, STR(");\n"));
}

static void
write_trailing(struct writer *w, const struct item *it)
{
	struct str whole, member;
	bool is_pointer = false;

	writer_begin_block(w);
	if (w->cell->source.is_tcc)
		write_unshown(w, it);
	else if (is_retried(w, it) && split_member(it->text, &whole, &is_pointer, &member))
		write_bit_field(w, it, whole, is_pointer, member);
	else
		write_value(w, it);
	writer_end_block(w);
}

/* Declarations. */

static struct str
tag_name(const struct item *it)
{
	return declare_has_body(it) ? it->tags[0].name : (struct str){ 0 };
}

/* Storage under the symbol of a variable that was declared extern. */
static void
write_storage(struct writer *w, const struct item *it, struct str name)
{
	struct str symbol = interface_symbol(w->in, name, w->cell->source.number);

	writer_glue(w);
	writer_keep_attributes(w);
	buf_printf(&w->out, "%schar skein_s_%.*s[sizeof(%.*s)] __asm__(\"%.*s\") "
	    "__attribute__((aligned(__alignof__(%.*s))));\n",
	    it->specifiers & SPEC_THREAD ? "_Thread_local " : "", STR_ARG(name), STR_ARG(name),
	    STR_ARG(symbol), STR_ARG(name));
	/* Its type, for debug information: clang has none of what is only declared. */
	buf_printf(&w->out, "static __typeof__(%.*s) *skein_t_%.*s __attribute__((used));\n",
	    STR_ARG(name), STR_ARG(name));
}

/*
 * The initialiser, with each compound literal copied to static room of its own: it
 * would end with the block.  The depth was bounded by literal_is_plain().
 */
static void
write_kept(struct writer *w, const struct item *it, struct str text)
{
	struct str l;
	size_t body;

	while ((l = literal_next(text, &body)).data) {
		writer_piece(w, it, str_slice(text, 0, (size_t)(l.data - text.data)), NULL, 0);
		text = str_slice(text, (size_t)(l.data + l.len - text.data), text.len);
		writer_glue(w);
		buf_add(&w->out, STR("(*({ typedef __typeof__(\n"));
		writer_piece(w, it, l, NULL, 0);
		writer_glue(w);
		buf_add(&w->out, STR(") skein_literal;\n"
		    "static char skein_kept[sizeof(skein_literal)]\n"
		    " __attribute__((aligned(__alignof__(skein_literal))));\n"
		    "__skein_store(skein_kept, &\n"));
		writer_piece(w, it, str_slice(l, 0, body), NULL, 0);
		write_kept(w, it, str_slice(l, body, l.len));
		writer_glue(w);
		buf_add(&w->out, STR(", sizeof skein_kept);\n"
		    "(skein_literal *)(void *)skein_kept; }))\n"));
	}
	writer_piece(w, it, text, NULL, 0);
}

/* The block that fills it. */
static void
write_store(struct writer *w, const struct item *it, const struct declarator *d)
{
	struct str n = d->name;

	writer_begin_block(w);
	if (it->specifiers & SPEC_AUTO_TYPE)
		buf_add(&w->out, STR("__auto_type skein_v = "));
	else if (d->has_unknown_size)
		buf_printf(&w->out, "__typeof__(%.*s[0]) skein_v[] = ", STR_ARG(n));
	else
		buf_printf(&w->out, "__typeof__(%.*s) skein_v = ", STR_ARG(n));
	if (literal_is_kept(d) && literal_is_plain(d->initialiser))
		write_kept(w, it, d->initialiser);
	else
		writer_piece(w, it, d->initialiser, NULL, 0);
	writer_glue(w);
	buf_add(&w->out, STR(";\n"));
	if (d->has_unknown_size)
		buf_printf(&w->out, "_Static_assert(sizeof skein_v == sizeof %.*s, "
		    "\"the length of this array cannot be told: say it\");\n", STR_ARG(n));
	buf_printf(&w->out, "__skein_store((void *)&%.*s, &skein_v, sizeof skein_v);\n", STR_ARG(n));
	writer_end_block(w);
}

/* extern SPECIFIERS D1, D2; all at their true places. */
static void
write_extern(struct writer *w, const struct item *it)
{
	size_t k;

	size_t front = declare_front(it->spec);

	if (front > 0)
		writer_piece(w, it, str_slice(it->spec, 0, front), NULL, 0);
	writer_glue(w);
	buf_add(&w->out, STR("extern\n"));
	writer_piece(w, it, str_slice(it->spec, front, it->spec.len), it->storage, it->nstorage);
	for (k = 0; k < it->ndeclarators; k++) {
		if (k > 0) {
			buf_byte(&w->out, ',');
			w->at = NULL;
		}
		writer_labelled_declarator(w, it, &it->declarators[k]);
	}
	writer_glue(w);
	buf_add(&w->out, STR(";\n"));
}

static void
write_extern_auto(struct writer *w, const struct item *it)
{
	size_t k;

	for (k = 0; k < it->ndeclarators; k++) {
		writer_glue(w);
		buf_add(&w->out, STR("extern __typeof__(((void)0, "));
		writer_piece(w, it, it->declarators[k].initialiser, NULL, 0);
		writer_glue(w);
		buf_printf(&w->out, ")) %.*s", STR_ARG(it->declarators[k].name));
		declare_label(&w->out, writer_label(w, it->declarators[k].name));
		buf_add(&w->out, STR(";\n"));
	}
}

static void
rename_all(struct writer *w, const struct item *it)
{
	size_t k;

	for (k = 0; k < it->ndeclarators; k++)
		preamble_rename_again(w, it->declarators[k].name);
}

/* Declared, given room, and filled by a block for each initialiser. */
static void
write_dynamic(struct writer *w, const struct item *it)
{
	size_t k;

	if (it->specifiers & SPEC_AUTO_TYPE)
		write_extern_auto(w, it);
	else
		write_extern(w, it);
	rename_all(w, it);
	for (k = 0; k < it->ndeclarators; k++) {
		const struct declarator *d = &it->declarators[k];

		if (d->has_unknown_size && d->initialiser.data) {
			writer_glue(w);
			declare_size(&w->out, it, d, false);
			buf_byte(&w->out, '\n');
		}
		if (d->initialiser.data || (!d->is_function && !(it->specifiers & SPEC_EXTERN)))
			write_storage(w, it, d->name);
		if (d->initialiser.data)
			write_store(w, it, d);
	}
}

static bool
is_dynamic(const struct writer *w, const struct part *p)
{
	return p->item.kind == ITEM_DECLARATION && p->item.ndeclarators > 0
	    && !(p->item.specifiers & (SPEC_TYPEDEF | SPEC_REGISTER | SPEC_CONSTEXPR)) && (p->is_dynamic || is_retried(w, &p->item));
}

/* A definition is too late for gcc to hear that one of its own names is renamed. */
static void
declare_builtins(struct writer *w, const struct item *it)
{
	size_t k;

	for (k = 0; k < it->ndeclarators && !declare_has_body(it); k++) {
		const struct declarator *d = &it->declarators[k];

		if (!names_is_builtin(d->name) || (it->specifiers & SPEC_AUTO_TYPE))
			continue;
		writer_glue(w);
		declare_name(&w->out, it, d, (struct str){ 0 }, (struct str){ 0 }, true);
		preamble_rename_again(w, d->name);
	}
}

static void
write_declaration(struct writer *w, const struct part *p)
{
	const struct item *it = &p->item;

	if (p->is_left_out) {
		writer_piece(w, it, it->text, &it->text, 1);
	} else if (is_dynamic(w, p)) {
		write_dynamic(w, it);
	} else if (it->specifiers & (SPEC_TYPEDEF | SPEC_REGISTER | SPEC_CONSTEXPR)) {
		if ((it->specifiers & SPEC_CONSTEXPR) && declare_front(it->spec) == 0) {
			writer_glue(w);		/* a later cell may use it */
			buf_add(&w->out, STR("__attribute__((unused))\n"));
		}
		writer_item(w, it, false);
	} else if (w->by_label) {
		writer_labelled(w, it);
	} else {
		declare_builtins(w, it);
		writer_item(w, it, true);
		rename_all(w, it);
	}
}

static void
write_prototype(struct writer *w, const struct part *p)
{
	writer_glue(w);
	declare_name(&w->out, &p->item, &p->item.declarators[0],
	    p->tag.len > 0 ? p->tag : tag_name(&p->item),
	    writer_label(w, p->item.declarators[0].name), true);
	buf_byte(&w->out, '\n');
	rename_all(w, &p->item);
}

/* As it is; later cells may use it, if this one does not. */
static void
write_whole(struct writer *w, const struct item *it)
{
	if (!declare_has_body(it)) {
		writer_glue(w);
		buf_add(&w->out, STR("__attribute__((unused)) "));
		declare_one_line(&w->out, it->spec);
		buf_byte(&w->out, ' ');
		declare_one_line(&w->out, it->declarators[0].text);
		buf_add(&w->out, STR(";\n"));
	}
	writer_item(w, it, false);
}

/* struct { int q; } f(void) {...}: the type first, then only its tag. */
static void
write_function_with_type(struct writer *w, const struct part *p)
{
	const struct item *it = &p->item;
	const struct tag *t = &it->tags[0];
	size_t body = (size_t)(t->body.data - it->text.data);

	if (p->tag.len == 0) {
		writer_piece(w, it, t->text, NULL, 0);
	} else {
		writer_glue(w);
		buf_printf(&w->out, "%.*s %.*s\n", STR_ARG(t->keyword), STR_ARG(p->tag));
		writer_piece(w, it, t->body, NULL, 0);
	}
	writer_glue(w);
	buf_add(&w->out, STR(";\n"));
	write_prototype(w, p);
	writer_piece(w, it, str_slice(it->text, 0, body), it->storage, it->nstorage);
	if (p->tag.len > 0)
		buf_printf(&w->out, " %.*s ", STR_ARG(p->tag));
	w->at = NULL;
	writer_piece(w, it, str_slice(it->text, body + t->body.len, it->text.len), it->storage,
	    it->nstorage);
}

/* gcc renames a function's definition only if it was declared before. */
static void
write_function(struct writer *w, const struct part *p)
{
	if (declare_has_body(&p->item)) {
		write_function_with_type(w, p);
		return;
	}
	write_prototype(w, p);
	writer_item(w, &p->item, true);
}

static const char STAY[] =
    "#pragma push_macro(\"constructor\")\n#pragma push_macro(\"__constructor__\")\n"
    "#undef constructor\n#undef __constructor__\n"
    "#define constructor unused\n#define __constructor__ unused\n";
static const char GO[] =
    "#pragma pop_macro(\"constructor\")\n#pragma pop_macro(\"__constructor__\")\n";

/* A test that has nothing yet to register itself with does not. */
static void
write_opaque(struct writer *w, const struct item *it)
{
	if (w->nabsent == 0 || !interface_is_test(it)) {
		writer_item(w, it, false);
		return;
	}
	writer_glue(w);
	buf_add(&w->out, str_of(STAY));
	writer_item(w, it, false);
	writer_glue(w);
	buf_add(&w->out, str_of(GO));
}

static void
write_part(struct writer *w)
{
	const struct part *p = &w->cell->parts[w->item];
	const struct item *it = &p->item;

	switch (it->kind) {
	case ITEM_STATEMENT:
		write_run(w);
		return;
	case ITEM_DIRECTIVE:
		if (it->directive == DIRECTIVE_PRAGMA_STATEMENT && run_end(w, w->item) > w->item) {
			write_run(w);
			return;
		}
		if (it->directive == DIRECTIVE_INCLUDE)
			writer_include(w, it);
		else
			writer_piece(w, it, it->text, &it->text, p->is_left_out ? 1 : 0);
		break;
	case ITEM_MACRO:
		write_opaque(w, it);
		break;
	case ITEM_NEUTRAL:
		writer_item(w, it, false);
		break;
	case ITEM_DECLARATION:
		write_declaration(w, p);
		break;
	case ITEM_FUNCTION:
		if (interface_keeps_whole(it))
			write_whole(w, it);
		else
			write_function(w, p);
		break;
	case ITEM_EXPRESSION:
		write_trailing(w, it);
		break;
	}
	w->item++;
}

/* Can the compiler not be given the part as it was written? */
static bool
is_rewritten(const struct writer *w, const struct part *p)
{
	const struct item *it = &p->item;

	return it->kind == ITEM_STATEMENT || is_dynamic(w, p) || p->is_left_out
	    || (w->by_label && it->kind == ITEM_DECLARATION && !(it->specifiers & SPEC_TYPEDEF))
	    || (it->kind == ITEM_FUNCTION && declare_has_body(it))
	    || (it->nstorage > 0 && !(it->specifiers & SPEC_TYPEDEF) && !interface_keeps_whole(it));
}

/* A macro call that makes declarations: as it was written, or else what it stands for. */
static void
write_call(struct writer *w)
{
	const struct part *parts = w->cell->parts;
	const struct item *call = parts[w->item].call;
	bool rewritten = false;
	size_t end = w->item, k;

	for (; end < w->cell->nparts && parts[end].call == call; end++) {
		write_undefines(w, &parts[end]);
		rewritten = rewritten || is_rewritten(w, &parts[end]);
	}
	if (rewritten) {
		while (w->item < end)
			write_part(w);
		w->at = NULL;
		return;
	}
	for (k = w->item; k < end; k++)
		if (parts[k].item.kind == ITEM_FUNCTION)
			write_prototype(w, &parts[k]);
	writer_item(w, call, false);
	w->item = end;
}

static void
write_next(struct writer *w)
{
	const struct part *p = &w->cell->parts[w->item];
	const struct item *it = p->call ? p->call : &p->item;

	writer_gap(w, it->text.data);
	if (!w->cell->is_program && p->call) {
		write_call(w);
		return;
	}
	if (!w->cell->is_program) {
		write_undefines(w, p);
		write_part(w);
		return;
	}
	writer_piece(w, it, it->text, &it->text, p->is_left_out ? 1 : 0);
	for (w->item++; p->call && w->item < w->cell->nparts; w->item++)
		if (w->cell->parts[w->item].call != p->call)
			break;
}

/* void main(): what it leaves where a status would be is nobody's. */
static bool
has_void_main(const struct interface_cell *c)
{
	struct lexer x;
	struct token t;
	size_t k;

	for (k = 0; k < c->nparts; k++) {
		const struct item *it = &c->parts[k].item;

		if (it->kind != ITEM_FUNCTION || !str_eq(it->declarators[0].name, STR("main")))
			continue;
		lexer_init(&x, it->spec);
		while (lexer_next(&x, &t))
			if (str_eq(t.text, STR("void")))
				return true;
	}
	return false;
}

static void
write_tail(struct writer *w)
{
	const char *ends = w->nblocks > 0 ? "__start_skein_blocks, __stop_skein_blocks" : "0, 0";
	const struct str *text = &w->cell->source.text;

	if (w->at)
		writer_gap(w, text->data + text->len);
	writer_glue(w);
	writer_keep_attributes(w);
	if (w->cell->is_program)
		buf_add(&w->out, STR("struct skein_block;\n"));
	if (w->cell->is_program && has_void_main(w->cell))
		buf_add(&w->out, STR("extern const char skein_void_main;\nconst char skein_void_main "
		    "__attribute__((visibility(\"default\"))) = 1;\n"));
	if (w->nblocks > 0)
		buf_add(&w->out, STR("extern const struct skein_block __start_skein_blocks[] "
		    "__attribute__((weak, visibility(\"hidden\")));\n"
		    "extern const struct skein_block __stop_skein_blocks[] "
		    "__attribute__((weak, visibility(\"hidden\")));\n"));
	buf_printf(&w->out, "extern const struct skein_unit { unsigned abi; "
	    "const struct skein_block *start, *stop; } skein_unit;\n"
	    /* AddressSanitizer leaves alone what has a section of its own. */
	    "const struct skein_unit skein_unit __attribute__((visibility(\"default\"), "
	    "section(\"skein_units\"))) = { 1, %s };\n", ends);
	/* What is still open is the cell's fault: blame its last line. */
	writer_line(w, writer_line_of(w, text->data + text->len - str_ends(*text, STR("\n"))));
	buf_add(&w->out, STR(" \n"));	/* so that the end stands on that line */
}

static bool
is_bare(const struct interface_cell *c)
{
	for (size_t k = 0; k < c->nparts; k++)
		if (c->parts[k].item.kind != ITEM_DIRECTIVE)
			return false;
	return true;
}

void
unit_retry(struct interface *i, size_t number, const struct unit_retry *known, struct unit *u)
{
	struct writer w = { .in = i, .cell = interface_cell(i, number), .retry = known->lines,
	    .nretry = known->nlines, .absent = known->absent, .nabsent = known->nabsent };
	struct unit_note refused = {0};
	struct reach r;

	w.by_label = w.cell->source.by_label;
	if (w.cell->source.is_tcc)
		refused = tcc_refused(w.cell, interface_arena(i));
	for (size_t k = 0; k < known->nlines; k++)
		w.by_label |= known->lines[k] == PREAMBLE_LABELS_LINE;
	interface_reach(i, number, &r);
	preamble_write(&w, &r);
	if (w.cell->source.is_cxx) {
		refused = cxxunit_refused(w.cell);
		cxxunit_write(&w);
	} else {
		while (w.item < w.cell->nparts)
			write_next(&w);
		write_tail(&w);
	}
	*u = (struct unit){ .is_program = w.cell->is_program, .has_blocks = w.nblocks > 0,
	    .uses = r.uses, .nuses = r.nuses, .needs = r.needs, .nneeds = r.nneeds,
	    .notes = w.cell->notes, .nnotes = w.cell->nnotes, .refusal = refused };
	u->is_bare = is_bare(w.cell);
	mem_free(w.entered);
	u->text = buf_take(&w.out, interface_arena(i));
}

void
unit_make(struct interface *i, size_t number, struct unit *u)
{
	unit_retry(i, number, &(struct unit_retry){ 0 }, u);
}

bool
unit_can_retry(struct str message)
{
	static const char *const known[] = {
		"initializer element is not constant",
		"initializer element is not a compile-time constant",
		"initializer element is not computable at load time",
		"applied to a bit-field",
		"invalid application of 'typeof' to bit-field",
		PREAMBLE_WANTS_LABELS,
	};
	size_t k;

	for (k = 0; k < sizeof known / sizeof *known; k++)
		if (str_find(message, str_of(known[k])) < message.len)
			return true;
	return false;
}
