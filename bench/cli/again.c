/* SPDX-License-Identifier: MIT */
/* again.c: see again.h. */
#include "again.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "cli.h"
#include "sampler.h"

static const char measures_option[] = "--worker=";

/* The command line once more, with that option in front. */
static struct {
    char **argv;
    char option[64];
    uint64_t seed;
} kept;

static bool keep_arguments(int argc, char **argv)
{
    static char tool[] = "lookaside";

    free(kept.argv); /* of a command before this one, in a test */
    kept.argv = calloc((size_t)argc + 3, sizeof *kept.argv);
    if (!kept.argv)
        return false;
    kept.argv[0] = tool;
    kept.argv[1] = argv[0];
    kept.argv[2] = kept.option;
    memcpy(kept.argv + 3, argv + 1, (size_t)argc * sizeof *argv);
    return true;
}

/* Takes the option off. */
static int become_process(int *argc, char **argv, struct cli_again *again)
{
    int type;
    socklen_t size = sizeof type;

    if (sscanf(argv[1] + strlen(measures_option), "%u:%" SCNu64, &again->process, &again->seed) !=
            2 ||
        getsockopt(LA_SAMPLER_SOCKET, SOL_SOCKET, SO_TYPE, &type, &size) != 0)
        return cli_bad("%s is how a run starts its own processes", measures_option);
    again->measures = true;
    if (!la_sampler_settle(again->seed, again->process))
        return cli_bad("out of memory");
    memmove(argv + 1, argv + 2, (size_t)(*argc - 1) * sizeof *argv);
    --*argc;
    return CLI_DONE;
}

int cli_again_begin(int *argc, char **argv, struct cli_again *again)
{
    *again = (struct cli_again){0};
    if (*argc > 1 && strncmp(argv[1], measures_option, strlen(measures_option)) == 0)
        return become_process(argc, argv, again);
    return keep_arguments(*argc, argv) ? CLI_DONE : cli_bad("out of memory");
}

void cli_again_seed(uint64_t seed)
{
    kept.seed = seed;
}

char **cli_again_command(unsigned process)
{
    snprintf(kept.option, sizeof kept.option, "%s%u:%" PRIu64, measures_option, process, kept.seed);
    return kept.argv;
}
