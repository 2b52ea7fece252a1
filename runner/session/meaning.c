#include "runner/session/meaning.h"

#include <string.h>

#include "runner/session/description.h"
#include "runner/session/die.h"
#include "runner/session/library.h"
#include "tangle/base/buf.h"

enum { DEPTH = 8 };	/* of namespaces */

enum sort { FUNCTION = 1, VARIABLE, CONSTANT, TYPE };

struct found {
	enum sort sort;		/* 0: nothing */
	struct dwarf *dwarf;
	size_t object;
	uint64_t address, declared;	/* of a function `declared` is the function itself */
	int64_t value;
	struct str linkage;
	bool is_defined, is_external, is_ambiguous;
};

struct search {
	struct library *library;
	struct str name;
	int tag;		/* of a type; 0: a function, variable or constant */
	struct found found;
	struct str near;	/* most like the name, */
	unsigned distance;	/* and how far from it */
};

/* ---- one object ---- */

static struct str
linkage_of(Dwarf_Die *die)
{
	Dwarf_Attribute attribute;
	const char *name = dwarf_formstring(dwarf_attr_integrate(die, DW_AT_linkage_name, &attribute));

	return name ? str_of(name) : die_name(die);
}

static void
consider(struct search *s, struct str name)
{
	unsigned limit = s->distance < s->name.len / 2 + 1 ? s->distance : (unsigned)s->name.len / 2 + 1;
	unsigned distance;

	if (name.len == 0 || str_starts(name, STR("skein_")) || str_starts(name, STR("__")))
		return;
	distance = str_distance(s->name, name, limit);
	if (distance < limit) {
		s->distance = distance;
		s->near = name;
	}
}

/* What is defined goes before what is declared, what others see before what is a unit's own. */
static void
take(struct search *s, const struct found *f)
{
	struct found *was = &s->found;
	bool same_object = was->sort && was->dwarf == f->dwarf;

	if (was->sort && (was->is_defined || !f->is_defined)) {
		if (same_object && was->is_defined && f->is_defined && was->sort == FUNCTION &&
		    f->sort == FUNCTION && was->address != f->address)
			was->is_ambiguous = was->is_ambiguous || !str_eq(was->linkage, f->linkage);
		if (!same_object || was->is_external || !f->is_external)
			return;
	}
	*was = *f;
}

static void
see_function(struct search *s, Dwarf_Die *die, struct found f)
{
	Dwarf_Addr low;

	if (!str_eq(die_name(die), s->name)) {
		if (dwarf_hasattr(die, DW_AT_low_pc))
			consider(s, die_name(die));
		return;
	}
	f.sort = FUNCTION;
	f.declared = dwarf_dieoffset(die);
	f.linkage = linkage_of(die);
	f.is_external = die_flag(die, DW_AT_external);
	f.is_defined = dwarf_hasattr(die, DW_AT_low_pc) && dwarf_lowpc(die, &low) == 0;
	if (f.is_defined)
		f.address += low;
	else if (!die_flag(die, DW_AT_declaration))
		return;			/* inlined everywhere */
	take(s, &f);
}

static void
see_variable(struct search *s, Dwarf_Die *unit, Dwarf_Die *die, struct found f)
{
	struct str name = die_name(die);
	bool is_storage = str_starts(name, STR("skein_s_"));
	Dwarf_Die type;
	uint64_t at;

	if (is_storage)
		name = str_slice(name, 8, name.len);
	if (!str_eq(name, s->name)) {
		consider(s, name);
		return;
	}
	f.sort = VARIABLE;
	f.is_defined = die_address(die, &at);
	f.is_external = die_flag(die, DW_AT_external);
	f.linkage = linkage_of(die);
	if (f.is_defined)
		f.address += at;
	else if (!die_flag(die, DW_AT_declaration))
		return;
	if (is_storage && (!die_pointer(*unit, name, die) || !die_named_type(die, die)))
		return;
	if (!die_named_type(die, &type))
		return;
	f.declared = dwarf_dieoffset(&type);
	take(s, &f);
}

static void
see_enumerators(struct search *s, Dwarf_Die *die, struct found f)
{
	Dwarf_Attribute attribute;
	Dwarf_Sword value;
	Dwarf_Die one;

	if (dwarf_child(die, &one) != 0)
		return;
	do {
		if (dwarf_tag(&one) != DW_TAG_enumerator || !str_eq(die_name(&one), s->name) ||
		    dwarf_formsdata(dwarf_attr(&one, DW_AT_const_value, &attribute), &value) != 0)
			continue;
		f.sort = CONSTANT;
		f.declared = dwarf_dieoffset(die);
		f.value = value;
		f.is_defined = f.is_external = true;
		take(s, &f);
	} while (dwarf_siblingof(&one, &one) == 0);
}

static bool
is_type(int tag, int wanted)
{
	return tag == wanted || (wanted == DW_TAG_structure_type && tag == DW_TAG_class_type);
}

static void
see_type(struct search *s, Dwarf_Die *die, struct found f)
{
	if (!str_eq(die_name(die), s->name))
		return;
	f.sort = TYPE;
	f.declared = dwarf_dieoffset(die);
	f.is_defined = !die_flag(die, DW_AT_declaration);
	take(s, &f);
}

static void
see(struct search *s, Dwarf_Die *unit, Dwarf_Die *die, const struct found *f)
{
	int tag = dwarf_tag(die);

	if (s->tag) {
		if (is_type(tag, s->tag))
			see_type(s, die, *f);
	} else if (tag == DW_TAG_subprogram) {
		see_function(s, die, *f);
	} else if (tag == DW_TAG_variable) {
		see_variable(s, unit, die, *f);
	} else if (tag == DW_TAG_enumeration_type) {
		see_enumerators(s, die, *f);
	}
}

/* All that stands at file level, in namespaces, too. */
static void
search_unit(struct search *s, Dwarf_Die *unit, const struct found *f)
{
	Dwarf_Die stack[DEPTH];
	int depth = 0;

	if (dwarf_child(unit, &stack[0]) != 0)
		return;
	while (depth >= 0) {
		Dwarf_Die die = stack[depth];

		see(s, unit, &die, f);
		if (dwarf_tag(&stack[depth]) == DW_TAG_namespace && depth + 1 < DEPTH &&
		    dwarf_child(&stack[depth], &stack[depth + 1]) == 0) {
			depth++;
			continue;
		}
		while (depth >= 0 && dwarf_siblingof(&stack[depth], &stack[depth]) != 0)
			depth--;
	}
}

static void
search_object(struct search *s, size_t i)
{
	const struct loaded *o = &s->library->objects[i];
	struct found f = { .object = i, .address = o->base };
	Dwarf_Off at = 0;
	Dwarf_Die unit;

	f.dwarf = o->base ? library_dwarf(s->library, o) : NULL;
	while (f.dwarf && die_next_unit(f.dwarf, &at, &unit))
		search_unit(s, &unit, &f);
}

static void
search(struct search *s)
{
	s->distance = 100;
	for (size_t i = s->library->n; i-- > 0 && !s->found.is_defined; )
		search_object(s, i);
}

/* ---- answers ---- */

static void
describe(struct found *f, struct buf *to)
{
	if (description_add(to, f->dwarf, f->object, f->declared))
		return;
	buf_clear(to);
	buf_add(to, STR("- it is made of too many types"));
}

static void
say_unknown(const struct search *s, struct buf *to)
{
	if (s->tag == DW_TAG_typedef)
		buf_printf(to, "- no cell uses a type '%.*s'", STR_ARG(s->name));
	else if (s->tag)
		buf_printf(to, "- no cell uses a%s '%s %.*s'", s->tag == DW_TAG_enumeration_type ? "n" : "",
		    s->tag == DW_TAG_enumeration_type ? "enum" : s->tag == DW_TAG_union_type ? "union" :
		    "struct", STR_ARG(s->name));
	else if (s->near.len > 0)
		buf_printf(to, "- no cell defines '%.*s'; there is '%.*s'", STR_ARG(s->name), STR_ARG(s->near));
	else
		buf_printf(to, "- no cell defines '%.*s'", STR_ARG(s->name));
}

static void
say_found(struct found *f, struct str name, struct buf *to)
{
	switch (f->sort) {
	case FUNCTION:
		buf_printf(to, "f %llu 0 %.*s\n", (unsigned long long)(f->is_defined ? f->address : 0),
		    STR_ARG(f->is_defined ? name : f->linkage));
		break;
	case VARIABLE:
		buf_printf(to, "v %llu 0 %d %.*s\n", (unsigned long long)(f->is_defined ? f->address : 0),
		    description_is_const(f->dwarf, f->declared), STR_ARG(f->is_defined ? name : f->linkage));
		break;
	case CONSTANT:
		buf_printf(to, "k %lld 0 %.*s\n", (long long)f->value, STR_ARG(name));
		break;
	case TYPE:
		buf_add(to, STR("t 0\n"));
		break;
	}
	describe(f, to);
}

static void
answer_search(struct search *s, struct buf *to)
{
	search(s);
	if (s->found.is_ambiguous)
		buf_printf(to, "- there are several functions '%.*s': give the one that is meant a name of "
		    "its own, by one that is extern \"C\"", STR_ARG(s->name));
	else if (s->found.sort)
		say_found(&s->found, s->name, to);
	else
		say_unknown(s, to);
}

static void
answer_type(struct library *l, struct str words, struct buf *to)
{
	struct search s = { .library = l, .tag = DW_TAG_typedef };
	struct str rest = words, first = str_word(&rest), second = str_word(&rest);

	if (str_eq(first, STR("struct")))
		s.tag = DW_TAG_structure_type;
	else if (str_eq(first, STR("union")))
		s.tag = DW_TAG_union_type;
	else if (str_eq(first, STR("enum")))
		s.tag = DW_TAG_enumeration_type;
	s.name = s.tag == DW_TAG_typedef ? first : second;
	answer_search(&s, to);
	if (s.found.sort || s.tag != DW_TAG_typedef)
		return;
	/* In C++ a class needs no other name. */
	s.tag = DW_TAG_structure_type;
	search(&s);
	if (!s.found.sort)
		return;
	buf_clear(to);
	say_found(&s.found, s.name, to);
}

static void
answer_id(struct library *l, struct str words, struct buf *to)
{
	struct str rest = words;
	unsigned long object, offset;
	struct found f = { .sort = TYPE };
	Dwarf_Die die;

	if (str_number(str_word(&rest), l->n, &object) && object < l->n &&
	    str_number(str_word(&rest), SIZE_MAX / 2, &offset)) {
		f.dwarf = l->objects[object].base ? library_dwarf(l, &l->objects[object]) : NULL;
		f.object = object;
		f.declared = offset;
	}
	if (f.dwarf && die_at(f.dwarf, f.declared, &die))
		say_found(&f, STR(""), to);
	else
		buf_add(to, STR("- its cell is gone"));
}

void
meaning_answer(struct library *l, struct str question, struct buf *to)
{
	struct str words = str_slice(question, 2, question.len);
	struct search s = { .library = l, .name = words };

	if (str_starts(question, STR("s ")))
		answer_search(&s, to);
	else if (str_starts(question, STR("t ")))
		answer_type(l, words, to);
	else if (str_starts(question, STR("i ")))
		answer_id(l, words, to);
}
