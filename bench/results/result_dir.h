/* SPDX-License-Identifier: MIT */
/*
 * result_dir.h: where a run's files go: <root>/<UTC time>-<host>/, with <root>/latest pointing at
 * the newest. Files are written whole or not at all: to a temporary name, then renamed.
 */
#ifndef LOOKASIDE_RESULT_DIR_H
#define LOOKASIDE_RESULT_DIR_H

#include <stddef.h>
#include <stdio.h>

/* Creates the directory (out if not NULL, else a new one under "results") and checks that it can
 * be written. Path into path; 0, or -errno. Nothing is left behind on failure. */
int la_result_dir_create(const char *out, char *path, size_t path_size);

/* Points <parent>/latest at dir, if dir lies in a results root of ours. Best effort. */
void la_result_dir_set_latest(const char *dir);

/* Removes the directory if nothing was written to it. */
void la_result_dir_discard_empty(const char *dir);

/* Opens <dir>/<name> for writing under a temporary name; commit renames it into place (0 or
 * -errno), abandon removes it. */
struct la_result_file {
    FILE *stream;
    char path[4096];
    char temporary[4096 + 8];
};
int la_result_file_open(struct la_result_file *file, const char *dir, const char *name);
int la_result_file_commit(struct la_result_file *file);
void la_result_file_abandon(struct la_result_file *file);

#endif
