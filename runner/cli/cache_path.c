#include "runner/cache/folder.h"
#include "runner/cli/command.h"
#include "tangle/base/arena.h"
#include "tangle/base/buf.h"
#include "tangle/base/json.h"

static void path(struct invocation *i);

const struct command cache_path = {
	.name = "cache path",
	.args = "",
	.summary = "print the folder of the cache",
	.flags = FLAG_BIT(FLAG_JSON),
	.run = path,
};

static void
path(struct invocation *i)
{
	struct arena a;
	struct folder f;
	struct buf out = {0};

	arena_init(&a);
	if (folder_open(&f, NULL, &a, i->diag) && f.fd != -1) {
		if (i->set[FLAG_JSON]) {
			struct json *object = json_new_object();

			json_put_string(object, "path", f.path);
			json_write(object, &out);
			json_end(object);
		} else {
			buf_add(&out, f.path);
		}
		buf_byte(&out, '\n');
	}
	command_print(buf_str(&out));
	buf_release(&out);
	folder_close(&f);
	arena_release(&a);
}
