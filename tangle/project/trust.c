#include "tangle/project/trust.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tangle/base/arena.h"
#include "tangle/base/root.h"
#include "tangle/project/glob.h"

/* sudo says for whom it works; nobody else could set that for root. */
static bool
is_caller_of_sudo(uid_t owner)
{
	const char *caller = getenv("SUDO_UID");
	unsigned long uid;

	return caller && geteuid() == 0 && str_number(str_of(caller), (uid_t)-1, &uid) && (uid_t)uid == owner;
}

static bool
is_ours(uid_t owner)
{
	return owner == geteuid() || owner == 0 || is_caller_of_sudo(owner);
}

static bool
is_named(const struct trust *t, struct str folder, struct arena *a)
{
	struct str real = path_real(folder, a);

	for (size_t i = 0; i < t->n; i++)
		if (str_eq(t->folders[i], STR("*")) || glob_match(t->folders[i], real))
			return true;
	return false;
}

bool
trust_allows(const struct trust *t, struct str folder, const struct stat *file, struct str *why,
    struct arena *a)
{
	struct stat above;

	if (stat(arena_cstr(a, folder), &above) == -1)
		above = *file;
	if (is_ours(file->st_uid) && is_ours(above.st_uid) &&
	    (S_ISLNK(file->st_mode) || !(file->st_mode & S_IWOTH)))
		return true;
	if (is_named(t, folder, a))
		return true;
	if (!is_ours(file->st_uid))
		*why = arena_printf(a, "they belong to user %lu, not to you", (unsigned long)file->st_uid);
	else if (!is_ours(above.st_uid))
		*why = arena_printf(a, "their folder belongs to user %lu, not to you", (unsigned long)above.st_uid);
	else
		*why = STR("everybody may write them: chmod o-w");
	return false;
}
