/* SPDX-License-Identifier: MIT */
/* tool.c: see tool.h. */
#include "tool.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "cli.h"
#include "fuzz.h"

static const struct {
    const char *name;
    int (*run)(int argc, char **argv);
} commands[] = {
#define LOOKASIDE_COMMAND(name, summary, example) {#name, cmd_##name},
#include "commands.def"
#undef LOOKASIDE_COMMAND
};

static char said[1 << 16];

/* glibc's streams are variables: what libraries print goes the same way. */
static int run_silently(int (*run)(int argc, char **argv), int argc, char **argv)
{
    static FILE *nowhere;
    FILE *const out = stdout, *const error = stderr;
    int status;

    if (!nowhere)
        nowhere = fopen("/dev/null", "w");
    memset(said, 0, sizeof said);
    stdout = nowhere;
    stderr = fmemopen(said, sizeof said - 1, "w");
    FUZZ_CHECK(stdout && stderr, "no streams");
    status = run(argc, argv);
    fclose(stderr);
    stdout = out;
    stderr = error;
    return status;
}

/* The last newline is the only control character. */
static bool is_one_line(const char *text)
{
    const char *at = text;

    while (*at && !iscntrl((unsigned char)*at))
        at++;
    return at != text && at[0] == '\n' && !at[1];
}

static bool status_known(int status)
{
    return status == CLI_DONE || status == CLI_NEGATIVE || status == CLI_BAD ||
           status == CLI_NOTHING;
}

int tool_run_function(int (*run)(int argc, char **argv), int argc, char **argv, bool *complained)
{
    const int status = run_silently(run, argc, argv);

    FUZZ_CHECK(status_known(status), "%s ended with %d", argv[0], status);
    *complained = status == CLI_BAD && *said;
    if (*complained)
        FUZZ_CHECK(is_one_line(said) && strncmp(said, "lookaside: ", 11) == 0 && said[11] != '\n',
                   "%s complained not in one line: '%s'", argv[0], said);
    return status;
}

bool tool_run(int argc, char **argv, int *status, bool *complained)
{
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        if (strcmp(argv[0], commands[i].name) != 0)
            continue;
        *status = tool_run_function(commands[i].run, argc, argv, complained);
        return true;
    }
    return false;
}
