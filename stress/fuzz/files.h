/* SPDX-License-Identifier: MIT */
/* files.h: for targets whose readers want a file. */
#ifndef LOOKASIDE_FUZZ_FILES_H
#define LOOKASIDE_FUZZ_FILES_H

#include <stdbool.h>
#include <stddef.h>

/* A complaint of a reader's own, which cli_bad() would print: that there is one. */
void files_check_line(const char *line);

/* A directory in memory where there is one, made by the first call; gone when the process is. */
const char *files_directory(void);

/* What is in it, gone. */
void files_remove(void);

/* Writes the bytes as <directory>/<name>. Returns the path, in one place for all calls. */
const char *files_write(const char *name, const void *bytes, size_t size);

/* The same for each file in the text: a line "== NAME", then its lines. Names that known() does not
 * know are left out, so that no input writes elsewhere; so is what stands before the first. */
void files_write_all(char *text, bool (*known)(const char *name));

#endif
