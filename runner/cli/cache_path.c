#include "runner/cache/folder.h"
#include "runner/cli/aspect.h"
#include "runner/cli/command.h"
#include "runner/cli/exhibit.h"
#include "tangle/base/arena.h"
#include "tangle/base/buf.h"
#include "tangle/base/json.h"

static void path(struct invocation *i);

const struct command cache_path = {
	.name = "cache path",
	.args = "[KEY | DOC#CELL]",
	.summary = "print the folder of the cache, or the file that has the object of an entry",
	.flags = FLAGS_OF(FLAG_JSON, FLAG_ASPECTS),
	.run = path,
};

/* The file that has that side of an entry; false: none has. */
static bool
file_of(const struct exhibit *k, enum aspect what, enum kind *kind, struct digest *name)
{
	*name = k->name;
	*kind = KIND_ABOUT;
	switch (what) {
	case ASPECT_LIB: case ASPECT_ABI:
		*kind = KIND_OBJECT;
		*name = k->result.object;
		return !k->is_failure;
	case ASPECT_MESSAGES:
		*kind = k->is_failure ? KIND_FAILURE : KIND_RESULT;
		return true;
	case ASPECT_INC:
		*kind = KIND_INPUTS;
		*name = k->about.inputs;
		return k->found == ABOUT_FOUND;
	case ASPECT_SRC: case ASPECT_UNIT: case ASPECT_CMD: case ASPECT_ENV: case ASPECT_LOG:
		return k->found == ABOUT_FOUND;
	case ASPECTS:
		break;
	}
	return false;
}

static void
put_path(const struct folder *f, enum kind kind, const struct digest *name, struct buf *to)
{
	char hex[HASH_HEX + 1];

	digest_hex(*name, hex);
	buf_printf(to, "%.*s/%c/%.2s/%s", STR_ARG(f->path), (char)kind, hex, hex + 2);
}

static void
print_files(struct invocation *i, struct folder *f, const struct exhibit *k, unsigned set,
    struct buf *out)
{
	struct json *object = json_new_object();
	struct digest name;
	enum kind kind;

	for (unsigned what = 0; what < ASPECTS; what++) {
		struct buf text = {0};

		if (!(set & ASPECT_BIT(what)))
			continue;
		if (!file_of(k, (enum aspect)what, &kind, &name)) {
			diag_error(i->diag, STATUS_USAGE, PLACE_NONE, "no-entry", "no file has the %s of '%.*s'%s",
			    aspect_name((enum aspect)what), EXHIBIT_DIGITS, k->key,
			    k->is_failure ? ": it did not compile" : "");
			continue;
		}
		put_path(f, kind, &name, &text);
		if (i->set[FLAG_JSON])
			json_put_string(object, aspect_name((enum aspect)what), buf_str(&text));
		else
			buf_printf(out, "%s\n", buf_cstr(&text));
		buf_release(&text);
	}
	if (i->set[FLAG_JSON]) {
		json_write(object, out);
		buf_byte(out, '\n');
	}
	json_end(object);
}

static void
print_folder(const struct invocation *i, const struct folder *f, struct buf *out)
{
	if (i->set[FLAG_JSON]) {
		struct json *object = json_new_object();

		json_put_string(object, "path", f->path);
		json_write(object, out);
		json_end(object);
	} else {
		buf_add(out, f->path);
	}
	buf_byte(out, '\n');
}

static void
print_entry(struct invocation *i, struct folder *f, struct arena *a, struct buf *out)
{
	unsigned set = ASPECT_BIT(ASPECT_LIB);
	struct exhibit k;

	if ((!i->set[FLAG_ASPECTS] || aspect_read(i->value[FLAG_ASPECTS], ASPECT_ALL, &set, i->diag)) &&
	    exhibit_find(f, str_of(i->arguments[0]), a, &k, i->diag))
		print_files(i, f, &k, set, out);
}

static void
path(struct invocation *i)
{
	struct arena a;
	struct folder f;
	struct buf out = {0};

	arena_init(&a);
	if (folder_open(&f, NULL, &a, i->diag) && f.fd != -1) {
		if (i->narguments > 0)
			print_entry(i, &f, &a, &out);
		else
			print_folder(i, &f, &out);
	}
	command_print(buf_str(&out));
	buf_release(&out);
	folder_close(&f);
	arena_release(&a);
}
