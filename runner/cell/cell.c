#include "runner/cell/cell.h"

#include <errno.h>
#include <signal.h>
#include <unistd.h>

#include "runner/cell/transcript.h"
#include "tangle/base/arena.h"
#include "tangle/base/diag.h"
#include "tangle/base/file.h"
#include "tangle/base/mem.h"
#include "tangle/base/root.h"
#include "tangle/document/block.h"
#include "tangle/document/params.h"
#include "tangle/expand/check.h"
#include "tangle/expand/expand.h"
#include "tangle/expand/graph.h"
#include "tangle/expand/grid.h"
#include "tangle/project/interpreter.h"
#include "tangle/project/settings.h"

enum { LARGEST_INPUT = 64 << 20, LARGEST_PRELUDE = 8 << 20 };

struct making {
	struct graph *graph;
	const struct blocks *blocks;
	const struct root *root;
	struct arena *arena;
	struct diag *diag;
	struct str *files;	/* that were read */
	size_t nfiles, filescap;
	const struct options *own;	/* of the block of the cell being made, with its values in them */
	bool saw_bad;		/* an option of the cell being made was refused */
};

/* ---- options ------------------------------------------------------------------ */

/* An option, or NULL if it was not given, or was refused. */
static const struct option *
find(struct making *m, const struct options *options, const char *key)
{
	const struct option *o = options_find(options, key);

	if (!o || !o->is_bad)
		return o;
	m->saw_bad = true;
	return NULL;
}

/* The block's word wins over the document's; NULL if nobody said anything. */
static const struct option *
said(struct making *m, const struct block *b, const char *key)
{
	const struct option *o = b ? find(m, m->own, key) : NULL;

	return o ? o : find(m, &m->blocks->document->options, key);
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
static size_t
words_of(struct making *m, const struct block *b, const char *key,
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
	const struct option *o = said(m, b, key);

	return o ? (struct word){ o->value, o->at } : (struct word){0};
}

static uint64_t
size_of(struct making *m, const struct block *b, const char *key, uint64_t standard)
{
	const struct option *o = said(m, b, key);
	uint64_t size;

	return o && setting_size(o->value, &size) ? size : standard;
}

/* The same of a limit that 0 takes away, as `none` does. */
static uint64_t
limit_of(struct making *m, const struct block *b, const char *key, uint64_t standard)
{
	const struct option *o = said(m, b, key);
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
static struct word
standard_of(struct making *m, const struct block *b, bool is_cxx)
{
	const struct option *given[] = {
		b ? find(m, m->own, "std") : NULL,
		find(m, &m->blocks->document->options, "std")
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
	const struct option *o = said(m, c->block, "fails");

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

static void
add_file(struct making *m, struct str path)
{
	m->files = mem_grow(m->files, &m->filescap, m->nfiles + 1, sizeof *m->files);
	m->files[m->nfiles++] = path;
}

static void
take_stdin(struct making *m, struct cell *c)
{
	const struct option *file = said(m, c->block, "stdin");
	const struct option *from = said(m, c->block, "stdin-from");

	if (file)
		add_file(m, file->value);
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
	c->ndata = words_of(m, c->block, "data", &c->data);
	for (size_t i = 0; i < c->ndata; i++) {
		int fd = root_folder(m->root, c->data[i].text, false);

		if (fd != -1) {
			close(fd);
			add_file(m, c->data[i].text);
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
	const struct option *o = said(m, c->block, "args");

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
	c->nenv = words_of(m, c->block, "env", &c->env);
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
	const struct option *o = said(m, c->block, "sanitize");
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
	const struct option *o = said(m, c->block, "filter");
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
	const struct option *o = said(m, c->block, "show");
	const struct str *words;
	size_t n = o ? option_words(o, m->arena, &words) : 0;

	c->show_output = c->show_value = !o;
	for (size_t i = 0; i < n; i++) {
		struct str rest = words[i];

		while (rest.len > 0) {
			struct str one = str_cut(rest, ',', &rest);

			c->show_output |= str_eq(one, STR("output"));
			c->show_value |= str_eq(one, STR("value"));
			if (setting_is_choice("code|output|value|nothing", one))
				continue;
			diag_error(m->diag, STATUS_STRUCTURE, o->at, "bad-value",
			    "the value '%.*s' of 'show' must be code, output, value or nothing",
			    STR_ARG(one));
			c->is_broken = true;
		}
	}
}

static struct str
session_of(struct making *m, const struct block *b)
{
	const struct option *o = said(m, b, "session");

	return o ? o->value : STR("main");
}

static void
take_options(struct making *m, struct cell *c)
{
	const struct option *o;
	bool patterns;

	m->saw_bad = false;
	c->session = session_of(m, c->block);
	c->is_isolated = str_eq(c->session, STR("none"));
	c->cc = word_of(m, c->block, "cc");
	c->subst = word_of(m, c->block, "subst");
	take_filters(m, c);
	c->is_cxx = c->block && block_is_cxx(c->block);
	c->std = standard_of(m, c->block, c->is_cxx);
	c->ncflags = words_of(m, c->block, "cflags", &c->cflags);
	c->nlibs = words_of(m, c->block, "libs", &c->libs);
	c->npkg = words_of(m, c->block, "pkg", &c->pkg);
	c->timeout = 10 * (int64_t)1000000000;
	if ((o = said(m, c->block, "timeout")))
		setting_duration(o->value, &c->timeout);
	c->memory = limit_of(m, c->block, "memory", 0);
	c->output_limit = size_of(m, c->block, "output-limit", 0);
	/* a transcript is kept whole until its marks have been found */
	c->output_kill = size_of(m, c->block, "output-kill",
	    (uint64_t)(c->block && block_is_transcript(c->block) ? 8 : 64) << 20);
	c->file_size = limit_of(m, c->block, "file-size", (uint64_t)1 << 30);
	c->processes = limit_of(m, c->block, "processes", 1024);
	o = said(m, c->block, "buffer");
	c->full_buffer = o && str_eq(o->value, STR("full"));
	o = said(m, c->block, "cache");
	c->is_fresh = o && str_eq(o->value, STR("off"));
	c->is_recorded = o && str_eq(o->value, STR("run"));
	c->nnormalize = words_of(m, c->block, "normalize", &c->normalize);
	o = said(m, c->block, "patterns");
	c->is_literal = o && setting_flag(o->value, &patterns) && !patterns;
	take_sanitize(m, c);
	take_show(m, c);
	take_failure(m, c);
	take_args(m, c);
	take_env(m, c);
	c->cwd = word_of(m, c->block, "cwd");
	take_stdin(m, c);
	take_data(m, c);
	c->is_broken |= m->saw_bad;
}

/* ---- its text --------------------------------------------------------------------- */

/* Lines of the earlier blocks of its name: numbers count over all of them. */
static size_t
lines_before(struct making *m, const struct block *b)
{
	const struct node *n = b->name.len ? graph_find(m->graph, m->blocks, b->name) : NULL;
	size_t lines = 0;

	for (size_t i = 0; n && i < n->nblocks && n->blocks[i] != b; i++)
		lines += n->blocks[i]->part->body.nlines;
	return lines;
}

/* The text, with those lines left empty that show what a cell prints. */
static void
add_lines(struct buf *to, struct str text, struct str omitted)
{
	struct str line;

	while (str_line(&text, &line)) {
		if (omitted.len == 0 || !str_starts(str_trim(line), omitted))
			buf_add(to, line);
		buf_byte(to, '\n');
	}
}

static void
take_text(struct making *m, struct cell *c)
{
	const struct option *omit = said(m, c->block, "omit");
	struct expansion x = {0};
	struct buf text = {0};
	struct place *lines;
	size_t before = lines_before(m, c->block);

	expand_block(&x, c->block, &(struct expand_style){ .lines = EXPAND_CELL, .origins = true,
	    .instance = c->values });
	lines = arena_alloc(m->arena, before + x.nlines, sizeof *lines);
	for (size_t i = 0; i < before; i++)
		lines[i] = c->at;
	for (size_t i = 0; i < x.nlines; i++)
		lines[before + i] = x.lines[i];
	c->lines = lines;
	c->nlines = before + x.nlines;
	buf_fill(&text, '\n', before);
	add_lines(&text, buf_str(&x.text), omit ? omit->value : (struct str){0});
	c->text = buf_take(&text, m->arena);
	expansion_release(&x);
}

/* The text, its last line ended. */
static struct str
ended_text(struct str text, struct arena *a)
{
	struct buf ended = {0};

	if (text.len == 0 || text.data[text.len - 1] == '\n')
		return text;
	buf_add(&ended, text);
	buf_byte(&ended, '\n');
	return buf_take(&ended, a);
}

/* Bytes that no compiler takes, told at their place. */
static void
check_bytes(struct cell *c, struct diag *d)
{
	struct str rest = c->text, text;

	for (size_t line = 1; str_line(&rest, &text); line++) {
		size_t nul = str_find_byte(text, '\0'), bad = str_utf8_error(text);

		if (nul < text.len) {
			diag_error(d, STATUS_STRUCTURE, cell_place(c, line, nul + 1), "nul-in-cell",
			    "a cell cannot hold a NUL byte: write \\0 in a string");
			c->is_broken = true;
			return;
		}
		if (bad < text.len) {
			diag_warning(d, cell_place(c, line, bad + 1), "bad-utf8",
			    "this is not valid UTF-8; the compiler gets the bytes as they are");
			return;
		}
	}
}

/* Where a comment begins that never ends; the length of the text if there is none. */
static size_t
open_comment(struct str s)
{
	for (size_t i = 0; i < s.len; i++) {
		char c = s.data[i], next = i + 1 < s.len ? s.data[i + 1] : '\0';

		if (c == '/' && next == '*') {
			size_t end = str_find(str_slice(s, i + 2, s.len), STR("*/"));

			if (i + 2 + end >= s.len)
				return i;
			i += end + 3;
		} else if (c == '/' && next == '/') {
			while (i < s.len && s.data[i] != '\n')
				i += s.data[i] == '\\' ? 2 : 1;
		} else if (c == '"' || c == '\'') {
			for (i++; i < s.len && s.data[i] != c && s.data[i] != '\n'; i++)
				i += s.data[i] == '\\';
		}
	}
	return s.len;
}

/* The rest of the cell would be gone without a word. */
static void
check_comment(struct cell *c, struct diag *d)
{
	size_t at = open_comment(c->text), line = 1, start = 0;

	if (at == c->text.len)
		return;
	for (size_t i = 0; i < at; i++) {
		if (c->text.data[i] == '\n') {
			line++;
			start = i + 1;
		}
	}
	diag_error(d, STATUS_COMPILE, cell_place(c, line, at - start + 1), "compile",
	    "unterminated comment: end it with */");
	c->is_broken = true;
}

void
cell_check(struct cell *c, struct diag *d)
{
	check_bytes(c, d);
	if (c->kind == CELL_C)
		check_comment(c, d);
}

/* ---- console blocks ----------------------------------------------------------------- */

/* The lines stay as they are: nothing in a transcript is a reference. */
static void
take_transcript(struct making *m, struct cell *c)
{
	const struct block *b = c->block;
	struct transcript *t = arena_alloc(m->arena, 1, sizeof *t);
	struct body rest = block_body(b);
	size_t n = b->noptions + rest.nlines;
	struct place *lines = arena_alloc(m->arena, n, sizeof *lines);
	struct buf text = {0};
	struct str line;

	transcript_read(t, body_lines(rest, m->arena), rest.nlines, m->arena);
	buf_fill(&text, '\n', b->noptions);
	for (size_t i = 0; i < b->noptions; i++)
		lines[i] = c->at;
	for (size_t i = b->noptions; body_line(&rest, &line); i++) {
		while (line.len > 0 && (line.data[line.len - 1] == '\n' || line.data[line.len - 1] == '\r'))
			line.len--;
		lines[i] = place_of(&b->document->source, line);
		buf_add(&text, line);
		buf_byte(&text, '\n');
	}
	c->transcript = t;
	c->is_isolated = true;
	c->lines = lines;
	c->nlines = n;
	c->text = buf_take(&text, m->arena);
}

static void
check_transcript(struct making *m, struct cell *c)
{
	const struct transcript *t = c->transcript;

	if (t->n == 0)
		diag_warning(m->diag, c->at, "no-command",
		    "no line of this block begins with '$ ': there is nothing to run");
	for (size_t i = 0; i < t->n; i++) {
		const struct step *s = &t->steps[i];
		size_t line = c->block->noptions + s->output;

		if (s->is_open)
			diag_error(m->diag, STATUS_STRUCTURE, cell_place(c, line, 1), "open-command",
			    "this command ends in a backslash, and nothing goes on with it");
		else if (str_find_byte(s->command, '\0') < s->command.len)
			diag_error(m->diag, STATUS_STRUCTURE, cell_place(c, line, 1), "nul-in-cell",
			    "a command cannot hold a NUL byte: write \\0 for printf");
		else
			continue;
		c->is_broken = true;
	}
}

/* ---- other languages ------------------------------------------------------------------ */

/* Cells of its language share nothing with others; alone unless they say otherwise. */
static void
take_interpreter(struct making *m, struct cell *c)
{
	const struct option *o = said(m, c->block, "session");

	c->interpreter = block_interpreter(c->block);
	if (!o || !interpreter_takes(c->interpreter, "{driver}"))
		c->is_isolated = true;
	c->session = arena_printf(m->arena, "%s %.*s", c->interpreter->language,
	    STR_ARG(c->is_isolated ? STR("none") : c->session));
}

static void
refuse_option(struct making *m, struct cell *c, const char *key, const char *why)
{
	const struct option *o = options_find(&c->block->options, key);

	if (!o)
		return;
	diag_error(m->diag, STATUS_STRUCTURE, o->at, "misplaced-option", "%s cells take no '%s': %s",
	    c->interpreter->language, key, why);
	c->is_broken = true;
}

static void
check_interpreter(struct making *m, struct cell *c)
{
	bool keeps = interpreter_takes(c->interpreter, "{driver}");
	const struct option *o = options_find(&c->block->options, "session");

	if (!keeps && o && !str_eq(o->value, STR("none")))
		refuse_option(m, c, "session", "each is a process of its own");
	if (keeps || interpreter_takes(c->interpreter, "{file}"))
		return;
	refuse_option(m, c, "stdin", "their text is what the program reads there");
	refuse_option(m, c, "stdin-from", "their text is what the program reads there");
}

/* What it prints stands between its commands. */
static void
refuse_generates(const struct making *m, struct cell *c)
{
	const struct option *o = options_find(&c->block->options, "generates");

	if (!o)
		return;
	diag_error(m->diag, STATUS_STRUCTURE, o->at, "bad-value",
	    "a console block generates no cell: it shows what each of its commands prints; let a block of sh, Lua, C or another language print it");
	c->is_broken = true;
}

static enum cell_kind
kind_of(const struct block *b)
{
	switch (block_engine(b)) {
	case ENGINE_CONSOLE:
		return CELL_CONSOLE;
	case ENGINE_LUA:
		return CELL_LUA;
	case ENGINE_OTHER:
		return CELL_ENGINE;
	case ENGINE_NONE:
	case ENGINE_C:
		break;
	}
	return CELL_C;
}

/* An option as one instance of the block has it. */
static struct option
filled_option(struct making *m, const struct instance *i, struct option o)
{
	struct str rest = o.value, *items = arena_alloc(m->arena, o.nitems, sizeof *items), name;

	while (params_next(&rest, &name))
		if (!instance_value(i, name)) {
			params_complain(i->params, o.at, name, m->diag);
			o.is_bad = true;
		}
	o.value = instance_text(i, o.value, m->arena);
	for (size_t k = 0; k < o.nitems; k++)
		items[k] = instance_text(i, o.items[k], m->arena);
	o.items = items;
	return o;
}

static const struct options *
filled_options(struct making *m, const struct cell *c, const struct block *b)
{
	struct options *o;

	if (!c->values)
		return &b->options;
	o = arena_copy(m->arena, &b->options, 1, sizeof *o);
	o->list = arena_copy(m->arena, o->list, o->n, sizeof *o->list);
	for (size_t i = 0; i < o->n; i++)
		if (!str_eq(o->list[i].key, STR("params")))
			o->list[i] = filled_option(m, c->values, o->list[i]);
	return o;
}

static struct str
title_of(struct making *m, const struct cell *c)
{
	if (c->instance.len == 0)
		return c->name;
	if (c->name.len > 0)
		return arena_printf(m->arena, "%.*s[%.*s]", STR_ARG(c->name), STR_ARG(c->instance));
	return arena_printf(m->arena, "%zu[%.*s]", c->ordinal, STR_ARG(c->instance));
}

static void
make_cell(struct making *m, struct cell *c, const struct block *b)
{
	c->kind = kind_of(b);
	c->block = b;
	c->at = b->at;
	c->name = b->name;
	c->title = title_of(m, c);
	c->marker = b->name.len ? b->name : STR("cell");
	c->only_compile = b->run == RUN_COMPILE;
	m->own = filled_options(m, c, b);
	take_options(m, c);
	if (c->kind == CELL_ENGINE)
		take_interpreter(m, c);
	if (c->kind == CELL_CONSOLE) {
		refuse_generates(m, c);
		take_transcript(m, c);
		check_transcript(m, c);
		return;
	}
	if (!graph_check_block(m->graph, b, false, m->diag) ||
	    (b->params && !grid_check(b->params, b, m->diag))) {
		c->is_broken = true;
		return;
	}
	take_text(m, c);
	cell_check(c, m->diag);
	if (c->kind == CELL_ENGINE)
		check_interpreter(m, c);
}

/* ---- generated cells ------------------------------------------------------------------ */

static enum cell_kind
kind_of_language(struct str language)
{
	return str_eq(language, STR("lua")) ? CELL_LUA : CELL_C;
}

/*
 * What the block says of compiling and of limits is said of both cells; what a
 * cell reads is its generator's, and an expected failure that of what was made.
 */
static void
make_generated(struct making *m, struct cell *c, struct cell *generator, struct str language)
{
	struct str name = generator->name, instance = generator->instance;
	size_t number = c->number;

	*c = *generator;
	c->number = number;
	c->kind = kind_of_language(language);
	c->is_cxx = str_eq(language, STR("c++"));
	c->std = standard_of(m, c->block->standard.len > 0 && !c->is_cxx ? NULL : c->block, c->is_cxx);
	c->name = name.len ? arena_printf(m->arena, "%.*s!", STR_ARG(name)) : name;
	c->title = generator->title.len ? arena_printf(m->arena, "%.*s!", STR_ARG(generator->title)) :
	    arena_printf(m->arena, "%zu!", generator->ordinal);
	c->instance = arena_printf(m->arena, "%.*s%s" BLOCK_GENERATED, STR_ARG(instance),
	    instance.len ? " " : "");
	c->marker = name.len ? c->name : STR("cell");
	c->session = session_of(m, c->block);
	c->is_isolated = str_eq(c->session, STR("none"));
	c->generator = generator;
	c->is_pending = true;
	c->only_compile = c->block->run == RUN_COMPILE;
	c->transcript = NULL;
	c->text = c->stdin_text = (struct str){0};
	c->lines = NULL;
	c->nlines = c->nargs = c->ndata = 0;
	generator->generates = true;
	generator->only_compile = false;
	generator->fails = (struct expectation){ .kind = FAILS_NOT, .status = -1 };
}

void
cell_take_generated(struct cell *c, struct str text, struct arena *a, struct diag *d)
{
	struct source *s = arena_alloc(a, 1, sizeof *s);
	struct place *lines;

	source_init(s, a, c->at.source->name, ended_text(text, a));
	s->made_at = c->at;
	c->nlines = source_nlines(s);
	lines = arena_alloc(a, c->nlines, sizeof *lines);
	for (size_t i = 0; i < c->nlines; i++)
		lines[i] = (struct place){ s, source_start(s, i + 1), source_line(s, i + 1).len };
	c->lines = lines;
	c->text = s->text;
	c->is_pending = false;
	cell_check(c, d);
}

/* ---- preludes ---------------------------------------------------------------------- */

/* Headers are made to be included, by each unit and as often as need be. */
static bool
is_header(struct str path)
{
	return str_ends(path, STR(".h")) || str_ends(path, STR(".hpp")) ||
	    str_ends(path, STR(".hh"));
}

/* The text of a prelude, its last line ended. */
static struct str
prelude_text(struct making *m, struct str path, struct str text)
{
	return is_header(path) ? arena_printf(m->arena, "#include \"%.*s\"\n", STR_ARG(path)) :
	    ended_text(text, m->arena);
}

static bool
make_prelude(struct making *m, struct cell *c, struct word file)
{
	struct source *s = arena_alloc(m->arena, 1, sizeof *s);
	struct place *lines;
	struct str text;

	add_file(m, file.text);
	if (!file_read(m->root, file.text, LARGEST_PRELUDE, m->arena, &text, m->diag)) {
		diag_note(m->diag, file.at, "it is named here as a prelude");
		return false;
	}
	text = prelude_text(m, file.text, text);
	source_init(s, m->arena, file.text, text);
	c->nlines = source_nlines(s);
	lines = arena_alloc(m->arena, c->nlines, sizeof *lines);
	for (size_t i = 0; i < c->nlines; i++)
		lines[i] = (struct place){ s, source_start(s, i + 1), source_line(s, i + 1).len };
	c->at = place_file(s);
	c->is_header = is_header(file.text);
	c->name = c->title = c->marker = file.text;
	take_options(m, c);
	c->is_recorded |= c->is_header && !c->is_fresh;	/* it is nobody's to run */
	c->fails.kind = FAILS_NOT;
	c->text = text;
	c->lines = lines;
	check_bytes(c, m->diag);
	return true;
}

/* A pattern may have blanks in it: a text is one word. */
static size_t
take_normalizers(struct making *m, const struct word **words)
{
	const struct option *const *stack;
	size_t depth = options_stack(&m->blocks->document->options, "normalizers", m->arena, &stack), n = 0;
	struct word *list;

	for (size_t k = 0; k < depth; k++)
		n += stack[k]->is_list ? stack[k]->nitems : 1;
	list = arena_alloc(m->arena, n, sizeof *list);
	n = 0;
	for (size_t k = 0; k < depth; k++) {
		const struct option *o = stack[k];

		for (size_t i = 0; i < o->nitems; i++)
			list[n++] = (struct word){ o->items[i], o->at };
		if (!o->is_list)
			list[n++] = (struct word){ o->value, o->at };
		m->saw_bad |= o->is_bad;
	}
	*words = list;
	return n;
}

static void
add_generated(struct making *m, struct cells *cells, struct cell *generator)
{
	const struct option *o = find(m, &generator->block->options, "generates");
	struct cell *c = &cells->list[cells->n];

	if (!o)
		return;
	c->number = cells->n++;
	make_generated(m, c, generator, o->value);
}

static size_t
instances_of(const struct block *b)
{
	return !b->is_cell ? 0 : b->params ? b->params->count : 1;
}

static size_t
count_cells(const struct blocks *b)
{
	size_t n = 0;

	for (size_t i = 0; i < b->n; i++)
		n += instances_of(&b->list[i]);
	return n;
}

/*
 * Generators of a grid go first, and then what they made: so all of it is known after
 * one round, and compiled at once.
 */
static void
make_instances(struct making *m, struct cells *cells, const struct block *b, size_t ordinal)
{
	size_t first = cells->n, n = instances_of(b);

	for (size_t k = 0; k < n; k++) {
		struct cell *c = &cells->list[cells->n];

		c->number = cells->n++;
		c->ordinal = ordinal;
		if (b->params) {
			c->values = params_instance(b->params, k, m->arena);
			c->instance = c->values->label;
		}
		make_cell(m, c, b);
	}
	for (size_t k = 0; k < n; k++)
		add_generated(m, cells, &cells->list[first + k]);
}

void
cells_make(struct cells *cells, struct graph *g, const struct blocks *b,
    const struct root *root, struct arena *a, struct diag *d)
{
	struct making m = { .graph = g, .blocks = b, .root = root, .arena = a, .diag = d };
	const struct word *preludes;
	size_t npreludes = words_of(&m, NULL, "prelude", &preludes), ordinal = 0;

	*cells = (struct cells){ .blocks = b, .config = b->document->config, .path = b->document->path };
	cells->nsources = words_of(&m, NULL, "sources", &cells->sources);
	cells->nnormalizers = take_normalizers(&m, &cells->normalizers);
	cells->list = arena_alloc(a, npreludes + 2 * count_cells(b), sizeof *cells->list);
	for (size_t i = 0; i < npreludes; i++) {
		struct cell *c = &cells->list[cells->n];

		c->number = cells->n;
		if (make_prelude(&m, c, preludes[i]))
			cells->n++;
	}
	for (size_t i = 0; i < b->n; i++) {
		if (b->list[i].is_cell)
			make_instances(&m, cells, &b->list[i], ++ordinal);
	}
	cells->files = arena_copy(a, m.files, m.nfiles, sizeof *m.files);
	cells->nfiles = m.nfiles;
	mem_free(m.files);
}

/* ---- asking ------------------------------------------------------------------------ */

struct cell_origin
cell_origin(const struct cell *c, size_t line)
{
	if (!c->origins || line < 1 || line > c->nlines)
		return (struct cell_origin){ .line = line };
	return c->origins[line - 1];
}

struct str
cell_line(const struct cell *c, size_t line)
{
	struct str rest = c->text, text = {0};

	for (size_t i = 0; i < line; i++)
		if (!str_line(&rest, &text))
			return (struct str){0};
	return text;
}

/* Where a column of a filled line stands in the line as it is written. */
static size_t
written_column(const struct cell *c, struct place at, struct str text, size_t column)
{
	struct str written = str_slice(at.source->text, at.offset, at.offset + at.length);
	size_t filled = instance_text_size(c->values, written), indent;

	indent = text.len > filled ? text.len - filled : 0;
	return column > indent ? instance_origin(c->values, written, column - indent) : 0;
}

struct place
cell_place(const struct cell *c, size_t line, size_t column)
{
	struct place at;
	struct str text;
	size_t indent;

	if (line < 1 || line > c->nlines)
		return c->at;
	at = c->lines[line - 1];
	if (column < 1 || at.offset == PLACE_FILE)
		return at;
	/* a reference's indentation stands before the line's own text */
	text = cell_line(c, line);
	if (c->values && !c->generator) {
		column = written_column(c, at, text, column - 1);
		return (struct place){ at.source, at.offset + column, column < at.length };
	}
	indent = text.len > at.length ? text.len - at.length : 0;
	column = column - 1 > indent ? column - 1 - indent : 0;
	if (column > at.length)
		column = at.length;
	return (struct place){ at.source, at.offset + column, column < at.length };
}
