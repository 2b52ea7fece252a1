/* isatty */
#define _POSIX_C_SOURCE 200809L
#include "runner/cli/reports.h"

#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runner/cli/command.h"
#include "runner/cli/counts.h"
#include "runner/cli/events.h"
#include "runner/cli/github.h"
#include "runner/cli/junit.h"
#include "runner/cli/load.h"
#include "runner/cli/minutes.h"
#include "runner/cli/stepsummary.h"
#include "tangle/base/arena.h"
#include "tangle/base/buf.h"
#include "tangle/base/defuse.h"
#include "tangle/base/fd.h"
#include "tangle/base/file.h"
#include "tangle/base/json.h"
#include "tangle/base/map.h"
#include "tangle/base/mem.h"
#include "tangle/base/root.h"

enum {
	DEEPEST = 16,			/* brackets in an event */
	LOOKED_AT = 64 << 20		/* bytes of what stands where a report is to be */
};

struct reports {
	struct invocation *invocation;
	struct str junit_path;		/* empty: no such report */
	bool wants_github;
	void (*send)(void *whom, struct str line);
	void *whom;
	struct json *message;		/* whose notes may be still to come */
	bool is_begun;
	struct map names;		/* of all documents */
	struct arena arena;
	struct buf running;		/* the document */
	struct minutes document;	/* the same */
	struct minutes rest;		/* messages of none */
	struct json **targets;
	size_t ntargets, targets_room;
	struct counts all;
	struct junit junit;
	struct github github;
	struct stepsummary page;
};

/* ---- what is wanted ------------------------------------------------------------------ */

static bool
is_standard_output(struct str path)
{
	return str_eq(path, STR("-")) || str_eq(path, STR("/dev/stdout"));
}

static bool
refuse(const struct reports *r, const char *words)
{
	diag_error(r->invocation->diag, STATUS_USAGE, PLACE_NONE, "usage", "%s", words);
	return false;
}

/* What stands there must be a report, too: a slip of the pen must not cost a text. */
static bool
may_stand_at(const struct reports *r, struct str path)
{
	struct diag *d = r->invocation->diag;
	struct source file = { .name = path };
	struct arena a;
	struct str text = {0};
	bool is_ours;

	arena_init(&a);
	is_ours = !file_peek(path, LOOKED_AT, &a, &text) || text.len == 0 ||
	    str_starts(text, STR("<?xml")) || str_starts(text, STR("<testsuite"));
	arena_release(&a);
	if (!is_ours)
		diag_error(d, STATUS_REFUSED, place_file(&file), "not-a-report",
		    "this file holds something else than a report and is left as it is: name another one for --report");
	return is_ours;
}

/* Better to know before the run; folders that are missing are made. */
static bool
prepare_folder(const struct reports *r, struct str path)
{
	struct str folder = path_folder(path);
	struct buf made = {0};
	bool ok;

	for (size_t n = 1; n <= folder.len; n++) {
		if (n < folder.len && folder.data[n] != '/')
			continue;
		buf_clear(&made);
		buf_add(&made, str_slice(folder, 0, n));
		(void)mkdir(buf_cstr(&made), 0777);	/* what is wrong with it, access says */
	}
	ok = access(folder.len > 0 ? buf_cstr(&made) : ".", W_OK) == 0;
	if (!ok)
		diag_errno(r->invocation->diag, "write", path);
	buf_release(&made);
	return ok;
}

static bool
take_junit(struct reports *r, struct str path)
{
	if (path.len == 0)
		return refuse(r, "--report junit needs a file: junit=FILE, or junit=- to print it");
	if (r->junit_path.len > 0 && !str_eq(r->junit_path, path))
		return refuse(r, "--report junit=FILE can be given once");
	if (is_standard_output(path) && r->invocation->set[FLAG_JSON])
		return refuse(r, "--json and --report junit=- would both print: name a file for the report");
	r->junit_path = path;
	return is_standard_output(path) || (may_stand_at(r, path) && prepare_folder(r, path));
}

static bool
take_wish(struct reports *r, struct str wish)
{
	struct str value, name = str_cut(wish, '=', &value);
	const char *near = str_distance(name, STR("junit"), 2) <= 2 ? "; did you mean junit=FILE?" :
	    str_distance(name, STR("github"), 2) <= 2 ? "; did you mean github?" : "";

	if (str_eq(name, STR("junit")))
		return take_junit(r, value);
	if (str_eq(wish, STR("github"))) {
		r->wants_github = true;
		return true;
	}
	diag_error(r->invocation->diag, STATUS_USAGE, PLACE_NONE, "usage",
	    "--report takes junit=FILE or github, not '%.*s'%s", STR_ARG(wish), near);
	return false;
}

bool
reports_are_wanted(const struct reports *r)
{
	return r && (r->invocation->set[FLAG_JSON] || r->junit_path.len > 0 || r->wants_github);
}

bool
reports_have_output(const struct reports *r)
{
	return r && (r->invocation->set[FLAG_JSON] || is_standard_output(r->junit_path));
}

/* ---- events in ----------------------------------------------------------------------- */

static void
print(const struct json *event)
{
	struct buf line = {0}, safe = {0};

	json_write(event, &line);
	defuse_json(&safe, buf_str(&line));
	buf_byte(&safe, '\n');
	command_print(buf_str(&safe));
	buf_release(&line);
	buf_release(&safe);
}

static void
say(const struct reports *r, struct str words)
{
	struct buf safe = {0};

	if (r->invocation->set[FLAG_QUIET])
		return;
	defuse(&safe, words);
	fwrite(safe.data ? safe.data : "", 1, safe.len, stderr);
	buf_release(&safe);
}

/* What was to be accepted has told of its own differences. */
static bool
is_all_well(const struct reports *r, const struct counts *c)
{
	return counts_are_good(c) && (c->differ == 0 || r->invocation->command != &cmd_check);
}

/* A line for a document that is not as it should be; with -v, one for each about compilers. */
static void
say_document(struct reports *r, const struct json *end, const struct counts *c)
{
	struct buf words = {0};

	if (!is_all_well(r, c)) {
		buf_visible(&words, json_get_string(end, "document"));
		buf_add(&words, STR(": "));
		counts_words(c, &words);
		buf_byte(&words, '\n');
	}
	if (r->invocation->set[FLAG_VERBOSE]) {
		buf_printf(&words, "skein: %zu of %zu cells ran, %zu compiled",
		    c->of[COUNT_RAN] - c->recorded, c->cells, c->compiled);
		if (c->recorded > 0)
			buf_printf(&words, ", %zu recorded", c->recorded);
		buf_byte(&words, '\n');
	}
	say(r, buf_str(&words));
	buf_release(&words);
}

/* Messages that came before the document did, and are about it. */
static void
move_early(struct reports *r)
{
	struct minutes *from = &r->rest;
	size_t kept = 0;

	for (size_t i = 0; i < from->nsaid; i++) {
		struct json *one = from->said[i].event;

		if (str_eq(json_get_string(one, "file"), minutes_path(&r->document)))
			minutes_message(&r->document, one);
		else
			from->said[kept++] = from->said[i];
	}
	from->nsaid = kept;
}

static void
end_document(struct reports *r, struct json *end)
{
	struct counts c = counts_read(json_get(end, "counts"));

	r->document.end = end;
	minutes_settle(&r->document);
	if (r->junit_path.len > 0)
		junit_document(&r->junit, &r->document);
	if (r->wants_github) {
		github_document(&r->github, &r->document);
		stepsummary_document(&r->page, &r->document);
	}
	counts_add(&r->all, &c);
	say_document(r, end, &c);
	minutes_release(&r->document);
}

static void
keep_target(struct reports *r, struct json *event)
{
	r->targets = mem_grow(r->targets, &r->targets_room, r->ntargets + 1, sizeof(struct json *));
	r->targets[r->ntargets++] = event;
}

static bool
is_of_running(const struct reports *r, const struct json *message)
{
	struct str of = json_get_string(message, "document");

	return r->document.begin && (of.len == 0 || str_eq(of, minutes_path(&r->document)));
}

/* An event has come to those who make reports of it. */
static void
take(struct reports *r, struct json *event)
{
	struct str name = json_get_string(event, "event");
	bool is_kept = r->junit_path.len > 0 || r->wants_github;

	if (r->invocation->set[FLAG_JSON] && r->is_begun)
		print(event);
	if (str_eq(name, STR("document-begin")) && !r->document.begin) {
		r->document.begin = event;
		move_early(r);
	} else if (str_eq(name, STR("document-end"))) {
		end_document(r, event);
	} else if (str_eq(name, STR("message")) && (is_kept || !r->is_begun)) {
		minutes_message(is_of_running(r, event) ? &r->document : &r->rest, event);
	} else if (str_eq(name, STR("cell")) && is_kept) {
		minutes_cell(&r->document, event);
	} else if (str_eq(name, STR("target")) && is_kept) {
		keep_target(r, event);
	} else {
		json_end(event);
	}
}

static void
pass_on(struct reports *r, struct json *event)
{
	struct buf line = {0};

	if (!r->send) {
		take(r, event);
		return;
	}
	json_write(event, &line);
	r->send(r->whom, buf_str(&line));
	buf_release(&line);
	json_end(event);
}

static void
flush_message(struct reports *r)
{
	struct json *message = r->message;

	r->message = NULL;
	if (message)
		pass_on(r, message);
}

void
reports_event(struct reports *r, struct json *event)
{
	struct str name = json_get_string(event, "event");

	if (!r) {
		json_end(event);
		return;
	}
	flush_message(r);
	if (str_eq(name, STR("document-begin")) || str_eq(name, STR("document-end")))
		buf_clear(&r->running);
	if (str_eq(name, STR("document-begin")))
		buf_add(&r->running, json_get_string(event, "document"));
	pass_on(r, event);
}

/* Whose message is it?  While one document runs, the targets of others may be looked at. */
static struct str
document_of(const struct reports *r, struct place at)
{
	if (at.source && map_get(&r->names, at.source->name))
		return at.source->name;
	return buf_str(&r->running);
}

/* A message of the diag: it waits for its notes. */
static void
hear(void *whom, const struct diag_message *m)
{
	struct reports *r = whom;

	if (!m->id) {
		if (r->message)
			events_add_note(r->message, m);
		return;
	}
	flush_message(r);
	r->message = events_message(m, document_of(r, m->at));
}

void
reports_flush(struct reports *r)
{
	if (r)
		flush_message(r);
}

bool
reports_line(struct reports *r, struct str line)
{
	const char *why;
	struct json *event = json_read(line, DEEPEST, &why);

	if (event)
		reports_event(r, event);
	return event != NULL;
}

void
reports_resume(struct reports *r, struct str path)
{
	if (r && !r->document.begin)
		reports_event(r, events_document_begin(path));
}

/* It is no message of the diag: on the terminal whoever ended the run knows it. */
void
reports_cut(struct reports *r, const struct source *document)
{
	const struct diag_message m = { .level = "error", .id = "worker-died", .status = STATUS_ENVIRONMENT,
	    .at = place_file(document), .words = STR("the run was ended by a signal while this document ran") };

	if (!r || r->send)
		return;
	reports_resume(r, document->name);
	reports_event(r, events_message(&m, document->name));
}

/* ---- begin and end ------------------------------------------------------------------- */

static bool
read_wishes(struct reports *r)
{
	const struct invocation *i = r->invocation;

	for (size_t k = 0; k < i->nwishes; k++)
		if (!take_wish(r, i->wishes[k]))
			return false;
	return true;
}

bool
reports_open(struct invocation *i)
{
	struct reports *r = mem_zalloc(1, sizeof *r);
	struct buf command = {0};

	r->invocation = i;
	buf_printf(&command, "skein %s", i->command->name);
	junit_init(&r->junit, buf_str(&command));
	github_init(&r->github);
	arena_init(&r->arena);
	buf_release(&command);
	if (!read_wishes(r)) {
		r->junit_path = (struct str){0};
		r->wants_github = false;
	}
	i->reports = r;
	if (reports_are_wanted(r)) {
		i->diag->tell = hear;
		i->diag->whom = r;
	}
	return diag_status(i->diag) == STATUS_DONE;
}

/* What was said before goes behind "begin". */
static void
begin(struct reports *r, struct json *event)
{
	flush_message(r);
	if (r->invocation->set[FLAG_JSON]) {
		print(event);
		for (size_t k = 0; k < r->rest.nsaid; k++)
			print(r->rest.said[k].event);
	}
	json_end(event);
	r->is_begun = true;
}

/* Is the report to stand on that document? */
static bool
is_document(const struct reports *r, const struct document *d)
{
	struct diag *diag = r->invocation->diag;
	struct file_state a, b;

	if (r->junit_path.len == 0 || is_standard_output(r->junit_path) ||
	    !file_identify(NULL, r->junit_path, &a, diag) || !file_identify(NULL, d->path, &b, diag) ||
	    !a.exists || a.dev != b.dev || a.ino != b.ino)
		return false;
	diag_error(diag, STATUS_REFUSED, place_file(&d->source), "same-file",
	    "--report junit= names the document itself: name another file");
	return true;
}

bool
reports_begin(struct reports *r, const struct load *l)
{
	bool is_fine = true;

	begin(r, events_begin(r->invocation, l));
	for (size_t k = 0; k < l->n; k++)
		map_put(&r->names, arena_str(&r->arena, l->documents[k].path), r);
	for (size_t k = 0; is_fine && k < l->n; k++)
		is_fine = !is_document(r, &l->documents[k]);
	if (!is_fine)
		r->junit_path = (struct str){0};
	return is_fine;
}

void
reports_forward(struct reports *r, void (*send)(void *whom, struct str line), void *whom)
{
	minutes_release(&r->document);
	minutes_release(&r->rest);
	json_end(r->message);
	r->message = NULL;
	r->is_begun = true;
	r->send = send;
	r->whom = whom;
}

static void
write_junit(struct reports *r)
{
	struct file_options o = { .mode = -1 };
	struct diag *d = r->invocation->diag;
	struct buf text = {0};
	struct file_state there;

	junit_rest(&r->junit, &r->rest);
	junit_targets(&r->junit, r->targets, r->ntargets, &r->rest);
	junit_write(&r->junit, &text);
	if (is_standard_output(r->junit_path)) {
		command_print(buf_str(&text));
	} else {
		file_sweep(NULL, r->junit_path, d);
		if (file_look(NULL, r->junit_path, &there, d) && file_replace(NULL, r->junit_path,
		    there.exists ? &there.digest : NULL, buf_str(&text), &o, d) == FILE_CHANGED) {
			struct source file = { .name = r->junit_path };

			diag_error(d, STATUS_CONFLICT, place_file(&file), "changed-meanwhile",
			    "the report was changed by someone else and is left as it is");
		}
	}
	buf_release(&text);
}

/* GitHub gives each step a file of its own, to which we add. */
static void
write_page(struct reports *r)
{
	const char *path = getenv("GITHUB_STEP_SUMMARY");
	struct diag *d = r->invocation->diag;
	struct buf text = {0};
	struct stat st;
	int fd;

	if (!path || !*path)
		return;
	fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_NOCTTY | O_NONBLOCK | O_CLOEXEC, 0666);
	if (fd != -1 && fstat(fd, &st) == 0 && st.st_size < STEPSUMMARY_MOST)
		stepsummary_write(&r->page, r->junit.command, STEPSUMMARY_MOST - (size_t)st.st_size, &text);
	if (fd == -1 || !fd_write(fd, buf_str(&text)))
		diag_errno(d, "write", str_of(path));
	if (fd != -1)
		close(fd);
	buf_release(&text);
}

static void
write_github(struct reports *r)
{
	struct buf commands = {0};

	minutes_settle(&r->rest);
	github_document(&r->github, &r->rest);
	stepsummary_document(&r->page, &r->rest);
	github_write(&r->github, &commands);
	fwrite(commands.data ? commands.data : "", 1, commands.len, stderr);
	buf_release(&commands);
	write_page(r);
}

/* All in one line: for several documents, or where a person waits for a word. */
static void
say_all(const struct reports *r)
{
	const struct counts *c = &r->all;
	bool is_well = is_all_well(r, c) && diag_status(r->invocation->diag) == STATUS_DONE;
	struct buf words = {0};

	if (c->documents == 0 || (c->documents == 1 && !(is_all_well(r, c) && isatty(STDERR_FILENO))))
		return;
	buf_printf(&words, "%zu document%s: ", c->documents, c->documents == 1 ? "" : "s");
	counts_words(c, &words);
	if (is_well && c->cells > 0 && r->invocation->command == &cmd_check)
		buf_add(&words, STR(": all as recorded"));
	buf_byte(&words, '\n');
	say(r, buf_str(&words));
	buf_release(&words);
}

static void
release(struct reports *r)
{
	minutes_release(&r->document);
	minutes_release(&r->rest);
	for (size_t k = 0; k < r->ntargets; k++)
		json_end(r->targets[k]);
	mem_free(r->targets);
	buf_release(&r->running);
	map_release(&r->names);
	arena_release(&r->arena);
	junit_release(&r->junit);
	github_release(&r->github);
	stepsummary_release(&r->page);
	mem_free(r);
}

void
reports_close(struct reports *r)
{
	struct invocation *i = r ? r->invocation : NULL;

	if (!r)
		return;
	if (!r->is_begun)
		begin(r, events_begin(i, NULL));
	reports_event(r, events_end(diag_status(i->diag), &r->all));
	i->diag->tell = NULL;
	i->reports = NULL;
	if (r->junit_path.len > 0)
		write_junit(r);
	if (r->wants_github)
		write_github(r);
	say_all(r);
	release(r);
}
