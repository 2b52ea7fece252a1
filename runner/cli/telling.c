#include "runner/cli/telling.h"

#include <stdio.h>

#include "runner/cli/course.h"
#include "runner/cli/report.h"
#include "tangle/base/buf.h"
#include "tangle/base/hash.h"
#include "tangle/base/trace.h"

/* A cell that could have been told from a record says why it was not. */
static void
end_words(struct buf *to, const struct cell_result *r, const char *why)
{
	if (r->end == CELL_BLOCKED)
		buf_add(to, STR("blocked, "));
	else if (r->end == CELL_RAN && r->is_recorded)
		buf_add(to, STR("recorded, "));
	else if (r->end == CELL_RAN && why && *why && !r->stands)
		buf_printf(to, "ran (%s), ", why);
	else if (r->end == CELL_RAN)
		buf_add(to, STR("ran, "));
}

/* Was it compiled, in this run or any, or refused? */
static const char *
word_for_key(const struct job *j)
{
	if (j->was_compiled)
		return j->state == JOB_BUILT ? "compiled: " : "compiled and refused: ";
	return j->state == JOB_BUILT ? "reused: " : "refused as before: ";
}

static const char *
word_for(const struct job *j, enum cell_end end, bool has_key)
{
	if (has_key)
		return word_for_key(j);
	if (j->state == JOB_LEFT_OUT)
		return "left out";
	if (j->state != JOB_NEEDLESS)
		return "not built";
	if (end != CELL_RAN)
		return "not run";
	return j->cell->kind == CELL_LUA ? "by Lua" : j->cell->kind == CELL_ENGINE ? "by its program" :
	    "by sh";
}

void
telling_explain(struct run *r, const struct job *j)
{
	struct cell_result *result = &r->n->results[j->cell->number];
	struct settled *settled = &r->rounds->settled[j->cell->number];
	bool has_key = (j->state == JOB_BUILT || j->state == JOB_FAILED) && j->unit.refusal.line == 0;
	const char *lack = j->cell->is_recorded ? r->plans[j->cell->number].recording.why : NULL;
	char name[256], hex[HASH_HEX + 1];
	struct buf end = {0};
	struct str label = report_name(j->cell, name, sizeof name);
	size_t line = j->cell->at.offset == PLACE_FILE ? 1
	    : source_position(j->cell->at.source, j->cell->at.offset).line;

	if (settled->is_explained || !trace_on("explain"))
		return;
	settled->is_explained = true;
	if (has_key)
		result->why = account_why(&r->account, j, !j->was_compiled);
	digest_hex(j->built.request, hex);
	end_words(&end, result, lack);
	trace("explain", "%.*s (%.*s:%zu): %.*s%s%.*s%s%.8s", STR_ARG(label),
	    STR_ARG(j->cell->at.source->name), line, STR_ARG(buf_str(&end)),
	    word_for(j, result->end, has_key), STR_ARG(result->why.words),
	    has_key ? ", key " : "", has_key ? hex : "");
	buf_release(&end);
}

void
telling_progress(const struct run *r)
{
	char name[256], line[512];
	struct str label;
	int n;

	if (!r->options->progress || r->next >= r->n->cells.n)
		return;
	label = report_name(&r->n->cells.list[r->next], name, sizeof name);
	n = snprintf(line, sizeof line, "[%zu/%zu] %s %.*s%s%s%s", r->next + 1, r->n->cells.n,
	    r->is_stopping ? "stopping" : r->running ? "running" : "compiling", STR_ARG(label),
	    r->running && *r->living->progress ? ": " : "", r->running ? r->living->progress : "",
	    r->is_stopping ? "; Ctrl-C again stops the run" : "");
	report_progress((struct str){ line,
	    n < 0 ? 0 : (size_t)n < sizeof line ? (size_t)n : sizeof line - 1 });
}

static void
move_fixes(struct arena *a, struct message *m, size_t lines)
{
	struct fixit *fixes = arena_copy(a, m->fixes, m->nfixes, sizeof *fixes);

	for (size_t k = 0; k < m->nfixes; k++) {
		fixes[k].line += lines;
		fixes[k].to_line += lines;
	}
	m->fixes = fixes;
}

struct messages
telling_messages(const struct run *r, const struct job *j)
{
	struct messages m = j->built.messages;
	struct message *list = arena_copy(&r->n->arena, m.list, m.n, sizeof *list);
	char hex[HASH_HEX + 1];

	for (size_t k = 0; k < m.n; k++) {
		size_t line = list[k].line;
		const struct cell *c = list[k].is_file ? NULL
		    : objects_locate(j, list[k].marker, &line);

		if (!c)
			continue;
		move_fixes(&r->n->arena, &list[k], line - list[k].line);
		list[k].line = line;
		digest_hex(hash_of(c->text), hex);
		list[k].marker = arena_printf(&r->n->arena, "cell-%.8s", hex);
	}
	m.list = list;
	return m;
}
