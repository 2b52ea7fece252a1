#include "tangle/project/settings.h"

#include "tangle/base/arena.h"
#include "tangle/base/map.h"

enum {
	BLOCK = SETTING_BLOCK, DOCUMENT = SETTING_DOCUMENT, BOTH = BLOCK | DOCUMENT,
	PROJECT = SETTING_PROJECT, USER = SETTING_USER
};

static const struct setting settings[] = {
	{ "name", SETTING_TEXT, BLOCK, false, NULL, NULL,
	  "the block's name, for references and --only", "0.1" },
	{ "file", SETTING_TEXT, BLOCK, false, NULL, NULL,
	  "tangle to this file, relative to the project root", "0.1" },
	{ "mode", SETTING_TEXT, BLOCK, false, NULL, NULL,
	  "permissions of the file, octal (755)", "0.1" },
	{ "append", SETTING_FLAG, BLOCK, false, NULL, "false",
	  "continue the block of this name; it must exist", "0.1" },
	{ "replace", SETTING_FLAG, BLOCK, false, NULL, "false",
	  "forget what blocks of this name said before", "0.1" },
	{ "unused", SETTING_FLAG, BLOCK, false, NULL, "false",
	  "that no target uses this block is meant: no warning", "0.1" },
	{ "line-directives", SETTING_TEXT, DOCUMENT, false, "true|false|absolute", "false",
	  "tell compilers which line of which document they read", "0.1" },
	{ "run", SETTING_TEXT, BOTH, false, "true|false|all|marked|compile", "all",
	  "run this block; for a document: all C blocks, or only the marked ones", "0.1" },
	{ "session", SETTING_TEXT, BOTH, false, NULL, "main",
	  "cells of one session share state; none: a process of its own", "0.1" },
	{ "languages", SETTING_WORDS, DOCUMENT, false, NULL, NULL,
	  "languages whose blocks in braces (```{python}) are cells, too", "0.1" },
	{ "cc", SETTING_TEXT, BOTH, false, NULL, "gcc",
	  "the compiler: gcc, clang, tcc or cc, with an optional version", "0.1" },
	{ "std", SETTING_TEXT, BOTH, false, NULL, "gnu17, gnu++17",
	  "the C or C++ standard, or one of each", "0.1" },
	{ "cflags", SETTING_WORDS, BOTH, true, NULL, NULL,
	  "compiler flags, from the list of allowed spellings", "0.1" },
	{ "libs", SETTING_WORDS, BOTH, true, NULL, NULL,
	  "libraries to link, without the -l", "0.1" },
	{ "pkg", SETTING_WORDS, BOTH, true, NULL, NULL,
	  "pkg-config packages", "0.1" },
	{ "sanitize", SETTING_WORDS, BOTH, false, NULL, NULL,
	  "sanitizers: address, undefined, thread, leak; none", "0.1" },
	{ "sources", SETTING_WORDS, DOCUMENT, true, NULL, NULL,
	  "C files below the root, compiled and callable from cells", "0.1" },
	{ "prelude", SETTING_WORDS, DOCUMENT, true, NULL, NULL,
	  "files whose text stands before the first cell", "0.1" },
	{ "params", SETTING_GRID, BOTH, false, NULL, NULL,
	  "values for ${NAME}: the block is a grid of cells; a document's are for blocks that name them", "0.2" },
	{ "subst", SETTING_TEXT, BOTH, false, NULL, NULL,
	  "what is replaced in lines before they are compiled: s/PATTERN/TEXT/, or several of these", "0.2" },
	{ "filter", SETTING_WORDS, BOTH, false, NULL, NULL,
	  "what a text goes through before it is compiled: a command, a word of filters, a list of these; none", "0.2" },
	{ "args", SETTING_WORDS, BOTH, false, NULL, NULL,
	  "arguments of a program", "0.1" },
	{ "stdin", SETTING_TEXT, BOTH, false, NULL, NULL,
	  "a file below the root as standard input", "0.1" },
	{ "data", SETTING_WORDS, BOTH, true, NULL, NULL,
	  "files below the root that cells read: they run again when one changes", "0.1" },
	{ "stdin-from", SETTING_TEXT, BLOCK, false, NULL, NULL,
	  "a block's text as standard input", "0.1" },
	{ "env", SETTING_WORDS, BOTH, true, NULL, NULL,
	  "variables of the environment: NAME=value, or NAME for the caller's", "0.1" },
	{ "cwd", SETTING_TEXT, BOTH, false, NULL, "document",
	  "where cells work: document, root, or a folder below the root", "0.1" },
	{ "timeout", SETTING_DURATION, BOTH, false, NULL, "10s",
	  "wall clock limit of a cell", "0.1" },
	{ "memory", SETTING_SIZE, BOTH, false, NULL, "3/4 of what is free",
	  "memory limit of a cell, all its processes together", "0.1" },
	{ "output-limit", SETTING_SIZE, BOTH, false, NULL, "16K",
	  "bytes of a stream that stand in the document", "0.1" },
	{ "output-kill", SETTING_SIZE, BOTH, false, NULL, "64M",
	  "a cell that prints more is stopped (a console block: 8M)", "0.1" },
	{ "file-size", SETTING_SIZE, BOTH, false, NULL, "1G",
	  "no file that a cell writes may be larger", "0.1" },
	{ "processes", SETTING_NUMBER, BOTH, false, NULL, "1024",
	  "processes and threads of a cell at once", "0.1" },
	{ "buffer", SETTING_TEXT, BOTH, false, "line|full", "line",
	  "how the cell's stdout is buffered", "0.1" },
	{ "fails", SETTING_TEXT, BLOCK, false, NULL, NULL,
	  "the failure to expect: compile, crash, error, exit, exit:N, limit, timeout, SIGSEGV, ..., any, allowed", "0.1" },
	{ "generates", SETTING_TEXT, BLOCK, false, "c|c++|lua", NULL,
	  "what the block prints is the text of a cell of that language, which follows it", "0.1" },
	{ "omit", SETTING_TEXT, BOTH, false, NULL, NULL,
	  "lines of a cell that begin with this are shown, not compiled", "0.1" },
	{ "fails-with", SETTING_TEXT, BLOCK, false, NULL, NULL,
	  "a pattern for what the failure says", "0.1" },
	{ "cache", SETTING_TEXT, BOTH, false, "off|object|run", "object",
	  "off: compiled anew in each run; run: not run again while nothing changed", "0.1" },
	{ "show", SETTING_WORDS, BOTH, false, NULL, "code output value",
	  "what is shown of a cell: code, output, value, nothing; markdown: stdout as what it is", "0.1" },
	{ "image", SETTING_WORDS, BLOCK, false, NULL, NULL,
	  "files that the cell writes, to be shown below it as pictures", "0.1" },
	{ "normalize", SETTING_WORDS, BOTH, true, NULL, NULL,
	  "what does not count in outputs: ptr, pid, tid, tmpdir, cwd, time, duration, date, uuid, picture, float:DIGITS, unordered, own ones", "0.1" },
	{ "normalizers", SETTING_PAIRS, DOCUMENT, true, NULL, NULL,
	  "own words for normalize: NAME=s/PATTERN/TEXT/", "0.1" },
	{ "patterns", SETTING_FLAG, BOTH, false, NULL, "true",
	  "whether ... and [..] in recorded outputs stand for anything", "0.1" },
	{ "outputs", SETTING_TEXT, DOCUMENT, false, "inline|none", "inline",
	  "whether outputs are written into the document", "0.1" },
	{ "annotate", SETTING_TEXT, BOTH, false,
	  "none|naked|begin-end|entangled|standard|supplemented|entangled-1|true", "none",
	  "comments in a target that say which block a text is from", "0.1" },
	{ "inline", SETTING_TEXT, BOTH, false, "false|true|column|prefix|around", "false",
	  "references within lines; what becomes of the text beside several lines", "0.1" },
	{ "repeat", SETTING_TEXT, DOCUMENT, false, "append|replace|explicit", "append",
	  "what a second block of a name does; explicit: it must say append or replace", "0.1" },
	{ "fences", SETTING_WORDS, DOCUMENT, false, "comments|admonitions", NULL,
	  "fences in these are blocks, too: HTML comments, boxes of MkDocs", "0.1" },
	{ "names", SETTING_TEXT, DOCUMENT, false, "document|shared", "document",
	  "whose names a reference can reach", "0.1" },
	{ "syntax", SETTING_TEXT, DOCUMENT, false, "skein|lmt", "skein",
	  "lmt: blocks are headed and referred to as in lmt", "0.1" },
	{ "documents", SETTING_TABLE, PROJECT | USER, true, NULL, NULL,
	  "options of some documents, by path or pattern below the root", "0.1" },
	{ "engines", SETTING_TABLE, PROJECT | USER, true, NULL, NULL,
	  "other languages: what runs their cells", "0.1" },
	{ "filters", SETTING_TABLE, PROJECT | USER, true, NULL, NULL,
	  "own words for filter: a command, or a function", "0.1" },
	{ "hooks", SETTING_TABLE, PROJECT, false, NULL, NULL,
	  "functions that change documents, blocks, cells and outputs", "0.1" },
	{ "trust", SETTING_WORDS, USER, false, NULL, NULL,
	  "folders whose skein.lua counts whoever owns it; *: all", "0.1" },
	{ NULL, SETTING_TEXT, 0, false, NULL, NULL, NULL, NULL }
};

static const struct {
	const char *theirs, *key, *value;	/* value NULL: theirs */
} aliases[] = {
	{ "id", "name", NULL },			/* Entangled */
	{ "label", "name", NULL },		/* Quarto, knitr */
	{ "tangle", "file", NULL },		/* md-tangle, Org */
	{ "eval", "run", NULL },		/* Quarto, knitr */
	{ "ignore", "run", "false" },		/* rustdoc */
	{ "no-run", "run", "compile" },		/* rustdoc */
	{ "compile-fail", "fails", "compile" },	/* rustdoc */
	{ "should-panic", "fails", "crash" },	/* rustdoc */
	{ "error", "fails", "allowed" },	/* Quarto */
	{ "raises-exception", "fails", "allowed" },	/* Jupyter */
};

/* Words of renderers and of tools that run other languages. */
static const char *const display[] = {
	/* MkDocs, Pygments, Hugo, Pandoc, Sphinx, MyST */
	"title", "caption", "class", "linenums", "linenos", "lineno", "lineno-start", "linenostart",
	"hl-lines", "highlight", "emphasize-lines", "emphasize-text", "numberlines", "number-lines",
	"startfrom", "start-from", "startline", "anchorlinenos", "lineanchors", "line-anchors",
	"style", "annotate", "open", "copy", "no-copy", "select", "no-select", "header", "dedent", "force",
	"filename", "lang", "tab", "tabwidth", "guesssyntax", "nobackground", "hide-lines", "language",
	/* Docusaurus, Gatsby, VitePress, Starlight and Expressive Code, rehype-pretty-code, Prism */
	"line-numbers", "no-line-numbers", "nolinenumbers", "showlinenumbers", "show-line-numbers",
	"startlinenumber", "live", "noinline", "live-run", "frame", "ins", "del", "mark", "collapse",
	"wrap", "preserveindent", "hangingindent", "diff", "twoslash", "meta", "theme", "clike",
	"maxheight", "monaco", "monaco-run", "icon", "tabs", "group", "codegroup", "metastring",
	"promptuser", "prompthost", "outputlines", "command-line", "match-braces", "no-wrap",
	/* mdBook */
	"editable", "noplayground", "mdbook-runnable", "hidelines", "edition", "hide-boring",
	/* Quarto, knitr */
	"code-fold", "code-summary", "code-line-numbers", "code-overflow", "code-annotations", "code-preview",
	"cap-location", "column", "layout", "lst-cap", "lst-label", "warning", "message", "results",
	"comment", "collapse", "tidy", "purl", "engine", "prompt", "strip-white", "context", "classes",
	"html-table-processing", "renderings", "aria-label", "shortcodes",
	/* notebooks */
	"tags", "inputhidden", "outputhidden", "active", "raw-mimetype", "scrolled", "slideshow", "jupyter",
	"vscode", "kernel", "collapsed", "noweb", "publish", "mkdirp", "tangle",
	"hide-input", "hide-output", "hide-cell",
	/* tasks of Entangled and brei */
	"requires", "creates", "collect", "description", "target",
};

const char *
setting_type_name(enum setting_type t)
{
	static const char *const names[] = {
		[SETTING_FLAG] = "flag", [SETTING_TEXT] = "text", [SETTING_WORDS] = "words",
		[SETTING_PAIRS] = "pairs", [SETTING_NUMBER] = "number", [SETTING_DURATION] = "duration",
		[SETTING_SIZE] = "size", [SETTING_GRID] = "grid", [SETTING_TABLE] = "table",
	};

	return names[t];
}

struct str
setting_key(struct arena *a, struct str key)
{
	char *p = arena_cstr(a, key);

	for (size_t i = 0; i < key.len; i++) {
		if (p[i] >= 'A' && p[i] <= 'Z')
			p[i] = (char)(p[i] - 'A' + 'a');
		else if (p[i] == '_')
			p[i] = '-';
	}
	return (struct str){ p, key.len };
}

const struct setting *
setting_at(size_t i)
{
	/* the last entry has no name */
	return i + 1 < sizeof settings / sizeof settings[0] ? &settings[i] : NULL;
}

const struct setting *
setting_find(struct str key)
{
	for (const struct setting *s = settings; key.len > 0 && s->name; s++)
		if (s->name[0] == key.data[0] && str_eq(str_of(s->name), key))
			return s;
	return NULL;
}

static void
nearer(struct str key, const char *name, struct str *best, unsigned *limit)
{
	unsigned far = str_distance(key, str_of(name), *limit);

	if (far <= *limit && far > 0) {
		*best = str_of(name);
		*limit = far - 1;
	}
}

struct str
setting_nearest(struct str key, bool is_bare)
{
	unsigned limit = key.len <= 4 || is_bare ? 1 : 2;
	struct str best = {0};

	for (const struct setting *s = settings; s->name; s++)
		if ((s->places & BOTH) && (!is_bare || s->type == SETTING_FLAG || str_eq(str_of(s->name), STR("run"))))
			nearer(key, s->name, &best, &limit);
	for (size_t i = 0; i < sizeof aliases / sizeof aliases[0]; i++)
		if (!is_bare || aliases[i].value)
			nearer(key, aliases[i].theirs, &best, &limit);
	return best;
}

struct str
setting_nearest_in(struct str key, unsigned places)
{
	unsigned limit = key.len <= 4 ? 1 : 2;
	struct str best = {0};

	for (const struct setting *s = settings; s->name; s++)
		if (s->places & places)
			nearer(key, s->name, &best, &limit);
	return best;
}

/*
 * `echo`, `output` and `include` of Quarto say what is shown; false takes away.  `asis`
 * (`results` of knitr) is Markdown.
 */
static bool
show_alias(struct str *key, struct str *value)
{
	bool on;

	if (str_eq(*value, STR("asis")) && (str_eq(*key, STR("output")) || str_eq(*key, STR("results")))) {
		*key = STR("show");
		*value = STR("code markdown value");
		return true;
	}
	if (!setting_flag(*value, &on))
		return false;
	if (str_eq(*key, STR("echo")))
		*value = on ? STR("code output value") : STR("output value");
	else if (str_eq(*key, STR("output")))
		*value = on ? STR("code output value") : STR("code");
	else if (str_eq(*key, STR("include")))
		*value = on ? STR("code output value") : STR("nothing");
	else
		return false;
	*key = STR("show");
	return true;
}

bool
setting_alias(struct str *key, struct str *value)
{
	for (size_t i = 0; i < sizeof aliases / sizeof aliases[0]; i++) {
		bool on;

		if (!str_eq(*key, str_of(aliases[i].theirs)))
			continue;
		if (str_eq(*key, STR("tangle")) && setting_flag(*value, &on))
			return false;
		if (aliases[i].value) {
			if (!setting_flag(*value, &on) || !on)
				return false;
			*value = str_of(aliases[i].value);
		}
		*key = str_of(aliases[i].key);
		return true;
	}
	return show_alias(key, value);
}

bool
setting_is_display(struct str key)
{
	static const char *const families[] = {
		"data-", "fig-", "fig.", "tbl-", "layout-", "out.", "out-", "class.", "class-", "attr.",
		"attr-", "dev", "cache.", "engine.", "code-block-", "render", "lst-"
	};

	for (size_t i = 0; i < sizeof families / sizeof families[0]; i++)
		if (str_starts(key, str_of(families[i])))
			return true;
	for (size_t i = 0; i < sizeof display / sizeof display[0]; i++)
		if (str_eq(key, str_of(display[i])))
			return true;
	return false;
}

bool
setting_flag(struct str value, bool *flag)
{
	static const char *const yes[] = { "true", "yes", "on", "1" };
	static const char *const no[] = { "false", "no", "off", "0" };

	for (size_t i = 0; i < 4; i++) {
		if (str_eq_nocase(value, str_of(yes[i])) || str_eq_nocase(value, str_of(no[i]))) {
			*flag = str_eq_nocase(value, str_of(yes[i]));
			return true;
		}
	}
	return false;
}

/* The digits at the front as a number, the rest as the unit. */
static bool
number_and_unit(struct str value, unsigned long *n, struct str *unit)
{
	size_t digits = 0;

	while (digits < value.len && value.data[digits] >= '0' && value.data[digits] <= '9')
		digits++;
	*unit = str_slice(value, digits, value.len);
	return str_number(str_slice(value, 0, digits), 1000000000000000ul, n);
}

/* No limit at all. */
static bool
is_none(struct str value)
{
	return str_eq_nocase(value, STR("none"));
}

bool
setting_number(struct str value, uint64_t *number)
{
	unsigned long n = 0;
	bool none = is_none(value);

	if (!none && !str_number(value, 1000000000, &n))
		return false;
	*number = none ? SETTING_NO_LIMIT : n;
	return true;
}

bool
setting_duration(struct str value, int64_t *nanoseconds)
{
	static const struct {
		const char *name;
		int64_t factor;
	} units[] = {
		{ "", 1000000000 }, { "s", 1000000000 }, { "ms", 1000000 },
		{ "us", 1000 }, { "m", 60000000000 }, { "h", 3600000000000 },
		{ "d", 86400000000000 },
	};
	unsigned long n;
	struct str unit;

	*nanoseconds = SETTING_NO_TIME;
	if (is_none(value))
		return true;
	if (!number_and_unit(value, &n, &unit))
		return false;
	for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
		if (str_eq(unit, str_of(units[i].name))) {
			if (n > (unsigned long)(SETTING_NO_TIME / units[i].factor))
				return false;
			*nanoseconds = (int64_t)n * units[i].factor;
			return true;
		}
	}
	return false;
}

bool
setting_size(struct str value, uint64_t *bytes)
{
	static const char *const letters = "KMGT";
	unsigned long n;
	struct str unit;

	*bytes = SETTING_NO_LIMIT;
	if (is_none(value))
		return true;
	if (!number_and_unit(value, &n, &unit))
		return false;
	*bytes = n;
	if (unit.len == 0 || str_eq(unit, STR("B")))
		return true;
	for (unsigned i = 0; letters[i]; i++) {
		if (unit.data[0] != letters[i] && unit.data[0] != letters[i] - 'A' + 'a')
			continue;
		unit = str_slice(unit, 1, unit.len);
		if (unit.len > 0 && !str_eq(unit, STR("B")) && !str_eq(unit, STR("iB")))
			return false;
		if (n > UINT64_MAX >> (10 * (i + 1)))
			return false;
		*bytes = (uint64_t)n << (10 * (i + 1));
		return true;
	}
	return false;
}

bool
setting_is_choice(const char *choices, struct str value)
{
	struct str rest = str_of(choices);

	while (rest.len > 0)
		if (str_eq(str_cut(rest, '|', &rest), value))
			return true;
	return false;
}
