#define _GNU_SOURCE	/* close_range */
#include "runner/cache/gc.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "runner/cache/budget.h"
#include "runner/cache/gate.h"
#include "runner/cache/record.h"
#include "runner/cache/stats.h"
#include "runner/cache/trees.h"
#include "tangle/base/arena.h"
#include "tangle/base/buf.h"
#include "tangle/base/diag.h"
#include "tangle/base/mem.h"
#include "tangle/base/trace.h"
#include "tangle/project/settings.h"

#define SECOND	INT64_C(1000000000)
#define HOUR	(3600 * SECOND)
#define DAY	(24 * HOUR)

enum { MAX_RECORD = 16 << 20, MAX_KEPT = 64 };

static struct survey_file *
file_at(struct gc *g, uint32_t at)
{
	return &g->survey.files[at];
}

static void
heal_times(struct gc *g)
{
	for (size_t i = 0; i < g->survey.nfiles; i++) {
		struct survey_file *f = &g->survey.files[i];

		if (f->seen > g->now + HOUR)
			folder_renew(g->survey.folder, (enum kind)f->kind, &f->name, &f->seen);
	}
}

void
gc_begin(struct gc *g, struct folder *f)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	*g = (struct gc){ .now = t.tv_sec * SECOND + t.tv_nsec };
	survey_read(&g->survey, f);
	g->others_run = gate_is_held(f, GATE_LIVE);
	for (size_t i = 0; i < g->survey.nfiles; i++) {
		struct survey_file *x = &g->survey.files[i];

		g->total += budget_room(x->size);
		x->used = x->used > g->now ? g->now : x->used;
	}
}

void
gc_end(struct gc *g)
{
	survey_release(&g->survey);
}

void
gc_pin(struct gc *g, uint32_t at)
{
	if (at != SURVEY_NONE)
		file_at(g, at)->is_pinned = true;
}

/* ---- the plan --------------------------------------------------------------------------- */

static void
doom_one(struct gc *g, uint32_t at)
{
	struct survey_file *f = file_at(g, at);

	if (f->goes)
		return;
	f->goes = true;
	g->freed += budget_room(f->size);
	g->nfreed++;
}

/* One user less; the last one takes it along. */
static void
release(struct gc *g, uint32_t at)
{
	if (at != SURVEY_NONE && --file_at(g, at)->users == 0)
		doom_one(g, at);
}

void
gc_doom(struct gc *g, uint32_t at)
{
	struct survey_file *f = file_at(g, at);

	if (f->goes || f->is_pinned)
		return;
	doom_one(g, at);
	if (!survey_is_result(f))
		return;
	release(g, f->object);
	release(g, f->about);
	for (uint32_t i = 0; i < f->nlinks; i++) {
		release(g, g->survey.links[f->first + i].manifest);
		release(g, g->survey.links[f->first + i].set);
	}
}

/*
 * Nobody names them, and nobody is about to.  Where another version of skein
 * keeps its things too, one that we cannot read may name them: they get old.
 */
static void
doom_orphans(struct gc *g, const struct budget *b)
{
	int64_t patience = g->survey.nothers > 0 ? b->max_age : HOUR;

	for (size_t i = 0; i < g->survey.nfiles; i++) {
		const struct survey_file *f = &g->survey.files[i];

		if ((survey_is_orphan(f) && f->used < g->now - patience) ||
		    (f->is_stale && f->used < g->now - DAY))
			gc_doom(g, (uint32_t)i);
	}
}

/* What stands for itself, and is not only there for another. */
static bool
is_candidate(const struct gc *g, const struct survey_file *f)
{
	bool is_named = f->kind == KIND_OBJECT || f->kind == KIND_INPUTS || f->kind == KIND_ABOUT ||
	    (f->kind == KIND_MANIFEST && !f->is_other);

	return !is_named && !f->is_pinned && !f->goes &&
	    (!g->others_run || f->used < g->now - HOUR);
}

struct turn {
	int64_t used;
	uint32_t at;
};

static int
by_turn(const void *a, const void *b)
{
	const struct turn *x = a, *y = b;

	return x->used != y->used ? (x->used > y->used) - (x->used < y->used) :
	    (x->at > y->at) - (x->at < y->at);
}

/* The oldest first; free with mem_free. */
static struct turn *
turns(const struct gc *g, size_t *n)
{
	struct turn *list = mem_alloc(g->survey.nfiles + 1, sizeof *list);

	*n = 0;
	for (size_t i = 0; i < g->survey.nfiles; i++)
		if (is_candidate(g, &g->survey.files[i]))
			list[(*n)++] = (struct turn){ g->survey.files[i].used, (uint32_t)i };
	if (*n > 0)
		qsort(list, *n, sizeof *list, by_turn);
	return list;
}

void
gc_plan(struct gc *g, const struct budget *b)
{
	uint64_t excess = budget_excess(g->survey.folder, b, g->total);
	struct turn *list;
	size_t n;

	doom_orphans(g, b);
	list = turns(g, &n);
	for (size_t i = 0; i < n; i++) {
		if (list[i].used >= g->now - b->max_age && g->freed >= excess)
			break;
		gc_doom(g, list[i].at);
	}
	mem_free(list);
}

/* ---- doing it --------------------------------------------------------------------------- */

/* What was taken along with a result stays with it. */
static void
hold(struct gc *g, uint32_t at)
{
	if (at == SURVEY_NONE)
		return;
	file_at(g, at)->users++;
	file_at(g, at)->goes = false;
}

/* Results that were used since the survey stay, with what they need. */
static void
spare_used(struct gc *g)
{
	for (size_t i = 0; i < g->survey.nfiles; i++) {
		struct survey_file *f = &g->survey.files[i];

		if (!f->goes || !survey_is_result(f) ||
		    folder_is_since(g->survey.folder, (enum kind)f->kind, &f->name, f->seen))
			continue;
		f->goes = false;
		hold(g, f->object);
		hold(g, f->about);
		for (uint32_t k = 0; k < f->nlinks; k++) {
			hold(g, g->survey.links[f->first + k].manifest);
			hold(g, g->survey.links[f->first + k].set);
		}
	}
}

/* A file that the survey did not see may have come since. */
static bool
is_lost(const struct gc *g, enum kind kind, const struct digest *name)
{
	uint32_t at = survey_find(&g->survey, kind, name);

	return at == SURVEY_NONE ? !folder_has(g->survey.folder, kind, name) : g->survey.files[at].goes;
}

static bool
goes(const struct gc *g, const struct alternative *x)
{
	return is_lost(g, x->is_failure ? KIND_FAILURE : KIND_RESULT, &x->result) ||
	    is_lost(g, KIND_INPUTS, &x->inputs);
}

/*
 * Take out of a manifest what goes, and keep what came meanwhile.  Whoever has
 * the request's lock is about to write it, and will see what is missing.
 */
static bool
shrink_manifest(struct gc *g, const struct survey_file *f, struct arena *a)
{
	struct folder *folder = g->survey.folder;
	struct alternative kept[MAX_KEPT];
	struct manifest m, rest = { .list = kept };
	struct buf text = {0};
	struct str old;

	if (!folder_read(folder, KIND_MANIFEST, &f->name, MAX_RECORD, false, a, &old))
		return false;
	if (record_read_manifest(old, &f->name, a, &m))
		for (size_t i = 0; i < m.n && rest.n < MAX_KEPT; i++)
			if (!goes(g, &m.list[i]))
				kept[rest.n++] = m.list[i];
	if (rest.n == 0)
		return folder_remove_since(folder, KIND_MANIFEST, &f->name, f->seen);
	record_write_manifest(&rest, &f->name, &text);
	if (!folder_replace(folder, KIND_MANIFEST, &f->name, buf_str(&text)))
		trace("cache", "a manifest was not rewritten");
	buf_release(&text);
	return false;
}

static void
count(struct gc *g, const struct survey_file *f)
{
	g->nfreed++;
	g->freed += budget_room(f->size);
}

/* Each manifest that goes, or that names what goes or is not there. */
static void
remove_manifests(struct gc *g)
{
	bool *is_touched = mem_zalloc(g->survey.nfiles + 1, sizeof *is_touched);

	for (size_t i = 0; i < g->survey.nlinks; i++)
		if (g->survey.files[g->survey.links[i].result].goes)
			is_touched[g->survey.links[i].manifest] = true;
	for (size_t i = 0; i < g->survey.nfiles; i++) {
		struct survey_file *f = &g->survey.files[i];
		bool is_ragged = f->is_dangling && f->users > 0;
		struct arena a;

		if (f->kind != KIND_MANIFEST || !(f->goes || is_ragged || is_touched[i]) ||
		    !folder_lock(g->survey.folder, &f->name))
			continue;
		arena_init(&a);
		if (shrink_manifest(g, f, &a))
			count(g, f);
		arena_release(&a);
		folder_unlock(g->survey.folder, &f->name);
	}
	mem_free(is_touched);
}

static void
remove_kind(struct gc *g, char kind)
{
	for (size_t i = 0; i < g->survey.nfiles; i++) {
		const struct survey_file *f = &g->survey.files[i];

		if (f->kind == (unsigned char)kind && f->goes &&
		    folder_remove_since(g->survey.folder, (enum kind)kind, &f->name, f->seen))
			count(g, f);
	}
}

int64_t
gc_tree_age(const struct budget *b)
{
	return b->max_age < 7 * DAY ? b->max_age : 7 * DAY;
}

void
gc_carry_out(struct gc *g)
{
	heal_times(g);
	spare_used(g);
	g->freed = g->nfreed = 0;
	remove_manifests(g);
	for (const char *kind = survey_kinds; *kind; kind++)
		if (*kind != KIND_MANIFEST && *kind != KIND_OBJECT && *kind != KIND_INPUTS)
			remove_kind(g, *kind);
	remove_kind(g, KIND_OBJECT);
	remove_kind(g, KIND_INPUTS);
	trace("cache", "collected %zu files, %llu bytes", g->nfreed, (unsigned long long)g->freed);
}

/* ---- beside a run ----------------------------------------------------------------------- */

static void
collect(struct folder *f, struct budget b)
{
	struct stats stats = {0};
	struct gc g;

	if (b.max_size != SETTING_NO_LIMIT)
		b.max_size = b.max_size / 10 * 9;	/* so that it is not due again at once */
	gc_begin(&g, f);
	gc_plan(&g, &b);
	gc_carry_out(&g);
	trees_collect(f, gc_tree_age(&b), false);
	folder_sweep(f);
	budget_settle(f, g.total - g.freed);
	stats.n[STAT_COLLECTIONS] = 1;
	stats.n[STAT_COLLECTED] = g.nfreed;
	stats.n[STAT_FREED] = g.freed;
	stats_flush(f, &stats);
	gc_end(&g);
}

/* Nothing of the run that we come from: no terminal, no pipe, no signal. */
static bool
detach(void)
{
	sigset_t none;
	int null = open("/dev/null", O_RDWR);

	sigemptyset(&none);
	if (null == -1 || setsid() == -1 || sigprocmask(SIG_SETMASK, &none, NULL) == -1)
		return false;
	for (int fd = 0; fd <= 2; fd++)
		if (dup2(null, fd) == -1)
			return false;
	close_range(3, ~0u, 0);
	errno = 0;
	return nice(19) != -1 || errno == 0;
}

static void
be_collector(const char *path, const struct budget *b)
{
	struct folder f;
	struct arena a;
	struct diag d;

	if (!detach() || chdir(path) == -1)
		return;
	diag_init(&d, stderr, DIAG_COLOR_NEVER);
	arena_init(&a);
	if (folder_open(&f, ".", &a, &d) && f.fd != -1 && gate_enter(&f, GATE_COLLECT, GATE_ALONE) &&
	    budget_is_due(&f, b))
		collect(&f, *b);
}

void
gc_in_background(struct folder *f, const struct budget *b)
{
	char *path;
	pid_t pid;

	if (!budget_is_due(f, b) || gate_is_held(f, GATE_COLLECT))
		return;
	trace("cache", "a collector begins");
	path = mem_alloc(f->path.len + 1, 1);
	memcpy(path, f->path.data, f->path.len);
	path[f->path.len] = '\0';
	pid = fork();
	if (pid == 0) {
		if (fork() == 0) {
			/* the run that we come from is over: its lock is ours as well */
			gate_leave(f, GATE_LIVE);
			be_collector(path, b);
		}
		_exit(0);
	}
	mem_free(path);
	while (pid > 0 && waitpid(pid, NULL, 0) == -1 && errno == EINTR)
		;
}
