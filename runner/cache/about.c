#include "runner/cache/about.h"

#include <string.h>

#include "runner/build/compile.h"
#include "runner/build/toolchain.h"
#include "runner/cache/folder.h"
#include "runner/cache/pack.h"
#include "runner/cache/record.h"
#include "tangle/base/arena.h"
#include "tangle/base/buf.h"
#include "tangle/base/file.h"
#include "tangle/base/mem.h"

enum {
	MAX_FIELDS = 64 << 20,
	MAX_FILE = MAX_FIELDS + (1 << 20),
	MAX_SOURCE = 16 << 20
};

static const char *const things[] = {
	[ABOUT_CELL] = "cell", [ABOUT_SOURCE] = "source", [ABOUT_WHOLE] = "linked sources",
	[ABOUT_HOST] = "host"
};

enum { THINGS = sizeof things / sizeof *things };

const char *
about_thing_name(enum about_thing t)
{
	return things[t];
}

/* ---- what is to be said -------------------------------------------------------------- */

static enum about_thing
thing_of(const struct compile_request *r)
{
	if (r->nparts > 0)
		return r->is_host ? ABOUT_HOST : ABOUT_WHOLE;
	return r->source.len > 0 ? ABOUT_SOURCE : ABOUT_CELL;
}

/* "notes.md#parse", "notes.md#3" */
static struct str
label_of(const struct compile_request *r, struct arena *a)
{
	struct str document = base_shown(&r->options->bases, r->document);

	if (r->document.len == 0)
		return r->name;
	if (r->name.len > 0)
		return arena_printf(a, "%.*s#%.*s", STR_ARG(document), STR_ARG(r->name));
	return arena_printf(a, "%.*s#%zu", STR_ARG(document), r->ordinal);
}

static const struct str *
strings_of(const char *const *list, struct arena *a, size_t *n)
{
	struct str *strings;

	for (*n = 0; list[*n];)
		++*n;
	strings = arena_alloc(a, *n, sizeof *strings);
	for (size_t i = 0; i < *n; i++)
		strings[i] = str_of(list[i]);
	return strings;
}

static const struct digest *
digests_of(const struct str *parts, size_t n, struct arena *a)
{
	struct digest *digests = arena_alloc(a, n, sizeof *digests);

	for (size_t i = 0; i < n; i++)
		digests[i] = hash_of(parts[i]);
	return digests;
}

void
about_result(struct about *x, const struct compile_request *r,
    const struct compile_result *result, struct arena *a)
{
	const struct toolchain *t = r->options->toolchain;

	*x = (struct about){
		.label = label_of(r, a), .document = r->document, .thing = thing_of(r),
		.is_failure = result->end == COMPILE_FAILED, .object_size = result->object.len,
		.nanoseconds = result->nanoseconds, .compiler = str_of(t->path),
		.version = t->version, .identity = t->identity, .folder = result->folder,
		.bases = r->options->bases.list, .nbases = r->options->bases.n,
		.written = r->written, .text = r->unit, .source = r->source, .nparts = r->nparts, .log = result->log
	};
	for (size_t i = 0; i < result->nsteps; i++) {
		struct about_step *s = &x->steps[x->nsteps++];

		s->what = str_of(result->steps[i].what);
		s->words = strings_of(result->steps[i].argv, a, &s->nwords);
	}
	if (t->environment)
		x->environment = strings_of(t->environment, a, &x->nenvironment);
	if (r->source.len > 0 && !file_peek(r->source, MAX_SOURCE, a, &x->text))
		x->text = STR("");
	x->parts = digests_of(r->parts, r->nparts, a);
}

/* ---- fields out ------------------------------------------------------------------------ */

static void
put(struct buf *to, const char *name, struct str value)
{
	buf_printf(to, "%s %zu\n", name, value.len);
	buf_add(to, value);
	buf_byte(to, '\n');
}

static void
put_number(struct buf *to, const char *name, uint64_t n)
{
	struct buf text = {0};

	buf_printf(&text, "%llu", (unsigned long long)n);
	put(to, name, buf_str(&text));
	buf_release(&text);
}

static void
put_digest(struct buf *to, const char *name, const struct digest *d)
{
	char hex[HASH_HEX + 1];

	digest_hex(*d, hex);
	put(to, name, str_of(hex));
}

static void
put_all(struct buf *to, const char *name, const struct str *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		put(to, name, list[i]);
}

static void
write_fields(const struct about *x, struct buf *to)
{
	put(to, "label", x->label);
	put(to, "document", x->document);
	put(to, "thing", str_of(things[x->thing]));
	put(to, "end", x->is_failure ? STR("failure") : STR("object"));
	put_number(to, "made", (uint64_t)x->made);
	put(to, "run", x->run);
	put_digest(to, "request", &x->request);
	put_digest(to, "inputs", &x->inputs);
	if (!x->is_failure)
		put_digest(to, "object", &x->object);
	put_number(to, "size", x->object_size);
	put_number(to, "took", (uint64_t)x->nanoseconds);
	put(to, "compiler", x->compiler);
	put(to, "version", x->version);
	put_digest(to, "identity", &x->identity);
	for (size_t i = 0; i < x->nsteps; i++) {
		put(to, "step", x->steps[i].what);
		put_all(to, "word", x->steps[i].words, x->steps[i].nwords);
	}
	put_all(to, "environment", x->environment, x->nenvironment);
	put(to, "folder", x->folder);
	for (size_t i = 0; i < x->nbases; i++) {
		put(to, "base", x->bases[i].name);
		put(to, "path", x->bases[i].path);
	}
	put(to, "source", x->source);
	for (size_t i = 0; i < x->nparts; i++)
		put_digest(to, "part", &x->parts[i]);
	put(to, "written", x->written);
	put(to, "text", x->text);
	put(to, "log", x->log);
}

bool
about_add(struct folder *f, const struct digest *name, const struct about *x)
{
	struct buf fields = {0}, text = {0};
	bool ok;

	write_fields(x, &fields);
	record_begin(&text, "about", name);
	pack(buf_str(&fields), &text);
	record_end(&text);
	ok = fields.len <= MAX_FIELDS ?
	    folder_replace(f, KIND_ABOUT, name, buf_str(&text)) : true;
	buf_release(&fields);
	buf_release(&text);
	return ok;
}

/* ---- and back ---------------------------------------------------------------------------- */

/* Lists that grow while fields are read. */
struct reading {
	struct about *about;
	struct arena *arena;
	struct str *words, *environment;
	struct base *bases;
	struct digest *parts;
	size_t nwords, words_cap, environment_cap, bases_cap, parts_cap;
};

static bool
add_string(struct str **list, size_t *n, size_t *cap, struct str s)
{
	*list = mem_grow(*list, cap, *n + 1, sizeof **list);
	(*list)[(*n)++] = s;
	return true;
}

static bool
take_thing(struct about *x, struct str value)
{
	for (size_t i = 0; i < THINGS; i++) {
		if (str_eq(value, str_of(things[i]))) {
			x->thing = (enum about_thing)i;
			return true;
		}
	}
	return false;
}

static bool
take_number(struct str value, uint64_t *to)
{
	unsigned long n;
	bool ok = str_number(value, ~0UL >> 1, &n);

	*to = ok ? n : 0;
	return ok;
}

static bool
take_time(struct str value, int64_t *to)
{
	uint64_t n;
	bool ok = take_number(value, &n);

	*to = (int64_t)n;
	return ok;
}

/* The words of a step are complete when the next begins, or at the end. */
static void
end_step(struct reading *r)
{
	struct about *x = r->about;

	if (x->nsteps > 0) {
		struct about_step *s = &x->steps[x->nsteps - 1];

		s->words = arena_copy(r->arena, r->words, r->nwords, sizeof *r->words);
		s->nwords = r->nwords;
	}
	r->nwords = 0;
}

static bool
take_list(struct reading *r, const char *name, struct str value)
{
	struct about *x = r->about;

	if (strcmp(name, "word") == 0)
		return x->nsteps > 0 && add_string(&r->words, &r->nwords, &r->words_cap, value);
	if (strcmp(name, "environment") == 0)
		return add_string(&r->environment, &x->nenvironment, &r->environment_cap, value);
	if (strcmp(name, "step") == 0) {
		end_step(r);
		if (x->nsteps == ABOUT_STEPS)
			return false;
		x->steps[x->nsteps++].what = value;
		return true;
	}
	if (strcmp(name, "base") == 0) {
		r->bases = mem_grow(r->bases, &r->bases_cap, x->nbases + 1, sizeof *r->bases);
		r->bases[x->nbases++] = (struct base){ .name = value };
		return true;
	}
	if (strcmp(name, "path") == 0) {
		if (x->nbases > 0)
			r->bases[x->nbases - 1].path = value;
		return x->nbases > 0;
	}
	r->parts = mem_grow(r->parts, &r->parts_cap, x->nparts + 1, sizeof *r->parts);
	return digest_parse(&r->parts[x->nparts++], value);
}

enum field_kind { TEXT, NUMBER, TIME, DIGEST, THING, END, LIST };

static const struct field {
	const char *name;
	enum field_kind kind;
	size_t offset;
} fields[] = {
	{ "label", TEXT, offsetof(struct about, label) },
	{ "document", TEXT, offsetof(struct about, document) },
	{ "thing", THING, 0 },
	{ "end", END, 0 },
	{ "made", TIME, offsetof(struct about, made) },
	{ "run", TEXT, offsetof(struct about, run) },
	{ "request", DIGEST, offsetof(struct about, request) },
	{ "inputs", DIGEST, offsetof(struct about, inputs) },
	{ "object", DIGEST, offsetof(struct about, object) },
	{ "size", NUMBER, offsetof(struct about, object_size) },
	{ "took", TIME, offsetof(struct about, nanoseconds) },
	{ "compiler", TEXT, offsetof(struct about, compiler) },
	{ "version", TEXT, offsetof(struct about, version) },
	{ "identity", DIGEST, offsetof(struct about, identity) },
	{ "folder", TEXT, offsetof(struct about, folder) },
	{ "source", TEXT, offsetof(struct about, source) },
	{ "written", TEXT, offsetof(struct about, written) },
	{ "text", TEXT, offsetof(struct about, text) },
	{ "log", TEXT, offsetof(struct about, log) },
	{ "step", LIST, 0 }, { "word", LIST, 0 }, { "environment", LIST, 0 },
	{ "base", LIST, 0 }, { "path", LIST, 0 }, { "part", LIST, 0 },
};

static bool
take_field(struct reading *r, const struct field *f, struct str value)
{
	void *to = (char *)r->about + f->offset;

	switch (f->kind) {
	case TEXT:
		*(struct str *)to = value;
		return true;
	case NUMBER:
		return take_number(value, to);
	case TIME:
		return take_time(value, to);
	case DIGEST:
		return digest_parse(to, value);
	case THING:
		return take_thing(r->about, value);
	case END:
		r->about->is_failure = str_eq(value, STR("failure"));
		return true;
	case LIST:
		return take_list(r, f->name, value);
	}
	return false;
}

static bool
take_named(struct reading *r, struct str name, struct str value)
{
	for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
		if (str_eq(name, str_of(fields[i].name)))
			return take_field(r, &fields[i], value);
	return true;
}

static bool
read_fields(struct reading *r, struct str rest)
{
	struct str line;
	unsigned long n;

	while (str_line(&rest, &line)) {
		struct str name = str_word(&line), value;

		if (!str_number(str_word(&line), rest.len, &n))
			return false;
		value = str_slice(rest, 0, n);
		rest = str_slice(rest, n, rest.len);
		if (!str_starts(rest, STR("\n")) || !take_named(r, name, value))
			return false;
		rest = str_slice(rest, 1, rest.len);
	}
	return true;
}

static bool
parse(struct str text, struct arena *a, struct about *x)
{
	struct reading r = { .about = x, .arena = a };
	bool ok = read_fields(&r, text);

	end_step(&r);
	x->environment = arena_copy(a, r.environment, x->nenvironment, sizeof *r.environment);
	x->bases = arena_copy(a, r.bases, x->nbases, sizeof *r.bases);
	x->parts = arena_copy(a, r.parts, x->nparts, sizeof *r.parts);
	mem_free(r.words);
	mem_free(r.environment);
	mem_free(r.bases);
	mem_free(r.parts);
	return ok;
}

enum about_found
about_read(struct folder *f, const struct digest *name, struct arena *a, struct about *x)
{
	struct str text;

	*x = (struct about){0};
	if (!folder_read(f, KIND_ABOUT, name, MAX_FILE, false, a, &text))
		return ABOUT_NONE;
	if (record_open(text, "about", name, &text) && unpack(text, MAX_FIELDS, a, &text) &&
	    parse(text, a, x))
		return ABOUT_FOUND;
	*x = (struct about){0};
	return ABOUT_DAMAGED;
}
