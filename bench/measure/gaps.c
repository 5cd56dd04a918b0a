/* SPDX-License-Identifier: MIT */
/* gaps.c: see gaps.h. */
#include "gaps.h"

#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void la_gaps_reset(struct la_gaps *gaps, uint64_t candidate_ticks)
{
    gaps->candidate_ticks = candidate_ticks;
    gaps->nr_kept = 0;
    la_histogram_reset(&gaps->batches);
}

uint64_t la_gaps_lost(const struct la_gaps *gaps)
{
    uint64_t median = la_histogram_percentile(&gaps->batches, 50);
    uint64_t lost = 0;

    for (size_t i = 0; i < gaps->nr_kept; i++) {
        if (gaps->kept[i] / LA_GAP_TIMES_MEDIAN >= median)
            lost += gaps->kept[i] - median;
    }
    return lost;
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
