#include "runner/cli/workspace.h"

#include <stdbool.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "tangle/base/arena.h"
#include "tangle/base/buf.h"
#include "tangle/base/root.h"

/* The first `n` bytes of a path name a folder: has it a .git? */
static bool
is_top(struct str path, size_t n, struct arena *a)
{
	struct stat st;

	return stat(arena_cstr(a, arena_printf(a, "%.*s/.git", (int)n, path.data)), &st) == 0;
}

/* Of an absolute path: how long its repository's is; 0 if it has none. */
static size_t
find_top(struct str path, struct arena *a)
{
	const char *wish = getenv("GITHUB_WORKSPACE");
	struct str workspace = wish && *wish == '/' ? path_real(str_of(wish), a) : (struct str){0};
	bool is_below = workspace.len > 1 && str_starts(path, workspace) &&
	    path.len > workspace.len && path.data[workspace.len] == '/';

	for (size_t n = is_below ? workspace.len : 1; is_below && n < path.len; n++)
		if (path.data[n] == '/' && is_top(path, n, a))
			return n;
	for (size_t n = path.len; !is_below && n-- > 1;)
		if (path.data[n] == '/' && is_top(path, n, a))
			return n;
	return is_below ? workspace.len : 0;
}

struct str
workspace_path(struct str file, struct arena *a)
{
	struct str real = path_real(file, a);
	size_t top = str_starts(real, STR("/")) ? find_top(real, a) : 0;

	return top > 0 ? str_slice(real, top + 1, real.len) : arena_str(a, file);
}

static void
add_encoded(struct buf *to, struct str path)
{
	for (size_t i = 0; i < path.len; i++) {
		char c = path.data[i];

		if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
		    str_find_byte(STR("/-._"), c) < 4)
			buf_byte(to, c);
		else
			buf_printf(to, "%%%02X", (unsigned char)c);
	}
}

void
workspace_link(struct str path, long long line, struct buf *to)
{
	const char *server = getenv("GITHUB_SERVER_URL"), *repository = getenv("GITHUB_REPOSITORY");
	const char *commit = getenv("GITHUB_SHA");

	if (!server || !repository || !commit || !*server || !*repository || !*commit)
		return;
	buf_printf(to, "%s/%s/blob/%s/", server, repository, commit);
	add_encoded(to, path);
	if (line > 0)
		buf_printf(to, "?plain=1#L%lld", line);
}
