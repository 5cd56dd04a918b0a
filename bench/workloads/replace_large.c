/* SPDX-License-Identifier: MIT */
/*
 * replace-large: replace with sixteen times as many objects.
 *
 * Question: what is left of a contender's lead when most of the time goes to objects that are not
 * in the core's own caches?
 * Plan: every thread holds 16384 objects, 4 MiB of the usual size. It is the control of antagonist,
 * which does the same while the other CPUs disturb.
 * Latency sample: four replacements.
 */
#include "large_set.h"

LA_STEPS(large_set, 2)
LA_STAMP(large_set)

const struct la_workload la_workload_replace_large = {
    .name = "replace-large",
    .summary = "replace on a set larger than a core's own caches: the control of antagonist",
    .on_request = true,
    .returns_own = true,
    .live = large_set_size,
    .fill = large_set_fill,
    .drain = large_set_drain,
    LA_STAMPED(large_set),
};
