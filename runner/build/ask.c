#include "runner/build/ask.h"

#include <stdlib.h>

#include "runner/build/process.h"
#include "tangle/base/arena.h"
#include "tangle/base/buf.h"
#include "tangle/base/mem.h"
#include "tangle/base/trace.h"

#define DEFAULT_PATH	"/usr/local/bin:/usr/bin:/bin"

enum {
	MAX_ANSWER = 1 << 20,
	SECONDS_ANSWER = 20
};

void
path_list_add(struct path_list *l, struct str s)
{
	l->items = mem_grow(l->items, &l->cap, l->n + 1, sizeof *l->items);
	l->items[l->n++] = s;
}

const struct str *
path_list_take(struct path_list *l, struct arena *a, size_t *n)
{
	const struct str *items = arena_copy(a, l->items, l->n, sizeof *l->items);

	*n = l->n;
	path_list_release(l);
	return items;
}

void
path_list_release(struct path_list *l)
{
	mem_free(l->items);
	*l = (struct path_list){0};
}

const char *
ask_path(void)
{
	const char *path = getenv("PATH");

	return path && *path ? path : DEFAULT_PATH;
}

const char *const ask_passed[ASK_PASSED + 1] = {
	"SOURCE_DATE_EPOCH", "CPATH", "C_INCLUDE_PATH", "CPLUS_INCLUDE_PATH", "LIBRARY_PATH", NULL
};

static const char *const for_packages[] = {
	"PKG_CONFIG_PATH", "PKG_CONFIG_LIBDIR", "PKG_CONFIG_SYSROOT_DIR", NULL
};

/*
 * What every program gets: nothing that could change what is compiled, or is not in
 * the key (PATH is, by the identity).  COMPILER_PATH, GCC_EXEC_PREFIX,
 * DEPENDENCIES_OUTPUT and their like stay out.
 */
static const char *const *
environment(struct arena *a, const char *const *passed, const char *one_more)
{
	const char **env = arena_alloc(a, 16, sizeof *env);
	size_t n = 0;

	env[n++] = arena_printf(a, "PATH=%s", ask_path()).data;
	env[n++] = "LC_ALL=C.UTF-8";
	env[n++] = "TZ=UTC";
	env[n++] = "HOME=/nonexistent";
	env[n++] = "TMPDIR=.";		/* the job's own folder, by the same name always */
	for (size_t i = 0; passed[i]; i++) {
		const char *value = getenv(passed[i]);

		if (value)
			env[n++] = arena_printf(a, "%s=%s", passed[i], value).data;
	}
	if (one_more)
		env[n++] = one_more;
	return env;
}

const char *const *
ask_environment(struct arena *a, const char *one_more)
{
	return environment(a, ask_passed, one_more);
}

const char *const *
ask_package_environment(struct arena *a)
{
	return environment(a, for_packages, NULL);
}

bool
ask_program(const char *const *argv, const char *const *env, struct buf *out, struct buf *err)
{
	struct process_options o = {
		.program = argv[0], .argv = argv, .environment = env, .folder = "/",
		.keep = MAX_ANSWER, .timeout = (int64_t)SECONDS_ANSWER * 1000000000
	};

	trace("toolchain", "asking %s %s", argv[0], argv[1] ? argv[1] : "");
	return process_run(&o, out, err);
}
