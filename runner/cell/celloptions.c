#include "runner/cell/making.h"

#include <errno.h>
#include <signal.h>
#include <unistd.h>

#include "tangle/base/arena.h"
#include "tangle/base/buf.h"
#include "tangle/base/diag.h"
#include "tangle/base/file.h"
#include "tangle/base/mem.h"
#include "tangle/base/root.h"
#include "tangle/document/block.h"
#include "tangle/document/blocks.h"
#include "tangle/expand/check.h"
#include "tangle/expand/expand.h"
#include "tangle/expand/graph.h"
#include "tangle/project/settings.h"

enum { LARGEST_INPUT = 64 << 20 };

/* ---- options ------------------------------------------------------------------ */

/* An option, or NULL if it was not given, or was refused. */
const struct option *
making_find(struct making *m, const struct options *options, const char *key)
{
	const struct option *o = options_find(options, key);

	if (!o || !o->is_bad)
		return o;
	m->saw_bad = true;
	return NULL;
}

/* The block's word wins over the document's; NULL if nobody said anything. */
const struct option *
making_said(struct making *m, const struct block *b, const char *key)
{
	const struct option *o = b ? making_find(m, m->own, key) : NULL;

	return o ? o : making_find(m, &m->blocks->document->options, key);
}

static void
add_words(struct making *m, const struct options *options, const char *key, struct word **list,
    size_t *n, size_t *cap)
{
	const struct option *const *stack;
	size_t depth = options_stack(options, key, m->arena, &stack);

	for (size_t k = 0; k < depth; k++) {
		const struct str *words;
		size_t more = option_words(stack[k], m->arena, &words);

		m->saw_bad |= stack[k]->is_bad;
		*list = mem_grow(*list, cap, *n + more, sizeof **list);
		for (size_t i = 0; i < more; i++)
			(*list)[(*n)++] = (struct word){ words[i], stack[k]->at };
	}
}

/* Of all layers: the user's words, the project's, the document's, then the block's. */
size_t
making_words(struct making *m, const struct block *b, const char *key,
    const struct word **words)
{
	struct word *list = NULL;
	size_t n = 0, cap = 0;

	add_words(m, &m->blocks->document->options, key, &list, &n, &cap);
	if (b)
		add_words(m, m->own, key, &list, &n, &cap);
	*words = arena_copy(m->arena, list, n, sizeof *list);
	mem_free(list);
	return n;
}

static struct word
word_of(struct making *m, const struct block *b, const char *key)
{
	const struct option *o = making_said(m, b, key);

	return o ? (struct word){ o->value, o->at } : (struct word){0};
}

static uint64_t
size_of(struct making *m, const struct block *b, const char *key, uint64_t standard)
{
	const struct option *o = making_said(m, b, key);
	uint64_t size;

	return o && setting_size(o->value, &size) ? size : standard;
}

/* The same of a limit that 0 takes away, as `none` does. */
static uint64_t
limit_of(struct making *m, const struct block *b, const char *key, uint64_t standard)
{
	const struct option *o = making_said(m, b, key);
	uint64_t limit = standard;

	if (o && !setting_size(o->value, &limit))
		limit = standard;
	return limit == 0 && o ? SETTING_NO_LIMIT : limit;
}

static bool
is_cxx_standard(struct str s)
{
	return str_find(s, STR("++")) < s.len;
}

/*
 * `std` may name one standard for each language: "c17 c++20".  The document's
 * concerns cells of the one language only; a cell's own must fit.
 */
struct word
making_standard(struct making *m, const struct block *b, bool is_cxx)
{
	const struct option *given[] = {
		b ? making_find(m, m->own, "std") : NULL,
		making_find(m, &m->blocks->document->options, "std")
	};

	for (size_t i = 0; i < sizeof given / sizeof *given; i++) {
		struct str rest = given[i] ? given[i]->value : STR(""), word;

		if (i == 1 && b && b->standard.len > 0)
			break;
		while ((word = str_word(&rest)).len > 0)
			if (is_cxx_standard(word) == is_cxx)
				return (struct word){ word, given[i]->at };
		if (i == 0 && given[i])
			return (struct word){ given[i]->value, given[i]->at };
	}
	return b && b->standard.len > 0 ? (struct word){ b->standard, b->at } : (struct word){0};
}

/* ---- fails= --------------------------------------------------------------------- */

static const struct {
	const char *name;
	int number;
} signals[] = {
	{ "SIGSEGV", SIGSEGV }, { "SIGBUS", SIGBUS }, { "SIGFPE", SIGFPE },
	{ "SIGILL", SIGILL }, { "SIGABRT", SIGABRT }, { "SIGTRAP", SIGTRAP },
	{ "SIGSYS", SIGSYS }, { "SIGKILL", SIGKILL }, { "SIGTERM", SIGTERM },
	{ "SIGINT", SIGINT }, { "SIGHUP", SIGHUP }, { "SIGQUIT", SIGQUIT },
	{ "SIGPIPE", SIGPIPE }, { "SIGALRM", SIGALRM }, { "SIGUSR1", SIGUSR1 },
	{ "SIGUSR2", SIGUSR2 }, { "SIGXCPU", SIGXCPU }, { "SIGXFSZ", SIGXFSZ },
};

const char *
cell_signal(int number)
{
	for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++)
		if (signals[i].number == number)
			return signals[i].name;
	return NULL;
}

static bool
read_failure(struct str word, struct expectation *e)
{
	static const char *const kinds[] = {
		[FAILS_COMPILE] = "compile", [FAILS_CRASH] = "crash", [FAILS_ERROR] = "error",
		[FAILS_EXIT] = "exit",
		[FAILS_LIMIT] = "limit", [FAILS_ANY] = "any", [FAILS_ALLOWED] = "allowed",
	};
	unsigned long status;
	bool flag;

	for (enum failure k = FAILS_COMPILE; k <= FAILS_ALLOWED; k++) {
		if (str_eq(word, str_of(kinds[k]))) {
			e->kind = k;
			return true;
		}
	}
	if (setting_is_choice("timeout|memory|output-kill|file-size|processes", word)) {
		e->kind = FAILS_LIMIT;
		e->limit = word;
		return true;
	}
	for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++) {
		if (str_eq(word, str_of(signals[i].name))) {
			e->kind = FAILS_CRASH;
			e->signal = signals[i].number;
			return true;
		}
	}
	if (str_starts(word, STR("exit:")) && str_number(str_slice(word, 5, word.len), 255, &status)) {
		e->kind = FAILS_EXIT;
		e->status = (int)status;
		return true;
	}
	if (setting_flag(word, &flag)) {
		e->kind = flag ? FAILS_ANY : FAILS_NOT;
		return true;
	}
	return false;
}

static void
take_failure(struct making *m, struct cell *c)
{
	const struct option *o = making_said(m, c->block, "fails");

	c->fails = (struct expectation){ .kind = FAILS_NOT, .status = -1 };
	c->fails.with = word_of(m, c->block, "fails-with");
	if (!o && c->fails.with.text.len > 0) {
		c->fails.kind = FAILS_ANY;
		c->fails.at = c->fails.with.at;
	}
	if (!o)
		return;
	c->fails.at = o->at;
	if (read_failure(o->value, &c->fails))
		return;
	diag_error(m->diag, STATUS_STRUCTURE, o->at, "bad-value",
	    "the value '%.*s' of 'fails' must be compile, crash, error, exit, exit:N, limit, the name of a limit such as timeout, any, allowed or a signal such as SIGFPE",
	    STR_ARG(o->value));
	c->is_broken = true;
}

/* ---- what a cell reads ------------------------------------------------------------ */

void
making_add_file(struct making *m, struct str path)
{
	m->files = mem_grow(m->files, &m->filescap, m->nfiles + 1, sizeof *m->files);
	m->files[m->nfiles++] = path;
}

static void
take_stdin(struct making *m, struct cell *c)
{
	const struct option *file = making_said(m, c->block, "stdin");
	const struct option *from = making_said(m, c->block, "stdin-from");

	if (file)
		making_add_file(m, file->value);
	if (file && !file_read(m->root, file->value, LARGEST_INPUT, m->arena, &c->stdin_text, m->diag)) {
		diag_note(m->diag, file->at, "it is the standard input of this cell");
		c->is_broken = true;
	}
	if (from) {
		struct node *n = graph_find(m->graph, m->blocks, from->value);
		struct expansion x = {0};

		if (!n) {
			diag_error(m->diag, STATUS_STRUCTURE, from->at, "missing-block",
			    "no block is named '%.*s'; stdin-from takes the name of one", STR_ARG(from->value));
			c->is_broken = true;
		} else if (graph_check(m->graph, n, false, m->diag)) {
			expand_node(&x, n, &(struct expand_style){0});
			c->stdin_text = buf_take(&x.text, m->arena);
		} else {
			c->is_broken = true;
		}
		expansion_release(&x);
	}
}

/* Only their names: what is in them is looked at when the cell's turn comes. */
static void
take_data(struct making *m, struct cell *c)
{
	c->ndata = making_words(m, c->block, "data", &c->data);
	for (size_t i = 0; i < c->ndata; i++) {
		int fd = root_folder(m->root, c->data[i].text, false);

		if (fd != -1) {
			close(fd);
			making_add_file(m, c->data[i].text);
		} else if (errno == EXDEV || errno == ELOOP) {
			diag_error(m->diag, STATUS_REFUSED, c->data[i].at, "refused-path",
			    "'%.*s' cannot be data: it is not below the project's root",
			    STR_ARG(c->data[i].text));
			c->is_broken = true;
		}
	}
}

static void
take_args(struct making *m, struct cell *c)
{
	const struct option *o = making_said(m, c->block, "args");

	if (o)
		c->nargs = option_words(o, m->arena, &c->args);
}

static bool
is_variable(struct str name)
{
	for (size_t i = 0; i < name.len; i++) {
		char c = name.data[i];

		if (c != '_' && (c < 'A' || c > 'Z') && (c < 'a' || c > 'z') &&
		    (i == 0 || c < '0' || c > '9'))
			return false;
	}
	return name.len > 0;
}

/* What the loader does with our own host is not a document's to say. */
static void
take_env(struct making *m, struct cell *c)
{
	c->nenv = making_words(m, c->block, "env", &c->env);
	for (size_t i = 0; i < c->nenv; i++) {
		struct str rest, name = str_cut(c->env[i].text, '=', &rest);

		if (str_eq(name, STR("LD_PRELOAD")) || str_eq(name, STR("LD_AUDIT")))
			diag_error(m->diag, STATUS_REFUSED, c->env[i].at, "bad-value",
			    "'%.*s' would be loaded into skein's own program: link it with libs", STR_ARG(name));
		else if (!is_variable(name) || str_find_byte(rest, '\0') < rest.len)
			diag_error(m->diag, STATUS_STRUCTURE, c->env[i].at, "bad-value",
			    "the value '%.*s' of 'env' must be NAME=value, or NAME to hand on the caller's",
			    STR_ARG(c->env[i].text));
		else
			continue;
		c->is_broken = true;
	}
}

static void
take_sanitize(struct making *m, struct cell *c)
{
	const struct option *o = making_said(m, c->block, "sanitize");
	const struct str *words;
	size_t n = o ? option_words(o, m->arena, &words) : 0;
	struct buf b = {0};

	for (size_t i = 0; i < n; i++)
		buf_printf(&b, "%s%.*s", i > 0 ? "," : "", STR_ARG(words[i]));
	if (o)
		c->sanitize = (struct word){ buf_take(&b, m->arena), o->at };
}

/* A list is several; else all of it is one, with its arguments. */
static void
take_filters(struct making *m, struct cell *c)
{
	const struct option *o = making_said(m, c->block, "filter");
	size_t n = !o ? 0 : o->is_list ? o->nitems : 1;
	struct word *list = arena_alloc(m->arena, n, sizeof *list);

	for (size_t i = 0; i < n; i++) {
		struct str text = str_trim(o->is_list ? o->items[i] : o->value);

		if (text.len > 0 && !str_eq(text, STR("none")))
			list[c->nfilters++] = (struct word){ text, o->at };
	}
	c->filters = list;
}

static void
take_show(struct making *m, struct cell *c)
{
	const struct option *o = making_said(m, c->block, "show");
	const struct str *words;
	size_t n = o ? option_words(o, m->arena, &words) : 0;

	c->show_output = c->show_value = !o;
	for (size_t i = 0; i < n; i++) {
		struct str rest = words[i];

		while (rest.len > 0) {
			struct str one = str_cut(rest, ',', &rest);

			c->show_markdown |= str_eq(one, STR("markdown"));
			c->show_output |= c->show_markdown || str_eq(one, STR("output"));
			c->show_value |= str_eq(one, STR("value"));
			if (setting_is_choice("code|output|value|markdown|nothing", one))
				continue;
			diag_error(m->diag, STATUS_STRUCTURE, o->at, "bad-value",
			    "the value '%.*s' of 'show' must be code, output, value, markdown or nothing",
			    STR_ARG(one));
			c->is_broken = true;
		}
	}
}

static void
take_images(struct making *m, struct cell *c)
{
	c->nimages = making_words(m, c->block, "image", &c->images);
	if (c->nimages == 0 || !block_is_transcript(c->block))
		return;
	diag_error(m->diag, STATUS_STRUCTURE, c->images[0].at, "bad-value",
	    "a console block shows no pictures: its outputs stand within it");
	c->is_broken = true;
}

struct str
making_session(struct making *m, const struct block *b)
{
	const struct option *o = making_said(m, b, "session");

	return o ? o->value : STR("main");
}

void
cell_take_options(struct making *m, struct cell *c)
{
	const struct option *o;
	bool patterns;

	m->saw_bad = false;
	c->session = making_session(m, c->block);
	c->is_isolated = str_eq(c->session, STR("none"));
	c->cc = word_of(m, c->block, "cc");
	c->subst = word_of(m, c->block, "subst");
	take_filters(m, c);
	c->is_cxx = c->block && block_is_cxx(c->block);
	c->std = making_standard(m, c->block, c->is_cxx);
	c->ncflags = making_words(m, c->block, "cflags", &c->cflags);
	c->nlibs = making_words(m, c->block, "libs", &c->libs);
	c->npkg = making_words(m, c->block, "pkg", &c->pkg);
	c->timeout = 10 * (int64_t)1000000000;
	if ((o = making_said(m, c->block, "timeout")))
		setting_duration(o->value, &c->timeout);
	c->memory = limit_of(m, c->block, "memory", 0);
	c->output_limit = size_of(m, c->block, "output-limit", 0);
	/* a transcript is kept whole until its marks have been found */
	c->output_kill = size_of(m, c->block, "output-kill",
	    (uint64_t)(c->block && block_is_transcript(c->block) ? 8 : 64) << 20);
	c->file_size = limit_of(m, c->block, "file-size", (uint64_t)1 << 30);
	c->processes = limit_of(m, c->block, "processes", 1024);
	o = making_said(m, c->block, "buffer");
	c->full_buffer = o && str_eq(o->value, STR("full"));
	o = making_said(m, c->block, "cache");
	c->is_fresh = o && str_eq(o->value, STR("off"));
	c->is_recorded = o && str_eq(o->value, STR("run"));
	c->nnormalize = making_words(m, c->block, "normalize", &c->normalize);
	o = making_said(m, c->block, "patterns");
	c->is_literal = o && setting_flag(o->value, &patterns) && !patterns;
	take_sanitize(m, c);
	take_show(m, c);
	take_images(m, c);
	take_failure(m, c);
	take_args(m, c);
	take_env(m, c);
	c->cwd = word_of(m, c->block, "cwd");
	take_stdin(m, c);
	take_data(m, c);
	c->is_broken |= m->saw_bad;
}
