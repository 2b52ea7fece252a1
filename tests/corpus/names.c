/*
 * names [-v] [-I DIR]... FILE...: the names that the splitter finds in real C
 * files, beside those that clang finds.
 *
 * A file that clang itself has errors in (a header that is missing, another
 * system's code) is not compared, nor is a name that stands in the call of a
 * header's macro, as the splitter reads no headers.  "Missed" are names that clang sees at file
 * scope and the splitter does not; "invented" the other way round, in a text
 * whose inactive branches are blanked.  The last line is for programs.  It also says
 * how much slower than the median, per byte, the slowest file is, and how many
 * times the steps a text takes that is twice the file (2 is linear).
 */
#include <clang-c/Index.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "runner/cell/split.h"
#include "tangle/base/arena.h"
#include "tangle/base/buf.h"
#include "tangle/base/map.h"

enum { SMALL = 2048, ROUNDS = 3 };	/* smaller files are not timed: a cache miss would count */

struct speed {
	double value;
	const char *file;
};

struct totals {
	size_t files, skipped, right, names, found, invented, foreign, bytes;
	struct speed *time;	/* a byte */
	struct speed *twice;	/* steps for twice the text, by those for the text */
	size_t nspeeds;
	bool verbose;
};

/* What one text holds: "struct s" for a tag, "s" for anything else. */
struct names {
	struct arena *arena;
	struct map map;
};

static void
add_name(struct names *n, const char *space, struct str name)
{
	if (name.len > 0)
		map_put(&n->map, arena_printf(n->arena, "%s%.*s", space, STR_ARG(name)), n);
}

/* ---- clang ---- */

struct reader {
	struct names *names;
	CXFile file;
	struct str text;
	char *foreign;		/* by offset: a header's macro is called here */
	size_t nforeign;	/* names that such a macro has made */
};

/* In the file, by the place of the outermost macro call, as a pasted name has none of its own. */
static bool
is_in(const struct reader *r, CXCursor c, unsigned *offset)
{
	CXFile file = NULL;

	clang_getExpansionLocation(clang_getCursorLocation(c), &file, NULL, NULL, offset);
	return file && clang_File_isEqual(file, r->file) && *offset < r->text.len;
}

static void
note_call(struct reader *r, CXCursor c)
{
	unsigned at, unused;
	CXCursor definition = clang_getCursorReferenced(c);

	if (is_in(r, c, &at) && !clang_Cursor_isNull(definition) && !is_in(r, definition, &unused))
		r->foreign[at] = 1;
}

static enum CXChildVisitResult
visit(CXCursor c, CXCursor parent, CXClientData data)
{
	struct reader *r = data;
	enum CXCursorKind kind = clang_getCursorKind(c);
	bool is_tag = kind == CXCursor_StructDecl || kind == CXCursor_UnionDecl ||
	    kind == CXCursor_EnumDecl;
	unsigned at;
	CXString s;

	(void)parent;
	if (kind == CXCursor_MacroExpansion) {
		note_call(r, c);
		return CXChildVisit_Continue;
	}
	if (!is_in(r, c, &at))
		return CXChildVisit_Continue;
	if (is_tag ? clang_isCursorDefinition(c) && !clang_Cursor_isAnonymous(c) :
	    kind == CXCursor_FunctionDecl || kind == CXCursor_VarDecl ||
	    kind == CXCursor_TypedefDecl || kind == CXCursor_EnumConstantDecl) {
		if (r->foreign[at]) {
			r->nforeign++;
			return CXChildVisit_Continue;
		}
		s = clang_getCursorSpelling(c);
		add_name(r->names, is_tag ? "tag " : "", str_of(clang_getCString(s)));
		clang_disposeString(s);
	}
	return is_tag ? CXChildVisit_Recurse : CXChildVisit_Continue;
}

/* The names that clang finds; how many more macros of headers make. */
static size_t
clang_names(struct names *n, CXTranslationUnit tu, const char *path, struct str text)
{
	struct reader r = { .names = n, .file = clang_getFile(tu, path), .text = text,
	    .foreign = arena_alloc(n->arena, text.len + 1, 1) };

	clang_visitChildren(clang_getTranslationUnitCursor(tu), visit, &r);
	return r.nforeign;
}

static bool
has_errors(CXTranslationUnit tu)
{
	for (unsigned k = 0; k < clang_getNumDiagnostics(tu); k++) {
		CXDiagnostic d = clang_getDiagnostic(tu, k);
		enum CXDiagnosticSeverity severity = clang_getDiagnosticSeverity(d);

		clang_disposeDiagnostic(d);
		if (severity >= CXDiagnostic_Error)
			return true;
	}
	return false;
}

/* Blank what clang has skipped, but for # lines and line ends. */
static void
blank_skipped(CXTranslationUnit tu, const char *path, char *text)
{
	CXSourceRangeList *list = clang_getSkippedRanges(tu, clang_getFile(tu, path));

	for (unsigned k = 0; k < list->count; k++) {
		unsigned from, to;
		bool directive = true;	/* the ranges begin and end at the group's own lines */

		clang_getExpansionLocation(clang_getRangeStart(list->ranges[k]), NULL, NULL, NULL, &from);
		clang_getExpansionLocation(clang_getRangeEnd(list->ranges[k]), NULL, NULL, NULL, &to);
		while (to > from && text[to - 1] != '\n')
			to--;
		for (; from < to; from++) {
			if (text[from] == '\n')
				directive = directive && text[from - 1] == '\\';
			else if (!directive)
				text[from] = ' ';
		}
	}
	clang_disposeSourceRangeList(list);
}

/* ---- the splitter ---- */

static void
add_items(struct names *n, const struct item *items, size_t nitems)
{
	for (size_t k = 0; k < nitems; k++) {
		const struct item *it = &items[k];

		for (size_t i = 0; i < it->ndeclarators; i++)
			add_name(n, "", it->declarators[i].name);
		for (size_t i = 0; i < it->nenumerators; i++)
			add_name(n, "", it->enumerators[i]);
		for (size_t i = 0; i < it->ntags; i++)
			if (it->tags[i].body.data)
				add_name(n, "tag ", it->tags[i].name);
	}
}

static double
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* The names in a text; work and seconds of the fastest round. */
static void
split_names(struct names *n, struct str text, unsigned rounds, size_t *work, double *seconds)
{
	*seconds = 1e9;
	for (unsigned k = 0; k < rounds; k++) {
		struct split_context c = {0};
		struct arena a;
		size_t nitems;
		double start = now(), took;
		const struct item *items = (arena_init(&a), split(text, &c, &a, &nitems));

		took = now() - start;
		if (took < *seconds)
			*seconds = took;
		*work = c.work;
		if (k == 0)
			add_items(n, items, nitems);
		split_context_release(&c);
		arena_release(&a);
	}
}

/* ---- comparing ---- */

/* Print what a has and b lacks; how many those are. */
static size_t
lacking(const struct names *a, const struct names *b, const char *path, const char *what, bool verbose)
{
	size_t n = 0;

	for (const struct map_entry *e = map_first(&a->map); e; e = map_next(e)) {
		if (map_get(&b->map, map_key(e)))
			continue;
		n++;
		if (verbose)
			printf("%s: %s '%.*s'\n", path, what, STR_ARG(map_key(e)));
	}
	return n;
}

static struct str
read_text(const char *path, struct arena *a)
{
	struct buf b = {0};
	FILE *f = fopen(path, "re");
	size_t n;

	if (!f) {
		perror(path);
		exit(8);
	}
	while ((n = fread(buf_room(&b, 65536), 1, 65536, f)) > 0)
		b.len += n;
	fclose(f);
	return buf_take(&b, a);
}

static void
compare(struct totals *t, CXTranslationUnit tu, const char *path)
{
	struct arena a;
	struct names ours = { .arena = &a }, active = ours, clangs = ours;
	struct str text;
	size_t work, twice, missed, invented;
	double seconds, unused;

	arena_init(&a);
	text = read_text(path, &a);
	t->foreign += clang_names(&clangs, tu, path, text);
	split_names(&ours, text, ROUNDS, &work, &seconds);
	if (text.len >= SMALL) {
		struct names again = { .arena = &a };

		split_names(&again, arena_printf(&a, "%.*s\n%.*s", STR_ARG(text), STR_ARG(text)), 1,
		    &twice, &unused);
		map_release(&again.map);
		t->twice[t->nspeeds] = (struct speed){ (double)twice / (double)work, path };
		t->time[t->nspeeds++] = (struct speed){ seconds / (double)text.len, path };
	}
	blank_skipped(tu, path, (char *)text.data);
	split_names(&active, text, 1, &work, &unused);
	missed = lacking(&clangs, &ours, path, "missed", t->verbose);
	invented = lacking(&active, &clangs, path, "invented", t->verbose);
	t->files++;
	t->right += missed + invented == 0;
	t->bytes += text.len;
	t->names += map_count(&clangs.map);
	t->found += map_count(&clangs.map) - missed;
	t->invented += invented;
	map_release(&ours.map);
	map_release(&active.map);
	map_release(&clangs.map);
	arena_release(&a);
}

static void
read_file(struct totals *t, CXIndex index, const char *path, const char *const *args, int nargs)
{
	CXTranslationUnit tu = clang_parseTranslationUnit(index, path, args, nargs, NULL, 0,
	    CXTranslationUnit_SkipFunctionBodies | CXTranslationUnit_DetailedPreprocessingRecord);

	if (!tu || has_errors(tu))
		t->skipped++;
	else
		compare(t, tu, path);
	if (tu)
		clang_disposeTranslationUnit(tu);
}

static int
by_value(const void *a, const void *b)
{
	double x = ((const struct speed *)a)->value, y = ((const struct speed *)b)->value;

	return (x > y) - (x < y);
}

/* Sorted, and told; the value of the slowest. */
static double
slowest(struct speed *s, size_t n, const char *what)
{
	if (n == 0)
		return 0;
	qsort(s, n, sizeof *s, by_value);
	printf("%s: median %.3g, most %.3g in %s\n", what, s[n / 2].value, s[n - 1].value,
	    s[n - 1].file);
	return s[n - 1].value;
}

int
main(int argc, char **argv)
{
	struct totals t = {0};
	const char **args = calloc((size_t)argc + 1, sizeof *args);
	CXIndex index = clang_createIndex(1, 0);
	int k = 1, nargs = 0;
	double twice, seconds;

	t.twice = calloc((size_t)argc, sizeof *t.twice);
	t.time = calloc((size_t)argc, sizeof *t.time);
	if (!args || !t.twice || !t.time)
		return 8;
	args[nargs++] = "-std=gnu11";
	for (; k < argc && argv[k][0] == '-'; k++) {
		if (strcmp(argv[k], "-v") == 0)
			t.verbose = true;
		else
			args[nargs++] = argv[k];
	}
	for (; k < argc; k++)
		read_file(&t, index, argv[k], args, nargs);
	twice = slowest(t.twice, t.nspeeds, "steps for twice the text");
	seconds = slowest(t.time, t.nspeeds, "seconds a byte");
	if (t.nspeeds > 0)
		seconds /= t.time[t.nspeeds / 2].value;
	printf("%zu files compared (%zu bytes), %zu entirely right, %zu that clang cannot read, "
	    "%zu names left out that headers' macros make\n", t.files, t.bytes, t.right, t.skipped,
	    t.foreign);
	printf("%zu of %zu names found, %zu invented; twice the text %.2f, slowest/median %.2f\n",
	    t.found, t.names, t.invented, twice, seconds);
	clang_disposeIndex(index);
	return 0;
}
