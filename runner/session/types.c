#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "runner/session/die.h"
#include "runner/session/dwarf.h"
#include "tangle/base/mem.h"

bool
die_at(struct dwarf *d, uint64_t offset, Dwarf_Die *die)
{
	return offset > 0 && dwarf_offdie(d->dw, offset, die) != NULL;
}

bool
die_flag(Dwarf_Die *die, unsigned name)
{
	Dwarf_Attribute attribute;
	bool set = false;

	return dwarf_formflag(dwarf_attr_integrate(die, name, &attribute), &set) == 0 && set;
}

/* The DIE that `die` names as its type. */
bool
die_named_type(Dwarf_Die *die, Dwarf_Die *type)
{
	Dwarf_Attribute attribute;

	return dwarf_formref_die(dwarf_attr_integrate(die, DW_AT_type, &attribute), type) != NULL;
}

static bool
is_cxx(Dwarf_Die *die)
{
	Dwarf_Die unit;
	int language = dwarf_diecu(die, &unit, NULL, NULL) ? dwarf_srclang(&unit) : 0;

	return language == DW_LANG_C_plus_plus || language == DW_LANG_C_plus_plus_11 ||
	    language == DW_LANG_C_plus_plus_14;
}

/* typedefs of a char type are numbers, like uint8_t, unless they say "char". */
static bool
says_char(const char *name)
{
	for (; name && *name; name++)
		if (tolower((unsigned char)name[0]) == 'c' &&
		    tolower((unsigned char)name[1]) == 'h' &&
		    tolower((unsigned char)name[2]) == 'a')
			return true;
	return false;
}

/* What a literal of the type begins with; 0 if no name of it says that it is a wide one. */
static char
prefix_of(const char *name)
{
	if (!name)
		return 0;
	if (strcmp(name, "wchar_t") == 0 || strcmp(name, "wint_t") == 0)
		return 'L';
	if (strcmp(name, "char16_t") == 0)
		return 'u';
	return strcmp(name, "char32_t") == 0 ? 'U' : 0;
}

/* What the names that a type goes by say of it. */
struct names {
	bool is_number;		/* not a character */
	char prefix;
};

static void
describe_base(Dwarf_Die *die, const struct names *names, struct type *t)
{
	const char *name = dwarf_diename(die);
	char prefix = names->prefix ? names->prefix : prefix_of(name);

	t->base = name ? str_of(name) : (struct str){0};
	switch (die_number(die, DW_AT_encoding)) {
	case DW_ATE_boolean:
		t->kind = TYPE_BOOL;
		break;
	case DW_ATE_float:
		t->kind = TYPE_FLOAT;
		break;
	case DW_ATE_complex_float:
		t->kind = TYPE_COMPLEX;
		break;
	case DW_ATE_lo_user:		/* gcc's _Complex int */
		t->kind = TYPE_COMPLEX;
		t->is_integer = true;
		t->is_unsigned = str_find(t->base, STR("unsigned")) < t->base.len;
		break;
	case DW_ATE_signed:
		t->kind = TYPE_SIGNED;
		break;
	case DW_ATE_unsigned:
		t->kind = TYPE_UNSIGNED;
		break;
	case DW_ATE_UTF:
		t->kind = TYPE_CHAR;
		t->is_unsigned = true;
		t->prefix = t->size == 1 ? 0 : t->size == 2 ? 'u' : 'U';
		break;
	case DW_ATE_signed_char:
	case DW_ATE_unsigned_char:
		t->is_unsigned = die_number(die, DW_AT_encoding) == DW_ATE_unsigned_char;
		t->kind = t->is_unsigned ? TYPE_UNSIGNED : TYPE_SIGNED;
		t->is_byte = !names->is_number;
		if (t->is_byte && str_eq(t->base, STR("char")))
			t->kind = TYPE_CHAR;
		break;
	}
	if ((t->kind == TYPE_SIGNED || t->kind == TYPE_UNSIGNED) && prefix && t->size <= 4) {
		t->kind = TYPE_CHAR;
		t->prefix = prefix;
	}
}

/* Of a member, or of a base class; NULL if it has none. */
static const char *
part_name(Dwarf_Die *die)
{
	Dwarf_Die base;

	if (dwarf_tag(die) == DW_TAG_member)
		return dwarf_diename(die);
	return dwarf_tag(die) == DW_TAG_inheritance && die_named_type(die, &base) ?
	    dwarf_diename(&base) : NULL;
}

/* A struct of the system whose members begin with _ is none of a reader's business. */
static bool
is_private(Dwarf_Die *die)
{
	const char *file = dwarf_decl_file(die), *name;
	Dwarf_Die part;

	if (!file || strncmp(file, "/usr/", 5) != 0 || dwarf_child(die, &part) != 0)
		return false;
	do
		name = part_name(&part);
	while (!name && dwarf_siblingof(&part, &part) == 0);
	return name && name[0] == '_';
}

/* Elements in the n-th dimension, 0: not known; false if there is no such. */
static bool
dimension(Dwarf_Die *array, unsigned n, bool *is_known, uint64_t *count)
{
	Dwarf_Attribute attribute;
	Dwarf_Word number;
	Dwarf_Die die;

	if (dwarf_child(array, &die) != 0)
		return false;
	do {
		if (dwarf_tag(&die) != DW_TAG_subrange_type || n-- > 0)
			continue;
		*is_known = true;
		*count = 0;
		if (dwarf_formudata(dwarf_attr(&die, DW_AT_count, &attribute), &number) == 0)
			*count = number;
		else if (dwarf_formudata(dwarf_attr(&die, DW_AT_upper_bound, &attribute), &number) == 0)
			*count = number + 1;
		else
			*is_known = false;
		return true;
	} while (dwarf_siblingof(&die, &die) == 0);
	return false;
}

static bool
describe(Dwarf_Die *die, const struct names *names, struct type *t)
{
	Dwarf_Word size;

	t->offset = dwarf_dieoffset(die);
	if (dwarf_aggregate_size(die, &size) == 0)
		t->size = size;
	switch (dwarf_tag(die)) {
	case DW_TAG_base_type:
		describe_base(die, names, t);
		break;
	case DW_TAG_enumeration_type:
		t->kind = TYPE_ENUM;
		t->is_incomplete = die_flag(die, DW_AT_declaration);
		break;
	case DW_TAG_pointer_type:
		t->kind = TYPE_POINTER;
		t->size = sizeof(uint64_t);
		break;
	case DW_TAG_reference_type:
	case DW_TAG_rvalue_reference_type:
		t->kind = TYPE_REFERENCE;
		t->size = sizeof(uint64_t);
		break;
	case DW_TAG_structure_type:
	case DW_TAG_union_type:
	case DW_TAG_class_type:
		t->kind = TYPE_STRUCT;
		t->is_incomplete = die_flag(die, DW_AT_declaration);
		t->is_private = is_private(die);
		break;
	case DW_TAG_subroutine_type:
		t->kind = TYPE_FUNCTION;
		break;
	case DW_TAG_array_type:
		t->kind = TYPE_ARRAY;
		t->is_vector = die_flag(die, DW_AT_GNU_vector);
		return dimension(die, t->dimension, &t->has_count, &t->count);
	}
	return true;
}

bool
die_described(Dwarf_Die *die, struct type *t)
{
	static const struct names none;

	*t = (struct type){ .kind = TYPE_OTHER };
	return describe(die, &none, t);
}

/* A name that stands in the text around an expression. */
static bool
is_glue(Dwarf_Die *die)
{
	return dwarf_tag(die) == DW_TAG_typedef &&
	    str_starts(die_name(die), STR("skein_type"));
}

/* The type that `die` has, its names looked through. */
bool
die_type(Dwarf_Die *die, struct type *t)
{
	Dwarf_Die type;
	struct names names = { false, 0 };
	int hops;

	*t = (struct type){ .kind = TYPE_OTHER };
	if (!die_named_type(die, &type) || (is_glue(&type) && !die_named_type(&type, &type)))
		return false;
	t->declared = dwarf_dieoffset(&type);
	for (hops = 0; hops < DIE_HOPS; hops++) {
		switch (dwarf_tag(&type)) {
		case DW_TAG_typedef:
			if (!says_char(dwarf_diename(&type)))
				names.is_number = true;
			if (!names.prefix)
				names.prefix = prefix_of(dwarf_diename(&type));
			break;
		case DW_TAG_const_type:
		case DW_TAG_volatile_type:
		case DW_TAG_restrict_type:
		case DW_TAG_atomic_type:
			break;
		default:
			return describe(&type, &names, t);
		}
		if (!die_named_type(&type, &type))
			return false;
	}
	return false;
}

bool
dwarf_target(struct dwarf *d, const struct type *t, struct type *target)
{
	Dwarf_Die die;
	bool is_known;
	uint64_t next;

	if (!die_at(d, t->offset, &die))
		return false;
	if (t->kind == TYPE_ARRAY && dimension(&die, t->dimension + 1, &is_known, &next)) {
		*target = *t;
		target->dimension++;
		target->count = next;
		target->has_count = is_known;
		target->size = t->count ? t->size / t->count : 0;
		return true;
	}
	return die_type(&die, target);
}

/*
 * On to the child behind the one at *offset (0: the first) that has one of two
 * tags.
 */
static bool
next_child(struct dwarf *d, const struct type *t, uint64_t *offset, int tag, int other,
    Dwarf_Die *die)
{
	Dwarf_Die parent;
	int end;

	if (*offset == 0)
		end = die_at(d, t->offset, &parent) ? dwarf_child(&parent, die) : 1;
	else
		end = die_at(d, *offset, die) ? dwarf_siblingof(die, die) : 1;
	for (; end == 0; end = dwarf_siblingof(die, die)) {
		if (dwarf_tag(die) != tag && dwarf_tag(die) != other)
			continue;
		*offset = dwarf_dieoffset(die);
		return true;
	}
	return false;
}

/* Of all objects of a class, or of the compiler? */
static bool
is_no_data(Dwarf_Die *die)
{
	return die_flag(die, DW_AT_artificial) || die_flag(die, DW_AT_external) ||
	    die_flag(die, DW_AT_declaration);
}

static void
place_bits(Dwarf_Die *die, struct member *m)
{
	uint64_t from = m->at * 8 + die_number(die, DW_AT_data_bit_offset);

	/* DWARF 2 counts from the highest bit of the storage unit. */
	if (dwarf_hasattr(die, DW_AT_bit_offset))
		from = m->at * 8 + m->type.size * 8 - m->bits - die_number(die, DW_AT_bit_offset);
	m->at = from / 8;
	m->shift = (unsigned)(from % 8);
}

bool
dwarf_next_member(struct dwarf *d, const struct type *t, struct member *m)
{
	uint64_t offset = m->offset, at;
	Dwarf_Attribute attribute;
	Dwarf_Die die;

	do {
		*m = (struct member){0};
		if (!next_child(d, t, &offset, DW_TAG_member, DW_TAG_inheritance, &die))
			return false;
		m->offset = offset;
	} while (is_no_data(&die) || !die_type(&die, &m->type));
	m->is_base = dwarf_tag(&die) == DW_TAG_inheritance;
	m->name = die_name(&die);
	if (dwarf_attr(&die, DW_AT_data_member_location, &attribute)) {
		/* Of a virtual base class only the object itself knows it. */
		m->at = dwarf_formudata(&attribute, &at) == 0 ? at : UINT64_MAX;
	}
	m->bits = (unsigned)die_number(&die, DW_AT_bit_size);
	if (m->bits && m->at != UINT64_MAX)
		place_bits(&die, m);
	if (m->is_base && die_at(d, m->type.offset, &die))
		m->name = die_name(&die);
	return true;
}

bool
dwarf_next_enumerator(struct dwarf *d, const struct type *t, struct enumerator *e)
{
	Dwarf_Attribute attribute;
	Dwarf_Die die;
	Dwarf_Sword number;

	if (!next_child(d, t, &e->offset, DW_TAG_enumerator, DW_TAG_enumerator, &die))
		return false;
	e->name = die_name(&die);
	e->value = 0;
	if (dwarf_formsdata(dwarf_attr(&die, DW_AT_const_value, &attribute), &number) == 0)
		e->value = (uint64_t)number;
	return true;
}

static struct spelling
named(Dwarf_Die *die, const char *keyword)
{
	return (struct spelling){ SPELL_NAME, is_cxx(die) ? STR("") : str_of(keyword), die_name(die), 0 };
}

bool
dwarf_spelling(struct dwarf *d, uint64_t declared, struct spelling *s)
{
	Dwarf_Die die, next;

	if (!die_at(d, declared, &die))
		return false;
	switch (dwarf_tag(&die)) {
	case DW_TAG_structure_type:
	case DW_TAG_class_type:
		*s = named(&die, "struct ");
		return true;
	case DW_TAG_union_type:
		*s = named(&die, "union ");
		return true;
	case DW_TAG_enumeration_type:
		*s = named(&die, "enum ");
		return true;
	case DW_TAG_const_type:
		*s = (struct spelling){ .kind = SPELL_QUALIFIER, .keyword = STR("const") };
		break;
	case DW_TAG_volatile_type:
		*s = (struct spelling){ .kind = SPELL_QUALIFIER, .keyword = STR("volatile") };
		break;
	case DW_TAG_atomic_type:
		*s = (struct spelling){ .kind = SPELL_QUALIFIER, .keyword = STR("_Atomic") };
		break;
	case DW_TAG_restrict_type:
		*s = (struct spelling){ .kind = SPELL_QUALIFIER, .keyword = STR("restrict") };
		break;
	case DW_TAG_pointer_type:
		*s = (struct spelling){ .kind = SPELL_POINTER, .keyword = STR("*") };
		break;
	case DW_TAG_reference_type:
		*s = (struct spelling){ .kind = SPELL_POINTER, .keyword = STR("&") };
		break;
	case DW_TAG_rvalue_reference_type:
		*s = (struct spelling){ .kind = SPELL_POINTER, .keyword = STR("&&") };
		break;
	case DW_TAG_array_type:
		*s = (struct spelling){ .kind = SPELL_ARRAY };
		break;
	case DW_TAG_subroutine_type:
		*s = (struct spelling){ .kind = SPELL_FUNCTION,
		    .keyword = die_flag(&die, DW_AT_prototyped) ? STR("void") : STR("") };
		break;
	default:
		*s = named(&die, "");
		return true;
	}
	s->next = die_named_type(&die, &next) ? dwarf_dieoffset(&next) : 0;
	return true;
}

bool
dwarf_dimension(struct dwarf *d, uint64_t array, unsigned n, uint64_t *count)
{
	Dwarf_Die die;
	bool is_known;

	return die_at(d, array, &die) && dimension(&die, n, &is_known, count);
}

bool
dwarf_parameter(struct dwarf *d, uint64_t function, unsigned n, uint64_t *declared)
{
	Dwarf_Die die, type;

	if (!die_at(d, function, &die) || dwarf_child(&die, &die) != 0)
		return false;
	do {
		bool others = dwarf_tag(&die) == DW_TAG_unspecified_parameters;

		if ((!others && dwarf_tag(&die) != DW_TAG_formal_parameter) || n-- > 0)
			continue;
		*declared = others ? DWARF_OTHERS :
		    die_named_type(&die, &type) ? dwarf_dieoffset(&type) : 0;
		return true;
	} while (dwarf_siblingof(&die, &die) == 0);
	return false;
}

/* ---- variables ---- */

bool
die_address(Dwarf_Die *die, uint64_t *address)
{
	Dwarf_Attribute attribute, operand;
	Dwarf_Op *ops;
	size_t n;

	if (!dwarf_attr_integrate(die, DW_AT_location, &attribute) ||
	    dwarf_getlocation(&attribute, &ops, &n) != 0 || n != 1)
		return false;
	if (ops[0].atom == DW_OP_addr) {
		*address = ops[0].number;
		return true;
	}
	/* clang's addresses stand in a table of their own. */
	return (ops[0].atom == DW_OP_addrx || ops[0].atom == DW_OP_GNU_addr_index) &&
	    dwarf_getlocation_attr(&attribute, ops, &operand) == 0 &&
	    dwarf_formaddr(&operand, address) == 0;
}

/* The variable of a unit that points to values of the type of one of ours. */
bool
die_pointer(Dwarf_Die unit, struct str name, Dwarf_Die *die)
{
	if (dwarf_child(&unit, die) != 0)
		return false;
	do {
		struct str its = die_name(die);

		if (dwarf_tag(die) == DW_TAG_variable && str_starts(its, STR("skein_t_")) &&
		    str_eq(str_slice(its, 8, its.len), name))
			return true;
	} while (dwarf_siblingof(die, die) == 0);
	return false;
}

static void
add_place(struct dwarf *d, Dwarf_Die *unit, Dwarf_Die *die, bool is_local)
{
	struct slot p = { .name = die_name(die), .die = dwarf_dieoffset(die), .is_local = is_local };
	struct type t;
	Dwarf_Die pointer;

	if (!die_address(die, &p.at) || !die_type(die, &t))
		return;
	if (!is_local && str_starts(p.name, STR("skein_s_"))) {
		p.is_storage = true;
		p.name = str_slice(p.name, 8, p.name.len);
		if (!die_pointer(*unit, p.name, &pointer))
			return;
		p.die = dwarf_dieoffset(&pointer);
	}
	p.size = t.size;
	d->places = mem_grow(d->places, &d->cap, d->n + 1, sizeof *d->places);
	d->places[d->n++] = p;
}

static bool
is_scope(int tag)
{
	return tag == DW_TAG_subprogram || tag == DW_TAG_lexical_block ||
	    tag == DW_TAG_inlined_subroutine || tag == DW_TAG_namespace;
}

/* All that have an address, in any scope of a unit. */
static void
add_places(struct dwarf *d, Dwarf_Die *unit)
{
	Dwarf_Die stack[DIE_HOPS];
	int depth = 0, local = DIE_HOPS;	/* from which depth on it is a function's */

	if (dwarf_child(unit, &stack[0]) != 0)
		return;
	while (depth >= 0) {
		int tag = dwarf_tag(&stack[depth]);

		if (tag == DW_TAG_variable)
			add_place(d, unit, &stack[depth], depth >= local);
		if (is_scope(tag) && depth + 1 < DIE_HOPS &&
		    dwarf_child(&stack[depth], &stack[depth + 1]) == 0) {
			depth++;
			if (tag != DW_TAG_namespace && depth < local)
				local = depth;
			continue;
		}
		while (depth >= 0 && dwarf_siblingof(&stack[depth], &stack[depth]) != 0)
			depth--;
		if (depth < local)
			local = DIE_HOPS;
	}
}

static int
compare_places(const void *a, const void *b)
{
	const struct slot *p = a, *q = b;

	return p->at < q->at ? -1 : p->at > q->at;
}

/* The last place that begins at or before an address. */
static const struct slot *
place_before(struct dwarf *d, uint64_t address)
{
	Dwarf_Off at = 0;
	Dwarf_Die unit;
	size_t low = 0, high;

	while (!d->has_places && die_next_unit(d, &at, &unit))
		add_places(d, &unit);
	if (!d->has_places && d->n > 0)
		qsort(d->places, d->n, sizeof *d->places, compare_places);
	d->has_places = true;
	for (high = d->n; low < high; ) {
		size_t middle = low + (high - low) / 2;

		if (d->places[middle].at <= address)
			low = middle + 1;
		else
			high = middle;
	}
	return low > 0 ? &d->places[low - 1] : NULL;
}

/* The type that a pointer variable points to. */
static bool
pointed_type(struct dwarf *d, Dwarf_Die *pointer, struct type *t)
{
	struct type its;

	return die_type(pointer, &its) && its.kind == TYPE_POINTER && dwarf_target(d, &its, t);
}

bool
dwarf_marker(struct dwarf *d, uint64_t address, struct type *t)
{
	const struct slot *p = place_before(d, address);
	Dwarf_Die die;

	return p && p->at == address && die_at(d, p->die, &die) && pointed_type(d, &die, t);
}

bool
dwarf_variable(struct dwarf *d, uint64_t address, struct variable *v)
{
	const struct slot *p = place_before(d, address);
	Dwarf_Die die;

	if (!p || p->is_local || address - p->at >= p->size || !die_at(d, p->die, &die))
		return false;
	*v = (struct variable){ .name = p->name, .at = p->at, .size = p->size };
	return p->is_storage ? pointed_type(d, &die, &v->type) : die_type(&die, &v->type);
}

bool
dwarf_has_variable(struct dwarf *d, struct str name)
{
	size_t i;

	(void)place_before(d, 0);
	for (i = 0; i < d->n; i++)
		if (!d->places[i].is_local && str_eq(d->places[i].name, name))
			return true;
	return false;
}

bool
dwarf_named(struct dwarf *d, struct str name, struct variable *v)
{
	size_t i;
	Dwarf_Die die;

	(void)place_before(d, 0);
	for (i = 0; i < d->n; i++) {
		const struct slot *p = &d->places[i];

		if (p->is_local || !str_eq(p->name, name) || !die_at(d, p->die, &die))
			continue;
		*v = (struct variable){ .name = p->name, .at = p->at, .size = p->size };
		return p->is_storage ? pointed_type(d, &die, &v->type) : die_type(&die, &v->type);
	}
	return false;
}
