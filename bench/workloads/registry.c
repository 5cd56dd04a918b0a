/* SPDX-License-Identifier: MIT */
/* registry.c: the table of workloads; see workload.h. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "regime.h"

#define LOOKASIDE_WORKLOAD(name) extern const struct la_workload la_workload_##name;
#include "workloads.def"
#undef LOOKASIDE_WORKLOAD

static const struct la_workload *const workloads[] = {
#define LOOKASIDE_WORKLOAD(name) &la_workload_##name,
#include "workloads.def"
#undef LOOKASIDE_WORKLOAD
};

const struct la_workload *la_workload_at(size_t index)
{
    return index < sizeof workloads / sizeof *workloads ? workloads[index] : NULL;
}

const struct la_workload *la_workload_find(const char *name)
{
    const struct la_workload *workload;

    for (size_t i = 0; (workload = la_workload_at(i)); i++) {
        if (strcmp(workload->name, name) == 0)
            return workload;
    }
    for (size_t i = 0; (workload = la_regime_at(i)); i++) {
        if (strcmp(workload->name, name) == 0)
            return workload;
    }
    return NULL;
}

enum la_kind la_kind_bound_to(const char *strategy)
{
#define LA_COMPARE(unused, name, NAME) \
    if (strcmp(strategy, #name) == 0)  \
        return LA_KIND_##NAME;
    LA_EACH_BOUND(LA_COMPARE, )
#undef LA_COMPARE
    return LA_NR_KINDS;
}

void (*la_worker_on_exhausted)(void);

void la_worker_exhausted(size_t size)
{
    fprintf(stderr, "lookaside: no memory for another object of %zu bytes\n", size);
    if (la_worker_on_exhausted)
        la_worker_on_exhausted();
    _exit(2);
}
