#include "runner/build/packages.h"

#include <ctype.h>
#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#include "runner/build/ask.h"
#include "runner/build/flags.h"
#include "runner/build/memo.h"
#include "runner/build/process.h"
#include "runner/build/supply.h"
#include "tangle/base/arena.h"
#include "tangle/base/buf.h"
#include "tangle/base/diag.h"

static bool
is_package_name(struct str s)
{
	if (s.len == 0 || s.len > 128 || !isalnum((unsigned char)s.data[0]))
		return false;
	for (size_t i = 0; i < s.len; i++)
		if (!isalnum((unsigned char)s.data[i]) && !strchr("+-._", s.data[i]))
			return false;
	return true;
}

static const char *
environment_or(const char *name, const char *otherwise)
{
	const char *value = getenv(name);

	return value ? value : otherwise;
}

/* Every .pc file of a folder, and the folder itself. */
static void
guard_packages(struct path_list *paths, struct str folder, struct arena *a)
{
	DIR *dir = opendir(arena_cstr(a, folder));
	const struct dirent *e;

	path_list_add(paths, folder);
	while (dir && (e = readdir(dir)))
		if (str_ends(str_of(e->d_name), STR(".pc")))
			path_list_add(paths, arena_printf(a, "%.*s/%s", STR_ARG(folder), e->d_name));
	if (dir)
		closedir(dir);
}

/*
 * A package may require others in any folder of the path, so the answer rests
 * on all of them: some hundred calls to the system, where a package is asked for.
 */
static void
guard_search(struct path_list *paths, const char *program, struct arena *a)
{
	const char *argv[] = { program, "--variable=pc_path", "pkg-config", NULL };
	const char *fixed = getenv("PKG_CONFIG_LIBDIR");
	struct buf out = {0}, err = {0};
	struct str rest;

	path_list_add(paths, str_of(program));
	if (fixed)
		buf_add(&out, str_of(fixed));
	else if (!ask_program(argv, ask_package_environment(a), &out, &err))
		buf_clear(&out);
	buf_printf(&out, ":%s", environment_or("PKG_CONFIG_PATH", ""));
	rest = arena_str(a, buf_str(&out));
	while (rest.len > 0) {
		struct str folder = str_cut(rest, ':', &rest);

		folder = str_slice(folder, 0, str_find_byte(folder, '\n'));
		if (folder.len > 0 && folder.data[0] == '/')
			guard_packages(paths, folder, a);
	}
	buf_release(&out);
	buf_release(&err);
}

/* One line of flags, or false with pkg-config's own words in err. */
static bool
ask_packages(const char *program, const char *what, const struct str *names,
    size_t nnames, struct arena *a, struct str *answer, struct buf *err)
{
	const char **argv = arena_alloc(a, nnames + 5, sizeof *argv);
	struct buf out = {0};
	size_t n = 0;
	bool ok;

	argv[n++] = program;
	argv[n++] = "--print-errors";
	argv[n++] = what;
	argv[n++] = "--";
	for (size_t i = 0; i < nnames; i++)
		argv[n++] = arena_cstr(a, names[i]);
	ok = ask_program(argv, ask_package_environment(a), &out, err);
	*answer = str_trim(str_slice(buf_str(&out), 0, str_find_byte(buf_str(&out), '\n')));
	*answer = arena_str(a, *answer);
	buf_release(&out);
	return ok;
}

/* The package that pkg-config misses: "Package 'x', required by 'y', not found". */
static struct str
missing_package(struct str words)
{
	struct str rest;

	if (!str_starts(words, STR("Package ")))
		return STR("");
	rest = str_slice(words, 8, words.len);
	if (!str_starts(rest, STR("'")))
		return str_slice(rest, 0, str_find_byte(rest, ' '));
	rest = str_slice(rest, 1, rest.len);
	return str_slice(rest, 0, str_find_byte(rest, '\''));
}

/* The installed package whose name is nearest; or empty. */
static struct str
near_package(const struct path_list *paths, struct str name)
{
	unsigned limit = name.len <= 4 ? 1 : 2;
	struct str best = {0};

	for (size_t i = 0; i < paths->n; i++) {
		struct str pc = paths->items[i];
		unsigned far;

		if (!str_ends(pc, STR(".pc")))
			continue;
		pc = str_slice(pc, 0, pc.len - 3);
		while (str_find_byte(pc, '/') < pc.len)
			str_cut(pc, '/', &pc);
		far = str_distance(name, pc, limit);
		if (far <= limit && far > 0) {
			best = pc;
			limit = far - 1;
		}
	}
	return best;
}

static void
say_no_package(struct str err, const struct path_list *paths, struct arena *a, struct place at,
    struct diag *d)
{
	struct str words = str_slice(err, 0, str_find_byte(err, '\n'));
	struct str name = missing_package(words), near = near_package(paths, name), advice;
	const struct supply *s = supply_of_pc(name);

	if (s)
		advice = arena_printf(a, "apt install %s", s->package);
	else if (near.len > 0)
		advice = arena_printf(a, "did you mean '%.*s'?", STR_ARG(near));
	else
		advice = arena_printf(a, "'apt-file search %.*s.pc' finds what to install", STR_ARG(name));
	if (name.len > 0 && str_find(words, STR("required by")) == words.len)
		diag_error(d, STATUS_ENVIRONMENT, at, "no-package",
		    "the package '%.*s' is not installed: %.*s", STR_ARG(name), STR_ARG(advice));
	else
		diag_error(d, STATUS_ENVIRONMENT, at, "no-package", "pkg-config: %.*s: %.*s",
		    STR_ARG(words), STR_ARG(advice));
}

static bool
learn_packages(struct memo *m, struct str fact_name, const struct str *names,
    size_t nnames, struct arena *a, struct str *fact, struct place at, struct diag *d)
{
	const char *program = process_find("pkg-config", ask_path(), a);
	struct path_list paths = {0};
	struct buf err = {0};
	struct str cflags, libs;
	bool ok = false;

	if (!program) {
		diag_error(d, STATUS_ENVIRONMENT, at, "no-package",
		    "the program 'pkg-config', which pkg asks, is not on the search path: apt install pkg-config");
		return false;
	}
	if (ask_packages(program, "--cflags", names, nnames, a, &cflags, &err) &&
	    ask_packages(program, "--libs", names, nnames, a, &libs, &err)) {
		*fact = arena_printf(a, "%.*s\n%.*s\n", STR_ARG(cflags), STR_ARG(libs));
		guard_search(&paths, program, a);
		memo_learn(m, fact_name, *fact, paths.items, paths.n);
		path_list_release(&paths);
		ok = true;
	} else {
		guard_search(&paths, program, a);
		say_no_package(buf_str(&err), &paths, a, at, d);
		path_list_release(&paths);
	}
	buf_release(&err);
	return ok;
}

bool
packages_find(struct memo *m, const struct str *names, size_t nnames,
    struct arena *a, struct package_flags *flags, struct place at, struct diag *d)
{
	struct buf name = {0};
	struct str fact, fact_name, cflags, libs;

	buf_printf(&name, "packages 1 %s %s %s %s", ask_path(),
	    environment_or("PKG_CONFIG_PATH", "-"), environment_or("PKG_CONFIG_LIBDIR", "-"),
	    environment_or("PKG_CONFIG_SYSROOT_DIR", "-"));
	for (size_t i = 0; i < nnames; i++) {
		if (!is_package_name(names[i])) {
			diag_error(d, STATUS_REFUSED, at, "forbidden-package",
			    "'%.*s' is no name of a package", STR_ARG(names[i]));
			buf_release(&name);
			return false;
		}
		buf_printf(&name, " %.*s", STR_ARG(names[i]));
	}
	fact_name = buf_take(&name, a);
	if (!memo_recall(m, fact_name, a, &fact) && (memo_is_frozen(m) ||
	    !learn_packages(m, fact_name, names, nnames, a, &fact, at, d)))
		return false;
	cflags = str_cut(fact, '\n', &libs);
	libs = str_slice(libs, 0, str_find_byte(libs, '\n'));
	return flags_split(cflags, a, &flags->cflags, &flags->ncflags, at, d) &&
	    flags_split(libs, a, &flags->libs, &flags->nlibs, at, d);
}
