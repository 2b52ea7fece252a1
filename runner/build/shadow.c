#include "runner/build/shadow.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "runner/build/compile.h"
#include "runner/build/memo.h"
#include "runner/build/probe.h"
#include "runner/build/toolchain.h"
#include "tangle/base/arena.h"
#include "tangle/base/buf.h"
#include "tangle/base/map.h"
#include "tangle/base/mem.h"

enum { LARGEST_TEXT = 16 << 20, ROOM = 1 << 16 };

struct search {
	struct memo *memo;
	struct arena *arena;
	const struct compile_options *options;
	const struct compile_result *result;
	struct map absent, present;	/* path -> nothing */
	struct str problem;
	struct str *folders;		/* where headers are looked for, in order */
	size_t nfolders, cap;
	struct map including;		/* folders of the user's headers, looked in first */
};

static void
add_folders(struct search *s, const struct str *list, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		s->folders = mem_grow(s->folders, &s->cap, s->nfolders + 1, sizeof *s->folders);
		s->folders[s->nfolders++] = list[i];
	}
}

/* -I, -iquote, -isystem of a flag list, whatever their order among each other. */
static void
add_flag_folders(struct search *s, const struct str *flags, size_t n)
{
	static const char *const names[] = { "-iquote", "-isystem", "-idirafter", "-I" };

	for (size_t i = 0; i < n; i++) {
		for (size_t k = 0; k < sizeof names / sizeof *names; k++) {
			struct str name = str_of(names[k]);
			struct str joined = str_slice(flags[i], name.len, flags[i].len);

			if (!str_starts(flags[i], name))
				continue;
			if (joined.len > 0)
				add_folders(s, &joined, 1);
			else if (i + 1 < n)
				add_folders(s, &flags[i + 1], 1);
			break;
		}
	}
}

static struct str
parent(struct str path)
{
	size_t end = path.len;

	while (end > 0 && path.data[end - 1] != '/')
		end--;
	return str_slice(path, 0, end > 1 ? end - 1 : end);
}

static void
note_problem(struct search *s, struct str path, const char *what)
{
	if (s->problem.len > 0)
		return;
	s->problem = path.len == 0 ? arena_printf(s->arena, "it %s", what) :
	    arena_printf(s->arena, "'%.*s' %s", STR_ARG(base_shown(&s->options->bases, path)), what);
}

/*
 * Note a path that is not there: its topmost missing folder says it for all.  One
 * that came while the compiler ran was perhaps not there for it.
 */
static void
note_absent(struct search *s, struct str path)
{
	struct str above;

	if (memo_exists(s->memo, path)) {
		if (memo_changed_since(s->memo, path, s->result->began, s->result->start))
			note_problem(s, path, "appeared meanwhile");
		return;
	}
	while ((above = parent(path)).len > 1 && !memo_exists(s->memo, above))
		path = above;
	map_put(&s->absent, path, s);
}

static void
note_candidate(struct search *s, struct str folder, struct str name)
{
	note_absent(s, arena_printf(s->arena, "%.*s/%.*s", STR_ARG(folder), STR_ARG(name)));
}

/* Does path lie below folder? Then *name is how it was asked for. */
static bool
was_found_in(struct str path, struct str folder, struct str *name)
{
	if (!str_starts(path, folder) || path.len <= folder.len + 1 ||
	    path.data[folder.len] != '/')
		return false;
	*name = str_slice(path, folder.len + 1, path.len);
	return true;
}

static void
note_including(struct search *s, struct str name, struct str but)
{
	const struct map_entry *e;

	for (e = map_first(&s->including); e; e = map_next(e))
		if (!str_eq(map_key(e), but))
			note_candidate(s, map_key(e), name);
}

/*
 * Which folder it was asked for in cannot be told ("bits/types.h" may also
 * have been "types.h"), so every one that fits counts; too many guards only
 * recompile too often.
 */
static void
guard_header(struct search *s, struct str path)
{
	struct str name;

	for (size_t j = 0; j < s->nfolders; j++) {
		if (!was_found_in(path, s->folders[j], &name))
			continue;
		for (size_t i = 0; i < j; i++)
			note_candidate(s, s->folders[i], name);
		note_including(s, name, s->folders[j]);
	}
}

/* A header that was missed, by what gcc and clang say of it. */
static bool
missing_header(const struct message *m, struct str *name)
{
	struct str gcc = STR(": No such file or directory");
	struct str clang = STR("' file not found");

	if (m->level != MESSAGE_ERROR || m->marker.len == 0)
		return false;
	*name = str_slice(m->text, 0, m->text.len - gcc.len);
	if (str_ends(m->text, gcc))
		return true;
	*name = str_slice(m->text, 1, m->text.len - clang.len);
	return str_ends(m->text, clang) && m->text.data[0] == '\'';
}

/* "cannot find -lfoo: ..." */
static bool
missing_library(const struct message *m, struct str *name)
{
	size_t at = str_find(m->text, STR(" -l"));
	struct str rest;

	if (m->level != MESSAGE_ERROR || at == m->text.len)
		return false;
	*name = str_slice(m->text, at + 3, m->text.len);
	*name = str_cut(*name, ':', &rest);
	*name = str_cut(*name, ' ', &rest);
	return name->len > 0;
}

static void
guard_library_in(struct search *s, struct str folder, struct str name)
{
	note_absent(s, arena_printf(s->arena, "%.*s/lib%.*s.so", STR_ARG(folder), STR_ARG(name)));
	note_absent(s, arena_printf(s->arena, "%.*s/lib%.*s.a", STR_ARG(folder), STR_ARG(name)));
}

/*
 * "-lfoo" in every folder before the one where it is; the linker's list has
 * resolved names, so existence is what tells where that was.
 */
static void
guard_library(struct search *s, const struct compile_options *o, struct str name)
{
	struct str *folders = arena_alloc(s->arena, o->nlibs + o->toolchain->nlink, sizeof *folders);
	size_t n = 0;

	for (size_t i = 0; i < o->nlibs; i++)
		if (str_starts(o->libs[i], STR("-L")))
			folders[n++] = str_slice(o->libs[i], 2, o->libs[i].len);
	for (size_t i = 0; i < o->toolchain->nlink; i++)
		folders[n++] = o->toolchain->link_folders[i];
	for (size_t i = 0; i < n; i++) {
		guard_library_in(s, folders[i], name);
		if (memo_exists(s->memo, arena_printf(s->arena, "%.*s/lib%.*s.so",
		    STR_ARG(folders[i]), STR_ARG(name))))
			break;
	}
}

static void
guard_missing(struct search *s, const struct compile_options *o, const struct messages *m)
{
	struct str name;

	for (size_t i = 0; i < m->n; i++) {
		if (missing_library(&m->list[i], &name)) {
			guard_library(s, o, name);
		} else if (missing_header(&m->list[i], &name) && name.len > 0) {
			if (name.data[0] == '/')
				note_absent(s, name);
			for (size_t k = 0; k < s->nfolders; k++)
				note_candidate(s, s->folders[k], name);
			note_including(s, name, STR(""));
		}
	}
}

/* The system's own headers do not look for each other by quotes. */
static void
note_including_folders(struct search *s, const struct compile_options *o,
    const struct compile_result *r)
{
	for (size_t i = 0; i < r->ninputs; i++) {
		struct str folder = parent(r->inputs[i]);
		bool is_header = str_ends(r->inputs[i], STR(".h")) ||
		    str_ends(r->inputs[i], STR(".c"));

		if (is_header && !toolchain_is_system(o->toolchain, folder))
			map_put(&s->including, folder, s);
	}
}

/* ---- what texts ask for ------------------------------------------------------------------ */

/* It may be there or not, wherever it would be looked for. */
static void
note_asked(struct search *s, struct str path)
{
	struct memo_file file;

	if (!memo_exists(s->memo, path))
		note_absent(s, path);
	else if (memo_file(s->memo, path, &file))
		map_put(&s->present, path, s);
	else
		note_problem(s, path, "is asked for and is no file");
}

/* Of the folders those from `first` on. */
static void
note_everywhere(struct search *s, struct str name, struct str folder, size_t first)
{
	if (name.data[0] == '/') {
		note_asked(s, name);
		return;
	}
	if (folder.len > 0)
		note_asked(s, arena_printf(s->arena, "%.*s/%.*s", STR_ARG(folder), STR_ARG(name)));
	for (size_t i = first; i < s->nfolders; i++)
		note_asked(s, arena_printf(s->arena, "%.*s/%.*s", STR_ARG(s->folders[i]), STR_ARG(name)));
}

/* Does SOURCE_DATE_EPOCH stand for the time that is asked for?  It is in the key. */
static bool
is_fixed(const struct search *s, enum probe_kind kind)
{
	const struct toolchain *t = s->options->toolchain;

	if (!getenv("SOURCE_DATE_EPOCH"))
		return false;
	return t->kind == TOOLCHAIN_CLANG ? t->major >= 16 :
	    t->kind == TOOLCHAIN_GCC && t->major >= 7 && kind == PROBE_DATE;
}

/* The system's headers ask by macros of their own, and mean each other: let them. */
static void
take_probe(struct search *s, const struct probe *p, struct str path, struct str folder)
{
	bool is_system = path.len > 0 && toolchain_is_system(s->options->toolchain, path);

	switch (p->kind) {
	case PROBE_HEADER:
	case PROBE_EMBED:
		if (p->name.len > 0)
			note_everywhere(s, p->name, p->is_quoted ? folder : STR(""),
			    p->is_quoted ? 0 : s->options->nquote);
		else if (!is_system)
			note_problem(s, path, "asks for a file whose name is not plain to see");
		return;
	case PROBE_BINARY:
		if (s->result->assembler_lists || is_system)
			return;
		if (p->name.len > 0 && s->result->end == COMPILE_DONE &&
		    s->options->toolchain->kind == TOOLCHAIN_CLANG)
			note_everywhere(s, p->name, STR(""), 0);
		else
			note_problem(s, path, "has the assembler read files that it does not list");
		return;
	case PROBE_DATE:
	case PROBE_TIMESTAMP:
		if (!is_system && !is_fixed(s, p->kind))
			note_problem(s, path, "asks for the date");
		return;
	}
}

static void
scan_text(struct search *s, struct str text, struct str path)
{
	struct str folder = path.len > 0 ? parent(path) : STR("");
	struct probe p;
	size_t at = 0;

	while (s->problem.len == 0 && probe_next(text, &at, &p))
		take_probe(s, &p, path, folder);
}

/* The text must be the one that is known. */
static void
scan_file(struct search *s, struct str path)
{
	struct memo_file file;
	struct buf text = {0};
	ssize_t n = 1;
	int fd;

	if (!memo_file(s->memo, path, &file) || !file.has_probes)
		return;
	fd = open(arena_cstr(s->arena, path), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	while (fd != -1 && n > 0 && text.len <= LARGEST_TEXT) {
		n = read(fd, buf_room(&text, ROOM), ROOM);
		text.len += n > 0 ? (size_t)n : 0;
	}
	if (fd != -1)
		close(fd);
	if (digest_eq(hash_of(buf_str(&text)), file.digest))
		scan_text(s, buf_str(&text), path);
	else
		note_problem(s, path, "changed meanwhile");
	buf_release(&text);
}

/* ---- together ---------------------------------------------------------------------------- */

static const struct str *
take_paths(const struct map *map, struct arena *a, size_t *n)
{
	struct str *paths = arena_alloc(a, map_count(map), sizeof *paths);

	*n = 0;
	for (const struct map_entry *e = map_first(map); e; e = map_next(e))
		paths[(*n)++] = map_key(e);
	return paths;
}

static void
drop_inputs(struct search *s)
{
	for (size_t i = 0; i < s->result->ninputs; i++)
		map_remove(&s->present, s->result->inputs[i]);
}

void
shadow_find(const struct compile_request *r, const struct compile_result *result,
    struct memo *m, struct arena *a, struct shadow *found)
{
	const struct compile_options *o = r->options;
	struct search s = { .memo = m, .arena = a, .options = o, .result = result };

	add_folders(&s, o->quote_folders, o->nquote);
	add_folders(&s, o->include_folders, o->ninclude);
	add_flag_folders(&s, o->flags, o->nflags);
	add_folders(&s, o->toolchain->include_folders, o->toolchain->ninclude);
	note_including_folders(&s, o, result);
	for (size_t i = 0; i < result->ninputs; i++)
		guard_header(&s, result->inputs[i]);
	for (size_t i = 0; i < o->nlibs; i++)
		if (str_starts(o->libs[i], STR("-l")))
			guard_library(&s, o, str_slice(o->libs[i], 2, o->libs[i].len));
	guard_missing(&s, o, &result->messages);
	if (probe_may_be_in(r->unit))
		scan_text(&s, r->unit, STR(""));
	for (size_t i = 0; i < result->ninputs; i++)
		scan_file(&s, result->inputs[i]);
	drop_inputs(&s);
	*found = (struct shadow){ .problem = s.problem };
	found->absent = take_paths(&s.absent, a, &found->nabsent);
	found->present = take_paths(&s.present, a, &found->npresent);
	map_release(&s.absent);
	map_release(&s.present);
	map_release(&s.including);
	mem_free(s.folders);
}
