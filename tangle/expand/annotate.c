#include "tangle/expand/annotate.h"

#include "tangle/base/buf.h"
#include "tangle/base/diag.h"
#include "tangle/base/hash.h"
#include "tangle/base/map.h"
#include "tangle/document/blocks.h"
#include "tangle/expand/graph.h"
#include "tangle/project/language.h"

enum form {
	FORM_NONE,
	FORM_SKEIN,
	FORM_ENTANGLED,		/* entangled.py 2: standard and supplemented are one */
	FORM_ENTANGLED_1	/* the Haskell program before it */
};

/* How much of a content's hash is enough to see that it has changed. */
enum { HASH_SHOWN = 12 };

static enum form
form_of(const struct block *b)
{
	static const struct {
		const char *word;
		enum form form;
	} forms[] = {
		{ "begin-end", FORM_SKEIN }, { "entangled", FORM_ENTANGLED },
		{ "standard", FORM_ENTANGLED }, { "supplemented", FORM_ENTANGLED },
		{ "entangled-1", FORM_ENTANGLED_1 },
	};
	const struct option *o = block_setting(b, "annotate");

	for (size_t i = 0; o && i < sizeof forms / sizeof *forms; i++)
		if (str_eq(o->value, str_of(forms[i].word)))
			return forms[i].form;
	return FORM_NONE;
}

/* ---- comments -------------------------------------------------------------------- */

struct comment {
	const char *open, *close;	/* open NULL: the language has none; close "": to the line's end */
};

/* What Entangled 1 calls a language; it writes block comments for some with both kinds. */
static const struct {
	const char *ours, *theirs;
	bool is_block;
} entangled[] = {
	{ "sh", "Bash", false }, { "c", "C", true }, { "c++", "C++", false },
	{ "css", "CSS", true }, { "html", "HTML", true }, { "javascript", "JavaScript", true },
	{ "latex", "LaTeX", false }, { "tex", "LaTeX", false }, { "ocaml", "OCaml", true },
	{ "opencl", "OpenCL", true }, { "purescript", "PureScript", false },
	{ "sql", "SQLite", false }, { "toml", "TOML", false },
	{ "typescript", "TypeScript", false }, { "yaml", "YAML", false },
};

static const struct language *
language_of(const struct block *b)
{
	return language_find(b->language);
}

static struct comment
comment_of(const struct block *b, enum form form)
{
	const struct language *l = language_of(b);
	bool is_block = false;

	if (!l)
		return (struct comment){0};
	for (size_t i = 0; form == FORM_ENTANGLED_1 && i < sizeof entangled / sizeof *entangled; i++)
		if (str_eq(str_of(entangled[i].ours), str_of(l->name)))
			is_block = entangled[i].is_block;
	if (l->comment && !is_block)
		return (struct comment){ l->comment, "" };
	return (struct comment){ l->open, l->close };
}

bool
annotate_is_wanted(const struct block *b)
{
	enum form form = form_of(b);

	return form != FORM_NONE && comment_of(b, form).open;
}

bool
annotate_needs_room(const struct block *b)
{
	return form_of(b) == FORM_SKEIN;
}

/* ---- header lines ------------------------------------------------------------------ */

static bool
holds(struct str line, const char *part)
{
	return str_find(line, str_of(part)) < line.len;
}

static bool
is_licence(struct str line)
{
	return holds(line, "SPDX-") || holds(line, "Copyright") || holds(line, "opyright (c)");
}

/* `# -*- coding: utf-8 -*-`, `# vim: set fileencoding=utf-8` */
static bool
is_encoding(const struct block *b, struct str line)
{
	const struct language *l = language_of(b);

	return l && l->comment && str_starts(str_trim(line), str_of(l->comment)) &&
	    (holds(line, "coding:") || holds(line, "coding="));
}

size_t
annotate_header(const struct block *first)
{
	const struct option *said = options_find(&first->options, "header");
	enum form form = form_of(first);
	struct body rest = block_body(first);
	unsigned long wanted;
	struct str line;
	size_t n = 0;

	if (said && str_number(said->value, rest.nlines, &wanted))
		return wanted;
	if (form == FORM_ENTANGLED_1)
		return 0;
	for (; body_line(&rest, &line); n++) {
		bool is_first = n == 0 && (str_starts(line, STR("#!")) || str_starts(line, STR("<?")));
		bool is_early = form == FORM_SKEIN && n < 2 && is_encoding(first, line);

		if (!is_first && !is_early && !is_licence(line))
			break;
	}
	return n;
}

/* ---- marks ----------------------------------------------------------------------- */

/* Entangled counts the blocks of a name anew in each document. */
static size_t
index_in_document(const struct annotated *what)
{
	size_t low = 0, high = what->index;

	while (low < high) {	/* documents stand one behind the other in memory */
		size_t middle = low + (high - low) / 2;

		if (what->node->blocks[middle]->document < what->block->document)
			low = middle + 1;
		else
			high = middle;
	}
	return what->index - low;
}

static const char *
entangled_language(const struct block *b, struct buf *scratch)
{
	const struct language *l = language_of(b);

	for (size_t i = 0; i < sizeof entangled / sizeof *entangled; i++)
		if (str_eq(str_of(entangled[i].ours), str_of(l->name)))
			return entangled[i].theirs;
	buf_add(scratch, str_of(l->name));	/* Haskell, Python, ...: with a capital */
	if (scratch->data[0] >= 'a' && scratch->data[0] <= 'z')
		scratch->data[0] = (char)(scratch->data[0] - 'a' + 'A');
	return buf_cstr(scratch);
}

/* From the root; of a document elsewhere the name alone, as paths differ between machines. */
static struct str
document_name(const struct document *d)
{
	struct str name = d->below.len > 0 ? d->below : d->path;
	size_t slash = name.len;

	while (name.len > 0 && name.data[0] == '/' && slash > 0 && name.data[slash - 1] != '/')
		slash--;
	return slash < name.len ? str_slice(name, slash, name.len) : name;
}

struct mark {
	struct buf *to;
	const struct annotated *what;
	enum form form;
	struct comment comment;
	struct str document, name;	/* of the block: its path from the root */
};

/* False: the block has no marks. */
static bool
start(struct mark *m, struct buf *to, const struct annotated *what)
{
	const struct block *b = what->block;

	*m = (struct mark){ .to = to, .what = what, .form = form_of(b) };
	if (m->form == FORM_NONE || !what->node)
		return false;
	m->comment = comment_of(b, m->form);
	m->document = document_name(b->document);
	m->name = what->node->name;
	return m->comment.open;
}

static void
open_line(const struct mark *m, const char *delimiter)
{
	buf_add(m->to, m->what->indent);
	buf_printf(m->to, "%s %s", m->comment.open, delimiter);
}

/* Lines end as the block's do. */
static void
close_line(const struct mark *m)
{
	struct str first = body_first(block_body(m->what->block));

	if (*m->comment.close)
		buf_printf(m->to, " %s", m->comment.close);
	buf_add(m->to, str_ends(first, STR("\r\n")) ? STR("\r\n") : STR("\n"));
}

static void
add_index(const struct mark *m)
{
	if (m->what->index == 0)
		buf_add(m->to, STR("[init]"));
	else
		buf_printf(m->to, "[%zu]", index_in_document(m->what));
}

static void
begin_skein(const struct mark *m)
{
	struct hash *h = hash_start();
	char hex[HASH_HEX + 1];
	struct str line;

	for (struct body rest = block_body(m->what->block); body_line(&rest, &line);)
		hash_add(h, line);
	digest_hex(hash_end(h), hex);
	open_line(m, "begin");
	buf_printf(m->to, " <<%.*s#%.*s>>[%zu] %.*s", STR_ARG(m->document), STR_ARG(m->name),
	    m->what->index + 1, HASH_SHOWN, hex);
	close_line(m);
}

static void
begin_entangled(const struct mark *m)
{
	open_line(m, "~/~ begin");
	buf_printf(m->to, " <<%.*s#%.*s>>", STR_ARG(m->document), STR_ARG(m->name));
	add_index(m);
	close_line(m);
}

static void
begin_entangled_1(const struct mark *m)
{
	struct buf scratch = {0};

	if (!m->what->from && m->what->index == 0) {
		open_line(m, "~\\~ ");
		buf_printf(m->to, "language=%s filename=%.*s",
		    entangled_language(m->what->block, &scratch), STR_ARG(m->what->node->file));
		close_line(m);
	}
	open_line(m, "~\\~ begin");
	buf_printf(m->to, " <<%.*s|%.*s>>", STR_ARG(m->document), STR_ARG(m->name));
	add_index(m);
	close_line(m);
	buf_release(&scratch);
}

void
annotate_begin(struct buf *to, enum annotations how, const struct annotated *what)
{
	struct mark m;

	if (how == ANNOTATE_NONE || !start(&m, to, what))
		return;
	if (m.form == FORM_SKEIN)
		begin_skein(&m);
	else if (m.form == FORM_ENTANGLED)
		begin_entangled(&m);
	else
		begin_entangled_1(&m);
}

void
annotate_end(struct buf *to, enum annotations how, const struct annotated *what)
{
	struct mark m;

	if (how == ANNOTATE_NONE || !start(&m, to, what))
		return;
	open_line(&m, m.form == FORM_SKEIN ? "end" : m.form == FORM_ENTANGLED ? "~/~ end" : "~\\~ end");
	if (m.form == FORM_SKEIN)
		buf_printf(to, " <<%.*s#%.*s>>[%zu]", STR_ARG(m.document), STR_ARG(m.name),
		    what->index + 1);
	close_line(&m);
}

size_t
annotate_size(const struct node *n, size_t k, size_t *lines)
{
	struct annotated what = { .node = n, .block = n->blocks[k], .index = k };
	struct buf marks = {0};
	size_t size;

	*lines = 0;
	if (form_of(what.block) == FORM_NONE)
		return 0;
	annotate_begin(&marks, ANNOTATE_AS_SAID, &what);
	annotate_end(&marks, ANNOTATE_AS_SAID, &what);
	size = marks.len;
	for (size_t i = 0; i < size; i++)
		*lines += marks.data[i] == '\n';
	buf_release(&marks);
	return size;
}

/* ---- what cannot have marks --------------------------------------------------------- */

static void
warn_block(const struct block *b, struct map *told, struct diag *d)
{
	enum form form = b->is_fragment ? form_of(b) : FORM_NONE;

	if (form == FORM_NONE || comment_of(b, form).open || map_get(told, b->language))
		return;
	map_put(told, b->language, told);
	if (b->language.len == 0)
		diag_warning(d, b->at, "no-annotation",
		    "a block without a language has no comments: it is written without annotations");
	else
		diag_warning(d, b->at, "no-annotation", language_of(b) ?
		    "'%.*s' has no comments: its blocks are written without annotations" :
		    "'%.*s' is no language whose comments are known: its blocks are written without annotations",
		    STR_ARG(b->language));
}

void
annotate_warn(const struct graph *g, struct diag *d)
{
	struct map told = {0};

	for (size_t i = 0; i < g->ndocuments; i++)
		for (size_t k = 0; k < g->documents[i].n; k++)
			warn_block(&g->documents[i].list[k], &told, d);
	map_release(&told);
}
