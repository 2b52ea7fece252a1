#include "runner/cli/aspect.h"

#include <string.h>
#include <unistd.h>

#include "runner/build/elf.h"
#include "runner/build/message.h"
#include "runner/cli/exhibit.h"
#include "runner/session/dwarf.h"
#include "runner/session/exports.h"
#include "tangle/base/arena.h"
#include "tangle/base/buf.h"
#include "tangle/base/diag.h"

enum { LEAST_STRING = 4 };

static const char *const names[ASPECTS] = {
	[ASPECT_SRC] = "src", [ASPECT_UNIT] = "unit", [ASPECT_INC] = "inc", [ASPECT_CMD] = "cmd",
	[ASPECT_ENV] = "env", [ASPECT_LOG] = "log", [ASPECT_MESSAGES] = "messages",
	[ASPECT_LIB] = "lib", [ASPECT_ABI] = "abi"
};

const char *
aspect_name(enum aspect a)
{
	return names[a];
}

/* ---- words ----------------------------------------------------------------------------- */

static void
complain(struct str word, unsigned allowed, struct diag *d)
{
	const char *near = NULL;
	struct buf list = {0};
	unsigned limit = 2;

	for (size_t i = 0; i < ASPECTS; i++) {
		unsigned far = str_distance(word, str_of(names[i]), limit);

		if (!(allowed & ASPECT_BIT(i)))
			continue;
		buf_printf(&list, "%s, ", names[i]);
		if (far <= limit && far < str_of(names[i]).len) {
			near = names[i];
			limit = far;
		}
	}
	diag_error(d, STATUS_USAGE, PLACE_NONE, "usage",
	    "--what knows no '%.*s'%s%s%s; it takes %sor all, with commas between", STR_ARG(word),
	    near ? " (did you mean '" : "", near ? near : "", near ? "'?)" : "", buf_cstr(&list));
	buf_release(&list);
}

bool
aspect_read(struct str words, unsigned allowed, unsigned *set, struct diag *d)
{
	*set = 0;
	do {
		struct str word = str_trim(str_cut(words, ',', &words));
		unsigned one = str_eq(word, STR("all")) ? allowed : 0;

		for (size_t i = 0; i < ASPECTS; i++)
			if (str_eq(word, str_of(names[i])))
				one = ASPECT_BIT(i) & allowed;
		if (one == 0) {
			complain(word, allowed, d);
			return false;
		}
		*set |= one;
	} while (words.len > 0);
	return true;
}

/* ---- texts ------------------------------------------------------------------------------- */

static void
end_line(struct buf *to)
{
	if (to->len > 0 && to->data[to->len - 1] != '\n')
		buf_byte(to, '\n');
}

static void
inc_text(struct str list, const struct exhibit *k, struct arena *a, struct buf *to)
{
	struct input i;

	while (inputs_next(&list, &i)) {
		char hex[HASH_HEX + 1];
		struct str path = exhibit_path(k, i.path, a);

		if (i.is_absent)
			continue;
		digest_hex(i.digest, hex);
		buf_printf(to, "%s  %.*s\n", hex, STR_ARG(path));
	}
}

void
aspect_show(struct str text, struct buf *to)
{
	struct str line;

	if (!isatty(STDOUT_FILENO)) {
		buf_add(to, text);
		return;
	}
	while (str_line(&text, &line)) {
		buf_visible(to, line);
		buf_byte(to, '\n');
	}
}

static bool
is_plain(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	    (c != '\0' && strchr("_-+=./,:@%", c));
}

void
aspect_quote(struct str word, struct buf *to)
{
	size_t i = 0;

	while (i < word.len && is_plain(word.data[i]))
		i++;
	if (i == word.len && word.len > 0) {
		buf_add(to, word);
		return;
	}
	buf_byte(to, '\'');
	for (i = 0; i < word.len; i++) {
		if (word.data[i] == '\'')
			buf_add(to, STR("'\\''"));
		else
			buf_byte(to, word.data[i]);
	}
	buf_byte(to, '\'');
}

static void
cmd_text(const struct about *x, struct buf *to)
{
	for (size_t i = 0; i < x->nsteps; i++) {
		for (size_t w = 0; w < x->steps[i].nwords; w++) {
			buf_add(to, w > 0 ? STR(" ") : STR(""));
			aspect_quote(x->steps[i].words[w], to);
		}
		buf_byte(to, '\n');
	}
}

static void
env_text(const struct about *x, struct buf *to)
{
	for (size_t i = 0; i < x->nenvironment; i++) {
		buf_add(to, x->environment[i]);
		buf_byte(to, '\n');
	}
}

void
aspect_message(const struct message *m, struct buf *to)
{
	static const char *const levels[] = { "error", "warning", "note" };

	if (m->marker.len > 0)
		buf_printf(to, "%.*s:", STR_ARG(m->marker));
	if (m->line > 0)
		buf_printf(to, "%zu:", m->line);
	if (m->column > 0)
		buf_printf(to, "%zu:", m->column);
	buf_printf(to, "%s%s: %.*s", m->marker.len > 0 ? " " : "", levels[m->level], STR_ARG(m->text));
	if (m->option.len > 0)
		buf_printf(to, " [%.*s]", STR_ARG(m->option));
	buf_byte(to, '\n');
}

static void
messages_text(const struct messages *m, struct buf *to)
{
	for (size_t i = 0; i < m->n; i++)
		aspect_message(&m->list[i], to);
	if (m->left_out > 0)
		buf_printf(to, "%zu more\n", m->left_out);
}

/* ---- objects ------------------------------------------------------------------------------- */

/* Runs of characters that can be read, ended by NUL, as strings(1) finds them. */
static void
strings_text(struct str bytes, struct buf *to)
{
	size_t start = 0;

	for (size_t i = 0; i <= bytes.len; i++) {
		unsigned char c = i < bytes.len ? (unsigned char)bytes.data[i] : '\0';

		if (c == '\t' || (c >= ' ' && c < 0x7f))
			continue;
		if (i - start >= LEAST_STRING)
			buf_printf(to, "string %.*s\n", STR_ARG(str_slice(bytes, start, i)));
		start = i + 1;
	}
}

static void
lib_text(struct str bytes, struct buf *to)
{
	struct elf e;
	struct elf_symbol s;
	struct str name;

	if (elf_open(&e, bytes)) {
		for (size_t i = 0; elf_needed(&e, i, &name); i++)
			buf_printf(to, "needs %.*s\n", STR_ARG(name));
		for (size_t i = 0; elf_symbol(&e, i, &s); i++)
			if (s.name.len > 0)
				buf_printf(to, "%s %.*s\n", s.is_defined ? "defines" : "wants", STR_ARG(s.name));
		for (size_t i = 0; elf_private(&e, i, &name); i++)
			if (name.len > 0)
				buf_printf(to, "private %.*s\n", STR_ARG(name));
	}
	strings_text(bytes, to);
}

/* Of what is linked: before that the debug information has holes where names are to stand. */
static bool
abi_text(struct str bytes, struct buf *to)
{
	struct elf e;
	struct dwarf *d = elf_open(&e, bytes) ? dwarf_open(bytes) : NULL;

	if (d)
		exports_add(to, d);
	dwarf_close(d);
	return d != NULL;
}

bool
aspect_text(enum aspect what, struct folder *f, const struct exhibit *k, struct arena *a,
    struct buf *to)
{
	const struct about *x = &k->about;
	struct str text;

	if (what == ASPECT_MESSAGES) {
		messages_text(&k->result.messages, to);
		return true;
	}
	if (what == ASPECT_LIB) {
		if (exhibit_object(f, k, a, &text))
			lib_text(text, to);
		return to->len > 0;
	}
	if (what == ASPECT_ABI)
		return exhibit_object(f, k, a, &text) && abi_text(text, to);
	if (k->found != ABOUT_FOUND)
		return false;
	switch (what) {
	case ASPECT_SRC:
		buf_add(to, x->written.len > 0 ? x->written : x->text);
		break;
	case ASPECT_UNIT:
		buf_add(to, x->text);
		break;
	case ASPECT_INC:
		if (!exhibit_inputs(f, k, a, &text))
			return false;
		inc_text(text, k, a, to);
		break;
	case ASPECT_CMD:
		cmd_text(x, to);
		break;
	case ASPECT_ENV:
		env_text(x, to);
		break;
	case ASPECT_LOG:
		buf_add(to, x->log);
		break;
	case ASPECT_MESSAGES: case ASPECT_LIB: case ASPECT_ABI: case ASPECTS:
		break;
	}
	end_line(to);
	return true;
}
