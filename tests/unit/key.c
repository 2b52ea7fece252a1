/*
 * Keys: their encoding stays what it is, and no two requests share one.
 *
 * When a key changes on purpose, raise FORMAT in runner/cache/key.c and put the new
 * digests here; docs/cache-keys.md describes the encoding.
 */
#undef NDEBUG
#define _GNU_SOURCE	/* setenv */
#include "runner/cache/key.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runner/build/compile.h"
#include "runner/build/toolchain.h"
#include "tangle/base/arena.h"
#include "tangle/base/map.h"

static struct arena arena;
static struct map seen;		/* digest in hex -> what had it */

static const struct toolchain gcc = { .path = "/bin/gcc", .kind = TOOLCHAIN_GCC, .major = 12,
    .version = { "gcc version 12.2.0 (Debian 12.2.0-14)", 37 }, .identity = {{ 1, 2, 3 }} };
static const struct toolchain other = { .path = "/bin/gcc", .kind = TOOLCHAIN_GCC, .major = 12,
    .version = { "gcc version 12.2.0 (Debian 12.2.0-14)", 37 }, .identity = {{ 1, 2, 4 }} };

static const char *
hex_of(struct digest d)
{
	char *hex = arena_alloc(&arena, HASH_HEX + 1, 1);

	digest_hex(d, hex);
	return hex;
}

static void
check(const char *what, struct digest d, const char *expected)
{
	if (strcmp(hex_of(d), expected) != 0)
		fprintf(stderr, "%s is %s\n", what, hex_of(d));
	assert(strcmp(hex_of(d), expected) == 0 && "the encoding changed: raise FORMAT");
}

/* ---- vectors ----------------------------------------------------------------------------- */

static const struct str two_flags[] = { { "-O2", 3 }, { "-DX=\"a b\"", 9 } };
static const struct str quote[] = { { "/home/me/notes", 14 } };
static const struct str libs[] = { { "-lz", 3 } };
static const struct base roots[] = { { { "/home/me/notes", 14 }, { "root", 4 } } };

static struct compile_options
plain(void)
{
	return (struct compile_options){ .toolchain = &gcc };
}

static struct compile_options
rich(void)
{
	return (struct compile_options){ .toolchain = &gcc, .standard = STR("c11"),
	    .flags = two_flags, .nflags = 2, .libs = libs, .nlibs = 1, .quote_folders = quote,
	    .nquote = 1, .bases = { roots, 1 } };
}

static void
test_vectors(void)
{
	struct compile_options p = plain(), r = rich(), cxx = plain();
	struct compile_request unit = { .options = &p, .unit = STR("int x;\n") };
	struct compile_request full = { .options = &r, .unit = STR("int x;\n"), .is_program = true };
	struct compile_request source = { .options = &r, .source = STR("/home/me/notes/src/a.c") };
	struct str parts[] = { STR("one"), STR("two") };
	struct compile_request whole = { .options = &p, .parts = parts, .nparts = 2 };
	struct digest k1 = key_request(&unit, &arena), inputs = hash_of(STR("skein inputs 1\n"));
	struct key *k = key_start("test");

	cxx.is_cxx = true;
	key_add(k, 7, STR("abc"));
	/* sha256 of 0000 0400000000000000 "test", 0100 0100000000000000 "3", 0700 0300000000000000 "abc" */
	check("a stream of records", key_end(k),
	    "49d546e86f014df848e2c04c101ccfc5b4c1a13f8a7a9abf125395562c0cf52c");
	check("a unit", k1,
	    "c3f3c00239dbe13a24c4972ddd0c5bdb38425b24eb4da6520f321d77384211ae");
	check("a program with options", key_request(&full, &arena),
	    "99538506360b401facda7fd09eb96090650f66184a499e77c1362a0a082327c4");
	check("a source", key_request(&source, &arena),
	    "a4f56b12f838d822c4ad52798896ebc0399d81afc6438e46ad3cec84f918bfc4");
	check("what is linked", key_request(&whole, &arena),
	    "774e713d2956bed6a7cd1e09e64011eeec47e10733137548b8c2b071f2ebc52f");
	unit.options = &cxx;
	check("a unit of C++", key_request(&unit, &arena),
	    "2bea6c50c12687116fc491e19dba8d6910bd5c75f45c75b33c399693fdea6227");
	check("a result", key_result(&k1, &inputs),
	    "626c27bf57c31c2e72a63d5e15275886135007ab6829e6af7e2b695d17a90bd3");
	setenv("SOURCE_DATE_EPOCH", "0", 1);
	check("a unit and the date", key_request(&unit, &arena),
	    "33781788b0b7619bc1265d0014943357bc3244c40db1cc14caf0c04de6d5bf68");
	unsetenv("SOURCE_DATE_EPOCH");
}

/* ---- no two share one ---------------------------------------------------------------------- */

static void
is_new(const char *what, const struct compile_request *r)
{
	struct str hex = str_of(hex_of(key_request(r, &arena)));
	const char *had = map_get(&seen, hex);

	if (had)
		fprintf(stderr, "%s has the key of %s\n", what, had);
	assert(!had);
	map_put(&seen, hex, (void *)(uintptr_t)what);
}

/* A unit with flags that are given as words between '|'. */
static void
with_flags(const char *what, const char *flags)
{
	struct compile_options o = plain();
	struct compile_request r = { .options = &o, .unit = STR("int x;") };
	struct str rest = str_of(flags), list[8];

	while (rest.len > 0)
		list[o.nflags++] = str_cut(rest, '|', &rest);
	o.flags = list;
	is_new(what, &r);
}

static void
with_unit(const char *what, struct str unit)
{
	struct compile_options o = plain();
	struct compile_request r = { .options = &o, .unit = unit };

	is_new(what, &r);
}

static void
test_texts(void)
{
	with_unit("nothing", STR(""));
	with_unit("a blank", STR(" "));
	with_unit("a line", STR("\n"));
	with_unit("a NUL", STR("\0"));
	with_unit("two NULs", STR("\0\0"));
	with_unit("at line 1", STR("# 1 \"cell\"\nint y;"));
	with_unit("at line 2", STR("# 2 \"cell\"\nint y;"));
	with_unit("of another name", STR("# 1 \"sum\"\nint y;"));
}

/* Where one flag ends and the next begins, and in which order. */
static void
test_flags(void)
{
	with_flags("one flag", "-Da=b");
	with_flags("two words", "-D|a=b");
	with_flags("a flag and an empty one", "-Da=b||");
	with_flags("two flags", "-Da|-Db");
	with_flags("two flags turned", "-Db|-Da");
	with_flags("two in one", "-Da-Db");
	with_flags("twice the same", "-Da|-Da");
	with_flags("a standard among flags", "-std=c99|-ansi");
	with_flags("the same turned", "-ansi|-std=c99");
	with_flags("a folder", "-I/x");
	with_flags("its words", "-I|/x");
	with_flags("a library", "-L/x");
	with_flags("native", "-march=native");
}

static void
test_options(void)
{
	struct compile_options o = plain();
	struct compile_request r = { .options = &o, .unit = STR("int z;") };
	struct str part = STR("int z;");

	is_new("plain", &r);
	r.is_program = true;
	is_new("a program", &r);
	r.is_program = false;
	o.toolchain = &other;
	is_new("another compiler", &r);
	o.toolchain = &gcc;
	o.standard = STR("c11");
	is_new("c11", &r);
	o.standard = STR("");
	o.is_cxx = true;
	is_new("C++", &r);
	o.standard = STR("gnu17");	/* refused by those who ask, and yet no C */
	is_new("C++ with a standard of C", &r);
	o = plain();
	o.native = STR("-march=znver4");
	is_new("one machine", &r);
	o.native = STR("-march=znver1");
	is_new("another machine", &r);
	o = plain();
	o.libs = libs;
	o.nlibs = 1;
	is_new("a library", &r);
	o = plain();
	o.quote_folders = quote;
	o.nquote = 1;
	is_new("a folder", &r);
	o = plain();
	o.include_folders = quote;
	o.ninclude = 1;
	is_new("a folder for both forms", &r);
	o = plain();
	r.source = STR("int z;");
	is_new("a source of that name", &r);
	r.source = STR("");
	r.parts = &part;
	r.nparts = 1;
	is_new("a part of these bytes", &r);
	r.is_host = true;
	is_new("a host of them", &r);
}

static void
test_environment(void)
{
	struct compile_options o = plain();
	struct compile_request r = { .options = &o, .unit = STR("int e;") };
	static const char *const names[] = { "CPATH", "C_INCLUDE_PATH", "CPLUS_INCLUDE_PATH",
	    "LIBRARY_PATH", "SOURCE_DATE_EPOCH" };

	is_new("no variable", &r);
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		setenv(names[i], "", 1);
		is_new("an empty variable", &r);
		setenv(names[i], "1", 1);
		is_new(names[i], &r);
		unsetenv(names[i]);
	}
}

/* ---- and those that should do ---------------------------------------------------------------- */

/* The key of a unit in a checkout: its root, and a flag that names something there ('@'). */
static struct digest
in_checkout(const char *root, const char *flag)
{
	const struct base bases[] = { { str_of(root), STR("root") } };
	struct str after, before = str_cut(str_of(flag), '@', &after);
	struct str folder = arena_printf(&arena, "%s/include", root), word = arena_printf(&arena,
	    "%.*s%s%.*s", STR_ARG(before), before.len < strlen(flag) ? root : "", STR_ARG(after));
	struct compile_options o = { .toolchain = &gcc, .flags = &word, .nflags = 1,
	    .quote_folders = &folder, .nquote = 1, .bases = { bases, 1 } };
	struct compile_request r = { .options = &o, .unit = STR("int x;") };

	return key_request(&r, &arena);
}

static void
test_checkouts(void)
{
	static const char *const portable[] = { "-I@/src", "-iquote@", "-isystem@/x", "-include@/a.h" };
	static const char *const exact[] = { "-DROOT=\"@\"", "-DHERE=@/x", "-fsomething=@" };

	for (size_t i = 0; i < sizeof portable / sizeof *portable; i++)
		assert(digest_eq(in_checkout("/a/one", portable[i]), in_checkout("/b/two", portable[i])));
	for (size_t i = 0; i < sizeof exact / sizeof *exact; i++)
		assert(!digest_eq(in_checkout("/a/one", exact[i]), in_checkout("/b/two", exact[i])));
	/* A path that only looks like a portable one. */
	assert(!digest_eq(in_checkout("/a/one", "-DX=@/y"), in_checkout("/a/one", "-DX=root:y")));
}

/* All that the key has is in some group. */
static void
test_groups(void)
{
	struct compile_options a = rich(), b = rich();
	struct compile_request x = { .options = &a, .unit = STR("int x;") }, y = x;
	struct key_group of_x[KEY_GROUPS], of_y[KEY_GROUPS];
	size_t n = key_groups(&x, &arena, of_x), differing = 0;

	y.options = &b;
	b.flags = two_flags + 1;
	b.nflags = 1;
	assert(n <= KEY_GROUPS && n == key_groups(&y, &arena, of_y));
	for (size_t i = 0; i < n; i++)
		if (!digest_eq(of_x[i].digest, of_y[i].digest)) {
			differing++;
			assert(str_eq(of_x[i].name, STR("flags")));
		}
	assert(differing == 1);
	assert(str_eq(of_x[1].name, STR("compiler")) && str_eq(of_x[1].words[0], STR("gcc 12.2.0")));
}

int
main(void)
{
	static const char *const names[] = { "CPATH", "C_INCLUDE_PATH", "CPLUS_INCLUDE_PATH",
	    "LIBRARY_PATH", "SOURCE_DATE_EPOCH" };

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		unsetenv(names[i]);
	arena_init(&arena);
	test_vectors();
	test_texts();
	test_flags();
	test_options();
	test_environment();
	test_checkouts();
	test_groups();
	map_release(&seen);
	arena_release(&arena);
	return 0;
}
