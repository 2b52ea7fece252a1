#define _POSIX_C_SOURCE 200809L	/* mkdir, faccessat */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runner/cli/command.h"
#include "runner/cli/starter.h"
#include "tangle/base/arena.h"
#include "tangle/base/buf.h"
#include "tangle/base/change.h"
#include "tangle/base/mem.h"
#include "tangle/base/root.h"
#include "tangle/project/settings.h"

static void init(struct invocation *i);

const struct command cmd_init = {
	.name = "init",
	.args = "[DIR]",
	.summary = "begin a project: a notebook that runs, checks and tangles, and its settings",
	.flags = FLAGS_OF(FLAG_CI),
	.run = init,
};

enum { MOST_FILES = 8 };

struct project {
	struct invocation *invocation;
	struct arena arena;
	struct str folder;		/* as named; "." */
	struct root root;
	const struct starter *files[MOST_FILES];
	struct change changes[MOST_FILES];
	size_t n;
};

static void
choose_files(struct project *p)
{
	const struct starter *s;

	for (size_t k = 0; (s = starter_at(k)) && p->n < MOST_FILES; k++)
		if (!s->wish || str_eq(p->invocation->value[FLAG_CI], str_of(s->wish)))
			p->files[p->n++] = s;
}

/* ---- the folder ------------------------------------------------------------------------ */

/* It and those above it, if they are not there. */
static bool
make_folder(struct project *p)
{
	char *path = arena_cstr(&p->arena, p->folder);

	for (size_t k = 1; k <= p->folder.len; k++) {
		char at = path[k];

		if (at != '/' && at != '\0')
			continue;
		path[k] = '\0';
		if (mkdir(path, 0777) == -1 && errno != EEXIST && errno != EISDIR) {
			diag_errno(p->invocation->diag, "make the folder", p->folder);
			return false;
		}
		path[k] = at;
	}
	return root_open(&p->root, p->folder, p->invocation->diag);
}

/* Whatever stands there, a link that leads nowhere as well. */
static void
refuse_if_there(struct project *p, const char *path, size_t *nthere)
{
	struct str shown = root_shown(&p->root, str_of(path), &p->arena);

	if (faccessat(p->root.fd, path, F_OK, AT_SYMLINK_NOFOLLOW) == -1 && errno == ENOENT)
		return;
	(*nthere)++;
	diag_error(p->invocation->diag, STATUS_CONFLICT, PLACE_NONE, "file-exists",
	    "'%.*s' is there already, and skein init replaces nothing", STR_ARG(shown));
}

static bool
is_free(struct project *p)
{
	size_t nthere = 0;

	for (size_t k = 0; k < p->n; k++)
		refuse_if_there(p, p->files[k]->path, &nthere);
	refuse_if_there(p, STARTER_TARGET, &nthere);
	if (nthere > 0)
		diag_note(p->invocation->diag, PLACE_NONE, "nothing was written: name another folder, as in skein init notes");
	return nthere == 0;
}

/* ---- writing ------------------------------------------------------------------------------ */

static void
undo(struct project *p)
{
	for (size_t k = p->n; k-- > 0;)
		change_undo(&p->changes[k], p->invocation->diag);
}

/* All of them, or none. */
static bool
write_files(struct project *p)
{
	struct diag *d = p->invocation->diag;
	const struct file_options o = { .mode = -1, .durable = true, .make_folders = true };
	enum file_result r = FILE_WRITTEN;
	size_t k;

	for (k = 0; k < p->n && r == FILE_WRITTEN; k++)
		r = change_prepare(&p->changes[k], &p->root, str_of(p->files[k]->path), NULL, NULL,
		    str_of(p->files[k]->text), &o, d);
	for (k = 0; k < p->n && r == FILE_WRITTEN; k++)
		r = change_settle(&p->changes[k], d) ? FILE_WRITTEN : FILE_FAILED;
	for (k = 0; k < p->n && r == FILE_WRITTEN; k++)
		r = change_commit(&p->changes[k], d);
	if (r != FILE_WRITTEN) {
		undo(p);
		if (r == FILE_CHANGED)
			diag_error(d, STATUS_CONFLICT, PLACE_NONE, "file-exists",
			    "somebody made one of the files just now, and skein init replaces nothing");
		return false;
	}
	for (k = 0; k < p->n; k++)
		if (!change_finish(&p->changes[k], d))
			return false;
	return true;
}

/* skein tangle of the document: its target, and the proof that it is ours. */
static bool
tangle_document(struct project *p)
{
	struct invocation i = { .command = &cmd_tangle, .diag = p->invocation->diag };
	char *words[] = { (char *)"tangle", NULL, NULL };

	words[1] = arena_cstr(&p->arena, root_shown(&p->root, STR(STARTER_DOCUMENT), &p->arena));
	if (words[1][0] == '-')
		words[1] = arena_cstr(&p->arena, arena_printf(&p->arena, "./%s", words[1]));
	optind = 0;			/* getopt has read our own words before */
	if (command_parse(&i, 2, words))
		cmd_tangle.run(&i);
	mem_free((void *)i.settings);
	mem_free(i.only);
	mem_free(i.wishes);
	return diag_status(p->invocation->diag) == STATUS_DONE;
}

/* ---- telling -------------------------------------------------------------------------------- */

static void
tell_one(struct project *p, struct buf *to, const char *path, const char *purpose)
{
	struct str shown = root_shown(&p->root, str_of(path), &p->arena);
	size_t before = to->len;

	buf_visible(to, shown);
	buf_fill(to, ' ', to->len - before < 24 ? 24 - (to->len - before) : 0);
	buf_printf(to, "  %s\n", purpose);
}

/* May a shell be given it as it is? */
static bool
is_plain(struct str path)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./-";

	for (size_t i = 0; i < path.len; i++)
		if (!memchr(plain, path.data[i], sizeof plain - 1))
			return false;
	return path.len > 0 && path.data[0] != '-';
}

static void
tell(struct project *p)
{
	struct str document = root_shown(&p->root, STR(STARTER_DOCUMENT), &p->arena);
	struct buf out = {0};

	for (size_t k = 0; k < p->n; k++)
		tell_one(p, &out, p->files[k]->path, p->files[k]->purpose);
	tell_one(p, &out, STARTER_TARGET, "made of the notebook by skein tangle");
	buf_add(&out, is_plain(document) ? STR("\nNow:\n") : STR("\nNow, in that folder:\n"));
	document = is_plain(document) ? document : STR(STARTER_DOCUMENT);
	buf_printf(&out, "  skein run %.*s\n  skein watch %.*s\n  skein check %.*s\n", STR_ARG(document),
	    STR_ARG(document), STR_ARG(document));
	command_print(buf_str(&out));
	buf_release(&out);
}

static bool
read_arguments(struct project *p)
{
	struct invocation *i = p->invocation;

	p->folder = i->narguments > 0 ? str_of(i->arguments[0]) : STR(".");
	if (i->narguments <= 1 && p->folder.len > 0 &&
	    (!i->set[FLAG_CI] || setting_is_choice("github|gitlab", i->value[FLAG_CI])))
		return true;
	diag_error(i->diag, STATUS_USAGE, PLACE_NONE, "usage",
	    i->narguments > 1 || p->folder.len == 0 ? "skein init takes one folder" : "--ci is github or gitlab");
	return false;
}

static void
init(struct invocation *i)
{
	struct project p = { .invocation = i, .root = { .fd = -1 } };

	arena_init(&p.arena);
	if (read_arguments(&p)) {
		choose_files(&p);
		if (make_folder(&p)) {
			if (is_free(&p) && write_files(&p) && tangle_document(&p) && !i->set[FLAG_QUIET])
				tell(&p);
			root_close(&p.root);
		}
	}
	arena_release(&p.arena);
}
