#include "runner/cli/outlet.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tangle/base/diag.h"
#include "tangle/base/file.h"
#include "tangle/base/temp.h"

static bool
open_standard(struct outlet *o)
{
	o->is_standard = true;
	o->fd = STDOUT_FILENO;
	if (!isatty(STDOUT_FILENO))
		return true;
	diag_error(o->diag, STATUS_USAGE, PLACE_NONE, "usage",
	    "these bytes are not for a terminal; -o FILE writes them to a file");
	return false;
}

static bool
may_replace(const struct outlet *o)
{
	struct file_state state;
	struct stat st;

	if (fstatat(o->spot.folder, o->spot.name, &st, AT_SYMLINK_NOFOLLOW) == -1)
		return true;
	spot_state(&state, &st);
	return spot_is_regular(st.st_mode, STATUS_REFUSED, o->path, o->diag) &&
	    spot_replaceable(&o->spot, &state, o->diag);
}

bool
outlet_open(struct outlet *o, struct str path, struct diag *d)
{
	static const struct digest none;

	*o = (struct outlet){ .fd = -1, .path = path, .diag = d };
	if (str_eq(path, STR("-")))
		return open_standard(o);
	file_sweep(NULL, path, d);
	if (!spot_open(&o->spot, NULL, path, false, d))
		return false;
	if (may_replace(o)) {
		temp_name(o->temp, TEMP_PART, str_of(o->spot.name), none, none);
		o->fd = openat(o->spot.folder, o->temp,
		    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
		if (o->fd != -1)
			return true;
		diag_errno(d, "create a file beside", path);
	}
	spot_close(&o->spot);
	return false;
}

bool
outlet_close(struct outlet *o, bool ok)
{
	bool done;

	if (o->is_standard)
		return ok;
	done = ok && fsync(o->fd) == 0;
	done = close(o->fd) == 0 && done;
	done = done && renameat(o->spot.folder, o->temp, o->spot.folder, o->spot.name) == 0;
	if (ok && !done)
		diag_errno(o->diag, "write", o->path);
	if (!done)
		unlinkat(o->spot.folder, o->temp, 0);
	spot_close(&o->spot);
	return done;
}
