/*
 * Expansion beside one that is written in the plainest way: recursive, searching
 * all blocks for each name.  For any document the two give the same bytes, or both
 * find that it cannot be expanded; and the size that was summed is the length that
 * comes out; and each line stands where its origin says.
 */
#include "tests/fuzz/fuzz.h"

#include "tangle/document/block.h"
#include "tangle/document/blocks.h"
#include "tangle/document/settle.h"
#include "tangle/document/document.h"
#include "tangle/expand/check.h"
#include "tangle/expand/expand.h"
#include "tangle/expand/graph.h"
#include "tangle/expand/pin.h"

enum { DEEPEST = 200, LONGEST = 1 << 20 };

#ifndef LIBFUZZER
static void
any_name(struct buf *to, uint32_t above)
{
	static const char *const odd[] = { "a b", "x.c", "a::b", "\xC3\xA4", "<", "none", "a>", "a!", "b!", "i!", NULL };

	if (now_and_then(25))
		buf_add(to, any_word(odd));
	else	/* mostly later ones, else all would be cycles */
		buf_byte(to, (char)('a' + (above >= 8 || now_and_then(20) ? any(9) : above + any(9 - above))));
}

static void
any_line(struct buf *to, uint32_t above)
{
	static const char *const texts[] = { "x", "", "  ", "int a;", "\ty", "f(<<a>>);", "f(<<b>>, <<c>>);", "// <<d>>", "  <<e>>;", "<<f>><<g>>", "// <<c>> \\<<a>>", "\xC3\xA9<<h>>", "<<>>", "<< a>>", "<<a", "a>>",
		"\\<<a>>", "  \\<<none>>", "\\\\<<a>>", "<<a>> x", "x << 2 >> 1", "~~~", "    ```", "\\", "<<a>><<b>>", "//| key: x", "//| #", NULL };
	static const char *const indents[] = { "", "", " ", "\t", "    ", " \t ", NULL };

	if (now_and_then(2)) {
		buf_add(to, any_word(indents));
		buf_add(to, STR("<<"));
		any_name(to, above);
		buf_add(to, STR(">>"));
		buf_add(to, any_word(indents));
	} else {
		buf_add(to, any_word(texts));
	}
	buf_add(to, now_and_then(20) ? STR("\r\n") : STR("\n"));
}

static void
fuzz_make(struct buf *to)
{
	static const char *const containers[] = { "", "", "", "> ", "  ", NULL };
	static const char *const ways[] = { "inline ", "inline=column ", "inline=prefix ", "inline=around ", "", NULL };
	bool inlines = now_and_then(3);

	for (uint32_t n = 1 + any(10), i = 0; i < n; i++) {
		struct str before = any_word(containers);
		uint32_t above = i ? i - 1 : 0;

		buf_add(to, before);
		buf_add(to, STR("```c {"));
		if (inlines)
			buf_add(to, any_word(ways));
		if (i == 0 || now_and_then(5))
			buf_printf(to, "file=%c.c ", 'p' + (char)any(3));
		if (!now_and_then(8)) {
			buf_add(to, STR("name=\""));
			any_name(to, above < 8 ? above : 8);
			buf_byte(to, '"');
		}
		buf_add(to, now_and_then(10) ? STR(" replace}\n") : now_and_then(10) ? STR(" append}\n") : STR("}\n"));
		for (uint32_t k = any(5); k > 0; k--) {
			buf_add(to, before);
			any_line(to, above + 1);
		}
		buf_add(to, before);
		buf_add(to, now_and_then(60) ? STR("``\n\n") : STR("```\n\n"));
		if (now_and_then(4))
			buf_printf(to, "%.*s```output\n%.*s%s\n%.*s```\n\n", STR_ARG(before), STR_ARG(before),
			    now_and_then(6) ? "..." : "<<a>> made", STR_ARG(before));
	}
}
#endif

/* ---- the plain way ------------------------------------------------------------- */

static struct str
without_end(struct str line)
{
	while (line.len > 0 && (line.data[line.len - 1] == '\n' || line.data[line.len - 1] == '\r'))
		line.len--;
	return line;
}

/* What node a block belongs to is not what is tried here. */
static bool
knows(const struct graph *g, const struct blocks *all, struct str name)
{
	return graph_find(g, all, name) != NULL;
}

/* What is recorded below the blocks of a name; false if there is nothing, or a pattern. */
static bool
plain_output(struct buf *to, const struct blocks *all, const struct node *n, struct str indent)
{
	bool any = false;

	for (size_t i = 0; i < all->n; i++) {
		const struct block *b = &all->list[i];
		struct body rest = block_body(b);

		if (!b->is_output || !b->owner || !n || b->owner->node != n)
			continue;
		any = true;
		for (struct str line; body_line(&rest, &line);) {
			struct str text = without_end(line);

			if (str_eq(str_trim(text), STR("...")))
				return false;
			if (text.len > 0)
				buf_add(to, indent);
			buf_add(to, text);
			buf_add(to, line.len > text.len ? str_slice(line, text.len, line.len) : STR("\n"));
		}
	}
	return any;
}

/* False if there is a name missing, or no end. */
static bool
plain(struct buf *to, const struct graph *g, const struct blocks *all, const struct node *n,
    struct str indent, int depth)
{
	if (depth > DEEPEST || to->len > LONGEST)
		return false;
	for (size_t i = 0; i < n->nblocks; i++) {
		struct body rest = block_body(n->blocks[i]);

		for (struct str line; body_line(&rest, &line);) {
			struct str text = without_end(line);
			struct str body = str_trim(text), name = body;
			struct str blanks = str_slice(text, 0, body.data ? (size_t)(body.data - text.data) : 0);
			bool escaped, is_reference;

			while (str_starts(name, STR("\\")))
				name = str_slice(name, 1, name.len);
			escaped = name.len < body.len;
			is_reference = name.len > 4 && str_starts(name, STR("<<")) && str_ends(name, STR(">>"));
			name = str_slice(name, 2, name.len - 2);
			is_reference = is_reference && str_trim(name).len == name.len &&
			    str_find(name, STR("<<")) == name.len;
			if (is_reference && !escaped) {
				struct str cell = str_slice(name, 0, name.len - 1);
				struct buf deeper = {0};
				bool ok;

				buf_add(&deeper, indent);
				buf_add(&deeper, blanks);
				if (!knows(g, all, name))
					ok = str_ends(name, STR("!")) &&
					    plain_output(to, all, graph_find(g, all, cell), buf_str(&deeper));
				else
					ok = plain(to, g, all, graph_find(g, all, name), buf_str(&deeper), depth + 1);
				buf_release(&deeper);
				if (!ok)
					return false;
				continue;
			}
			if (text.len > 0)
				buf_add(to, indent);
			if (is_reference) {
				buf_add(to, blanks);
				buf_add(to, str_slice(text, blanks.len + 1, text.len));
			} else {
				buf_add(to, text);
			}
			buf_add(to, line.len > text.len ? str_slice(line, text.len, line.len) : STR("\n"));
		}
	}
	return true;
}

/* ---- the comparison ---------------------------------------------------------------- */

/* Which ends a line of a document, but not one of str_line. */
static bool
has_lone_cr(struct str s)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.data[i] == '\r' && (i + 1 == s.len || s.data[i + 1] != '\n'))
			return true;
	return false;
}

static void
check_origins(const struct expansion *x)
{
	struct str rest = buf_str(&x->text);

	for (size_t i = 0; i < x->nlines; i++) {
		struct place at = x->lines[i];
		struct str line, there;

		assert(str_line(&rest, &line));
		while (line.len > 0 && line.data[line.len - 1] == '\r')
			line.len--;
		assert(at.source && at.offset + at.length <= at.source->text.len);
		there = str_slice(at.source->text, at.offset, at.offset + at.length);
		/* behind its indentation, and but for a backslash */
		assert(str_ends(line, there) || str_find(there, STR("\\<<")) < there.len);
	}
	assert(rest.len == 0);
}

static void
check_target(struct graph *g, const struct blocks *all, struct node *n, struct diag *d)
{
	struct expand_style style = { .origins = true };
	struct expansion x = {0};
	struct buf right = {0};
	bool ok = graph_check(g, n, false, d), expected;
	struct str document = all->document->source.text;

	if (str_find(document, STR("inline")) < document.len) {	/* the plain way knows whole lines only */
		if (ok)
			expand_node(&x, n, &style);
		/*
		 * Blanks before a text whose first line is empty are counted, and trimmed; an
		 * empty line that gets text behind it (around) keeps its indentation uncounted.
		 */
		assert(!ok || x.text.len <= n->size.bytes || str_find(document, STR("around")) < document.len);
		expansion_release(&x);
		return;
	}
	expected = plain(&right, g, all, n, STR(""), 0);
	if (ok && expected) {
		expand_node(&x, n, &style);
		assert(x.text.len == n->size.bytes);
		assert(str_eq(buf_str(&x.text), buf_str(&right)));
		if (!has_lone_cr(all->document->source.text))
			check_origins(&x);
	} else {
		assert(!ok || right.len > LONGEST);
		assert(!expected || n->state == NODE_BAD);
	}
	buf_release(&right);
	expansion_release(&x);
}

static void
fuzz_one(struct str input)
{
	struct graph_options how = {0};
	struct options none = {0};
	struct document doc;
	struct blocks blocks;
	struct graph g;
	struct arena a;
	struct diag d;

	arena_init(&a);
	fuzz_diag(&d);
	document_init(&doc);
	if (document_parse(&doc, STR("a.md"), arena_str(&doc.arena, input), &d)) {
		none.arena = &a;
		blocks_find(&blocks, &doc, &none, &d);
		graph_build(&g, &blocks, 1, &how, &a, &d);
		blocks_settle(&blocks, &d);
		pins_tie(&g);
		for (size_t i = 0; i < g.ntargets; i++)
			check_target(&g, &blocks, g.targets[i], &d);
		graph_check_targets(&g, false, &d);
		graph_release(&g);
	}
	document_release(&doc);
	diag_release(&d);
	arena_release(&a);
}
