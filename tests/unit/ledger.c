/*
 * The ledger comes back as it was written, no damaged one is believed, and what
 * differs between two is said in words.
 */
#undef NDEBUG
#define _GNU_SOURCE	/* nftw */
#include "runner/cache/ledger.h"

#include <assert.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runner/cache/difference.h"
#include "runner/cache/folder.h"
#include "runner/cache/record.h"
#include "tangle/base/arena.h"
#include "tangle/base/buf.h"
#include "tangle/base/diag.h"

static struct arena arena;
static struct diag diag;
static struct folder folder;
static char top[] = "/tmp/skein-ledger-XXXXXX";

/* "text=a", "flags=-O2 -g": a group, its words between blanks. */
static struct key_group
group(const char *said)
{
	struct str rest, name = str_cut(str_of(said), '=', &rest), words[8];
	size_t n = 0;

	while (rest.len > 0 && n < 8)
		words[n++] = str_word(&rest);
	return key_group(name, words, n, &arena);
}

static struct ledger_line
line(const char *name, size_t ordinal, const char *const *said)
{
	struct key_group *groups = arena_alloc(&arena, 8, sizeof *groups);
	struct ledger_line l = { .name = str_of(name), .ordinal = ordinal };
	struct buf all = {0};

	for (; said[l.ngroups]; l.ngroups++) {
		groups[l.ngroups] = group(said[l.ngroups]);
		buf_add(&all, str_of(said[l.ngroups]));
	}
	l.groups = groups;
	l.entry = (struct ledger_entry){ .request = hash_of(buf_str(&all)), .end = LEDGER_OBJECT,
	    .is_kept = true, .result = hash_of(STR("K2")), .object = hash_of(STR("O")) };
	buf_release(&all);
	return l;
}

#define SAID(...)	((const char *const []){ __VA_ARGS__, NULL })

static void
check_same(const struct ledger_line *a, const struct ledger_line *b)
{
	assert(a->kind == b->kind && a->ordinal == b->ordinal && str_eq(a->name, b->name));
	assert(digest_eq(a->entry.request, b->entry.request) && a->entry.end == b->entry.end);
	assert(a->entry.is_kept == b->entry.is_kept);
	assert(!a->entry.is_kept || digest_eq(a->entry.result, b->entry.result));
	assert(a->entry.end != LEDGER_OBJECT || digest_eq(a->entry.object, b->entry.object));
	assert(str_eq(a->unkept, b->unkept) && a->nbefore == b->nbefore);
	for (size_t i = 0; i < a->nbefore; i++)
		assert(digest_eq(a->before[i].request, b->before[i].request));
	assert(a->ngroups == b->ngroups);
	for (size_t i = 0; i < a->ngroups; i++) {
		const struct key_group *g = &a->groups[i], *h = &b->groups[i];

		assert(str_eq(g->name, h->name) && digest_eq(g->digest, h->digest));
		assert(g->nwords == h->nwords);
		for (size_t k = 0; k < g->nwords; k++)
			assert(str_eq(g->words[k], h->words[k]));
	}
}

static void
test_roundtrip(void)
{
	struct ledger_entry before = { hash_of(STR("K0")), LEDGER_FAILURE, true, hash_of(STR("F")),
	    {{0}} };
	struct ledger_line lines[] = {
		line("odd\nname", 1, SAID("text=a", "flags=-O2 -g")),
		line("", 2000000, SAID("text=b", "flags=-O2 -g")),
		line("src/list.c", 0, SAID("flags=")),
		{ .kind = LEDGER_CELL, .ordinal = 3 },
	};
	struct ledger l = { STR("/some/\nwhere.md"), lines, 4 }, back;
	struct digest asked = hash_of(STR("1")), other = hash_of(STR("2")), name;

	lines[1].before = &before;
	lines[1].nbefore = 1;
	lines[1].entry.is_kept = false;
	lines[1].unkept = STR("it depends\non a clock");
	lines[2].kind = LEDGER_SOURCE;
	lines[2].entry.end = LEDGER_FAILURE;
	assert(ledger_read(&folder, l.document, &arena, &back) == LEDGER_NONE);
	assert(!ledger_is(&folder, l.document, &asked));
	ledger_write(&folder, &l, &asked);
	assert(ledger_is(&folder, l.document, &asked) && !ledger_is(&folder, l.document, &other));
	assert(ledger_read(&folder, l.document, &arena, &back) == LEDGER_READ && back.n == 4);
	for (size_t i = 0; i < 4; i++)
		check_same(&lines[i], &back.lines[i]);
	name = ledger_name(l.document);
	assert(ledger_read_named(&folder, &name, &arena, &back) == LEDGER_READ);
	assert(str_eq(back.document, l.document));
	assert(str_eq(ledger_label(&lines[1], &arena), STR("2000000")));
	assert(str_eq(ledger_label(&lines[2], &arena), STR("src/list.c")));
}

/* Each byte in turn changed, each length cut to: none is believed. */
static void
test_damage(void)
{
	struct ledger_line one = line("a", 1, SAID("text=a", "flags=-O2"));
	struct ledger l = { STR("/d.md"), &one, 1 }, back;
	struct digest asked = hash_of(STR("1")), name = ledger_name(l.document);
	struct str text;

	ledger_write(&folder, &l, &asked);
	assert(folder_read(&folder, KIND_LEDGER, &name, 1 << 20, false, &arena, &text));
	for (size_t i = 0; i < text.len; i++) {
		struct str bad = arena_str(&arena, text);

		((char *)(uintptr_t)bad.data)[i] ^= (char)(1 << i % 7);
		if (i % 3 == 0)
			bad.len = i;
		assert(folder_replace(&folder, KIND_LEDGER, &name, bad));
		assert(ledger_read(&folder, l.document, &arena, &back) != LEDGER_READ);
		assert(back.n == 0);
	}
	/* In another's place: neither. */
	assert(folder_replace(&folder, KIND_LEDGER, &(struct digest){{1}}, text));
	assert(ledger_read_named(&folder, &(struct digest){{1}}, &arena, &back) == LEDGER_NONE);
}

static void
test_newer(void)
{
	struct ledger_line one = line("a", 1, SAID("text=a"));
	struct ledger l = { STR("/newer.md"), &one, 1 }, back;
	struct digest asked = hash_of(STR("1")), name = ledger_name(l.document);
	struct buf whole = {0};
	struct str newer, text;

	buf_add(&whole, STR("skein ledger 1000 whatever\n"));
	record_end(&whole);
	newer = buf_take(&whole, &arena);
	assert(folder_replace(&folder, KIND_LEDGER, &name, newer));
	assert(ledger_read(&folder, l.document, &arena, &back) == LEDGER_NEWER);
	ledger_write(&folder, &l, &asked);
	assert(folder_read(&folder, KIND_LEDGER, &name, 1 << 20, false, &arena, &text));
	assert(str_eq(text, newer));
}

/* ---- differences ------------------------------------------------------------------------- */

static void
differs(const char *const *was, const char *const *is, const char *expected)
{
	struct ledger_line a = line("", 1, was), b = line("", 1, is);
	struct buf said = {0};
	size_t n;
	const struct difference *list = difference_find(&a, &b, &arena, &n);

	for (size_t i = 0; i < n; i++) {
		buf_add(&said, i > 0 ? STR("; ") : STR(""));
		difference_say(&list[i], &said);
	}
	if (!str_eq(buf_str(&said), str_of(expected)))
		fprintf(stderr, "said: %.*s\n", STR_ARG(said));
	assert(str_eq(buf_str(&said), str_of(expected)));
	buf_release(&said);
}

static void
test_words(void)
{
	differs(SAID("text=a"), SAID("text=a"), "");
	differs(SAID("text=a"), SAID("text=b"), "its text changed");
	differs(SAID("flags=-O1 -g"), SAID("flags=-O2 -g"), "flags: -O2 was -O1");
	differs(SAID("flags=-g"), SAID("flags=-g -O2"), "flags: -O2 is new");
	differs(SAID("flags=-g"), SAID("flags=-g -O2 -w"), "flags: -O2 -w are new");
	differs(SAID("flags=-g -w"), SAID("flags=-g"), "flags: -w is gone");
	differs(SAID("flags=-g -w"), SAID("flags=-w -g"), "flags: in another order");
	differs(SAID("flags=-g"), SAID("flags=-g -g"), "flags: -g is new");
	differs(SAID("compiler=gcc-11"), SAID("compiler=gcc-12"), "compiler: gcc-12 was gcc-11");
	differs(SAID("text=a"), SAID("text=a", "environment=SOURCE_DATE_EPOCH=0"),
	    "environment: SOURCE_DATE_EPOCH=0 is new");
	differs(SAID("text=a", "uses twice=1"), SAID("text=a", "uses twice=2"),
	    "it uses twice, whose interface changed");
	differs(SAID("text=a", "uses macro N=1"), SAID("text=a", "uses macro N=2"),
	    "it uses macro N, which changed");
	differs(SAID("text=a", "uses f=1"), SAID("text=a"), "it uses f no longer");
	differs(SAID("text=a"), SAID("text=a", "uses f=1"), "it uses f, as it did not before");
	/* The text says that already. */
	differs(SAID("text=a"), SAID("text=b", "uses f=1"), "its text changed");
	differs(SAID("text=a", "uses f=1", "unit=1"), SAID("text=b", "uses f=2", "unit=2"),
	    "its text changed; it uses f, whose interface changed");
	differs(SAID("text=a", "unit=1"), SAID("text=a", "unit=2"),
	    "what stands around it in its unit changed");
	differs(SAID("part a.c=1"), SAID("part a.c=2"), "a.c was compiled anew");
}

/* `expected` has for each line of now which of the old it was, 0 for none. */
static void
matches(const struct ledger_line *old, size_t nold, const struct ledger_line *now, size_t n,
    const size_t *expected)
{
	struct ledger l = { .lines = old, .n = nold };
	const struct ledger_line *was[8];

	difference_match(&l, now, n, &arena, was);
	for (size_t i = 0; i < n; i++)
		assert(was[i] == (expected[i] ? &old[expected[i] - 1] : NULL));
}

static void
test_matching(void)
{
	struct ledger_line a = line("", 1, SAID("text=a")), b = line("", 2, SAID("text=b")),
	    c = line("", 3, SAID("text=c")), x = line("", 9, SAID("text=x")),
	    named = line("n", 1, SAID("text=n")), edited = line("n", 1, SAID("text=m"));
	const struct ledger_line old[] = { a, b, c };

	matches(old, 3, (struct ledger_line []){ a, b, c }, 3, (size_t []){ 1, 2, 3 });
	/* One is new in front, one was edited, one is gone, two changed places. */
	matches(old, 3, (struct ledger_line []){ x, a, b, c }, 4, (size_t []){ 0, 1, 2, 3 });
	matches(old, 3, (struct ledger_line []){ a, x, c }, 3, (size_t []){ 1, 2, 3 });
	matches(old, 3, (struct ledger_line []){ a, c }, 2, (size_t []){ 1, 3 });
	matches(old, 3, (struct ledger_line []){ c, a }, 2, (size_t []){ 3, 1 });
	/* Twins in their order; a name wherever it stands, whatever it says. */
	matches((struct ledger_line []){ a, a }, 2, (struct ledger_line []){ a, a, a }, 3,
	    (size_t []){ 1, 2, 0 });
	matches((struct ledger_line []){ named, a, b }, 3, (struct ledger_line []){ b, a, edited }, 3,
	    (size_t []){ 3, 2, 1 });
	/* A source is no cell. */
	c.kind = LEDGER_SOURCE;
	matches((struct ledger_line []){ a, c }, 2, (struct ledger_line []){ a, x }, 2,
	    (size_t []){ 1, 0 });
}

static int
drop(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

int
main(void)
{
	arena_init(&arena);
	assert(mkdtemp(top));
	assert(folder_open(&folder, arena_printf(&arena, "%s/cache", top).data, &arena, &diag));
	test_roundtrip();
	test_damage();
	test_newer();
	test_words();
	test_matching();
	folder_close(&folder);
	assert(nftw(top, drop, 8, FTW_DEPTH | FTW_PHYS) == 0);
	arena_release(&arena);
	return 0;
}
