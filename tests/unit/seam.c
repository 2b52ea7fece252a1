#undef NDEBUG
#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "tangle/expand/seam.h"
#include "tangle/project/language.h"

/*
 * What may stand behind each line of a text: '|' another line, 't' none, and
 * blanks would be part of a text, '.' none.
 */
static void
expect(const char *language, const char *text, const char *seams)
{
	struct seam s = { .language = language_find(str_of(language)) };
	struct str rest = str_of(text);
	char got[64] = "";
	size_t n = 0;

	while (rest.len > 0) {
		size_t end = str_find_byte(rest, '\n') + 1;

		seam_read(&s, str_slice(rest, 0, end));
		rest = str_slice(rest, end, rest.len);
		got[n++] = seam_parts(&s) ? '|' : seam_is_text(&s) ? 't' : '.';
	}
	seam_release(&s);
	if (strcmp(got, seams) != 0) {
		fprintf(stderr, "%s: %s, not %s\n%s", language, got, seams, text);
		assert(strcmp(got, seams) == 0);
	}
}

static void
c_is_parted_between_its_lines(void)
{
	expect("c", "int a;\n/* x\n*/ int b; /*\n // */\n", "|..|");
	expect("c", "#define A(x) \\\n\tb \\\nc\nd\n", "tt||");
	expect("c", "#define A ?" "?/\nb\n", "t|");
	expect("c", "#define A \\  \nb\n", "t|");
	expect("c", "// a \\\nb\nc\n", "t||");
	expect("c", "/\\\n* a\n*\\\n/ b\n", "t.t|");
	expect("c", "s = \"a \\\n /* b\";\nc\n", "t||");
	expect("c", "c = '\"'; d = '\\''; /* ' */\ne = \"/*\";\n", "||");
	expect("c", "#error don't\n#if 0\nisn't \"\n#endif\n", "||||");
	expect("c", "s = u8R\"x(a\n)\" \"\n)x\";\n\n", "tt||");
	expect("c", "s = R\"(a \\\n)\" \\\nb\nc\n", "tt||");
	expect("c", "s = R\"(a\n)\" /* \\\nb */\n", "tt|");
	expect("c", "s = FOOR\"(a\nb\n", "||");
	expect("c++", "n = 1'000'000; c = L'\"'; /* \n*/\n", ".|");
}

static void
macro_calls_are_not_parted(void)
{
	expect("c", "EXPECT_EQ(a,\nb(c),\nd)\ne\n", "..||");
	expect("c", "assert(\nx);\n", ".|");
	expect("c", "call(\nx);\nMAX (\nb);\n", "||.|");
	expect("c", "#define F(\n", "|");
	expect("c", "CHECK(a\n}\nb\n", ".||");
}

static void
other_languages_have_other_strings(void)
{
	expect("go", "a := `x\n// y\\`; b\nc := \"`\"; d := '`'\n", "t||");
	expect("c#", "s = @\"a\n\"\" b\n\"; t = $@\"\n\"\n", "ttt|");
	expect("c#", "s = \"\"\"\n\"\" a\n\"\"\";\n", "tt|");
	expect("f#", "(* \"*)\" (* x *)\n*) let a' = \"x\ny\"\n", ".t|");
	expect("d", "/+ a /+ b\n+/ c\n+/ s = q\"EOS\nx\nEOS\"; t = r\"\\\";\n", "..tt|");
	expect("d", "m = q{ { \n } \n}; u = `\n`; v = q\"(a\n)\";\n", "tttt|");
	expect("haskell", "a = \"x\\\n  \\y\" {- {- -}\n-} b' = '\"'\nc --> \"x\n-- \" {-\n", "t.|||");
	expect("haskell", "a = [r|x\n|] ++ [x|x<-xs]\nb\n", "t||");
	expect("ocaml", "a' = '\"' (* \"*)\" \n*) b = {q|x\n|} |q} \"y\nz\"\n", ".tt|");
	expect("r", "# it's\na <- 'x\ny'; b <- r\"--(x\n)\" )--\"\n", "|tt|");
	expect("verilog", "`define A \\\nb\n/*\n*/\n", "t|.|");
	expect("fortran", "print *, 'a &\n& b' ! it's\n", "||");
	expect("gas", "# it's /*\n/* x\n*/\n", "|.|");
}

static void
perl_is_read_with_care(void)
{
	expect("perl", "print <<EOT, \"x\";\n\"\nEOT\n1;\n", "tt||");
	expect("perl", "print <<~'A B';\n  x\n  A B\n1;\n", "tt||");
	expect("perl", "$x = q{a {b}\n'}; $y = \"a\nb\";\n", "tt|");
	expect("perl", "$n = $#a; s/\"//; if (/'/) { }\n$z = $h{q} / 2;\n", "||");
	expect("perl", "1;\n=pod\n\n'\n\n=cut\n2;\n__END__\nx\n", "|tttt||tt");
}

static void
conditions_are_counted(void)
{
	struct seam s = { .language = language_find(STR("c")) };

	seam_read(&s, STR("#if A\n"));
	seam_read(&s, STR("  # ifdef B\n"));
	assert(s.conditions == 2 && s.condition == 0);
	seam_read(&s, STR("#else\n"));
	assert(s.conditions == 2 && s.condition == 2);
	seam_read(&s, STR("/* \n"));
	seam_read(&s, STR("#endif */\n"));
	assert(s.conditions == 2 && s.condition == 0);
	seam_read(&s, STR("#endif // B\n"));
	assert(s.conditions == 1 && s.condition == 2);
	seam_release(&s);
}

/* Whatever comes, it is read to its end, without a step outside. */
static void
any_bytes_are_read(uint64_t seed)
{
	static const char *const parts[] = {
		"\"", "'", "`", "\\", "\n", "/*", "*/", "//", "R\"x(", ")x\"", "(", ")", "{", "}", "[", "|]",
		"q{", "q\"(", "<<EOT", "EOT", "=cut", "#if", "#endif", "\"\"\"", "@\"", "{-", "-}", "(*", "*)",
		"r\"--(", "a", " ", "\t", "\xc3", "\r\n", "ABC(", "qw", "[r|", "{|", "?\?/", "/+", "+/", "--",
	};
	const struct language *whose;
	const char *name;

	for (size_t k = 0; (name = language_nth(k, &whose)); k++) {
		struct seam s = { .language = whose };

		if (!whose->directive || strcmp(whose->name, name) != 0)
			continue;
		for (int line = 0; line < 200; line++) {
			struct buf b = {0};

			for (int part = 0; part < 12; part++) {
				seed = seed * 6364136223846793005u + 1442695040888963407u;
				buf_add(&b, str_of(parts[(seed >> 33) % (sizeof parts / sizeof *parts)]));
			}
			buf_byte(&b, '\n');
			seam_read(&s, buf_str(&b));
			buf_release(&b);
		}
		seam_release(&s);
	}
}

/* A long line of what is looked at again and again takes no longer than a plain one. */
static void
long_lines_are_read_in_linear_time(void)
{
	static const char *const units[] = {
		"1'", "\"", "(", " (", "[x|a] ", "q{", "<<\"", "<<'", "=/\\/", "r\"-", "`", "{a|", "(*\"", "/*", "R\"x", "$'", "?\?/", "{-",
	};
	const struct language *whose;
	const char *name;

	for (size_t k = 0; (name = language_nth(k, &whose)); k++) {
		for (size_t u = 0; whose->directive && u < sizeof units / sizeof *units; u++) {
			struct seam s = { .language = whose };
			struct buf b = {0};

			if (strcmp(whose->name, name) != 0)
				break;
			while (b.len < 20000)
				buf_add(&b, str_of(units[u]));
			buf_byte(&b, '\n');
			seam_read(&s, buf_str(&b));
			buf_release(&b);
			seam_release(&s);
		}
	}
}

int
main(void)
{
	c_is_parted_between_its_lines();
	macro_calls_are_not_parted();
	other_languages_have_other_strings();
	perl_is_read_with_care();
	conditions_are_counted();
	long_lines_are_read_in_linear_time();
	for (uint64_t seed = 1; seed <= 20; seed++)
		any_bytes_are_read(seed);
	return 0;
}
