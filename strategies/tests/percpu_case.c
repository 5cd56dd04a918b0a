/* SPDX-License-Identifier: MIT */
/* percpu_case.c: see percpu_case.h. */
#include "percpu_case.h"

#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

#include "chain.h"
#include "llc.h"
#include "platform.h"

const struct lookaside_strategy *const percpu = &la_strategy_percpu;
struct entry entries[NR_ENTRIES];
struct lookaside list;
int cpus[2];

void bind_to(int cpu)
{
    cpu_set_t set;

    CPU_ZERO(&set);
    CPU_SET(cpu, &set);
    assert_int_equal(sched_setaffinity(0, sizeof set, &set), 0);
}

void bind_to_both(void)
{
    cpu_set_t set;

    CPU_ZERO(&set);
    CPU_SET(cpus[0], &set);
    CPU_SET(cpus[1], &set);
    assert_int_equal(sched_setaffinity(0, sizeof set, &set), 0);
}

/* Each of the two CPUs has a last-level cache of its own, as far as the strategy knows. */
static int assume_two_caches(void)
{
    static struct la_llc llc = {.nr = 2};
    uint32_t *of_cpu;

    if (llc.of_cpu)
        return 0;
    of_cpu = calloc(la_possible_cpus(), sizeof *of_cpu);

    if (!of_cpu || cpus[0] == cpus[1])
        return -1;
    of_cpu[cpus[1]] = 1;
    llc.of_cpu = of_cpu;
    la_llc_assume(&llc);
    return 0;
}

int find_cpus(void **state)
{
    cpu_set_t set;
    int nr = 0;

    (void)state;
    if (sched_getaffinity(0, sizeof set, &set))
        return -1;
    for (int cpu = 0; cpu < CPU_SETSIZE && nr < 2; cpu++) {
        if (CPU_ISSET(cpu, &set))
            cpus[nr++] = cpu;
    }
    if (nr == 1)
        cpus[1] = cpus[0];
    return nr > 0 ? 0 : -1;
}

int find_two_caches(void **state)
{
    return find_cpus(state) || assume_two_caches() ? -1 : 0;
}

int run_cases(int nr_arguments, char **arguments, int (*run)(CMFixtureFunction set_up))
{
    bool two_caches = nr_arguments > 1 && strcmp(arguments[1], "two-caches") == 0;

    if (two_caches && find_two_caches(NULL))
        return 77;
    return run(two_caches ? find_two_caches : find_cpus);
}

void make_list(uint32_t limit)
{
    memset(&list, 0, sizeof list);
    list.size = sizeof(struct entry);
    list.strategy = percpu;
    list.pop = percpu->pop;
    list.push = percpu->push;
    list.depth.max = limit > 256 ? limit : 256;
    atomic_init(&list.limit, limit);
    assert_int_equal(percpu->init(&list), 0);
}

size_t chain_length(void *chain)
{
    size_t nr = 0;

    for (; chain; chain = la_chain_next(chain))
        nr++;
    return nr;
}

void end_list(void)
{
    percpu->drain(&list, 0);
    percpu->fini(&list);
}

void set_limit(uint32_t limit)
{
    assert_int_equal(percpu->set_depth(&list, limit), 0);
    atomic_store_explicit(&list.limit, limit, memory_order_relaxed);
}

struct lookaside_strategy_stats get_stats(void)
{
    struct lookaside_strategy_stats stats;

    percpu->stats(&list, &stats);
    return stats;
}

uint32_t push_up_to(uint32_t nr)
{
    uint32_t kept = 0;

    while (kept < nr && list.push(&list, &entries[kept]))
        kept++;
    return kept;
}

void pop_expecting_newest_first(uint32_t nr)
{
    while (nr > 0)
        assert_ptr_equal(list.pop(&list), &entries[--nr]);
    assert_null(list.pop(&list));
}

void on_cpu(int cpu, void *(*work)(void *), void *argument)
{
    pthread_t thread;
    pthread_attr_t attributes;
    cpu_set_t set;

    CPU_ZERO(&set);
    CPU_SET(cpu, &set);
    pthread_attr_init(&attributes);
    pthread_attr_setaffinity_np(&attributes, sizeof set, &set);
    assert_int_equal(pthread_create(&thread, &attributes, work, argument), 0);
    pthread_join(thread, NULL);
    pthread_attr_destroy(&attributes);
}

void needs_two_cpus(void)
{
    if (cpus[0] == cpus[1])
        skip();
}
