/* SPDX-License-Identifier: MIT */
/*
 * soak_state.c: a target: the state that a soak goes on from. What is taken is written again, and
 * must then be what is read.
 */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "files.h"
#include "fuzz.h"
#include "soak_state.h"
#include "tool.h"

static struct soak_state state, again;

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    /* Otherwise the order in which members are printed differs from process to process. */
    json_object_seed(1);
    return 0;
}

/* What the corpus was asked for. */
static void ask(struct soak_state *asked)
{
    memset(asked, 0, sizeof *asked);
    asked->hours = 1;
    asked->seed = 1;
    asked->names = (struct stress_names){.nr_strategies = 1, .nr_scenarios = 1};
    asked->names.strategies[0] = "percpu";
    asked->names.scenarios[0] = "churn";
}

static int load(int argc, char **argv)
{
    (void)argc;
    ask(&state);
    return soak_state_load(&state, argv[0]);
}

static void check_taken(const char *path)
{
    FUZZ_CHECK(state.nr_findings <= SOAK_MAX_FINDINGS && state.memory.nr <= LA_TREND_MAX,
               "more than there is room for");
    FUZZ_CHECK(soak_state_save(&state, path), "not written again");
    ask(&again);
    FUZZ_CHECK(soak_state_load(&again, path) == CLI_DONE, "not read again");
    FUZZ_CHECK(again.nr_runs == state.nr_runs && again.done[0] == state.done[0] &&
                   again.nr_findings == state.nr_findings && again.memory.nr == state.memory.nr,
               "read as something else");
    soak_state_end_process(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    char path[256], *arguments[] = {path, NULL};
    bool complained;
    int status;

    snprintf(path, sizeof path, "%s", files_write("soak.json", bytes, size));
    status = tool_run_function(load, 1, arguments, &complained);
    FUZZ_CHECK(status == CLI_DONE || (status == CLI_BAD && complained), "status %d", status);
    if (status == CLI_DONE)
        check_taken(path);
    return 0;
}
