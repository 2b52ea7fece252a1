/*
 * Units of notebooks, compiled by real compilers and run in order.
 *
 * Each notebook is a string; lines of "---" part its cells.  A small loader,
 * made here, opens the objects, calls the blocks and prints what cells show.
 */
#define _GNU_SOURCE	/* nothing else declares environ */

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runner/cell/unit.h"
#include "tangle/base/arena.h"
#include "tangle/base/buf.h"
#include "tests/unit/notebooks.h"

static const char LOADER[] =
    "#define _GNU_SOURCE\n"
    "#include <dlfcn.h>\n#include <stdio.h>\n#include <stdlib.h>\n#include <string.h>\n"
    "#include <unistd.h>\n#include <sys/wait.h>\n"
    "struct block { int index; void (*run)(void); };\n"
    "struct unit { unsigned abi; const struct block *start, *stop; };\n"
    "void __skein_store(void *to, const void *from, unsigned long n) { memcpy(to, from, n); }\n"
    "void __skein_value(const void *t, const char *m, const void *v, unsigned long n)\n{\n"
    "	(void)t; (void)m;\n"
    "	if (n == 4) printf(\"= %d\\n\", *(const int *)v);\n"
    "	else printf(\"= (%lu bytes)\\n\", n);\n}\n"
    "static void run(const struct unit *u)\n{\n"
    "	int last = -1;\n"
    "	for (;;) {\n"
    "		const struct block *b, *next = 0;\n"
    "		for (b = u->start; b < u->stop; b++)\n"
    "			if (b->index > last && (!next || b->index < next->index)) next = b;\n"
    "		if (!next) return;\n"
    "		next->run(); last = next->index;\n"
    "	}\n}\n"
    "int main(int argc, char **argv)\n{\n"
    "	for (int i = 1; i < argc; i++) {\n"
    "		int program = argv[i][0] == '!';\n"
    "		void *h; const struct unit *u; int status;\n"
    "		fflush(stdout);\n"
    "		if (program && fork() != 0) { wait(&status);\n"
    "			printf(\"exit %d\\n\", WEXITSTATUS(status)); continue; }\n"
    "		h = dlopen(argv[i] + program, RTLD_LAZY | (program ? RTLD_LOCAL : RTLD_GLOBAL));\n"
    "		if (!h) { printf(\"%s\\n\", dlerror()); return 1; }\n"
    "		u = dlsym(h, \"skein_unit\");\n"
    "		if (!u || u->abi != 1) { puts(\"no unit\"); return 1; }\n"
    "		run(u);\n"
    "		if (program) exit(((int (*)(int, char **))dlsym(h, \"main\"))(1, argv));\n"
    "	}\n	return 0;\n}\n";

struct variant {
	const char *cc, *std, *level;
	bool by_label;
};

enum { MOST_CELLS = 16 };

static char folder[] = "/tmp/skein-unit-XXXXXX";
static int failures;

static void
write_file(const char *path, struct str text)
{
	FILE *f = fopen(path, "w");

	assert(f);
	assert(fwrite(text.data, 1, text.len, f) == text.len);
	assert(fclose(f) == 0);
}

/* Start a program with its output in a file. */
static pid_t
start(const char *const argv[], const char *output)
{
	pid_t child = fork();

	assert(child >= 0);
	if (child == 0) {
		int fd = open(output, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0666);

		if (fd < 0 || dup2(fd, 1) < 0 || dup2(fd, 2) < 0)
			_exit(126);
		execvp(argv[0], (char *const *)argv);
		_exit(127);
	}
	return child;
}

static int
status_of(pid_t child)
{
	int status;

	while (waitpid(child, &status, 0) < 0)
		assert(errno == EINTR);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static int
run(const char *const argv[], const char *output)
{
	return status_of(start(argv, output));
}

static struct str
read_file(struct arena *a, const char *path)
{
	struct buf b = { 0 };
	FILE *f = fopen(path, "r");
	size_t n;

	assert(f);
	while ((n = fread(buf_room(&b, 4096), 1, 4096, f)) > 0)
		b.len += n;
	fclose(f);
	return buf_take(&b, a);
}

static char *
path_of(struct arena *a, const char *name, size_t k, const char *suffix)
{
	return arena_cstr(a, arena_printf(a, "%s/%s%zu%s", folder, name, k, suffix));
}

static pid_t
compile(struct arena *a, const struct variant *v, size_t k, const struct unit *u)
{
	char *c = path_of(a, "cell", k, ".c");
	const char *const argv[] = { v->cc, v->std, v->level,
	    *v->cc == 'g' ? "-fdiagnostics-column-unit=byte" : "-Wall", "-Wall", "-Werror", "-shared",
	    "-fPIC", u->is_program ? "-Wl,-Bsymbolic" : "-Wall", "-o", path_of(a, "cell", k, ".so"),
	    c, "-lm", NULL };

	write_file(c, u->text);
	return start(argv, path_of(a, "messages", k, ""));
}

/* Hand the cells of a notebook in. */
static size_t
add_cells(struct interface *in, struct str notebook, bool by_label)
{
	size_t n = 0;

	while (notebook.len > 0 || n == 0) {
		size_t end = str_find(notebook, STR("---\n"));
		struct unit_source src = { .number = n, .marker = STR("cell"),
		    .text = str_slice(notebook, 0, end), .by_label = by_label };

		if (str_starts(src.text, STR("//prelude\n")))
			src.is_prelude = true;
		interface_add(in, &src);
		n++;
		assert(n <= MOST_CELLS);
		notebook = str_slice(notebook, end + 4, notebook.len);
	}
	return n;
}

static void
fail(const char *name, const struct variant *v, struct str got, const char *wanted)
{
	failures++;
	fprintf(stderr, "%s (%s %s %s):\n--- got:\n%.*s--- wanted:\n%s\n", name, v->cc, v->std,
	    v->level, STR_ARG(got), wanted);
}

/* Lines of the cell where the compiler said something that a retry can help. */
static size_t
retry_lines(struct str messages, size_t lines[], size_t max)
{
	struct str line, rest;
	size_t n = 0;
	unsigned long number;

	while (str_line(&messages, &line)) {
		if (!unit_can_retry(line) || str_cut(line, ':', &rest).len == 0 || n == max)
			continue;
		if (str_number(str_cut(rest, ':', &rest), 100000, &number))
			lines[n++] = number;
	}
	return n;
}

/* Compiled already, or with what its messages ask for? */
static bool
is_built(struct arena *a, struct interface *in, size_t k, const struct variant *v, struct unit *u,
    pid_t compiler)
{
	size_t lines[16], n;

	if (status_of(compiler) == 0)
		return true;
	n = retry_lines(read_file(a, path_of(a, "messages", k, "")), lines, 16);
	if (n == 0)
		return false;
	unit_retry(in, k, &(struct unit_retry){ .lines = lines, .nlines = n }, u);
	return status_of(compile(a, v, k, u)) == 0;
}

/* All at once; the number of the first that fails, or n. */
static size_t
build(struct arena *a, struct interface *in, size_t n, const struct variant *v, struct unit *units)
{
	pid_t compilers[MOST_CELLS];
	size_t k, failed = n;

	for (k = 0; k < n; k++) {
		unit_make(in, k, &units[k]);
		compilers[k] = compile(a, v, k, &units[k]);
	}
	for (k = n; k-- > 0;)
		if (!is_built(a, in, k, v, &units[k], compilers[k]))
			failed = k;
	return failed;
}

/* What a notebook prints, or what the compiler said. */
static void
prints(const struct notebook *x, const struct variant *v)
{
	struct arena a;
	struct interface *in;
	struct unit units[MOST_CELLS];
	size_t n, k, failed;
	const char *argv[MOST_CELLS + 2] = { path_of((arena_init(&a), &a), "loader", 0, "") };
	char *output = path_of(&a, "output", 0, "");

	in = interface_new(&a);
	n = add_cells(in, str_of(x->text), v->by_label);
	failed = build(&a, in, n, v, units);
	for (k = 0; k < n; k++)
		argv[k + 1] = arena_cstr(&a, arena_printf(&a, "%s%s/cell%zu.so",
		    units[k].is_program ? "!" : "", folder, k));
	if (failed == n)
		run(argv, output);
	else
		output = path_of(&a, "messages", failed, "");
	if (!str_eq(read_file(&a, output), str_of(x->prints)))
		fail(x->name, v, read_file(&a, output), x->prints);
	interface_free(in);
	arena_release(&a);
}

static bool
make_loader(struct arena *a)
{
	char *c = path_of(a, "loader", 0, ".c");
	const char *const argv[] = { "gcc", "-o", path_of(a, "loader", 0, ""), "-rdynamic", c, "-ldl", NULL };

	write_file(c, str_of(LOADER));
	return run(argv, path_of(a, "messages", 0, "")) == 0;
}

static void
remove_folder(void)
{
	const char *const argv[] = { "rm", "-rf", folder, NULL };

	run(argv, "/dev/null");
}

static const struct variant variants[] = {
	{ "gcc", "-std=c11", "-O2", false }, { "clang", "-std=gnu17", "-O0", false },
	{ "gcc", "-std=gnu17", "-O0", true }, { "clang", "-std=c11", "-O2", true },
	{ "gcc", "-std=gnu17", "-O0", false }, { "clang", "-std=c11", "-O2", false },
	{ "gcc", "-std=c99", "-O3", false },
};

/* A cell that is wrong, and where the compiler says so. */
static const struct wrong {
	const char *name, *text, *place, *clang_place;
} wrongs[] = {
	{ "in a function", "static int\nf(int x)\n{\n\treturn x + oops;\n}\n", "4:13", "" },
	{ "in a function after a statement", "puts(\"x\");   static int f(void) { return oops; }\n", "1:42", "" },
	{ "in a statement after others", "int x;\nx = 1; /* */ x = oops;\n", "2:18", "" },
	{ "in an initialiser", "int f(void) { return 1; }\nint x = 1, y = f() + oops;\n", "2:22", "" },
	{ "in a type of a dynamic declaration", "int f(void) { return 1; }\nint a = 1; oops x = f();\n", "2:12", "" },
	{ "in a trailing expression", "int x = 3;\n\n  x + oops\n", "3:7", "" },
	{ "in a trailing expression after a statement", "int x;\n\tx++; x + oops\n", "2:11", "" },
	{ "in a type that a function returns", "struct R { oops q; } f(void) { struct R r = {0}; return r; }\n", "1:12", "" },
	{ "behind a character of two bytes", "puts(\"\303\244\"); int x; x = oops;\n", "1:24", "" },
	{ "in an #if", "#if 1\nint x = 1;\nx = oops;\n#endif\n", "3:5", "" },
	{ "a brace that is missing", "int f(void)\n{\n\tif (1) {\n\treturn 1;\n}\n", "5", "5:2" },
	{ "behind a splice at the end", "int x;\nx = oops; // \\\n", "2:5", "" },
	{ "in a loop", "for (int i = 0; i < 3; i++)\n\tputs(i, i;\n", "2:11", "" },
	{ "in what a macro makes", "#define F(n) static int n(void) { return oops; }\n\nF(a)\n", "3:", "3:" },
};

static void
blames(const struct wrong *x, const struct variant *v)
{
	struct arena a;
	struct interface *in;
	struct unit u;
	struct str messages, wanted, rest, line;
	bool is_clang = strcmp(v->cc, "clang") == 0, found = false;
	const char *place = is_clang && *x->clang_place ? x->clang_place : x->place;

	arena_init(&a);
	in = interface_new(&a);
	add_cells(in, str_of(x->text), v->by_label);
	if (build(&a, in, 1, v, &u) == 1)
		fail(x->name, v, STR("no error\n"), place);
	messages = rest = read_file(&a, path_of(&a, "messages", 0, ""));
	wanted = arena_printf(&a, "cell:%s%s", place, str_ends(str_of(place), STR(":")) ? "" : ": error:");
	while (str_line(&rest, &line))
		if (str_starts(line, wanted))
			found = true;
	if (!found)
		fail(x->name, v, messages, place);
	interface_free(in);
	arena_release(&a);
}

int
main(int argc, char **argv)
{
	/* Each notebook by one compiler; by all, if asked, or by the N-th. */
	size_t nvariants = sizeof variants / sizeof *variants, v, k;
	const char *asked = getenv("SKEIN_UNIT_ALL");
	bool all = asked && *asked == 'a';
	struct arena a;

	assert(mkdtemp(folder));
	arena_init(&a);
	assert(make_loader(&a));
	for (k = 0; k < sizeof notebooks / sizeof *notebooks; k++)
		for (v = 0; v < nvariants; v++)
			if ((argc < 2 || strstr(notebooks[k].name, argv[1])) && (all || v == (asked ? strtoul(asked, NULL, 10) :
			    k % 8 < 2 ? k % 8 + 2 : k % 2)))
				prints(&notebooks[k], &variants[v]);
	for (k = 0; k < sizeof wrongs / sizeof *wrongs; k++)
		for (v = 0; v < 2; v++)
			if ((argc < 2 || strstr(wrongs[k].name, argv[1])) && (all || v == k % 2))
				blames(&wrongs[k], &variants[v]);
	arena_release(&a);
	remove_folder();
	if (failures)
		fprintf(stderr, "%d failures\n", failures);
	return failures > 0;
}
