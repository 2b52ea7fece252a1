#include "tangle/document/settle.h"

#include <ctype.h>

#include "tangle/base/body.h"
#include "tangle/base/buf.h"
#include "tangle/base/diag.h"
#include "tangle/document/block.h"
#include "tangle/document/blocks.h"
#include "tangle/document/document.h"
#include "tangle/project/interpreter.h"

static bool
is_cell(const struct blocks *b, const struct block *block)
{
	if (block->is_output || block->is_broken || block->run == RUN_NO)
		return false;
	switch (block_engine(block)) {
	case ENGINE_NONE:
		return false;
	case ENGINE_C:
		break;
	case ENGINE_CONSOLE:
	case ENGINE_LUA:
		return block->run == RUN_YES;
	case ENGINE_OTHER:
		return block->run == RUN_YES && block_is_asked_for(block);
	}
	if (block->run == RUN_YES || block->run == RUN_COMPILE)
		return true;
	return !block->is_fragment && !b->runs_marked_only;
}

/*
 * An output fence whose closing line was lost takes in what follows, up to the
 * end of some other fence.  We write fences that are longer than any run within,
 * so a body with such a run is not ours to replace.
 */
static bool
is_damaged(const struct block *o)
{
	struct str head = o->part->head;
	struct body rest = block_body(o);
	size_t open = 0;

	if (o->output == OUTPUT_SHOWN)
		return !o->part->closed;
	while (open < head.len && head.data[open] == head.data[0])
		open++;
	for (struct str line; body_line(&rest, &line);) {
		size_t run = 0;

		line = str_trim(line);
		while (run < line.len && line.data[run] == head.data[0])
			run++;
		if (run >= open)
			return true;
	}
	return !o->part->closed;
}

static void
check_damage(struct block *o, struct diag *d)
{
	if (!is_damaged(o))
		return;
	o->owner->is_output_damaged = true;
	if (!d)
		return;
	if (o->output == OUTPUT_SHOWN)
		diag_error(d, STATUS_STRUCTURE, o->at, "damaged-output",
		    "what the cell has shown begins here, and has lost its end, <!-- skein:end --> on a line, or holds the begin of more: mend or delete it");
	else
		diag_error(d, STATUS_STRUCTURE, o->at, "damaged-output",
		    "this output fence has lost its closing line, and takes in what follows: add it, or delete the output");
}

/* A line of words and a colon: no heading, list item or table. */
static bool
leads_on(struct str line)
{
	bool has_colon = false;

	line = str_trim(str_chomp(line));
	while (line.len > 0 && (line.data[line.len - 1] == ':' || line.data[line.len - 1] == '*' ||
	    line.data[line.len - 1] == '_'))
		has_colon |= line.data[--line.len] == ':';
	while (line.len > 0 && (line.data[0] == '*' || line.data[0] == '_'))
		line = str_slice(line, 1, line.len);
	return has_colon && line.len > 0 && (isalpha((unsigned char)line.data[0]) || line.data[0] & 0x80);
}

struct str
settle_caption(const struct block *above, const struct block *below)
{
	const struct part *a = above->part, *b = below->part;
	struct str between, caption = {0}, line;

	if (b != a + 1 || !a->closed || a->in_container || b->in_container || a->aside || b->aside ||
	    a->kind != PART_FENCE)
		return STR("");
	between = str_slice(below->document->source.text, a->end, b->start);
	for (size_t at = 0; at < between.len; at += line.len) {
		struct str rest = str_slice(between, at, between.len);

		line = str_slice(rest, 0, str_line_size(rest));
		if (str_is_blank(line))
			continue;
		if (caption.len > 0)
			return STR("");
		caption = line;
	}
	return leads_on(caption) ? caption : STR("");
}

/*
 * `cell` is the last one above, to be named in a warning; NULL if there is none, and an
 * output is another tool's, unless it is below what we could run.
 */
static void
tie_output(struct blocks *b, size_t i, const struct block *cell, struct diag *d)
{
	struct block *o = &b->list[i], *above = i ? &b->list[i - 1] : NULL;
	bool is_shown = false;

	if (above && o->part == above->part + 1 &&
	    (o->part->touches_above || settle_caption(above, o).len > 0)) {
		if (above->is_output)
			o->owner = above->owner;
		else if (above->is_cell)
			o->owner = above;
		else if (block_is_c(above))
			return;		/* shown output of a listing */
		else if (!above->is_output)
			is_shown = block_engine(above) != ENGINE_NONE;
		if (is_shown && above->run != RUN_UNSAID)
			return;
	}
	if (o->owner) {
		check_damage(o, d);
		return;
	}
	if (!d || (!cell && !is_shown))
		return;
	if (is_shown) {
		diag_warning(d, o->at, "orphaned-output",
		    "this output is not checked, since the block above it is only shown: that block takes run, or run=false");
		return;
	}
	diag_warning(d, o->at, "orphaned-output",
	    "this output belongs to no cell: move it right below its cell, or delete it");
	diag_note(d, cell->at, "the last cell above is this one");
}

static void
warn_of_language(const struct block *b, struct diag *d)
{
	const struct interpreters *own = b->document->interpreters;
	const struct interpreter *one;
	struct buf names = {0};

	for (size_t k = 0; (one = interpreter_nth(k)); k++)
		buf_printf(&names, ", %s", one->language);
	for (size_t k = 0; own && k < own->n; k++)
		if (str_find(buf_str(&names), str_of(own->list[k].language)) == names.len)
			buf_printf(&names, ", %s", own->list[k].language);
	diag_warning(d, b->at, "language",
	    "no program is known that runs '%.*s', so this one is only shown: C, C++, Lua, console%.*s can be run; "
	    "engines in skein.lua adds to them", STR_ARG(b->language), STR_ARG(buf_str(&names)));
	buf_release(&names);
}

void
blocks_settle(struct blocks *b, struct diag *d)
{
	const struct block *cell = NULL;

	for (size_t i = 0; i < b->n; i++) {
		struct block *block = &b->list[i];

		block->owner = NULL;
		block->is_output_damaged = false;
		block->is_cell = is_cell(b, block);
		if (block->is_cell && block->run == RUN_UNSAID && b->compiles_only)
			block->run = RUN_COMPILE;
		if (d && block->run == RUN_YES && !block->is_output && !block->is_broken &&
		    block_engine(block) == ENGINE_NONE && block_is_asked_for(block))
			warn_of_language(block, d);
	}
	for (size_t i = 0; i < b->n; i++) {
		if (b->list[i].is_output)
			tie_output(b, i, cell, d);
		if (b->list[i].is_cell)
			cell = &b->list[i];
	}
}
