#include "tangle/expand/pin.h"

#include <string.h>

#include "tangle/base/arena.h"
#include "tangle/base/diag.h"
#include "tangle/document/block.h"
#include "tangle/document/blocks.h"
#include "tangle/project/settings.h"

static bool
is_digest(struct str s)
{
	for (size_t i = 0; i < s.len; i++)
		if (!memchr("0123456789abcdef", s.data[i], 16))
			return false;
	return s.len == 0 || (s.len >= PIN_DIGITS && s.len <= HASH_HEX);
}

bool
pin_read(struct str name, struct str *cell, struct str *digest)
{
	size_t at = name.len;

	while (at > 0 && name.data[at - 1] != '!')
		at--;
	if (at < 2)
		return false;
	*cell = str_slice(name, 0, at - 1);
	*digest = str_slice(name, at, name.len);
	return is_digest(*digest);
}

/* ---- what is recorded ------------------------------------------------------------- */

/* Why is the line not what was printed?  NULL: it is. */
static const char *
inexact(struct str line, bool has_patterns)
{
	struct str text = str_trim(line);

	if (str_starts(text, STR("... ")) && str_ends(text, STR(" left out ...")))
		return "it was too long to be recorded whole; output-limit raises what is";
	if (!has_patterns)
		return NULL;
	if (str_ends(text, STR("...")) && str_trim(str_slice(text, 0, text.len - 3)).len == 0)
		return "it is a pattern";
	if (str_find(text, STR("[..]")) < text.len)
		return "it has a pattern in it";
	if (str_ends(text, STR("\\...")) && text.data[0] == '\\')
		return "it has a backslash that only keeps it from being a pattern; with patterns=false it has none";
	return NULL;
}

static bool
has_patterns(const struct block *b)
{
	const struct option *o = block_setting(b, "patterns");
	bool on;

	return !o || !setting_flag(o->value, &on) || on;
}

/* Its lines go into the digest. */
static void
read_output(struct pin *p, const struct block *b, struct hash *h)
{
	bool patterns = has_patterns(b->owner);
	struct body rest = block_body(b);

	for (struct str line; body_line(&rest, &line);) {
		const char *why = inexact(str_chomp(line), patterns);
		size_t end = line.len;

		if (why && !p->why) {
			p->why = why;
			p->inexact = place_of(&b->document->source, str_chomp(line));
		}
		while (end > 0 && memchr(" \t\r\n", line.data[end - 1], 4))
			end--;
		hash_add(h, str_slice(line, 0, end));
		hash_add(h, STR("\n"));
	}
}

static void
finish(struct pin *p)
{
	struct hash *h = hash_start();

	for (size_t i = 0; i < p->node.nblocks; i++)
		read_output(p, p->node.blocks[i], h);
	digest_hex(hash_end(h), p->digest);
}

/* ---- tying ---------------------------------------------------------------------- */

/* Call f for each pin of the documents. */
static void
each(struct graph *g, void (*f)(struct graph *g, const struct blocks *from, struct reference *r))
{
	for (size_t i = 0; i < g->ndocuments; i++)
		for (size_t k = 0; k < g->documents[i].n; k++) {
			struct block *b = &g->documents[i].list[k];

			for (size_t n = 0; n < b->nreferences; n++)
				if (b->references[n].is_pin)
					f(g, &g->documents[i], &b->references[n]);
		}
}

static struct node *
cell_of(const struct graph *g, const struct blocks *from, const struct reference *r)
{
	struct str cell, digest;

	return pin_read(r->name, &cell, &digest) ? graph_find(g, from, cell) : NULL;
}

static void
make(struct graph *g, struct node *n)
{
	struct pin *p = arena_alloc(g->arena, 1, sizeof *p);

	n->pin = p;
	p->cell = n;
	p->node.is_recorded = true;
	p->node.name = arena_printf(g->arena, "%.*s!", STR_ARG(n->name));
	p->node.home = n->home;
	p->node.mode = -1;
	p->node.blocks = arena_alloc(g->arena, n->nblocks, sizeof(struct block *));
}

static void
make_for(struct graph *g, const struct blocks *from, struct reference *r)
{
	struct node *n = cell_of(g, from, r);

	if (n && !n->pin)
		make(g, n);
}

/*
 * What several cells of a block gave stands below lines of their labels, with a colon: those
 * of a grid's instances (params.h), and BLOCK_GENERATED behind that for what was generated.
 */
static bool
is_generated_label(struct str line)
{
	return str_eq(line, STR(BLOCK_GENERATED ":")) || str_ends(line, STR(" " BLOCK_GENERATED ":"));
}

/* A block that is lines of another's body. */
static struct block *
part_of(struct graph *g, const struct block *output, struct str text, size_t nlines)
{
	struct block *own = arena_copy(g->arena, output, 1, sizeof *own);
	struct part *part = arena_copy(g->arena, output->part, 1, sizeof *part);

	part->body.text = text;
	part->body.nlines = nlines;
	own->part = part;
	return own;
}

/* Of a generator's output only what it printed itself, which stands in front. */
static struct block *
without_generated(struct graph *g, struct block *output)
{
	struct body body = output->part->body, rest = body, before = body;
	struct str line;
	size_t n = 0;

	if (!block_generates(output->owner))
		return output;
	for (; body_line(&rest, &line); before = rest, n++)
		if (is_generated_label(str_chomp(line)))
			break;
	if (n == body.nlines)
		return output;
	return part_of(g, output, str_slice(body.text, 0, (size_t)(before.text.data - body.text.data)), n);
}

/* Each block has one `output` at most.  Of that cell, or of all that are pinned. */
static void
collect_outputs(struct graph *g, const struct node *of)
{
	for (size_t i = 0; i < g->ndocuments; i++)
		for (size_t k = 0; k < g->documents[i].n; k++) {
			struct block *b = &g->documents[i].list[k];
			struct pin *p = b->is_output && b->output == OUTPUT_STDOUT && b->owner &&
			    b->owner->node ? b->owner->node->pin : NULL;

			if (p && (!of || p->cell == of) && p->node.nblocks < p->cell->nblocks)
				p->node.blocks[p->node.nblocks++] = without_generated(g, b);
		}
}

static struct pin *
pin_recorded(struct graph *g, struct node *n)
{
	if (!n->pin) {
		make(g, n);
		collect_outputs(g, n);
	}
	if (n->pin->digest[0] == '\0')
		finish(n->pin);
	return n->pin;
}

static bool
is_pinned(const struct pin *p, const struct reference *r)
{
	struct str cell, digest;

	return pin_read(r->name, &cell, &digest) && str_starts(str_of(p->digest), digest);
}

static void
tie(struct graph *g, const struct blocks *from, struct reference *r)
{
	struct node *n = cell_of(g, from, r);
	struct pin *p = n ? pin_recorded(g, n) : NULL;

	if (p && p->node.nblocks > 0 && !p->why && is_pinned(p, r))
		r->to = &p->node;
}

/* The file of a generator is what it prints. */
static void
take_target(struct graph *g, struct node **target)
{
	struct node *n = *target;

	make(g, n);
	n->pin->node.file = n->file;
	n->pin->node.file_by = n->file_by;
	n->pin->node.mode_by = n->mode_by;
	n->pin->node.mode = n->mode;
	*target = &n->pin->node;
}

/* The node of a pin is its first member. */
static struct pin *
pin_around(struct node *recorded)
{
	return (struct pin *)recorded;
}

void
pins_tie(struct graph *g)
{
	bool any = g->npins > 0;

	for (size_t i = 0; i < g->ntargets; i++) {
		if (!block_generates(g->targets[i]->file_by))
			continue;
		take_target(g, &g->targets[i]);
		any = true;
	}
	if (!any)
		return;
	each(g, make_for);
	collect_outputs(g, NULL);
	for (size_t i = 0; i < g->ntargets; i++)
		if (g->targets[i]->is_recorded)
			finish(pin_around(g->targets[i]));
	each(g, tie);
}

const struct pin *
pin_of(const struct graph *g, const struct blocks *from, const struct reference *r)
{
	const struct node *n = r->is_pin ? cell_of(g, from, r) : NULL;

	return n ? n->pin : NULL;
}

struct node *
pin_named(const struct reference *r)
{
	return r->is_pin && r->to ? pin_around(r->to)->cell : r->to;
}

/* ---- saying why not ---------------------------------------------------------------- */

/* False if the text is there, and whole. */
static bool
tell_absent(const struct pin *p, struct place at, struct diag *d)
{
	struct str cell = p->cell->name;

	if (p->cell->instance) {
		diag_error(d, STATUS_STRUCTURE, at, "no-output",
		    "what one instance of '%.*s' printed cannot be a file of its own: leave file= out, or write a block for each",
		    STR_ARG(cell));
	} else if (p->node.nblocks == 0) {
		bool is_cell = p->cell->blocks[0]->is_cell;

		diag_error(d, STATUS_STRUCTURE, at, "no-output",
		    "nothing that '%.*s' printed is recorded: %s", STR_ARG(cell),
		    is_cell ? "run the document first" : "it is no cell, and is not run");
		diag_note(d, p->cell->blocks[0]->at, is_cell ? "this is the cell" : "run=true here makes it one");
	} else if (p->why) {
		diag_error(d, STATUS_STRUCTURE, at, "no-output",
		    "what is recorded below '%.*s' is not all that it printed", STR_ARG(cell));
		diag_note_here(d, p->inexact, "%s", p->why);
	}
	return p->node.nblocks == 0 || p->why;
}

struct node *
pin_text(struct graph *g, struct node *n, struct place at, struct diag *d)
{
	struct pin *p = pin_recorded(g, n);

	return tell_absent(p, at, d) ? NULL : &p->node;
}

bool
pin_is_whole(const struct node *recorded)
{
	const struct pin *p = (const struct pin *)recorded;

	return recorded->nblocks > 0 && !p->why;
}

bool
pin_check(const struct node *recorded, struct diag *d)
{
	return !tell_absent((const struct pin *)recorded, node_file_at(recorded), d);
}

bool
pin_tell(const struct graph *g, const struct blocks *from, const struct reference *r,
    bool allow_missing, struct diag *d)
{
	const struct pin *p = pin_of(g, from, r);
	struct place at = reference_at(r);
	struct str cell, digest;

	if (!p || !pin_read(r->name, &cell, &digest))
		return false;
	if (g->pins_of && from != g->pins_of)
		return true;
	if (allow_missing) {
		diag_warning(d, at, "no-output",
		    "what '%.*s' printed cannot be had; the reference stays as text", STR_ARG(cell));
	} else if (!tell_absent(p, at, d)) {
		diag_error(d, STATUS_STRUCTURE, at, "stale-pin",
		    "'%.*s' does not print what is pinned here any more: look at it, and write <<%.*s!%.*s>>",
		    STR_ARG(cell), STR_ARG(cell), (int)(digest.len > 0 ? digest.len : PIN_DIGITS), p->digest);
		diag_note(d, p->node.blocks[0]->at, "what it prints now");
	}
	return true;
}
