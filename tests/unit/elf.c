/* Symbols of a real library; and of damaged ones, which must not be followed. */
#undef NDEBUG
#include "runner/build/elf.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "runner/build/supply.h"
#include "tangle/base/arena.h"
#include "tangle/base/buf.h"

static struct arena arena;

static struct str
read_self(void)
{
	struct buf b = {0};
	FILE *f = fopen("/proc/self/exe", "re");
	size_t n = 1;

	assert(f);
	while (n > 0) {
		n = fread(buf_room(&b, BUFSIZ), 1, BUFSIZ, f);
		b.len += n;
	}
	fclose(f);
	return buf_take(&b, &arena);
}

static size_t
walk(struct str bytes)
{
	struct elf e;
	struct elf_symbol s;
	struct str library;
	size_t n = 0, all = 0;

	if (!elf_open(&e, bytes))
		return 0;
	while (elf_symbol(&e, all, &s) && all < 100000) {
		n += s.is_undefined && str_eq(s.name, STR("fopen"));
		all++;
	}
	for (size_t i = 0; i < 1000 && elf_needed(&e, i, &library); i++)
		n += str_starts(library, STR("libc.so"));
	n += elf_defines(&e, STR("no_such_symbol_at_all"));
	return n;
}

static void
test_damage(struct str whole)
{
	struct str copy = arena_str(&arena, whole);
	char *bytes = arena_cstr(&arena, whole);

	copy.data = bytes;
	srand(1);
	for (size_t i = 0; i < 64; i++)
		walk(str_slice(whole, 0, i * whole.len / 64));
	for (int round = 0; round < 300; round++) {
		size_t range = round % 2 ? 64 : whole.len, at = (size_t)rand() % range;
		char before = bytes[at];

		bytes[at] = (char)rand();
		walk(copy);
		bytes[at] = before;
	}
}

static void
test_supply(void)
{
	assert(str_eq(str_of(supply_of_header(STR("curl/easy.h"))->package), STR("libcurl4-openssl-dev")));
	assert(str_eq(str_of(supply_of_symbol(STR("fftw_plan_dft_1d"))->library), STR("fftw3")));
	assert(str_eq(str_of(supply_of_pc(STR("sdl2"))->package), STR("libsdl2-dev")));
	assert(!supply_of_header(STR("stdio.h")) && !supply_of_symbol(STR("printf")));
	assert(!supply_of_header(STR("")) && !supply_of_symbol(STR("")));
}

int
main(void)
{
	struct str self;

	arena_init(&arena);
	self = read_self();
	assert(walk(self) >= 1);
	test_damage(self);
	test_supply();
	arena_release(&arena);
	return 0;
}
