/*
 * What two processes say to each other: a length, and as many bytes.
 *
 * The other end may be hostile: a length is checked before memory is taken for it,
 * and nothing is waited for beyond a time.
 */
#ifndef RUNNER_SCRIPT_FRAME_H
#define RUNNER_SCRIPT_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tangle/base/str.h"

struct buf;

enum { FRAME_LARGEST = 64 << 20 };

enum frame_answer { FRAME_DONE, FRAME_LATE, FRAME_GONE };

/* Into an empty buffer; its bytes follow, and frame_send sends it. */
void frame_begin(struct buf *b);

/*
 * Send what is left of a frame: *done of its bytes have gone.  FRAME_LATE at `until`
 * (loop_now's clock; 0: never): to be called again, or not.
 */
enum frame_answer frame_send(int fd, struct buf *b, size_t *done, int64_t until);

/* Receive into a buffer that was empty at first; the same of FRAME_LATE. */
enum frame_answer frame_receive(int fd, struct buf *b, int64_t until);

/* What was received. */
struct str frame_bytes(const struct buf *b);

#endif
