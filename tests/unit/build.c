/*
 * Requests to objects, as a program for the tests in tests/runner/.
 *
 *	build [-c CC] [-j N] [-d] [-n] [-p] [-s] [-r ROOT] [-q FOLDER] [-f FLAGS]
 *	      [-l LIB] [-k PACKAGE] [-o FOLDER] FILE...
 *
 * Each FILE is a unit, or with -s a source, of which a part is made.  -d leaves all
 * to the compiler's driver, -n compiles nothing, -p makes programs, -o keeps objects
 * as FILE.so in a folder.  Says what became of each, what the compiler said, and the
 * counts.  Without arguments it does nothing, and does it well.
 */
#undef NDEBUG
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runner/build/compile.h"
#include "runner/build/flags.h"
#include "runner/build/loop.h"
#include "runner/build/native.h"
#include "runner/build/packages.h"
#include "runner/build/slots.h"
#include "runner/build/toolchain.h"
#include "runner/cache/builder.h"
#include "runner/cache/store.h"
#include "tangle/base/arena.h"
#include "tangle/base/buf.h"
#include "tangle/base/diag.h"

enum { MAX_FOLDERS = 16 };

static struct arena arena;
static struct diag diag;
static const char *out_folder;
static int failures;

static struct str
read_all(const char *path)
{
	struct buf b = {0};
	FILE *f = fopen(path, "re");
	int c;

	assert(f && "a file of the test");
	while ((c = getc(f)) != EOF)
		buf_byte(&b, (char)c);
	fclose(f);
	return buf_take(&b, &arena);
}

static void
say_messages(const struct messages *m)
{
	static const char *const levels[] = { "error", "warning", "note" };

	for (size_t i = 0; i < m->n; i++) {
		const struct message *x = &m->list[i];

		printf("%s%.*s:%zu:%zu: %s: %.*s", x->is_file ? "file " : "",
		    STR_ARG(x->marker), x->line, x->column, levels[x->level], STR_ARG(x->text));
		if (x->option.len > 0)
			printf(" [%.*s]", STR_ARG(x->option));
		for (size_t k = 0; k < x->nspans; k++)
			printf(" {%zu-%zu}", x->spans[k].from, x->spans[k].to);
		putchar('\n');
		for (size_t k = 0; k < x->nfixes; k++)
			printf("fix %zu:%zu-%zu:%zu '%.*s'\n", x->fixes[k].line, x->fixes[k].from,
			    x->fixes[k].to_line, x->fixes[k].to, STR_ARG(x->fixes[k].text));
	}
	if (m->left_out > 0)
		printf("%zu left out\n", m->left_out);
}

static void
keep(const char *name, struct str object)
{
	const char *slash = strrchr(name, '/');
	char path[4096];
	FILE *f;

	name = slash ? slash + 1 : name;
	snprintf(path, sizeof path, "%s/%s.so", out_folder, name);
	f = fopen(path, "we");
	assert(f && fwrite(object.data, 1, object.len, f) == object.len);
	assert(fclose(f) == 0);
}

static void
on_built(void *arg, const struct built *b)
{
	static const char *const ends[] = { "object", "failure", "limit", "broken" };
	const char *name = arg;

	printf("%s: %s %s", name, b->is_reused ? "reused" : "new", ends[b->end]);
	if (b->what.len > 0)
		printf(": %.*s", STR_ARG(b->what));
	if (b->why.len > 0)
		printf(" (%.*s)", STR_ARG(b->why));
	putchar('\n');
	say_messages(&b->messages);
	if (b->end == COMPILE_DONE && out_folder)
		keep(name, b->object);
	failures += b->end != COMPILE_DONE;
}

static void
run(const struct compile_options *o, struct store *s, unsigned jobs, enum builder_use use,
    bool is_program, bool are_sources, char **files, int n)
{
	struct loop *l = loop_new();
	struct slots *t = slots_new(jobs);
	struct builder *b = builder_new(l, s, t);
	const struct builder_counts *c = builder_counts(b);

	for (int i = 0; i < n; i++) {
		struct compile_request r = { .options = o, .is_program = is_program, .name = str_of(files[i]) };

		if (are_sources)
			r.source = str_of(files[i]);
		else
			r.unit = read_all(files[i]);
		builder_add(b, &r, str_of(files[i]), use, &arena, on_built, files[i]);
	}
	while (loop_step(l) && !loop_signal(l))
		;
	printf("stats: %zu reused %zu replayed %zu missed %zu compiled %zu published %zu damaged\n",
	    c->reused, c->replayed, c->missed, c->compiled,
	    store_counts(s)->published, store_counts(s)->damaged);
	builder_free(b);
	slots_close(t);
	loop_free(l);
}

static int
finish(struct store *s)
{
	int status;

	store_close(s);
	status = (int)diag_status(&diag);
	diag_release(&diag);
	arena_release(&arena);
	return status ? status : failures ? (int)STATUS_COMPILE : 0;
}

int
main(int argc, char **argv)
{
	struct str folders[MAX_FOLDERS], root = STR(""), names[1], libs[MAX_FOLDERS];
	struct compile_options o = { .quote_folders = folders, .libs = libs };
	struct base bases[1] = { { .name = STR("root") } };
	struct package_flags packages = {0};
	const char *cc = "gcc", *flags = "";
	enum builder_use use = BUILDER_BOTH;
	bool is_program = false, are_sources = false, is_driven = false, ok;
	const struct str *words;
	struct store *s;
	unsigned jobs = 2;
	size_t n;
	int c;

	if (argc == 1)
		return 0;
	arena_init(&arena);
	diag_init(&diag, stderr, DIAG_COLOR_NEVER);
	names[0] = STR("");
	while ((c = getopt(argc, argv, "c:j:dnpsr:q:f:l:k:o:")) != -1) {
		switch (c) {
		case 'c': cc = optarg; break;
		case 'j': jobs = (unsigned)strtoul(optarg, NULL, 10); break;
		case 'd': is_driven = true; break;
		case 'n': use = BUILDER_CACHE_ONLY; break;
		case 'p': is_program = true; break;
		case 's': are_sources = true; break;
		case 'r': root = str_of(optarg); break;
		case 'q': folders[o.nquote++] = str_of(optarg); break;
		case 'f': flags = optarg; break;
		case 'l': libs[o.nlibs++] = arena_printf(&arena, "-l%s", optarg); break;
		case 'k': names[0] = str_of(optarg); break;
		case 'o': out_folder = optarg; break;
		default: return 2;
		}
	}
	s = store_open(NULL, &diag);
	if (!s)
		return finish(s);
	o.temp = store_temp(s);
	o.memo = is_driven ? NULL : store_memo(s);
	o.is_cxx = strstr(cc, "++") != NULL;
	bases[0].path = root;
	o.bases = (struct bases){ bases, root.len > 0 };
	o.toolchain = toolchain_find(store_memo(s), str_of(cc), false, &arena, PLACE_NONE, &diag);
	ok = flags_split(str_of(flags), &arena, &words, &n, PLACE_NONE, &diag) &&
	    flags_accept(words, n, root.len ? root : STR("."), &arena, &o.flags, &o.nflags,
	    PLACE_NONE, &diag);
	if (o.toolchain && !native_find(store_memo(s), &o, &arena, &o.native))
		fprintf(stderr, "native is not known\n");
	if (names[0].len > 0) {
		ok &= packages_find(store_memo(s), names, 1, &arena, &packages,
		    PLACE_NONE, &diag);
		o.flags = packages.cflags, o.nflags = packages.ncflags;
		o.libs = packages.libs, o.nlibs = packages.nlibs;
	}
	if (o.toolchain && ok)
		run(&o, s, jobs, use, is_program, are_sources, argv + optind, argc - optind);
	return finish(s);
}
