/* SPDX-License-Identifier: MIT */
/* check.c: see check.h. */
#include "check.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "strategy.h"

static bool sound(const struct stress_run *run)
{
    return oracle_nr_faults(run->oracle) == 0;
}

/* Whether the strategy keeps entries at all. */
static bool keeps(const struct stress_run *run)
{
    return strcmp(run->strategy->name, "malloc") != 0;
}

static void expect(struct stress_list *list, const char *what, uint64_t found, uint64_t expected)
{
    if (found != expected)
        oracle_fault(list->run->oracle, "list %u, %s: %" PRIu64 " instead of %" PRIu64, list->index,
                     what, found, expected);
}

void check_sample(struct stress_run *run)
{
    for (unsigned i = 0; i < run->nr_shared; i++) {
        struct lookaside_stats stats;

        lookaside_get_stats(&run->lists[i].list, &stats);
        if (stats.held > run->scenario->depth + run->nr_workers - 1)
            oracle_fault(run->oracle, "list %u says it holds %" PRIu64 " entries at depth %u", i,
                         stats.held, run->scenario->depth);
    }
}

static struct stress_counts sum_counts(const struct stress_run *run, unsigned list)
{
    struct stress_counts sum = {0};

    for (unsigned i = 0; i < 2 * run->nr_workers; i++) {
        const struct stress_counts *counts = &run->workers[i].counts[list];

        sum.allocates += counts->allocates;
        sum.failures += counts->failures;
        sum.frees += counts->frees;
        sum.released += counts->released;
    }
    return sum;
}

static uint64_t look_at(struct stress_run *run, const struct stress_list *list,
                        const struct stress_entry *held, unsigned owner)
{
    if (held->of != list)
        return 0;
    oracle_look(run->oracle, list->index, held->entry, owner);
    return 1;
}

/* Entries of the list that workers have or that are on the way between them, each looked at. */
static uint64_t count_in_hand(struct stress_run *run, const struct stress_list *list)
{
    uint64_t nr = 0;

    for (unsigned i = 0; i < 2 * run->nr_workers; i++) {
        const struct stress_worker *worker = &run->workers[i];
        /* Acquire: see stress_ring_put(). */
        unsigned tail = atomic_load_explicit(&worker->ring.tail, memory_order_acquire);
        unsigned head = atomic_load_explicit(&worker->ring.head, memory_order_relaxed);

        for (unsigned k = 0; k < worker->nr_out; k++)
            nr += look_at(run, list, &worker->out[k], worker->index);
        for (; head != tail; head++)
            nr += look_at(run, list, &worker->ring.slots[head % RING_SLOTS], worker->index);
    }
    return nr;
}

static void check_conservation(struct stress_list *list, const struct oracle_census *census)
{
    expect(list, "entries between routine and caller", census->fresh, 0);
    expect(list, "entries that somebody has", count_in_hand(list->run, list), census->owned);
    expect(list, "entries obtained, released + held + out", census->obtained,
           census->released + census->held + census->owned);
}

static void check_list(struct stress_list *list)
{
    const struct stress_counts sum = sum_counts(list->run, list->index);
    const struct oracle_census census = oracle_count(list->run->oracle, list->index);
    struct lookaside_stats stats;

    lookaside_get_stats(&list->list, &stats);
    expect(list, "total_allocates", stats.total_allocates, sum.allocates);
    expect(list, "allocate_failures", stats.allocate_failures, sum.failures);
    expect(list, "allocate_misses", stats.allocate_misses, census.obtained + sum.failures);
    expect(list, "total_frees", stats.total_frees, sum.frees);
    expect(list, "free_misses + released", stats.free_misses + stats.released, census.released);
    /* Ticks and smaller depths release as well, and say nothing. */
    expect(list, "released, and less than flushes and trims said", stats.released < sum.released,
           false);
    expect(list, "held", stats.held, census.held);
    check_conservation(list, &census);
}

void check_quiet(struct stress_run *run)
{
    for (unsigned i = 0; i < run->nr_shared && sound(run); i++)
        check_list(&run->lists[i]);
}

static void add_to_report(struct stress_list *list, struct stress_report *report)
{
    struct lookaside_stats stats;

    lookaside_get_stats(&list->list, &stats);
    report->operations += stats.total_allocates + stats.total_frees;
    report->hits += stats.total_allocates - stats.allocate_misses;
    report->released += stats.released;
}

static void check_tick(struct stress_list *list)
{
    struct lookaside_stats stats;

    expect(list, "entries left with workers", oracle_count(list->run->oracle, list->index).owned,
           0);
    lookaside_balance();
    lookaside_get_stats(&list->list, &stats);
    expect(list, "entries beyond depth after a tick", stats.held > stats.depth, false);
    expect(list, "held after a tick", stats.held,
           oracle_count(list->run->oracle, list->index).held);
}

static uint32_t fill(struct stress_list *list, void **entries, uint32_t nr)
{
    uint32_t got = 0;

    while (got < nr && (entries[got] = lookaside_alloc(&list->list)))
        oracle_taken(list->run->oracle, list->index, entries[got++], 0);
    for (uint32_t i = got; i-- > 0;) {
        oracle_giving(list->run->oracle, list->index, entries[i], 0);
        lookaside_free(&list->list, entries[i]);
    }
    return got;
}

/* Fills the list up from one thread that stays where it is: exactly depth entries must fit, or a
 * part of the limit got lost on the way. */
static void check_capacity(struct stress_list *list)
{
    const uint32_t depth = list->run->scenario->depth;
    void **entries = calloc(depth + 2, sizeof *entries);
    struct lookaside_stats stats;

    lookaside_flush(&list->list);
    expect(list, "held after a flush", oracle_count(list->run->oracle, list->index).held, 0);
    expect(list, "depth can be set", (uint64_t)-lookaside_set_depth(&list->list, depth), 0);
    expect(list, "entries for the capacity check", entries ? fill(list, entries, depth + 2) : 0,
           depth + 2);
    lookaside_get_stats(&list->list, &stats);
    expect(list, "entries that a lone thread can fill in", stats.held,
           keeps(list->run) ? depth : 0);
    free(entries);
}

static void end_list(struct stress_list *list)
{
    struct oracle_census census;

    lookaside_fini(&list->list);
    census = oracle_count(list->run->oracle, list->index);
    expect(list, "held after fini", census.held, 0);
    expect(list, "blocks released in all", census.released, census.obtained);
}

static void bind_to_first(const cpu_set_t *allowed)
{
    cpu_set_t one;
    int cpu = 0;

    while (!CPU_ISSET(cpu, allowed))
        cpu++;
    CPU_ZERO(&one);
    CPU_SET(cpu, &one);
    (void)sched_setaffinity(0, sizeof one, &one);
}

/* Goes over the shared lists as long as all is in order. */
static void for_shared(struct stress_run *run, void (*check)(struct stress_list *list))
{
    for (unsigned i = 0; i < run->nr_shared && sound(run); i++)
        check(&run->lists[i]);
}

void check_settled(struct stress_run *run, struct stress_report *report)
{
    check_quiet(run);
    for (unsigned i = 0; i < run->nr_shared && sound(run); i++)
        add_to_report(&run->lists[i], report);
    for (unsigned i = 0; i < 2 * run->nr_workers; i++)
        report->handed += run->workers[i].handed;
    for_shared(run, check_tick);
    bind_to_first(&run->allowed);
    for_shared(run, check_capacity);
    for_shared(run, end_list);
    (void)sched_setaffinity(0, sizeof run->allowed, &run->allowed);
    if (sound(run) && oracle_count(run->oracle, 0).outside != run->scenario->nr_blocks)
        oracle_fault(run->oracle, "blocks are missing in the arena after every fini");
}
