#include "runner/session/dwarf.h"

#include <stdlib.h>
#include <string.h>

#include "runner/session/die.h"
#include "runner/session/outcome.h"
#include "tangle/base/arena.h"
#include "tangle/base/mem.h"

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
	mem_free(d->places);
	mem_free(d);
}

bool
die_next_unit(struct dwarf *d, Dwarf_Off *at, Dwarf_Die *unit)
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

struct str
die_name(Dwarf_Die *die)
{
	const char *name = dwarf_diename(die);

	return name ? str_of(name) : (struct str){0};
}

uint64_t
die_number(Dwarf_Die *die, unsigned name)
{
	Dwarf_Attribute attribute;
	Dwarf_Word n;

	return dwarf_formudata(dwarf_attr_integrate(die, name, &attribute), &n) == 0 ? n : 0;
}

/* By asking each: clang writes no table of address ranges. */
bool
die_unit_at(struct dwarf *d, uint64_t pc, Dwarf_Die *unit)
{
	Dwarf_Off at = 0;

	while (die_next_unit(d, &at, unit))
		if (dwarf_haspc(unit, pc) == 1)
			return true;
	return false;
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
	size_t nfiles, file = die_number(inlined, DW_AT_call_file);

	if (dwarf_getsrcfiles(unit, &files, &nfiles) == 0 && file < nfiles)
		f->marker = marker_of(a, unit, dwarf_filesrc(files, file, NULL, NULL));
	f->line = die_number(inlined, DW_AT_call_line);
	f->column = die_number(inlined, DW_AT_call_column);
}

/* The body of a parallel region is a function of the compiler's. */
static bool
is_region(struct str name, struct str *of)
{
	size_t at = str_find(name, STR("._omp_fn."));

	/* "*skein_f": the name of its symbol, as it was given */
	*of = str_slice(name, str_starts(name, STR("*")) ? 1 : 0, at);
	return at < name.len || str_starts(name, STR(".omp_outlined."));
}

/* Is it what a lambda does, a class without a name?  And the function that it stands in. */
static bool
is_lambda(Dwarf_Die *die, struct str *of)
{
	static const unsigned links[] = { DW_AT_abstract_origin, DW_AT_specification };
	Dwarf_Die declared = *die, *scopes;
	Dwarf_Attribute attribute;
	int n;

	if (!str_eq(die_name(die), STR("operator()")))
		return false;
	for (size_t i = 0; i < sizeof links / sizeof *links; i++)
		if (dwarf_attr(&declared, links[i], &attribute))
			dwarf_formref_die(&attribute, &declared);
	*of = (struct str){0};
	n = dwarf_getscopes_die(&declared, &scopes);
	for (int i = 2; i < n && of->len == 0 && die_name(&scopes[1]).len == 0; i++)
		if (die_is_function(&scopes[i]))
			*of = die_name(&scopes[i]);
	if (n > 0)
		free(scopes);
	return of->len > 0;
}

static struct str
shown_name(struct arena *a, Dwarf_Die *die)
{
	struct str name = die_name(die), of;
	int index;

	if (is_block(name, &index))
		return (struct str){0};
	if (is_lambda(die, &of))
		return arena_printf(a, "a lambda of %.*s", STR_ARG(of));
	if (!is_region(name, &of))
		return arena_str(a, name);
	if (of.len == 0 || is_block(of, &index))
		return STR("a parallel region");
	if (str_starts(of, STR("skein_")))
		of = str_slice(of, 6, of.len);
	return arena_printf(a, "a parallel region of %.*s", STR_ARG(of));
}

size_t
dwarf_calls(struct dwarf *d, uint64_t pc, struct arena *a, struct frame *to, size_t max)
{
	Dwarf_Die unit, *chain = NULL;
	struct frame here = { .cell = SIZE_MAX };
	size_t made = 0, n, i;

	n = die_scopes(d, pc, &unit, &chain);
	if (n > 0)
		locate(&here, &unit, pc, a);
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
	free(chain);
	return made;
}

struct str
dwarf_function(struct dwarf *d, uint64_t pc)
{
	Dwarf_Die unit, die;
	Dwarf_Addr low;

	if (!die_unit_at(d, pc, &unit) || dwarf_child(&unit, &die) != 0)
		return (struct str){0};
	do {
		if (dwarf_tag(&die) == DW_TAG_subprogram &&
		    dwarf_lowpc(&die, &low) == 0 && low == pc)
			return die_name(&die);
	} while (dwarf_siblingof(&die, &die) == 0);
	return (struct str){0};
}

/* The file and line of an address, if the unit knows them. */
static bool
line_at(Dwarf_Die *unit, Dwarf_Addr at, struct dwarf_lines *l)
{
	Dwarf_Line *line = dwarf_getsrc_die(unit, at);
	const char *file = line ? dwarf_linesrc(line, NULL, NULL) : NULL;
	int number = 0;

	if (!file || dwarf_lineno(line, &number) != 0 || number < 1)
		return false;
	*l = (struct dwarf_lines){ str_of(file), (size_t)number, (size_t)number };
	return true;
}

/* Lines of the same file between two addresses. */
static void
widen(Dwarf_Die *unit, Dwarf_Addr low, Dwarf_Addr high, struct dwarf_lines *l)
{
	Dwarf_Lines *lines;
	Dwarf_Addr at;
	size_t n;

	if (dwarf_getsrclines(unit, &lines, &n) != 0)
		return;
	for (size_t i = 0; i < n; i++) {
		Dwarf_Line *line = dwarf_onesrcline(lines, i);
		const char *file = dwarf_linesrc(line, NULL, NULL);
		int number = 0;

		if (!file || !str_eq(str_of(file), l->file) || dwarf_lineaddr(line, &at) != 0 ||
		    at < low || at >= high || dwarf_lineno(line, &number) != 0 || number < 1)
			continue;
		l->from = (size_t)number < l->from ? (size_t)number : l->from;
		l->to = (size_t)number > l->to ? (size_t)number : l->to;
	}
}

bool
dwarf_lines(struct dwarf *d, struct str name, struct dwarf_lines *l)
{
	Dwarf_Addr low, high;
	Dwarf_Off at = 0;
	Dwarf_Die unit, die;

	while (die_next_unit(d, &at, &unit)) {
		if (dwarf_child(&unit, &die) != 0)
			continue;
		do {
			if (dwarf_tag(&die) != DW_TAG_subprogram || !str_eq(die_name(&die), name) ||
			    dwarf_lowpc(&die, &low) != 0 || dwarf_highpc(&die, &high) != 0 ||
			    !line_at(&unit, low, l))
				continue;
			widen(&unit, low, high, l);
			return true;
		} while (dwarf_siblingof(&die, &die) == 0);
	}
	return false;
}

/* The file of the variable of that name among the children of a die; empty: none. */
static struct str
file_among(Dwarf_Die *parent, struct str name, bool deeper)
{
	Dwarf_Die die;

	if (dwarf_child(parent, &die) != 0)
		return STR("");
	do {
		struct str found = STR("");
		const char *file;

		if (deeper && dwarf_tag(&die) == DW_TAG_subprogram)
			found = file_among(&die, name, false);
		else if (dwarf_tag(&die) == DW_TAG_variable && str_eq(die_name(&die), name) &&
		    (file = dwarf_decl_file(&die)))
			found = str_of(file);
		if (found.len > 0)
			return found;
	} while (dwarf_siblingof(&die, &die) == 0);
	return STR("");
}

struct str
dwarf_declared_in(struct dwarf *d, struct str name)
{
	Dwarf_Off at = 0;
	Dwarf_Die unit;
	struct str file = STR("");

	while (file.len == 0 && die_next_unit(d, &at, &unit))
		file = file_among(&unit, name, true);
	return file;
}
