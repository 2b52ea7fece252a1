/*
 * Front matter of any bytes: it begins and ends with lines, and each option that
 * is read from it has a place in it, where its key stands.
 */
#include "tests/fuzz/fuzz.h"

#include "tangle/base/source.h"
#include "tangle/document/attributes.h"
#include "tangle/document/frontmatter.h"

#ifndef LIBFUZZER
static void
fuzz_make(struct buf *to)
{
	static const char *const starts[] = { "---\n", "---\n", "---  \r\n", "\xEF\xBB\xBF---\n", "--- x\n", "", NULL };
	static const char *const lines[] = {
		"skein:", "skein: {std: c17, libs: [m, pthread]}", "skein: x", "skein: [a, b]", "skein: |",
		"  std: c17", "  libs: [m, z]", "  libs:", "    - m", "    - *a", "  run: all", "  flie: x",
		"  ? [a, b]", "  : c", "title: \"a \\\" b\"", "title: 'x", "a: &a [x, x]", "b: *a", "<<: *a",
		"  <<: *a", "  \"std\": c11", "  'cflags': -O2", "  std: !!binary aGk=", "  std: !x y",
		"  \xC3\xA4: 1", "\xC3\xA4: &x {\xE2\x82\xAC: 1}", "# comment", "...", "---", "", "\t", "- a", "}", "{",
		"  timeout: >-", "      10s", "  names: shared", "  std: c99", "  std: c17", "%YAML 1.1", "\"skein\":",
		"? skein", ": std: c17", NULL
	};
	static const char *const ends[] = { "---\n", "---\n", "...\n", "---", "", "---\n\ntext\n", "---\r\n", NULL };

	buf_add(to, any_word(starts));
	if (!now_and_then(4))
		buf_add(to, STR("skein:\n"));
	for (uint32_t n = any(8); n > 0; n--) {
		buf_add(to, any_word(lines));
		buf_add(to, now_and_then(20) ? STR("\r\n") : STR("\n"));
	}
	buf_add(to, any_word(ends));
}
#endif

static void
fuzz_one(struct str input)
{
	struct options o = {0};
	struct source s;
	struct arena a;
	struct diag d;
	size_t size;

	arena_init(&a);
	fuzz_diag(&d);
	source_init(&s, &a, STR("a.md"), arena_str(&a, input));
	o.arena = &a;
	size = frontmatter_size(&s);
	assert(size <= s.text.len);
	assert(size == 0 || size == s.text.len || s.text.data[size - 1] == '\n' ||
	    s.text.data[size - 1] == '\r');
	frontmatter_read(&o, &s, size, &d);
	assert(size > 0 || o.n == 0);
	for (size_t i = 0; i < o.n; i++) {
		const struct option *one = &o.list[i];
		struct str there;

		assert(one->at.source == &s && one->at.offset < size);
		there = str_slice(s.text, one->at.offset, size);
		/* the key as it was written, but for quotes, tags and lines that are folded */
		assert(one->written.len == 0 || there.data[0] == one->written.data[0] ||
		    strchr("\"'!&|>*", there.data[0]));
	}
	diag_release(&d);
	arena_release(&a);
}
