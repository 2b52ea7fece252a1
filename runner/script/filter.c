#include "runner/script/filter.h"

#include <string.h>

#include "runner/build/ask.h"
#include "runner/build/loop.h"
#include "runner/build/memo.h"
#include "runner/build/process.h"
#include "runner/cache/key.h"
#include "runner/cache/store.h"
#include "runner/cell/cell.h"
#include "runner/script/exchange.h"
#include "runner/script/hooks.h"
#include "runner/script/rework.h"
#include "tangle/base/buf.h"
#include "tangle/base/diag.h"
#include "tangle/base/json.h"
#include "tangle/base/trace.h"
#include "tangle/project/config.h"

enum {
	SECONDS = 10,
	LARGEST = STORE_RECORDED,	/* of what a filter gives */
	MOST_SAID = 4,			/* lines of what one says of its failure */
	WIDEST_SAID = 200
};

/* One text on its way through one filter. */
struct passage {
	struct filters *filters;
	struct cell *cell;
	const struct word *filter;
	struct str text;
	const char *const *argv;	/* of a program; argv[0] is its name */
	struct arena *arena;
	struct diag *diag;
};

static bool
complain(const struct passage *p, enum status s, struct str words)
{
	diag_error(p->diag, s, p->filter->at, "filter", "the filter '%.*s' %.*s",
	    STR_ARG(p->filter->text), STR_ARG(words));
	return false;
}

/* ---- functions ------------------------------------------------------------------------- */

/* Without the blanks that the line begins with. */
static struct place
trimmed(struct place at)
{
	if (!at.source || at.offset == PLACE_FILE)
		return at;
	return place_of(at.source, str_trim(str_slice(at.source->text, at.offset, at.offset + at.length)));
}

/* What print was given is for the person who writes filters. */
static void
show_printed(const struct passage *p)
{
	struct str rest = hooks_printed(p->filters->hooks, p->arena), line;
	struct buf b = {0};

	while (str_line(&rest, &line)) {
		buf_printf(&b, "%.*s: ", STR_ARG(p->filters->config->source.name));
		buf_visible(&b, line);
		buf_byte(&b, '\n');
	}
	if (b.len > 0)
		fwrite(b.data, 1, b.len, p->diag->to);
	buf_release(&b);
}

/* A text, or the table that came in with another one; nothing: as it was. */
static bool
take_result(const struct passage *p, const struct json *back, struct str *made)
{
	const struct json *text = json_kind(back) == JSON_KIND_OBJECT ? json_get(back, "text") : back;

	if (!text && !back)
		return true;
	if (json_kind(text) != JSON_KIND_STRING)
		return complain(p, STATUS_STRUCTURE, STR("must return a text, or the table with another 'text'"));
	if (json_text(text).len > LARGEST)
		return complain(p, STATUS_LIMIT, STR("gives more than 4 MiB"));
	*made = arena_str(p->arena, json_text(text));
	return true;
}

static bool
call_function(const struct passage *p, struct str *made)
{
	struct filters *f = p->filters;
	struct str path = arena_printf(p->arena, "filters.%.*s", STR_ARG(p->filter->text));
	struct json *given, *back = NULL;
	struct hooks_error e = {0};
	bool ok;

	if (str_utf8_error(p->text) < p->text.len)
		return complain(p, STATUS_STRUCTURE, STR("cannot be given this text, which is not valid UTF-8"));
	if (!f->hooks)
		f->hooks = hooks_open(&f->config->source);
	given = exchange_cell(p->cell);
	json_put_string(given, "text", p->text);
	ok = hooks_call(f->hooks, path.data, given, &back, p->arena, &e);
	show_printed(p);
	if (ok) {
		ok = take_result(p, back, made);
	} else {
		diag_error(p->diag, e.is_limit ? STATUS_LIMIT : STATUS_STRUCTURE, trimmed(e.at), "filter",
		    "in filter '%.*s': %.*s", STR_ARG(p->filter->text), STR_ARG(e.words));
		diag_note(p->diag, p->filter->at, "it was called for this cell");
	}
	json_end(back);
	json_end(given);
	return ok;
}

/* ---- programs -------------------------------------------------------------------------- */

/* Of those that are filters most often, the package that has them. */
static const char *
package_of(struct str program)
{
	static const struct { const char *program, *package; } others[] = {
		{ "tr", "coreutils" }, { "sort", "coreutils" }, { "expand", "coreutils" },
		{ "unexpand", "coreutils" }, { "awk", "mawk" },
	};
	static const char *const same[] = { "indent", "clang-format", "astyle", "uncrustify", "sed",
		"m4", "gawk", "mawk", "perl", "python3", "unifdef", "gperf", "re2c", "ragel", "coccinelle" };

	for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
		if (str_eq(program, str_of(others[i].program)))
			return others[i].package;
	for (size_t i = 0; i < sizeof same / sizeof same[0]; i++)
		if (str_eq(program, str_of(same[i])))
			return same[i];
	return NULL;
}

static bool
complain_missing(const struct passage *p)
{
	const char *package = package_of(str_of(p->argv[0]));

	diag_error(p->diag, STATUS_ENVIRONMENT, p->filter->at, "no-program", package ?
	    "'%s' is not here: apt install %s, or take filter= away" :
	    "'%s' is no filter of skein.lua, and no program that is here: install %s, or take filter= away",
	    p->argv[0], package ? package : "it");
	p->cell->is_absent = true;
	return false;
}

struct ending {
	const struct passage *passage;
	bool has_ended, is_good;
	struct str *made;
};

/* What it says of its failure: the first line with the error, others below. */
static void
complain_status(const struct passage *p, struct str how, struct str said)
{
	struct str line, first = STR("");
	struct buf b = {0};

	while (str_is_blank(first) && str_line(&said, &first))
		;
	buf_visible(&b, str_slice(str_chomp(first), 0, WIDEST_SAID));
	complain(p, STATUS_COMPILE, arena_printf(p->arena, b.len > 0 ? "fails (%.*s): %.*s" : "fails (%.*s)%.*s",
	    STR_ARG(how), STR_ARG(buf_str(&b))));
	for (size_t n = 1; n < MOST_SAID && str_line(&said, &line); n++) {
		buf_clear(&b);
		buf_visible(&b, str_slice(str_chomp(line), 0, WIDEST_SAID));
		diag_note(p->diag, p->filter->at, "it says: %.*s", STR_ARG(buf_str(&b)));
	}
	buf_release(&b);
}

static void
on_end(void *arg, const struct process_result *r)
{
	struct ending *e = arg;
	const struct passage *p = e->passage;

	e->has_ended = true;
	if (r->out_total > LARGEST)
		complain(p, STATUS_LIMIT, STR("gives more than 4 MiB"));
	else if (r->end == PROCESS_TIMED_OUT)
		complain(p, STATUS_LIMIT, STR("takes longer than 10 s"));
	else if (r->end == PROCESS_NOT_STARTED)
		complain(p, STATUS_ENVIRONMENT, arena_printf(p->arena, "cannot be started: %s", strerror(r->number)));
	else if (r->end == PROCESS_SIGNALED || r->number != 0)
		complain_status(p, arena_printf(p->arena, r->end == PROCESS_SIGNALED ? "signal %d" : "status %d",
		    r->number), r->err);
	else if (str_is_blank(r->out))
		complain_status(p, STR("it prints nothing"), r->err);
	else
		e->is_good = true;
	*e->made = arena_str(p->arena, r->out);
}

static bool
run_program(const struct passage *p, const char *path, struct str *made)
{
	struct process_options o = {
		.program = path, .argv = p->argv, .environment = ask_environment(p->arena, NULL),
		.folder = "/", .input = p->text, .keep = LARGEST, .ends_there = true,
		.timeout = (int64_t)SECONDS * 1000000000
	};
	struct ending e = { .passage = p, .made = made };
	struct loop *l = loop_new();
	struct process *child;

	if (!l) {
		diag_errno(p->diag, "watch", str_of(path));
		return false;
	}
	trace("filter", "starting %s", path);
	child = process_start(l, &o, on_end, &e);
	while (!e.has_ended && !loop_signal(l) && loop_step(l))
		;
	process_free(child);
	loop_free(l);
	return e.is_good;
}

/* False if the program cannot be read: then nothing is known of what it gives. */
static bool
key_of(const struct passage *p, const char *path, struct digest *key)
{
	struct memo_file file;
	struct key *k;

	if (!memo_file(store_memo(p->filters->store), str_of(path), &file))
		return false;
	k = key_start("skein filter 1");
	key_add(k, 1, p->text);
	key_add(k, 2, (struct str){ (const char *)file.digest.bytes, HASH_SIZE });
	key_add(k, 3, str_of(path));
	for (size_t i = 0; p->argv[i]; i++)
		key_add(k, 4, str_of(p->argv[i]));
	*key = key_end(k);
	return true;
}

static bool
pass_program(const struct passage *p, struct str *made)
{
	struct filters *f = p->filters;
	const char *path;
	struct digest key;
	bool has_key;

	if (strchr(p->argv[0], '/'))
		return complain(p, STATUS_REFUSED, STR("must be a program of the search path: a name without '/'"));
	path = process_find(p->argv[0], ask_path(), p->arena);
	if (!path)
		return complain_missing(p);
	has_key = key_of(p, path, &key);
	if (has_key && (f->no_compile || !p->cell->is_fresh) &&
	    store_recorded(f->store, &key, p->arena, made))
		return true;
	if (f->no_compile) {
		diag_error(p->diag, STATUS_COMPILE, p->filter->at, "not-cached",
		    "what the filter '%.*s' gives is not in the cache, and --no-compile forbids to run it",
		    STR_ARG(p->filter->text));
		return false;
	}
	if (!run_program(p, path, made))
		return false;
	if (has_key)
		(void)store_record(f->store, &key, *made);	/* or it is run again the next time */
	return true;
}

/* ---- which one it is ------------------------------------------------------------------- */

/* A word: what stands in quotes is taken as it is.  False if they are not closed. */
static bool
take_word(struct str *rest, struct buf *word)
{
	char quote = '\0';
	size_t i = 0;

	for (; i < rest->len; i++) {
		char c = rest->data[i];

		if (quote ? c == quote : c == '"' || c == '\'')
			quote = quote ? '\0' : c;
		else if (!quote && (c == ' ' || c == '\t' || c == '\n'))
			break;
		else
			buf_byte(word, c);
	}
	*rest = str_trim(str_slice(*rest, i, rest->len));
	return !quote;
}

/* As argv; NULL if a quote is not closed. */
static const char *const *
words_of_text(struct str text, struct arena *a)
{
	struct str rest = str_trim(text);
	const char **list = arena_alloc(a, text.len / 2 + 2, sizeof *list), **to = list;

	while (rest.len > 0) {
		struct buf word = {0};
		bool is_whole = take_word(&rest, &word);

		*to++ = arena_cstr(a, buf_str(&word));
		buf_release(&word);
		if (!is_whole)
			return NULL;
	}
	*to = NULL;
	return list[0] && *list[0] ? list : NULL;
}

/* NULL if it is no list of words. */
static const char *const *
words_of_list(const struct json *j, struct arena *a)
{
	size_t n = json_length(j);
	const char **list = arena_alloc(a, n + 1, sizeof *list);

	for (size_t i = 0; i < n; i++) {
		struct str word = json_text(json_at(j, i));

		if (json_kind(json_at(j, i)) != JSON_KIND_STRING || str_find_byte(word, '\0') < word.len)
			return NULL;
		list[i] = arena_cstr(a, word);
	}
	list[n] = NULL;
	return n > 0 && *list[0] ? list : NULL;
}

/* What skein.lua has by that name; NULL: nothing. */
static const struct json *
named(const struct filters *f, struct str name, struct arena *a)
{
	const struct json *table = f->config ? config_table(f->config, "filters") : NULL;

	return table ? json_get(table, arena_cstr(a, name)) : NULL;
}

static bool
pass(struct passage *p, struct str *made)
{
	const struct json *own = named(p->filters, p->filter->text, p->arena);
	struct place at;

	if (json_kind(json_get(own, "function")) == JSON_KIND_INTEGER)
		return call_function(p, made);
	p->argv = !own ? words_of_text(p->filter->text, p->arena) :
	    json_kind(own) == JSON_KIND_STRING ? words_of_text(json_text(own), p->arena) :
	    json_kind(own) == JSON_KIND_ARRAY ? words_of_list(own, p->arena) : NULL;
	if (p->argv)
		return pass_program(p, made);
	if (!own)
		return complain(p, STATUS_STRUCTURE, STR("must be words; a quote in it is not closed"));
	at = config_place(p->filters->config, "filters", p->filter->text, STR(""));
	diag_error(p->diag, STATUS_STRUCTURE, at, "filter",
	    "the filter '%.*s' must be a function, or a command: a text, or a list of words",
	    STR_ARG(p->filter->text));
	diag_note(p->diag, p->filter->at, "it is named here");
	return false;
}

/* ---- texts of cells -------------------------------------------------------------------- */

/* A failure is known by the cell, whose number stays, and the text. */
static struct str
failure_of(const struct cell *c, struct str text, struct arena *a)
{
	struct key *k = key_start("skein filter failure");
	const uint64_t number = c->number;
	struct digest digest;

	key_add(k, 1, (struct str){ (const char *)&number, sizeof number });
	key_add(k, 2, text);
	digest = key_end(k);
	return arena_str(a, (struct str){ (const char *)digest.bytes, HASH_SIZE });
}

bool
filters_apply(struct filters *f, struct cell *c, struct str text, struct str *made,
    struct arena *a, struct diag *d)
{
	static char broken, absent;
	struct passage p = { .filters = f, .cell = c, .text = text, .arena = a, .diag = d };
	struct str failure;
	const char *known;
	bool ok = true;

	*made = text;
	if (c->nfilters == 0 || str_is_blank(text))
		return true;
	failure = failure_of(c, text, &f->arena);
	known = map_get(&f->failures, failure);
	for (size_t i = 0; ok && !known && i < c->nfilters; i++) {
		struct str next = p.text;

		p.filter = &c->filters[i];
		ok = pass(&p, &next);
		if (ok && str_is_blank(next))
			ok = complain(&p, STATUS_COMPILE, STR("leaves nothing of the text"));
		p.text = next;
	}
	if (ok && !known) {
		*made = p.text;
		return true;
	}
	if (!known)
		map_put(&f->failures, failure, c->is_absent ? &absent : &broken);
	c->is_absent |= known == &absent;
	return false;
}

void
filters_cell(struct filters *f, struct cell *c, struct arena *a, struct diag *d)
{
	size_t first = rework_first(c);
	struct str was = rework_text(c, first), text;

	if (!filters_apply(f, c, was, &text, a, d)) {
		c->is_broken = true;
	} else if (!str_eq(text, was)) {
		rework_cell(c, first, text, c->filters[0].at, a);
		cell_check(c, d);
	}
}

void
filters_begin(struct filters *f, const struct config *c, struct store *s, bool no_compile)
{
	if (!f->has_begun)
		arena_init(&f->arena);
	f->has_begun = true;
	f->config = c;
	f->store = s;
	f->no_compile = no_compile;
}

void
filters_release(struct filters *f)
{
	hooks_close(f->hooks);
	map_release(&f->failures);
	if (f->has_begun)
		arena_release(&f->arena);
	*f = (struct filters){0};
}
