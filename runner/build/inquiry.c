#include "runner/build/inquiry.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "runner/build/ask.h"
#include "runner/build/memo.h"
#include "runner/build/process.h"
#include "tangle/base/arena.h"
#include "tangle/base/buf.h"
#include "tangle/base/map.h"

enum { MAX_SCRIPT = 16 << 10 };

/* What is being found out about a driver, to become a fact. */
struct inquiry {
	struct memo *memo;
	struct arena *arena;
	const char *driver;
	bool is_cxx;
	const char *const *env;
	struct buf fact;		/* lines: key, blank, value */
	struct path_list rests_on;
	struct map programs;		/* path -> nothing: those hashed */
	struct buf identity;
};

static void
state(struct inquiry *q, const char *key, struct str value)
{
	buf_printf(&q->fact, "%s %.*s\n", key, STR_ARG(value));
}

/* A file takes part: its digest enters the identity. */
static void
take_part(struct inquiry *q, struct str path)
{
	struct memo_file file;
	char hex[HASH_HEX + 1];

	if (map_get(&q->programs, path) || !memo_file(q->memo, path, &file))
		return;
	map_put(&q->programs, path, q);
	path_list_add(&q->rests_on, path);
	digest_hex(file.digest, hex);
	buf_printf(&q->identity, "%s\n", hex);
}

/*
 * The libraries a program loads, as the dynamic loader itself lists them
 * ("libbfd.so => /lib/libbfd.so (0x...)").  A static program says nothing.
 */
static void
take_libraries(struct inquiry *q, const char *program)
{
	const char *argv[] = { program, NULL };
	struct buf out = {0}, err = {0};
	struct str rest, line;

	if (ask_program(argv, ask_environment(q->arena, "LD_TRACE_LOADED_OBJECTS=1"), &out, &err)) {
		rest = arena_str(q->arena, buf_str(&out));
		while (str_line(&rest, &line)) {
			size_t from = str_find_byte(line, '/');
			struct str path = str_slice(line, from, line.len);

			path = str_slice(path, 0, str_find(path, STR(" (")));
			if (path.len > 0)
				take_part(q, path);
		}
	}
	buf_release(&out);
	buf_release(&err);
}

/* A program that the driver starts: cc1, as, ld, collect2. */
static const char *
take_tool(struct inquiry *q, const char *name)
{
	const char *argv[] = { q->driver,
	    arena_printf(q->arena, "-print-prog-name=%s", name).data, NULL };
	struct buf out = {0}, err = {0};
	const char *path = NULL;

	if (ask_program(argv, q->env, &out, &err)) {
		struct str answer = str_trim(str_slice(buf_str(&out), 0,
		    str_find_byte(buf_str(&out), '\n')));

		path = arena_cstr(q->arena, answer);
		if (answer.len > 0 && *path != '/' && !strchr(path, '/'))
			path = process_find(path, ask_path(), q->arena);
	}
	buf_release(&out);
	buf_release(&err);
	if (!path || *path != '/')
		return NULL;
	take_part(q, str_of(path));
	take_libraries(q, path);
	return path;
}

/* Its path is no part of the identity, which rests on what is in it. */
static const char *
take_linker(struct inquiry *q)
{
	const char *ld = take_tool(q, "ld");
	const char *argv[] = { ld, "--help", NULL };
	struct buf out = {0}, err = {0};

	if (ld && ask_program(argv, q->env, &out, &err)) {
		if (str_find(buf_str(&out), STR("--dependency-file")) < out.len)
			state(q, "lists", STR("1"));
		if (str_find(buf_str(&out), STR("-z noseparate-code")) < out.len)
			state(q, "joins", STR("1"));
	}
	buf_release(&out);
	buf_release(&err);
	return ld;
}

/* clang hands it on and does not say so. */
static void
add_library_path(struct inquiry *q)
{
	const char *value = getenv("LIBRARY_PATH");
	struct str rest = str_of(value ? value : "");

	while (rest.len > 0) {
		struct str folder = str_cut(rest, ':', &rest);

		if (str_starts(folder, STR("/")))
			state(q, "link", folder);
	}
}

static void
take_link_folders(struct inquiry *q)
{
	const char *argv[] = { q->driver, "-print-search-dirs", NULL };
	struct buf out = {0}, err = {0};
	struct str rest, line;

	add_library_path(q);
	if (ask_program(argv, q->env, &out, &err)) {
		rest = arena_str(q->arena, buf_str(&out));
		while (str_line(&rest, &line)) {
			if (!str_starts(line, STR("libraries: =")))
				continue;
			line = str_slice(line, 12, line.len);
			while (line.len > 0)
				state(q, "link", str_cut(line, ':', &line));
		}
	}
	buf_release(&out);
	buf_release(&err);
}

/* "gcc version 12.2.0 (Debian 12.2.0-14)", "Debian clang version 14.0.6" */
static bool
read_version(struct inquiry *q, struct str line)
{
	size_t at = str_find(line, STR(" version "));
	struct str rest = str_slice(line, at + 9, line.len), unused;
	bool is_clang = str_find(str_slice(line, 0, at), STR("clang")) < at;

	if (str_starts(line, STR("tcc version "))) {
		state(q, "kind", STR("tcc"));
		state(q, "version", line);
		return true;
	}
	if (at == line.len || (!is_clang && !str_starts(line, STR("gcc version "))))
		return false;
	state(q, "kind", is_clang ? STR("clang") : STR("gcc"));
	state(q, "major", str_cut(rest, '.', &unused));
	state(q, "version", line);
	return true;
}

/* Folders that a variable of a search path names. */
static bool
is_named(struct str folder)
{
	for (size_t i = 0; ask_passed[i]; i++) {
		const char *value = getenv(ask_passed[i]);
		struct str rest = str_of(value ? value : "");

		while (rest.len > 0) {
			struct str one = str_cut(rest, ':', &rest);

			while (one.len > 1 && str_ends(one, STR("/")))
				one.len--;
			if (str_eq(one, folder))
				return true;
		}
	}
	return false;
}

static void
take_include(struct inquiry *q, struct str folder)
{
	state(q, "include", folder);
	if (is_named(folder))
		state(q, "named", folder);
}

/*
 * The programs that really run, where the driver is a link or a script in front of
 * them: gcc names itself and what it starts, clang its compiler proper.
 */
static void
take_program(struct inquiry *q, struct str line)
{
	static const char *const names[] = { "COLLECT_GCC=", "COLLECT_LTO_WRAPPER=", " \"" };

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		struct str name = str_of(names[i]), path = str_slice(line, name.len, line.len);

		path = str_slice(path, 0, str_find_byte(path, '"'));
		if (str_starts(line, name) && str_starts(path, STR("/")) &&
		    str_find_byte(path, ' ') == path.len) {
			take_part(q, path);
			if (path.len > 0)
				take_libraries(q, arena_cstr(q->arena, path));
		}
	}
}

/* A folder that is not there may come to be searched. */
static void
take_missing(struct inquiry *q, struct str line)
{
	struct str rest, folder;

	(void)str_cut(line, '"', &rest);
	folder = str_cut(rest, '"', &rest);
	if (str_starts(folder, STR("/")))
		path_list_add(&q->rests_on, folder);
}

/* What the driver says of itself: version, include folders, specs file. */
static bool
take_driver(struct inquiry *q)
{
	const char *argv[] = { q->driver, "-v", "-E", "-x", q->is_cxx ? "c++" : "c", "-", NULL };
	struct buf out = {0}, err = {0};
	struct str rest, line;
	bool ok = ask_program(argv, q->env, &out, &err), known = false, in_list = false;

	buf_add(&err, buf_str(&out));	/* where tcc says it */
	rest = arena_str(q->arena, buf_str(&err));
	while (ok && str_line(&rest, &line)) {
		if (str_starts(line, STR("Reading specs from ")) &&
		    str_find_byte(line, '/') < line.len)
			take_part(q, str_slice(line, str_find_byte(line, '/'), line.len));
		else if (str_starts(line, STR("#include <")))
			in_list = true;
		else if (str_starts(line, STR("End of search list")))
			in_list = false;
		else if (in_list && str_starts(line, STR(" /")))
			take_include(q, str_slice(line, 1, line.len));
		else if (str_starts(line, STR("ignoring nonexistent directory ")))
			take_missing(q, line);
		else if (str_starts(line, STR("COLLECT_")) || str_starts(line, STR(" \"/")))
			take_program(q, line);
		else if (!known)
			known = read_version(q, line);
	}
	buf_release(&out);
	buf_release(&err);
	take_part(q, str_of(q->driver));
	take_libraries(q, q->driver);
	return known;
}

/* An assembler or linker that appears earlier on the path would be taken. */
static void
guard_path(struct inquiry *q)
{
	struct str rest = str_of(ask_path());

	while (rest.len > 0) {
		struct str folder = str_cut(rest, ':', &rest);

		if (folder.len == 0 || folder.data[0] != '/')
			continue;
		path_list_add(&q->rests_on, arena_printf(q->arena, "%.*s/as", STR_ARG(folder)));
		path_list_add(&q->rests_on, arena_printf(q->arena, "%.*s/ld", STR_ARG(folder)));
	}
}

/* The linker loads it when it meets an object of -flto, in a library for example. */
static void
take_plugin(struct inquiry *q)
{
	const char *argv[] = { q->driver, "-print-file-name=liblto_plugin.so", NULL };
	struct buf out = {0}, err = {0};

	if (ask_program(argv, q->env, &out, &err))
		take_part(q, arena_str(q->arena, str_slice(buf_str(&out), 0,
		    str_find_byte(buf_str(&out), '\n'))));
	buf_release(&out);
	buf_release(&err);
}

static bool
is_path_byte(char c)
{
	return isalnum((unsigned char)c) || (c && strchr("/._+-", c));
}

/* No log that the script writes, and no folder. */
static bool
is_program(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISREG(st.st_mode) && (st.st_mode & 0111) != 0;
}

/*
 * A script that stands for a compiler: the programs that it names may be what it
 * runs, by a link that is set anew for example.
 */
static void
take_script(struct inquiry *q)
{
	FILE *f = fopen(q->driver, "re");
	char *text = arena_alloc(q->arena, MAX_SCRIPT + 1, 1);
	size_t n = f ? fread(text, 1, MAX_SCRIPT, f) : 0;

	if (f)
		fclose(f);
	if (!str_starts((struct str){ text, n }, STR("#!")))
		return;
	for (size_t from = 0, to; from < n; from = to + 1) {
		const char *word, *found;

		for (to = from; to < n && is_path_byte(text[to]); to++)
			;
		text[to] = '\0';
		word = text + from;
		found = *word == '/' ? word : NULL;
		if (to > from && !strchr(word, '/'))
			found = process_find(word, ask_path(), q->arena);
		if (found && is_program(found)) {
			path_list_add(&q->rests_on, str_of(found));
			take_part(q, str_of(found));
		}
	}
}

static void
inquire(struct inquiry *q)
{
	const char *const tools[] = { q->is_cxx ? "cc1plus" : "cc1", "as", "collect2" };
	const char *linker = NULL;
	char hex[HASH_HEX + 1];

	if (take_driver(q)) {
		for (size_t i = 0; i < sizeof tools / sizeof *tools; i++)
			take_tool(q, tools[i]);
		linker = take_linker(q);
		take_link_folders(q);
		take_plugin(q);
	}
	take_script(q);
	guard_path(q);
	buf_add(&q->identity, buf_str(&q->fact));
	digest_hex(hash_of(buf_str(&q->identity)), hex);
	state(q, "identity", str_of(hex));
	if (linker)
		state(q, "linker", str_of(linker));
}

struct str
inquiry_learn(struct memo *m, struct str name, const char *driver, bool is_cxx, struct arena *a)
{
	struct inquiry q = { .memo = m, .arena = a, .driver = driver,
	    .is_cxx = is_cxx, .env = ask_environment(a, NULL) };

	inquire(&q);
	memo_learn(m, name, buf_str(&q.fact), q.rests_on.items, q.rests_on.n);
	path_list_release(&q.rests_on);
	map_release(&q.programs);
	buf_release(&q.identity);
	return buf_take(&q.fact, a);
}
