#define _GNU_SOURCE	/* realpath */
#include "runner/build/toolchain.h"

#include <assert.h>
#include <ctype.h>
#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include "runner/build/flags.h"
#include "runner/build/memo.h"
#include "runner/build/process.h"
#include "runner/build/supply.h"
#include "tangle/base/arena.h"
#include "tangle/base/buf.h"
#include "tangle/base/diag.h"
#include "tangle/base/map.h"
#include "tangle/base/mem.h"
#include "tangle/base/trace.h"

#define DEFAULT_PATH	"/usr/local/bin:/usr/bin:/bin"

enum {
	MAX_ANSWER = 1 << 20,
	SECONDS_ANSWER = 20
};

/* A growing list of views. */
struct list {
	struct str *items;
	size_t n, cap;
};

static void
list_add(struct list *l, struct str s)
{
	l->items = mem_grow(l->items, &l->cap, l->n + 1, sizeof *l->items);
	l->items[l->n++] = s;
}

static const struct str *
list_take(struct list *l, struct arena *a, size_t *n)
{
	const struct str *items = arena_copy(a, l->items, l->n, sizeof *l->items);

	*n = l->n;
	mem_free(l->items);
	*l = (struct list){0};
	return items;
}

static const char *
search_path(void)
{
	const char *path = getenv("PATH");

	return path && *path ? path : DEFAULT_PATH;
}

/*
 * Only what cannot change what is compiled, or is in the key (PATH is, by the
 * identity; SOURCE_DATE_EPOCH).  COMPILER_PATH, CPATH and their like stay out.
 */
static const char *const *
child_environment(struct arena *a, const char *one_more)
{
	static const char *const passed[] = {
		"SOURCE_DATE_EPOCH", "PKG_CONFIG_PATH", "PKG_CONFIG_LIBDIR",
		"PKG_CONFIG_SYSROOT_DIR"
	};
	const char **env = arena_alloc(a, 16, sizeof *env);
	size_t n = 0;

	env[n++] = arena_printf(a, "PATH=%s", search_path()).data;
	env[n++] = "LC_ALL=C.UTF-8";
	env[n++] = "TZ=UTC";
	env[n++] = "HOME=/nonexistent";
	env[n++] = "TMPDIR=.";		/* the job's own folder, by the same name always */
	for (size_t i = 0; i < sizeof passed / sizeof *passed; i++) {
		const char *value = getenv(passed[i]);

		if (value)
			env[n++] = arena_printf(a, "%s=%s", passed[i], value).data;
	}
	if (one_more)
		env[n++] = one_more;
	return env;
}

/* Run a program for what it says; false if it fails. */
static bool
ask(const char *const *argv, const char *const *env, struct buf *out, struct buf *err)
{
	struct process_options o = {
		.program = argv[0], .argv = argv, .environment = env, .folder = "/",
		.keep = MAX_ANSWER, .timeout = (int64_t)SECONDS_ANSWER * 1000000000
	};

	trace("toolchain", "asking %s %s", argv[0], argv[1] ? argv[1] : "");
	return process_run(&o, out, err);
}

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

bool
toolchain_allowed(struct str name)
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
	struct str rest = str_of(search_path());
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

/* What is being found out about a driver, to become a fact. */
struct inquiry {
	struct memo *memo;
	struct arena *arena;
	const char *driver;
	bool is_cxx;
	const char *const *env;
	struct buf fact;		/* lines: key, blank, value */
	struct list rests_on;		/* paths */
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
	list_add(&q->rests_on, path);
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

	if (ask(argv, child_environment(q->arena, "LD_TRACE_LOADED_OBJECTS=1"), &out, &err)) {
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

	if (ask(argv, q->env, &out, &err)) {
		struct str answer = str_trim(str_slice(buf_str(&out), 0,
		    str_find_byte(buf_str(&out), '\n')));

		path = arena_cstr(q->arena, answer);
		if (answer.len > 0 && *path != '/' && !strchr(path, '/'))
			path = process_find(path, search_path(), q->arena);
	}
	buf_release(&out);
	buf_release(&err);
	if (!path || *path != '/')
		return NULL;
	take_part(q, str_of(path));
	take_libraries(q, path);
	return path;
}

static void
take_linker(struct inquiry *q)
{
	const char *ld = take_tool(q, "ld");
	const char *argv[] = { ld, "--help", NULL };
	struct buf out = {0}, err = {0};

	if (ld && ask(argv, q->env, &out, &err) &&
	    str_find(buf_str(&out), STR("--dependency-file")) < out.len)
		state(q, "lists", STR("1"));
	buf_release(&out);
	buf_release(&err);
}

static void
take_link_folders(struct inquiry *q)
{
	const char *argv[] = { q->driver, "-print-search-dirs", NULL };
	struct buf out = {0}, err = {0};
	struct str rest, line;

	if (ask(argv, q->env, &out, &err)) {
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

/* What the driver says of itself: version, include folders, specs file. */
static bool
take_driver(struct inquiry *q)
{
	const char *argv[] = { q->driver, "-v", "-E", "-x", q->is_cxx ? "c++" : "c", "-", NULL };
	struct buf out = {0}, err = {0};
	struct str rest, line;
	bool ok = ask(argv, q->env, &out, &err), known = false, in_list = false;

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
			state(q, "include", str_slice(line, 1, line.len));
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
	struct str rest = str_of(search_path());

	while (rest.len > 0) {
		struct str folder = str_cut(rest, ':', &rest);

		if (folder.len == 0 || folder.data[0] != '/')
			continue;
		list_add(&q->rests_on, arena_printf(q->arena, "%.*s/as", STR_ARG(folder)));
		list_add(&q->rests_on, arena_printf(q->arena, "%.*s/ld", STR_ARG(folder)));
	}
}

static void
inquire(struct inquiry *q)
{
	const char *const tools[] = { q->is_cxx ? "cc1plus" : "cc1", "as", "collect2" };
	char hex[HASH_HEX + 1];

	if (take_driver(q)) {
		for (size_t i = 0; i < sizeof tools / sizeof *tools; i++)
			take_tool(q, tools[i]);
		take_linker(q);
		take_link_folders(q);
	}
	guard_path(q);
	buf_add(&q->identity, buf_str(&q->fact));
	digest_hex(hash_of(buf_str(&q->identity)), hex);
	state(q, "identity", str_of(hex));
}

/* g++, clang++-14 */
static bool
is_for_cxx(const char *driver)
{
	const char *name = strrchr(driver, '/');

	return strstr(name ? name : driver, "++") != NULL;
}

/* Find out, and remember, under the fact's name. */
static struct str
learn(struct memo *m, struct str name, const char *driver, struct arena *a)
{
	struct inquiry q = { .memo = m, .arena = a, .driver = driver,
	    .is_cxx = is_for_cxx(driver), .env = child_environment(a, NULL) };

	inquire(&q);
	memo_learn(m, name, buf_str(&q.fact), q.rests_on.items, q.rests_on.n);
	mem_free(q.rests_on.items);
	map_release(&q.programs);
	buf_release(&q.identity);
	return buf_take(&q.fact, a);
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
	struct list include = {0}, link = {0};
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
		else if (str_eq(key, STR("include")))
			list_add(&include, value);
		else if (str_eq(key, STR("link")))
			list_add(&link, value);
		else if (str_eq(key, STR("major")) && !str_number(value, 1000, &t->major))
			t->major = 0;
		else if (str_eq(key, STR("identity")) && !digest_parse(&t->identity, value))
			assert(false && "a fact is as we wrote it");
	}
	t->include_folders = list_take(&include, a, &t->ninclude);
	t->link_folders = list_take(&link, a, &t->nlink);
	t->environment = child_environment(a, NULL);
	return t;
}

const struct toolchain *
toolchain_find(struct memo *m, struct str name, bool is_trusted, struct arena *a,
    struct place at, struct diag *d)
{
	struct str fact, fact_name;
	const char *driver;

	if (!toolchain_allowed(name) &&
	    (!is_trusted || name.len == 0 || (name.data[0] != '/' &&
	    str_find_byte(name, '/') < name.len))) {
		diag_error(d, STATUS_REFUSED, at, "forbidden-compiler",
		    "a document cannot choose the compiler '%.*s': "
		    "gcc, clang, tcc and cc, with a version as in gcc-12, are known",
		    STR_ARG(name));
		return NULL;
	}
	driver = find_driver(name, a);
	if (!driver) {
		diag_error(d, STATUS_ENVIRONMENT, at, "no-compiler",
		    "the compiler '%.*s' is not on the search path '%s'%s",
		    STR_ARG(name), search_path(), is_for_cxx(arena_cstr(a, name)) ?
		    ": C++ cells need it" : "");
		return NULL;
	}
	fact_name = arena_printf(a, "toolchain 2 %s %s", driver, search_path());
	if (memo_recall(m, fact_name, a, &fact)) {
		trace("toolchain", "%s is as before", driver);
		return read_fact(fact, driver, a);
	}
	if (memo_is_frozen(m))
		return NULL;
	return read_fact(learn(m, fact_name, driver, a), driver, a);
}

/* What the driver has under that name among its own files; empty if nothing. */
static struct str
own_file(const struct toolchain *t, struct str name, struct arena *a)
{
	const char *argv[] = { t->path, arena_printf(a, "-print-file-name=%.*s", STR_ARG(name)).data,
	    NULL };
	struct buf out = {0}, err = {0};
	struct str path = STR("");

	if (ask(argv, t->environment, &out, &err) && str_starts(buf_str(&out), STR("/"))) {
		struct str line = str_slice(buf_str(&out), 0, str_find_byte(buf_str(&out), '\n'));
		char *real = realpath(arena_cstr(a, line), NULL);

		path = real ? arena_str(a, str_of(real)) : STR("");
		free(real);
	}
	buf_release(&out);
	buf_release(&err);
	return path;
}

static struct str
find_runtime(const struct toolchain *t, const char *sanitizer, struct arena *a)
{
	const char *name = strcmp(sanitizer, "ubsan") == 0 ? "ubsan_standalone" : sanitizer;
	struct utsname machine;
	struct str path;

	if (t->kind == TOOLCHAIN_GCC)
		return own_file(t, arena_printf(a, "lib%s.so", sanitizer), a);
	if (t->kind != TOOLCHAIN_CLANG || uname(&machine) == -1)
		return STR("");
	path = own_file(t, arena_printf(a, "libclang_rt.%s-%s.so", name, machine.machine), a);
	return path.len > 0 ? path : own_file(t, arena_printf(a, "libclang_rt.%s.so", name), a);
}

struct str
toolchain_runtime(struct memo *m, const struct toolchain *t, const char *sanitizer, struct arena *a)
{
	struct str name = arena_printf(a, "runtime 1 %s %s", sanitizer, t->path), path;
	struct str rests_on[2] = { str_of(t->path) };

	if (t->kind == TOOLCHAIN_GCC && strcmp(sanitizer, "ubsan") == 0)
		return (struct str){0};
	if (memo_recall(m, name, a, &path))
		return path;
	if (memo_is_frozen(m))
		return (struct str){0};
	path = find_runtime(t, sanitizer, a);
	rests_on[1] = path;
	if (path.len > 0)	/* what is missing may be installed at any time */
		memo_learn(m, name, path, rests_on, 2);
	return path;
}

bool
toolchain_is_system(const struct toolchain *t, struct str path)
{
	for (size_t i = 0; i < t->ninclude; i++) {
		struct str folder = t->include_folders[i];

		if (str_starts(path, folder) &&
		    (path.len == folder.len || path.data[folder.len] == '/'))
			return true;
	}
	return false;
}

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
guard_packages(struct list *paths, struct str folder, struct arena *a)
{
	DIR *dir = opendir(arena_cstr(a, folder));
	const struct dirent *e;

	list_add(paths, folder);
	while (dir && (e = readdir(dir)))
		if (str_ends(str_of(e->d_name), STR(".pc")))
			list_add(paths, arena_printf(a, "%.*s/%s", STR_ARG(folder), e->d_name));
	if (dir)
		closedir(dir);
}

/*
 * A package may require others in any folder of the path, so the answer rests
 * on all of them: some hundred calls to the system, where a package is asked for.
 */
static void
guard_search(struct list *paths, const char *program, struct arena *a)
{
	const char *argv[] = { program, "--variable=pc_path", "pkg-config", NULL };
	const char *fixed = getenv("PKG_CONFIG_LIBDIR");
	struct buf out = {0}, err = {0};
	struct str rest;

	list_add(paths, str_of(program));
	if (fixed)
		buf_add(&out, str_of(fixed));
	else if (!ask(argv, child_environment(a, NULL), &out, &err))
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
	ok = ask(argv, child_environment(a, NULL), &out, err);
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
near_package(const struct list *paths, struct str name)
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
say_no_package(struct str err, const struct list *paths, struct arena *a, struct place at,
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
	const char *program = process_find("pkg-config", search_path(), a);
	struct list paths = {0};
	struct buf err = {0};
	struct str cflags, libs;
	bool ok = false;

	if (!program) {
		diag_error(d, STATUS_ENVIRONMENT, at, "no-package",
		    "the program 'pkg-config' is not on the search path '%s'", search_path());
		return false;
	}
	if (ask_packages(program, "--cflags", names, nnames, a, &cflags, &err) &&
	    ask_packages(program, "--libs", names, nnames, a, &libs, &err)) {
		*fact = arena_printf(a, "%.*s\n%.*s\n", STR_ARG(cflags), STR_ARG(libs));
		guard_search(&paths, program, a);
		memo_learn(m, fact_name, *fact, paths.items, paths.n);
		mem_free(paths.items);
		ok = true;
	} else {
		guard_search(&paths, program, a);
		say_no_package(buf_str(&err), &paths, a, at, d);
		mem_free(paths.items);
	}
	buf_release(&err);
	return ok;
}

bool
toolchain_packages(struct memo *m, const struct str *names, size_t nnames,
    struct arena *a, struct package_flags *flags, struct place at, struct diag *d)
{
	struct buf name = {0};
	struct str fact, fact_name, cflags, libs;

	buf_printf(&name, "packages 1 %s %s %s %s", search_path(),
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
