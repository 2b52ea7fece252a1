#include "runner/cli/nearby.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runner/cell/split.h"
#include "runner/cli/missing.h"
#include "runner/cli/notebook.h"
#include "runner/cli/wishes.h"
#include "tangle/base/arena.h"
#include "tangle/base/buf.h"
#include "tangle/base/diag.h"
#include "tangle/base/map.h"
#include "tangle/document/block.h"
#include "tangle/document/blocks.h"
#include "tangle/project/project.h"

enum { MOST_FILES = 200, MOST_WITHIN = 16, MOST_BYTES = 4 << 20, MOST_CHOSEN = 8 };

struct near_file {
	struct str path;		/* below the root */
	bool is_header;
	bool is_chosen;
	struct map names;		/* that it defines, or declares if it is a header */
};

/* A name that some failed cell lacks. */
struct lack {
	bool is_declared;		/* only its definition is missing */
	bool is_found[2];		/* in a chosen source, in a chosen header */
	bool is_here;			/* in a fragment of the document, which was told */
};

struct nearby {
	const struct notebook *notebook;
	struct arena arena;
	struct map lacks;		/* name -> struct lack */
	struct map headers;		/* "lib/lib.h" -> struct str, the line of a cell that wants it */
	struct near_file *files;
	size_t nfiles, bytes;
};

/* ---- what is lacking --------------------------------------------------------------- */

/* The name in a message that says it is not known; empty if it says something else. */
static struct str
unknown_name(struct str text)
{
	static const char *const openings[] = { "unknown type name '", "implicit declaration of function '",
	    "use of undeclared identifier '", "call to undeclared function '" };

	for (size_t i = 0; i < sizeof openings / sizeof *openings; i++) {
		struct str opening = str_of(openings[i]);

		if (str_starts(text, opening))
			return str_cut(str_slice(text, opening.len, text.len), '\'', &(struct str){0});
	}
	if (str_starts(text, STR("'")) && (str_find(text, STR("' undeclared")) < text.len ||
	    str_find(text, STR("' is not defined: ")) < text.len))
		return str_cut(str_slice(text, 1, text.len), '\'', &(struct str){0});
	return STR("");
}

/* "struct list" out of a text that names one; empty if it does not. */
static struct str
tag_in(struct str text)
{
	static const char *const keywords[] = { "struct ", "union ", "enum " };

	for (size_t i = 0; i < sizeof keywords / sizeof *keywords; i++) {
		struct str keyword = str_of(keywords[i]), tag, rest;
		size_t n = 0;

		tag = str_slice(text, str_find(text, keyword), text.len);
		if (tag.len == 0)
			continue;
		rest = str_slice(tag, keyword.len, tag.len);
		while (n < rest.len && (isalnum((unsigned char)rest.data[n]) || rest.data[n] == '_'))
			n++;
		return n > 0 ? str_slice(tag, 0, keyword.len + n) : STR("");
	}
	return STR("");
}

/* The type that is declared, and has no body: in the message, or in the line it is about. */
static struct str
incomplete_type(const struct cell *c, const struct message *m)
{
	static const char *const words[] = { "incomplete type", "undefined type", "' isn't known",
		"incomplete definition of type" };

	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (str_find(m->text, str_of(words[i])) < m->text.len) {
			struct str tag = tag_in(m->text);

			return tag.len > 0 ? tag : tag_in(cell_line(c, m->line));
		}
	return STR("");
}

static void
add_header(struct nearby *x, struct str line, const struct message *m)
{
	struct str header = missing_header(m->text);

	line = str_trim(line);
	if (header.len > 0)
		map_put(&x->headers, header, arena_copy(&x->arena, &line, 1, sizeof line));
}

static void
add_lack(struct nearby *x, const struct cell *c, const struct message *m)
{
	struct str name = unknown_name(m->text);
	struct lack *l;

	add_header(x, m->is_file ? STR("") : cell_line(c, m->line), m);
	if (name.len == 0)
		name = incomplete_type(c, m);
	if (name.len == 0)
		return;
	l = map_get(&x->lacks, name);
	if (!l) {
		l = arena_alloc(&x->arena, 1, sizeof *l);
		l->is_declared = true;
		map_put(&x->lacks, name, l);
	}
	l->is_declared = l->is_declared && str_find(m->text, STR("' is not defined: ")) < m->text.len;
}

static void
find_lacks(struct nearby *x)
{
	for (size_t i = 0; i < x->notebook->cells.n; i++) {
		const struct cell_result *r = &x->notebook->results[i];

		if (r->end != CELL_UNBUILT || r->as_expected)
			continue;
		for (size_t k = 0; k < r->messages.n; k++)
			if (r->messages.list[k].level != MESSAGE_NOTE)
				add_lack(x, &x->notebook->cells.list[i], &r->messages.list[k]);
	}
	for (size_t i = 0; i < x->notebook->nsources; i++)
		for (size_t k = 0; k < x->notebook->of_sources[i].n; k++)
			add_header(x, STR(""), &x->notebook->of_sources[i].list[k]);
}

/* ---- what is near ------------------------------------------------------------------ */

/* Empty when it is no regular file, or more than there is room for. */
static struct str
read_whole(struct nearby *x, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW);
	struct buf text = {0};
	struct stat st;
	ssize_t n = 1;

	if (fd == -1)
		return STR("");
	if (fstat(fd, &st) == -1 || !S_ISREG(st.st_mode) || st.st_size > MOST_BYTES)
		n = 0;
	while (n != 0 && x->bytes + text.len <= MOST_BYTES) {
		n = read(fd, buf_room(&text, BUFSIZ), BUFSIZ);
		if (n == -1 && errno != EINTR)
			break;
		text.len += n > 0 ? (size_t)n : 0;
	}
	close(fd);
	x->bytes += text.len;
	return buf_take(&text, &x->arena);
}

static void
add_declarators(struct near_file *f, const struct item *item)
{
	const unsigned hidden = SPEC_STATIC | SPEC_TYPEDEF | SPEC_EXTERN;

	for (size_t i = 0; i < item->ndeclarators; i++) {
		const struct declarator *d = &item->declarators[i];
		bool defines = !(item->specifiers & hidden) &&
		    (item->kind == ITEM_FUNCTION || !d->is_function);

		if (f->is_header || defines)
			map_put(&f->names, d->name, f);
	}
}

static void
add_names(struct nearby *x, struct near_file *f, struct str text)
{
	struct split_context context = {0};
	size_t n;
	const struct item *items = split(text, &context, &x->arena, &n);

	for (size_t i = 0; i < n; i++) {
		add_declarators(f, &items[i]);
		for (size_t k = 0; f->is_header && k < items[i].ntags; k++)
			if (items[i].tags[k].name.len > 0 && items[i].tags[k].body.data)
				map_put(&f->names, arena_printf(&x->arena, "%.*s %.*s",
				    STR_ARG(items[i].tags[k].keyword), STR_ARG(items[i].tags[k].name)), f);
		for (size_t k = 0; f->is_header && k < items[i].nenumerators; k++)
			map_put(&f->names, items[i].enumerators[k], f);
	}
	for (const struct map_entry *e = map_first(&context.macros); f->is_header && e; e = map_next(e))
		map_put(&f->names, map_key(e), f);
	split_context_release(&context);
}

static bool
is_known(const struct nearby *x, struct str path)
{
	for (size_t i = 0; i < x->nfiles; i++)
		if (str_eq(x->files[i].path, path))
			return true;
	return false;
}

/* The files of a folder below the root; `deep`: and of the folders in it. */
static void
add_folder(struct nearby *x, struct str folder, bool deep)
{
	struct str prefix = folder.len ? arena_printf(&x->arena, "%.*s/", STR_ARG(folder)) : folder;
	struct str within[MOST_WITHIN];
	DIR *dir = opendir(arena_printf(&x->arena, "%.*s/%.*s", STR_ARG(x->notebook->root_path),
	    STR_ARG(folder)).data);
	const struct dirent *e;
	size_t n = 0;

	while (dir && x->nfiles < MOST_FILES && (e = readdir(dir))) {
		struct str name = str_of(e->d_name);
		struct near_file f = { .is_header = str_ends(name, STR(".h")) };

		f.path = arena_printf(&x->arena, "%.*s%.*s", STR_ARG(prefix), STR_ARG(name));
		if (f.is_header || str_ends(name, STR(".c"))) {
			if (!is_known(x, f.path))
				x->files[x->nfiles++] = f;
		} else if (deep && name.data[0] != '.' && n < MOST_WITHIN) {
			within[n++] = f.path;
		}
	}
	if (dir)
		closedir(dir);
	for (size_t i = 0; i < n; i++)
		add_folder(x, within[i], false);	/* nothing, if it is none */
}

static int
by_path(const void *a, const void *b)
{
	const struct near_file *x = a, *y = b;

	return str_compare(x->path, y->path);
}

static void
find_files(struct nearby *x)
{
	struct str root = x->notebook->root_path, folder = x->notebook->folder;

	x->files = arena_alloc(&x->arena, MOST_FILES, sizeof *x->files);
	if (folder.len > root.len + 1 && str_starts(folder, root) && folder.data[root.len] == '/')
		add_folder(x, str_slice(folder, root.len + 1, folder.len), false);
	add_folder(x, STR(""), false);
	add_folder(x, STR("src"), false);
	add_folder(x, STR("include"), true);
	if (x->nfiles > 1)
		qsort(x->files, x->nfiles, sizeof *x->files, by_path);
	for (size_t i = 0; i < x->nfiles; i++) {
		struct near_file *f = &x->files[i];

		add_names(x, f, read_whole(x, arena_printf(&x->arena, "%.*s/%.*s",
		    STR_ARG(root), STR_ARG(f->path)).data));
	}
}

/* ---- what would help ---------------------------------------------------------------- */

/* Takes part already, or was chosen. */
static bool
is_taken(const struct nearby *x, const struct near_file *f)
{
	const struct cells *c = &x->notebook->cells;

	for (size_t i = 0; i < c->nsources && !f->is_header; i++)
		if (str_eq(c->sources[i].text, f->path))
			return true;
	for (size_t i = 0; i < c->n && f->is_header && !c->list[i].block; i++)
		if (str_eq(c->list[i].at.source->name, f->path))
			return true;
	return f->is_chosen;
}

/* How many lacking names only this file would bring; they are marked as found if wanted. */
static size_t
gain(const struct nearby *x, const struct near_file *f, bool take)
{
	size_t n = 0;

	for (const struct map_entry *e = map_first(&x->lacks); e; e = map_next(e)) {
		struct lack *l = map_value(e);

		if (l->is_found[f->is_header] || (f->is_header && l->is_declared) ||
		    !map_get(&f->names, map_key(e)))
			continue;
		l->is_found[f->is_header] = l->is_found[f->is_header] || take;
		n++;
	}
	return n;
}

/* The one that brings most, again and again; how many were chosen. */
static size_t
choose(struct nearby *x, bool headers)
{
	for (size_t n = 0; n < MOST_CHOSEN; n++) {
		struct near_file *best = NULL;
		size_t most = 0;

		for (size_t i = 0; i < x->nfiles; i++) {
			struct near_file *f = &x->files[i];
			size_t gained = f->is_header != headers || is_taken(x, f) ? 0 : gain(x, f, false);

			if (gained > most) {
				best = f;
				most = gained;
			}
		}
		if (!best)
			return n;
		best->is_chosen = true;
		gain(x, best, true);
	}
	return MOST_CHOSEN;
}

/* What is there already, and what is to come; empty without the latter. */
static struct str
words_of(struct nearby *x, bool headers)
{
	const struct cells *c = &x->notebook->cells;
	struct buf words = {0};
	size_t chosen = 0;

	for (size_t i = 0; headers && i < c->n && !c->list[i].block; i++)
		buf_printf(&words, " %.*s", STR_ARG(c->list[i].at.source->name));
	for (size_t i = 0; !headers && i < c->nsources; i++)
		buf_printf(&words, " %.*s", STR_ARG(c->sources[i].text));
	for (size_t i = 0; i < x->nfiles; i++) {
		if (!x->files[i].is_chosen || x->files[i].is_header != headers)
			continue;
		buf_printf(&words, " %.*s", STR_ARG(x->files[i].path));
		chosen++;
	}
	if (chosen == 0)
		buf_clear(&words);
	return str_trim(buf_take(&words, &x->arena));
}

static void
add_option(struct nearby *x, struct buf *to, bool headers)
{
	struct str words = words_of(x, headers);
	const char *quote = str_find_byte(words, ' ') < words.len ? "\"" : "";

	if (words.len > 0)
		buf_printf(to, " --set %s%s=%.*s%s", quote, headers ? "prelude" : "sources",
		    STR_ARG(words), quote);
}

/* "a.h, b.c and c.c" */
static void
add_chosen(const struct nearby *x, struct buf *to, size_t n)
{
	size_t said = 0;

	for (size_t i = x->nfiles; i-- > 0;) {	/* x.h before x.c */
		if (!x->files[i].is_chosen)
			continue;
		buf_printf(to, "%s%.*s", said == 0 ? "" : said + 1 == n ? " and " : ", ",
		    STR_ARG(x->files[i].path));
		said++;
	}
}

static void
report_names(struct nearby *x, struct place at, struct diag *d)
{
	size_t headers = choose(x, true), sources = choose(x, false), found = 0;
	struct buf words = {0}, options = {0};
	struct str first = {0};

	for (const struct map_entry *e = map_first(&x->lacks); e; e = map_next(e)) {
		const struct lack *l = map_value(e);

		if (l->is_here || (!l->is_found[0] && !l->is_found[1]))
			continue;
		first = first.len ? first : map_key(e);
		found++;
	}
	if (found == 0)
		return;
	add_chosen(x, &words, headers + sources);
	buf_printf(&words, " %s '%.*s'", headers + sources == 1 ? "has" : "have", STR_ARG(first));
	if (found > 1)
		buf_printf(&words, " and %zu more of the names", found - 1);
	add_option(x, &options, true);
	add_option(x, &options, false);
	diag_help(d, at, "%.*s that cells lack: take%.*s", STR_ARG(buf_str(&words)),
	    STR_ARG(buf_str(&options)));
	buf_release(&words);
	buf_release(&options);
}

/* The folder that the compiler could look into for it; NULL: none has it. */
static const char *
folder_of(struct nearby *x, struct str header)
{
	static const char *const folders[] = { ".", "include", "src", "lib", "build/include", "build",
		"build/src", "builddir", "builddir/include", "_build", "examples", "example", "tests", "test" };

	for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
		struct str path = arena_printf(&x->arena, "%.*s/%s/%.*s",
		    STR_ARG(x->notebook->root_path), folders[i], STR_ARG(header));

		if (access(path.data, R_OK) == 0)
			return folders[i];
	}
	return NULL;
}

/* What the project's build makes it of; empty: nothing says that it does. */
static struct str
template_of(struct nearby *x, struct str header)
{
	static const char *const folders[] = { "", "include/", "src/" }, *const ends[] = { ".in", ".cmake", ".cmake.in" };

	for (size_t i = 0; i < sizeof folders / sizeof *folders; i++)
		for (size_t k = 0; k < sizeof ends / sizeof *ends; k++)
			for (int whole = 1; whole >= 0; whole--) {
				struct str path = arena_printf(&x->arena, "%s%.*s%s", folders[i],
				    STR_ARG(whole ? header : path_name(header)), ends[k]);

				if (access(arena_printf(&x->arena, "%.*s/%.*s", STR_ARG(x->notebook->root_path),
				    STR_ARG(path)).data, R_OK) == 0)
					return path;
			}
	return STR("");
}

/* <lib/lib.h> of a library that is not installed is mostly its lib.h. */
static struct near_file *
likeness_of(struct nearby *x, struct str header)
{
	for (size_t i = 0; i < x->nfiles; i++)
		if (str_eq(path_name(x->files[i].path), path_name(header)))
			return &x->files[i];
	return NULL;
}

/* ---- in documents ----------------------------------------------------------------------- */

static struct str
text_of(struct nearby *x, const struct block *b)
{
	struct body rest = block_body(b);
	struct buf text = {0};
	struct str line;

	while (body_line(&rest, &line)) {
		buf_add(&text, line);
		buf_add(&text, STR("\n"));
	}
	return buf_take(&text, &x->arena);
}

/* A fragment that has names which cells lack could be a cell as well. */
static void
report_fragment(struct nearby *x, const struct block *b, struct diag *d)
{
	struct near_file f = { .is_header = true };
	struct str first = {0};
	size_t found = 0;

	add_names(x, &f, text_of(x, b));
	for (const struct map_entry *e = map_first(&x->lacks); e; e = map_next(e)) {
		struct lack *l = map_value(e);

		if (l->is_here || !map_get(&f.names, map_key(e)))
			continue;
		l->is_here = l->is_found[false] = l->is_found[true] = true;
		first = first.len ? first : map_key(e);
		found++;
	}
	if (found > 0)
		diag_help(d, b->at, "this block has '%.*s'%s that cells lack, and is part of a file only: "
		    "run on it makes it a cell, too", STR_ARG(first), found > 1 ? " and more" : "");
	map_release(&f.names);
}

static void
report_fragments(struct nearby *x, struct diag *d)
{
	const struct blocks *all = x->notebook->cells.blocks;

	for (size_t i = 0; i < all->n; i++) {
		const struct block *b = &all->list[i];

		if (b->is_fragment && !b->is_cell && !b->is_replaced && block_is_c(b))
			report_fragment(x, b, d);
	}
}

/* Does some block of the text say that it is the file? */
static bool
makes(struct str text, struct str file)
{
	struct str line;

	while (str_line(&text, &line)) {
		size_t at = str_find(line, file), end = at + file.len;

		if (at > 0 && at < line.len && str_find_byte(STR("=\": /"), line.data[at - 1]) < 5 &&
		    (end == line.len || str_find_byte(STR("\" },"), line.data[end]) < 4) &&
		    (str_find(line, STR("file=")) < at || str_find(line, STR("file:")) < at ||
		    str_find(line, STR("tangle")) < at))
			return true;
	}
	return false;
}

/* The name of a document beside this one that makes the header; empty: none does. */
static struct str
maker_of(struct nearby *x, struct str header)
{
	DIR *dir = opendir(arena_cstr(&x->arena, x->notebook->folder));
	const struct dirent *e;
	struct str best = {0};

	while (dir && (e = readdir(dir))) {
		struct str name = str_of(e->d_name);

		if (project_is_document(name) && (best.len == 0 || str_compare(name, best) < 0) &&
		    makes(read_whole(x, arena_printf(&x->arena, "%.*s/%.*s", STR_ARG(x->notebook->folder),
		    STR_ARG(name)).data), header))
			best = arena_str(&x->arena, name);
	}
	if (dir)
		closedir(dir);
	return best;
}

static void
report_header(struct nearby *x, const struct map_entry *e, struct place at, struct diag *d)
{
	struct str header = map_key(e), *line = map_value(e);
	const char *folder = folder_of(x, header);
	const struct near_file *f = likeness_of(x, header);
	struct str maker = {0};

	if (folder)
		diag_help(d, at, "'%.*s' stands near: take --set cflags=-I%s", STR_ARG(header), folder);
	else if (f && line->len > 0)
		diag_help(d, at, "'%.*s' may be %.*s: take --set prelude=%.*s --set \"omit=%.*s\"",
		    STR_ARG(header), STR_ARG(f->path), STR_ARG(f->path), STR_ARG(*line));
	else if ((maker = maker_of(x, header)).len > 0)
		diag_help(d, at, "'%.*s' is made by %.*s: skein tangle writes it", STR_ARG(header), STR_ARG(maker));
}

/* False if nothing is lacking. */
static bool
look(struct nearby *x)
{
	arena_init(&x->arena);
	find_lacks(x);
	if (!map_first(&x->lacks) && !map_first(&x->headers))
		return false;
	find_files(x);
	return true;
}

static void
release(struct nearby *x)
{
	for (size_t i = 0; i < x->nfiles; i++)
		map_release(&x->files[i].names);
	map_release(&x->lacks);
	map_release(&x->headers);
	arena_release(&x->arena);
}

/* The first header that is to be made, in a sentence. */
static struct str
unmade(struct nearby *x, struct arena *a)
{
	for (const struct map_entry *e = map_first(&x->headers); e; e = map_next(e)) {
		struct str made_of = template_of(x, map_key(e));

		if (made_of.len > 0 && !folder_of(x, map_key(e)))
			return arena_printf(a, "'%.*s' is made of %.*s when the project is built: build it first, in build/, "
			    "or name the folder by --set cflags=-IFOLDER", STR_ARG(map_key(e)), STR_ARG(made_of));
	}
	return STR("");
}

void
nearby_report(const struct notebook *n, struct diag *d)
{
	struct nearby x = { .notebook = n };

	if (look(&x)) {
		struct place at = place_file(&n->cells.blocks->document->source);

		d->silent_note = false;
		for (const struct map_entry *e = map_first(&x.headers); e; e = map_next(e))
			report_header(&x, e, at, d);
		if (unmade(&x, &x.arena).len > 0)
			diag_help(d, at, "%.*s", STR_ARG(unmade(&x, &x.arena)));
		report_fragments(&x, d);
		report_names(&x, at, d);
	}
	release(&x);
}

/* ---- as options ----------------------------------------------------------------------- */

static void
propose_header(struct nearby *x, const struct map_entry *e, struct wishes *w, struct arena *a)
{
	const char *folder = folder_of(x, map_key(e));
	struct near_file *f = likeness_of(x, map_key(e));
	const struct str *line = map_value(e);

	if (folder) {
		wishes_add(w, STR("cflags"), arena_printf(a, "-I%s", folder));
	} else if (f && f->is_header && line->len > 0) {
		wishes_add(w, STR("omit"), arena_str(a, *line));
		if (!is_taken(x, f))
			f->is_chosen = true;
		gain(x, f, true);
	}
}

void
nearby_options(struct wishes *w, const struct notebook *n, struct arena *a)
{
	struct nearby x = { .notebook = n };

	if (look(&x)) {
		for (const struct map_entry *e = map_first(&x.headers); e; e = map_next(e))
			propose_header(&x, e, w, a);
		choose(&x, true);
		choose(&x, false);
		wishes_add(w, STR("prelude"), arena_str(a, words_of(&x, true)));
		wishes_add(w, STR("sources"), arena_str(a, words_of(&x, false)));
	}
	release(&x);
}

struct str
nearby_unmade(const struct notebook *n, struct arena *a)
{
	struct nearby x = { .notebook = n };
	struct str said = {0};

	arena_init(&x.arena);
	find_lacks(&x);
	said = unmade(&x, a);
	release(&x);
	return said;
}
