/* SPDX-License-Identifier: MIT */
/* cause.c: see cause.h. */
#include "cause.h"

static const struct {
    const char *name, *meaning;
} causes[] = {
    [LA_CAUSE_HIT] = {"hit", "served by the list"},
    [LA_CAUSE_RESTART] = {"restart", "a restartable sequence was interrupted and began again"},
    [LA_CAUSE_REFILL] = {"refill", "left the fast path, for what the thread or CPU has itself"},
    [LA_CAUSE_DEPOT] = {"depot", "visited a depot"},
    [LA_CAUSE_OTHERS] = {"others", "looked at other threads or CPUs, or took from them"},
    [LA_CAUSE_LINE] = {"retry", "lost a compare-and-swap"},
    [LA_CAUSE_LOCK] = {"lock_wait", "waited for another thread"},
    [LA_CAUSE_BACKING] = {"backing", "in the malloc behind, or in plain malloc"},
    [LA_CAUSE_MACHINE] = {"machine", "the thread was stopped"},
    [LA_CAUSE_LOAD] = {"load", "due faster than could be served"},
    [LA_CAUSE_UNKNOWN] = {"unknown", "slow, nobody tells why"},
};

const char *la_cause_name(enum la_cause cause)
{
    return causes[cause].name;
}

const char *la_cause_meaning(enum la_cause cause)
{
    return causes[cause].meaning;
}
