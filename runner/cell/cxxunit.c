#include "runner/cell/cxxunit.h"

#include "runner/cell/cxx.h"
#include "runner/cell/cxxentries.h"
#include "runner/cell/declare.h"
#include "tangle/base/buf.h"

/* The names of what stands in extern "C" are renamed if they are declared first. */
static void
declare_first(struct writer *w, const struct part *p, bool in_block)
{
	const struct item *it = &p->item;
	bool defines = it->kind == ITEM_FUNCTION;

	for (size_t k = 0; k < it->ndeclarators && !(it->specifiers & SPEC_TYPEDEF); k++)
		defines |= it->declarators[k].initialiser.data != NULL;
	if (!defines || it->kind == ITEM_MACRO || declare_has_body(it))
		return;
	writer_glue(w);
	if (!in_block)
		buf_add(&w->out, STR("extern \"C\" {\n"));
	for (size_t k = 0; k < it->ndeclarators; k++) {
		declare_name(&w->out, it, &it->declarators[k], (struct str){0},
		    (struct str){0}, true);
		buf_byte(&w->out, '\n');
	}
	if (!in_block)
		buf_add(&w->out, STR("}\n"));
}

static void
write_c(struct writer *w, const struct cxx_part *c)
{
	const struct part *parts = w->cell->parts + c->first;
	const struct cxx_item *it = c->item;
	struct item outer = { .text = it->text, .line = it->line };

	if (it->head.len == 0) {	/* a single declaration */
		for (size_t k = 0; k < c->n; k++)
			declare_first(w, &parts[k], false);
		writer_piece(w, &outer, it->text, NULL, 0);
		return;
	}
	writer_piece(w, &outer, it->head, NULL, 0);
	for (size_t k = 0; k < c->n; k++) {
		const struct item *in = &parts[k].item;

		writer_gap(w, in->text.data);
		declare_first(w, &parts[k], true);
		writer_item(w, in, in->kind == ITEM_FUNCTION || in->kind == ITEM_DECLARATION);
	}
	writer_gap(w, it->body.data + it->body.len);
	writer_piece(w, &outer, str_slice(it->text, (size_t)(it->body.data + it->body.len - it->text.data),
	    it->text.len), NULL, 0);
}

static void
write_open(struct writer *w, const struct cxx_item *it, const struct item *item)
{
	if (!it->is_unnamed) {
		writer_piece(w, item, it->text, NULL, 0);
		return;
	}
	writer_glue(w);
	buf_add(&w->out, STR(CXX_UNNAMED "\n"));
	writer_piece(w, item, str_slice(it->text, it->text.len - 1, it->text.len), NULL, 0);
}

static void
write_item(struct writer *w, const struct cxx_part *p, const struct item *item)
{
	const struct cxx_item *it = p->item;
	bool is_shared = it->kind == CXX_FUNCTION || it->kind == CXX_INLINE
	    || (it->kind == CXX_VARIABLE && !it->is_nameless_type) || it->kind == CXX_DECLARATION;

	if (p->inner.len > 0) {
		writer_glue(w);
		buf_printf(&w->out, "%.*s {\n", STR_ARG(p->inner));
	}
	if (it->kind == CXX_VARIABLE && !it->is_nameless_type) {
		if (it->attributes > 0)		/* which stand before all words */
			writer_piece(w, item, str_slice(it->text, 0, it->attributes), NULL, 0);
		writer_glue(w);
		buf_add(&w->out, STR("inline\n"));
	}
	writer_piece(w, item, str_slice(it->text, it->attributes, it->text.len), it->statics,
	    is_shared ? it->nstatics : 0);
	if (p->inner.len > 0) {
		writer_glue(w);
		buf_add(&w->out, STR("}\n"));
	}
}

static void
write_part(struct writer *w, const struct cxx_part *p)
{
	const struct cxx_item *it = p->item;
	struct item item = { .text = it->text, .line = it->line, .end_line = it->end_line };

	writer_gap(w, it->text.data);
	switch (it->kind) {
	case CXX_C:
		write_c(w, p);
		break;
	case CXX_OPEN:
		write_open(w, it, &item);
		break;
	case CXX_DIRECTIVE:
		writer_piece(w, &item, it->text, &item.text,
		    p->n > 0 && w->cell->parts[p->first].is_left_out ? 1 : 0);
		break;
	case CXX_CLOSE:
	case CXX_STATEMENT:
	case CXX_LOCAL:
	case CXX_USING:
		writer_piece(w, &item, it->text, NULL, 0);
		break;
	case CXX_TYPE:
	case CXX_INLINE:
	case CXX_FUNCTION:
	case CXX_VARIABLE:
	case CXX_DECLARATION:
		write_item(w, p, &item);
		break;
	}
}

/* A program is taken as it is. */
static void
write_program(struct writer *w)
{
	struct str text = w->cell->source.text;
	struct item all = { .text = text, .line = 1 };

	writer_piece(w, &all, text, NULL, 0);
	for (size_t k = 0; k < w->cell->nparts; k++)
		if (w->cell->parts[k].is_left_out)
			writer_blank(w, text, w->cell->parts[k].item.text);
}

static bool
is_statement(const struct part *p)
{
	return p->item.kind == ITEM_STATEMENT || p->item.kind == ITEM_EXPRESSION;
}

static size_t
lines_between(const char *from, const char *to)
{
	size_t lines = 0;

	for (; from < to; from++)
		lines += *from == '\n';
	return lines;
}

/* The column, from 1, of a part of the cell's text. */
static size_t
column_of(const struct interface_cell *c, const char *at)
{
	size_t column = 1;

	while (at > c->source.text.data && at[-1] != '\n') {
		at--;
		column++;
	}
	return column;
}

struct unit_note
cxxunit_refused(const struct interface_cell *c)
{
	for (size_t k = 0; k < c->ncxx && !c->is_program; k++) {
		const struct cxx_item *it = c->cxx[k].item;
		const char *at = it->kind == CXX_STATEMENT ? it->text.data : NULL;

		for (size_t i = c->cxx[k].first; !at && i < c->cxx[k].first + c->cxx[k].n; i++)
			if (is_statement(&c->parts[i]))
				at = c->parts[i].item.text.data;
		if (!at)
			continue;
		return (struct unit_note){ .column = column_of(c, at),
		    .line = it->line + lines_between(it->text.data, at),
		    .text = STR("a C++ cell holds no statements: put this into a function in "
		    "extern \"C\" { }, and call that from a C cell") };
	}
	return (struct unit_note){0};
}

/*
 * An exception that nobody catches is told to the host, with its type and its
 * words; the first C++ object that is loaded sees to it, before all else.
 */
static const char UNCAUGHT[] =
    "#include <exception>\n"
    "#include <typeinfo>\n"
    "#include <cxxabi.h>\n"
    "extern \"C\" void skein_uncaught(const char *, const char *);\n"
    "extern \"C\" int skein_is_first(void);\n"
    "[[noreturn]] static void skein_terminate()\n"
    "{\n"
    " const std::type_info *type = abi::__cxa_current_exception_type();\n"
    " int status = 0;\n"
    " char *name = type ? abi::__cxa_demangle(type->name(), 0, 0, &status) : 0;\n"
    " const char *what = 0;\n"
    "#if defined(__cpp_exceptions) || defined(__EXCEPTIONS)\n"
    " try { if (type) throw; }\n"
    " catch (const std::exception &e) { what = e.what(); skein_uncaught(name, what); }\n"
    " catch (const char *text) { what = text; skein_uncaught(name, what); }\n"
    " catch (...) { }\n"
    "#endif\n"
    " skein_uncaught(name ? name : type ? type->name() : 0, what);\n"
    " __builtin_trap();\n"
    "}\n"
    "__attribute__((constructor(101))) static void skein_prepare()\n"
    "{\n"
    " if (skein_is_first()) std::set_terminate(skein_terminate);\n"
    "}\n";

void
cxxunit_write(struct writer *w)
{
	const struct str *text = &w->cell->source.text;

	if (w->cell->is_program)
		write_program(w);
	for (size_t k = 0; k < w->cell->ncxx && !w->cell->is_program; k++)
		write_part(w, &w->cell->cxx[k]);
	if (w->at)
		writer_gap(w, text->data + text->len);
	writer_glue(w);
	buf_add(&w->out, str_of(UNCAUGHT));
	/* What is still open is the cell's fault: blame its last line. */
	writer_line(w, writer_line_of(w, text->data + text->len - str_ends(*text, STR("\n"))));
	buf_add(&w->out, STR(" \n"));
}
