#include "tangle/emit/plan.h"

#include <stdint.h>

#include "tangle/base/diag.h"
#include "tangle/base/file.h"
#include "tangle/base/fold.h"
#include "tangle/base/mem.h"
#include "tangle/base/root.h"
#include "tangle/base/trace.h"
#include "tangle/emit/emit.h"
#include "tangle/emit/excerpt.h"
#include "tangle/emit/path.h"

enum { PERMISSIONS = 0777 };

/*
 * Paths
 */

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
		struct str path, folded;

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
		folded = fold_name(path, &x->arena);
		other = map_get(&x->folded, folded);
		if (other)
			ok = twins(x, other, t, "target-twins", map_get(&x->paths, path)
			    ? "is the same file as" : "differs only in case or in the form of its letters from");
		else
			map_put(&x->folded, folded, (void *)t);
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

static bool
name_documents(struct emission *x)
{
	bool ok = true;

	for (size_t i = 0; i < x->options->ndocuments; i++) {
		struct str path = x->options->documents[i];
		struct file_state f;

		map_put(&x->documents, document_name(x, path), x);
		if (!file_identify(NULL, path, &f, x->diag))
			ok = false;
		else if (f.exists)
			map_put(&x->inodes, identity(x, &f), x);
	}
	return ok;
}

bool
plan_names(struct emission *x, const struct target *targets, size_t n)
{
	bool ok = name_documents(x);

	ok = name_paths(x, targets, n) && ok;
	return check_folders(x) && ok;
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
	if (p->is_empty)
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
	excerpt_say(x->root, p->path, &p->old, target_text(p->target, &x->text), x->diag);
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
		excerpt_say(x->root, p->path, &p->old, target_text(p->target, &x->text), x->diag);
}

bool
plan_is_change(enum action a)
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
	if (x->options->existing_only && !p->old.exists)
		return true;
	if (x->options->check && (plan_is_change(p->action) || p->action == CONFLICT)) {
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

/* A document that is not of this run, but is still there. */
static bool
is_elsewhere(const struct emission *x, struct str document)
{
	struct file_state f;

	return !map_get(&x->documents, document) && !str_eq(document, STR("-")) &&
	    file_identify(str_starts(document, STR("/")) ? NULL : x->root, document, &f, x->diag) &&
	    f.exists;
}

/* Two documents that are tangled one by one would write the target in turn. */
static bool
is_taken(const struct emission *x, const struct plan *p)
{
	if (p->action != REPLACE || x->options->check || x->options->force ||
	    str_eq(p->known->document, p->document) || !is_elsewhere(x, p->known->document))
		return false;
	diag_error(x->diag, STATUS_STRUCTURE, p->target->at, "target-twins",
	    "target '%.*s' was made from '%.*s'; if its block has moved, give both documents",
	    STR_ARG(p->path), STR_ARG(p->known->document));
	return true;
}

static bool
plan_one(struct emission *x, const struct target *t, struct str path)
{
	struct plan *p = &x->plans[x->n];
	struct str text = target_text(t, &x->text);

	*p = (struct plan){ .target = t, .path = path, .now = hash_of(text),
	    .is_empty = text.len == 0 };
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
	return !is_taken(x, p) && say_decision(x, p);
}

bool
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
