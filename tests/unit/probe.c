/*
 * What texts ask for beside their includes: plain names are found, all others known
 * for what they are.
 */
#undef NDEBUG
#include "runner/build/probe.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

static const struct {
	const char *text, *found;
} cases[] = {
	{ "int x;", "" },
	{ "#if __has_include(<a/b.h>)", "header<a/b.h> " },
	{ "#if __has_include ( \"b.h\" ) && __has_include_next(<c.h>)", "header\"b.h\" header<c.h> " },
	{ "__has_include(\"a.h\")", "header\"a.h\" " },
	{ "#if defined __has_include\n#elif defined( __has_include )", "" },
	{ "#ifdef __has_include\n#ifndef __has_embed", "" },
	{ "#define undefined __has_include(<a.h>)", "header<a.h> " },
	{ "#if __has_include(NAME)", "header? " },
	{ "#define HAS __has_include", "header? " },
	{ "#if __has_include(\\\n<a.h>)", "header? " },
	{ "#if __has_include(<a\n.h>)", "header? " },
	{ "#if __has_include(<a.h", "header? " },
	{ "#if __has_include", "header? " },
	{ "#define P(x) __has_##x", "header? " },
	{ "#if __has_attribute(x) || __has_builtin(y) || __has_feature(z)", "" },
	{ "int my__has_include;", "" },
	{ "#if __has_embed(\"a.bin\" limit(4))", "embed\"a.bin\" " },
	{ "asm(\".incbin \\\"a.bin\\\"\");", "binary\"a.bin\" " },
	{ "asm(\".incbin \\\"a.bin\\\", 1, 2\");", "binary\"a.bin\" " },
	{ "asm(\".incbin \" #f \"\");", "binary? " },
	{ "asm(\".incbin \\\"%0\\\"\");", "binary? " },
	{ "asm(\".incbin \\\"a\\\\b\\\"\");", "binary? " },
	{ "asm(\".incbin", "binary? " },
	{ "asm(\".include \\\"a.s\\\"\");", "binary\"a.s\" " },
	{ "char *s = __DATE__ __TIME__;", "date date " },
	{ "__TIMESTAMP__", "stamp " },
	{ "__DATE__x", "" },
};

int
main(void)
{
	static const char *const kinds[] = { "header", "embed", "binary", "date", "stamp" };

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct str text = str_of(cases[i].text);
		char found[256] = "";
		struct probe p;
		size_t at = 0;

		while (probe_next(text, &at, &p)) {
			size_t n = strlen(found);
			bool is_file = p.kind <= PROBE_BINARY, is_quoted = p.is_quoted || p.kind == PROBE_BINARY;

			snprintf(found + n, sizeof found - n, "%s%s%.*s%s ", kinds[p.kind],
			    !is_file ? "" : p.name.len == 0 ? "?" : is_quoted ? "\"" : "<",
			    STR_ARG(p.name), p.name.len == 0 ? "" : is_quoted ? "\"" : ">");
		}
		if (strcmp(found, cases[i].found) != 0)
			fprintf(stderr, "%s: found %s\n", cases[i].text, found);
		assert(strcmp(found, cases[i].found) == 0);
		assert(*found == '\0' || probe_may_be_in(text));
	}
	return 0;
}
