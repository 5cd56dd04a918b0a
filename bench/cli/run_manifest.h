/* SPDX-License-Identifier: MIT */
/* run_manifest.h: manifest.json for the commands that measure, complete with the allocators. */
#ifndef LOOKASIDE_RUN_MANIFEST_H
#define LOOKASIDE_RUN_MANIFEST_H

#include <jansson.h>

/* Before the run, and before any thread is bound: the machine as it was found. */
json_t *cli_manifest_begin(void);

/* After the run: writes manifest.json into dir, with the command's settings and noise, or adds
 * these to the one that is there. Takes all three objects over. 0, or CLI_BAD after one line on
 * stderr. */
int cli_manifest_end(json_t *manifest, const char *dir, const char *command, json_t *settings,
                     json_t *noise);

#endif
