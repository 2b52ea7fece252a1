#include "runner/session/exports.h"

#include <stdlib.h>

#include "runner/session/die.h"
#include "runner/session/dwarf.h"
#include "runner/session/spelling.h"
#include "tangle/base/buf.h"
#include "tangle/base/mem.h"

enum { PARAMETERS_MAX = 100 };

#define STORAGE	STR("skein_s_")	/* begins the names of variables whose initialisers are run */

struct export {
	uint64_t line;
	size_t order;			/* of two in one line */
	size_t from, to;		/* of the text */
};

struct exporter {
	struct dwarf *dwarf;
	struct buf text;
	struct export *list;
	size_t n, cap;
};

static uint64_t
type_of(Dwarf_Die *die)
{
	Dwarf_Die type;

	return die_named_type(die, &type) ? dwarf_dieoffset(&type) : 0;
}

/* ---- one declaration ---- */

static bool
is_prototyped(Dwarf_Die *function, bool is_cxx)
{
	return is_cxx || die_flag(function, DW_AT_prototyped);
}

static void
add_parameters(struct exporter *x, Dwarf_Die *function, bool is_cxx, struct buf *to)
{
	Dwarf_Die child;
	unsigned n = 0;

	buf_byte(to, '(');
	for (bool more = dwarf_child(function, &child) == 0; more && n < PARAMETERS_MAX;
	    more = dwarf_siblingof(&child, &child) == 0) {
		int tag = dwarf_tag(&child);

		if (tag != DW_TAG_formal_parameter && tag != DW_TAG_unspecified_parameters)
			continue;
		if (tag == DW_TAG_unspecified_parameters && n == 0 && !is_prototyped(function, is_cxx))
			continue;
		buf_add(to, n++ > 0 ? STR(", ") : STR(""));
		if (tag == DW_TAG_formal_parameter)
			spelling_declare(to, x->dwarf, type_of(&child), die_name(&child));
		else
			buf_add(to, STR("..."));
	}
	if (n == PARAMETERS_MAX)
		buf_add(to, STR(", ..."));
	if (n == 0 && is_prototyped(function, is_cxx) && !is_cxx)
		buf_add(to, STR("void"));
	buf_byte(to, ')');
}

static void
add_function(struct exporter *x, Dwarf_Die *die, bool is_cxx)
{
	struct buf declarator = {0};

	buf_add(&declarator, die_name(die));
	add_parameters(x, die, is_cxx, &declarator);
	spelling_declare(&x->text, x->dwarf, type_of(die), buf_str(&declarator));
	buf_release(&declarator);
}

/* ---- which ---- */

/* Names of ours, and of runtimes, are nothing that a source says. */
static bool
is_inner(struct str name)
{
	return name.len == 0 || str_starts(name, STR("__")) || str_starts(name, STR("skein_"));
}

/* A header of the system put it there: paths of the project are relative. */
static bool
is_foreign(Dwarf_Die *unit, Dwarf_Addr pc)
{
	Dwarf_Line *line = dwarf_getsrc_die(unit, pc);
	const char *file = line ? dwarf_linesrc(line, NULL, NULL) : NULL;

	return file && file[0] == '/';
}

static bool
is_member(Dwarf_Die *die)
{
	Dwarf_Attribute attribute;
	Dwarf_Die declared, *scopes = NULL;
	int n, tag;

	if (!dwarf_attr(die, DW_AT_specification, &attribute) || !dwarf_formref_die(&attribute, &declared))
		return false;
	n = dwarf_getscopes_die(&declared, &scopes);
	tag = n > 1 ? dwarf_tag(&scopes[1]) : 0;
	free(scopes);
	return tag == DW_TAG_structure_type || tag == DW_TAG_class_type || tag == DW_TAG_union_type;
}

static bool
see_function(struct exporter *x, Dwarf_Die *unit, Dwarf_Die *die, bool is_cxx)
{
	struct str name = die_name(die);
	Dwarf_Addr low;

	if (is_inner(name) || str_find_byte(name, '<') < name.len || !die_flag(die, DW_AT_external) ||
	    dwarf_lowpc(die, &low) != 0 || is_foreign(unit, low) || is_member(die))
		return false;
	add_function(x, die, is_cxx);
	return true;
}

static bool
see_variable(struct exporter *x, Dwarf_Die *unit, Dwarf_Die *die)
{
	struct str name = die_name(die);
	bool is_storage = str_starts(name, STORAGE);
	Dwarf_Die named = *die;
	uint64_t at;

	if (is_storage)
		name = str_slice(name, STORAGE.len, name.len);
	if (is_inner(name) || !die_address(die, &at) || (!is_storage && !die_flag(die, DW_AT_external)))
		return false;
	if (is_storage && (!die_pointer(*unit, name, &named) || !die_named_type(&named, &named)))
		return false;
	spelling_declare(&x->text, x->dwarf, type_of(&named), name);
	return true;
}

/* A variable whose storage is ours is declared where its cell says it. */
static uint64_t
line_of_declared(Dwarf_Die *unit, struct str name)
{
	Dwarf_Die die;

	for (bool more = dwarf_child(unit, &die) == 0; more; more = dwarf_siblingof(&die, &die) == 0)
		if (dwarf_tag(&die) == DW_TAG_variable && str_eq(die_name(&die), name))
			return die_number(&die, DW_AT_decl_line);
	return 0;
}

/* Of a function that of its code, since its declaration may be one of ours. */
static uint64_t
line_of(Dwarf_Die *unit, Dwarf_Die *die)
{
	struct str name = die_name(die);
	Dwarf_Addr low;
	Dwarf_Line *line = dwarf_lowpc(die, &low) == 0 ? dwarf_getsrc_die(unit, low) : NULL;
	int n;

	if (line && dwarf_lineno(line, &n) == 0 && n > 0)
		return (uint64_t)n;
	if (str_starts(name, STORAGE))
		return line_of_declared(unit, str_slice(name, STORAGE.len, name.len));
	return die_number(die, DW_AT_decl_line);
}

static void
see_unit(struct exporter *x, Dwarf_Die *unit)
{
	int language = dwarf_srclang(unit);
	bool is_cxx = language == DW_LANG_C_plus_plus || language == DW_LANG_C_plus_plus_11 ||
	    language == DW_LANG_C_plus_plus_14;
	Dwarf_Die die;

	for (bool more = dwarf_child(unit, &die) == 0; more; more = dwarf_siblingof(&die, &die) == 0) {
		int tag = dwarf_tag(&die);
		size_t from = x->text.len;

		if (!(tag == DW_TAG_subprogram && see_function(x, unit, &die, is_cxx)) &&
		    !(tag == DW_TAG_variable && see_variable(x, unit, &die)))
			continue;
		x->list = mem_grow(x->list, &x->cap, x->n + 1, sizeof *x->list);
		x->list[x->n] = (struct export){ line_of(unit, &die), x->n, from, x->text.len };
		x->n++;
	}
}

static int
by_line(const void *a, const void *b)
{
	const struct export *one = a, *other = b;

	if (one->line != other->line)
		return one->line < other->line ? -1 : 1;
	return one->order < other->order ? -1 : one->order > other->order;
}

void
exports_add(struct buf *to, struct dwarf *d)
{
	struct exporter x = { .dwarf = d };
	Dwarf_Off at = 0;
	Dwarf_Die unit;

	while (die_next_unit(d, &at, &unit)) {
		size_t before = x.n;

		see_unit(&x, &unit);
		if (x.n > before)
			qsort(x.list + before, x.n - before, sizeof *x.list, by_line);
	}
	for (size_t i = 0; i < x.n; i++) {
		buf_add(to, str_slice(buf_str(&x.text), x.list[i].from, x.list[i].to));
		buf_add(to, STR(";\n"));
	}
	mem_free(x.list);
	buf_release(&x.text);
}
