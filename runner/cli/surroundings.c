#include "runner/cli/surroundings.h"

#include <stdlib.h>
#include <unistd.h>

#include "runner/cell/cell.h"
#include "tangle/base/arena.h"
#include "tangle/base/buf.h"
#include "tangle/base/diag.h"
#include "tangle/base/map.h"
#include "tangle/base/root.h"

/* NAME=value of one word; NULL: the caller has no such variable to hand on. */
static const char *
variable(struct str word, struct arena *a)
{
	const char *value;

	if (str_find_byte(word, '=') < word.len)
		return arena_cstr(a, word);
	value = getenv(arena_cstr(a, word));
	return value ? arena_printf(a, "%.*s=%s", STR_ARG(word), value).data : NULL;
}

static struct str
name_of(struct str word)
{
	return str_slice(word, 0, str_find_byte(word, '='));
}

size_t
surroundings_env(const struct cell *c, struct arena *a, const char *const **env)
{
	const char **list = arena_alloc(a, c->nenv, sizeof *list);
	size_t n = 0;

	for (size_t i = 0; i < c->nenv; i++)
		if ((list[n] = variable(c->env[i].text, a)))
			n++;
	*env = list;
	return n;
}

/* The last word of each name, of this cell. */
static bool
is_last(const struct cell *c, size_t i)
{
	for (size_t k = i + 1; k < c->nenv; k++)
		if (str_eq(name_of(c->env[k].text), name_of(c->env[i].text)))
			return false;
	return true;
}

static bool
is_of_session(const struct cell *one, const struct cell *c)
{
	return one == c || (!c->is_isolated && !one->is_isolated && str_eq(one->session, c->session));
}

static void
complain(const struct word *w, const char *option, struct str first, struct diag *d)
{
	diag_error(d, STATUS_STRUCTURE, w->at, "session-differs",
	    "an earlier cell of this session says %s=%.*s, and a session has one: say the same, "
	    "or give this cell another session", option, STR_ARG(first));
}

/* Add what this cell says; false if it contradicts what is there. */
static bool
add_env(struct map *words, const struct cell *c, struct diag *d)
{
	for (size_t i = 0; i < c->nenv; i++) {
		struct str name = name_of(c->env[i].text);
		const struct word *first = map_get(words, name);

		if (!is_last(c, i))
			continue;
		if (!first)
			map_put(words, name, (void *)&c->env[i]);
		else if (!str_eq(first->text, c->env[i].text)) {
			if (d)
				complain(&c->env[i], "env", first->text, d);
			return false;
		}
	}
	return true;
}

static bool
find_folder(struct surroundings *s, const struct word *cwd, const struct root *root,
    struct str path, struct arena *a, struct diag *d)
{
	int fd;

	if (cwd->text.len == 0 || str_eq(cwd->text, STR("document")))
		return true;
	if (str_eq(cwd->text, STR("root"))) {
		s->folder = arena_cstr(a, path);
		return true;
	}
	/* the folder of something in it is the folder itself */
	fd = root_folder(root, arena_printf(a, "%.*s/x", STR_ARG(cwd->text)), false);
	if (fd == -1) {
		diag_error(d, STATUS_STRUCTURE, cwd->at, "bad-value",
		    "the value '%.*s' of 'cwd' must be document, root, or a folder below the root",
		    STR_ARG(cwd->text));
		return false;
	}
	close(fd);
	s->folder = arena_printf(a, "%.*s/%.*s", STR_ARG(path), STR_ARG(cwd->text)).data;
	return true;
}

static void
list_env(struct surroundings *s, const struct map *words, struct arena *a)
{
	const char **list = arena_alloc(a, map_count(words), sizeof *list);
	struct buf key = {0};

	for (const struct map_entry *e = map_first(words); e; e = map_next(e)) {
		const char *one = variable(((const struct word *)map_value(e))->text, a);

		if (!one)
			continue;
		list[s->nenv++] = one;
		buf_add(&key, str_of(one));
		buf_byte(&key, '\0');
	}
	if (s->folder)
		buf_add(&key, str_of(s->folder));
	s->env = list;
	s->key = buf_take(&key, a);
}

bool
surroundings_of(struct surroundings *s, const struct cells *cells, const struct cell *c,
    const struct root *root, struct str path, struct arena *a, struct diag *d)
{
	const struct word *cwd = NULL;
	struct map words = {0};
	bool ok = true;

	*s = (struct surroundings){0};
	for (size_t i = 0; i < cells->n; i++) {
		const struct cell *one = &cells->list[i];

		if (!is_of_session(one, c))
			continue;
		ok = (add_env(&words, one, one == c ? d : NULL) || one != c) && ok;
		if (one->cwd.text.len > 0 && !cwd)
			cwd = &one->cwd;
		if (one == c && cwd && one->cwd.text.len > 0 && !str_eq(cwd->text, one->cwd.text)) {
			complain(&one->cwd, "cwd", cwd->text, d);
			ok = false;
		}
	}
	ok = ok && (!cwd || find_folder(s, cwd, root, path, a, d));
	list_env(s, &words, a);
	map_release(&words);
	return ok;
}
