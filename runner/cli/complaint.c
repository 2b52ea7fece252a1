#include "runner/cli/complaint.h"

#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "runner/build/supply.h"
#include "runner/cli/notebook.h"
#include "runner/cli/relevance.h"
#include "tangle/base/buf.h"
#include "tangle/base/diag.h"
#include "tangle/base/hash.h"
#include "tangle/base/json.h"
#include "tangle/base/map.h"
#include "tangle/base/mem.h"
#include "tangle/expand/expand.h"
#include "tangle/expand/graph.h"

enum { LARGEST_HEADER = 4 << 20, MOST_ERRORS = 3, MOST_WARNINGS = 5 };

/* The messages of one cell, on their way to people. */
struct complaints {
	const struct notebook *notebook;
	const struct cell *cell;
	const struct messages *messages;
	struct arena arena;
	struct map files;		/* marker -> struct text */
	bool ellipsis_told;
};

/* A text that messages are about: a cell's, or like one; else a file. */
struct text {
	const struct cell *cell;
	const struct source *file;	/* NULL: nobody can read it */
};

bool
complaint_is_glue(const struct message *m)
{
	return !m->is_file && m->marker.len > 0 && m->marker.data[0] == '<';
}

size_t
complaint_last_line(const struct cell *c)
{
	struct str rest = c->text, text;
	size_t last = 1;

	for (size_t line = 1; str_line(&rest, &text); line++)
		if (!str_is_blank(text))
			last = line;
	return last;
}

/* ---- places ------------------------------------------------------------------------- */

/* The cell that a marker names: its own, or the one that "cell-0123abcd" stands for. */
static const struct cell *
cell_of_marker(const struct notebook *n, const struct cell *own, struct str marker)
{
	if (str_eq(marker, own->marker))
		return own;
	if (marker.len != 13 || !str_starts(marker, STR("cell-")))
		return NULL;
	for (size_t i = 0; i < n->cells.n; i++) {
		char hex[HASH_HEX + 1];

		digest_hex(hash_of(n->cells.list[i].text), hex);
		if (memcmp(hex, marker.data + 5, 8) == 0)
			return &n->cells.list[i];
	}
	return NULL;
}

/* A tangled target of the document, seen as if it were a cell. */
static const struct cell *
cell_of_target(struct complaints *all, struct str path)
{
	const struct graph *g = all->notebook->graph;

	for (size_t i = 0; i < g->ntargets; i++) {
		const struct node *n = g->targets[i];
		struct expansion x = {0};
		struct cell *c;

		if (n->state != NODE_GOOD || !str_eq(n->file, path))
			continue;
		expand_node(&x, n, &(struct expand_style){ .origins = true });
		c = arena_alloc(&all->arena, 1, sizeof *c);
		c->at = node_file_at(n);
		c->lines = arena_copy(&all->arena, x.lines, x.nlines, sizeof *x.lines);
		c->nlines = x.nlines;
		c->text = buf_take(&x.text, &all->arena);
		expansion_release(&x);
		return c;
	}
	return NULL;
}

/* A header, as the compiler read it a moment ago. */
static const struct source *
read_source(struct complaints *all, struct str marker)
{
	struct str path = str_starts(marker, STR("/")) ? marker :
	    arena_printf(&all->arena, "%.*s/%.*s", STR_ARG(all->notebook->root_path), STR_ARG(marker));
	FILE *f = fopen(arena_cstr(&all->arena, path), "re");
	struct source *s = arena_alloc(&all->arena, 1, sizeof *s);
	struct buf text = {0};
	size_t n = 1;

	while (f && n > 0 && text.len < LARGEST_HEADER) {
		n = fread(buf_room(&text, BUFSIZ), 1, BUFSIZ, f);
		text.len += n;
	}
	if (f)
		fclose(f);
	source_init(s, &all->arena, marker, buf_take(&text, &all->arena));
	return f ? s : NULL;
}

static const struct text *
text_of(struct complaints *all, const struct message *m)
{
	struct text *t = map_get(&all->files, m->marker);

	if (t)
		return t;
	t = arena_alloc(&all->arena, 1, sizeof *t);
	t->cell = m->is_file ? cell_of_target(all, m->marker)
	    : cell_of_marker(all->notebook, all->cell, m->marker);
	if (!t->cell && m->is_file)
		t->file = read_source(all, m->marker);
	map_put(&all->files, m->marker, t);
	return t;
}

static struct place
place_in_file(const struct source *s, size_t line, size_t column)
{
	struct str text = source_line(s, line);
	size_t start = line >= 1 && line <= source_nlines(s) ? source_start(s, line) : 0;

	if (column < 1)
		column = 1;
	if (column > text.len + 1)
		column = text.len + 1;
	return (struct place){ s, start + column - 1, column <= text.len };
}

/* Nobody can read it: its name has to do. */
static struct place
place_of_name(struct complaints *all, const struct message *m)
{
	struct source *s = arena_alloc(&all->arena, 1, sizeof *s);

	s->name = m->line > 0 ? arena_printf(&all->arena, "%.*s:%zu:%zu", STR_ARG(m->marker),
	    m->line, m->column ? m->column : 1) : m->marker;
	return place_file(s);
}

static struct place
place_at(struct complaints *all, const struct message *m, size_t line, size_t column)
{
	const struct text *t;

	if (m->marker.len == 0)
		return all->cell->at;
	if (complaint_is_glue(m))
		return cell_place(all->cell, complaint_last_line(all->cell), 1);
	t = text_of(all, m);
	if (t->cell && line > t->cell->nlines && t->cell == all->cell)
		return cell_place(t->cell, complaint_last_line(t->cell), 1);
	if (t->cell)
		return cell_place(t->cell, line, column);
	if (t->file && line >= 1 && line <= source_nlines(t->file))
		return place_in_file(t->file, line, column);
	return place_of_name(all, m);
}

/* The bytes between two columns of a message's line; false if they are not there. */
static bool
stretch(struct complaints *all, const struct message *m, const struct span *s,
    struct place *from, size_t *to)
{
	struct place end;

	*from = place_at(all, m, m->line, s->from);
	end = place_at(all, m, m->line, s->to > 1 ? s->to - 1 : 1);
	*to = end.offset + end.length;
	return from->offset != PLACE_FILE && from->source == end.source && *to > from->offset;
}

/* ---- to people ------------------------------------------------------------------------ */

static void
mark_spans(struct complaints *all, const struct message *m, struct diag *d)
{
	for (size_t i = 0; i < m->nspans; i++) {
		struct place from;
		size_t to;

		if (stretch(all, m, &m->spans[i], &from, &to))
			diag_mark(d, from.offset, to - from.offset);
	}
}

static bool
mentions(struct str text, struct str word, struct arena *a)
{
	struct str quoted = arena_printf(a, "'%.*s'", STR_ARG(word));

	return str_find(text, quoted) < text.len;
}

static enum status
status_of(const struct cell *c)
{
	return c->fails.kind == FAILS_NOT ? STATUS_COMPILE : STATUS_FAILED;
}

/* The text that a fix-it replaces; empty if it inserts, or goes over several lines. */
static struct str
replaced(struct complaints *all, const struct message *m, const struct fixit *f)
{
	struct message there = *m;
	struct span s = { f->from, f->to };
	struct place from;
	size_t to;

	there.line = f->line;
	if (f->line != f->to_line || f->to <= f->from || !stretch(all, &there, &s, &from, &to))
		return STR("");
	return str_slice(from.source->text, from.offset, to);
}

/* The compiler's words often name what it would write; if not, say it. */
static void
say_fixes(struct complaints *all, const struct message *m, struct diag *d)
{
	const struct fixit *f = &m->fixes[0];
	struct str text, old;
	struct place at;

	if (m->nfixes != 1 || m->level == MESSAGE_NOTE ||
	    mentions(m->text, f->text, &all->arena))
		return;
	text = str_trim(str_slice(f->text, 0, str_find_byte(f->text, '\n')));
	old = replaced(all, m, f);
	at = place_at(all, m, f->line, f->from);
	if (text.len > 0 && old.len > 0)
		diag_help(d, at, "write '%.*s' instead of '%.*s'", STR_ARG(text), STR_ARG(old));
	else if (text.len > 0)
		diag_help(d, at, "insert '%.*s'", STR_ARG(text));
	else if (old.len > 0)
		diag_help(d, at, "leave '%.*s' away", STR_ARG(old));
}

/* What editors and web pages put in place of the characters of C. */
static const struct {
	const char *theirs, *ours;
} lookalikes[] = {
	{ "\u201C", "\"" }, { "\u201D", "\"" }, { "\u201E", "\"" }, { "\u2033", "\"" },
	{ "\u2018", "'" }, { "\u2019", "'" }, { "\u2032", "'" }, { "\u00B4", "'" },
	{ "\u2013", "-" }, { "\u2014", "-" }, { "\u2212", "-" }, { "\u2010", "-" },
	{ "\u00D7", "*" }, { "\u2217", "*" }, { "\u2264", "<=" }, { "\u2265", ">=" },
	{ "\u2260", "!=" }, { "\u2192", "->" }, { "\u2026", "..." }, { "\u00A0", " " },
	{ "\u200B", "" }, { "\uFEFF", "" }, { "\uFF1B", ";" }, { "\uFF08", "(" },
	{ "\uFF09", ")" }, { "\uFF0C", "," }, { "\uFF1D", "=" },
};

static bool
is_stray(const struct message *m)
{
	return str_starts(m->text, STR("stray '\\")) ||
	    str_starts(m->text, STR("unexpected character <U+")) ||
	    str_starts(m->text, STR("character <U+"));
}

/* The character itself, and the one of C that was meant; false if it cannot be seen. */
static bool
say_stray(struct complaints *all, struct place at, struct diag *d)
{
	struct str rest = at.source && at.offset != PLACE_FILE ?
	    str_slice(at.source->text, at.offset, at.source->text.len) : STR("");
	struct str character = str_slice(rest, 0, str_utf8(rest));

	if (character.len < 2)
		return false;
	diag_error(d, status_of(all->cell), at, "compile", "'%.*s' is no character of C",
	    STR_ARG(character));
	for (size_t i = 0; i < sizeof lookalikes / sizeof *lookalikes; i++) {
		if (!str_eq(character, str_of(lookalikes[i].theirs)))
			continue;
		if (*lookalikes[i].ours == '\0' || *lookalikes[i].ours == ' ')
			diag_help(d, at, "it looks like %s", *lookalikes[i].ours ? "a blank" : "nothing");
		else
			diag_help(d, at, "write '%s'", lookalikes[i].ours);
	}
	return true;
}

/* ---- braces ------------------------------------------------------------------------- */

/* Behind a comment, a literal or a # line that begins at i; i itself if none does. */
static size_t
skip_lexeme(struct str s, size_t i, bool at_start)
{
	struct str rest = str_slice(s, i, s.len);
	char c = s.data[i];

	if (str_starts(rest, STR("/*")))
		return i + 2 + str_find(str_slice(rest, 2, rest.len), STR("*/"));
	if (str_starts(rest, STR("//")) || (c == '#' && at_start)) {
		while (i < s.len && s.data[i] != '\n')
			i += s.data[i] == '\\' ? 2 : 1;
		return i;
	}
	if (c != '"' && c != '\'')
		return i;
	for (i++; i < s.len && s.data[i] != c && s.data[i] != '\n'; i++)
		i += s.data[i] == '\\';
	return i + 1;
}

/* The last brace that is not closed; SIZE_MAX if there is none. */
static size_t
open_brace(struct str s)
{
	size_t *stack = NULL, depth = 0, cap = 0, found;
	bool at_start = true;

	for (size_t i = 0; i < s.len;) {
		size_t next = skip_lexeme(s, i, at_start);

		if (next > i) {
			i = next;
			continue;
		}
		if (s.data[i] == '{') {
			stack = mem_grow(stack, &cap, depth + 1, sizeof *stack);
			stack[depth++] = i;
		} else if (s.data[i] == '}' && depth > 0) {
			depth--;
		}
		at_start = s.data[i] == '\n' || (at_start && strchr(" \t", s.data[i]));
		i++;
	}
	found = depth > 0 ? stack[depth - 1] : SIZE_MAX;
	mem_free(stack);
	return found;
}

static void
note_open_brace(const struct cell *c, struct diag *d)
{
	size_t at = open_brace(c->text), line = 1, start = 0;

	for (size_t i = 0; at != SIZE_MAX && i < at; i++) {
		if (c->text.data[i] == '\n') {
			line++;
			start = i + 1;
		}
	}
	if (at != SIZE_MAX)
		diag_note_here(d, cell_place(c, line, at - start + 1), "this '{' is not closed");
}

/* ---- headers ------------------------------------------------------------------------ */

struct str
complaint_missing_header(struct str text)
{
	size_t cut = str_find(text, STR(": No such file or directory"));

	if (cut < text.len)
		return str_slice(text, 0, cut);
	if (str_starts(text, STR("'")) && str_ends(text, STR("' file not found")))
		return str_slice(text, 1, text.len - 16);
	return STR("");
}

/* Not the document of the same name, nor a source. */
static bool
looks_included(struct str path)
{
	size_t dot = path.len;

	while (dot > 0 && path.data[dot - 1] != '.' && path.data[dot - 1] != '/')
		dot--;
	return dot == 0 || path.data[dot - 1] == '/' || (dot < path.len && strchr("hHi", path.data[dot]));
}

static bool
is_nearer(struct str name, struct str path, unsigned *limit)
{
	unsigned far = looks_included(path) ? str_distance(name, path, *limit) : *limit + 1;

	if (far > *limit || far == 0 || str_ends(path, STR(".c")))
		return false;
	*limit = far;
	return true;
}

/* A target, or a file beside the document, of nearly that name; or empty. */
static struct str
near_header(struct complaints *all, struct str name)
{
	const struct notebook *n = all->notebook;
	DIR *dir = opendir(arena_cstr(&all->arena, n->folder));
	const struct dirent *e;
	struct str best = {0};
	unsigned limit = 2;

	for (size_t i = 0; i < n->graph->ntargets; i++)
		if (is_nearer(name, n->graph->targets[i]->file, &limit))
			best = n->graph->targets[i]->file;
	while (dir && (e = readdir(dir)))
		if (is_nearer(name, str_of(e->d_name), &limit))
			best = arena_str(&all->arena, str_of(e->d_name));
	if (dir)
		closedir(dir);
	return best;
}

static void
help_header(struct complaints *all, struct str name, struct place at, struct diag *d)
{
	const struct supply *s = supply_of_header(name);
	struct str near = near_header(all, name);

	if (near.len > 0)
		diag_help(d, at, "there is a '%.*s'", STR_ARG(near));
	else if (s && s->library)
		diag_help(d, at, "apt install %s, and add libs=%s", s->package, s->library);
	else if (s && s->pc)
		diag_help(d, at, "apt install %s, and add pkg=%s", s->package, s->pc);
	else if (s)
		diag_help(d, at, "apt install %s", s->package);
}

/* ---- one message --------------------------------------------------------------------- */

/* "expected ';' before 'extern'": what stands behind the cell is not the reader's. */
static struct str
words_of(struct complaints *all, const struct message *m, struct place at)
{
	const struct cell *c = all->cell;
	size_t last = complaint_last_line(c);
	struct place end = cell_place(c, last, cell_line(c, last).len + 1);
	size_t cut = str_find(m->text, STR(" before "));

	if (cut == m->text.len || at.source != end.source || at.offset < end.offset)
		return m->text;
	return arena_printf(&all->arena, "%.*s at the end of the cell",
	    STR_ARG(str_slice(m->text, 0, cut)));
}

static bool
same_line(struct place a, struct place b)
{
	return a.source == b.source && (a.source == NULL || a.offset == PLACE_FILE ||
	    b.offset == PLACE_FILE ? a.offset == b.offset :
	    source_position(a.source, a.offset).line == source_position(b.source, b.offset).line);
}

/* It stands in a line that is not the document's. */
static void
note_made(struct complaints *all, const struct message *m, struct diag *d)
{
	const struct text *t = m->marker.len > 0 && !complaint_is_glue(m) ? text_of(all, m) : NULL;

	if (t && t->cell && cell_origin(t->cell, m->line).is_made)
		diag_note(d, t->cell->reworked, "this puts in the line that is meant: %.*s",
		    STR_ARG(str_trim(cell_line(t->cell, m->line))));
}

/* An array, or a pointer to one, between the functions of a cell; as gcc and clang say it. */
static bool
is_of_varying_size(struct str text)
{
	return (str_starts(text, STR("variably modified ")) && str_ends(text, STR(" at file scope"))) ||
	    (str_starts(text, STR("variable length array")) && str_find(text, STR("at file scope")) < text.len);
}

static void
say(struct complaints *all, const struct message *m, struct place *shown, struct diag *d)
{
	struct place at = place_at(all, m, m->line, m->column);
	struct buf text = {0};
	struct str words;

	if (m->level == MESSAGE_ERROR && is_stray(m) && say_stray(all, at, d)) {
		*shown = at;
		return;
	}
	buf_add(&text, words_of(all, m, at));
	if (m->option.len > 0)
		buf_printf(&text, " [%.*s]", STR_ARG(m->option));
	words = buf_str(&text);
	if (m->level != MESSAGE_NOTE || !same_line(at, *shown))
		mark_spans(all, m, d);
	if (m->level == MESSAGE_ERROR)
		diag_error(d, status_of(all->cell), at, "compile", "%.*s", STR_ARG(words));
	else if (m->level == MESSAGE_WARNING)
		diag_warning(d, at, "compiler-warning", "%.*s", STR_ARG(words));
	else if (same_line(at, *shown))
		diag_note(d, at, "%.*s", STR_ARG(words));
	else
		diag_note_here(d, at, "%.*s", STR_ARG(words));
	note_made(all, m, d);
	*shown = at;
	buf_release(&text);
	say_fixes(all, m, d);
	if (m->level == MESSAGE_ERROR && complaint_missing_header(m->text).len > 0)
		help_header(all, complaint_missing_header(m->text), at, d);
	if (m->level == MESSAGE_ERROR && is_of_varying_size(m->text))
		diag_help(d, at, "the variables of a cell last, so that their size has to be known: enum { n = 5 }, "
		    "or malloc and a pointer; or put the lines into braces, where they end");
	if (str_find(m->text, STR("at end of input")) < m->text.len)
		note_open_brace(all->cell, d);
}

static void
say_glue(struct complaints *all, const struct message *m, struct diag *d)
{
	const struct cell *c = all->cell;
	size_t last = complaint_last_line(c);
	bool ends = str_find(m->text, STR("expected")) < m->text.len ||
	    str_find(m->text, STR("at end of input")) < m->text.len;

	if (ends)
		diag_error(d, status_of(c), cell_place(c, last, 1), "compile",
		    "the cell ends too early, behind '%.*s': %.*s",
		    STR_ARG(str_trim(cell_line(c, last))), STR_ARG(m->text));
	else
		diag_error(d, status_of(c), cell_place(c, last, 1), "compile",
		    "somewhere up to here: %.*s", STR_ARG(m->text));
}

static void
begin(struct complaints *all, const struct notebook *n, const struct cell *c,
    const struct cell_result *r)
{
	*all = (struct complaints){ .notebook = n, .cell = c, .messages = &r->messages };
	arena_init(&all->arena);
}

static void
end(struct complaints *all)
{
	map_release(&all->files);
	arena_release(&all->arena);
}

/* What documents write for what they leave out; gcc's words do not tell. */
static bool
is_ellipsis(const struct message *m, struct place at)
{
	if (m->level != MESSAGE_ERROR)
		return false;
	return str_find(m->text, STR("'...'")) < m->text.len || (at.source &&
	    at.offset != PLACE_FILE && str_starts(str_slice(at.source->text, at.offset,
	    at.source->text.len), STR("...")));
}

/* How much is said of one cell: of warnings and of errors, in this order. */
struct budget {
	size_t told[2], left[2];
	bool leaving;			/* notes go with what they belong to */
};

static bool
is_within(struct budget *b, const struct message *m, const struct diag *d)
{
	bool error = m->level == MESSAGE_ERROR;

	if (m->level == MESSAGE_NOTE)
		return !b->leaving;
	b->leaving = !d->all && b->told[error] >= (error ? MOST_ERRORS : MOST_WARNINGS);
	b->left[error] += b->leaving;
	return !b->leaving;
}

/* What was left out; and a cell that does not compile is always told. */
static void
say_others(const struct complaints *all, const struct budget *b, bool had_errors, struct diag *d)
{
	const char *where = all->cell->block ? "in this cell" : "here";

	if (had_errors && b->told[1] == 0)
		diag_error_line(d, status_of(all->cell), all->cell->at, "compile",
		    "this cell does not compile for what is told above");
	for (size_t k = 0; k < 2; k++) {
		d->silent_note = k == 0 && d->quiet;
		if (b->left[k] > 0)
			diag_note(d, all->cell->at, "%zu more %s%s %s, which -v shows", b->left[k],
			    k ? "error" : "warning", b->left[k] == 1 ? "" : "s", where);
	}
}

void
complaints_report(const struct notebook *n, const struct cell *c, const struct cell_result *r,
    bool warnings_only, struct diag *d)
{
	const struct messages *list = &r->messages;
	struct relevance x = relevance_of(list, c, warnings_only, d->all);
	struct complaints all;
	struct place shown = {0};
	struct budget budget = {0};
	bool had_errors = false;

	begin(&all, n, c, r);
	for (size_t i = 0; i < list->n; i++) {
		const struct message *m = &list->list[i];

		if (!relevance_is_told(&x, m))
			continue;
		had_errors = had_errors || m->level == MESSAGE_ERROR;
		if (!is_within(&budget, m, d))
			continue;
		if (complaint_is_glue(m))
			say_glue(&all, m, d);
		else
			say(&all, m, &shown, d);
		if (!all.ellipsis_told && !complaint_is_glue(m) && is_ellipsis(m, shown)) {
			all.ellipsis_told = true;
			diag_note(d, shown, "'...' stands for something left out: "
			    "mark the block run=false");
		}
		if (m->level != MESSAGE_NOTE)
			budget.told[m->level == MESSAGE_ERROR] += !d->silent_note;
	}
	say_others(&all, &budget, had_errors, d);
	if (list->left_out > 0)
		diag_note(d, c->at, "%zu more messages of the compiler are left out", list->left_out);
	end(&all);
}

bool
complaints_are_own(const struct cell_result *r)
{
	for (size_t i = 0; i < r->messages.n; i++) {
		const struct message *m = &r->messages.list[i];

		if (m->level == MESSAGE_ERROR && complaint_missing_header(m->text).len == 0 &&
		    str_find(m->text, STR("' is not defined: ")) == m->text.len)
			return true;
	}
	return false;
}

/* ---- to programs ------------------------------------------------------------------------ */

static void
put_position(struct json *j, const char *line, const char *column, struct place at)
{
	struct position p;

	if (at.offset == PLACE_FILE || !at.source)
		return;
	p = source_position(at.source, at.offset);
	json_put_integer(j, line, (long long)p.line);
	json_put_integer(j, column, (long long)p.column);
}

/* Of a text that stands nowhere: its maker's place, and the line of the text. */
static void
put_made(struct json *j, struct place at)
{
	struct position p = source_position(at.source, at.offset);
	struct place shown = place_shown(at);

	json_put_string(j, "file", shown.source->name);
	put_position(j, "line", "column", shown);
	json_put_integer(j, "generated_line", (long long)p.line);
	json_put_integer(j, "generated_column", (long long)p.column);
}

/* The stretches underlined, and the end of the one that the place stands in. */
static void
put_spans(struct complaints *all, const struct message *m, struct place at, struct json *j)
{
	struct json *ranges = json_new_array();

	for (size_t i = 0; i < m->nspans; i++) {
		struct json *one;
		struct place from;
		size_t to;

		if (!stretch(all, m, &m->spans[i], &from, &to))
			continue;
		if (from.offset <= at.offset && to > at.offset)
			put_position(j, "end_line", "end_column",
			    (struct place){ from.source, to, 0 });
		one = json_new_object();
		put_position(one, "line", "column", from);
		put_position(one, "end_line", "end_column", (struct place){ from.source, to, 0 });
		json_push(ranges, one);
	}
	json_put(j, "ranges", ranges);
}

static void
put_fixes(struct complaints *all, const struct message *m, struct json *j)
{
	struct json *list;

	if (m->nfixes == 0)
		return;
	list = json_new_array();
	for (size_t i = 0; i < m->nfixes; i++) {
		const struct fixit *f = &m->fixes[i];
		struct json *one = json_new_object();

		put_position(one, "line", "column", place_at(all, m, f->line, f->from));
		put_position(one, "end_line", "end_column", place_at(all, m, f->to_line, f->to));
		json_put_string(one, "text", f->text);
		json_push(list, one);
	}
	json_put(j, "fixes", list);
}

static struct json *
json_of(struct complaints *all, const struct message *m)
{
	static const char *const levels[] = {
		[MESSAGE_ERROR] = "error", [MESSAGE_WARNING] = "warning", [MESSAGE_NOTE] = "note"
	};
	struct json *j = json_new_object();
	struct place at = place_at(all, m, m->line, m->column);

	json_put_string(j, "level", str_of(levels[m->level]));
	json_put_string(j, "text", m->text);
	if (m->option.len > 0)
		json_put_string(j, "option", m->option);
	if (at.source && at.source->made_at.source) {
		put_made(j, at);
		return j;
	}
	json_put_string(j, "file", at.offset == PLACE_FILE ? m->marker : at.source->name);
	put_position(j, "line", "column", at);
	if (m->nspans > 0)
		put_spans(all, m, at, j);
	put_fixes(all, m, j);
	return j;
}

struct json *
complaints_json(const struct notebook *n, const struct cell *c, const struct cell_result *r)
{
	struct relevance x = relevance_of(&r->messages, c, false, true);
	struct complaints all;
	struct json *list;

	if (r->messages.n == 0)
		return NULL;
	list = json_new_array();
	begin(&all, n, c, r);
	for (size_t i = 0; i < r->messages.n; i++)
		if (relevance_is_told(&x, &r->messages.list[i]))
			json_push(list, json_of(&all, &r->messages.list[i]));
	end(&all);
	return list;
}
