#include "runner/cli/contact.h"

#include "runner/cli/adoption.h"
#include "runner/output/patch.h"
#include "tangle/base/body.h"
#include "tangle/base/buf.h"
#include "tangle/base/json.h"
#include "tangle/base/map.h"
#include "tangle/document/block.h"

enum { WHY_WIDTH = 46, NATURE_WIDTH = 12 };

/* ---- words ------------------------------------------------------------------------------ */

static const char *
fate_word(enum fate f)
{
	switch (f) {
	case FATE_SHOWN: return "only shown";
	case FATE_RUNS: return "runs";
	case FATE_COMPILES: return "compiles";
	case FATE_DIFFERS: return "runs, prints what the page does not show";
	case FATE_UNBUILT: return "does not compile";
	case FATE_BLOCKED: return "blocked";
	case FATE_FAILS: return "fails";
	case FATE_UNUSABLE: return "cannot be used";
	}
	return "";
}

static size_t
line_of(const struct adopted_block *b)
{
	return source_position(b->block->at.source, b->block->at.offset).line;
}

/* A sketch is what will only be shown, whatever it looks like. */
static bool
is_sketch(const struct adopted_block *b)
{
	return b->is_cell && b->after == FATE_SHOWN;
}

static const char *
what_it_is(const struct adopted_block *b)
{
	if (is_sketch(b))
		return "sketch";
	if (b->block->language.len == 0)
		return nature_word(b->nature);
	if (b->is_cell && block_engine(b->block) == ENGINE_LUA)
		return "Lua";
	return block_is_transcript(b->block) ? "console" : nature_word(b->nature);
}

static bool
is_well(enum fate f)
{
	return f == FATE_RUNS || f == FATE_COMPILES;
}

struct sums {
	size_t blocks, cells;
	size_t run, compile, shown, left;	/* with the edit */
	size_t as_is;
	size_t converted;
};

static struct sums
sums_of(const struct adoption *a)
{
	struct sums s = { .blocks = a->n };

	for (size_t k = 0; k < a->n; k++) {
		const struct adopted_block *b = &a->blocks[k];

		s.converted += b->converts;
		if (!b->is_cell)
			continue;
		s.cells++;
		s.as_is += is_well(b->before);
		s.run += b->after == FATE_RUNS;
		s.compile += b->after == FATE_COMPILES;
		s.shown += b->after == FATE_SHOWN;
		s.left += b->after != FATE_SHOWN && !is_well(b->after);
	}
	return s;
}

/* ---- the table ---------------------------------------------------------------------------- */

/* A text in so many columns, cut with dots; padded if something follows. */
static void
add_column(struct buf *to, struct str text, size_t width, bool pad)
{
	struct buf safe = {0};
	size_t n = 0;

	buf_visible(&safe, text);
	n = safe.len;
	if (n > width) {
		n = width - 3;
		while (n > 0 && ((unsigned char)safe.data[n] & 0xC0) == 0x80)
			n--;		/* no half characters */
		buf_add(to, str_slice(buf_str(&safe), 0, n));
		buf_add(to, STR("..."));
		n += 3;
	} else {
		buf_add(to, buf_str(&safe));
	}
	if (pad)
		buf_fill(to, ' ', width - n + 2);
	buf_release(&safe);
}

static void
add_after(struct buf *to, const struct adopted_block *b)
{
	struct buf words = {0};

	amend_words(&words, b->wishes.list, b->wishes.n);
	if (b->after == FATE_SHOWN || b->after == FATE_COMPILES)
		buf_printf(to, "%s", words.len == 0 ? fate_word(b->after) : "");
	else
		buf_printf(to, "%s%s", fate_word(b->after), words.len > 0 ? ": " : "");
	buf_add(to, buf_str(&words));
	if (b->still.len > 0 && !is_well(b->after)) {
		buf_add(to, STR(": "));
		add_column(to, b->still, WHY_WIDTH, false);
	}
	buf_release(&words);
}

static void
add_row(struct buf *to, const struct adopted_block *b)
{
	struct str why = b->why.len > 0 ? b->why : str_of(fate_word(b->before));

	buf_printf(to, "%6zu  %-*s  ", line_of(b), NATURE_WIDTH, what_it_is(b));
	add_column(to, why, WHY_WIDTH, true);
	add_after(to, b);
	buf_byte(to, '\n');
}

/* "and 12 that are only shown: 9 sh, 3 without a language" */
static void
add_others(const struct adoption *a, struct buf *to)
{
	struct map languages = {0};
	size_t counts[64] = {0}, n = 0, all = 0, shown = 0;

	for (size_t k = 0; k < a->n; k++) {
		const struct adopted_block *b = &a->blocks[k];
		size_t *count;

		if (b->is_cell || b->converts || b->block->is_output)
			continue;
		all++;
		count = map_get(&languages, b->block->language);
		if (!count && n < sizeof counts / sizeof *counts)
			map_put(&languages, b->block->language, count = &counts[n++]);
		if (count)
			++*count;
	}
	if (all > 0)
		buf_printf(to, "   and  %zu other%s, only shown:", all, all == 1 ? "" : "s");
	for (const struct map_entry *e = map_first(&languages); e; e = map_next(e)) {
		buf_printf(to, "%s %zu ", shown++ > 0 ? "," : "", *(size_t *)map_value(e));
		if (map_key(e).len > 0)
			buf_visible(to, map_key(e));
		else
			buf_add(to, STR("without a language"));
	}
	buf_add(to, all > 0 ? STR("\n") : STR(""));
	map_release(&languages);
}

/* Lines of cells that say in a comment what is printed: "// => 5", "// output:". */
static size_t
count_promises(const struct block *b)
{
	static const char *const marks[] = { "// =>", "//=>", "/* =>", "// ->", "// prints ", "/* prints ",
		"// Prints ", "// output:", "// Output:", "// outputs " };
	struct body rest = block_body(b);
	size_t n = 0;

	for (struct str line; body_line(&rest, &line);)
		for (size_t i = 0; i < sizeof marks / sizeof *marks; i++)
			if (str_find(line, str_of(marks[i])) < line.len) {
				n++;
				break;
			}
	return n;
}

/* No word behind its fence, but a line of it ends as C does, and none is a shell's. */
static bool
looks_like_c(const struct block *b)
{
	struct body rest = block_body(b);
	size_t ends = 0, lines = 0;

	if (b->is_cell || b->is_output || b->part->info.len > 0)
		return false;
	for (struct str line; body_line(&rest, &line);) {
		line = str_trim(str_chomp(line));
		if (str_starts(line, STR("$ ")) || str_starts(line, STR("# ")))
			return false;
		lines += line.len > 0;
		ends += str_ends(line, STR(";")) || str_ends(line, STR("{")) || str_ends(line, STR("}")) ||
		    str_starts(line, STR("#include"));
	}
	return ends > 0 && 2 * ends >= lines;
}

/* Its first words, too, as lines are others after the edit. */
static void
add_contradiction(const struct adopted_block *b, struct buf *to)
{
	struct body rest = block_body(b->block);
	struct str line = {0};

	while (body_line(&rest, &line) && str_is_blank(line))
		;
	buf_printf(to, "note: line %zu, '", line_of(b));
	add_column(to, str_trim(str_chomp(line)), WHY_WIDTH, false);
	buf_add(to, STR("', stands where an output would, and is not what the cell above it prints\n"));
}

/* What adopt sees and does not touch. */
static void
add_notes(const struct adoption *a, struct buf *to)
{
	struct wishes wishes = a->wishes;
	const struct wish *outputs = wishes_find(&wishes, STR("outputs"));
	size_t promises = 0, nameless = 0;

	for (size_t k = 0; k < a->n; k++) {
		promises += a->blocks[k].is_cell ? count_promises(a->blocks[k].block) : 0;
		nameless += !a->blocks[k].converts && looks_like_c(a->blocks[k].block);
		if (a->blocks[k].contradicts)
			add_contradiction(&a->blocks[k], to);
	}
	if (a->unmade.len > 0)
		buf_printf(to, "note: %.*s\n", STR_ARG(a->unmade));
	if (outputs && str_eq(outputs->value, STR("none")))
		buf_add(to, STR("note: what the blocks print is not compared, as the page shows none of it; "
		    "without outputs=none, skein run puts it below them\n"));
	if (promises > 0)
		buf_printf(to, "note: %zu comment%s what is printed; what stands in comments is not compared\n",
		    promises, promises == 1 ? " says" : "s say");
	if (nameless > 0)
		buf_printf(to, "note: %zu fence%s without a language look%s like C: with ```c %s would run\n",
		    nameless, nameless == 1 ? "" : "s", nameless == 1 ? "s" : "", nameless == 1 ? "it" : "they");
}

static void
add_head(const struct adoption *a, const struct sums *s, struct buf *to)
{
	buf_visible(to, a->document->path);
	buf_printf(to, ": %zu block%s, %zu of C; %zu run%s as %s\n", s->blocks, s->blocks == 1 ? "" : "s",
	    s->cells, s->as_is, s->as_is == 1 ? "s" : "", s->as_is == 1 ? "it is" : "they are");
}

/* Options that are for all of it, and what the edit comes to. */
static void
add_foot(const struct adoption *a, const struct sums *s, struct buf *to)
{
	if (a->wishes.n > 0) {
		buf_add(to, STR("for the document: "));
		amend_words(to, a->wishes.list, a->wishes.n);
		buf_byte(to, '\n');
	}
	if (a->nedits == 0)
		return;
	buf_printf(to, "with the edit: %zu run%s", s->run, s->run == 1 ? "s" : "");
	if (s->compile > 0)
		buf_printf(to, ", %zu compile%s", s->compile, s->compile == 1 ? "s" : "");
	if (s->shown > 0)
		buf_printf(to, ", %zu only shown", s->shown);
	if (s->converted > 0)
		buf_printf(to, "; %zu fence%s become%s the output of the cell above", s->converted,
		    s->converted == 1 ? "" : "s", s->converted == 1 ? "s" : "");
	if (s->left > 0)
		buf_printf(to, "; %zu left to you", s->left);
	buf_byte(to, '\n');
}

void
contact_table(const struct adoption *a, struct buf *to)
{
	struct sums s = sums_of(a);

	add_head(a, &s, to);
	if (s.cells > 0) {
		buf_printf(to, "  line  %-*s  %-*s  %s\n", NATURE_WIDTH, "what", WHY_WIDTH, "as it is",
		    "with the edit");
		for (size_t k = 0; k < a->n; k++)
			if (a->blocks[k].is_cell)
				add_row(to, &a->blocks[k]);
		add_others(a, to);
	}
	add_foot(a, &s, to);
	add_notes(a, to);
}

void
contact_patch(const struct adoption *a, struct buf *to)
{
	patch_write(to, a->document->path, a->document->source.text, a->edits, a->nedits);
}

/* ---- for programs ---------------------------------------------------------------------------- */

static void
put_wishes(struct json *j, const struct wishes *w)
{
	struct json *options = json_new_object();

	for (size_t i = 0; i < w->n; i++)
		json_put_string(options, w->list[i].key.data, w->list[i].value);
	json_put(j, "options", options);
}

struct json *
contact_json(const struct adoption *a)
{
	struct json *j = json_new_object(), *blocks = json_new_array();
	struct buf patch = {0};

	json_put_string(j, "document", a->document->path);
	put_wishes(j, &a->wishes);
	for (size_t k = 0; k < a->n; k++) {
		const struct adopted_block *b = &a->blocks[k];
		struct json *one = json_new_object();

		json_put_integer(one, "line", (long long)line_of(b));
		json_put_string(one, "language", b->block->language);
		if (b->is_cell) {
			json_put_string(one, "what", str_of(what_it_is(b)));
			json_put_string(one, "as-is", str_of(fate_word(b->before)));
			json_put_string(one, "why", b->why);
			json_put_string(one, "with-edit", str_of(fate_word(b->after)));
			put_wishes(one, &b->wishes);
		}
		json_put_boolean(one, "becomes-output", b->converts);
		json_push(blocks, one);
	}
	json_put(j, "blocks", blocks);
	json_put_boolean(j, "clean", a->is_clean);
	contact_patch(a, &patch);
	json_put_string(j, "patch", buf_str(&patch));
	buf_release(&patch);
	return j;
}
