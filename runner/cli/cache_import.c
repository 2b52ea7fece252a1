#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "runner/cache/archive.h"
#include "runner/cache/budget.h"
#include "runner/cache/intake.h"
#include "runner/cache/store.h"
#include "runner/cli/command.h"
#include "runner/cli/quantity.h"
#include "runner/cli/tally.h"
#include "tangle/base/buf.h"
#include "tangle/base/diag.h"
#include "tangle/base/json.h"

static void import(struct invocation *i);

const struct command cache_import = {
	.name = "cache import",
	.args = "[--dry-run] FILE",
	.summary = "take what was exported elsewhere into the cache; it is native code",
	.flags = FLAGS_OF(FLAG_JSON, FLAG_DRY_RUN),
	.least = 1,
	.run = import,
};

struct importing {
	struct invocation *invocation;
	struct str path;
	struct intake intake;
	struct tally fresh, there, refused;
	bool is_over;			/* all that was announced has come */
};

static const char *
shown(const struct importing *m)
{
	return str_eq(m->path, STR("-")) ? "standard input" : m->path.data;
}

/* ---- taking it -------------------------------------------------------------------------------- */

static void
refuse(struct importing *m, enum kind kind, const struct digest *name, const char *why)
{
	char hex[HASH_HEX + 1];

	digest_hex(*name, hex);
	diag_warning(m->invocation->diag, PLACE_NONE, "bad-entry", "%c/%.2s/%s is left out: %s",
	    (char)kind, hex, hex + 2, why);
}

static bool
take(struct importing *m, enum kind kind, const struct digest *name, struct str bytes)
{
	const char *why;

	switch (intake_take(&m->intake, kind, name, bytes, &why)) {
	case INTAKE_NEW:
		tally_add(&m->fresh, kind, bytes.len);
		return true;
	case INTAKE_THERE:
		tally_add(&m->there, kind, bytes.len);
		return true;
	case INTAKE_REFUSED:
		tally_add(&m->refused, kind, bytes.len);
		refuse(m, kind, name, why);
		return true;
	case INTAKE_UNWRITTEN:
		break;
	}
	diag_status_add(m->invocation->diag, STATUS_ENVIRONMENT);	/* the folder said why */
	return false;
}

/* Asked before anything is taken, so that nobody's cache is filled beyond what it may hold. */
static bool
has_room(struct importing *m, const struct archive_sum *sum)
{
	struct budget budget;
	struct buf room = {0}, most = {0};
	bool ok;

	budget_of_environment(&budget, m->invocation->diag);
	ok = sum->room <= budget.max_size;
	if (!ok) {
		quantity_bytes(&room, sum->room);
		quantity_bytes(&most, budget.max_size);
		diag_error(m->invocation->diag, STATUS_LIMIT, PLACE_NONE, "archive-limit",
		    "'%s' holds %s, and the cache may hold %s; SKEIN_CACHE_MAX_SIZE allows more",
		    shown(m), buf_cstr(&room), buf_cstr(&most));
	}
	buf_release(&room);
	buf_release(&most);
	return ok;
}

static void
complain(struct importing *m, const struct archive *r, enum archive_state state)
{
	struct diag *d = m->invocation->diag;

	if (state == ARCHIVE_FAILED)
		diag_errno(d, "read", m->path);
	else if (state == ARCHIVE_NEWER)
		diag_error(d, STATUS_REFUSED, PLACE_NONE, "newer-archive",
		    "'%s' is of another version of skein; export it again, or import it with that",
		    shown(m));
	else if (state == ARCHIVE_DAMAGED)
		diag_error(d, STATUS_REFUSED, PLACE_NONE, "bad-archive", "'%s' is refused: %s%s",
		    shown(m), archive_why(r), m->fresh.all.files > 0 ?
		    "; what came whole before that was taken" : "");
}

static void
take_all(struct importing *m, int fd)
{
	enum archive_state state;
	struct archive_sum sum;
	struct archive *r = archive_read(fd, &state, &sum);
	struct digest name;
	struct str bytes;
	enum kind kind;
	bool goes_on = state != ARCHIVE_MEMBER || has_room(m, &sum);

	while (goes_on && state == ARCHIVE_MEMBER) {
		state = archive_next(r, &kind, &name, &bytes);
		if (state == ARCHIVE_MEMBER)
			goes_on = take(m, kind, &name, bytes);
	}
	m->is_over = state == ARCHIVE_END;
	if (goes_on)
		complain(m, r, state);
	archive_close(r);
}

/* ---- saying it -------------------------------------------------------------------------------- */

static void
put_json(struct json *object, const char *key, const struct tally *t)
{
	struct json *one = json_new_object();

	tally_json(t, one);
	json_put(object, key, one);
}

static void
print_json(const struct importing *m, struct buf *out)
{
	struct json *object = json_new_object();

	json_put_boolean(object, "dry-run", m->invocation->set[FLAG_DRY_RUN]);
	put_json(object, "new", &m->fresh);
	put_json(object, "there", &m->there);
	put_json(object, "refused", &m->refused);
	json_write(object, out);
	json_end(object);
	buf_byte(out, '\n');
}

static void
print(const struct importing *m, struct buf *out)
{
	tally_total(&m->fresh, out);
	buf_add(out, m->invocation->set[FLAG_DRY_RUN] ? STR(" would be new") : STR(" new"));
	if (m->there.all.files > 0) {
		buf_add(out, STR("; "));
		tally_total(&m->there, out);
		buf_add(out, STR(" there already"));
	}
	if (m->refused.all.files > 0) {
		buf_add(out, STR("; "));
		tally_total(&m->refused, out);
		buf_add(out, STR(" refused"));
	}
	buf_byte(out, '\n');
	if (m->invocation->set[FLAG_VERBOSE])
		tally_print(&m->fresh, out);
}

static void
tell(const struct importing *m)
{
	struct buf out = {0};

	if (m->invocation->set[FLAG_JSON])
		print_json(m, &out);
	else if (!m->invocation->set[FLAG_QUIET])
		print(m, &out);
	command_print(buf_str(&out));
	buf_release(&out);
}

static int
open_archive(const struct importing *m)
{
	int fd = str_eq(m->path, STR("-")) ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0) :
	    open(m->path.data, O_RDONLY | O_CLOEXEC);

	if (fd == -1)
		diag_errno(m->invocation->diag, "read", m->path);
	return fd;
}

static void
import_into(struct importing *m, struct store *s, int fd)
{
	if (store_folder(s).len == 0) {
		diag_status_add(m->invocation->diag, STATUS_ENVIRONMENT);
		return;
	}
	intake_begin(&m->intake, s, m->invocation->set[FLAG_DRY_RUN]);
	take_all(m, fd);
	intake_end(&m->intake);
	if (m->refused.all.files > 0)
		diag_status_add(m->invocation->diag, STATUS_DIFFERS);
	if (m->is_over || m->fresh.all.files > 0)
		tell(m);
}

static void
import(struct invocation *i)
{
	struct importing m = { .invocation = i, .path = str_of(i->arguments[0]) };
	struct store *s;
	int fd;

	if (i->narguments > 1) {
		diag_error(i->diag, STATUS_USAGE, PLACE_NONE, "usage",
		    "it takes one archive; skein cache import --help");
		return;
	}
	fd = open_archive(&m);
	s = fd == -1 ? NULL : store_open(NULL, i->diag);
	if (s)
		import_into(&m, s, fd);
	store_close(s);
	if (fd != -1)
		close(fd);
}
