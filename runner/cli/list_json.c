#include "runner/cli/listing.h"

#include "runner/cli/load.h"
#include "tangle/base/buf.h"
#include "tangle/base/json.h"
#include "tangle/document/blocks.h"
#include "tangle/document/params.h"
#include "tangle/expand/uses.h"

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
		struct position p = source_position(r->source, reference_at(r).offset);
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
block_json(const struct block *b)
{
	struct json *j = json_new_object(), *options;

	json_put_integer(j, "line", (long long)listing_line(b));
	json_put_string(j, "kind", str_of(block_kind(b)));
	json_put_string(j, "language", b->language);
	if (b->name.len)
		json_put_string(j, "name", b->name);
	if (b->file.len)
		json_put_string(j, "file", b->file);
	if (b->params)
		json_put_integer(j, "instances", (long long)b->params->count);
	json_put_boolean(j, "hidden", b->is_hidden);
	json_put_boolean(j, "unused", b->node && listing_is_unused(b->node));
	options = options_json(&b->options);
	if (b->options.n == 0 && b->name.len > 0)
		json_put_string(options, "name", b->name);
	json_put(j, "options", options);
	json_put(j, "references", references_json(b));
	return j;
}

struct json *
listing_block_place(const struct block *b)
{
	struct json *j = json_new_object();

	json_put_string(j, "document", b->document->path);
	json_put_integer(j, "line", (long long)listing_line(b));
	return j;
}

static struct json *
users_json(const struct node *n)
{
	struct json *array = json_new_array();

	for (size_t i = 0; i < n->uses->n; i++) {
		const struct use *u = &n->uses->list[i];
		struct place at = reference_at(u->reference);
		struct position p = source_position(at.source, at.offset);
		struct json *one = json_new_object();

		json_put_string(one, "document", u->by->document->path);
		json_put_integer(one, "line", (long long)p.line);
		json_put_integer(one, "column", (long long)p.column);
		if (u->by->node)
			json_put_string(one, "name", u->by->node->name);
		json_push(array, one);
	}
	return array;
}

static struct json *
name_json(const struct node *n)
{
	struct json *j = json_new_object(), *pieces = json_new_array(), *targets = json_new_array();

	json_put_string(j, "name", n->name);
	if (n->file.len)
		json_put_string(j, "file", n->file);
	json_put_boolean(j, "unused", listing_is_unused(n));
	for (size_t i = 0; i < n->nblocks; i++)
		json_push(pieces, listing_block_place(n->blocks[i]));
	json_put(j, "pieces", pieces);
	json_put(j, "users", users_json(n));
	for (size_t i = 0; i < n->uses->ntargets; i++)
		json_push(targets, json_new_string(n->uses->targets[i]->file));
	json_put(j, "targets", targets);
	json_put_boolean(j, "more_targets", n->uses->has_more);
	return j;
}

struct json *
listing_document(const struct load *l, const struct blocks *blocks, const struct uses *u)
{
	struct json *j = json_new_object(), *list = json_new_array(), *targets = json_new_array(),
	    *names = json_new_array();

	json_put_string(j, "document", blocks->document->path);
	json_put(j, "options", options_json(&blocks->document->options));
	for (size_t i = 0; i < blocks->n; i++)
		json_push(list, block_json(&blocks->list[i]));
	json_put(j, "blocks", list);
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
	for (size_t i = 0; i < u->n; i++)
		if (u->nodes[i]->home == blocks && u->nodes[i]->nblocks > 0)
			json_push(names, name_json(u->nodes[i]));
	json_put(j, "names", names);
	return j;
}

void
listing_json(struct buf *out, const struct load *l, const struct blocks *blocks,
    const struct uses *u)
{
	struct json *j = listing_document(l, blocks, u);

	json_write(j, out);
	buf_byte(out, '\n');
	json_end(j);
}
