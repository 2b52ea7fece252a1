#include "runner/cli/origin.h"

#include <unistd.h>

#include "runner/cli/targets.h"
#include "tangle/base/buf.h"
#include "tangle/base/diag.h"
#include "tangle/base/file.h"
#include "tangle/base/hash.h"
#include "tangle/base/json.h"
#include "tangle/base/root.h"
#include "tangle/document/blocks.h"
#include "tangle/emit/manifest.h"
#include "tangle/emit/path.h"
#include "tangle/expand/check.h"

enum { HIGHEST = 64, LARGEST_TARGET = 64 << 20 };

/* A number behind the last colon, which are both taken off. */
static bool
take_number(struct str *text, size_t *n)
{
	size_t at = text->len;
	unsigned long number;

	while (at > 0 && text->data[at - 1] != ':')
		at--;
	if (at < 2 || !str_number(str_slice(*text, at, text->len), 1000000000, &number) || number == 0)
		return false;
	*text = str_slice(*text, 0, at - 1);
	*n = number;
	return true;
}

bool
origin_split(struct str text, struct str *file, size_t *line, size_t *column)
{
	size_t before;

	*column = 0;
	if (!take_number(&text, line))
		return false;
	if (take_number(&text, &before)) {
		*column = *line;
		*line = before;
	}
	*file = text;
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

		if (!target_path(&path, n->file, true, &l->arena, node_file_at(n), d))
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

/* ---- what stands on the disk ----------------------------------------------------------- */

/* A target as it is, and as its document gives it now, in the style in which it was written. */
struct written {
	struct node *target;
	struct expand_style style;
	struct expansion text;		/* with origins */
	bool exists, is_equal;
	struct str now;			/* what stands there */
};

static void
read_target(struct load *l, struct written *w, struct diag *d)
{
	struct str path = arena_printf(&l->arena, "%.*s/%.*s",
	    STR_ARG(load_root(l, w->target->home->document)), STR_ARG(w->target->file));

	w->exists = access(path.data, R_OK) == 0 &&
	    file_read(NULL, path, LARGEST_TARGET, &l->arena, &w->now, d);
}

static void
expand_as(struct written *w, enum directives directives)
{
	w->style.directives = directives;
	w->style.origins = true;
	expansion_release(&w->text);
	expand_node(&w->text, w->target, &w->style);
	w->is_equal = w->exists && str_eq(buf_str(&w->text.text), w->now);
}

/*
 * Directives may have been asked for by a flag: what is there tells.  If no way
 * gives what is there, it is as the document says.
 */
static bool
find_written(struct load *l, struct node *target, const struct invocation *i, struct written *w)
{
	enum directives first;

	*w = (struct written){ .target = target };
	if (!graph_check(&l->graph, target, i->set[FLAG_ALLOW_MISSING], i->diag))
		return false;
	read_target(l, w, i->diag);
	load_names(l, i->diag);
	w->style = targets_style(l, target, i->diag);
	first = w->style.directives;
	expand_as(w, first);
	for (int k = DIRECTIVES_NONE; k <= DIRECTIVES_ABSOLUTE && w->exists && !w->is_equal; k++)
		expand_as(w, (enum directives)k);
	if (!w->is_equal && w->style.directives != first)
		expand_as(w, first);
	return true;
}

static struct str
line_of(struct str text, size_t line)
{
	struct str found = {0};

	for (size_t k = 0; k < line; k++)
		if (!str_line(&text, &found))
			return (struct str){0};
	return found;
}

/* Is what stands there what skein wrote, of which the document has changed since? */
static bool
is_ours(struct load *l, const struct written *w, struct diag *d)
{
	struct manifest m = {0};
	const struct entry *e;
	struct root r;
	bool ours = false;

	if (!root_open(&r, load_root(l, w->target->home->document), d))
		return false;
	if (manifest_read(&m, &r, &l->arena, d)) {
		e = manifest_find(&m, w->target->file);
		ours = e && entry_is_ours(e, hash_of(w->now));
	}
	manifest_release(&m);
	root_close(&r);
	return ours;
}

static void
compare_line(struct load *l, const struct written *w, size_t line, struct diag *d)
{
	const char *what;

	if (w->is_equal)
		return;
	if (!w->exists) {
		diag_note(d, node_file_at(w->target), "'%.*s' is not there: this is what skein tangle would write",
		    STR_ARG(w->target->file));
		return;
	}
	if (str_eq(line_of(w->now, line), line_of(buf_str(&w->text.text), line)))
		return;
	what = is_ours(l, w, d) ? "its document has changed since it was written, or it was written with other options: skein tangle writes it again"
	    : "it was edited since it was written: skein tangle --check shows how";
	diag_warning(d, node_file_at(w->target), "stale-line",
	    "line %zu of '%.*s' is another one than the document gives; %s", line,
	    STR_ARG(w->target->file), what);
}

/* ---- from a target to its document ---------------------------------------------------- */

static void
add_place(struct buf *out, struct place at)
{
	struct position p = source_position(at.source, at.offset);

	buf_visible(out, at.source->name);
	buf_printf(out, ":%zu:%zu", p.line, p.column);
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
	if (!f->at.source) {
		buf_printf(out, ":%zu: from skein itself\n%6zu | ", line, line);
		buf_visible(out, f->text);
		buf_byte(out, '\n');
		return;
	}
	buf_printf(out, ":%zu: from ", line);
	add_place(out, f->at);
	buf_add(out, STR(", block "));
	add_name(out, last_node(target, f)->name);
	buf_printf(out, "\n%6zu | ", source_position(f->at.source, f->at.offset).line);
	buf_visible(out, source_line(f->at.source, source_position(f->at.source, f->at.offset).line));
	buf_byte(out, '\n');
	for (size_t k = f->nway; k > 0; k--) {
		buf_add(out, k == f->nway ? STR("  by way of ") : STR("              "));
		add_place(out, reference_at(f->way[k - 1]));
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
	struct position p = source_position(at.source, at.offset);

	json_put_string(j, "document", at.source->name);
	json_put_integer(j, "line", (long long)p.line);
	json_put_integer(j, "column", (long long)p.column);
}

static struct json *
origin_json(const struct node *target, size_t line, const struct expansion_line *f)
{
	struct json *j = json_new_object(), *way = json_new_array();

	json_put_string(j, "file", target->file);
	json_put_integer(j, "file-line", (long long)line);
	if (!f->at.source) {
		json_put_string(j, "text", f->text);
		json_end(way);
		return j;
	}
	put_place(j, f->at);
	json_put_string(j, "block", last_node(target, f)->name);
	for (size_t k = 0; k < f->nway; k++) {
		struct json *one = json_new_object();

		put_place(one, reference_at(f->way[k]));
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

/* From the start of a line to a column of the target, if the document has it. */
static void
move_to(struct expansion_line *f, size_t column)
{
	size_t indent = f->text.len > f->at.length ? f->text.len - f->at.length : 0;

	if (column <= indent + 1 || column > indent + f->at.length)
		return;
	f->at.offset += column - 1 - indent;
	f->at.length -= column - 1 - indent;
}

void
origin_print(struct load *l, struct node *target, size_t line, size_t column,
    const struct invocation *i, struct buf *out)
{
	struct expansion_line found;
	struct written w;

	if (!find_written(l, target, i, &w))
		return;
	if (expand_find(target, line, &w.style, &l->arena, &found)) {
		compare_line(l, &w, line, i->diag);
		move_to(&found, column);
		print_origin(out, target, line, &found, i->set[FLAG_JSON]);
	} else {
		diag_error(i->diag, STATUS_USAGE, node_file_at(target), "usage",
		    "'%.*s' has no line %zu: it has %zu", STR_ARG(target->file), line, w.text.nlines);
	}
	expansion_release(&w.text);
}

/* ---- and back -------------------------------------------------------------------------- */

bool
origin_print_uses(struct load *l, size_t line, const struct invocation *i, struct buf *out)
{
	bool any = false;

	for (size_t k = 0; k < l->graph.ntargets; k++) {
		struct written w;

		if (!find_written(l, l->graph.targets[k], i, &w))
			continue;
		for (size_t at = 0; at < w.text.nlines; at++) {
			const struct place *p = &w.text.lines[at];
			struct expansion_line f;

			if (p->source != &l->documents[0].source ||
			    source_position(p->source, p->offset).line != line ||
			    !expand_find(w.target, at + 1, &w.style, &l->arena, &f))
				continue;
			compare_line(l, &w, at + 1, i->diag);
			print_origin(out, w.target, at + 1, &f, i->set[FLAG_JSON]);
			any = true;
		}
		expansion_release(&w.text);
	}
	return any;
}
