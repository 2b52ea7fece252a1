/*
 * What cells see of each other, without a compiler: uses, needs, notes, and
 * that a unit stays the same when something unrelated changes.
 */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runner/cell/unit.h"
#include "tangle/base/arena.h"
#include "tangle/base/buf.h"

enum { MOST_CELLS = 8 };

struct session {
	struct arena arena;
	struct interface *in;
	struct unit units[MOST_CELLS];
	size_t n;
};

static void
open_session(struct session *s, const char *const *cells)
{
	size_t k;

	arena_init(&s->arena);
	s->in = interface_new(&s->arena);
	for (s->n = 0; cells[s->n]; s->n++) {
		struct unit_source src = { .number = s->n * 10, .marker = STR("cell"),
		    .text = str_of(cells[s->n]) };

		interface_add(s->in, &src);
	}
	for (k = 0; k < s->n; k++)
		unit_make(s->in, k * 10, &s->units[k]);
}

static void
close_session(struct session *s)
{
	interface_free(s->in);
	arena_release(&s->arena);
}

/* "0 20" */
static void
is_list(const size_t *list, size_t n, const char *wanted)
{
	struct buf b = { 0 };
	size_t k;

	for (k = 0; k < n; k++)
		buf_printf(&b, k ? " %zu" : "%zu", list[k]);
	if (strcmp(buf_cstr(&b), wanted) != 0) {
		fprintf(stderr, "got '%s', wanted '%s'\n", buf_cstr(&b), wanted);
		abort();
	}
	buf_release(&b);
}

/* What the last of the cells uses and needs. */
static void
last_uses(const char *uses, const char *needs, const char *const *cells)
{
	struct session s;
	const struct unit *u;

	open_session(&s, cells);
	u = &s.units[s.n - 1];
	is_list(u->uses, u->nuses, uses);
	is_list(u->needs, u->nneeds, needs);
	close_session(&s);
}

#define CELLS(...)	(const char *const []){ __VA_ARGS__, NULL }

static void
test_uses(void)
{
	last_uses("", "", CELLS("int f(void) { return 1; }", "1"));
	last_uses("0", "0", CELLS("int f(void) { return 1; }", "int y;", "f()"));
	last_uses("", "0", CELLS("struct s { int a; };", "int y;", "struct s z;"));
	/* Through types, macros and declarations. */
	last_uses("20", "0 10 20", CELLS("#define N 3", "struct s { int a[N]; };",
	    "struct s v;", "v.a[0]"));
	last_uses("0", "0 10", CELLS("int v;", "#define GET v", "GET"));
	last_uses("", "10", CELLS("#define N 3", "#undef N\n#define N 4", "N"));
	/* Only the definition that holds. */
	last_uses("10", "10", CELLS("int f(void) { return 1; }", "int f(void) { return 2; }", "f()"));
	/* Locals and members are something else. */
	last_uses("", "", CELLS("int i, n, x;", "for (int i = 0; i < 3; i++) puts(\"x\");"));
	last_uses("", "", CELLS("int i, n, x;", "int f(int n) { int k = 0, x = n; return k + x; }"));
	last_uses("10", "10", CELLS("int x;", "struct s { int x; } v;", "v.x"));
	last_uses("0", "0", CELLS("int n;", "int f(void) { extern int n; return n; }"));
	last_uses("0", "0", CELLS("int n;", "extern int n;"));
	/* A header might look at anything, but needs nothing. */
	last_uses("", "", CELLS("int n;\n#define M 1", "#include \"x.h\"\n"));
}

static void
test_programs(void)
{
	struct session s;

	open_session(&s, CELLS("#include <math.h>\nint f(void) { return 1; }",
	    "#include <stdio.h>\nint f(void) { return 3; }\nint main(void) { return f(); }",
	    "int main(void) { return f(); }", "f()",
	    "int g(void) { return 3; }\nint main(void) { return g(); }"));
	assert(!s.units[0].is_program && s.units[1].is_program && s.units[2].is_program);
	is_list(s.units[1].uses, s.units[1].nuses, "");
	is_list(s.units[2].uses, s.units[2].nuses, "0");
	is_list(s.units[3].uses, s.units[3].nuses, "0");
	assert(str_find(s.units[1].text, STR("math.h")) == s.units[1].text.len);
	assert(str_find(s.units[1].text, STR("redefine")) == s.units[1].text.len);
	assert(str_find(s.units[2].text, STR("math.h")) < s.units[2].text.len);
	/* What includes nothing has its headers from other cells. */
	is_list(s.units[4].uses, s.units[4].nuses, "");
	assert(str_find(s.units[4].text, STR("math.h")) < s.units[4].text.len);
	close_session(&s);
}

static bool
has(const struct unit *u, const char *text)
{
	return str_find(u->text, str_of(text)) < u->text.len;
}

/* The standard prelude: where no ordinary cell had an include before. */
static void
test_prelude(void)
{
	struct session s;

	open_session(&s, CELLS("1", "2"));
	assert(has(&s.units[0], "<math.h>") && has(&s.units[1], "<math.h>"));
	close_session(&s);
	open_session(&s, CELLS("#include <stdio.h>", "2"));
	assert(!has(&s.units[0], "<math.h>") && !has(&s.units[1], "<math.h>"));
	close_session(&s);
	open_session(&s, CELLS("int main(void) { return 0; }", "2"));
	assert(!has(&s.units[0], "<math.h>") && has(&s.units[1], "<math.h>"));
	close_session(&s);
}

static void
test_blocks(void)
{
	struct session s;

	open_session(&s, CELLS("int f(void) { return 1; }\nstruct s { int a; };\nint n = 3;",
	    "int n = f();", "f();", "", "1"));
	assert(!s.units[0].has_blocks && s.units[1].has_blocks && s.units[2].has_blocks);
	assert(!s.units[3].has_blocks && s.units[4].has_blocks);
	close_session(&s);
}

static void
test_notes(void)
{
	struct session s;
	const struct unit *u;

	open_session(&s, CELLS("struct s { int a; };\nint f(struct s *p) { return p->a; }\nint s;",
	    "int x;\nstruct s { double d; };", "s"));
	u = &s.units[1];
	assert(u->nnotes == 1 && u->notes[0].line == 2);
	assert(str_find(u->notes[0].text, STR("'f'")) < u->notes[0].text.len);
	assert(s.units[0].nnotes == 0 && s.units[2].nnotes == 0);
	assert(has(&s.units[2], "extern int s;") && !has(&s.units[2], "f("));
	close_session(&s);
}

static void
test_note_of_literals(void)
{
	struct session s;

	open_session(&s, CELLS("int f(void);\nint *p = (int []){ 1 };\nint *q = (int []){ f() };\n"
	    "struct s { int a; } v = (struct s){ f() };\nint\n *r = ({ (int []){ f() }; });"));
	assert(s.units[0].nnotes == 1 && s.units[0].notes[0].line == 6);
	assert(s.units[0].notes[0].column == 3 && strcmp(s.units[0].notes[0].id, "literal") == 0);
	close_session(&s);
}

/* The unit of the last cell, in text of its own. */
static char *
last_text(const char *const *cells)
{
	struct session s;
	char *copy;

	open_session(&s, cells);
	copy = malloc(s.units[s.n - 1].text.len + 1);
	assert(copy);
	memcpy(copy, s.units[s.n - 1].text.data, s.units[s.n - 1].text.len);
	copy[s.units[s.n - 1].text.len] = '\0';
	close_session(&s);
	return copy;
}

static void
is_same(bool same, const char *const *before, const char *const *after)
{
	char *a = last_text(before), *b = last_text(after);

	if ((strcmp(a, b) == 0) != same) {
		fprintf(stderr, "%s\n----\n%s", a, b);
		abort();
	}
	free(a);
	free(b);
}

static void
test_stability(void)
{
	/* A body, a value, a line, something unrelated. */
	is_same(true, CELLS("int f(void) { return 1; }", "f()"),
	    CELLS("\n\nint f(void) { return 2; }\nint g;", "f()"));
	is_same(true, CELLS("int a[] = { 1, 2 };", "a[0]"), CELLS("int a[] = { 3, 4 };", "a[0]"));
	is_same(false, CELLS("int a[] = { 1, 2 };", "a[0]"), CELLS("int a[] = { 3, 4, 5 };", "a[0]"));
	is_same(true, CELLS("int n = 3;", "n"), CELLS("int h(void);", "int n = h();", "n"));
	is_same(false, CELLS("int f(void) { return 1; }", "f()"),
	    CELLS("long f(void) { return 1; }", "f()"));
	/* A second definition has another symbol. */
	is_same(false, CELLS("int f(void) { return 1; }", "f()"),
	    CELLS("int f(void) { return 1; }", "int f(void) { return 1; }", "f()"));
}

static void
test_symbols(void)
{
	struct session s;

	open_session(&s, CELLS("int g(void);\ng();", "int g(void) { return 1; }\nint store;", "int g;", "1"));
	assert(str_eq(interface_symbol(s.in, STR("g"), 0), STR("skein_g")));
	assert(str_eq(interface_symbol(s.in, STR("g"), 10), STR("skein_g")));
	assert(str_eq(interface_symbol(s.in, STR("g"), 30), STR("skein_g__2")));
	assert(str_eq(interface_symbol(s.in, STR("store"), 30), STR("skein_0store")));
	assert(interface_symbol(s.in, STR("puts"), 30).len == 0);
	assert(has(&s.units[0], "redefine_extname g skein_g\n"));
	close_session(&s);
}

static void
test_retry(void)
{
	static const size_t lines[] = { 2 };
	struct session s;
	struct unit u;

	open_session(&s, CELLS("int a = 1;\nint b = M_PI;", "b"));
	assert(!s.units[0].has_blocks);
	unit_retry(s.in, 0, &(struct unit_retry){ .lines = lines, .nlines = 1 }, &u);
	assert(u.has_blocks && has(&u, "skein_s_b") && !has(&u, "skein_s_a"));
	assert(unit_can_retry(STR("initializer element is not constant")));
	assert(unit_can_retry(STR("initializer element is not a compile-time constant")));
	assert(!unit_can_retry(STR("expected ';'")));
	close_session(&s);
}

int
main(void)
{
	test_uses();
	test_programs();
	test_prelude();
	test_blocks();
	test_notes();
	test_note_of_literals();
	test_stability();
	test_symbols();
	test_retry();
	return 0;
}
