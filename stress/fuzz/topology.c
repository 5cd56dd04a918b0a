/* SPDX-License-Identifier: MIT */
/*
 * topology.c: a target: a machine in words or as an XML file, a placement's name and a number of
 * threads, a line each; the file is all that follows. A plan must be on the machine's CPUs, and on
 * different ones unless more threads than CPUs were allowed.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "files.h"
#include "fuzz.h"
#include "text.h"
#include "topology.h"

enum { MOST_THREADS = 64, MOST_CPUS = 1024 }; /* what is beyond takes seconds, and says no more */

static bool has_cpu(const struct la_topology *topology, unsigned os)
{
    for (unsigned i = 0; i < topology->nr_cpus; i++) {
        if (topology->cpus[i].os == os)
            return true;
    }
    return false;
}

static void check_plan(const struct la_topology *topology, const struct la_placement *plan,
                       unsigned nr_threads, bool oversubscribe)
{
    FUZZ_CHECK(plan->nr_threads == nr_threads, "%u threads planned, not %u", plan->nr_threads,
               nr_threads);
    for (unsigned i = 0; i < nr_threads; i++)
        FUZZ_CHECK(has_cpu(topology, plan->cpu[i]), "thread %u on CPU %u, which is not there", i,
                   plan->cpu[i]);
    oversubscribe = oversubscribe || strcmp(plan->name, "oversubscribed") == 0;
    FUZZ_CHECK(oversubscribe || la_placement_cpus(plan) == nr_threads,
               "%u threads on %u CPUs without being asked", nr_threads, la_placement_cpus(plan));
}

static void plan_one(const struct la_topology *topology, const char *name, unsigned nr_threads,
                     bool oversubscribe)
{
    struct la_placement plan;
    const char *why = NULL;
    const int error = la_placement_plan(topology, name, nr_threads, oversubscribe, &plan, &why);

    if (!error)
        check_plan(topology, &plan, nr_threads, oversubscribe);
    else if (error != -EINVAL)
        files_check_line(why ? why : "");
}

static void plan_all(const struct la_topology *topology, const char *name, unsigned nr_threads)
{
    char *text = NULL;
    size_t size;
    FILE *stream = open_memstream(&text, &size);
    const char *known, *why;

    la_topology_print(topology, stream);
    fclose(stream);
    free(text);
    plan_one(topology, name, nr_threads, true);
    plan_one(topology, name, nr_threads, false);
    for (size_t i = 0; (known = la_placement_name(i)); i++) {
        const unsigned held = la_placement_capacity(topology, known, &why);

        if (held > 0)
            plan_one(topology, known, held < MOST_THREADS ? held : MOST_THREADS, false);
    }
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    /* hwloc says on stderr what it thinks of a file, as often as it likes. */
    setenv("HWLOC_HIDE_ERRORS", "2", 1);
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    char *text = text_copy(bytes, size), *at = text;
    const char *words = text_line(&at), *name = text_line(&at);
    const unsigned nr_threads = (unsigned)(strtoul(text_line(&at), NULL, 10) % 2048);
    const char *file = *words ? NULL : files_write("topology.xml", at, strlen(at)), *why = NULL;
    struct la_topology *topology = la_topology_load(*words ? words : NULL, file, &why);

    if (topology && topology->nr_cpus <= MOST_CPUS)
        plan_all(topology, name, nr_threads);
    else if (!topology)
        files_check_line(why ? why : "");
    if (topology)
        la_topology_free(topology);
    free(text);
    return 0;
}
