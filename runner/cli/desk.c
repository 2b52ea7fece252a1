#include "runner/cli/desk.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runner/cli/command.h"
#include "runner/cli/load.h"
#include "tangle/base/file.h"

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

bool
desk_replace(struct desk *k, struct str text)
{
	const struct document *d = document_of(k);
	struct digest made = hash_of(text);
	struct file_options o = { .mode = -1, .durable = true };
	enum file_result got;

	if (k->is_left)
		return false;
	if (digest_eq(made, k->there))
		return true;
	got = file_replace(NULL, d->path, &k->there, text, &o, k->invocation->diag);
	if (got == FILE_CHANGED)
		diag_error(k->invocation->diag, STATUS_CONFLICT, place_file(&d->source), "changed-meanwhile",
		    "the document was changed while it ran and is left as it is: run it again");
	k->is_left = got == FILE_CHANGED;
	if (got != FILE_WRITTEN)
		return false;
	k->there = made;
	return true;
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

void
desk_write_elsewhere(struct desk *k, struct str text)
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
