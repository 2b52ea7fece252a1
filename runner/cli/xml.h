/*
 * Any text in XML 1.0.
 */
#ifndef RUNNER_CLI_XML_H
#define RUNNER_CLI_XML_H

#include "tangle/base/str.h"

struct buf;

/*
 * Append text, escaped for an element.  XML has no way to say most control characters:
 * their pictures (U+2400 to U+2421) stand in for C0 and DEL, "\u0085" for C1 and for what
 * is no character, and U+FFFD for bytes that are no UTF-8.
 */
void xml_add(struct buf *to, struct str text);

/* Append ` name="text"`, in which line ends and tabs survive. */
void xml_attribute(struct buf *to, const char *name, struct str text);

#endif
