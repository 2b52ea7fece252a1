#include "tangle/emit/emit.h"

#include <stdint.h>

#include "tangle/base/arena.h"
#include "tangle/base/buf.h"
#include "tangle/base/diag.h"
#include "tangle/base/file.h"
#include "tangle/base/lock.h"
#include "tangle/base/map.h"
#include "tangle/base/mem.h"
#include "tangle/base/root.h"
#include "tangle/base/trace.h"
#include "tangle/emit/excerpt.h"
#include "tangle/emit/manifest.h"
#include "tangle/emit/path.h"

enum { PERMISSIONS = 0777, MOST_OPEN = 64 };

enum action {
	LEAVE,			/* equal, and known to be ours */
	ADOPT,			/* equal, but not known */
	CREATE, RECREATE,
	REPLACE,
	OVERWRITE,		/* edited, but --force */
	CHANGE_MODE,
	KEEP_FULL,		/* an empty block never replaces somebody's file */
	CONFLICT
};

struct plan {
	const struct target *target;
	struct str path, document;
	const struct entry *known;
	struct file_state old;
	struct digest now;
	enum action action;
	struct change change;
};

struct emission {
	const struct root *root;
	const struct emit_options *options;
	struct emit_counts *counts;
	struct diag *diag;
	struct arena arena;
	struct manifest manifest;
	struct map paths;		/* of targets: path -> struct target */
	struct map folded;		/* the same, paths in lower case */
	struct map documents;		/* of this run: path below the root -> itself */
	struct map inodes;		/* of documents, by device and inode */
	struct map names;		/* of documents: as the user names them -> path below the root */
	struct plan *plans;
	size_t n;
};

static bool
is_read_only(const struct emission *x)
{
	return x->options->check || x->options->dry;
}

/*
 * Paths
 */

static struct str
lower(struct arena *a, struct str s)
{
	char *p = arena_cstr(a, s);

	for (size_t i = 0; i < s.len; i++)
		if (p[i] >= 'A' && p[i] <= 'Z')
			p[i] = (char)(p[i] - 'A' + 'a');
	return (struct str){ p, s.len };
}

static bool
twins(struct emission *x, const struct target *one, const struct target *two,
    const char *id, const char *how)
{
	diag_error(x->diag, STATUS_STRUCTURE, two->at, id, "target '%.*s' %s '%.*s'",
	    STR_ARG(two->path), how, STR_ARG(one->path));
	diag_note(x->diag, one->at, "that one is here");
	return false;
}

static bool
name_paths(struct emission *x, const struct target *targets, size_t n)
{
	bool ok = true;

	for (size_t i = 0; i < n; i++) {
		const struct target *t = &targets[i], *other;
		struct str path, low;

		if (!target_path(&path, t->path, x->options->trusted, &x->arena, t->at, x->diag)) {
			ok = false;
			continue;
		}
		if (t->mode > PERMISSIONS) {
			diag_error(x->diag, STATUS_REFUSED, t->at, "refused-mode",
			    "mode %o is refused: only permission bits can be set",
			    (unsigned)t->mode);
			ok = false;
		}
		low = lower(&x->arena, path);
		other = map_get(&x->folded, low);
		if (other)
			ok = twins(x, other, t, "target-twins", map_get(&x->paths, path)
			    ? "is the same file as" : "differs only in case from");
		else
			map_put(&x->folded, low, (void *)t);
		map_put(&x->paths, path, (void *)t);
	}
	return ok;
}

/* No target is a folder of another. */
static bool
check_folders(struct emission *x)
{
	bool ok = true;

	for (const struct map_entry *e = map_first(&x->folded); e; e = map_next(e)) {
		struct str folder = path_folder(map_key(e));

		for (; folder.len > 0; folder = path_folder(folder)) {
			const struct target *file = map_get(&x->folded, folder);

			if (file)
				ok = twins(x, file, map_value(e), "target-prefix",
				    "needs a folder where there is a target");
		}
	}
	return ok;
}

/* A document's name in the manifest. */
static struct str
document_name(struct emission *x, struct str as_named)
{
	struct str *path = map_get(&x->names, as_named);

	if (!path) {
		path = arena_alloc(&x->arena, 1, sizeof *path);
		*path = root_relative(x->root, as_named, &x->arena);
		map_put(&x->names, as_named, path);
	}
	return *path;
}

static struct str
identity(struct emission *x, const struct file_state *f)
{
	return arena_printf(&x->arena, "%ju %ju", (uintmax_t)f->dev, (uintmax_t)f->ino);
}

static void
name_documents(struct emission *x)
{
	for (size_t i = 0; i < x->options->ndocuments; i++) {
		struct str path = x->options->documents[i];
		struct file_state f;

		map_put(&x->documents, document_name(x, path), x);
		if (file_identify(NULL, path, &f))
			map_put(&x->inodes, identity(x, &f), x);
	}
}

/*
 * Planning
 */

/* A document of this run under whatever name: a hard link, another case. */
static bool
is_document(struct emission *x, const struct plan *p)
{
	return map_get(&x->documents, p->path) ||
	    (p->old.exists && map_get(&x->inodes, identity(x, &p->old)));
}

static enum action
decide(const struct emission *x, const struct plan *p)
{
	const struct target *t = p->target;
	bool ours = p->known && entry_is_ours(p->known, p->old.digest);

	if (!p->old.exists)
		return p->known ? RECREATE : CREATE;
	if (digest_eq(p->old.digest, p->now)) {
		if (t->mode >= 0 && (mode_t)t->mode != (p->old.mode & PERMISSIONS))
			return CHANGE_MODE;
		return p->known && digest_eq(p->known->now, p->now) &&
		    str_eq(p->known->document, p->document) ? LEAVE : ADOPT;
	}
	if (ours)
		return REPLACE;
	if (t->text.len == 0)
		return KEEP_FULL;
	return x->options->force ? OVERWRITE : CONFLICT;
}

static void
say_conflict(struct emission *x, const struct plan *p)
{
	diag_error(x->diag, STATUS_CONFLICT, p->target->at, "edited-target",
	    p->known ? "'%.*s' was edited since we wrote it; --force replaces it and keeps a copy"
	    : "'%.*s' is there already, with other content; --force replaces it and keeps a copy",
	    STR_ARG(p->path));
	excerpt_say(x->root, p->path, &p->old, p->target->text, x->diag);
	x->counts->conflicts++;
}

static void
say_stale(struct emission *x, const struct plan *p)
{
	x->counts->stale++;
	diag_error(x->diag, STATUS_DIFFERS, p->target->at, "stale-target",
	    !p->old.exists ? "'%.*s' is missing" : p->action == CHANGE_MODE
	    ? "'%.*s' has another mode" : "'%.*s' differs from the document",
	    STR_ARG(p->path));
	if (p->old.exists && p->action != CHANGE_MODE)
		excerpt_say(x->root, p->path, &p->old, p->target->text, x->diag);
}

static bool
is_change(enum action a)
{
	return a == CREATE || a == RECREATE || a == REPLACE || a == OVERWRITE || a == CHANGE_MODE;
}

/* What is decided, and what is said about it before anything is written. */
static bool
say_decision(struct emission *x, const struct plan *p)
{
	static const char *const words[] = {
		[LEAVE] = "left, same content", [ADOPT] = "left, same content, now known",
		[CREATE] = "created", [RECREATE] = "created again", [REPLACE] = "written",
		[OVERWRITE] = "overwritten", [CHANGE_MODE] = "mode changed",
		[KEEP_FULL] = "left, the block is empty", [CONFLICT] = "left, edited"
	};

	trace("emit", "'%.*s' %s", STR_ARG(p->path), words[p->action]);
	if (x->options->check && (is_change(p->action) || p->action == CONFLICT)) {
		say_stale(x, p);
		return true;
	}
	if (p->action == CONFLICT) {
		say_conflict(x, p);
		return false;
	}
	if (p->action == KEEP_FULL)
		diag_warning(x->diag, p->target->at, "empty-target",
		    "'%.*s' is there already, and an empty block never replaces a file",
		    STR_ARG(p->path));
	return true;
}

static bool
plan_one(struct emission *x, const struct target *t, struct str path)
{
	struct plan *p = &x->plans[x->n];

	*p = (struct plan){ .target = t, .path = path, .now = hash_of(t->text) };
	p->document = t->at.source ? document_name(x, t->at.source->name) : STR("-");
	p->known = manifest_find(&x->manifest, path);
	if (!file_look(x->root, path, &p->old, x->diag))
		return false;
	if (is_document(x, p)) {
		diag_error(x->diag, STATUS_REFUSED, t->at, "refused-path",
		    "'%.*s' is refused as a target: it is a document of this run",
		    STR_ARG(path));
		return false;
	}
	x->n++;
	p->action = decide(x, p);
	return say_decision(x, p);
}

static bool
plan_all(struct emission *x)
{
	bool ok = true;

	x->plans = mem_alloc(map_count(&x->paths), sizeof *x->plans);
	for (const struct map_entry *e = map_first(&x->paths); e; e = map_next(e)) {
		const struct target *t = map_value(e);

		if (!t->broken && !plan_one(x, t, map_key(e)))
			ok = false;
	}
	return ok;
}

/*
 * Writing
 */

static void
sweep(struct emission *x)
{
	struct map folders = {0};

	for (const struct map_entry *e = map_first(&x->paths); e; e = map_next(e)) {
		struct str folder = path_folder(map_key(e));

		if (!map_get(&folders, folder))
			file_sweep(x->root, map_key(e), x->diag);
		map_put(&folders, folder, x);
	}
	map_release(&folders);
}

static enum file_result
prepare(const struct emission *x, struct plan *p)
{
	struct file_options o = { .mode = p->target->mode, .durable = !x->options->relaxed,
	    .make_folders = true, .keep = p->action == OVERWRITE };

	return change_prepare(&p->change, x->root, p->path,
	    p->old.exists ? &p->old.digest : NULL, p->target->text, &o, x->diag);
}

static bool
say_meanwhile(const struct emission *x, const struct plan *p)
{
	diag_error(x->diag, STATUS_CONFLICT, p->target->at, "changed-meanwhile",
	    "somebody else wrote '%.*s' while we were at work; nothing was written",
	    STR_ARG(p->path));
	return false;
}

/* One step for all; a step is done in portions, since prepared changes are open. */
static bool
prepare_all(struct emission *x)
{
	for (size_t from = 0; from < x->n; from += MOST_OPEN) {
		size_t to = from + MOST_OPEN < x->n ? from + MOST_OPEN : x->n;

		for (size_t i = from; i < to; i++) {
			enum file_result result;

			if (!is_change(x->plans[i].action))
				continue;
			result = prepare(x, &x->plans[i]);
			if (result == FILE_UNCHANGED)	/* somebody was faster, and agrees */
				x->plans[i].action = ADOPT;
			if (result == FILE_CHANGED)
				return say_meanwhile(x, &x->plans[i]);
			if (result == FILE_FAILED)
				return false;
		}
		for (size_t i = from; i < to; i++)
			if (is_change(x->plans[i].action) &&
			    !change_settle(&x->plans[i].change, x->diag))
				return false;
	}
	return true;
}

static bool
commit_all(struct emission *x)
{
	for (size_t i = 0; i < x->n; i++) {
		enum file_result result;

		if (!is_change(x->plans[i].action))
			continue;
		result = change_commit(&x->plans[i].change, x->diag);
		if (result == FILE_CHANGED)
			return say_meanwhile(x, &x->plans[i]);
		if (result != FILE_WRITTEN)
			return false;
	}
	return true;
}

static bool
sync_folders(struct emission *x)
{
	struct map folders = {0};
	bool ok = true;

	for (size_t i = 0; i < x->n && !x->options->relaxed; i++) {
		struct str folder = path_folder(x->plans[i].path);

		if (!is_change(x->plans[i].action) || map_get(&folders, folder))
			continue;
		map_put(&folders, folder, x);
		ok = file_sync_folder(x->root, x->plans[i].path, x->diag) && ok;
	}
	map_release(&folders);
	return ok;
}

static bool
finish_all(struct emission *x)
{
	bool ok = true;

	for (size_t i = 0; i < x->n; i++) {
		struct plan *p = &x->plans[i];

		if (!is_change(p->action))
			continue;
		ok = change_finish(&p->change, x->diag) && ok;
		if (p->change.saved[0])
			diag_warning(x->diag, p->target->at, "kept-copy",
			    "the edited '%.*s' is kept as '%s' in the same folder",
			    STR_ARG(p->path), p->change.saved);
		if (p->action == RECREATE)
			diag_note(x->diag, p->target->at, "'%.*s' was gone and is made again",
			    STR_ARG(p->path));
	}
	return ok;
}

static bool
write_all(struct emission *x)
{
	if (prepare_all(x) && commit_all(x) && sync_folders(x))
		return finish_all(x);
	for (size_t i = x->n; i-- > 0;)
		if (x->plans[i].change.step != CHANGE_IDLE)
			change_undo(&x->plans[i].change, x->diag);
	return false;
}

/*
 * The manifest
 */

/* True if it has to be written. */
static bool
record(struct emission *x)
{
	bool any = false;

	for (size_t i = 0; i < x->n; i++) {
		const struct plan *p = &x->plans[i];
		/* An edited file is about to be kept beside: it never was ours. */
		bool ours = p->old.exists && p->action == REPLACE;

		if (p->action == LEAVE || p->action == KEEP_FULL || p->action == CONFLICT)
			continue;
		if (p->action == CHANGE_MODE && p->known && digest_eq(p->known->now, p->now))
			continue;
		manifest_put(&x->manifest, p->path, p->document, ours ? &p->old.digest : NULL,
		    p->now);
		any = true;
	}
	return any;
}

/* Is there still a document of that name in the manifest? */
static bool
document_exists(const struct emission *x, struct str document)
{
	struct file_state f;

	return file_identify(str_starts(document, STR("/")) ? NULL : x->root, document, &f);
}

static bool
is_orphan(const struct emission *x, const struct entry *e)
{
	return !map_get(&x->paths, e->path) &&
	    (map_get(&x->documents, e->document) || !document_exists(x, e->document));
}

static void
say_orphans(struct emission *x)
{
	for (const struct map_entry *m = map_first(&x->manifest.entries); m; m = map_next(m)) {
		const struct entry *e = map_value(m);
		struct file_state f;

		if (!is_orphan(x, e) || !file_identify(x->root, e->path, &f))
			continue;
		x->counts->orphans++;
		diag_note(x->diag, PLACE_NONE,
		    "'%.*s' was made from '%.*s', which no longer names it; skein clean removes it",
		    STR_ARG(e->path), STR_ARG(e->document));
	}
}

static void
count(struct emission *x)
{
	for (size_t i = 0; i < x->n; i++) {
		enum action a = x->plans[i].action;

		x->counts->written += is_change(a);
		x->counts->unchanged += a == LEAVE || a == ADOPT || a == KEEP_FULL;
		x->counts->adopted += a == ADOPT;
	}
}

static bool
emit(struct emission *x)
{
	if (!manifest_read(&x->manifest, x->root, &x->arena, x->diag) || !plan_all(x))
		return false;
	say_orphans(x);
	if (!is_read_only(x)) {
		if (record(x) && !manifest_write(&x->manifest, x->root, !x->options->relaxed, x->diag))
			return false;
		if (!write_all(x))
			return false;
	}
	if (!x->options->check)
		count(x);
	return x->counts->stale == 0;
}

/*
 * Cleaning
 */

static void
say_edited(struct emission *x, const struct entry *e)
{
	diag_warning(x->diag, PLACE_NONE, "edited-orphan",
	    "'%.*s', made from '%.*s', was edited since and stays", STR_ARG(e->path),
	    STR_ARG(e->document));
}

/* True when the manifest has no more use for the entry. */
static bool
clean_one(struct emission *x, const struct entry *e)
{
	struct file_state f;
	struct str path;

	/* A manifest that came with a clone is no proof of what it may touch. */
	if (!target_path(&path, e->path, true, &x->arena, PLACE_NONE, x->diag) ||
	    !file_look(x->root, path, &f, x->diag))
		return false;
	if (!f.exists)
		return true;
	if (!entry_is_ours(e, f.digest)) {
		say_edited(x, e);
		return false;
	}
	if (!x->options->dry) {
		enum file_result result = file_remove(x->root, path, &f.digest, x->diag);

		if (result == FILE_CHANGED)
			say_edited(x, e);
		if (result == FILE_CHANGED || result == FILE_FAILED)
			return false;
	}
	trace("emit", "'%.*s' removed", STR_ARG(path));
	x->counts->removed++;
	return true;
}

static bool
clean(struct emission *x)
{
	const struct map_entry *e, *next;

	if (!manifest_read(&x->manifest, x->root, &x->arena, x->diag))
		return false;
	for (e = map_first(&x->manifest.entries); e; e = next) {
		const struct entry *one = map_value(e);

		next = map_next(e);
		if (is_orphan(x, one) && clean_one(x, one))
			manifest_forget(&x->manifest, one->path);
	}
	return x->options->dry || !x->manifest.exists ||
	    manifest_write(&x->manifest, x->root, !x->options->relaxed, x->diag);
}

/*
 * The two calls
 */

/* Has anything ever been written below this root? */
static bool
has_manifest(const struct root *root)
{
	struct file_state f;

	return file_identify(root, STR(".skein/manifest"), &f);
}

static void
begin(struct emission *x, const struct root *root, const struct emit_options *o,
    struct emit_counts *counts, struct diag *d)
{
	*counts = (struct emit_counts){0};
	*x = (struct emission){ .root = root, .options = o, .counts = counts, .diag = d };
	arena_init(&x->arena);
	name_documents(x);
}

static void
end(struct emission *x)
{
	map_release(&x->paths);
	map_release(&x->folded);
	map_release(&x->documents);
	map_release(&x->inodes);
	map_release(&x->names);
	manifest_release(&x->manifest);
	mem_free(x->plans);
	arena_release(&x->arena);
}

/* Another run's temporary files are not swept while it holds the lock. */
static bool
take_turn(struct emission *x, struct lock *l)
{
	*l = (struct lock){0};
	if (is_read_only(x))
		return true;
	if (!lock_take(l, x->root, STR(""), x->options->wait, x->diag))
		return false;
	sweep(x);
	return true;
}

static bool
work(const struct root *root, const struct target *targets, size_t ntargets,
    const struct emit_options *o, struct emit_counts *counts, struct diag *d,
    bool (*what)(struct emission *x))
{
	struct emission x;
	struct lock turn;
	bool ok;

	begin(&x, root, o, counts, d);
	ok = name_paths(&x, targets, ntargets);
	ok = check_folders(&x) && ok;
	if (ok && (ntargets > 0 || has_manifest(root)) && (ok = take_turn(&x, &turn))) {
		ok = what(&x);
		lock_release(&turn);
	}
	end(&x);
	return ok;
}

bool
emit_files(const struct root *root, const struct target *targets, size_t ntargets,
    const struct emit_options *o, struct emit_counts *counts, struct diag *d)
{
	return work(root, targets, ntargets, o, counts, d, emit);
}

bool
emit_clean(const struct root *root, const struct target *targets, size_t ntargets,
    const struct emit_options *o, struct emit_counts *counts, struct diag *d)
{
	return work(root, targets, ntargets, o, counts, d, clean);
}
