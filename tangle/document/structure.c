#include "tangle/document/structure.h"

#include <cmark.h>

#include "tangle/base/mem.h"

static void *
allocate(size_t n, size_t size)
{
	return mem_zalloc(n, size);
}

static void *
resize(void *p, size_t size)
{
	return mem_resize(p, size, 1);
}

static cmark_mem allocator = { allocate, resize, mem_free };

struct structure {
	cmark_node *root;
};

struct structure *
structure_parse(struct str text)
{
	cmark_parser *parser = cmark_parser_new_with_mem(CMARK_OPT_VALIDATE_UTF8, &allocator);
	struct structure *s = mem_alloc(1, sizeof *s);

	cmark_parser_feed(parser, text.data ? text.data : "", text.len);
	s->root = cmark_parser_finish(parser);
	cmark_parser_free(parser);
	return s;
}

void
structure_free(struct structure *s)
{
	cmark_node_free(s->root);
	mem_free(s);
}

size_t
structure_open_from(const struct structure *s)
{
	cmark_node *last = cmark_node_last_child(s->root);

	if (last && cmark_node_get_type(last) == CMARK_NODE_LIST)
		last = cmark_node_last_child(last);
	return last ? (size_t)cmark_node_get_start_line(last) : 0;
}

static bool
is_container(cmark_node_type t)
{
	return t == CMARK_NODE_BLOCK_QUOTE || t == CMARK_NODE_LIST || t == CMARK_NODE_ITEM;
}

static bool
is_leaf(cmark_node_type t)
{
	return t == CMARK_NODE_CODE_BLOCK || t == CMARK_NODE_HTML_BLOCK;
}

/* The line on which the next block in reading order begins; 0 at the end. */
static size_t
next_block_line(cmark_node *node)
{
	while (node && !cmark_node_next(node))
		node = cmark_node_parent(node);
	return node ? (size_t)cmark_node_get_start_line(cmark_node_next(node)) : 0;
}

static struct leaf
leaf_of(cmark_node *node, cmark_node *taken)
{
	bool is_code = cmark_node_get_type(node) == CMARK_NODE_CODE_BLOCK;
	const char *info = is_code ? cmark_node_get_fence_info(node) : NULL;
	cmark_node *before = cmark_node_previous(node);

	return (struct leaf){
		.is_code = is_code,
		.info = info ? str_of(info) : (struct str){0},
		.literal = str_of(cmark_node_get_literal(node)),
		.first = (size_t)cmark_node_get_start_line(node),
		.last = (size_t)cmark_node_get_end_line(node),
		.column = (size_t)cmark_node_get_start_column(node),
		.next = next_block_line(node),
		.in_container = is_container(cmark_node_get_type(cmark_node_parent(node))),
		.follows = before && before == taken,
	};
}

void
structure_walk(const struct structure *s, size_t before, structure_visit *visit, void *arg)
{
	cmark_iter *i = cmark_iter_new(s->root);
	cmark_node *taken = NULL;
	cmark_event_type e;

	while ((e = cmark_iter_next(i)) != CMARK_EVENT_DONE) {
		cmark_node *node = cmark_iter_get_node(i);
		struct leaf leaf;

		if (e != CMARK_EVENT_ENTER || !is_leaf(cmark_node_get_type(node)))
			continue;
		leaf = leaf_of(node, taken);
		if (leaf.first >= before)
			break;
		if (visit(arg, &leaf))
			taken = node;
	}
	cmark_iter_free(i);
}
