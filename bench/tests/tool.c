/* SPDX-License-Identifier: MIT */
/* tool.c: see tool.h. */
#include "tool.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "shell.h"

char tool_output[1 << 18];

static int __attribute__((format(printf, 2, 0)))
run(const char *environment, const char *format, va_list arguments)
{
    char command[2048];
    int length =
        snprintf(command, sizeof command, "exec 2>&1; %s %s ", environment, LOOKASIDE_TOOL);

    length += vsnprintf(command + length, sizeof command - (size_t)length, format, arguments);
    assert_true((size_t)length < sizeof command);
    return shell_run(command, tool_output, sizeof tool_output);
}

int tool_run(const char *format, ...)
{
    va_list arguments;
    int status;

    va_start(arguments, format);
    status = run("", format, arguments);
    va_end(arguments);
    return status;
}

int tool_run_with(const char *environment, const char *format, ...)
{
    va_list arguments;
    int status;

    va_start(arguments, format);
    status = run(environment, format, arguments);
    va_end(arguments);
    return status;
}

void tool_said(const char *text)
{
    if (!strstr(tool_output, text))
        fail_msg("'%s' is not in:\n%s", text, tool_output);
}

void tool_said_not(const char *text)
{
    if (strstr(tool_output, text))
        fail_msg("'%s' is in:\n%s", text, tool_output);
}

void tool_said_one_line(const char *text)
{
    tool_said(text);
    assert_ptr_equal(strchr(tool_output, '\n'), tool_output + strlen(tool_output) - 1);
}

json_t *tool_json(void)
{
    json_error_t error;
    json_t *json = json_loads(tool_output, 0, &error);

    if (!json)
        fail_msg("line %d: %s in %s", error.line, error.text, tool_output);
    return json;
}

json_t *tool_load(const char *dir, const char *name)
{
    char path[512];
    json_error_t error;
    json_t *json;

    snprintf(path, sizeof path, "%s/%s", dir, name);
    json = json_load_file(path, 0, &error);
    if (!json)
        fail_msg("%s, line %d: %s", path, error.line, error.text);
    return json;
}
