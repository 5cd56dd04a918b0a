/* SPDX-License-Identifier: MIT */
/* one_line.h: others' text, such as a variable's value or a file's name, inside a message that has
 * to be one line. */
#ifndef LOOKASIDE_ONE_LINE_H
#define LOOKASIDE_ONE_LINE_H

#include <stdbool.h>
#include <stddef.h>

/* Enough for what is quoted within a line. */
enum { LA_ONE_LINE = 256 };

/* Copies text into shown[size], size at least 4, with escapes (\n, \t, \r, \x1B) in place of what
 * ends a line, moves the cursor or is no UTF-8: control characters, the separators of lines and
 * paragraphs, stray bytes. What does not fit ends in "...". */
void la_one_line(char *shown, size_t size, const char *text);

/* Whether nothing in text needs an escape. */
bool la_is_one_line(const char *text);

#endif
