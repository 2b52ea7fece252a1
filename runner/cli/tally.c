#include "runner/cli/tally.h"

#include "runner/cache/budget.h"
#include "runner/cli/quantity.h"
#include "tangle/base/buf.h"
#include "tangle/base/json.h"

static void
add_to(struct tally_kind *k, uint64_t size)
{
	k->files++;
	k->bytes += size;
	k->disk += budget_room(size);
}

void
tally_add(struct tally *t, enum kind kind, uint64_t size)
{
	add_to(&t->kinds[(unsigned char)kind], size);
	add_to(&t->all, size);
}

void
tally_print(const struct tally *t, struct buf *to)
{
	for (const char *kind = survey_kinds; *kind; kind++) {
		const struct tally_kind *k = &t->kinds[(unsigned char)*kind];
		struct buf size = {0}, count = {0};

		if (k->files == 0)
			continue;
		quantity_bytes(&size, k->disk);
		quantity_number(&count, k->files);
		buf_printf(to, "  %10s  %10s  %s\n", buf_cstr(&count), buf_cstr(&size),
		    survey_kind_name((enum kind)*kind, k->files != 1));
		buf_release(&size);
		buf_release(&count);
	}
}

void
tally_total(const struct tally *t, struct buf *to)
{
	quantity_count(to, t->all.files, "file", "files");
	buf_add(to, STR(", "));
	quantity_bytes(to, t->all.disk);
}

static void
put_kind(const struct tally_kind *k, struct json *object)
{
	json_put_integer(object, "files", (long long)k->files);
	json_put_integer(object, "bytes", (long long)k->bytes);
	json_put_integer(object, "disk", (long long)k->disk);
}

void
tally_json(const struct tally *t, struct json *object)
{
	struct json *kinds = json_new_object();

	put_kind(&t->all, object);
	for (const char *kind = survey_kinds; *kind; kind++) {
		const struct tally_kind *k = &t->kinds[(unsigned char)*kind];
		struct json *one;

		if (k->files == 0)
			continue;
		one = json_new_object();
		put_kind(k, one);
		json_put(kinds, survey_kind_name((enum kind)*kind, false), one);
	}
	json_put(object, "kinds", kinds);
}
