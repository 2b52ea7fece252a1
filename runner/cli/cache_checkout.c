#define _POSIX_C_SOURCE 200809L	/* dirent */
#include <dirent.h>
#include <errno.h>
#include <sys/stat.h>

#include "runner/build/lines.h"
#include "runner/cache/folder.h"
#include "runner/cli/aspect.h"
#include "runner/cli/command.h"
#include "runner/cli/exhibit.h"
#include "runner/cli/parts.h"
#include "runner/cli/rebuild.h"
#include "runner/cli/summary.h"
#include "tangle/base/arena.h"
#include "tangle/base/buf.h"
#include "tangle/base/file.h"
#include "tangle/base/json.h"
#include "tangle/base/map.h"

static void checkout(struct invocation *i);

const struct command cache_checkout = {
	.name = "cache checkout",
	.args = "KEY | DOC#CELL [DIR]",
	.summary = "make a folder that shows how a cell was compiled and does it again",
	.flags = FLAGS_OF(FLAG_JSON, FLAG_ASPECTS),
	.least = 1,
	.run = checkout,
};

enum { KEY_IN_NAME = 8, LARGEST_INPUT = 64 << 20, MOST_NOTED = 5, MOST_EXCERPTS = 64 };

struct copying {
	struct invocation *invocation;
	struct arena *arena;
	struct folder *folder;
	struct exhibit kept;
	unsigned set;			/* of aspects */
	struct str into;
	struct json *files;		/* their names */
	size_t nfiles;
	struct buf changed;		/* what is not as it was */
	size_t nchanged;
	bool ok;
};

/* ---- files ---------------------------------------------------------------------------------- */

/* The folders that a path stands in. */
static bool
make_above(struct str path, struct arena *a)
{
	char *copy = arena_cstr(a, path);

	for (char *p = copy + 1; *p; p++) {
		if (*p != '/')
			continue;
		*p = '\0';
		if (mkdir(copy, 0777) == -1 && errno != EEXIST)
			return false;
		*p = '/';
	}
	return true;
}

static void
put_file(struct copying *c, struct str name, struct str text, bool is_script)
{
	struct file_options o = { .mode = is_script ? 0755 : 0644 };
	struct str path = arena_printf(c->arena, "%.*s/%.*s", STR_ARG(c->into), STR_ARG(name));

	if (!c->ok)
		return;
	if (!make_above(path, c->arena)) {
		diag_errno(c->invocation->diag, "make the folders of", path);
		c->ok = false;
		return;
	}
	c->ok = file_replace(NULL, path, NULL, text, &o, c->invocation->diag) == FILE_WRITTEN;
	json_push(c->files, json_new_string(name));
	c->nfiles++;
}

static void
put_aspect(struct copying *c, enum aspect what, const char *name)
{
	struct buf text = {0};

	if ((c->set & ASPECT_BIT(what)) &&
	    aspect_text(what, c->folder, &c->kept, c->arena, &text) && text.len > 0)
		put_file(c, str_of(name), buf_str(&text), false);
	buf_release(&text);
}

/* What gcc underlines in its messages it reads from files beside (compile.c). */
static void
put_excerpts(struct copying *c)
{
	struct lines lines = lines_of(c->kept.about.text, c->arena);
	struct map done = {0};

	for (size_t i = 0; i < lines.n && map_count(&done) < MOST_EXCERPTS; i++) {
		struct str marker = lines.list[i].marker;
		struct buf text = {0};

		if (map_get(&done, marker))
			continue;
		map_put(&done, marker, c);
		if (lines_file(&lines, marker, &text))
			put_file(c, arena_printf(c->arena, "excerpts/%.*s", STR_ARG(marker)),
			    buf_str(&text), false);
		buf_release(&text);
	}
	map_release(&done);
}

static void
put_unit(struct copying *c)
{
	const struct about *x = &c->kept.about;

	if (*rebuild_unit(x) == '\0')
		return;
	put_file(c, str_of(rebuild_unit(x)), x->text, false);
	if (str_starts(x->version, STR("gcc")))
		put_excerpts(c);
}

static void
note_changed(struct copying *c, struct str what)
{
	if (c->nchanged++ < MOST_NOTED)
		buf_printf(&c->changed, "%s'%.*s'", c->changed.len > 0 ? ", " : "", STR_ARG(what));
}

/* What was linked are objects of the cache, or of a host what skein brings along. */
static void
put_parts(struct copying *c)
{
	const struct about *x = &c->kept.about;

	for (size_t i = 0; i < x->nparts; i++) {
		struct str name = arena_printf(c->arena, "%zu.o", i), bytes;

		if (!exhibit_bytes(c->folder, &x->parts[i], c->arena, &bytes)) {
			bytes = x->thing == ABOUT_HOST ?
			    parts_host_object(c->arena, c->invocation->diag) : STR("");
			if (!digest_eq(hash_of(bytes), x->parts[i])) {
				note_changed(c, name);
				continue;
			}
		}
		put_file(c, arena_printf(c->arena, "parts/%.*s", STR_ARG(name)), bytes, false);
	}
}

/* A line as sha256sum -c reads it. */
static void
put_sum(const struct digest *d, struct str path, struct buf *to)
{
	char hex[HASH_HEX + 1];

	digest_hex(*d, hex);
	if (str_find_byte(path, '\\') < path.len)
		buf_byte(to, '\\');
	buf_printf(to, "%s  ", hex);
	for (size_t i = 0; i < path.len; i++) {
		if (path.data[i] == '\\')
			buf_byte(to, '\\');
		buf_byte(to, path.data[i]);
	}
	buf_byte(to, '\n');
}

/* Below the project's folders a copy is taken, if the file is as it was. */
static void
put_input(struct copying *c, const struct input *i, struct buf *list)
{
	const struct about *x = &c->kept.about;
	struct str path = exhibit_path(&c->kept, i->path, c->arena), name = path, text;
	bool is_ours = !str_eq(path, i->path);

	if (is_ours) {
		struct str rest, base = str_cut(i->path, ':', &rest);

		name = arena_printf(c->arena, "tree/%.*s/%.*s", STR_ARG(base), STR_ARG(rest));
	}
	put_sum(&i->digest, name, list);
	if (x->thing == ABOUT_SOURCE && str_eq(path, x->source) &&
	    digest_eq(hash_of(x->text), i->digest))
		text = x->text;
	else if (!file_peek(path, LARGEST_INPUT, c->arena, &text) || !digest_eq(hash_of(text), i->digest)) {
		note_changed(c, path);
		return;
	}
	if (is_ours)
		put_file(c, name, text, false);
}

static void
put_inputs(struct copying *c)
{
	struct buf list = {0};
	struct str rest;
	struct input i;

	if (exhibit_inputs(c->folder, &c->kept, c->arena, &rest)) {
		while (inputs_next(&rest, &i))
			if (!i.is_absent)
				put_input(c, &i, &list);
		put_file(c, STR("headers.txt"), buf_str(&list), false);
	} else {
		note_changed(c, STR("the list of its inputs"));
	}
	buf_release(&list);
}

static void
put_script(struct copying *c)
{
	struct buf script = {0};

	rebuild_script(&c->kept.about, c->arena, &script);
	put_file(c, STR("build.sh"), buf_str(&script), true);
	buf_release(&script);
}

static void
put_about(struct copying *c)
{
	struct buf text = {0};

	summary(c->folder, &c->kept, c->arena, &text);
	if (c->set & ASPECT_BIT(ASPECT_CMD))
		buf_add(&text, STR("\nsh build.sh makes it again; sha256sum -c headers.txt says whether what it\n"
		    "is made of is as it was.\n"));
	put_file(c, STR("about.txt"), buf_str(&text), false);
	buf_release(&text);
}

static void
put_object(struct copying *c)
{
	struct str bytes;

	if (exhibit_object(c->folder, &c->kept, c->arena, &bytes))
		put_file(c, STR("object.so"), bytes, false);
	else if (!c->kept.is_failure)
		note_changed(c, STR("its object"));
}

static void
put_all(struct copying *c)
{
	put_about(c);
	if (c->kept.about.written.len > 0)
		put_aspect(c, ASPECT_SRC, "cell.txt");
	if (c->set & ASPECT_BIT(ASPECT_UNIT)) {
		put_unit(c);
		put_parts(c);
	}
	if (c->set & ASPECT_BIT(ASPECT_INC))
		put_inputs(c);
	if (c->set & ASPECT_BIT(ASPECT_CMD))
		put_script(c);
	put_aspect(c, ASPECT_ENV, "environment.txt");
	if (c->set & ASPECT_BIT(ASPECT_LOG))
		put_file(c, STR("log.txt"), c->kept.about.log, false);
	put_aspect(c, ASPECT_MESSAGES, "messages.txt");
	if (c->set & ASPECT_BIT(ASPECT_LIB))
		put_object(c);
	if (!c->kept.is_failure)
		put_aspect(c, ASPECT_ABI, "abi.h");
}

/* ---- the folder ------------------------------------------------------------------------------ */

/* Is it one, with something in it? */
static bool
is_taken(struct copying *c)
{
	DIR *dir = opendir(arena_cstr(c->arena, c->into));
	const struct dirent *e;
	size_t n = 0;

	if (!dir && errno == ENOENT)
		return false;
	if (!dir) {
		diag_errno(c->invocation->diag, "read", c->into);
		return true;
	}
	while ((e = readdir(dir)))
		n += !str_eq(str_of(e->d_name), STR(".")) && !str_eq(str_of(e->d_name), STR(".."));
	closedir(dir);
	if (n > 0)
		diag_error(c->invocation->diag, STATUS_REFUSED, PLACE_NONE, "not-empty",
		    "'%.*s' is there, and is not empty: name another folder", STR_ARG(c->into));
	return n > 0;
}

static void
tell(struct copying *c)
{
	struct buf out = {0};

	if (c->nchanged > 0)
		diag_warning(c->invocation->diag, PLACE_NONE, "changed-input",
		    "not as it was then: %.*s%s; what is built may differ", STR_ARG(buf_str(&c->changed)),
		    c->nchanged > MOST_NOTED ? ", and more" : "");
	if (c->invocation->set[FLAG_JSON]) {
		struct json *j = json_new_object();

		json_put_string(j, "key", str_of(c->kept.key));
		json_put_string(j, "folder", c->into);
		json_put_integer(j, "changed", (long long)c->nchanged);
		json_put(j, "files", c->files);
		c->files = NULL;
		json_write(j, &out);
		buf_byte(&out, '\n');
		json_end(j);
	} else {
		buf_printf(&out, "%.*s: %zu files of '%.*s'\n", STR_ARG(c->into), c->nfiles,
		    STR_ARG(c->kept.label));
	}
	command_print(buf_str(&out));
	buf_release(&out);
}

static void
write_folder(struct copying *c)
{
	const struct invocation *i = c->invocation;

	c->into = i->narguments > 1 ? str_of(i->arguments[1]) :
	    arena_printf(c->arena, "skein-checkout-%.*s", KEY_IN_NAME, c->kept.key);
	if (is_taken(c))
		return;
	c->files = json_new_array();
	c->ok = true;
	put_all(c);
	if (c->ok)
		tell(c);
	if (c->files)
		json_end(c->files);
	buf_release(&c->changed);
}

static void
checkout(struct invocation *i)
{
	struct arena a;
	struct folder f;
	struct copying c = { .invocation = i, .arena = &a, .folder = &f, .set = ASPECT_ALL };

	arena_init(&a);
	if (i->narguments > 2)
		diag_error(i->diag, STATUS_USAGE, PLACE_NONE, "usage",
		    "skein cache checkout takes one key and one folder");
	else if ((!i->set[FLAG_ASPECTS] ||
	    aspect_read(i->value[FLAG_ASPECTS], ASPECT_ALL, &c.set, i->diag)) &&
	    folder_open(&f, NULL, &a, i->diag)) {
		if (exhibit_find(&f, str_of(i->arguments[0]), &a, &c.kept, i->diag) &&
		    exhibit_needs_about(&f, &c.kept, i->diag))
			write_folder(&c);
		folder_close(&f);
	}
	arena_release(&a);
}
