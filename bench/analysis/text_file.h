/* SPDX-License-Identifier: MIT */
/* text_file.h: a whole file in memory. */
#ifndef LOOKASIDE_ANALYSIS_TEXT_FILE_H
#define LOOKASIDE_ANALYSIS_TEXT_FILE_H

#include "run.h"

struct la_text {
    char *bytes; /* with a '\0' behind them; NULL when nothing was read */
    size_t size;
};

/* Reads path. 0, or -errno with *text empty. Free text->bytes. */
int la_text_read(const char *path, struct la_text *text);

/* Reads <dir>/<name>, which must be there. 0, or -errno with *why. */
int la_text_need(const char *dir, const char *name, struct la_text *text, struct la_why *why);

#endif
