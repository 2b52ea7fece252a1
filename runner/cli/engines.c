#include "runner/cli/engines.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runner/build/memo.h"
#include "runner/cache/key.h"
#include "runner/cache/store.h"
#include "runner/cli/course.h"
#include "runner/cli/turn.h"
#include "runner/output/paths.h"
#include "runner/output/pattern.h"
#include "runner/session/driver.h"
#include "runner/session/places.h"
#include "runner/session/protocol.h"
#include "tangle/base/arena.h"
#include "tangle/base/buf.h"
#include "tangle/base/diag.h"
#include "tangle/project/interpreter.h"

enum {
	LAST_WORDS = 64 << 10,	/* of what was printed are searched for a line */
	SAID = 200		/* bytes of them are told */
};

static bool
keeps_session(const struct cell *c)
{
	return interpreter_takes(c->interpreter, "{driver}");
}

/* ---- its program ----------------------------------------------------------------------- */

static bool
is_program(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISREG(st.st_mode) && access(path, X_OK) == 0;
}

/* What the cell says itself counts more than what the caller has. */
static struct str
search_path(const struct run *r, const struct cell *c)
{
	struct str path = str_of(r->engines.path);

	for (size_t i = 0; i < c->nenv; i++)
		if (str_starts(c->env[i].text, STR("PATH=")))
			path = str_slice(c->env[i].text, 5, c->env[i].text.len);
	return path;
}

/* Below the project's root, if its name says a folder. */
static struct str
program_word(const struct run *r, const struct cell *c)
{
	struct str word = str_of(c->interpreter->command[0]);

	if (word.data[0] == '/' || str_find_byte(word, '/') == word.len)
		return word;
	return arena_printf(&r->n->arena, "%.*s/%.*s", STR_ARG(r->n->root_path), STR_ARG(word));
}

static const char *
find_program(const struct run *r, const struct cell *c)
{
	struct str word = program_word(r, c), rest = search_path(r, c);

	if (word.data[0] == '/')
		return is_program(word.data) ? word.data : NULL;
	while (rest.len > 0) {
		struct str folder = str_cut(rest, ':', &rest);
		struct str path = arena_printf(&r->n->arena, "%.*s/%.*s", STR_ARG(folder), STR_ARG(word));

		if (folder.len > 0 && folder.data[0] == '/' && is_program(path.data))
			return path.data;
	}
	return NULL;
}

/* ---- its words ------------------------------------------------------------------------- */

/* As a reader knows the text: "plot", or "plot.js" where its name has to end so. */
static struct str
shown_name(const struct cell *c, struct arena *a)
{
	const char *extension = c->interpreter->extension;

	return extension && !keeps_session(c) ? arena_printf(a, "%.*s%s", STR_ARG(c->marker), extension) :
	    c->marker;
}

/* The file that holds its text; NULL after a message, or if there is none. */
static const char *
file_of_text(const struct run *r, const struct cell *c)
{
	struct arena *a = &r->n->arena;
	struct str name = shown_name(c, a);
	char *path;

	if (!r->engines.has_home)
		return NULL;
	path = arena_cstr(a, arena_printf(a, "%.*s/%.*s", STR_ARG(r->engines.home.path), STR_ARG(name)));
	for (char *p = path + r->engines.home.path.len + 1; *p; p++)
		if (*p == '/')
			*p = '_';
	return path;
}

/* Where a program finds the text. */
static const char *
path_of_text(const struct run *r, const struct cell *c)
{
	const char *path = c->interpreter->extension ? file_of_text(r, c) : NULL;

	return path ? path : PROTOCOL_TEXT_PATH;
}

/* The word with what its placeholders stand for. */
static const char *
filled(const struct run *r, const struct cell *c, const char *word)
{
	const struct { const char *name; const char *value; } places[] = {
		{ "{file}", path_of_text(r, c) },
		{ "{driver}", c->interpreter->driver ? driver_text(c->interpreter->driver) : NULL },
		{ "{tree}", r->objects.scratch.path.len > 0 ? r->objects.scratch.path.data : NULL },
	};
	struct str text = str_of(word);

	for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
		struct str name = str_of(places[i].name);
		size_t at = str_find(text, name);

		if (at < text.len)
			return arena_printf(&r->n->arena, "%.*s%s%.*s", STR_ARG(str_slice(text, 0, at)),
			    places[i].value ? places[i].value : "",
			    STR_ARG(str_slice(text, at + name.len, text.len))).data;
	}
	return word;
}

static size_t
count_words(const char *const *words)
{
	size_t n = 0;

	while (words && words[n])
		n++;
	return n;
}

/* How many, the command, and for one that keeps a session what it is told of the cell. */
static void
set_arguments(const struct run *r, const struct cell *c, struct session_run *run)
{
	struct arena *a = &r->n->arena;
	size_t n = count_words(c->interpreter->command);
	const char **list = arena_alloc(a, n + c->nargs + 3, sizeof *list), **to = list;

	if (keeps_session(c))
		*to++ = arena_printf(a, "%zu", n).data;
	for (size_t i = 0; i < n; i++)
		*to++ = i == 0 ? arena_cstr(a, program_word(r, c)) : filled(r, c, c->interpreter->command[i]);
	if (keeps_session(c)) {
		*to++ = arena_cstr(a, c->marker);
		*to++ = arena_printf(a, "%s%s", c->show_value ? "value" : "",
		    c->is_isolated ? " alone" : "").data;
	}
	for (size_t i = 0; i < c->nargs; i++)
		*to++ = arena_cstr(a, c->args[i]);
	run->args = list;
	run->nargs = (size_t)(to - list);
}

void
engines_plan(struct run *r, const struct job *j, struct session_run *run)
{
	const struct cell *c = j->cell;

	run->object = (struct session_object){ .bytes = c->text, .number = c->number,
	    .marker = c->marker, .slot = SIZE_MAX };
	run->is_engine = true;
	run->is_program = !keeps_session(c);
	run->from_stdin = run->is_program && !interpreter_takes(c->interpreter, "{file}");
	set_arguments(r, c, run);
}

void
engines_surround(struct run *r, const struct cell *c, struct session_options *o)
{
	struct arena *a = &r->n->arena;
	const char *const *own = c->interpreter->env;
	struct str tree = r->objects.scratch.path;
	const char **env = arena_alloc(a, count_words(own) + o->nenv + 2, sizeof *env), **to = env;

	*to++ = arena_printf(a, "PATH=%s", r->engines.path).data;
	if (tree.len > 0)
		*to++ = arena_printf(a, "SKEIN_TREE=%.*s", STR_ARG(tree)).data;
	for (; own && *own; own++)
		if (tree.len > 0 || !strstr(*own, "{tree}"))
			*to++ = filled(r, c, *own);
	for (size_t i = 0; i < o->nenv; i++)
		*to++ = o->env[i];
	o->env = env;
	o->nenv = (size_t)(to - env);
}

/* ---- what it is known by ------------------------------------------------------------------ */

static struct digest
digest_of(const struct run *r, const struct cell *c, const char *program)
{
	struct key *k = key_start("skein engine 1");
	struct memo_file file = {0};

	memo_file(store_memo(r->store), str_of(program), &file);
	key_add(k, 1, c->text);
	key_add(k, 2, c->marker);
	key_add(k, 3, str_of(program));
	key_add(k, 4, (struct str){ (const char *)file.digest.bytes, HASH_SIZE });
	for (const char *const *word = c->interpreter->command; *word; word++)
		key_add(k, 5, strstr(*word, "{driver}") ? str_of(filled(r, c, *word)) : str_of(*word));
	for (const char *const *word = c->interpreter->env; word && *word; word++)
		key_add(k, 6, str_of(*word));
	key_add(k, 7, r->objects.scratch.path);
	return key_end(k);
}

void
engines_open(struct run *r)
{
	const char *path = getenv("PATH");
	const struct cells *cells = &r->n->cells;

	r->engines.path = path && *path ? path : "/usr/local/bin:/usr/bin:/bin";
	r->engines.programs = arena_alloc(&r->n->arena, cells->n, sizeof(char *));
	for (size_t i = 0; i < cells->n; i++) {
		const struct cell *c = &cells->list[i];

		if (c->kind != CELL_ENGINE || c->is_broken)
			continue;
		r->engines.programs[i] = find_program(r, c);
		if (r->engines.programs[i])
			r->objects.jobs[i].built.digest = digest_of(r, c, r->engines.programs[i]);
	}
}

void
engines_close(struct run *r)
{
	if (r->engines.has_home)
		home_close(&r->engines.home);
	r->engines.has_home = false;
}

/* ---- its turn ------------------------------------------------------------------------------ */

static void
complain_missing(const struct run *r, const struct cell *c)
{
	const struct interpreter *i = c->interpreter;

	diag_error(r->diag, STATUS_ENVIRONMENT, c->at, "no-program",
	    "'%s', which runs %s cells, is not here: %s%s, or say run=false", i->command[0],
	    i->language, i->package ? "apt install " : "install it", i->package ? i->package : "");
}

/* Some programs go by how a file is called. */
static bool
write_text(struct run *r, const struct cell *c)
{
	struct str document = arena_printf(&r->n->arena, "%.*s engines", STR_ARG(r->console.document));
	const char *path;
	bool ok;
	int fd;

	if (!r->engines.has_home &&
	    !(r->engines.has_home = home_open(&r->engines.home, document, &r->n->arena, r->diag)))
		return false;
	path = file_of_text(r, c);
	(void)unlink(path);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	ok = fd != -1 && write(fd, c->text.data, c->text.len) == (ssize_t)c->text.len;
	if (!ok)
		diag_errno(r->diag, "write", str_of(path));
	if (fd != -1)
		close(fd);
	return ok;
}

static bool
needs_file(const struct cell *c)
{
	return c->interpreter->extension && interpreter_takes(c->interpreter, "{file}");
}

void
engines_start(struct run *r, struct job *j)
{
	const struct cell *c = j->cell;

	if (!r->engines.programs[c->number])
		complain_missing(r, c);
	else if (!needs_file(c) || write_text(r, c)) {
		(void)turn_start(r, j);
		return;
	}
	course_settle(r, j, CELL_SKIPPED, NULL);
}

/* ---- what it gave --------------------------------------------------------------------------- */

static struct str
plain_text(const struct run *r, const struct cell *c, struct str text, struct arena *a)
{
	const struct path_word words[] = {
		{ str_of(path_of_text(r, c)), shown_name(c, a) },
		{ r->objects.scratch.path, STR("$SKEIN_TREE") },
	};
	struct buf named = {0}, plain = {0};

	places_plain(&named, text);
	paths_replace(&plain, buf_str(&named), words, sizeof words / sizeof words[0]);
	buf_release(&named);
	return buf_take(&plain, a);
}

static void
make_plain(const struct run *r, const struct cell *c, struct captured *of, struct arena *a)
{
	of->head = plain_text(r, c, of->head, a);
	of->tail = plain_text(r, c, of->tail, a);
}

/* The end of what was printed, from the start of a line on. */
static struct str
last_part(const struct captured *of)
{
	struct str text = of->tail.len > 0 ? of->tail : of->head;
	size_t from = text.len > LAST_WORDS ? text.len - LAST_WORDS : 0;

	while (from > 0 && from < text.len && text.data[from - 1] != '\n')
		from++;
	return str_slice(text, from, text.len);
}

/* The pattern, with the name of the text in it. */
static struct pattern *
pattern_of(const struct cell *c, struct arena *a)
{
	struct str text = str_of(c->interpreter->errors), mark = STR("{file}"), why;
	size_t at = str_find(text, mark);

	if (at < text.len)
		text = arena_printf(a, "%.*s\\Q%.*s\\E%.*s", STR_ARG(str_slice(text, 0, at)),
		    STR_ARG(shown_name(c, a)), STR_ARG(str_slice(text, at + mark.len, text.len)));
	return pattern_new(text, a, &why);
}

/* The last line that a message names. */
static size_t
line_named(const struct cell *c, struct str text, struct arena *a)
{
	struct pattern *p = pattern_of(c, a);
	struct str why;
	struct replacement *line = p ? replacement_new(STR("${line}"), p, a, &why) : NULL;
	size_t start, end = 0, found = 0;

	while (line && end < text.len && pattern_find(p, text, end, &start, &end) == PATTERN_FOUND &&
	    end > start) {
		struct buf digits = {0};
		unsigned long n;

		if (pattern_replace(p, line, str_slice(text, start, end), &digits) == PATTERN_FOUND &&
		    str_number(buf_str(&digits), (unsigned long)-1, &n))
			found = n;
		buf_release(&digits);
	}
	pattern_free(p);
	return found;
}

static void
set_place(const struct cell *c, size_t number, struct outcome *o, struct arena *a)
{
	struct frame f = { .marker = c->marker, .cell = number, .column = 1 };

	f.line = c->interpreter->errors ? line_named(c, last_part(&o->err), a) : 0;
	if (f.line == 0 || f.line > c->nlines)
		return;
	o->frames = arena_copy(a, &f, 1, sizeof f);
	o->nframes = 1;
}

/* "exit status 1: NameError: ...": what was said last is most likely why. */
static void
add_last_words(struct outcome *o, struct arena *a)
{
	struct str rest = last_part(&o->err), line, last = {0};
	struct buf text = {0};

	while (str_line(&rest, &line))
		if (!str_is_blank(line))
			last = str_trim(str_chomp(line));
	if (last.len == 0)
		return;
	buf_visible(&text, str_slice(last, 0, SAID));
	o->what = arena_printf(a, "%.*s: %.*s", STR_ARG(o->what), STR_ARG(buf_str(&text)));
	buf_release(&text);
}

void
engines_ran(const struct run *r, const struct cell *c, const struct lived *lived,
    struct outcome *o)
{
	struct arena *a = lived->arena;

	make_plain(r, c, &o->out, a);
	make_plain(r, c, &o->err, a);
	if (o->value.data)
		o->value = plain_text(r, c, o->value, a);
	if (o->kind == OUTCOME_DONE)
		return;
	if (o->nframes == 0)
		set_place(c, lived->run.object.number, o, a);
	if (o->kind == OUTCOME_EXIT)
		add_last_words(o, a);
}
