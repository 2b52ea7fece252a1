#include "runner/script/hooking.h"

#include "runner/script/call.h"
#include "runner/script/exchange.h"
#include "runner/script/hooks.h"
#include "tangle/base/arena.h"
#include "tangle/base/json.h"
#include "tangle/base/mem.h"
#include "tangle/document/block.h"
#include "tangle/document/blocks.h"
#include "tangle/project/config.h"

/* ---- blocks ------------------------------------------------------------------------------------ */

static bool
take_options(struct call *c, const struct json *given, const struct json *back, const struct options *was,
    struct options *now)
{
	unsigned long errors = c->diag->errors;
	struct str why = {0};

	if (exchange_options(json_get(given, "options"), json_get(back, "options"), was, c->at, now, &why, c->diag))
		return true;
	if (why.len > 0)
		call_complain(c, STATUS_STRUCTURE, c->at, why);
	else if (c->diag->errors > errors)
		diag_note(c->diag, c->about, "it was called for this %s", c->thing);
	return false;
}

/* What was said of options that a hook gave stands at the hook: here is the block. */
static bool
note_options(const struct call *c, unsigned long before, bool ok)
{
	if (c->diag->errors + c->diag->warnings > before)
		diag_note(c->diag, c->about, "the hook '%s' gives this %s that option",
		    c->name, c->thing);
	return ok;
}

/* Leave a block out, or give it the options that came back. */
static bool
change_block(struct call *c, struct block *b, const struct json *given, const struct json *back)
{
	unsigned long before = c->diag->errors + c->diag->warnings;
	struct options now;

	if (!back) {
		b->run = RUN_NO;
		return true;
	}
	if (json_same(json_get(given, "options"), json_get(back, "options")))
		return true;
	if (!take_options(c, given, back, &b->options, &now))
		return false;
	before = c->diag->errors + c->diag->warnings;
	return note_options(c, before, block_set_options(b, &now, c->hooking->overrides, c->diag));
}

static void
hook_block(struct hooking *h, struct block *b, struct diag *d)
{
	struct json *given, *back;
	enum call_answer answer;
	struct call c;

	if (!exchange_has_block(b) || !call_prepare(&c, h, HOOK_BLOCK, b->language, b->at, h->arena, d))
		return;
	given = exchange_block(b);
	answer = call_make(&c, given, &back);
	if (answer == CALL_FAILED ||
	    (answer != CALL_SAME && !change_block(&c, b, given, back)))
		h->are_broken[b->number] = true;
	json_end(back);
	json_end(given);
}

/* ---- the document --------------------------------------------------------------------------------- */

/* The table that came back for a block; NULL: it is not among them. */
static const struct json *
block_among(const struct json *list, const struct block *b)
{
	for (size_t i = 0; i < json_length(list); i++)
		if (json_get_integer(json_at(list, i), "number") == (long long)b->number + 1)
			return json_at(list, i);
	return NULL;
}

static bool
check_blocks(struct call *c, const struct blocks *b, const struct json *given, const struct json *back)
{
	struct str why = {0};

	for (size_t i = 0; i < json_length(back); i++) {
		const struct json *one = json_at(back, i), *was = NULL;

		for (size_t k = 0; k < json_length(given) && !was; k++)
			if (json_get_integer(json_at(given, k), "number") == json_get_integer(one, "number"))
				was = json_at(given, k);
		if (!was)
			why = STR("'blocks' has a table that is none of the document's: its 'number' is missing, or was changed");
		else if (exchange_check(was, one, "options", c->arena, &why))
			continue;
		(void)b;
		call_complain(c, STATUS_STRUCTURE, c->at, why);
		return false;
	}
	return true;
}

static bool
change_blocks(struct call *c, struct blocks *b, const struct json *given, const struct json *back)
{
	struct call one = *c;

	if (!back) {
		call_complain(c, STATUS_STRUCTURE, c->at,
		    STR("'blocks' is missing in the table that it returned: return the one that came in"));
		return false;
	}
	if (!check_blocks(c, b, given, back))
		return false;
	one.thing = "block";
	for (size_t i = 0; i < b->n; i++) {
		struct block *block = &b->list[i];

		if (!exchange_has_block(block))
			continue;
		one.about = block->at;
		if (!change_block(&one, block, block_among(given, block), block_among(back, block)))
			c->hooking->are_broken[i] = true;
	}
	return true;
}

static bool
change_document(struct call *c, struct blocks *b, const struct json *given, const struct json *back)
{
	struct options now;
	unsigned long before;

	if (!back) {
		for (size_t i = 0; i < b->n; i++)
			b->list[i].run = RUN_NO;
		return true;
	}
	if (!json_same(json_get(given, "options"), json_get(back, "options"))) {
		if (!take_options(c, given, back, &b->document->options, &now))
			return false;
		before = c->diag->errors + c->diag->warnings;
		if (!note_options(c, before, blocks_set_options(b, &now, c->hooking->overrides, c->diag)))
			return false;
	}
	return change_blocks(c, b, json_get(given, "blocks"), json_get(back, "blocks"));
}

static void
hook_document(struct hooking *h, struct blocks *b, struct diag *d)
{
	struct json *given, *back;
	enum call_answer answer;
	struct call c;

	if (!call_prepare(&c, h, HOOK_DOCUMENT, STR(""), place_file(&b->document->source), h->arena, d))
		return;
	if (!call_can_tell(&c, b->document->source.text))
		return;
	given = exchange_document(b);
	answer = call_make(&c, given, &back);
	if (answer == CALL_FAILED || (answer != CALL_SAME && !change_document(&c, b, given, back)))
		h->is_broken = true;
	json_end(back);
	json_end(given);
}

/* ---- both -------------------------------------------------------------------------------------------- */

/* As the document says it: kept when it is first settled, brought back afterwards. */
static void
begin_anew(struct hooking *h, struct blocks *b)
{
	if (!h->blocks) {
		h->blocks = arena_copy(h->arena, b->list, b->n, sizeof *b->list);
		h->options = b->document->options;
		h->are_broken = arena_alloc(h->arena, b->n, sizeof *h->are_broken);
	}
	for (size_t i = 0; i < b->n; i++) {
		b->list[i] = h->blocks[i];
		h->are_broken[i] = false;
	}
	h->is_broken = false;
	b->document->options = h->options;
}

bool
hooking_settle(struct hooking *h, struct blocks *b, struct diag *d)
{
	if (!hooking_has_blocks(h) || h->is_settled)
		return false;
	begin_anew(h, b);
	if (h->is_wrong)
		h->is_broken = true;
	else
		hook_document(h, b, d);
	for (size_t i = 0; i < b->n && !h->is_broken; i++)
		if (!h->are_broken[i])
			hook_block(h, &b->list[i], d);
	return h->is_settled = true;
}

void
hooking_rest(struct hooking *h)
{
	if (!h)
		return;
	hooks_close(h->hooks);
	h->hooks = NULL;
	h->is_settled = false;
}

/* ---- its life ------------------------------------------------------------------------------------------ */

bool
hooking_has_blocks(const struct hooking *h)
{
	return h && (json_get(h->table, "document") || json_get(h->table, "block"));
}

struct hooking *
hooking_new(const struct config *c, const struct options *overrides, struct arena *a, struct diag *d)
{
	const struct json *table = c && c->exists ? config_table(c, "hooks") : NULL;
	struct hooking *h;

	if (!table)
		return NULL;
	h = mem_zalloc(1, sizeof *h);
	h->config = c;
	h->table = table;
	h->arena = a;
	h->overrides = overrides;
	h->is_wrong = !call_check_hooks(h, d);
	return h;
}

bool
hooking_changes_cells(const struct config *c)
{
	const struct json *table = c && c->exists ? config_table(c, "hooks") : NULL;

	return table && (json_get(table, "document") || json_get(table, "block") || json_get(table, "compile"));
}

void
hooking_free(struct hooking *h)
{
	if (!h)
		return;
	hooking_rest(h);
	mem_free(h);
}
