/* SPDX-License-Identifier: MIT */
/* manifest_file.h: manifest.json of a run, and whether two of them are of one machine. */
#ifndef LOOKASIDE_ANALYSIS_MANIFEST_FILE_H
#define LOOKASIDE_ANALYSIS_MANIFEST_FILE_H

#include <jansson.h>

#include "run.h"

/* Reads <dir>/manifest.json. 0, with *manifest NULL if there is none; or -1 with *why if what is
 * there is broken. json_decref() ends it. */
int la_manifest_read(const char *dir, json_t **manifest, struct la_why *why);

/* What tells the machines of two manifests apart in a way that moves times: processor, kernel, C
 * library, caches, what the process may use of the CPUs; as one phrase, "" if nothing does. NULL
 * is a machine that is not known, and so another one. Returns text. */
const char *la_machines_differ(const json_t *base, const json_t *now, char *text, size_t size);

#endif
