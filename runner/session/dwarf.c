#include "runner/session/dwarf.h"

#include <ctype.h>
#include <dwarf.h>
#include <elf.h>
#include <elfutils/libdw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runner/session/outcome.h"
#include "tangle/base/arena.h"
#include "tangle/base/mem.h"

enum { HOPS = 64 };	/* of a chain of typedefs and qualifiers */

struct dwarf {
	Elf *elf;
	Dwarf *dw;
};

struct dwarf *
dwarf_open(struct str object)
{
	struct dwarf *d = mem_zalloc(1, sizeof *d);

	if (elf_version(EV_CURRENT) != EV_NONE)
		/* Opened for reading, the image is not written to. */
		d->elf = elf_memory((char *)object.data, object.len);
	if (d->elf)
		d->dw = dwarf_begin_elf(d->elf, DWARF_C_READ, NULL);
	if (d->dw)
		return d;
	dwarf_close(d);
	return NULL;
}

void
dwarf_close(struct dwarf *d)
{
	if (!d)
		return;
	if (d->dw)
		dwarf_end(d->dw);
	if (d->elf)
		elf_end(d->elf);
	mem_free(d);
}

uint64_t
dwarf_extent(struct str object)
{
	Elf64_Ehdr head;
	Elf64_Phdr part;
	uint64_t end = 0;
	size_t i, at;

	if (object.len < sizeof head)
		return 0;
	memcpy(&head, object.data, sizeof head);
	if (memcmp(head.e_ident, ELFMAG, SELFMAG) != 0 || head.e_phentsize != sizeof part)
		return 0;
	for (i = 0; i < head.e_phnum; i++) {
		if (head.e_phoff > object.len - sizeof part)
			return 0;
		at = head.e_phoff + i * sizeof part;
		if (at > object.len - sizeof part)
			return 0;
		memcpy(&part, object.data + at, sizeof part);
		if (part.p_type == PT_LOAD && part.p_vaddr + part.p_memsz > end)
			end = part.p_vaddr + part.p_memsz;
	}
	return end;
}

/* The n-th compilation unit's DIE; n is an offset, and moves on. */
static bool
next_unit(struct dwarf *d, Dwarf_Off *at, Dwarf_Die *unit)
{
	Dwarf_Off next;
	size_t header;

	while (dwarf_nextcu(d->dw, *at, &next, &header, NULL, NULL, NULL) == 0) {
		bool there = dwarf_offdie(d->dw, *at + header, unit) != NULL;

		*at = next;
		if (there)
			return true;
	}
	return false;
}

/* By asking each: clang writes no table of address ranges. */
static bool
unit_of(struct dwarf *d, uint64_t pc, Dwarf_Die *unit)
{
	Dwarf_Off at = 0;

	while (next_unit(d, &at, unit))
		if (dwarf_haspc(unit, pc) == 1)
			return true;
	return false;
}

static struct str
name_of(Dwarf_Die *die)
{
	const char *name = dwarf_diename(die);

	return name ? str_of(name) : (struct str){0};
}

/* "skein_b7" holds the statements of a cell. */
static bool
is_block(struct str function, int *index)
{
	unsigned long n;

	if (!str_starts(function, STR("skein_b")) ||
	    !str_number(str_slice(function, 7, function.len), INT32_MAX, &n))
		return false;
	*index = (int)n;
	return true;
}

/* File names of the line table are made absolute with the unit's folder. */
static struct str
marker_of(struct arena *a, Dwarf_Die *unit, const char *path)
{
	Dwarf_Attribute attribute;
	const char *folder = dwarf_formstring(dwarf_attr(unit, DW_AT_comp_dir, &attribute));
	struct str marker = path ? str_of(path) : (struct str){0};

	if (folder && str_starts(marker, str_of(folder)) &&
	    str_slice(marker, strlen(folder), strlen(folder) + 1).len == 1 &&
	    marker.data[strlen(folder)] == '/')
		marker = str_slice(marker, strlen(folder) + 1, marker.len);
	return arena_str(a, marker);
}

static size_t
number_of(Dwarf_Die *die, unsigned name)
{
	Dwarf_Attribute attribute;
	Dwarf_Word n;

	return dwarf_formudata(dwarf_attr_integrate(die, name, &attribute), &n) == 0 ? n : 0;
}

static void
locate(struct frame *f, Dwarf_Die *unit, uint64_t pc, struct arena *a)
{
	Dwarf_Line *line = dwarf_getsrc_die(unit, pc);
	int number = 0, column = 0;

	if (!line)
		return;
	f->marker = marker_of(a, unit, dwarf_linesrc(line, NULL, NULL));
	if (dwarf_lineno(line, &number) == 0 && number > 0)
		f->line = (size_t)number;
	if (dwarf_linecol(line, &column) == 0 && column > 0)
		f->column = (size_t)column;
}

/* Where an inlined function was called. */
static void
locate_call(struct frame *f, Dwarf_Die *unit, Dwarf_Die *inlined, struct arena *a)
{
	Dwarf_Files *files;
	size_t nfiles, file = number_of(inlined, DW_AT_call_file);

	if (dwarf_getsrcfiles(unit, &files, &nfiles) == 0 && file < nfiles)
		f->marker = marker_of(a, unit, dwarf_filesrc(files, file, NULL, NULL));
	f->line = number_of(inlined, DW_AT_call_line);
	f->column = number_of(inlined, DW_AT_call_column);
}

static struct str
shown_name(struct arena *a, Dwarf_Die *die)
{
	struct str name = name_of(die);
	int index;

	if (is_block(name, &index))
		return (struct str){0};
	return arena_str(a, name);
}

size_t
dwarf_calls(struct dwarf *d, uint64_t pc, struct arena *a, struct frame *to, size_t max)
{
	Dwarf_Die unit, *scopes = NULL, *chain = NULL;
	struct frame here = { .cell = SIZE_MAX };
	int n, i;
	size_t made = 0;

	if (!unit_of(d, pc, &unit))
		return 0;
	locate(&here, &unit, pc, a);
	/* dwarf_getscopes leaves the chain of calls at an inlined function. */
	n = dwarf_getscopes(&unit, pc, &scopes);
	n = n > 0 ? dwarf_getscopes_die(&scopes[0], &chain) : 0;
	for (i = 0; i < n && made < max; i++) {
		int tag = dwarf_tag(&chain[i]);

		if (tag != DW_TAG_inlined_subroutine && tag != DW_TAG_subprogram)
			continue;
		here.cell = to[made].cell;
		here.function = shown_name(a, &chain[i]);
		to[made++] = here;
		if (tag == DW_TAG_subprogram)
			break;
		locate_call(&here, &unit, &chain[i], a);
	}
	free(scopes);
	free(chain);
	return made;
}

struct str
dwarf_function(struct dwarf *d, uint64_t pc)
{
	Dwarf_Die unit, die;
	Dwarf_Addr low;

	if (!unit_of(d, pc, &unit) || dwarf_child(&unit, &die) != 0)
		return (struct str){0};
	do {
		if (dwarf_tag(&die) == DW_TAG_subprogram &&
		    dwarf_lowpc(&die, &low) == 0 && low == pc)
			return name_of(&die);
	} while (dwarf_siblingof(&die, &die) == 0);
	return (struct str){0};
}

static bool
die_at(struct dwarf *d, uint64_t offset, Dwarf_Die *die)
{
	return dwarf_offdie(d->dw, offset, die) != NULL;
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

static enum type_kind
kind_of_base(Dwarf_Die *die, bool numeric, bool *is_unsigned)
{
	switch (number_of(die, DW_AT_encoding)) {
	case DW_ATE_boolean:
		return TYPE_BOOL;
	case DW_ATE_float:
		return TYPE_FLOAT;
	case DW_ATE_complex_float:
		return TYPE_COMPLEX;
	case DW_ATE_signed:
		return TYPE_SIGNED;
	case DW_ATE_unsigned:
	case DW_ATE_UTF:
		return TYPE_UNSIGNED;
	case DW_ATE_signed_char:
		return numeric ? TYPE_SIGNED : TYPE_CHAR;
	case DW_ATE_unsigned_char:
		*is_unsigned = true;
		return numeric ? TYPE_UNSIGNED : TYPE_CHAR;
	}
	return TYPE_OTHER;
}

/* Elements in the n-th dimension; false if there is no such. */
static bool
dimension(Dwarf_Die *array, unsigned n, uint64_t *count)
{
	Dwarf_Die die;

	if (dwarf_child(array, &die) != 0)
		return false;
	do {
		if (dwarf_tag(&die) != DW_TAG_subrange_type || n-- > 0)
			continue;
		*count = number_of(&die, DW_AT_count);
		if (dwarf_hasattr(&die, DW_AT_upper_bound))
			*count = number_of(&die, DW_AT_upper_bound) + 1;
		return true;
	} while (dwarf_siblingof(&die, &die) == 0);
	return false;
}

static bool
describe(struct dwarf *d, Dwarf_Die *die, bool numeric, struct type *t)
{
	Dwarf_Word size;

	t->offset = dwarf_dieoffset(die);
	t->kind = TYPE_OTHER;
	if (dwarf_aggregate_size(die, &size) == 0)
		t->size = size;
	switch (dwarf_tag(die)) {
	case DW_TAG_base_type:
		t->kind = kind_of_base(die, numeric, &t->is_unsigned);
		break;
	case DW_TAG_enumeration_type:
		t->kind = TYPE_ENUM;
		break;
	case DW_TAG_pointer_type:
		t->kind = TYPE_POINTER;
		t->size = sizeof(uint64_t);
		break;
	case DW_TAG_structure_type:
	case DW_TAG_union_type:
		t->kind = TYPE_STRUCT;
		break;
	case DW_TAG_subroutine_type:
		t->kind = TYPE_FUNCTION;
		break;
	case DW_TAG_array_type:
		t->kind = TYPE_ARRAY;
		return dimension(die, t->dimension, &t->count);
	}
	(void)d;
	return true;
}

/* The type that `die` has, its names looked through. */
static bool
type_of(struct dwarf *d, Dwarf_Die *die, struct type *t)
{
	Dwarf_Attribute attribute;
	Dwarf_Die type;
	bool numeric = false;
	int hops;

	*t = (struct type){ .kind = TYPE_OTHER };
	if (!dwarf_formref_die(dwarf_attr_integrate(die, DW_AT_type, &attribute), &type))
		return false;
	for (hops = 0; hops < HOPS; hops++) {
		switch (dwarf_tag(&type)) {
		case DW_TAG_typedef:
			if (!says_char(dwarf_diename(&type)))
				numeric = true;
			break;
		case DW_TAG_const_type:
		case DW_TAG_volatile_type:
		case DW_TAG_restrict_type:
		case DW_TAG_atomic_type:
			break;
		default:
			return describe(d, &type, numeric, t);
		}
		if (!dwarf_formref_die(dwarf_attr(&type, DW_AT_type, &attribute), &type))
			return false;
	}
	return false;
}

/* The variable of that name in a function, in any of its scopes. */
static bool
find_variable(Dwarf_Die function, struct str name, Dwarf_Die *variable)
{
	Dwarf_Die stack[HOPS];
	int depth = 0;

	if (dwarf_child(&function, &stack[0]) != 0)
		return false;
	while (depth >= 0) {
		Dwarf_Die *die = &stack[depth];

		if (dwarf_tag(die) == DW_TAG_variable && str_eq(name_of(die), name)) {
			*variable = *die;
			return true;
		}
		if (dwarf_tag(die) == DW_TAG_lexical_block && depth + 1 < HOPS &&
		    dwarf_child(die, &stack[depth + 1]) == 0) {
			depth++;
			continue;
		}
		while (depth >= 0 && dwarf_siblingof(&stack[depth], &stack[depth]) != 0)
			depth--;
	}
	return false;
}

bool
dwarf_shown(struct dwarf *d, int block, struct type *t)
{
	Dwarf_Die unit, die, variable;
	Dwarf_Off at = 0;
	int index;

	while (next_unit(d, &at, &unit)) {
		if (dwarf_child(&unit, &die) != 0)
			continue;
		do {
			if (dwarf_tag(&die) == DW_TAG_subprogram &&
			    is_block(name_of(&die), &index) && index == block &&
			    find_variable(die, STR("skein_value"), &variable))
				return type_of(d, &variable, t);
		} while (dwarf_siblingof(&die, &die) == 0);
	}
	return false;
}

bool
dwarf_target(struct dwarf *d, const struct type *t, struct type *target)
{
	Dwarf_Die die;
	uint64_t next;

	if (!die_at(d, t->offset, &die))
		return false;
	if (t->kind == TYPE_ARRAY && dimension(&die, t->dimension + 1, &next)) {
		*target = *t;
		target->dimension++;
		target->count = next;
		target->size = t->count ? t->size / t->count : 0;
		return true;
	}
	return type_of(d, &die, target);
}

/* The n-th child with a tag. */
static bool
child(struct dwarf *d, const struct type *t, int tag, size_t n, Dwarf_Die *die)
{
	Dwarf_Die parent;

	if (!die_at(d, t->offset, &parent) || dwarf_child(&parent, die) != 0)
		return false;
	do {
		if (dwarf_tag(die) == tag && n-- == 0)
			return true;
	} while (dwarf_siblingof(die, die) == 0);
	return false;
}

bool
dwarf_member(struct dwarf *d, const struct type *t, size_t n, struct member *m)
{
	Dwarf_Die die;
	uint64_t from;

	*m = (struct member){0};
	if (!child(d, t, DW_TAG_member, n, &die) || !type_of(d, &die, &m->type))
		return false;
	m->name = name_of(&die);
	m->at = number_of(&die, DW_AT_data_member_location);
	m->bits = (unsigned)number_of(&die, DW_AT_bit_size);
	if (m->bits) {
		from = m->at * 8 + number_of(&die, DW_AT_data_bit_offset);
		/* DWARF 2 counts from the highest bit of the storage unit. */
		if (dwarf_hasattr(&die, DW_AT_bit_offset))
			from = m->at * 8 + m->type.size * 8 - m->bits -
			    number_of(&die, DW_AT_bit_offset);
		m->at = from / 8;
		m->shift = (unsigned)(from % 8);
	}
	return true;
}

bool
dwarf_enumerator(struct dwarf *d, const struct type *t, size_t n, struct str *name,
    int64_t *value)
{
	Dwarf_Attribute attribute;
	Dwarf_Die die;
	Dwarf_Sword number;

	if (!child(d, t, DW_TAG_enumerator, n, &die))
		return false;
	*name = name_of(&die);
	*value = 0;
	if (dwarf_formsdata(dwarf_attr(&die, DW_AT_const_value, &attribute), &number) == 0)
		*value = number;
	return true;
}
