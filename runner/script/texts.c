#include "runner/cell/cell.h"
#include "runner/output/output.h"
#include "runner/output/printed.h"
#include "runner/output/screen.h"
#include "runner/script/call.h"
#include "runner/script/exchange.h"
#include "runner/script/hooking.h"
#include "runner/script/rework.h"
#include "tangle/base/arena.h"
#include "tangle/base/buf.h"
#include "tangle/base/json.h"
#include "tangle/document/block.h"

enum { LARGEST_TEXT = 1 << 20 };	/* that a hook makes of an output */

/* ---- cells ------------------------------------------------------------------------------------------- */

static void
change_cell(struct call *c, struct cell *cell, size_t first, const struct json *back)
{
	struct str text, was = rework_text(cell, first);

	if (!call_text(c, back, "text", &text)) {
		cell->is_broken = true;
		return;
	}
	if (str_eq(text, was))
		return;
	rework_cell(cell, first, text, c->at, c->arena);
	cell_check(cell, c->diag);
}

static void
hook_cell(struct hooking *h, struct cell *cell, struct arena *a, struct diag *d)
{
	size_t first = rework_first(cell);
	struct json *given, *back;
	struct call c;

	if (!call_prepare(&c, h, HOOK_COMPILE, exchange_language(cell), cell->at, a, d) ||
	    !call_can_tell(&c, cell->text))
		return;
	given = exchange_cell(cell);
	json_put_string(given, "text", rework_text(cell, first));
	switch (call_make(&c, given, &back)) {
	case CALL_SAME:
		break;
	case CALL_FAILED:
		cell->is_broken = true;
		break;
	case CALL_DROPPED:
		cell->is_left_out = true;
		break;
	case CALL_CHANGED:
		change_cell(&c, cell, first, back);
		break;
	}
	json_end(back);
	json_end(given);
}

void
hooking_cells(struct hooking *h, struct cells *c, bool are_generated, struct arena *a, struct diag *d)
{
	for (size_t k = 0; h && k < c->n; k++) {
		struct cell *cell = &c->list[k];

		if (!cell->block || (cell->generator != NULL) != are_generated || cell->is_pending)
			continue;
		if (h->is_wrong || h->is_broken || (h->are_broken && h->are_broken[cell->block->number]))
			cell->is_broken = true;
		if (!cell->is_broken && cell->kind != CELL_CONSOLE)
			hook_cell(h, cell, a, d);
	}
}

/* ---- outputs ----------------------------------------------------------------------------------------- */

/* What a cell shows is no text to be changed: a hook does not see it. */
#define STREAMS	((enum fence)(FENCE_ERROR + 1))

static const char *const streams[STREAMS] = {
	[FENCE_OUTPUT] = "stdout", [FENCE_STDERR] = "stderr", [FENCE_ERROR] = "error"
};

/* What a hook makes of an output is text like any other that can stand there. */
static bool
take_text(const struct call *c, const struct json *j, const char *field, struct str *text)
{
	struct buf plain = {0}, safe = {0};

	*text = STR("");
	if (!j || (json_kind(j) == JSON_KIND_BOOLEAN && !json_truth(j)))
		return true;
	if (json_kind(j) != JSON_KIND_STRING || json_text(j).len > LARGEST_TEXT) {
		call_complain(c, json_kind(j) == JSON_KIND_STRING ? STATUS_LIMIT : STATUS_STRUCTURE, c->at,
		    arena_printf(c->arena, json_kind(j) == JSON_KIND_STRING ?
		    "'%s' is longer than 1 MiB" : "'%s' must be a text", field));
		return false;
	}
	screen_text(&plain, json_text(j));
	printed_end_line(&plain);
	output_fenceable(&safe, buf_str(&plain));
	*text = buf_take(&safe, c->arena);
	buf_release(&plain);
	return true;
}

static bool
take_fences(const struct call *c, const struct json *back, struct fences *f)
{
	for (enum fence k = 0; k < STREAMS; k++) {
		const struct json *j = json_get(back, streams[k]);

		if (f->present[k] && json_kind(j) == JSON_KIND_STRING && str_eq(json_text(j), f->text[k]))
			continue;
		if (!take_text(c, j, streams[k], &f->text[k]))
			return false;
		f->present[k] = f->text[k].len > 0;
	}
	return true;
}

bool
hooking_output(struct hooking *h, const struct cell *cell, struct fences *f, struct arena *a,
    struct diag *d)
{
	struct json *given, *back;
	bool ok = true, any = false;
	struct call c;

	if (!call_prepare(&c, h, HOOK_OUTPUT, exchange_language(cell), cell->at, a, d))
		return true;
	given = exchange_cell(cell);
	for (enum fence k = 0; k < STREAMS; k++) {
		any = any || f->present[k];
		if (f->present[k])
			json_put_string(given, streams[k], f->text[k]);
	}
	if (!any) {
		json_end(given);
		return true;
	}
	switch (call_make(&c, given, &back)) {
	case CALL_SAME:
		break;
	case CALL_FAILED:
		ok = false;
		break;
	case CALL_DROPPED:
		*f = (struct fences){0};
		break;
	case CALL_CHANGED:
		ok = take_fences(&c, back, f);
		break;
	}
	json_end(back);
	json_end(given);
	return ok;
}

bool
hooking_printed(struct hooking *h, const struct cell *cell, struct str command, struct str *text,
    struct arena *a, struct diag *d)
{
	struct json *given, *back;
	bool ok = true;
	struct call c;

	if (text->len == 0 || !call_prepare(&c, h, HOOK_OUTPUT, exchange_language(cell), cell->at, a, d))
		return true;
	given = exchange_cell(cell);
	json_put_string(given, "command", command);
	json_put_string(given, "stdout", *text);
	switch (call_make(&c, given, &back)) {
	case CALL_SAME:
		break;
	case CALL_FAILED:
		ok = false;
		break;
	case CALL_DROPPED:
		*text = STR("");
		break;
	case CALL_CHANGED:
		if (!json_same(json_get(given, "stdout"), json_get(back, "stdout")))
			ok = take_text(&c, json_get(back, "stdout"), "stdout", text);
		break;
	}
	json_end(back);
	json_end(given);
	return ok;
}

/* ---- comparing ---------------------------------------------------------------------------------------- */

bool
hooking_normalizes(const struct hooking *h, const struct cell *c)
{
	return c->block && call_has(h, HOOK_NORMALIZE, exchange_language(c));
}

bool
hooking_normalize(struct hooking *h, const struct cell *cell, const char *stream, struct str text,
    struct str *normal, struct arena *a, struct diag *d)
{
	struct json *given, *back;
	bool ok = true;
	struct call c;

	*normal = text;
	if (!call_prepare(&c, h, HOOK_NORMALIZE, exchange_language(cell), cell->at, a, d) || !call_can_tell(&c, text))
		return true;
	given = exchange_cell(cell);
	json_put_string(given, "stream", str_of(stream));
	json_put_string(given, "text", text);
	switch (call_make(&c, given, &back)) {
	case CALL_SAME:
		break;
	case CALL_FAILED:
		ok = false;
		break;
	case CALL_DROPPED:
		*normal = STR("");
		break;
	case CALL_CHANGED:
		ok = call_text(&c, back, "text", normal);
		*normal = arena_str(a, *normal);
		break;
	}
	json_end(back);
	json_end(given);
	return ok;
}
