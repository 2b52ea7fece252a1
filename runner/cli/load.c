#include "runner/cli/load.h"

#include <sys/stat.h>

#include "runner/cli/watchdog.h"
#include "runner/script/hooking.h"
#include "tangle/base/buf.h"
#include "tangle/base/file.h"
#include "tangle/base/map.h"
#include "tangle/base/root.h"
#include "tangle/document/blocks.h"
#include "tangle/document/settle.h"
#include "tangle/expand/annotate.h"
#include "tangle/expand/pin.h"
#include "tangle/project/interpreters.h"
#include "tangle/project/project.h"
#include "tangle/project/settings.h"

/*
 * What we read without being asked: some 1 s and 200 MiB.  What a source can
 * hold (source.h) is the end.
 */
enum { USUAL_DOCUMENT = 64 << 20 };
static const uint64_t LARGEST_DOCUMENT = UINT32_MAX;

/* ---- settings ------------------------------------------------------------------- */

struct load_project {
	struct load_project *next;
	struct config config;
	struct interpreters interpreters;
	bool is_good;
};

/* Once a file. */
static void
complain_passed(struct load *l, struct str path, struct str why, struct diag *d)
{
	struct source *s = arena_alloc(&l->arena, 1, sizeof *s);

	if (why.len == 0 || map_get(&l->passed, path))
		return;
	map_put(&l->passed, path, s);
	s->name = path;
	diag_warning(d, place_file(s), "foreign-settings",
	    "these settings are passed over: %.*s; if they are to count, name their folder in 'trust' of your own settings",
	    STR_ARG(why));
}

static struct str
root_of(struct load *l, struct str document, struct diag *d)
{
	struct project_passed passed;
	struct str root;

	if (l->root.len > 0)
		return l->root;
	root = project_root(&l->arena, document, &l->users.trust, &passed);
	if (d)
		complain_passed(l, passed.path, passed.why, d);
	return root;
}

/* Read when the first document of that root is. */
static struct load_project *
project_of(struct load *l, struct str root, struct diag *d)
{
	struct load_project *p = l->projects;

	while (p && !str_eq(p->config.root, root))
		p = p->next;
	if (p)
		return p;
	p = arena_alloc(&l->arena, 1, sizeof *p);
	p->is_good = config_read(&p->config, root, &l->users, &l->arena, d) && !l->are_users_bad &&
	    interpreters_read(&p->interpreters, &p->config, &l->arena, d);
	complain_passed(l, p->config.source.name, p->config.passed, d);
	p->next = l->projects;
	l->projects = p;
	return p;
}

static struct str
below_root(struct str root, struct str path, struct arena *a, struct diag *d)
{
	struct str below = path;
	struct root r;

	if (!root_open(&r, root, d))
		return path;
	below = root_relative(&r, path, a);
	root_close(&r);
	return below;
}

/* False when what they say cannot be had: then the document is not touched. */
static bool
take_settings(struct load *l, struct document *doc, struct str path, struct diag *d)
{
	const struct load_project *p = project_of(l, root_of(l, path, d), d);
	const struct config *c = &p->config;
	bool has_some = c->ndocuments > 0 || l->users.ndocuments > 0;

	doc->config = c;
	doc->interpreters = &p->interpreters;
	if (p->is_good)
		doc->options.below = config_options(c,
		    has_some ? below_root(c->root, path, &doc->arena, d) : STR(""), &doc->arena);
	l->nbad += !p->is_good;
	return p->is_good;
}

const struct config *
load_settings(struct load *l, struct str folder, struct diag *d)
{
	struct str inside = arena_printf(&l->arena, "%.*s/.", STR_ARG(folder));
	const struct load_project *p;

	p = project_of(l, root_of(l, str_eq(folder, STR(".")) ? folder : inside, d), d);
	return p->is_good ? &p->config : NULL;
}

size_t
load_settings_files(struct load *l, struct str document, struct str files[2])
{
	size_t n = 0;

	files[n++] = project_of(l, root_of(l, document, NULL), NULL)->config.source.name;
	if (l->users.source.name.len > 0)
		files[n++] = l->users.source.name;
	return n;
}

static void
release_settings(struct load *l)
{
	for (struct load_project *p = l->projects; p; p = p->next)
		config_release(&p->config);
	config_release(&l->users);
	map_release(&l->passed);
}

/* ---- the command line ----------------------------------------------------------- */

static struct str
key_of(struct load *l, const char *setting)
{
	struct str value;

	return setting_key(&l->arena, str_trim(str_cut(str_of(setting), '=', &value)));
}

/*
 * One --set; of a list all of them together, and nothing where the first of them
 * has them already.
 */
static struct str
collect(struct load *l, const struct invocation *i, size_t n)
{
	struct str key = key_of(l, i->settings[n]), value;
	const struct setting *s = setting_find(key);
	struct buf text = {0};

	buf_add(&text, str_of(i->settings[n]));
	for (size_t k = 0; s && (s->type == SETTING_WORDS || s->type == SETTING_PAIRS) && k < i->nsettings; k++) {
		if (k == n || !str_eq(key_of(l, i->settings[k]), key))
			continue;
		if (k < n) {
			buf_clear(&text);
			break;
		}
		str_cut(str_of(i->settings[k]), '=', &value);
		buf_byte(&text, ' ');
		buf_add(&text, value);
	}
	return buf_take(&text, &l->arena);
}

static void
read_users(struct load *l, struct diag *d)
{
	l->are_users_bad = !config_read_users(&l->users, &l->arena, d);
	complain_passed(l, l->users.source.name, l->users.passed, d);
}

static bool
is_for_documents(struct str key)
{
	const struct setting *s = setting_find(key);

	return s && (s->places & (SETTING_BLOCK | SETTING_DOCUMENT));
}

/* --set key=value: a source of its own, so that messages have a place. */
static bool
read_overrides(struct load *l, const struct invocation *i)
{
	bool ok = true;

	l->overrides.arena = &l->arena;
	for (size_t n = 0; n < i->nsettings; n++) {
		struct source *s = arena_alloc(&l->arena, 1, sizeof *s);
		struct str text = collect(l, i, n), value;
		struct option o = {0};

		if (text.len == 0)
			continue;
		source_init(s, &l->arena, STR("--set"), text);
		o.key = str_trim(str_cut(text, '=', &value));
		o.value = value;
		o.is_final = true;
		o.at = place_of(s, text);
		if (o.key.len == text.len)
			o.value = STR("true");
		if (!is_for_documents(setting_key(&l->arena, o.key))) {
			struct str near = setting_nearest(setting_key(&l->arena, o.key), false);

			diag_error(i->diag, STATUS_USAGE, o.at, "usage",
			    "there is no option '%.*s'%s%.*s%s", STR_ARG(o.key),
			    near.len ? "; did you mean '" : "", STR_ARG(near), near.len ? "'?" : "");
			ok = false;
		} else {
			ok = options_add(&l->overrides, o, i->diag) && ok;
		}
	}
	return ok;
}

/* All zero: nothing that can be looked at. */
static struct file_state
what_stands_at(struct str path)
{
	struct file_state f = {0};
	struct stat st;

	if (stat(path.data, &st) == 0)
		spot_state(&f, &st);
	return f;
}

/* Is it small enough to be read?  Asked before, so that the message can help. */
static bool
check_size(const struct load *l, struct str path, struct diag *d)
{
	struct source file = { .name = path };
	struct stat st;

	if (stat(path.data, &st) == -1 || !S_ISREG(st.st_mode) ||
	    (uint64_t)st.st_size <= l->max_document)
		return true;
	diag_error(d, STATUS_LIMIT, place_file(&file), "too-large",
	    "the document has %lld bytes, and %llu are allowed: --max-document=%lldM allows more",
	    (long long)st.st_size, (unsigned long long)l->max_document,
	    (long long)(st.st_size / (1 << 20) + 1));
	return false;
}

/* ---- documents -------------------------------------------------------------------- */

static bool
parse_one(struct load *l, struct str path, struct str text, struct diag *d)
{
	struct document *doc = &l->documents[l->n];
	bool ok;

	if (!take_settings(l, doc, path, d))
		return false;
	watchdog_start(path, text.len);
	ok = document_parse(doc, path, text, d);
	if (ok)
		blocks_find(&l->blocks[l->n], doc, &l->overrides, d);
	watchdog_stop();
	return ok;
}

static bool
load_one(struct load *l, struct str path, struct diag *d)
{
	struct document *doc = &l->documents[l->n];
	struct str text;

	if (!check_size(l, path, d))
		return false;
	document_init(doc);
	l->before[l->n] = what_stands_at(path);
	if (!file_read(NULL, path, l->max_document, &doc->arena, &text, d) ||
	    !parse_one(l, path, text, d)) {
		document_release(doc);
		return false;
	}
	l->n++;
	return true;
}

static bool
wants_shared_names(const struct load *l, const struct invocation *i)
{
	if (i->set[FLAG_SHARED_NAMES])
		return true;
	for (size_t n = 0; n < l->n; n++) {
		const struct option *o = options_find(&l->documents[n].options, "names");

		if (o ? str_eq(o->value, STR("shared")) : l->blocks[n].syntax == SYNTAX_LMT)
			return true;
	}
	return false;
}

/* Stays 0 where nothing was said. */
static bool
read_limit(const struct invocation *i, enum flag f, uint64_t *bytes)
{
	if (!i->set[f] || (setting_size(i->value[f], bytes) && *bytes > 0))
		return true;
	diag_error(i->diag, STATUS_USAGE, PLACE_NONE, "usage",
	    "'%.*s' is no size; one is 64M or 2G", STR_ARG(i->value[f]));
	return false;
}

static bool
wants_annotations(const struct load *l)
{
	for (size_t k = 0; k < l->n; k++)
		for (size_t i = 0; i < l->blocks[k].n; i++)
			if (annotate_is_wanted(&l->blocks[k].list[i]))
				return true;
	return false;
}

bool
load_begin(struct load *l, const struct invocation *i)
{
	*l = (struct load){0};
	arena_init(&l->arena);
	l->root = i->value[FLAG_ROOT];
	l->line_directives = i->set[FLAG_LINE_DIRECTIVES];
	read_users(l, i->diag);
	if (!read_overrides(l, i) || !read_limit(i, FLAG_MAX_TARGET, &l->limits.target) ||
	    !read_limit(i, FLAG_MAX_OUTPUT, &l->limits.run) ||
	    !read_limit(i, FLAG_MAX_DOCUMENT, &l->max_document))
		return false;
	if (l->max_document == 0)
		l->max_document = USUAL_DOCUMENT;
	if (l->max_document > LARGEST_DOCUMENT)
		l->max_document = LARGEST_DOCUMENT;
	return true;
}

static void
make_room(struct load *l, size_t n)
{
	l->documents = arena_alloc(&l->arena, n, sizeof *l->documents);
	l->before = arena_alloc(&l->arena, n, sizeof *l->before);
	l->blocks = arena_alloc(&l->arena, n, sizeof *l->blocks);
}

/*
 * Targets of different roots are different files.  Where nothing is tangled no two
 * documents are in each other's way: each has what it writes in a tree of its own.
 */
static const size_t *
trees_of(struct load *l)
{
	size_t *trees = arena_alloc(&l->arena, l->n, sizeof *trees);
	struct map roots = {0};

	for (size_t k = 0; k < l->n; k++) {
		struct str root = l->are_apart || l->root.len > 0 ? STR("") : load_root(l, &l->documents[k]);
		size_t *first = map_get(&roots, root);

		trees[k] = k;
		if (first && !l->are_apart)
			trees[k] = *first;
		else if (!first)
			map_put(&roots, root, &trees[k]);
	}
	map_release(&roots);
	return trees;
}

/*
 * Each of several documents is run by a process of its own, which has its own hooks;
 * but whoever asks for some cells has to know which there are.
 */
static void
begin_hooks(struct load *l, const struct invocation *i, size_t k)
{
	bool is_asked = i->nonly > 0 || i->value[FLAG_FROM].len > 0;

	if (i->command->starts)
		l->hookings[k] = hooking_new(l->documents[k].config, &l->overrides, &l->arena, i->diag);
	blocks_settle(&l->blocks[k], hooking_has_blocks(l->hookings[k]) ? NULL : i->diag);
	if (l->n > 1 && !is_asked)
		return;
	load_settle(l, k, i->diag);
	if (l->n > 1)
		hooking_rest(l->hookings[k]);
}

void
load_settle(struct load *l, size_t k, struct diag *d)
{
	if (hooking_settle(l->hookings[k], &l->blocks[k], d))
		blocks_settle(&l->blocks[k], d);
}

/* The documents become one graph, and their blocks what they are. */
static bool
join(struct load *l, const struct invocation *i)
{
	struct graph_options how = { .limits = l->limits };

	l->annotates = wants_annotations(l);
	if (l->annotates)	/* sizes count the names in them */
		load_names(l, i->diag);
	how.shared_names = wants_shared_names(l, i);
	l->are_apart = i->command->starts && !how.shared_names;
	if (l->n > 1)
		how.trees = trees_of(l);
	graph_build(&l->graph, l->blocks, l->n, &how, &l->arena, i->diag);
	l->hookings = arena_alloc(&l->arena, l->n, sizeof(struct hooking *));
	for (size_t k = 0; k < l->n; k++)
		begin_hooks(l, i, k);
	pins_tie(&l->graph);
	return l->n > 0;
}

bool
load_find(struct load *l, const struct invocation *i)
{
	const struct search what = { i->arguments, i->narguments, i->excludes, i->nexcludes };

	if (!load_begin(l, i))
		return false;
	(void)search_documents(&what, &l->named, &l->arena, i->diag);
	return l->named.ndocuments > 0;
}

bool
load_read(struct load *l, const struct invocation *i)
{
	size_t n = l->named.ndocuments;
	bool *wanted = l->are_wanted ? arena_alloc(&l->arena, n, sizeof *wanted) : NULL;

	l->wanted = wanted;
	make_room(l, n);
	for (size_t k = 0; k < n; k++) {
		if (k > 0)
			diag_count_anew(i->diag);
		if (load_one(l, l->named.documents[k], i->diag) && wanted)
			wanted[l->n - 1] = l->are_wanted[k];
	}
	return join(l, i);
}

bool
load_text(struct load *l, const struct invocation *i, struct str path, struct str text)
{
	if (!load_begin(l, i))
		return false;
	make_room(l, 1);
	document_init(&l->documents[0]);
	if (parse_one(l, arena_str(&l->arena, path), text, i->diag))
		l->n++;
	else
		document_release(&l->documents[0]);
	return join(l, i);
}

bool
load_documents(struct load *l, const struct invocation *i)
{
	return load_find(l, i) && load_read(l, i);
}

bool
load_again(struct load *l, const struct invocation *i)
{
	struct load old = *l;
	bool ok = load_begin(l, i);
	size_t n = ok ? old.named.ndocuments : 0;

	l->named.documents = arena_alloc(&l->arena, n, sizeof *l->named.documents);
	l->named.ndocuments = n;
	for (size_t k = 0; k < n; k++)
		l->named.documents[k] = arena_str(&l->arena, old.named.documents[k]);
	l->nnamed = old.nnamed;
	l->npicked = old.npicked;
	if (old.are_wanted)
		l->are_wanted = arena_copy(&l->arena, old.are_wanted, n, sizeof *l->are_wanted);
	load_release(&old);
	return ok && load_read(l, i);
}

bool
load_wants(const struct load *l, size_t k)
{
	return !l->wanted || l->wanted[k];
}

void
load_release(struct load *l)
{
	for (size_t i = 0; i < l->n; i++) {
		if (l->hookings)
			hooking_free(l->hookings[i]);
		document_release(&l->documents[i]);
	}
	graph_release(&l->graph);
	release_settings(l);
	arena_release(&l->arena);
	*l = (struct load){0};
}

bool
load_is_current(const struct load *l, size_t k)
{
	const struct file_state *then = &l->before[k];
	struct file_state now = what_stands_at(l->documents[k].path);

	return now.exists && now.dev == then->dev && now.ino == then->ino &&
	    now.size == then->size && now.written.tv_sec == then->written.tv_sec &&
	    now.written.tv_nsec == then->written.tv_nsec;
}

void
load_names(struct load *l, struct diag *d)
{
	for (size_t k = 0; k < l->n && !l->has_names; k++) {
		struct document *doc = &l->documents[k];
		struct root r;

		doc->absolute = path_real(doc->path, &l->arena);
		doc->below = doc->absolute;
		if (!root_open(&r, load_root(l, doc), d))
			continue;
		doc->below = root_relative(&r, doc->path, &l->arena);
		root_close(&r);
	}
	l->has_names = true;
}

struct str
load_root(struct load *l, const struct document *d)
{
	return d->config ? d->config->root : root_of(l, d->path, NULL);
}
