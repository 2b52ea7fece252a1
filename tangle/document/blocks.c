#include "tangle/document/blocks.h"

#include "tangle/base/arena.h"
#include "tangle/base/diag.h"
#include "tangle/document/admit.h"
#include "tangle/document/attempt.h"
#include "tangle/document/block.h"
#include "tangle/document/hidden.h"
#include "tangle/document/optionline.h"
#include "tangle/document/params.h"
#include "tangle/document/words.h"
#include "tangle/project/interpreter.h"
#include "tangle/project/settings.h"

/* ---- what options say ----------------------------------------------------- */

static bool
has_known_option(const struct options *o)
{
	for (size_t i = 0; i < o->n; i++)
		if (setting_find(o->list[i].key))
			return true;
	return false;
}

/* Is it meant for us?  Other languages have tools of their own, with options of their own. */
static bool
is_ours(const struct block *b)
{
	enum engine e = block_engine(b);

	return e == ENGINE_C || options_find(&b->options, "file") ||
	    options_find(&b->options, "generates") || (e == ENGINE_OTHER ? block_is_asked_for(b) :
	    e != ENGINE_NONE && options_find(&b->options, "run"));
}

static bool
flag_of(const struct options *o, const char *key)
{
	const struct option *found = options_find(o, key);
	bool on = false;

	return found && setting_flag(found->value, &on) && on;
}

static void
read_mode(struct block *b, struct diag *d)
{
	const struct option *o = options_find(&b->options, "mode");
	int mode = 0;

	b->mode = -1;
	if (!o)
		return;
	for (size_t i = 0; i < o->value.len || o->value.len == 0; i++) {
		char c = o->value.len ? o->value.data[i] : '?';

		if (c < '0' || c > '7' || o->value.len > 4) {
			diag_error(d, STATUS_STRUCTURE, o->at, "bad-value",
			    "the value '%.*s' of 'mode' must be octal permissions such as 644 or 755",
			    STR_ARG(o->value));
			return;
		}
		mode = mode * 8 + (c - '0');
	}
	b->mode = mode;		/* setuid and its like are refused where it is written */
}

/* The value of `name` or `file`, if it can be one. */
static struct str
name_of(struct block *b, const char *key, struct diag *d)
{
	const struct option *o = options_find(&b->options, key);

	if (!o || o->is_bad)
		return (struct str){0};
	if (o->value.len > 0 && str_utf8_error(o->value) == o->value.len &&
	    str_find_byte(o->value, '\0') == o->value.len)
		return o->value;
	diag_error(d, STATUS_STRUCTURE, o->at, "bad-name", o->value.len == 0 ?
	    "a name cannot be empty" : "a name must be valid UTF-8 without NUL");
	b->is_broken = true;
	return (struct str){0};		/* nobody can refer to it */
}

static void
apply_options(struct block *b, struct diag *d)
{
	const struct option *run = options_find(&b->options, "run");

	b->name = name_of(b, "name", d);
	b->file = name_of(b, "file", d);
	b->append = flag_of(&b->options, "append");
	b->replace = flag_of(&b->options, "replace");
	b->is_unused = flag_of(&b->options, "unused");
	read_mode(b, d);
	if (run && str_eq(run->value, STR("true")))
		b->run = RUN_YES;
	else if (run && str_eq(run->value, STR("false")))
		b->run = RUN_NO;
	else if (run && str_eq(run->value, STR("compile")))
		b->run = RUN_COMPILE;
	else if (!run && b->run == RUN_UNSAID && options_find(&b->options, "generates"))
		b->run = RUN_YES;
}

/* ---- finding blocks ------------------------------------------------------- */

static bool
output_word(struct str info, enum output_kind *kind)
{
	static const char *const words[] = { "output", "output-stderr", "output-error" };
	struct str word = str_word(&info);

	for (unsigned i = 0; i < sizeof words / sizeof *words; i++) {
		if (str_eq_nocase(word, str_of(words[i]))) {
			*kind = (enum output_kind)i;
			return true;
		}
	}
	return false;
}

/* The option lines at the top of a body go to the options, not to the text. */
static void
take_option_lines(struct block *b, const struct info *info, struct diag *d)
{
	const struct interpreter *i = block_interpreter(b);
	struct info of = *info;

	of.language = b->language;	/* c++17 is C++ */
	if (i && i->comment)
		of.comment = str_of(i->comment);
	b->noptions = (uint32_t)optionlines_read(&b->options, &b->document->source, &of, b->part->body,
	    is_ours(b), d);
}

/* What stands in `overrides` for this kind of place replaces what o says. */
static void
override(struct options *o, const struct options *overrides, bool is_document, struct diag *d)
{
	for (size_t i = 0; i < overrides->n; i++) {
		const struct option *over = &overrides->list[i];
		const struct setting *s = setting_find(over->key);

		if (s && s->type == SETTING_GRID && !is_document)
			continue;	/* the document's values: which of them a block takes stays its own */
		options_remove(o, over->key);
		if (s && is_document == ((s->places & SETTING_DOCUMENT) != 0))
			options_add(o, *over, d);
	}
}

/* ```c++17 says the language and its standard. */
static void
take_standard(struct block *b)
{
	static const char *const names[] = { "c++", "cpp", "cxx", "gnu++" };

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		struct str name = str_of(names[i]), year;
		unsigned long number;

		if (!str_starts(b->language, name) || b->language.len != name.len + 2)
			continue;
		year = str_slice(b->language, name.len, b->language.len);
		if (!str_number(year, 99, &number) && !str_eq(str_slice(year, 1, 2), STR("x")))
			continue;
		b->standard = arena_printf(b->options.arena, "%s%.*s",
		    str_eq(name, STR("gnu++")) ? "gnu++" : "c++", STR_ARG(year));
		b->language = STR("c++");
		return;
	}
}

static void
read_fence(struct block *b, const struct options *label, const struct options *overrides,
    bool is_lmt, struct diag *d)
{
	const struct source *s = &b->document->source;
	unsigned long before = d->errors;
	struct info info = attributes_info(&b->options, s, b->part->info, is_lmt, d);

	b->language = info.language;
	take_standard(b);
	if (info.is_brace_form || info.is_listing)
		b->run = info.is_brace_form ? RUN_YES : RUN_NO;
	for (size_t i = 0; label && i < label->n; i++)
		options_add(&b->options, label->list[i], d);
	take_option_lines(b, &info, d);
	if (block_is_c(b) || has_known_option(&b->options))
		override(&b->options, overrides, false, d);
	if (!admit_options(&b->options, SETTING_BLOCK, is_ours(b), d) || info.is_broken)
		b->is_broken = true;
	apply_options(b, d);
	if (d->errors > before)
		b->is_broken = true;
	if (!b->part->closed && (b->name.len > 0 || b->file.len > 0 || block_is_c(b) ||
	    block_is_transcript(b) || (b->run == RUN_YES && block_engine(b) == ENGINE_OTHER &&
	    block_is_asked_for(b)))) {
		diag_error(d, STATUS_STRUCTURE, b->at, "unclosed-fence",
		    "this fence is not closed: end it with a line of %s",
		    b->part->head.data[0] == '~' ? "~~~" : "```");
		b->is_broken = true;
	}
}

/*
 * Options are read into room that all blocks use in turn.  What stays is as long as
 * it is, and nothing for a block that has only a name, as most have.
 */
static void
read_block(struct block *b, const struct options *label, const struct options *overrides,
    bool is_lmt, struct options *room, struct diag *d)
{
	struct options *o = &b->options;

	*o = *room;
	read_fence(b, label, overrides, is_lmt, d);
	*room = *o;
	room->n = 0;
	if (o->n == 1 && b->name.len > 0 && str_eq(o->list[0].key, STR("name")))
		o->n = 0;
	o->list = o->n ? arena_copy(o->arena, o->list, o->n, sizeof *o->list) : NULL;
	o->cap = o->n;
}

/* <!-- skein: cell name=setup  with its lines below, then --> */
static void
read_hidden(struct block *b, struct str options, const struct options *overrides, struct diag *d)
{
	unsigned long before = d->errors;

	b->is_hidden = true;
	b->language = hidden_language(b, &options, d);
	b->run = RUN_YES;
	attributes_words(&b->options, &b->document->source, options, d);
	override(&b->options, overrides, false, d);
	admit_options(&b->options, SETTING_BLOCK, true, d);
	apply_options(b, d);
	if (b->run == RUN_UNSAID)
		b->run = RUN_YES;
	if (!b->part->closed)
		diag_error(d, STATUS_STRUCTURE, b->at, "unclosed-fence",
		    "this comment is not closed: end it with a line of -->");
	hidden_check_end(b, d);
	b->is_broken = d->errors > before;
}

static struct block *
add_block(struct blocks *b, struct document *d, const struct part *p)
{
	struct block *block = &b->list[b->n];

	block->document = d;
	block->part = p;
	block->number = (uint32_t)b->n++;
	block->at = place_of(&d->source, p->head);
	block->mode = -1;
	block->options.arena = &d->arena;
	return block;
}

/* Could all of them be a document's? */
static bool
are_for_documents(const struct options *o)
{
	for (size_t i = 0; i < o->n; i++) {
		const struct setting *s = setting_find(o->list[i].key);

		if (!s || !(s->places & SETTING_DOCUMENT))
			return false;
	}
	return o->n > 0;
}

/*
 * The comment right above a fence: its label, but for one that stands before
 * all blocks, is the first one, and could be the document's, which it then is.
 * NULL: no label.
 */
static const struct options *
read_label(struct options *label, struct document *d, const struct part *p, bool may_be_documents,
    struct diag *diag)
{
	*label = (struct options){ .arena = &d->arena };
	attributes_words(label, &d->source, p->info, diag);
	if (!may_be_documents || !are_for_documents(label))
		return label;
	for (size_t i = 0; i < label->n; i++)
		options_add(&d->options, label->list[i], diag);
	return NULL;
}

/* A document's comment stands before the first block and labels no fence. */
static void
read_comment(struct document *d, const struct part *p, bool before_first, struct diag *diag)
{
	if (before_first)
		attributes_words(&d->options, &d->source, p->info, diag);
	else
		diag_warning(diag, place_of(&d->source, p->head), "stray-comment",
		    "this comment belongs to nothing: put it right above a fence, or before the first block");
}

/* Front matter and comments may say it, and the command line over them. */
static enum syntax
syntax_of(const struct document *d, const struct options *overrides)
{
	const struct option *o = options_find(overrides, "syntax");

	if (!o)
		o = options_find(&d->options, "syntax");
	return o && str_eq(o->value, STR("lmt")) ? SYNTAX_LMT : SYNTAX_SKEIN;
}

/* Is a fence that CommonMark does not see a block?  If not, and it seems ours, say how. */
static bool
takes_aside(const struct document *d, const struct part *p, const struct options *overrides,
    struct diag *diag)
{
	bool hidden = p->aside == PART_IN_COMMENT;
	const struct option *o = options_find(overrides, "fences");

	if (!o)
		o = options_find(&d->options, "fences");
	if (o && option_has_word(o, hidden ? STR("comments") : STR("admonitions")))
		return true;
	if (words_look_like_ours(p->info))
		diag_warning(diag, place_of(&d->source, p->head), "not-a-fence", hidden ?
		    "this fence stands in an HTML comment, and is no block: 'fences: comments' for the document makes it one" :
		    "this fence stands in an admonition of MkDocs, and is no block: 'fences: admonitions' for the document makes it one");
	return false;
}

/* lmt replaces; what a document says itself wins. */
static enum repeat
repeat_of(const struct document *d, enum syntax syntax)
{
	const struct option *o = options_find(&d->options, "repeat");

	if (!o)
		return syntax == SYNTAX_LMT ? REPEAT_REPLACE : REPEAT_APPEND;
	if (str_eq(o->value, STR("explicit")))
		return REPEAT_EXPLICIT;
	return str_eq(o->value, STR("replace")) ? REPEAT_REPLACE : REPEAT_APPEND;
}

/* `run` of the document. */
static void
take_run(struct blocks *b)
{
	const struct option *run = options_find(&b->document->options, "run");

	b->runs_marked_only = run &&
	    (str_eq(run->value, STR("marked")) || str_eq(run->value, STR("false")));
	b->compiles_only = run && str_eq(run->value, STR("compile"));
}

/* What a block says of its parameters, its document's being known. */
static void
read_params(struct block *b, struct diag *d)
{
	const struct option *own = options_own(&b->options, "params"), *name = options_own(&b->options, "name");
	struct str rest = b->name, which;

	b->params = NULL;
	if (!own || own->is_bad || b->is_output || !is_ours(b))
		return;
	b->params = params_read(own, options_find(&b->document->options, "params"), b->options.arena, d);
	if (b->params && params_next(&rest, &which)) {
		diag_error(d, STATUS_STRUCTURE, name ? name->at : b->at, "bad-name",
		    "a block has one name, whatever its parameters are: each instance of it is called '%.*s[...]'",
		    STR_ARG(str_slice(b->name, 0, str_find_byte(b->name, '$'))));
		b->is_broken = true;
	}
	if (b->params && block_is_transcript(b)) {
		diag_error(d, STATUS_STRUCTURE, own->at, "bad-value",
		    "a console block cannot have parameters: its outputs stand within it");
		b->params = NULL;
	}
	b->is_broken |= !b->params;
}

void
blocks_find(struct blocks *b, struct document *d, const struct options *overrides,
    struct diag *diag)
{
	struct options room = { .arena = &d->arena };
	bool has_comment = false;	/* with the document's options */

	*b = (struct blocks){ .document = d };
	b->list = arena_alloc(&d->arena, d->nparts, sizeof *b->list);
	for (size_t i = 0; i < d->nparts; i++) {
		const struct part *p = &d->parts[i], *label = i ? &d->parts[i - 1] : NULL;
		const struct options *label_options = NULL;
		struct options words;
		struct str options;
		struct block *block;

		if (p->aside != PART_NOT_ASIDE && !takes_aside(d, p, overrides, diag))
			continue;
		if (hidden_is_cell(p, &options)) {
			read_hidden(add_block(b, d, p), options, overrides, diag);
		} else if (p->kind == PART_COMMENT) {
			if (p->touches_next && d->parts[i + 1].kind == PART_FENCE)
				continue;
			read_comment(d, p, b->n == 0, diag);
			has_comment = true;
		} else if (p->kind == PART_SHOWN) {
			block = add_block(b, d, p);
			block->is_output = true;
			block->output = OUTPUT_SHOWN;
		} else if (p->kind == PART_SHOWN_END) {
			diag_warning(diag, place_of(&d->source, p->head), "stray-comment",
			    "this ends nothing that a cell has shown: delete it");
		} else if (p->kind == PART_FENCE) {
			if (!p->touches_above || label->kind != PART_COMMENT ||
			    hidden_is_cell(label, &options))
				label = NULL;
			if (label)
				label_options = read_label(&words, d, label, b->n == 0 && !has_comment, diag);
			if (b->n == 0)
				b->syntax = syntax_of(d, overrides);
			block = add_block(b, d, p);
			block->is_output = !label && output_word(p->info, &block->output);
			if (!block->is_output)
				read_block(block, label ? label_options : NULL, overrides,
				    b->syntax == SYNTAX_LMT, &room, diag);
			if (p->aside == PART_IN_COMMENT)
				block->run = RUN_NO;	/* its output could end the comment */
		}
	}
	attempts_report(b, diag);
	override(&d->options, overrides, true, diag);
	admit_options(&d->options, SETTING_DOCUMENT, true, diag);
	for (size_t i = 0; i < b->n; i++)
		read_params(&b->list[i], diag);
	b->repeat = repeat_of(d, b->syntax);
	take_run(b);
}

/* ---- other options ---------------------------------------------------------------- */

/* What a block without `run` says all the same. */
static enum run_wish
unwritten_wish(const struct block *b)
{
	struct str info = str_trim(b->part->info);

	return b->is_hidden || (str_starts(info, STR("{")) && !str_starts(info, STR("{."))) ?
	    RUN_YES : RUN_UNSAID;
}

bool
block_set_options(struct block *b, const struct options *now, const struct options *overrides,
    struct diag *d)
{
	struct block was = *b;

	b->options = *now;
	override(&b->options, overrides, false, d);
	if (!admit_options(&b->options, SETTING_BLOCK, is_ours(b), d)) {
		*b = was;
		return false;
	}
	if (!options_own(&b->options, "run") && options_own(&was.options, "run"))
		b->run = unwritten_wish(b);
	apply_options(b, d);
	read_params(b, d);
	b->name = was.name;	/* where it is the only option it stands nowhere else */
	return true;
}

/* What it took over from the document, and says not itself. */
static void
forget_document(struct blocks *b)
{
	for (size_t i = 0; b->compiles_only && i < b->n; i++)
		if (b->list[i].run == RUN_COMPILE && !options_own(&b->list[i].options, "run"))
			b->list[i].run = RUN_UNSAID;
}

bool
blocks_set_options(struct blocks *b, const struct options *now, const struct options *overrides,
    struct diag *d)
{
	struct options was = b->document->options;

	b->document->options = *now;
	override(&b->document->options, overrides, true, d);
	if (!admit_options(&b->document->options, SETTING_DOCUMENT, true, d)) {
		b->document->options = was;
		return false;
	}
	forget_document(b);
	take_run(b);
	return true;
}
