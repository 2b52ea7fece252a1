#include "runner/cli/github.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "runner/cli/minutes.h"
#include "runner/cli/workspace.h"
#include "tangle/base/buf.h"
#include "tangle/base/json.h"

enum { MOST_TEXT = 3000 };	/* of one; GitHub cuts at 4096 */

void
github_init(struct github *g)
{
	*g = (struct github){0};
	arena_init(&g->arena);
}

void
github_release(struct github *g)
{
	arena_release(&g->arena);
}

/* ---- which, and where ---------------------------------------------------------------- */

long long
github_first_line(struct str diff)
{
	struct str line, digits;
	long long at = 0;

	while (str_line(&diff, &line)) {
		unsigned long number;

		if (str_starts(line, STR("@@ -"))) {
			digits = str_slice(line, 4, line.len);
			digits = str_slice(digits, 0, strspn(digits.data, "0123456789"));
			at = str_number(digits, 1ul << 40, &number) ? (long long)number : 0;
		} else if (at > 0 && str_starts(line, STR(" "))) {
			at++;
		} else if (at > 0) {
			return at;
		}
	}
	return 0;
}

/* Whole lines of a text, so that what there is in all stays below the most. */
static void
add_bounded(struct buf *to, struct str text)
{
	struct str line;

	while (str_line(&text, &line)) {
		if (to->len + line.len > MOST_TEXT) {
			buf_add(to, STR("...\n"));
			return;
		}
		buf_add(to, line);
		buf_byte(to, '\n');
	}
}

/* Where a new one belongs; GITHUB_MOST if there are ten that are as grave. */
static size_t
rank(const struct annotations *all, size_t gravity)
{
	size_t k = all->n;

	while (k > 0 && all->list[k - 1].gravity > gravity)
		k--;
	return k;
}

static void
insert(struct annotations *all, size_t k, const struct annotation *one)
{
	all->n += all->n < GITHUB_MOST;
	memmove(&all->list[k + 1], &all->list[k], (all->n - 1 - k) * sizeof *one);
	all->list[k] = *one;
}

/* A message in a file that nobody has in the repository is shown at the cell. */
static void
set_place(struct annotation *n, const struct json *message, const struct json *cell, struct str document,
    struct arena *a)
{
	struct str file = json_get_string(message, "file");
	struct str path = file.len > 0 ? workspace_path(file, a) : (struct str){0};
	long long changed = minutes_is_id(message, STR("output-differs")) ?
	    github_first_line(json_get_string(cell, "diff")) : 0;

	n->file = path;
	n->line = n->end_line = json_get_integer(message, "line");
	if (changed > 0) {
		n->line = n->end_line = changed;
	} else if (cell && (path.len == 0 || str_starts(path, STR("/")))) {
		n->file = workspace_path(document, a);
		n->line = n->end_line = json_get_integer(cell, "line");
	} else if (n->line > 0) {
		n->end_line = json_get(message, "end_line") ? json_get_integer(message, "end_line") : n->line;
		n->column = json_get_integer(message, "column");
		n->end_column = json_get_integer(message, "end_column");
	}
}

static void
set_words(struct annotation *n, const struct json *message, const struct json *cell, struct arena *a)
{
	struct buf title = {0}, text = {0}, all = {0};

	buf_add(&title, json_get_string(message, "id"));
	if (cell) {
		buf_add(&title, STR(": "));
		minutes_name(cell, &title);
	}
	buf_add(&text, json_get_string(message, "text"));
	buf_byte(&text, '\n');
	for (size_t i = 0; i < json_length(json_get(message, "notes")); i++)
		minutes_write(json_at(json_get(message, "notes"), i), &text);
	if (minutes_is_id(message, STR("output-differs")))
		buf_add(&text, json_get_string(cell, "diff"));
	add_bounded(&all, buf_str(&text));
	n->title = buf_take(&title, a);
	n->text = buf_take(&all, a);
	buf_release(&text);
}

/* What each document says of no place is said once. */
static bool
is_said(const struct annotations *all, const struct annotation *one)
{
	for (size_t i = 0; i < all->n && one->file.len == 0; i++)
		if (all->list[i].file.len == 0 && str_eq(all->list[i].text, one->text))
			return true;
	return false;
}

static void
annotate(struct github *g, const struct minutes *m, const struct json *message, const struct json *cell)
{
	struct annotations *all = minutes_is_error(message) ? &g->errors : &g->warnings;
	struct annotation one = { .gravity = minutes_gravity(message) };
	size_t k = rank(all, one.gravity);

	all->seen++;
	if (k == GITHUB_MOST)
		return;
	set_place(&one, message, cell, minutes_path(m), &g->arena);
	set_words(&one, message, cell, &g->arena);
	if (is_said(all, &one)) {
		all->seen--;
		return;
	}
	insert(all, k, &one);
}

/* What a failed cell keeps from running is no news of its own. */
static bool
is_worth(const struct json *message)
{
	return !minutes_is_id(message, STR("blocked"));
}

void
github_document(struct github *g, const struct minutes *m)
{
	for (size_t k = 0; k < m->ncells; k++) {
		const struct json *error = minutes_error(m, k);

		if (error && is_worth(error))
			annotate(g, m, error, m->cells[k]);
	}
	for (size_t i = 0; i < m->nsaid; i++) {
		const struct said *s = &m->said[i];

		if (s->cell == SIZE_MAX || !minutes_is_error(s->event))
			annotate(g, m, s->event, s->cell == SIZE_MAX ? NULL : m->cells[s->cell]);
	}
}

/* ---- as commands --------------------------------------------------------------------- */

static void
escape(struct buf *to, struct str text, bool is_property)
{
	for (size_t i = 0; i < text.len; i++) {
		char c = text.data[i];

		if (c == '%' || c == '\r' || c == '\n' || (is_property && (c == ':' || c == ',')))
			buf_printf(to, "%%%02X", (unsigned char)c);
		else
			buf_byte(to, c);
	}
}

/* Columns are heeded on one line only; GitHub's last one is the last that is meant. */
static void
add_command(struct buf *to, const char *level, const struct annotation *n)
{
	buf_printf(to, "::%s title=", level);
	escape(to, n->title, true);
	if (n->file.len > 0) {
		buf_add(to, STR(",file="));
		escape(to, n->file, true);
	}
	if (n->line > 0)
		buf_printf(to, ",line=%lld,endLine=%lld", n->line, n->end_line);
	if (n->column > 0 && n->end_line == n->line)
		buf_printf(to, ",col=%lld", n->column);
	if (n->column > 0 && n->end_line == n->line && n->end_column > n->column)
		buf_printf(to, ",endColumn=%lld", n->end_column - 1);
	buf_add(to, STR("::"));
	escape(to, str_chomp(n->text), false);
	buf_byte(to, '\n');
}

static void
add_more(struct buf *to, size_t more, const char *level, const char *before)
{
	if (more > 0)
		buf_printf(to, "%s%zu more %s%s", before, more, level, more > 1 ? "s" : "");
}

void
github_write(const struct github *g, struct buf *to)
{
	size_t errors = g->errors.seen - g->errors.n, warnings = g->warnings.seen - g->warnings.n;

	for (size_t i = 0; i < g->errors.n; i++)
		add_command(to, "error", &g->errors.list[i]);
	for (size_t i = 0; i < g->warnings.n; i++)
		add_command(to, "warning", &g->warnings.list[i]);
	if (errors + warnings == 0)
		return;
	buf_add(to, STR("::notice title=skein::"));
	add_more(to, errors, "error", "");
	add_more(to, warnings, "warning", errors > 0 ? " and " : "");
	buf_printf(to, " %s in the log of this step\n", errors + warnings > 1 ? "stand" : "stands");
}
