/* open_memstream, nanosleep */
#define _POSIX_C_SOURCE 200809L
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "runner/build/compile.h"
#include "runner/build/loop.h"
#include "runner/build/memo.h"
#include "runner/build/process.h"
#include "runner/build/slots.h"
#include "runner/build/ask.h"
#include "runner/build/native.h"
#include "runner/build/toolchain.h"
#include "runner/cache/builder.h"
#include "runner/cache/key.h"
#include "runner/cache/store.h"
#include "runner/include/skein/jit.h"
#include "runner/jit/loaded.h"
#include "tangle/base/arena.h"
#include "tangle/base/buf.h"
#include "tangle/base/diag.h"
#include "tangle/base/mem.h"

enum {
	TAG_SIGNATURE = 1,
	MAX_WORDS = 1 << 16,
	FIRST_WAIT = 1000000, LONGEST_WAIT = 50000000	/* nanoseconds */
};
/* Another's generator may take that long; then we make the text, too. */
#define PATIENCE	((int64_t)60 * 1000000000)

/* Loaded once, however many ask for it. */
struct image {
	struct image *next;
	struct digest digest;
	bool is_global;
	struct loaded loaded;
	size_t users;
};

enum state { ASKED, BUILT, OVER };

struct skein_jit_object {
	struct skein_jit *jit;
	struct skein_jit_object *next, **link;
	struct arena arena;
	struct compile_options options;
	struct compile_request request;
	struct str name;
	bool is_global;
	enum state state;
	enum skein_jit_status status;
	struct str error;		/* if status says so */
	struct built built;
	const char *messages;
	char digest[HASH_HEX + 1], key[HASH_HEX + 1];
	struct image *image;
};

struct skein_jit {
	struct arena arena;
	struct diag diag;		/* writes to `said` */
	FILE *to;
	char *said;
	size_t said_size;
	struct store *store;
	struct loop *loop;
	struct slots *slots;
	struct builder *builder;
	struct str compiler;
	const struct toolchain *toolchains[2];	/* for C, for C++ */
	struct str lacks[2];		/* why there is none */
	bool no_compile;
	struct skein_jit_object *objects;
	struct image *images;
	struct str broken;		/* not empty: no request can be answered */
	struct buf error;
	enum skein_jit_status status;
};

/* ---- errors ------------------------------------------------------------------------- */

static void
succeed(struct skein_jit *j)
{
	buf_clear(&j->error);
	j->status = SKEIN_JIT_DONE;
}

static void
fail(struct skein_jit *j, enum skein_jit_status status, struct str error)
{
	buf_clear(&j->error);
	buf_add(&j->error, error);
	if (!str_ends(error, STR("\n")))
		buf_byte(&j->error, '\n');
	j->status = status;
}

/* What the parts below have told the diag since the last time. */
static struct str
take_said(struct skein_jit *j, struct arena *a)
{
	struct str said;

	if (!j->to || fflush(j->to) != 0 || !j->said)
		return STR("no memory for messages");
	said = arena_str(a, (struct str){ j->said, j->said_size });
	rewind(j->to);
	return said;
}

const char *
skein_jit_error(const struct skein_jit *j)
{
	struct skein_jit *own = (struct skein_jit *)(uintptr_t)j;	/* adds a NUL, no more */

	return buf_cstr(&own->error);
}

enum skein_jit_status
skein_jit_status(const struct skein_jit *j)
{
	return j->status;
}

/* ---- the handle --------------------------------------------------------------------- */

static struct str
choose_compiler(const char *wanted, struct arena *a)
{
	static const char *const usual[] = { "gcc", "clang" };
	const char *own = getenv("CC");

	if (wanted && *wanted)
		return arena_str(a, str_of(wanted));
	if (own && *own)
		return arena_str(a, str_of(own));
	for (size_t i = 0; i < sizeof usual / sizeof *usual; i++)
		if (process_find(usual[i], ask_path(), a))
			return str_of(usual[i]);
	return STR("cc");
}

static size_t
choose_jobs(unsigned wanted)
{
	return wanted == 0 ? slots_processors() : wanted > SLOTS_MOST ? SLOTS_MOST : wanted;
}

static void
start(struct skein_jit *j, const struct skein_jit_options *o)
{
	j->no_compile = o->no_compile != 0;
	j->compiler = choose_compiler(o->compiler, &j->arena);
	j->store = store_open(o->cache, &j->diag);
	j->loop = loop_new();
	j->slots = slots_new(choose_jobs(o->jobs));
	if (j->store && j->loop && j->slots)
		j->builder = builder_new(j->loop, j->store, j->slots);
	else
		j->broken = take_said(j, &j->arena);
}

/* A struct of its caller's version: what that does not know of is zero. */
static bool
take_struct(void *to, size_t known, const void *from, size_t given)
{
	memset(to, 0, known);
	if (given < sizeof(size_t))
		return false;
	memcpy(to, from, given < known ? given : known);
	return true;
}

struct skein_jit *
skein_jit_open(const struct skein_jit_options *given)
{
	struct skein_jit_options o = {0};
	struct skein_jit *j = mem_zalloc(1, sizeof *j);
	bool before = loop_leave_signals(true);

	arena_init(&j->arena);
	j->to = open_memstream(&j->said, &j->said_size);
	diag_init(&j->diag, j->to ? j->to : stderr, DIAG_COLOR_NEVER);
	j->diag.quiet = true;		/* what is only less good is no error */
	if (!j->to)
		j->broken = STR("no memory for messages");
	else if (given && !take_struct(&o, sizeof o, given, given->size))
		j->broken = STR("the size of the options is not set");
	else
		start(j, &o);
	if (j->broken.len > 0)
		fail(j, SKEIN_JIT_ENVIRONMENT, j->broken);
	loop_leave_signals(before);
	return j;
}

void
skein_jit_close(struct skein_jit *j)
{
	if (!j)
		return;
	builder_free(j->builder);
	j->builder = NULL;
	while (j->objects)
		skein_jit_release(j->objects);
	loop_free(j->loop);
	slots_close(j->slots);
	store_close(j->store);
	diag_release(&j->diag);
	if (j->to)
		fclose(j->to);
	free(j->said);
	buf_release(&j->error);
	arena_release(&j->arena);
	mem_free(j);
}

/* ---- requests ----------------------------------------------------------------------- */

/* Looked for once; why there is none is told each time. */
static const struct toolchain *
toolchain_of(struct skein_jit *j, bool is_cxx)
{
	const struct toolchain **t = &j->toolchains[is_cxx];
	struct str *lacks = &j->lacks[is_cxx];
	struct str name = toolchain_name(j->compiler, is_cxx, &j->arena);

	if (!*t && lacks->len == 0 && name.len == 0)
		*lacks = arena_printf(&j->arena, "%.*s does not know C++", STR_ARG(j->compiler));
	if (!*t && lacks->len == 0) {
		*t = toolchain_find(store_memo(j->store), name, true, &j->arena, PLACE_NONE, &j->diag);
		if (!*t)
			*lacks = take_said(j, &j->arena);
	}
	if (!*t)
		fail(j, SKEIN_JIT_ENVIRONMENT, *lacks);
	return *t;
}

static const struct str *
copy_words(const char *const *words, struct arena *a, size_t *n)
{
	struct str *list;

	*n = 0;
	while (words && words[*n] && *n < MAX_WORDS)
		++*n;
	list = arena_alloc(a, *n, sizeof *list);
	for (size_t i = 0; i < *n; i++)
		list[i] = arena_str(a, str_of(words[i]));
	return list;
}

/* It becomes a line marker, and the name of a file beside others. */
static bool
is_name(struct str s)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.data[i] == '"' || s.data[i] == '\\' || s.data[i] == '/' ||
		    (unsigned char)s.data[i] < ' ' || s.data[i] == 127)
			return false;
	return s.len > 0 && s.len < 200 && s.data[0] != '<' && s.data[0] != '.';
}

static const char *
what_is_wrong(const struct skein_jit_request *r)
{
	if (!r->source == !r->generate)
		return "a request has a source or a function that generates it";
	if (r->generate && (!r->signature || r->signature_size == 0))
		return "a text that is generated needs a signature that says what it depends on";
	if (r->name && !is_name(str_of(r->name)))
		return "a name is a plain file name of less than 200 bytes";
	for (size_t i = 0; r->include_folders && r->include_folders[i]; i++)
		if (r->include_folders[i][0] != '/')
			return "include folders are absolute paths";
	return NULL;
}

/* ---- generated texts ------------------------------------------------------------------ */

static void
pause_for(int64_t *wait)
{
	struct timespec t = { 0, (long)*wait };

	nanosleep(&t, NULL);
	*wait = *wait * 2 > LONGEST_WAIT ? LONGEST_WAIT : *wait * 2;
}

/* The text is there, or (false) it is for us to make. */
static bool
find_text(struct skein_jit *j, const struct digest *name, struct arena *a, struct str *text)
{
	int64_t give_up = loop_now() + PATIENCE, wait = FIRST_WAIT;

	while (!store_text(j->store, name, a, text)) {
		if (store_claim(j->store, name))	/* it may have come meanwhile */
			return store_text(j->store, name, a, text);
		if (loop_now() > give_up)
			return false;
		pause_for(&wait);
	}
	return true;
}

static bool
generate(struct skein_jit *j, const struct skein_jit_request *r, struct arena *a, struct str *text)
{
	struct key *k = key_start("skein generated");
	struct digest name;
	char *made;

	key_add(k, TAG_SIGNATURE, (struct str){ r->signature, r->signature_size });
	name = key_end(k);
	if (find_text(j, &name, a, text)) {
		store_unclaim(j->store, &name);
		return true;
	}
	made = r->generate(r->generate_arg);
	if (made) {
		*text = arena_str(a, str_of(made));
		store_keep_text(j->store, &name, *text);
	}
	store_unclaim(j->store, &name);
	free(made);
	return made != NULL;
}

static bool
take_text(struct skein_jit *j, const struct skein_jit_request *r, struct skein_jit_object *o)
{
	struct str text = { r->source, r->source_size };
	struct buf unit = {0};

	if (r->source && text.len == 0)
		text = str_of(r->source);
	if (!r->source && !generate(j, r, &o->arena, &text)) {
		fail(j, SKEIN_JIT_COMPILE, arena_printf(&o->arena, "%.*s: no text was generated", STR_ARG(o->name)));
		return false;
	}
	buf_printf(&unit, "# 1 \"%.*s\"\n", STR_ARG(o->name));
	buf_add(&unit, text);
	buf_byte(&unit, '\n');
	o->request.unit = buf_take(&unit, &o->arena);
	return true;
}

/* ---- answers --------------------------------------------------------------------------- */

static void
write_message(const struct message *m, struct buf *to)
{
	static const char *const levels[] = { "error", "warning", "note" };

	if (m->marker.len > 0)
		buf_printf(to, "%.*s:", STR_ARG(m->marker));
	if (m->marker.len > 0 && m->line > 0)
		buf_printf(to, "%zu:", m->line);
	if (m->marker.len > 0 && m->line > 0 && m->column > 0)
		buf_printf(to, "%zu:", m->column);
	buf_printf(to, "%s%s: %.*s", m->marker.len > 0 ? " " : "", levels[m->level], STR_ARG(m->text));
	if (m->option.len > 0)
		buf_printf(to, " [%.*s]", STR_ARG(m->option));
	buf_byte(to, '\n');
}

static const char *
write_messages(const struct messages *m, struct arena *a)
{
	struct buf text = {0};

	for (size_t i = 0; i < m->n; i++)
		write_message(&m->list[i], &text);
	if (m->left_out > 0)
		buf_printf(&text, "and %zu more\n", m->left_out);
	return buf_take(&text, a).data;
}

static void
spoil(struct skein_jit_object *o, enum skein_jit_status status, struct str error)
{
	o->status = status;
	o->error = error;
	o->state = OVER;
}

static void
on_built(void *arg, const struct built *b)
{
	struct skein_jit_object *o = arg;

	o->built = *b;
	o->state = BUILT;
	o->messages = write_messages(&b->messages, &o->arena);
	digest_hex(b->request, o->key);
	switch (b->end) {
	case COMPILE_DONE:
		digest_hex(b->digest, o->digest);
		break;
	case COMPILE_FAILED:
		spoil(o, SKEIN_JIT_COMPILE, str_of(o->messages));
		break;
	case COMPILE_LIMIT:
		spoil(o, SKEIN_JIT_LIMIT, b->what);
		break;
	case COMPILE_BROKEN:
		spoil(o, SKEIN_JIT_ENVIRONMENT, o->jit->no_compile ?
		    arena_printf(&o->arena, "%.*s is not in the cache, and nothing may be compiled",
		    STR_ARG(o->name)) : b->what);
	}
}

static struct image *
find_image(const struct skein_jit_object *o)
{
	struct image *i = o->jit->images;

	while (i && (!digest_eq(i->digest, o->built.digest) || i->is_global != o->is_global))
		i = i->next;
	return i;
}

static void
load(struct skein_jit_object *o)
{
	struct image *i = find_image(o);
	struct str why;

	o->state = OVER;
	if (!i) {
		i = mem_zalloc(1, sizeof *i);
		i->digest = o->built.digest;
		i->is_global = o->is_global;
		if (!loaded_open(&i->loaded, o->built.object, o->is_global, &o->arena, &why)) {
			spoil(o, SKEIN_JIT_LOAD, arena_printf(&o->arena, "%.*s: %.*s",
			    STR_ARG(o->name), STR_ARG(why)));
			mem_free(i);
			return;
		}
		i->next = o->jit->images;
		o->jit->images = i;
	}
	i->users++;
	o->image = i;
}

/* ---- what the header promises ------------------------------------------------------------ */

static void
fill(struct skein_jit_object *o, const struct skein_jit_request *r)
{
	struct compile_options *c = &o->options;

	c->is_cxx = r->is_cxx != 0;
	if (r->standard)
		c->standard = arena_str(&o->arena, str_of(r->standard));
	c->flags = copy_words(r->flags, &o->arena, &c->nflags);
	c->libs = copy_words(r->libs, &o->arena, &c->nlibs);
	c->include_folders = copy_words(r->include_folders, &o->arena, &c->ninclude);
	c->temp = store_temp(o->jit->store);
	c->memo = store_memo(o->jit->store);
	o->request.options = c;
	o->request.name = o->name;
	o->is_global = r->is_global != 0;
}

static struct skein_jit_object *
new_object(struct skein_jit *j, const char *name)
{
	struct skein_jit_object *o = mem_zalloc(1, sizeof *o);

	arena_init(&o->arena);
	o->jit = j;
	o->messages = "";
	o->name = arena_str(&o->arena, str_of(name ? name : "jit.c"));
	o->next = j->objects;
	o->link = &j->objects;
	if (o->next)
		o->next->link = &o->next;
	j->objects = o;
	return o;
}

static struct skein_jit_object *
add(struct skein_jit *j, const struct skein_jit_request *r)
{
	struct skein_jit_object *o = new_object(j, r->name);

	fill(o, r);
	o->options.toolchain = toolchain_of(j, o->options.is_cxx);
	if (o->options.toolchain)	/* what is not known is not kept */
		(void)native_find(store_memo(j->store), &o->options, &o->arena, &o->options.native);
	if (!o->options.toolchain || !take_text(j, r, o)) {
		skein_jit_release(o);
		return NULL;
	}
	builder_add(j->builder, &o->request, o->name, j->no_compile ? BUILDER_CACHE_ONLY : BUILDER_BOTH,
	    &o->arena, on_built, o);
	succeed(j);
	return o;
}

struct skein_jit_object *
skein_jit_add(struct skein_jit *j, const struct skein_jit_request *given)
{
	struct skein_jit_object *o = NULL;
	struct skein_jit_request r;
	const char *wrong;
	bool before;

	if (j->broken.len > 0) {
		fail(j, SKEIN_JIT_ENVIRONMENT, j->broken);
		return NULL;
	}
	wrong = take_struct(&r, sizeof r, given, given->size) ? what_is_wrong(&r) :
	    "the size of the request is not set";
	if (wrong) {
		fail(j, SKEIN_JIT_USAGE, str_of(wrong));
		return NULL;
	}
	before = loop_leave_signals(true);
	o = add(j, &r);
	loop_leave_signals(before);
	return o;
}

enum skein_jit_status
skein_jit_wait(struct skein_jit_object *o)
{
	struct skein_jit *j = o->jit;
	bool before = loop_leave_signals(true);

	while (o->state == ASKED)
		if (!loop_step(j->loop))
			spoil(o, SKEIN_JIT_ENVIRONMENT, STR("the compiler was lost"));
	if (o->state == BUILT)
		load(o);
	loop_leave_signals(before);
	if (o->status == SKEIN_JIT_DONE)
		succeed(j);
	else
		fail(j, o->status, o->error);
	return o->status;
}

struct skein_jit_object *
skein_jit_compile(struct skein_jit *j, const struct skein_jit_request *r)
{
	struct skein_jit_object *o = skein_jit_add(j, r);

	if (o && skein_jit_wait(o) != SKEIN_JIT_DONE) {
		skein_jit_release(o);
		o = NULL;
	}
	return o;
}

void *
skein_jit_symbol(struct skein_jit_object *o, const char *name)
{
	void *address;

	if (skein_jit_wait(o) != SKEIN_JIT_DONE)
		return NULL;
	address = loaded_symbol(&o->image->loaded, name);
	if (!address)
		fail(o->jit, SKEIN_JIT_LOAD, arena_printf(&o->arena,
		    "%.*s does not define '%s' for others", STR_ARG(o->name), name));
	return address;
}

const char *
skein_jit_messages(struct skein_jit_object *o)
{
	skein_jit_wait(o);
	return o->messages;
}

int
skein_jit_is_reused(struct skein_jit_object *o)
{
	skein_jit_wait(o);
	return o->built.is_reused;
}

const char *
skein_jit_digest(struct skein_jit_object *o)
{
	skein_jit_wait(o);
	return o->digest;
}

const char *
skein_jit_key(struct skein_jit_object *o)
{
	skein_jit_wait(o);
	return o->key;
}

static void
leave_image(struct skein_jit *j, struct image *i)
{
	struct image **link = &j->images;

	if (!i || --i->users > 0)
		return;
	while (*link != i)
		link = &(*link)->next;
	*link = i->next;
	loaded_close(&i->loaded);
	mem_free(i);
}

/* What is being built is waited for: the builder has no way to take back one request. */
void
skein_jit_release(struct skein_jit_object *o)
{
	if (!o)
		return;
	if (o->jit->builder && o->request.unit.len > 0 && o->state == ASKED)
		while (o->state == ASKED && loop_step(o->jit->loop))
			;
	leave_image(o->jit, o->image);
	*o->link = o->next;
	if (o->next)
		o->next->link = o->link;
	arena_release(&o->arena);
	mem_free(o);
}
