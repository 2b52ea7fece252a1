#define _POSIX_C_SOURCE 200809L	/* gmtime_r */
#include "runner/cli/summary.h"

#include <time.h>

#include "runner/cache/folder.h"
#include "runner/cli/aspect.h"
#include "runner/cli/exhibit.h"
#include "runner/cli/quantity.h"
#include "tangle/base/arena.h"
#include "tangle/base/buf.h"

enum { NANO = 1000000000, SHORT = 12 };

struct summary_inputs
summary_count(struct folder *f, const struct exhibit *k, struct arena *a)
{
	struct summary_inputs n = {0};
	struct str list;
	struct input i;

	if (exhibit_inputs(f, k, a, &list))
		while (inputs_next(&list, &i))
			*(i.is_absent ? &n.absent : &n.files) += 1;
	return n;
}

static struct str
time_text(int64_t made, struct arena *a)
{
	time_t seconds = (time_t)(made / NANO);
	struct tm t;
	char text[64];

	if (!gmtime_r(&seconds, &t) || strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S UTC", &t) == 0)
		return STR("?");
	return arena_str(a, str_of(text));
}

static void
put_digest(struct buf *to, const char *what, const struct digest *d)
{
	char hex[HASH_HEX + 1];

	digest_hex(*d, hex);
	buf_printf(to, "%s %.*s", what, SHORT, hex);
}

/* What a reader would want of the command: all but where files are and how messages look. */
static bool
is_flag(struct str word)
{
	static const char *const left_out[] = { "-fdiagnostics", "-fno-diagnostics", "-fmessage",
		"-ffile-prefix-map", "-frandom-seed", "-gno-record", "-fno-color", "-ffile-compilation",
		"-Wl,--dependency-file" };

	for (size_t i = 0; i < sizeof left_out / sizeof *left_out; i++)
		if (str_starts(word, str_of(left_out[i])))
			return false;
	return str_starts(word, STR("-")) && word.len > 1;
}

/* Flags whose next word is a path or a name of ours. */
static bool
has_word(struct str flag)
{
	static const char *const flags[] = { "-o", "-x", "-MF", "-MT", "-MD", "-iquote", "-I" };

	for (size_t i = 0; i < sizeof flags / sizeof *flags; i++)
		if (str_eq(flag, str_of(flags[i])))
			return true;
	return false;
}

static void
put_flags(const struct about *x, struct buf *to)
{
	const struct about_step *s = &x->steps[0];

	for (size_t i = 1; x->nsteps > 0 && i < s->nwords; i++) {
		if (!is_flag(s->words[i]) || has_word(s->words[i]))
			continue;
		buf_byte(to, ' ');
		aspect_quote(s->words[i], to);
	}
	buf_byte(to, '\n');
}

static void
put_about(struct folder *f, const struct exhibit *k, struct arena *a, struct buf *to)
{
	const struct about *x = &k->about;
	struct summary_inputs n = summary_count(f, k, a);

	if (x->document.len > 0)
		buf_printf(to, "document  %.*s\n", STR_ARG(x->document));
	if (x->source.len > 0)
		buf_printf(to, "source    %.*s\n", STR_ARG(x->source));
	buf_printf(to, "made      %.*s, in run %.*s\n", STR_ARG(time_text(x->made, a)),
	    STR_ARG(x->run));
	buf_printf(to, "compiler  %.*s: %.*s\n", STR_ARG(x->compiler), STR_ARG(str_trim(x->version)));
	buf_printf(to, "flags    ");
	put_flags(x, to);
	buf_printf(to, "inputs    ");
	quantity_count(to, n.files, "file", "files");
	buf_printf(to, ", ");
	quantity_count(to, n.absent, "path", "paths");
	buf_printf(to, " that must not be there");
	if (x->nparts > 0) {
		buf_printf(to, ", ");
		quantity_count(to, x->nparts, "part", "parts");
	}
	buf_byte(to, '\n');
}

void
summary(struct folder *f, const struct exhibit *k, struct arena *a, struct buf *to)
{
	const struct about *x = &k->about;
	bool is_known = k->found == ABOUT_FOUND;
	struct buf text = {0};

	buf_printf(to, "%.*s: %s, %s in %.3f s\n", STR_ARG(k->label),
	    is_known ? about_thing_name(x->thing) : "entry", k->is_failure ? "failed" : "compiled",
	    (double)k->result.nanoseconds / 1e9);
	put_digest(to, "key      ", &k->name);
	if (is_known)
		put_digest(to, ", request", &x->request);
	if (!k->is_failure)
		put_digest(to, ", object", &k->result.object);
	buf_byte(to, '\n');
	if (is_known)
		put_about(f, k, a, to);
	if (is_known && !k->is_failure) {
		buf_printf(to, "object    ");
		quantity_bytes(to, x->object_size);
		buf_byte(to, '\n');
	}
	if (aspect_text(ASPECT_MESSAGES, f, k, a, &text))
		aspect_show(buf_str(&text), to);
	buf_release(&text);
}
