#include "runner/cli/linemap.h"

#include "runner/cli/load.h"
#include "runner/cli/targets.h"
#include "tangle/base/buf.h"
#include "tangle/base/json.h"
#include "tangle/document/blocks.h"
#include "tangle/expand/expand.h"

/* Lines that follow each other in both. */
struct run {
	size_t line, count, indent;
	const struct source *source;
	struct position from;
};

static void
add_string(struct buf *to, struct str s)
{
	struct json *j = json_new_string(s);

	json_write(j, to);
	json_end(j);
}

static size_t
document_of(const struct load *l, const struct source *s)
{
	size_t k = 0;

	while (&l->documents[k].source != s)
		k++;
	return k;
}

/* The block that a line of a document stands in. */
static const struct block *
block_at(const struct blocks *b, size_t offset)
{
	size_t from = 0, to = b->n;

	while (to - from > 1) {
		size_t middle = from + (to - from) / 2;

		if (b->list[middle].part->start <= offset)
			from = middle;
		else
			to = middle;
	}
	return &b->list[from];
}

static void
add_run(const struct load *l, const struct run *r, bool first, struct buf *to)
{
	size_t k;
	const struct block *b;

	if (r->count == 0)
		return;
	k = document_of(l, r->source);
	b = block_at(&l->blocks[k], source_start(r->source, r->from.line));
	buf_printf(to, "%s\n{\"line\":%zu,\"count\":%zu,\"indent\":%zu,\"document\":%zu,\"from\":%zu,\"column\":%zu,\"block\":",
	    first ? "" : ",", r->line, r->count, r->indent, k, r->from.line, r->from.column);
	add_string(to, b->name.len > 0 ? b->name : b->file);
	buf_byte(to, '}');
}

/* Does the line continue the run?  An empty one has neither column nor indentation. */
static bool
continues(const struct run *r, const struct run *next, bool is_empty)
{
	return r->count > 0 && next->source == r->source && next->line == r->line + r->count &&
	    next->from.line == r->from.line + r->count &&
	    (is_empty || (next->indent == r->indent && next->from.column == r->from.column));
}

static void
add_runs(const struct load *l, const struct expansion *x, struct buf *to)
{
	struct str text = buf_str(&x->text), line = {0};
	struct run run = {0};
	bool first = true;

	for (size_t k = 0; k < x->nlines && str_line(&text, &line); k++) {
		const struct place *at = &x->lines[k];
		struct run next = { .line = k + 1, .count = 1, .source = at->source };

		if (!at->source)
			continue;
		while (line.len > 0 && line.data[line.len - 1] == '\r')
			line.len--;
		next.indent = line.len > at->length ? line.len - at->length : 0;
		next.from = source_position(at->source, at->offset);
		if (continues(&run, &next, at->length == 0)) {
			run.count++;
			continue;
		}
		add_run(l, &run, first, to);
		first = first && run.count == 0;
		run = next;
	}
	add_run(l, &run, first, to);
}

static void
add_target(struct load *l, const struct node *n, bool first, struct buf *to, struct diag *d)
{
	struct expand_style style = targets_style(l, n, d);
	struct expansion x = {0};

	style.origins = true;
	expand_node(&x, n, &style);
	buf_add(to, first ? STR("\n{\"root\":") : STR(",\n{\"root\":"));
	add_string(to, load_root(l, n->home->document));
	buf_add(to, STR(",\"file\":"));
	add_string(to, n->file);
	buf_printf(to, ",\"lines\":%zu,\"runs\":[", x.nlines);
	add_runs(l, &x, to);
	buf_add(to, STR("]}"));
	expansion_release(&x);
}

void
linemap_add(struct load *l, struct buf *to, struct diag *d)
{
	bool first = true;

	load_names(l, d);
	buf_add(to, STR("{\"version\":1,\"documents\":["));
	for (size_t k = 0; k < l->n; k++) {
		if (k > 0)
			buf_byte(to, ',');
		add_string(to, l->documents[k].below);
	}
	buf_add(to, STR("],\"targets\":["));
	for (size_t k = 0; k < l->graph.ntargets; k++) {
		struct node *n = l->graph.targets[k];

		if (n->state != NODE_GOOD)
			continue;
		add_target(l, n, first, to, d);
		first = false;
	}
	buf_add(to, STR("]}\n"));
}
