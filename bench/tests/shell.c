/* SPDX-License-Identifier: MIT */
/* shell.c: see shell.h. */
#include "shell.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/wait.h>

#include <cmocka.h>

int shell_run(const char *command, char *output, size_t size)
{
    FILE *stream = popen(command, "r");
    int status;

    assert_non_null(stream);
    output[fread(output, 1, size - 1, stream)] = '\0';
    status = pclose(stream);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}
