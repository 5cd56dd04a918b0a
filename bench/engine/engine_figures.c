/* SPDX-License-Identifier: MIT */
/* engine_figures.c: see engine_run.h. */
#include <math.h>
#include <stdlib.h>

#include "clock.h"
#include "engine_run.h"

void la_engine_gather_list(const struct run *run, const struct look *look,
                           struct la_measurement *to)
{
    const struct lookaside_stats *before = &look->begin, *after = &look->end;
    uint64_t allocates = after->total_allocates - before->total_allocates;
    uint64_t frees = after->total_frees - before->total_frees;

    to->has_list = true;
    to->depth = after->depth;
    to->held = after->held;
    to->held_max = look->held_max > after->held ? look->held_max : after->held;
    to->entry_bytes = run->list.list.size;
    /* The list's count of operations and the driver's are independent: where they differ, nobody
     * knows the hits. */
    to->miscounted = allocates + frees != to->window.operations;
    to->hits_known =
        !to->miscounted &&
        la_hit_ratio(allocates, after->allocate_misses - before->allocate_misses, &to->alloc_hit) &&
        la_hit_ratio(frees, after->free_misses - before->free_misses, &to->free_hit);
}

static double window_ns(const struct record *record)
{
    return la_clock_ns(record->stop - record->start);
}

static struct la_cpu_share share_of(const struct record *record, uint64_t origin)
{
    const double start_ns = (double)(int64_t)(record->start - origin) * la_clock.ns_per_tick;
    const double cpu_ns = (double)record->cpu_ns;

    return (struct la_cpu_share){.start_ns = start_ns,
                                 .stop_ns = start_ns + window_ns(record),
                                 .cpu_ns = cpu_ns,
                                 .delay_ns = record->run_delay_known ? (double)record->run_delay_ns
                                                                     : window_ns(record) - cpu_ns};
}

/* What may have passed for a thread's sleep, or been its cause: the time in which any thread of the
 * cell was ready and did not run, and the hypervisor's. */
static double suspect_ns(const struct run *run, double steal_ns)
{
    double suspect = steal_ns;

    for (unsigned i = 0; i < run->nr_threads; i++)
        suspect += run->records[i].run_delay_known ? (double)run->records[i].run_delay_ns
                                                   : window_ns(&run->records[i]);
    return suspect;
}

/* The gaps of a thread alone on its CPU. */
static double gaps_ns(const struct run *run, const struct record *record, double steal_ns)
{
    struct la_gap_account account = la_gaps_account(&record->gaps);

    account.lost *= la_clock.ns_per_tick;
    account.slept *= la_clock.ns_per_tick;
    return la_gaps_awake_ns(&account, suspect_ns(run, steal_ns));
}

/* The threads on the CPU of one of them, itself the first: see gaps.h. */
static void gather_cpu(const struct run *run, unsigned first, struct la_cpu_share *shares,
                       struct la_measurement *to)
{
    const unsigned *cpu = run->setting->placement->cpu;
    const struct record *alone = &run->records[first];
    double cpu_ns = window_ns(alone), lost_ns;
    size_t nr = 0;

    for (unsigned i = first; i < run->nr_threads; i++) {
        if (cpu[i] == cpu[first])
            shares[nr++] = share_of(&run->records[i], alone->start);
    }
    if (nr == 1)
        lost_ns = la_lost_ns(gaps_ns(run, alone, to->interference.steal_ns),
                             (double)alone->run_delay_ns, cpu_ns);
    else
        lost_ns = la_lost_shared_ns(shares, nr, &cpu_ns);
    to->lost_ns += lost_ns;
    to->thread_ns += cpu_ns;
    to->lost_worst = fmax(to->lost_worst, lost_ns / cpu_ns);
}

static bool gather_lost(const struct run *run, struct la_measurement *to)
{
    const unsigned *cpu = run->setting->placement->cpu;
    struct la_cpu_share *shares = calloc(run->nr_threads, sizeof *shares);

    for (unsigned i = 0; shares && i < run->nr_threads; i++) {
        bool seen = false;

        for (unsigned j = 0; j < i; j++)
            seen = seen || cpu[j] == cpu[i];
        if (!seen)
            gather_cpu(run, i, shares, to);
    }
    free(shares);
    return shares != NULL;
}

bool la_engine_gather_threads(struct run *run, struct la_histogram *latency,
                              struct la_measurement *to)
{
    struct la_thread_figures *threads = calloc(run->nr_threads, sizeof *threads);
    uint64_t base = run->records[0].start;
    bool known;

    if (!threads)
        return false;
    to->run_delay_known = true;
    for (unsigned i = 0; i < run->nr_threads; i++) {
        const struct record *record = &run->records[i];

        threads[i] = (struct la_thread_figures){
            .operations = record->operations,
            .start_ns = (double)(int64_t)(record->start - base) * la_clock.ns_per_tick,
            .stop_ns = (double)(int64_t)(record->stop - base) * la_clock.ns_per_tick,
            .paused_ns = la_clock_ns(record->paused),
            .looked_ns = la_clock_ns(record->looked),
        };
        to->paused_ns += threads[i].paused_ns;
        to->looked_ns += threads[i].looked_ns;
        to->cpu_ns += fmax(0, (double)record->cpu_ns -
                                  la_clock_ns(record->paused - record->slept + record->looked));
        to->nr_successors += record->nr_successors;
        to->run_delay_known = to->run_delay_known && record->run_delay_known;
        la_histogram_merge(latency, &record->latency);
    }
    known = la_window_figures(threads, run->nr_threads, &to->window) && gather_lost(run, to);
    free(threads);
    return known;
}

/* Hits of allocations between two looks; NAN without an allocation. */
static double hit_between(const struct lookaside_stats *before, const struct lookaside_stats *after)
{
    double hit;

    return la_hit_ratio(after->total_allocates - before->total_allocates,
                        after->allocate_misses - before->allocate_misses, &hit)
               ? hit
               : NAN;
}

/* Slices that every thread finished, their operations added up. */
static void gather_rates(const struct run *run, struct la_course *course)
{
    course->nr_rates = LA_STEADY_SLICES;
    for (unsigned i = 0; i < run->nr_threads; i++) {
        if (run->records[i].nr_slices < course->nr_rates)
            course->nr_rates = run->records[i].nr_slices;
    }
    for (size_t slice = 0; slice < course->nr_rates; slice++) {
        course->rates[slice] = 0;
        for (unsigned i = 0; i < run->nr_threads; i++) {
            const uint64_t *done = run->records[i].slice_done;

            course->rates[slice] += (double)(done[slice] - (slice ? done[slice - 1] : 0));
        }
    }
}

void la_engine_gather_course(const struct run *run, const struct look *look,
                             struct la_course *course)
{
    gather_rates(run, course);
    course->hits[0] = course->hits[1] = course->depths[0] = course->depths[1] = NAN;
    if (!run->counts)
        return;
    course->hits[0] = hit_between(&look->begin, &look->middle);
    course->hits[1] = hit_between(&look->middle, &look->end);
    course->depths[0] = look->middle.depth;
    course->depths[1] = look->end.depth;
}
