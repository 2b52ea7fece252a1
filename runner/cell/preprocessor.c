#include "runner/cell/preprocessor.h"

#include "runner/cell/lex.h"
#include "tangle/base/arena.h"

bool
preprocessor_is_feature(struct str name)
{
	static const char *const names[] = {
		"_GNU_SOURCE", "_DEFAULT_SOURCE", "_BSD_SOURCE", "_SVID_SOURCE", "_ISOC99_SOURCE",
		"_ISOC11_SOURCE", "_ISOC2X_SOURCE", "_POSIX_SOURCE", "_POSIX_C_SOURCE",
		"_XOPEN_SOURCE", "_XOPEN_SOURCE_EXTENDED", "_LARGEFILE_SOURCE",
		"_LARGEFILE64_SOURCE", "_FILE_OFFSET_BITS", "_TIME_BITS", "_ATFILE_SOURCE",
		"_FORTIFY_SOURCE", "_REENTRANT", "_THREAD_SAFE", "_DYNAMIC_STACK_SIZE_SOURCE",
	};
	size_t k;

	for (k = 0; k < sizeof names / sizeof *names; k++)
		if (str_eq(name, str_of(names[k])))
			return true;
	return str_starts(name, STR("__STDC_WANT_"));
}

bool
preprocessor_is_standard(struct str directive)
{
	size_t from = str_find_byte(directive, '<') + 1;
	struct str name = str_slice(directive, from, directive.len);
	static const char *const names[] = {
		"assert.h", "complex.h", "ctype.h", "errno.h", "fenv.h", "float.h", "inttypes.h",
		"iso646.h", "limits.h", "locale.h", "math.h", "setjmp.h", "signal.h", "stdalign.h",
		"stdarg.h", "stdatomic.h", "stdbool.h", "stddef.h", "stdint.h", "stdio.h",
		"stdlib.h", "stdnoreturn.h", "string.h", "tgmath.h", "threads.h", "time.h",
		"uchar.h", "wchar.h", "wctype.h", "unistd.h", "fcntl.h", "pthread.h", "strings.h",
		"dirent.h", "poll.h", "semaphore.h", "sched.h", "termios.h", "dlfcn.h", "netdb.h",
		"omp.h", "skein.h",
	};
	size_t k;

	name = str_slice(name, 0, str_find_byte(name, '>'));
	if (from < directive.len && str_find_byte(name, '.') == name.len)
		return true;		/* <vector> */
	if (str_starts(name, STR("sys/")) || str_starts(name, STR("arpa/"))
	    || str_starts(name, STR("netinet/")) || str_starts(name, STR("linux/")))
		return true;
	for (k = 0; k < sizeof names / sizeof *names; k++)
		if (str_eq(name, str_of(names[k])))
			return true;
	return false;
}

/* What follows the macro's name and parameters. */
static struct str
macro_body(const struct item *it)
{
	size_t at = (size_t)(it->name.data - it->text.data) + it->name.len;
	struct str rest = str_slice(it->text, at, it->text.len);

	if (it->function_like)
		rest = str_slice(rest, str_find_byte(rest, ')') + 1, rest.len);
	return rest;
}

static bool
lies_in(struct str part, struct str whole)
{
	return part.data && part.data >= whole.data && part.data <= whole.data + whole.len;
}

/* Configures headers although nobody mentions it: NDEBUG, _FOO. */
static bool
is_configuration(struct str name)
{
	return str_starts(name, STR("_")) || str_eq(name, STR("NDEBUG"));
}

static void
add_macro(struct adding *add, struct part *p, bool at_head)
{
	const struct item *it = &p->item;
	struct entry *e;

	/* A single header's definitions belong to the cell that asked for them. */
	if (str_ends(it->name, STR("_IMPLEMENTATION")))
		return;
	e = entry_add(add, ENTRY_MACRO, it->text, it->line);
	e->pastes = it->pastes;
	if (at_head && preprocessor_is_feature(it->name)) {
		e->kind = ENTRY_FEATURE;
		p->is_left_out = !add->branch;
	}
	if (is_configuration(it->name))
		entry_keep(add, e);
	entry_about_macro(add, e, it->name, true);
	names_get(add->in, it->name)->body = lies_in(it->name, it->text) ? macro_body(it)
	    : (struct str){ 0 };
}

static void
add_undef(struct adding *add, const struct item *it)
{
	struct entry *e = entry_add(add, ENTRY_MACRO, it->text, it->line);

	if (is_configuration(it->name))
		entry_keep(add, e);
	entry_about_macro(add, e, it->name, false);
}

/* Once is enough for the headers of the system, but for <assert.h>. */
void
preprocessor_include(struct adding *add, struct str directive, size_t line)
{
	struct str header = str_slice(directive, str_find_byte(directive, '<'), directive.len);
	struct name *name;

	header = str_slice(header, 0, str_find_byte(header, '>') + 1);
	if (preprocessor_is_standard(directive) && !str_eq(header, STR("<assert.h>"))) {
		name = names_get(add->in, header);
		if (name->is_included || (add->is_cxx && name->is_included_in_cxx))
			return;
		if (add->is_cxx)
			name->is_included_in_cxx = !add->branch;
		else
			name->is_included = !add->branch;
	}
	entry_keep(add, entry_add(add, ENTRY_INCLUDE, directive, line));
}

static struct branch *
open_branch(struct adding *add, const struct item *it, struct branch *outer, struct branch *before)
{
	struct branch *b = arena_alloc(add->in->arena, 1, sizeof *b);

	*b = (struct branch){ .outer = outer, .before = before, .text = it->text,
	    .group = before ? before->group : b, .depth = outer ? outer->depth + 1 : 1 };
	b->references = names_in(add->in, it->text, false, &b->nreferences);
	return b;
}

void
preprocessor_group(struct adding *add, const struct item *it)
{
	struct branch *b = add->branch;

	if (it->directive == DIRECTIVE_IF)
		add->branch = open_branch(add, it, b, NULL);
	else if (it->directive == DIRECTIVE_ELSE && b)
		add->branch = open_branch(add, it, b->outer, b);
	else if (it->directive == DIRECTIVE_ENDIF && b)
		add->branch = b->outer;
}

/* Not repeated: what speaks, and what is only for a header itself. */
static bool
is_kept_pragma(struct str text)
{
	struct token word[4] = { 0 };	/* # pragma GCC warning */
	struct lexer x;
	size_t n = 0;

	lexer_init(&x, text);
	while (n < 4 && lexer_next(&x, &word[n]))
		n++;
	if (str_eq(word[2].text, STR("GCC")))
		return !str_eq(word[3].text, STR("warning")) && !str_eq(word[3].text, STR("error"));
	return !str_eq(word[2].text, STR("once")) && !str_eq(word[2].text, STR("message"));
}

void
preprocessor_leave(struct adding *add, struct part *p, bool at_head)
{
	const struct item *it = &p->item;

	switch (it->directive) {
	case DIRECTIVE_INCLUDE:
		preprocessor_include(add, it->text, it->line);
		break;
	case DIRECTIVE_DEFINE:
		add_macro(add, p, at_head);
		break;
	case DIRECTIVE_UNDEF:
		add_undef(add, it);
		break;
	case DIRECTIVE_PRAGMA:
		if (is_kept_pragma(it->text))
			entry_keep(add, entry_add(add, ENTRY_PRAGMA, it->text, it->line));
		break;
	case DIRECTIVE_IF:
	case DIRECTIVE_ELSE:
	case DIRECTIVE_ENDIF:
	case DIRECTIVE_PRAGMA_STATEMENT:
	case DIRECTIVE_OTHER:
		break;
	}
}
