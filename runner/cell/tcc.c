#include "runner/cell/tcc.h"

#include "runner/cell/lex.h"
#include "tangle/base/arena.h"

/* Found by trying 0.9.27, whose own words are "';' expected". */
static bool
is_unknown(struct str word)
{
	static const char *const words[] = {
		"__auto_type", "_Thread_local", "__thread", "thread_local", "_Atomic", "_Complex",
		"__int128", "_Float128", "__float128", "_Float16", "_BitInt", "_Decimal64", "constexpr",
		"nullptr", "typeof_unqual", "_Imaginary",
	};

	for (size_t k = 0; k < sizeof words / sizeof *words; k++)
		if (str_eq(word, str_of(words[k])))
			return true;
	return str_eq(str_slice(word, 0, 3), STR("u8\""));
}

struct unit_note
tcc_refused(const struct interface_cell *c, struct arena *a)
{
	struct lexer x;
	struct token t;

	lexer_init(&x, c->source.text);
	while (lexer_next(&x, &t)) {
		size_t column = 1;

		if (!is_unknown(t.text))
			continue;
		for (const char *p = t.text.data; p > c->source.text.data && p[-1] != '\n'; p--)
			column++;
		return (struct unit_note){ .line = t.line, .column = column, .text = arena_printf(a,
		    "tcc does not know '%.*s': take cc=gcc for this cell", STR_ARG(t.text)) };
	}
	return (struct unit_note){0};
}
