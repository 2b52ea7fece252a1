#include "tangle/project/language.h"

enum {
	NESTS = LANGUAGE_NESTS,
	CHARS = LANGUAGE_CHARS,
	PRIMES = LANGUAGE_PRIMES,
	CONTINUES = LANGUAGE_CONTINUES,
	CONDITIONS = LANGUAGE_CONDITIONS,
	BACK_CONDITIONS = LANGUAGE_BACK_CONDITIONS,
	LONG = LANGUAGE_LONG,
	LONG_SINGLE = LANGUAGE_LONG_SINGLE,
	LONG_BACK = LANGUAGE_LONG_BACK,
	TRIPLE = LANGUAGE_TRIPLE,
	RAW_C = LANGUAGE_RAW_C,
	RAW_R = LANGUAGE_RAW_R,
	RAW_D = LANGUAGE_RAW_D,
	VERBATIM = LANGUAGE_VERBATIM,
	GAPS = LANGUAGE_GAPS,
	QUASI = LANGUAGE_QUASI,
	BRACED = LANGUAGE_BRACED,
	PERL_QUOTES = LANGUAGE_PERL,
	LAYOUT = LANGUAGE_LAYOUT,
	FROM_FILE = LANGUAGE_FROM_FILE,
	C_LIKE = CONTINUES | CONDITIONS | CHARS | LANGUAGE_MACROS
};

/* In the order of the table below. */
enum which {
	C, CXX, OBJECTIVE_C, OBJECTIVE_CXX, CUDA, OPENCL, HLSL, GLSL, CSHARP, FSHARP, D,
	GO, RUST, JAVA, JAVASCRIPT, TYPESCRIPT, KOTLIN, SCALA, SWIFT, GROOVY, DART, ZIG,
	PHP, PROTO, JSONC, HCL, VERILOG, SYSTEMVERILOG, SCSS, CSS, PYTHON, CYTHON, SH,
	FISH, CONSOLE, MAKE, CMAKE, MESON, NINJA, STARLARK, PERL, RAKU, RUBY, R, YAML,
	TOML, INI, AWK, SED, JULIA, GNUPLOT, DOCKERFILE, TCL, NIX, ELIXIR, CRYSTAL, NIM,
	POWERSHELL, COFFEESCRIPT, GRAPHQL, JQ, GDB, GAS, ASM, NASM, LISP, SCHEME, RACKET,
	CLOJURE, ELISP, LLVM, LUA, HASKELL, SQL, ADA, VHDL, ELM, DHALL, PURESCRIPT,
	IDRIS, AGDA, LEAN, APPLESCRIPT, TEX, LATEX, BIBTEX, ERLANG, MATLAB, OCTAVE,
	PROLOG, POSTSCRIPT, OCAML, SML, COQ, PASCAL, FORTRAN, BASIC, VIM, BATCH, HTML,
	XML, VUE, MARKDOWN, JINJA, M4, TEXINFO, RST, ROFF, YACC, LEX, COBOL, APL, FORTH,
	JSON, CSV, DIFF, TEXT
};

/* C has raw strings, too, in the standards that compilers take by default (gnu17). */
static const struct language languages[] = {
	[C] = { .name = "c", .comment = "//", .open = "/*", .close = "*/",
	    .directive = "#line %L %F%N", .quoting = QUOTE_C, .traits = C_LIKE | RAW_C },
	[CXX] = { .name = "c++", .comment = "//", .open = "/*", .close = "*/",
	    .directive = "#line %L %F%N", .quoting = QUOTE_C, .traits = C_LIKE | RAW_C },
	[OBJECTIVE_C] = { .name = "objective-c", .comment = "//", .open = "/*", .close = "*/",
	    .directive = "#line %L %F%N", .quoting = QUOTE_C, .traits = C_LIKE | RAW_C },
	[OBJECTIVE_CXX] = { .name = "objective-c++", .comment = "//", .open = "/*", .close = "*/",
	    .directive = "#line %L %F%N", .quoting = QUOTE_C, .traits = C_LIKE | RAW_C },
	[CUDA] = { .name = "cuda", .comment = "//", .open = "/*", .close = "*/",
	    .directive = "#line %L %F%N", .quoting = QUOTE_C, .traits = C_LIKE | RAW_C },
	[OPENCL] = { .name = "opencl", .comment = "//", .open = "/*", .close = "*/",
	    .directive = "#line %L %F%N", .quoting = QUOTE_C, .traits = C_LIKE },
	[HLSL] = { .name = "hlsl", .comment = "//", .open = "/*", .close = "*/",
	    .directive = "#line %L %F%N", .quoting = QUOTE_C, .traits = C_LIKE },
	[GLSL] = { .name = "glsl", .comment = "//", .open = "/*", .close = "*/",
	    .traits = C_LIKE },
	[CSHARP] = { .name = "c#", .comment = "//", .open = "/*", .close = "*/",
	    .directive = "#line %L %F%N", .quoting = QUOTE_RAW,
	    .traits = CHARS | CONDITIONS | VERBATIM | TRIPLE },
	[FSHARP] = { .name = "f#", .comment = "//", .open = "(*", .close = "*)",
	    .directive = "# %L %F%N", .quoting = QUOTE_RAW,
	    .traits = NESTS | CHARS | PRIMES | CONDITIONS | LONG | VERBATIM | TRIPLE | LAYOUT },
	[D] = { .name = "d", .comment = "//", .open = "/*", .close = "*/",
	    .directive = "#line %L %F%N", .quoting = QUOTE_RAW,
	    .traits = CHARS | LONG | LONG_BACK | RAW_D },
	[GO] = { .name = "go", .comment = "//", .open = "/*", .close = "*/",
	    .directive = "//line %F:%L:1%N", .quoting = QUOTE_REST,
	    .traits = CHARS | LONG_BACK | FROM_FILE },
	[RUST] = { .name = "rust", .comment = "//", .open = "/*", .close = "*/",
	    .traits = NESTS },
	[JAVA] = { .name = "java", .comment = "//", .open = "/*", .close = "*/" },
	[JAVASCRIPT] = { .name = "javascript", .comment = "//", .open = "/*", .close = "*/" },
	[TYPESCRIPT] = { .name = "typescript", .comment = "//", .open = "/*", .close = "*/" },
	[KOTLIN] = { .name = "kotlin", .comment = "//", .open = "/*", .close = "*/",
	    .traits = NESTS },
	[SCALA] = { .name = "scala", .comment = "//", .open = "/*", .close = "*/",
	    .traits = NESTS },
	[SWIFT] = { .name = "swift", .comment = "//", .open = "/*", .close = "*/",
	    .traits = NESTS },
	[GROOVY] = { .name = "groovy", .comment = "//", .open = "/*", .close = "*/" },
	[DART] = { .name = "dart", .comment = "//", .open = "/*", .close = "*/",
	    .traits = NESTS },
	[ZIG] = { .name = "zig", .comment = "//" },
	[PHP] = { .name = "php", .comment = "//", .open = "/*", .close = "*/" },
	[PROTO] = { .name = "proto", .comment = "//", .open = "/*", .close = "*/" },
	[JSONC] = { .name = "jsonc", .comment = "//", .open = "/*", .close = "*/" },
	[HCL] = { .name = "hcl", .comment = "//", .open = "/*", .close = "*/" },
	[VERILOG] = { .name = "verilog", .comment = "//", .open = "/*", .close = "*/",
	    .directive = "`line %L %F 0%N", .quoting = QUOTE_RAW,
	    .traits = CONTINUES | BACK_CONDITIONS },
	[SYSTEMVERILOG] = { .name = "systemverilog", .comment = "//", .open = "/*", .close = "*/",
	    .directive = "`line %L %F 0%N", .quoting = QUOTE_RAW,
	    .traits = CONTINUES | BACK_CONDITIONS | TRIPLE },
	[SCSS] = { .name = "scss", .comment = "//", .open = "/*", .close = "*/" },
	[CSS] = { .name = "css", .open = "/*", .close = "*/" },
	[PYTHON] = { .name = "python", .comment = "#" },
	[CYTHON] = { .name = "cython", .comment = "#" },
	[SH] = { .name = "sh", .comment = "#" },
	[FISH] = { .name = "fish", .comment = "#" },
	[CONSOLE] = { .name = "console" },
	[MAKE] = { .name = "make", .comment = "#" },
	[CMAKE] = { .name = "cmake", .comment = "#" },
	[MESON] = { .name = "meson", .comment = "#" },
	[NINJA] = { .name = "ninja", .comment = "#" },
	[STARLARK] = { .name = "starlark", .comment = "#" },
	[PERL] = { .name = "perl", .comment = "#",
	    .directive = "# line %L %F%N", .quoting = QUOTE_RAW,
	    .traits = LONG | LONG_SINGLE | PERL_QUOTES },
	[RAKU] = { .name = "raku", .comment = "#" },
	[RUBY] = { .name = "ruby", .comment = "#" },
	[R] = { .name = "r", .comment = "#",
	    .directive = "#line %L %F%N", .quoting = QUOTE_C,
	    .traits = LONG | LONG_SINGLE | LONG_BACK | RAW_R },
	[YAML] = { .name = "yaml", .comment = "#" },
	[TOML] = { .name = "toml", .comment = "#" },
	[INI] = { .name = "ini", .comment = "#" },
	[AWK] = { .name = "awk", .comment = "#" },
	[SED] = { .name = "sed", .comment = "#" },
	[JULIA] = { .name = "julia", .comment = "#", .open = "#=", .close = "=#",
	    .traits = NESTS },
	[GNUPLOT] = { .name = "gnuplot", .comment = "#" },
	[DOCKERFILE] = { .name = "dockerfile", .comment = "#" },
	[TCL] = { .name = "tcl", .comment = "#" },
	[NIX] = { .name = "nix", .comment = "#", .open = "/*", .close = "*/" },
	[ELIXIR] = { .name = "elixir", .comment = "#" },
	[CRYSTAL] = { .name = "crystal", .comment = "#" },
	[NIM] = { .name = "nim", .comment = "#", .open = "#[", .close = "]#",
	    .traits = NESTS },
	[POWERSHELL] = { .name = "powershell", .comment = "#", .open = "<#", .close = "#>" },
	[COFFEESCRIPT] = { .name = "coffeescript", .comment = "#", .open = "###", .close = "###" },
	[GRAPHQL] = { .name = "graphql", .comment = "#" },
	[JQ] = { .name = "jq", .comment = "#" },
	[GDB] = { .name = "gdb", .comment = "#" },
	[GAS] = { .name = "gas", .comment = "#", .open = "/*", .close = "*/",
	    .directive = "# %L %F%N", .quoting = QUOTE_C },
	[ASM] = { .name = "asm", .comment = ";" },
	[NASM] = { .name = "nasm", .comment = ";" },
	[LISP] = { .name = "lisp", .comment = ";", .open = "#|", .close = "|#",
	    .traits = NESTS },
	[SCHEME] = { .name = "scheme", .comment = ";", .open = "#|", .close = "|#",
	    .traits = NESTS },
	[RACKET] = { .name = "racket", .comment = ";", .open = "#|", .close = "|#",
	    .traits = NESTS },
	[CLOJURE] = { .name = "clojure", .comment = ";" },
	[ELISP] = { .name = "elisp", .comment = ";" },
	[LLVM] = { .name = "llvm", .comment = ";" },
	[LUA] = { .name = "lua", .comment = "--", .open = "--[[", .close = "]]" },
	[HASKELL] = { .name = "haskell", .comment = "--", .open = "{-", .close = "-}",
	    .directive = "{-# LINE %L %F #-}%N", .quoting = QUOTE_BACKSLASH,
	    .traits = NESTS | CHARS | PRIMES | GAPS | QUASI | LAYOUT },
	[SQL] = { .name = "sql", .comment = "--", .open = "/*", .close = "*/" },
	[ADA] = { .name = "ada", .comment = "--" },
	[VHDL] = { .name = "vhdl", .comment = "--" },
	[ELM] = { .name = "elm", .comment = "--", .open = "{-", .close = "-}",
	    .traits = NESTS },
	[DHALL] = { .name = "dhall", .comment = "--", .open = "{-", .close = "-}",
	    .traits = NESTS },
	[PURESCRIPT] = { .name = "purescript", .comment = "--", .open = "{-", .close = "-}",
	    .traits = NESTS },
	[IDRIS] = { .name = "idris", .comment = "--", .open = "{-", .close = "-}",
	    .traits = NESTS },
	[AGDA] = { .name = "agda", .comment = "--", .open = "{-", .close = "-}",
	    .traits = NESTS },
	[LEAN] = { .name = "lean", .comment = "--", .open = "/-", .close = "-/",
	    .traits = NESTS },
	[APPLESCRIPT] = { .name = "applescript", .comment = "--", .open = "(*", .close = "*)",
	    .traits = NESTS },
	[TEX] = { .name = "tex", .comment = "%" },
	[LATEX] = { .name = "latex", .comment = "%" },
	[BIBTEX] = { .name = "bibtex", .comment = "%" },
	[ERLANG] = { .name = "erlang", .comment = "%" },
	[MATLAB] = { .name = "matlab", .comment = "%" },
	[OCTAVE] = { .name = "octave", .comment = "%" },
	[PROLOG] = { .name = "prolog", .comment = "%", .open = "/*", .close = "*/" },
	[POSTSCRIPT] = { .name = "postscript", .comment = "%" },
	[OCAML] = { .name = "ocaml", .open = "(*", .close = "*)",
	    .directive = "# %L %F%N", .quoting = QUOTE_RAW,
	    .traits = NESTS | CHARS | PRIMES | LONG | BRACED },
	[SML] = { .name = "sml", .open = "(*", .close = "*)",
	    .traits = NESTS },
	[COQ] = { .name = "coq", .open = "(*", .close = "*)",
	    .traits = NESTS },
	[PASCAL] = { .name = "pascal", .comment = "//", .open = "{", .close = "}" },
	[FORTRAN] = { .name = "fortran", .comment = "!",
	    .directive = "# %L %F%N", .quoting = QUOTE_C, .traits = LAYOUT },
	[BASIC] = { .name = "basic", .comment = "'" },
	[VIM] = { .name = "vim", .comment = "\"" },
	[BATCH] = { .name = "batch", .comment = "rem" },
	[HTML] = { .name = "html", .open = "<!--", .close = "-->" },
	[XML] = { .name = "xml", .open = "<!--", .close = "-->" },
	[VUE] = { .name = "vue", .open = "<!--", .close = "-->" },
	[MARKDOWN] = { .name = "markdown", .open = "<!--", .close = "-->" },
	[JINJA] = { .name = "jinja", .open = "{#", .close = "#}" },
	[M4] = { .name = "m4", .comment = "dnl" },
	[TEXINFO] = { .name = "texinfo", .comment = "@c" },
	[RST] = { .name = "rst", .comment = ".." },
	[ROFF] = { .name = "roff", .comment = ".\\\"" },
	[YACC] = { .name = "yacc", .open = "/*", .close = "*/" },
	[LEX] = { .name = "lex", .open = "/*", .close = "*/" },
	[COBOL] = { .name = "cobol", .comment = "*>" },
	[APL] = { .name = "apl", .comment = "⍝" },
	[FORTH] = { .name = "forth", .comment = "\\" },
	[JSON] = { .name = "json" },
	[CSV] = { .name = "csv" },
	[DIFF] = { .name = "diff" },
	[TEXT] = { .name = "text" },
};

/* Sorted by their bytes. */
static const struct {
	const char *name;
	enum which which;
} names[] = {
	{ "4th", FORTH }, { "ac", M4 }, { "ada", ADA }, { "adb", ADA }, { "ads", ADA },
	{ "agda", AGDA }, { "apl", APL }, { "applescript", APPLESCRIPT }, { "ash", SH },
	{ "asm", ASM }, { "assembly", ASM }, { "autoconf", M4 }, { "awk", AWK }, { "bash", SH },
	{ "basic", BASIC }, { "bat", BATCH }, { "batch", BATCH }, { "bazel", STARLARK },
	{ "bib", BIBTEX }, { "bibtex", BIBTEX }, { "bison", YACC }, { "bzl", STARLARK },
	{ "c", C }, { "c#", CSHARP }, { "c++", CXX }, { "c++m", CXX }, { "c-sharp", CSHARP },
	{ "cbl", COBOL }, { "cc", CXX }, { "cfg", INI }, { "cjs", JAVASCRIPT }, { "cl", OPENCL },
	{ "cl-lisp", LISP }, { "clj", CLOJURE }, { "cljs", CLOJURE }, { "clojure", CLOJURE },
	{ "cls", LATEX }, { "cmake", CMAKE }, { "cmakelists", CMAKE }, { "cmd", BATCH },
	{ "cob", COBOL }, { "cobol", COBOL }, { "coffee", COFFEESCRIPT },
	{ "coffeescript", COFFEESCRIPT }, { "common-lisp", LISP }, { "comp", GLSL },
	{ "conf", INI }, { "console", CONSOLE }, { "containerfile", DOCKERFILE }, { "coq", COQ },
	{ "cpp", CXX }, { "cppm", CXX }, { "cr", CRYSTAL }, { "crystal", CRYSTAL },
	{ "cs", CSHARP }, { "csharp", CSHARP }, { "css", CSS }, { "csv", CSV },
	{ "cts", TYPESCRIPT }, { "cu", CUDA }, { "cuda", CUDA }, { "cuh", CUDA }, { "cxx", CXX },
	{ "cython", CYTHON }, { "d", D }, { "dart", DART }, { "dash", SH }, { "delphi", PASCAL },
	{ "desktop", INI }, { "dhall", DHALL }, { "di", D }, { "diff", DIFF },
	{ "docker", DOCKERFILE }, { "dockerfile", DOCKERFILE }, { "dos", BATCH },
	{ "ecmascript", JAVASCRIPT }, { "edn", CLOJURE }, { "el", ELISP }, { "elisp", ELISP },
	{ "elixir", ELIXIR }, { "elm", ELM }, { "emacs-lisp", ELISP }, { "eps", POSTSCRIPT },
	{ "erl", ERLANG }, { "erlang", ERLANG }, { "ex", ELIXIR }, { "exs", ELIXIR },
	{ "f", FORTRAN }, { "f#", FSHARP }, { "f03", FORTRAN }, { "f08", FORTRAN },
	{ "f77", FORTRAN }, { "f90", FORTRAN }, { "f95", FORTRAN }, { "fish", FISH },
	{ "flex", LEX }, { "for", FORTRAN }, { "forth", FORTH }, { "fortran", FORTRAN },
	{ "frag", GLSL }, { "fs", FSHARP }, { "fsharp", FSHARP }, { "fsi", FSHARP },
	{ "fsx", FSHARP }, { "fth", FORTH }, { "ftn", FORTRAN }, { "gas", GAS }, { "gawk", AWK },
	{ "gdb", GDB }, { "gemfile", RUBY }, { "glsl", GLSL }, { "gnumakefile", MAKE },
	{ "gnuplot", GNUPLOT }, { "go", GO }, { "golang", GO }, { "gp", GNUPLOT },
	{ "gql", GRAPHQL }, { "gradle", GROOVY }, { "graphql", GRAPHQL }, { "groff", ROFF },
	{ "groovy", GROOVY }, { "guile", SCHEME }, { "h", C }, { "haskell", HASKELL },
	{ "hcl", HCL }, { "hh", CXX }, { "hlsl", HLSL }, { "hpp", CXX }, { "hrl", ERLANG },
	{ "hs", HASKELL }, { "htm", HTML }, { "html", HTML }, { "hxx", CXX }, { "idr", IDRIS },
	{ "idris", IDRIS }, { "ini", INI }, { "ipp", CXX }, { "ixx", CXX }, { "j2", JINJA },
	{ "java", JAVA }, { "javascript", JAVASCRIPT }, { "jinja", JINJA }, { "jinja2", JINJA },
	{ "jl", JULIA }, { "jq", JQ }, { "js", JAVASCRIPT }, { "json", JSON }, { "json5", JSONC },
	{ "jsonc", JSONC }, { "jsx", JAVASCRIPT }, { "julia", JULIA }, { "kotlin", KOTLIN },
	{ "ksh", SH }, { "kt", KOTLIN }, { "kts", KOTLIN }, { "l", LEX }, { "latex", LATEX },
	{ "lean", LEAN }, { "lean4", LEAN }, { "less", SCSS }, { "lex", LEX }, { "lhs", HASKELL },
	{ "lisp", LISP }, { "ll", LLVM }, { "llvm", LLVM }, { "lsp", LISP }, { "ltx", LATEX },
	{ "lua", LUA }, { "luau", LUA }, { "m", MATLAB }, { "m4", M4 }, { "make", MAKE },
	{ "makefile", MAKE }, { "man", ROFF }, { "markdown", MARKDOWN }, { "matlab", MATLAB },
	{ "mawk", AWK }, { "md", MARKDOWN }, { "mdoc", ROFF }, { "meson", MESON },
	{ "meson.build", MESON }, { "mjs", JAVASCRIPT }, { "mk", MAKE }, { "ml", OCAML },
	{ "mli", OCAML }, { "mm", OBJECTIVE_CXX }, { "mts", TYPESCRIPT }, { "mysql", SQL },
	{ "nasm", NASM }, { "nim", NIM }, { "nims", NIM }, { "ninja", NINJA }, { "nix", NIX },
	{ "node", JAVASCRIPT }, { "none", TEXT }, { "obj-c", OBJECTIVE_C },
	{ "obj-c++", OBJECTIVE_CXX }, { "objc", OBJECTIVE_C }, { "objc++", OBJECTIVE_CXX },
	{ "objective-c", OBJECTIVE_C }, { "objective-c++", OBJECTIVE_CXX },
	{ "objective-cpp", OBJECTIVE_CXX }, { "objectivec", OBJECTIVE_C },
	{ "objectivec++", OBJECTIVE_CXX }, { "ocaml", OCAML }, { "octave", OCTAVE },
	{ "opencl", OPENCL }, { "opencl-c", OPENCL }, { "pas", PASCAL }, { "pascal", PASCAL },
	{ "patch", DIFF }, { "perl", PERL }, { "perl5", PERL }, { "perl6", RAKU }, { "php", PHP },
	{ "php3", PHP }, { "phtml", PHP }, { "pl", PERL }, { "plain", TEXT },
	{ "plaintext", TEXT }, { "plist", XML }, { "plsql", SQL }, { "plt", GNUPLOT },
	{ "pm", PERL }, { "postgres", SQL }, { "postgresql", SQL }, { "postscript", POSTSCRIPT },
	{ "powershell", POWERSHELL }, { "pro", PROLOG }, { "prolog", PROLOG },
	{ "properties", INI }, { "proto", PROTO }, { "proto3", PROTO }, { "protobuf", PROTO },
	{ "ps1", POWERSHELL }, { "psm1", POWERSHELL }, { "purescript", PURESCRIPT },
	{ "purs", PURESCRIPT }, { "pwsh", POWERSHELL }, { "pxd", CYTHON }, { "py", PYTHON },
	{ "py3", PYTHON }, { "pyi", PYTHON }, { "python", PYTHON }, { "python3", PYTHON },
	{ "pyw", PYTHON }, { "pyx", CYTHON }, { "r", R }, { "racket", RACKET }, { "rake", RUBY },
	{ "raku", RAKU }, { "rakumod", RAKU }, { "rb", RUBY }, { "restructuredtext", RST },
	{ "rkt", RACKET }, { "roff", ROFF }, { "rs", RUST }, { "rscript", R }, { "rss", XML },
	{ "rst", RST }, { "ruby", RUBY }, { "rust", RUST }, { "s", GAS }, { "sass", SCSS },
	{ "sc", SCALA }, { "scala", SCALA }, { "scheme", SCHEME }, { "scm", SCHEME },
	{ "scss", SCSS }, { "sed", SED }, { "service", INI }, { "sh", SH },
	{ "sh-session", CONSOLE }, { "shell", SH }, { "shell-session", CONSOLE },
	{ "shellsession", CONSOLE }, { "sml", SML }, { "sql", SQL }, { "sqlite", SQL },
	{ "ss", SCHEME }, { "standard-ml", SML }, { "starlark", STARLARK }, { "sty", LATEX },
	{ "sv", SYSTEMVERILOG }, { "svelte", VUE }, { "svg", XML }, { "svh", SYSTEMVERILOG },
	{ "swift", SWIFT }, { "systemd", INI }, { "systemverilog", SYSTEMVERILOG }, { "tcl", TCL },
	{ "terraform", HCL }, { "tex", TEX }, { "texi", TEXINFO }, { "texinfo", TEXINFO },
	{ "text", TEXT }, { "tf", HCL }, { "tfvars", HCL }, { "toml", TOML }, { "tpp", CXX },
	{ "troff", ROFF }, { "ts", TYPESCRIPT }, { "tsv", CSV }, { "tsx", TYPESCRIPT },
	{ "txt", TEXT }, { "typescript", TYPESCRIPT }, { "v", VERILOG }, { "vb", BASIC },
	{ "vba", BASIC }, { "vbnet", BASIC }, { "verilog", VERILOG }, { "vert", GLSL },
	{ "vh", VERILOG }, { "vhd", VHDL }, { "vhdl", VHDL }, { "vim", VIM }, { "viml", VIM },
	{ "vimscript", VIM }, { "vue", VUE }, { "xhtml", HTML }, { "xml", XML }, { "xsd", XML },
	{ "xsl", XML }, { "xslt", XML }, { "y", YACC }, { "yacc", YACC }, { "yaml", YAML },
	{ "yasm", NASM }, { "yml", YAML }, { "zig", ZIG }, { "zsh", SH },
};

enum { NNAMES = sizeof names / sizeof names[0] };

const struct language *
language_find(struct str name)
{
	size_t from = 0, to = NNAMES;

	while (from < to) {
		size_t middle = from + (to - from) / 2;
		int order = str_compare(name, str_of(names[middle].name));

		if (order == 0)
			return &languages[names[middle].which];
		if (order < 0)
			to = middle;
		else
			from = middle + 1;
	}
	return NULL;
}

static char
lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* By what stands behind the last dot; Makefile and Dockerfile have none. */
const struct language *
language_of_path(struct str path)
{
	size_t at = path.len;
	char end[32];

	while (at > 0 && path.data[at - 1] != '/' && path.data[at - 1] != '.')
		at--;
	path = str_slice(path, at, path.len);
	if (path.len > sizeof end)
		return NULL;
	for (size_t i = 0; i < path.len; i++)
		end[i] = lower(path.data[i]);
	return language_find((struct str){ end, path.len });
}

const char *
language_nth(size_t k, const struct language **whose)
{
	if (k >= NNAMES)
		return NULL;
	*whose = &languages[names[k].which];
	return names[k].name;
}
