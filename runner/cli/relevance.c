#include "runner/cli/relevance.h"

#include "runner/build/message.h"
#include "runner/cell/cell.h"
#include "runner/cli/whereabouts.h"

static bool
suggests(const struct message *m)
{
	return str_find(m->text, STR("did you mean")) < m->text.len;
}

/* Where an error stands, what else is said there follows from it. */
static bool
follows_error(const struct relevance *x, const struct message *m)
{
	for (const struct message *e = x->list->list; e < x->list->list + x->list->n; e++) {
		if (e->level != MESSAGE_ERROR || e == m || e->line != m->line ||
		    e->column != m->column || !str_eq(e->marker, m->marker))
			continue;
		if (e < m || str_eq(e->text, m->text) || ((suggests(e) || !suggests(m)) &&
		    str_eq(m->option, STR("-Wimplicit-function-declaration"))))
			return true;
	}
	return false;
}

/* A cell that does not compile is not worth a warning at its very end. */
static bool
is_beyond(const struct relevance *x, const struct message *m)
{
	return x->errors > 0 && m->level == MESSAGE_WARNING && !m->is_file &&
	    str_eq(m->marker, x->cell->marker) && m->line > x->cell->nlines;
}

/*
 * Warnings of a cell that does not compile drown what is wrong with it, but for
 * the one that says where a name that nobody has is declared.
 */
static bool
is_drowning(const struct relevance *x, const struct message *m)
{
	if (x->all || x->warnings_only || x->errors == 0 || m->level != MESSAGE_WARNING)
		return false;
	for (const struct message *e = x->list->list; suggests(m) && e < x->list->list + x->list->n; e++)
		if (e->level == MESSAGE_ERROR && e->line == m->line && e->column == m->column &&
		    str_eq(e->marker, m->marker))
			return false;
	return true;
}

static bool
is_end_of_input(const struct message *m)
{
	return str_eq(m->text, STR("expected '}'")) ||
	    str_find(m->text, STR("at end of input")) < m->text.len;
}

/* That something is not closed is told of text that is right otherwise. */
static bool
is_late(const struct relevance *x, const struct message *m)
{
	if (!is_end_of_input(m))
		return false;
	for (const struct message *e = x->list->list; e < m; e++)
		if (e->level == MESSAGE_ERROR && !whereabouts_is_glue(e))
			return true;
	return false;
}

/* A cell that includes a header need not use all that it defines: later cells may. */
static bool
is_for_others(const struct relevance *x, const struct message *m)
{
	return x->cell && m->is_file && m->level == MESSAGE_WARNING &&
	    (str_eq(m->option, STR("-Wunused-function")) || str_eq(m->option, STR("-Wunused-variable")));
}

/* What is said a second time by what stands around it. */
static bool
is_noise(const struct message *m)
{
	return m->level == MESSAGE_NOTE &&
	    (str_starts(m->text, STR("each undeclared identifier is reported only once")) ||
	    str_starts(m->text, STR("(Each undeclared identifier")));
}

bool
relevance_is_told(struct relevance *x, const struct message *m)
{
	bool glue = whereabouts_is_glue(m);

	if (m->level != MESSAGE_NOTE)
		x->skipping = (x->warnings_only && m->level == MESSAGE_ERROR) ||
		    (glue && (m->level != MESSAGE_ERROR || x->errors > 0 || x->glue++ > 0)) ||
		    (!glue && m->line > 0 && follows_error(x, m)) || is_beyond(x, m) || is_drowning(x, m) ||
		    is_late(x, m) || is_for_others(x, m);
	return !x->skipping && !is_noise(m) && !(m->level == MESSAGE_NOTE && glue);
}

struct relevance
relevance_of(const struct messages *list, const struct cell *c, bool warnings_only, bool all)
{
	struct relevance x = { .list = list, .cell = c, .warnings_only = warnings_only, .all = all };

	for (size_t i = 0; i < list->n; i++)
		x.errors += list->list[i].level == MESSAGE_ERROR && !whereabouts_is_glue(&list->list[i]);
	return x;
}
