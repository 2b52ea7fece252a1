#define _POSIX_C_SOURCE 200809L	/* unlinkat */
#include "runner/cli/pictures.h"

#include <fcntl.h>
#include <unistd.h>

#include "runner/cell/cell.h"
#include "runner/cli/page.h"
#include "runner/output/gallery.h"
#include "tangle/base/arena.h"
#include "tangle/base/diag.h"
#include "tangle/base/file.h"
#include "tangle/base/lock.h"
#include "tangle/base/trace.h"
#include "tangle/emit/manifest.h"

#define MANIFEST	STR(".skein/pictures")

enum { LARGEST = 256 << 20 };	/* bytes of a document */

struct str
pictures_folder(struct str path, struct arena *a)
{
	struct str name = path_name(path);

	if (name.len > 3 && str_eq_nocase(str_slice(name, name.len - 3, name.len), STR(".md")))
		name.len -= 3;
	return arena_printf(a, "%.*s.skein", STR_ARG(name));
}

static struct str
join(struct str folder, struct str name, struct arena *a)
{
	return folder.len == 0 || str_eq(folder, STR(".")) ? name :
	    arena_printf(a, "%.*s/%.*s", STR_ARG(folder), STR_ARG(name));
}

bool
pictures_open(struct pictures *x, struct str path, const struct root *root, struct arena *a,
    struct diag *d)
{
	struct str folder = path_folder(path), below;

	if (folder.len == 0)
		folder = STR(".");
	*x = (struct pictures){ .arena = a, .diag = d, .folder.fd = -1,
	    .name = pictures_folder(path, a) };
	below = str_eq(path_real(folder, a), path_real(root->path, a)) ? STR("") :
	    root_relative(root, folder, a);
	if (!str_starts(below, STR("/"))) {
		x->root = root;
		x->below = join(below, x->name, a);
		x->document = join(below, path_name(path), a);
	}
	return root_open(&x->folder, folder, d);
}

void
pictures_close(struct pictures *x)
{
	if (x->folder.fd != -1)
		root_close(&x->folder);
	x->folder.fd = -1;
}

/* ---- the manifest -------------------------------------------------------------------------- */

/* Other runs of the project may be at it. */
static bool
begin(const struct root *root, struct lock *l, struct manifest *m, struct arena *a, struct diag *d)
{
	*l = (struct lock){0};
	*m = (struct manifest){ .arena = a };
	if (lock_take(l, root, MANIFEST, LOCK_FOREVER, d) && manifest_read_from(m, root, MANIFEST, a, d))
		return true;
	lock_release(l);
	manifest_release(m);
	return false;
}

static void
end(struct lock *l, struct manifest *m)
{
	manifest_release(m);
	lock_release(l);
}

/* Nothing was ever written below this root. */
static bool
is_idle(const struct root *root, struct diag *d)
{
	struct file_state f;

	return file_identify(root, MANIFEST, &f, d) && !f.exists;
}

/* ---- writing ------------------------------------------------------------------------------- */

/* A picture that is to be there. */
struct wanted {
	struct str path;		/* from the document's folder */
	struct str bytes;
	struct digest digest;
	struct page_cell *cell;
	bool is_there;
	struct wanted *next;
};

/* What stands there?  False: something that is not ours. */
static bool
look(const struct pictures *x, struct wanted *w)
{
	struct file_state f;

	if (!file_look(&x->folder, w->path, &f, x->diag))
		return false;
	w->is_there = f.exists && digest_eq(f.digest, w->digest);
	if (!f.exists || w->is_there)
		return true;
	diag_error(x->diag, STATUS_CONFLICT, w->cell->of->at, "edited-picture",
	    "'%.*s' has another content than this cell has shown, and is not replaced: rename it, and run again",
	    STR_ARG(w->path));
	return false;
}

/* The pictures of a cell that its text, as it is to stand there, links; false: one cannot be. */
static bool
want(const struct pictures *x, struct page_cell *c, struct wanted **list)
{
	struct str rest = c->made->text[FENCE_SHOWN], name;

	while (gallery_next_link(&rest, x->name, &name, x->arena)) {
		for (size_t i = 0; i < c->gallery->n; i++) {
			const struct gallery_item *one = &c->gallery->items[i];
			struct wanted *w;

			if (!str_eq(one->file, name))
				continue;
			w = arena_alloc(x->arena, 1, sizeof *w);
			*w = (struct wanted){ .path = join(x->name, name, x->arena), .bytes = one->bytes,
			    .digest = hash_of(one->bytes), .cell = c, .next = *list };
			*list = w;
			if (!look(x, w))
				return false;
			break;
		}
	}
	return true;
}

/* What the manifest does not know is never ours, so it is written first. */
static bool
record(const struct pictures *x, const struct wanted *list)
{
	struct manifest m;
	struct lock l;
	bool any = false, ok;

	if (!x->root)
		return true;
	if (!begin(x->root, &l, &m, x->arena, x->diag))
		return false;
	for (const struct wanted *w = list; w; w = w->next) {
		struct str path = join(x->below, path_name(w->path), x->arena);
		const struct entry *e = manifest_find(&m, path);

		if (e && digest_eq(e->now, w->digest) && str_eq(e->document, x->document))
			continue;
		manifest_put(&m, path, x->document, NULL, w->digest);
		any = true;
	}
	ok = !any || manifest_write(&m, x->root, true, x->diag);
	end(&l, &m);
	return ok;
}

/* Several cells may show the same. */
static bool
write_one(const struct pictures *x, struct wanted *w)
{
	const struct file_options o = { .mode = -1, .durable = true, .make_folders = true };
	enum file_result got = FILE_UNCHANGED;
	bool ok = w->is_there || look(x, w);

	if (ok && !w->is_there)
		got = file_replace(&x->folder, w->path, NULL, w->bytes, &o, x->diag);
	if (got == FILE_CHANGED)	/* by another run, perhaps, with the same picture */
		ok = look(x, w) && w->is_there;
	if (got == FILE_CHANGED && ok)
		got = FILE_UNCHANGED;
	if (got == FILE_CHANGED)
		diag_error(x->diag, STATUS_CONFLICT, w->cell->of->at, "changed-meanwhile",
		    "somebody else wrote '%.*s' while we were at work; it is left as it is",
		    STR_ARG(w->path));
	if (got == FILE_WRITTEN)
		trace("pictures", "'%.*s' written", STR_ARG(w->path));
	return ok && (got == FILE_WRITTEN || got == FILE_UNCHANGED);
}

bool
pictures_put(const struct pictures *x, struct page *p)
{
	struct wanted *list = NULL;
	bool any = false, ok;

	for (size_t i = 0; i < p->n; i++) {
		struct page_cell *c = &p->cells[i];
		struct wanted *before = list;

		if (!c->made || !c->gallery || want(x, c, &list))
			continue;
		list = before;
		c->made = NULL;
	}
	if (!list)
		return false;
	file_sweep(&x->folder, list->path, x->diag);
	ok = record(x, list);
	for (struct wanted *w = list; w; w = w->next) {
		bool is_new = !w->is_there;

		if (!ok || (w->cell->made && !write_one(x, w)))
			w->cell->made = NULL;
		any |= is_new && w->cell->made;
	}
	return any;
}

/* ---- removing ------------------------------------------------------------------------------ */

/* A folder of ours that is empty now; any other stays as it is. */
static void
remove_folder(const struct root *root, struct str picture, struct arena *a)
{
	struct str folder = path_folder(picture);
	int fd = root_folder(root, folder, false);

	if (fd == -1)
		return;
	(void)unlinkat(fd, arena_cstr(a, path_name(folder)), AT_REMOVEDIR);
	close(fd);
}

/* What is removed, and who is told. */
struct removal {
	const struct root *root;
	struct arena *arena;
	struct diag *diag;
	bool dry;
	emit_tell *tell;		/* or NULL */
	void *whom;
	size_t n;			/* how many were */
};

static void
say(const struct removal *r, enum emit_fate f, struct str path)
{
	if (r->tell)
		r->tell(r->whom, f, path, NULL);
}

/* True when the manifest has no more use for the entry. */
static bool
remove_one(struct removal *r, const struct entry *e)
{
	struct source file = { .name = e->path };
	struct file_state f;
	enum file_result got = FILE_UNCHANGED;
	char hex[HASH_HEX + 1];

	digest_hex(e->now, hex);	/* what came with a clone is no proof of what may be touched */
	if (!str_ends(path_folder(e->path), STR(".skein")) || !gallery_is_named(path_name(e->path), hex) ||
	    !file_look(r->root, e->path, &f, r->diag))
		return false;
	if (!f.exists) {	/* it was not written, or somebody was faster */
		if (!r->dry)
			remove_folder(r->root, e->path, r->arena);
		return !r->dry;
	}
	if (!digest_eq(f.digest, e->now)) {
		say(r, EMIT_KEPT, e->path);
		diag_warning(r->diag, place_file(&file), "edited-orphan",
		    "this picture was made by '%.*s', which does not show it any more, and edited since: it stays",
		    STR_ARG(e->document));
		return !r->dry;
	}
	if (!r->dry)
		got = file_remove(r->root, e->path, &e->now, r->diag);
	if (got != FILE_WRITTEN && got != FILE_UNCHANGED)	/* the next run may do better */
		return false;
	say(r, EMIT_REMOVED, e->path);
	r->n++;
	if (r->dry)
		return false;
	trace("pictures", "'%.*s' removed", STR_ARG(e->path));
	remove_folder(r->root, e->path, r->arena);
	return true;
}

static bool
links(struct str text, struct str path)
{
	struct str name = path_name(path);

	return str_find(text, name) < text.len;
}

void
pictures_sweep(const struct pictures *x, struct str text)
{
	const struct map_entry *e, *next;
	struct manifest m;
	struct lock l;
	struct removal r = { .root = x->root, .arena = x->arena, .diag = x->diag };
	bool any = false;

	if (!x->root || is_idle(x->root, x->diag) || !begin(x->root, &l, &m, x->arena, x->diag))
		return;
	for (e = map_first(&m.entries); e; e = next) {
		const struct entry *one = map_value(e);

		next = map_next(e);
		if (!str_eq(one->document, x->document) || links(text, one->path) ||
		    !remove_one(&r, one))
			continue;
		manifest_forget(&m, one->path);
		any = true;
	}
	if (any)
		manifest_write(&m, x->root, true, x->diag);
	end(&l, &m);
}

/* Does its document link it?  Also if that cannot be found out. */
static bool
is_linked(const struct root *root, const struct entry *e, struct arena *a, struct diag *d)
{
	struct file_state f;
	struct str text;

	if (!file_identify(root, e->document, &f, d))
		return true;
	if (!f.exists)
		return false;
	return !file_read(root, e->document, LARGEST, a, &text, d) || links(text, e->path);
}

/* What no document links.  A run that is at work links its pictures last: they are not touched. */
static bool
clean_one(struct removal *r, const struct entry *e)
{
	struct lock of_document;
	bool done;

	if (lock_try(&of_document, r->root, root_shown(r->root, e->document, r->arena), r->diag) != LOCK_TAKEN)
		return false;
	done = !is_linked(r->root, e, r->arena, r->diag) && remove_one(r, e);
	lock_release(&of_document);
	return done;
}

size_t
pictures_clean(const struct root *root, bool dry, emit_tell *tell, void *whom, struct diag *d)
{
	struct removal r = { .root = root, .diag = d, .dry = dry, .tell = tell, .whom = whom };
	const struct map_entry *e, *next;
	struct manifest m;
	struct arena a;
	struct lock l;
	bool any = false;

	arena_init(&a);
	r.arena = &a;
	if (!is_idle(root, d) && begin(root, &l, &m, &a, d)) {
		for (e = map_first(&m.entries); e; e = next) {
			const struct entry *one = map_value(e);

			next = map_next(e);
			if (!clean_one(&r, one))
				continue;
			manifest_forget(&m, one->path);
			any = true;
		}
		if (any)
			manifest_write(&m, root, true, d);
		end(&l, &m);
	}
	arena_release(&a);
	return r.n;
}
