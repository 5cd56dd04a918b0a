/* SPDX-License-Identifier: MIT */
/* compare_tool.h: for tests of `lookaside compare`: two result directories, and what it says of
 * them. */
#ifndef LOOKASIDE_TEST_COMPARE_TOOL_H
#define LOOKASIDE_TEST_COMPARE_TOOL_H

#include <stdbool.h>
#include <stddef.h>

#include <jansson.h>

#include "tool.h"

/* A manifest of a machine with this processor and this kernel. */
#define MANIFEST(cpu, kernel)                                                           \
    "{\"tool\": {\"describe\": \"v1\"}, \"host\": {\"glibc\": \"2.36\"}, \"machine\": " \
    "{\"cpu\": {\"name\": \"" cpu "\"}, \"kernel\": \"" kernel                          \
    "\", \"caches\": [{\"level\": \"1\"}]}}"

/* The two directories, of one machine, made before each test and removed after it. */
extern char compare_base[64], compare_new[64];
int compare_make(void **state);
int compare_clear(void **state);
#define COMPARE_TEST(name) cmocka_unit_test_setup_teardown(name, compare_make, compare_clear)

/* Compares them; returns the exit status. */
int compare_run(const char *options);

/* Compares them with --json and expects the status. */
json_t *compare_json(int status);
json_int_t compare_summary(const json_t *root, const char *key);

/* The lines of a contender's counter: so many, each with the verdict and an interval that holds the
 * truth within the allowance. */
struct compare_wanted {
    const char *contender, *counter, *verdict;
    double truth, allowance;
    size_t nr;
};
void compare_lines(const json_t *root, struct compare_wanted wanted);

#endif
