#include "runner/cli/apart.h"

#include "runner/build/elf.h"
#include "runner/cli/objects.h"
#include "runner/session/dwarf.h"
#include "tangle/base/arena.h"
#include "tangle/base/diag.h"

void
apart_release(struct apart *p)
{
	map_release(&p->seen);
	map_release(&p->told);
}

/* The compiler's own, ours, and what the cell says itself. */
static bool
is_of_header(const struct job *j, struct str name)
{
	return name.len > 0 && !str_starts(name, STR("_")) && !str_starts(name, STR("skein_")) &&
	    !str_eq(name, STR("completed")) &&
	    str_find(j->cell->text, name) == j->cell->text.len;
}

/* Only cells of the same session could be expected to share it. */
static struct str
key_of(const struct job *j, struct str name, struct arena *a)
{
	return arena_printf(a, "%.*s %.*s", STR_ARG(j->cell->session), STR_ARG(name));
}

static void
tell(const struct job *j, const struct cell *first, struct str name, struct arena *a, struct diag *d)
{
	struct dwarf *dwarf = dwarf_open(j->built.object);
	struct str file = dwarf ? arena_str(a, dwarf_declared_in(dwarf, name)) : STR("");

	dwarf_close(dwarf);
	if (str_starts(file, STR("./")))
		file = str_slice(file, 2, file.len);
	if (str_find_byte(file, '/') == file.len && !str_ends(file, STR(".h")))
		return;
	diag_warning(d, j->cell->at, "split-state", "each cell has a '%.*s' of its own, as '%.*s' "
	    "defines it static: what one cell changes another one does not see",
	    STR_ARG(name), STR_ARG(file));
	diag_note(d, first->at, "this cell has the first one");
}

void
apart_look(struct apart *p, const struct job *j, struct arena *a, struct diag *d)
{
	struct elf e;
	struct str name;

	if (j->unit.is_program || j->cell->is_isolated || j->cell->is_cxx ||
	    !elf_open(&e, j->built.object))
		return;
	for (size_t i = 0; elf_private(&e, i, &name); i++) {
		const struct cell *first;

		name = str_slice(name, 0, str_find_byte(name, '.'));	/* of a function: seed.0 */
		if (!is_of_header(j, name))
			continue;
		name = key_of(j, name, a);
		first = map_get(&p->seen, name);
		if (!first)
			map_put(&p->seen, name, (void *)j->cell);
		else if (first != j->cell && !map_get(&p->told, name)) {
			map_put(&p->told, name, (void *)j->cell);
			tell(j, first, str_slice(name, j->cell->session.len + 1, name.len), a, d);
		}
	}
}
