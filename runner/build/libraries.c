#include "runner/build/libraries.h"

#include <ar.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runner/build/ask.h"
#include "runner/build/elf.h"
#include "runner/build/expansion.h"
#include "runner/build/memo.h"
#include "tangle/base/arena.h"
#include "tangle/base/buf.h"
#include "tangle/base/hash.h"
#include "tangle/base/trace.h"

/* What stands behind an object in the linker's command, the end of it aside. */
static const char *const usual[] = {
	"-lgcc", "--push-state", "--as-needed", "-lgcc_s", "--pop-state", "-lc",
	"-lgcc", "--push-state", "--as-needed", "-lgcc_s", "--pop-state"
};

enum { USUAL = sizeof usual / sizeof *usual };

/* ---- what the memo keeps --------------------------------------------------------------- */

static struct str
name_of(const struct expansion *e, struct arena *a)
{
	struct hash *h = hash_start();
	char hex[HASH_HEX + 1];

	for (size_t i = 0; i < e->n[STEP_LINK]; i++) {
		hash_add(h, e->words[STEP_LINK][i]);
		hash_add(h, (struct str){ "", 1 });
	}
	digest_hex(hash_end(h), hex);
	return arena_printf(a, "libraries 1 %s", hex);
}

bool
libraries_recall(struct memo *m, const struct expansion *e, struct arena *a, struct libraries *l)
{
	struct str fact, line, *paths;

	if (!memo_recall(m, name_of(e, a), a, &fact))
		return false;
	paths = arena_alloc(a, fact.len / 2 + 1, sizeof *paths);
	*l = (struct libraries){ .paths = paths };
	while (str_line(&fact, &line))
		paths[l->n++] = line;
	return true;
}

/* Where the linker looks, and might find another library of one of the names some day. */
static void
add_absent(struct path_list *to, struct memo *m, struct str folder, struct arena *a)
{
	static const char *const names[] = { "m", "c", "gcc", "gcc_s" };

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		struct str shared = arena_printf(a, "%.*s/lib%s.so", STR_ARG(folder), names[i]);
		struct str archive = arena_printf(a, "%.*s/lib%s.a", STR_ARG(folder), names[i]);

		if (!memo_exists(m, shared))
			path_list_add(to, shared);
		if (!memo_exists(m, archive))
			path_list_add(to, archive);
	}
}

void
libraries_learn(struct memo *m, const struct expansion *e, const struct libraries *l, struct arena *a)
{
	struct path_list rests_on = {0};
	struct buf fact = {0};

	for (size_t i = 0; i < l->n; i++) {
		buf_printf(&fact, "%.*s\n", STR_ARG(l->paths[i]));
		path_list_add(&rests_on, l->paths[i]);
	}
	for (size_t i = 0; i < e->n[STEP_LINK]; i++) {
		struct str word = e->words[STEP_LINK][i];

		if (str_starts(word, STR("-L/")))
			add_absent(&rests_on, m, str_slice(word, 2, word.len), a);
	}
	memo_learn(m, name_of(e, a), buf_str(&fact), rests_on.items, rests_on.n);
	path_list_release(&rests_on);
	buf_release(&fact);
}

/* ---- symbols ------------------------------------------------------------------------------ */

/* A file's bytes as they stand there; empty if they cannot be had. */
static struct str
map_file(struct str path, struct arena *a)
{
	int fd = open(arena_cstr(a, path), O_RDONLY | O_CLOEXEC);
	struct str bytes = STR("");
	struct stat st;
	void *at;

	if (fd == -1)
		return bytes;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size > 0) {
		at = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
		if (at != MAP_FAILED)
			bytes = (struct str){ at, (size_t)st.st_size };
	}
	close(fd);
	return bytes;
}

static void
unmap(struct str bytes)
{
	if (bytes.len > 0)
		munmap((void *)(uintptr_t)bytes.data, bytes.len);
}

static size_t
read_big_endian(struct str s)
{
	size_t n = 0;

	for (size_t i = 0; i < 4 && i < s.len; i++)
		n = n << 8 | (unsigned char)s.data[i];
	return n;
}

/* The names that an archive's members define, each ended by NUL: its first member. */
static bool
archive_names(struct str bytes, struct str *names)
{
	struct ar_hdr head;
	struct str table;
	unsigned long size;

	if (!str_starts(bytes, STR(ARMAG)) || bytes.len < SARMAG + sizeof head)
		return false;
	memcpy(&head, bytes.data + SARMAG, sizeof head);
	if (head.ar_name[0] != '/' || head.ar_name[1] != ' ' ||
	    !str_number(str_trim((struct str){ head.ar_size, sizeof head.ar_size }), 1 << 30, &size))
		return false;
	table = str_slice(bytes, SARMAG + sizeof head, SARMAG + sizeof head + size);
	*names = str_slice(table, 4 + 4 * read_big_endian(table), table.len);
	return true;
}

static bool
archive_defines(struct str names, struct str name)
{
	while (names.len > 0)
		if (str_eq(str_cut(names, '\0', &names), name))
			return true;
	return false;
}

/* ---- what an object wants ------------------------------------------------------------------- */

enum wish { NOTHING, SOME, UNKNOWN };

/* Does the object want a symbol that the library has? */
static enum wish
wants_of(const struct elf *object, struct str library)
{
	struct elf shared;
	struct str name, names = STR("");
	bool is_shared = elf_open(&shared, library);

	if (!is_shared && !archive_names(library, &names))
		return UNKNOWN;
	for (size_t i = 0; elf_wanted(object, i, &name); i++)
		if (name.len > 0 && (is_shared ? elf_defines(&shared, name) : archive_defines(names, name)))
			return SOME;
	return NOTHING;
}

/* What the linker reads for its names only: "GROUP ( /lib/libm.so.6 ... )". */
static bool
is_script(struct str bytes)
{
	return str_starts(bytes, STR("/* GNU ld script"));
}

static enum wish
wants(const struct elf *object, struct str path, struct arena *a)
{
	struct str bytes = map_file(path, a);
	enum wish w = is_script(bytes) ? NOTHING : wants_of(object, bytes);

	unmap(bytes);
	return w;
}

static bool
is_called(struct str path, const char *name)
{
	size_t slash = path.len;

	while (slash > 0 && path.data[slash - 1] != '/')
		slash--;
	return str_eq(str_slice(path, slash, path.len), str_of(name));
}

/* libc's path, and libm's if the object wants it; false if it wants any other, too. */
static bool
choose(const struct libraries *l, const struct elf *object, struct arena *a,
    struct str *libc, struct str *libm)
{
	*libc = *libm = STR("");
	for (size_t i = 0; i < l->n; i++) {
		struct str path = l->paths[i];
		enum wish w;

		if (is_called(path, "libc.so.6"))
			*libc = path;
		if (is_called(path, "libc.so.6") || str_ends(path, STR(".o")))
			continue;
		w = wants(object, path, a);
		if (w == SOME && is_called(path, "libm.so.6"))
			*libm = path;
		else if (w != NOTHING)
			return false;
	}
	return libc->len > 0;
}

/* ---- the command ------------------------------------------------------------------------------ */

/* Where the usual words begin, -lm before them counted in; their end in *to. */
static bool
find_usual(const struct expansion *e, size_t *from, size_t *to)
{
	const struct str *words = e->words[STEP_LINK];
	size_t n = e->n[STEP_LINK], at, k;

	for (at = 0; at + USUAL <= n; at++) {
		for (k = 0; k < USUAL && str_eq(words[at + k], str_of(usual[k])); k++)
			;
		if (k < USUAL)
			continue;
		*to = at + USUAL;
		while (at > 0 && str_eq(words[at - 1], STR("-lm")))
			at--;
		*from = at;
		return true;
	}
	return false;
}

const char *const *
libraries_argv(const struct libraries *l, const struct expansion *e,
    const struct token *tokens, size_t ntokens, struct str object, struct arena *a)
{
	const char *const *all = expansion_argv(e, STEP_LINK, tokens, ntokens, a);
	const char **argv = arena_alloc(a, e->n[STEP_LINK] + 1, sizeof *argv);
	struct str libc, libm;
	struct elf part;
	size_t from, to, n = 0;

	if (!find_usual(e, &from, &to) || !elf_open_part(&part, object) ||
	    !choose(l, &part, a, &libc, &libm))
		return NULL;
	for (size_t i = 0; i < from; i++)
		argv[n++] = all[i];
	if (libm.len > 0)
		argv[n++] = arena_cstr(a, libm);
	argv[n++] = arena_cstr(a, libc);
	for (size_t i = to; all[i]; i++)
		argv[n++] = all[i];
	trace("compile", "linked with libc%s only", libm.len > 0 ? " and libm" : "");
	return argv;
}
