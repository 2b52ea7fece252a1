#include "tangle/base/fd.h"

#include <errno.h>
#include <unistd.h>

bool
fd_write(int fd, struct str text)
{
	while (text.len > 0) {
		ssize_t n = write(fd, text.data, text.len);

		if (n == -1 && errno != EINTR)
			return false;
		if (n > 0)
			text = str_slice(text, (size_t)n, text.len);
	}
	return true;
}
