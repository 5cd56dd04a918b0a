/* SPDX-License-Identifier: MIT */
/*
 * run_output.h: where the files of a command that measures go, and in which order: the directory
 * and the machine as it was found before the run, the command's files after it, the manifest last,
 * so that a directory with a manifest is a whole one. All of it complains in one line on stderr.
 */
#ifndef LOOKASIDE_RUN_OUTPUT_H
#define LOOKASIDE_RUN_OUTPUT_H

#include <argp.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

#include "request_options.h"

/* The keys of the options for argp, the same in every command that measures. */
enum {
    KEY_OUT = 'o',
    KEY_QUIET = 'q',
};

struct cli_output {
    const char *out; /* --out, or NULL: a new directory under results/ */
    bool quiet;      /* --quiet: nothing but errors */
    char dir[4096];
    json_t *manifest;
};

/* The rows of struct argp_option of commands that measure by a plan of their own, as far as they
 * read the same. */
#define CLI_PLAN_OPTIONS                                                                           \
    {"strategy", KEY_STRATEGY, "A,B", 0, "these strategies (default: all)", 0},                    \
        {"allocator", KEY_ALLOCATOR, "A,B", 0, "these allocators, behind the lists and plain", 0}, \
        {"placement", KEY_PLACEMENT, "P", 0, "which thread runs where (default: compact)", 0},     \
        {"size", KEY_SIZE, "BYTES", 0, "of an object (default: 256)", 0},                          \
        {"out", KEY_OUT, "DIR", 0, "result directory (default: a new one under results/)", 0},     \
    {                                                                                              \
        "quiet", KEY_QUIET, NULL, 0, "print nothing but errors", 0                                 \
    }

/* Takes any of those, and the others of the request; ARGP_ERR_UNKNOWN for another key. */
error_t cli_take_plan(int key, char *argument, struct cli_output *output,
                      struct la_request *request);

/* Takes either option; ARGP_ERR_UNKNOWN for another key. argument has to outlive the output. */
error_t cli_take_output(int key, char *argument, struct cli_output *output);

/* Creates the directory and begins the manifest, before any thread is bound. CLI_DONE, with
 * cli_output_end() to follow, or CLI_BAD. */
int cli_output_begin(struct cli_output *output);

/* Writes one file of the run, whole or not at all. CLI_DONE or CLI_BAD; json is taken over. */
int cli_output_write(const struct cli_output *output, const char *name,
                     void (*write)(FILE *stream, const void *content), const void *content);
int cli_output_write_json(const struct cli_output *output, const char *name, json_t *json);

/* After the files: writes the manifest, and points results/latest here if --out does not say where.
 * Takes settings and noise over. CLI_DONE or CLI_BAD. */
int cli_output_publish(struct cli_output *output, const char *command, json_t *settings,
                       json_t *noise);

/* Tells which files are there now, and whether an interrupt cut them short. */
void cli_output_tell(const struct cli_output *output, const char *files);

/* What to return, after saying so, when a run was interrupted too early. */
int cli_output_nothing(void);

/* Ends what cli_output_begin() began; with a status other than CLI_DONE a directory that is empty
 * goes, too. Returns status. */
int cli_output_end(struct cli_output *output, int status);

#endif
