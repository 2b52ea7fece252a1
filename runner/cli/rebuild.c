#include "runner/cli/rebuild.h"

#include "runner/cache/about.h"
#include "runner/cli/aspect.h"
#include "tangle/base/arena.h"
#include "tangle/base/buf.h"

const char *
rebuild_unit(const struct about *x)
{
	const struct about_step *s = &x->steps[0];

	if (x->thing != ABOUT_CELL)
		return "";
	for (size_t i = 0; x->nsteps > 0 && i < s->nwords; i++)
		if (str_eq(s->words[i], STR("c++")))
			return "unit.cc";
	return "unit.c";
}

/* ---- words -------------------------------------------------------------------------------- */

/* Only where a word names a path: -DHOME="/home/me" is a macro, and stays. */
static size_t
path_start(const struct about *x, const struct about_step *s, size_t i)
{
	static const char *const flags[] = { "-ffile-prefix-map=", "-iquote", "-isystem", "-idirafter",
		"-include", "-I", "-L" };
	struct str word = s->words[i];

	for (size_t k = 0; k < sizeof flags / sizeof *flags; k++) {
		if (i > 0 && str_eq(s->words[i - 1], str_of(flags[k])))
			return 0;
		if (str_starts(word, str_of(flags[k])))
			return str_of(flags[k]).len;
	}
	return str_starts(word, STR("/")) && (str_eq(word, x->source) || x->thing == ABOUT_WHOLE ||
	    x->thing == ABOUT_CELL) ? 0 : word.len;
}

/* Does the path begin with a folder, whole? */
static bool
lies_at(struct str path, struct str folder)
{
	return folder.len > 0 && str_starts(path, folder) && (path.len == folder.len ||
	    path.data[folder.len] == '/' || path.data[folder.len] == '=');
}

/* The longest folder of then that a path begins with, and where it is now. */
static struct str
place_of_folder(const struct about *x, struct str path, struct arena *a, struct str *now)
{
	struct str best = STR("");

	*now = STR("");
	if (lies_at(path, x->folder)) {
		best = x->folder;
		*now = STR("work");
	}
	for (size_t i = 0; i < x->nbases; i++) {
		if (lies_at(path, x->bases[i].path) && x->bases[i].path.len > best.len) {
			best = x->bases[i].path;
			*now = arena_printf(a, "tree/%.*s", STR_ARG(x->bases[i].name));
		}
	}
	return best;
}

static void
put_word(const struct about *x, const struct about_step *s, size_t i, struct arena *a,
    struct buf *to)
{
	struct str word = s->words[i], now;
	size_t start = path_start(x, s, i);
	struct str path = str_slice(word, start, word.len);
	struct str then = place_of_folder(x, path, a, &now);

	if (start == word.len || then.len == 0) {
		aspect_quote(word, to);
		return;
	}
	if (start > 0)
		aspect_quote(str_slice(word, 0, start), to);
	buf_printf(to, "\"$top/%.*s\"", STR_ARG(now));
	if (path.len > then.len)
		aspect_quote(str_slice(path, then.len, path.len), to);
}

static void
put_step(const struct about *x, const struct about_step *s, struct arena *a, struct buf *to)
{
	const char *unit = rebuild_unit(x);

	buf_add(to, STR("env -i"));
	for (size_t i = 0; i < x->nenvironment; i++) {
		buf_add(to, STR(" \\\n    "));
		aspect_quote(x->environment[i], to);
	}
	for (size_t i = 0; i < s->nwords; i++) {
		buf_add(to, STR(" \\\n    "));
		put_word(x, s, i, a, to);
	}
	buf_printf(to, " \\\n    <%s%s%s 2>>log.txt || status=$?\n", *unit ? "\"$here/" : "/dev/null",
	    unit, *unit ? "\"" : "");
}

/* ---- the script ------------------------------------------------------------------------------ */

static void
put_replacement(const char *now, struct str then, struct buf *to)
{
	buf_printf(to, " |\n    replace \"$top/%s\" ", now);
	aspect_quote(then, to);
}

/* Messages name files by their places, so these are put back as they were. */
static void
put_log(const struct about *x, struct arena *a, struct buf *to)
{
	buf_add(to, STR("replace \"$top/work\" "));
	aspect_quote(x->folder, to);
	buf_add(to, STR(" <log.txt"));
	for (size_t i = 0; i < x->nbases; i++)
		put_replacement(arena_printf(a, "tree/%.*s", STR_ARG(x->bases[i].name)).data,
		    x->bases[i].path, to);
	buf_add(to, STR(" >\"$here/built.txt\"\n"));
}

static const char head[] =
    "set -u\n"
    "here=$(cd \"$(dirname \"$0\")\" && pwd -P) || exit 2\n"
    "top=$(mktemp -d \"${TMPDIR:-/tmp}/skein-build-XXXXXX\") || exit 2\n"
    "trap 'rm -rf \"$top\"' EXIT\n"
    "top=$(cd \"$top\" && pwd -P) || exit 2\n"
    "mkdir \"$top/work\" \"$top/tree\" || exit 2\n"
    "for part in tree excerpts parts; do\n"
    "  into=$top/work; [ $part = tree ] && into=$top/tree\n"
    "  [ ! -d \"$here/$part\" ] || cp -R \"$here/$part/.\" \"$into/\" || exit 2\n"
    "done\n"
    "cd \"$top/work\" || exit 2\n"
    "status=0\n"
    "# replace FROM TO: in each line, as plain text\n"
    "replace() {\n"
    "  FROM=$1 TO=$2 LC_ALL=C awk '{\n"
    "    out = \"\"\n"
    "    while ((i = index($0, ENVIRON[\"FROM\"])) > 0) {\n"
    "      out = out substr($0, 1, i - 1) ENVIRON[\"TO\"]\n"
    "      $0 = substr($0, i + length(ENVIRON[\"FROM\"]))\n"
    "    }\n"
    "    print out $0\n"
    "  }'\n"
    "}\n\n";

static const char done[] =
    "if [ \"$status\" != 0 ]; then\n"
    "  cat \"$here/built.txt\" >&2\n"
    "  echo 'the command failed, and did not then' >&2\n"
    "elif cmp -s object.so \"$here/object.so\"; then\n"
    "  echo 'the same object, byte for byte'\n"
    "  exit 0\n"
    "else\n"
    "  cp object.so \"$here/built.so\"\n"
    "  echo 'built.so is another object: is the compiler the same, and what headers.txt lists?' >&2\n"
    "fi\n"
    "exit 1\n";

static const char failed[] =
    "cat \"$here/built.txt\" >&2\n"
    "if [ \"$status\" = 0 ]; then\n"
    "  echo 'the command succeeded, and did not then' >&2\n"
    "elif cmp -s \"$here/built.txt\" \"$here/log.txt\"; then\n"
    "  echo 'it fails with the same messages'\n"
    "  exit 0\n"
    "else\n"
    "  echo 'it fails with other messages than log.txt' >&2\n"
    "fi\n"
    "exit 1\n";

void
rebuild_script(const struct about *x, struct arena *a, struct buf *to)
{
	char hex[HASH_HEX + 1];

	digest_hex(x->object, hex);
	buf_printf(to, "#!/bin/sh\n# Makes again what skein %s.\n",
	    x->is_failure ? "could not compile" : "compiled");
	if (!x->is_failure)
		buf_printf(to, "# SHA-256 of the object: %s\n", hex);
	buf_add(to, STR("# Ends with 0 if the same comes out, with 1 if something else does.\n"));
	buf_add(to, str_of(head));
	for (size_t i = 0; i < x->nsteps; i++)
		if (!str_eq(x->steps[i].what, STR("list")))
			put_step(x, &x->steps[i], a, to);
	buf_byte(to, '\n');
	put_log(x, a, to);
	buf_add(to, str_of(x->is_failure ? failed : done));
}
