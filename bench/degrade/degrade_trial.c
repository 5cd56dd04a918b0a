/* SPDX-License-Identifier: MIT */
/* degrade_trial.c: see degrade_trial.h. */
#include "degrade_trial.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "arithmetic.h"
#include "clock.h"
#include "session.h"

struct course {
    struct la_retention_session session;
    pid_t threads[PLACEMENT_MAX_THREADS];
    uint64_t preempted[PLACEMENT_MAX_THREADS];
};

static struct course *course_of(void *session)
{
    return LA_CONTAINER_OF(session, struct course, session);
}

static void tell_id(void *session, unsigned member)
{
    course_of(session)->threads[member] = (pid_t)syscall(SYS_gettid);
}

static uint64_t preempted_so_far(void)
{
    struct rusage usage;

    return getrusage(RUSAGE_THREAD, &usage) ? 0 : (uint64_t)usage.ru_nivcsw;
}

static void churn(void *session, unsigned member)
{
    uint64_t before = preempted_so_far();

    la_session_busy(session, member);
    course_of(session)->preempted[member] = preempted_so_far() - before;
}

static void busy(struct course *course, uint64_t ns)
{
    course->session.busy_ticks = la_clock_ticks(ns);
    la_session_step(&course->session, churn);
}

static double ns_since(uint64_t ticks, uint64_t origin)
{
    return (double)(int64_t)(ticks - origin) * la_clock.ns_per_tick;
}

/* Of all threads together. */
static bool gather(struct course *course, struct la_degrade_trial *trial, double seconds)
{
    static struct la_histogram turns;
    const unsigned nr = course->session.setting->placement->nr_threads;
    struct la_thread_figures threads[PLACEMENT_MAX_THREADS];
    const uint64_t origin = course->session.seats[0].churner.start;
    struct la_window_figures figures;

    la_histogram_reset(&turns);
    for (unsigned i = 0; i < nr; i++) {
        const struct la_churner *churner = &course->session.seats[i].churner;

        threads[i] = (struct la_thread_figures){.operations = churner->operations,
                                                .start_ns = ns_since(churner->start, origin),
                                                .stop_ns = ns_since(churner->stop, origin)};
        la_histogram_merge(&turns, &course->session.seats[i].gaps.batches);
        trial->preempted_per_s += (double)course->preempted[i] / seconds / nr;
    }
    if (!la_window_figures(threads, nr, &figures))
        return false;
    trial->ops_per_s = figures.ops_per_s;
    trial->p50_ns = la_clock_ns(la_histogram_percentile(&turns, 50));
    trial->p999_ns = la_clock_ns(la_histogram_percentile(&turns, 99.9));
    return true;
}

static const char *live_it(struct course *course, const struct la_antagonist_setting *antagonist,
                           struct la_degrade_trial *trial)
{
    const struct la_trial_setting *setting = course->session.setting;
    const char *why = la_antagonist_start(antagonist);
    uint64_t events, start;
    double seconds;

    if (why)
        return why;
    busy(course, setting->warmup_ns);
    events = la_antagonist_events();
    start = la_clock_system_ns();
    busy(course, setting->window_ns);
    seconds = (double)(la_clock_system_ns() - start) / 1e9;
    events = la_antagonist_events() - events;
    trial->real_time = la_antagonist_is_real_time();
    la_antagonist_stop();
    trial->events_per_s = (double)events / seconds / setting->placement->nr_threads;
    return gather(course, trial, seconds) ? NULL : "a window in which nothing was done";
}

static const char *with_list(struct course *course, const struct la_antagonist_setting *antagonist,
                             struct la_degrade_trial *trial)
{
    struct la_retention_session *session = &course->session;
    const char *why;
    int error;

    if (!session->has_list)
        return live_it(course, antagonist, trial);
    error = la_contender_list_init(&session->list, session->contender, session->setting->size,
                                   session->setting->depth, NULL);
    if (error)
        return strerror(-error);
    why = live_it(course, antagonist, trial);
    lookaside_fini(&session->list.list);
    return why;
}

void la_degrade_trial_run(const struct la_contender *contender,
                          const struct la_trial_setting *setting, enum la_nuisance nuisance,
                          double rate, struct la_degrade_trial *trial)
{
    static struct course course; /* aligned for a list */
    const struct la_antagonist_setting antagonist = {.nuisance = nuisance,
                                                     .rate = rate,
                                                     .placement = setting->placement,
                                                     .threads = course.threads};
    const char *why;

    memset(trial, 0, sizeof *trial);
    memset(&course, 0, sizeof course);
    why = la_session_begin(&course.session, contender, setting);
    if (!why) {
        la_session_step(&course.session, tell_id);
        why = with_list(&course, &antagonist, trial);
        la_session_end(&course.session);
    }
    snprintf(trial->why, sizeof trial->why, "%s", why ? why : "");
}
