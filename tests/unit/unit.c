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

static const char LOADER[] =
    "#define _GNU_SOURCE\n"
    "#include <dlfcn.h>\n#include <stdio.h>\n#include <stdlib.h>\n#include <string.h>\n"
    "#include <unistd.h>\n#include <sys/wait.h>\n"
    "struct block { int index; void (*run)(void); };\n"
    "struct unit { unsigned abi; const struct block *start, *stop; };\n"
    "void skein_store(void *to, const void *from, unsigned long n) { memcpy(to, from, n); }\n"
    "void skein_show(const void *v, unsigned long n)\n{\n"
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
};

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

/* Run a program with its output in a file; its status. */
static int
run(const char *const argv[], const char *output)
{
	pid_t child = fork();
	int status;

	assert(child >= 0);
	if (child == 0) {
		int fd = open(output, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0666);

		if (fd < 0 || dup2(fd, 1) < 0 || dup2(fd, 2) < 0)
			_exit(126);
		execvp(argv[0], (char *const *)argv);
		_exit(127);
	}
	while (waitpid(child, &status, 0) < 0)
		assert(errno == EINTR);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
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

static bool
compile(struct arena *a, const struct variant *v, const char *c, const char *so, bool program,
    const char *messages)
{
	const char *const argv[] = { arena_cstr(a, str_of(v->cc)), arena_cstr(a, str_of(v->std)),
	    arena_cstr(a, str_of(v->level)), "-g", "-Wall", "-Werror", "-shared", "-fPIC",
	    program ? "-Wl,-Bsymbolic" : "-Wall", "-o", arena_cstr(a, str_of(so)),
	    arena_cstr(a, str_of(c)), "-lm", NULL };

	return run(argv, messages) == 0;
}

/* Hand the cells of a notebook in. */
static size_t
add_cells(struct arena *a, struct interface *in, struct str notebook)
{
	size_t n = 0;

	while (notebook.len > 0 || n == 0) {
		size_t end = str_find(notebook, STR("---\n"));
		struct unit_source src = { .number = n, .marker = STR("cell"),
		    .text = str_slice(notebook, 0, end),
		    .digest8 = arena_printf(a, "%08zx", n) };

		if (str_starts(src.text, STR("//prelude\n")))
			src.is_prelude = true;
		interface_add(in, &src);
		n++;
		notebook = str_slice(notebook, end + 4, notebook.len);
	}
	return n;
}

static void
fail(const char *name, const struct variant *v, struct str got, const char *wanted)
{
	failures++;
	fprintf(stderr, "%s (%s %s %s):\n--- got:\n%.*s--- wanted:\n%s", name, v->cc, v->std,
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

static bool
build(struct arena *a, struct interface *in, size_t k, const struct variant *v, struct unit *u)
{
	char *c = path_of(a, "cell", k, ".c"), *so = path_of(a, "cell", k, ".so");
	char *messages = path_of(a, "messages", 0, "");
	size_t lines[16], n;

	unit_make(in, k, u);
	write_file(c, u->text);
	if (compile(a, v, c, so, u->is_program, messages))
		return true;
	n = retry_lines(read_file(a, messages), lines, 16);
	if (n == 0)
		return false;
	unit_retry(in, k, lines, n, u);
	write_file(c, u->text);
	return compile(a, v, c, so, u->is_program, messages);
}

/* What a notebook prints, or what the compiler said. */
static void
prints(const char *name, const struct variant *v, const char *notebook, const char *wanted)
{
	struct arena a;
	struct interface *in;
	struct unit u;
	size_t n, k;
	const char *argv[64] = { path_of((arena_init(&a), &a), "loader", 0, "") };
	char *output = path_of(&a, "output", 0, "");
	struct str got;

	in = interface_new(&a);
	n = add_cells(&a, in, str_of(notebook));
	assert(n < 62);
	for (k = 0; k < n; k++) {
		if (!build(&a, in, k, v, &u)) {
			fail(name, v, read_file(&a, path_of(&a, "messages", 0, "")), wanted);
			if (getenv("SKEIN_UNIT_SHOW"))
				fprintf(stderr, "--- unit %zu:\n%.*s", k, STR_ARG(u.text));
			goto out;
		}
		argv[k + 1] = arena_cstr(&a, arena_printf(&a, "%s%s/cell%zu.so",
		    u.is_program ? "!" : "", folder, k));
	}
	run(argv, output);
	got = read_file(&a, output);
	if (!str_eq(got, str_of(wanted)))
		fail(name, v, got, wanted);
out:
	interface_free(in);
	arena_release(&a);
}

#include "tests/unit/notebooks.h"

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

int
main(int argc, char **argv)
{
	static const struct variant variants[] = {
		{ "gcc", "-std=c11", "-O2" }, { "clang", "-std=gnu17", "-O0" },
		{ "gcc", "-std=gnu17", "-O0" }, { "clang", "-std=c11", "-O2" },
	};
	size_t nvariants = getenv("SKEIN_UNIT_ALL") ? 4 : 2, v, k;
	struct arena a;

	assert(mkdtemp(folder));
	arena_init(&a);
	assert(make_loader(&a));
	for (k = 0; k < sizeof notebooks / sizeof *notebooks; k++)
		for (v = 0; v < nvariants; v++)
			if (argc < 2 || strstr(notebooks[k].name, argv[1]))
				prints(notebooks[k].name, &variants[v], notebooks[k].text,
				    notebooks[k].prints);
	arena_release(&a);
	remove_folder();
	if (failures)
		fprintf(stderr, "%d failures\n", failures);
	return failures > 0;
}
