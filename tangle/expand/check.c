#include "tangle/expand/check.h"

#include "tangle/base/buf.h"
#include "tangle/base/diag.h"
#include "tangle/base/mem.h"
#include "tangle/expand/graph.h"

static const uint64_t TARGET_LIMIT = (uint64_t)64 << 20;
static const uint64_t SATURATED = (uint64_t)1 << 62;

/* One step of the walk: which reference of which block of a node comes next. */
struct step {
	struct node *node;
	size_t block, reference;
	bool bad;
};

struct check {
	struct graph *g;
	struct diag *d;
	bool allow_missing;
	struct step *stack;
	size_t depth, cap;
};

static uint64_t
plus(uint64_t a, uint64_t b)
{
	return a > SATURATED - (b < SATURATED ? b : SATURATED) ? SATURATED : a + b;
}

static uint64_t
times(uint64_t a, uint64_t b)
{
	return b != 0 && a > SATURATED / b ? SATURATED : a * b;
}

static void
report_cycle(const struct check *c, const struct reference *last)
{
	size_t first = c->depth;
	struct buf chain = {0};

	while (first > 0 && c->stack[first - 1].node != last->to)
		first--;
	for (size_t i = first ? first - 1 : 0; i < c->depth; i++)
		buf_printf(&chain, "%.*s -> ", STR_ARG(c->stack[i].node->name));
	diag_error(c->d, STATUS_STRUCTURE, last->at, "cycle",
	    "block '%.*s' contains itself: %.*s%.*s", STR_ARG(last->name),
	    STR_ARG(buf_str(&chain)), STR_ARG(last->name));
	for (size_t i = first ? first - 1 : 0; i + 1 < c->depth; i++) {
		const struct step *s = &c->stack[i];

		diag_note(c->d, s->node->blocks[s->block]->references[s->reference - 1].at,
		    "'%.*s' is used here", STR_ARG(c->stack[i + 1].node->name));
	}
	buf_release(&chain);
}

/* The size of a node whose references all have their sizes. */
static void
sum_up(struct node *n)
{
	for (size_t i = 0; i < n->nblocks; i++) {
		const struct block *b = n->blocks[i];
		struct body rest = block_body(b);
		struct str line;
		size_t r = 0;

		for (size_t k = 0; body_line(&rest, &line); k++) {
			if (r < b->nreferences && b->references[r].line == k) {
				const struct reference *one = &b->references[r++];

				if (one->to) {
					n->bytes = plus(n->bytes, plus(one->to->bytes,
					    times(one->indent.len, one->to->filled_lines)));
					n->filled_lines = plus(n->filled_lines, one->to->filled_lines);
					continue;
				}
			}
			n->bytes = plus(n->bytes, line.len + 1);
			n->filled_lines += str_chomp(line).len > 0;
		}
	}
}

/* The references that add most to a node that grew too large. */
static void
note_contributors(const struct check *c, const struct node *n)
{
	const struct reference *most[3] = {0};

	for (size_t i = 0; i < n->nblocks; i++) {
		for (size_t k = 0; k < n->blocks[i]->nreferences; k++) {
			const struct reference *r = &n->blocks[i]->references[k];

			for (size_t m = 0; r && r->to && m < 3; m++) {
				if (!most[m] || r->to->bytes > most[m]->to->bytes) {
					const struct reference *down = most[m];

					most[m] = r;
					r = down;
				}
			}
		}
	}
	for (size_t m = 0; m < 3 && most[m]; m++)
		diag_note(c->d, most[m]->at, "'%.*s' adds %s%llu bytes", STR_ARG(most[m]->name),
		    most[m]->to->bytes >= SATURATED ? "over " : "",
		    (unsigned long long)most[m]->to->bytes);
}

static bool
within_limit(const struct check *c, const struct node *n)
{
	if (n->bytes <= TARGET_LIMIT)
		return true;
	diag_error(c->d, STATUS_LIMIT, n->blocks[0]->at, "too-large",
	    "block '%.*s' would expand to %s%llu bytes; the limit is %llu", STR_ARG(n->name),
	    n->bytes >= SATURATED ? "over " : "", (unsigned long long)n->bytes,
	    (unsigned long long)TARGET_LIMIT);
	note_contributors(c, n);
	return false;
}

static void
push(struct check *c, struct node *n)
{
	c->stack = mem_grow(c->stack, &c->cap, c->depth + 1, sizeof *c->stack);
	c->stack[c->depth++] = (struct step){ .node = n };
	n->state = NODE_OPEN;
}

/* The next reference to look at in the topmost node; NULL when it is done. */
static const struct reference *
next_reference(struct step *s)
{
	while (s->block < s->node->nblocks) {
		const struct block *b = s->node->blocks[s->block];

		if (s->reference < b->nreferences)
			return &b->references[s->reference++];
		s->block++;
		s->reference = 0;
	}
	return NULL;
}

/* All references of the topmost node are known: so is the node. */
static void
finish(struct check *c)
{
	struct step *s = &c->stack[--c->depth];
	struct node *n = s->node;

	sum_up(n);
	if (n->state == NODE_OPEN)
		n->state = s->bad || !within_limit(c, n) ? NODE_BAD : NODE_GOOD;
	if (n->state == NODE_BAD && c->depth > 0)
		c->stack[c->depth - 1].bad = true;
}

/* Depth first, the stack on the heap: chains may be a million long. */
static void
walk(struct check *c, struct node *root)
{
	push(c, root);
	while (c->depth > 0) {
		struct step *s = &c->stack[c->depth - 1];
		const struct reference *r = next_reference(s);

		if (!r) {
			finish(c);
		} else if (r->is_escaped) {
			continue;
		} else if (!r->to) {
			graph_tell_missing(c->g, s->node->blocks[s->block], r, c->allow_missing, c->d);
			s->bad = s->bad || !c->allow_missing;
		} else if (r->to->state == NODE_OPEN) {
			report_cycle(c, r);
			s->bad = true;
		} else if (r->to->state == NODE_NEW) {
			push(c, r->to);
		} else if (r->to->state == NODE_BAD) {
			s->bad = true;
		}
	}
}

bool
graph_check(struct graph *g, struct node *n, bool allow_missing, struct diag *d)
{
	struct check c = { .g = g, .d = d, .allow_missing = allow_missing };

	if (n->state == NODE_NEW)
		walk(&c, n);
	mem_free(c.stack);
	return n->state == NODE_GOOD;
}

bool
graph_check_block(struct graph *g, const struct block *b, bool allow_missing, struct diag *d)
{
	uint64_t total = 0;
	bool ok = true;

	for (size_t i = 0; i < b->nreferences; i++) {
		const struct reference *r = &b->references[i];

		if (r->is_escaped)
			continue;
		if (!r->to) {
			graph_tell_missing(g, b, r, allow_missing, d);
			ok = ok && allow_missing;
		} else if (!graph_check(g, r->to, allow_missing, d)) {
			ok = false;
		} else {
			total = plus(total, plus(r->to->bytes,
			    times(r->indent.len, r->to->filled_lines)));
		}
	}
	if (total > TARGET_LIMIT) {
		diag_error(d, STATUS_LIMIT, b->at, "too-large",
		    "this block would expand to more than %llu bytes",
		    (unsigned long long)TARGET_LIMIT);
		ok = false;
	}
	return ok;
}
