#include "runner/cli/complaint.h"

#include "runner/cli/hint.h"
#include "runner/cli/missing.h"
#include "runner/cli/notebook.h"
#include "runner/cli/relevance.h"
#include "runner/cli/whereabouts.h"
#include "tangle/base/buf.h"
#include "tangle/base/diag.h"

enum { MOST_ERRORS = 3, MOST_WARNINGS = 5 };

/* The messages of one cell, on their way to people. */
struct complaints {
	const struct notebook *notebook;
	const struct cell *cell;
	struct whereabouts *where;
	struct arena arena;
	bool ellipsis_told;
};

static void
mark_spans(struct complaints *all, const struct message *m, struct diag *d)
{
	for (size_t i = 0; i < m->nspans; i++) {
		struct place from;
		size_t to;

		if (whereabouts_stretch(all->where, m, &m->spans[i], &from, &to))
			diag_mark(d, from.offset, to - from.offset);
	}
}

static enum status
status_of(const struct cell *c)
{
	return c->fails.kind == FAILS_NOT ? STATUS_COMPILE : STATUS_FAILED;
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

/* "expected ';' before 'extern'": what stands behind the cell is not the reader's. */
static struct str
words_of(struct complaints *all, const struct message *m, struct place at)
{
	const struct cell *c = all->cell;
	size_t last = cell_last_line(c);
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
	const struct cell *c = whereabouts_cell(all->where, m);

	if (c && cell_origin(c, m->line).is_made)
		diag_note(d, c->reworked, "this puts in the line that is meant: %.*s",
		    STR_ARG(str_trim(cell_line(c, m->line))));
}

static void
say(struct complaints *all, const struct message *m, struct place *shown, struct diag *d)
{
	struct place at = whereabouts_at(all->where, m, m->line, m->column);
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
	hint_of_fix(all->where, m, d);
	if (m->level == MESSAGE_ERROR && missing_header(m->text).len > 0)
		missing_header_help(missing_header(m->text), all->notebook->graph, all->notebook->folder, at, d);
	hint_of_words(all->cell, m, at, d);
}

static void
say_glue(struct complaints *all, const struct message *m, struct diag *d)
{
	const struct cell *c = all->cell;
	size_t last = cell_last_line(c);
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
begin(struct complaints *all, const struct notebook *n, const struct cell *c)
{
	*all = (struct complaints){ .notebook = n, .cell = c,
	    .where = whereabouts_new(&n->cells, c, n->graph, n->root_path) };
	arena_init(&all->arena);
}

static void
end(struct complaints *all)
{
	whereabouts_free(all->where);
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

	begin(&all, n, c);
	for (size_t i = 0; i < list->n; i++) {
		const struct message *m = &list->list[i];

		if (!relevance_is_told(&x, m))
			continue;
		had_errors = had_errors || m->level == MESSAGE_ERROR;
		if (!is_within(&budget, m, d))
			continue;
		if (whereabouts_is_glue(m))
			say_glue(&all, m, d);
		else
			say(&all, m, &shown, d);
		if (!all.ellipsis_told && !whereabouts_is_glue(m) && is_ellipsis(m, shown)) {
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

		if (m->level == MESSAGE_ERROR && missing_header(m->text).len == 0 &&
		    str_find(m->text, STR("' is not defined: ")) == m->text.len)
			return true;
	}
	return false;
}
