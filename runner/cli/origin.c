#include "runner/cli/origin.h"

#include <unistd.h>

#include "tangle/base/buf.h"
#include "tangle/base/diag.h"
#include "tangle/base/file.h"
#include "tangle/base/json.h"
#include "tangle/base/root.h"
#include "tangle/emit/manifest.h"
#include "tangle/emit/path.h"
#include "tangle/expand/check.h"

enum { HIGHEST = 64, LARGEST_TARGET = 64 << 20 };

bool
origin_split(struct str text, struct str *file, size_t *line)
{
	size_t at = text.len;
	unsigned long number;

	while (at > 0 && text.data[at - 1] != ':')
		at--;
	if (at < 2 || !str_number(str_slice(text, at, text.len), 1000000000, &number) || number == 0)
		return false;
	*file = str_slice(text, 0, at - 1);
	*line = number;
	return true;
}

/* ---- which document ------------------------------------------------------------------ */

/* What the manifest of a folder says of a file, if there is a manifest. */
static struct str
ask_manifest(struct str folder, struct str file, struct arena *a, struct diag *d)
{
	struct str state = arena_printf(a, "%.*s/.skein/manifest", STR_ARG(folder)), document = {0};
	const struct entry *e = NULL;
	struct manifest m = {0};
	struct root r;

	if (access(state.data, R_OK) != 0 || !root_open(&r, folder, d))
		return document;
	if (manifest_read(&m, &r, a, d))
		e = manifest_find(&m, root_relative(&r, file, a));
	if (e)
		document = str_starts(e->document, STR("/")) ? e->document
		    : root_shown(&r, e->document, a);
	document = arena_str(a, document);
	manifest_release(&m);
	root_close(&r);
	return document;
}

/* Below the working folder: without the way up and down again. */
static struct str
shortest(struct str path, struct arena *a, struct diag *d)
{
	struct str relative;
	struct root here;

	if (!root_open(&here, STR("."), d))
		return path;
	relative = root_relative(&here, path, a);
	root_close(&here);
	return str_starts(relative, STR("/")) ? path : relative;
}

struct str
origin_document(struct str file, struct arena *a, struct diag *d)
{
	struct str folder = path_folder(file), document;

	if (folder.len == 0)
		folder = str_starts(file, STR("/")) ? STR("/") : STR(".");
	for (int k = 0; k < HIGHEST; k++) {
		document = ask_manifest(folder, file, a, d);
		if (document.len > 0)
			return shortest(document, a, d);
		folder = str_eq(folder, STR(".")) ? STR("..") : arena_printf(a, "%.*s/..", STR_ARG(folder));
		if (access(arena_cstr(a, folder), X_OK) != 0)
			break;
	}
	return (struct str){0};
}

struct node *
origin_target(struct load *l, struct str file, struct diag *d)
{
	for (size_t k = 0; k < l->graph.ntargets; k++) {
		struct node *n = l->graph.targets[k];
		struct str path, below;
		struct root r;

		if (!target_path(&path, n->file, true, &l->arena, n->file_at, d))
			continue;
		if (str_eq(path, file) || str_eq(n->file, file))
			return n;
		if (!root_open(&r, load_root(l, n->home->document), d))
			continue;
		below = root_relative(&r, file, &l->arena);
		root_close(&r);
		if (str_eq(path, below))
			return n;
	}
	return NULL;
}

/* ---- from a target to its document ---------------------------------------------------- */

static void
add_place(struct buf *out, struct place at)
{
	buf_visible(out, at.source->name);
	buf_printf(out, ":%zu", source_position(at.source, at.offset).line);
}

static void
add_name(struct buf *out, struct str name)
{
	buf_add(out, STR("'"));
	buf_visible(out, name);
	buf_add(out, STR("'"));
}

static const struct node *
last_node(const struct node *target, const struct expansion_line *f)
{
	return f->nway > 0 ? f->way[f->nway - 1]->to : target;
}

static void
show_origin(struct buf *out, const struct node *target, size_t line, const struct expansion_line *f)
{
	buf_visible(out, target->file);
	buf_printf(out, ":%zu: from ", line);
	add_place(out, f->at);
	buf_add(out, STR(", block "));
	add_name(out, last_node(target, f)->name);
	buf_printf(out, "\n%6zu | ", source_position(f->at.source, f->at.offset).line);
	buf_visible(out, str_slice(f->at.source->text, f->at.offset, f->at.offset + f->at.length));
	buf_byte(out, '\n');
	for (size_t k = f->nway; k > 0; k--) {
		buf_add(out, k == f->nway ? STR("  by way of ") : STR("              "));
		add_place(out, f->way[k - 1]->at);
		buf_add(out, STR(", <<"));
		buf_visible(out, f->way[k - 1]->name);
		buf_add(out, STR(">> in block "));
		add_name(out, k > 1 ? f->way[k - 2]->to->name : target->name);
		buf_byte(out, '\n');
	}
}

static void
put_place(struct json *j, struct place at)
{
	json_put_string(j, "document", at.source->name);
	json_put_integer(j, "line", (long long)source_position(at.source, at.offset).line);
}

static struct json *
origin_json(const struct node *target, size_t line, const struct expansion_line *f)
{
	struct json *j = json_new_object(), *way = json_new_array();

	json_put_string(j, "file", target->file);
	json_put_integer(j, "file-line", (long long)line);
	put_place(j, f->at);
	json_put_string(j, "block", last_node(target, f)->name);
	for (size_t k = 0; k < f->nway; k++) {
		struct json *one = json_new_object();

		put_place(one, f->way[k]->at);
		json_put_string(one, "name", f->way[k]->name);
		json_push(way, one);
	}
	json_put(j, "references", way);
	return j;
}

static void
print_origin(struct buf *out, const struct node *target, size_t line,
    const struct expansion_line *f, bool as_json)
{
	struct json *j;

	if (!as_json) {
		show_origin(out, target, line, f);
		return;
	}
	j = origin_json(target, line, f);
	json_write(j, out);
	buf_byte(out, '\n');
	json_end(j);
}

/* The file that stands there may be older, or edited: then its lines are others. */
static void
compare_file(struct load *l, const struct node *target, size_t line, struct str expected,
    struct diag *d)
{
	struct str root = load_root(l, target->home->document), text, now = {0}, unused;
	struct str path = arena_printf(&l->arena, "%.*s/%.*s", STR_ARG(root), STR_ARG(target->file));

	if (access(path.data, R_OK) != 0 ||
	    !file_read(NULL, path, LARGEST_TARGET, &l->arena, &text, d))
		return;
	for (size_t k = 0; k < line; k++)
		if (!str_line(&text, &now))
			now = (struct str){0};
	if (!str_eq(now, str_cut(expected, '\n', &unused)))
		diag_warning(d, target->file_at, "stale-line",
		    "line %zu of '%.*s' is another one than the document gives: skein tangle --check says whether it is stale or was edited",
		    line, STR_ARG(target->file));
}

void
origin_print(struct load *l, struct node *target, size_t line, const struct invocation *i,
    struct buf *out)
{
	struct expansion_line found;

	if (!graph_check(&l->graph, target, i->set[FLAG_ALLOW_MISSING], i->diag))
		return;
	if (!expand_find(target, line, &(struct expand_style){0}, &l->arena, &found)) {
		diag_error(i->diag, STATUS_USAGE, target->file_at, "usage",
		    "'%.*s' has no line %zu", STR_ARG(target->file), line);
		return;
	}
	compare_file(l, target, line, found.text, i->diag);
	print_origin(out, target, line, &found, i->set[FLAG_JSON]);
}

/* ---- and back -------------------------------------------------------------------------- */

bool
origin_print_uses(struct load *l, size_t line, const struct invocation *i, struct buf *out)
{
	bool any = false;

	for (size_t k = 0; k < l->graph.ntargets; k++) {
		struct node *n = l->graph.targets[k];
		struct expansion x = {0};

		if (!graph_check(&l->graph, n, i->set[FLAG_ALLOW_MISSING], i->diag))
			continue;
		expand_node(&x, n, &(struct expand_style){ .origins = true });
		for (size_t at = 0; at < x.nlines; at++) {
			struct expansion_line f;

			if (x.lines[at].source != &l->documents[0].source ||
			    source_position(x.lines[at].source, x.lines[at].offset).line != line ||
			    !expand_find(n, at + 1, &(struct expand_style){0}, &l->arena, &f))
				continue;
			print_origin(out, n, at + 1, &f, i->set[FLAG_JSON]);
			any = true;
		}
		expansion_release(&x);
	}
	return any;
}
