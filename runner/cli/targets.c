#include "runner/cli/targets.h"

#include "tangle/base/buf.h"
#include "tangle/base/diag.h"
#include "tangle/document/blocks.h"
#include "tangle/expand/check.h"
#include "tangle/expand/expand.h"
#include "tangle/project/settings.h"

static struct targets *
group_of(struct targets *groups, size_t *n, struct str root, const struct load *l,
    struct arena *a)
{
	struct targets *g;

	for (size_t i = 0; i < *n && !l->are_apart; i++)
		if (str_eq(groups[i].root, root))
			return &groups[i];
	g = &groups[(*n)++];
	g->root = root;
	g->documents = arena_alloc(a, l->are_apart ? 1 : l->n, sizeof *g->documents);
	return g;
}

struct expand_style
targets_style(struct load *l, const struct node *n, struct diag *d)
{
	const struct option *o = options_find(&n->home->document->options, "line-directives");
	struct expand_style style = {0};
	bool on = l->line_directives;

	if (o && str_eq(o->value, STR("absolute")))
		style.directives = DIRECTIVES_ABSOLUTE;
	else if (on || (o && setting_flag(o->value, &on) && on))
		style.directives = DIRECTIVES_BELOW;
	if (l->annotates)
		style.annotations = ANNOTATE_AS_SAID;
	if (style.directives != DIRECTIVES_NONE)
		load_names(l, d);
	return style;
}

/* `left`: the bytes that the run may still write. */
static bool
text_of(struct load *l, struct node *n, bool allow_missing, uint64_t *left, struct str *text,
    struct diag *d)
{
	uint64_t most = l->graph.limits.target;
	struct expansion x = {0};
	struct expand_style style;
	bool cut;

	if (!graph_check(&l->graph, n, allow_missing, d))
		return false;
	style = targets_style(l, n, d);
	if (style.directives != DIRECTIVES_NONE || style.annotations != ANNOTATE_NONE)
		style.most = *left < most ? *left : most;
	expand_node(&x, n, &style);
	if (x.is_cut)
		diag_error(d, STATUS_LIMIT, node_file_at(n), "too-large",
		    "'%.*s' is too large with its line directives and annotations; the limit is %llu, which %s raises",
		    STR_ARG(n->file), (unsigned long long)style.most,
		    *left < most ? "--max-output" : "--max-target");
	*text = buf_take(&x.text, &l->arena);
	*left -= text->len < *left ? text->len : *left - 1;
	cut = x.is_cut;
	expansion_release(&x);
	return !cut;
}

bool
targets_text(struct load *l, struct node *n, bool allow_missing, struct str *text,
    struct diag *d)
{
	uint64_t left = l->graph.limits.run;

	return text_of(l, n, allow_missing, &left, text, d);
}

/* What makes a target's text. */
struct making {
	const struct node *node;
	struct expand_style style;
};

static void
write_target(const struct target *t, struct buf *to)
{
	const struct making *m = t->from;
	struct expansion x = { .text = *to };

	buf_room(&x.text, m->node->size.bytes);
	expand_node(&x, m->node, &m->style);
	*to = x.text;
}

static struct target
make_target(struct load *l, struct node *n, bool fits, bool allow_missing, uint64_t *left,
    struct diag *d)
{
	struct target t = { .path = n->file, .mode = n->mode, .at = node_file_at(n) };
	struct expand_style style;
	struct making *m;

	t.broken = !fits || !graph_check(&l->graph, n, allow_missing, d);
	if (t.broken)
		return t;
	style = targets_style(l, n, d);
	if (style.directives != DIRECTIVES_NONE || style.annotations != ANNOTATE_NONE) {
		/* how large it is shows only when it is made */
		t.broken = !text_of(l, n, allow_missing, left, &t.text, d);
		return t;
	}
	*left -= n->size.bytes < *left ? n->size.bytes : *left - 1;
	t.from = m = arena_alloc(&l->arena, 1, sizeof *m);
	t.write = write_target;
	*m = (struct making){ n, style };
	return t;
}

struct targets *
targets_make(struct load *l, bool allow_missing, const struct node *only, size_t *ngroups,
    struct diag *d)
{
	struct targets *groups = arena_alloc(&l->arena, l->n, sizeof *groups);
	struct targets **of = arena_alloc(&l->arena, l->n, sizeof(struct targets *));
	size_t *of_group = arena_alloc(&l->arena, l->n, sizeof *of_group);
	bool all_fit = only || graph_check_targets(&l->graph, allow_missing, d);
	uint64_t left = l->graph.limits.run;

	*ngroups = 0;
	for (size_t i = 0; i < l->n; i++) {
		const struct document *document = &l->documents[i];

		of[i] = group_of(groups, ngroups, load_root(l, document), l, &l->arena);
		of[i]->documents[of[i]->ndocuments++] = document->path;
	}
	for (size_t i = 0; i < l->graph.ntargets; i++)
		of_group[of[l->graph.targets[i]->home - l->blocks] - groups]++;
	for (size_t i = 0; i < l->graph.ntargets; i++) {
		struct node *n = l->graph.targets[i];
		struct targets *g = of[n->home - l->blocks];

		if (!g->list) {
			g->list = arena_alloc(&l->arena, of_group[g - groups], sizeof *g->list);
			g->nodes = arena_alloc(&l->arena, of_group[g - groups], sizeof *g->nodes);
		}
		g->nodes[g->n] = n;
		g->list[g->n++] = make_target(l, n, only ? n == only : all_fit, allow_missing,
		    &left, d);
	}
	return groups;
}
