/* readlink, lstat, fstat */
#define _POSIX_C_SOURCE 200809L
#include "runner/cli/revision.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runner/build/ask.h"
#include "runner/build/process.h"
#include "tangle/base/arena.h"
#include "tangle/base/buf.h"
#include "tangle/base/diag.h"
#include "tangle/base/hash.h"
#include "tangle/base/map.h"
#include "tangle/base/root.h"
#include "tangle/base/trace.h"

enum {
	SECONDS = 120,
	LARGEST_LIST = 1 << 30,		/* bytes: some ten million files */
	MOST_VARIABLES = 64
};

/* A file of the revision. */
struct entry {
	struct str mode, digest, path;
};

struct revision {
	struct str top, name;
	struct arena *arena;
	struct diag *diag;
	const char *git;
	const char *const *environment;
	size_t digits;			/* of a digest in this repository */
	struct entry *entries;
	size_t n;
	struct map files;		/* path -> struct entry */
	struct map asked;		/* path -> enum difference_now, as an answer below */
};

static enum difference_now answers[] = { NOW_SAME, NOW_DIFFERS, NOW_NEITHER };

/* ---- asking git ------------------------------------------------------------------------ */

/* What makes git trust a folder, and find the user's own settings; nothing that leads elsewhere. */
static const char *const passed[] = {
	"HOME", "XDG_CONFIG_HOME", "GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM", "GIT_CONFIG_NOSYSTEM",
	"GIT_CONFIG_COUNT", "SUDO_UID"
};

static size_t
pass(const char **env, size_t n, const char *name, struct arena *a)
{
	const char *value = getenv(name);

	if (value)
		env[n++] = arena_printf(a, "%s=%s", name, value).data;
	return n;
}

static const char *const *
environment_of(struct str top, struct arena *a)
{
	const char **env = arena_alloc(a, 2 * MOST_VARIABLES + 32, sizeof *env);
	unsigned long count = 0;
	size_t n = 0;

	env[n++] = arena_printf(a, "PATH=%s", ask_path()).data;
	env[n++] = "LC_ALL=C";
	env[n++] = "GIT_OPTIONAL_LOCKS=0";
	env[n++] = "GIT_TERMINAL_PROMPT=0";
	env[n++] = "GIT_NO_LAZY_FETCH=1";
	env[n++] = "GIT_ALLOW_PROTOCOL=none";	/* git of before 2024 does not know the one above */
	/* only the repository that we mean */
	env[n++] = arena_printf(a, "GIT_CEILING_DIRECTORIES=%.*s", STR_ARG(path_folder(top))).data;
	for (size_t i = 0; i < sizeof passed / sizeof *passed; i++)
		n = pass(env, n, passed[i], a);
	if (getenv("GIT_CONFIG_COUNT"))
		(void)str_number(str_of(getenv("GIT_CONFIG_COUNT")), MOST_VARIABLES, &count);
	for (unsigned long i = 0; i < count; i++) {
		n = pass(env, n, arena_printf(a, "GIT_CONFIG_KEY_%lu", i).data, a);
		n = pass(env, n, arena_printf(a, "GIT_CONFIG_VALUE_%lu", i).data, a);
	}
	return env;
}

/* False if it fails; what it prints is added. */
static bool
ask(const struct revision *r, const char *const *words, struct buf *out, struct buf *err)
{
	const char *argv[16] = { "git", "-C", arena_cstr(r->arena, r->top), "-c", "core.fsmonitor=false" };
	size_t n = 5;
	struct process_options o = {
		.program = r->git, .argv = argv, .environment = r->environment, .folder = "/",
		.keep = LARGEST_LIST, .timeout = (int64_t)SECONDS * 1000000000
	};

	while (*words)
		argv[n++] = *words++;
	trace("git", "%.*s: asking git %s", STR_ARG(r->top), argv[5]);
	return process_run(&o, out, err);
}

/* The answer's only line; empty if git failed. */
static struct str
ask_line(const struct revision *r, const char *const *words, struct buf *err)
{
	struct buf out = {0};
	bool ok = ask(r, words, &out, err);
	struct str line = str_chomp(buf_take(&out, r->arena));

	return ok && str_find_byte(line, '\n') == line.len ? line : STR("");
}

static bool
is_digest(struct str s)
{
	for (size_t i = 0; i < s.len; i++)
		if (!strchr("0123456789abcdef", s.data[i]))
			return false;
	return s.len == 40 || s.len == HASH_HEX;
}

static void
say_failed(const struct revision *r, struct buf *err)
{
	struct str words = str_chomp(buf_str(err)), first = str_cut(words, '\n', &words);

	if (first.len == 0)
		first = STR("it ended without a word");
	diag_error(r->diag, STATUS_ENVIRONMENT, PLACE_NONE, "git",
	    "git cannot read the repository '%.*s': %.*s", STR_ARG(r->top), STR_ARG(first));
	if (str_find(first, STR("dubious ownership")) < first.len)
		diag_note(r->diag, PLACE_NONE,
		    "it belongs to another user, as in many containers: git config --global --add safe.directory '%.*s'",
		    STR_ARG(r->top));
}

static void
say_unknown(const struct revision *r, const char *what, bool is_shallow)
{
	diag_error(r->diag, STATUS_USAGE, PLACE_NONE, "unknown-revision", "%s '%.*s' in '%.*s'", what,
	    STR_ARG(r->name), STR_ARG(r->top));
	if (is_shallow)
		diag_note(r->diag, PLACE_NONE, "this is a shallow clone, in which history is missing: fetch more of it "
		    "(fetch-depth: 0 for actions/checkout, GIT_DEPTH: 0 in GitLab, git fetch --unshallow)");
}

/* The answer to the question failed, with these words: is it git, the repository, or the name? */
static void
say_why(const struct revision *r, const char *const *words, struct str commit, struct buf *err)
{
	struct buf more = {0};
	struct str shallow = ask_line(r, (const char *[]){ "rev-parse", "--is-shallow-repository", NULL }, &more);
	struct str found = ask_line(r, (const char *[]){ "rev-parse", "--verify", "--quiet",
	    arena_cstr(r->arena, commit), NULL }, &more);

	if (shallow.len == 0 || (is_digest(found) && str_eq(str_of(words[0]), STR("ls-tree"))))
		say_failed(r, err);
	else if (is_digest(found))
		say_unknown(r, "no commit is known that HEAD has in common with", str_eq(shallow, STR("true")));
	else
		say_unknown(r, "there is no commit", str_eq(shallow, STR("true")));
	buf_release(&more);
}

/* ---- its files --------------------------------------------------------------------------- */

/* "100644 blob DIGEST<TAB>PATH" */
static bool
read_entry(struct str line, struct entry *e)
{
	struct str head = str_cut(line, '\t', &e->path), rest = head;

	e->mode = str_word(&rest);
	(void)str_word(&rest);
	e->digest = str_word(&rest);
	return e->path.len > 0 && is_digest(e->digest);
}

static void
read_entries(struct revision *r, struct str list)
{
	size_t most = 0;

	for (size_t i = 0; i < list.len; i++)
		most += list.data[i] == '\0';
	r->entries = arena_alloc(r->arena, most, sizeof *r->entries);
	while (list.len > 0)
		if (read_entry(str_cut(list, '\0', &list), &r->entries[r->n]))
			r->n++;
	for (size_t i = 0; i < r->n; i++)
		map_put(&r->files, r->entries[i].path, &r->entries[i]);
	r->digits = r->n > 0 ? r->entries[0].digest.len : 40;
}

/* What the name means to git, as a commit; empty after an error. */
static struct str
commit_of(const struct revision *r)
{
	bool is_parting = str_ends(r->name, STR("..."));
	struct str name = is_parting ? str_slice(r->name, 0, r->name.len - 3) : r->name;
	struct str commit = arena_printf(r->arena, "%.*s^{commit}", STR_ARG(name)), parted;
	const char *const words[] = { "merge-base", commit.data, "HEAD", NULL };
	struct buf err = {0};

	if (name.len == 0 || name.data[0] == '-') {
		diag_error(r->diag, STATUS_USAGE, PLACE_NONE, "usage",
		    "'%.*s' is no revision; one is main, HEAD~3, v1.2 or origin/main...", STR_ARG(r->name));
		return STR("");
	}
	if (!is_parting)
		return commit;
	parted = ask_line(r, words, &err);
	if (!is_digest(parted)) {
		say_why(r, words, commit, &err);
		parted = STR("");
	}
	buf_release(&err);
	return arena_str(r->arena, parted);
}

static bool
read_files(struct revision *r)
{
	struct str commit = commit_of(r);
	const char *const words[] = { "ls-tree", "-r", "-z", "--full-tree", commit.data, NULL };
	struct buf out = {0}, err = {0};
	bool ok = commit.len > 0 && ask(r, words, &out, &err);

	if (ok)
		read_entries(r, buf_take(&out, r->arena));
	else if (commit.len > 0)
		say_why(r, words, commit, &err);
	buf_release(&out);
	buf_release(&err);
	return ok;
}

struct revision *
revision_open(struct str top, struct str name, struct arena *a, struct diag *d)
{
	struct revision *r = arena_alloc(a, 1, sizeof *r);

	*r = (struct revision){ .top = top, .name = name, .arena = a, .diag = d };
	r->git = process_find("git", ask_path(), a);
	if (!r->git) {
		diag_error(d, STATUS_ENVIRONMENT, PLACE_NONE, "git", "--changed needs git, which is not on PATH: apt install git");
		return NULL;
	}
	r->environment = environment_of(top, a);
	if (read_files(r))
		return r;
	revision_close(r);
	return NULL;
}

void
revision_close(struct revision *r)
{
	if (!r)
		return;
	map_release(&r->files);
	map_release(&r->asked);
}

void
revision_each(const struct revision *r, void (*fn)(void *arg, struct str path), void *arg)
{
	for (size_t i = 0; i < r->n; i++)
		fn(arg, r->entries[i].path);
}

/* ---- comparing ---------------------------------------------------------------------------- */

static bool
has_content(const struct revision *r, const struct entry *e, const char *path, const struct stat *st)
{
	struct blob *b = blob_start(r->digits, (uint64_t)st->st_size);
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
	char hex[HASH_BLOB], room[1 << 16];
	ssize_t n = fd == -1 ? -1 : 1;

	while (n > 0 || (n == -1 && fd != -1 && errno == EINTR)) {
		n = read(fd, room, sizeof room);
		if (n > 0)
			blob_add(b, (struct str){ room, (size_t)n });
	}
	if (fd != -1)
		close(fd);
	blob_end(b, hex);
	return n == 0 && str_eq(e->digest, str_of(hex));
}

static bool
is_same_link(const struct revision *r, const struct entry *e, const char *path)
{
	char target[PATH_MAX], hex[HASH_BLOB];
	ssize_t n = readlink(path, target, sizeof target);
	struct blob *b;

	if (n < 0 || (size_t)n == sizeof target)
		return false;
	b = blob_start(r->digits, (uint64_t)n);
	blob_add(b, (struct str){ target, (size_t)n });
	blob_end(b, hex);
	return str_eq(e->mode, STR("120000")) && str_eq(e->digest, str_of(hex));
}

/* Is a link, a file or another repository where the revision has a folder, or the other way round? */
static bool
differs_on_the_way(const struct revision *r, struct str below)
{
	struct stat st;

	for (size_t i = 0; i < below.len; i++) {
		struct str part = str_slice(below, 0, i);
		const char *path;
		struct entry *e;

		if (below.data[i] != '/')
			continue;
		path = arena_printf(r->arena, "%.*s/%.*s", STR_ARG(r->top), STR_ARG(part)).data;
		e = map_get(&r->files, part);
		if (lstat(path, &st) == 0 && S_ISLNK(st.st_mode) ? !e || !is_same_link(r, e, path) : e != NULL)
			return true;
	}
	return false;
}

static enum difference_now
ask_here(struct revision *r, struct str below)
{
	const struct entry *e = map_get(&r->files, below);
	const char *path = arena_printf(r->arena, "%.*s/%.*s", STR_ARG(r->top), STR_ARG(below)).data;
	struct stat st;

	if (differs_on_the_way(r, below))
		return NOW_DIFFERS;
	if (lstat(path, &st) == -1)
		return e || (errno != ENOENT && errno != ENOTDIR) ? NOW_DIFFERS : NOW_NEITHER;
	if (S_ISDIR(st.st_mode))
		return e ? NOW_DIFFERS : NOW_NEITHER;
	if (!e)
		return NOW_DIFFERS;
	if (S_ISLNK(st.st_mode))
		return is_same_link(r, e, path) ? NOW_SAME : NOW_DIFFERS;
	return S_ISREG(st.st_mode) && has_content(r, e, path, &st) ? NOW_SAME : NOW_DIFFERS;
}

static bool
is_below(const struct revision *r, struct str path)
{
	return str_starts(path, r->top) && path.len > r->top.len && path.data[r->top.len] == '/';
}

enum difference_now
revision_ask(struct revision *r, struct str path)
{
	enum difference_now *known = map_get(&r->asked, path), now, real;
	struct str resolved;

	if (known)
		return *known;
	if (!is_below(r, path))
		return NOW_SAME;
	now = ask_here(r, str_slice(path, r->top.len + 1, path.len));
	resolved = path_real(path, r->arena);
	/* links are as they were: what they lead to may not be */
	if (now == NOW_SAME && !str_eq(resolved, path) && is_below(r, resolved)) {
		real = ask_here(r, str_slice(resolved, r->top.len + 1, resolved.len));
		now = real == NOW_NEITHER ? NOW_SAME : real;
	}
	map_put(&r->asked, arena_str(r->arena, path), &answers[now]);
	return now;
}
