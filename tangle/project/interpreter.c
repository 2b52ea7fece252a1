#include "tangle/project/interpreter.h"

#include <string.h>

/* `cell: 3: ...` of sh, `cell: line 3: ...` of bash, `cell:3: ...`, `"cell", line 3`. */
#define USUAL	"{file}\"?(?:, line |: line | line |: ?)(?<line>\\d+)"

#define WORDS(...)	(const char *const[]){ __VA_ARGS__, NULL }
#define FILE_OF(program)	.command = WORDS(program, "{file}"), .errors = USUAL

/*
 * What tells one run from the next by chance is set to be the same (the seeds of
 * hashes), and nothing is written beside modules that are imported.
 */
static const struct interpreter interpreters[] = {
	{ .language = "awk", .command = WORDS("awk", "-f", "{file}"), .errors = USUAL,
	  .package = "mawk" },
	{ .language = "bash", FILE_OF("bash"), .package = "bash" },
	{ .language = "bc", .command = WORDS("bc", "-q"), .comment = "#",
	  .errors = "\\(standard_in\\) (?<line>\\d+)", .package = "bc" },
	{ .language = "fish", FILE_OF("fish"), .package = "fish" },
	{ .language = "gnuplot", .command = WORDS("gnuplot", "-c", "{file}"), .errors = USUAL,
	  .package = "gnuplot-nox" },
	{ .language = "javascript", FILE_OF("node"), .extension = ".js", .package = "nodejs" },
	{ .language = "jq", .command = WORDS("jq", "-n", "-f", "{file}"), .errors = "line (?<line>\\d+)",
	  .package = "jq" },
	{ .language = "make", .command = WORDS("make", "--no-print-directory", "-f", "{file}"),
	  .errors = USUAL, .package = "make" },
	{ .language = "octave", FILE_OF("octave-cli"), .extension = ".m", .package = "octave" },
	{ .language = "perl", FILE_OF("perl"), .env = WORDS("PERL_HASH_SEED=0", "PERL5LIB={tree}"),
	  .package = "perl" },
	{ .language = "php", FILE_OF("php"), .package = "php-cli" },
	{ .language = "python", .command = WORDS("python3", "-c", "{driver}"), .driver = "python",
	  .errors = USUAL, .env = WORDS("PYTHONHASHSEED=0", "PYTHONDONTWRITEBYTECODE=1"),
	  .package = "python3" },
	{ .language = "r", FILE_OF("Rscript"), .package = "r-base-core" },
	{ .language = "ruby", FILE_OF("ruby"), .extension = ".rb", .env = WORDS("RUBYLIB={tree}"),
	  .package = "ruby" },
	{ .language = "sed", .command = WORDS("sed", "-f", "{file}"), .errors = "{file} line (?<line>\\d+)",
	  .package = "sed" },
	{ .language = "sh", FILE_OF("sh"), .package = "dash" },
	{ .language = "sql", .command = WORDS("sqlite3", "-batch", "-bail"),
	  .errors = "near line (?<line>\\d+)", .package = "sqlite3" },
	{ .language = "tcl", FILE_OF("tclsh"), .package = "tcl" },
	{ .language = "zsh", FILE_OF("zsh"), .package = "zsh" },
};

enum { NINTERPRETERS = sizeof interpreters / sizeof interpreters[0] };

static const struct interpreter *
find_in(const struct interpreter *list, size_t n, struct str name)
{
	for (size_t i = 0; i < n; i++)
		if (str_eq(str_of(list[i].language), name))
			return &list[i];
	return NULL;
}

const struct interpreter *
interpreter_find(const struct interpreters *own, struct str word, struct str language)
{
	const struct str names[] = { word, language };

	for (size_t k = 0; k < sizeof names / sizeof names[0]; k++) {
		const struct interpreter *i = own ? find_in(own->list, own->n, names[k]) : NULL;

		if (i || (i = find_in(interpreters, NINTERPRETERS, names[k])))
			return i;
	}
	return NULL;
}

const struct interpreter *
interpreter_nth(size_t k)
{
	return k < NINTERPRETERS ? &interpreters[k] : NULL;
}

bool
interpreter_takes(const struct interpreter *i, const char *placeholder)
{
	for (const char *const *word = i->command; *word; word++)
		if (strstr(*word, placeholder))
			return true;
	return false;
}
