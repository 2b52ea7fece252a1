#include "tangle/document/frontmatter.h"

#include <yaml.h>

#include "tangle/base/arena.h"
#include "tangle/base/diag.h"
#include "tangle/base/mem.h"
#include "tangle/document/attributes.h"

static const struct str BOM = { "\xEF\xBB\xBF", 3 };

static bool
is_rule(struct str line, const char *rule)
{
	while (line.len > 0 && (line.data[line.len - 1] == ' ' || line.data[line.len - 1] == '\t'))
		line.len--;
	return str_eq(line, str_of(rule));
}

size_t
frontmatter_size(const struct source *s)
{
	struct str first = source_line(s, 1);

	if (str_starts(first, BOM))
		first = str_slice(first, BOM.len, first.len);
	/* a rule with a blank line below it is a thematic break (Pandoc's rule) */
	if (!is_rule(first, "---") || (s->nlines > 1 && str_is_blank(source_line(s, 2))))
		return 0;
	for (size_t n = 2; n <= s->nlines; n++)
		if (is_rule(source_line(s, n), "---") || is_rule(source_line(s, n), "..."))
			return n < s->nlines ? s->starts[n] : s->text.len;
	return 0;
}

/* Where a mark of libyaml stands; it counts characters, we count bytes. */
static struct place
place_of_mark(const struct source *s, yaml_mark_t mark, size_t length)
{
	struct str line = source_line(s, mark.line + 1);
	size_t at = 0;

	if (mark.line == 0 && str_starts(line, BOM))
		at = BOM.len;
	for (size_t n = mark.column; n > 0 && at < line.len; n--) {
		size_t bytes = str_utf8(str_slice(line, at, line.len));

		at += bytes ? bytes : 1;
	}
	return (struct place){ s,
	    (mark.line < s->nlines ? s->starts[mark.line] : 0) + at, length };
}

static struct str
scalar(struct options *to, const yaml_node_t *n)
{
	return arena_str(to->arena, (struct str){
	    (const char *)n->data.scalar.value, n->data.scalar.length });
}

static void
read_pair(struct options *to, const struct source *s, yaml_document_t *y,
    const yaml_node_pair_t *pair, struct diag *d)
{
	const yaml_node_t *key = yaml_document_get_node(y, pair->key);
	const yaml_node_t *value = yaml_document_get_node(y, pair->value);
	struct option o = {0};

	o.key = scalar(to, key);
	o.at = place_of_mark(s, key->start_mark, o.key.len);
	if (value->type == YAML_SCALAR_NODE) {
		o.value = scalar(to, value);
	} else if (value->type == YAML_SEQUENCE_NODE) {
		const yaml_node_item_t *item = value->data.sequence.items.start;
		size_t n = (size_t)(value->data.sequence.items.top - item);
		struct str *items = arena_alloc(to->arena, n, sizeof *items);

		for (size_t i = 0; i < n; i++) {
			const yaml_node_t *one = yaml_document_get_node(y, item[i]);

			if (one->type == YAML_SCALAR_NODE)
				items[o.nitems++] = scalar(to, one);
		}
		o.items = items;
		o.is_list = true;
	} else {
		diag_error(d, STATUS_STRUCTURE, o.at, "front-matter",
		    "the value of '%.*s' must be a word or a list", STR_ARG(o.key));
		return;
	}
	options_add(to, o, d);
}

static void
read_mapping(struct options *to, const struct source *s, yaml_document_t *y,
    const yaml_node_t *mapping, struct diag *d)
{
	const yaml_node_pair_t *pair = mapping->data.mapping.pairs.start;

	for (; pair < mapping->data.mapping.pairs.top; pair++)
		if (yaml_document_get_node(y, pair->key)->type == YAML_SCALAR_NODE)
			read_pair(to, s, y, pair, d);
}

static void
read_root(struct options *to, const struct source *s, yaml_document_t *y, struct diag *d)
{
	const yaml_node_t *root = yaml_document_get_root_node(y);
	const yaml_node_pair_t *pair;

	if (!root || root->type != YAML_MAPPING_NODE)
		return;
	for (pair = root->data.mapping.pairs.start; pair < root->data.mapping.pairs.top; pair++) {
		const yaml_node_t *key = yaml_document_get_node(y, pair->key);
		const yaml_node_t *value = yaml_document_get_node(y, pair->value);

		if (key->type != YAML_SCALAR_NODE || !str_eq(scalar(to, key), STR("skein")))
			continue;
		if (value->type == YAML_MAPPING_NODE)
			read_mapping(to, s, y, value, d);
		else if (value->type != YAML_SCALAR_NODE || value->data.scalar.length > 0)
			diag_error(d, STATUS_STRUCTURE, place_of_mark(s, key->start_mark, 5),
			    "front-matter", "'skein:' must hold options, one 'key: value' a line");
	}
}

/* Only a document that speaks to us is told that its YAML is broken. */
static bool
speaks_to_us(struct str text)
{
	struct str line;

	while (str_line(&text, &line))
		if (str_starts(line, STR("skein:")))
			return true;
	return false;
}

void
frontmatter_read(struct options *to, const struct source *s, size_t size, struct diag *d)
{
	struct str text = str_slice(s->text, 0, size);
	size_t last = source_position(s, size ? size - 1 : 0).line;
	yaml_parser_t parser;
	yaml_document_t y;

	if (size == 0 || !speaks_to_us(text))
		return;
	text = str_slice(text, 0, s->starts[last - 1]);	/* without the closing rule */
	if (!yaml_parser_initialize(&parser))
		mem_leave(1, sizeof parser);
	yaml_parser_set_input_string(&parser, (const unsigned char *)text.data, text.len);
	if (yaml_parser_load(&parser, &y)) {
		read_root(to, s, &y, d);
		yaml_document_delete(&y);
	} else if (parser.error == YAML_MEMORY_ERROR) {
		mem_leave(1, text.len);		/* it takes no allocator of ours */
	} else {
		diag_error(d, STATUS_STRUCTURE, place_of_mark(s, parser.problem_mark, 0),
		    "front-matter", "the front matter is not valid YAML: %s",
		    parser.problem ? parser.problem : "no reason is given");
	}
	yaml_parser_delete(&parser);
}
