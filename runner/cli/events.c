#include "runner/cli/events.h"

#include "runner/cell/transcript.h"
#include "runner/cli/chunks.h"
#include "runner/cli/command.h"
#include "runner/cli/complaint_json.h"
#include "runner/cli/console.h"
#include "runner/cli/notebook.h"
#include "runner/cli/page.h"
#include "runner/cli/pictures.h"
#include "runner/cli/counts.h"
#include "runner/cli/load.h"
#include "runner/cli/report.h"
#include "runner/cli/verdict.h"
#include "runner/output/gallery.h"
#include "tangle/base/arena.h"
#include "tangle/base/buf.h"
#include "tangle/base/defuse.h"
#include "tangle/base/json.h"
#include "tangle/document/block.h"
#include "tangle/document/blocks.h"
#include "tangle/emit/emit.h"

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

/* What it is made of: "program", "statements", "declarations", "console"; "prelude". */
static struct str
kind_name(const struct notebook *n, const struct cell *c)
{
	if (!c->block)
		return STR("prelude");
	if (c->transcript)
		return STR("console");
	return n->results[c->number].kind ? str_of(n->results[c->number].kind) : (struct str){0};
}

static struct json *
begin(const char *name)
{
	struct json *j = json_new_object();

	json_put_string(j, "event", str_of(name));
	return j;
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
		struct place at = place_shown(f->at);

		json_put_string(j, "source", at.source->name);
		json_put_integer(j, "source-line",
		    (long long)source_position(at.source, at.offset).line);
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

/* What it has shown: kind, type, text form, and the file of a picture. */
static void
put_shown(struct json *j, const struct notebook *n, const struct cell *c)
{
	struct str of = n->pictures_of.len > 0 ? n->pictures_of : n->cells.path, folder;
	const struct gallery *g;
	struct json *list;
	struct arena a;

	arena_init(&a);
	g = page_gallery(n, c, false, &a);
	folder = pictures_folder(of, &a);
	list = g ? json_new_array() : NULL;
	for (size_t i = 0; g && i < g->n; i++) {
		const struct gallery_item *one = &g->items[i];
		struct json *item = json_new_object();

		json_put_string(item, "kind", str_of(one->kind));
		json_put_string(item, "type", str_of(one->type));
		if (one->text.len > 0)
			json_put_string(item, "text", one->text);
		if (one->file.len > 0)
			json_put_string(item, "file", arena_printf(&a, "%.*s/%.*s", STR_ARG(folder), STR_ARG(one->file)));
		json_push(list, item);
	}
	if (g) {
		json_put(j, "shown", list);
		json_put_string(j, "markdown", g->body);
	}
	arena_release(&a);
}

/* ---- a cell -------------------------------------------------------------------------- */

static long long
line_at(const struct source *s, size_t offset)
{
	return (long long)source_position(s, offset).line;
}

static void
put_where(struct json *j, const struct notebook *n, const struct cell *c)
{
	json_put_string(j, "document", n->cells.blocks->document->path);
	json_put_integer(j, "cell", (long long)c->ordinal);
	if (c->name.len > 0)
		json_put_string(j, "name", c->name);
	if (c->instance.len > 0)
		json_put_string(j, "instance", c->instance);
	if (c->block)
		json_put_integer(j, "line", line_at(c->at.source, c->at.offset));
}

static void
put_nature(struct json *j, const struct notebook *n, const struct cell *c)
{
	if (c->block)
		json_put_integer(j, "end_line", line_at(c->at.source, c->block->part->end - 1));
	if (kind_name(n, c).len > 0)
		json_put_string(j, "kind", kind_name(n, c));
	if (c->kind != CELL_CONSOLE)
		json_put_string(j, "language", c->kind != CELL_C ? c->block->language :
		    c->is_cxx ? STR("c++") : STR("c"));
	json_put_string(j, "session", c->is_isolated ? STR("none") : c->session);
	if (c->generator)
		json_put_boolean(j, "generated", true);
}

static void
put_history(struct json *j, const struct notebook *n, const struct cell *c, const struct cell_result *r)
{
	struct json *messages;

	json_put_string(j, "end", str_of(end_name(r->end)));
	if (r->end == CELL_BLOCKED && r->blocked_by)
		json_put_integer(j, "blocked_by", (long long)r->blocked_by->ordinal);
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
}

struct json *
events_cell(const struct notebook *n, const struct cell *c, const struct verdict *v)
{
	const struct cell_result *r = &n->results[c->number];
	struct json *j = begin("cell");

	put_where(j, n, c);
	put_history(j, n, c, r);
	put_nature(j, n, c);
	if (v && verdict_word(v->comparison))
		json_put_string(j, "comparison", str_of(verdict_word(v->comparison)));
	if (v && v->diff.len > 0)
		json_put_string(j, "diff", v->diff);
	if (r->end == CELL_RAN) {
		put_outcome(j, n, c, r);
		put_shown(j, n, c);
	}
	if (r->console)
		put_commands(j, c->transcript, r->console);
	return j;
}

void
events_print(const struct notebook *n)
{
	struct buf out = {0}, safe = {0};

	for (size_t k = 0; k < n->cells.n; k++) {
		struct json *j = events_cell(n, &n->cells.list[k], NULL);

		json_write(j, &out);
		buf_byte(&out, '\n');
		json_end(j);
	}
	defuse_json(&safe, buf_str(&out));
	command_print(buf_str(&safe));
	buf_release(&out);
	buf_release(&safe);
}

/* ---- all else ------------------------------------------------------------------------ */

struct json *
events_begin(const struct invocation *i, const struct load *l)
{
	struct json *j = begin("begin"), *list = json_new_array();

	json_put_integer(j, "schema", EVENTS_SCHEMA);
	json_put_string(j, "skein", STR(SKEIN_VERSION));
	json_put_string(j, "command", str_of(i->command->name));
	for (size_t k = 0; l && k < l->n; k++)
		if (load_wants(l, k))
			json_push(list, json_new_string(l->documents[k].path));
	json_put(j, "documents", list);
	return j;
}

struct json *
events_document_begin(struct str path)
{
	struct json *j = begin("document-begin");

	json_put_string(j, "document", path);
	return j;
}

/* Behind the last byte that is meant. */
static void
put_place(struct json *j, struct place at)
{
	struct position from, to;

	if (!at.source)
		return;
	json_put_string(j, "file", at.source->name);
	if (at.offset == PLACE_FILE)
		return;
	from = source_position(at.source, at.offset);
	to = source_position(at.source, at.offset + at.length);
	json_put_integer(j, "line", (long long)from.line);
	json_put_integer(j, "column", (long long)from.column);
	if (at.length > 0) {
		json_put_integer(j, "end_line", (long long)to.line);
		json_put_integer(j, "end_column", (long long)to.column);
	}
}

struct json *
events_message(const struct diag_message *m, struct str running)
{
	struct json *j = begin("message");

	if (running.len > 0)
		json_put_string(j, "document", running);
	if (m->about > 0)
		json_put_integer(j, "cell", (long long)m->about);
	if (m->about_part.len > 0)
		json_put_string(j, "instance", m->about_part);
	json_put_string(j, "level", str_of(m->level));
	json_put_string(j, "id", str_of(m->id));
	if (m->status != STATUS_DONE)
		json_put_integer(j, "status", m->status);
	put_place(j, m->at);
	json_put_string(j, "text", m->words);
	return j;
}

void
events_add_note(struct json *message, const struct diag_message *note)
{
	struct json *j = json_new_object();

	json_put_string(j, "level", str_of(note->level));
	put_place(j, note->at);
	json_put_string(j, "text", note->words);
	json_push_into(message, "notes", j);
}

struct json *
events_target(const struct target *t, struct str path, const char *fate, bool differs)
{
	struct json *j = begin("target");

	json_put_string(j, "target", t->path);
	json_put_string(j, "path", path);
	json_put_string(j, "document", t->at.source->name);
	json_put_integer(j, "line", line_at(t->at.source, t->at.offset));
	json_put_string(j, "what", str_of(fate));
	json_put_boolean(j, "differs", differs);
	return j;
}

struct json *
events_document_end(struct str path, enum status s, const struct counts *c, int64_t nanoseconds)
{
	struct json *j = begin("document-end");

	json_put_string(j, "document", path);
	json_put_integer(j, "status", s);
	json_put(j, "counts", counts_json(c));
	json_put_integer(j, "nanoseconds", nanoseconds);
	return j;
}

struct json *
events_end(enum status s, const struct counts *c)
{
	struct json *j = begin("end");

	json_put_integer(j, "status", s);
	json_put(j, "counts", counts_json(c));
	return j;
}
