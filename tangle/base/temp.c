#include "tangle/base/temp.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { DIGITS = 16, CHECK = 8, LONGEST_NAME = 160, MOST_PID = 1 << 30 };

static const char *const endings[] = {
	[TEMP_PART] = ".part", [TEMP_NEW] = ".new", [TEMP_OLD] = ".old"
};

/* The check covers all that stands before it. */
static void
check_of(char check[CHECK + 1], struct str front)
{
	char hex[HASH_HEX + 1];

	digest_hex(hash_of(front), hex);
	memcpy(check, hex, CHECK);
	check[CHECK] = '\0';
}

void
temp_name(char to[NAME_MAX + 1], enum temp_kind kind, struct str name,
    struct digest before, struct digest after)
{
	char hex[2][HASH_HEX + 1], check[CHECK + 1];
	int n;

	name = str_slice(name, 0, LONGEST_NAME);
	digest_hex(before, hex[0]);
	digest_hex(after, hex[1]);
	n = snprintf(to, NAME_MAX + 1, ".%.*s.skein-%ld-%.*s-%.*s-", STR_ARG(name),
	    (long)getpid(), DIGITS, hex[0], DIGITS, hex[1]);
	check_of(check, (struct str){ to, (size_t)n });
	snprintf(to + n, NAME_MAX + 1 - (size_t)n, "%s%s", check, endings[kind]);
}

static bool
take_ending(struct temp *t, struct str *name)
{
	for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++) {
		struct str ending = str_of(endings[i]);

		if (str_ends(*name, ending)) {
			t->kind = (enum temp_kind)i;
			name->len -= ending.len;
			return true;
		}
	}
	return false;
}

/* Take the last dash and what follows it off *name. */
static struct str
take_last(struct str *name)
{
	size_t at = name->len;
	struct str part;

	while (at > 0 && name->data[at - 1] != '-')
		at--;
	part = str_slice(*name, at, name->len);
	name->len = at > 0 ? at - 1 : 0;
	return part;
}

bool
temp_parse(struct temp *t, struct str name)
{
	struct str front, check, mark = STR(".skein");
	char should[CHECK + 1];
	unsigned long pid;

	if (!str_starts(name, STR(".")) || !take_ending(t, &name))
		return false;
	front = str_slice(name, 0, name.len > CHECK ? name.len - CHECK : 0);
	check = take_last(&name);
	t->after = take_last(&name);
	t->before = take_last(&name);
	if (check.len != CHECK || t->after.len != DIGITS || t->before.len != DIGITS ||
	    !str_number(take_last(&name), MOST_PID, &pid) || !str_ends(name, mark))
		return false;
	check_of(should, front);
	if (!str_eq(check, str_of(should)))
		return false;
	t->pid = (pid_t)pid;
	t->name = str_slice(name, 1, name.len - mark.len);
	return true;
}

bool
temp_holds(const struct temp *t, struct digest d)
{
	char hex[HASH_HEX + 1];

	digest_hex(d, hex);
	return str_starts(str_of(hex), t->before) || str_starts(str_of(hex), t->after);
}

bool
temp_is_dead(const struct temp *t)
{
	return t->pid == getpid() || (kill(t->pid, 0) == -1 && errno == ESRCH);
}
