#include "runner/cli/adoption.h"

#include <signal.h>

#include "runner/cell/split.h"
#include "runner/cli/nearby.h"
#include "runner/cli/page.h"
#include "runner/cli/rewrite.h"
#include "runner/cli/verdict.h"
#include "runner/output/compare.h"
#include "runner/output/output.h"
#include "tangle/base/body.h"
#include "tangle/base/buf.h"
#include "tangle/base/mem.h"
#include "tangle/base/trace.h"
#include "tangle/document/block.h"
#include "tangle/document/blocks.h"
#include "tangle/document/settle.h"
#include "tangle/project/settings.h"

enum { DOCUMENT_ROUNDS = 5, DOCUMENT_STEPS = 3, BLOCK_ROUNDS = 12 };

/* ---- better or worse ------------------------------------------------------------------------ */

struct score {
	size_t good, errors;
};

static struct score
score_of(const struct notebook *n)
{
	struct score s = {0};

	for (size_t i = 0; i < n->cells.n; i++) {
		const struct cell_result *r = &n->results[i];

		s.good += n->cells.list[i].block && r->as_expected;
		for (size_t k = 0; r->end == CELL_UNBUILT && k < r->messages.n; k++)
			s.errors += r->messages.list[k].level == MESSAGE_ERROR;
		s.errors += r->end == CELL_BLOCKED || r->end == CELL_BROKEN || r->end == CELL_SKIPPED;
	}
	return s;
}

static bool
is_better(struct score a, struct score b)
{
	return a.good > b.good || (a.good == b.good && a.errors < b.errors);
}

/* ---- trials ------------------------------------------------------------------------------------ */

static void
let_go(struct trial *t)
{
	if (t)
		trial_release(t);
	mem_free(t);
}

static bool
was_interrupted(const struct notebook *n)
{
	for (size_t i = 0; i < n->cells.n; i++)
		if (n->results[i].end == CELL_RAN && n->results[i].outcome->kind == OUTCOME_INTERRUPTED)
			return true;
	return n->signal != 0;
}

static void
trace_trial(const struct adoption *a, const struct trial *t)
{
	struct buf words = {0};
	struct score s = score_of(&t->notebook);

	if (!trace_on("adopt"))
		return;
	amend_words(&words, a->wishes.list, a->wishes.n);
	trace("adopt", "%zu good, %zu errors, with '%.*s' and %zu edits", s.good, s.errors,
	    (int)words.len, words.data ? words.data : "", a->nedits);
	buf_release(&words);
}

/* The document as edited now, run; NULL when nothing can be made of it, or we are to stop. */
static struct trial *
attempt(struct adoption *a)
{
	struct trial *t = a->signal ? NULL : rewrite_read(a);
	bool ok = t && trial_run(t, a->slots);

	if (ok)
		trace_trial(a, t);

	if (t && was_interrupted(&t->notebook)) {
		a->signal = t->notebook.signal ? t->notebook.signal : SIGINT;
		ok = false;
	}
	if (!ok) {
		let_go(t);
		t = NULL;
	}
	return t;
}

static void
accept(struct adoption *a, struct trial *t)
{
	if (a->now != &a->as_is)
		let_go(a->now);
	a->now = t;
}

/* ---- options of the document ------------------------------------------------------------------ */

/* More words for a list; all of them, if it is one that comes whole. */
static void
wish_for_document(struct adoption *a, const struct wish *w)
{
	const struct wish *known = wishes_find(&a->wishes, w->key);
	bool adds = str_eq(w->key, STR("libs")) || str_eq(w->key, STR("pkg")) || str_eq(w->key, STR("cflags"));
	struct str value = arena_str(&a->arena, w->value);
	const char *key = arena_cstr(&a->arena, w->key);

	if ((adds ? options_own : options_find)(&a->document->options, key) ||
	    (known && str_eq(w->key, STR("omit"))))
		return;
	if (known && adds && str_find(known->value, value) == known->value.len)
		value = arena_printf(&a->arena, "%.*s %.*s", STR_ARG(known->value), STR_ARG(value));
	if (!known || !adds || str_find(known->value, value) == known->value.len)
		wishes_set(&a->wishes, w->key, value);
}

/* What would help a run becomes wishes; is there anything new? */
static bool
wish_what_helps(struct adoption *a, const struct notebook *n, struct wishes *found)
{
	struct wishes before = a->wishes;

	*found = (struct wishes){0};
	remedies_of_document(found, n, &a->arena);
	if (a->unmade.len == 0)
		a->unmade = nearby_unmade(n, &a->arena);
	for (size_t i = 0; i < found->n; i++)
		wish_for_document(a, &found->list[i]);
	return wishes_differ(&a->wishes, &before);
}

/*
 * Keep the wishes of the document if they help, else go back to these.  A header
 * may help only with its source, which is lacking as soon as the header is there.
 */
static bool
keep_if_better(struct adoption *a, const struct wishes *saved)
{
	struct wishes found;
	struct trial *t;

	for (int step = 0; step < DOCUMENT_STEPS && (t = attempt(a)); step++) {
		struct score now = score_of(&t->notebook), before = score_of(&a->now->notebook);
		bool goes_on;

		if (is_better(now, before)) {
			a->is_in_doubt = a->is_in_doubt || now.good == before.good;
			accept(a, t);
			return true;
		}
		goes_on = wish_what_helps(a, &t->notebook, &found);
		let_go(t);
		if (!goes_on)
			break;
	}
	a->wishes = *saved;
	return false;
}

/* All that might help at once, and if that does not, one by one. */
static bool
improve_document(struct adoption *a)
{
	struct wishes saved = a->wishes, found;
	bool any = false;

	if (!wish_what_helps(a, &a->now->notebook, &found))
		return false;
	if (keep_if_better(a, &saved))
		return true;
	for (size_t i = 0; found.n > 1 && i < found.n && !a->signal; i++) {
		saved = a->wishes;
		wish_for_document(a, &found.list[i]);
		if (wishes_differ(&a->wishes, &saved))
			any = keep_if_better(a, &saved) || any;
	}
	return any;
}

/* Do as many cells run without these wishes, and, `errors`, do no more fail to compile?  Then they go. */
static void
drop_if_needless(struct adoption *a, const struct wishes *fewer, bool errors)
{
	struct wishes saved = a->wishes;
	struct trial *t;

	a->wishes = *fewer;
	t = attempt(a);
	if (t) {
		struct score without = score_of(&t->notebook), with = score_of(&a->now->notebook);

		if (without.good >= with.good && !(errors && is_better(with, without))) {
			accept(a, t);
			return;
		}
	}
	let_go(t);
	a->wishes = saved;
}

/* What was taken together with something else may not be what helped. */
static void
thin_document(struct adoption *a)
{
	for (size_t i = a->wishes.n; i-- > 0 && a->wishes.n > 1 && !a->signal;) {
		struct wishes fewer = a->wishes;
		struct str key = fewer.list[i].key;

		wishes_drop(&fewer, key);
		if (!str_eq(key, STR("prelude")) && !str_eq(key, STR("sources")))
			drop_if_needless(a, &fewer, true);
	}
}

/* ---- options of blocks -------------------------------------------------------------------------- */

/* The first thing that is wrong with a cell, in a few words. */
static struct str
reason_of(const struct notebook *n, const struct cell *c, struct arena *a)
{
	const struct cell_result *r = &n->results[c->number];

	for (size_t k = 0; r->end == CELL_UNBUILT && k < r->messages.n; k++)
		if (r->messages.list[k].level == MESSAGE_ERROR)
			return arena_str(a, r->messages.list[k].text);
	if (r->end == CELL_BLOCKED && r->blocked_by && r->blocked_by->block)
		return arena_printf(a, "needs line %zu",
		    source_position(r->blocked_by->at.source, r->blocked_by->at.offset).line);
	if (r->end != CELL_RAN)
		return STR("");
	if (r->outcome->kind == OUTCOME_EXIT && r->outcome->status > 0)
		return arena_printf(a, "ends with status %d", r->outcome->status);
	if (r->outcome->kind == OUTCOME_TIMEOUT)
		return STR("does not end in time");
	return r->outcome->what.len > 0 ? arena_str(a, r->outcome->what) : STR("fails");
}

/* A demonstration that never ends need not take ten seconds each time. */
static void
wish_for_block(struct adopted_block *b, const struct wish *w, bool starts_anew)
{
	if (starts_anew)
		b->wishes.n = 0;
	wishes_set(&b->wishes, w->key, w->value);
	if (str_eq(w->value, STR("timeout")))
		wishes_set(&b->wishes, STR("timeout"), STR("1s"));
}

/* Has any cell a remedy now?  `costly`: only those that took all their time. */
static bool
improve_blocks(struct adoption *a, bool costly)
{
	const struct notebook *n = &a->now->notebook;
	bool any = false;

	for (size_t i = 0; i < n->cells.n; i++) {
		const struct cell *c = &n->cells.list[i];
		const struct cell_result *r = &n->results[i];
		struct adopted_block *b = c->block ? &a->blocks[c->block->number] : NULL;
		struct wish w;

		if (!b || r->as_expected || (costly && (r->end != CELL_RAN || r->outcome->limit.kind == LIMIT_NONE)) ||
		    !remedy_of_cell(&b->remedies, n, c, &w, &a->arena))
			continue;
		wish_for_block(b, &w, r->end == CELL_UNBUILT);
		b->why = reason_of(n, c, &a->arena);
		any = true;
	}
	return any;
}

static bool
try_blocks(struct adoption *a, bool costly)
{
	struct trial *t;

	if (!improve_blocks(a, costly))
		return false;
	t = attempt(a);
	if (t)
		accept(a, t);
	else if (!a->signal)
		a->is_broken = true;
	return t != NULL;
}

/*
 * Where nearly all is sketches the document says so, and those that run are marked.
 */
static bool
mark_if_shorter(struct adoption *a)
{
	const struct notebook *n = &a->now->notebook;
	size_t shown = 0, runs = 0;

	for (size_t k = 0; k < a->n; k++) {
		struct wish *w = wishes_find(&a->blocks[k].wishes, STR("run"));

		shown += w && str_eq(w->value, STR("false"));
	}
	for (size_t i = 0; i < n->cells.n; i++)
		runs += n->cells.list[i].block != NULL;
	if (shown == 0 || (shown == 1 && !a->needs_top) || shown <= 3 * runs || options_find(&a->document->options, "run"))
		return false;
	wishes_set(&a->wishes, STR("run"), STR("marked"));
	for (size_t k = 0; k < a->n; k++) {
		struct adopted_block *b = &a->blocks[k];
		struct wish *w = wishes_find(&b->wishes, STR("run"));

		if (w && str_eq(w->value, STR("false")))
			wishes_drop(&b->wishes, STR("run"));
		else if (b->is_cell && !w && !options_find(&b->block->options, "run"))
			wishes_set(&b->wishes, STR("run"), STR("true"));
	}
	return true;
}

/* ---- outputs ---------------------------------------------------------------------------------- */

/* Does the fence look as if it showed what the cell above it prints? */
static bool
may_be_output(const struct block *cell, const struct block *b)
{
	static const char *const words[] = { "", "text", "txt", "plain", "plaintext", "output", "stdout",
		"console", "none", "log" };
	const struct part *p = b->part;

	if (b->is_output || b->is_cell || b->is_fragment || p->kind != PART_FENCE || p != cell->part + 1 ||
	    (!p->touches_above && settle_caption(cell, b).len == 0) || !p->closed || b->options.n > 0)
		return false;
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (str_eq(b->language, str_of(words[i])))
			return str_find_byte(p->info, ' ') == p->info.len;
	return false;
}

static bool
shows(const struct block *b, const struct fences *made, struct arena *a)
{
	struct body rest = block_body(b);
	struct buf text = {0};
	struct str stays;
	bool same;

	for (struct str line; body_line(&rest, &line);)
		buf_add(&text, line);
	same = made->present[FENCE_OUTPUT] && !made->present[FENCE_STDERR] && !made->present[FENCE_ERROR] &&
	    compare_texts(&(struct comparing){0}, arena_str(a, buf_str(&text)), made->text[FENCE_OUTPUT], a,
	    &stays) == COMPARISON_SAME;
	buf_release(&text);
	return same;
}

/* A transcript of a shell has more than what the cell prints. */
static bool
begins_with_prompt(const struct block *b)
{
	struct body rest = block_body(b);
	struct str line;

	return body_line(&rest, &line) && str_starts(str_trim(line), STR("$ "));
}

static bool
has_outputs(const struct adoption *a)
{
	for (size_t k = 0; k < a->n; k++)
		if (a->blocks[k].block->is_output)
			return true;
	return options_find(&a->document->options, "outputs") != NULL;
}

/*
 * What a cell prints and a plain fence below it shows becomes its output.  What else
 * is printed is not wanted on the page: the author left it away.
 */
static bool
settle_outputs(struct adoption *a)
{
	struct page page;
	size_t converted = 0;
	bool prints = false;

	if (has_outputs(a))
		return false;
	page_make(&page, &a->now->notebook, &a->arena);
	for (size_t i = 0; i < page.n; i++) {
		size_t k = page.cells[i].of->block->number;
		struct adopted_block *below = k + 1 < a->n ? &a->blocks[k + 1] : NULL;

		if (!below || !page.cells[i].made || !may_be_output(a->blocks[k].block, below->block))
			continue;
		below->converts = shows(below->block, page.cells[i].made, &a->arena);
		below->contradicts = !below->converts && page.cells[i].made->present[FENCE_OUTPUT] &&
		    !begins_with_prompt(below->block);
		converted += below->converts;
	}
	for (size_t i = 0; i < page.n; i++) {
		const struct fences *made = page.cells[i].made;
		struct adopted_block *b = &a->blocks[page.cells[i].of->block->number];

		if (!made || !(made->present[FENCE_OUTPUT] || made->present[FENCE_STDERR] ||
		    made->present[FENCE_ERROR] || made->present[FENCE_SHOWN]) || b[1].converts)
			continue;
		prints = true;
		if (converted == 0)
			wishes_set(&a->wishes, STR("outputs"), STR("none"));
		else if (wishes_find(&b->wishes, STR("fails")))
			*wishes_find(&b->wishes, STR("fails")) = (struct wish){ STR("run"), STR("compile") };
		else
			wishes_set(&b->wishes, STR("show"), STR("code"));
	}
	return converted > 0 || prints;
}

/* ---- what became of them ------------------------------------------------------------------------- */

static enum fate
fate_of(const struct cell_result *r)
{
	if (r->as_expected)
		return r->end == CELL_COMPILED ? FATE_COMPILES : FATE_RUNS;
	switch (r->end) {
	case CELL_UNBUILT: return FATE_UNBUILT;
	case CELL_BLOCKED: return FATE_BLOCKED;
	case CELL_RAN:
	case CELL_COMPILED: return FATE_FAILS;
	case CELL_WAITS:
	case CELL_BROKEN:
	case CELL_LEFT_OUT:
	case CELL_SKIPPED: break;
	}
	return FATE_UNUSABLE;
}

static void
take_as_is(struct adoption *a, const struct notebook *n)
{
	struct split_context context = {0};

	for (size_t i = 0; i < n->cells.n; i++) {
		const struct cell *c = &n->cells.list[i];
		struct adopted_block *b = c->block ? &a->blocks[c->block->number] : NULL;

		if (!b)
			continue;
		b->is_cell = true;
		b->before = fate_of(&n->results[i]);
		b->why = n->results[i].as_expected ? STR("") : reason_of(n, c, &a->arena);
		if (c->kind == CELL_C && !c->is_cxx)
			b->nature = nature_of(c->text, &context, &a->arena);
		else
			b->nature = n->results[i].is_program ? NATURE_PROGRAM : NATURE_DECLARATIONS;
	}
	split_context_release(&context);
}

static void
take_edited(struct adoption *a)
{
	const struct notebook *n = &a->now->notebook;
	struct verdicts v;
	struct page page;

	page_make(&page, n, &a->arena);
	verdicts_make(&v, &page, &a->arena);
	a->is_clean = true;
	for (size_t i = 0; i < n->cells.n; i++) {
		const struct cell *c = &n->cells.list[i];
		const struct verdict *one = verdicts_find(&v, c);
		const struct option *outputs = options_find(&n->cells.blocks->document->options, "outputs");
		struct adopted_block *b = c->block ? &a->blocks[c->block->number] : NULL;

		if (!b)
			continue;
		b->after = fate_of(&n->results[i]);
		if (n->results[i].as_expected && one && one->comparison == COMPARISON_DIFFERS &&
		    !(outputs && str_eq(outputs->value, STR("none"))))
			b->after = FATE_DIFFERS;
		b->still = n->results[i].as_expected ? STR("") : reason_of(n, c, &a->arena);
		a->is_clean = a->is_clean && (b->after == FATE_RUNS || b->after == FATE_COMPILES);
	}
}

/* ---- the whole ------------------------------------------------------------------------------------ */

/* Where a document has its options already. */
static enum carrier
usual_carrier(const struct blocks *b)
{
	for (size_t k = 0; k < b->n; k++) {
		const struct block *one = &b->list[k];
		const struct part *p = one->part;
		const char *text = b->document->source.text.data;

		for (size_t i = 0; i < one->options.n; i++) {
			size_t at = one->options.list[i].at.offset;

			if (one->options.list[i].at.source != &b->document->source || p->kind != PART_FENCE ||
			    !setting_find(one->options.list[i].key))
				continue;
			if (at < p->start)
				return CARRIER_COMMENT;
			return at < (size_t)(p->head.data - text) + p->head.len ? CARRIER_BRACES : CARRIER_LINES;
		}
	}
	return CARRIER_COMMENT;
}

bool
adoption_is_untouched(const struct blocks *b)
{
	for (size_t i = 0; i < b->document->options.n; i++)
		if (b->document->options.list[i].at.source == &b->document->source)
			return false;
	for (size_t k = 0; k < b->n; k++) {
		const struct block *one = &b->list[k];

		if (one->is_output || one->is_hidden || one->is_fragment || one->name.len > 0)
			return false;
		for (size_t i = 0; i < one->options.n; i++)
			if (setting_find(one->options.list[i].key))
				return false;
	}
	return true;
}

static void
search(struct adoption *a)
{
	bool prints, marks;

	try_blocks(a, true);
	for (int round = 0; round < DOCUMENT_ROUNDS && !a->signal && improve_document(a); round++)
		;
	thin_document(a);
	if (a->unmade.len > 0 && !a->signal)	/* what does not compile is not known for a sketch */
		return;
	for (int round = 0; round < BLOCK_ROUNDS && try_blocks(a, false); round++)
		;
	if (a->is_in_doubt && a->wishes.n > 0 && !a->is_broken)
		drop_if_needless(a, &(struct wishes){0}, false);
	if (a->signal || a->is_broken)
		return;
	prints = settle_outputs(a);
	marks = mark_if_shorter(a);
	if (prints || marks) {
		accept(a, attempt(a));
		a->is_broken = !a->now;
	} else {
		let_go(rewrite_read(a));	/* the edits may be those of a trial that failed */
	}
}

static bool
begin(struct adoption *a, const struct notebook *untouched, const int carriers[2])
{
	const struct blocks *b = a->as_is.load.blocks;

	a->document = &a->as_is.load.documents[0];
	a->n = b->n;
	a->blocks = arena_alloc(&a->arena, a->n + 1, sizeof *a->blocks);
	a->edits = arena_alloc(&a->arena, a->n + 1, sizeof *a->edits);
	a->carrier = carriers[1] >= 0 ? (enum carrier)carriers[1] :
	    a->document->body > 0 ? CARRIER_FRONT : CARRIER_COMMENT;
	for (size_t k = 0; k < a->n; k++) {
		a->blocks[k].block = &b->list[k];
		a->blocks[k].carrier = carriers[0] >= 0 ? (enum carrier)carriers[0] : usual_carrier(b);
	}
	a->now = &a->as_is;
	if (untouched)
		a->as_is.notebook = *untouched;	/* which stays somebody else's */
	else if (!trial_run(&a->as_is, a->slots))
		return false;
	return !was_interrupted(&a->as_is.notebook);
}

bool
adoption_make(struct adoption *a, const struct invocation *i, struct slots *slots,
    const struct document *d, const int carriers[2], const struct notebook *untouched)
{
	*a = (struct adoption){ .invocation = i, .slots = slots };
	arena_init(&a->arena);
	if (!trial_read(&a->as_is, i, d->path, d->source.text) || a->as_is.load.n == 0)
		return false;
	if (!begin(a, untouched, carriers)) {
		a->signal = a->as_is.notebook.signal ? a->as_is.notebook.signal : SIGINT;
		return false;
	}
	take_as_is(a, &a->as_is.notebook);
	search(a);
	if (a->now && !a->signal)
		take_edited(a);
	return !a->signal;
}

void
adoption_release(struct adoption *a)
{
	if (a->now != &a->as_is)
		let_go(a->now);
	trial_release(&a->as_is);
	arena_release(&a->arena);
	*a = (struct adoption){0};
}
