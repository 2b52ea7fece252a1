#define _GNU_SOURCE	/* realpath */
#include "runner/build/flags.h"

#include <assert.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "tangle/base/arena.h"
#include "tangle/base/buf.h"
#include "tangle/base/diag.h"
#include "tangle/base/mem.h"

/* What may follow the spelling that a table entry gives. */
enum rest {
	NOTHING,
	DIGIT,			/* -O2, -g3 */
	WORD,			/* letters, digits and + - . _ */
	LIST,			/* the same and , = : */
	STANDARD,		/* c17, iso9899:1999, c++17 */
	ANY			/* anything but nothing: -DX=... */
};

struct rule {
	const char *spelling;
	enum rest rest;
};

/*
 * "+name" stands for -fname and -fno-name (or -mname and -mno-name).
 */
static const struct rule allowed[] = {
	{ "-D", ANY }, { "-U", WORD },
	{ "-O", NOTHING }, { "-O", DIGIT }, { "-Os", NOTHING }, { "-Oz", NOTHING },
	{ "-Og", NOTHING }, { "-Ofast", NOTHING },
	{ "-g", NOTHING }, { "-g", DIGIT }, { "-ggdb", NOTHING }, { "-ggdb", DIGIT },
	{ "-gdwarf-", DIGIT }, { "-gcolumn-info", NOTHING }, { "-gno-column-info", NOTHING },
	{ "-std=", STANDARD }, { "-ansi", NOTHING }, { "-pedantic", NOTHING },
	{ "-pedantic-errors", NOTHING }, { "-trigraphs", NOTHING }, { "-w", NOTHING },
	{ "-pthread", NOTHING }, { "-pipe", NOTHING },

	{ "+fopenmp", NOTHING }, { "+fopenmp-simd", NOTHING },
	{ "+fsanitize=", LIST }, { "+fsanitize-recover", NOTHING },
	{ "+fsanitize-recover=", LIST }, { "+fsanitize-address-use-after-scope", NOTHING },
	{ "+fsanitize-undefined-trap-on-error", NOTHING },
	{ "+fanalyzer", NOTHING }, { "-fmax-errors=", DIGIT }, { "-ferror-limit=", DIGIT },
	{ "+fwrapv", NOTHING }, { "+ftrapv", NOTHING }, { "+fwrapv-pointer", NOTHING },
	{ "+fstrict-aliasing", NOTHING }, { "+fstrict-overflow", NOTHING },
	{ "+fdelete-null-pointer-checks", NOTHING }, { "+fcommon", NOTHING },
	{ "+fsigned-char", NOTHING }, { "+funsigned-char", NOTHING },
	{ "+fbuiltin", NOTHING }, { "-fno-builtin-", WORD },
	{ "+ffreestanding", NOTHING }, { "+fhosted", NOTHING },
	{ "+fexceptions", NOTHING }, { "+fnon-call-exceptions", NOTHING },
	{ "+fgnu89-inline", NOTHING }, { "+fms-extensions", NOTHING },
	{ "+fplan9-extensions", NOTHING }, { "+fblocks", NOTHING },
	{ "+fdollars-in-identifiers", NOTHING }, { "+fpermissive", NOTHING },
	{ "-finput-charset=", WORD }, { "-fexec-charset=", WORD }, { "-fwide-exec-charset=", WORD },
	{ "+fstack-protector", NOTHING }, { "-fstack-protector-all", NOTHING },
	{ "-fstack-protector-strong", NOTHING }, { "+fstack-clash-protection", NOTHING },
	{ "-fcf-protection", NOTHING }, { "-fcf-protection=", WORD },
	{ "-ftrivial-auto-var-init=", WORD }, { "+fstrict-flex-arrays", NOTHING },
	{ "-fstrict-flex-arrays=", DIGIT },
	{ "+fomit-frame-pointer", NOTHING }, { "+foptimize-sibling-calls", NOTHING },
	{ "+finline", NOTHING }, { "+finline-functions", NOTHING },
	{ "+funroll-loops", NOTHING }, { "+funroll-all-loops", NOTHING },
	{ "+ftree-vectorize", NOTHING }, { "+ftree-slp-vectorize", NOTHING },
	{ "+ftree-loop-vectorize", NOTHING }, { "+fvectorize", NOTHING },
	{ "+fslp-vectorize", NOTHING }, { "+fif-conversion", NOTHING },
	{ "+fmerge-constants", NOTHING }, { "+fprefetch-loop-arrays", NOTHING },
	{ "+fsplit-loops", NOTHING }, { "+fpeel-loops", NOTHING }, { "+fipa-cp", NOTHING },
	{ "+ftree-loop-distribute-patterns", NOTHING }, { "+fplt", NOTHING },
	{ "+fsemantic-interposition", NOTHING }, { "+fjump-tables", NOTHING },
	{ "+ffast-math", NOTHING }, { "+fmath-errno", NOTHING }, { "+ffinite-math-only", NOTHING },
	{ "+funsafe-math-optimizations", NOTHING }, { "+fassociative-math", NOTHING },
	{ "+freciprocal-math", NOTHING }, { "+fsigned-zeros", NOTHING },
	{ "+ftrapping-math", NOTHING }, { "+frounding-math", NOTHING },
	{ "+fsignaling-nans", NOTHING }, { "-ffp-contract=", WORD },
	{ "-fexcess-precision=", WORD }, { "+fsingle-precision-constant", NOTHING },
	{ "+fcx-limited-range", NOTHING }, { "+ffloat-store", NOTHING },

	{ "-march=", WORD }, { "-mtune=", WORD }, { "-mcpu=", WORD }, { "-mfpmath=", LIST },
	{ "-mprefer-vector-width=", WORD }, { "-mcmodel=", WORD },
	{ "+msse", NOTHING }, { "+msse2", NOTHING }, { "+msse3", NOTHING }, { "+mssse3", NOTHING },
	{ "+msse4", NOTHING }, { "+msse4.1", NOTHING }, { "+msse4.2", NOTHING },
	{ "+mavx", NOTHING }, { "+mavx2", NOTHING }, { "+mavx512", WORD }, { "+mfma", NOTHING },
	{ "+mf16c", NOTHING }, { "+mbmi", NOTHING }, { "+mbmi2", NOTHING }, { "+mlzcnt", NOTHING },
	{ "+mpopcnt", NOTHING }, { "+maes", NOTHING }, { "+mpclmul", NOTHING }, { "+msha", NOTHING },
	{ "+mmovbe", NOTHING }, { "+mrdrnd", NOTHING }, { "+mrdseed", NOTHING }, { "+madx", NOTHING },
	{ "+mvzeroupper", NOTHING }, { "+mred-zone", NOTHING }, { "+mcx16", NOTHING },
};

/* These are followed by a path, in the same word or the next. */
static const char *const path_flags[] = { "-iquote", "-isystem", "-idirafter", "-include", "-I" };

/* Spellings that people try, and what is wrong with them; longest first. */
static const struct refusal {
	const char *spelling, *why;
} refusals[] = {
	{ "-Wl,", "it passes flags to the linker, which can write files" },
	{ "-Wa,", "it passes flags to the assembler, which can write files" },
	{ "-Wp,", "it passes flags to the preprocessor, which can write files" },
	{ "-X", "it passes a flag on to another program" },
	{ "-wrapper", "it runs a program" }, { "-fplugin", "it loads code into the compiler" },
	{ "-specs", "it can run a program" }, { "--specs", "it can run a program" },
	{ "-B", "it can run a program" }, { "-load", "it loads code into the compiler" },
	{ "-fmodule-mapper", "it can run a program" }, { "-fuse-ld", "it chooses a program" },
	{ "-no-canonical-prefixes", "it chooses programs" },
	{ "@", "it reads flags from a file" }, { "--config", "it reads flags from a file" },
	{ "-fdump", "it writes files" }, { "-fopt-info", "it writes files" },
	{ "-fstack-usage", "it writes files" }, { "-fcallgraph-info", "it writes files" },
	{ "-ftime-trace", "it writes files" }, { "-fprofile", "it reads or writes files" },
	{ "-ftest-coverage", "it writes files" }, { "-fcoverage", "it writes files" },
	{ "--coverage", "it writes files" }, { "-coverage", "it writes files" },
	{ "-gsplit-dwarf", "it writes files" }, { "-save-temps", "it writes files" },
	{ "-dump", "it writes files" }, { "-M", "it writes files" }, { "-o", "skein names the output" },
	{ "-fsanitize-ignorelist", "it reads a file" }, { "-fsanitize-blacklist", "it reads a file" },
	{ "-flto", "the object would not fit the session" },
	{ "-m32", "the object would not fit the session" },
	{ "-mx32", "the object would not fit the session" },
	{ "-m16", "the object would not fit the session" },
	{ "-fno-pic", "the object would not fit the session" },
	{ "-fno-PIC", "the object would not fit the session" },
	{ "-fpie", "the object would not fit the session" },
	{ "-fPIE", "the object would not fit the session" },
	{ "-static", "the object would not fit the session" },
	{ "-nostdlib", "symbols would lose their versions" },
	{ "-fvisibility", "the session would not find the symbols" },
	{ "-fsyntax-only", "there would be no object" },
	{ "-c", "there would be no object" }, { "-S", "there would be no object" },
	{ "-E", "there would be no object" },
	{ "-x", "a block's language is its own" },
	{ "-L", "a document cannot name library folders; use pkg=" },
	{ "-l", "libraries are named by libs=" },
};

static bool
is_word_byte(char c)
{
	return isalnum((unsigned char)c) || (c && strchr("+-._", c));
}

static bool
fits(struct str s, enum rest rest)
{
	switch (rest) {
	case NOTHING:
		return s.len == 0;
	case ANY:
		return s.len > 0;
	case DIGIT:
		for (size_t i = 0; i < s.len; i++)
			if (!isdigit((unsigned char)s.data[i]))
				return false;
		return s.len > 0 && s.len < 6;
	case STANDARD:
		return str_find_byte(s, ',') == s.len && str_find_byte(s, '=') == s.len &&
		    fits(s, LIST);
	case WORD:
	case LIST:
		for (size_t i = 0; i < s.len; i++)
			if (!is_word_byte(s.data[i]) &&
			    (rest == WORD || !strchr(",=:", s.data[i])))
				return false;
		return s.len > 0;
	}
	assert(false && "a rest of this list");
	return false;
}

/* Take `part` off the front; false, and nothing taken, if it is not there. */
static bool
strip(struct str *s, const char *part)
{
	struct str p = str_of(part);

	if (!str_starts(*s, p))
		return false;
	*s = str_slice(*s, p.len, s->len);
	return true;
}

static bool
matches(const struct rule *rule, struct str flag)
{
	const char *spelling = rule->spelling;
	char letter[3] = { '-', spelling[1], 0 };

	if (*spelling != '+')
		return strip(&flag, spelling) && fits(flag, rule->rest);
	if (!strip(&flag, letter))
		return false;
	strip(&flag, "no-");
	return strip(&flag, spelling + 2) && fits(flag, rule->rest);
}

/*
 * -W and a warning's name.  No comma, which would make it -Wl, and its like; nor
 * one letter alone.
 */
static bool
is_warning(struct str flag)
{
	if (!strip(&flag, "-W"))
		return false;
	for (size_t i = 0; i < flag.len; i++) {
		char c = flag.data[i];

		if (!islower((unsigned char)c) && !isdigit((unsigned char)c) && !strchr("+-=", c))
			return false;
	}
	return flag.len > 1;
}

/* The path flag that `flag` begins with; NULL if it is none. */
static const char *
path_flag(struct str flag)
{
	for (size_t i = 0; i < sizeof path_flags / sizeof *path_flags; i++)
		if (str_starts(flag, str_of(path_flags[i])))
			return path_flags[i];
	return NULL;
}

const char *
flags_refusal(struct str flag)
{
	for (size_t i = 0; i < flag.len; i++)
		if ((unsigned char)flag.data[i] < ' ')
			return "it holds a control character";
	if (is_warning(flag) || path_flag(flag))
		return NULL;
	for (size_t i = 0; i < sizeof allowed / sizeof *allowed; i++)
		if (matches(&allowed[i], flag))
			return NULL;
	for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++)
		if (str_starts(flag, str_of(refusals[i].spelling)))
			return refusals[i].why;
	return "it is not in the list of those that a document may give";
}

/* Warnings, without -W and no-, and other flags that gcc knows for one language only. */
static const char *const only_c[] = {
	"absolute-value", "bad-function-cast", "c++-compat", "c11-c2x-compat", "c90-c99-compat",
	"c99-c11-compat", "declaration-after-statement", "designated-init", "discarded-array-qualifiers",
	"discarded-qualifiers", "duplicate-decl-specifier", "implicit", "implicit-function-declaration",
	"implicit-int", "incompatible-pointer-types", "int-conversion", "jump-misses-init",
	"main", "missing-parameter-name", "missing-parameter-type", "missing-prototypes",
	"nested-externs", "old-style-declaration", "old-style-definition", "override-init",
	"override-init-side-effects", "pointer-sign", "pointer-to-int-cast", "strict-prototypes",
	"traditional", "traditional-conversion", "unsuffixed-float-constants",
	"-fgnu89-inline", "-fplan9-extensions",
}, *const only_cxx[] = {
	"catch-value", "class-memaccess", "conditionally-supported", "conversion-null",
	"ctor-dtor-privacy", "delete-non-virtual-dtor", "deprecated-copy", "deprecated-copy-dtor",
	"effc++", "extra-semi", "inherited-variadic-ctor", "init-list-lifetime", "invalid-offsetof",
	"literal-suffix", "mismatched-tags", "noexcept", "noexcept-type", "non-template-friend",
	"non-virtual-dtor", "old-style-cast", "overloaded-virtual", "pessimizing-move", "placement-new",
	"pmf-conversions", "range-loop-construct", "redundant-move", "redundant-tags", "register",
	"reorder", "sign-promo", "strict-null-sentinel", "suggest-final-methods",
	"suggest-final-types", "suggest-override", "synth", "templates", "terminate",
	"useless-cast", "virtual-inheritance", "virtual-move-assign", "volatile",
	"zero-as-null-pointer-constant", "-fpermissive", "-fno-permissive",
};

static bool
is_listed(struct str flag, const char *const *list, size_t n)
{
	struct str warning = flag;

	if (strip(&warning, "-W")) {
		strip(&warning, "error=");
		strip(&warning, "no-");
		warning = str_slice(warning, 0, str_find_byte(warning, '='));
	}
	for (size_t i = 0; i < n; i++)
		if (str_eq(warning, str_of(list[i])))
			return true;
	return false;
}

bool
flags_suit(struct str flag, bool is_cxx)
{
	if (str_starts(flag, STR("-std=")))
		return (str_find(flag, STR("++")) < flag.len) == is_cxx;
	return is_cxx ? !is_listed(flag, only_c, sizeof only_c / sizeof *only_c)
	    : !is_listed(flag, only_cxx, sizeof only_cxx / sizeof *only_cxx);
}

bool
flags_is_standard(struct str s)
{
	for (size_t i = 0; i < s.len; i++)
		if (!isalnum((unsigned char)s.data[i]) && s.data[i] != ':' && s.data[i] != '+')
			return false;
	return s.len > 0 && s.len <= 32;
}

bool
flags_is_library(struct str s)
{
	for (size_t i = 0; i < s.len; i++)
		if (!is_word_byte(s.data[i]))
			return false;
	return s.len > 0 && s.len <= 128 && s.data[0] != '-';
}

/* One word of a quoted text; false if a quote is left open, which *quoted begins with. */
static bool
read_word(struct str *rest, struct buf *word, struct str *quoted)
{
	char quote = 0;
	size_t i;

	for (i = 0; i < rest->len; i++) {
		char c = rest->data[i];

		if (!quote && strchr(" \t\r\n", c))
			break;
		if (c == '\\' && quote != '\'' && i + 1 < rest->len) {
			buf_byte(word, rest->data[++i]);
		} else if (quote ? c == quote : c == '"' || c == '\'') {
			quote = quote ? 0 : c;
			*quoted = str_slice(*rest, i, rest->len);
		} else {
			buf_byte(word, c);
		}
	}
	*rest = str_slice(*rest, i, rest->len);
	return !quote;
}

/* Where these bytes stand in what is at a place. */
static struct place
place_within(struct place at, struct str bytes)
{
	struct str text;
	size_t i;

	if (!at.source || at.offset == PLACE_FILE)
		return at;
	text = str_slice(at.source->text, at.offset, at.offset + at.length);
	i = str_find(text, bytes);
	return i < text.len ? (struct place){ at.source, at.offset + i, bytes.len } : at;
}

bool
flags_split(struct str text, struct arena *a, const struct str **words,
    size_t *nwords, struct place at, struct diag *d)
{
	struct str *list = arena_alloc(a, text.len / 2 + 1, sizeof *list), quoted = {0};
	size_t n = 0;
	bool ok = true;

	while (ok) {
		struct buf word = {0};

		while (text.len > 0 && strchr(" \t\r\n", text.data[0]))
			text = str_slice(text, 1, text.len);
		if (text.len == 0)
			break;
		ok = read_word(&text, &word, &quoted);
		list[n++] = buf_take(&word, a);
	}
	if (!ok)
		diag_error(d, STATUS_STRUCTURE, place_within(at, str_trim(quoted)), "unclosed-quote",
		    "this quote is not closed: %.*s", STR_ARG(str_trim(quoted)));
	*words = list;
	*nwords = n;
	return ok;
}

/* Absolute, links followed, and below the root; empty if it is not. */
static struct str
below_root(struct str path, struct str root, struct arena *a)
{
	struct str joined = path.data[0] == '/' ? path :
	    arena_printf(a, "%.*s/%.*s", STR_ARG(root), STR_ARG(path));
	char *real = realpath(arena_cstr(a, joined), NULL);
	char *real_root = realpath(arena_cstr(a, root), NULL);
	struct str result = {0};

	if (real && real_root) {
		struct str r = str_of(real), top = str_of(real_root);

		if (str_starts(r, top) &&
		    (r.len == top.len || r.data[top.len] == '/' || top.len == 1))
			result = arena_str(a, r);
	}
	free(real);
	free(real_root);
	return result;
}

/* A list of accepted flags; two-word flags take what follows. */
struct acceptance {
	const struct str *words;
	size_t nwords, next;
	struct str root;
	struct arena *arena;
	struct str *flags;
	size_t nflags;
	struct place at;
	struct diag *diag;
	bool ok;
};

static bool
ends_word(struct str s, size_t at)
{
	return at >= s.len || strchr(" \t\r\n\"',}]", s.data[at]);
}

/* Behind a blank, a quote, or the '=' of the option itself. */
static bool
begins_word(struct str s, size_t at)
{
	return at == 0 || ends_word(s, at - 1) || str_find_byte(s, '=') == at - 1;
}

/* Where a word stands in the option that holds it; the option if it is not to be seen. */
static struct place
place_of_word(struct place at, struct str word)
{
	struct str text;

	if (!at.source || at.offset == PLACE_FILE || word.len == 0)
		return at;
	text = str_slice(at.source->text, at.offset, at.offset + at.length);
	for (size_t i = 0; i + word.len <= text.len; i++) {
		i += str_find(str_slice(text, i, text.len), word);
		if (i < text.len && begins_word(text, i) && ends_word(text, i + word.len))
			return (struct place){ at.source, at.offset + i, word.len };
	}
	return at;
}

static void
refuse(struct acceptance *x, struct str word, struct str flag, const char *why)
{
	diag_error(x->diag, STATUS_REFUSED, place_of_word(x->at, word), "forbidden-flag",
	    "the flag '%.*s' cannot stand in a document: %s", STR_ARG(flag), why);
	x->ok = false;
}

static void
accept_path(struct acceptance *x, const char *name)
{
	struct str word = x->words[x->next++];
	struct str path = str_slice(word, strlen(name), word.len);
	struct str real;

	if (path.len == 0 && x->next < x->nwords)
		path = x->words[x->next++];
	if (path.len == 0) {
		refuse(x, word, word, "it wants a path");
		return;
	}
	real = below_root(path, x->root, x->arena);
	if (real.len == 0) {
		if (path.len < word.len)
			path = word;	/* joined: the word is to blame */
		refuse(x, path, path.data == word.data ? word :
		    arena_printf(x->arena, "%s %.*s", name, STR_ARG(path)),
		    "its path, which begins at the project's root, is not there, or leaves the project");
		return;
	}
	if (name[1] == 'I')
		x->flags[x->nflags++] = arena_printf(x->arena, "-I%.*s", STR_ARG(real));
	else {
		x->flags[x->nflags++] = str_of(name);
		x->flags[x->nflags++] = real;
	}
}

static void
accept_word(struct acceptance *x)
{
	struct str word = x->words[x->next];
	const char *name = path_flag(word);
	const char *why;

	/* -D NAME is -DNAME */
	if ((str_eq(word, STR("-D")) || str_eq(word, STR("-U"))) && x->next + 1 < x->nwords) {
		x->next++;
		word = arena_printf(x->arena, "%.*s%.*s", STR_ARG(word),
		    STR_ARG(x->words[x->next]));
	}
	why = flags_refusal(word);
	if (name && !why) {
		accept_path(x, name);
		return;
	}
	x->next++;
	if (why)
		refuse(x, x->words[x->next - 1], word, why);
	else
		x->flags[x->nflags++] = word;
}

bool
flags_accept(const struct str *words, size_t nwords, struct str root,
    struct arena *a, const struct str **flags, size_t *nflags,
    struct place at, struct diag *d)
{
	struct acceptance x = {
		.words = words, .nwords = nwords, .root = root, .arena = a,
		.flags = arena_alloc(a, 2 * nwords, sizeof *x.flags),
		.at = at, .diag = d, .ok = true
	};

	while (x.next < x.nwords)
		accept_word(&x);
	*flags = x.flags;
	*nflags = x.nflags;
	return x.ok;
}
