#define _GNU_SOURCE	/* environ */
#include "runner/build/launcher.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runner/build/ask.h"
#include "runner/build/process.h"
#include "tangle/base/arena.h"
#include "tangle/base/diag.h"

#define VARIABLE	"SKEIN_LAUNCHER"

/* What launchers are set by; the compilers mind none of it. */
static const char *const passed[] = {
	"CCACHE_", "SCCACHE_", "DISTCC_", "ICECC_", "XDG_CACHE_HOME=", "XDG_CONFIG_HOME=", "XDG_RUNTIME_DIR=",
	"HOME=", "USER=",
};

static bool
is_passed(const char *variable)
{
	for (size_t i = 0; i < sizeof passed / sizeof *passed; i++)
		if (strncmp(variable, passed[i], strlen(passed[i])) == 0)
			return true;
	return false;
}

static const char *const *
make_environment(struct arena *a)
{
	const char *const *ours = ask_environment(a, NULL);
	const char **all;
	size_t nours = 0, ntheirs = 0, n = 0;

	while (ours[nours])
		nours++;
	while (environ && environ[ntheirs])
		ntheirs++;
	all = arena_alloc(a, nours + ntheirs + 1, sizeof *all);
	for (size_t i = 0; i < nours; i++)
		if (!is_passed(ours[i]))
			all[n++] = ours[i];
	for (size_t i = 0; i < ntheirs; i++)
		if (is_passed(environ[i]))
			all[n++] = environ[i];
	return all;
}

static struct str
find_program(struct str word, struct arena *a)
{
	const char *path = NULL, *name = arena_cstr(a, word), *slash = strrchr(name, '/');

	if (*name == '/')
		path = process_find(slash + 1, arena_cstr(a, str_slice(word, 0, (size_t)(slash - name))), a);
	else if (!slash)
		path = process_find(name, ask_path(), a);
	return str_of(path ? path : "");
}

void
launcher_find(struct launcher *l, struct arena *a, struct diag *d)
{
	const char *said = getenv(VARIABLE);
	struct str rest = arena_str(a, str_of(said ? said : "")), word = str_word(&rest), *words;

	*l = (struct launcher){0};
	if (word.len == 0)
		return;
	words = arena_alloc(a, rest.len + 1, sizeof *words);
	words[0] = find_program(word, a);
	if (words[0].len == 0) {
		diag_warning(d, PLACE_NONE, "no-launcher", VARIABLE " names '%.*s', which is not on the "
		    "search path: compilers are started without it", STR_ARG(word));
		return;
	}
	l->words = words;
	for (l->n = 1; (word = str_word(&rest)).len > 0; l->n++)
		words[l->n] = word;
	l->environment = make_environment(a);
}

static struct str
base_name(struct str path)
{
	size_t at = path.len;

	while (at > 0 && path.data[at - 1] != '/')
		at--;
	return str_slice(path, at, path.len);
}

bool
launcher_speaks(const struct launcher *l, struct str text)
{
	struct str name = base_name(l->words[0]), line;

	while (str_line(&text, &line))
		if (str_eq_nocase(str_slice(line, 0, name.len), name) && line.len > name.len &&
		    strchr(":[ ", line.data[name.len]))
			return true;
	return false;
}
