#include "runner/cache/intake.h"

#include "runner/cache/archive.h"
#include "runner/cache/key.h"
#include "runner/cache/ledger.h"
#include "runner/cache/record.h"
#include "runner/cache/store.h"

/* ---- one file by itself ------------------------------------------------------------------ */

static bool
is_list_of_inputs(struct str bytes)
{
	struct input i;
	bool ok = inputs_start(&bytes);

	while (ok && inputs_next(&bytes, &i))
		continue;
	return ok && bytes.len == 0;
}

static bool
is_result(enum kind kind, const struct digest *name, struct str bytes, struct arena *a)
{
	struct result r = { .is_failure = kind == KIND_FAILURE };

	return result_read(bytes, name, a, &r);
}

static bool
is_whole(enum kind kind, const struct digest *name, struct str bytes, struct arena *a)
{
	struct manifest m;
	struct str body;

	switch (kind) {
	case KIND_OBJECT:
		return digest_eq(hash_of(bytes), *name);
	case KIND_INPUTS:
		return digest_eq(hash_of(bytes), *name) && is_list_of_inputs(bytes);
	case KIND_RESULT:
	case KIND_FAILURE:
	case KIND_RUN:
		return is_result(kind, name, bytes, a);
	case KIND_MANIFEST:
		return record_read_manifest(bytes, name, a, &m);
	case KIND_LEDGER:
		return ledger_is_sound(bytes, name);
	case KIND_TEXT:
		return record_open(bytes, "text", name, &body);
	case KIND_ABOUT:
		return record_open(bytes, "about", name, &body);
	case KIND_RECORDED:
		return record_open(bytes, "recorded", name, &body);
	case KIND_PIECES:		/* made of objects by who runs them */
		break;
	}
	return false;
}

const char *
intake_look(enum kind kind, const struct digest *name, struct str bytes)
{
	struct arena a;
	bool ok;

	arena_init(&a);
	ok = is_whole(kind, name, bytes, &a);
	arena_release(&a);
	if (ok)
		return NULL;
	if (kind == KIND_OBJECT || kind == KIND_INPUTS)
		return "its bytes are not those of its name";
	if (record_is_other(bytes))
		return "it is of another version of skein";
	return "it does not fit its checksum, or is not what its name says";
}

/* ---- what is here ------------------------------------------------------------------------- */

void
intake_begin(struct intake *t, struct store *s, bool is_dry)
{
	*t = (struct intake){ .store = s, .is_dry = is_dry };
	arena_init(&t->arena);
}

void
intake_end(struct intake *t)
{
	map_release(&t->planned);
	arena_release(&t->arena);
}

static struct str
planned_name(struct intake *t, enum kind kind, const struct digest *name)
{
	char hex[HASH_HEX + 1];

	digest_hex(*name, hex);
	return arena_printf(&t->arena, "%c%s", (char)kind, hex);
}

/* Here, or it would be if anything was written. */
static bool
is_known(struct intake *t, enum kind kind, const struct digest *name)
{
	return folder_has(store_files(t->store), kind, name) ||
	    (t->is_dry && map_get(&t->planned, planned_name(t, kind, name)));
}

/* What is here and whole, or another version's, stays. */
static bool
is_here(struct intake *t, enum kind kind, const struct digest *name)
{
	struct arena a;
	struct str bytes;
	bool is_here;

	arena_init(&a);
	is_here = folder_read(store_files(t->store), kind, name, archive_most(kind), true, &a, &bytes) &&
	    (!intake_look(kind, name, bytes) ||
	    (kind != KIND_OBJECT && kind != KIND_INPUTS && record_is_other(bytes)));
	arena_release(&a);
	return is_here;
}

static enum intake_answer
publish(struct intake *t, enum kind kind, const struct digest *name, struct str bytes)
{
	static char yes;

	if (is_here(t, kind, name))
		return INTAKE_THERE;
	if (t->is_dry)
		map_put(&t->planned, planned_name(t, kind, name), &yes);
	else if (!folder_replace(store_files(t->store), kind, name, bytes))
		return INTAKE_UNWRITTEN;
	return INTAKE_NEW;
}

/* ---- what names others ---------------------------------------------------------------------- */

/* A result's name is made of the two that lead to it, so nobody can lead to another's. */
static bool
is_good(struct intake *t, const struct digest *request, const struct alternative *x)
{
	return digest_eq(key_result(request, &x->inputs), x->result) &&
	    is_known(t, KIND_INPUTS, &x->inputs) &&
	    is_known(t, x->is_failure ? KIND_FAILURE : KIND_RESULT, &x->result);
}

static enum intake_answer
take_manifest(struct intake *t, const struct digest *request, struct str bytes, const char **why)
{
	struct alternative *good;
	struct manifest m;
	struct arena a;
	enum intake_answer answer = INTAKE_REFUSED;
	size_t n = 0;

	arena_init(&a);
	record_read_manifest(bytes, request, &a, &m);
	good = arena_alloc(&a, m.n, sizeof *good);
	for (size_t i = 0; i < m.n; i++)
		if (is_good(t, request, &m.list[i]))
			good[n++] = m.list[i];
	*why = "no result that it names is here";
	if (n > 0) {
		enum store_merged merged = store_merge(t->store, request, good, n, t->is_dry);

		answer = merged == STORE_MERGED ? INTAKE_NEW :
		    merged == STORE_KNOWN ? INTAKE_THERE : INTAKE_UNWRITTEN;
	}
	arena_release(&a);
	return answer;
}

static bool
has_object(struct intake *t, const struct digest *name, struct str bytes)
{
	struct result r = {0};
	struct arena a;
	bool ok;

	arena_init(&a);
	ok = result_read(bytes, name, &a, &r) && is_known(t, KIND_OBJECT, &r.object);
	arena_release(&a);
	return ok;
}

enum intake_answer
intake_take(struct intake *t, enum kind kind, const struct digest *name,
    struct str bytes, const char **why)
{
	*why = intake_look(kind, name, bytes);
	if (*why)
		return INTAKE_REFUSED;
	if (kind == KIND_MANIFEST)
		return take_manifest(t, name, bytes, why);
	if (kind == KIND_RESULT && !has_object(t, name, bytes)) {
		*why = "its object is not here";
		return INTAKE_REFUSED;
	}
	return publish(t, kind, name, bytes);
}
