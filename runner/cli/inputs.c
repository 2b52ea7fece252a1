#include "runner/cli/inputs.h"

#include <stdlib.h>

#include "runner/build/ask.h"
#include "runner/build/flags.h"
#include "runner/cell/cell.h"
#include "runner/cli/files.h"
#include "runner/cli/load.h"
#include "tangle/base/buf.h"
#include "tangle/base/diag.h"
#include "tangle/base/file.h"
#include "tangle/base/mem.h"
#include "tangle/base/root.h"
#include "tangle/document/blocks.h"
#include "tangle/expand/check.h"
#include "tangle/expand/expand.h"

enum { LARGEST_FILE = 16 << 20 };	/* a larger one is not read, and so not known */

struct finding {
	struct inputs *to;
	struct load *load;
	struct blocks *blocks;
	struct arena *arena;
	struct diag *diag;		/* silent */
	struct str top, root, folder;	/* absolute */
	struct str *folders;		/* where headers are looked for */
	size_t nfolders, folders_cap;
	struct str *names;		/* of headers, as written */
	size_t nnames, names_cap;
	struct map known_names;
	struct str *files;		/* to be read for what they include */
	size_t nfiles, files_cap;
	struct map known_folders, known_files;
};

static void
give_up(struct finding *f, struct str why)
{
	if (f->to->unknown.len == 0)
		f->to->unknown = why;
}

/* Taken apart at slashes, what ".." leads back over taken away. */
struct str
inputs_path(struct str folder, struct str path, struct arena *a)
{
	struct str rest = str_starts(path, STR("/")) ? path :
	    arena_printf(a, "%.*s/%.*s", STR_ARG(folder), STR_ARG(path));
	struct buf b = {0};

	while (rest.len > 0) {
		struct str name = str_cut(rest, '/', &rest);

		if (name.len == 0 || str_eq(name, STR(".")))
			continue;
		if (!str_eq(name, STR(".."))) {
			buf_byte(&b, '/');
			buf_add(&b, name);
			continue;
		}
		while (b.len > 0 && b.data[b.len - 1] != '/')
			b.len--;
		b.len -= b.len > 0;
	}
	return buf_take(&b, a);
}

static void
add_path(struct finding *f, struct str path)
{
	if (!map_get(&f->to->paths, path))
		map_put(&f->to->paths, path, f);
}

static void
add_folder(struct finding *f, struct str folder)
{
	if (map_get(&f->known_folders, folder))
		return;
	map_put(&f->known_folders, folder, f);
	f->folders = mem_grow(f->folders, &f->folders_cap, f->nfolders + 1, sizeof *f->folders);
	f->folders[f->nfolders++] = folder;
}

/* Text of the project: an input, and to be read. */
static void
add_file(struct finding *f, struct str path)
{
	if (map_get(&f->known_files, path))
		return;
	map_put(&f->known_files, path, f);
	add_path(f, path);
	f->files = mem_grow(f->files, &f->files_cap, f->nfiles + 1, sizeof *f->files);
	f->files[f->nfiles++] = path;
}

static void
add_name(struct finding *f, struct str name)
{
	if (map_get(&f->known_names, name))
		return;
	map_put(&f->known_names, name, f);
	f->names = mem_grow(f->names, &f->names_cap, f->nnames + 1, sizeof *f->names);
	f->names[f->nnames++] = name;
}

/* ---- #include ------------------------------------------------------------------------------ */

/* `"list.h"` or `<list.h>` at the front, from wherever it is included. */
static void
take_name(struct finding *f, struct str rest)
{
	char close = str_starts(rest, STR("<")) ? '>' : '"';
	size_t end;

	if (!str_starts(rest, STR("<")) && !str_starts(rest, STR("\""))) {
		give_up(f, STR("what it includes is named by a macro"));
		return;
	}
	end = str_find_byte(str_slice(rest, 1, rest.len), close);
	if (end + 1 < rest.len)
		add_name(f, str_slice(rest, 1, end + 1));
}

/* "#include", "# include_next", "%:embed": what stands behind the word; empty if it is none. */
static bool
is_directive(struct str line, struct str *rest)
{
	static const struct str words[] = { { "include_next", 12 }, { "include", 7 }, { "import", 6 }, { "embed", 5 } };

	line = str_trim(line);
	if (str_starts(line, STR("#")))
		line = str_slice(line, 1, line.len);
	else if (str_starts(line, STR("%:")))
		line = str_slice(line, 2, line.len);
	else if (str_starts(line, STR("\?\?=")))
		line = str_slice(line, 3, line.len);
	else
		return false;
	line = str_trim(line);
	for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
		if (!str_starts(line, words[i]))
			continue;
		*rest = str_trim(str_slice(line, words[i].len, line.len));
		return true;
	}
	*rest = line;
	return str_starts(line, STR("/*")) || str_starts(line, STR("\\"));
}

static void
read_line(struct finding *f, struct str line)
{
	struct str rest;
	size_t at;

	if (is_directive(line, &rest))
		take_name(f, rest);
	if ((at = str_find(line, STR("__has_include"))) < line.len ||
	    (at = str_find(line, STR("__has_embed"))) < line.len) {
		rest = str_slice(line, at, line.len);
		take_name(f, str_trim(str_slice(rest, str_find_byte(rest, '(') + 1, rest.len)));
	}
}

static void
read_text(struct finding *f, struct str text)
{
	struct str rest = text, line;

	if (str_find(text, STR(".incbin")) < text.len)
		give_up(f, STR("an assembler directive of it reads a file"));
	while (str_line(&rest, &line))
		read_line(f, line);
}

static bool
is_below(struct str path, struct str folder)
{
	return str_starts(path, folder) && path.len > folder.len && path.data[folder.len] == '/';
}

static void
read_file(struct finding *f, struct str path)
{
	struct str text;

	if (!is_below(path_real(path, f->arena), f->top))
		return;
	if (file_peek(path, LARGEST_FILE, f->arena, &text)) {
		add_folder(f, path_folder(path));
		read_text(f, text);
	}
}

/*
 * Every name may be found in every folder: which one is first is the compiler's business,
 * and so are conditions.  The lists grow while this goes on.
 */
static void
follow(struct finding *f)
{
	size_t file = 0, name = 0, folder = 0;

	while (file < f->nfiles || name < f->nnames || folder < f->nfolders) {
		if (file < f->nfiles) {
			read_file(f, f->files[file++]);
		} else if (name < f->nnames) {
			for (size_t i = 0; i < folder; i++)
				add_file(f, inputs_path(f->folders[i], f->names[name], f->arena));
			name++;
		} else {
			for (size_t i = 0; i < name; i++)
				add_file(f, inputs_path(f->folders[folder], f->names[i], f->arena));
			folder++;
		}
	}
}

/* ---- what the document says --------------------------------------------------------------- */

/* Where -I and its like lead, and what -include names. */
static void
take_flags(struct finding *f, const struct cell *c)
{
	static const char *const flags[] = { "-iquote", "-isystem", "-idirafter", "-include", "-I" };
	const struct str *words;
	struct buf all = {0};
	size_t n;

	for (size_t i = 0; i < c->ncflags; i++) {
		buf_add(&all, c->cflags[i].text);
		buf_byte(&all, ' ');
	}
	if (!flags_split(buf_take(&all, f->arena), f->arena, &words, &n, c->at, f->diag))
		return;
	for (size_t i = 0; i < n; i++) {
		for (size_t k = 0; k < sizeof flags / sizeof *flags; k++) {
			struct str flag = str_of(flags[k]), value;

			if (!str_starts(words[i], flag))
				continue;
			value = str_slice(words[i], flag.len, words[i].len);
			if (value.len == 0 && i + 1 < n)
				value = words[++i];
			value = inputs_path(f->root, value, f->arena);
			if (str_eq(flag, STR("-include")))
				add_file(f, value);
			else
				add_folder(f, value);
			break;
		}
	}
}

/* The folders that the user's environment names to compilers. */
static void
take_environment(struct finding *f)
{
	for (size_t i = 0; i < ASK_PASSED; i++) {
		const char *value = getenv(ask_passed[i]);
		struct str rest = value ? str_of(value) : STR("");

		while (rest.len > 0) {
			struct str folder = str_cut(rest, ':', &rest);

			if (str_starts(folder, STR("/")))
				add_folder(f, inputs_path(STR(""), folder, f->arena));
		}
	}
}

static bool
is_pattern(struct str text)
{
	return str_find_byte(text, '*') < text.len || str_find_byte(text, '?') < text.len ||
	    str_find_byte(text, '[') < text.len;
}

static void
take_matches(struct finding *f, const struct word *pattern)
{
	struct files now;

	(void)files_find(&now, pattern, 1, f->root, STR(""), f->arena, f->diag);
	for (size_t i = 0; i < now.n; i++)
		add_file(f, inputs_path(f->root, now.list[i].name, f->arena));
}

/* Of a pattern all that is there now; what was there is for who knows the past. */
static void
take_sources(struct finding *f, const struct cells *c)
{
	struct inputs *to = f->to;

	to->patterns = arena_alloc(f->arena, c->nsources, sizeof *to->patterns);
	for (size_t i = 0; i < c->nsources; i++) {
		struct str path = inputs_path(f->root, c->sources[i].text, f->arena);

		if (is_pattern(c->sources[i].text)) {
			to->patterns[to->npatterns++] = path;
			take_matches(f, &c->sources[i]);
		} else {
			add_file(f, path);
		}
		add_folder(f, path_folder(path));
	}
}

static void
take_cells(struct finding *f)
{
	struct cells c;
	struct root r;

	if (!root_open(&r, f->root, f->diag)) {
		give_up(f, STR("its root cannot be opened"));
		return;
	}
	cells_make(&c, &f->load->graph, f->blocks, &r, f->arena, f->diag);
	root_close(&r);
	take_sources(f, &c);
	for (size_t i = 0; i < c.nfiles; i++)
		add_path(f, inputs_path(f->root, c.files[i], f->arena));
	for (size_t i = 0; i < c.n; i++) {
		const struct cell *one = &c.list[i];

		read_text(f, one->text);
		take_flags(f, one);
		for (size_t k = 0; k < one->ndata; k++)
			add_path(f, inputs_path(f->root, one->data[k].text, f->arena));
		if (!one->block)
			add_folder(f, path_folder(inputs_path(f->root, one->name, f->arena)));
	}
}

/* They are compared if they are there, and cells may include them. */
static void
take_targets(struct finding *f)
{
	struct graph *g = &f->load->graph;

	for (size_t i = 0; i < g->ntargets; i++) {
		struct node *n = g->targets[i];
		struct expansion x = {0};

		if (n->home != f->blocks && !g->shared)
			continue;
		add_path(f, inputs_path(f->root, n->file, f->arena));
		if (!graph_check(g, n, false, f->diag))
			continue;
		expand_node(&x, n, &(struct expand_style){0});
		read_text(f, buf_take(&x.text, f->arena));
		expansion_release(&x);
	}
}

/* ---- other documents ------------------------------------------------------------------------ */

struct reaching {
	struct finding *finding;
	struct map seen;		/* documents, by path */
	const struct blocks **list;
	size_t n, cap;
};

static void
reach_document(struct reaching *r, const struct blocks *b)
{
	struct finding *f = r->finding;
	struct str path = b->document->path;

	if (map_get(&r->seen, path))
		return;
	map_put(&r->seen, path, r);
	add_path(f, inputs_path(path_real(STR("."), f->arena), path, f->arena));
	r->list = mem_grow(r->list, &r->cap, r->n + 1, sizeof *r->list);
	r->list[r->n++] = b;
}

static void
reach_node(struct reaching *r, const struct node *n)
{
	const struct load *l = r->finding->load;

	for (size_t i = 0; n && i < n->nblocks; i++)
		for (size_t k = 0; k < l->n; k++)
			if (l->blocks[k].document == n->blocks[i]->document)
				reach_document(r, &l->blocks[k]);
}

/* The block that it means may have stood in a document that is gone. */
static bool
is_incomplete(const struct block *b)
{
	for (size_t j = 0; j < b->nreferences; j++)
		if (!b->references[j].to && !b->references[j].is_escaped && (b->is_cell || b->is_fragment))
			return true;
	return false;
}

/* Documents whose blocks it uses, or shares the names of, and those that these use. */
static void
take_documents(struct finding *f)
{
	struct reaching r = { .finding = f };

	reach_document(&r, f->blocks);
	for (size_t i = 0; i < r.n; i++) {
		for (size_t k = 0; k < r.list[i]->n; k++) {
			const struct block *b = &r.list[i]->list[k];
			const struct option *from = options_find(&b->options, "stdin-from");

			reach_node(&r, b->node);
			for (size_t j = 0; j < b->nreferences; j++)
				reach_node(&r, b->references[j].to);
			if (is_incomplete(b))
				give_up(f, STR("it refers to a block that is not there"));
			if (from)
				reach_node(&r, graph_find(&f->load->graph, r.list[i], from->value));
		}
	}
	map_release(&r.seen);
	mem_free(r.list);
}

/* A project's settings, also where some may come that would be nearer. */
static void
take_settings(struct finding *f)
{
	struct str folder = f->folder;

	while (is_below(folder, f->top) || str_eq(folder, f->top)) {
		add_path(f, inputs_path(folder, STR("skein.lua"), f->arena));
		folder = path_folder(folder);
	}
}

void
inputs_find(struct inputs *to, struct load *l, size_t k, struct str top, struct diag *silent)
{
	struct finding f = { .to = to, .load = l, .blocks = &l->blocks[k], .arena = &l->arena, .top = top,
	    .diag = silent };
	struct str real = path_real(l->documents[k].path, &l->arena);

	*to = (struct inputs){0};
	f.root = path_real(load_root(l, &l->documents[k]), &l->arena);
	f.folder = path_folder(real);
	add_path(&f, real);
	add_folder(&f, f.folder);
	add_folder(&f, f.root);
	take_documents(&f);
	take_settings(&f);
	take_targets(&f);
	take_cells(&f);
	take_environment(&f);
	follow(&f);
	mem_free(f.folders);
	mem_free(f.names);
	mem_free(f.files);
	map_release(&f.known_folders);
	map_release(&f.known_names);
	map_release(&f.known_files);
}
