#include "runner/cli/command.h"
#include "runner/cli/load.h"
#include "tangle/base/buf.h"
#include "tangle/base/json.h"

static void list(struct invocation *i);

const struct command cmd_list = {
	.name = "list",
	.args = "DOC...",
	.summary = "show blocks, cells, targets, references and unused names",
	.flags = FLAG_BIT(FLAG_JSON) | FLAG_BIT(FLAG_SET) | FLAG_BIT(FLAG_SHARED_NAMES) |
	    FLAG_BIT(FLAG_ROOT) | FLAG_BIT(FLAG_ALLOW_MISSING),
	.least = 1,
	.run = list,
};

static size_t
line_of(const struct block *b)
{
	return source_position(&b->document->source, b->at.offset).line;
}

static bool
is_unused(const struct load *l, const struct blocks *blocks, const struct block *b)
{
	const struct node *n = b->name.len ? graph_find(&l->graph, blocks, b->name) : NULL;

	return n && n->file.len == 0 && !n->is_referenced && !n->is_input && !b->is_cell && !b->is_output;
}

/* ---- for people ------------------------------------------------------------- */

static void
show_references(struct buf *out, const struct block *b)
{
	const char *before = "  refers to ";

	for (size_t i = 0; i < b->nreferences; i++) {
		const struct reference *r = &b->references[i];

		if (r->is_escaped)
			continue;
		buf_add(out, str_of(before));
		buf_visible(out, r->name);
		if (!r->to)
			buf_add(out, STR(" (missing)"));
		before = ", ";
	}
}

static void
show_block(struct buf *out, const struct load *l, const struct blocks *blocks,
    const struct block *b, size_t cell)
{
	struct buf kind = {0};

	buf_add(&kind, str_of(block_kind(b)));
	if (b->is_cell)
		buf_printf(&kind, " %zu", cell);
	buf_printf(out, "%6zu  %-16s", line_of(b), buf_cstr(&kind));
	buf_release(&kind);
	if (b->is_hidden)
		buf_add(out, STR("  hidden"));
	if (b->language.len) {
		buf_add(out, STR("  "));
		buf_visible(out, b->language);
	}
	if (b->name.len) {
		buf_add(out, STR("  #"));
		buf_visible(out, b->name);
	}
	if (b->file.len) {
		buf_add(out, STR("  -> "));
		buf_visible(out, b->file);
	}
	show_references(out, b);
	if (is_unused(l, blocks, b))
		buf_add(out, STR("  (unused)"));
	if (b->is_broken)
		buf_add(out, STR("  (broken)"));
	buf_byte(out, '\n');
}

static void
show_document(struct buf *out, const struct load *l, const struct blocks *blocks)
{
	size_t cells = 0, shown = 0;

	for (size_t i = 0; i < blocks->n; i++)
		cells += blocks->list[i].is_cell;
	buf_visible(out, blocks->document->path);
	buf_printf(out, ": %zu block%s, %zu cell%s\n", blocks->n, blocks->n == 1 ? "" : "s",
	    cells, cells == 1 ? "" : "s");
	for (size_t i = 0; i < blocks->n; i++) {
		shown += blocks->list[i].is_cell;
		show_block(out, l, blocks, &blocks->list[i], shown);
	}
}

static void
show_targets(struct buf *out, const struct load *l)
{
	for (size_t i = 0; i < l->graph.ntargets; i++) {
		const struct node *n = l->graph.targets[i];

		if (i == 0)
			buf_add(out, STR("targets\n"));
		buf_add(out, STR("  "));
		buf_visible(out, n->file);
		buf_add(out, STR("  from #"));
		buf_visible(out, n->name);
		if (n->nblocks > 1)
			buf_printf(out, " (%zu blocks)", n->nblocks);
		buf_byte(out, '\n');
	}
}

/* ---- for programs ------------------------------------------------------------ */

static struct json *
options_json(const struct options *options)
{
	struct json *object = json_new_object();
	struct buf key = {0};

	for (size_t i = 0; i < options->n; i++) {
		const struct option *o = &options->list[i];
		struct json *items = NULL;

		if (str_utf8_error(o->key) < o->key.len || str_find_byte(o->key, '\0') < o->key.len)
			continue;
		if (o->is_list) {
			items = json_new_array();
			for (size_t k = 0; k < o->nitems; k++)
				json_push(items, json_new_string(o->items[k]));
		}
		buf_clear(&key);
		buf_add(&key, o->key);
		json_put(object, buf_cstr(&key), items ? items : json_new_string(o->value));
	}
	buf_release(&key);
	return object;
}

static struct json *
references_json(const struct block *b)
{
	struct json *array = json_new_array();

	for (size_t i = 0; i < b->nreferences; i++) {
		const struct reference *r = &b->references[i];
		struct position p = source_position(r->at.source, r->at.offset);
		struct json *one;

		if (r->is_escaped)
			continue;
		one = json_new_object();
		json_put_string(one, "name", r->name);
		json_put_integer(one, "line", (long long)p.line);
		json_put_integer(one, "column", (long long)p.column);
		json_put_boolean(one, "defined", r->to != NULL);
		json_push(array, one);
	}
	return array;
}

static struct json *
block_json(const struct load *l, const struct blocks *blocks, const struct block *b)
{
	struct json *j = json_new_object();

	json_put_integer(j, "line", (long long)line_of(b));
	json_put_string(j, "kind", str_of(block_kind(b)));
	json_put_string(j, "language", b->language);
	if (b->name.len)
		json_put_string(j, "name", b->name);
	if (b->file.len)
		json_put_string(j, "file", b->file);
	json_put_boolean(j, "hidden", b->is_hidden);
	json_put_boolean(j, "unused", is_unused(l, blocks, b));
	json_put(j, "options", options_json(&b->options));
	json_put(j, "references", references_json(b));
	return j;
}

/* One line a document. */
static void
print_json(struct buf *out, const struct load *l, const struct blocks *blocks)
{
	struct json *j = json_new_object(), *list_of = json_new_array(), *targets = json_new_array();

	json_put_string(j, "document", blocks->document->path);
	json_put(j, "options", options_json(&blocks->document->options));
	for (size_t i = 0; i < blocks->n; i++)
		json_push(list_of, block_json(l, blocks, &blocks->list[i]));
	json_put(j, "blocks", list_of);
	for (size_t i = 0; i < l->graph.ntargets; i++) {
		const struct node *n = l->graph.targets[i];
		struct json *one;

		if (n->home != blocks)
			continue;
		one = json_new_object();
		json_put_string(one, "file", n->file);
		json_put_string(one, "name", n->name);
		json_push(targets, one);
	}
	json_put(j, "targets", targets);
	json_write(j, out);
	buf_byte(out, '\n');
	json_end(j);
}

static void
list(struct invocation *i)
{
	struct load l;
	struct buf out = {0};

	load_documents(&l, i);
	for (size_t k = 0; k < l.n; k++) {
		const struct blocks *b = &l.blocks[k];

		for (size_t n = 0; n < b->n; n++)
			graph_check_block(&l.graph, &b->list[n], i->set[FLAG_ALLOW_MISSING], i->diag);
		if (i->set[FLAG_JSON])
			print_json(&out, &l, b);
		else
			show_document(&out, &l, b);
	}
	for (size_t k = 0; k < l.graph.ntargets; k++)
		graph_check(&l.graph, l.graph.targets[k], i->set[FLAG_ALLOW_MISSING], i->diag);
	if (!i->set[FLAG_JSON])
		show_targets(&out, &l);
	command_print(buf_str(&out));
	buf_release(&out);
	load_release(&l);
}
