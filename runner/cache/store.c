#include "runner/cache/store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "runner/build/base.h"
#include "runner/build/compile.h"
#include "runner/build/elf.h"
#include "runner/build/memo.h"
#include "runner/build/native.h"
#include "runner/build/shadow.h"
#include "runner/build/toolchain.h"
#include "runner/cache/about.h"
#include "runner/cache/budget.h"
#include "runner/cache/folder.h"
#include "runner/cache/gate.h"
#include "runner/cache/gc.h"
#include "runner/cache/key.h"
#include "runner/cache/record.h"
#include "tangle/base/arena.h"
#include "tangle/base/buf.h"
#include "tangle/base/diag.h"
#include "tangle/base/map.h"
#include "tangle/base/mem.h"
#include "tangle/base/trace.h"

enum {
	MAX_RECORD = 16 << 20,
	MAX_OBJECT = 256 << 20,
	MAX_HEAD = 256,			/* and end, around what is recorded */
	MAX_ALTERNATIVES = 8
};

/* A set of inputs, looked at once in a run. */
struct checked {
	bool is_same;
	struct str why;			/* if not */
};

struct store {
	struct folder folder;
	struct arena arena, run;	/* as long as the store; as long as a run */
	struct memo *memo;
	const char *temp;
	struct map checked;		/* set and bases -> struct checked */
	struct str run_name;		/* once something was published */
	struct store_counts counts;
	size_t ncounted;		/* damaged ones that are in the stats */
	struct stats stats;		/* since the last run */
	enum stat_id miss;		/* the kind of the last one */
	struct diag *diag;
};

struct store *
store_open(const char *folder, struct diag *d)
{
	struct store *s = mem_zalloc(1, sizeof *s);
	const char *name;

	arena_init(&s->arena);
	arena_init(&s->run);
	if (!folder_open(&s->folder, folder, &s->arena, d)) {
		store_close(s);
		return NULL;
	}
	s->diag = d;
	gate_enter(&s->folder, GATE_LIVE, GATE_SHARED);
	if (s->folder.temps != -1)
		s->temp = arena_printf(&s->arena, "%.*s/t", STR_ARG(s->folder.path)).data;
	name = arena_printf(&s->arena, "memo.%s", s->folder.host).data;
	s->memo = memo_open(s->folder.fd, name);
	return s;
}

/* A run is over: what it did counts, and what it wrote may be too much. */
static void
settle_run(struct store *s)
{
	uint64_t grown = s->folder.grown;
	struct budget budget;

	s->stats.n[STAT_WRITTEN] = grown;
	s->stats.n[STAT_DAMAGED] = s->folder.ndamaged - s->ncounted;
	s->ncounted = s->folder.ndamaged;
	if (!stats_are_none(&s->stats))
		s->stats.n[STAT_RUNS] = 1;
	stats_flush(&s->folder, &s->stats);
	s->folder.grown = 0;
	if (grown == 0)
		return;
	budget_grow(&s->folder, grown);
	budget_of_environment(&budget, s->diag);
	gc_in_background(&s->folder, &budget);
}

void
store_close(struct store *s)
{
	if (!s)
		return;
	memo_close(s->memo);
	gate_leave(&s->folder, GATE_LIVE);
	settle_run(s);
	folder_close(&s->folder);
	map_release(&s->checked);
	arena_release(&s->run);
	arena_release(&s->arena);
	mem_free(s);
}

struct memo *
store_memo(struct store *s)
{
	return s->memo;
}

struct folder *
store_files(struct store *s)
{
	return &s->folder;
}

struct str
store_folder(const struct store *s)
{
	return s->folder.path;
}

const char *
store_temp(const struct store *s)
{
	return s->temp;
}

void
store_refresh(struct store *s)
{
	settle_run(s);
	memo_refresh(s->memo);
	map_release(&s->checked);
	arena_release(&s->run);
}

const struct store_counts *
store_counts(struct store *s)
{
	s->counts.damaged = s->folder.ndamaged;
	return &s->counts;
}

struct stats *
store_stats(struct store *s)
{
	return &s->stats;
}

enum stat_id
store_miss(const struct store *s)
{
	return s->miss;
}

static void
remove_damaged(struct store *s, enum kind kind, const struct digest *name)
{
	s->folder.ndamaged++;
	trace("cache", "a damaged file of kind '%c' was removed", (char)kind);
	folder_remove(&s->folder, kind, name);
}

/* Is one input as it was? */
static bool
check_input(struct store *s, const struct input *i, const struct bases *b, struct str *why)
{
	struct str path = base_absolute(b, i->path, &s->run);
	struct memo_file file;
	struct str shown = base_shown(b, path);

	if (i->is_absent) {
		*why = arena_printf(&s->run, "'%.*s' appeared", STR_ARG(shown));
		return !memo_exists(s->memo, path);
	}
	if (!memo_file(s->memo, path, &file)) {
		*why = arena_printf(&s->run, "'%.*s' is gone", STR_ARG(shown));
		return false;
	}
	*why = arena_printf(&s->run, "'%.*s' changed", STR_ARG(shown));
	return digest_eq(file.digest, i->digest);
}

static bool
check_all(struct store *s, struct str rest, const struct bases *b, struct str *why)
{
	bool ok = inputs_start(&rest);
	struct input i;

	while (ok && inputs_next(&rest, &i))
		if (!check_input(s, &i, b, why))
			return false;
	*why = STR("its list of inputs is of another version of skein");
	return ok && rest.len == 0;
}

/* The same set means other files where the bases lie elsewhere. */
static struct str
checked_key(struct store *s, const struct digest *set, const struct bases *b)
{
	struct buf key = {0};

	buf_add(&key, (struct str){ (const char *)set->bytes, HASH_SIZE });
	for (size_t i = 0; i < b->n; i++) {
		buf_add(&key, b->list[i].path);
		buf_byte(&key, '\0');
	}
	return buf_take(&key, &s->run);
}

static bool
check_set(struct store *s, const struct digest *set, const struct bases *b, struct str *why)
{
	struct str text, key = checked_key(s, set, b);
	struct checked *c = map_get(&s->checked, key);

	if (!c) {
		if (!folder_read(&s->folder, KIND_INPUTS, set, MAX_RECORD, true, &s->run, &text)) {
			*why = STR("its list of inputs is gone");
			return false;
		}
		if (!digest_eq(hash_of(text), *set)) {
			remove_damaged(s, KIND_INPUTS, set);
			*why = STR("the stored list of inputs was damaged");
			return false;
		}
		c = arena_alloc(&s->run, 1, sizeof *c);
		c->is_same = check_all(s, text, b, &c->why);
		map_put(&s->checked, key, c);
	}
	*why = c->why;
	return c->is_same;
}

/* The object of a result: the bytes that are returned are those verified. */
static bool
read_object(struct store *s, const struct digest *name, struct arena *a,
    struct str *bytes, struct str *why)
{
	*why = STR("the stored object is gone");
	if (!folder_read(&s->folder, KIND_OBJECT, name, MAX_OBJECT, true, a, bytes))
		return false;
	*why = STR("the stored object was damaged");
	if (!digest_eq(hash_of(*bytes), *name)) {
		remove_damaged(s, KIND_OBJECT, name);
		return false;
	}
	if (!elf_is_foreign(*bytes))
		return true;
	/* Another machine that shares the folder may want it, so it stays. */
	s->folder.ndamaged++;
	*why = STR("the stored object is for another machine");
	return false;
}

static bool
read_result(struct store *s, const struct alternative *x, bool leave, struct arena *a,
    struct store_entry *e, struct str *why)
{
	enum kind kind = x->is_failure ? KIND_FAILURE : KIND_RESULT;
	struct result r = { .is_failure = x->is_failure };
	struct str text;

	if (!folder_read(&s->folder, kind, &x->result, MAX_RECORD, true, a, &text)) {
		*why = STR("the stored result is gone");
		return false;
	}
	if (!result_read(text, &x->result, a, &r)) {
		*why = STR("the stored result is a newer skein's");
		if (r.is_newer)
			return false;
		remove_damaged(s, kind, &x->result);
		*why = STR("the stored result was damaged");
		return false;
	}
	*e = (struct store_entry){ .digest = r.object, .result = x->result, .messages = r.messages,
	    .nanoseconds = r.nanoseconds };
	return x->is_failure || leave || read_object(s, &r.object, a, &e->object, why);
}

/* False, with a reason, when there is none that can be used. */
static bool
read_manifest(struct store *s, const struct digest *request, struct arena *a,
    struct manifest *m, struct str *why)
{
	struct str text;

	*m = (struct manifest){0};
	*why = STR("not in the cache");
	if (!folder_read(&s->folder, KIND_MANIFEST, request, MAX_RECORD, false, a, &text))
		return false;
	if (record_read_manifest(text, request, a, m))
		return true;
	m->n = 0;
	*why = STR("the stored manifest is a newer skein's");
	if (m->is_newer)
		return false;
	remove_damaged(s, KIND_MANIFEST, request);
	*why = STR("the stored manifest was damaged");
	return false;
}

static enum store_answer
look_up(struct store *s, const struct digest *request, const struct bases *b, bool leave,
    struct arena *a, struct store_entry *e, struct str *why)
{
	size_t damaged = s->folder.ndamaged;
	struct manifest m;
	struct str reason;

	if (read_manifest(s, request, a, &m, why)) {
		for (size_t i = 0; i < m.n; i++) {
			if (check_set(s, &m.list[i].inputs, b, &reason) &&
			    read_result(s, &m.list[i], leave, a, e, &reason))
				return m.list[i].is_failure ? STORE_FAILURE : STORE_OBJECT;
			if (i == 0)
				*why = arena_str(a, reason);
		}
	}
	s->miss = s->folder.ndamaged > damaged ? STAT_BROKEN : m.n == 0 ? STAT_NEW : STAT_CHANGED;
	return STORE_MISS;
}

enum store_answer
store_lookup(struct store *s, const struct digest *request,
    const struct bases *b, struct arena *a, struct store_entry *e, struct str *why)
{
	return look_up(s, request, b, false, a, e, why);
}

enum store_answer
store_find(struct store *s, const struct digest *request,
    const struct bases *b, struct arena *a, struct store_entry *e, struct str *why)
{
	return look_up(s, request, b, true, a, e, why);
}

bool
store_object(struct store *s, const struct digest *name, struct arena *a, struct str *bytes)
{
	return read_object(s, name, a, bytes, &(struct str){0});
}

/* Their bytes follow their digest, which covers the name too. */
static struct digest
seal_of(const struct digest *name, struct str bytes)
{
	struct hash *h = hash_start();

	hash_add(h, (struct str){ (const char *)name->bytes, HASH_SIZE });
	hash_add(h, bytes);
	return hash_end(h);
}

bool
store_unseal(const struct digest *name, struct str *bytes)
{
	struct str seal = str_slice(*bytes, 0, HASH_SIZE);
	struct digest expected;

	*bytes = str_slice(*bytes, HASH_SIZE, bytes->len);
	expected = seal_of(name, *bytes);
	return str_eq(seal, (struct str){ (const char *)expected.bytes, HASH_SIZE });
}

bool
store_pieces(struct store *s, const struct digest *name, struct arena *a, struct str *bytes)
{
	if (!folder_read(&s->folder, KIND_PIECES, name, MAX_OBJECT, true, a, bytes))
		return false;
	if (store_unseal(name, bytes))
		return true;
	remove_damaged(s, KIND_PIECES, name);
	return false;
}

void
store_keep_pieces(struct store *s, const struct digest *name, struct str bytes)
{
	struct digest seal = seal_of(name, bytes);
	struct buf text = {0};

	buf_add(&text, (struct str){ (const char *)seal.bytes, HASH_SIZE });
	buf_add(&text, bytes);
	if (!folder_add(&s->folder, KIND_PIECES, name, buf_str(&text)))
		trace("cache", "pieces were not kept");
	buf_release(&text);
}

/* A path that has a line end cannot stand in a list of lines. */
static bool
is_listable(struct str path)
{
	return str_find_byte(path, '\n') == path.len && str_find_byte(path, '\r') == path.len;
}

/*
 * One file that was read.  It must be as it was when the compiler read it,
 * so one that changed since the compiler began is no base for a result.
 */
static bool
add_file(struct store *s, const struct compile_options *o, const struct compile_result *result,
    struct str path, struct buf *to, struct arena *a, struct str *why)
{
	const struct bases *b = &o->bases;
	struct input i = { .path = base_portable(b, path, a) };
	struct memo_file file;
	const char *problem = NULL;

	if (!is_listable(path))
		problem = "has a line end in its name";
	else if (memo_changed_since(s->memo, path, result->began, result->start) ||
	    !memo_file(s->memo, path, &file))
		problem = "changed meanwhile";
	if (problem) {
		*why = arena_printf(a, "'%.*s' %s", STR_ARG(base_shown(b, path)), problem);
		return false;
	}
	i.digest = file.digest;
	inputs_write(&i, to);
	return true;
}

static bool
add_absent(const struct bases *b, struct str path, struct buf *to, struct arena *a, struct str *why)
{
	struct input x = { .is_absent = true, .path = base_portable(b, path, a) };

	if (!is_listable(path)) {
		*why = STR("a folder of headers has a line end in its name");
		return false;
	}
	inputs_write(&x, to);
	return true;
}

static bool
collect_inputs(struct store *s, const struct compile_request *r,
    const struct compile_result *result, struct arena *a, struct buf *to, struct str *why)
{
	const struct compile_options *o = r->options;
	struct shadow shadow;
	bool ok = true;

	inputs_begin(to);
	for (size_t i = 0; ok && i < result->ninputs; i++)
		ok = add_file(s, o, result, result->inputs[i], to, a, why);
	if (!ok)
		return false;
	shadow_find(r, result, s->memo, a, &shadow);
	for (size_t i = 0; ok && i < shadow.npresent; i++)
		ok = add_file(s, o, result, shadow.present[i], to, a, why);
	for (size_t i = 0; ok && i < shadow.nabsent; i++)
		ok = add_absent(&o->bases, shadow.absent[i], to, a, why);
	if (ok && shadow.problem.len > 0)
		*why = shadow.problem;
	return ok && shadow.problem.len == 0;
}

/* The object first, and what is kept for people before what is looked up. */
static bool
add_result(struct store *s, const struct digest *name, const struct compile_result *result,
    struct about *about)
{
	bool is_failure = result->end == COMPILE_FAILED;
	struct result r = { .is_failure = is_failure, .nanoseconds = result->nanoseconds,
	    .messages = result->messages };
	struct buf text = {0};
	bool ok = true;

	if (!is_failure) {
		r.object = hash_of(result->object);
		about->object = r.object;
		ok = folder_add(&s->folder, KIND_OBJECT, &r.object, result->object);
	}
	result_write(&r, name, &text);
	ok = ok && about_add(&s->folder, name, about) && folder_replace(&s->folder,
	    is_failure ? KIND_FAILURE : KIND_RESULT, name, buf_str(&text));
	buf_release(&text);
	return ok;
}

static bool
is_among(const struct manifest *m, const struct alternative *x)
{
	for (size_t i = 0; i < m->n; i++)
		if (digest_eq(m->list[i].result, x->result))
			return true;
	return false;
}

/* The new alternatives come first; the oldest over the limit go. */
static bool
add_alternatives(struct store *s, const struct digest *request, const struct manifest *new,
    const struct manifest *old)
{
	struct alternative list[MAX_ALTERNATIVES];
	struct manifest merged = { .list = list };
	struct buf text = {0};
	bool ok;

	for (size_t i = 0; i < new->n && merged.n < MAX_ALTERNATIVES; i++)
		list[merged.n++] = new->list[i];
	for (size_t i = 0; i < old->n && merged.n < MAX_ALTERNATIVES; i++)
		if (!is_among(new, &old->list[i]))
			list[merged.n++] = old->list[i];
	record_write_manifest(&merged, request, &text);
	ok = folder_replace(&s->folder, KIND_MANIFEST, request, buf_str(&text));
	buf_release(&text);
	return ok;
}

static bool
add_alternative(struct store *s, const struct digest *request, struct alternative x,
    struct arena *a)
{
	struct manifest new = { .list = &x, .n = 1 }, old;
	struct str why;

	read_manifest(s, request, a, &old, &why);
	return add_alternatives(s, request, &new, &old);
}

enum store_merged
store_merge(struct store *s, const struct digest *request,
    const struct alternative *list, size_t n, bool is_dry)
{
	struct alternative fresh[MAX_ALTERNATIVES];
	struct manifest old, new = { .list = fresh };
	enum store_merged merged = STORE_KNOWN;
	struct arena a;
	struct str why;

	arena_init(&a);
	read_manifest(s, request, &a, &old, &why);
	for (size_t i = 0; i < n && new.n < MAX_ALTERNATIVES; i++)
		if (!is_among(&old, &list[i]) && !is_among(&new, &list[i]))
			fresh[new.n++] = list[i];
	if (new.n > 0 && !old.is_newer)
		merged = is_dry || add_alternatives(s, request, &new, &old) ?
		    STORE_MERGED : STORE_UNWRITTEN;
	arena_release(&a);
	return merged;
}

static int64_t
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* Nobody else's: a process has no other at its time. */
static struct str
run_name(struct store *s)
{
	if (s->run_name.len == 0)
		s->run_name = arena_printf(&s->arena, "%s.%ld.%llx", s->folder.host,
		    (long)getpid(), (unsigned long long)now());
	return s->run_name;
}

static bool
is_keepable(const struct compile_request *r, const struct compile_result *result, struct str *why)
{
	if (result->end != COMPILE_DONE && result->end != COMPILE_FAILED)
		*why = STR("it came to no result");
	else if (!result->inputs_known)
		*why = STR("the compiler does not say which files it read");
	else if (native_is_in(r->options) && r->options->native.len == 0)
		*why = STR("the compiler does not say what native means");
	else
		return true;
	return false;
}

/* A newer skein keeps results under that name: nothing of it is written over. */
static bool
is_newer_there(struct store *s, const struct digest *request, struct arena *a, struct str *why)
{
	struct manifest m;

	read_manifest(s, request, a, &m, why);
	return m.is_newer;
}

bool
store_publish(struct store *s, const struct digest *request,
    const struct compile_request *r, const struct compile_result *result,
    struct arena *a, struct digest *name, struct str *why)
{
	struct alternative x = { .is_failure = result->end == COMPILE_FAILED };
	struct buf inputs = {0};
	struct about about;
	bool ok = false;

	if (is_keepable(r, result, why) && !is_newer_there(s, request, a, why) &&
	    collect_inputs(s, r, result, a, &inputs, why)) {
		x.inputs = hash_of(buf_str(&inputs));
		x.result = *name = key_result(request, &x.inputs);
		about_result(&about, r, result, a);
		about.made = now();
		about.run = run_name(s);
		about.request = *request;
		about.inputs = x.inputs;
		*why = STR("the cache cannot be written");
		ok = folder_add(&s->folder, KIND_INPUTS, &x.inputs, buf_str(&inputs)) &&
		    add_result(s, &x.result, result, &about) &&
		    add_alternative(s, request, x, a);
	}
	buf_release(&inputs);
	s->counts.published += ok;
	s->stats.n[STAT_PUBLISHED] += ok;
	return ok;
}

bool
store_claim(struct store *s, const struct digest *request)
{
	return folder_lock(&s->folder, request);
}

void
store_unclaim(struct store *s, const struct digest *request)
{
	folder_unlock(&s->folder, request);
}

/* The state stands behind the name, which may hold anything. */
static bool
is_stopped_process(pid_t pid)
{
	char text[256], *end;
	FILE *f;
	size_t n;

	snprintf(text, sizeof text, "/proc/%ld/stat", (long)pid);
	f = fopen(text, "re");
	if (!f)
		return false;
	n = fread(text, 1, sizeof text - 1, f);
	fclose(f);
	text[n] = '\0';
	end = strrchr(text, ')');
	return end && end[1] == ' ' && (end[2] == 'T' || end[2] == 't');
}

pid_t
store_claimer(const struct store *s, const struct digest *request, bool *is_stopped)
{
	pid_t pid = folder_locker(&s->folder, request);

	*is_stopped = pid > 0 && is_stopped_process(pid);
	return pid;
}

bool
store_ran(struct store *s, const struct digest *run, int64_t *nanoseconds)
{
	struct result r = {0};
	struct str text;

	if (!folder_read(&s->folder, KIND_RUN, run, MAX_RECORD, true, &s->run, &text))
		return false;
	if (!result_read(text, run, &s->run, &r)) {
		remove_damaged(s, KIND_RUN, run);
		return false;
	}
	*nanoseconds = r.nanoseconds;
	return true;
}

void
store_mark_ran(struct store *s, const struct digest *run, int64_t nanoseconds)
{
	struct result r = { .nanoseconds = nanoseconds };
	struct buf text = {0};

	result_write(&r, run, &text);
	if (!folder_add(&s->folder, KIND_RUN, run, buf_str(&text)))
		trace("cache", "a success was not recorded");
	buf_release(&text);
}

bool
store_text(struct store *s, const struct digest *name, struct arena *a, struct str *text)
{
	struct str file;

	if (!folder_read(&s->folder, KIND_TEXT, name, MAX_RECORD, true, a, &file))
		return false;
	if (record_open(file, "text", name, text))
		return true;
	remove_damaged(s, KIND_TEXT, name);
	return false;
}

void
store_keep_text(struct store *s, const struct digest *name, struct str text)
{
	struct buf file = {0};

	record_begin(&file, "text", name);
	buf_add(&file, text);
	record_end(&file);
	if (file.len > MAX_RECORD || !folder_add(&s->folder, KIND_TEXT, name, buf_str(&file)))
		trace("cache", "a generated text was not kept");
	buf_release(&file);
}

bool
store_recorded(struct store *s, const struct digest *run, struct arena *a, struct str *bytes)
{
	struct str text;

	if (!folder_read(&s->folder, KIND_RECORDED, run, STORE_RECORDED + MAX_HEAD, true, a, &text))
		return false;
	if (record_open(text, "recorded", run, bytes))
		return true;
	remove_damaged(s, KIND_RECORDED, run);
	return false;
}

bool
store_record(struct store *s, const struct digest *run, struct str bytes)
{
	struct buf text = {0};
	bool ok;

	if (bytes.len > STORE_RECORDED)
		return false;
	record_begin(&text, "recorded", run);
	buf_add(&text, bytes);
	record_end(&text);
	ok = folder_replace(&s->folder, KIND_RECORDED, run, buf_str(&text));
	buf_release(&text);
	return ok;
}
