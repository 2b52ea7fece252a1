/*
 * Cells on their way to a host: in their turn, or ahead of it.
 *
 * While a cell runs those that follow it can be with the host already, which
 * goes on with them as long as each ends well and leaves nothing (protocol.h).
 * The first other end makes what was sent ahead void, on both sides.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "runner/build/loop.h"
#include "runner/session/image.h"
#include "runner/session/session.h"
#include "runner/session/state.h"
#include "tangle/base/trace.h"

enum { UNREAD = 1 << 20 };	/* bytes that a cell may print before anyone looks */

static struct str
arguments_of(const struct session_run *r, struct buf *b)
{
	size_t i;

	for (i = 0; i < r->nargs; i++) {
		buf_add(b, str_of(r->args[i]));
		buf_byte(b, '\0');
	}
	return buf_str(b);
}

/* Several parts of a piece come one after another: its last copy is kept. */
static int
seal_object(struct session *s, const struct session_object *o)
{
	if (!session_is_part(o))
		return warden_seal("cell", session_object_bytes(o));
	if (s->sealed != o->piece->number && s->sealed_piece != -1) {
		close(s->sealed_piece);
		s->sealed_piece = -1;
	}
	if (s->sealed_piece == -1)
		s->sealed_piece = warden_seal("cell", o->piece->bytes);
	s->sealed = o->piece->number;
	return s->sealed_piece == -1 ? -1 : fcntl(s->sealed_piece, F_DUPFD_CLOEXEC, 0);
}

/* The part that runs Lua cells: one file for the session, so that it stays what it is. */
static int
lua_part(struct session *s)
{
	if (s->lua == -1 && s->lua_path)
		s->lua = open(s->lua_path, O_RDONLY | O_CLOEXEC);
	return s->lua;
}

static bool
send_run(struct session *s, const struct host *h, const struct order *o, struct str arguments,
    const struct session_run *r)
{
	int object = seal_object(s, &r->object);
	int in = r->stdin_text.len > 0 ? warden_seal("stdin", r->stdin_text) : -1;
	bool sent = object != -1 && (in != -1 || r->stdin_text.len == 0) &&
	    (!r->is_lua || lua_part(s) != -1) && (r->is_lua ?
	    order_lua(h->socket, o, arguments, object, s->lua, in) :
	    order_run(h->socket, o, arguments, object, in));
	int error = errno;

	if (object != -1)
		close(object);
	if (in != -1)
		close(in);
	errno = error;
	return sent;
}

/* How much room the host has to make for it. */
static void
place(struct order *o, const struct session_run *r)
{
	struct image image;
	bool is_part = session_is_part(&r->object);

	o->slot = r->object.slot < PROTOCOL_SLOTS ? (uint32_t)r->object.slot : PROTOCOL_SLOTS;
	if (is_part) {
		o->piece = r->object.piece->number;
		o->base = r->object.base;
		o->unit = r->object.unit;
		o->slot -= (uint32_t)(r->object.base / PROTOCOL_SLOT);
	}
	if (r->is_lua || r->is_engine)
		o->unit = r->object.number;
	else if (!r->is_shell && image_open(&image, is_part ? r->object.piece->bytes :
	    session_object_bytes(&r->object)))
		o->extent = image_extent(&image);
}

bool
session_hand(struct session *s, const struct host *h, const struct session_run *r, uint32_t flags)
{
	struct buf arguments = {0};
	struct str args = arguments_of(r, &arguments);
	struct order o = {
		.type = ORDER_RUN, .size = (uint32_t)args.len, .number = ++s->handed,
		.memory = r->memory, .file_size = r->file_size, .nargs = (uint32_t)r->nargs,
		.pipe = s->handed % PROTOCOL_PIPES,
		.flags = flags | (r->full_buffer ? RUN_FULL_BUFFER : 0) |
		    (r->is_program ? RUN_PROGRAM : 0) |
		    (r->is_program && r->is_isolated ? RUN_IN_PLACE : 0) |
		    (r->is_shell ? RUN_SHELL : 0) | (r->is_lua ? RUN_LUA : 0) |
		    (r->is_engine ? RUN_ENGINE : 0) | (r->from_stdin ? RUN_FROM_STDIN : 0)
	};
	bool sent = false;

	place(&o, r);
	stream_discard(&s->out, o.pipe);
	stream_discard(&s->err, o.pipe);
	if (args.len > PROTOCOL_PAYLOAD || r->nargs > PROTOCOL_ARGS)
		errno = E2BIG;
	else
		sent = send_run(s, h, &o, args, r);
	buf_release(&arguments);
	return sent;
}

/* Nothing but its code happens in the host, and nobody has to look at it in between. */
static bool
is_plain(const struct session_run *r)
{
	return !r->is_program && !r->is_isolated && !r->is_shell && !r->is_engine && !r->once && !r->is_timed &&
	    r->output_kill >= UNREAD;
}

bool
session_ahead(struct session *s, const struct session_run *r)
{
	size_t n = s->nahead;

	if (n == sizeof s->ahead / sizeof *s->ahead || s->phase != RUNNING || s->again ||
	    s->host != &s->shared || !is_plain(&s->step) || !is_plain(r) ||
	    s->past.most > 1 || past_wants_copy(&s->past, r) || !session_hand(s, s->host, r, RUN_AHEAD))
		return false;
	s->ahead[n] = (struct ahead){ *r, s->handed, loop_now() };
	s->nahead++;
	trace("session", "ahead: cell %zu", r->object.number);
	return true;
}

size_t
session_nahead(const struct session *s)
{
	return s->nahead;
}

bool
session_take_ahead(struct session *s, const struct session_run *r, struct ahead *taken)
{
	if (s->nahead == 0)
		return false;
	*taken = s->ahead[0];
	if (str_eq(taken->run.object.bytes, r->object.bytes) &&
	    taken->run.object.piece == r->object.piece &&
	    taken->run.object.number == r->object.number) {
		memmove(s->ahead, s->ahead + 1, --s->nahead * sizeof *s->ahead);
		return true;
	}
	/* Another one than was said, which may have run by now: back. */
	session_end_shared(s);
	session_host_lost(s, &s->shared);
	return false;
}
