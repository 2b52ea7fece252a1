#include "runner/cli/stepsummary.h"

#include <stdbool.h>
#include <stdint.h>

#include "runner/cli/github.h"
#include "runner/cli/minutes.h"
#include "runner/cli/workspace.h"
#include "runner/output/output.h"
#include "tangle/base/arena.h"
#include "tangle/base/json.h"
#include "tangle/base/mem.h"

enum {
	MOST_ROWS = 128 << 10,		/* bytes */
	MOST_DETAIL = 64 << 10,
	AROUND = 512			/* heading, table's head, what is said of what is left out */
};

void
stepsummary_release(struct stepsummary *s)
{
	buf_release(&s->rows);
	buf_release(&s->details);
	mem_free(s->ends);
}

/* ---- texts of others ----------------------------------------------------------------- */

/* In Markdown an entity is never a mark. */
static void
add_plain(struct buf *to, struct str text)
{
	struct buf safe = {0};

	buf_visible(&safe, text);
	for (size_t i = 0; i < safe.len; i++) {
		unsigned char c = (unsigned char)safe.data[i];

		if (c < 0x80 && c != ' ' && !(c >= '0' && c <= '9') && !((c | 32) >= 'a' && (c | 32) <= 'z'))
			buf_printf(to, "&#%u;", c);
		else
			buf_byte(to, safe.data[i]);
	}
	buf_release(&safe);
}

/* GitHub, as libcmark, knows no fence that is longer than 255. */
static void
add_fence(struct buf *to, const char *language, struct str text)
{
	size_t ticks = fence_run(text, '`', false), waves = fence_run(text, '~', false);
	char mark = ticks <= waves ? '`' : '~';
	size_t size = (ticks <= waves ? ticks : waves) + 1;

	size = size < 3 ? 3 : size;
	if (text.len == 0 || size >= FENCE_LONGEST)
		return;
	buf_fill(to, mark, size);
	buf_printf(to, "%s\n", language);
	buf_add(to, text);
	if (!str_ends(text, STR("\n")))
		buf_byte(to, '\n');
	buf_fill(to, mark, size);
	buf_add(to, STR("\n\n"));
}

/* The path, and the line if there is one, linked where it can be. */
static void
add_place(struct buf *to, struct str file, long long line)
{
	struct arena a;
	struct buf link = {0};
	struct str path;

	arena_init(&a);
	path = workspace_path(file, &a);
	workspace_link(path, line, &link);
	if (link.len > 0)
		buf_printf(to, "<a href=\"%s\">", buf_cstr(&link));
	buf_add(to, STR("<code>"));
	add_plain(to, path);
	if (line > 0)
		buf_printf(to, "&#58;%lld", line);
	buf_add(to, STR("</code>"));
	if (link.len > 0)
		buf_add(to, STR("</a>"));
	buf_release(&link);
	arena_release(&a);
}

/* ---- the page ------------------------------------------------------------------------ */

static void
put_row(struct stepsummary *s, struct str path, const struct counts *c)
{
	size_t failed = c->of[COUNT_CRASHED] + c->of[COUNT_TIMEOUT] + c->of[COUNT_LIMIT] +
	    c->of[COUNT_ENDED] + c->of[COUNT_OTHERWISE];

	if (s->rows.len > MOST_ROWS) {
		s->lost_rows++;
		return;
	}
	buf_add(&s->rows, STR("| "));
	add_place(&s->rows, path, 0);
	buf_printf(&s->rows, " | %zu | %zu | %zu | %zu | %zu | %zu |\n", c->cells, c->of[COUNT_RAN],
	    c->differ, c->of[COUNT_UNBUILT], failed,
	    c->of[COUNT_BROKEN] + c->of[COUNT_BLOCKED] + c->of[COUNT_NOT_RUN] + c->of[COUNT_INTERRUPTED]);
}

static void
keep_detail(struct stepsummary *s, struct str detail)
{
	if (detail.len > MOST_DETAIL || s->details.len + detail.len > STEPSUMMARY_MOST) {
		s->lost_details++;
		return;
	}
	buf_add(&s->details, detail);
	s->ends = mem_grow(s->ends, &s->room, s->ndetails + 1, sizeof *s->ends);
	s->ends[s->ndetails++] = s->details.len;
}

/* The line that has changed, or that the error is about. */
static long long
line_of(const struct minutes *m, const struct json *cell, const struct json *error)
{
	long long changed = minutes_is_id(error, STR("output-differs")) ?
	    github_first_line(json_get_string(cell, "diff")) : 0;

	if (changed > 0)
		return changed;
	if (json_get_integer(error, "line") > 0 &&
	    str_eq(json_get_string(error, "file"), minutes_path(m)))
		return json_get_integer(error, "line");
	return json_get_integer(cell, "line");
}

/* Of a cell, or of what is said of none (SIZE_MAX). */
static void
put_detail(struct stepsummary *s, const struct minutes *m, size_t k, const struct json *error)
{
	const struct json *cell = k == SIZE_MAX ? NULL : m->cells[k];
	struct str diff = json_get_string(cell, "diff");
	struct buf to = {0}, said = {0}, name = {0};
	size_t n;
	const struct said *list = minutes_said(m, k, &n);

	buf_add(&to, STR("<details><summary>"));
	if (cell) {
		add_place(&to, minutes_path(m), line_of(m, cell, error));
		minutes_name(cell, &name);
		buf_byte(&to, ' ');
		add_plain(&to, buf_str(&name));
	} else {
		add_place(&to, json_get_string(error, "file"), json_get_integer(error, "line"));
	}
	buf_add(&to, STR(": "));
	add_plain(&to, json_get_string(error, "text"));
	buf_add(&to, STR("</summary>\n\n"));
	if (!cell)
		minutes_write(error, &said);
	for (size_t i = 0; cell && i < n; i++)
		minutes_write(list[i].event, &said);
	add_fence(&to, "diff", diff);
	add_fence(&to, "text", buf_str(&said));
	buf_add(&to, STR("</details>\n\n"));
	keep_detail(s, buf_str(&to));
	buf_release(&to);
	buf_release(&said);
	buf_release(&name);
}

void
stepsummary_document(struct stepsummary *s, const struct minutes *m)
{
	struct counts c = counts_read(json_get(m->end, "counts"));

	counts_add(&s->all, &c);
	if (m->begin && json_get_integer(m->end, "status") != 0)
		put_row(s, minutes_path(m), &c);
	for (size_t k = 0; k < m->ncells; k++) {
		const struct json *error = minutes_error(m, k);

		if (error && !minutes_is_id(error, STR("blocked")))
			put_detail(s, m, k, error);
	}
	for (size_t i = 0; i < m->nsaid; i++)
		if (m->said[i].cell == SIZE_MAX && minutes_is_error(m->said[i].event))
			put_detail(s, m, SIZE_MAX, m->said[i].event);
}

/* How many of the details have room. */
static size_t
fitting(const struct stepsummary *s, size_t room)
{
	size_t n = s->ndetails;

	while (n > 0 && s->ends[n - 1] > room)
		n--;
	return n;
}

void
stepsummary_write(const struct stepsummary *s, struct str command, size_t room, struct buf *to)
{
	size_t used = s->rows.len + AROUND, n, lost;

	if (room < used)
		return;
	n = fitting(s, room - used);
	lost = s->lost_details + s->ndetails - n;
	buf_printf(to, "### %.*s: ", STR_ARG(command));
	counts_words(&s->all, to);
	buf_add(to, STR("\n\n"));
	if (s->rows.len > 0) {
		buf_add(to, STR("| document | cells | ran | differ | do not compile | failed | did not run |\n"
		    "|---|--:|--:|--:|--:|--:|--:|\n"));
		buf_add(to, buf_str(&s->rows));
		buf_byte(to, '\n');
	}
	if (n > 0)
		buf_add(to, str_slice(buf_str(&s->details), 0, s->ends[n - 1]));
	if (s->lost_rows > 0)
		buf_printf(to, "%zu more documents stand in the log.\n\n", s->lost_rows);
	if (lost > 0)
		buf_printf(to, "%zu more cells and messages stand in the log.\n\n", lost);
}
