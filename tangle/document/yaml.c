#include "tangle/document/yaml.h"

#include <yaml.h>

#include "tangle/base/arena.h"
#include "tangle/base/buf.h"
#include "tangle/base/diag.h"
#include "tangle/base/mem.h"
#include "tangle/document/attributes.h"
#include "tangle/document/params.h"
#include "tangle/project/settings.h"

enum { DEEPEST = 100 };

/* Where a mark of libyaml stands; it counts characters, we count bytes. */
static struct place
place_of_mark(const struct yaml *y, yaml_mark_t mark, size_t length)
{
	struct str line = y->lines[y->nlines - 1];
	size_t at = 0;

	if (mark.line >= y->nlines) {
		size_t below = place_of(y->source, line).offset + line.len;
		size_t n = source_position(y->source, below).line;

		/* libyaml finds the end of the text on the line below it */
		return (struct place){ y->source,
		    n < source_nlines(y->source) ? source_start(y->source, n + 1) : below, length };
	}
	line = y->lines[mark.line];
	for (size_t n = mark.column; n > 0 && at < line.len; n--) {
		size_t bytes = str_utf8(str_slice(line, at, line.len));

		at += bytes ? bytes : 1;
	}
	return (struct place){ y->source, place_of(y->source, line).offset + at, length };
}

static struct str
scalar(struct options *to, const yaml_node_t *n)
{
	return arena_str(to->arena, (struct str){
	    (const char *)n->data.scalar.value, n->data.scalar.length });
}

static void
read_list(struct options *to, yaml_document_t *doc, const yaml_node_t *list, struct option *o)
{
	const yaml_node_item_t *item = list->data.sequence.items.start;
	size_t n = (size_t)(list->data.sequence.items.top - item);
	struct str *items = arena_alloc(to->arena, n, sizeof *items);

	for (size_t i = 0; i < n; i++) {
		const yaml_node_t *one = yaml_document_get_node(doc, item[i]);

		if (one->type == YAML_SCALAR_NODE)
			items[o->nitems++] = scalar(to, one);
	}
	o->items = items;
	o->is_list = true;
}

/* NAME: TEXT as the item "NAME=TEXT". */
static void
read_named(struct options *to, yaml_document_t *doc, const yaml_node_t *mapping, struct option *o)
{
	const yaml_node_pair_t *pair = mapping->data.mapping.pairs.start;
	size_t n = (size_t)(mapping->data.mapping.pairs.top - pair);
	struct str *items = arena_alloc(to->arena, n, sizeof *items);

	for (; pair < mapping->data.mapping.pairs.top; pair++) {
		const yaml_node_t *key = yaml_document_get_node(doc, pair->key);
		const yaml_node_t *value = yaml_document_get_node(doc, pair->value);
		struct buf item = {0};

		if (key->type != YAML_SCALAR_NODE || value->type != YAML_SCALAR_NODE)
			continue;
		buf_add(&item, scalar(to, key));
		buf_byte(&item, '=');
		buf_add(&item, scalar(to, value));
		items[o->nitems++] = buf_take(&item, to->arena);
	}
	o->items = items;
	o->is_list = true;
}

/* NAME: [VALUE, ...], or one value, as the item that params.h reads. */
static void
read_grid(struct options *to, yaml_document_t *doc, const yaml_node_t *mapping, struct option *o)
{
	const yaml_node_pair_t *pair = mapping->data.mapping.pairs.start;
	size_t n = (size_t)(mapping->data.mapping.pairs.top - pair);
	struct str *items = arena_alloc(to->arena, n, sizeof *items);

	for (; pair < mapping->data.mapping.pairs.top; pair++) {
		const yaml_node_t *key = yaml_document_get_node(doc, pair->key);
		const yaml_node_t *value = yaml_document_get_node(doc, pair->value);
		struct option values = {0};
		struct buf item = {0};
		struct str one;

		if (key->type != YAML_SCALAR_NODE || value->type == YAML_MAPPING_NODE)
			continue;
		if (value->type == YAML_SEQUENCE_NODE)
			read_list(to, doc, value, &values);
		else
			one = scalar(to, value);
		params_write(&item, scalar(to, key), values.is_list ? values.items : &one,
		    values.is_list ? values.nitems : 1);
		items[o->nitems++] = buf_take(&item, to->arena);
	}
	o->items = items;
	o->is_list = true;
}

static enum setting_type
type_of(struct options *to, struct str key)
{
	const struct setting *s = setting_find(setting_key(to->arena, key));

	return s ? s->type : SETTING_TEXT;
}

static void
read_pair(struct options *to, const struct yaml *y, yaml_document_t *doc,
    const yaml_node_pair_t *pair, struct diag *d)
{
	const yaml_node_t *key = yaml_document_get_node(doc, pair->key);
	const yaml_node_t *value = yaml_document_get_node(doc, pair->value);
	struct option o = {0};

	o.key = scalar(to, key);
	o.at = place_of_mark(y, key->start_mark, o.key.len);
	if (value->type == YAML_SCALAR_NODE) {
		o.value = scalar(to, value);
	} else if (value->type == YAML_SEQUENCE_NODE) {
		read_list(to, doc, value, &o);
	} else if (value->type == YAML_MAPPING_NODE && type_of(to, o.key) == SETTING_PAIRS) {
		read_named(to, doc, value, &o);
	} else if (value->type == YAML_MAPPING_NODE && type_of(to, o.key) == SETTING_GRID) {
		read_grid(to, doc, value, &o);
	} else {
		if (setting_find(setting_key(to->arena, o.key)))
			diag_error(d, STATUS_STRUCTURE, o.at, y->id,
			    "the value of '%.*s' must be a word or a list", STR_ARG(o.key));
		return;
	}
	options_add(to, o, d);
}

static void
read_mapping(struct options *to, const struct yaml *y, yaml_document_t *doc,
    const yaml_node_t *mapping, struct diag *d)
{
	const yaml_node_pair_t *pair = mapping->data.mapping.pairs.start;

	for (; pair < mapping->data.mapping.pairs.top; pair++)
		if (yaml_document_get_node(doc, pair->key)->type == YAML_SCALAR_NODE)
			read_pair(to, y, doc, pair, d);
}

static void
read_under(struct options *to, const struct yaml *y, yaml_document_t *doc,
    const yaml_node_t *root, struct diag *d)
{
	const yaml_node_pair_t *pair = root->data.mapping.pairs.start;

	for (; pair < root->data.mapping.pairs.top; pair++) {
		const yaml_node_t *key = yaml_document_get_node(doc, pair->key);
		const yaml_node_t *value = yaml_document_get_node(doc, pair->value);

		if (key->type != YAML_SCALAR_NODE || !str_eq(scalar(to, key), str_of(y->under)))
			continue;
		if (value->type == YAML_MAPPING_NODE)
			read_mapping(to, y, doc, value, d);
		else if (value->type != YAML_SCALAR_NODE || value->data.scalar.length > 0)
			diag_error(d, STATUS_STRUCTURE,
			    place_of_mark(y, key->start_mark, str_of(y->under).len), y->id,
			    "'%s:' must hold options, one 'key: value' a line", y->under);
	}
}

static bool
read_root(struct options *to, const struct yaml *y, yaml_document_t *doc, struct diag *d)
{
	const yaml_node_t *root = yaml_document_get_root_node(doc);

	if (root && root->type == YAML_MAPPING_NODE && y->under)
		read_under(to, y, doc, root, d);
	else if (root && root->type == YAML_MAPPING_NODE)
		read_mapping(to, y, doc, root, d);
	return root && root->type == YAML_MAPPING_NODE;
}

/*
 * libyaml takes quadratic time for what is nested: in brackets, or in lists that
 * begin on one line.  Marks in quoted text count, too; nobody has so many.
 */
static size_t
depth_of(struct str text)
{
	size_t brackets = 0, dashes = 0, most = 0;

	for (size_t i = 0; i < text.len; i++) {
		char c = text.data[i];

		if (c == '[' || c == '{')
			brackets++;
		else if ((c == ']' || c == '}') && brackets > 0)
			brackets--;
		else if (c == '\n')
			dashes = 0;
		else if (c == '-' && text.data[i + 1] == ' ')	/* the last byte is a newline */
			dashes++;
		most = brackets > most ? brackets : dashes > most ? dashes : most;
	}
	return most;
}

bool
yaml_read(struct options *to, const struct yaml *y, struct diag *d)
{
	yaml_parser_t parser;
	yaml_document_t doc;
	struct buf text = {0};
	bool ok = false;

	if (y->nlines == 0)
		return true;
	for (size_t i = 0; i < y->nlines; i++) {
		buf_add(&text, y->lines[i]);
		buf_byte(&text, '\n');
	}
	if (depth_of(buf_str(&text)) > DEEPEST) {
		if (!y->quiet)
			diag_error(d, STATUS_LIMIT, place_of(y->source, y->lines[0]), y->id,
			    "%s is nested more than %d deep", y->what, DEEPEST);
		buf_release(&text);
		return false;
	}
	if (!yaml_parser_initialize(&parser))
		mem_leave(1, sizeof parser);
	yaml_parser_set_input_string(&parser, (const unsigned char *)text.data, text.len);
	if (yaml_parser_load(&parser, &doc)) {
		ok = read_root(to, y, &doc, d);
		if (!ok && !y->quiet && !y->under)
			diag_error(d, STATUS_STRUCTURE, place_of(y->source, y->lines[0]), y->id,
			    "%s must be 'key: value' lines", y->what);
		yaml_document_delete(&doc);
	} else if (parser.error == YAML_MEMORY_ERROR) {
		mem_leave(1, text.len);		/* it takes no allocator of ours */
	} else if (!y->quiet) {
		diag_error(d, STATUS_STRUCTURE, place_of_mark(y, parser.problem_mark, 0), y->id,
		    "%s is not valid YAML: %s", y->what,
		    parser.problem ? parser.problem : "no reason is given");
	}
	yaml_parser_delete(&parser);
	buf_release(&text);
	return ok;
}
