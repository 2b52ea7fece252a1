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

static cmark_node *
parse(struct str text)
{
	cmark_parser *parser = cmark_parser_new_with_mem(CMARK_OPT_VALIDATE_UTF8, &allocator);
	cmark_node *root;

	cmark_parser_feed(parser, text.data ? text.data : "", text.len);
	root = cmark_parser_finish(parser);
	cmark_parser_free(parser);
	return root;
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

size_t
structure_walk(struct str text, size_t deepest, structure_visit *visit, void *arg)
{
	cmark_node *root = parse(text), *taken = NULL;
	cmark_iter *i = cmark_iter_new(root);
	size_t depth = 0, too_deep = 0;
	cmark_event_type e;

	while (too_deep == 0 && (e = cmark_iter_next(i)) != CMARK_EVENT_DONE) {
		cmark_node *node = cmark_iter_get_node(i);
		cmark_node_type type = cmark_node_get_type(node);

		if (is_container(type))
			depth += e == CMARK_EVENT_ENTER ? 1 : (size_t)-1;
		if (depth > deepest) {
			too_deep = (size_t)cmark_node_get_start_line(node);
		} else if (is_leaf(type) && e == CMARK_EVENT_ENTER) {
			struct leaf leaf = leaf_of(node, taken);

			if (visit(arg, &leaf))
				taken = node;
		}
	}
	cmark_iter_free(i);
	cmark_node_free(root);
	return too_deep;
}
