/*
 * Programs that keep a session in a language of their own, as texts in it.
 *
 * Each is a host (protocol.h): python.py is the example, and its own manual.
 */
#ifndef RUNNER_SESSION_DRIVER_H
#define RUNNER_SESSION_DRIVER_H

/* By its name: "python".  NULL: there is none. */
const char *driver_text(const char *name);

#endif
