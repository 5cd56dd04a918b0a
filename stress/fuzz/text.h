/* SPDX-License-Identifier: MIT */
/* text.h: bytes as a text of lines, for targets whose input is words. */
#ifndef LOOKASIDE_FUZZ_TEXT_H
#define LOOKASIDE_FUZZ_TEXT_H

#include <stddef.h>
#include <stdint.h>

/* A copy that ends where the bytes do; free() it. */
char *text_copy(const uint8_t *bytes, size_t size);

/* Cuts the text at its next newline: returns its first line, and moves *text behind it, to an empty
 * text at the end. */
char *text_line(char **text);

#endif
