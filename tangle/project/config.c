#include "tangle/project/config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tangle/base/arena.h"
#include "tangle/base/buf.h"
#include "tangle/base/diag.h"
#include "tangle/base/json.h"
#include "tangle/base/mem.h"
#include "tangle/base/root.h"
#include "tangle/base/spot.h"
#include "tangle/base/trace.h"
#include "tangle/project/glob.h"
#include "tangle/project/script.h"
#include "tangle/project/settings.h"

enum { LARGEST = 1 << 20 };

/* What evaluating it may take: some 0.2 s. */
static const struct script_limits limits = { 20000000, (size_t)32 << 20 };

static const struct str BOM = { "\xEF\xBB\xBF", 3 };

struct config_documents {
	struct str pattern;
	struct options options;
};

/* ---- its text ----------------------------------------------------------------------- */

/* All of an open file; false with errno, or EFBIG when there is more than we take. */
static bool
read_all(int fd, struct arena *a, struct str *text)
{
	char *to = arena_alloc(a, LARGEST + 1, 1);
	size_t n = 0;
	ssize_t got = 1;

	while (got > 0 && n <= LARGEST) {
		got = spot_read(fd, to + n, LARGEST + 1 - n);
		n += got > 0 ? (size_t)got : 0;
	}
	errno = n > LARGEST ? EFBIG : errno;
	*text = (struct str){ to, n };
	return got == 0;
}

static bool
read_open(struct config *c, const struct trust *trust, int fd, struct str path, struct diag *d)
{
	struct str text;
	struct stat st;

	if (fstat(fd, &st) == -1) {
		diag_errno(d, "look at", path);
		return false;
	}
	if (!trust_allows(trust, c->root, &st, &c->passed, c->arena))
		return true;
	if (!spot_is_regular(st.st_mode, STATUS_REFUSED, path, d))
		return false;
	if (st.st_size > LARGEST || !read_all(fd, c->arena, &text)) {
		if (st.st_size <= LARGEST && errno != EFBIG)
			diag_errno(d, "read", path);
		else
			diag_error(d, STATUS_LIMIT, place_file(&c->source), "too-large",
			    "settings have at most %d bytes", LARGEST);
		return false;
	}
	source_init(&c->source, c->arena, path, text);
	c->exists = true;
	return true;
}

/* Somebody else's link is left alone like their file. */
static bool
refuse_link(struct config *c, const struct trust *trust, const struct spot *s, struct diag *d)
{
	struct stat st;

	if (fstatat(s->folder, s->name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    !trust_allows(trust, c->root, &st, &c->passed, c->arena))
		return true;
	diag_error(d, STATUS_REFUSED, place_file(&c->source), "refused-path",
	    "the settings of a project cannot be a symbolic link: put the file itself there");
	return false;
}

/* Below a root no link is followed; the user's own may be one. */
static bool
read_text(struct config *c, const struct root *root, struct str path, const struct trust *trust,
    struct diag *d)
{
	struct spot s;
	bool ok = true;
	int fd;

	c->source = (struct source){ .name = path };
	if (!spot_find(&s, root, root ? STR(CONFIG_PROJECT) : path, false)) {
		if (errno == ENOENT || errno == ENOTDIR)
			return true;
		diag_errno(d, "look for", path);
		return false;
	}
	fd = spot_open_file(s.folder, s.name);
	if (fd != -1) {
		ok = read_open(c, trust, fd, path, d);
		close(fd);
	} else if (errno == ELOOP) {
		ok = refuse_link(c, trust, &s, d);
	} else if (errno != ENOENT) {
		diag_errno(d, "open", path);
		ok = false;
	}
	spot_close(&s);
	return ok;
}

/* Bytes that no settings have. */
static bool
check_bytes(const struct config *c, struct diag *d)
{
	struct str text = c->source.text;
	size_t nul = str_find_byte(text, '\0'), bad = str_utf8_error(text);
	size_t at = nul < bad ? nul : bad;

	if (at == text.len)
		return true;
	diag_error(d, STATUS_STRUCTURE, (struct place){ &c->source, at, 1 }, "bad-settings",
	    at == nul ? "settings hold no NUL byte" : "this is not valid UTF-8, as settings are");
	return false;
}

/* ---- its value ------------------------------------------------------------------------ */

static struct place
place_of_end(const struct config *c)
{
	size_t n = c->source.text.len;

	while (n > 0 && str_is_blank(str_slice(c->source.text, n - 1, n)))
		n--;
	return (struct place){ &c->source, n, 0 };
}

/* Lua names a token that it stumbled over: "... near 'x'". */
static struct place
place_of_error(const struct config *c, const struct script_error *e)
{
	struct str line, token = e->words, whole;
	size_t at;

	if (e->line == 0)
		return place_file(&c->source);
	if (e->line > source_nlines(&c->source) || str_ends(e->words, STR("near <eof>")))
		return place_of_end(c);
	line = source_line(&c->source, e->line);
	whole = str_trim(line);
	at = str_find(token, STR(" near '"));
	if (at < token.len && str_ends(token, STR("'"))) {
		token = str_slice(token, at + 7, token.len - 1);
		at = str_find(line, token);
		if (at < line.len)
			whole = str_slice(line, at, at + token.len);
	}
	return place_of(&c->source, whole.len > 0 ? whole : line);
}

static bool
evaluate(struct config *c, struct str text, struct diag *d)
{
	struct script *s = script_new(&limits);
	struct script_error e = {0};
	bool ok = script_load(s, text, c->arena, &e) && (c->value = script_value(s, c->arena, &e));

	script_free(s);
	if (ok && json_kind(c->value) != JSON_KIND_OBJECT) {
		e.words = STR("it must return a table with names: return { std = \"c17\" }");
		ok = false;
	}
	if (!ok)
		diag_error(d, e.is_limit ? STATUS_LIMIT : STATUS_STRUCTURE, place_of_error(c, &e), "bad-settings",
		    e.is_syntax ? "this is not Lua: %.*s" : "the settings fail: %.*s", STR_ARG(e.words));
	return ok;
}

/* ---- from values to options ------------------------------------------------------------- */

struct reading {
	struct config *config;
	struct diag *diag;
	struct options *to;
	struct str path[3];	/* "documents", its key, the option's */
	size_t depth;
	bool ok;
};

static struct place
here(const struct reading *r)
{
	return keys_find(&r->config->keys, r->path, r->depth);
}

static const char *
kind_of(const struct json *v)
{
	switch (json_kind(v)) {
	case JSON_KIND_BOOLEAN:
		return json_truth(v) ? "true" : "false";
	case JSON_KIND_INTEGER:
	case JSON_KIND_NUMBER:
		return "a number";
	case JSON_KIND_STRING:
		return "a text";
	case JSON_KIND_ARRAY:
		return "a list";
	case JSON_KIND_OBJECT:
		return json_get(v, "function") ? "a function" : "a table with names";
	case JSON_KIND_NULL:
		break;
	}
	return "nothing";
}

static bool
takes_number(enum setting_type t)
{
	return t == SETTING_NUMBER || t == SETTING_DURATION || t == SETTING_SIZE;
}

static bool
takes_list(enum setting_type t)
{
	return t == SETTING_WORDS || t == SETTING_PAIRS;
}

static void
complain_type(struct reading *r, const struct setting *s, const struct json *v)
{
	static const char *const wanted[] = {
		[SETTING_FLAG] = "true or false",
		[SETTING_TEXT] = "a text",
		[SETTING_WORDS] = "a text or a list of texts",
		[SETTING_PAIRS] = "a table, { name = \"...\" }",
		[SETTING_NUMBER] = "a number or \"none\"",
		[SETTING_DURATION] = "a time such as \"500ms\" or \"10s\", or \"none\"",
		[SETTING_SIZE] = "a size such as \"64K\" or \"16M\", or \"none\"",
		[SETTING_GRID] = "a table of lists, { n = { 3, 4 } }",
		[SETTING_TABLE] = "a table",
	};

	const char *is = "is";

	for (size_t i = 0; takes_list(s->type) && i < json_length(v); i++) {
		if (json_kind(json_at(v, i)) == JSON_KIND_STRING)
			continue;
		is = "holds";
		v = json_at(v, i);
		break;
	}
	diag_error(r->diag, STATUS_STRUCTURE, here(r), "bad-value", "'%.*s' %s %s, and must be %s",
	    STR_ARG(r->path[r->depth - 1]), is, kind_of(v), wanted[s->type]);
	r->ok = false;
}

static bool
take_list(struct reading *r, const struct json *v, struct option *o)
{
	size_t n = json_length(v);
	struct str *items = arena_alloc(r->config->arena, n, sizeof *items);

	for (size_t i = 0; i < n; i++) {
		if (json_kind(json_at(v, i)) != JSON_KIND_STRING)
			return false;
		items[i] = json_text(json_at(v, i));
	}
	o->is_list = true;
	o->items = items;
	o->nitems = n;
	return true;
}

/* { uid = "s/a/b/" } is what a document writes as uid=s/a/b/. */
static bool
take_pairs(struct reading *r, const struct json *v, struct option *o)
{
	struct str *items = NULL, key;
	const struct json *value;
	size_t n = 0, cap = 0;
	bool ok = true;

	for (void *at = json_next(v, NULL, &key, &value); at; at = json_next(v, at, &key, &value)) {
		ok = ok && json_kind(value) == JSON_KIND_STRING;
		items = mem_grow(items, &cap, n + 1, sizeof *items);
		items[n++] = arena_printf(r->config->arena, "%.*s=%.*s", STR_ARG(key), STR_ARG(json_text(value)));
	}
	o->is_list = true;
	o->items = arena_copy(r->config->arena, items, n, sizeof *items);
	o->nitems = n;
	mem_free(items);
	return ok;
}

static bool
is_value(const struct json *v)
{
	return json_kind(v) == JSON_KIND_STRING || json_kind(v) == JSON_KIND_INTEGER;
}

static struct str
text_of_value(struct reading *r, const struct json *v)
{
	return json_kind(v) == JSON_KIND_STRING ? json_text(v) :
	    arena_printf(r->config->arena, "%lld", json_number(v));
}

static void
add_quoted(struct buf *to, struct str value)
{
	buf_byte(to, '"');
	for (size_t i = 0; i < value.len; i++) {
		if (value.data[i] == '"' || value.data[i] == '\\')
			buf_byte(to, '\\');
		buf_byte(to, value.data[i]);
	}
	buf_byte(to, '"');
}

/* { n = { 3, 4 } } is what a document writes as n={"3", "4"}. */
static bool
take_grid(struct reading *r, const struct json *v, struct option *o)
{
	struct str *items = NULL, key;
	const struct json *values;
	size_t n = 0, cap = 0;
	bool ok = true;

	for (void *at = json_next(v, NULL, &key, &values); at; at = json_next(v, at, &key, &values)) {
		bool is_list = json_kind(values) == JSON_KIND_ARRAY;
		struct buf item = {0};

		buf_printf(&item, "%.*s={", STR_ARG(key));
		for (size_t i = 0; i < (is_list ? json_length(values) : 1); i++) {
			if (i > 0)
				buf_add(&item, STR(", "));
			ok = ok && is_value(is_list ? json_at(values, i) : values);
			if (ok)
				add_quoted(&item, text_of_value(r, is_list ? json_at(values, i) : values));
		}
		buf_byte(&item, '}');
		items = mem_grow(items, &cap, n + 1, sizeof *items);
		items[n++] = buf_take(&item, r->config->arena);
	}
	o->is_list = true;
	o->items = arena_copy(r->config->arena, items, n, sizeof *items);
	o->nitems = n;
	mem_free(items);
	return ok;
}

/* False: it is of another type. */
static bool
take_value(struct reading *r, const struct setting *s, const struct json *v, struct option *o)
{
	switch (json_kind(v)) {
	case JSON_KIND_BOOLEAN:
		o->value = json_truth(v) ? STR("true") : STR("false");
		return s->type == SETTING_FLAG || (s->type == SETTING_TEXT && s->choices);
	case JSON_KIND_INTEGER:
		o->value = arena_printf(r->config->arena, "%lld", json_number(v));
		return takes_number(s->type) && json_number(v) >= 0;
	case JSON_KIND_STRING:
		o->value = json_text(v);
		return s->type != SETTING_TABLE;
	case JSON_KIND_ARRAY:
		return takes_list(s->type) && take_list(r, v, o);
	case JSON_KIND_OBJECT:
		if (s->type == SETTING_PAIRS)
			return take_pairs(r, v, o);
		if (s->type == SETTING_GRID)
			return take_grid(r, v, o);
		o->is_list = true;	/* an empty table is an empty list */
		return s->type == SETTING_WORDS && !json_next(v, NULL, &(struct str){0}, &(const struct json *){0});
	case JSON_KIND_NUMBER:
	case JSON_KIND_NULL:
		break;
	}
	return false;
}

static bool
has_nul(const struct option *o)
{
	bool has = str_find_byte(o->value, '\0') < o->value.len;

	for (size_t i = 0; i < o->nitems; i++)
		has |= str_find_byte(o->items[i], '\0') < o->items[i].len;
	return has;
}

static void
take_option(struct reading *r, const struct setting *s, const struct json *v)
{
	struct option o = { .key = str_of(s->name), .at = here(r) };

	if (!take_value(r, s, v, &o)) {
		complain_type(r, s, v);
		return;
	}
	if (has_nul(&o)) {
		diag_error(r->diag, STATUS_STRUCTURE, o.at, "bad-value", "'%s' cannot hold a NUL byte", s->name);
		r->ok = false;
		return;
	}
	o.written = o.key;
	option_canonical(&o);
	r->ok = option_check(&o, s, r->diag) && options_add(r->to, o, r->diag) && r->ok;
}

/* ---- keys ---------------------------------------------------------------------------------- */

static unsigned
places_of(const struct config *c)
{
	return SETTING_DOCUMENT | (c->users ? SETTING_PROJECT : SETTING_USER);
}

static void
complain_key(struct reading *r, struct str key, unsigned places)
{
	struct str near = setting_nearest_in(key, places), written = r->path[r->depth - 1], value = STR("true");
	const struct setting *s = setting_find(key);

	if (s)
		diag_error(r->diag, STATUS_STRUCTURE, here(r), "misplaced-option", "'%.*s' is an option of %s",
		    STR_ARG(written), s->places & SETTING_BLOCK ? "a block, which a name or a file is said of" :
		    s->places & SETTING_PROJECT ? r->depth > 1 ? "a project, not of a document: it stands beside 'documents'" :
		    "a project: what a document gives must not depend on who runs it" :
		    "a user: put it into your own settings");
	else if (near.len > 0 || (setting_alias(&key, &value) && (near = key).len > 0))
		diag_error(r->diag, STATUS_STRUCTURE, here(r), "unknown-setting",
		    "there is no setting '%.*s'; did you mean '%.*s'?", STR_ARG(written), STR_ARG(near));
	else
		diag_error(r->diag, STATUS_STRUCTURE, here(r), "unknown-setting",
		    "there is no setting '%.*s': skein help options lists them", STR_ARG(written));
	r->ok = false;
}

static void
take_table(struct reading *r, const struct setting *s, const struct json *v)
{
	struct str name;
	const struct json *entry;

	if (json_kind(v) != JSON_KIND_OBJECT || json_get(v, "function")) {
		complain_type(r, s, v);
		return;
	}
	for (void *at = json_next(v, NULL, &name, &entry); at; at = json_next(v, at, &name, &entry)) {
		if (r->config->users || !json_get(entry, "function"))
			continue;
		diag_error(r->diag, STATUS_STRUCTURE, config_place(r->config, s->name, name, STR("")), "bad-value",
		    "a function stands in a project's skein.lua: what a document gives must not depend on who runs it");
		r->ok = false;
	}
}

/* All keys of a table, of these places; what is a table in its turn is only looked at. */
static void
take_keys(struct reading *r, const struct json *table, unsigned places)
{
	const struct json *v;
	struct str written;

	r->depth++;
	for (void *at = json_next(table, NULL, &written, &v); at; at = json_next(table, at, &written, &v)) {
		struct str key = setting_key(r->config->arena, written);
		const struct setting *s = setting_find(key);

		r->path[r->depth - 1] = written;
		if (!s || !(s->places & places))
			complain_key(r, key, places);
		else if (s->type == SETTING_TABLE)
			take_table(r, s, v);
		else
			take_option(r, s, v);
	}
	r->depth--;
}

static bool
is_pattern(struct str s)
{
	return str_find_byte(s, '*') < s.len || str_find_byte(s, '?') < s.len || str_find_byte(s, '[') < s.len;
}

/* The less particular first: patterns before paths, and the shorter pattern. */
static int
by_particularity(const void *a, const void *b)
{
	const struct config_documents *one = a, *two = b;
	bool first = is_pattern(one->pattern), second = is_pattern(two->pattern);

	if (first != second)
		return first ? -1 : 1;
	if (one->pattern.len != two->pattern.len)
		return one->pattern.len < two->pattern.len ? -1 : 1;
	return str_compare(one->pattern, two->pattern);
}

static size_t
count(const struct json *table)
{
	const struct json *v;
	struct str key;
	size_t n = 0;

	for (void *at = json_next(table, NULL, &key, &v); at; at = json_next(table, at, &key, &v))
		n++;
	return n;
}

static void
take_documents(struct reading *r)
{
	struct config *c = r->config;
	const struct json *all = json_get(c->value, "documents"), *v;
	struct str pattern;

	c->documents = arena_alloc(c->arena, count(all), sizeof *c->documents);
	r->path[0] = STR("documents");
	r->depth = 2;
	for (void *at = json_next(all, NULL, &pattern, &v); at; at = json_next(all, at, &pattern, &v)) {
		struct config_documents *one = &c->documents[c->ndocuments++];

		*one = (struct config_documents){ pattern, { .arena = c->arena } };
		r->path[1] = pattern;
		r->to = &one->options;
		if (json_kind(v) != JSON_KIND_OBJECT || json_get(v, "function"))
			complain_type(r, setting_find(STR("documents")), v);
		else
			take_keys(r, v, SETTING_DOCUMENT);
	}
	r->depth = 0;
	if (c->ndocuments > 0)
		qsort(c->documents, c->ndocuments, sizeof *c->documents, by_particularity);
}

static bool
take_settings(struct config *c, struct diag *d)
{
	struct reading r = { .config = c, .diag = d, .to = &c->options, .ok = true };

	take_keys(&r, c->value, places_of(c));
	take_documents(&r);
	return r.ok;
}

/* ---- the two files ------------------------------------------------------------------------- */

/* The user's entries are there where the project has none of that name. */
static void
join_table(struct json *to, const struct json *from, const char *name)
{
	const struct json *theirs = json_get(from, name), *v;
	struct json *table = json_new_object();
	struct str key;

	for (void *at = json_next(theirs, NULL, &key, &v); at; at = json_next(theirs, at, &key, &v))
		json_put(table, key.data, json_duplicate(v));
	theirs = json_get(to, name);
	for (void *at = json_next(theirs, NULL, &key, &v); at; at = json_next(theirs, at, &key, &v))
		json_put(table, key.data, json_duplicate(v));
	json_put(to, name, table);
}

static void
join_tables(struct config *c)
{
	const struct setting *s;

	for (size_t i = 0; (s = setting_at(i)); i++)
		if (s->type == SETTING_TABLE && s->adds_up && json_get(c->users->value, s->name))
			join_table(c->value, c->users->value, s->name);
}

static void
take_trust(struct config *c)
{
	const struct option *o = options_find(&c->options, "trust");

	if (o)
		c->trust.n = option_words(o, c->arena, &c->trust.folders);
}

static bool
read_settings(struct config *c, struct diag *d)
{
	struct str text = c->source.text;

	if (!check_bytes(c, d))
		return false;
	if (str_starts(text, BOM))
		text = str_slice(text, BOM.len, text.len);
	keys_read(&c->keys, &c->source, text, c->arena);
	if (c->keys.is_empty)		/* it only says where the root is */
		c->value = json_new_object();
	return (c->value || evaluate(c, text, d)) && take_settings(c, d);
}

static bool
read_config(struct config *c, const struct root *root, struct str path, const struct trust *trust,
    struct diag *d)
{
	bool ok = read_text(c, root, path, trust, d) && (!c->exists || read_settings(c, d));

	if (!c->value)
		c->value = json_new_object();
	trace("settings", "%.*s: %s", STR_ARG(path), !ok ? "cannot be had" : c->exists ? "read" : "none");
	return ok;
}

struct str
config_users_path(struct arena *a)
{
	const char *xdg = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");

	if (xdg && *xdg == '/')
		return arena_printf(a, "%s/skein/config.lua", xdg);
	if (home && *home == '/')
		return arena_printf(a, "%s/.config/skein/config.lua", home);
	return (struct str){0};
}

bool
config_read_users(struct config *c, struct arena *a, struct diag *d)
{
	struct str path = config_users_path(a);

	*c = (struct config){ .arena = a, .options = { .arena = a } };
	c->root = path_folder(path);
	if (path.len == 0) {
		c->value = json_new_object();
		return true;
	}
	if (!read_config(c, NULL, path, &c->trust, d))
		return false;
	take_trust(c);
	return true;
}

bool
config_read(struct config *c, struct str root, const struct config *users, struct arena *a,
    struct diag *d)
{
	struct root r;
	bool ok;

	*c = (struct config){ .users = users, .root = root, .arena = a, .options = { .arena = a } };
	if (!root_open(&r, root, d))
		return false;
	ok = read_config(c, &r, root_shown(&r, STR(CONFIG_PROJECT), a), &users->trust, d);
	root_close(&r);
	if (ok)
		join_tables(c);
	return ok;
}

void
config_release(struct config *c)
{
	keys_release(&c->keys);
	json_end(c->value);
	c->value = NULL;
}

/* ---- asking --------------------------------------------------------------------------------- */

static const struct options *
lay(const struct options *upper, const struct options *below, struct arena *a)
{
	struct options *o;

	if (upper->n == 0)
		return below;
	o = arena_copy(a, upper, 1, sizeof *o);
	o->below = below;
	return o;
}

const struct options *
config_options(const struct config *c, struct str document, struct arena *a)
{
	const struct config *files[] = { c->users, c };
	const struct options *top = NULL;

	for (size_t k = 0; k < 2; k++) {
		if (!files[k])
			continue;
		top = lay(&files[k]->options, top, a);
		for (size_t i = 0; i < files[k]->ndocuments; i++)
			if (glob_match(files[k]->documents[i].pattern, document))
				top = lay(&files[k]->documents[i].options, top, a);
	}
	return top;
}

const struct json *
config_table(const struct config *c, const char *name)
{
	return json_get(c->value, name);
}

struct place
config_place(const struct config *c, const char *table, struct str name, struct str field)
{
	const struct str path[] = { str_of(table), name, field };
	size_t n = name.len == 0 ? 1 : field.len == 0 ? 2 : 3;
	bool is_users = c->users && n > 1 && !keys_has(&c->keys, path, 2) && keys_has(&c->users->keys, path, 2);

	return keys_find(is_users ? &c->users->keys : &c->keys, path, n);
}
