#include "runner/cli/console.h"

#include <stdlib.h>

#include "runner/cache/key.h"
#include "runner/cell/cell.h"
#include "runner/cell/transcript.h"
#include "runner/cli/notebook.h"
#include "runner/cli/parts.h"
#include "runner/cli/scratch.h"
#include "runner/cli/surroundings.h"
#include "runner/output/paths.h"
#include "runner/output/printed.h"
#include "runner/output/region.h"
#include "runner/output/screen.h"
#include "runner/script/hooking.h"
#include "runner/session/run.h"
#include "tangle/base/arena.h"
#include "tangle/base/buf.h"
#include "tangle/base/diag.h"
#include "tangle/base/root.h"
#include "tangle/document/block.h"
#include "tangle/project/settings.h"

enum {
	LONGEST_SCRIPT = 100 << 10,	/* the system takes 128 KiB as one argument */
	MOST_KEPT = 256 << 20		/* of what a block prints */
};

/* ---- before ---------------------------------------------------------------------- */

static struct str
below_root(const struct console *c)
{
	size_t front = c->root.len + !str_ends(c->root, STR("/"));

	if (str_starts(c->document, c->root) && c->document.len > front &&
	    c->document.data[front - 1] == '/')
		return str_slice(c->document, front, c->document.len);
	return path_name(c->document);
}

static const char *
setting(struct arena *a, const char *name, struct str value)
{
	return arena_cstr(a, arena_printf(a, "%s=%.*s", name, STR_ARG(value)));
}

/*
 * The caller's, with our own folder behind it: a document that shows skein at
 * work finds the one that runs it, installed or not.
 */
static struct str
search_path(struct arena *a)
{
	const char *path = getenv("PATH");
	struct str own = parts_folder(a);

	if (!path)
		return (struct str){0};
	return own.len > 0 ? arena_printf(a, "%s:%.*s", path, STR_ARG(own)) : str_of(path);
}

/* The folder, then what sh has in its environment besides what all cells have. */
static void
set_arguments(struct console *c, struct arena *a)
{
	struct str path = search_path(a);
	const char **to = c->arguments;

	*to++ = c->tree.files.data;
	if (path.len > 0)
		*to++ = setting(a, "PATH", path);
	*to++ = setting(a, "HOME", c->tree.temp);
	*to++ = setting(a, "TMPDIR", c->tree.temp);
	*to++ = setting(a, "SKEIN_TREE", c->tree.files);
	*to++ = setting(a, "SKEIN_ROOT", c->root);
	*to++ = setting(a, "SKEIN_DOC", c->document);
	c->narguments = (size_t)(to - c->arguments);
}

/* The targets, and the document unless it is one of them. */
static bool
open_tree(struct console *c, struct arena *a, struct diag *d)
{
	const struct scratch *s = c->scratch;
	struct scratch_file *files = arena_alloc(a, s->nfiles + 1, sizeof *files);
	struct scratch_file document = { below_root(c), region_bare(c->cells, a), -1 };
	size_t n;

	for (n = 0; n < s->nfiles; n++) {
		files[n] = s->targets[n];
		if (str_eq(files[n].path, document.path))
			document.path = (struct str){0};
	}
	if (document.path.len > 0)
		files[n++] = document;
	if (!tree_open(&c->tree, files, n, c->document, c->cache, a, d))
		return false;
	set_arguments(c, a);
	return true;
}

/* And what this block asks for, which counts more. */
static void
add_env(const struct console *c, const struct cell *cell, struct session_run *run, struct arena *a)
{
	const char *const *env;
	size_t n = surroundings_env(cell, a, &env);
	const char **all = arena_alloc(a, c->narguments + n, sizeof *all);

	for (size_t i = 0; i < c->narguments; i++)
		all[i] = c->arguments[i];
	for (size_t i = 0; i < n; i++)
		all[c->narguments + i] = env[i];
	run->args = all;
	run->nargs = c->narguments + n;
}

static struct str
script_of(const struct console *c, const struct transcript *t, struct arena *a)
{
	struct str *commands = arena_alloc(a, t->n, sizeof *commands);

	for (size_t i = 0; i < t->n; i++)
		commands[i] = t->steps[i].command;
	return shell_script(&c->shell, commands, t->n, a);
}

bool
console_begin(struct console *c, const struct cell *cell, struct session_run *run,
    struct arena *a, struct diag *d)
{
	struct str script;

	c->is_open = c->is_open || open_tree(c, a, d);
	if (!c->is_open)
		return false;
	shell_init(&c->shell);
	script = script_of(c, cell->transcript, a);
	if (script.len > LONGEST_SCRIPT) {
		diag_error(d, STATUS_LIMIT, cell->at, "too-large",
		    "the commands of this block are longer than %d KiB together: put them into a script",
		    LONGEST_SCRIPT >> 10);
		return false;
	}
	*run = (struct session_run){
		.object = { .bytes = script, .number = cell->number, .marker = cell->marker },
		.is_program = true, .is_isolated = true, .is_shell = true,
		.stdin_text = cell->stdin_text, .timeout = cell->timeout,
		/* all of it: the marks between commands must not be left out */
		.output_kept = cell->output_kill < MOST_KEPT ? (size_t)cell->output_kill : MOST_KEPT,
		.output_kill = (size_t)cell->output_kill, .memory = cell->memory == SETTING_NO_LIMIT ? 0 : (size_t)cell->memory,
		.is_machines = cell->memory == 0,
		.file_size = cell->file_size, .processes = cell->processes,
	};
	add_env(c, cell, run, a);
	return true;
}

/* Is the document itself read, as far as can be seen?  Its name in the tree, or *.md, or its path. */
static bool
names_document(struct str document, struct str command)
{
	struct str name = path_name(document);
	size_t dot = name.len;

	while (dot > 0 && name.data[dot - 1] != '.')
		dot--;
	if (dot > 1)
		name = str_slice(name, dot - 1, name.len);
	return str_find(command, name) < command.len ||
	    str_find(command, STR("SKEIN_DOC")) < command.len;
}

bool
console_reads(const struct cell *cell, struct str document)
{
	const struct transcript *t = cell->transcript;

	for (size_t i = 0; i < t->n; i++)
		if (names_document(document, t->steps[i].command))
			return true;
	return false;
}

void
console_key(const struct console *c, const struct cell *cell, struct key *k)
{
	const struct transcript *t = cell->transcript;
	const uint64_t limits[] = { (uint64_t)cell->timeout, cell->memory, cell->output_kill,
	    cell->output_limit, cell->file_size, cell->processes };
	struct arena a;

	for (size_t i = 0; i < t->n; i++)
		key_add(k, 16, t->steps[i].command);
	key_add(k, 17, (struct str){ (const char *)limits, sizeof limits });
	for (size_t i = 0; i < c->scratch->nfiles; i++) {
		const struct scratch_file *f = &c->scratch->targets[i];

		key_add(k, 18, f->path);
		key_add(k, 19, f->text);
		key_add(k, 20, (struct str){ (const char *)&f->mode, sizeof f->mode });
	}
	if (!console_reads(cell, c->document))
		return;
	arena_init(&a);
	key_add(k, 21, region_bare(c->cells, &a));
	arena_release(&a);
}

/* ---- what was printed -------------------------------------------------------------- */

/* Take "12: ", "line 12: ", "eval: " or "-c: " off the front. */
static bool
take_our_place(struct str *s)
{
	struct str rest = *s;
	size_t digits = 0;

	if (str_starts(rest, STR("eval: ")) || str_starts(rest, STR("-c: "))) {
		*s = str_slice(rest, str_find(rest, STR(" ")) + 1, rest.len);
		return true;
	}
	if (str_starts(rest, STR("line ")))
		rest = str_slice(rest, 5, rest.len);
	while (digits < rest.len && rest.data[digits] >= '0' && rest.data[digits] <= '9')
		digits++;
	if (digits == 0 || !str_starts(str_slice(rest, digits, rest.len), STR(": ")))
		return false;
	*s = str_slice(rest, digits + 2, rest.len);
	return true;
}

/* "sh: 3: eval: make: not found": only the first word and the last two are not about us. */
static void
add_shell_words(struct buf *to, struct str text)
{
	while (text.len > 0) {
		size_t end = str_find_byte(text, '\n');
		struct str line = str_slice(text, 0, end < text.len ? end + 1 : end);

		text = str_slice(text, line.len, text.len);
		if (str_starts(line, STR("sh: "))) {
			buf_add(to, STR("sh: "));
			line = str_slice(line, 4, line.len);
			while (take_our_place(&line))
				;
		}
		buf_add(to, line);
	}
}

static void
add_text(const struct console *c, struct str bytes, struct buf *to)
{
	const struct path_word words[] = {
		{ c->tree.files, STR("$SKEIN_TREE") }, { c->tree.temp, STR("$TMPDIR") },
		{ c->root, STR("$SKEIN_ROOT") },
	};
	struct buf printed = {0}, plain = {0};

	screen_text(&printed, bytes);
	add_shell_words(&plain, buf_str(&printed));
	paths_replace(to, buf_str(&plain), words, sizeof words / sizeof words[0]);
	buf_release(&printed);
	buf_release(&plain);
}

/* As it stands below a command. */
static struct str
text_below(const struct console *c, const struct cell *cell, const struct shell_part *part,
    bool is_steady, struct arena *a)
{
	struct printed p = { .lost = part->out.left_out, .is_steady = is_steady };
	struct buf all = {0}, kept = {0}, made = {0};
	bool has_end;

	add_text(c, part->out.head, &all);
	p.gap = all.len;
	add_text(c, part->out.tail, &all);
	has_end = all.len == 0 || all.data[all.len - 1] == '\n';
	printed_end_line(&all);
	p.text = buf_str(&all);
	printed_bounded(&kept, &p, cell->output_limit ? SIZE_MAX : OUTPUT_LINES,
	    cell->output_limit ? (size_t)cell->output_limit : OUTPUT_BYTES);
	if (!has_end && (is_steady || kept.len == all.len))
		kept.len--;
	transcript_output(&made, buf_str(&kept), part->status);
	buf_release(&all);
	buf_release(&kept);
	buf_byte(&made, '\0');	/* never NULL, which is said of what stays */
	made.len--;
	return buf_take(&made, a);
}

/* ---- after ------------------------------------------------------------------------ */

/* What sh says of a command that it cannot read is the last thing that it says. */
static struct str
syntax_error(const struct shell_part *part)
{
	struct str rest = part->out.tail.len > 0 ? part->out.tail : part->out.head, line, last = {0};

	for (size_t i = 0; i < 4 && rest.len > 0; i++) {	/* bash says more than dash */
		size_t from;

		if (rest.data[rest.len - 1] == '\n')
			rest.len--;
		for (from = rest.len; from > 0 && rest.data[from - 1] != '\n'; from--)
			;
		line = str_slice(rest, from, rest.len);
		rest.len = from;
		if (!str_starts(line, STR("sh: ")))
			break;
		line = str_slice(line, 4, line.len);
		while (take_our_place(&line))
			;
		if (str_starts(line, STR("Syntax error")) || str_starts(line, STR("syntax error")) ||
		    str_starts(line, STR("unexpected EOF")))
			last = line;
	}
	return last;
}

/* The command in which it ended is the place. */
static void
set_place(const struct cell *cell, size_t at, struct outcome *o, struct arena *a)
{
	struct frame f = { .marker = cell->marker, .cell = cell->number, .column = 1 };

	if (at >= cell->transcript->n)
		return;
	f.line = cell->block->noptions + cell->transcript->steps[at].line + 1;
	f.at = cell_place(cell, f.line, 1);
	o->frames = arena_copy(a, &f, 1, sizeof f);
	o->nframes = 1;
}

/*
 * A status is part of the transcript, and no failure; but a shell that ends
 * before its last command has come is one.
 */
static void
judge(const struct cell *cell, const struct shell_part *last, size_t at, struct outcome *o,
    struct arena *a)
{
	bool is_exit = o->kind == OUTCOME_DONE || o->kind == OUTCOME_EXIT;
	struct str unread = is_exit && last ? syntax_error(last) : (struct str){0};

	if (is_exit && at + 1 >= cell->transcript->n && unread.len == 0) {
		o->kind = OUTCOME_DONE;
		return;
	}
	if (is_exit) {
		o->kind = OUTCOME_EXIT;
		o->what = unread.len ? arena_printf(a, "sh cannot read this: %.*s", STR_ARG(unread)) :
		    arena_printf(a, "the shell ended early, with status %d", o->status);
	}
}

const struct console_result *
console_end(struct console *c, const struct cell *cell, struct outcome *o, struct arena *a)
{
	const struct transcript *t = cell->transcript;
	struct shell_part *parts = arena_alloc(a, t->n, sizeof *parts);
	struct str *made = arena_alloc(a, t->n, sizeof *made);
	struct console_result *r = arena_alloc(a, 1, sizeof *r);
	size_t at = shell_split(&c->shell, &o->out, parts, t->n);

	*r = (struct console_result){ .made = made, .parts = parts };
	if (o->kind == OUTCOME_LOAD)
		return r;
	r->nrun = at < t->n ? at + 1 : at;
	if (at < t->n && o->kind == OUTCOME_EXIT)
		parts[at].status = o->status;
	judge(cell, at < t->n ? &parts[at] : NULL, at, o, a);
	for (size_t k = 0; k < r->nrun; k++)
		made[k] = text_below(c, cell, &parts[k], k < at || o->kind == OUTCOME_DONE ||
		    o->kind == OUTCOME_EXIT || o->kind == OUTCOME_CRASH, a);
	o->out = (struct captured){0};
	return r;
}

void
console_place(const struct console_result *r, const struct cell *cell, struct outcome *o,
    struct arena *a)
{
	if (o->kind != OUTCOME_DONE && r->nrun > 0)
		set_place(cell, r->nrun - 1, o, a);
}

/* Take the last line off the text. */
static struct str
take_last(struct str *text)
{
	size_t from = text->len > 0 ? text->len - 1 : 0;
	struct str last;

	while (from > 0 && text->data[from - 1] != '\n')
		from--;
	last = str_slice(*text, from, text->len);
	text->len = from;
	return last;
}

const struct console_result *
console_hooked(const struct console_result *r, const struct cell *cell, struct hooking *h,
    struct arena *a, struct diag *d)
{
	struct console_result *now = arena_copy(a, r, 1, sizeof *now);
	struct str *made = arena_copy(a, r->made, cell->transcript->n, sizeof *made);

	for (size_t k = 0; k < r->nrun; k++) {
		struct str last = r->parts[k].status ? take_last(&made[k]) : STR("");

		if (!hooking_printed(h, cell, cell->transcript->steps[k].command, &made[k], a, d))
			return NULL;
		if (last.len > 0)
			made[k] = arena_printf(a, "%.*s%.*s", STR_ARG(made[k]), STR_ARG(last));
	}
	now->made = made;
	return now;
}

/* A status is compared by itself: no pattern stands for it. */
static enum comparison
compare_step(const struct comparing *how, struct str recorded, int was, struct str made, int is,
    struct arena *a, struct str *text)
{
	struct str last = is ? take_last(&made) : STR("");
	enum comparison found;
	struct buf b = {0};

	if (was)
		take_last(&recorded);
	found = compare_texts(how, recorded, made, a, text);
	if (found != COMPARISON_DIFFERS && was == is) {
		*text = (struct str){0};
		return found;
	}
	buf_add(&b, *text);
	buf_add(&b, last);
	if (!transcript_is_output(buf_str(&b), is, a)) {	/* lines have come where they mean something else */
		buf_clear(&b);
		buf_add(&b, compare_written(how, made, a));
		buf_add(&b, last);
	}
	buf_byte(&b, '\0');	/* never NULL, which is said of what stays */
	b.len--;
	*text = buf_take(&b, a);
	return COMPARISON_DIFFERS;
}

enum comparison
console_compare(const struct console_result *r, const struct cell *cell,
    const struct comparing *how, struct arena *a, const struct str **texts)
{
	const struct transcript *t = cell->transcript;
	struct str *list = arena_alloc(a, t->n, sizeof *list);
	enum comparison worst = COMPARISON_SAME;

	for (size_t k = 0; cell->show_output && k < r->nrun; k++) {
		struct buf recorded = {0};
		enum comparison found;

		transcript_recorded(t, &t->steps[k], &recorded);
		found = compare_step(how, buf_str(&recorded), t->steps[k].status, r->made[k],
		    r->parts[k].status, a, &list[k]);
		buf_release(&recorded);
		if (found > worst)
			worst = found;
	}
	*texts = list;
	return worst;
}

static struct place
place_of_step(const struct cell *cell, size_t k)
{
	return cell_place(cell, cell->block->noptions + cell->transcript->steps[k].line + 1, 1);
}

void
console_report(const struct cell *cell, const struct cell_result *r, struct diag *d)
{
	const struct transcript *t = cell->transcript;
	const struct console_result *c = r->console;

	if (!r->as_expected && c->nrun < t->n)
		diag_note(d, place_of_step(cell, c->nrun),
		    t->n - c->nrun == 1 ? "this command was not run" :
		    "this command and %zu more were not run", t->n - c->nrun - 1);
	if (r->outcome->kind != OUTCOME_DONE)
		return;
	for (size_t k = 0; k < c->nrun; k++)
		if (c->parts[k].status != 0 && c->parts[k].status != t->steps[k].status)
			diag_warning(d, place_of_step(cell, k), "new-status",
			    "this command ended with status %d; the transcript has %d",
			    c->parts[k].status, t->steps[k].status);
}

void
console_close(struct console *c)
{
	if (c->is_open)
		tree_close(&c->tree);
	c->is_open = false;
}
