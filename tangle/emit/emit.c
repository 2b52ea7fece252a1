#include "tangle/emit/emit.h"

#include "tangle/base/diag.h"
#include "tangle/base/file.h"
#include "tangle/base/lock.h"
#include "tangle/base/mem.h"
#include "tangle/base/root.h"
#include "tangle/base/trace.h"
#include "tangle/emit/path.h"
#include "tangle/emit/plan.h"

enum { MOST_OPEN = 64 };

static bool
is_read_only(const struct emission *x)
{
	return x->options->check || x->options->dry;
}

const char *
emit_word(enum emit_fate f)
{
	static const char *const words[] = {
		[EMIT_SAME] = "same", [EMIT_CREATED] = "created", [EMIT_REPLACED] = "written",
		[EMIT_MODE] = "mode", [EMIT_KEPT] = "kept", [EMIT_CONFLICT] = "conflict",
		[EMIT_LEFT] = "left", [EMIT_ORPHAN] = "orphan", [EMIT_REMOVED] = "removed"
	};

	return words[f];
}

static void
tell(const struct emission *x, enum emit_fate f, struct str path, const struct target *t)
{
	if (x->options->tell)
		x->options->tell(x->options->whom, f, path, t);
}

struct str
target_text(const struct target *t, struct buf *made)
{
	if (!t->write)
		return t->text;
	buf_clear(made);
	t->write(t, made);
	return buf_str(made);
}

/*
 * Writing
 */

static void
sweep_folder(struct emission *x, struct map *folders, struct str path)
{
	struct str folder = path_folder(path);

	if (!map_get(folders, folder))
		file_sweep(x->root, path, x->diag);
	map_put(folders, folder, x);
}

/*
 * What killed runs left, wherever they may have written.  No other run is at
 * work here: we hold the lock.
 */
static void
sweep(struct emission *x)
{
	struct map folders = {0};

	if (is_read_only(x))
		return;
	sweep_folder(x, &folders, STR(".skein/manifest"));
	for (const struct map_entry *e = map_first(&x->paths); e; e = map_next(e))
		sweep_folder(x, &folders, map_key(e));
	for (const struct map_entry *e = map_first(&x->manifest.entries); e; e = map_next(e))
		sweep_folder(x, &folders, map_key(e));
	map_release(&folders);
}

static enum file_result
prepare(struct emission *x, struct plan *p)
{
	struct file_options o = { .mode = p->target->mode, .durable = !x->options->relaxed,
	    .make_folders = true, .keep = p->action == OVERWRITE };

	return change_prepare(&p->change, x->root, p->path, NULL,
	    p->old.exists ? &p->old.digest : NULL, target_text(p->target, &x->text), &o, x->diag);
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

			if (!plan_is_change(x->plans[i].action))
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
			if (plan_is_change(x->plans[i].action) &&
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

		if (!plan_is_change(x->plans[i].action))
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

		if (!plan_is_change(x->plans[i].action) || map_get(&folders, folder))
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

		if (!plan_is_change(p->action))
			continue;
		ok = change_finish(&p->change, x->diag) && ok;
		if (p->change.saved[0])
			diag_warning(x->diag, p->target->at, "kept-copy",
			    "the edited '%.*s' is kept as '%s' in the same folder",
			    STR_ARG(p->path), p->change.saved);
		if (p->action == RECREATE && !x->diag->quiet) {
			x->diag->silent_note = false;	/* it belongs to no other message */
			diag_note(x->diag, p->target->at, "'%.*s' was gone and is made again",
			    STR_ARG(p->path));
		}
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

/*
 * Is the entry's target no longer named by its document, which is one of this
 * run or is gone?  False as well (and said) when that cannot be found out.
 */
static bool
is_orphan(const struct emission *x, const struct entry *e)
{
	struct file_state f;

	if (map_get(&x->paths, e->path))
		return false;
	if (map_get(&x->documents, e->document))
		return true;
	return file_identify(str_starts(e->document, STR("/")) ? NULL : x->root, e->document,
	    &f, x->diag) && !f.exists;
}

static void
say_orphans(struct emission *x)
{
	for (const struct map_entry *m = map_first(&x->manifest.entries); m; m = map_next(m)) {
		const struct entry *e = map_value(m);
		struct file_state f;

		if (!is_orphan(x, e) || !file_identify(x->root, e->path, &f, x->diag) || !f.exists)
			continue;
		x->counts->orphans++;
		tell(x, EMIT_ORPHAN, e->path, NULL);
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

		x->counts->written += plan_is_change(a);
		x->counts->unchanged += a == LEAVE || a == ADOPT || a == KEEP_FULL;
		x->counts->adopted += a == ADOPT;
	}
}

static enum emit_fate
fate_of(enum action a)
{
	switch (a) {
	case LEAVE:
	case ADOPT:
		break;
	case CREATE:
	case RECREATE:
		return EMIT_CREATED;
	case REPLACE:
	case OVERWRITE:
		return EMIT_REPLACED;
	case CHANGE_MODE:
		return EMIT_MODE;
	case KEEP_FULL:
		return EMIT_KEPT;
	case CONFLICT:
		return EMIT_CONFLICT;
	}
	return EMIT_SAME;
}

static void
tell_all(const struct emission *x, bool done)
{
	for (size_t i = 0; i < x->n; i++) {
		const struct plan *p = &x->plans[i];

		tell(x, !done && plan_is_change(p->action) ? EMIT_LEFT : fate_of(p->action),
		    p->path, p->target);
	}
}

/* The manifest first: what it does not know is never ours. */
static bool
take_over(struct emission *x)
{
	return (!record(x) ||
	    manifest_write(&x->manifest, x->root, !x->options->relaxed, x->diag)) &&
	    write_all(x);
}

static bool
emit(struct emission *x)
{
	if (!manifest_read(&x->manifest, x->root, &x->arena, x->diag))
		return false;
	sweep(x);
	if (!plan_all(x)) {
		tell_all(x, false);
		return false;
	}
	say_orphans(x);
	if (!is_read_only(x) && !take_over(x)) {
		tell_all(x, false);
		return false;
	}
	tell_all(x, true);
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
	struct source file = { .name = e->path };

	tell(x, EMIT_KEPT, e->path, NULL);
	diag_warning(x->diag, place_file(&file), "edited-orphan",
	    "this was made from '%.*s', which does not name it any more, and edited since: it stays",
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
	tell(x, EMIT_REMOVED, path, NULL);
	x->counts->removed++;
	return true;
}

static bool
clean(struct emission *x)
{
	const struct map_entry *e, *next;

	if (!manifest_read(&x->manifest, x->root, &x->arena, x->diag))
		return false;
	sweep(x);
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

/* Nothing to write, and nothing was ever written below this root. */
static bool
is_idle(const struct emission *x)
{
	struct file_state f;

	return map_count(&x->paths) == 0 &&
	    file_identify(x->root, STR(".skein/manifest"), &f, x->diag) && !f.exists;
}

static void
begin(struct emission *x, const struct root *root, const struct emit_options *o,
    struct emit_counts *counts, struct diag *d)
{
	*counts = (struct emit_counts){0};
	*x = (struct emission){ .root = root, .options = o, .counts = counts, .diag = d };
	arena_init(&x->arena);
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
	buf_release(&x->text);
	arena_release(&x->arena);
}

static bool
take_turn(struct emission *x, struct lock *l)
{
	*l = (struct lock){0};
	return is_read_only(x) || lock_take(l, x->root, STR(""), x->options->wait, x->diag);
}

static bool
work(const struct root *root, const struct target *targets, size_t ntargets,
    const struct emit_options *o, struct emit_counts *counts, struct diag *d,
    bool (*what)(struct emission *x))
{
	size_t errors = d->errors;
	struct emission x;
	struct lock turn;
	bool ok;

	begin(&x, root, o, counts, d);
	ok = plan_names(&x, targets, ntargets);
	if (ok && !is_idle(&x) && (ok = take_turn(&x, &turn))) {
		ok = what(&x);
		lock_release(&turn);
	}
	end(&x);
	return ok && d->errors == errors;
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
