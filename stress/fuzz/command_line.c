/* SPDX-License-Identifier: MIT */
/*
 * command_line.c: a target: a command line, a word a line, the first the subcommand. It is parsed
 * as ever and then ends: nothing is measured or written. Either the line is good, or exactly one
 * line says what is wrong with it.
 */
#include <argp.h>
#include <stdlib.h>

#include "cli.h"
#include "fuzz.h"
#include "text.h"
#include "tool.h"

static bool parsed;

/* The linker puts this in the place of the parser that the subcommands call: to them, everything
 * was wrong. */
int __real_cli_parse(const struct argp *argp, int argc, char **argv, void *input);
int __wrap_cli_parse(const struct argp *argp, int argc, char **argv, void *input);
int __wrap_cli_parse(const struct argp *argp, int argc, char **argv, void *input)
{
    parsed = __real_cli_parse(argp, argc, argv, input) == CLI_DONE;
    return CLI_BAD;
}

/* Help would end the process. */
void __wrap_argp_state_help(const struct argp_state *state, FILE *stream, unsigned flags);
void __wrap_argp_state_help(const struct argp_state *state, FILE *stream, unsigned flags)
{
    (void)state;
    (void)stream;
    (void)flags;
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    char *text = text_copy(bytes, size), *at = text, *arguments[TOOL_MAX_ARGUMENTS];
    bool complained;
    int argc = 0, status;

    do
        arguments[argc++] = text_line(&at);
    while (*at && argc < TOOL_MAX_ARGUMENTS - 1);
    arguments[argc] = NULL;
    parsed = false;
    if (tool_run(argc, arguments, &status, &complained))
        FUZZ_CHECK(parsed != complained, "%s: %s", arguments[0],
                   parsed ? "a complaint about a good line" : "refused without a word");
    free(text);
    return 0;
}
