#define _GNU_SOURCE	/* realpath */
#include "runner/build/toolchain.h"

#include <assert.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "runner/build/ask.h"
#include "runner/build/inquiry.h"
#include "runner/build/memo.h"
#include "runner/build/process.h"
#include "tangle/base/arena.h"
#include "tangle/base/buf.h"
#include "tangle/base/diag.h"
#include "tangle/base/trace.h"

static bool
is_version(struct str s)
{
	for (size_t i = 0; i < s.len; i++)
		if (!isdigit((unsigned char)s.data[i]) && s.data[i] != '.')
			return false;
	return s.len > 0 && s.len <= 16;
}

/* Compilers that a document may name, as they are called for C and for C++. */
static const struct { const char *c, *cxx; } drivers[] = {
	{ "gcc", "g++" }, { "clang", "clang++" }, { "cc", "c++" }, { "tcc", "" }
};

/* May a document name this compiler? */
static bool
is_allowed(struct str name)
{
	struct str version, base = str_cut(name, '-', &version);

	for (size_t i = 0; i < sizeof drivers / sizeof *drivers; i++)
		if (str_eq(base, str_of(drivers[i].c)) ||
		    (base.len > 0 && str_eq(base, str_of(drivers[i].cxx))))
			return base.len == name.len || is_version(version);
	return false;
}

struct str
toolchain_name(struct str name, bool is_cxx, struct arena *a)
{
	struct str version, base = str_cut(name, '-', &version);

	for (size_t i = 0; i < sizeof drivers / sizeof *drivers; i++) {
		const char *called = is_cxx ? drivers[i].cxx : drivers[i].c;

		if (!str_eq(base, str_of(drivers[i].c)) && !str_eq(base, str_of(drivers[i].cxx)))
			continue;
		if (base.len == name.len || !*called)
			return str_of(called);
		return arena_printf(a, "%s-%.*s", called, STR_ARG(version));
	}
	return name;
}

/*
 * A cache in front of a compiler (a link named gcc to ccache) is passed over:
 * ours is the cache, and such a program's bytes say nothing of the compiler.
 */
static bool
is_launcher(const char *path, struct arena *a)
{
	static const struct str launchers[] = {
		{ "/ccache", 7 }, { "/sccache", 8 }, { "/distcc", 7 }, { "/icecc", 6 }
	};
	char *real = realpath(path, NULL);
	struct str s = real ? arena_str(a, str_of(real)) : STR("");

	free(real);
	for (size_t i = 0; i < sizeof launchers / sizeof *launchers; i++)
		if (str_ends(s, launchers[i]))
			return true;
	return false;
}

static const char *
find_driver(struct str name, struct arena *a)
{
	struct str rest = str_of(ask_path());
	const char *word = arena_cstr(a, name);

	if (*word == '/')
		return process_find(strrchr(word, '/') + 1,
		    arena_cstr(a, str_slice(name, 0, (size_t)(strrchr(word, '/') - word))), a);
	while (rest.len > 0) {
		struct str folder = str_cut(rest, ':', &rest);
		const char *found = process_find(word, arena_cstr(a, folder), a);

		if (found && !is_launcher(found, a))
			return found;
	}
	return NULL;
}

/* g++, clang++-14 */
static bool
is_for_cxx(const char *driver)
{
	const char *name = strrchr(driver, '/');

	return strstr(name ? name : driver, "++") != NULL;
}

/* Of those that have no version in their names: what has one may not be there to be had. */
static const char *
package_of(struct str name)
{
	static const char *const packages[][2] = {
		{ "gcc", "gcc libc6-dev" }, { "cc", "gcc libc6-dev" }, { "g++", "g++" }, { "c++", "g++" },
		{ "clang", "clang" }, { "clang++", "clang" }, { "tcc", "tcc" }
	};

	for (size_t i = 0; i < sizeof packages / sizeof *packages; i++)
		if (str_eq(name, str_of(packages[i][0])))
			return packages[i][1];
	return NULL;
}

static void
read_kind(struct toolchain *t, struct str kind)
{
	if (str_eq(kind, STR("gcc")))
		t->kind = TOOLCHAIN_GCC;
	else if (str_eq(kind, STR("clang")))
		t->kind = TOOLCHAIN_CLANG;
	else
		t->is_tcc = true;
}

static struct toolchain *
read_fact(struct str fact, const char *driver, struct arena *a)
{
	struct toolchain *t = arena_alloc(a, 1, sizeof *t);
	struct path_list include = {0}, named = {0}, link = {0};
	struct str line;

	*t = (struct toolchain){ .path = driver, .kind = TOOLCHAIN_OTHER };
	while (str_line(&fact, &line)) {
		struct str value, key = str_cut(line, ' ', &value);

		if (str_eq(key, STR("kind")))
			read_kind(t, value);
		else if (str_eq(key, STR("version")))
			t->version = value;
		else if (str_eq(key, STR("lists")))
			t->linker_lists = true;
		else if (str_eq(key, STR("joins")))
			t->linker_joins = true;
		else if (str_eq(key, STR("linker")))
			t->linker = value;
		else if (str_eq(key, STR("include")))
			path_list_add(&include, value);
		else if (str_eq(key, STR("named")))
			path_list_add(&named, value);
		else if (str_eq(key, STR("link")))
			path_list_add(&link, value);
		else if (str_eq(key, STR("major")) && !str_number(value, 1000, &t->major))
			t->major = 0;
		else if (str_eq(key, STR("identity")) && !digest_parse(&t->identity, value))
			assert(false && "a fact is as we wrote it");
	}
	t->has_embed = (t->kind == TOOLCHAIN_CLANG && t->major >= 19) ||
	    (t->kind == TOOLCHAIN_GCC && t->major >= 15);
	t->include_folders = path_list_take(&include, a, &t->ninclude);
	t->named_folders = path_list_take(&named, a, &t->nnamed);
	t->link_folders = path_list_take(&link, a, &t->nlink);
	t->environment = ask_environment(a, NULL);
	return t;
}

/* It rests on what the programs are told of their surroundings, too. */
static struct str
name_of_fact(const char *driver, struct arena *a)
{
	const char *const *env = ask_environment(a, NULL);
	struct buf name = {0};

	buf_printf(&name, "toolchain 5 %s", driver);
	for (; *env; env++)
		if (!str_starts(str_of(*env), STR("SOURCE_DATE_EPOCH=")))
			buf_printf(&name, " %s", *env);
	return buf_take(&name, a);
}

const struct toolchain *
toolchain_find(struct memo *m, struct str name, bool is_trusted, struct arena *a,
    struct place at, struct diag *d)
{
	struct str fact, fact_name;
	const char *driver;

	if (!is_allowed(name) &&
	    (!is_trusted || name.len == 0 || (name.data[0] != '/' &&
	    str_find_byte(name, '/') < name.len))) {
		diag_error(d, STATUS_REFUSED, at, "forbidden-compiler",
		    "a document cannot choose the compiler '%.*s': "
		    "gcc, clang, tcc and cc, with a version as in gcc-12, are known",
		    STR_ARG(name));
		if (str_starts(name, STR("mpi")))
			diag_help(d, at, "pkg=mpi-c gives a cell what mpicc adds; console blocks start mpicc itself");
		return NULL;
	}
	driver = find_driver(name, a);
	if (!driver) {
		diag_error(d, STATUS_ENVIRONMENT, at, "no-compiler",
		    "the compiler '%.*s'%s is not on the search path: install it, or choose another "
		    "with cc", STR_ARG(name), is_for_cxx(arena_cstr(a, name)) ?
		    ", which C++ cells need," : "");
		if (package_of(name))
			diag_help(d, at, "apt install %s", package_of(name));
		return NULL;
	}
	fact_name = name_of_fact(driver, a);
	if (memo_recall(m, fact_name, a, &fact)) {
		trace("toolchain", "%s is as before", driver);
		return read_fact(fact, driver, a);
	}
	if (memo_is_frozen(m))
		return NULL;
	return read_fact(inquiry_learn(m, fact_name, driver, is_for_cxx(driver), a), driver, a);
}

static bool
lies_in(struct str path, const struct str *folders, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (str_starts(path, folders[i]) &&
		    (path.len == folders[i].len || path.data[folders[i].len] == '/'))
			return true;
	return false;
}

bool
toolchain_is_system(const struct toolchain *t, struct str path)
{
	return lies_in(path, t->include_folders, t->ninclude) &&
	    !lies_in(path, t->named_folders, t->nnamed);
}
