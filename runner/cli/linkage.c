#include "runner/cli/linkage.h"

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runner/build/elf.h"
#include "runner/build/supply.h"
#include "runner/build/toolchain.h"
#include "runner/cli/objects.h"
#include "tangle/base/arena.h"
#include "tangle/base/buf.h"
#include "tangle/base/mem.h"

enum { MOST_MISSING = 20 };

void
linkage_release(struct linkage *l)
{
	map_release(&l->libraries);
	map_release(&l->symbols);
	map_release(&l->kept);
}

/* The object's symbols are there from now on; those of a program are with it alone. */
static void
add_object(struct linkage *l, const struct job *j, struct arena *a)
{
	struct map *symbols = j->unit.is_program ? &l->kept : &l->symbols;
	struct elf e;
	struct elf_symbol s;
	struct str library;

	if (!elf_open(&e, j->built.object))
		return;
	for (size_t i = 0; elf_needed(&e, i, &library); i++)
		if (!map_get(&l->libraries, library))
			map_put(&l->libraries, arena_str(a, library), l);
	for (size_t i = 0; elf_symbol(&e, i, &s); i++)
		if (s.is_defined && !map_get(symbols, s.name))
			map_put(symbols, arena_str(a, s.name), l);
}

/* ---- libraries on this machine -------------------------------------------------------- */

/* 1: it defines the name, 0: it does not, -1: it cannot be read. */
static int
asks_file(const char *path, struct str name)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK), answer = -1;
	struct stat st;
	struct elf e;
	void *bytes;

	if (fd == -1)
		return -1;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size > 0) {
		bytes = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
		if (bytes != MAP_FAILED) {
			if (elf_open(&e, (struct str){ bytes, (size_t)st.st_size }))
				answer = elf_defines(&e, name);
			munmap(bytes, (size_t)st.st_size);
		}
	}
	close(fd);
	return answer;
}

/* A library that cannot be found may have the name: nothing is claimed then. */
static bool
is_in_library(const struct job *j, struct str library, struct str name, struct arena *a)
{
	const struct compile_options *o = j->request.options;
	int answer = -1;

	for (size_t i = 0; answer == -1 && i < o->nlibs; i++)
		if (str_starts(o->libs[i], STR("-L")))
			answer = asks_file(arena_printf(a, "%.*s/%.*s",
			    STR_ARG(str_slice(o->libs[i], 2, o->libs[i].len)), STR_ARG(library)).data, name);
	for (size_t i = 0; answer == -1 && i < o->toolchain->nlink; i++)
		answer = asks_file(arena_printf(a, "%.*s/%.*s",
		    STR_ARG(o->toolchain->link_folders[i]), STR_ARG(library)).data, name);
	return answer != 0;
}

static bool
is_supplied(const struct linkage *l, const struct job *j, struct str name, struct arena *a)
{
	if (str_starts(name, STR("skein_")) || str_starts(name, STR("__")) ||
	    str_starts(name, STR("_Z")) || map_get(&l->symbols, name))
		return true;
	for (const struct map_entry *e = map_first(&l->libraries); e; e = map_next(e))
		if (is_in_library(j, map_key(e), name, a))
			return true;
	return false;
}

/* ---- who would have it ------------------------------------------------------------------ */

/* libNAME.so, but for the runtime's own. */
static bool
library_name(const char *file, struct str *name)
{
	static const char *const own[] = { "asan", "tsan", "ubsan", "lsan", "hwasan", "c_malloc_debug",
	    "memusage", "pcprofile", "m_dbg" };

	*name = str_of(file);
	if (!str_starts(*name, STR("lib")) || !str_ends(*name, STR(".so")))
		return false;
	*name = str_slice(*name, 3, name->len - 3);
	for (size_t i = 0; i < sizeof own / sizeof *own; i++)
		if (str_eq(*name, str_of(own[i])))
			return false;
	return true;
}

static bool
is_better(struct str name, struct str than)
{
	return than.len == 0 || name.len < than.len ||
	    (name.len == than.len && str_compare(name, than) < 0);
}

static struct str
search_folder(struct str folder, struct str symbol, struct str best, struct arena *a)
{
	DIR *dir = opendir(arena_cstr(a, folder));
	const struct dirent *e;

	while (dir && (e = readdir(dir))) {
		struct str name;

		if (library_name(e->d_name, &name) && is_better(name, best) &&
		    asks_file(arena_printf(a, "%.*s/%s", STR_ARG(folder), e->d_name).data, symbol) == 1)
			best = arena_str(a, name);
	}
	if (dir)
		closedir(dir);
	return best;
}

/* The library of the shortest name that defines it; empty if none does. */
static struct str
installed_library(const struct job *j, struct str symbol, struct arena *a)
{
	const struct toolchain *t = j->request.options->toolchain;
	struct str best = {0};

	for (size_t i = 0; i < t->nlink; i++)
		best = search_folder(t->link_folders[i], symbol, best, a);
	return best;
}

/* What to do about a name that nobody has. */
static struct str
advice(const struct linkage *l, const struct job *j, struct str name, struct arena *a)
{
	struct str library = installed_library(j, name, a), near;
	const struct supply *s = supply_of_symbol(name);

	if (str_eq(name, STR("assert")))	/* a macro, which looks like a function without its header */
		return STR("include <assert.h>");
	if (map_get(&l->kept, name))
		return STR("a cell has it that has a main, too: that is a program, which keeps what it defines");
	if (library.len > 0)
		return arena_printf(a, "add libs=%.*s", STR_ARG(library));
	if (j->interface && (near = interface_nearest(j->interface, name)).len > 0)
		return arena_printf(a, "did you mean '%.*s'?", STR_ARG(near));
	if (s && s->library)
		return arena_printf(a, "add libs=%s (apt install %s)", s->library, s->package);
	if (s && s->pc)
		return arena_printf(a, "add pkg=%s (apt install %s)", s->pc, s->package);
	return j->cell ? STR("no cell, library or source has it")
	    : STR("name the file that has it in 'sources' too");
}

/* ---- what is said ---------------------------------------------------------------------- */

static bool
is_name_byte(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

/* Is the name called here: a word, and a parenthesis behind it? */
static bool
is_word_at(struct str text, size_t at, struct str name, bool called)
{
	size_t end = at + name.len;

	if ((at > 0 && is_name_byte(text.data[at - 1])) ||
	    (end < text.len && is_name_byte(text.data[end])))
		return false;
	while (end < text.len && isspace((unsigned char)text.data[end]))
		end++;
	return !called || (end < text.len && text.data[end] == '(');
}

/* Where the name is used last, so that a declaration above is passed over. */
static size_t
find_use(struct str text, struct str name, bool called)
{
	size_t found = text.len;

	for (size_t at = 0; at + name.len <= text.len; at++) {
		at += str_find(str_slice(text, at, text.len), name);
		if (at < text.len && is_word_at(text, at, name, called))
			found = at;
	}
	return found;
}

bool
linkage_use(struct str text, struct str name, size_t *line, size_t *column)
{
	size_t at = find_use(text, name, true), start = 0;

	if (at == text.len)
		at = find_use(text, name, false);
	if (at == text.len || name.len == 0)
		return false;
	*line = 1;
	for (size_t i = 0; i < at; i++) {
		if (text.data[i] == '\n') {
			++*line;
			start = i + 1;
		}
	}
	*column = at - start + 1;
	return true;
}

static struct message
complain(const struct linkage *l, const struct job *j, struct str name, struct arena *a)
{
	struct message m = { .level = j->cell ? MESSAGE_ERROR : MESSAGE_WARNING };
	struct str todo = advice(l, j, name, a);
	struct span *span = arena_alloc(a, 1, sizeof *span);

	name = arena_str(a, name);
	m.text = arena_printf(a, "'%.*s' is not defined: %.*s", STR_ARG(name), STR_ARG(todo));
	if (j->cell && linkage_use(j->cell->text, name, &m.line, &m.column))
		m.marker = j->cell->marker;
	if (m.column > 0) {
		*span = (struct span){ m.column, m.column + name.len };
		m.spans = span;
		m.nspans = 1;
	}
	return m;
}

/* As they stand in the cell. */
static void
sort(struct message *list, size_t n)
{
	for (size_t i = 1; i < n; i++) {
		struct message m = list[i];
		size_t k = i;

		for (; k > 0 && (list[k - 1].line > m.line || (list[k - 1].line == m.line &&
		    list[k - 1].column > m.column)); k--)
			list[k] = list[k - 1];
		list[k] = m;
	}
}

static void
join(struct job *j, const struct message *more, size_t n, struct arena *a)
{
	struct messages *m = &j->built.messages;
	struct message *list = arena_alloc(a, m->n + n, sizeof *list);

	for (size_t i = 0; i < m->n; i++)
		list[i] = m->list[i];
	for (size_t i = 0; i < n; i++)
		list[m->n + i] = more[i];
	m->list = list;
	m->n += n;
}

size_t
linkage_open(const struct linkage *l, const struct job *j, const struct str **names,
    struct arena *a)
{
	struct str *list = NULL;
	struct elf e;
	struct elf_symbol s;
	size_t n = 0;

	if (!elf_open(&e, j->built.object))
		return 0;
	for (size_t i = 0; n < MOST_MISSING && elf_symbol(&e, i, &s); i++) {
		if (!s.is_undefined || s.name.len == 0 || s.is_versioned || is_supplied(l, j, s.name, a) ||
		    elf_is_called(&e, i) || find_use(j->cell->text, s.name, false) < j->cell->text.len)
			continue;
		if (!list)
			list = arena_alloc(a, MOST_MISSING, sizeof *list);
		list[n++] = arena_str(a, s.name);
	}
	*names = list;
	return n;
}

bool
linkage_complete(struct linkage *l, struct job *j, struct arena *a)
{
	struct message missing[MOST_MISSING];
	struct elf e;
	struct elf_symbol s;
	size_t n = 0;

	if (!elf_open(&e, j->built.object))
		return true;
	add_object(l, j, a);
	for (size_t i = 0; n < MOST_MISSING && elf_symbol(&e, i, &s); i++)
		if (s.is_undefined && s.name.len > 0 && !s.is_versioned && !is_supplied(l, j, s.name, a))
			missing[n++] = complain(l, j, s.name, a);
	sort(missing, n);
	if (n > 0)
		join(j, missing, n, a);
	return n == 0;
}

void
linkage_add_piece(struct linkage *l)
{
	map_put(&l->libraries, STR("libm.so.6"), l);
	map_put(&l->libraries, STR("libc.so.6"), l);
}

bool
linkage_is_plain(const struct linkage *l, const struct job *j, struct arena *a)
{
	struct elf e;
	struct elf_symbol s;

	if (j->piece)
		return !(j->part.flags & PIECE_SHOWS);
	if (!elf_open(&e, j->built.object))
		return false;
	for (size_t i = 0; elf_symbol(&e, i, &s); i++)
		if (s.is_undefined && s.name.len > 0 && !s.is_versioned &&
		    (str_eq(s.name, STR("__skein_value")) || !is_supplied(l, j, s.name, a)))
			return false;
	return true;
}
