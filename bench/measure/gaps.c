/* SPDX-License-Identifier: MIT */
/* gaps.c: see gaps.h. */
#include "gaps.h"

#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

void la_gaps_reset(struct la_gaps *gaps, uint64_t candidate_ticks)
{
    gaps->candidate_ticks = candidate_ticks;
    gaps->nr_kept = 0;
    gaps->absent = NULL;
    la_histogram_reset(&gaps->batches);
}

bool la_gaps_keep(struct la_gaps *gaps, uint64_t batch_ticks)
{
    struct la_absence absent = {0, 0};

    if (gaps->nr_kept == LA_GAPS_KEPT)
        return false;
    if (gaps->absent)
        absent = gaps->absent(gaps->context);
    /* Without a wait it was made to leave. */
    if (!absent.nr_waits)
        absent.ticks = 0;
    if (absent.ticks > batch_ticks)
        absent.ticks = batch_ticks;
    gaps->absences[gaps->nr_kept] = absent;
    gaps->kept[gaps->nr_kept++] = batch_ticks;
    return gaps->absent != NULL;
}

static bool is_gap(const struct la_gaps *gaps, uint64_t ticks, uint64_t nr_waits, uint64_t median)
{
    return ticks / (nr_waits + 1) > gaps->candidate_ticks && ticks / LA_GAP_TIMES_MEDIAN >= median;
}

struct la_gap_account la_gaps_account(const struct la_gaps *gaps)
{
    const uint64_t median = la_histogram_percentile(&gaps->batches, 50);
    struct la_gap_account account = {0, 0};

    for (size_t i = 0; i < gaps->nr_kept; i++) {
        const struct la_absence *absence = &gaps->absences[i];
        const uint64_t awake = gaps->kept[i] - absence->ticks;

        if (!is_gap(gaps, gaps->kept[i], 0, median))
            continue;
        account.lost += (double)(gaps->kept[i] - median);
        if (absence->ticks)
            account.slept +=
                (double)(is_gap(gaps, awake, absence->nr_waits, median) ? absence->ticks
                                                                        : gaps->kept[i] - median);
    }
    return account;
}

/* The second number. Read without stdio, which would ask the process's malloc for a buffer in the
 * middle of measuring it. */
bool la_run_delay_ns(uint64_t *ns)
{
    char text[128];
    const char *delay;
    int file = open("/proc/thread-self/schedstat", O_RDONLY | O_CLOEXEC);
    ssize_t length;

    if (file < 0)
        return false;
    length = read(file, text, sizeof text - 1);
    close(file);
    text[length > 0 ? length : 0] = '\0';
    delay = strchr(text, ' ');
    if (!delay)
        return false;
    *ns = strtoull(delay, NULL, 10);
    return true;
}

bool la_off_cpu_look(struct la_off_cpu *now)
{
    struct timespec wall, cpu;
    struct rusage usage;

    if (clock_gettime(CLOCK_MONOTONIC, &wall) || clock_gettime(CLOCK_THREAD_CPUTIME_ID, &cpu) ||
        getrusage(RUSAGE_THREAD, &usage))
        return false;
    now->off_ns =
        (int64_t)(wall.tv_sec - cpu.tv_sec) * 1000000000 + (int64_t)(wall.tv_nsec - cpu.tv_nsec);
    now->nr_waits = usage.ru_nvcsw;
    return true;
}

double la_gaps_awake_ns(const struct la_gap_account *account, double suspect_ns)
{
    return fmax(0, account->lost - fmax(0, account->slept - suspect_ns));
}

double la_lost_ns(double gap_ns, double run_delay_ns, double window_ns)
{
    double lost = gap_ns > run_delay_ns ? gap_ns : run_delay_ns;

    return lost < window_ns ? lost : window_ns;
}

double la_lost_shared_ns(const struct la_cpu_share *threads, size_t nr_threads, double *cpu_ns)
{
    double start = threads[0].start_ns, stop = threads[0].stop_ns, used = 0, idle = HUGE_VAL;

    for (size_t i = 0; i < nr_threads; i++) {
        const struct la_cpu_share *thread = &threads[i];
        const double slept = thread->stop_ns - thread->start_ns - thread->cpu_ns - thread->delay_ns;

        start = fmin(start, thread->start_ns);
        stop = fmax(stop, thread->stop_ns);
        used += thread->cpu_ns;
        /* Nothing ran by their own choice only while all of them slept: never longer than the one
         * that slept least. */
        idle = fmin(idle, fmax(slept, 0));
    }
    *cpu_ns = stop - start;
    return fmin(fmax(*cpu_ns - used - idle, 0), *cpu_ns);
}

bool la_block_rejected(double lost_ns, double thread_ns)
{
    return lost_ns > LA_LOST_LIMIT * thread_ns;
}
