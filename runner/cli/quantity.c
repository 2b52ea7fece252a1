#include "runner/cli/quantity.h"

#include <inttypes.h>

#include "tangle/base/buf.h"

void
quantity_bytes(struct buf *to, uint64_t bytes)
{
	static const char *const units[] = { "KiB", "MiB", "GiB", "TiB" };
	double n = (double)bytes / 1024;
	size_t i = 0;

	if (bytes < 1024) {
		buf_printf(to, "%" PRIu64 " B", bytes);
		return;
	}
	for (; n >= 999.95 && i < 3; i++)
		n /= 1024;
	buf_printf(to, n < 99.95 ? "%.1f %s" : "%.0f %s", n, units[i]);
}

void
quantity_age(struct buf *to, int64_t nanoseconds)
{
	int64_t s = nanoseconds / 1000000000;

	if (s < 1)
		buf_add(to, STR("now"));
	else if (s < 120)
		buf_printf(to, "%" PRId64 " s", s);
	else if (s < 2 * 3600)
		buf_printf(to, "%" PRId64 " min", s / 60);
	else if (s < 2 * 86400)
		buf_printf(to, "%" PRId64 " h", s / 3600);
	else
		buf_printf(to, "%" PRId64 " d", s / 86400);
}

void
quantity_number(struct buf *to, uint64_t n)
{
	uint64_t part = 1;

	while (n / part >= 1000)
		part *= 1000;
	buf_printf(to, "%" PRIu64, n / part);
	while ((part /= 1000) > 0)
		buf_printf(to, ",%03" PRIu64, n / part % 1000);
}

void
quantity_count(struct buf *to, uint64_t n, const char *one, const char *many)
{
	quantity_number(to, n);
	buf_printf(to, " %s", n == 1 ? one : many);
}
