#include "runner/cli/command.h"
#include "runner/cli/listing.h"
#include "runner/cli/load.h"
#include "tangle/base/buf.h"
#include "tangle/document/blocks.h"
#include "tangle/expand/check.h"
#include "tangle/expand/uses.h"

static void list(struct invocation *i);

static const enum flag views[] = { FLAG_TARGETS, FLAG_ROOTS, FLAG_UNUSED, FLAG_NAMES, FLAG_GRAPH };

const struct command cmd_list = {
	.name = "list",
	.args = "DOC...",
	.summary = "show blocks, cells, targets, references and unused names",
	.flags = FLAGS_OF(FLAG_JSON, FLAG_SET, FLAG_SHARED_NAMES, FLAG_ROOT, FLAGS_LIMITS, FLAG_EXCLUDE,
	    FLAG_ALLOW_MISSING, FLAG_TARGETS, FLAG_ROOTS, FLAG_UNUSED, FLAG_NAMES, FLAG_NAME,
	    FLAG_GRAPH),
	.least = 1,
	.run = list,
};

/* Every missing name and cycle is reported, whatever is shown. */
static void
check(struct load *l, const struct invocation *i)
{
	for (size_t k = 0; k < l->n; k++)
		for (size_t n = 0; n < l->blocks[k].n; n++)
			graph_check_block(&l->graph, &l->blocks[k].list[n], i->set[FLAG_ALLOW_MISSING],
			    i->diag);
	graph_check_targets(&l->graph, i->set[FLAG_ALLOW_MISSING], i->diag);
}

static void
show_all(struct buf *out, const struct load *l)
{
	for (size_t k = 0; k < l->n; k++)
		listing_blocks(out, &l->blocks[k]);
	listing_files(out, &l->graph);
}

static void
show_json(struct buf *out, const struct load *l, const struct uses *u)
{
	for (size_t k = 0; k < l->n; k++)
		listing_json(out, l, &l->blocks[k], u);
}

static void
no_such_name(const struct load *l, const struct invocation *i)
{
	struct str near = {0};

	for (size_t k = 0; k < l->n && near.len == 0; k++)
		near = map_nearest(&l->graph.names[l->graph.shared ? 0 : k], i->value[FLAG_NAME]);
	diag_error(i->diag, STATUS_USAGE, PLACE_NONE, "usage", "no block is named '%.*s'%s%.*s%s",
	    STR_ARG(i->value[FLAG_NAME]), near.len ? "; did you mean '" : "", STR_ARG(near),
	    near.len ? "'?" : "");
}

static void
show(struct buf *out, const struct load *l, const struct uses *u, const struct invocation *i)
{
	struct str name = i->value[FLAG_NAME];

	if (i->set[FLAG_JSON])
		show_json(out, l, u);
	else if (i->set[FLAG_GRAPH] && !listing_graph(out, l, u, name))
		no_such_name(l, i);
	else if (i->set[FLAG_GRAPH])
		return;
	else if (i->set[FLAG_NAME] && !listing_name(out, l, u, name))
		no_such_name(l, i);
	else if (i->set[FLAG_NAME])
		return;
	else if (i->set[FLAG_TARGETS])
		listing_targets(out, l);
	else if (i->set[FLAG_ROOTS])
		listing_roots(out, u);
	else if (i->set[FLAG_UNUSED])
		listing_unused(out, u);
	else if (i->set[FLAG_NAMES])
		listing_names(out, u);
	else
		show_all(out, l);
}

/* One view at a time; --name narrows the graph, or is a view of its own. */
static bool
is_one_view(const struct invocation *i)
{
	const char *first = NULL;

	for (size_t k = 0; k < sizeof views / sizeof *views; k++) {
		if (!i->set[views[k]])
			continue;
		if (first || (i->set[FLAG_NAME] && views[k] != FLAG_GRAPH)) {
			diag_error(i->diag, STATUS_USAGE, PLACE_NONE, "usage",
			    "--%s and --%s show different things: say one of them",
			    first ? first : "name", command_flag_name(views[k]));
			return false;
		}
		first = command_flag_name(views[k]);
	}
	return true;
}

static void
list(struct invocation *i)
{
	struct load l;
	struct uses u;
	struct buf out = {0};

	if (!is_one_view(i))
		return;
	load_documents(&l, i);
	check(&l, i);
	uses_find(&u, &l.graph, &l.arena);
	show(&out, &l, &u, i);
	command_print(buf_str(&out));
	buf_release(&out);
	load_release(&l);
}
