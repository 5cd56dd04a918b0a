/* SPDX-License-Identifier: MIT */
/*
 * gaps.h: how much of a thread's window was not the thread's.
 *
 * Two accounts, neither of which looks at the throughput:
 * - gaps: a batch that took over 100 us and over 16 times this thread's median batch stood still
 *   for the difference (another guest, an interrupt storm, a scheduler that took the CPU away);
 * - the kernel's own run delay: time in which the thread was ready and did not run.
 * They overlap, so the larger of the two counts. What an allocator does within 100 us, a trim or
 * a page fault, is its own cost and stays.
 *
 * A thread that sleeps in a lock gave up its CPU to do so: what a contender makes its callers wait
 * for is its cost, and a rule that took it for a disturbance would reject the contenders that
 * sleep. The kernel tells it apart: such a thread neither ran nor was ready. So what a batch slept
 * is taken off the account of gaps, and a batch that was awake for no longer than 100 us at a time,
 * on average between one sleep and the next, is no gap. But only where nothing else can have passed
 * for sleep or been its cause: what the hypervisor took, and the time in which any thread of the
 * cell was ready and did not run, for that one may have held the lock, are taken off the sleep
 * first.
 *
 * Threads that share a CPU by design wait for each other, which both accounts would call lost.
 * There the CPU is looked at instead: lost is what was left of its time when all threads of ours on
 * it had theirs, less what they may have slept away together. With one thread on the CPU that is
 * its run delay, the second account.
 *
 * A block is rejected as a whole, if its cells together lost more than the limit: one rule for
 * all contenders, and never one contender's cell alone.
 */
#ifndef LA_MEASURE_GAPS_H
#define LA_MEASURE_GAPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "histogram.h"

enum { LA_GAPS_KEPT = 512 };

#define LA_GAP_NS UINT64_C(100000)
#define LA_GAP_TIMES_MEDIAN 16
#define LA_LOST_LIMIT 0.05

/* For how long a thread was off its CPU, and how often it gave it up by itself. */
struct la_absence {
    uint64_t ticks, nr_waits;
};

/* One thread's batches in one window, in ticks. */
struct la_gaps {
    uint64_t candidate_ticks; /* batches above this are kept one by one: LA_GAP_NS */
    size_t nr_kept;
    uint64_t kept[LA_GAPS_KEPT];                /* the first of them; beyond, gaps go unnoticed */
    struct la_absence absences[LA_GAPS_KEPT];   /* of each */
    struct la_absence (*absent)(void *context); /* since the last call; NULL: nobody asks */
    void *context;
    struct la_histogram batches;
};

void la_gaps_reset(struct la_gaps *gaps, uint64_t candidate_ticks);

/* A candidate; the result is la_gaps_add()'s. */
bool la_gaps_keep(struct la_gaps *gaps, uint64_t batch_ticks);

/* True if it asked absent, which takes the kernel most of a microsecond: time to be taken off. */
static inline bool la_gaps_add(struct la_gaps *gaps, uint64_t batch_ticks)
{
    la_histogram_add(&gaps->batches, batch_ticks);
    return __builtin_expect(batch_ticks > gaps->candidate_ticks, 0) &&
           la_gaps_keep(gaps, batch_ticks);
}

/* What the gaps took beyond a median batch each, and what of it may be sleep; in ticks, or as the
 * caller makes it. */
struct la_gap_account {
    double lost, slept;
};
struct la_gap_account la_gaps_account(const struct la_gaps *gaps);

/* Nanoseconds for which the calling thread was ready and did not run, since its start; false if
 * the kernel does not say. */
bool la_run_delay_ns(uint64_t *ns);

/* Of the calling thread: nanoseconds off its CPU, from a beginning of the kernel's, and the times
 * that it gave its CPU up by itself. False if the kernel does not say. */
struct la_off_cpu {
    int64_t off_ns;
    int64_t nr_waits;
};
bool la_off_cpu_look(struct la_off_cpu *now);

/* The account of gaps without what was slept by choice: slept_ns less what may have passed for it.
 */
double la_gaps_awake_ns(const struct la_gap_account *account, double suspect_ns);

/* The larger account, but no more than the window. */
double la_lost_ns(double gap_ns, double run_delay_ns, double window_ns);

/* One of the threads that share a CPU. */
struct la_cpu_share {
    double start_ns, stop_ns; /* of its window, all by the same clock */
    double cpu_ns;            /* in which it ran */
    double delay_ns; /* in which it was ready and did not run; all the rest if that is not known */
};

/* What a CPU's threads lost to others, together; *cpu_ns: the CPU's time, from the first one's
 * start to the last one's stop. */
double la_lost_shared_ns(const struct la_cpu_share *threads, size_t nr_threads, double *cpu_ns);

/* The rule for a block: lost and total time of all its cells. */
bool la_block_rejected(double lost_ns, double thread_ns);

#endif
