#include "runner/cli/rewrite.h"

#include "runner/cli/adoption.h"
#include "tangle/base/body.h"
#include "tangle/base/buf.h"
#include "tangle/base/mem.h"
#include "tangle/document/block.h"
#include "tangle/document/blocks.h"

enum { READ_BACK_ROUNDS = 4 };

static bool
add_document_edit(struct adoption *a)
{
	static const struct wish all = { { "run", 3 }, { "all", 3 } };	/* which it is anyway */
	const struct wish *list = a->wishes.n > 0 ? a->wishes.list : &all;
	size_t n = a->wishes.n > 0 ? a->wishes.n : a->needs_top;

	if (n == 0)
		return true;
	return amend_document(&a->edits[a->nedits++], a->document, a->carrier, list, n, &a->arena);
}

/* Option lines survive more renderers than braces. */
static enum carrier
next_carrier(enum carrier c)
{
	return c == CARRIER_COMMENT ? CARRIER_LINES : c == CARRIER_LINES ? CARRIER_BRACES : CARRIER_COMMENT;
}

/* All edits, and the text with them; false if some option can stand nowhere. */
static bool
compose(struct adoption *a, struct str *text)
{
	struct buf made = {0};

	a->nedits = 0;
	if (!add_document_edit(a))
		return false;
	for (size_t k = 0; k < a->n; k++) {
		struct adopted_block *b = &a->blocks[k];
		enum carrier first = b->carrier;

		if (b->converts)
			amend_output(&a->edits[a->nedits++], b->block);
		while (b->wishes.n > 0 && !amend_block(&a->edits[a->nedits], b->block, b->carrier,
		    b->wishes.list, b->wishes.n, &a->arena)) {
			b->carrier = next_carrier(b->carrier);
			if (b->carrier == first)
				return false;
		}
		a->nedits += b->wishes.n > 0;
	}
	amend_apply(&made, a->document->source.text, a->edits, a->nedits);
	*text = buf_take(&made, &a->arena);
	return true;
}

/* The command line has the last word on what an option is. */
static bool
has_all(const struct options *o, const struct wishes *w, const struct options *overrides)
{
	for (size_t i = 0; i < w->n; i++) {
		const char *key = arena_cstr(o->arena, w->list[i].key);
		const struct option *got = options_find(o, key);

		if (!options_find(overrides, key) && (!got || !str_eq(got->value, w->list[i].value)))
			return false;
	}
	return true;
}

static bool
same_body(const struct block *x, const struct block *y)
{
	struct body a = block_body(x), b = block_body(y);

	if (a.nlines != b.nlines)
		return false;
	for (struct str l, m; body_line(&a, &l) && body_line(&b, &m);)
		if (!str_eq(l, m))
			return false;
	return true;
}

/*
 * Does the text say what was meant, and nothing else?  If not, other carriers are
 * to be tried: the label of the first block may be taken for the document's.
 */
static bool
says_what_was_meant(struct adoption *a, const struct trial *t)
{
	const struct blocks *now = t->load.blocks;
	bool ok = t->load.n == 1 && now->n == a->n;

	if (ok && !has_all(&now->document->options, &a->wishes, &t->load.overrides)) {
		a->carrier = a->carrier == CARRIER_COMMENT ? CARRIER_FRONT : CARRIER_COMMENT;
		ok = false;
	}
	for (size_t k = 0; k < a->n; k++) {
		struct adopted_block *b = &a->blocks[k];

		if (t->load.n == 1 && now->n == a->n && same_body(b->block, &now->list[k]) &&
		    has_all(&now->list[k].options, &b->wishes, &t->load.overrides) &&
		    now->list[k].is_output == (b->block->is_output || b->converts))
			continue;
		if (k == 0 && b->carrier == CARRIER_COMMENT && a->carrier == CARRIER_COMMENT && !a->needs_top)
			a->needs_top = true;
		else if (b->wishes.n > 0)
			b->carrier = next_carrier(b->carrier);
		ok = false;
	}
	return ok;
}

struct trial *
rewrite_read(struct adoption *a)
{
	struct trial *t = mem_zalloc(1, sizeof *t);

	for (int round = 0; round < READ_BACK_ROUNDS; round++) {
		struct str text;

		if (!compose(a, &text))
			break;
		if (trial_read(t, a->invocation, a->document->path, text) && says_what_was_meant(a, t))
			return t;
		trial_release(t);
	}
	mem_free(t);
	return NULL;
}
