/*
 * What an object asks others for.
 *
 * To look whether a cell has changed signals or timers takes a dozen system
 * calls, and nearly no cell does.  Who may is told by the names that its object
 * imports, which costs nothing.
 */
#define _GNU_SOURCE	/* link_map */
#include <link.h>
#include <stdint.h>
#include <string.h>

#include "runner/host/host.h"

static const char *const names[] = {
	"signal", "sigaction", "sigaltstack", "sigprocmask", "pthread_sigmask", "sigset",
	"sighold", "sigignore", "bsd_signal", "sysv_signal", "__sysv_signal", "siglongjmp",
	"alarm", "ualarm", "setitimer", "timer_create", "syscall", "dlopen"
};

/* Libraries that leave signals alone; what others do is not known. */
static const char *const quiet[] = {
	"libc.so", "libm.so", "libgcc_s.so", "libstdc++.so", "libgomp.so", "ld-linux"
};

struct tables {
	const ElfW(Sym) *symbols;
	const char *strings;
	const uint32_t *hash, *gnu_hash;
};

/* Most loaders have put the object's base in, some have not. */
static const void *
at(const struct link_map *m, ElfW(Addr) address)
{
	return (const void *)(address < m->l_addr ? address + m->l_addr : address);
}

static struct tables
tables_of(const struct link_map *m)
{
	struct tables t = {0};
	const ElfW(Dyn) *d;

	for (d = m->l_ld; d->d_tag != DT_NULL; d++) {
		if (d->d_tag == DT_SYMTAB)
			t.symbols = at(m, d->d_un.d_ptr);
		else if (d->d_tag == DT_STRTAB)
			t.strings = at(m, d->d_un.d_ptr);
		else if (d->d_tag == DT_HASH)
			t.hash = at(m, d->d_un.d_ptr);
		else if (d->d_tag == DT_GNU_HASH)
			t.gnu_hash = at(m, d->d_un.d_ptr);
	}
	return t;
}

/* Symbols among which are all that is imported. */
static uint32_t
count(const struct tables *t)
{
	if (!t->symbols || !t->strings)
		return 0;
	if (t->gnu_hash)
		return t->gnu_hash[1];	/* the first that is defined */
	return t->hash ? t->hash[1] : 0;
}

static bool
needs_other(const struct link_map *m, const struct tables *t)
{
	const ElfW(Dyn) *d;
	size_t i;

	for (d = m->l_ld; d->d_tag != DT_NULL; d++) {
		if (d->d_tag != DT_NEEDED)
			continue;
		for (i = 0; i < sizeof quiet / sizeof *quiet; i++)
			if (strncmp(t->strings + d->d_un.d_val, quiet[i], strlen(quiet[i])) == 0)
				break;
		if (i == sizeof quiet / sizeof *quiet)
			return true;
	}
	return false;
}

static bool
is_listed(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof names / sizeof *names; i++)
		if (strcmp(name, names[i]) == 0)
			return true;
	return false;
}

bool
import_signals(const struct link_map *m)
{
	struct tables t = tables_of(m);
	uint32_t n = count(&t), i;

	if (n == 0 || needs_other(m, &t))
		return true;
	for (i = 1; i < n; i++)
		if (t.symbols[i].st_shndx == SHN_UNDEF &&
		    is_listed(t.strings + t.symbols[i].st_name))
			return true;
	return false;
}
