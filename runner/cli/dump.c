#include "runner/cli/dump.h"

#include <stdlib.h>

#include "runner/cli/command.h"
#include "runner/cli/listing.h"
#include "runner/cli/load.h"
#include "runner/cli/targets.h"
#include "tangle/base/buf.h"
#include "tangle/base/hash.h"
#include "tangle/base/json.h"
#include "tangle/base/mem.h"
#include "tangle/base/root.h"
#include "tangle/document/blocks.h"
#include "tangle/emit/path.h"
#include "tangle/expand/uses.h"

enum { SCHEMA = 1 };

static void
put_text(struct json *j, struct str text)
{
	char hex[HASH_HEX + 1];

	digest_hex(hash_of(text), hex);
	json_put_integer(j, "bytes", (long long)text.len);
	json_put_string(j, "sha256", str_of(hex));
}

/* Print one element of an array, on a line of its own. */
static void
print_element(struct json *j, bool is_first)
{
	struct buf out = {0};

	buf_add(&out, is_first ? STR("\n") : STR(",\n"));
	json_write(j, &out);
	json_end(j);
	command_print(buf_str(&out));
	buf_release(&out);
}

static void
print_documents(struct load *l, const struct uses *u)
{
	for (size_t k = 0; k < l->n; k++) {
		struct json *j = listing_document(l, &l->blocks[k], u);

		json_put_string(j, "root", load_root(l, &l->documents[k]));
		put_text(j, l->documents[k].source.text);
		print_element(j, k == 0);
	}
}

/*
 * What a target is made of
 */

struct pieces {
	struct node **open;		/* still to be looked at */
	size_t nopen, open_cap;
	const struct block **list;
	size_t n, cap;
	const void *mark;
};

static void
open_node(struct pieces *p, struct node *n)
{
	if (n->uses->seen_by == p->mark)
		return;
	n->uses->seen_by = p->mark;
	p->open = mem_grow(p->open, &p->open_cap, p->nopen + 1, sizeof(struct node *));
	p->open[p->nopen++] = n;
}

static void
add_block(struct pieces *p, const struct block *b)
{
	p->list = mem_grow(p->list, &p->cap, p->n + 1, sizeof(struct block *));
	p->list[p->n++] = b;
	for (size_t i = 0; i < b->nreferences; i++)
		if (b->references[i].to)
			open_node(p, b->references[i].to);
}

/* Documents stand in one array, in the order of the run. */
static int
by_place(const void *a, const void *b)
{
	const struct block *one = *(const struct block *const *)a;
	const struct block *two = *(const struct block *const *)b;

	if (one->document != two->document)
		return one->document < two->document ? -1 : 1;
	return one->number < two->number ? -1 : one->number > two->number;
}

static void
find_pieces(struct pieces *p, struct node *n)
{
	open_node(p, n);
	while (p->nopen > 0) {
		const struct node *next = p->open[--p->nopen];

		for (size_t i = 0; i < next->nblocks; i++)
			add_block(p, next->blocks[i]);
	}
	if (p->n > 1)
		qsort(p->list, p->n, sizeof(struct block *), by_place);
}

static void
put_pieces(struct json *j, const struct pieces *p)
{
	struct json *documents = json_new_array(), *blocks = json_new_array();

	for (size_t i = 0; i < p->n; i++) {
		if (i == 0 || p->list[i]->document != p->list[i - 1]->document)
			json_push(documents, json_new_string(p->list[i]->document->path));
		json_push(blocks, listing_block_place(p->list[i]));
	}
	json_put(j, "documents", documents);
	json_put(j, "blocks", blocks);
}

static void
put_mode(struct json *j, int mode)
{
	struct buf octal = {0};

	if (mode == -1)
		return;
	buf_printf(&octal, "%o", (unsigned)mode);
	json_put_string(j, "mode", buf_str(&octal));
	buf_release(&octal);
}

static size_t
lines_of(struct str text)
{
	struct str line;
	size_t n = 0;

	while (str_line(&text, &line))
		n++;
	return n;
}

static struct json *
target_json(struct load *l, const struct targets *g, size_t k, struct pieces *p,
    bool trusted, struct diag *d)
{
	const struct root root = { .fd = -1, .path = g->root };
	const struct target *t = &g->list[k];
	struct position at = source_position(t->at.source, t->at.offset);
	struct json *j = json_new_object();
	struct str path = t->path;
	bool is_good = target_path(&path, t->path, trusted, &l->arena, t->at, d);

	json_put_string(j, "target", path);
	json_put_string(j, "path", root_shown(&root, path, &l->arena));
	json_put_string(j, "name", g->nodes[k]->name);
	json_put_string(j, "document", t->at.source->name);
	json_put_integer(j, "line", (long long)at.line);
	put_mode(j, t->mode);
	json_put_boolean(j, "broken", t->broken || !is_good);
	if (!t->broken) {
		struct buf made = {0};
		struct str text = target_text(t, &made);

		put_text(j, text);
		json_put_integer(j, "lines", (long long)lines_of(text));
		buf_release(&made);
	}
	find_pieces(p, g->nodes[k]);
	put_pieces(j, p);
	return j;
}

/* Each walk has a mark of its own: the nodes keep the last one. */
static void
print_targets(struct load *l, const struct targets *groups, size_t ngroups, bool trusted,
    struct diag *d)
{
	bool is_first = true;

	for (size_t g = 0; g < ngroups; g++)
		for (size_t k = 0; k < groups[g].n; k++) {
			struct pieces p = { .mark = &groups[g].list[k] };

			print_element(target_json(l, &groups[g], k, &p, trusted, d), is_first);
			is_first = false;
			mem_free(p.open);
			mem_free(p.list);
		}
}

void
dump_print(struct load *l, const struct targets *groups, size_t ngroups, bool trusted,
    struct diag *d)
{
	struct buf head = {0};
	struct uses u;

	uses_find(&u, &l->graph, &l->arena);
	buf_printf(&head, "{\"version\":%d,\"documents\":[", SCHEMA);
	command_print(buf_str(&head));
	buf_release(&head);
	print_documents(l, &u);
	command_print(STR("],\n\"targets\":["));
	print_targets(l, groups, ngroups, trusted, d);
	command_print(STR("]}\n"));
}
