/*
 * Manifests of any bytes: what is read can be written, and what was written reads
 * back as the same; what cannot be read is said.
 */
#include "tests/fuzz/fuzz.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "tangle/base/root.h"
#include "tangle/emit/manifest.h"

#ifndef LIBFUZZER
static void
digest(struct buf *to)
{
	uint32_t n = now_and_then(15) ? any(80) : 64;

	if (now_and_then(4)) {
		buf_byte(to, '-');
		return;
	}
	while (n-- > 0)
		buf_byte(to, "0123456789abcdefABCDEFg"[any(now_and_then(100) ? 23 : 16)]);
}

static void
fuzz_make(struct buf *to)
{
	static const char *const starts[] = { "skein manifest 1\n", "skein manifest 1\n", "skein manifest 1\n",
		"skein manifest 2\n", "skein manifest 0\n", "skein manifest 99999999999\n", "", "skein\n", NULL };
	static const char *const names[] = { "a.md", "src/a.c", "a%20b", "%0A", "%", "%4", "%zz", "%00", "../x", "/etc/x",
		"", " ", "\xC3\xA4", "%C3%A4", ".skein/manifest", "a//b", "%7f", "very/long/name/of/a/file", NULL };

	buf_add(to, any_word(starts));
	for (uint32_t n = any(6); n > 0; n--) {
		buf_add(to, now_and_then(20) ? STR("taget ") : STR("target "));
		digest(to);
		buf_byte(to, ' ');
		digest(to);
		for (int i = 0; i < 2; i++) {
			buf_byte(to, ' ');
			buf_add(to, any_word(names));
		}
		buf_byte(to, '\n');
	}
}
#endif

static void
put_file(const char *path, struct str text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);

	assert(fd != -1 && write(fd, text.data ? text.data : "", text.len) == (ssize_t)text.len);
	close(fd);
}

static void
assert_same(const struct manifest *one, const struct manifest *two)
{
	assert(map_count(&one->entries) == map_count(&two->entries));
	for (const struct map_entry *m = map_first(&one->entries); m; m = map_next(m)) {
		const struct entry *e = map_value(m), *other = manifest_find(two, e->path);

		assert(other && str_eq(e->document, other->document) && digest_eq(e->now, other->now));
		assert(e->has_before == other->has_before &&
		    (!e->has_before || digest_eq(e->before, other->before)));
	}
}

static char folder[] = "/tmp/skein-manifest.XXXXXX";

static void
remove_folder(void)
{
	(void)unlink(".skein/manifest");
	(void)unlink(".skein/.gitignore");
	(void)rmdir(".skein");
	(void)rmdir(folder);
}

static void
begin(void)
{
	assert(mkdtemp(folder) && chdir(folder) == 0 && mkdir(".skein", 0777) == 0);
	atexit(remove_folder);
}

static void
fuzz_one(struct str input)
{
	struct manifest first, second;
	struct root root;
	struct arena a;
	struct diag d;

	if (str_ends(str_of(folder), STR("XXXXXX")))
		begin();
	arena_init(&a);
	fuzz_diag(&d);
	put_file(".skein/manifest", input);
	assert(root_open(&root, STR("."), &d));
	if (manifest_read(&first, &root, &a, &d)) {
		manifest_put(&first, STR("one more"), STR("a.md"), NULL, hash_of(input));
		assert(manifest_write(&first, &root, false, &d) && d.errors == 0);
		assert(manifest_read(&second, &root, &a, &d));
		assert_same(&first, &second);
		manifest_release(&second);
	} else {
		assert(d.errors > 0);
	}
	manifest_release(&first);
	root_close(&root);
	diag_release(&d);
	arena_release(&a);
	assert(unlink(".skein/manifest") == 0);
}
