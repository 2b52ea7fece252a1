#include "tangle/emit/path.h"

#include <stddef.h>

#include "tangle/base/arena.h"
#include "tangle/base/buf.h"
#include "tangle/base/diag.h"
#include "tangle/base/fold.h"
#include "tangle/base/root.h"
#include "tangle/base/temp.h"

enum { LONGEST_COMPONENT = 255, LONGEST_PATH = 4095 };

enum where {
	ANYWHERE,		/* any component of that name */
	LAST,			/* the file itself */
	AT_TOP			/* the path, or a folder that it begins with */
};

/*
 * Names that other programs obey.  Compared in their folded form (fold.h), since
 * projects are checked out on file systems that know no case.
 */
static const struct forbidden {
	const char *name;
	enum where where;
	bool never;		/* not even when the user trusts the document */
	const char *what;
} forbidden[] = {
	{ ".git", ANYWHERE, true, "version control" },
	{ ".hg", ANYWHERE, true, "version control" },
	{ ".svn", ANYWHERE, true, "version control" },
	{ ".bzr", ANYWHERE, true, "version control" },
	{ ".jj", ANYWHERE, true, "version control" },
	{ "_darcs", ANYWHERE, true, "version control" },
	{ "CVS", ANYWHERE, true, "version control" },
	{ ".gitmodules", LAST, false, "version control" },
	{ ".gitconfig", LAST, false, "version control" },
	{ ".githooks", ANYWHERE, false, "version control" },
	{ ".husky", ANYWHERE, false, "version control" },
	{ ".pre-commit-config.yaml", LAST, false, "version control" },
	{ ".skein", ANYWHERE, true, "skein itself" },
	{ "skein.lua", LAST, true, "skein itself" },
	{ ".github/workflows", AT_TOP, false, "continuous integration" },
	{ ".github/actions", AT_TOP, false, "continuous integration" },
	{ ".gitea/workflows", AT_TOP, false, "continuous integration" },
	{ ".forgejo/workflows", AT_TOP, false, "continuous integration" },
	{ ".gitlab-ci.yml", LAST, false, "continuous integration" },
	{ ".gitlab/ci", AT_TOP, false, "continuous integration" },
	{ ".travis.yml", LAST, false, "continuous integration" },
	{ ".drone.yml", LAST, false, "continuous integration" },
	{ ".cirrus.yml", LAST, false, "continuous integration" },
	{ ".woodpecker.yml", LAST, false, "continuous integration" },
	{ ".woodpecker", AT_TOP, false, "continuous integration" },
	{ ".circleci", AT_TOP, false, "continuous integration" },
	{ ".buildkite", AT_TOP, false, "continuous integration" },
	{ ".appveyor.yml", LAST, false, "continuous integration" },
	{ "appveyor.yml", LAST, false, "continuous integration" },
	{ "azure-pipelines.yml", LAST, false, "continuous integration" },
	{ "bitbucket-pipelines.yml", LAST, false, "continuous integration" },
	{ "Jenkinsfile", LAST, false, "continuous integration" },
	{ ".bashrc", LAST, false, "a shell" },
	{ ".bash_profile", LAST, false, "a shell" },
	{ ".bash_login", LAST, false, "a shell" },
	{ ".bash_logout", LAST, false, "a shell" },
	{ ".bash_aliases", LAST, false, "a shell" },
	{ ".profile", LAST, false, "a shell" },
	{ ".zshrc", LAST, false, "a shell" },
	{ ".zshenv", LAST, false, "a shell" },
	{ ".zprofile", LAST, false, "a shell" },
	{ ".zlogin", LAST, false, "a shell" },
	{ ".zlogout", LAST, false, "a shell" },
	{ ".kshrc", LAST, false, "a shell" },
	{ ".mkshrc", LAST, false, "a shell" },
	{ ".cshrc", LAST, false, "a shell" },
	{ ".tcshrc", LAST, false, "a shell" },
	{ ".login", LAST, false, "a shell" },
	{ ".logout", LAST, false, "a shell" },
	{ ".inputrc", LAST, false, "a shell" },
	{ "config.fish", LAST, false, "a shell" },
	{ ".envrc", LAST, false, "a shell" },
	{ ".xinitrc", LAST, false, "a shell" },
	{ ".xprofile", LAST, false, "a shell" },
	{ ".xsession", LAST, false, "a shell" },
	{ ".xsessionrc", LAST, false, "a shell" },
	{ ".pam_environment", LAST, false, "a shell" },
	{ ".ssh", ANYWHERE, false, "a shell" },
};

static bool
refuse(struct diag *d, struct place at, struct str path, const char *why)
{
	diag_error(d, STATUS_REFUSED, at, "refused-path", "'%.*s' is refused as a target: %s",
	    STR_ARG(path), why);
	return false;
}

static bool
too_long(struct diag *d, struct place at, const char *what, size_t most)
{
	diag_error(d, STATUS_STRUCTURE, at, "long-path",
	    "%s of the target is longer than %zu bytes", what, most);
	return false;
}

/* Control bytes, bidirectional controls and invalid UTF-8 are what would be
 * escaped in a message. */
static bool
can_be_shown(struct str path)
{
	struct buf shown = {0};
	bool same;

	buf_visible(&shown, path);
	same = str_eq(buf_str(&shown), path) && str_find_byte(path, '\t') == path.len;
	buf_release(&shown);
	return same;
}

static void
cut_last(struct buf *b)
{
	while (b->len > 0 && b->data[b->len - 1] != '/')
		b->len--;
	if (b->len > 0)
		b->len--;
}

/* False when the path climbs over the root. */
static bool
resolve(struct buf *clean, struct str path)
{
	while (path.len > 0) {
		struct str component = str_cut(path, '/', &path);

		if (component.len == 0 || str_eq(component, STR(".")))
			continue;
		if (str_eq(component, STR(".."))) {
			if (clean->len == 0)
				return false;
			cut_last(clean);
			continue;
		}
		if (clean->len > 0)
			buf_byte(clean, '/');
		buf_add(clean, component);
	}
	return true;
}

static size_t
longest_component(struct str path)
{
	size_t longest = 0;

	while (path.len > 0) {
		struct str component = str_cut(path, '/', &path);

		if (component.len > longest)
			longest = component.len;
	}
	return longest;
}

/*
 * What some system takes for the name of a component: ".git. " and
 * ".git::$INDEX_ALLOCATION" are ".git" to Windows.
 */
static struct str
plain_name(struct str component)
{
	struct str rest;

	component = str_cut(component, ':', &rest);
	while (component.len > 0 && (component.data[component.len - 1] == '.' ||
	    component.data[component.len - 1] == ' '))
		component.len--;
	return component;
}

/* "git~1" is how ".git" is called where names have eight letters. */
static bool
is_short_for(struct str component, struct str name)
{
	size_t at = str_find_byte(component, '~'), n = 0;
	struct str digits = str_slice(component, at + 1, component.len);
	unsigned long number;

	if (at == 0 || at > 6 || !str_number(digits, 999999, &number))
		return false;
	for (size_t i = 0; i < name.len && n < at; i++) {
		if (name.data[i] == '.' && i == 0)
			continue;
		if (!str_eq_nocase(str_slice(component, n, n + 1), str_slice(name, i, i + 1)))
			return false;
		n++;
	}
	return n == at;
}

static bool
is_called(struct str component, struct str name)
{
	component = plain_name(component);
	return str_eq_nocase(component, name) || is_short_for(component, name);
}

static bool
is_at_top(struct str path, struct str top)
{
	while (top.len > 0) {
		struct str component = str_cut(path, '/', &path);

		if (!is_called(component, str_cut(top, '/', &top)))
			return false;
	}
	return true;
}

/* The path is folded. */
static bool
matches(const struct forbidden *f, struct str path)
{
	struct str name = str_of(f->name);

	if (f->where == AT_TOP)
		return is_at_top(path, name);
	while (path.len > 0) {
		struct str component = str_cut(path, '/', &path);

		if (is_called(component, name) && (f->where == ANYWHERE || path.len == 0))
			return true;
	}
	return false;
}

static bool
is_allowed(struct str path, bool trusted, struct arena *a, struct place at, struct diag *d)
{
	struct str folded = fold_name(path, a);

	for (size_t i = 0; i < sizeof forbidden / sizeof forbidden[0]; i++) {
		const struct forbidden *f = &forbidden[i];

		if ((trusted && !f->never) || !matches(f, folded))
			continue;
		diag_error(d, STATUS_REFUSED, at, "refused-path",
		    "'%.*s' is refused as a target: %s obeys '%s'%s", STR_ARG(path),
		    f->what, f->name, f->never ? "" : "; --trust-targets allows it");
		return false;
	}
	return true;
}

bool
target_path(struct str *clean, struct str path, bool trusted, struct arena *a,
    struct place at, struct diag *d)
{
	struct buf b = {0};
	struct temp t;
	bool inside;

	if (!can_be_shown(path))
		return refuse(d, at, path, "it has bytes that cannot be shown");
	if (path.len > LONGEST_PATH)
		return too_long(d, at, "the path", LONGEST_PATH);
	if (str_find_byte(path, '\\') < path.len)
		return refuse(d, at, path, "folders are parted by '/', not by a backslash");
	if (str_starts(path, STR("/")))
		return refuse(d, at, path, "it must be relative to the project's root");
	inside = resolve(&b, path);
	*clean = buf_take(&b, a);
	if (!inside)
		return refuse(d, at, path, "it leads out of the project's root");
	if (clean->len == 0 || str_ends(path, STR("/")) || str_ends(path, STR("/.")))
		return refuse(d, at, path, "it names a folder");
	if (str_ends(*clean, STR(" ")))
		return refuse(d, at, path, "it ends in a blank");
	if (temp_parse(&t, path_name(*clean)))
		return refuse(d, at, path, "skein names its temporary files so");
	if (longest_component(*clean) > LONGEST_COMPONENT)
		return too_long(d, at, "a component", LONGEST_COMPONENT);
	return is_allowed(*clean, trusted, a, at, d);
}
