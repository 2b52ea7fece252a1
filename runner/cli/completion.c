#include "runner/cli/completion.h"

#include <string.h>

#include "runner/cli/command.h"
#include "runner/cli/handbook.h"
#include "tangle/base/buf.h"
#include "tangle/project/settings.h"

/* ---- what all of them tell ------------------------------------------------------------ */

/* 'text', as fish quotes. */
static void
add_quoted(struct buf *to, const char *text)
{
	buf_byte(to, '\'');
	for (; *text; text++)
		buf_printf(to, *text == '\'' || *text == '\\' ? "\\%c" : "%c", *text);
	buf_byte(to, '\'');
}

/* "a|b|c" as "a b c". */
static void
add_choices(struct buf *to, const char *choices)
{
	for (; *choices; choices++)
		buf_byte(to, *choices == '|' ? ' ' : *choices);
}

static bool
is_of_documents(const struct setting *s)
{
	return (s->places & (SETTING_BLOCK | SETTING_DOCUMENT)) != 0;
}

/* What is usual where anything could stand. */
static const struct { const char *setting, *words; } usual[] = {
	{ "cc", "gcc|clang|tcc|cc" },
	{ "std", "c11|c17|gnu17|gnu2x|c++17|c++20|gnu++17|gnu++20" },
	{ "session", "main|none" },
	{ "sanitize", "address|undefined|thread|leak|none" },
	{ "fails", "compile|crash|error|exit|limit|timeout|any|allowed" },
	{ "generates", "c|c++|lua" },
	{ "cwd", "document|root" },
	{ "show", "code|output|value|nothing" },
	{ "normalize", "ptr|pid|tid|tmpdir|cwd|time|duration|date|uuid|picture|unordered" },
};

static const char *
choices_of(const struct setting *s)
{
	for (size_t i = 0; i < sizeof usual / sizeof *usual; i++)
		if (strcmp(s->name, usual[i].setting) == 0)
			return usual[i].words;
	return s->choices ? s->choices : s->type == SETTING_FLAG ? "true|false" : NULL;
}

static void
add_commands(struct buf *to)
{
	for (const struct command *const *c = command_table; *c; c++)
		buf_printf(to, "%s ", (*c)->name);
	buf_add(to, STR("help"));
}

static void
add_settings(struct buf *to)
{
	const struct setting *s;

	for (size_t i = 0; (s = setting_at(i)); i++)
		buf_printf(to, "%s%s", i > 0 ? " " : "", s->name);
}

static const char *
last_word(const char *name)
{
	const char *space = strchr(name, ' ');

	return space ? space + 1 : name;
}

/* What stands where a flag's value is to come, in words of the scripts. */
static const char *
value_of(const struct flag_help *f)
{
	static const struct { const char *argument, *word; } kinds[] = {
		{ "FILE", "@files" }, { "DIR", "@folders" }, { "DOC", "@documents" }, { "CELL", "@cells" },
		{ "NAME", "@names" },
	};

	if (strcmp(f->name, "set") == 0)
		return "@set";
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (strcmp(f->argument, kinds[i].argument) == 0)
			return kinds[i].word;
	return f->words ? f->words : "@none";
}

/* ---- bash and zsh ------------------------------------------------------------------------- */

/* A function that prints, for the name of a command (and a verb), its flags. */
static void
add_flags_case(struct buf *to, const struct command *c)
{
	struct flag_help f;

	buf_printf(to, "\t'%s') echo '", c->name);
	for (size_t k = 0; command_flag_at(c, k, &f); k++)
		buf_printf(to, "%s--%s", k > 0 ? " " : "", f.name);
	buf_add(to, STR("' ;;\n"));
}

static void
add_flags_function(struct buf *to)
{
	buf_add(to, STR("_skein_flags() {\n\tcase $1 in\n"));
	for (const struct command *const *c = command_table; *c; c++) {
		if (!(*c)->verbs)
			add_flags_case(to, *c);
		for (const struct command *const *v = (*c)->verbs; v && *v; v++)
			add_flags_case(to, *v);
	}
	buf_add(to, STR("\tesac\n}\n\n"));
}

static void
add_value_case(struct buf *to, const struct command *c)
{
	struct flag_help f;

	for (size_t k = 0; command_flag_at(c, k, &f); k++) {
		if (!f.argument)
			continue;
		buf_printf(to, "\t'%s --%s'", c->name, f.name);
		if (f.letter)
			buf_printf(to, " | '%s -%c'", c->name, f.letter);
		buf_add(to, STR(") echo '"));
		add_choices(to, value_of(&f));
		buf_add(to, STR("' ;;\n"));
	}
}

static void
add_values_function(struct buf *to)
{
	buf_add(to, STR("# What may stand behind a flag: words, @files, @cells, @set, ..., @none; nothing: it takes no value.\n"
	    "_skein_value() {\n\tcase $1 in\n"));
	for (const struct command *const *c = command_table; *c; c++) {
		if (!(*c)->verbs)
			add_value_case(to, *c);
		for (const struct command *const *v = (*c)->verbs; v && *v; v++)
			add_value_case(to, *v);
	}
	buf_add(to, STR("\tesac\n}\n\n"));
}

static void
add_choices_function(struct buf *to)
{
	const struct setting *s;

	buf_add(to, STR("_skein_choices() {\n\tcase $1 in\n"));
	for (size_t i = 0; (s = setting_at(i)); i++) {
		if (!choices_of(s) || !is_of_documents(s))
			continue;
		buf_printf(to, "\t%s) echo '", s->name);
		add_choices(to, choices_of(s));
		buf_add(to, STR("' ;;\n"));
	}
	buf_add(to, STR("\tesac\n}\n\n"));
}

/* What stands in the place of operands: verbs, shells, or @documents, @cells, @folders, @settings. */
static void
add_operands_function(struct buf *to)
{
	const char *word;

	buf_add(to, STR("_skein_operands() {\n\tcase $1 in\n"));
	for (const struct command *const *c = command_table; *c; c++) {
		buf_printf(to, "\t'%s') echo '", (*c)->name);
		for (const struct command *const *v = (*c)->verbs; v && *v; v++)
			buf_printf(to, "%s%s", v == (*c)->verbs ? "" : " ", last_word((*v)->name));
		if ((*c)->verbs)
			;
		else if (strstr((*c)->args, "[KEY...]"))
			buf_add(to, STR("@documents @settings"));
		else if (strstr((*c)->args, "CELL"))
			buf_add(to, STR("@documents @cells"));
		else if (strstr((*c)->args, "DOC"))
			buf_add(to, STR("@documents"));
		else if (strstr((*c)->args, "DIR"))
			buf_add(to, STR("@folders"));
		else
			add_choices(to, (*c)->args);
		buf_add(to, STR("' ;;\n"));
	}
	buf_add(to, STR("\thelp) echo '"));
	add_commands(to);
	for (size_t i = 0; (word = handbook_word(i)); i++)
		buf_printf(to, " %s", word);
	buf_add(to, STR("' ;;\n\tesac\n}\n\n"));
}

static void
add_tables(struct buf *to)
{
	add_flags_function(to);
	add_values_function(to);
	add_choices_function(to);
	add_operands_function(to);
	buf_add(to, STR("_skein_commands='"));
	add_commands(to);
	buf_add(to, STR("'\n_skein_settings='"));
	add_settings(to);
	buf_add(to, STR("'\n\n"));
}

/*
 * Cells and names of the first document among the words, for the shells' awk: those with blanks
 * in them are left to their numbers.
 */
#define CELLS_AWK \
	"$2 == \"cell\" { n = $3; for (i = 4; i <= NF; i++) " \
	"if ($i ~ /^#/ && (i == NF || $(i + 1) == \"->\")) n = substr($i, 2); print n }"
#define NAMES_SED	"s/^[^:]*:[0-9]*: \\([^ ]*\\): [0-9]* block.*/\\1/p"

static const char cells_functions[] =
	"_skein_document() {\n"
	"\tlocal w\n"
	"\tfor w in \"$@\"; do\n"
	"\t\t[[ ! -f $w ]] || { printf '%s\\n' \"$w\"; return; }\n"
	"\tdone\n"
	"\treturn 1\n"
	"}\n\n"
	"_skein_cells() {\n"
	"\tlocal w\n"
	"\tw=$(_skein_document \"$@\") && skein list \"$w\" 2>/dev/null | awk '" CELLS_AWK "'\n"
	"}\n\n"
	"_skein_names() {\n"
	"\tlocal w\n"
	"\tw=$(_skein_document \"$@\") && skein list --names \"$w\" 2>/dev/null | sed -n '" NAMES_SED "'\n"
	"}\n\n";

/*
 * What comes next, in both: $words are those before the one that is completed ($cur),
 * words of a KEY=VALUE put together.  Sets $next to what _skein_value says of it.
 */
static const char next_function[] =
	"_skein_next() {\n"
	"\tlocal command= w last=\n"
	"\tfor w in \"$@\"; do\n"
	"\t\tlast=$w\n"
	"\t\tcase $w in\n"
	"\t\t-*) ;;\n"
	"\t\t*)\n"
	"\t\t\tif [[ -z $command ]]; then\n"
	"\t\t\t\tcommand=$w\n"
	"\t\t\telif [[ $command == cache ]]; then\n"
	"\t\t\t\tcommand=\"cache $w\"\n"
	"\t\t\tfi ;;\n"
	"\t\tesac\n"
	"\tdone\n"
	"\tnext=\n"
	"\t[[ $last != -* ]] || next=$(_skein_value \"$command $last\")\n"
	"\t[[ -z $next ]] || return 0\n"
	"\tif [[ $cur == --*=* ]]; then\n"
	"\t\tnext=$(_skein_value \"$command ${cur%%=*}\")\n"
	"\telif [[ -z $command ]]; then\n"
	"\t\tnext=\"$_skein_commands --help --version\"\n"
	"\telif [[ $cur == -* ]]; then\n"
	"\t\tnext=$(_skein_flags \"$command\")\n"
	"\telse\n"
	"\t\tnext=$(_skein_operands \"$command\")\n"
	"\t\t[[ -n $next ]] || next=@files\n"
	"\tfi\n"
	"}\n\n";

void
completion_bash(struct buf *to)
{
	buf_add(to, STR("# Completion of skein for bash, made by skein completion bash.\n"
	    "# For this shell:   source <(skein completion bash)\n"
	    "# For all of yours: skein completion bash >~/.local/share/bash-completion/completions/skein\n\n"));
	add_tables(to);
	buf_add(to, str_of(cells_functions));
	buf_add(to, str_of(next_function));
	buf_add(to, STR(
	    "_skein() {\n"
	    "\tlocal cur= next i w key reply=() words=()\n"
	    "\tfor ((i = 1; i <= COMP_CWORD; i++)); do\n"
	    "\t\tw=${COMP_WORDS[i]}\n"
	    "\t\tif [[ ${#words[@]} -gt 0 && ($w == = || ${COMP_WORDS[i - 1]} == =) ]]; then\n"
	    "\t\t\twords[${#words[@]} - 1]+=$w\n"
	    "\t\telse\n"
	    "\t\t\twords+=(\"$w\")\n"
	    "\t\tfi\n"
	    "\tdone\n"
	    "\tcur=${words[${#words[@]} - 1]}\n"
	    "\tunset \"words[${#words[@]} - 1]\"\n"
	    "\t_skein_next \"${words[@]}\"\n"
	    "\t[[ $cur != --*=* ]] || cur=${cur#*=}\n"
	    "\tfor w in $next; do\n"
	    "\t\tcase $w in\n"
	    "\t\t@none) ;;\n"
	    "\t\t@set)\n"
	    "\t\t\tif [[ $cur == *=* ]]; then\n"
	    "\t\t\t\tkey=${cur%%=*} cur=${cur#*=}\n"
	    "\t\t\t\treply+=($(compgen -W \"$(_skein_choices \"${key//_/-}\")\" -- \"$cur\" || :))\n"
	    "\t\t\telse\n"
	    "\t\t\t\treply+=($(compgen -S = -W \"$_skein_settings\" -- \"$cur\" || :))\n"
	    "\t\t\t\tcompopt -o nospace 2>/dev/null || :\n"
	    "\t\t\tfi ;;\n"
	    "\t\t@settings) reply+=($(compgen -W \"$_skein_settings\" -- \"$cur\" || :)) ;;\n"
	    "\t\t@cells | @names)\n"
	    "\t\t\tkey=$(\"_skein_${w#@}\" \"${words[@]}\" \"${COMP_WORDS[@]:COMP_CWORD + 1}\")\n"
	    "\t\t\treply+=($(compgen -W \"$key\" -- \"$cur\" || :)) ;;\n"
	    "\t\t@folders)\n"
	    "\t\t\tcompopt -o filenames 2>/dev/null || :\n"
	    "\t\t\twhile IFS= read -r w; do\n"
	    "\t\t\t\treply+=(\"$w\")\n"
	    "\t\t\tdone < <(compgen -d -- \"$cur\") ;;\n"
	    "\t\t@files | @documents)\n"
	    "\t\t\tcompopt -o filenames 2>/dev/null || :\n"
	    "\t\t\twhile IFS= read -r w; do\n"
	    "\t\t\t\t[[ $next != @files && ! -d $w && $w != *.[mMrRqQ]*[dDnN]* ]] || reply+=(\"$w\")\n"
	    "\t\t\tdone < <(compgen -f -- \"$cur\") ;;\n"
	    "\t\t*) [[ $w != \"$cur\"* ]] || reply+=(\"$w\") ;;\n"
	    "\t\tesac\n"
	    "\tdone\n"
	    "\tCOMPREPLY=(\"${reply[@]}\")\n"
	    "}\n\n"
	    "complete -F _skein skein\n"));
}

void
completion_zsh(struct buf *to)
{
	buf_add(to, STR("#compdef skein\n"
	    "# Completion of skein for zsh, made by skein completion zsh: put it as _skein into a folder\n"
	    "# of $fpath, or: source <(skein completion zsh)\n\n"));
	add_tables(to);
	buf_add(to, str_of(cells_functions));
	buf_add(to, str_of(next_function));
	buf_add(to, STR(
	    "_skein() {\n"
	    "\tlocal cur=$words[CURRENT] next w\n"
	    "\t_skein_next \"${(@)words[2,CURRENT-1]}\"\n"
	    "\tif [[ $cur == --*=* ]]; then\n"
	    "\t\tcompset -P '*='\n"
	    "\t\tcur=${cur#*=}\n"
	    "\tfi\n"
	    "\tfor w in ${=next}; do\n"
	    "\t\tcase $w in\n"
	    "\t\t@none) ;;\n"
	    "\t\t@set)\n"
	    "\t\t\tif [[ $cur == *=* ]]; then\n"
	    "\t\t\t\tcompset -P '*='\n"
	    "\t\t\t\tcompadd -- ${=$(_skein_choices \"${${cur%%=*}//_/-}\")}\n"
	    "\t\t\telse\n"
	    "\t\t\t\tcompadd -S = -- ${=_skein_settings}\n"
	    "\t\t\tfi ;;\n"
	    "\t\t@settings) compadd -- ${=_skein_settings} ;;\n"
	    "\t\t@cells | @names) compadd -- ${(f)\"$(_skein_${w#@} \"${(@)words}\")\"} ;;\n"
	    "\t\t@folders) _files -/ ;;\n"
	    "\t\t@files) _files ;;\n"
	    "\t\t@documents) _files -g '*.(md|markdown|mkd|mdown|qmd|rmd|Rmd)(-.)' ;;\n"
	    "\t\t*) compadd -- $w ;;\n"
	    "\t\tesac\n"
	    "\tdone\n"
	    "}\n\n"
	    "if [[ $zsh_eval_context[-1] == loadautofunc ]]; then\n"
	    "\t_skein \"$@\"\n"
	    "else\n"
	    "\tcompdef _skein skein\n"
	    "fi\n"));
}

/* ---- fish ------------------------------------------------------------------------------------ */

/* The group that has a verb of the same name; NULL: none has. */
static const struct command *
group_with(const char *name)
{
	for (const struct command *const *c = command_table; *c; c++)
		for (const struct command *const *v = (*c)->verbs; v && *v; v++)
			if (strcmp(last_word((*v)->name), name) == 0)
				return *c;
	return NULL;
}

static void
add_fish_condition(struct buf *to, const struct command *c)
{
	const char *space = strchr(c->name, ' ');
	const struct command *group = space ? NULL : group_with(c->name);

	if (space)
		buf_printf(to, "complete -c skein -n '__fish_seen_subcommand_from %.*s; and __fish_seen_subcommand_from %s'",
		    (int)(space - c->name), c->name, space + 1);
	else
		buf_printf(to, "complete -c skein -n '__fish_seen_subcommand_from %s%s%s'", c->name,
		    group ? "; and not __fish_seen_subcommand_from " : "", group ? group->name : "");
}

static void
add_fish_flag(struct buf *to, const struct command *c, const struct flag_help *f)
{
	const char *value = f->argument ? value_of(f) : NULL;

	add_fish_condition(to, c);
	buf_printf(to, " -l %s", f->name);
	if (f->letter)
		buf_printf(to, " -s %c", f->letter);
	if (value && strcmp(value, "@files") == 0)
		buf_add(to, STR(" -r -F"));
	else if (value && strcmp(value, "@folders") == 0)
		buf_add(to, STR(" -x -a '(__fish_complete_directories)'"));
	else if (value && strcmp(value, "@documents") == 0)
		buf_add(to, STR(" -x -k -a '(__fish_complete_suffix .md)'"));
	else if (value && (strcmp(value, "@cells") == 0 || strcmp(value, "@names") == 0))
		buf_printf(to, " -x -a '(__skein_%s)'", value + 1);
	else if (value && strcmp(value, "@set") == 0)
		buf_add(to, STR(" -x -a '(__skein_settings =)'"));
	else if (value)
		buf_add(to, STR(" -x"));
	if (value && *value != '@') {
		buf_add(to, STR(" -a '"));
		add_choices(to, value);
		buf_byte(to, '\'');
	}
	buf_add(to, STR(" -d "));
	add_quoted(to, f->help);
	buf_byte(to, '\n');
}

static void
add_fish_operands(struct buf *to, const struct command *c)
{
	if (strstr(c->args, "DOC")) {
		add_fish_condition(to, c);
		buf_add(to, STR(" -k -a '(__fish_complete_suffix .md)'\n"));
	}
	if (strstr(c->args, "CELL")) {
		add_fish_condition(to, c);
		buf_add(to, STR(" -a '(__skein_cells)'\n"));
	}
	if (strstr(c->args, "DIR")) {
		add_fish_condition(to, c);
		buf_add(to, STR(" -a '(__fish_complete_directories)'\n"));
	}
	if (strstr(c->args, "[KEY...]")) {
		add_fish_condition(to, c);
		buf_add(to, STR(" -a '(__skein_settings)'\n"));
	}
}

static void
add_fish_command(struct buf *to, const struct command *c, const char *condition)
{
	struct flag_help f;

	buf_printf(to, "complete -c skein -n '%s' -a %s -d ", condition, last_word(c->name));
	add_quoted(to, c->summary);
	buf_byte(to, '\n');
	for (size_t k = 0; !c->verbs && command_flag_at(c, k, &f); k++)
		add_fish_flag(to, c, &f);
	if (!c->verbs)
		add_fish_operands(to, c);
}

/* Settings with what they are for, and each of their choices. */
static void
add_fish_settings(struct buf *to)
{
	const struct setting *s;

	buf_add(to, STR("function __skein_settings\n"));
	for (size_t i = 0; (s = setting_at(i)); i++) {
		struct str rest = str_of(choices_of(s) && is_of_documents(s) ? choices_of(s) : "");

		buf_printf(to, "    printf '%%s\\t%%s\\n' \"%s$argv\" ", s->name);
		add_quoted(to, s->help);
		buf_byte(to, '\n');
		while (rest.len > 0) {
			struct str one = str_cut(rest, '|', &rest);

			buf_printf(to, "    test -n \"$argv\"; and echo %s=%.*s\n", s->name, STR_ARG(one));
		}
	}
	buf_add(to, STR("end\n\n"));
}

void
completion_fish(struct buf *to)
{
	const char *word;

	buf_add(to, STR("# Completion of skein for fish, made by skein completion fish:\n"
	    "# skein completion fish >~/.config/fish/completions/skein.fish\n\n"));
	add_fish_settings(to);
	buf_add(to, STR(
	    "function __skein_document\n"
	    "    for w in (commandline -o)\n"
	    "        test -f \"$w\"; and echo $w; and return\n"
	    "    end\n"
	    "    return 1\n"
	    "end\n\n"
	    "function __skein_cells\n"
	    "    set -l w (__skein_document); and skein list $w 2>/dev/null | awk '" CELLS_AWK "'\n"
	    "end\n\n"
	    "function __skein_names\n"
	    "    set -l w (__skein_document); and skein list --names $w 2>/dev/null | sed -n '" NAMES_SED "'\n"
	    "end\n\n"));
	buf_add(to, STR("complete -c skein -f\n"));
	for (const struct command *const *c = command_table; *c; c++) {
		struct buf within = {0};

		add_fish_command(to, *c, "__fish_use_subcommand");
		buf_printf(&within, "__fish_seen_subcommand_from %s", (*c)->name);
		for (const struct command *const *v = (*c)->verbs; v && *v; v++)
			add_fish_command(to, *v, buf_cstr(&within));
		buf_release(&within);
	}
	buf_add(to, STR("complete -c skein -n '__fish_seen_subcommand_from completion' -a 'bash zsh fish'\n"
	    "complete -c skein -n __fish_use_subcommand -a help -d 'explain a command, an option or a message'\n"
	    "complete -c skein -n __fish_use_subcommand -l version -d 'say which skein this is'\n"
	    "complete -c skein -n __fish_use_subcommand -l help -d 'list the commands'\n"
	    "complete -c skein -n '__fish_seen_subcommand_from help' -a '"));
	add_commands(to);
	buf_byte(to, ' ');
	for (size_t i = 0; (word = handbook_word(i)); i++)
		buf_printf(to, "%s%s", i > 0 ? " " : "", word);
	buf_add(to, STR("'\n"));
}
