/* The table of flags that a document may give, and the splitting of words. */
#undef NDEBUG
#include "runner/build/flags.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tangle/base/arena.h"
#include "tangle/base/diag.h"

static struct arena arena;
static struct diag diag;

static void
test_table(void)
{
	static const char *const taken[] = {
		"-DX", "-DX=1", "-DX=\"a b\"", "-UX", "-O", "-O0", "-O3", "-Os", "-Ofast", "-g",
		"-g3", "-ggdb3", "-gdwarf-4", "-std=c17", "-std=iso9899:1999", "-Wall", "-Wno-unused",
		"-Wformat=2", "-Werror=vla", "-Wc++-compat", "-pthread", "-fopenmp", "-pedantic", "-w",
		"-fsanitize=address,undefined", "-fno-sanitize=vptr", "-fno-sanitize-recover=all",
		"-fwrapv", "-fno-strict-aliasing", "-ffast-math", "-fno-builtin-memcpy",
		"-march=native", "-march=x86-64-v3", "-mavx2", "-mno-avx512f", "-mavx512vl",
		"-ftrivial-auto-var-init=pattern", "-fcf-protection=none", "-I.", "-include", "-fanalyzer",
	};
	static const char *const refused[] = {
		"-Wl,-rpath,/x", "-Wa,-ahls=f", "-Wp,-MD,f", "-WL,x", "-Xlinker", "-wrapper",
		"-wrapper=x", "-fplugin=./x.so", "-fplugin-arg-x-y", "-specs=f", "--specs=f", "-B.", "-B",
		"@file", "-o", "-ox", "-MF", "-MD", "-M", "-x", "-xassembler", "-fdump-tree-all",
		"-fopt-info-all=f", "-fstack-usage", "-gsplit-dwarf", "-ftime-trace", "-save-temps",
		"-fmodule-mapper=|x", "-flto", "-flto=auto", "-m32", "-mx32", "-fno-pic", "-fno-PIC",
		"-fpie", "-static", "-nostdlib", "-fvisibility=hidden", "-fsyntax-only", "-c", "-S", "-E",
		"-L/x", "-lm", "-fprofile-generate", "-fprofile-use=f", "--coverage", "-fuse-ld=x",
		"-fsanitize-ignorelist=f", "-fsanitize-blacklist=f", "-dumpdir", "-imacros", "file.c",
		"-", "", "--", "-D", "-U", "-fno-such", "-mno-such", "-O9999999", "-Wall,x", "-DX\n",
		"-load", "-Xclang", "-mllvm", "--config=f", "-fopenmp-targets=x", "-foffload=x",
		"-fdebug-prefix-map=a=b", "-ffile-prefix-map=a=b", "-frandom-seed=1", "-v", "-###",
		"-print-prog-name=x", "-isysroot", "--sysroot=/x", "-nostdinc", "-idirafter=x\t",
		"-fsanitize=address;x", "-std=", "-march=", "-fsanitize=", "-gcc-toolchain",
	};

	for (size_t i = 0; i < sizeof taken / sizeof *taken; i++) {
		if (flags_refusal(str_of(taken[i])))
			fprintf(stderr, "refused: %s\n", taken[i]);
		assert(!flags_refusal(str_of(taken[i])));
	}
	for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
		if (!flags_refusal(str_of(refused[i])))
			fprintf(stderr, "taken: %s\n", refused[i]);
		assert(flags_refusal(str_of(refused[i])));
	}
}

static void
split(const char *text, size_t n, const char *const *expected)
{
	const struct str *words;
	size_t nwords;

	assert(flags_split(str_of(text), &arena, &words, &nwords, PLACE_NONE, &diag));
	assert(nwords == n);
	for (size_t i = 0; i < n; i++)
		assert(str_eq(words[i], str_of(expected[i])));
}

static void
test_split(void)
{
	const struct str *words;
	size_t n;

	split("", 0, NULL);
	split(" \t\n ", 0, NULL);
	split("-O2  -g", 2, (const char *[]){ "-O2", "-g" });
	split("-DA='x y' -D\"B=1 2\"", 2, (const char *[]){ "-DA=x y", "-DB=1 2" });
	split("a\\ b \"c\\\"d\" 'e\\f' ''", 4, (const char *[]){ "a b", "c\"d", "e\\f", "" });
	assert(!flags_split(STR("-D'x"), &arena, &words, &n, PLACE_NONE, &diag));
	assert(diag_status(&diag) == STATUS_STRUCTURE);
}

static void
test_paths(void)
{
	char root[] = "/tmp/skein-flags-XXXXXX", outside[64];
	struct str words[] = { STR("-I"), STR("inc"), STR("-I."), STR("-D"), STR("X=1"),
	    STR("-include"), STR("inc/a.h"), STR("-iquoteinc") };
	struct str bad[] = { STR("-I/etc"), STR("-I.."), STR("-Iinc/../.."), STR("-Iout"),
	    STR("-include"), STR("/etc/passwd"), STR("-Inone"), STR("-I") };
	const struct str *flags;
	size_t n, before;

	assert(mkdtemp(root) && chdir(root) == 0);
	assert(mkdir("inc", 0700) == 0 && symlink("/etc", "out") == 0 && symlink(root, "inc/a.h") == 0);
	assert(flags_accept(words, 8, str_of(root), &arena, &flags, &n, PLACE_NONE, &diag));
	assert(n == 7);
	snprintf(outside, sizeof outside, "-I%s/inc", root);
	assert(str_eq(flags[0], str_of(outside)));
	assert(str_eq(flags[2], STR("-DX=1")) && str_eq(flags[3], STR("-include")));
	assert(str_eq(flags[4], str_of(root)) && str_eq(flags[5], STR("-iquote")));
	before = diag.errors;
	assert(!flags_accept(bad, 8, str_of(root), &arena, &flags, &n, PLACE_NONE, &diag));
	assert(n == 0 && diag.errors == before + 7);
	assert(diag_status(&diag) == STATUS_REFUSED);
	assert(unlink("inc/a.h") == 0 && unlink("out") == 0 && rmdir("inc") == 0 && rmdir(root) == 0);
}

static void
test_names(void)
{
	assert(flags_is_standard(STR("gnu17")) && flags_is_standard(STR("iso9899:2018")));
	assert(!flags_is_standard(STR("")) && !flags_is_standard(STR("c17 -x")));
	assert(flags_is_library(STR("m")) && flags_is_library(STR("stdc++")));
	assert(!flags_is_library(STR("")) && !flags_is_library(STR("-x")));
	assert(!flags_is_library(STR("a/b")) && !flags_is_library(STR(":libm.a")));
}

int
main(void)
{
	FILE *nowhere = fopen("/dev/null", "we");

	assert(nowhere);
	arena_init(&arena);
	diag_init(&diag, nowhere, DIAG_COLOR_NEVER);
	test_table();
	test_split();
	test_paths();
	test_names();
	diag_release(&diag);
	arena_release(&arena);
	fclose(nowhere);
	return 0;
}
