#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "runner/cache/archive.h"
#include "runner/cache/budget.h"
#include "runner/cache/gate.h"
#include "runner/cache/intake.h"
#include "runner/cache/ledger.h"
#include "runner/cache/record.h"
#include "runner/cache/walk.h"
#include "runner/cli/command.h"
#include "runner/cli/outlet.h"
#include "runner/cli/tally.h"
#include "tangle/base/buf.h"
#include "tangle/base/diag.h"
#include "tangle/base/json.h"
#include "tangle/base/mem.h"
#include "tangle/base/root.h"

static void export(struct invocation *i);

const struct command cache_export = {
	.name = "cache export",
	.args = "DOC... | --all  -o FILE",
	.summary = "write what documents need of the cache, or all of it, into one file",
	.flags = FLAGS_OF(FLAG_JSON, FLAG_ALL, FLAG_ARCHIVE),
	.run = export,
};

struct item {
	enum kind kind;
	struct digest name;
	uint64_t size;
};

struct exporting {
	struct invocation *invocation;
	struct arena arena;
	struct folder folder;
	struct item *items;
	size_t n, cap;
	size_t left_out;
	struct tally tally;
};

static void
add(struct exporting *x, enum kind kind, const struct digest *name)
{
	x->items = mem_grow(x->items, &x->cap, x->n + 1, sizeof *x->items);
	x->items[x->n++] = (struct item){ .kind = kind, .name = *name };
}

static void
leave_out(struct exporting *x, enum kind kind, const struct digest *name, const char *why)
{
	char hex[HASH_HEX + 1];

	x->left_out++;
	digest_hex(*name, hex);
	diag_warning(x->invocation->diag, PLACE_NONE, "bad-entry", "%c/%.2s/%s is left out: %s",
	    (char)kind, hex, hex + 2, why);
}

/* ---- what a document needs ------------------------------------------------------------------ */

static const struct alternative *
find_result(const struct manifest *m, const struct digest *result)
{
	for (size_t i = 0; i < m->n; i++)
		if (digest_eq(m->list[i].result, *result))
			return &m->list[i];
	return NULL;
}

/* From a request to all that a look-up for it reads, and what is kept of it for people. */
static void
add_entry(struct exporting *x, const struct ledger_entry *e)
{
	const struct alternative *found;
	struct manifest m = {0};
	struct str text;

	if (!e->is_kept)
		return;
	if (folder_read(&x->folder, KIND_MANIFEST, &e->request, archive_most(KIND_MANIFEST), true,
	    &x->arena, &text))
		record_read_manifest(text, &e->request, &x->arena, &m);
	found = find_result(&m, &e->result);
	if (!found) {
		leave_out(x, KIND_MANIFEST, &e->request, "it no longer leads to what the last run used");
		return;
	}
	add(x, KIND_MANIFEST, &e->request);
	add(x, KIND_INPUTS, &found->inputs);
	add(x, found->is_failure ? KIND_FAILURE : KIND_RESULT, &e->result);
	if (e->end == LEDGER_OBJECT)
		add(x, KIND_OBJECT, &e->object);
	if (folder_has(&x->folder, KIND_ABOUT, &e->result))
		add(x, KIND_ABOUT, &e->result);
}

static bool
is_folder(struct str path, struct arena *a)
{
	struct stat st;

	return stat(arena_cstr(a, path), &st) == 0 && S_ISDIR(st.st_mode);
}

static bool
add_document(struct exporting *x, struct str document)
{
	struct str path = path_real(document, &x->arena);
	struct digest name = ledger_name(path);
	struct ledger l;

	if (ledger_read(&x->folder, path, &x->arena, &l) != LEDGER_READ) {
		diag_error(x->invocation->diag, STATUS_USAGE, PLACE_NONE, "unknown-document",
		    is_folder(path, &x->arena) ? "'%.*s' is a folder: name its documents, or take --all" :
		    "the cache knows of no run of '%.*s'; run it first", STR_ARG(document));
		return false;
	}
	add(x, KIND_LEDGER, &name);
	for (size_t i = 0; i < l.n; i++) {
		add_entry(x, &l.lines[i].entry);
		for (size_t k = 0; k < l.lines[i].nbefore; k++)
			add_entry(x, &l.lines[i].before[k]);
	}
	return true;
}

static bool
add_walked(void *arg, const struct entry *e)
{
	add(arg, e->kind, &e->name);
	return true;
}

static bool
choose(struct exporting *x)
{
	const struct invocation *i = x->invocation;
	bool ok = true;

	if (i->set[FLAG_ALL])
		for (const char *kind = survey_kinds; *kind; kind++)
			if (archive_most((enum kind)*kind) > 0)
				walk(&x->folder, (enum kind)*kind, add_walked, x);
	for (size_t k = 0; k < i->narguments; k++)
		ok = add_document(x, str_of(i->arguments[k])) && ok;
	return ok;
}

/* ---- writing --------------------------------------------------------------------------------- */

static int
by_place(const void *a, const void *b)
{
	const struct item *x = a, *y = b;

	return archive_compare(x->kind, &x->name, y->kind, &y->name);
}

/* Read and verify a file. A document's are of use; a copy of all of them is not a use of each. */
static bool
read_item(struct exporting *x, const struct item *it, struct arena *a, struct str *bytes,
    const char **why)
{
	bool is_use = !x->invocation->set[FLAG_ALL];

	*why = "it is gone, or cannot be read";
	if (!folder_read(&x->folder, it->kind, &it->name, archive_most(it->kind), is_use, a, bytes))
		return false;
	*why = intake_look(it->kind, &it->name, *bytes);
	return !*why;
}

static bool
is_good(struct exporting *x, struct item *it)
{
	struct arena a;
	struct str bytes;
	const char *why;
	bool ok;

	arena_init(&a);
	ok = read_item(x, it, &a, &bytes, &why);
	it->size = ok ? bytes.len : 0;
	arena_release(&a);
	if (ok)
		tally_add(&x->tally, it->kind, it->size);
	else
		leave_out(x, it->kind, &it->name, why);
	return ok;
}

/* Each once, in order, and only what is good. */
static void
settle(struct exporting *x)
{
	size_t n = 0;

	if (x->n > 0)
		qsort(x->items, x->n, sizeof *x->items, by_place);
	for (size_t i = 0; i < x->n; i++)
		if ((i == 0 || by_place(&x->items[i - 1], &x->items[i]) != 0) &&
		    is_good(x, &x->items[i]))
			x->items[n++] = x->items[i];
	x->n = n;
}

static bool
write_item(struct exporting *x, struct archive_writer *w, const struct item *it, struct str path)
{
	struct arena a;
	struct str bytes;
	const char *why;
	bool ok;

	arena_init(&a);
	if (!read_item(x, it, &a, &bytes, &why) || bytes.len != it->size) {
		diag_error(x->invocation->diag, STATUS_CONFLICT, PLACE_NONE, "cache-busy",
		    "the cache changed while it was exported; try again");
		ok = false;
	} else {
		ok = archive_add(w, it->kind, &it->name, bytes);
		if (!ok)
			diag_errno(x->invocation->diag, "write", path);
	}
	arena_release(&a);
	return ok;
}

static bool
write_archive(struct exporting *x, int fd, struct str path)
{
	struct archive_sum sum = { x->tally.all.files, x->tally.all.disk };
	struct archive_writer *w = archive_write(fd, &sum);
	bool ok = true;

	for (size_t i = 0; ok && i < x->n; i++)
		ok = write_item(x, w, &x->items[i], path);
	if (!archive_finish(w) && ok) {
		diag_errno(x->invocation->diag, "write", path);
		ok = false;
	}
	return ok;
}

/* ---- saying it ------------------------------------------------------------------------------ */

static void
tell(const struct exporting *x)
{
	const struct invocation *i = x->invocation;
	struct buf out = {0};

	if (i->set[FLAG_JSON]) {
		struct json *object = json_new_object();

		tally_json(&x->tally, object);
		json_put_integer(object, "left-out", (long long)x->left_out);
		json_write(object, &out);
		json_end(object);
		buf_byte(&out, '\n');
	} else if (!i->set[FLAG_QUIET]) {
		tally_total(&x->tally, &out);
		buf_add(&out, STR(" exported\n"));
		if (i->set[FLAG_VERBOSE])
			tally_print(&x->tally, &out);
	}
	command_print(buf_str(&out));
	buf_release(&out);
}

static bool
is_asked_well(const struct invocation *i)
{
	const char *wrong = NULL;

	if (i->set[FLAG_ALL] == (i->narguments > 0))
		wrong = "it takes documents, or --all";
	else if (!i->set[FLAG_ARCHIVE] || i->value[FLAG_ARCHIVE].len == 0)
		wrong = "-o FILE says where to write; - is standard output";
	else if (i->set[FLAG_JSON] && str_eq(i->value[FLAG_ARCHIVE], STR("-")))
		wrong = "--json and the archive cannot both be standard output";
	if (wrong)
		diag_error(i->diag, STATUS_USAGE, PLACE_NONE, "usage",
		    "%s; skein cache export --help", wrong);
	return !wrong;
}

static void
export_to(struct exporting *x, struct str path)
{
	struct outlet out;
	bool ok;

	if (!choose(x) || !outlet_open(&out, path, x->invocation->diag))
		return;
	settle(x);
	ok = outlet_close(&out, write_archive(x, out.fd, path));
	if (x->left_out > 0)
		diag_status_add(x->invocation->diag, STATUS_DIFFERS);
	if (ok && !out.is_standard)
		tell(x);
}

static void
export(struct invocation *i)
{
	struct exporting x = { .invocation = i };

	if (!is_asked_well(i))
		return;
	arena_init(&x.arena);
	if (folder_open(&x.folder, NULL, &x.arena, i->diag)) {
		/* As a run does: what it has just seen stays. */
		gate_enter(&x.folder, GATE_LIVE, GATE_SHARED);
		if (x.folder.fd != -1)
			export_to(&x, i->value[FLAG_ARCHIVE]);
		else
			diag_status_add(i->diag, STATUS_ENVIRONMENT);
		folder_close(&x.folder);
	}
	mem_free(x.items);
	arena_release(&x.arena);
}
