#include "runner/cli/complaint_json.h"

#include "runner/cli/notebook.h"
#include "runner/cli/relevance.h"
#include "runner/cli/whereabouts.h"
#include "tangle/base/json.h"

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
put_spans(struct whereabouts *w, const struct message *m, struct place at, struct json *j)
{
	struct json *ranges = json_new_array();

	for (size_t i = 0; i < m->nspans; i++) {
		struct json *one;
		struct place from;
		size_t to;

		if (!whereabouts_stretch(w, m, &m->spans[i], &from, &to))
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
put_fixes(struct whereabouts *w, const struct message *m, struct json *j)
{
	struct json *list;

	if (m->nfixes == 0)
		return;
	list = json_new_array();
	for (size_t i = 0; i < m->nfixes; i++) {
		const struct fixit *f = &m->fixes[i];
		struct json *one = json_new_object();

		put_position(one, "line", "column", whereabouts_at(w, m, f->line, f->from));
		put_position(one, "end_line", "end_column", whereabouts_at(w, m, f->to_line, f->to));
		json_put_string(one, "text", f->text);
		json_push(list, one);
	}
	json_put(j, "fixes", list);
}

static struct json *
json_of(struct whereabouts *w, const struct message *m)
{
	static const char *const levels[] = {
		[MESSAGE_ERROR] = "error", [MESSAGE_WARNING] = "warning", [MESSAGE_NOTE] = "note"
	};
	struct json *j = json_new_object();
	struct place at = whereabouts_at(w, m, m->line, m->column);

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
		put_spans(w, m, at, j);
	put_fixes(w, m, j);
	return j;
}

struct json *
complaints_json(const struct notebook *n, const struct cell *c, const struct cell_result *r)
{
	struct relevance x = relevance_of(&r->messages, c, false, true);
	struct whereabouts *w;
	struct json *list;

	if (r->messages.n == 0)
		return NULL;
	list = json_new_array();
	w = whereabouts_new(&n->cells, c, n->graph, n->root_path);
	for (size_t i = 0; i < r->messages.n; i++)
		if (relevance_is_told(&x, &r->messages.list[i]))
			json_push(list, json_of(w, &r->messages.list[i]));
	whereabouts_free(w);
	return list;
}
