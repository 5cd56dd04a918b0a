/* SPDX-License-Identifier: MIT */
/*
 * cpu_offline.c: CPUs are taken offline and brought back while all churn. That is done to the whole
 * machine, so only who says LOOKASIDE_STRESS_CPUS=offline gets it. What was kept for a CPU that is
 * gone must be reached by flush, ticks and the limit.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "platform.h"
#include "scenario.h"

enum { MOST = 30, STEPS = 20000, PATH_BYTES = 64, FLUSH_ONE_IN = 4 };

static void path_of(char path[PATH_BYTES], unsigned cpu)
{
    snprintf(path, PATH_BYTES, "/sys/devices/system/cpu/cpu%u/online", cpu);
}

/* CPU 0 stays. */
static bool can_switch(unsigned cpu)
{
    char path[PATH_BYTES];

    path_of(path, cpu);
    return cpu > 0 && access(path, W_OK) == 0;
}

static int begin(struct stress_run *run, const char **why)
{
    const char *asked = getenv("LOOKASIDE_STRESS_CPUS");

    (void)run;
    *why = "takes CPUs of the machine offline: LOOKASIDE_STRESS_CPUS=offline allows it";
    if (!asked || strcmp(asked, "offline") != 0)
        return -ENOTSUP;
    *why = "no CPU here can be taken offline";
    for (unsigned cpu = 0; cpu < la_possible_cpus(); cpu++) {
        if (can_switch(cpu))
            return 0;
    }
    return -ENOTSUP;
}

static void switch_cpu(unsigned cpu, bool online)
{
    char path[PATH_BYTES];
    FILE *file;

    path_of(path, cpu);
    file = fopen(path, "we");
    if (!file)
        return;
    /* The kernel may refuse: the last CPU of something stays. */
    (void)fputc(online ? '1' : '0', file);
    (void)fclose(file);
}

static void end(struct stress_run *run)
{
    (void)run;
    for (unsigned cpu = 0; cpu < la_possible_cpus(); cpu++) {
        if (can_switch(cpu))
            switch_cpu(cpu, true);
    }
}

static void cpu_offline(struct stress_worker *worker)
{
    struct stress_run *run = worker->run;

    while (stress_going(worker)) {
        const unsigned cpu = stress_below(worker, la_possible_cpus());

        if (worker->index == 0 && can_switch(cpu))
            switch_cpu(cpu, stress_below(worker, 2));
        else if (stress_below(worker, FLUSH_ONE_IN) == 0)
            stress_flush(worker, run->lists);
        /* Being moved off a CPU that went away widens what a thread may use: narrow it again. */
        stress_migrate(worker);
        stress_churn_some(worker, MOST, stress_below(worker, STEPS));
    }
    stress_free_all(worker);
}

const struct stress_scenario stress_cpu_offline = {
    .name = "cpu-offline",
    .summary = "CPUs go offline and come back (only if allowed)",
    .depth = 64,
    .bytes = 64,
    .nr_blocks = 8192,
    .adaptive = true,
    .min_threads = 2,
    .begin = begin,
    .end = end,
    .work = cpu_offline,
};
