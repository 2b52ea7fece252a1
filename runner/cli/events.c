#include "runner/cli/events.h"

#include "runner/cell/transcript.h"
#include "runner/cli/chunks.h"
#include "runner/cli/command.h"
#include "runner/cli/complaint.h"
#include "runner/cli/console.h"
#include "runner/cli/notebook.h"
#include "runner/cli/report.h"
#include "tangle/base/buf.h"
#include "tangle/base/json.h"
#include "tangle/document/block.h"

static const char *
end_name(enum cell_end end)
{
	switch (end) {
	case CELL_WAITS: return "waiting";
	case CELL_RAN: return "ran";
	case CELL_COMPILED: return "compiled";
	case CELL_BROKEN: return "broken";
	case CELL_UNBUILT: return "unbuilt";
	case CELL_BLOCKED: return "blocked";
	case CELL_SKIPPED: return "skipped";
	case CELL_LEFT_OUT: return "left-out";
	}
	return "";
}

static void
put_captured(struct json *j, const char *key, const struct captured *c)
{
	struct json *one = json_new_object();

	json_put_string(one, "head", c->head);
	if (c->left_out > 0)
		json_put_string(one, "tail", c->tail);
	json_put_integer(one, "bytes", (long long)c->total);
	json_put(j, key, one);
}

/* Of each command that was begun. */
static void
put_commands(struct json *j, const struct transcript *t, const struct console_result *r)
{
	struct json *list = json_new_array();

	for (size_t k = 0; k < r->nrun; k++) {
		struct json *one = json_new_object();

		json_put_string(one, "command", t->steps[k].command);
		json_put_integer(one, "status", r->parts[k].status);
		put_captured(one, "output", &r->parts[k].out);
		json_push(list, one);
	}
	json_put(j, "commands", list);
}

/* Of a limit that the machine sets nobody has to know the number. */
static void
put_limit(struct json *j, const struct limit *l)
{
	struct json *one = json_new_object();
	struct buf more = {0};

	limit_raise(&more, l);
	json_put_string(one, "option", str_of(limit_option(l->kind)));
	json_put_integer(one, "value", (long long)l->value);
	json_put_string(one, "raise", buf_str(&more));
	json_put(j, "limit", one);
	buf_release(&more);
}

static struct json *
frame_json(const struct notebook *n, const struct frame *f)
{
	struct json *j = json_new_object();

	if (f->function.len > 0)
		json_put_string(j, "function", f->function);
	if (f->cell < n->cells.n)
		json_put_integer(j, "cell", (long long)n->cells.list[f->cell].ordinal);
	else
		json_put_string(j, "file", f->marker);
	if (f->line > 0)
		json_put_integer(j, "line", (long long)f->line);
	if (f->column > 0)
		json_put_integer(j, "column", (long long)f->column);
	if (f->at.source && f->at.offset != PLACE_FILE) {
		json_put_string(j, "source", f->at.source->name);
		json_put_integer(j, "source-line",
		    (long long)source_position(f->at.source, f->at.offset).line);
	}
	if (f->text.len > 0)
		json_put_string(j, "text", f->text);
	if (f->more > 0)
		json_put_integer(j, "more", (long long)f->more);
	if (f->period > 0)
		json_put_integer(j, "period", (long long)f->period);
	return j;
}

static struct json *
frames_json(const struct notebook *n, const struct frame *frames, size_t nframes)
{
	struct json *list = json_new_array();

	for (size_t i = 0; i < nframes; i++)
		json_push(list, frame_json(n, &frames[i]));
	return list;
}

/* Further places, of what a sanitizer found. */
static void
put_routes(struct json *j, const struct notebook *n, const struct outcome *o)
{
	struct json *routes = json_new_array();

	for (size_t i = 0; i < o->nroutes; i++) {
		struct json *one = json_new_object();

		json_put_string(one, "title", o->routes[i].title);
		json_put(one, "frames", frames_json(n, o->routes[i].frames, o->routes[i].nframes));
		json_push(routes, one);
	}
	json_put(j, "related", routes);
}

/* Where it failed: calls, innermost first, and the variables of the first of them. */
static void
put_card(struct json *j, const struct notebook *n, const struct outcome *o)
{
	struct json *variables = json_new_array();

	json_put(j, "frames", frames_json(n, o->frames, o->nframes));
	for (size_t i = 0; i < o->nvariables; i++) {
		const struct variable_shown *v = &o->variables[i];
		struct json *one = json_new_object();

		json_put_string(one, "name", v->name);
		json_put_string(one, "value", v->value);
		json_put_boolean(one, "argument", v->is_argument);
		json_put_boolean(one, "settled", v->is_settled);
		json_push(variables, one);
	}
	json_put(j, "variables", variables);
	json_put_boolean(j, "thread", o->in_thread);
	if (o->start)
		json_put(j, "started", frame_json(n, o->start));
}

static void
put_outcome(struct json *j, const struct notebook *n, const struct cell *c,
    const struct cell_result *r)
{
	const struct outcome *o = r->outcome;

	json_put_string(j, "outcome", str_of(report_outcome(o->kind)));
	if (o->kind == OUTCOME_EXIT)
		json_put_integer(j, "status", o->status);
	if (o->kind == OUTCOME_CRASH)
		json_put_integer(j, "signal", o->signal);
	if (o->what.len > 0)
		json_put_string(j, "what", o->what);
	if (o->limit.kind != LIMIT_NONE)
		put_limit(j, &o->limit);
	if (o->value.data)
		json_put_string(j, "value", o->value);
	if (o->nframes > 0)
		put_card(j, n, o);
	if (o->nroutes > 0)
		put_routes(j, n, o);
	if (o->kind != OUTCOME_DONE && !c->is_isolated && !r->is_program)
		json_put_string(j, "state", o->state_lost ? STR("lost") : STR("as before this cell"));
	if (!r->console) {
		put_captured(j, "stdout", &o->out);
		put_captured(j, "stderr", &o->err);
		json_put(j, "chunks", chunks_json(o));
	}
	json_put_integer(j, "nanoseconds", (long long)o->nanoseconds);
}

void
events_print(const struct notebook *n)
{
	struct buf out = {0};

	for (size_t k = 0; k < n->cells.n; k++) {
		const struct cell *c = &n->cells.list[k];
		const struct cell_result *r = &n->results[k];
		struct json *j = json_new_object(), *messages;

		json_put_string(j, "document", n->cells.blocks->document->path);
		json_put_integer(j, "cell", (long long)c->ordinal);
		if (c->name.len > 0)
			json_put_string(j, "name", c->name);
		if (c->block)
			json_put_integer(j, "line",
			    (long long)source_position(c->at.source, c->at.offset).line);
		json_put_string(j, "end", str_of(end_name(r->end)));
		json_put_boolean(j, "compiled", r->was_compiled);
		if (r->why.words.len > 0) {
			json_put_string(j, "reason", r->why.words);
			json_put(j, "changes", account_json(&r->why));
		}
		if (r->stands)
			json_put_boolean(j, "stands", true);
		if (r->is_recorded)
			json_put_boolean(j, "recorded", true);
		json_put_boolean(j, "expected", r->as_expected);
		if ((messages = complaints_json(n, c, r)))
			json_put(j, "messages", messages);
		if (r->end == CELL_RAN)
			put_outcome(j, n, c, r);
		if (r->console)
			put_commands(j, c->transcript, r->console);
		json_write(j, &out);
		buf_byte(&out, '\n');
		json_end(j);
	}
	command_print(buf_str(&out));
	buf_release(&out);
}
