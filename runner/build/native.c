#include "runner/build/native.h"

#include <stdio.h>

#include "runner/build/ask.h"
#include "runner/build/compile.h"
#include "runner/build/memo.h"
#include "runner/build/toolchain.h"
#include "tangle/base/arena.h"
#include "tangle/base/buf.h"
#include "tangle/base/hash.h"

enum { MAX_CPUINFO = 16384 };

bool
native_is(struct str flag)
{
	return str_ends(flag, STR("=native")) && str_starts(flag, STR("-m"));
}

bool
native_is_in(const struct compile_options *o)
{
	for (size_t i = 0; i < o->nflags; i++)
		if (native_is(o->flags[i]))
			return true;
	return false;
}

/* What changes from look to look, and from processor to processor of one machine. */
static bool
is_passing(struct str line)
{
	static const char *const passing[] = { "processor", "cpu MHz", "bogomips", "BogoMIPS",
	    "apicid", "initial apicid", "core id", "physical id" };

	for (size_t i = 0; i < sizeof passing / sizeof *passing; i++)
		if (str_starts(line, str_of(passing[i])))
			return true;
	return false;
}

/* What the kernel says of its first processor; false if it says nothing. */
static bool
find_machine(struct digest *d)
{
	static char text[MAX_CPUINFO];
	FILE *f = fopen("/proc/cpuinfo", "re");
	struct str rest = { text, 0 }, line;
	struct hash *h = hash_start();
	bool any = false;

	if (f) {
		rest.len = fread(text, 1, sizeof text, f);
		fclose(f);
	}
	while (str_line(&rest, &line) && line.len > 0) {
		if (is_passing(line))
			continue;
		hash_add(h, line);
		hash_add(h, STR("\n"));
		any = true;
	}
	*d = hash_end(h);
	return any;
}

/* The line that the driver would run the compiler proper by; empty: it is not to be seen. */
static struct str
find_command(struct str said, struct arena *a)
{
	struct str line;

	while (str_line(&said, &line)) {
		bool is_gcc = str_find(line, STR("/cc1 ")) < line.len ||
		    str_find(line, STR("/cc1plus ")) < line.len;

		if (!is_gcc && str_find(line, STR("\"-cc1\"")) == line.len)
			continue;
		if (str_find(line, STR("=native")) < line.len || str_find(line, STR("\"native\"")) < line.len)
			return STR("");
		return arena_str(a, str_trim(line));
	}
	return STR("");
}

static struct str
ask(const struct compile_options *o, struct arena *a)
{
	const char **argv = arena_alloc(a, o->nflags + 7, sizeof *argv);
	struct buf out = {0}, err = {0};
	struct str answer = STR("");
	size_t n = 0;

	argv[n++] = o->toolchain->path;
	for (size_t i = 0; i < o->nflags; i++)
		if (native_is(o->flags[i]))
			argv[n++] = arena_cstr(a, o->flags[i]);
	argv[n++] = "-###";
	argv[n++] = "-E";
	argv[n++] = "-x";
	argv[n++] = o->is_cxx ? "c++" : "c";
	argv[n++] = "-";
	if (ask_program(argv, o->toolchain->environment, &out, &err))
		answer = find_command(buf_str(&err), a);
	buf_release(&out);
	buf_release(&err);
	return answer;
}

bool
native_find(struct memo *m, const struct compile_options *o, struct arena *a,
    struct str *expansion)
{
	struct digest machine;
	char hex[HASH_HEX + 1];
	struct str driver = str_of(o->toolchain->path), name;

	*expansion = STR("");
	if (!native_is_in(o))
		return true;
	if (!find_machine(&machine))
		return false;
	digest_hex(machine, hex);
	name = arena_printf(a, "native 1 %s %s", o->is_cxx ? "c++" : "c", hex);
	digest_hex(o->toolchain->identity, hex);
	name = arena_printf(a, "%.*s %s", STR_ARG(name), hex);
	for (size_t i = 0; i < o->nflags; i++)
		if (native_is(o->flags[i]))
			name = arena_printf(a, "%.*s %.*s", STR_ARG(name), STR_ARG(o->flags[i]));
	if (memo_recall(m, name, a, expansion))
		return true;
	if (!memo_is_frozen(m))
		*expansion = ask(o, a);
	if (expansion->len > 0)
		memo_learn(m, name, *expansion, &driver, 1);
	return expansion->len > 0;
}
