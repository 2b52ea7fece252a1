#include "runner/cache/survey.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runner/cache/ledger.h"
#include "runner/cache/record.h"
#include "runner/cache/walk.h"
#include "tangle/base/arena.h"
#include "tangle/base/mem.h"

enum { MAX_RECORD = 16 << 20, MAX_FILES = UINT32_MAX - 1 };

/* What refers comes before what is referred to. */
const char survey_kinds[] = {
	KIND_LEDGER, KIND_MANIFEST, KIND_INPUTS, KIND_RESULT, KIND_FAILURE, KIND_ABOUT, KIND_RUN,
	KIND_RECORDED, KIND_TEXT, KIND_PIECES, KIND_OBJECT, '\0'
};

static const struct {
	enum kind kind;
	const char *one, *many;
} kind_names[] = {
	{ KIND_OBJECT, "object", "objects" },
	{ KIND_RESULT, "result", "results" },
	{ KIND_FAILURE, "failure", "failures" },
	{ KIND_MANIFEST, "manifest", "manifests" },
	{ KIND_INPUTS, "inputs", "lists of inputs" },
	{ KIND_RUN, "run", "runs" },
	{ KIND_RECORDED, "recording", "recorded runs" },
	{ KIND_LEDGER, "document", "documents" },
	{ KIND_PIECES, "pieces", "objects side by side" },
	{ KIND_TEXT, "text", "generated texts" },
	{ KIND_ABOUT, "about", "sources, logs and flags, for people" },
};

const char *
survey_kind_name(enum kind kind, bool many)
{
	for (size_t i = 0; i < sizeof kind_names / sizeof *kind_names; i++)
		if (kind_names[i].kind == kind)
			return many ? kind_names[i].many : kind_names[i].one;
	return many ? "files" : "file";
}

bool
survey_is_result(const struct survey_file *f)
{
	return f->kind == KIND_RESULT || f->kind == KIND_FAILURE;
}

bool
survey_is_orphan(const struct survey_file *f)
{
	return f->users == 0 && !f->is_other && (f->kind == KIND_OBJECT || f->kind == KIND_INPUTS ||
	    f->kind == KIND_MANIFEST || f->kind == KIND_ABOUT);
}

/* ---- walking ---------------------------------------------------------------------------- */

static bool
add_file(void *arg, const struct entry *e)
{
	struct survey *s = arg;

	if (s->nfiles == MAX_FILES)
		return false;
	s->files = mem_grow(s->files, &s->cap, s->nfiles + 1, sizeof *s->files);
	s->files[s->nfiles++] = (struct survey_file){ .name = e->name, .size = e->size,
	    .used = e->used, .seen = e->used, .kind = (unsigned char)e->kind,
	    .object = SURVEY_NONE, .about = SURVEY_NONE };
	return true;
}

static int
by_kind_and_name(const void *a, const void *b)
{
	const struct survey_file *x = a, *y = b;

	return x->kind != y->kind ? (x->kind > y->kind) - (x->kind < y->kind) :
	    memcmp(x->name.bytes, y->name.bytes, HASH_SIZE);
}

void
survey_walk(struct survey *s, struct folder *f)
{
	*s = (struct survey){ .folder = f };
	for (const char *kind = survey_kinds; *kind; kind++)
		walk(f, (enum kind)*kind, add_file, s);
	if (s->nfiles > 0)
		qsort(s->files, s->nfiles, sizeof *s->files, by_kind_and_name);
}

void
survey_release(struct survey *s)
{
	mem_free(s->files);
	mem_free(s->links);
	*s = (struct survey){0};
}

uint32_t
survey_find(const struct survey *s, enum kind kind, const struct digest *name)
{
	struct survey_file key = { .name = *name, .kind = (unsigned char)kind };
	const struct survey_file *found = s->nfiles == 0 ? NULL :
	    bsearch(&key, s->files, s->nfiles, sizeof key, by_kind_and_name);

	return found ? (uint32_t)(found - s->files) : SURVEY_NONE;
}

uint32_t
survey_find_result(const struct survey *s, const struct digest *name)
{
	uint32_t at = survey_find(s, KIND_RESULT, name);

	return at != SURVEY_NONE ? at : survey_find(s, KIND_FAILURE, name);
}

/* ---- who names whom --------------------------------------------------------------------- */

/* Note a name; false if nothing has it. */
static bool
use(struct survey *s, uint32_t at)
{
	if (at == SURVEY_NONE)
		return false;
	s->files[at].users++;
	return true;
}

static void
add_link(struct survey *s, uint32_t manifest, const struct alternative *x)
{
	struct survey_link l = { .manifest = manifest,
	    .set = survey_find(s, KIND_INPUTS, &x->inputs),
	    .result = survey_find(s, x->is_failure ? KIND_FAILURE : KIND_RESULT, &x->result) };

	if (l.set == SURVEY_NONE || l.result == SURVEY_NONE)
		s->files[manifest].is_dangling = true;
	if (l.result == SURVEY_NONE)
		return;
	use(s, l.set);
	use(s, l.result);
	use(s, manifest);
	s->links = mem_grow(s->links, &s->cap_links, s->nlinks + 1, sizeof *s->links);
	s->links[s->nlinks++] = l;
}

/* A file that cannot be used, if it is still there. */
static void
set_aside(struct survey *s, struct survey_file *f, struct str text)
{
	f->is_other = record_is_other(text);
	f->is_damaged = !f->is_other;
	s->nothers += f->is_other;
}

static void
read_manifest(struct survey *s, uint32_t at, struct arena *a)
{
	struct survey_file *f = &s->files[at];
	struct str text = {0};
	struct manifest m;

	if (!folder_read(s->folder, KIND_MANIFEST, &f->name, MAX_RECORD, false, a, &text) ||
	    !record_read_manifest(text, &f->name, a, &m)) {
		set_aside(s, f, text);
		return;
	}
	for (size_t i = 0; i < m.n; i++)
		add_link(s, at, &m.list[i]);
}

static void
read_result(struct survey *s, uint32_t at, struct arena *a)
{
	struct survey_file *f = &s->files[at];
	struct result r = { .is_failure = f->kind == KIND_FAILURE };
	struct str text = {0};

	if (!folder_read(s->folder, (enum kind)f->kind, &f->name, MAX_RECORD, false, a, &text) ||
	    !result_read(text, &f->name, a, &r)) {
		set_aside(s, f, text);
		return;
	}
	f->took = r.nanoseconds;
	f->about = survey_find(s, KIND_ABOUT, &f->name);
	use(s, f->about);
	if (!r.is_failure) {
		f->object = survey_find(s, KIND_OBJECT, &r.object);
		f->is_dangling = !use(s, f->object);
	}
}

/* What a document's last run used was of use when the document ran. */
static void
mark_used(struct survey *s, const struct ledger_entry *e, int64_t when)
{
	uint32_t at = e->is_kept ? survey_find_result(s, &e->result) : SURVEY_NONE;

	if (at != SURVEY_NONE && s->files[at].used < when)
		s->files[at].used = when;
}

/* A folder that is gone too may be on a disk that is not there just now. */
static bool
is_document_gone(struct str document, struct arena *a)
{
	char *path = arena_cstr(a, document), *slash = strrchr(path, '/');

	if (access(path, F_OK) == 0 || errno != ENOENT || !slash || slash == path)
		return false;
	*slash = '\0';
	return access(path, F_OK) == 0;
}

static void
read_ledger(struct survey *s, uint32_t at, struct arena *a)
{
	struct survey_file *f = &s->files[at];
	struct ledger l;
	enum ledger_state state = ledger_read_named(s->folder, &f->name, a, &l);

	f->is_other = state == LEDGER_NEWER;
	s->nothers += f->is_other;
	if (state != LEDGER_READ)
		return;
	f->is_stale = is_document_gone(l.document, a);
	for (size_t i = 0; i < l.n; i++) {
		mark_used(s, &l.lines[i].entry, f->used);
		for (size_t k = 0; k < l.lines[i].nbefore; k++)
			mark_used(s, &l.lines[i].before[k], f->used);
	}
}

static int
by_result(const void *a, const void *b)
{
	const struct survey_link *x = a, *y = b;

	return (x->result > y->result) - (x->result < y->result);
}

static void
index_links(struct survey *s)
{
	if (s->nlinks > 0)
		qsort(s->links, s->nlinks, sizeof *s->links, by_result);
	for (size_t i = 0; i < s->nlinks; i++) {
		struct survey_file *r = &s->files[s->links[i].result];

		if (r->nlinks++ == 0)
			r->first = (uint32_t)i;
	}
}

void
survey_read(struct survey *s, struct folder *f)
{
	struct arena a;

	survey_walk(s, f);
	for (size_t i = 0; i < s->nfiles; i++) {
		arena_init(&a);
		if (s->files[i].kind == KIND_MANIFEST)
			read_manifest(s, (uint32_t)i, &a);
		else if (survey_is_result(&s->files[i]))
			read_result(s, (uint32_t)i, &a);
		else if (s->files[i].kind == KIND_LEDGER)
			read_ledger(s, (uint32_t)i, &a);
		arena_release(&a);
	}
	index_links(s);
}
