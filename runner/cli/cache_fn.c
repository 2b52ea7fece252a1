#include "runner/cache/folder.h"
#include "runner/cell/cxx.h"
#include "runner/cell/split.h"
#include "runner/cli/aspect.h"
#include "runner/cli/command.h"
#include "runner/cli/exhibit.h"
#include "runner/session/dwarf.h"
#include "tangle/base/arena.h"
#include "tangle/base/buf.h"
#include "tangle/base/json.h"
#include "tangle/base/map.h"
#include "tangle/base/root.h"

static void fn(struct invocation *i);

const struct command cache_fn = {
	.name = "cache fn",
	.args = "NAME [KEY | DOC#CELL | DOC]",
	.summary = "show a function as it stands in what is kept, in all its versions",
	.flags = FLAGS_OF(FLAG_JSON, FLAG_NO_BODY),
	.least = 1,
	.run = fn,
};

/* A text of the function, and who has it. */
struct version {
	struct version *next;
	struct str text, label, key;
	size_t line;
	const struct str *also;		/* keys of others that have the same */
	size_t nalso;
};

struct looking {
	struct invocation *invocation;
	struct folder *folder;
	struct arena arena;		/* of what was found */
	struct arena scratch;		/* of one entry */
	struct str name;
	struct map known;		/* text -> struct version */
	struct version *first, **last;
};

/* ---- what was found ---------------------------------------------------------------------------- */

static void
add_also(struct looking *l, struct version *v, const struct exhibit *k)
{
	struct str *also = arena_alloc(&l->arena, v->nalso + 1, sizeof *also);

	for (size_t i = 0; i < v->nalso; i++)
		also[i] = v->also[i];
	also[v->nalso++] = arena_str(&l->arena, str_of(k->key));
	v->also = also;
}

static void
add(struct looking *l, const struct exhibit *k, struct str text, size_t line)
{
	struct version *v = map_get(&l->known, text);

	if (v) {
		add_also(l, v, k);
		return;
	}
	v = arena_alloc(&l->arena, 1, sizeof *v);
	*v = (struct version){ .text = arena_str(&l->arena, text), .line = line,
	    .label = arena_str(&l->arena, k->label), .key = arena_str(&l->arena, str_of(k->key)) };
	map_put(&l->known, v->text, v);
	*l->last = v;
	l->last = &v->next;
}

/* ---- in texts ------------------------------------------------------------------------------------ */

/* A comment right above it belongs to it: what stands between, behind the last blank line. */
static struct str
with_comment(struct str text, size_t from, struct str item, size_t *line)
{
	size_t start = (size_t)(item.data - text.data), begin = start;
	struct str gap = str_slice(text, from, start);
	size_t at;

	while ((at = str_find(gap, STR("\n\n"))) < gap.len)
		gap = str_slice(gap, at + 2, gap.len);
	if (str_is_blank(gap) || (str_starts(gap, STR("\n")) && gap.len == 1))
		return item;
	while (str_starts(gap, STR("\n")))
		gap = str_slice(gap, 1, gap.len);
	begin = start - gap.len;
	for (size_t i = begin; i < start; i++)
		*line -= text.data[i] == '\n';
	return str_slice(text, begin, start + item.len);
}

static bool
lies_in(struct str part, struct str text)
{
	return part.data >= text.data && part.data + part.len <= text.data + text.len;
}

static void
take(struct looking *l, const struct exhibit *k, struct str text, size_t from, struct str item,
    struct str body, size_t line)
{
	struct str whole;

	if (!lies_in(item, text))
		return;
	whole = with_comment(text, from, item, &line);
	if (l->invocation->set[FLAG_NO_BODY] && body.len > 0 && lies_in(body, whole))
		whole = str_slice(whole, 0, (size_t)(body.data - whole.data));
	while (whole.len > 0 && (whole.data[whole.len - 1] == '\n' || whole.data[whole.len - 1] == ' '))
		whole.len--;
	add(l, k, whole, line);
}

static size_t
end_of(struct str item, struct str text)
{
	return lies_in(item, text) ? (size_t)(item.data - text.data) + item.len : 0;
}

static bool
look_in_c(struct looking *l, const struct exhibit *k, struct str text)
{
	struct split_context context = {0};
	size_t n, from = 0;
	const struct item *items = split(text, &context, &l->scratch, &n);
	bool found = false;

	for (size_t i = 0; i < n; i++) {
		const struct item *x = &items[i];

		if (x->kind == ITEM_FUNCTION && x->ndeclarators > 0 &&
		    str_eq(x->declarators[0].name, l->name)) {
			take(l, k, text, from, x->text, x->body, x->line);
			found = true;
		}
		from = end_of(x->text, text);
	}
	split_context_release(&context);
	return found;
}

static bool
has_name(const struct cxx_item *x, struct str name)
{
	for (size_t i = 0; i < x->nnames; i++)
		if (str_eq(x->names[i], name))
			return true;
	return false;
}

static bool
look_in_cxx(struct looking *l, const struct exhibit *k, struct str text)
{
	size_t n, from = 0;
	const struct cxx_item *items = cxx_split(text, &l->scratch, &n);
	bool found = false;

	for (size_t i = 0; i < n; i++) {
		const struct cxx_item *x = &items[i];

		if ((x->kind == CXX_FUNCTION || (x->kind == CXX_INLINE && x->is_function)) &&
		    has_name(x, l->name)) {
			struct str body = lies_in(x->head, x->text) && x->head.len < x->text.len ?
			    str_slice(x->text, x->head.len, x->text.len) : STR("");

			take(l, k, text, from, x->text, body, x->line);
			found = true;
		}
		from = end_of(x->text, text);
	}
	return found;
}

/* ---- by debug information ------------------------------------------------------------------------ */

static struct str
lines_between(struct str text, size_t from, size_t to)
{
	struct str rest = text, line;
	size_t n = 0, start = text.len, end = text.len;

	while (str_line(&rest, &line)) {
		if (++n == from)
			start = (size_t)(line.data - text.data);
		if (n == to)
			end = (size_t)(line.data - text.data) + line.len;
	}
	return start < end ? str_slice(text, start, end) : STR("");
}

/* What the compiler calls its text: a cell without a name is "cell". */
static struct str
own_name(const struct exhibit *k)
{
	struct str name = k->about.label;
	unsigned long ordinal;

	if (k->about.source.len > 0)
		return path_name(k->about.source);
	name = str_slice(name, str_find_byte(name, '#') + 1, name.len);
	if (str_ends(name, STR("]")))	/* of several cells of one block, which are called alike */
		name = str_slice(name, 0, str_find_byte(name, '['));
	return str_number(name, ~0UL >> 1, &ordinal) ? STR("cell") : name;
}

/* What a macro makes of a line has no text of its own: the object knows the lines. */
static void
look_in_object(struct looking *l, const struct exhibit *k, struct str text)
{
	struct dwarf_lines lines;
	struct str bytes, part;
	struct dwarf *d;

	if (!exhibit_object(l->folder, k, &l->scratch, &bytes) ||
	    str_find(bytes, l->name) == bytes.len || !(d = dwarf_open(bytes)))
		return;
	if (dwarf_lines(d, l->name, &lines) && str_eq(path_name(lines.file), own_name(k))) {
		part = lines_between(text, lines.from, lines.to);
		if (part.len > 0)
			add(l, k, part, lines.from);
	}
	dwarf_close(d);
}

/* ---- all ------------------------------------------------------------------------------------------- */

static bool
is_cxx(const struct about *x)
{
	for (size_t s = 0; s < x->nsteps; s++)
		for (size_t i = 0; i < x->steps[s].nwords; i++)
			if (str_eq(x->steps[s].words[i], STR("c++")))
				return true;
	return false;
}

static void
look_in(struct looking *l, const struct exhibit *which)
{
	struct exhibit k;

	arena_init(&l->scratch);
	if (exhibit_read(l->folder, &which->name, which->is_failure, &l->scratch, &k)) {
		struct str text = k.about.written.len > 0 ? k.about.written : k.about.text;

		if (k.found == ABOUT_DAMAGED)
			diag_warning(l->invocation->diag, PLACE_NONE, "damaged-entry",
			    "what the cache kept about '%.*s' is damaged, and not looked at", EXHIBIT_DIGITS, k.key);
		if (str_find(text, l->name) == text.len ||
		    !(is_cxx(&k.about) ? look_in_cxx : look_in_c)(l, &k, text))
			look_in_object(l, &k, text);
	}
	arena_release(&l->scratch);
}

static void
print(struct looking *l)
{
	struct buf out = {0};

	for (const struct version *v = l->first; v; v = v->next) {
		buf_printf(&out, "%s%.*s ", v == l->first ? "" : "\n", EXHIBIT_DIGITS, v->key.data);
		buf_visible(&out, v->label);
		buf_printf(&out, ":%zu", v->line);
		for (size_t i = 0; i < v->nalso; i++)
			buf_printf(&out, "%s%.*s", i == 0 ? ", also " : " ", EXHIBIT_DIGITS, v->also[i].data);
		buf_byte(&out, '\n');
		aspect_show(v->text, &out);
		if (out.data[out.len - 1] != '\n')
			buf_byte(&out, '\n');
	}
	command_print(buf_str(&out));
	buf_release(&out);
}

static void
print_json(struct looking *l)
{
	struct buf out = {0};

	for (const struct version *v = l->first; v; v = v->next) {
		struct json *j = json_new_object(), *also = json_new_array();

		json_put_string(j, "name", l->name);
		json_put_string(j, "key", v->key);
		json_put_string(j, "label", v->label);
		json_put_integer(j, "line", (long long)v->line);
		json_put_string(j, "text", v->text);
		for (size_t i = 0; i < v->nalso; i++)
			json_push(also, json_new_string(v->also[i]));
		json_put(j, "also", also);
		json_write(j, &out);
		buf_byte(&out, '\n');
		json_end(j);
	}
	command_print(buf_str(&out));
	buf_release(&out);
}

static void
look(struct looking *l)
{
	struct invocation *i = l->invocation;
	struct exhibit_list list;

	if (i->narguments == 1)
		exhibit_all(l->folder, &l->arena, &list);
	else if (!exhibit_chosen(l->folder, str_of(i->arguments[1]), &l->arena, &list, i->diag))
		return;
	for (size_t k = 0; k < list.n; k++)
		look_in(l, &list.list[k]);
	if (i->set[FLAG_JSON])
		print_json(l);
	else
		print(l);
	if (!l->first)
		diag_error(i->diag, STATUS_DIFFERS, PLACE_NONE, "no-function",
		    "no cell or source that is kept defines a function '%.*s'", STR_ARG(l->name));
}

static void
fn(struct invocation *i)
{
	struct folder f;
	struct looking l = { .invocation = i, .folder = &f, .name = str_of(i->arguments[0]) };

	l.last = &l.first;
	arena_init(&l.arena);
	if (i->narguments > 2)
		diag_error(i->diag, STATUS_USAGE, PLACE_NONE, "usage",
		    "skein cache fn takes one name, and one key or document");
	else if (folder_open(&f, NULL, &l.arena, i->diag)) {
		look(&l);
		folder_close(&f);
	}
	map_release(&l.known);
	arena_release(&l.arena);
}
