/* SPDX-License-Identifier: MIT */
/* dir_argument.c: see dir_argument.h. */
#include "dir_argument.h"

#include "cli.h"

struct input {
    int flag;
    struct cli_dir_argument *argument;
};

static error_t parse_option(int key, char *word, struct argp_state *state)
{
    const struct input *input = state->input;

    if (key == input->flag) {
        input->argument->flag = true;
        return 0;
    }
    if (key != ARGP_KEY_ARG || input->argument->dir)
        return ARGP_ERR_UNKNOWN;
    input->argument->dir = word;
    return 0;
}

int cli_parse_dir(const char *command, struct argp_option flag, const char *doc, int argc,
                  char **argv, struct cli_dir_argument *argument)
{
    const struct argp_option known[] = {flag, {0}};
    const struct argp argp = {
        .options = known, .parser = parse_option, .args_doc = "DIR", .doc = doc};
    struct input input = {flag.key, argument};

    if (cli_parse(&argp, argc, argv, &input))
        return CLI_BAD;
    if (!argument->dir)
        return cli_bad("no result directory given; see lookaside %s --help", command);
    return CLI_DONE;
}
