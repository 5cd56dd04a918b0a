/* SPDX-License-Identifier: MIT */
/* shell.h: for tests that drive the executable as its user does. */
#ifndef LOOKASIDE_TEST_SHELL_H
#define LOOKASIDE_TEST_SHELL_H

#include <stddef.h>

/* Runs a command by the shell; its standard output, as far as it fits, and a NUL end up in output.
 * Returns its exit status; the test fails if it cannot be started or ends by a signal. */
int shell_run(const char *command, char *output, size_t size);

#endif
