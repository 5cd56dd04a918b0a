/* SPDX-License-Identifier: MIT */
/* trial.c: see trial.h. */
#include "trial.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "arithmetic.h"
#include "clock.h"
#include "purge.h"
#include "resident.h"
#include "session.h"
#include "strategy.h"

enum {
    GLANCE_NS = 5 * 1000 * 1000, /* each wakes up on a CPU that measures */
    BUSY_GLANCES_MAX = 64,
};

struct watch {
    struct la_retention_session session;
    struct la_trial *trial;
    uint64_t started_ns;
    int64_t resident_before;
    bool resident_known;
};

const char *la_stage_name(enum la_stage stage)
{
    static const char *const names[] = {"busy", "peak", "idle", "trim", "purge"};

    return names[stage];
}

/* --- looking --- */

static int64_t cached_bytes(struct watch *watch)
{
    struct lookaside *list = &watch->session.list.list;
    struct lookaside_stats stats;

    if (!watch->session.has_list || watch->session.contender->role == LA_ROLE_PEER)
        return -1;
    if (list->strategy->count)
        return (int64_t)(list->strategy->count(list) * list->size);
    lookaside_get_stats(list, &stats);
    return (int64_t)(stats.held * list->size);
}

static void glance(struct watch *watch, enum la_stage stage)
{
    struct la_trial *trial = watch->trial;
    struct la_glance *to;
    int64_t resident = 0;

    if (trial->nr_glances == LA_GLANCES_MAX)
        return;
    to = &trial->glances[trial->nr_glances++];
    watch->resident_known = watch->resident_known && la_resident_bytes(&resident);
    *to = (struct la_glance){
        .seconds = (double)(la_clock_system_ns() - watch->started_ns) / 1e9,
        .stage = stage,
        .live_bytes = (int64_t)(la_session_live(&watch->session) * watch->session.setting->size),
        .cached_bytes = cached_bytes(watch),
        .resident_bytes = watch->resident_known ? resident - watch->resident_before : INT64_MIN,
    };
}

static void sleep_ns(uint64_t ns)
{
    struct timespec left = {.tv_nsec = (long)ns};

    while (nanosleep(&left, &left) && errno == EINTR)
        continue;
}

/* --- the stages --- */

/* Busy for so long; looked at now and then. */
static void busy(struct watch *watch, uint64_t ns, bool looks)
{
    uint64_t nr = ns / GLANCE_NS;

    nr = nr < BUSY_GLANCES_MAX ? nr : BUSY_GLANCES_MAX;
    watch->session.busy_ticks = la_clock_ticks(ns);
    la_team_begin(&watch->session.team, la_session_busy);
    for (uint64_t i = 0; looks && i < nr; i++) {
        sleep_ns(ns / (nr + 1));
        glance(watch, LA_STAGE_BUSY);
    }
    la_team_finish(&watch->session.team);
}

static void peak(struct watch *watch)
{
    la_session_step(&watch->session, la_session_take_peak);
    glance(watch, LA_STAGE_PEAK);
    la_session_step(&watch->session, la_session_give_peak);
    glance(watch, LA_STAGE_PEAK);
}

static void rest(struct watch *watch)
{
    for (int i = 0; i < LA_IDLE_TICKS; i++) {
        sleep_ns(GLANCE_NS);
        lookaside_balance();
        glance(watch, LA_STAGE_IDLE);
    }
}

static void give_back(struct watch *watch)
{
    if (watch->session.has_list)
        lookaside_trim(&watch->session.list.list, 0);
    glance(watch, LA_STAGE_TRIM);
    watch->trial->purged = la_purge(watch->session.contender->allocator);
    glance(watch, LA_STAGE_PURGE);
}

/* --- figures --- */

static void gather_hits(struct watch *watch, const struct lookaside_stats *before,
                        const struct lookaside_stats *after)
{
    struct la_trial *trial = watch->trial;

    if (!la_hit_ratio(after->total_allocates - before->total_allocates,
                      after->allocate_misses - before->allocate_misses, &trial->alloc_hit) ||
        !la_hit_ratio(after->total_frees - before->total_frees,
                      after->free_misses - before->free_misses, &trial->free_hit))
        trial->alloc_hit = trial->free_hit = NAN;
}

static double ns_since(uint64_t ticks, uint64_t origin)
{
    return (double)(int64_t)(ticks - origin) * la_clock.ns_per_tick;
}

static const char *gather_window(struct watch *watch)
{
    const unsigned nr = watch->session.setting->placement->nr_threads;
    struct la_thread_figures *threads = calloc(nr, sizeof *threads);
    const uint64_t origin = watch->session.seats[0].churner.start;
    struct la_window_figures figures;
    bool known;

    if (!threads)
        return strerror(ENOMEM);
    for (unsigned i = 0; i < nr; i++) {
        const struct la_retention_seat *seat = &watch->session.seats[i];
        const struct la_churner *churner = &seat->churner;
        const double window_ns = la_clock_ns(churner->stop - churner->start);

        threads[i] = (struct la_thread_figures){.operations = churner->operations,
                                                .start_ns = ns_since(churner->start, origin),
                                                .stop_ns = ns_since(churner->stop, origin)};
        watch->trial->lost_ns +=
            la_lost_ns(la_gaps_account(&seat->gaps).lost * la_clock.ns_per_tick,
                       (double)seat->run_delay_ns, window_ns);
        watch->trial->thread_ns += window_ns;
    }
    known = la_window_figures(threads, nr, &figures);
    free(threads);
    watch->trial->ops_per_s = figures.ops_per_s;
    return known ? NULL : "a window in which nothing was done";
}

static const char *live_it(struct watch *watch)
{
    const struct la_trial_setting *setting = watch->session.setting;
    struct lookaside_stats before, after;
    const char *why;

    busy(watch, setting->warmup_ns, false);
    if (watch->session.has_list)
        lookaside_get_stats(&watch->session.list.list, &before);
    busy(watch, setting->window_ns, true);
    why = gather_window(watch);
    if (why)
        return why;
    if (watch->session.has_list) {
        lookaside_get_stats(&watch->session.list.list, &after);
        gather_hits(watch, &before, &after);
    }
    glance(watch, LA_STAGE_BUSY);
    peak(watch);
    rest(watch);
    give_back(watch);
    for (unsigned i = 0; i < setting->placement->nr_threads; i++) {
        if (watch->session.seats[i].moved)
            return "a thread was taken from its CPU";
    }
    return NULL;
}

static const char *with_list(struct watch *watch)
{
    struct la_retention_session *session = &watch->session;
    const char *why;
    int error;

    watch->resident_known = la_resident_bytes(&watch->resident_before);
    watch->started_ns = la_clock_system_ns();
    if (!session->has_list)
        return live_it(watch);
    error = la_contender_list_init(&session->list, session->contender, session->setting->size,
                                   session->setting->depth, NULL);
    if (error)
        return strerror(-error);
    why = live_it(watch);
    lookaside_fini(&session->list.list);
    return why;
}

void la_trial_run(const struct la_contender *contender, const struct la_trial_setting *setting,
                  struct la_trial *trial)
{
    static struct watch watch; /* aligned for a list */
    const char *why;

    memset(trial, 0, sizeof *trial);
    memset(&watch, 0, sizeof watch);
    trial->alloc_hit = trial->free_hit = NAN;
    watch.trial = trial;
    why = la_session_begin(&watch.session, contender, setting);
    if (!why) {
        why = with_list(&watch);
        la_session_end(&watch.session);
    }
    snprintf(trial->why, sizeof trial->why, "%s", why ? why : "");
}

const struct la_glance *la_trial_end_of(const struct la_trial *trial, enum la_stage stage)
{
    const struct la_glance *last = NULL;

    for (unsigned i = 0; i < trial->nr_glances; i++) {
        if (trial->glances[i].stage == stage)
            last = &trial->glances[i];
    }
    return last;
}

static double times(int64_t bytes, bool known, double seconds)
{
    return known ? (double)bytes * seconds : NAN;
}

struct la_byte_seconds la_trial_byte_seconds(const struct la_trial *trial)
{
    struct la_byte_seconds sum = {0, 0, 0};

    for (unsigned i = 0; i + 1 < trial->nr_glances; i++) {
        const struct la_glance *at = &trial->glances[i];
        const double seconds = at[1].seconds - at->seconds;

        sum.live += times(at->live_bytes, true, seconds);
        sum.cached += times(at->cached_bytes, at->cached_bytes >= 0, seconds);
        sum.resident += times(at->resident_bytes, at->resident_bytes != INT64_MIN, seconds);
    }
    return sum;
}
