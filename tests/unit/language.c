#undef NDEBUG
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "tangle/project/language.h"

static void
names_are_sorted_and_found(void)
{
	const struct language *whose;
	const char *name, *last = "";

	for (size_t k = 0; (name = language_nth(k, &whose)); k++) {
		if (strcmp(last, name) >= 0)
			fprintf(stderr, "'%s' must stand before '%s'\n", name, last);
		assert(strcmp(last, name) < 0);
		assert(language_find(str_of(name)) == whose);
		assert(language_find(str_of(whose->name)) == whose);
		assert(!whose->open == !whose->close);
		last = name;
	}
	assert(!language_find(STR("klingon")));
	assert(!language_find(STR("")));
}

static void
a_file_tells_its_language(void)
{
	assert(!strcmp(language_of_path(STR("src/a.b/list.H"))->name, "c"));
	assert(!strcmp(language_of_path(STR("a.cpp"))->name, "c++"));
	assert(!strcmp(language_of_path(STR("sub/Makefile"))->name, "make"));
	assert(!language_of_path(STR("src.c/README")));
	assert(!language_of_path(STR("")));
}

int
main(void)
{
	names_are_sorted_and_found();
	a_file_tells_its_language();
	return 0;
}
