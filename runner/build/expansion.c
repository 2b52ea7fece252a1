#include "runner/build/expansion.h"

#include <ctype.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runner/build/ask.h"
#include "runner/build/memo.h"
#include "runner/build/process.h"
#include "runner/build/toolchain.h"
#include "tangle/base/arena.h"
#include "tangle/base/buf.h"
#include "tangle/base/hash.h"
#include "tangle/base/trace.h"

enum { MAX_ANSWER = 1 << 20, SECONDS = 20 };

/* ---- words ------------------------------------------------------------------------- */

/*
 * These make the driver do more than it says with -###, look at this machine, or
 * read files that are no part of the compiler's identity.
 */
static const char *const unknown[] = {
	"-B", "-f[no-]lto", "-flto", "-fopenmp", "-fopenacc", "-fplugin", "-fuse-ld", "-fsanitize",
	"-fprofile", "-fcoverage", "-ftest-coverage", "-fdump", "-fself-test", "-fwpa", "-ftree-parallelize",
	"-fgnu-tm", "-fcf-protection=check", "-specs", "--specs", "--sysroot", "-wrapper", "-save-temps",
	"-pipe", "-pass-exit-codes", "-no-canonical-prefixes", "-Wa,", "-Wp,", "-X", "-p", "-gsplit",
	"-static", "-nost", "-nodef", "-T", "-z", "-u", "-M", "-d", "-S", "-E", "-x", "@", "--",
	"-m32", "-mx32", "-m16",
};

bool
expansion_knows(struct str word)
{
	if (str_ends(word, STR("=native")))
		return false;
	if (str_starts(word, STR("-pthread")) || str_starts(word, STR("-pedantic")))
		return true;
	for (size_t i = 0; i < sizeof unknown / sizeof *unknown; i++)
		if (str_starts(word, str_of(unknown[i])))
			return false;
	return true;
}

/* ---- what the driver says ------------------------------------------------------------ */

struct command_line {
	struct str *words;
	size_t n;
};

/* One word of what -### prints: bare, or in quotes with backslashes. */
static struct str
next_word(struct str *rest, struct arena *a)
{
	struct buf word = {0};
	size_t i = 0;
	bool quoted = false;

	for (; i < rest->len; i++) {
		char c = rest->data[i];

		if (c == '"')
			quoted = !quoted;
		else if (c == ' ' && !quoted)
			break;
		else if (c == '\\' && quoted && i + 1 < rest->len)
			buf_byte(&word, rest->data[++i]);
		else
			buf_byte(&word, c);
	}
	*rest = str_slice(*rest, i + 1, rest->len);
	return buf_take(&word, a);
}

static struct command_line
read_line(struct str line, struct arena *a)
{
	struct command_line c = { .words = arena_alloc(a, line.len / 2 + 1, sizeof *c.words) };

	while (line.len > 0) {
		struct str word = next_word(&line, a);

		if (word.len > 0)
			c.words[c.n++] = word;
	}
	return c;
}

/* What stands behind "-o"; empty if nothing does, or it stands twice. */
static struct str
output_of(const struct command_line *c)
{
	struct str found = STR("");

	for (size_t i = 0; i + 1 < c->n; i++) {
		if (!str_eq(c->words[i], STR("-o")))
			continue;
		if (found.len > 0)
			return STR("");
		found = c->words[i + 1];
	}
	return found;
}

/* How often the word stood there, now the other one. */
static size_t
rename_word(struct command_line *c, struct str from, struct str to)
{
	size_t n = 0;

	for (size_t i = 0; i < c->n; i++) {
		if (!str_eq(c->words[i], from))
			continue;
		c->words[i] = to;
		n++;
	}
	return n;
}

static bool
is_called(struct str path, const char *name)
{
	size_t n = strlen(name);

	return str_ends(path, str_of(name)) &&
	    (path.len == n || path.data[path.len - n - 1] == '/');
}

/* The program of that name where the driver would find it. */
static bool
find_program(struct str *word, struct arena *a)
{
	const char *path;

	if (word->len > 0 && word->data[0] == '/')
		return true;
	if (str_find_byte(*word, '/') < word->len)
		return false;
	path = process_find(arena_cstr(a, *word), ask_path(), a);
	*word = str_of(path ? path : "");
	return path != NULL;
}

/*
 * collect2 only starts the linker, when no object needs link-time optimisation:
 * its plugin and what is said to that are left out.
 */
static bool
call_linker(struct command_line *c, struct str linker)
{
	size_t n = 1;

	if (linker.len == 0)
		return false;
	for (size_t i = 1; i < c->n; i++) {
		if (str_eq(c->words[i], STR("-plugin")))
			i++;
		else if (str_starts(c->words[i], STR("-flto")))
			return false;
		else if (!str_starts(c->words[i], STR("-plugin-opt=")))
			c->words[n++] = c->words[i];
	}
	c->words[0] = linker;
	c->n = n;
	return true;
}

static bool
is_plain(const struct command_line lines[STEPS])
{
	struct str cc1 = lines[STEP_COMPILE].words[0];

	return (is_called(cc1, "cc1") || is_called(cc1, "cc1plus")) && cc1.data[0] == '/' &&
	    is_called(lines[STEP_ASSEMBLE].words[0], "as") &&
	    is_called(lines[STEP_LINK].words[0], "collect2");
}

/* The three commands as we start them; false if they are not those that we know. */
static bool
adapt(struct command_line lines[STEPS], const struct toolchain *t, struct arena *a)
{
	struct command_line *cc1 = &lines[STEP_COMPILE], *as = &lines[STEP_ASSEMBLE];
	struct command_line *ld = &lines[STEP_LINK];
	struct str assembly, part;

	for (size_t i = 0; i < STEPS; i++)
		if (lines[i].n < 3)
			return false;
	assembly = output_of(cc1);
	part = output_of(as);
	return is_plain(lines) && assembly.len > 0 && part.len > 0 &&
	    rename_word(cc1, assembly, STR(EXPANSION_ASSEMBLY)) == 1 &&
	    rename_word(as, assembly, STR(EXPANSION_ASSEMBLY)) == 1 &&
	    rename_word(as, part, STR(EXPANSION_PART)) == 1 &&
	    rename_word(ld, part, STR(EXPANSION_PART)) == 1 &&
	    find_program(&as->words[0], a) && call_linker(ld, t->linker);
}

/* Is the driver a program, as compilers are, and no script in its place? */
static bool
is_program(const char *path)
{
	char head[4] = { 0 };
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd == -1 ? -1 : read(fd, head, sizeof head);

	if (fd != -1)
		close(fd);
	return n == (ssize_t)sizeof head && memcmp(head, "\177ELF", sizeof head) == 0;
}

static struct str
ask(const struct toolchain *t, const struct str *words, size_t n, const char *folder, struct arena *a)
{
	const char **argv = arena_alloc(a, n + 3, sizeof *argv);
	struct process_options o = {
		.program = t->path, .argv = argv, .environment = t->environment, .folder = folder,
		.keep = MAX_ANSWER, .timeout = (int64_t)SECONDS * 1000000000
	};
	struct buf out = {0}, err = {0};
	bool ok;

	argv[0] = t->path;
	argv[1] = "-###";
	for (size_t i = 0; i < n; i++)
		argv[i + 2] = arena_cstr(a, words[i]);
	trace("toolchain", "asking %s what it starts", t->path);
	ok = process_run(&o, &out, &err) && out.len == 0;
	buf_release(&out);
	if (!ok)
		buf_clear(&err);
	return buf_take(&err, a);
}

/* The commands of an answer; false if there is more in it than we understand. */
static bool
read_answer(struct str answer, const struct toolchain *t, struct command_line lines[STEPS], struct arena *a)
{
	struct str line, value, driver = STR("");
	size_t n = 0;

	while (str_line(&answer, &line)) {
		if (str_starts(line, STR(" ")) && n == STEPS)
			return false;
		if (str_starts(line, STR(" ")))
			lines[n++] = read_line(line, a);
		else if (str_starts(line, STR("COLLECT_GCC=")))
			driver = str_slice(line, 12, line.len);
		else if (str_starts(line, STR("Reading specs")) ||
		    str_starts(str_cut(line, ':', &value), str_of(t->path)) ||
		    str_find(line, STR(": warning: ")) < line.len)
			return false;
	}
	return n == STEPS && str_eq(driver, str_of(t->path)) && adapt(lines, t, a);
}

/* ---- what the memo keeps --------------------------------------------------------------- */

/* "0 WORD" a line; and first whose it is. */
static void
write_fact(struct buf *to, const struct command_line lines[STEPS])
{
	for (size_t i = 0; i < STEPS; i++)
		for (size_t k = 0; k < lines[i].n; k++)
			buf_printf(to, "%zu %.*s\n", i, STR_ARG(lines[i].words[k]));
}

static bool
read_fact(struct str fact, struct arena *a, struct expansion *e)
{
	struct str line;
	struct command_line lines[STEPS];

	for (size_t i = 0; i < STEPS; i++)
		lines[i] = (struct command_line){ arena_alloc(a, fact.len / 3 + 1, sizeof(struct str)), 0 };
	while (str_line(&fact, &line)) {
		size_t which = line.len > 2 ? (size_t)(line.data[0] - '0') : STEPS;

		if (which < STEPS)
			lines[which].words[lines[which].n++] = str_slice(line, 2, line.len);
	}
	for (size_t i = 0; i < STEPS; i++) {
		e->words[i] = lines[i].words;
		e->n[i] = lines[i].n;
	}
	return e->n[STEP_COMPILE] > 0 && e->n[STEP_ASSEMBLE] > 0 && e->n[STEP_LINK] > 0;
}

static struct str
library_path(void)
{
	const char *value = getenv("LIBRARY_PATH");

	return str_of(value ? value : "");
}

/* The driver passes on those of its folders that are there; one that is not may come. */
static bool
find_missing(struct memo *m, struct path_list *missing)
{
	struct str rest = library_path();

	while (rest.len > 0) {
		struct str folder = str_cut(rest, ':', &rest);

		if (folder.len == 0 || folder.data[0] != '/')
			return false;
		if (!memo_exists(m, folder))
			path_list_add(missing, folder);
	}
	return true;
}

static struct str
name_of(const struct toolchain *t, const struct str *words, size_t n, struct arena *a)
{
	struct hash *h = hash_start();
	char hex[HASH_HEX + 1];

	hash_add(h, str_of(ask_path()));
	hash_add(h, library_path());
	for (size_t i = 0; i < n; i++) {
		hash_add(h, words[i]);
		hash_add(h, (struct str){ "", 1 });
	}
	digest_hex(hash_end(h), hex);
	return arena_printf(a, "expansion 1 %s %s", t->path, hex);
}

static struct str
learn(const struct toolchain *t, const struct str *words, size_t n, const char *folder, struct arena *a)
{
	struct command_line lines[STEPS] = {{ 0 }};
	struct buf fact = {0};
	char hex[HASH_HEX + 1];

	digest_hex(t->identity, hex);
	buf_printf(&fact, "%s\n", hex);
	if (is_program(t->path) && read_answer(ask(t, words, n, folder, a), t, lines, a))
		write_fact(&fact, lines);
	return buf_take(&fact, a);
}

/* Is the fact of this compiler, and not of one that stood there before? */
static bool
is_of(struct str fact, const struct toolchain *t)
{
	struct digest d;
	struct str line;

	return str_line(&fact, &line) && digest_parse(&d, line) && digest_eq(d, t->identity);
}

bool
expansion_find(struct memo *m, const struct toolchain *t, const struct str *words, size_t n,
    const char *folder, struct arena *a, struct expansion *e)
{
	struct str fact, name = name_of(t, words, n, a);
	struct path_list missing = {0};
	bool ok = true;

	if (!memo_recall(m, name, a, &fact) || !is_of(fact, t)) {
		ok = !memo_is_frozen(m) && find_missing(m, &missing);
		if (ok) {
			fact = learn(t, words, n, folder, a);
			memo_learn(m, name, fact, missing.items, missing.n);
		}
	}
	path_list_release(&missing);
	return ok && read_fact(fact, a, e);
}

/* ---- commands ---------------------------------------------------------------------------- */

static const char *
put_in(struct str word, const struct token *tokens, size_t n, struct arena *a)
{
	for (size_t i = 0; i < n; i++) {
		size_t at = str_find(word, tokens[i].name);

		if (at < word.len)
			word = arena_printf(a, "%.*s%.*s%.*s", STR_ARG(str_slice(word, 0, at)),
			    STR_ARG(tokens[i].value),
			    STR_ARG(str_slice(word, at + tokens[i].name.len, word.len)));
	}
	return arena_cstr(a, word);
}

const char *const *
expansion_argv(const struct expansion *e, enum step which,
    const struct token *tokens, size_t n, struct arena *a)
{
	const char **argv = arena_alloc(a, e->n[which] + 1, sizeof *argv);

	for (size_t i = 0; i < e->n[which]; i++)
		argv[i] = put_in(e->words[which][i], tokens, n, a);
	return argv;
}
