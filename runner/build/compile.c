#define _GNU_SOURCE	/* CLOCK_REALTIME_COARSE */
#include "runner/build/compile.h"

#include <assert.h>
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "runner/build/expansion.h"
#include "runner/build/invocation.h"
#include "runner/build/launcher.h"
#include "runner/build/libraries.h"
#include "runner/build/loop.h"
#include "runner/build/lines.h"
#include "runner/build/makerule.h"
#include "runner/build/pipeline.h"
#include "runner/build/process.h"
#include "runner/build/toolchain.h"
#include "runner/build/workshop.h"
#include "tangle/base/arena.h"
#include "tangle/base/buf.h"
#include "tangle/base/map.h"
#include "tangle/base/mem.h"
#include "tangle/base/trace.h"

enum {
	MAX_OUTPUT = 4 << 20,
	MOST_EXCERPTS = 16,
	MAX_OBJECT = 256 << 20,
	MAX_DEPENDENCIES = 16 << 20
};

struct compile {
	struct loop *loop;
	struct compile_request request;
	struct str seed;
	struct arena *arena;
	compile_fn *done;
	void *arg;
	struct workshop shop;
	struct process *process;
	struct expansion expansion;
	const struct token *tokens;
	size_t ntokens;
	struct pipeline *pipeline;	/* NULL: the driver does it */
	struct libraries libraries;	/* (of a pipeline) what its link reads */
	bool is_short;			/* it reads fewer, to the same end */
	bool has_failed;
	bool is_moved;			/* its folder had been removed under it, or was full */
	bool is_spoilt;		/* a file there could not be written or read whole */
	enum invocation_kind kind;	/* what the process does */
	struct lines lines;		/* of the unit's lines */
	struct buf output;
	struct map inputs;		/* path -> nothing */
	struct compile_result result;
	unsigned long soon;
};

static bool start_over(struct compile *c);

static bool
has_errors(const struct messages *m)
{
	for (size_t i = 0; i < m->n; i++)
		if (m->list[i].level == MESSAGE_ERROR)
			return true;
	return false;
}

/* A program that fails and names no error says nothing about the unit: it is not well itself. */
static void
blame_compiler(struct compile *c)
{
	struct str said = str_trim(buf_str(&c->output));

	c->result.end = COMPILE_BROKEN;
	c->result.what = arena_printf(c->arena, "'%s' failed and did not say why%s%.*s",
	    c->request.options->toolchain->path, said.len > 0 ? ": " : "",
	    STR_ARG(str_cut(said, '\n', &(struct str){0})));
}

static void
finish(struct compile *c, enum compile_end end, struct str what)
{
	struct compile_result *r = &c->result;
	struct str *inputs = arena_alloc(c->arena, map_count(&c->inputs), sizeof *inputs);
	const struct map_entry *e;

	if (end != COMPILE_DONE && start_over(c))
		return;
	r->end = end;
	r->what = what;
	r->messages = messages_parse(buf_str(&c->output), &c->lines,
	    &c->request.options->bases, c->arena);
	if (end == COMPILE_FAILED && !has_errors(&r->messages))
		blame_compiler(c);
	for (e = map_first(&c->inputs); e; e = map_next(e))
		inputs[r->ninputs++] = map_key(e);
	r->inputs = inputs;
	r->folder = str_of(c->shop.path ? c->shop.path : "");
	r->log = buf_str(&c->output);
	r->nanoseconds = loop_now() - r->start;
	c->done(c->arg, r);		/* may free c */
}

/*
 * The files that a rule names.  A relative one stands in the temporary
 * folder, so it is the compiler's own.
 */
static bool
read_dependencies(struct compile *c, const char *name)
{
	struct str rule, sources, path;

	if (!workshop_read(&c->shop, name, MAX_DEPENDENCIES, c->arena, &rule))
		return false;
	sources = makerule_sources(rule);
	while ((path = makerule_next(&sources, c->arena)).len > 0)
		if (path.data[0] == '/')
			map_put(&c->inputs, path, c);
	return true;
}

static bool
read_headers(struct compile *c)
{
	return c->request.nparts > 0 || read_dependencies(c, "object.d");
}

/* Nor does an assembler; and one that was not asked to has none (invocation.h). */
static void
read_assembled(struct compile *c)
{
	c->result.assembler_lists = invocation_asks_assembler(&c->request) &&
	    read_dependencies(c, "as.d");
}

/* What a link by the pipeline has read, for the next ones. */
static void
keep_libraries(struct compile *c, size_t nheaders)
{
	struct str *paths = arena_alloc(c->arena, map_count(&c->inputs), sizeof *paths);
	const struct map_entry *e;
	size_t n = 0;

	for (e = map_first(&c->inputs); e; e = map_next(e))
		if (nheaders > 0)
			nheaders--;
		else
			paths[n++] = map_key(e);
	libraries_learn(c->request.options->memo, &c->expansion, &(struct libraries){ paths, n }, c->arena);
}

/* A linker that fails writes no list: what it missed is in its messages. */
static bool
read_libraries(struct compile *c)
{
	size_t nheaders = map_count(&c->inputs);

	if (c->request.source.len > 0 || !c->request.options->toolchain->linker_lists)
		return true;
	for (size_t i = 0; c->is_short && i < c->libraries.n; i++)
		map_put(&c->inputs, c->libraries.paths[i], c);
	if (c->is_short)
		return true;
	if (!read_dependencies(c, "link.d"))
		return false;
	if (c->pipeline && c->libraries.n == 0)
		keep_libraries(c, nheaders);
	return true;
}

static bool
says(const struct compile *c, const char *words)
{
	struct str text = buf_str((const struct buf *)&c->output);

	return str_find(text, str_of(words)) < text.len;
}

static bool
has_no_room(const struct compile *c)
{
	return c->is_spoilt || says(c, "No space left on device") ||
	    says(c, "Disk quota exceeded");
}

static struct str
too_long(const struct compile *c)
{
	return arena_printf(c->arena, "the compiler took more than %d s of processor time",
	    COMPILE_CPU_SECONDS);
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
	if (says(c, "CPU time limit exceeded"))
		return too_long(c);
	if (says(c, "Killed signal terminated program"))
		return STR("the compiler was killed");
	if (has_no_room(c))
		return STR("the compiler's files could not be written: no room is left");
	return STR("");
}

static void start(struct compile *c);

static void
succeed(struct compile *c)
{
	c->is_spoilt |= !workshop_read(&c->shop, INVOCATION_OBJECT, MAX_OBJECT,
	    c->arena, &c->result.object);
	if (c->is_spoilt)
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
	else if (r->end == PROCESS_SIGNALED && r->number == SIGXCPU)
		finish(c, COMPILE_LIMIT, too_long(c));
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
		c->kind = INVOKE_LIST;
		start(c);
		return;
	} else if (!c->has_failed) {
		c->result.inputs_known &= read_libraries(c);
		read_assembled(c);
	}
	conclude(c, r);
}

static struct invocation
invocation_of(const struct compile *c)
{
	return (struct invocation){ .request = &c->request, .seed = c->seed,
	    .folder = str_of(c->shop.path), .kind = c->kind };
}

static struct process_options
process_options_of(const struct compile *c)
{
	return (struct process_options){
		.environment = c->request.options->toolchain->environment,
		.folder = c->shop.path, .input = c->request.unit,
		.keep = MAX_OUTPUT, .timeout = (int64_t)COMPILE_SECONDS * 1000000000,
		.cpu = COMPILE_CPU_SECONDS,
		.memory = COMPILE_MEMORY, .file_size = COMPILE_FILE
	};
}

/* The driver's command. */
static const char *const *
argv_of(const struct compile *c)
{
	struct invocation v = invocation_of(c);
	size_t n;
	const struct str *words = invocation_words(&v, c->arena, &n);
	const char **argv = arena_alloc(c->arena, n + 2, sizeof *argv);

	argv[0] = c->request.options->toolchain->path;
	for (size_t i = 0; i < n; i++)
		argv[i + 1] = arena_cstr(c->arena, words[i]);
	return argv;
}

static void
add_step(struct compile *c, const char *const *argv)
{
	struct compile_result *r = &c->result;

	assert(r->nsteps < COMPILE_STEPS && "once for the result, once for its inputs");
	r->steps[r->nsteps++] = (struct compile_step){
		c->kind == INVOKE_LIST ? "list" : c->request.nparts > 0 ? "link" : "compile", argv };
}

static void
start(struct compile *c)
{
	struct process_options o = process_options_of(c);

	o.argv = argv_of(c);
	if (c->kind == INVOKE_LIST)
		add_step(c, o.argv);
	o.program = o.argv[0];
	process_free(c->process);
	c->process = process_start(c->loop, &o, c->kind == INVOKE_LIST ? on_probed : on_ended, c);
}

static void
on_piped(void *arg, const struct process_result *r)
{
	struct compile *c = arg;

	if (r) {
		on_ended(c, r);
		return;
	}
	pipeline_free(c->pipeline);
	c->pipeline = NULL;
	c->is_short = false;
	start(c);
}

/* Before the link: the one that reads no more than it must, if that is known. */
static const char *const *
shorten(void *arg)
{
	struct compile *c = arg;
	const char *const *argv = NULL;
	struct str part;

	if (c->request.options->toolchain->linker_lists &&
	    libraries_recall(c->request.options->memo, &c->expansion, c->arena, &c->libraries) &&
	    workshop_read(&c->shop, EXPANSION_PART, MAX_OBJECT, c->arena, &part))
		argv = libraries_argv(&c->libraries, &c->expansion, c->tokens, c->ntokens, part, c->arena);
	c->is_short = argv != NULL;
	return argv;
}

/* The compiler's steps where they are known, or else its driver. */
static void
begin_plainly(struct compile *c)
{
	struct invocation v = invocation_of(c);
	struct pipeline_options o = { .expansion = &c->expansion, .process = process_options_of(c),
	    .link = shorten };

	if (!invocation_expand(&v, c->arena, &c->expansion, &c->tokens, &c->ntokens)) {
		start(c);
		return;
	}
	o.tokens = c->tokens;
	o.ntokens = c->ntokens;
	c->pipeline = pipeline_start(c->loop, &o, c->arena, on_piped, c);
}

/* ---- with a launcher -------------------------------------------------------------------- */

/* It did not do what was asked, or spoke of itself: as if there were none. */
static void
do_without(struct compile *c)
{
	trace("compile", "%.*s is done without", STR_ARG(c->request.options->launcher->words[0]));
	buf_clear(&c->output);
	c->kind = INVOKE_ALL;
	begin_plainly(c);
}

static void
on_launched_link(void *arg, const struct process_result *r)
{
	struct compile *c = arg;

	if (r->end == PROCESS_EXITED && r->number == 0 && r->err_total == 0)
		on_ended(c, r);
	else
		do_without(c);
}

static void
run_driver(struct compile *c, enum invocation_kind kind, process_fn *done)
{
	const struct launcher *l = c->request.options->launcher;
	struct process_options o = process_options_of(c);
	const char *const *words, **argv;
	size_t n = 0;

	c->kind = kind;
	words = argv_of(c);
	while (words[n])
		n++;
	argv = arena_alloc(c->arena, l->n + n + 1, sizeof *argv);
	n = 0;
	for (size_t i = 0; kind != INVOKE_LINK && i < l->n; i++)
		argv[n++] = arena_cstr(c->arena, l->words[i]);
	for (size_t i = 0; words[i]; i++)
		argv[n++] = words[i];
	if (kind != INVOKE_LINK)
		o.environment = l->environment;
	o.input = STR("");
	o.argv = argv;
	o.program = argv[0];
	process_free(c->process);
	c->process = process_start(c->loop, &o, done, c);
}

static void
on_launched(void *arg, const struct process_result *r)
{
	struct compile *c = arg;

	if (r->end != PROCESS_EXITED || r->number != 0 ||
	    launcher_speaks(c->request.options->launcher, r->err)) {
		do_without(c);
	} else if (c->request.source.len > 0) {
		on_ended(c, r);
	} else {
		buf_add(&c->output, r->err);
		run_driver(c, INVOKE_LINK, on_launched_link);
	}
}

/*
 * clang's objects would have another name for a unit in a file; and a cache would not
 * bring back what the assembler has read.
 */
static bool
is_launched(const struct compile *c)
{
	const struct compile_options *o = c->request.options;

	return o->launcher && o->launcher->n > 0 && c->request.nparts == 0 &&
	    !invocation_asks_assembler(&c->request) && (o->toolchain->kind == TOOLCHAIN_GCC ||
	    (o->toolchain->kind == TOOLCHAIN_CLANG && c->request.source.len > 0));
}

static void
set_off(struct compile *c)
{
	add_step(c, argv_of(c));	/* what people can repeat, to the same end */
	if (!is_launched(c)) {
		begin_plainly(c);
		return;
	}
	if (c->request.source.len == 0)
		c->is_spoilt |= !workshop_write(&c->shop, STR(INVOCATION_UNIT), c->request.unit, c->arena);
	run_driver(c, c->request.source.len > 0 ? INVOKE_ALL : INVOKE_COMPILE, on_launched);
}

static void
on_no_folder(void *arg)
{
	struct compile *c = arg;

	c->soon = 0;
	finish(c, COMPILE_BROKEN, c->result.what);
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
			(void)workshop_write(&c->shop, marker, buf_str(&text), c->arena);
		buf_release(&text);
	}
	map_release(&written);
}

static void
write_parts(struct compile *c)
{
	for (size_t i = 0; i < c->request.nparts; i++)
		c->is_spoilt |= !workshop_write(&c->shop, invocation_part(i, c->arena),
		    c->request.parts[i], c->arena);
}

/* What is to be known before the compiler starts, and then it does. */
static void
begin(struct compile *c)
{
	c->result = (struct compile_result){ .inputs_known = true, .start = loop_now() };
	clock_gettime(CLOCK_REALTIME_COARSE, &c->result.began);
	if (c->request.options->toolchain->kind == TOOLCHAIN_GCC)
		write_excerpts(c);
	write_parts(c);
	set_off(c);
}

/* The cache may be removed under a compiler, or be full, which is no failure of the cell's. */
static bool
start_over(struct compile *c)
{
	bool is_useless = c->request.options->temp && has_no_room(c);

	if (c->is_moved || !c->shop.path || (!is_useless && access(c->shop.path, F_OK) == 0))
		return false;
	trace("compile", "the folder '%s' is %s: once more in another", c->shop.path,
	    is_useless ? "of no use" : "gone");
	c->is_moved = true;
	workshop_close(&c->shop);
	if (!workshop_open(&c->shop, NULL, c->arena))
		return false;
	buf_clear(&c->output);
	map_release(&c->inputs);
	pipeline_free(c->pipeline);
	c->pipeline = NULL;
	c->libraries = (struct libraries){0};
	c->is_short = c->has_failed = c->is_spoilt = false;
	c->kind = INVOKE_ALL;
	begin(c);
	return true;
}

struct compile *
compile_start(struct loop *l, const struct compile_request *r, struct str seed,
    struct arena *a, compile_fn *done, void *arg)
{
	struct compile *c = mem_zalloc(1, sizeof *c);
	bool has_shop;

	*c = (struct compile){
		.loop = l, .request = *r, .seed = seed, .arena = a, .done = done,
		.arg = arg
	};
	has_shop = workshop_open(&c->shop, r->options->temp, a) ||
	    (r->options->temp && workshop_open(&c->shop, NULL, a));
	if (r->unit.len > 0)
		c->lines = lines_of(r->unit, a);
	if (has_shop) {
		begin(c);
	} else {
		c->result.what = arena_printf(a, "cannot make a temporary folder: %s",
		    strerror(errno));
		c->soon = loop_at(l, 0, on_no_folder, c);
	}
	return c;
}

void
compile_free(struct compile *c)
{
	if (!c)
		return;
	process_free(c->process);
	pipeline_free(c->pipeline);
	loop_cancel(c->loop, c->soon);
	workshop_close(&c->shop);
	map_release(&c->inputs);
	buf_release(&c->output);
	mem_free(c);
}
