/* SPDX-License-Identifier: MIT */
/* arithmetic.c: see arithmetic.h. */
#include "arithmetic.h"

bool la_window_figures(const struct la_thread_figures *threads, size_t nr_threads,
                       struct la_window_figures *figures)
{
    double first_start, last_start, first_stop, last_stop, together, fair, wall_ns;
    double paused_ns = 0, busy_ns = 0, looked_ns = 0;
    uint64_t sum = 0, least, most;

    if (nr_threads == 0)
        return false;
    first_start = last_start = threads[0].start_ns;
    first_stop = last_stop = threads[0].stop_ns;
    least = most = threads[0].operations;
    for (size_t i = 0; i < nr_threads; i++) {
        const struct la_thread_figures *thread = &threads[i];

        sum += thread->operations;
        paused_ns += thread->paused_ns;
        looked_ns += thread->looked_ns;
        busy_ns += thread->stop_ns - thread->start_ns - thread->paused_ns;
        least = thread->operations < least ? thread->operations : least;
        most = thread->operations > most ? thread->operations : most;
        first_start = thread->start_ns < first_start ? thread->start_ns : first_start;
        last_start = thread->start_ns > last_start ? thread->start_ns : last_start;
        first_stop = thread->stop_ns < first_stop ? thread->stop_ns : first_stop;
        last_stop = thread->stop_ns > last_stop ? thread->stop_ns : last_stop;
    }
    wall_ns = paused_ns > 0 ? busy_ns / (double)nr_threads : last_stop - first_start;
    wall_ns -= looked_ns / (double)nr_threads;
    if (sum == 0 || wall_ns <= 0)
        return false;
    together = first_stop - last_start;
    fair = (double)sum / (double)nr_threads;
    *figures = (struct la_window_figures){
        .operations = sum,
        .wall_ns = wall_ns,
        .ops_per_s = (double)sum / wall_ns * 1e9,
        .ns_per_op = wall_ns * (double)nr_threads / (double)sum,
        .full_concurrency = together > 0 ? together / (last_stop - first_start) : 0,
        .share_min = (double)least / fair,
        .share_max = (double)most / fair,
    };
    return true;
}

bool la_net_ns(double gross_ns, double floor_ns, double *net_ns)
{
    if (floor_ns > 0.8 * gross_ns)
        return false;
    *net_ns = gross_ns - floor_ns;
    return true;
}

bool la_hit_ratio(uint64_t total, uint64_t misses, double *ratio)
{
    if (total == 0 || misses > total)
        return false;
    *ratio = 1 - (double)misses / (double)total;
    return true;
}

double la_sample_ns(uint64_t sample_ticks, uint64_t floor_ticks, double ns_per_tick,
                    unsigned operations)
{
    uint64_t net = sample_ticks > floor_ticks ? sample_ticks - floor_ticks : 0;

    return (double)net * ns_per_tick / operations;
}

bool la_percentile_known(uint64_t samples, double percent)
{
    return samples >= 20 && (double)samples * (100 - percent) >= 299.5;
}
