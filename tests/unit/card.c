/*
 * A card is made of anything: damaged debug information, random traces and
 * registers, any line; and what is sound in it is told.
 */
#define _GNU_SOURCE	/* dladdr, SI_KERNEL */
#include <assert.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runner/session/backtrace.h"
#include "runner/session/card.h"
#include "runner/session/library.h"
#include "runner/session/outcome.h"
#include "tangle/base/arena.h"
#include "tangle/base/buf.h"
#include "tangle/base/mem.h"

enum { ROUNDS = 500, STACK = 4096, CODE = 512 };

static const char source[] =
    "struct node { int v; struct node *next; char name[8]; double d[2]; union { int i; float f; } u; };\n"
    "int table[10]; struct node *head, one = { 1 };\n"
    "int callee(int);\n"
    "static inline __attribute__((always_inline)) int peek(struct node *n) { return n->v; }\n"
    "int walk(struct node *n, int depth, const char *text) {\n"
    "\tint here = depth * 2;\n"
    "\tdouble d[3] = {1.5};\n"
    "\tfor (int i = 0; i < depth; i++) { struct node *m = n;\n"
    "\t\tif (m->v == here) return callee(peek(m->next) + i + (int)d[i]); }\n"
    "\treturn table[depth] + here + text[0] + depth / here;\n"
    "}\n";

static const char *const lines[] = {
	"\t\tif (m->v == here) return callee(peek(m->next) + i + (int)d[i]); }", "return n->v;",
	"head->next->next->d[1] = table[here + 1] / **n; n->u.f++", "*p++ = (*n).name[i - -1]",
	"[[[[", "n->", "table[", "((((*", "\"", "int here = depth * 2;", "head()", "n[depth].d[", ""
};

enum { LINES = sizeof lines / sizeof *lines };

static const struct lua_calls no_lua;
static char folder[] = "/tmp/skein-card.XXXXXX";
static uint64_t seed = 20261127;

static uint64_t
next_random(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed;
}

static struct str
line_of(void *arg, const struct frame *f, size_t line)
{
	const size_t *fixed = arg;

	(void)f;
	return str_of(lines[fixed ? *fixed : (line + next_random()) % LINES]);
}

static struct str
compile(const char *options, void **handle)
{
	char command[256], name[64], path[64];
	struct buf bytes = {0};
	FILE *f;
	int fd;
	ssize_t n;

	snprintf(name, sizeof name, "%s/a.c", folder);
	snprintf(path, sizeof path, "%s/a%s.so", folder, options);
	f = fopen(name, "w");
	assert(f && fputs(source, f) >= 0 && fclose(f) == 0);
	snprintf(command, sizeof command, "cd %s && gcc -g %s -shared -fPIC -o %s a.c", folder,
	    options, path);
	assert(system(command) == 0);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	while ((n = read(fd, buf_room(&bytes, 65536), 65536)) > 0)
		bytes.len += (size_t)n;
	close(fd);
	*handle = dlopen(path, RTLD_LAZY);
	assert(*handle);
	unlink(path);
	unlink(name);
	return buf_str(&bytes);
}

/* The calls of a trace are in `walk`, or anywhere. */
static void
random_trace(struct trace *t, struct report *told, uint64_t walk, const char *stack)
{
	told->count = (uint32_t)(next_random() % (next_random() % 40 ? 6 : PROTOCOL_CALLS + 1));
	told->flags = (uint32_t)next_random() | REPORT_WAITS;
	told->code = (int32_t)(next_random() % 6);
	t->total = next_random() % 2 ? told->count : next_random();
	for (size_t i = 0; i < PROTOCOL_REGISTERS; i++)
		t->registers[i] = next_random() % 2 ? next_random() : (uint64_t)(uintptr_t)stack + next_random() % STACK;
	for (size_t i = 0; i < told->count; i++) {
		struct call *c = &t->calls[i];

		c->pc = next_random() % 16 ? walk + next_random() % CODE : next_random();
		c->sp = next_random() % 8 ? (uint64_t)(uintptr_t)stack + next_random() % STACK : next_random();
		c->function = next_random() % 2 ? walk : next_random();
		for (size_t k = 0; k < PROTOCOL_NSAVED; k++)
			c->saved[k] = (uint64_t)(uintptr_t)stack + next_random() % STACK;
	}
	for (size_t i = 0; i < PROTOCOL_STARTED; i++)
		t->started[i] = next_random() % 2 ? walk + next_random() % CODE : next_random() % 2;
}

static void
random_crash(struct report *r)
{
	static const int signals[] = { SIGSEGV, SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT };

	r->signal = signals[next_random() % (sizeof signals / sizeof *signals)];
	r->code = next_random() % 3 ? (int)(next_random() % 3) : SI_KERNEL;
	r->flags = (uint32_t)next_random();
	r->address = next_random() % 3 ? next_random() % 32 : next_random();
}

static void
check_damage(struct str object, uint64_t base, uint64_t walk)
{
	static struct trace t;
	static char stack[STACK];
	char *bytes = mem_alloc(object.len, 1);
	struct session_text text = { line_of, NULL };

	for (size_t i = 0; i < ROUNDS; i++) {
		struct loaded loaded = { .object = { .bytes = { bytes, object.len } }, .base = base };
		struct report told = {0}, crash = {0};
		struct library l;
		struct arena a;
		struct card c;
		size_t from = next_random() % object.len;

		memcpy(bytes, object.data, object.len);
		for (size_t n = i % 4 ? 1 + next_random() % 12 : 0; n > 0; n--)
			bytes[i % 2 ? next_random() % object.len : (from + next_random() % 64) % object.len] =
			    (char)next_random();
		for (size_t k = 0; k < STACK; k++)
			stack[k] = (char)next_random();
		random_trace(&t, &told, walk, stack);
		random_crash(&crash);
		arena_init(&a);
		library_open(&l, &loaded, 1);
		l.pid = getpid();
		card_make(&c, &told, &t, i % 5 ? &crash : NULL, &no_lua, &l, &text, &a);
		assert(c.nframes <= 64 && c.nvariables <= 12);
		library_close(&l);
		arena_release(&a);
	}
	mem_free(bytes);
}

static const struct variable_shown *
find(const struct card *c, const char *name)
{
	for (size_t i = 0; i < c->nvariables; i++)
		if (str_eq(c->variables[i].name, str_of(name)))
			return &c->variables[i];
	return NULL;
}

/* Without optimising, all is in memory, as far from the frame's end as is said. */
static void
check_values(struct str object, uint64_t base, uint64_t walk)
{
	static struct trace t;
	static char stack[STACK] __attribute__((aligned(16)));
	struct loaded loaded = { .object = { .bytes = object }, .base = base };
	struct report told = { .count = 2, .flags = REPORT_WAITS | REPORT_INTERRUPTED };
	struct report crash = { .signal = SIGSEGV, .code = SEGV_MAPERR, .flags = REPORT_READ };
	const struct variable_shown *v = NULL;
	size_t fixed = 0, pc;
	struct session_text text = { line_of, &fixed };
	struct library l;
	struct arena a;
	struct card c;

	arena_init(&a);
	library_open(&l, &loaded, 1);
	l.pid = getpid();
	t.total = 2;
	t.calls[1].sp = (uint64_t)(uintptr_t)(stack + STACK);
	/* The first place in the loop: all pointers are NULL there. */
	for (pc = 0; pc < CODE && !v; pc++) {
		t.calls[0].pc = walk + pc;
		card_make(&c, &told, &t, &crash, &no_lua, &l, &text, &a);
		v = find(&c, "m");
	}
	assert(v && str_eq(v->value, STR("NULL")) && v->is_told);
	assert(str_eq(c.what, STR("read of m->v, where m is NULL")));
	v = find(&c, "n");
	assert(v && v->is_argument && v->is_settled && str_eq(v->value, STR("NULL")));
	assert((v = find(&c, "depth")) && str_eq(v->value, STR("0")));
	assert((v = find(&c, "d")) && str_eq(v->value, STR("{0, 0, 0}")));
	library_close(&l);
	arena_release(&a);
}

int
main(void)
{
	static const char *const options[] = { "-O0", "-O1", "-O2" };

	assert(mkdtemp(folder));
	for (size_t i = 0; i < sizeof options / sizeof *options; i++) {
		void *handle, *walk;
		struct str object = compile(options[i], &handle);
		uint64_t base;
		Dl_info info;

		walk = dlsym(handle, "walk");
		assert(walk && dladdr(walk, &info));
		base = (uint64_t)(uintptr_t)info.dli_fbase;
		if (i == 0)
			check_values(object, base, (uint64_t)(uintptr_t)walk);
		check_damage(object, base, (uint64_t)(uintptr_t)walk);
		dlclose(handle);
		mem_free((char *)object.data);
	}
	rmdir(folder);
	return 0;
}
