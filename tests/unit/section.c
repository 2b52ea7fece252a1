/* One output of several cells, cut up and put together again. */
#undef NDEBUG
#include "runner/output/section.h"

#include <assert.h>

#include "tangle/base/arena.h"

enum { N = 3 };

static void
name(struct section *s, const char *a, const char *b, const char *c)
{
	s[0] = (struct section){ .label = str_of(a) };
	s[1] = (struct section){ .label = str_of(b) };
	s[2] = (struct section){ .label = str_of(c) };
}

static void
expect(const struct section *s, const char *text)
{
	assert(s->present == (text != NULL));
	assert(!text || str_eq(s->text, str_of(text)));
}

static void
test_parts(struct arena *a)
{
	const struct str whole = STR("in front\nn=3:\nthree\n\nn=9:\nn=12:\n");
	struct section s[N];

	name(s, "n=3", "", "n=12");
	assert(sections_cut(whole, s, N).len == 0);
	expect(&s[0], "three\n\nn=9:\n");	/* no label of these: somebody's text */
	expect(&s[1], "in front\n");
	expect(&s[2], "");
	assert(str_eq(sections_join(s, N, a), whole));
}

static void
test_nobodys(struct arena *a)
{
	struct section s[N];

	name(s, "a", "b", "c");
	assert(str_eq(sections_cut(STR("lost\r\nb:\r\n2\r\na:\n1\nb:\nagain"), s, N), STR("lost\r\n")));
	expect(&s[0], "1\nb:\nagain");	/* the second line of that kind is text */
	expect(&s[1], "2\r\n");
	expect(&s[2], NULL);
	assert(str_eq(sections_join(s, N, a), STR("a:\n1\nb:\nagain\nb:\n2\r\n")));
}

static void
test_one(struct arena *a)
{
	struct section s = { .label = STR("") };

	assert(sections_cut(STR(""), &s, 1).len == 0);
	expect(&s, "");
	sections_cut(STR("x:\ny"), &s, 1);
	expect(&s, "x:\ny");
	assert(str_eq(sections_join(&s, 1, a), STR("x:\ny")));
}

int
main(void)
{
	struct arena a;

	arena_init(&a);
	test_parts(&a);
	test_nobodys(&a);
	test_one(&a);
	arena_release(&a);
	return 0;
}
