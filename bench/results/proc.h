/* SPDX-License-Identifier: MIT */
/*
 * proc.h: reading the kernel's small text files below a root directory of the caller's choice, so
 * that facts about machines can be tested on machines that are not here. root "" is this machine.
 */
#ifndef LOOKASIDE_PROC_H
#define LOOKASIDE_PROC_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/* The whole file without trailing blanks, to be freed; NULL if it cannot be read or is empty. */
char *la_proc_text(const char *root, const char *path);

/* The value behind "key:" or "key\t:" at the beginning of a line, cut to size; false if none. */
bool la_proc_field(const char *text, const char *key, char *value, size_t size);

/* Whether word stands in text between blanks, commas or ends. */
bool la_proc_has_word(const char *text, const char *word);

/* The file's text as a JSON string, "unknown" if it cannot be read. */
json_t *la_proc_fact(const char *root, const char *path);

/* The word in brackets of "always [madvise] never", "unknown" if it cannot be read. */
json_t *la_proc_choice(const char *root, const char *path);

/* A string as JSON, with bytes that are not UTF-8 replaced: a kernel promises no encoding. */
json_t *la_proc_string(const char *text);

#endif
