#define _GNU_SOURCE	/* memmem */
#include <string.h>
#include <unistd.h>

#include "runner/build/elf.h"
#include "runner/cache/record.h"
#include "runner/cache/store.h"
#include "runner/cache/walk.h"
#include "runner/cli/collection.h"
#include "runner/cli/command.h"
#include "runner/cli/quantity.h"
#include "tangle/base/buf.h"
#include "tangle/base/diag.h"
#include "tangle/base/json.h"
#include "tangle/base/map.h"
#include "tangle/base/mem.h"

static void verify(struct invocation *i);

const struct command cache_verify = {
	.name = "cache verify",
	.args = "[--deep] [--fix]",
	.summary = "read every file of the cache, and say what is damaged",
	.flags = FLAGS_OF(FLAG_JSON, FLAG_FIX, FLAG_DEEP),
	.run = verify,
};

enum { MAX_FILE = 256 << 20 };

struct verifying {
	struct collection c;
	struct buf *out;
	struct json *list;		/* of problems; NULL: for people */
	struct arena libraries;		/* names of needed libraries, and */
	struct map known;		/* whether they are there */
	size_t problems, orphans, foreign, missing, others;
	uint64_t bytes;
};

/* ---- saying it -------------------------------------------------------------------------- */

static struct str
path_of(struct verifying *v, const struct survey_file *f)
{
	char hex[HASH_HEX + 1];

	digest_hex(f->name, hex);
	return arena_printf(&v->c.arena, "%c/%.2s/%s", f->kind, hex, hex + 2);
}

static void
say(struct verifying *v, const char *what, struct str path, const char *why)
{
	struct json *one;

	if (!v->list) {
		buf_printf(v->out, "%s: ", what);
		buf_visible(v->out, path);
		buf_printf(v->out, ": %s\n", why);
		return;
	}
	one = json_new_object();
	json_put_string(one, "problem", str_of(what));
	json_put_string(one, "path", path);
	json_put_string(one, "why", str_of(why));
	json_push(v->list, one);
}

/* ---- one file --------------------------------------------------------------------------- */

/* Why a file is damaged; NULL: it is not.  The survey has read what names others. */
static const char *
look_at(const struct survey_file *f, struct str bytes)
{
	if (f->kind == KIND_OBJECT || f->kind == KIND_INPUTS)
		return digest_eq(hash_of(bytes), f->name) ? NULL : "its bytes are not those of its name";
	if (f->kind == KIND_PIECES)
		return store_unseal(&f->name, &bytes) ? NULL : "it does not fit its checksum";
	if (f->is_damaged || !record_is_whole(bytes, &f->name))
		return "it does not fit its checksum";
	return NULL;
}

/* ---- libraries -------------------------------------------------------------------------- */

/* The loader's list of libraries; empty if there is none. */
static struct str
loader_cache(struct arena *a)
{
	struct buf text = {0};
	FILE *file = fopen("/etc/ld.so.cache", "re");
	size_t n = 1;

	while (file && n > 0 && text.len < MAX_FILE) {
		n = fread(buf_room(&text, 65536), 1, 65536, file);
		text.len += n;
	}
	if (file)
		fclose(file);
	return buf_take(&text, a);
}

/* Its names end with a NUL each, and stand one after another. */
static bool
is_in_cache(struct str cache, struct str name, struct arena *a)
{
	struct str word = arena_printf(a, "%c%.*s%c", '\0', STR_ARG(name), '\0');

	return cache.len > 0 && memmem(cache.data, cache.len, word.data, word.len);
}

static bool
is_in_folders(struct str name, struct arena *a)
{
	static const char *const folders[] = {
		"/lib64", "/usr/lib64", "/lib", "/usr/lib", "/usr/local/lib",
		"/lib/x86_64-linux-gnu", "/usr/lib/x86_64-linux-gnu",
		"/lib/aarch64-linux-gnu", "/usr/lib/aarch64-linux-gnu"
	};

	for (size_t i = 0; i < sizeof folders / sizeof *folders; i++)
		if (access(arena_printf(a, "%s/%.*s", folders[i], STR_ARG(name)).data, F_OK) == 0)
			return true;
	return false;
}

static bool
is_library_there(struct verifying *v, struct str name)
{
	static char yes, no;
	const char *known = map_get(&v->known, name);
	struct arena *a = &v->libraries;

	if (!known) {
		known = (str_find_byte(name, '/') < name.len &&
		    access(arena_cstr(a, name), F_OK) == 0) ||
		    is_in_cache(loader_cache(a), name, a) || is_in_folders(name, a) ? &yes : &no;
		map_put(&v->known, arena_str(a, name), (void *)known);
	}
	return known == &yes;
}

/* The loader may know other folders (a run path): it is worth a line, and no damage. */
static void
look_for_libraries(struct verifying *v, const struct survey_file *f, struct str bytes)
{
	struct elf e;
	struct str name;

	if (!elf_open(&e, bytes))
		return;
	for (size_t i = 0; elf_needed(&e, i, &name); i++) {
		if (name.len == 0 || is_library_there(v, name))
			continue;
		v->missing++;
		say(v, "note", path_of(v, f), arena_printf(&v->c.arena,
		    "it needs '%.*s', which the loader does not know", STR_ARG(name)).data);
	}
}

/* ---- all of them ------------------------------------------------------------------------ */

/* What cannot be good without this file goes with it. */
static void
doom_users(struct verifying *v, uint32_t at)
{
	struct gc *g = &v->c.gc;

	for (size_t i = 0; i < g->survey.nfiles; i++)
		if (survey_is_result(&g->survey.files[i]) && g->survey.files[i].object == at)
			gc_doom(g, (uint32_t)i);
	for (size_t i = 0; i < g->survey.nlinks; i++)
		if (g->survey.links[i].set == at)
			gc_doom(g, g->survey.links[i].result);
}

static void
found_damaged(struct verifying *v, uint32_t at, const char *why)
{
	const struct survey_file *f = &v->c.gc.survey.files[at];
	const char *what = arena_printf(&v->c.arena, "damaged %s",
	    survey_kind_name((enum kind)f->kind, false)).data;

	v->problems++;
	say(v, what, path_of(v, f), why);
	doom_users(v, at);
	gc_doom(&v->c.gc, at);
}

/* Not ours to judge: a newer skein, or another machine, may share the folder. */
static bool
is_of_others(const struct survey_file *f, struct str bytes, bool is_damaged)
{
	return f->is_other || (is_damaged ? record_is_other(bytes) :
	    f->kind == KIND_OBJECT && elf_is_foreign(bytes));
}

static void
verify_file(struct verifying *v, uint32_t at)
{
	const struct survey_file *f = &v->c.gc.survey.files[at];
	bool is_deep = v->c.invocation->set[FLAG_DEEP];
	struct arena a;
	struct str bytes;
	const char *why;

	arena_init(&a);
	if (folder_read(&v->c.folder, (enum kind)f->kind, &f->name, MAX_FILE, false, &a, &bytes)) {
		v->bytes += bytes.len;
		why = look_at(f, bytes);
		if (is_of_others(f, bytes, why != NULL))
			v->others++;
		else if (why)
			found_damaged(v, at, why);
		else if (is_deep && f->kind == KIND_OBJECT)
			look_for_libraries(v, f, bytes);
	} else if (folder_is_since(&v->c.folder, (enum kind)f->kind, &f->name, f->seen)) {
		found_damaged(v, at, "it cannot be read");
	}
	arena_release(&a);
}

/* Found whole, but names what is not there. */
static void
look_at_names(struct verifying *v, uint32_t at)
{
	const struct survey_file *f = &v->c.gc.survey.files[at];

	if (f->is_dangling && !f->goes) {
		v->problems++;
		say(v, "dangling", path_of(v, f), f->kind == KIND_MANIFEST ?
		    "it names a result or inputs that are gone" : "its object is gone");
		if (f->kind != KIND_MANIFEST || f->users == 0)
			gc_doom(&v->c.gc, at);
	} else if (survey_is_orphan(f) && !f->goes) {
		v->orphans++;
	}
}

static bool
found_foreign(void *arg, struct str path)
{
	struct verifying *v = arg;

	v->foreign++;
	say(v, "note", path, "it is not ours, and nothing touches it");
	return true;
}

static void
verify_all(struct verifying *v)
{
	const struct survey *s = &v->c.gc.survey;

	for (size_t i = 0; i < s->nfiles; i++)
		verify_file(v, (uint32_t)i);
	for (size_t i = 0; i < s->nfiles; i++)
		look_at_names(v, (uint32_t)i);
	for (const char *kind = survey_kinds; *kind; kind++)
		walk_foreign(&v->c.folder, (enum kind)*kind, found_foreign, v);
}

static void
print_sum(struct verifying *v, bool is_fixed)
{
	quantity_count(v->out, v->c.gc.survey.nfiles, "file", "files");
	buf_add(v->out, STR(", "));
	quantity_bytes(v->out, v->bytes);
	buf_add(v->out, STR(" read: "));
	if (v->problems == 0)
		buf_add(v->out, STR("all is well"));
	else
		quantity_count(v->out, v->problems, "problem", "problems");
	if (v->problems > 0)
		buf_add(v->out, is_fixed ? STR(", mended") : STR("; --fix takes them away"));
	if (v->orphans > 0) {
		buf_add(v->out, STR("; "));
		quantity_count(v->out, v->orphans, "file that nothing names, which gc removes",
		    "files that nothing names, which gc removes");
	}
	if (v->others > 0) {
		buf_add(v->out, STR("; "));
		quantity_count(v->out, v->others, "file of another version of skein, or of another machine",
		    "files of other versions of skein, or of other machines");
	}
	buf_byte(v->out, '\n');
}

static void
print_json(struct verifying *v, bool is_fixed)
{
	struct json *object = json_new_object();

	json_put_integer(object, "files", (long long)v->c.gc.survey.nfiles);
	json_put_integer(object, "bytes", (long long)v->bytes);
	json_put_integer(object, "problems", (long long)v->problems);
	json_put_boolean(object, "fixed", is_fixed);
	json_put_integer(object, "orphans", (long long)v->orphans);
	json_put_integer(object, "other-versions", (long long)v->others);
	json_put_integer(object, "foreign", (long long)v->foreign);
	json_put_integer(object, "libraries-missing", (long long)v->missing);
	json_put(object, "list", v->list);
	json_write(object, v->out);
	json_end(object);
	buf_byte(v->out, '\n');
}

static void
verify(struct invocation *i)
{
	struct buf out = {0};
	struct verifying v = { .out = &out };
	bool is_fixed;

	if (collection_open(&v.c, i)) {
		arena_init(&v.libraries);
		v.list = i->set[FLAG_JSON] ? json_new_array() : NULL;
		verify_all(&v);
		is_fixed = i->set[FLAG_FIX] && v.problems > 0;
		if (is_fixed)
			gc_carry_out(&v.c.gc);
		else if (v.problems > 0)
			diag_status_add(i->diag, STATUS_DIFFERS);
		if (v.list)
			print_json(&v, is_fixed);
		else if (!i->set[FLAG_QUIET] || v.problems > 0)
			print_sum(&v, is_fixed);
		command_print(buf_str(&out));
		map_release(&v.known);
		arena_release(&v.libraries);
	}
	collection_close(&v.c);
	buf_release(&out);
}
