#include "tangle/emit/depfile.h"

#include <string.h>

#include "tangle/base/buf.h"
#include "tangle/base/diag.h"

static bool
has(struct str name, char c)
{
	return str_find_byte(name, c) < name.len;
}

/*
 * In GNU make backslashes count only before a byte that they escape: there
 * each of them is doubled.  '$' is doubled instead; '%' means something in a
 * target only, and '|' among the needs only.  Nothing escapes ';', '=' or a control byte.
 */
static void
add_name(struct buf *to, struct str name, bool is_target)
{
	size_t backslashes = 0;

	/* "SHELL=x:" would be an assignment that matters, "./SHELL=x:" is none. */
	if (has(name, '=') && !has(name, '/'))
		buf_add(to, STR("./"));
	for (size_t i = 0; i < name.len; i++) {
		char c = name.data[i];
		bool escaped = strchr(is_target ? " #:%" : " #:|", c) != NULL;

		if (escaped)
			buf_fill(to, '\\', backslashes + 1);
		if (c == '$')
			buf_byte(to, '$');
		buf_byte(to, c);
		backslashes = c == '\\' ? backslashes + 1 : 0;
	}
	buf_fill(to, '\\', backslashes);
}

static bool
is_writable(struct str name, struct diag *d)
{
	for (size_t i = 0; i < name.len; i++) {
		unsigned char c = (unsigned char)name.data[i];

		if (c >= ' ' && c != 0x7f && c != ';')
			continue;
		diag_error(d, STATUS_REFUSED, PLACE_NONE, "depfile-name",
		    "'%.*s' cannot be named in a depfile, since make has no way to write %s: rename it",
		    STR_ARG(name), c == ';' ? "a semicolon" : "a control byte");
		return false;
	}
	return true;
}

static bool
are_writable(const struct str *names, size_t n, struct diag *d)
{
	bool ok = true;

	for (size_t i = 0; i < n; i++)
		ok = is_writable(names[i], d) && ok;
	return ok;
}

/* "target: a=b c" would be an assignment, "target: c a=b" is none. */
static void
add_needs(struct buf *to, const struct str *needs, size_t n)
{
	for (int equals = 0; equals < 2; equals++) {
		for (size_t i = 0; i < n; i++) {
			if (has(needs[i], '=') != (equals == 1))
				continue;
			buf_add(to, STR(" \\\n  "));
			add_name(to, needs[i], false);
		}
	}
}

/* "a&:" would begin a group. */
static void
add_colon(struct buf *to)
{
	if (buf_str(to).data[to->len - 1] == '&')
		buf_byte(to, ' ');
	buf_byte(to, ':');
}

bool
depfile_add(struct buf *to, const struct str *made, size_t nmade, const struct str *needs,
    size_t nneeds, struct diag *d)
{
	bool ok = are_writable(made, nmade, d);

	ok = are_writable(needs, nneeds, d) && ok;
	if (!ok || nmade == 0)
		return ok;
	/* "load x.so:" would be a directive, "./load x.so:" is none. */
	if (nmade > 1 && !has(made[0], '/') && !has(made[0], '.'))
		buf_add(to, STR("./"));
	for (size_t i = 0; i < nmade; i++) {
		if (i > 0)
			buf_byte(to, ' ');
		add_name(to, made[i], true);
	}
	add_colon(to);
	add_needs(to, needs, nneeds);
	buf_byte(to, '\n');
	for (size_t i = 0; i < nneeds; i++) {
		if (has(needs[i], '='))
			continue;
		buf_byte(to, '\n');
		add_name(to, needs[i], true);
		add_colon(to);
		buf_byte(to, '\n');
	}
	return true;
}
