#include "runner/cache/builder.h"

#include <assert.h>

#include "runner/build/loop.h"
#include "runner/build/memo.h"
#include "runner/build/slots.h"
#include "runner/cache/key.h"
#include "runner/cache/store.h"
#include "tangle/base/arena.h"
#include "tangle/base/mem.h"
#include "tangle/base/trace.h"

enum state {
	NEW,			/* not looked up yet */
	MISSED,			/* to be compiled */
	ELSEWHERE,		/* another process compiles it */
	RUNNING,
	OVER			/* to be swept */
};

/* Another's compiler may take its time limit for each step, and no longer. */
#define PATIENCE	((int64_t)2 * COMPILE_SECONDS * 1000000000)
#define FIRST_WAIT	((int64_t)2000000)
#define LONGEST_WAIT	((int64_t)50000000)

struct job {
	struct job *next;
	struct builder *builder;
	struct compile_request request;
	struct str name;
	struct arena *arena;
	builder_fn *done;
	void *arg;
	enum state state;
	enum builder_use use;
	bool leaves;
	bool is_claimed;
	struct built built;
	struct compile *compile;
	int64_t give_up, wait;		/* while elsewhere */
};

struct builder {
	struct loop *loop;
	struct store *store;
	struct slots *slots;
	size_t running, nslots;	/* compilers, and tokens that were taken for them */
	int awaited;			/* descriptor that tells of tokens, while one is wanted; -1 */
	struct builder_counts counts;
	struct job *first, **last;
	bool leaves;			/* objects of hits in the cache */
	unsigned long pump, retry;	/* deadlines */
};

static void pump(void *arg);
static void on_compiled(void *arg, const struct compile_result *r);

struct builder *
builder_new(struct loop *l, struct store *s, struct slots *t)
{
	struct builder *b = mem_zalloc(1, sizeof *b);

	*b = (struct builder){ .loop = l, .store = s, .slots = t, .awaited = -1 };
	b->last = &b->first;
	return b;
}

/* ---- tokens -------------------------------------------------------------------------- */

static void
pump_soon(struct builder *b)
{
	if (b->pump == 0)
		b->pump = loop_at(b->loop, 0, pump, b);
}

static void
await_no_slot(struct builder *b)
{
	if (b->awaited != -1)
		loop_unwatch(b->loop, b->awaited);
	b->awaited = -1;
}

static void
on_slot(void *arg)
{
	struct builder *b = arg;

	await_no_slot(b);
	pump_soon(b);
}

/* May one more compiler start?  The first has the token of who asks. */
static bool
has_slot(struct builder *b)
{
	if (b->running <= b->nslots)
		return true;
	if (slots_take(b->slots)) {
		b->nslots++;
		return true;
	}
	if (b->awaited == -1 && slots_fd(b->slots) != -1) {
		b->awaited = slots_fd(b->slots);
		loop_watch(b->loop, b->awaited, on_slot, b);
	}
	return false;
}

static void
give_spare_slots(struct builder *b)
{
	for (; b->nslots > 0 && b->nslots >= b->running; b->nslots--)
		slots_give(b->slots);
}

/* ---- requests -------------------------------------------------------------------------- */

static void
release_claim(struct job *j)
{
	if (j->is_claimed)
		store_unclaim(j->builder->store, &j->built.request);
	j->is_claimed = false;
}

static void
free_job(struct job *j)
{
	compile_free(j->compile);
	release_claim(j);
	mem_free(j);
}

void
builder_free(struct builder *b)
{
	if (!b)
		return;
	loop_cancel(b->loop, b->pump);
	loop_cancel(b->loop, b->retry);
	await_no_slot(b);
	while (b->first) {
		struct job *j = b->first;

		b->first = j->next;
		free_job(j);
	}
	b->running = 0;
	give_spare_slots(b);
	mem_free(b);
}

void
builder_leave_objects(struct builder *b, bool leave)
{
	b->leaves = leave;
}

void
builder_add(struct builder *b, const struct compile_request *r, struct str name,
    enum builder_use use, struct arena *a, builder_fn *done, void *arg)
{
	struct job *j = mem_zalloc(1, sizeof *j);

	*j = (struct job){
		.builder = b, .request = *r, .name = name, .use = use, .leaves = b->leaves,
		.arena = a, .done = done, .arg = arg, .wait = FIRST_WAIT
	};
	*b->last = j;
	b->last = &j->next;
	pump_soon(b);
}

static void
finish(struct job *j)
{
	release_claim(j);
	j->state = OVER;
	pump_soon(j->builder);
	j->done(j->arg, &j->built);
}

/* True if the cache had it, and the job is over. */
static bool
look_up(struct job *j)
{
	struct store_entry e;
	struct str why;
	enum store_answer answer = (j->leaves ? store_find : store_lookup)(j->builder->store,
	    &j->built.request, &j->request.options->bases, j->arena, &e, &why);
	struct stats *stats = store_stats(j->builder->store);
	char hex[HASH_HEX + 1];

	if (j->use == BUILDER_COMPILER_ONLY) {
		answer = STORE_MISS;
		why = STR("cache=off");
	}
	digest_hex(j->built.request, hex);
	if (answer == STORE_MISS) {
		/* The first answer is the reason; later ones only wait. */
		if (j->state == NEW) {
			j->built.why = why;
			j->builder->counts.missed++;
			stats->n[j->use == BUILDER_COMPILER_ONLY ? STAT_OFF :
			    store_miss(j->builder->store)]++;
			trace("cache", "compiled '%.*s': %.*s", STR_ARG(j->name), STR_ARG(why));
		}
		return false;
	}
	trace("cache", "reused '%.*s', key %.8s", STR_ARG(j->name), hex);
	if (answer == STORE_OBJECT)
		j->builder->counts.reused++;
	else
		j->builder->counts.replayed++;
	stats->n[answer == STORE_OBJECT ? STAT_HITS : STAT_REPLAYED]++;
	stats->n[STAT_SAVED] += (uint64_t)e.nanoseconds;
	j->built.end = answer == STORE_OBJECT ? COMPILE_DONE : COMPILE_FAILED;
	j->built.is_reused = true;
	j->built.object = e.object;
	j->built.digest = e.digest;
	j->built.result = e.result;
	j->built.is_kept = true;
	j->built.messages = e.messages;
	j->built.nanoseconds = e.nanoseconds;
	finish(j);
	return true;
}

static bool
is_running_already(const struct job *j)
{
	if (j->use == BUILDER_COMPILER_ONLY)
		return false;
	for (const struct job *k = j->builder->first; k; k = k->next)
		if (k->state == RUNNING && digest_eq(k->built.request, j->built.request))
			return true;
	return false;
}

/* A source may have been written a moment ago: read before, it counts as old. */
static void
read_source(const struct job *j)
{
	struct memo_file file;

	if (j->request.source.len > 0 &&
	    !memo_file(store_memo(j->builder->store), j->request.source, &file))
		trace("cache", "cannot read '%.*s'", STR_ARG(j->request.source));
}

static void
start(struct job *j)
{
	struct builder *b = j->builder;
	char *hex = arena_alloc(j->arena, HASH_HEX + 1, 1);

	read_source(j);
	digest_hex(j->built.request, hex);
	j->state = RUNNING;
	b->running++;
	b->counts.compiled++;
	j->compile = compile_start(b->loop, &j->request, (struct str){ hex, 16 },
	    j->arena, on_compiled, j);
}

/* One who is stopped may never come to an end; two who build the same do no harm. */
static bool
is_worth_waiting(struct job *j, int64_t now)
{
	bool is_stopped;
	pid_t pid = store_claimer(j->builder->store, &j->built.request, &is_stopped);

	if (j->state != ELSEWHERE)
		trace("cache", "waiting for process %ld to build '%.*s'", (long)pid, STR_ARG(j->name));
	j->state = ELSEWHERE;
	if (is_stopped)
		trace("cache", "process %ld is stopped: '%.*s' is built here, too", (long)pid, STR_ARG(j->name));
	return !is_stopped && now < j->give_up;
}

/* Ours to build? If not, when to ask again. */
static bool
claim(struct job *j)
{
	int64_t now = loop_now();

	if (j->use == BUILDER_COMPILER_ONLY)
		return true;
	if (store_claim(j->builder->store, &j->built.request)) {
		j->is_claimed = true;
		return true;
	}
	if (j->state != ELSEWHERE)
		j->give_up = now + PATIENCE;
	return !is_worth_waiting(j, now);
}

/*
 * Between the first look and the claim someone may have built it, so with the
 * claim in hand there is a second look.
 */
static void
try_start(struct job *j)
{
	if (is_running_already(j) || !claim(j))
		return;
	if (!look_up(j))
		start(j);
}

static void
refuse(struct job *j)
{
	j->built.end = COMPILE_BROKEN;
	j->built.what = STR("nothing may be compiled (--no-compile)");
	finish(j);
}

static void
advance(struct job *j)
{
	if (j->state == NEW) {
		j->built.request = key_request(&j->request, j->arena);
		if (look_up(j))
			return;
		j->state = MISSED;
	}
	if (j->use == BUILDER_CACHE_ONLY)
		refuse(j);
	else if (has_slot(j->builder))
		try_start(j);
}

static void
start_ready(struct builder *b)
{
	await_no_slot(b);
	for (struct job *j = b->first; j && b->awaited == -1; j = j->next)
		if (j->state == MISSED || j->state == ELSEWHERE)
			advance(j);
	give_spare_slots(b);
}

/* The next compiler starts first: publishing takes a while of ours, not of its. */
static void
on_compiled(void *arg, const struct compile_result *r)
{
	struct job *j = arg;
	struct builder *b = j->builder;
	struct stats *stats = store_stats(b->store);

	b->running--;
	stats->n[STAT_COMPILED]++;
	stats->n[STAT_SPENT] += (uint64_t)r->nanoseconds;
	start_ready(b);
	j->built.is_kept = store_publish(b->store, &j->built.request, &j->request, r, j->arena,
	    &j->built.result, &j->built.unkept);
	if (!j->built.is_kept)
		trace("cache", "not kept '%.*s': %.*s", STR_ARG(j->name), STR_ARG(j->built.unkept));
	j->built.end = r->end;
	j->built.what = r->what;
	j->built.object = r->object;
	j->built.digest = hash_of(r->object);
	j->built.messages = r->messages;
	j->built.nanoseconds = r->nanoseconds;
	finish(j);
}

static void
sweep(struct builder *b)
{
	struct job **link = &b->first;

	while (*link) {
		struct job *j = *link;

		if (j->state == OVER) {
			*link = j->next;
			free_job(j);
		} else {
			link = &j->next;
		}
	}
	b->last = link;
}

static void
on_retry(void *arg)
{
	struct builder *b = arg;

	b->retry = 0;
	pump(b);
}

/* Those that are built elsewhere are asked for again and again, ever slower. */
static void
set_retry(struct builder *b)
{
	int64_t wait = 0;

	for (struct job *j = b->first; j; j = j->next) {
		if (j->state != ELSEWHERE)
			continue;
		if (wait == 0 || j->wait < wait)
			wait = j->wait;
		j->wait = j->wait * 2 > LONGEST_WAIT ? LONGEST_WAIT : j->wait * 2;
	}
	loop_cancel(b->loop, b->retry);
	b->retry = wait ? loop_at(b->loop, loop_now() + wait, on_retry, b) : 0;
}

static void
pump(void *arg)
{
	struct builder *b = arg;

	b->pump = 0;
	for (struct job *j = b->first; j; j = j->next)
		if (j->state != RUNNING && j->state != OVER)
			advance(j);
	give_spare_slots(b);
	sweep(b);
	set_retry(b);
}

const struct builder_counts *
builder_counts(const struct builder *b)
{
	return &b->counts;
}
