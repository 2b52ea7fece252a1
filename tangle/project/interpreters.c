#include "tangle/project/interpreters.h"

#include "tangle/base/arena.h"
#include "tangle/base/diag.h"
#include "tangle/base/json.h"
#include "tangle/project/config.h"

struct reading {
	const struct config *config;
	struct arena *arena;
	struct diag *diag;
	struct str language;
	bool failed;
};

static const char *const fields[] = {
	"command", "extension", "comment", "sessions", "errors", "env", "package"
};

enum { NFIELDS = sizeof fields / sizeof fields[0] };

static void
complain(struct reading *r, const char *field, struct str what)
{
	struct place at = config_place(r->config, "engines", r->language,
	    field ? str_of(field) : STR(""));

	diag_error(r->diag, STATUS_STRUCTURE, at, "bad-value",
	    "the engine '%.*s': %.*s", STR_ARG(r->language), STR_ARG(what));
	r->failed = true;
}

/* A text of it, without NUL; NULL if it says none. */
static const char *
text_of(struct reading *r, const struct json *engine, const char *field)
{
	const struct json *value = json_get(engine, field);
	struct str text = json_text(value);

	if (!value)
		return NULL;
	if (json_kind(value) == JSON_KIND_STRING && text.len > 0 && str_find_byte(text, '\0') == text.len)
		return arena_cstr(r->arena, text);
	complain(r, field, arena_printf(r->arena, "'%s' must be a text", field));
	return NULL;
}

static const char *const *
words_of(struct reading *r, const struct json *engine, const char *field, const char *example)
{
	const struct json *value = json_get(engine, field);
	size_t n = json_length(value);
	const char **list;
	bool ok = json_kind(value) == JSON_KIND_ARRAY && n > 0;

	if (!value)
		return NULL;
	list = arena_alloc(r->arena, n + 1, sizeof *list);
	for (size_t i = 0; ok && i < n; i++) {
		struct str word = json_text(json_at(value, i));

		ok = json_kind(json_at(value, i)) == JSON_KIND_STRING &&
		    str_find_byte(word, '\0') == word.len && (i > 0 || word.len > 0);
		list[i] = arena_cstr(r->arena, word);
	}
	if (!ok)
		complain(r, field, arena_printf(r->arena,
		    "'%s' must be a list of words, which no shell reads: { %s }", field, example));
	return ok ? list : NULL;
}

static void
check_fields(struct reading *r, const struct json *engine)
{
	const struct json *value;
	struct str key;

	for (void *at = json_next(engine, NULL, &key, &value); at; at = json_next(engine, at, &key, &value)) {
		const char *near = NULL;
		bool is_known = false;

		for (size_t i = 0; i < NFIELDS; i++) {
			is_known = is_known || str_eq(key, str_of(fields[i]));
			if (str_distance(key, str_of(fields[i]), 2) <= 2)
				near = fields[i];
		}
		if (is_known)
			continue;
		complain(r, arena_cstr(r->arena, key), near ?
		    arena_printf(r->arena, "it has no '%.*s'; did you mean '%s'?", STR_ARG(key), near) :
		    arena_printf(r->arena, "it has no '%.*s', but command, extension, comment, sessions, errors, env and package",
		    STR_ARG(key)));
	}
}

/* The program that keeps sessions is a text of its language: there is one for Python. */
static void
check_sessions(struct reading *r, struct interpreter *i)
{
	if (i->driver && !str_eq(str_of(i->driver), STR("python")))
		complain(r, "sessions", STR("'sessions' must be \"python\": no other ones can be kept"));
	else if (i->driver && !interpreter_takes(i, "{driver}"))
		complain(r, "sessions", STR("a word of 'command' must be {driver}, which keeps the sessions"));
	else if (!i->driver && interpreter_takes(i, "{driver}"))
		complain(r, "command", STR("{driver} stands for what 'sessions' names, which is not said"));
}

static void
read_engine(struct reading *r, const struct json *engine, struct interpreter *i)
{
	const struct interpreter *usual = interpreter_find(NULL, r->language, r->language);
	const char *const *command = words_of(r, engine, "command", "\"ruby\", \"{file}\"");
	const char *text;

	*i = usual ? *usual : (struct interpreter){ .command = command };
	i->language = arena_cstr(r->arena, r->language);
	check_fields(r, engine);
	if (!json_get(engine, "command") && !usual)
		complain(r, NULL, STR("it has no 'command', the words that start its program"));
	if (command) {
		i->command = command;
		i->driver = i->extension = i->package = NULL;
		i->errors = "{file}\"?(?:, line |: line | line |: ?)(?<line>\\d+)";
	}
	if ((text = text_of(r, engine, "extension")))
		i->extension = text;
	if ((text = text_of(r, engine, "comment")))
		i->comment = text;
	if ((text = text_of(r, engine, "sessions")))
		i->driver = text;
	if ((text = text_of(r, engine, "errors")))
		i->errors = text;
	if ((text = text_of(r, engine, "package")))
		i->package = text;
	if (json_get(engine, "env"))
		i->env = words_of(r, engine, "env", "\"NAME=value\"");
	if (!r->failed)
		check_sessions(r, i);
}

/* These are run by skein itself. */
static bool
is_taken(struct str language)
{
	return str_eq(language, STR("c")) || str_eq(language, STR("c++")) ||
	    str_eq(language, STR("lua")) || str_eq(language, STR("console"));
}

bool
interpreters_read(struct interpreters *i, const struct config *c, struct arena *a, struct diag *d)
{
	const struct json *table = config_table(c, "engines"), *engine;
	struct reading r = { .config = c, .arena = a, .diag = d };
	struct interpreter *list;
	size_t n = 0;

	*i = (struct interpreters){0};
	if (!table)
		return true;
	for (void *at = json_next(table, NULL, &r.language, &engine); at;
	    at = json_next(table, at, &r.language, &engine))
		n++;
	list = arena_alloc(a, n, sizeof *list);
	for (void *at = json_next(table, NULL, &r.language, &engine); at;
	    at = json_next(table, at, &r.language, &engine)) {
		if (json_kind(engine) != JSON_KIND_OBJECT)
			complain(&r, NULL, STR("it must be a table, with its command: { command = { \"ruby\", \"{file}\" } }"));
		else if (is_taken(r.language))
			complain(&r, NULL, STR("skein runs this language itself"));
		else
			read_engine(&r, engine, &list[i->n++]);
	}
	i->list = list;
	return !r.failed;
}
