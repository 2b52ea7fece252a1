/*
 * Outputs in documents: by example, then as properties of random documents
 * and outputs, read back with libcmark as the document stage does.
 */
#include <assert.h>
#include <cmark.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "runner/output/compare.h"
#include "runner/output/embed.h"
#include "runner/session/outcome.h"
#include "tangle/base/arena.h"
#include "tangle/base/buf.h"
#include "tangle/base/source.h"

enum { CASES = 2000, MOST_CELLS = 16 };

/* ---- reading a document back ---- */

struct page {
	struct embed_cell cells[MOST_CELLS];
	size_t ncells, ncode;
	size_t noutputs[MOST_CELLS];	/* fences in each region */
	size_t ntight;			/* lists without blank lines */
};

static size_t
line_start(const struct source *s, int line)
{
	return source_start(s, (size_t)line);
}

static enum fence
fence_of(cmark_node *node)
{
	struct str info = str_of(cmark_node_get_fence_info(node));
	enum fence kind = FENCE_OUTPUT;

	while (kind < NFENCES && !str_eq(info, fence_word(kind)))
		kind++;
	return kind;
}

/*
 * Where a container ends before its fence does, libcmark gives the line after
 * as the last one, and that may look like a closing fence: but then a block
 * starts there.
 */
static bool
is_closed(cmark_node *node)
{
	int last = cmark_node_get_end_line(node);

	while (node && !cmark_node_next(node))
		node = cmark_node_parent(node);
	return !node || cmark_node_get_start_line(cmark_node_next(node)) > last;
}

static void
read_cell(struct page *p, struct arena *a, const struct source *s, cmark_node *node)
{
	struct embed_cell *cell = &p->cells[p->ncells];
	int last = cmark_node_get_end_line(node);
	struct str line = source_line(s, (size_t)last);
	size_t indent = 0;

	assert(p->ncells < MOST_CELLS);
	while (indent < line.len && line.data[indent] != '`' && line.data[indent] != '~')
		indent++;
	cell->region.after = cell->region.end = line_start(s, last + 1);
	cell->region.in_container =
	    cmark_node_get_type(cmark_node_parent(node)) != CMARK_NODE_DOCUMENT;
	if (cell->region.in_container)
		cell->region.prefix = str_slice(line, 0, indent);
	while ((node = cmark_node_next(node)) != NULL &&
	    cmark_node_get_type(node) == CMARK_NODE_CODE_BLOCK && fence_of(node) < NFENCES) {
		enum fence kind = fence_of(node);

		cell->is_odd |= cell->recorded.present[kind];
		cell->recorded.present[kind] = true;
		cell->recorded.text[kind] = arena_str(a, str_of(cmark_node_get_literal(node)));
		cell->region.end = line_start(s, cmark_node_get_end_line(node) + 1);
		p->noutputs[p->ncells]++;
	}
	p->ncells++;
}

static struct page
read_page(struct arena *a, struct str text)
{
	cmark_node *root = cmark_parse_document(text.len ? text.data : "", text.len,
	    CMARK_OPT_DEFAULT), *node;
	cmark_iter *walk = cmark_iter_new(root);
	struct page p = {0};
	struct source s;

	source_init(&s, a, STR("test.md"), text);
	while (cmark_iter_next(walk) != CMARK_EVENT_DONE) {
		node = cmark_iter_get_node(walk);
		if (cmark_node_get_type(node) == CMARK_NODE_LIST)
			p.ntight += cmark_node_get_list_tight(node) != 0;
		if (cmark_node_get_type(node) != CMARK_NODE_CODE_BLOCK)
			continue;
		p.ncode++;
		if (strcmp(cmark_node_get_fence_info(node), "c") == 0 && is_closed(node))
			read_cell(&p, a, &s, node);
	}
	cmark_iter_free(walk);
	cmark_node_free(root);
	return p;
}

/* What is to stand there: what is recorded, where that says the same. */
static const struct fences *
settled(struct arena *a, const struct fences *recorded, const struct fences *made)
{
	static const struct comparing usual;
	struct fences *f = made ? arena_copy(a, made, 1, sizeof *made) : NULL;
	enum comparison found[NFENCES];

	if (f)
		compare_fences(&usual, recorded, f, a, found);
	return f;
}

/* ---- by example ---- */

static struct fences
one(enum fence kind, const char *text)
{
	struct fences f = {0};

	f.present[kind] = true;
	f.text[kind] = str_of(text);
	return f;
}

/* Embed the same texts below every cell; the result must stay when embedded again. */
static void
expect(const char *before, const struct fences *made, const char *after)
{
	struct arena a;
	struct buf once = {0}, twice = {0};
	struct page p;

	arena_init(&a);
	p = read_page(&a, str_of(before));
	for (size_t i = 0; i < p.ncells; i++)
		p.cells[i].made = settled(&a, &p.cells[i].recorded, made);
	assert(embed(&once, str_of(before), p.cells, p.ncells) == (strcmp(before, after) != 0));
	assert(str_eq(buf_str(&once), str_of(after)));
	if (made) {
		p = read_page(&a, buf_str(&once));
		for (size_t i = 0; i < p.ncells; i++)
			p.cells[i].made = settled(&a, &p.cells[i].recorded, made);
		assert(!embed(&twice, buf_str(&once), p.cells, p.ncells));
		assert(str_eq(buf_str(&twice), buf_str(&once)));
	}
	buf_release(&once);
	buf_release(&twice);
	arena_release(&a);
}

static void
examples(void)
{
	struct fences none = {0}, hi = one(FENCE_OUTPUT, "hi\n"), two = one(FENCE_STDERR, "oh\n");
	struct fences ticks = one(FENCE_OUTPUT, "```c\n  ````\n");
	struct fences gap = one(FENCE_OUTPUT, "a\n\nb\n");

	two.present[FENCE_OUTPUT] = true;
	two.text[FENCE_OUTPUT] = STR("hi\n");

	/* nothing printed, nothing changed */
	expect("", &none, "");
	expect("a\n```c\nx\n```\nb", &none, "a\n```c\nx\n```\nb");
	expect("```c\nx\n```\n\n```output\nold\n```\n", NULL,
	    "```c\nx\n```\n\n```output\nold\n```\n");

	/* the form */
	expect("```c\nx\n```\n\nb\n", &hi, "```c\nx\n```\n\n```output\nhi\n```\n\nb\n");
	expect("```c\nx\n```\nb\n", &two,
	    "```c\nx\n```\n\n```output\nhi\n```\n\n```output-stderr\noh\n```\nb\n");
	expect("```c\nx\n```\n", &ticks, "```c\nx\n```\n\n`````output\n```c\n  ````\n`````\n");

	/* a missing final newline stays missing, with a region and without */
	expect("```c\nx\n```", &hi, "```c\nx\n```\n\n```output\nhi\n```");
	expect("```c\nx\n```\n\n```output\nhi\n```", &none, "```c\nx\n```");

	/* an old region goes, changes, or stays as someone wrote it */
	expect("```c\nx\n```\n\n```output\nhi\n```\n\nb\n", &none, "```c\nx\n```\n\nb\n");
	expect("```c\nx\n```\n```output\nold\n```\nb\n", &hi,
	    "```c\nx\n```\n\n```output\nhi\n```\nb\n");
	expect("```c\nx\n```\n\n\n~~~~output \nhi  \n~~~~\nb\n", &hi,
	    "```c\nx\n```\n\n\n~~~~output \nhi  \n~~~~\nb\n");
	expect("```c\nx\n```\n```output\nhi \n```\n", &two,
	    "```c\nx\n```\n\n```output\nhi \n```\n\n```output-stderr\noh\n```\n");

	expect("```c\nx\n```\n```output\nold\n```\n```output\nhi\n```\n", &hi,
	    "```c\nx\n```\n\n```output\nhi\n```\n");

	/* containers: their prefix, no blank lines, no blanks at line ends */
	expect("- a\n  ```c\n  x\n  ```\n- b\n", &gap,
	    "- a\n  ```c\n  x\n  ```\n  ```output\n  a\n\n  b\n  ```\n- b\n");
	expect("> ```c\n> x\n> ```\n", &gap,
	    "> ```c\n> x\n> ```\n> ```output\n> a\n>\n> b\n> ```\n");
	expect(">```c\n>x\n>```", &gap, ">```c\n>x\n>```\n> ```output\n> a\n>\n> b\n> ```");
	expect("- a\n\n\t```c\n\tx\n\t```\n", &hi,
	    "- a\n\n\t```c\n\tx\n\t```\n    ```output\n    hi\n    ```\n");

	/* the document's newlines */
	expect("```c\r\nx\r\n```\r\nb\n", &hi, "```c\r\nx\r\n```\r\n\r\n```output\r\nhi\r\n```\r\nb\n");
	expect("a\n\n```c\n```\r\n", &hi, "a\n\n```c\n```\r\n\n```output\nhi\n```\n");
	expect("```c\r```\rb\r", &hi, "```c\r```\r\r```output\rhi\r```\rb\r");
}

/* Lines of 255 marks close any fence of theirs, so one mark gives way. */
static void
fences_no_line_can_close(void)
{
	static const struct { size_t ticks, tildes; const char *fence; bool escaped; } cases[] = {
		{ 3, 3, "````output", false }, { 254, 0, "`output", false },
		{ 255, 254, "~output", false }, { 254, 300, "`output", false },
		{ 255, 255, "```output", true }
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct buf text = {0}, page = {0};
		struct embed_cell cell = { .region = { .after = 8, .end = 8 } };
		struct outcome o = {0};
		struct output_context c = {0};
		struct fences f;
		struct arena a;
		struct page p;

		arena_init(&a);
		buf_fill(&text, '`', cases[i].ticks);
		buf_add(&text, STR("\n  "));
		buf_fill(&text, '~', cases[i].tildes);
		o.out.head = buf_str(&text);
		f = output_fences(&o, &c, &a);
		cell.made = &f;
		assert(embed(&page, STR("```c\n```"), &cell, 1));
		p = read_page(&a, buf_str(&page));
		assert(p.ncells == 1 && p.ncode == 2);
		assert(str_eq(p.cells[0].recorded.text[FENCE_OUTPUT], f.text[FENCE_OUTPUT]));
		assert(str_find(buf_str(&page), str_of(cases[i].fence)) < page.len);
		assert((str_find(buf_str(&page), STR("\n\\x60``")) < page.len) == cases[i].escaped);
		buf_release(&text);
		buf_release(&page);
		arena_release(&a);
	}
}

/* What someone wrote into a region may not fit into any fence of ours. */
static void
a_text_that_is_kept_must_fit_a_fence(void)
{
	struct embed_cell cell = { .region = { .after = 9, .end = 9 }, .is_odd = true };
	struct buf text = {0}, page = {0};

	buf_add(&text, STR("crashed: as it was\nline 4: y\n    "));
	buf_fill(&text, '`', 255);
	cell.recorded = one(FENCE_ERROR, buf_cstr(&text));
	cell.made = &cell.recorded;
	assert(embed(&page, STR("```c\n```\n"), &cell, 1));
	assert(str_find(buf_str(&page), STR("\n    ````")) < page.len);
	buf_clear(&page);
	buf_byte(&text, '\n');
	buf_fill(&text, '~', 255);
	cell.recorded = one(FENCE_ERROR, buf_cstr(&text));
	assert(embed(&page, STR("```c\n```\n"), &cell, 1));
	assert(str_find(buf_str(&page), STR("\n    \\x60````")) < page.len);
	buf_release(&text);
	buf_release(&page);
}

/* ---- random documents, random outputs ---- */

static uint64_t seed = 0x9E3779B97F4A7C15u;

static size_t
random_below(size_t n)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (size_t)(seed >> 11) % n;
}

#define PICK(array)	(array)[random_below(sizeof(array) / sizeof(*(array)))]

static void
random_output(struct buf *b)
{
	static const struct { const char *text; size_t len; } parts[] = {
#define PART(s)	{ s, sizeof(s) - 1 }
		PART("\n"), PART("\n"), PART("\n"), PART("\n\n"), PART("\r"), PART("\r\n"),
		PART("\0"), PART("\t"), PART(" "), PART("    "), PART("-->"), PART("---\n"),
		PART("- "), PART("1. "), PART("> "), PART("# "), PART("```"), PART("~~~"),
		PART("```output\n"), PART("```c\nint x;\n```\n"), PART("<!-- skein:end -->\n"),
		PART("\033[31m"), PART("\033"), PART("\303\251"), PART("\303"), PART("\377"),
		PART("\342\200\256"), PART("\357\273\277"), PART("word"), PART("\\x60"),
		PART("<div>\n"), PART("&amp;"), PART("...\n"), PART("=\n"), PART("\f"), PART("\v"),
		PART("\b"), PART("\033[A"), PART("\033[2A"), PART("\033[B"), PART("\033[K"),
		PART("\033[3D"), PART("\033[7C"), PART("\033[4G"), PART("\033[J"), PART("\033[H"),
		PART("\033[2J"), PART("\033]0;`"), PART("\033[")
#undef PART
	};
	static const size_t runs[] = { 1, 2, 3, 4, 5, 20, 253, 254, 255, 256, 300 };

	for (size_t n = random_below(12); n > 0; n--) {
		size_t i = random_below(sizeof(parts) / sizeof(*parts) + 3);

		if (i < sizeof(parts) / sizeof(*parts))
			buf_add(b, (struct str){ parts[i].text, parts[i].len });
		else if (random_below(2))
			buf_byte(b, (char)random_below(256));
		else
			buf_fill(b, PICK("`~"), PICK(runs));
		if (random_below(4) == 0)
			buf_byte(b, '\n');
	}
}

static struct str
random_text(struct arena *a)
{
	struct buf b = {0};

	if (random_below(3) > 0)
		random_output(&b);
	return buf_take(&b, a);
}

static const struct fences *
random_fences(struct arena *a)
{
	struct outcome o = { .out = { .head = random_text(a) }, .err = { .head = random_text(a) } };
	struct output_context c = { .has_state = true };
	struct fences *f = arena_alloc(a, 1, sizeof(*f));

	if (random_below(8) == 0)
		return NULL;
	if (random_below(4) == 0) {
		o.kind = OUTCOME_CRASH;
		o.what = random_text(a);
	}
	*f = output_fences(&o, &c, a);
	return f;
}

/* A document of a few blocks, with newlines of one or of all kinds. */
static struct str
random_document(struct arena *a)
{
	static const char *const blocks[] = {
		"text\n", "# head\n", "\n", "\n", "\n\n", "---\n", "<div>\n", "text\n===\n",
		"\xEF\xBB\xBF", "  \n", "\xE9\n",
		"```c\nint x;\n```\n", "```c\nint x;\n```\n", "```c\nint x;\n```\n", "~~~c\n```\n~~~~\n",
		"  `````c\n  x;\n ````` \t\n", "```\nlisting\n```\n", "    indented\n",
		"```output\nstray\n```\n",
		"```c\nx;\n```\n\n```output\nold\n```\n", "```c\nx;\n```\n```output-error\nline 4\n```\n",
		"```c\nx;\n```\n\n\n````output-stderr\n```\n````\n\n~~~output\nold \n~~~\n",
		"- a\n  ```c\n  x;\n  ```\n- b\n", "1. a\n\n   ```c\n   x;\n   ```\n\n2. b\n",
		"- ```c\n  x;\n  ```\n", "-\ta\n\n\t```c\n\tx;\n\t```\n", "- a\n\n\t```c\n\tx;\n\t```\n",
		"1. a\n\n\t```c\n\tx;\n\t```\n\ttext\n", "* a\n  * b\n    ```c\n    x;\n    ```\n  * c\n",
		"- a\n  ```c\n  x;\n  ```\n  ```output\n  old\n  ```\n- b\n",
		"> ```c\n> x;\n> ```\n", ">```c\n>x;\n>```\n", ">\t```c\n>\tx;\n>\t```\n",
		"> a\n> ```c\n> x;\n> ```\n> b\n", "> - a\n>   ```c\n>   x;\n>   ```\n> - b\n",
		"- > ```c\n  > x;\n  > ```\n", "> > ```c\n> > x;\n> > ```\n",
		"> ```c\n> x;\n> ```\n>\n> ```output\n> old\n> ```\n> b\n",
		"-   >   ```c\n    >   x;\n    >   ```\n"
	};
	static const char *const newlines[] = { "\n", "\n", "\r\n", "\r" };
	const char *newline = random_below(4) ? PICK(newlines) : NULL;
	struct buf b = {0};

	for (size_t n = random_below(7); n > 0; n--) {
		for (const char *c = PICK(blocks); *c; c++) {
			if (*c == '\n')
				buf_add(&b, str_of(newline ? newline : PICK(newlines)));
			else
				buf_byte(&b, *c);
		}
	}
	while (random_below(2) && b.len > 0 && (b.data[b.len - 1] == '\n' || b.data[b.len - 1] == '\r'))
		b.len--;
	return buf_take(&b, a);
}

static struct str
embedded(struct arena *a, struct str document, const struct page *p)
{
	struct buf b = {0};
	bool changed = embed(&b, document, p->cells, p->ncells);

	assert(changed == !str_eq(buf_str(&b), document));
	return buf_take(&b, a);
}

static size_t
count_present(const struct fences *f)
{
	size_t n = 0;

	for (enum fence k = 0; k < NFENCES; k++)
		n += f->present[k];
	return n;
}

static size_t
count_outputs(const struct page *p)
{
	size_t n = 0;

	for (size_t i = 0; i < p->ncells; i++)
		n += p->noutputs[i];
	return n;
}

/* Each region holds what it should; nothing else became or ceased to be a block. */
static void
check_page(const struct page *before, const struct page *after)
{
	assert(after->ncode - before->ncode == count_outputs(after) - count_outputs(before));
	assert(after->ncells == before->ncells);
	for (size_t i = 0; i < before->ncells; i++) {
		const struct embed_cell *from = &before->cells[i], *to = &after->cells[i];
		const struct fences *want = from->made ? from->made : &from->recorded;

		for (enum fence k = 0; k < NFENCES; k++) {
			assert(to->recorded.present[k] == want->present[k]);
			if (want->present[k])
				assert(str_eq(to->recorded.text[k], want->text[k]));
		}
		if (from->made)
			assert(after->noutputs[i] == count_present(want));
	}
}

/* The bytes that belong to the document, with a newline in place of a missing last one. */
static struct str
outside(struct arena *a, struct str document, const struct page *p)
{
	struct buf b = {0};
	size_t at = 0;

	for (size_t i = 0; i < p->ncells; i++) {
		buf_add(&b, str_slice(document, at, p->cells[i].region.after));
		at = p->cells[i].region.end;
	}
	buf_add(&b, str_slice(document, at, document.len));
	while (b.len > 0 && (b.data[b.len - 1] == '\n' || b.data[b.len - 1] == '\r'))
		b.len--;
	return buf_take(&b, a);
}

static void
random_case(struct arena *a)
{
	static const struct fences none;
	struct str text[4];
	struct page page[4];

	/* take away what is there, put outputs, put others, take all away */
	text[0] = random_document(a);
	for (size_t step = 0; step < 4; step++) {
		struct page *p = &page[step];

		*p = read_page(a, text[step]);
		if (step > 0) {
			check_page(&page[step - 1], p);
			assert(p->ntight == page[0].ntight);
			assert(str_eq(outside(a, text[step], p), outside(a, text[0], &page[0])));
			for (size_t i = 0; i < p->ncells; i++)
				p->cells[i].made = settled(a, &p->cells[i].recorded,
				    page[step - 1].cells[i].made);
			assert(str_eq(embedded(a, text[step], p), text[step]));
		}
		if (step == 3)
			break;
		for (size_t i = 0; i < p->ncells; i++)
			p->cells[i].made = settled(a, &p->cells[i].recorded,
			    step == 0 ? &none : random_fences(a));
		text[step + 1] = embedded(a, text[step], p);
	}
	for (size_t i = 0; i < page[3].ncells; i++)
		page[3].cells[i].made = &none;
	assert(str_eq(embedded(a, text[3], &page[3]), text[1]));
}

int
main(int argc, char **argv)
{
	unsigned long cases = argc > 1 ? strtoul(argv[1], NULL, 10) : CASES;

	examples();
	fences_no_line_can_close();
	a_text_that_is_kept_must_fit_a_fence();
	for (unsigned long i = 0; i < cases; i++) {
		struct arena a;

		arena_init(&a);
		random_case(&a);
		arena_release(&a);
	}
	return 0;
}
