#include "tangle/expand/annotate.h"

size_t
annotate_header(const struct block *first)
{
	(void)first;
	return 0;
}

void
annotate_begin(struct buf *to, enum annotations how, const struct annotated *what)
{
	(void)to;
	(void)how;
	(void)what;
}

void
annotate_end(struct buf *to, enum annotations how, const struct annotated *what)
{
	(void)to;
	(void)how;
	(void)what;
}
