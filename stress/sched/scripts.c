/* SPDX-License-Identifier: MIT */
/* scripts.c: the table of scripts, made from scripts.def. */
#include "script.h"

#define SETUP(...) .setup = {__VA_ARGS__}
#define THREADS(...) .threads = {__VA_ARGS__}

const struct sched_script sched_scripts[] = {
#define SCHED_SCRIPT(group_, name_, strategy_, depth_, preemptions_, ...) \
    {.group = #group_,                                                    \
     .name = name_,                                                       \
     .strategy = #strategy_,                                              \
     .depth = depth_,                                                     \
     .preemptions = preemptions_,                                         \
     __VA_ARGS__},
#include "scripts.def"
#undef SCHED_SCRIPT
};

const size_t sched_nr_scripts = sizeof sched_scripts / sizeof *sched_scripts;
