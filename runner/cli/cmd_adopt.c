#include "runner/cli/adoption.h"
#include "runner/cli/command.h"
#include "runner/cli/contact.h"
#include "runner/cli/desk.h"
#include "runner/cli/performance.h"
#include "tangle/base/buf.h"
#include "tangle/base/json.h"

static void adopt(struct invocation *i);

const struct command cmd_adopt = {
	.name = "adopt",
	.args = "DOC...",
	.summary = "say what each block is, and write the options with which they run",
	.flags = FLAGS_OF(FLAG_ROOT, FLAGS_LIMITS, FLAG_SET, FLAG_JOBS, FLAG_DRY_RUN, FLAG_CARRIER, FLAG_JSON,
	    FLAG_WAIT, FLAG_EXCLUDE),
	.least = 1,
	.starts = true,
	.run = adopt,
};

/* --carrier=braces,front: [0] of blocks, [1] of the document; -1: not said. */
static bool
read_carriers(const struct invocation *i, int carriers[2])
{
	struct str rest = i->value[FLAG_CARRIER];

	carriers[0] = carriers[1] = -1;
	while (rest.len > 0) {
		struct str word = str_cut(rest, ',', &rest);
		int c = 0;

		while (c < CARRIERS && !str_eq(word, str_of(carrier_word((enum carrier)c))))
			c++;
		if (c == CARRIERS) {
			diag_error(i->diag, STATUS_USAGE, PLACE_NONE, "usage",
			    "--carrier is comment, braces, lines or front, or two of them: braces,front");
			return false;
		}
		if (c == CARRIER_COMMENT || c == CARRIER_FRONT)
			carriers[1] = c;
		if (c == CARRIER_BRACES || c == CARRIER_LINES || (c == CARRIER_COMMENT && carriers[0] == -1))
			carriers[0] = c;
	}
	return true;
}

static void
tell(const struct invocation *i, const struct adoption *a)
{
	struct buf table = {0}, patch = {0};

	if (i->set[FLAG_JSON]) {
		struct json *j = contact_json(a);

		json_write(j, &patch);
		buf_byte(&patch, '\n');
		json_end(j);
	} else if (i->set[FLAG_DRY_RUN]) {
		contact_patch(a, &patch);
	}
	contact_table(a, &table);
	if (!i->set[FLAG_QUIET] && !i->set[FLAG_JSON])
		fwrite(table.data, 1, table.len, stderr);
	command_print(buf_str(&patch));
	buf_release(&table);
	buf_release(&patch);
}

/* What no option settles: the terminal says where and why, unless the table said it of all of them. */
static void
tell_what_is_left(const struct invocation *i, const struct adoption *a, const struct document *d)
{
	if (a->is_broken)
		diag_error(i->diag, STATUS_STRUCTURE, place_file(&d->source), "left-as-it-is",
		    "the options that this document needs cannot be read back as they are meant: write them by hand");
	for (size_t k = 0; k < a->n && !a->is_broken && a->unmade.len == 0; k++) {
		const struct adopted_block *b = &a->blocks[k];

		if (b->is_cell && b->after != FATE_SHOWN && b->after != FATE_RUNS && b->after != FATE_COMPILES)
			diag_warning(i->diag, place_of(&d->source, str_slice(d->source.text,
			    b->block->at.offset, b->block->at.offset + b->block->at.length)), "left-as-it-is",
			    "no option settles this cell: skein check says what is wrong with it");
	}
}

/* False when a signal asked us to stop. */
static bool
adopt_one(struct performance *p, struct load *l, size_t k, const int carriers[2])
{
	struct invocation *i = p->invocation;
	struct desk desk;
	struct adoption a;
	struct buf text = {0};

	if (!desk_open(&desk, i, l, k, i->set[FLAG_DRY_RUN] ? DESK_READ : DESK_IN_PLACE))
		return true;
	if (adoption_make(&a, i, p->options.slots, &l->documents[k], carriers, NULL)) {
		tell(i, &a);
		tell_what_is_left(i, &a, &l->documents[k]);
		amend_apply(&text, l->documents[k].source.text, a.edits, a.is_broken ? 0 : a.nedits);
		if (!i->set[FLAG_DRY_RUN])
			(void)desk_replace(&desk, buf_str(&text));
	}
	i->signal = a.signal;
	buf_release(&text);
	adoption_release(&a);
	desk_close(&desk);
	return !i->signal;
}

static void
adopt(struct invocation *i)
{
	int carriers[2];
	struct performance p;
	struct load l;

	if (!read_carriers(i, carriers) || !performance_init(&p, i))
		return;
	load_documents(&l, i);
	for (size_t k = 0; k < l.n && adopt_one(&p, &l, k, carriers); k++)
		;
	load_release(&l);
	performance_release(&p);
}
