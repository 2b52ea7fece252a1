#include "runner/session/description.h"

#include "runner/session/die.h"
#include "runner/session/dwarf.h"
#include "runner/session/spelling.h"
#include "tangle/base/buf.h"
#include "tangle/base/mem.h"

enum { TYPES_MAX = 4000, TEXT_MAX = 100000 };

/* One type that a line is to say: at a place, and of an array one of its dimensions. */
struct entry {
	uint64_t declared;
	unsigned dimension;
	bool is_whole;		/* its members are to be said, too */
};

/* Lines refer to types by their numbers, so a type gets its number before its line. */
struct description {
	struct buf *to;
	struct dwarf *dwarf;
	size_t object;
	struct entry *list;
	size_t n, cap;
};

static size_t
number_of(struct description *s, struct entry e)
{
	for (size_t i = 0; i < s->n; i++) {
		const struct entry *its = &s->list[i];

		if (its->declared == e.declared && its->dimension == e.dimension &&
		    its->is_whole == e.is_whole)
			return i;
	}
	s->list = mem_grow(s->list, &s->cap, s->n + 1, sizeof *s->list);
	s->list[s->n] = e;
	return s->n++;
}

static size_t
number_of_type(struct description *s, Dwarf_Die *die, bool is_whole)
{
	Dwarf_Die type;

	return number_of(s, (struct entry){ die_named_type(die, &type) ? dwarf_dieoffset(&type) : 0, 0,
	    is_whole });
}

static bool
is_qualifier(int tag)
{
	return tag == DW_TAG_const_type || tag == DW_TAG_volatile_type ||
	    tag == DW_TAG_restrict_type || tag == DW_TAG_atomic_type;
}

/* What its names and qualifiers stand for; false if that is void. */
static bool
look_through(struct dwarf *d, uint64_t declared, Dwarf_Die *die, bool *is_const)
{
	*is_const = false;
	if (!die_at(d, declared, die))
		return false;
	for (int hops = 0; hops < DIE_HOPS; hops++) {
		int tag = dwarf_tag(die);

		*is_const = *is_const || tag == DW_TAG_const_type;
		if (tag != DW_TAG_typedef && !is_qualifier(tag))
			return true;
		if (!die_named_type(die, die))
			return false;
	}
	return false;
}

bool
description_is_const(struct dwarf *d, uint64_t declared)
{
	Dwarf_Die die;
	bool is_const;

	(void)look_through(d, declared, &die, &is_const);
	/* Elements of an array are, not the array. */
	for (int hops = 0; !is_const && hops < DIE_HOPS && declared && die_at(d, declared, &die) &&
	    look_through(d, declared, &die, &is_const) && dwarf_tag(&die) == DW_TAG_array_type; hops++)
		declared = die_named_type(&die, &die) ? dwarf_dieoffset(&die) : 0;
	return is_const;
}

/* ---- lines ---- */

static void
spell(struct description *s, uint64_t declared)
{
	spelling_add(s->to, s->dwarf, declared);
	buf_byte(s->to, '\n');
}

static void
add_pointer(struct description *s, Dwarf_Die *die, uint64_t declared, char letter)
{
	Dwarf_Die type;
	uint64_t target = die_named_type(die, &type) ? dwarf_dieoffset(&type) : 0;

	buf_printf(s->to, "%c %zu %d ", letter, number_of(s, (struct entry){ target, 0, false }),
	    description_is_const(s->dwarf, target));
	spell(s, declared);
}

static void
add_array(struct description *s, Dwarf_Die *die, const struct entry *e)
{
	uint64_t count = 0, next;
	uint64_t at = dwarf_dieoffset(die);
	size_t target;

	(void)dwarf_dimension(s->dwarf, at, e->dimension, &count);
	target = dwarf_dimension(s->dwarf, at, e->dimension + 1, &next) ?
	    number_of(s, (struct entry){ at, e->dimension + 1, e->is_whole }) :
	    number_of_type(s, die, e->is_whole);
	buf_printf(s->to, "A %zu %lld\n", target, count > 0 ? (long long)count : -1);
}

static void
add_enum(struct description *s, const struct type *t, uint64_t declared)
{
	struct enumerator e = {0};
	bool is_unsigned = true;

	while (dwarf_next_enumerator(s->dwarf, t, &e))
		is_unsigned = is_unsigned && (int64_t)e.value >= 0;
	buf_printf(s->to, "E %llu %d ", (unsigned long long)(t->size ? t->size : 4), is_unsigned);
	spell(s, declared);
	e = (struct enumerator){0};
	while (dwarf_next_enumerator(s->dwarf, t, &e) && s->to->len < TEXT_MAX)
		buf_printf(s->to, "k %lld %.*s\n", (long long)e.value, STR_ARG(e.name));
}

static void
add_member(struct description *s, const struct member *m)
{
	Dwarf_Die die;
	size_t type;

	if (m->is_base) {		/* as if it were a member */
		type = number_of(s, (struct entry){ m->type.offset, 0, true });
		buf_printf(s->to, "m %zu %llu 0 0 0 \n", type, (unsigned long long)m->at);
		return;
	}
	if (!die_at(s->dwarf, m->offset, &die))
		return;
	type = number_of_type(s, &die, true);
	buf_printf(s->to, "m %zu %llu %u %u %d %.*s\n", type, (unsigned long long)m->at, m->bits, m->shift,
	    description_is_const(s->dwarf, s->list[type].declared), STR_ARG(m->name));
}

static void
add_struct(struct description *s, Dwarf_Die *die, const struct type *t, const struct entry *e)
{
	struct str tag = die_name(die);
	struct member m = {0};
	char letter = dwarf_tag(die) == DW_TAG_union_type ? 'N' : 'S';

	/* A class that is copied by a function of its own goes by reference. */
	if (die_number(die, DW_AT_calling_convention) == DW_CC_pass_by_reference && e->is_whole) {
		buf_printf(s->to, "O %llu ", (unsigned long long)t->size);
		spell(s, e->declared);
		return;
	}
	buf_printf(s->to, "%c %llu %zu %llu %d ", letter, (unsigned long long)t->size, s->object,
	    (unsigned long long)e->declared, t->is_incomplete ? 2 : e->is_whole);
	buf_printf(s->to, "%.*s ", STR_ARG(tag.len > 0 && str_find_byte(tag, ' ') == tag.len ? tag : STR("-")));
	spell(s, e->declared);
	while (e->is_whole && !t->is_incomplete && s->to->len < TEXT_MAX && dwarf_next_member(s->dwarf, t, &m))
		if (m.at != UINT64_MAX)
			add_member(s, &m);
}

static void
add_function(struct description *s, Dwarf_Die *die, uint64_t declared)
{
	Dwarf_Die child, origin = *die;
	Dwarf_Attribute attribute;
	size_t result;
	bool others = false, any;

	/* Of a function that is declared before it is defined, parameters stand at the definition. */
	if (dwarf_attr(die, DW_AT_specification, &attribute))
		(void)dwarf_formref_die(&attribute, &origin);
	any = dwarf_child(die, &child) == 0;
	for (bool more = any; more; more = dwarf_siblingof(&child, &child) == 0)
		others = others || dwarf_tag(&child) == DW_TAG_unspecified_parameters;
	result = number_of_type(s, die_flag(die, DW_AT_declaration) ? die : &origin, true);
	buf_printf(s->to, "Q %zu %d ", result, others);
	if (die_is_function(die))
		buf_byte(s->to, '\n');
	else
		spell(s, declared);
	any = dwarf_child(die, &child) == 0;
	for (bool more = any; more; more = dwarf_siblingof(&child, &child) == 0)
		if (dwarf_tag(&child) == DW_TAG_formal_parameter)
			buf_printf(s->to, "p %zu %.*s\n", number_of_type(s, &child, true),
			    STR_ARG(die_name(&child)));
}

static void
add_scalar(struct description *s, const struct type *t, uint64_t declared)
{
	char letter = 'O';

	switch (t->kind) {
	case TYPE_SIGNED:
		letter = 'I';
		break;
	case TYPE_UNSIGNED:
		letter = 'U';
		break;
	case TYPE_BOOL:
		letter = 'B';
		break;
	case TYPE_FLOAT:
		letter = 'F';
		break;
	case TYPE_COMPLEX:
		letter = t->is_integer ? 'O' : 'Z';
		break;
	case TYPE_CHAR:
		buf_printf(s->to, "C %llu %d ", (unsigned long long)t->size, t->is_unsigned);
		spell(s, declared);
		return;
	case TYPE_ENUM:
	case TYPE_POINTER:
	case TYPE_REFERENCE:
	case TYPE_STRUCT:
	case TYPE_ARRAY:
	case TYPE_FUNCTION:
	case TYPE_OTHER:
		break;
	}
	buf_printf(s->to, "%c %llu ", letter, (unsigned long long)t->size);
	spell(s, declared);
}

static void
add_entry(struct description *s, struct entry e)
{
	struct type t = { .kind = TYPE_OTHER };
	Dwarf_Die die;
	bool is_const;

	if (!look_through(s->dwarf, e.declared, &die, &is_const)) {
		buf_add(s->to, STR("V "));
		spell(s, e.declared);
		return;
	}
	(void)die_described(&die, &t);
	switch (dwarf_tag(&die)) {
	case DW_TAG_pointer_type:
		add_pointer(s, &die, e.declared, 'P');
		break;
	case DW_TAG_reference_type:
	case DW_TAG_rvalue_reference_type:
		add_pointer(s, &die, e.declared, 'R');
		break;
	case DW_TAG_array_type:
		if (t.is_vector)
			add_scalar(s, &(struct type){ .kind = TYPE_OTHER, .size = t.size }, e.declared);
		else
			add_array(s, &die, &e);
		break;
	case DW_TAG_enumeration_type:
		add_enum(s, &t, e.declared);
		break;
	case DW_TAG_structure_type:
	case DW_TAG_class_type:
	case DW_TAG_union_type:
		add_struct(s, &die, &t, &e);
		break;
	case DW_TAG_subprogram:
	case DW_TAG_subroutine_type:
		add_function(s, &die, e.declared);
		break;
	default:
		add_scalar(s, &t, e.declared);
	}
}

bool
description_add(struct buf *to, struct dwarf *d, size_t object, uint64_t declared)
{
	struct description s = { .to = to, .dwarf = d, .object = object };

	(void)number_of(&s, (struct entry){ declared, 0, true });
	for (size_t i = 0; i < s.n && s.n < TYPES_MAX && to->len < TEXT_MAX; i++)
		add_entry(&s, s.list[i]);
	mem_free(s.list);
	return s.n < TYPES_MAX && to->len < TEXT_MAX;
}
