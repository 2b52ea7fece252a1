#include "runner/script/call.h"

#include <stdio.h>

#include "runner/script/exchange.h"
#include "runner/script/hooks.h"
#include "tangle/base/arena.h"
#include "tangle/base/buf.h"
#include "tangle/base/json.h"
#include "tangle/project/config.h"
#include "tangle/project/settings.h"

static const struct {
	const char *name;
	bool is_keyed;		/* may be a table of functions, by language */
	const char *changeable;	/* fields of its table */
} kinds[] = {
	[HOOK_DOCUMENT] = { "document", false, "options|blocks" },
	[HOOK_BLOCK] = { "block", true, "options" },
	[HOOK_COMPILE] = { "compile", true, "text" },
	[HOOK_OUTPUT] = { "output", true, "stdout|stderr|error" },
	[HOOK_NORMALIZE] = { "normalize", true, "text" },
};

/* ---- which functions there are ------------------------------------------------------------- */

static bool
is_function(const struct json *j)
{
	return json_kind(json_get(j, "function")) == JSON_KIND_INTEGER;
}

static struct place
place_of_line(const struct source *s, long long line)
{
	if (line < 1 || (size_t)line > source_nlines(s))
		return place_file(s);
	return place_of(s, str_trim(source_line(s, (size_t)line)));
}

/* The function for a language, or for all; NULL: there is none. */
static const struct json *
find(const struct hooking *h, enum hook kind, struct str language, bool *is_keyed)
{
	const struct json *j = h ? json_get(h->table, kinds[kind].name) : NULL;
	char name[64];

	*is_keyed = !is_function(j);
	if (is_function(j))
		return j;
	if (!kinds[kind].is_keyed || language.len == 0 || language.len >= sizeof name ||
	    str_find_byte(language, '\0') < language.len || str_find_byte(language, '.') < language.len)
		return NULL;
	for (size_t i = 0; i <= language.len; i++)
		name[i] = i < language.len ? language.data[i] : '\0';
	j = json_get(j, name);
	return is_function(j) ? j : NULL;
}

bool
call_has(const struct hooking *h, enum hook kind, struct str language)
{
	bool is_keyed;

	return find(h, kind, language, &is_keyed) != NULL;
}

bool
call_prepare(struct call *c, struct hooking *h, enum hook kind, struct str language, struct place about,
    struct arena *a, struct diag *d)
{
	bool is_keyed;
	const struct json *function = find(h, kind, language, &is_keyed);
	struct buf path = {0};

	if (!function)
		return false;
	*c = (struct call){ .hooking = h, .kind = kind, .about = about, .arena = a, .diag = d,
	    .at = place_of_line(&h->config->source, json_get_integer(function, "function")),
	    .thing = kind == HOOK_DOCUMENT ? "document" : kind == HOOK_BLOCK ? "block" : "cell" };
	buf_printf(&path, "hooks.%s", kinds[kind].name);
	if (is_keyed)
		buf_printf(&path, ".%.*s", STR_ARG(language));
	for (size_t i = 0; i < path.len && i + 1 < sizeof c->path; i++)
		c->path[i] = path.data[i];
	buf_release(&path);
	c->name = c->path + sizeof "hooks." - 1;
	return true;
}

/* Without the blanks that the line begins with. */
static struct place
trimmed(struct place at)
{
	if (!at.source || at.offset == PLACE_FILE)
		return at;
	return place_of(at.source, str_trim(str_slice(at.source->text, at.offset, at.offset + at.length)));
}

/* ---- calling --------------------------------------------------------------------------------- */

void
call_complain(const struct call *c, enum status s, struct place at, struct str words)
{
	diag_error(c->diag, s, at, "hook", "in hook '%s': %.*s", c->name, STR_ARG(words));
	diag_note(c->diag, c->about, c->kind == HOOK_DOCUMENT ? "it was called for this document" :
	    "it was called for this %s", c->thing);
}

static bool
is_nothing(const struct json *j)
{
	struct str key;
	const struct json *value;

	return (json_kind(j) == JSON_KIND_BOOLEAN && !json_truth(j)) ||
	    (json_kind(j) == JSON_KIND_ARRAY && json_length(j) == 0) ||
	    (json_kind(j) == JSON_KIND_OBJECT && !json_next(j, NULL, &key, &value));
}

/* What print was given is for the person who writes hooks. */
static void
show_printed(const struct call *c)
{
	struct str rest = hooks_printed(c->hooking->hooks, c->arena), line;
	struct buf b = {0};

	while (str_line(&rest, &line)) {
		buf_add(&b, c->hooking->config->source.name);
		buf_add(&b, STR(": "));
		buf_visible(&b, line);
		buf_byte(&b, '\n');
	}
	if (b.len > 0)
		fwrite(b.data, 1, b.len, c->diag->to);
	buf_release(&b);
}

enum call_answer
call_make(struct call *c, const struct json *given, struct json **back)
{
	struct hooking *h = c->hooking;
	struct hooks_error e = {0};
	struct str why = {0};
	bool ok;

	*back = NULL;
	if (h->are_spent[c->kind])
		return CALL_FAILED;
	if (!h->hooks)
		h->hooks = hooks_open(&h->config->source);
	ok = hooks_call(h->hooks, c->path, given, back, c->arena, &e);
	show_printed(c);
	if (!ok) {
		h->are_spent[c->kind] = e.is_limit;
		call_complain(c, e.is_limit ? STATUS_LIMIT : STATUS_STRUCTURE, trimmed(e.at), e.words);
		json_end(*back);
		*back = NULL;
		return CALL_FAILED;
	}
	if (!*back)
		return CALL_SAME;
	ok = is_nothing(*back) || exchange_check(given, *back, kinds[c->kind].changeable, c->arena, &why);
	if (!ok)
		call_complain(c, STATUS_STRUCTURE, c->at, why);
	if (ok && !is_nothing(*back))
		return CALL_CHANGED;
	json_end(*back);
	*back = NULL;
	return ok ? CALL_DROPPED : CALL_FAILED;
}

bool
call_can_tell(const struct call *c, struct str text)
{
	if (str_utf8_error(text) == text.len)
		return true;
	diag_warning(c->diag, c->about, "hook", "the hook '%s' is not called for this %s, which is not valid UTF-8",
	    c->name, c->thing);
	return false;
}

bool
call_text(const struct call *c, const struct json *back, const char *field, struct str *text)
{
	const struct json *j = json_get(back, field);

	if (json_kind(j) == JSON_KIND_STRING) {
		*text = json_text(j);
		return true;
	}
	call_complain(c, STATUS_STRUCTURE, c->at, arena_printf(c->arena, j ? "'%s' must be a text" :
	    "'%s' is missing in the table that it returned", field));
	return false;
}

/* ---- what skein.lua has -------------------------------------------------------------------- */

static const char *
nearest_kind(struct str name)
{
	const char *best = NULL;
	unsigned limit = 2;

	for (size_t i = 0; i < HOOK_KINDS; i++) {
		unsigned far = str_distance(name, str_of(kinds[i].name), limit);

		if (far <= limit) {
			best = kinds[i].name;
			limit = far;
		}
	}
	return best;
}

/* Is it one of ours, and does it have functions? */
static bool
check_kind(const struct hooking *h, struct str name, const struct json *value, struct diag *d)
{
	struct place at = config_place(h->config, "hooks", name, STR(""));
	size_t k = 0;
	const struct json *one;
	struct str language;
	const char *near;

	while (k < HOOK_KINDS && !str_eq(name, str_of(kinds[k].name)))
		k++;
	if (k == HOOK_KINDS) {
		near = nearest_kind(name);
		diag_error(d, STATUS_STRUCTURE, at, "hook", near ?
		    "there is no hook '%.*s'; did you mean '%s'?" : "there is no hook '%.*s'%s",
		    STR_ARG(name), near ? near : "; there are document, block, compile, output and normalize");
		return false;
	}
	if (is_function(value))
		return true;
	for (void *e = json_next(value, NULL, &language, &one); kinds[k].is_keyed && e;
	    e = json_next(value, e, &language, &one))
		if (!is_function(one))
			value = NULL;
	if (kinds[k].is_keyed && json_kind(value) == JSON_KIND_OBJECT)
		return true;
	diag_error(d, STATUS_STRUCTURE, at, "hook", kinds[k].is_keyed ?
	    "the hook '%s' must be a function, or a table of functions by language" :
	    "the hook '%s' must be a function", kinds[k].name);
	return false;
}

bool
call_check_hooks(const struct hooking *h, struct diag *d)
{
	const struct json *value;
	struct str name;
	bool ok = true;

	for (void *at = json_next(h->table, NULL, &name, &value); at; at = json_next(h->table, at, &name, &value))
		ok = check_kind(h, name, value, d) && ok;
	return ok;
}
