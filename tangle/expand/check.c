#include "tangle/expand/check.h"

#include "tangle/base/buf.h"
#include "tangle/base/diag.h"
#include "tangle/base/mem.h"
#include "tangle/expand/annotate.h"
#include "tangle/expand/graph.h"
#include "tangle/expand/pin.h"

enum {
	CONTRIBUTORS = 3,
	EXPLAINED = 3,		/* texts that are too large get their contributors */
	SHOWN_OF_CYCLE = 8,
	BYTES_OF_EXPANSION = 4,	/* one reference may be expanded for so many bytes of the limit */
	FEWEST_EXPANSIONS = 1 << 24
};

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

static const char *
over(uint64_t n)
{
	return n >= SIZE_SATURATED ? "over " : "";
}

/* ---- sizes --------------------------------------------------------------------- */

/* What a block's own lines add; those that become other blocks are left out. */
static struct size
own_size(const struct block *b)
{
	struct size sum = {0};
	struct body rest = block_body(b);
	size_t next = 0;
	struct str line;

	for (size_t k = 0; body_line(&rest, &line); k++) {
		struct str text = str_chomp(line);
		const struct reference *r = NULL;

		while (next < b->nreferences && b->references[next].line == k)
			r = &b->references[next++];
		if (r && r->to && !r->is_inline)
			continue;
		/* a line that nothing ends is ended; a backslash before << goes */
		sum.bytes += line.len + (text.len == line.len) - (r && r->is_escaped && !r->is_inline);
		sum.filled_lines += text.len > 0;
	}
	return sum;
}

/* What is written round a node's block. */
static void
add_marks(struct size *sum, const struct node *n, size_t i)
{
	size_t lines;

	sum->bytes = size_plus(sum->bytes, annotate_size(n, i, &lines));
	sum->filled_lines = size_plus(sum->filled_lines, lines);
}

/* ---- what is too large ------------------------------------------------------------ */

/* How often a name comes in a text, and behind how many bytes of indentation in all. */
struct share {
	uint64_t copies, indents;
};

struct contributor {
	const struct node *node;
	uint64_t copies, bytes;
};

static void
hand_down(struct share *all, const struct node *n)
{
	const struct share *s = &all[n->order];

	for (size_t i = 0; i < n->nblocks; i++) {
		for (size_t k = 0; k < n->blocks[i]->nreferences; k++) {
			const struct reference *r = &n->blocks[i]->references[k];
			struct share *to;

			if (!r->to || r->to->size.bytes == 0)
				continue;
			to = &all[r->to->order];
			to->copies = size_plus(to->copies, s->copies);
			to->indents = size_plus(to->indents, size_plus(s->indents,
			    size_times(s->copies, r->indent.len)));
		}
	}
}

/* What the name's own lines add to the text, in all their copies. */
static uint64_t
bytes_added(const struct node *n, const struct share *s)
{
	uint64_t bytes = 0;

	for (size_t i = 0; i < n->nblocks; i++) {
		struct size own = own_size(n->blocks[i]);

		add_marks(&own, n, i);
		bytes = size_plus(bytes, size_plus(size_times(own.bytes, s->copies),
		    size_times(own.filled_lines, s->indents)));
	}
	return bytes;
}

static void
rank(struct contributor most[CONTRIBUTORS], struct contributor c)
{
	for (size_t i = 0; i < CONTRIBUTORS; i++) {
		struct contributor down = most[i];

		if (down.node && down.bytes >= c.bytes)
			continue;
		most[i] = c;
		c = down;
	}
}

static void
note_contributor(struct diag *d, const struct contributor *c)
{
	diag_note(d, c->node->blocks[0]->at, "'%.*s' is in it %s%llu time%s and adds %s%llu bytes",
	    STR_ARG(c->node->name), over(c->copies), (unsigned long long)c->copies,
	    c->copies == 1 ? "" : "s", over(c->bytes), (unsigned long long)c->bytes);
}

/*
 * Which names add most to what has these shares to begin with.  A node's order is
 * above that of all that it refers to, so one way down the list is enough.
 */
static void
note_contributors(const struct check *c, struct share *all)
{
	struct contributor most[CONTRIBUTORS] = {0};

	for (size_t i = c->g->nfinished; i-- > 0;) {
		const struct node *n = c->g->finished[i];

		if (all[i].copies == 0)
			continue;
		hand_down(all, n);
		rank(most, (struct contributor){ n, all[i].copies, bytes_added(n, &all[i]) });
	}
	for (size_t i = 0; i < CONTRIBUTORS && most[i].node && most[i].bytes > 0; i++)
		note_contributor(c->d, &most[i]);
}

/* Several texts of one document are often too large for one reason. */
static struct share *
begin_shares(const struct check *c)
{
	if (c->g->nexplained >= EXPLAINED)
		return NULL;
	c->g->nexplained++;
	return mem_zalloc(c->g->nfinished, sizeof(struct share));
}

/* True after an error. */
static bool
is_over(const struct check *c, const struct size *size, struct place at, struct str what)
{
	uint64_t most = c->g->limits.target;
	uint64_t expansions = most / BYTES_OF_EXPANSION > FEWEST_EXPANSIONS ?
	    most / BYTES_OF_EXPANSION : FEWEST_EXPANSIONS;

	if (size->bytes > most)
		diag_error(c->d, STATUS_LIMIT, at, "too-large",
		    "'%.*s' would have %s%llu bytes; the limit is %llu, which --max-target raises",
		    STR_ARG(what), over(size->bytes), (unsigned long long)size->bytes,
		    (unsigned long long)most);
	else if (size->expansions > expansions)
		diag_error(c->d, STATUS_LIMIT, at, "too-large",
		    "'%.*s' needs %s%llu references expanded; the limit is %llu, a quarter of --max-target",
		    STR_ARG(what), over(size->expansions), (unsigned long long)size->expansions,
		    (unsigned long long)expansions);
	else
		return false;
	return true;
}

static bool
is_node_over(const struct check *c, const struct node *n)
{
	bool is_target = n->file.len > 0;
	struct share *all;

	if (!is_over(c, &n->size, is_target ? node_file_at(n) : n->blocks[0]->at,
	    is_target ? n->file : n->name))
		return false;
	if ((all = begin_shares(c))) {
		all[n->order].copies = 1;
		note_contributors(c, all);
		mem_free(all);
	}
	return true;
}

static bool
is_block_over(const struct check *c, const struct block *b, const struct size *size)
{
	struct share *all;

	if (!is_over(c, size, b->at, b->name.len ? b->name : STR("this block")))
		return false;
	if ((all = begin_shares(c))) {
		for (size_t i = 0; i < b->nreferences; i++) {
			const struct reference *r = &b->references[i];

			if (!r->to || r->to->size.bytes == 0)
				continue;
			all[r->to->order].copies++;
			all[r->to->order].indents += r->indent.len;
		}
		note_contributors(c, all);
		mem_free(all);
	}
	return true;
}

/* ---- the walk ------------------------------------------------------------------- */

/* Of a long way round only the beginning and the end are shown. */
static size_t
next_of_cycle(size_t i, size_t first, size_t depth)
{
	bool is_long = depth - first > SHOWN_OF_CYCLE;

	return is_long && i + 1 == first + SHOWN_OF_CYCLE / 2 ? depth - SHOWN_OF_CYCLE / 2 : i + 1;
}

static void
report_cycle(const struct check *c, const struct reference *last)
{
	size_t first = last->to->order, next;
	struct buf chain = {0};

	for (size_t i = first; i < c->depth; i = next) {
		buf_printf(&chain, "%.*s -> ", STR_ARG(c->stack[i].node->name));
		next = next_of_cycle(i, first, c->depth);
		if (next > i + 1)
			buf_printf(&chain, "... (%zu more) -> ", next - i - 1);
	}
	diag_error(c->d, STATUS_STRUCTURE, reference_at(last), "cycle",
	    "block '%.*s' contains itself: %.*s%.*s", STR_ARG(last->name),
	    STR_ARG(buf_str(&chain)), STR_ARG(last->name));
	for (size_t i = first; i + 1 < c->depth; i = next_of_cycle(i, first, c->depth)) {
		const struct step *s = &c->stack[i];

		diag_note(c->d,
		    reference_at(&s->node->blocks[s->block]->references[s->reference - 1]),
		    "'%.*s' is used here", STR_ARG(c->stack[i + 1].node->name));
	}
	buf_release(&chain);
}

static void
push(struct check *c, struct node *n)
{
	c->stack = mem_grow(c->stack, &c->cap, c->depth + 1, sizeof *c->stack);
	n->order = c->depth;		/* while it is open: where it stands on the stack */
	c->stack[c->depth++] = (struct step){ .node = n };
	n->state = NODE_OPEN;
}

/* The next reference to look at in the topmost node; NULL when it is done. */
static struct reference *
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
	struct graph *g = c->g;

	for (size_t i = 0; i < n->nblocks; i++) {
		s->bad = !size_add_block(&n->size, n->blocks[i], c->d) || s->bad;
		add_marks(&n->size, n, i);
	}
	n->state = s->bad ? NODE_BAD : NODE_GOOD;
	if (n->state == NODE_BAD && c->depth > 0)
		c->stack[c->depth - 1].bad = true;
	g->finished = mem_grow(g->finished, &g->cap_finished, g->nfinished + 1, sizeof *g->finished);
	n->order = g->nfinished;
	g->finished[g->nfinished++] = n;
}

/* Depth first, the stack on the heap: chains may be a million long. */
static void
walk(struct check *c, struct node *root)
{
	push(c, root);
	while (c->depth > 0) {
		struct step *s = &c->stack[c->depth - 1];
		struct reference *r = next_reference(s);

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
	mem_free(c->stack);
	c->stack = NULL;
	c->cap = 0;
}

/* Of all that a node reaches: true if there is neither a cycle nor a name missing. */
static bool
settle(struct check *c, struct node *n)
{
	if (n->state == NODE_NEW)
		walk(c, n);
	return n->state == NODE_GOOD;
}

bool
graph_check(struct graph *g, struct node *n, bool allow_missing, struct diag *d)
{
	struct check c = { .g = g, .d = d, .allow_missing = allow_missing };

	if (n->is_recorded && n->file.len > 0 && !pin_check(n, d))
		return false;
	if (!settle(&c, n))
		return false;
	if (!n->is_measured)
		n->is_too_large = is_node_over(&c, n);
	n->is_measured = true;
	return !n->is_too_large;
}

bool
graph_check_block(struct graph *g, const struct block *b, bool allow_missing, struct diag *d)
{
	struct check c = { .g = g, .d = d, .allow_missing = allow_missing };
	struct size size = {0};
	bool ok = true;

	for (size_t i = 0; i < b->nreferences; i++) {
		struct reference *r = &b->references[i];

		if (r->is_escaped)
			continue;
		if (r->to) {
			ok = settle(&c, r->to) && ok;
		} else {
			graph_tell_missing(g, b, r, allow_missing, d);
			ok = ok && allow_missing;
		}
	}
	ok = size_add_block(&size, b, d) && ok;
	/* a fragment's own size is of no interest: only what it becomes a part of */
	return ok && !(b->is_cell && is_block_over(&c, b, &size));
}

bool
graph_check_targets(struct graph *g, bool allow_missing, struct diag *d)
{
	struct contributor most[CONTRIBUTORS] = {0};
	uint64_t sum = 0;

	for (size_t i = 0; i < g->ntargets; i++) {
		struct node *n = g->targets[i];

		if ((n->is_recorded && !pin_is_whole(n)) || !graph_check(g, n, allow_missing, d))
			continue;
		sum = size_plus(sum, n->size.bytes);
		rank(most, (struct contributor){ n, 1, n->size.bytes });
	}
	if (sum <= g->limits.run)
		return true;
	diag_error(d, STATUS_LIMIT, node_file_at(most[0].node), "too-large",
	    "all targets together would have %s%llu bytes; the limit is %llu, which --max-output raises",
	    over(sum), (unsigned long long)sum, (unsigned long long)g->limits.run);
	for (size_t i = 0; i < CONTRIBUTORS && most[i].node; i++)
		diag_note(d, node_file_at(most[i].node), "'%.*s' has %llu bytes",
		    STR_ARG(most[i].node->file), (unsigned long long)most[i].bytes);
	return false;
}
