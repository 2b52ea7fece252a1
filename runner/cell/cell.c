#include "runner/cell/making.h"

#include "runner/cell/transcript.h"
#include "tangle/base/arena.h"
#include "tangle/base/diag.h"
#include "tangle/base/file.h"
#include "tangle/base/mem.h"
#include "tangle/base/root.h"
#include "tangle/document/block.h"
#include "tangle/document/blocks.h"
#include "tangle/document/params.h"
#include "tangle/expand/check.h"
#include "tangle/expand/expand.h"
#include "tangle/expand/graph.h"
#include "tangle/expand/grid.h"
#include "tangle/project/interpreter.h"
#include "tangle/project/settings.h"

enum { LARGEST_PRELUDE = 8 << 20 };

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
	const struct option *omit = making_said(m, c->block, "omit");
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
	const struct option *o = making_said(m, c->block, "session");

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

/* A transcript that is headed as a script: the prompt would be its first command. */
static void
check_script(const struct making *m, const struct cell *c)
{
	struct str language = c->interpreter ? str_of(c->interpreter->language) : STR("");

	if ((str_eq(language, STR("sh")) || str_eq(language, STR("bash")) || str_eq(language, STR("zsh"))) &&
	    str_starts(str_trim(c->text), STR("$ ")))
		diag_warning(m->diag, c->at, "no-command",
		    "'$ ' is no command: a block with commands and what they print is a console block");
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
	cell_take_options(m, c);
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
	if (c->kind == CELL_ENGINE) {
		check_interpreter(m, c);
		check_script(m, c);
	}
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
	c->std = making_standard(m, c->block->standard.len > 0 && !c->is_cxx ? NULL : c->block, c->is_cxx);
	c->name = name.len ? arena_printf(m->arena, "%.*s!", STR_ARG(name)) : name;
	c->title = generator->title.len ? arena_printf(m->arena, "%.*s!", STR_ARG(generator->title)) :
	    arena_printf(m->arena, "%zu!", generator->ordinal);
	c->instance = arena_printf(m->arena, "%.*s%s" BLOCK_GENERATED, STR_ARG(instance),
	    instance.len ? " " : "");
	c->marker = name.len ? c->name : STR("cell");
	c->session = making_session(m, c->block);
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

	making_add_file(m, file.text);
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
	cell_take_options(m, c);
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
	const struct option *o = making_find(m, &generator->block->options, "generates");
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
	size_t npreludes = making_words(&m, NULL, "prelude", &preludes), ordinal = 0;

	*cells = (struct cells){ .blocks = b, .config = b->document->config, .path = b->document->path };
	cells->nsources = making_words(&m, NULL, "sources", &cells->sources);
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

size_t
cell_last_line(const struct cell *c)
{
	struct str rest = c->text, text;
	size_t last = 1;

	for (size_t line = 1; str_line(&rest, &text); line++)
		if (!str_is_blank(text))
			last = line;
	return last;
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
