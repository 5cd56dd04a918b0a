/* SPDX-License-Identifier: MIT */
/* tool.h: for tests that run `lookaside` and look at what it said and wrote. */
#ifndef LOOKASIDE_TEST_TOOL_H
#define LOOKASIDE_TEST_TOOL_H

#include <jansson.h>

/* What the last tool_run() said. */
extern char tool_output[1 << 18];

/* Runs "lookaside ARGUMENTS"; returns its exit status. stdout and stderr are both in tool_output,
 * unless the arguments say otherwise ("2>/dev/null"). */
int tool_run(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The same with variables set before it: "NAME=VALUE". */
int tool_run_with(const char *environment, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Fails the test unless the last run said this, or if it did. */
void tool_said(const char *text);
void tool_said_not(const char *text);

/* Fails the test unless the last run said this and no second line. */
void tool_said_one_line(const char *text);

/* What the last run said, or <dir>/<name>, as JSON; the test fails if it is none. */
json_t *tool_json(void);
json_t *tool_load(const char *dir, const char *name);

#endif
