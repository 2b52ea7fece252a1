#include "runner/cell/unit.h"

#include <string.h>

#include "runner/cell/declare.h"
#include "tangle/base/arena.h"
#include "tangle/base/buf.h"
#include "tangle/base/mem.h"

/* A unit being written. */
struct writer {
	struct interface *in;
	const struct interface_cell *cell;
	struct buf out;
	const char *at;		/* the cell's next byte, if the compiler's place is right; else NULL */
	size_t line;		/* of `at` */
	size_t item;		/* index of the next item */
	size_t nblocks;
	const size_t *retry;
	size_t nretry;
	const struct branch **entered;	/* scratch */
	size_t entered_cap;
};

static const struct str GLUE = STR("# 1 \"<skein>\" 3\n");

/* Begin a line of our own. */
static void
glue(struct writer *w)
{
	if (w->out.len > 0 && w->out.data[w->out.len - 1] != '\n')
		buf_byte(&w->out, '\n');
	/* The cell's last line may end in a backslash. */
	if (w->at)
		buf_byte(&w->out, '\n');
	w->at = NULL;
	buf_add(&w->out, GLUE);
}

static size_t
count_lines(const char *from, const char *to)
{
	size_t n = 0;

	while ((from = memchr(from, '\n', (size_t)(to - from)))) {
		n++;
		from++;
	}
	return n;
}

static void
add_marker(struct writer *w, size_t line, struct str marker)
{
	size_t k;

	if (w->out.len > 0 && w->out.data[w->out.len - 1] != '\n')
		buf_byte(&w->out, '\n');
	buf_printf(&w->out, "# %zu \"", line);
	for (k = 0; k < marker.len; k++) {
		if (marker.data[k] == '"' || marker.data[k] == '\\')
			buf_byte(&w->out, '\\');
		buf_byte(&w->out, marker.data[k]);
	}
	buf_byte(&w->out, '"');
}

/* What follows stands on that line of the cell. */
static void
add_line(struct writer *w, size_t line)
{
	add_marker(w, line, w->cell->source.marker);
	buf_byte(&w->out, '\n');
}

/*
 * Make the compiler believe to stand at p, which is on that line of the cell:
 * a line marker, and blanks as wide as what stands before p.
 */
static void
stand_at(struct writer *w, const char *p, size_t line)
{
	const struct str *text = &w->cell->source.text;
	const char *start = p, *c;

	if (w->at == p)
		return;
	add_line(w, line);
	while (start > text->data && start[-1] != '\n')
		start--;
	for (c = start; c < p; c++)
		if (*c == '\t')
			buf_byte(&w->out, '\t');
		else if (((unsigned char)*c & 0xC0) != 0x80)	/* of a UTF-8 character once */
			buf_byte(&w->out, ' ');
	w->at = p;
	w->line = line;
}

static size_t
line_of(const struct writer *w, const struct item *it, const char *p)
{
	(void)w;
	return it->line + count_lines(it->text.data, p);
}

static bool
lies_in(struct str part, struct str whole)
{
	return part.data && part.data >= whole.data
	    && part.data + part.len <= whole.data + whole.len;
}

/* A piece of an item's text at its true place; blanked parts in order. */
static void
own_piece(struct writer *w, const struct item *it, struct str piece, const struct str *blank,
    size_t nblank)
{
	struct str inside[16];
	size_t n = 0, k;
	bool is_own = lies_in(piece, w->cell->source.text);

	if (is_own)
		stand_at(w, piece.data, line_of(w, it, piece.data));
	else
		add_line(w, it->line);
	for (k = 0; k < nblank && n < 16; k++)
		if (lies_in(blank[k], piece))
			inside[n++] = blank[k];
	declare_blank(&w->out, piece, inside, n);
	w->at = is_own ? piece.data + piece.len : NULL;
}

static void
own_item(struct writer *w, const struct item *it, bool blank_storage)
{
	own_piece(w, it, it->text, it->storage, blank_storage ? it->nstorage : 0);
}

/* What stands between the last item and this one: blanks and comments. */
static void
own_gap(struct writer *w, const char *to)
{
	if (!w->at || to <= w->at || to > w->cell->source.text.data + w->cell->source.text.len)
		return;
	buf_add(&w->out, (struct str){ w->at, (size_t)(to - w->at) });
	w->at = to;
}

/* Blocks. */

static void
begin_block(struct writer *w)
{
	w->nblocks++;
	glue(w);
	buf_printf(&w->out, "static void skein_b%zu(void)\n{\n", w->nblocks);
}

static void
end_block(struct writer *w)
{
	glue(w);
	buf_printf(&w->out, "}\nstatic const struct skein_block skein_p%zu "
	    "__attribute__((section(\"skein_blocks\"), used)) = { %zu, skein_b%zu };\n",
	    w->nblocks, w->nblocks, w->nblocks);
}

static bool
is_retried(const struct writer *w, const struct item *it)
{
	size_t k;

	for (k = 0; k < w->nretry; k++)
		if (w->retry[k] >= it->line && w->retry[k] <= it->end_line)
			return true;
	return false;
}

/* The index behind the last statement of the run that begins at `from`. */
static size_t
run_end(const struct writer *w, size_t from)
{
	size_t end = from, k;

	for (k = from; k < w->cell->nparts; k++) {
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
	return end;
}

static void
write_run(struct writer *w)
{
	size_t end = run_end(w, w->item), k;

	begin_block(w);
	for (k = w->item; k < end; k++) {
		own_gap(w, w->cell->parts[k].item.text.data);
		own_item(w, &w->cell->parts[k].item, false);
	}
	end_block(w);
	w->item = end;
}

/* The trailing expression. */

static void
write_copy(struct writer *w, const struct item *it, const char *before, const char *after)
{
	glue(w);
	buf_add(&w->out, str_of(before));
	own_item(w, it, false);
	glue(w);
	buf_add(&w->out, str_of(after));
}

/*
 * Arrays and functions are shown through what they decay to, void not at all.
 * The expression stands three times and is evaluated once.
 */
static void
write_trailing(struct writer *w, const struct item *it)
{
	begin_block(w);
	if (is_retried(w, it)) {
		own_item(w, it, false);
		glue(w);
		buf_byte(&w->out, ';');
		end_block(w);
		return;
	}
	write_copy(w, it, "typedef __typeof__(", ") skein_type;\n"
	    "typedef __typeof__(((void)0, *(skein_type *)0)) skein_decayed;\n"
	    "static __typeof__(*__builtin_choose_expr(\n"
	    " __builtin_types_compatible_p(skein_type, void), (char *)0,\n"
	    " __builtin_choose_expr(__builtin_types_compatible_p(skein_decayed, skein_type *),\n"
	    "  (skein_decayed *)0, (skein_type *)0))) skein_value __attribute__((used));\n");
	write_copy(w, it, "__auto_type skein_given = __builtin_choose_expr(\n"
	    " __builtin_types_compatible_p(skein_type, void), ((void)(", "), 0), (");
	own_item(w, it, false);
	glue(w);
	buf_add(&w->out, STR("));\n"
	    "if (!__builtin_types_compatible_p(skein_type, void))\n"
	    " skein_show((const void *)__builtin_choose_expr(\n"
	    "  __builtin_types_compatible_p(skein_decayed, __typeof__(skein_value)),\n"
	    "  &skein_given, skein_given), sizeof skein_value);\n"
	    "else\n (void)skein_given;\n"));
	end_block(w);
}

/* Declarations. */

static struct str
tag_name(const struct item *it)
{
	return declare_has_body(it) ? it->tags[0].name : (struct str){ 0 };
}

/* Storage under the symbol of a variable, and the block that fills it. */
static void
write_storage(struct writer *w, const struct item *it, const struct declarator *d)
{
	struct str n = d->name, symbol = interface_symbol(w->in, n, w->cell->source.number);
	const char *thread = it->specifiers & SPEC_THREAD ? "_Thread_local " : "";

	glue(w);
	buf_printf(&w->out, "%schar skein_s_%.*s[sizeof(%.*s)] __asm__(\"%.*s\") "
	    "__attribute__((aligned(__alignof__(%.*s))));\n", thread, STR_ARG(n), STR_ARG(n),
	    STR_ARG(symbol), STR_ARG(n));
	begin_block(w);
	if (it->specifiers & SPEC_AUTO_TYPE)
		buf_add(&w->out, STR("__auto_type skein_v = "));
	else if (d->has_unknown_size)
		buf_printf(&w->out, "__typeof__(%.*s[0]) skein_v[] = ", STR_ARG(n));
	else
		buf_printf(&w->out, "__typeof__(%.*s) skein_v = ", STR_ARG(n));
	own_piece(w, it, d->initialiser, NULL, 0);
	glue(w);
	buf_add(&w->out, STR(";\n"));
	if (d->has_unknown_size)
		buf_printf(&w->out, "_Static_assert(sizeof skein_v == sizeof %.*s, "
		    "\"the length of this array cannot be told: say it\");\n", STR_ARG(n));
	buf_printf(&w->out, "skein_store((void *)&%.*s, &skein_v, sizeof skein_v);\n", STR_ARG(n));
	end_block(w);
}

/* extern SPECIFIERS D1, D2; with true places, then a block for each initialiser. */
static void
write_dynamic(struct writer *w, const struct item *it)
{
	size_t k;

	for (k = 0; k < it->ndeclarators; k++) {
		const struct declarator *d = &it->declarators[k];

		if (it->specifiers & SPEC_AUTO_TYPE) {
			glue(w);
			buf_add(&w->out, STR("extern __typeof__(((void)0, "));
			own_piece(w, it, d->initialiser, NULL, 0);
			glue(w);
			buf_printf(&w->out, ")) %.*s;\n", STR_ARG(d->name));
			continue;
		}
		if (k == 0) {
			glue(w);
			buf_add(&w->out, STR("extern\n"));
			own_piece(w, it, it->spec, it->storage, it->nstorage);
		} else {
			buf_byte(&w->out, ',');
			w->at = NULL;
		}
		own_piece(w, it, d->text, NULL, 0);
		if (k + 1 == it->ndeclarators) {
			glue(w);
			buf_add(&w->out, STR(";\n"));
		}
	}
	for (k = 0; k < it->ndeclarators; k++) {
		const struct declarator *d = &it->declarators[k];

		if (!d->initialiser.data) {
			if (!d->is_function && !(it->specifiers & SPEC_EXTERN)) {
				struct str symbol = interface_symbol(w->in, d->name,
				    w->cell->source.number);

				glue(w);
				buf_printf(&w->out, "%schar skein_s_%.*s[sizeof(%.*s)] "
				    "__asm__(\"%.*s\") __attribute__((aligned(__alignof__(%.*s))));\n",
				    it->specifiers & SPEC_THREAD ? "_Thread_local " : "",
				    STR_ARG(d->name), STR_ARG(d->name), STR_ARG(symbol),
				    STR_ARG(d->name));
			}
			continue;
		}
		if (d->has_unknown_size) {
			glue(w);
			declare_size(&w->out, it, d, false);
			buf_byte(&w->out, '\n');
		}
		write_storage(w, it, d);
	}
}

static bool
is_dynamic(const struct writer *w, const struct part *p)
{
	return p->item.kind == ITEM_DECLARATION && p->item.ndeclarators > 0
	    && !(p->item.specifiers & SPEC_TYPEDEF) && (p->is_dynamic || is_retried(w, &p->item));
}

static void
write_declaration(struct writer *w, const struct part *p)
{
	const struct item *it = &p->item;

	if (is_dynamic(w, p)) {
		write_dynamic(w, it);
		return;
	}
	own_item(w, it, !(it->specifiers & SPEC_TYPEDEF));
}

static void
write_prototype(struct writer *w, const struct item *it)
{
	glue(w);
	declare_name(&w->out, it, &it->declarators[0], tag_name(it), true);
	buf_byte(&w->out, '\n');
}

/* gcc renames a function's definition only if it was declared before. */
static void
write_function(struct writer *w, const struct item *it)
{
	const struct declarator *d = &it->declarators[0];
	struct str blank[17];
	size_t n = 0, k;

	if (interface_keeps_whole(it)) {
		if (!declare_has_body(it)) {	/* later cells may use it, if this one does not */
			glue(w);
			buf_add(&w->out, STR("__attribute__((unused)) "));
			declare_one_line(&w->out, it->spec);
			buf_byte(&w->out, ' ');
			declare_one_line(&w->out, d->text);
			buf_add(&w->out, STR(";\n"));
		}
		own_item(w, it, false);
		return;
	}
	if (declare_has_body(it)) {
		own_piece(w, it, it->tags[0].text, NULL, 0);
		glue(w);
		buf_add(&w->out, STR(";\n"));
	}
	write_prototype(w, it);
	for (k = 0; k < it->nstorage && n < 16; k++)
		blank[n++] = it->storage[k];
	if (declare_has_body(it))
		blank[n++] = it->tags[0].body;
	own_piece(w, it, it->text, blank, n);
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
		own_piece(w, it, it->text, &it->text, p->is_left_out ? 1 : 0);
		break;
	case ITEM_NEUTRAL:
	case ITEM_MACRO:
		own_item(w, it, false);
		break;
	case ITEM_DECLARATION:
		if (p->is_left_out)
			own_piece(w, it, it->text, &it->text, 1);
		else
			write_declaration(w, p);
		break;
	case ITEM_FUNCTION:
		write_function(w, it);
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
	    || (it->kind == ITEM_FUNCTION && declare_has_body(it))
	    || (it->nstorage > 0 && !(it->specifiers & SPEC_TYPEDEF));
}

/* A macro call that makes declarations: as it was written, or else what it stands for. */
static void
write_call(struct writer *w)
{
	const struct part *parts = w->cell->parts;
	const struct item *call = parts[w->item].call;
	bool rewritten = false;
	size_t end = w->item, k;

	for (; end < w->cell->nparts && parts[end].call == call; end++)
		rewritten = rewritten || is_rewritten(w, &parts[end]);
	if (rewritten) {
		while (w->item < end)
			write_part(w);
		w->at = NULL;
		return;
	}
	for (k = w->item; k < end; k++)
		if (parts[k].item.kind == ITEM_FUNCTION)
			write_prototype(w, &parts[k].item);
	own_item(w, call, false);
	w->item = end;
}

static void
write_next(struct writer *w)
{
	const struct part *p = &w->cell->parts[w->item];
	const struct item *it = p->call ? p->call : &p->item;

	own_gap(w, it->text.data);
	if (!w->cell->is_program) {
		if (p->call)
			write_call(w);
		else
			write_part(w);
		return;
	}
	own_piece(w, it, it->text, &it->text, p->is_left_out ? 1 : 0);
	for (w->item++; p->call && w->item < w->cell->nparts; w->item++)
		if (w->cell->parts[w->item].call != p->call)
			break;
}

/* What stands before the cell's own text. */

/* The lines that lead to b from an earlier branch of its group, or from before it. */
static void
write_branches(struct writer *w, const struct branch *b, const struct branch *from)
{
	const struct branch **list = NULL;
	size_t n = 0, cap = 0;

	for (; b && b != from; b = b->before) {
		list = mem_grow(list, &cap, n + 1, sizeof *list);
		list[n++] = b;
	}
	while (n-- > 0)
		buf_printf(&w->out, "%.*s\n", STR_ARG(list[n]->text));
	mem_free(list);
}

static size_t
depth_of(const struct branch *b)
{
	return b ? b->depth : 0;
}

static void
enter(struct writer *w, size_t *n, const struct branch *b)
{
	w->entered = mem_grow(w->entered, &w->entered_cap, *n + 1, sizeof *w->entered);
	w->entered[(*n)++] = b;
}

/* Leave the #if groups around the last entry and enter those of the next. */
static void
change_branch(struct writer *w, const struct branch *from, const struct branch *to)
{
	size_t n = 0;

	for (; depth_of(to) > depth_of(from); to = to->outer)
		enter(w, &n, to);
	for (; depth_of(from) > depth_of(to); from = from->outer)
		buf_add(&w->out, STR("#endif\n"));
	for (; from != to && from->group != to->group; from = from->outer, to = to->outer) {
		buf_add(&w->out, STR("#endif\n"));
		enter(w, &n, to);
	}
	if (from != to)
		write_branches(w, to, from);
	while (n-- > 0)
		write_branches(w, w->entered[n], NULL);
}

static void
write_entry(struct writer *w, const struct entry *e)
{
	bool keeps_lines = e->kind == ENTRY_MACRO || e->kind == ENTRY_INLINE
	    || e->kind == ENTRY_OPAQUE;
	const struct unit_source *src = interface_source(w->in, e);
	char marker[16] = "cell-";

	if (keeps_lines) {
		memcpy(marker + 5, src->digest8.data, src->digest8.len < 8 ? src->digest8.len : 8);
		add_marker(w, e->line, str_of(marker));
		buf_add(&w->out, STR(" 3\n"));
	}
	buf_add(&w->out, e->text);
	buf_byte(&w->out, '\n');
	if (keeps_lines)
		buf_add(&w->out, GLUE);
}

static void
write_entries(struct writer *w, const struct reach *r, bool features)
{
	const struct branch *at = NULL;
	size_t k;

	for (k = 0; k < r->nentries; k++) {
		const struct entry *e = r->entries[k];

		if ((e->kind == ENTRY_FEATURE) != features)
			continue;
		change_branch(w, at, e->branch);
		at = e->branch;
		write_entry(w, e);
	}
	change_branch(w, at, NULL);
}

static const char HEAD[] =
    "struct skein_block { int index; void (*run)(void); };\n"
    "extern void skein_store(void *, const void *, unsigned long);\n"
    "extern void skein_show(const void *, unsigned long);\n";

static void
write_head(struct writer *w, const struct reach *r)
{
	size_t k;

	buf_add(&w->out, GLUE);
	write_entries(w, r, true);
	for (k = 0; k < r->nrenamings; k++)
		buf_printf(&w->out, "#pragma redefine_extname %.*s %.*s\n",
		    STR_ARG(r->renamings[k].name), STR_ARG(r->renamings[k].symbol));
	if (!w->cell->is_program)
		buf_add(&w->out, str_of(HEAD));
	write_entries(w, r, false);
	if (w->cell->has_standard_prelude)
		buf_add(&w->out, interface_prelude);
}

static void
write_tail(struct writer *w)
{
	const char *ends = w->nblocks > 0 ? "__start_skein_blocks, __stop_skein_blocks" : "0, 0";
	const struct str *text = &w->cell->source.text;

	if (w->at)
		own_gap(w, text->data + text->len);
	glue(w);
	if (w->cell->is_program)
		buf_add(&w->out, STR("struct skein_block;\n"));
	if (w->nblocks > 0)
		buf_add(&w->out, STR("extern const struct skein_block __start_skein_blocks[] "
		    "__attribute__((weak, visibility(\"hidden\")));\n"
		    "extern const struct skein_block __stop_skein_blocks[] "
		    "__attribute__((weak, visibility(\"hidden\")));\n"));
	buf_printf(&w->out, "extern const struct skein_unit { unsigned abi; "
	    "const struct skein_block *start, *stop; } skein_unit;\n"
	    "const struct skein_unit skein_unit __attribute__((visibility(\"default\"))) = "
	    "{ 1, %s };\n", ends);
	/* What is still open is the cell's fault: blame its last line. */
	add_marker(w, 1 + count_lines(text->data, text->data + text->len), w->cell->source.marker);
	buf_byte(&w->out, '\n');
}

void
unit_retry(struct interface *i, size_t number, const size_t *lines, size_t nlines,
    struct unit *u)
{
	struct writer w = { .in = i, .cell = interface_cell(i, number), .retry = lines,
	    .nretry = nlines };
	struct reach r;

	interface_reach(i, number, &r);
	write_head(&w, &r);
	while (w.item < w.cell->nparts)
		write_next(&w);
	write_tail(&w);
	*u = (struct unit){ .is_program = w.cell->is_program, .has_blocks = w.nblocks > 0,
	    .uses = r.uses, .nuses = r.nuses, .needs = r.needs, .nneeds = r.nneeds,
	    .notes = w.cell->notes, .nnotes = w.cell->nnotes };
	mem_free(w.entered);
	u->text = buf_take(&w.out, interface_arena(i));
}

void
unit_make(struct interface *i, size_t number, struct unit *u)
{
	unit_retry(i, number, NULL, 0, u);
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
	};
	size_t k;

	for (k = 0; k < sizeof known / sizeof *known; k++)
		if (str_find(message, str_of(known[k])) < message.len)
			return true;
	return false;
}
