/*
 * A session runs what compilers make, whatever it does.
 *
 * Each check compiles small cells (units written by hand after the ABI), runs
 * them in a session, and looks at the outcomes.
 */
#include <assert.h>
#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runner/build/loop.h"
#include "runner/session/protocol.h"
#include "runner/session/session.h"
#include "tangle/base/arena.h"
#include "tangle/base/buf.h"
#include "tangle/base/diag.h"

#define MS	INT64_C(1000000)

static char folder[] = "/tmp/skein-session.XXXXXX";
static char host_path[4096];
static struct loop *loop;
static struct arena arena;
static struct diag diag;
static struct session *session;
static size_t ncells;
static unsigned nruns;			/* of the session, if each starts one step */

static const char head[] =
    "struct skein_block { int index; void (*run)(void); };\n"
    "struct skein_unit { unsigned abi; const struct skein_block *start, *stop; };\n"
    "extern const struct skein_block __start_skein_blocks[]\n"
    "    __attribute__((weak, visibility(\"hidden\")));\n"
    "extern const struct skein_block __stop_skein_blocks[]\n"
    "    __attribute__((weak, visibility(\"hidden\")));\n"
    "const struct skein_unit skein_unit = { 1, __start_skein_blocks, __stop_skein_blocks };\n"
    "void __skein_value(const void *, const char *, const void *, unsigned long);\n"
    "#define skein_show(value, size) ({ static __typeof__(*(value)) *skein_marker"
    " __attribute__((used)); __skein_value(&skein_marker, 0, value, size); })\n";

static const char includes[] =
    "#define _GNU_SOURCE\n"
    "#include <assert.h>\n#include <complex.h>\n#include <errno.h>\n#include <fcntl.h>\n"
    "#include <math.h>\n#include <pthread.h>\n#include <signal.h>\n#include <stdbool.h>\n"
    "#include <stdint.h>\n#include <stdio.h>\n#include <stdlib.h>\n#include <string.h>\n"
    "#include <sys/mman.h>\n#include <sys/prctl.h>\n#include <sys/types.h>\n"
    "#include <sys/wait.h>\n#include <unistd.h>\n";

static struct str
read_whole(const char *path)
{
	struct buf b = {0};
	int fd = open(path, O_RDONLY);
	ssize_t n;

	assert(fd != -1);
	while ((n = read(fd, buf_room(&b, 65536), 65536)) > 0)
		b.len += (size_t)n;
	assert(n == 0);
	close(fd);
	return buf_take(&b, &arena);
}

/* `language` is gcc's -x: "c", or "c-header" for one that is compiled once. */
static void
gcc(const char *language, const char *source, const char *made)
{
	char *argv[] = { (char *)"gcc", (char *)"-g", (char *)"-O0", (char *)"-w", (char *)"-fPIC",
	    (char *)"-o", (char *)made, (char *)"-x", (char *)language, (char *)source,
	    (char *)(strcmp(language, "c") == 0 ? "-shared" : NULL), (char *)"-lm", NULL };
	extern char **environ;
	pid_t pid;
	int status;

	assert(posix_spawnp(&pid, "gcc", NULL, NULL, argv, environ) == 0);
	assert(waitpid(pid, &status, 0) == pid && status == 0);
}

/* The headers take most of a compiler's time. */
static void
compile_headers(void)
{
	char source[128], made[136];
	FILE *f;

	snprintf(source, sizeof source, "%s/all.h", folder);
	snprintf(made, sizeof made, "%s.gch", source);
	f = fopen(source, "w");
	assert(f && fputs(includes, f) >= 0);
	assert(fclose(f) == 0);
	gcc("c-header", source, made);
}

static void
write_block(FILE *f, size_t n, const char *statements)
{
	fprintf(f, "# 1 \"cell\"\nstatic void skein_b%zu(void) {%s\n}\n# 1 \"<skein>\" 3\n"
	    "static struct skein_block skein_p%zu __attribute__((section(\"skein_blocks\"), used))"
	    " = { %zu, skein_b%zu };\n", n, statements, n, n, n);
}

/* Line N of `statements` is line N of the cell; NULL: there are none. */
static struct str
compile_all(const char *declarations, const char *const *statements, size_t n)
{
	char source[128], object[128];
	FILE *f;
	size_t i;

	snprintf(source, sizeof source, "%s/c%zu.c", folder, ncells);
	snprintf(object, sizeof object, "%s/c%zu.so", folder, ncells);
	f = fopen(source, "w");
	assert(f);
	fprintf(f, "#include \"all.h\"\n# 1 \"<skein>\" 3\n%s# 1 \"cell-decl\"\n%s\n", head, declarations);
	for (i = 0; i < n; i++)
		write_block(f, i, statements[i]);
	assert(fclose(f) == 0);
	gcc("c", source, object);
	return read_whole(object);
}

static struct str
compile(const char *declarations, const char *statements)
{
	return compile_all(declarations, &statements, statements ? 1 : 0);
}

static void
take(void *arg, struct outcome *o)
{
	*(struct outcome **)arg = o;
}

static struct session_run
usual(struct str bytes)
{
	return (struct session_run){
		.object = { bytes, ncells++, STR("cell"), 0 },
		.checkpoint = true, .timeout = 10000 * MS,
		.output_kept = 1 << 20, .output_kill = 64 << 20
	};
}

static struct session_run
cell(const char *declarations, const char *statements)
{
	return usual(compile(declarations, statements));
}

static const struct outcome *
go(const struct session_run *r)
{
	struct outcome *o = NULL;

	session_start(session, r, &arena, take, &o);
	nruns++;
	while (!o)
		assert(loop_step(loop));
	if (getenv("SESSION_TEST_VERBOSE")) {
		fprintf(stderr, "[%d] %.*s | out %.*s | err %.*s | note %.*s | value %.*s\n",
		    (int)o->kind, STR_ARG(o->what), STR_ARG(o->out.head), STR_ARG(o->err.head),
		    STR_ARG(o->note), STR_ARG(o->value));
		for (size_t i = 0; i < o->nframes; i++)
			fprintf(stderr, "    %.*s %.*s:%zu:%zu cell %zu\n",
			    STR_ARG(o->frames[i].function), STR_ARG(o->frames[i].marker),
			    o->frames[i].line, o->frames[i].column, o->frames[i].cell);
	}
	return o;
}

static const struct outcome *
run(const char *declarations, const char *statements)
{
	struct session_run r = cell(declarations, statements);

	return go(&r);
}

static void
renew_with(struct session_options o)
{
	o.host_path = host_path;
	o.folder = folder;
	session_free(session);
	session = session_new(loop, &o, &diag);
	nruns = 0;
	assert(session);
}

/* Cells are run again however long they took. */
static void
renew(void)
{
	renew_with((struct session_options){ .replay = 3600000 * MS });
}

static void
begin(void)
{
	arena_init(&arena);
	diag_init(&diag, stderr, DIAG_COLOR_NEVER);
	loop = loop_new();
	assert(loop);
	renew();
}

static void
end(void)
{
	session_free(session);
	session = NULL;
	loop_free(loop);
	diag_release(&diag);
	arena_release(&arena);
}

static bool
is(struct str s, const char *text)
{
	if (str_eq(s, str_of(text)))
		return true;
	fprintf(stderr, "expected: %s\ngot:      %.*s\n", text, STR_ARG(s));
	return false;
}

static bool
holds(struct str s, const char *text)
{
	if (str_find(s, str_of(text)) < s.len)
		return true;
	fprintf(stderr, "expected: ...%s...\ngot:      %.*s\n", text, STR_ARG(s));
	return false;
}

static void
check_output(void)
{
	const struct outcome *o;

	o = run("", "puts(\"one\"); fprintf(stderr, \"two\\n\"); printf(\"three\");");
	assert(o->kind == OUTCOME_DONE);
	assert(is(o->out.head, "one\nthree") && is(o->err.head, "two\n"));
	assert(!o->value.data && o->nframes == 0);
	o = run("", "printf(\"%d %s\\n\", 4, getenv(\"TZ\"));");
	assert(is(o->out.head, "4 UTC\n"));
}

/*
 * Many cells in one object, as compiling takes the time: which one runs is
 * said by a number that it reads.
 */
enum { CASES_MAX = 40 };

static struct session_run
cases(const char *declarations, const char *const *statements, size_t n)
{
	static char text[CASES_MAX][1024], before[4096];
	const char *all[CASES_MAX] = { "scanf(\"%d\", &which);" };
	size_t i;

	assert(n < CASES_MAX);
	snprintf(before, sizeof before, "static int which;\n%s", declarations);
	for (i = 0; i < n; i++) {
		snprintf(text[i], sizeof text[i], "if (which == %zu) { %s }", i, statements[i]);
		all[i + 1] = text[i];
	}
	return usual(compile_all(before, all, n + 1));
}

static const struct outcome *
go_case(struct session_run r, size_t n)
{
	r.stdin_text = arena_printf(&arena, "%zu\n", n);
	return go(&r);
}

/* Bytes of our address space. */
static uint64_t
room_taken(void)
{
	FILE *f = fopen("/proc/self/statm", "re");
	uint64_t pages = 0;

	assert(f && fscanf(f, "%" SCNu64, &pages) == 1);
	fclose(f);
	return pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

/* What is shown is there whatever becomes of the cell; what lies about itself is not. */
static void
check_displays(void)
{
	static const char declarations[] =
	    "int __skein_display(int, const char *, const void *, unsigned long);\n"
	    "static void *eight(void *p) { for (int i = 0; i < 5; i++) __skein_display(1, 0, p, 1); return p; }\n";
	static const char *const statements[] = {
		"printf(\"%d\", __skein_display(3, \"a plot\", \"<svg/>\", 6)); abort();",
		"pthread_t t[8]; for (int i = 0; i < 8; i++) pthread_create(&t[i], 0, eight, \"x\");"
		" for (int i = 0; i < 8; i++) pthread_join(t[i], 0);"
		" if (fork() == 0) _exit(__skein_display(2, 0, \"child\", 5)); wait(0);",
		"for (int i = 0; i < 1000; i++) __skein_display(1, \"\", \"y\", 1);",
		"printf(\"%d%d%d%d%d\", __skein_display(0, 0, \"n\", 1), __skein_display(8, 0, \"n\", 1),"
		" __skein_display(-1, 0, \"n\", 1), __skein_display(1, 0, (void *)16, 100),"
		" __skein_display(1, 0, \"n\", 16ul << 30));",
		"char *p = calloc(1, 16 << 20); for (int i = 0; i < 6; i++) __skein_display(4, 0, p, 15 << 20);",
		"__skein_display(1, \"before\", \"z\", 1); for (int i = 3; i < 70000; i++) close(i);"
		" printf(\"%d\", __skein_display(1, 0, \"z\", 1)); exit(0);",
		"printf(\"%d\", __skein_display(7, \"half\", \"1 2\", 3));",
		"int n = 0; for (int i = 0; i < 100; i++) n += __skein_display(1, 0, (void *)16, 16ul << 20);"
		" printf(\"%d\", n);",
	};
	struct session_run r = cases(declarations, statements, sizeof statements / sizeof *statements);
	const struct outcome *o = go_case(r, 0);
	uint64_t before;

	assert(o->kind == OUTCOME_CRASH && is(o->out.head, "1") && o->ndisplays == 1);
	assert(o->displays[0].kind == DISPLAY_SVG && is(o->displays[0].text, "a plot") &&
	    is(o->displays[0].data, "<svg/>"));
	o = go_case(r, 1);
	assert(o->kind == OUTCOME_DONE && o->ndisplays == 41 && is(o->displays[40].data, "child"));
	o = go_case(r, 2);
	assert(o->ndisplays == PROTOCOL_DISPLAYS && o->displays_left_out == 900);
	o = go_case(r, 3);
	assert(is(o->out.head, "00001") && o->ndisplays == 0 && o->displays_left_out == 1);
	o = go_case(r, 4);
	assert(o->ndisplays == 4 && o->displays_left_out == 2);
	o = go_case(r, 5);
	assert(is(o->out.head, "0") && o->ndisplays == 1 && is(o->displays[0].text, "before"));
	o = go_case(r, 6);
	assert(is(o->out.head, "1") && o->ndisplays == 0);
	before = room_taken();
	o = go_case(r, 7);
	assert(is(o->out.head, "0") && o->ndisplays == 0);
	assert(room_taken() < before + ((uint64_t)1 << 30));

	/* Written by hand: sizes that overflow, and addresses where nothing is. */
	r = cell("#include <sys/socket.h>\n"
	    "struct report { unsigned type, size; unsigned long number;"
	    " int pid, status, signal, code; unsigned flags, count;"
	    " unsigned long address, base, value, value_size, marker, nanoseconds, member; };"
	    "static const unsigned long lies[][5] = { { 1, 0, -1ul, 0, 2 }, { 1, 4096, 1ul << 40, 4096, -1ul },"
	    " { 4, -1ul, 8, -8ul, 8 }, { 1, 0, 16 << 20, 0, 1 }, { 7, 0, 0, 0, -1ul }, { 99, 4096, 1, 0, 0 } };",
	    "unsigned number; scanf(\"%u\", &number);"
	    " for (int i = 0; i < 6; i++) for (int fd = 900; fd < 1024; fd++) {"
	    " struct report f = { 20, 0, number, 1, 0, 0, (int)lies[i][0], 0, 0, 0, 0, lies[i][1], lies[i][2], lies[i][3], 0, lies[i][4] };"
	    " int ends[2], type; socklen_t l = sizeof type; if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &l) == -1) continue;"
	    " union { struct cmsghdr h; char space[CMSG_SPACE(sizeof(int))]; } c = { { 0 } };"
	    " struct iovec part = { &f, sizeof f };"
	    " struct msghdr m = { .msg_iov = &part, .msg_iovlen = 1, .msg_control = &c, .msg_controllen = sizeof c };"
	    " socketpair(AF_UNIX, SOCK_STREAM, 0, ends);"
	    " c.h.cmsg_level = SOL_SOCKET; c.h.cmsg_type = SCM_RIGHTS; c.h.cmsg_len = CMSG_LEN(sizeof(int));"
	    " memcpy(CMSG_DATA(&c.h), &ends[1], sizeof(int)); sendmsg(fd, &m, MSG_DONTWAIT); close(ends[0]); close(ends[1]); }");
	renew();
	r.stdin_text = STR("1\n");
	o = go(&r);
	assert(o->ndisplays == 0 && (o->kind != OUTCOME_DONE || o->displays_left_out > 0));
	o = run("", "puts(\"on\");");
	assert(o->kind == OUTCOME_DONE && is(o->out.head, "on\n"));
}

static const struct {
	const char *statements;
	int signal;
	const char *what;
} crashes[] = {
	{ "*(volatile int *)0 = 1;", SIGSEGV, "write at address 0x0 (NULL)" },
	{ "zero = *(volatile int *)16;", SIGSEGV, "read at address 0x10" },
	{ "((void (*)(void))0)();", SIGSEGV, "call of address 0x0 (NULL)" },
	{ "*(volatile char *)\"text\" = 1;", SIGSEGV, NULL },
	{ "*(volatile int *)0x4141414141414141 = 1;", SIGSEGV,
	    "access at an address that cannot be valid" },
	{ "zero = 10 / zero;", SIGFPE, "divided by zero" },
	{ "abort();", SIGABRT, "abort() was called" },
	{ "assert(zero == 1);", SIGABRT, "assertion `zero == 1' failed" },
	{ "char *volatile p = malloc(9); free(p); free(p);", SIGABRT, "double free reported by libc" },
	{ "char *volatile p = malloc(9); free(p + 4);", SIGABRT, "bad free reported by libc" },
	{ "deep(1);", SIGSEGV, "stack overflow: deep calls itself without end" },
	{ "__builtin_trap();", SIGILL, "reached a trap: __builtin_trap(), or code that cannot be reached" },
	{ "fflush(stdout); raise(SIGTERM);", SIGTERM, "ended by SIGTERM, which it sent itself" },
	{ "raise(SIGSEGV);", SIGSEGV, "ended by SIGSEGV, which it sent itself" },
};

static void
check_crashes(void)
{
	const size_t n = sizeof crashes / sizeof *crashes;
	const char *statements[CASES_MAX];
	const struct outcome *o;
	struct session_run r;
	size_t i;

	o = run("int kept = 1; char *heap;", "heap = strdup(\"memory\"); kept = 2;");
	assert(o->kind == OUTCOME_DONE);
	for (i = 0; i < n; i++)
		statements[i] = arena_printf(&arena, "printf(\"partial\"); %s",
		    crashes[i].statements).data;
	r = cases("static int zero;\n"
	    "static void deep(int n) { volatile char b[4096]; b[0] = (char)n; deep(n + b[0]); }\n",
	    statements, n);
	for (i = 0; i < n; i++) {
		o = go_case(r, i);
		assert(o->kind == OUTCOME_CRASH && o->signal == crashes[i].signal);
		if (crashes[i].what)
			assert(is(o->what, crashes[i].what));
		else
			assert(is(o->what, "write to read-only memory: a string literal or constant"));
		assert(!o->state_lost && is(o->out.head, "partial"));
	}
	o = run("extern int kept; extern char *heap;", "printf(\"%d %s\\n\", kept, heap);");
	assert(is(o->out.head, "2 memory\n"));
}

static void
check_frames(void)
{
	const struct outcome *o = run(
	    "int inner(int *p)\n{\n\treturn *p;\n}\nint outer(int *p)\n{\n\treturn 1 + inner(p);\n}",
	    "\nint *p = 0;\nouter(p);");

	assert(o->kind == OUTCOME_CRASH && o->nframes == 3);
	assert(is(o->frames[0].function, "inner") && o->frames[0].line == 3);
	assert(is(o->frames[0].marker, "cell-decl"));
	assert(is(o->frames[1].function, "outer") && o->frames[1].line == 7);
	assert(o->frames[2].function.len == 0 && o->frames[2].line == 3);
	assert(is(o->frames[2].marker, "cell"));
	o = run("", "\n\n((void (*)(void))0)();");
	assert(o->nframes == 1 && o->frames[0].line == 3);
	o = run("static __attribute__((constructor)) void early(void)\n{\n\tabort();\n}", "puts(\"no\");");
	assert(o->kind == OUTCOME_CRASH && o->nframes == 1);
	assert(is(o->frames[0].function, "early") && o->frames[0].line == 3);
}

static void
check_threads(void)
{
	const struct outcome *o = run(
	    "static void *f(void *p) { *(volatile int *)0 = 1; return p; }\n"
	    "static int deep(int n) { volatile char b[4096]; b[0] = 1; return deep(n + b[0]) + 1; }\n"
	    "static void *g(void *p) { deep(1); return p; }\n",
	    "pthread_t t; printf(\"partial\"); pthread_create(&t, 0, f, 0); pthread_join(t, 0);");

	assert(o->kind == OUTCOME_CRASH && o->signal == SIGSEGV && is(o->out.head, "partial"));
	assert(o->nframes == 1 && is(o->frames[0].function, "f"));
	o = run("static int deep(int n) { volatile char b[4096]; b[0] = 1; return deep(n + b[0]) + 1; }\n"
	    "static void *g(void *p) { deep(1); return p; }\n",
	    "pthread_t t; pthread_create(&t, 0, g, 0); pthread_join(t, 0);");
	assert(o->kind == OUTCOME_CRASH && is(o->what, "stack overflow: deep calls itself without end"));
}

static void
check_exits(void)
{
	const struct outcome *o;

	assert(run("int kept = 5;", "kept++;")->kind == OUTCOME_DONE);
	o = run("", "printf(\"partial\"); exit(0);");
	assert(o->kind == OUTCOME_EXIT && o->status == 0 && is(o->what, "ended early by exit(0)"));
	assert(is(o->out.head, "partial"));
	o = run("", "exit(3);");
	assert(o->kind == OUTCOME_EXIT && o->status == 3 && is(o->what, "ended early by exit(3)"));
	o = run("", "_exit(4);");
	assert(o->kind == OUTCOME_EXIT && o->status == 4);
	o = run("", "quick_exit(5);");
	assert(o->kind == OUTCOME_EXIT && o->status == 5);
	o = run("extern int kept;", "printf(\"%d\", kept);");
	assert(is(o->out.head, "6"));
}

static void
check_timeouts(void)
{
	struct session_run r = cell("", "\nprintf(\"partial\");\nfor (;;)\n\t;");
	const struct outcome *o;

	r.timeout = 200 * MS;
	o = go(&r);
	assert(o->kind == OUTCOME_TIMEOUT && is(o->what, "did not end within 200 ms"));
	assert(is(o->out.head, "partial") && o->nframes == 1);
	assert(o->frames[0].line == 3 || o->frames[0].line == 4);
	r = cell("static void nap(void)\n{\n\tsleep(100);\n}\n", "nap();");
	r.timeout = 200 * MS;
	o = go(&r);
	assert(o->kind == OUTCOME_TIMEOUT && o->nframes == 2 && is(o->frames[0].function, "nap"));
	r = cell("", "sigset_t s; sigfillset(&s); sigprocmask(SIG_BLOCK, &s, 0); for (;;) pause();");
	r.timeout = 100 * MS;
	o = go(&r);
	assert(o->kind == OUTCOME_TIMEOUT && o->nframes == 0);
	assert(is(run("", "puts(\"on\");")->out.head, "on\n"));
}

/* When the cell is there, and not by the clock. */
static void
interrupt(void *arg)
{
	if (access(arena_printf(&arena, "%s/started", folder).data, F_OK) == 0)
		assert(session_interrupt(session) && !session_interrupt(session));
	else
		loop_at(loop, loop_now() + 5 * MS, interrupt, arg);
}

static void
check_interrupts(void)
{
	struct session_run r = cell("int kept_on;", arena_printf(&arena, "kept_on = 1; printf(\"partial\");\n"
	    "creat(\"%s/started\", 0600);\nfor (;;)\n\t;", folder).data);
	const struct outcome *o;

	assert(!session_interrupt(session));
	r.timeout = 60000 * MS;
	loop_at(loop, loop_now(), interrupt, NULL);
	o = go(&r);
	assert(o->kind == OUTCOME_INTERRUPTED && holds(o->what, "interrupted after "));
	assert(is(o->out.head, "partial") && o->nframes == 1);
	assert(is(run("", "puts(\"on\");")->out.head, "on\n"));
}

static void
check_input(void)
{
	struct session_run r;
	const struct outcome *o = run("", "printf(\"%d\", getchar());");

	assert(is(o->out.head, "-1"));
	r = cell("", "int a = 0, b = 0; scanf(\"%d %d\", &a, &b); printf(\"%d\", a + b);");
	r.stdin_text = STR("17 25 99\n");
	assert(is(go(&r)->out.head, "42"));
	o = run("", "printf(\"%d\", getchar());");
	assert(is(o->out.head, "-1"));
}

/* Is a process alive whose number a cell printed? */
static bool
lives(struct str number)
{
	char path[64], text[512] = "";
	const char *after;
	FILE *f;

	snprintf(path, sizeof path, "/proc/%.*s/stat", STR_ARG(number));
	f = fopen(path, "r");
	if (!f)
		return false;
	if (fread(text, 1, sizeof text - 1, f) == 0)
		text[0] = '\0';
	fclose(f);
	after = strrchr(text, ')');
	return after && after[2] != 'Z';
}

static void
check_leftovers(void)
{
	static const char daemon[] =
	    "pid_t p = fork(); if (!p) { setsid(); p = fork(); if (p) _exit(0);"
	    " signal(SIGTERM, SIG_IGN); for (;;) pause(); }";
	char more[512];
	const struct outcome *o;
	struct session_run r;

	/* it prints its own number, so that we can look for it */
	o = run("", "int e[2]; pipe(e); if (!fork()) { setsid(); if (fork()) _exit(0);"
	    " signal(SIGTERM, SIG_IGN); int me = getpid(); write(e[1], &me, sizeof me);"
	    " for (;;) pause(); } int it; read(e[0], &it, sizeof it); printf(\"%d\", it);"
	    " fflush(stdout); wait(0);");
	assert(o->kind == OUTCOME_DONE && !lives(o->out.head));
	assert(holds(o->note, "processes that it had started were ended"));
	snprintf(more, sizeof more, "%s abort();", daemon);
	assert(run("", more)->kind == OUTCOME_CRASH);
	/* statements after a fork run in both, and only one of them is the session */
	o = run("", "pid_t p = fork(); if (p) { waitpid(p, 0, 0); printf(\"parent\"); }"
	    " else printf(\"child \");");
	assert(o->kind == OUTCOME_DONE && is(o->out.head, "child parent"));
	/* nobody else's children are found by wait() */
	o = run("", "int w = wait(0); printf(\"%d %d\", w, errno == ECHILD);");
	assert(is(o->out.head, "-1 1"));
	/* the state stays where a cell has joined the group of what it leaves behind */
	assert(run("int joined = 1;", "")->kind == OUTCOME_DONE);
	assert(run("", "abort();")->kind == OUTCOME_CRASH);	/* what is woken leads no session */
	o = run("", "pid_t p = fork(); if (!p) pause(); setpgid(p, p); printf(\"%d\", setpgid(0, p));");
	assert(o->kind == OUTCOME_DONE && is(o->out.head, "0") && o->note.len > 0);
	o = run("extern int joined;", "printf(\"%d\", joined);");
	assert(o->kind == OUTCOME_DONE && is(o->out.head, "1"));
	/* a fork bomb is ended, and is no way to hold us up */
	r = cell("", "for (;;) fork();");
	r.timeout = 5000 * MS;
	r.processes = 512;
	o = go(&r);
	assert(o->kind == OUTCOME_PROCESSES);
	assert(is(run("", "puts(\"on\");")->out.head, "on\n"));
}

static void
check_state(void)
{
	const struct outcome *o;

	o = run("int n = 1, fd; FILE *f;", "f = tmpfile(); fputs(\"abcdef\", f); fflush(f);"
	    " fd = fileno(f); lseek(fd, 1, SEEK_SET);");
	assert(o->kind == OUTCOME_DONE);
	o = run("extern int n, fd;",
	    "n = 100; lseek(fd, 5, SEEK_SET); close(1); close(fd); *(volatile int *)0 = 1;");
	assert(o->kind == OUTCOME_CRASH);
	o = run("extern int n, fd;", "char c = '?'; read(fd, &c, 1); printf(\"%d%c\", n, c);");
	assert(is(o->out.head, "1b"));
	o = run("extern int n;", "n = 7; printf(\"%d\", n);");
	assert(is(o->out.head, "7"));
	/* crash after crash, without a success between */
	assert(run("extern int n;", "n = 8; abort();")->kind == OUTCOME_CRASH);
	assert(run("extern int n;", "n = 9; abort();")->kind == OUTCOME_CRASH);
	assert(is(run("extern int n;", "printf(\"%d\", n);")->out.head, "7"));
}

static void
check_watchers(void)
{
	const struct outcome *o;

	o = run("", "int a = kill(getppid(), 9), b = errno == EPERM;"
	    " int c = kill(-1, 9), d = errno == EPERM; printf(\"%d%d %d%d\", a, b, c, d);");
	assert(o->kind == OUTCOME_DONE && is(o->out.head, "-11 -11"));
	o = run("", "char path[64], text[8] = \"\"; FILE *s; int boss = 0;"
	    " sprintf(path, \"/proc/%d/stat\", getppid()); s = fopen(path, \"r\");"
	    " fscanf(s, \"%*d (%*[^)]) %*c %d\", &boss);"
	    " int a = kill(boss, 9); printf(\"%d%d\", a, errno == EPERM);");
	assert(is(o->out.head, "-11"));
	o = run("", "char path[64]; int boss = 0, fd; FILE *s;"
	    " sprintf(path, \"/proc/%d/stat\", getppid()); s = fopen(path, \"r\");"
	    " fscanf(s, \"%*d (%*[^)]) %*c %d\", &boss); sprintf(path, \"/proc/%d/environ\", boss);"
	    " fd = open(path, O_RDONLY); printf(\"%d\", fd >= 0 && read(fd, path, 4) > 0);");
#if defined(__SANITIZE_ADDRESS__)
	(void)o;	/* then the supervisor can be read, for its leak checker */
#else
	assert(is(o->out.head, "0"));
#endif
}

static void
check_flood(void)
{
	struct session_run r = cell("", "for (long i = 0; i < 13107200; i++) puts(\"1234567\");");
	const struct outcome *o;

	r.output_kill = 200 << 20;
	r.output_kept = 1000;
	r.full_buffer = true;
	o = go(&r);
	assert(o->kind == OUTCOME_DONE && o->out.total == 104857600);
	assert(o->out.head.len + o->out.tail.len == 1000);
	assert(o->out.left_out == 104857600 - 1000);
	assert(str_starts(o->out.head, STR("1234567\n1234")));
	assert(str_ends(o->out.tail, STR("567\n1234567\n")));
	r.output_kill = 1 << 20;
	o = go(&r);
	assert(o->kind == OUTCOME_OUTPUT_LIMIT && is(o->what, "printed more than 1 MiB to stdout"));
	assert(o->out.head.len + o->out.tail.len == 1000);
	r = cell("", "for (int i = 0; i < 100; i++) printf(\"%02d\", i);");
	r.output_kept = 20;
	o = go(&r);
	assert(is(o->out.head, "0001020304") && is(o->out.tail, "9596979899"));
	assert(o->out.left_out == 180);
	r.output_kept = 200;
	o = go(&r);
	assert(o->out.head.len == 200 && o->out.tail.len == 0 && o->out.left_out == 0);
}

static void
check_descriptors(void)
{
	const struct outcome *o;

	assert(run("", "close(1);")->kind == OUTCOME_DONE);
	assert(is(run("", "puts(\"fine\");")->out.head, "fine\n"));
	assert(run("", "fclose(stdout); fclose(stderr); fclose(stdin);")->kind == OUTCOME_DONE);
	o = run("", "puts(\"fine\"); fputs(\"too\", stderr);");
	assert(is(o->out.head, "fine\n") && is(o->err.head, "too"));
	o = run("", "fcntl(1, F_SETFL, O_NONBLOCK);");
	o = run("", "printf(\"%d\", fcntl(1, F_GETFL) & O_NONBLOCK); printf(\" %d\", open(\"/dev/null\", 0));");
	assert(is(o->out.head, "0 3"));
	o = run("", "for (int i = 3; i < 1024; i++) write(i, \"garbage\", 7);");
	assert(o->kind == OUTCOME_CRASH && is(o->what, "wrote into the channel of its session"));
	o = run("", "for (int i = 0; i < 1024; i++) close(i);");
	assert(o->kind == OUTCOME_CRASH);
	assert(is(run("", "puts(\"fine\");")->out.head, "fine\n"));
}

/*
 * A cell that speaks as if it were the host: every kind of report, with the
 * right number and with a wrong one, and then goes on in one way or another.
 */
static void
check_forgeries(void)
{
	struct session_run r = cell("struct report { unsigned type, size; unsigned long number;"
	    " int pid, status, signal, code; unsigned flags, count;"
	    " unsigned long address, base, value, size_of_value, marker, nanoseconds, member; };",
	    "unsigned type, number, end; scanf(\"%u %u %u\", &type, &number, &end);"
	    " struct report f = { type, 0, number, 1, 0, 11, 1, 255, 8, 4096, 4096, 8, 1 << 30, 4096, 0, 4096 };"
	    " for (int fd = 900; fd < 1024; fd++) write(fd, &f, sizeof f);"
	    " if (end == 1) abort(); if (end == 2) for (;;) pause();");
	struct session_run on = cell("", "puts(\"on\");");
	const struct outcome *o;
	unsigned type, right, how;

	r.timeout = 300 * MS;
	on.timeout = 10000 * MS;
	for (type = 0; type < 13; type++)
		for (right = 0; right < 2; right++)
			for (how = 0; how < 3; how++) {
				renew();
				r.stdin_text = arena_printf(&arena, "%u %u %u\n", type,
				    right ? nruns + 1 : 4711, how);
				o = go(&r);
				/* only one that says it is done is believed; one that asks,
				 * but for no answer, is passed over */
				assert(o->kind != OUTCOME_DONE || (type == 8 && right) || type == 12);
				/* and the worst that comes of it is a lost state; or that
				 * the next cell has to pay, when "done" was not true */
				o = go(&on);
				if (o->kind != OUTCOME_DONE && right && (type == 8 || type == 9))
					o = go(&on);
				assert(o->kind == OUTCOME_DONE && is(o->out.head, "on\n"));
			}
}

static void
check_symbols(void)
{
	const struct outcome *o;

	assert(run("int kept = 3;", "kept = 4;")->kind == OUTCOME_DONE);
	o = run("double sqrtt(double);", "fputs(\"mine\\n\", stderr); printf(\"%g\", sqrtt(2));");
	assert(o->kind == OUTCOME_LOAD && is(o->what, "undefined symbol 'sqrtt'"));
	assert(is(o->err.head, "mine\n"));
	o = run("extern int skein_nowhere__2;", "printf(\"%d\", skein_nowhere__2);");
	assert(o->kind == OUTCOME_LOAD && is(o->what, "undefined symbol 'nowhere'"));
	o = run("extern int kept;", "printf(\"%d %g\", kept, sqrt(16));");
	assert(is(o->out.head, "4 4"));
}

static void
check_programs(void)
{
	static const char *const args[] = { "a b", "" };
	struct session_run r;
	const struct outcome *o;

	assert(run("int kept = 3;", "kept = 4;")->kind == OUTCOME_DONE);
	r = cell("extern int kept; int main(int c, char **v) { char b[9] = \"\"; fgets(b, 9, stdin);"
	    " printf(\"%d %s [%s] [%s] %s\", c, v[0], v[1], v[2], b);"
	    " printf(\"%d\", kept); kept = 5; return 0; }", NULL);
	r.is_program = true;
	r.args = args;
	r.nargs = 2;
	r.stdin_text = STR("input\n");
	o = go(&r);
	assert(o->kind == OUTCOME_DONE && is(o->out.head, "3 program [a b] [] input\n4"));
	r = cell("int main(void) { printf(\"partial\"); return 3; }", NULL);
	r.is_program = true;
	o = go(&r);
	assert(o->kind == OUTCOME_EXIT && o->status == 3 && is(o->what, "exit status 3"));
	assert(is(o->out.head, "partial"));
	r = cell("int main(void)\n{\n\t*(int *)0 = 1;\n}", NULL);
	r.is_program = true;
	o = go(&r);
	assert(o->kind == OUTCOME_CRASH && o->nframes == 1 && o->frames[0].line == 3);
	assert(is(o->frames[0].function, "main"));
	r = cell("int main(void) { for (;;) ; }", NULL);
	r.is_program = true;
	r.timeout = 100 * MS;
	o = go(&r);
	assert(o->kind == OUTCOME_TIMEOUT && o->nframes == 1);
	r = cell("extern int kept __attribute__((weak)); int main(void) { printf(\"%d\", &kept == 0); }",
	    NULL);
	r.is_program = r.is_isolated = true;
	o = go(&r);
	assert(o->kind == OUTCOME_DONE && is(o->out.head, "1"));
	r = cell("extern int kept __attribute__((weak));", "printf(\"%d\", &kept == 0); (void)sin(1);");
	r.is_isolated = true;
	assert(is(go(&r)->out.head, "1"));
	r = cell("", "abort();");
	r.is_isolated = true;
	assert(go(&r)->kind == OUTCOME_CRASH);
	assert(is(run("extern int kept;", "printf(\"%d\", kept);")->out.head, "4"));
}

static void
check_replay(void)
{
	struct session_run r = cell("int n = 1;", "n *= 2; puts(\"first\");");
	const struct outcome *o;

	r.checkpoint = false;
	assert(go(&r)->kind == OUTCOME_DONE);
	r = cell("extern int n;", "n *= 3; puts(\"second\");");
	r.checkpoint = false;
	assert(go(&r)->kind == OUTCOME_DONE);
	r = cell("extern int n;", "n *= 5; puts(\"third\"); fflush(stdout); n /= 0;");
	r.checkpoint = false;
	o = go(&r);
	assert(o->kind == OUTCOME_CRASH && is(o->out.head, "third\n") && !o->state_lost);
	assert(o->note.len == 0);
	assert(is(run("extern int n;", "printf(\"%d\", n);")->out.head, "6"));
	/* from a checkpoint on only what came after it is run again */
	r = cell("extern int n;", "n += 1;");
	r.checkpoint = false;
	assert(go(&r)->kind == OUTCOME_DONE);
	r = cell("extern int n;", "n = 0; abort();");
	r.checkpoint = false;
	assert(go(&r)->kind == OUTCOME_CRASH);
	assert(is(run("extern int n;", "printf(\"%d\", n);")->out.head, "7"));
	/* what does not repeat itself is told, and what fails is lost */
	r = cell("", "printf(\"%d\", open(\"once\", O_CREAT | O_EXCL, 0600) >= 0);");
	assert(is(go(&r)->out.head, "1"));
	r = cell("int *volatile q;", "if (access(\"twice\", F_OK)) close(creat(\"twice\", 0600)); else *q = 1;");
	r.checkpoint = false;
	assert(go(&r)->kind == OUTCOME_DONE);
	r = cell("", "abort();");
	r.checkpoint = false;
	o = go(&r);
	assert(o->kind == OUTCOME_CRASH && o->state_lost);
	assert(holds(o->note, "printed something else") && holds(o->note, "an earlier cell failed"));
	o = run("extern int n __attribute__((weak));", "printf(\"%d\", &n == 0);");
	assert(is(o->out.head, "1") && !o->state_lost);
}

/* Children of a process; the last of them in *last. */
static size_t
count_children(int pid, int *last)
{
	char path[64];
	size_t n = 0;
	FILE *f;

	snprintf(path, sizeof path, "/proc/%d/task/%d/children", pid, pid);
	f = fopen(path, "r");
	if (!f)
		return 0;
	while (fscanf(f, "%d", last) == 1)
		n++;
	fclose(f);
	return n;
}

/* The warden is our only child, and the host and its copies are all of its. */
static size_t
count_copies(void)
{
	int warden, any;

	assert(count_children(getpid(), &warden) == 1);
	return count_children(warden, &any) - 1;
}

/* KiB that the processes of the session hold together. */
static long
session_memory(void)
{
	int warden, pid;
	char path[64], line[128];
	long sum = 0, share;
	FILE *list, *f;

	assert(count_children(getpid(), &warden) == 1);
	snprintf(path, sizeof path, "/proc/%d/task/%d/children", warden, warden);
	list = fopen(path, "r");
	assert(list);
	while (fscanf(list, "%d", &pid) == 1) {
		snprintf(path, sizeof path, "/proc/%d/smaps_rollup", pid);
		f = fopen(path, "r");
		while (f && fgets(line, sizeof line, f))
			if (sscanf(line, "Pss_Anon: %ld", &share) == 1)
				sum += share;
		if (f)
			fclose(f);
	}
	fclose(list);
	return sum;
}

/* Those that were given up may take a moment to end. */
static void
until_copies(size_t n)
{
	size_t i;

	for (i = 0; i < 1000000 && count_copies() > n; i++)
		sched_yield();
	assert(count_copies() == n);
}

/* A cell that writes a word to the file "log", which tells how often each one ran. */
static struct session_run
logged(const char *declarations, const char *word, const char *statements)
{
	return cell(declarations, arena_printf(&arena, "int l = open(\"log\","
	    " O_WRONLY | O_CREAT | O_APPEND, 0600); write(l, \"%s\", %zu); close(l); %s",
	    word, strlen(word), statements).data);
}

static struct str
read_log(void)
{
	return read_whole(arena_printf(&arena, "%s/log", folder).data);
}

/* Ends the frozen copies, as one who is short of memory may, and then itself. */
static const char murder[] =
    "char path[64]; int pid; sprintf(path, \"/proc/%d/task/%d/children\", getppid(), getppid());"
    " FILE *f = fopen(path, \"r\"); while (fscanf(f, \"%d\", &pid) == 1)"
    " if (pid != getpid()) kill(pid, SIGKILL); abort();";

static void
check_rewind(void)
{
	struct session_object lib = { .number = SIZE_MAX, .marker = STR("src/lib.c") };
	struct session_run show = cell("extern int n;", "printf(\"%d\", n);");
	struct session_run times[4], bad, program, r;
	const struct outcome *o;
	size_t i;

	lib.bytes = compile("int n = 1;", NULL);
	session_preload(session, &lib);
	times[0] = logged("extern int n;", "a", "n *= 2;");
	times[1] = logged("extern int n;", "b", "n *= 3;");
	times[2] = logged("extern int n;", "c", "n *= 5; if (!fork()) for (;;) pause();");
	times[3] = logged("extern int n;", "d", "n *= 7;");
	times[3].once = true;
	bad = cell("extern int n;", "n = 0; abort();");
	program = cell("extern int n; int main(void) { return n = 0; }", NULL);
	program.is_program = true;
	assert(session_depth(session) == 0);
	for (i = 0; i < 3; i++) {
		assert(go(&times[i])->kind == OUTCOME_DONE);
		assert(go(&program)->kind == OUTCOME_DONE);
		assert(go(&bad)->kind == OUTCOME_CRASH);
		assert(session_depth(session) == i + 1);
	}
	assert(is(go(&show)->out.head, "30") && session_depth(session) == 4);
	session_rewind(session, 2);
	assert(session_depth(session) == 2);
	assert(is(go(&show)->out.head, "6"));
	session_rewind(session, 0);
	assert(is(go(&show)->out.head, "1") && session_depth(session) == 1);
	show.is_isolated = true;
	session_rewind(session, 1);
	assert(is(go(&show)->out.head, "1") && session_depth(session) == 1);
	show.is_isolated = false;
	/* a cell that must not be run again: a copy of the time after it serves */
	unlink(arena_printf(&arena, "%s/log", folder).data);
	session_rewind(session, 0);
	show.checkpoint = false;
	for (i = 0; i < 4; i++)
		times[i].checkpoint = false;
	assert(go(&times[3])->kind == OUTCOME_DONE && go(&times[0])->kind == OUTCOME_DONE);
	assert(session_can_rewind(session, 2) && session_can_rewind(session, 1));
	session_rewind(session, 1);
	assert(is(go(&show)->out.head, "7") && is(read_log(), "da"));
	session_rewind(session, 1);
	assert(go(&times[1])->kind == OUTCOME_DONE && is(read_log(), "dab"));
	/* one that somebody has killed is just not there, */
	r = cell("", murder);
	session_rewind(session, 0);
	assert(go(&times[0])->kind == OUTCOME_DONE);
	o = go(&r);
	assert(o->kind == OUTCOME_CRASH && !o->state_lost);
	assert(is(go(&show)->out.head, "2"));
	/* and if there is no other way back the state is lost */
	session_rewind(session, 1);
	assert(go(&times[3])->kind == OUTCOME_DONE);
	unlink(arena_printf(&arena, "%s/log", folder).data);
	o = go(&r);
	assert(o->kind == OUTCOME_CRASH && o->state_lost && holds(o->note, "must not be run again"));
	assert(session_depth(session) == 0 && is(go(&show)->out.head, "1"));
	assert(access(arena_printf(&arena, "%s/log", folder).data, F_OK) == -1);
}

static void
check_chain(void)
{
	struct session_options five = { .replay = 1, .copies = 5 };
	struct session_run add = cell("int n;", "n++;");
	struct session_run more = cell("extern int n;", "n++;");
	struct session_run show = cell("extern int n;", "printf(\"%d\", n);");
	struct session_run once, bad, r;
	size_t i;

	/* a copy before each cell, of which only some are kept */
	renew_with(five);
	add.checkpoint = more.checkpoint = show.checkpoint = false;
	assert(go(&add)->kind == OUTCOME_DONE);
	for (i = 1; i < 12; i++)
		assert(go(&more)->kind == OUTCOME_DONE);
	until_copies(5);
	/* going back wakes one or runs again, and it makes no difference */
	for (i = 12; i > 0; i -= 2) {
		session_rewind(session, i);
		assert(is(go(&show)->out.head, arena_printf(&arena, "%zu", i).data));
		assert(go(&more)->kind == OUTCOME_DONE && session_depth(session) == i + 2);
	}
	assert(is(go(&show)->out.head, "3"));
	/* where it was gone back to a copy stays, and is not run again */
	renew_with(five);
	r = logged("", "x", "");
	r.checkpoint = false;
	for (i = 0; i < 4; i++)
		assert(go(&r)->kind == OUTCOME_DONE);
	session_rewind(session, 2);
	for (i = 0; i < 9; i++)
		assert(go(&r)->kind == OUTCOME_DONE);
	unlink(arena_printf(&arena, "%s/log", folder).data);
	session_rewind(session, 2);
	assert(go(&r)->kind == OUTCOME_DONE && is(read_log(), "x"));
	/* the one after a cell that must not be run again stays too, */
	renew_with(five);
	once = logged("", "once", "");
	once.once = true;
	once.checkpoint = false;
	assert(go(&add)->kind == OUTCOME_DONE && go(&once)->kind == OUTCOME_DONE);
	for (i = 0; i < 9; i++)
		assert(go(&more)->kind == OUTCOME_DONE);
	unlink(arena_printf(&arena, "%s/log", folder).data);
	session_rewind(session, 3);
	assert(is(go(&show)->out.head, "2"));
	assert(access(arena_printf(&arena, "%s/log", folder).data, F_OK) == -1);
	/* and copies are ours: what a cell's own children are is told from them */
	bad = cell("", "pid_t p = fork(); if (!p) for (;;) pause(); printf(\"%d\", p);");
	assert(holds(go(&bad)->note, "processes that it had started were ended"));
	assert(go(&more)->note.len == 0);
	/* when somebody has ended them all is run again */
	r = cell("", murder);
	r.checkpoint = false;
	renew_with(five);
	assert(go(&add)->kind == OUTCOME_DONE && go(&more)->kind == OUTCOME_DONE);
	assert(go(&more)->kind == OUTCOME_DONE && go(&r)->kind == OUTCOME_CRASH);
	assert(is(go(&show)->out.head, "3"));
}

/* Copies of a state that is written anew by each cell hold it all. */
static void
check_chain_memory(void)
{
	struct session_run first = cell("char *big;", "big = malloc(4 << 20); memset(big, 1, 4 << 20);");
	struct session_run change = cell("extern char *big;", "memset(big, big[0] + 1, 4 << 20);");
	struct session_run grow = cell("extern char *big;", "memset(malloc(4 << 20), 1, 4 << 20);");
	size_t i;

	renew_with((struct session_options){ .replay = 1, .copies = 32, .copies_memory = 24 << 20 });
	assert(go(&first)->kind == OUTCOME_DONE);
	for (i = 0; i < 16; i++)
		assert(go(&grow)->kind == OUTCOME_DONE);
	until_copies(17);	/* new memory is in no copy */
	for (i = 0; i < 16; i++)
		assert(go(&change)->kind == OUTCOME_DONE);
	/* the state itself is 68 MiB, and 4 MiB were written since it was looked at */
	for (i = 0; i < 100000 && session_memory() > (68 + 24 + 4 + 4) << 10; i++)
		sched_yield();
	assert(session_memory() <= (68 + 24 + 4 + 4) << 10);
	assert(count_copies() > 4);
}

/* A copy is made without anything of it being seen by the cell. */
static void
check_unseen(void)
{
	const struct outcome *o;
	struct str before;

	o = run("static int n; static void count(int s) { n++; } int *children = &n;",
	    "signal(SIGCHLD, count); printf(\"%d\", getpid());");
	before = o->out.head;
	o = run("extern int *children;", "printf(\"%d\", getpid());"
	    " int w = wait(0); fprintf(stderr, \"%d %d %d\", *children, w, errno == ECHILD);");
	assert(is(o->err.head, "0 -1 1") && str_eq(o->out.head, before));
	/* what stdio has read ahead, and where the file stands, go back together */
	o = run("FILE *f;", "f = fopen(\"text\", \"w+\"); for (int i = 0; i < 2000; i++)"
	    " fprintf(f, \"%d\\n\", i); rewind(f); int i; for (i = 0; i < 1500; i++) fscanf(f, \"%*d\");");
	assert(o->kind == OUTCOME_DONE);
	o = run("extern FILE *f;", "char t[4096]; while (fgets(t, 4096, f)) ; abort();");
	assert(o->kind == OUTCOME_CRASH);
	o = run("extern FILE *f;", "int a, b = 0, n = 0; fscanf(f, \"%d\", &a);"
	    " while (fscanf(f, \"%d\", &b) == 1) n++; printf(\"%d %d %d\", a, b, n);");
	assert(is(o->out.head, "1500 1999 499"));
}

static void
check_timers(void)
{
	const struct outcome *o;

	o = run("", "alarm(1000);");
	assert(o->kind == OUTCOME_DONE && is(o->note, "a timer that it had set was stopped"));
	o = run("timer_t t;", "printf(\"%d\", alarm(0)); timer_create(CLOCK_MONOTONIC, 0, &t);"
	    " timer_settime(t, 0, &(struct itimerspec){ {0}, { 1000, 0 } }, 0);");
	assert(is(o->out.head, "0") && is(o->note, "a timer that it had set was stopped"));
	o = run("extern timer_t t;", "struct itimerspec i; printf(\"%d\", timer_gettime(t, &i));");
	assert(is(o->out.head, "-1") && o->note.len == 0);
	/* numbers begin anew in a copy */
	assert(run("", "abort();")->kind == OUTCOME_CRASH);
	o = run("extern timer_t t;", "timer_create(CLOCK_MONOTONIC, 0, &t);");
	assert(holds(o->note, "a timer"));
}

static void
check_handlers(void)
{
	struct session_run overflow = cell("static int deep(int n) { volatile char b[4096]; b[0] = 1;"
	    " return deep(n + b[0]) + 1; }\n", "deep(1);");
	const struct outcome *o;

	/* what a cell takes from us is ours again in the next, */
	o = run("", "signal(SIGSEGV, SIG_DFL); sigset_t s; sigfillset(&s); sigprocmask(SIG_BLOCK, &s, 0);"
	    " signal(62, SIG_IGN); sigaltstack(&(stack_t){ .ss_flags = SS_DISABLE }, 0);");
	assert(o->kind == OUTCOME_DONE);
	o = go(&overflow);
	assert(o->kind == OUTCOME_CRASH && holds(o->what, "stack overflow"));
	o = run("", "sigset_t s; sigprocmask(SIG_BLOCK, 0, &s); printf(\"%d%d%d\","
	    " sigismember(&s, SIGTERM), sigismember(&s, SIGSEGV), sigismember(&s, 62));");
	assert(is(o->out.head, "100"));
	/* but a handler of its own stays, as in a program, even when another one crashes */
	o = run("#include <setjmp.h>\nsigjmp_buf out; static void on(int s) { siglongjmp(out, s); }"
	    " void handle(void) { signal(SIGSEGV, on); }", "handle();");
	assert(o->kind == OUTCOME_DONE);
	o = run("", "signal(SIGFPE, SIG_IGN); signal(SIGUSR1, SIG_IGN); abort();");
	assert(o->kind == OUTCOME_CRASH && is(o->what, "abort() was called") && o->nframes == 1);
	o = run("#include <setjmp.h>\nextern sigjmp_buf out;", "struct sigaction a;"
	    " if (!sigsetjmp(out, 1)) *(volatile int *)0 = 1; else printf(\"caught\");"
	    " sigaction(SIGUSR1, 0, &a); printf(\" %d\", a.sa_handler != SIG_IGN);");
	assert(o->kind == OUTCOME_DONE && is(o->out.head, "caught 1"));
}

/* As with a limit on processes: the kernel refuses to make one. */
static const char refuse_clone[] =
    "struct sock_filter code[] = { BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0),"
    " BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clone, 0, 1),"
    " BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EAGAIN),"
    " BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW) };"
    " struct sock_fprog p = { 4, code };"
    " printf(\"%d\", prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &p, 0, 0));";

static void
check_without_copy(void)
{
	struct session_run r = cell("#include <linux/filter.h>\n#include <linux/seccomp.h>\n"
	    "#include <sys/syscall.h>\nint n = 5;", refuse_clone);
	const struct outcome *o;

	assert(is(go(&r)->out.head, "0"));
	o = run("extern int n;", "n++;");
	assert(o->kind == OUTCOME_DONE && is(o->note, "ran without a checkpoint: the system allows"
	    " no more processes (ulimit -u); a crash would run the cells before it again"));
	o = run("extern int n;", "n = 0; abort();");
	assert(o->kind == OUTCOME_CRASH && !o->state_lost && o->note.len == 0);
	r = cell("extern int n;", "printf(\"%d\", n);");
	r.once = true;
	assert(is(go(&r)->out.head, "6"));
	o = run("", "abort();");
	assert(o->kind == OUTCOME_CRASH && o->state_lost);
	assert(is(o->note, "a cell before it must not be run again (cache=off)"));
}

static void
check_memory(void)
{
	struct session_run r = cell("", "for (;;) { char *p = malloc(1 << 20); memset(p, 1, 1 << 20); }");
	const struct outcome *o;

	r.memory = 64 << 20;
	o = go(&r);
	assert(o->kind == OUTCOME_MEMORY && holds(o->what, "hit its memory limit of 64 MiB"));
	r = cell("", "printf(\"%d\", malloc(100 << 20) != NULL);");
	r.memory = 64 << 20;
	assert(is(go(&r)->out.head, "0"));
	r.memory = 0;
	assert(is(go(&r)->out.head, "1"));
	r.memory = 64 << 20;	/* there is not even room for the object now */
	assert(go(&r)->kind == OUTCOME_MEMORY);
}

/* An expression, and how it is shown. */
static const struct {
	const char *expression, *shown;
} values[] = {
	{ "hypot(3, 4)", "5" },
	{ "0.1", "0.1" },
	{ "0.1f + 0.2f", "0.3" },
	{ "100000.0 * 10", "1000000" },
	{ "1e300 * 1e10", "inf" },
	{ "-1e-7", "-1e-07" },
	{ "0.1L", "0.1" },
	{ "1 - 2", "-1" },
	{ "18446744073709551615ull", "18446744073709551615" },
	{ "(__int128)1 << 100", "1267650600228229401496703205376" },
	{ "(char)'a'", "'a'" },
	{ "(char)10", "'\\n'" },
	{ "(uint8_t)200", "200" },
	{ "(bool)1", "true" },
	{ "2.0 - 3 * I", "2 - 3i" },
	{ "(const char *)\"a \\\"b\\\"\\n\"", "\"a \\\"b\\\"\\n\"" },
	{ "(char *)8", "(char *) 0x8" },
	{ "(int *)0", "NULL" },
	{ "&add", "add" },
	{ "(enum color)1", "GREEN" },
	{ "(enum color)5", "5" },
	{ "(enum flags)5", "D | E" },
	{ "((struct s){ 7, \"seven\", { 1.5, 2 } })",
	    "{.id = 7, .name = \"seven\", .at = {.x = 1.5, .y = 2}}" },
	{ "((struct b){ 5, -3, 9, \"hi\" })", "{.a = 5, .b = -3, .c = 9, .d = \"hi\"}" },
	{ "((struct m){ { { 1, 2, 3 }, { 4, 5, 6 } } })", "{.v = {{1, 2, 3}, {4, 5, 6}}}" },
	{ "((union u){ .f = 1 })", "{.i = 1065353216, .f = 1}" },
};

static void
check_values(void)
{
	const size_t n = sizeof values / sizeof *values;
	const char *statements[CASES_MAX];
	const struct outcome *o;
	struct session_run r;
	size_t i;

	for (i = 0; i < n; i++)
		statements[i] = arena_printf(&arena, "__auto_type skein_value = %s;"
		    " skein_show(&skein_value, sizeof skein_value);", values[i].expression).data;
	r = cases(
	    "int add(int a, int b) { return a + b; }\n"
	    "enum color { RED, GREEN, BLUE = 7 };\n"
	    "enum { A = 1, B = 2, C = 4 }; enum flags { D = 1, E = 4 };\n"
	    "struct s { int id; const char *name; struct { double x, y; } at; };\n"
	    "struct b { unsigned a : 3; int b : 5; long c; char d[8]; };\n"
	    "struct m { int v[2][3]; };\n"
	    "union u { int i; float f; };\n"
	    "",
	    statements, n);
	for (i = 0; i < n; i++)
		assert(is(go_case(r, i)->value, values[i].shown));
	o = run("", "int skein_value[200]; for (int i = 0; i < 200; i++) skein_value[i] = i;"
	    " skein_show(&skein_value, sizeof skein_value);");
	assert(str_starts(o->value, STR("{0, 1, 2, ")) && str_ends(o->value, STR(", 99, ...}")));
	o = run("", "char *skein_value = malloc(1000); memset(skein_value, 'x', 999); skein_value[999] = 0;"
	    " skein_show(&skein_value, sizeof skein_value);");
	assert(o->value.len == 205 && str_ends(o->value, STR("x\"...")));
	/* what a value points to need not be there */
	o = run("struct l { struct l *next; const char *s; };",
	    "struct l skein_value = { (void *)8, (void *)8 }; skein_show(&skein_value, sizeof skein_value);");
	assert(is(o->value, "{.next = (struct l *) 0x8, .s = (const char *) 0x8}"));
}

static void
check_sources(void)
{
	struct session_object lib = { .number = SIZE_MAX, .marker = STR("src/lib.c") };
	struct session_run r;
	const struct outcome *o;

	lib.bytes = compile("int counter = 10;\nint bump(int *p)\n{\n\treturn ++*p;\n}", NULL);
	session_preload(session, &lib);
	o = run("extern int counter; int bump(int *);", "printf(\"%d\", bump(&counter));");
	assert(is(o->out.head, "11"));
	o = run("int bump(int *);", "bump(0);");
	assert(o->kind == OUTCOME_CRASH && o->nframes == 2 && o->frames[0].cell == SIZE_MAX);
	r = cell("extern int counter; int bump(int *); int main(void) { printf(\"%d\", bump(&counter)); }",
	    NULL);
	r.is_program = r.is_isolated = true;
	assert(is(go(&r)->out.head, "11"));
	r = cell("extern int counter; int bump(int *);", "bump(&counter); abort();");
	r.checkpoint = false;
	assert(go(&r)->kind == OUTCOME_CRASH);
	o = run("extern int counter; int bump(int *);", "printf(\"%d\", bump(&counter));");
	assert(is(o->out.head, "12"));
}

static const struct {
	const char *name;
	void (*check)(void);
} checks[] = {
	{ "output", check_output },
	{ "crashes", check_crashes },
	{ "frames", check_frames },
	{ "threads", check_threads },
	{ "exits", check_exits },
	{ "timeouts", check_timeouts },
	{ "interrupts", check_interrupts },
	{ "input", check_input },
	{ "displays", check_displays },
	{ "leftovers", check_leftovers },
	{ "state", check_state },
	{ "watchers", check_watchers },
	{ "flood", check_flood },
	{ "descriptors", check_descriptors },
	{ "forgeries", check_forgeries },
	{ "symbols", check_symbols },
	{ "programs", check_programs },
	{ "replay", check_replay },
	{ "unseen", check_unseen },
	{ "timers", check_timers },
	{ "handlers", check_handlers },
	{ "without-copy", check_without_copy },
	{ "rewind", check_rewind },
	{ "chain", check_chain },
	{ "chain-memory", check_chain_memory },
	{ "memory", check_memory },
	{ "values", check_values },
	{ "sources", check_sources },
};

static void
clean_up(void)
{
	DIR *d = opendir(folder);
	const struct dirent *e;

	assert(d);
	while ((e = readdir(d)))
		if (e->d_name[0] != '.')
			assert(unlinkat(dirfd(d), e->d_name, 0) == 0);
	closedir(d);
	assert(rmdir(folder) == 0);
}

/* tests/unit/session [CHECK...]: all of them, or those named. */
int
main(int argc, char **argv)
{
	char self[4000];
	ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
	size_t i;
	int k;

	assert(n > 0);
	self[n] = '\0';
	*strrchr(self, '/') = '\0';
	snprintf(host_path, sizeof host_path, "%s/../../skein-host", self);
	if (getenv("SESSION_TEST_HOST"))
		snprintf(host_path, sizeof host_path, "%s", getenv("SESSION_TEST_HOST"));
	assert(mkdtemp(folder));
	compile_headers();
	for (i = 0; i < sizeof checks / sizeof *checks; i++) {
		bool wanted = argc == 1;

		for (k = 1; k < argc; k++)
			wanted = wanted || strcmp(argv[k], checks[i].name) == 0;
		if (!wanted)
			continue;
		begin();
		checks[i].check();
		end();
		assert(count_children(getpid(), &k) == 0);
		if (argc > 1)
			fprintf(stderr, "%s: ok\n", checks[i].name);
	}
	clean_up();
	return 0;
}
