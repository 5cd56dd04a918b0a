/* SPDX-License-Identifier: MIT */
/* dir_argument.h: the command line of a command that reads one result directory: DIR and a flag. */
#ifndef LOOKASIDE_DIR_ARGUMENT_H
#define LOOKASIDE_DIR_ARGUMENT_H

#include <argp.h>
#include <stdbool.h>

struct cli_dir_argument {
    const char *dir;
    bool flag;
};

/* Parses it; doc as in struct argp. CLI_DONE, or CLI_BAD after one line on stderr. argv has to
 * outlive the argument. */
int cli_parse_dir(const char *command, struct argp_option flag, const char *doc, int argc,
                  char **argv, struct cli_dir_argument *argument);

#endif
