/* access, struct timespec */
#define _POSIX_C_SOURCE 200809L
#include "runner/cli/reads.h"

#include <sys/stat.h>
#include <unistd.h>

#include "runner/build/memo.h"
#include "runner/cache/store.h"
#include "runner/cli/load.h"
#include "runner/cli/notebook.h"
#include "tangle/base/mem.h"

void
reads_init(struct reads *r)
{
	*r = (struct reads){0};
	arena_init(&r->arena);
}

void
reads_release(struct reads *r)
{
	arena_release(&r->arena);
	mem_free(r->list);
}

static void
add(struct reads *r, struct str path)
{
	r->list = mem_grow(r->list, &r->cap, r->n + 1, sizeof *r->list);
	r->list[r->n++] = arena_str(&r->arena, path);
}

/* There or not: but where there is no folder for them nobody will put the user's. */
void
reads_add_settings(struct reads *r, struct load *l, struct str document)
{
	struct str files[2];
	size_t n = load_settings_files(l, document, files);

	for (size_t k = 0; k < n; k++)
		if (k == 0 || access(arena_cstr(&r->arena, path_folder(files[k])), F_OK) == 0)
			add(r, files[k]);
}

/* Of "src/t*.c" the folder: files that match may come and go. */
static void
add_source(struct reads *r, struct str root, struct str word)
{
	size_t end = word.len;

	for (const char *mark = "*?["; *mark; mark++)
		end = str_find_byte(str_slice(word, 0, end), *mark);
	if (end < word.len)
		while (end > 0 && word.data[end - 1] != '/')
			end--;
	add(r, arena_printf(&r->arena, "%.*s/%.*s", STR_ARG(root), (int)end, word.data));
}

/* Programs and headers of the system change seldom, and with an update; the cache is ours. */
static bool
is_ours(struct str path, struct str cache)
{
	static const char *const not[] = { "/usr/", "/lib", "/bin/", "/etc/", "/proc/", "/opt/" };

	if (path.len == 0 || path.data[0] != '/' || (cache.len > 0 && str_starts(path, cache)))
		return false;
	for (size_t i = 0; i < sizeof not / sizeof not[0]; i++)
		if (str_starts(path, str_of(not[i])))
			return false;
	return true;
}

struct asked {
	struct reads *reads;
	struct str cache;		/* its folder */
};

static void
add_asked(void *arg, struct str path)
{
	struct asked *a = arg;

	if (is_ours(path, a->cache))
		add(a->reads, path);
}

void
reads_take(struct reads *r, struct load *l, struct str document, const struct notebook *n,
    struct store *store)
{
	const struct cells *c = &n->cells;
	struct asked asked = { r, store_folder(store) };

	arena_release(&r->arena);
	arena_init(&r->arena);
	r->n = 0;
	reads_add_settings(r, l, document);
	for (size_t k = 0; k < c->nfiles; k++)
		add(r, arena_printf(&r->arena, "%.*s/%.*s", STR_ARG(n->root_path), STR_ARG(c->files[k])));
	for (size_t k = 0; k < c->nsources; k++)
		add_source(r, n->root_path, c->sources[k].text);
	memo_paths(store_memo(store), add_asked, &asked);
}

static bool
is_newer(struct str path, struct timespec than)
{
	struct stat st;

	return stat(path.data, &st) == 0 && S_ISREG(st.st_mode) &&
	    (st.st_mtim.tv_sec != than.tv_sec ? st.st_mtim.tv_sec > than.tv_sec :
	    st.st_mtim.tv_nsec >= than.tv_nsec);
}

bool
reads_are_newer(const struct reads *r, struct timespec than)
{
	for (size_t k = 0; k < r->n; k++)
		if (is_newer(r->list[k], than))
			return true;
	return false;
}

struct digest
reads_digest(const struct reads *r)
{
	struct hash *h = hash_start();

	for (size_t k = 0; k < r->n; k++) {
		hash_add(h, r->list[k]);
		hash_add(h, STR("\n"));
	}
	return hash_end(h);
}
