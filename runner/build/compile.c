#define _GNU_SOURCE	/* CLOCK_REALTIME_COARSE, realpath */
#include "runner/build/compile.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runner/build/flags.h"
#include "runner/build/loop.h"
#include "runner/build/lines.h"
#include "runner/build/process.h"
#include "runner/build/toolchain.h"
#include "tangle/base/arena.h"
#include "tangle/base/buf.h"
#include "tangle/base/fd.h"
#include "tangle/base/map.h"
#include "tangle/base/mem.h"
#include "tangle/base/trace.h"

enum {
	MAX_OUTPUT = 4 << 20,
	MOST_EXCERPTS = 16,
	MAX_OBJECT = 256 << 20,
	MAX_DEPENDENCIES = 16 << 20
};

#define OBJECT	"object.so"	/* what comes out, a source's too */

struct words {
	struct arena *arena;
	struct str *list;
	size_t n, cap;
};

struct compile {
	struct loop *loop;
	struct compile_request request;
	struct str seed;
	struct arena *arena;
	compile_fn *done;
	void *arg;
	char *folder;			/* NULL: not made */
	struct process *process;
	bool has_failed;
	bool is_probing;		/* it failed, and is repeated for its inputs */
	struct lines lines;		/* of the unit's lines */
	struct buf output;
	struct map inputs;		/* path -> nothing */
	struct compile_result result;
	unsigned long soon;
};

static void
add(struct words *w, struct str s)
{
	w->list = mem_grow(w->list, &w->cap, w->n + 1, sizeof *w->list);
	w->list[w->n++] = s;
}

static void
add_all(struct words *w, const struct str *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		add(w, list[i]);
}

static void
add_each(struct words *w, const char *flag, const struct str *list, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		add(w, str_of(flag));
		add(w, list[i]);
	}
}

bool
compile_is_cxx(struct str path)
{
	static const char *const endings[] = { ".cpp", ".cc", ".cxx", ".c++", ".C" };

	for (size_t i = 0; i < sizeof endings / sizeof *endings; i++)
		if (str_ends(path, str_of(endings[i])))
			return true;
	return false;
}

static bool
is_cxx(const struct compile_request *r)
{
	return r->source.len > 0 ? compile_is_cxx(r->source) : r->options->is_cxx;
}

static struct str
standard_of(const struct compile_options *o, bool is_cxx)
{
	return o->standard.len > 0 && o->is_cxx == is_cxx ? o->standard : is_cxx ? STR("gnu++17") : STR("gnu17");
}

static void
add_compiling(struct words *w, const struct compile_options *o, bool is_cxx)
{
	add(w, arena_printf(w->arena, "-std=%.*s", STR_ARG(standard_of(o, is_cxx))));
	add(w, STR("-O0"));
	add(w, STR("-g"));
	add(w, STR("-Wall"));
	for (size_t i = 0; i < o->nflags; i++)
		if (o->is_cxx == is_cxx || flags_suit(o->flags[i], is_cxx))
			add(w, o->flags[i]);
	add(w, STR("-fPIC"));
	add_each(w, o->toolchain->is_tcc ? "-I" : "-iquote", o->quote_folders, o->nquote);
	add_each(w, "-I", o->include_folders, o->ninclude);
}

static void
add_linking(struct words *w, const struct compile_request *r)
{
	const struct compile_options *o = r->options;

	if (r->is_host) {
		add(w, STR("-pie"));
		add(w, STR("-rdynamic"));
		add(w, STR("-pthread"));
		add(w, STR("-ldl"));
		return;
	}
	add(w, STR("-shared"));
	/* tcc exports __start_skein_blocks, and a cell's own must win. */
	if (r->is_program || o->toolchain->is_tcc)
		add(w, STR("-Wl,-Bsymbolic"));
	if (o->toolchain->kind != TOOLCHAIN_OTHER) {
		add(w, STR("-Wl,-z,lazy"));
		add(w, STR("-Wl,--as-needed"));
	}
	/* Two mappings, not four and a half: of a small object loading is all the cost. */
	if (o->toolchain->linker_joins) {
		add(w, STR("-Wl,-z,noseparate-code"));
		add(w, STR("-Wl,-z,norelro"));
	}
	add_all(w, o->libs, o->nlibs);
	add(w, STR("-lm"));
}

/* How messages look, what is kept out of the object; no part of the key. */
static void
add_manners(struct words *w, const struct compile *c)
{
	const struct compile_options *o = c->request.options;

	switch (o->toolchain->kind) {
	case TOOLCHAIN_GCC:
		add(w, STR("-fdiagnostics-parseable-fixits"));
		if (o->toolchain->major >= 9)
			add(w, STR("-fno-diagnostics-show-labels"));
		add(w, STR("-fdiagnostics-color=never"));
		add(w, STR("-fmessage-length=0"));
		add(w, STR("-gno-record-gcc-switches"));
		if (o->toolchain->major >= 11)
			add(w, STR("-fdiagnostics-column-unit=byte"));
		add(w, arena_printf(w->arena, "-frandom-seed=%.*s", STR_ARG(c->seed)));
		break;
	case TOOLCHAIN_CLANG:
		add(w, STR("-fdiagnostics-parseable-fixits"));
		add(w, STR("-fdiagnostics-print-source-range-info"));
		add(w, STR("-fno-color-diagnostics"));
		break;
	case TOOLCHAIN_OTHER:
		return;
	}
	/*
	 * gcc takes the last that fits, and the first of ours is to win; the
	 * folder itself may stand below one of them.
	 */
	for (size_t i = o->bases.n; i-- > 0;)
		add(w, arena_printf(w->arena, "-ffile-prefix-map=%.*s/=",
		    STR_ARG(o->bases.list[i].path)));
	if (o->toolchain->kind == TOOLCHAIN_CLANG)
		add(w, STR("-ffile-compilation-dir=."));
	else
		add(w, arena_printf(w->arena, "-ffile-prefix-map=%s=.", c->folder));
}

/*
 * The list of headers.  A compiler that misses one writes no list; it is asked
 * again, only for the list, with what is missing passed over (-MG).
 */
static void
add_dependencies(struct words *w, const struct compile *c)
{
	if (c->request.options->toolchain->kind == TOOLCHAIN_OTHER)
		return;
	if (c->is_probing) {
		add(w, STR("-M"));
		add(w, STR("-MG"));
	} else {
		add(w, STR("-MD"));
	}
	add(w, STR("-MF"));
	add(w, STR("object.d"));
	add(w, STR("-MT"));
	add(w, STR("x"));
}

static void
add_link_files(struct words *w, const struct compile *c)
{
	if (c->request.options->toolchain->linker_lists)
		add(w, STR("-Wl,--dependency-file=link.d"));
	add(w, STR("-o"));
	add(w, STR(OBJECT));
}

/* pkg-config may name libraries by their paths; clang warns of a -x for nothing. */
static bool
names_files(const struct compile_options *o)
{
	for (size_t i = 0; i < o->nlibs; i++)
		if (!str_starts(o->libs[i], STR("-")))
			return true;
	return false;
}

static struct str
part_name(size_t i, struct arena *a)
{
	return arena_printf(a, "%zu.o", i);
}

/* A `main` of a source gets a symbol of its own, for each source another. */
static void
add_source(struct words *w, const struct compile *c)
{
	struct str source = c->request.source;

	add(w, arena_printf(w->arena, "-Dmain=skein_s_main_%.*s", STR_ARG(c->seed)));
	add(w, STR("-Wno-return-type"));	/* only main may end without return */
	add_dependencies(w, c);
	if (!c->is_probing) {
		add(w, STR("-c"));
		add(w, STR("-o"));
		add(w, STR(OBJECT));
	}
	if (str_ends(source, STR(".c")) || compile_is_cxx(source)) {	/* g++ would take both for C++ */
		add(w, STR("-x"));
		add(w, compile_is_cxx(source) ? STR("c++") : STR("c"));
	}
	add(w, source);
}

static void
add_unit(struct words *w, const struct compile *c)
{
	const struct compile_request *r = &c->request;

	add_dependencies(w, c);
	add(w, STR("-x"));
	add(w, r->options->is_cxx ? STR("c++") : STR("c"));
	add(w, STR("-"));
	if (!c->is_probing && names_files(r->options)) {
		add(w, STR("-x"));
		add(w, STR("none"));
	}
}

static void
add_parts(struct words *w, const struct compile *c)
{
	const struct compile_request *r = &c->request;

	add_all(w, r->options->flags, r->options->nflags);
	for (size_t i = 0; i < r->nparts; i++)
		add(w, part_name(i, w->arena));
}

static void
add_command(struct words *w, const struct compile *c)
{
	const struct compile_request *r = &c->request;

	add(w, str_of(r->options->toolchain->path));
	if (r->nparts == 0) {
		add_compiling(w, r->options, is_cxx(r));
		add_manners(w, c);
	}
	if (r->source.len > 0) {
		add_source(w, c);
		return;
	}
	if (r->nparts == 0)
		add_unit(w, c);
	else
		add_parts(w, c);
	if (!c->is_probing) {
		add_link_files(w, c);
		add_linking(w, r);
	}
}

const struct str *
compile_words(const struct compile_request *r, struct arena *a, size_t *n)
{
	struct words w = { .arena = a };
	const struct str *list;

	if (r->nparts == 0)
		add_compiling(&w, r->options, is_cxx(r));
	else
		add_all(&w, r->options->flags, r->options->nflags);
	if (r->source.len == 0)
		add_linking(&w, r);
	list = arena_copy(a, w.list, w.n, sizeof *w.list);
	*n = w.n;
	mem_free(w.list);
	return list;
}

static const char **
argv_of(const struct words *w)
{
	const char **argv = arena_alloc(w->arena, w->n + 1, sizeof *argv);

	for (size_t i = 0; i < w->n; i++)
		argv[i] = arena_cstr(w->arena, w->list[i]);
	return argv;
}

static void
finish(struct compile *c, enum compile_end end, struct str what)
{
	struct compile_result *r = &c->result;
	struct str *inputs = arena_alloc(c->arena, map_count(&c->inputs), sizeof *inputs);
	const struct map_entry *e;

	r->end = end;
	r->what = what;
	r->messages = messages_parse(buf_str(&c->output), &c->lines,
	    &c->request.options->bases, c->arena);
	for (e = map_first(&c->inputs); e; e = map_next(e))
		inputs[r->ninputs++] = map_key(e);
	r->inputs = inputs;
	r->nanoseconds = loop_now() - r->start;
	c->done(c->arg, r);		/* may free c */
}

/* A file of the temporary folder; false if it is not there, or too large. */
static bool
read_made(struct compile *c, const char *name, size_t max, struct str *text)
{
	int fd = open(arena_printf(c->arena, "%s/%s", c->folder, name).data,
	    O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	struct stat st;
	char *bytes;
	size_t done = 0;
	ssize_t n = 1;

	if (fd == -1)
		return false;
	if (fstat(fd, &st) == -1 || !S_ISREG(st.st_mode) || (size_t)st.st_size > max) {
		close(fd);
		return false;
	}
	bytes = arena_alloc(c->arena, (size_t)st.st_size, 1);
	while (done < (size_t)st.st_size && (n > 0 || errno == EINTR)) {
		n = read(fd, bytes + done, (size_t)st.st_size - done);
		if (n == 0)
			break;
		done += n > 0 ? (size_t)n : 0;
	}
	close(fd);
	*text = (struct str){ bytes, done };
	return done == (size_t)st.st_size;
}

/* Whoever reads it notices if that did not work. */
static void
write_made(const struct compile *c, struct str name, struct str text)
{
	int fd = open(arena_printf(c->arena, "%s/%.*s", c->folder, STR_ARG(name)).data,
	    O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);

	if (fd == -1)
		return;
	if (!fd_write(fd, text))
		trace("compile", "cannot write %.*s", STR_ARG(name));
	close(fd);
}

static bool
is_continued(struct str s)
{
	return str_starts(s, STR("\\\n")) || str_starts(s, STR("\\\r\n"));
}

/*
 * The next file name of a make rule, its escapes undone: backslash before a
 * blank or '#', and "$$".  Empty at the rule's end.
 */
static struct str
next_dependency(struct str *rest, struct arena *a)
{
	struct buf name = {0};
	size_t i = 0;

	while (i < rest->len && (rest->data[i] == ' ' ||
	    is_continued(str_slice(*rest, i, rest->len))))
		i += rest->data[i] == ' ' ? 1 : 2;
	for (; i < rest->len; i++) {
		struct str here = str_slice(*rest, i, rest->len);

		if (here.data[0] == ' ' || here.data[0] == '\n' || is_continued(here))
			break;
		if (str_starts(here, STR("\\ ")) || str_starts(here, STR("\\#")) ||
		    str_starts(here, STR("$$")))
			i++;
		buf_byte(&name, rest->data[i]);
	}
	*rest = str_slice(*rest, i, rest->len);
	return buf_take(&name, a);
}

/*
 * The files that a rule names.  A relative one stands in the temporary
 * folder, so it is the compiler's own.
 */
static bool
read_dependencies(struct compile *c, const char *name)
{
	struct str rest, path;

	if (!read_made(c, name, MAX_DEPENDENCIES, &rest))
		return false;
	str_cut(rest, ':', &rest);
	while ((path = next_dependency(&rest, c->arena)).len > 0)
		if (path.data[0] == '/')
			map_put(&c->inputs, path, c);
	return true;
}

static bool
read_headers(struct compile *c)
{
	return c->request.nparts > 0 || read_dependencies(c, "object.d");
}

/* A linker that fails writes no list: what it missed is in its messages. */
static bool
read_libraries(struct compile *c)
{
	return c->request.source.len > 0 || !c->request.options->toolchain->linker_lists ||
	    read_dependencies(c, "link.d");
}

static bool
says(const struct compile *c, const char *words)
{
	struct str text = buf_str((const struct buf *)&c->output);

	return str_find(text, str_of(words)) < text.len;
}

/* Did a limit end the compiler? It says so in its own way, or not at all. */
static struct str
limit_hit(const struct compile *c)
{
	if (says(c, "out of memory") || says(c, "memory exhausted") || says(c, "bad_alloc"))
		return STR("the compiler wanted more than 2 GiB of memory");
	if (says(c, "File size limit exceeded") || says(c, "File too large") ||
	    says(c, "file too large"))
		return STR("the compiler wrote more than 512 MiB");
	if (says(c, "Killed signal terminated program"))
		return STR("the compiler was killed");
	return STR("");
}

static void start(struct compile *c);

static void
succeed(struct compile *c)
{
	if (!read_made(c, OBJECT, MAX_OBJECT, &c->result.object))
		finish(c, COMPILE_BROKEN, STR("the compiler left no object, or one over 256 MiB"));
	else
		finish(c, COMPILE_DONE, STR(""));
}

static void
fail(struct compile *c, const struct process_result *r)
{
	struct str limit = limit_hit(c);

	if (r->end == PROCESS_NOT_STARTED)
		finish(c, COMPILE_BROKEN, arena_printf(c->arena, "cannot start '%s': %s",
		    c->request.options->toolchain->path, strerror(r->number)));
	else if (r->end == PROCESS_TIMED_OUT)
		finish(c, COMPILE_LIMIT, arena_printf(c->arena,
		    "the compiler took longer than %d s", COMPILE_SECONDS));
	else if (limit.len > 0)
		finish(c, COMPILE_LIMIT, limit);
	else if (r->end == PROCESS_SIGNALED)
		finish(c, COMPILE_LIMIT, arena_printf(c->arena,
		    "the compiler was ended by signal %d", r->number));
	else
		finish(c, COMPILE_FAILED, STR(""));
}

static void
conclude(struct compile *c, const struct process_result *r)
{
	if (c->has_failed)
		fail(c, r);
	else
		succeed(c);
}

static void
on_probed(void *arg, const struct process_result *r)
{
	struct compile *c = arg;

	c->result.inputs_known &= read_headers(c);
	conclude(c, r);
}

static void
on_ended(void *arg, const struct process_result *r)
{
	struct compile *c = arg;

	buf_add(&c->output, r->err);
	c->has_failed = r->end != PROCESS_EXITED || r->number != 0;
	if (r->end != PROCESS_EXITED || (c->has_failed && limit_hit(c).len > 0)) {
		fail(c, r);
		return;
	}
	if (c->request.options->toolchain->kind == TOOLCHAIN_OTHER) {
		c->result.inputs_known = false;
	} else if (!read_headers(c)) {
		c->is_probing = true;
		start(c);
		return;
	} else if (!c->has_failed) {
		c->result.inputs_known &= read_libraries(c);
	}
	conclude(c, r);
}

static void
start(struct compile *c)
{
	struct words w = { .arena = c->arena };
	struct process_options o = {
		.environment = c->request.options->toolchain->environment,
		.folder = c->folder, .input = c->request.unit,
		.keep = MAX_OUTPUT, .timeout = (int64_t)COMPILE_SECONDS * 1000000000,
		.memory = COMPILE_MEMORY, .file_size = COMPILE_FILE
	};

	add_command(&w, c);
	o.argv = argv_of(&w);
	o.program = o.argv[0];
	mem_free(w.list);
	process_free(c->process);
	c->process = process_start(c->loop, &o, c->is_probing ? on_probed : on_ended, c);
}

static void
on_no_folder(void *arg)
{
	struct compile *c = arg;

	c->soon = 0;
	finish(c, COMPILE_BROKEN, c->result.what);
}

/* Its path is resolved, as the compiler's idea of it enters the prefix map. */
static char *
make_folder(const char *temp, struct arena *a)
{
	const char *parent = temp ? temp : getenv("TMPDIR");
	char *real = realpath(parent && *parent ? parent : "/tmp", NULL);
	char *folder;

	if (!real)
		return NULL;
	folder = arena_cstr(a, arena_printf(a, "%s/skein-XXXXXX", real));
	free(real);
	return mkdtemp(folder);
}

/*
 * gcc underlines only what it can read: files named like the markers, for as
 * long as it runs.
 */
static void
write_excerpts(const struct compile *c)
{
	struct map written = {0};

	for (size_t i = 0; i < c->lines.n && map_count(&written) < MOST_EXCERPTS; i++) {
		struct str marker = c->lines.list[i].marker;
		struct buf text = {0};

		if (map_get(&written, marker))
			continue;
		map_put(&written, marker, &written);
		if (lines_file(&c->lines, marker, &text))
			write_made(c, marker, buf_str(&text));
		buf_release(&text);
	}
	map_release(&written);
}

/* A linker that misses one says so. */
static void
write_parts(const struct compile *c)
{
	for (size_t i = 0; i < c->request.nparts; i++)
		write_made(c, part_name(i, c->arena), c->request.parts[i]);
}

struct compile *
compile_start(struct loop *l, const struct compile_request *r, struct str seed,
    struct arena *a, compile_fn *done, void *arg)
{
	struct compile *c = mem_zalloc(1, sizeof *c);

	*c = (struct compile){
		.loop = l, .request = *r, .seed = seed, .arena = a, .done = done,
		.arg = arg, .result.inputs_known = true, .result.start = loop_now()
	};
	clock_gettime(CLOCK_REALTIME_COARSE, &c->result.began);
	c->folder = make_folder(r->options->temp, a);
	if (!c->folder && r->options->temp)
		c->folder = make_folder(NULL, a);
	if (r->unit.len > 0)
		c->lines = lines_of(r->unit, a);
	if (c->folder) {
		if (r->options->toolchain->kind == TOOLCHAIN_GCC)
			write_excerpts(c);
		write_parts(c);
		start(c);
	} else {
		c->result.what = arena_printf(a, "cannot make a temporary folder: %s",
		    strerror(errno));
		c->soon = loop_at(l, 0, on_no_folder, c);
	}
	return c;
}

/* The compiler makes files there and no folders. */
static void
remove_folder(const char *folder)
{
	DIR *dir = opendir(folder);
	const struct dirent *e;

	while (dir && (e = readdir(dir)))
		if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
			unlinkat(dirfd(dir), e->d_name, 0);
	if (dir)
		closedir(dir);
	if (rmdir(folder) == -1)
		trace("compile", "cannot remove '%s': %s", folder, strerror(errno));
}

void
compile_free(struct compile *c)
{
	if (!c)
		return;
	process_free(c->process);
	loop_cancel(c->loop, c->soon);
	if (c->folder)
		remove_folder(c->folder);
	map_release(&c->inputs);
	buf_release(&c->output);
	mem_free(c);
}
