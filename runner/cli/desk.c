#include "runner/cli/desk.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runner/cell/cell.h"
#include "runner/cli/command.h"
#include "runner/cli/load.h"
#include "runner/cli/merge.h"
#include "runner/cli/page.h"
#include "runner/cli/pictures.h"
#include "runner/cli/quiet.h"
#include "runner/cli/report.h"
#include "runner/script/hooking.h"
#include "tangle/base/buf.h"
#include "tangle/base/file.h"
#include "tangle/document/blocks.h"

enum {
	MOST_TRIES = 3,			/* against somebody who saves each time that we do */
	MOST_SAVED = 9999,
	MOST_NAMED = 8			/* cells, in a message */
};

static const struct document *
document_of(const struct desk *k)
{
	return &k->load->documents[k->number];
}

bool
desk_keeps_no_outputs(const struct document *d)
{
	const struct option *o = options_find(&d->options, "outputs");

	return o && str_eq(o->value, STR("none"));
}

/* ---- in place ------------------------------------------------------------------------ */

enum file_result
desk_try(struct str path, struct digest *there, struct str text, struct diag *d)
{
	struct file_options o = { .mode = -1, .durable = true };
	struct digest made = hash_of(text);
	enum file_result got = FILE_UNCHANGED;

	if (!digest_eq(made, *there))
		got = file_replace(NULL, path, there, text, &o, d);
	if (got == FILE_WRITTEN)
		*there = made;
	return got;
}

enum file_result
desk_try_page(struct str path, struct digest *there, struct page *page, const struct root *root,
    size_t *size, struct diag *d)
{
	enum file_result got = FILE_FAILED;
	struct buf text = {0};
	struct pictures x;

	if (pictures_open(&x, path, root, page->arena, d)) {
		pictures_put(&x, page);
		page_write(page, &text);
		got = desk_try(path, there, buf_str(&text), d);
		if (got == FILE_WRITTEN || got == FILE_UNCHANGED)
			pictures_sweep(&x, buf_str(&text));
		pictures_close(&x);
	}
	*size = text.len;
	buf_release(&text);
	return got;
}

static void
leave(struct desk *k, const char *words)
{
	diag_error(k->invocation->diag, STATUS_CONFLICT, place_file(&document_of(k)->source),
	    "changed-meanwhile", "%s", words);
	k->is_left = true;
}

bool
desk_replace(struct desk *k, struct str text)
{
	enum file_result got;

	if (k->is_left)
		return false;
	got = desk_try(document_of(k)->path, &k->there, text, k->invocation->diag);
	if (got == FILE_CHANGED)
		leave(k, "the document was changed while it ran and is left as it is: run it again");
	return got == FILE_WRITTEN || got == FILE_UNCHANGED;
}

/* The document is gone, but not what its cells gave. */
static void
keep_beside(struct desk *k, struct str text)
{
	const struct document *d = document_of(k);
	struct file_options o = { .mode = -1, .durable = true };
	enum file_result got = FILE_CHANGED;
	struct str path = {0};

	for (int n = 1; got == FILE_CHANGED && n <= MOST_SAVED; n++) {
		path = arena_printf(&k->load->arena, "%.*s.skein-saved-%d", STR_ARG(d->path), n);
		got = file_replace(NULL, path, NULL, text, &o, k->invocation->diag);
	}
	k->is_left = true;
	if (got != FILE_FAILED)
		diag_error(k->invocation->diag, STATUS_CONFLICT, place_file(&d->source),
		    "changed-meanwhile", "the document was taken away while it ran: with its outputs it is '%.*s' now",
		    STR_ARG(path));
}

static void
list_names(struct buf *to, const struct merge *m)
{
	char room[64];

	for (size_t i = 0; i < m->nlost && i < MOST_NAMED; i++) {
		struct str name = report_name(m->lost[i], room, sizeof room);

		buf_printf(to, "%s%.*s", i == 0 ? "" : ", ", STR_ARG(name));
	}
	if (m->nlost > MOST_NAMED)
		buf_printf(to, " and %zu more", m->nlost - MOST_NAMED);
}

/* What became of the run's outputs. */
static void
tell(const struct desk *k, const struct merge *m)
{
	const struct invocation *i = k->invocation;
	const struct document *d = document_of(k);
	struct buf words = {0};

	if (m->nlost > 0) {
		list_names(&words, m);
		diag_error(i->diag, STATUS_CONFLICT, place_file(&d->source), "changed-meanwhile",
		    "the document was edited while it ran: new output of %.*s is left out, since that cell, what it builds on or its output was edited: run it again",
		    STR_ARG(buf_str(&words)));
	} else if (!i->set[FLAG_QUIET]) {
		buf_visible(&words, d->path);
		fprintf(stderr, "skein: note: '%.*s' was edited while it ran: the edit is kept, and the outputs stand where they belong now\n",
		    STR_ARG(buf_str(&words)));
		if (m->nwaiting > 0)
			fprintf(stderr, "skein: note: cells of it that have not run: %zu\n", m->nwaiting);
	}
	buf_release(&words);
}

/* Into what stands there now, as the k-th document of a load. */
static enum file_result
merge_into(struct desk *k, const struct page *page, struct load *l, size_t number,
    struct diag *silent)
{
	struct document *d = &l->documents[number];
	struct digest there = hash_of(d->source.text);
	enum file_result got;
	struct pictures x;
	struct cells cells;
	struct merge m;
	struct root root;

	if (!root_open(&root, load_root(l, d), k->invocation->diag))
		return FILE_FAILED;
	if (!pictures_open(&x, d->path, &k->root, &l->arena, k->invocation->diag)) {
		root_close(&root);
		return FILE_FAILED;
	}
	load_settle(l, number, silent);
	cells_make(&cells, &l->graph, &l->blocks[number], &root, &l->arena, silent);
	hooking_cells(l->hookings[number], &cells, false, &l->arena, silent);
	merge_make(&m, page, &cells, &l->graph, &l->arena);
	root_close(&root);
	got = desk_try(d->path, &there, m.text, k->invocation->diag);
	if (got == FILE_WRITTEN || got == FILE_UNCHANGED)
		pictures_sweep(&x, m.text);
	pictures_close(&x);
	if (got == FILE_WRITTEN || got == FILE_UNCHANGED) {
		k->there = there;
		k->is_merged = true;
		tell(k, &m);
	}
	return got;
}

/* What is wrong with the edit is for the next run to say. */
static enum file_result
merge(struct desk *k, const struct page *page)
{
	struct invocation again = *k->invocation;
	struct diag silent;
	struct load l;
	FILE *nowhere = fopen("/dev/null", "we");
	enum file_result got = FILE_FAILED;
	size_t n = 0;

	if (!nowhere) {
		diag_errno(k->invocation->diag, "open", STR("/dev/null"));
		return FILE_FAILED;
	}
	diag_init(&silent, nowhere, DIAG_COLOR_NEVER);
	again.diag = &silent;
	load_documents(&l, &again);
	while (n < l.n && !str_eq(l.documents[n].path, document_of(k)->path))
		n++;
	if (n < l.n)
		got = merge_into(k, page, &l, n, &silent);
	else
		leave(k, "the document was edited while it ran, cannot be read now, and is left as it is");
	load_release(&l);
	diag_release(&silent);
	fclose(nowhere);
	return got;
}

static enum file_result
put_into_edit(struct desk *k, const struct page *page, struct str text)
{
	const struct document *d = document_of(k);
	struct file_state now;

	switch (quiet_wait(d->path, d->source.text.len, &now, k->invocation->diag)) {
	case QUIET_WHOLE:
		return merge(k, page);
	case QUIET_GONE:
		keep_beside(k, text);
		break;
	case QUIET_BUSY:
		leave(k, "somebody has been writing the document for seconds: it is left as it is; run it again");
		break;
	case QUIET_FAILED:
		k->is_left = true;
		break;
	}
	return FILE_FAILED;
}

bool
desk_put(struct desk *k, struct page *page)
{
	const struct document *d = document_of(k);
	enum file_result got = FILE_CHANGED;
	struct pictures x;
	struct buf text = {0};
	bool differs, any;

	if (k->is_left || desk_keeps_no_outputs(d) ||
	    !pictures_open(&x, d->path, &k->root, page->arena, k->invocation->diag))
		return false;
	any = pictures_put(&x, page);
	differs = page_write(page, &text);
	if (differs && !k->is_merged)
		got = desk_try(d->path, &k->there, buf_str(&text), k->invocation->diag);
	if ((!differs && !k->is_merged) || got == FILE_WRITTEN || got == FILE_UNCHANGED)
		pictures_sweep(&x, buf_str(&text));
	pictures_close(&x);
	if (!differs) {
		k->has_mended = any;
		buf_release(&text);
		return false;
	}
	for (int n = 0; got == FILE_CHANGED && n < MOST_TRIES; n++)
		got = put_into_edit(k, page, buf_str(&text));
	if (got == FILE_CHANGED)
		leave(k, "the document is saved again and again while its outputs are put in place: it is left as it is; run it again");
	buf_release(&text);
	return got == FILE_WRITTEN || (got == FILE_UNCHANGED && !k->is_merged);
}

/* ---- elsewhere ----------------------------------------------------------------------- */

/* -o names no file but a device or a pipe, >(cmd) for example: bytes go there as they are. */
static bool
is_stream(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && !S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode);
}

static bool
is_standard_output(struct str path)
{
	return str_eq(path, STR("-")) || str_eq(path, STR("/dev/stdout"));
}

static void
write_stream(const char *path, struct str text, struct diag *d)
{
	int fd = open(path, O_WRONLY | O_NOCTTY | O_CLOEXEC);
	ssize_t n = 0;

	while (fd != -1 && text.len > 0) {
		n = write(fd, text.data, text.len);
		if (n == -1 && errno != EINTR)
			break;
		text = str_slice(text, n > 0 ? (size_t)n : 0, text.len);
	}
	if (fd == -1 || n == -1)
		diag_errno(d, "write", str_of(path));
	if (fd != -1)
		close(fd);
}

/* To be asked before anything runs. */
static bool
may_write_elsewhere(const struct invocation *i, struct arena *a)
{
	struct str path = i->value[FLAG_OUTPUT];
	const char *name = arena_cstr(a, path), *folder = arena_cstr(a, path_folder(path));
	struct stat st;

	if (is_standard_output(path) || is_stream(name))
		return true;
	if (stat(name, &st) == 0)	/* a folder is refused, too */
		return file_replaceable(NULL, path, i->diag);
	if (access(*folder ? folder : ".", W_OK) == 0)
		return true;
	diag_errno(i->diag, "write", path);
	return false;
}

/* -o names the document, perhaps under another name: that is not what -o is for. */
static bool
is_output_itself(const struct invocation *i, const struct document *d)
{
	struct file_state a, b;

	if (is_standard_output(i->value[FLAG_OUTPUT]) ||
	    !file_identify(NULL, i->value[FLAG_OUTPUT], &a, i->diag) ||
	    !file_identify(NULL, d->path, &b, i->diag) ||
	    !a.exists || a.dev != b.dev || a.ino != b.ino)
		return false;
	diag_error(i->diag, STATUS_REFUSED, place_file(&d->source), "same-file",
	    "-o names the document itself: leave -o away to put the outputs in place");
	return true;
}

struct str
desk_pictures_of(const struct invocation *i)
{
	struct str path = i->set[FLAG_OUTPUT] ? i->value[FLAG_OUTPUT] : STR("");
	struct arena a;
	bool is_file;

	arena_init(&a);
	is_file = path.len > 0 && !is_standard_output(path) && !is_stream(arena_cstr(&a, path));
	arena_release(&a);
	return is_file ? path : STR("");
}

static void
write_elsewhere(struct desk *k, struct str text)
{
	const struct invocation *i = k->invocation;
	struct str path = i->value[FLAG_OUTPUT];
	struct file_options o = { .mode = -1, .durable = true };
	const char *name = arena_cstr(&k->load->arena, path);
	struct file_state state;

	if (is_standard_output(path)) {
		command_print(text);
		return;
	}
	if (is_stream(name)) {
		write_stream(name, text, i->diag);
		return;
	}
	if (!file_look(NULL, path, &state, i->diag))
		return;
	if (file_replace(NULL, path, state.exists ? &state.digest : NULL, text, &o, i->diag) ==
	    FILE_CHANGED) {
		struct source file = { .name = path };

		diag_error(i->diag, STATUS_CONFLICT, place_file(&file), "changed-meanwhile",
		    "the file was changed while the document ran and is left as it is");
	}
}

void
desk_write_elsewhere(struct desk *k, struct page *page)
{
	struct str path = desk_pictures_of(k->invocation);
	struct diag *d = k->invocation->diag;
	size_t before = d->errors;
	struct pictures x = { .folder.fd = -1 };
	struct buf text = {0};
	struct root root = { .fd = -1 };
	bool has_pictures = path.len > 0 && root_open(&root, load_root(k->load, document_of(k)), d) &&
	    pictures_open(&x, path, &root, page->arena, d);

	if (has_pictures)
		pictures_put(&x, page);
	page_write(page, &text);
	write_elsewhere(k, buf_str(&text));
	if (has_pictures && d->errors == before)
		pictures_sweep(&x, buf_str(&text));
	pictures_close(&x);
	if (root.fd != -1)
		root_close(&root);
	buf_release(&text);
}

/* ---- open and close -------------------------------------------------------------------- */

static bool
may_write(struct desk *k, enum desk_use use)
{
	const struct invocation *i = k->invocation;
	const struct document *d = document_of(k);

	switch (use) {
	case DESK_READ:
		return true;
	case DESK_IN_PLACE:
	case DESK_LATER:
		return desk_keeps_no_outputs(d) || file_replaceable(NULL, d->path, i->diag);
	case DESK_ELSEWHERE:
		return may_write_elsewhere(i, &k->load->arena) && !is_output_itself(i, d);
	}
	return false;
}

/* Is it what was read?  If not, it is read again. */
static bool
is_current(struct desk *k)
{
	struct file_state now;

	if (!file_look(NULL, document_of(k)->path, &now, k->invocation->diag))
		return false;
	if (now.exists && digest_eq(now.digest, hash_of(document_of(k)->source.text)))
		return true;
	load_again(k->load, k->invocation);
	return k->number < k->load->n;
}

static bool
take_lock(struct desk *k, int seconds)
{
	const struct invocation *i = k->invocation;
	const struct document *d = document_of(k);

	if (!root_open(&k->root, load_root(k->load, d), i->diag) ||
	    !lock_take(&k->lock, &k->root, d->path, seconds, i->diag))
		return false;
	file_sweep(NULL, d->path, i->diag);
	return true;
}

bool
desk_lock(struct desk *k)
{
	return take_lock(k, LOCK_FOREVER);
}

bool
desk_open(struct desk *k, const struct invocation *i, struct load *l, size_t number,
    enum desk_use use)
{
	*k = (struct desk){ .invocation = i, .load = l, .number = number, .root.fd = -1 };
	if (!may_write(k, use) || (use == DESK_IN_PLACE &&
	    !(take_lock(k, i->set[FLAG_WAIT] ? LOCK_FOREVER : 0) && is_current(k)))) {
		desk_close(k);
		return false;
	}
	k->there = hash_of(document_of(k)->source.text);
	return true;
}

void
desk_close(struct desk *k)
{
	lock_release(&k->lock);
	if (k->root.fd != -1)
		root_close(&k->root);
	k->root.fd = -1;
}
