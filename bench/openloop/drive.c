/* SPDX-License-Identifier: MIT */
/* drive.c: see drive.h. */
#include "drive.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "floor.h"
#include "gaps.h"
#include "team.h"

/* One thread's; nobody else's lines. */
struct seat {
    _Alignas(LA_NO_SHARING) struct la_lane lane;
    enum la_kind kind;
    bool ready, moved;
    struct la_lane_result result;
};

struct session {
    const struct la_contender *contender;
    const struct la_openloop_setting *setting;
    struct la_contender_list list;
    struct la_team team;
    struct seat *seats;
    _Atomic(void *) *shared; /* by slot */
};

/* --- the list's routines, which count themselves --- */

static _Thread_local uint64_t routine_calls __attribute__((tls_model("initial-exec")));

static const struct la_allocator_calls *calls_behind(struct lookaside *list)
{
    return &LA_CONTAINER_OF(list, struct la_contender_list, list)->calls;
}

static void *counted_allocate(struct lookaside *list, size_t size)
{
    routine_calls++;
    return calls_behind(list)->allocate(size);
}

static void counted_free(struct lookaside *list, void *entry)
{
    routine_calls++;
    calls_behind(list)->release(entry);
}

static void counted_free_sized(struct lookaside *list, void *entry)
{
    routine_calls++;
    calls_behind(list)->release_sized(list->size, entry);
}

static int list_init(struct session *session)
{
    const struct la_openloop_setting *setting = session->setting;
    struct lookaside_config config =
        la_contender_list_config(session->contender, setting->size, setting->depth, NULL);

    config.allocate = counted_allocate;
    config.free = session->contender->calls.release_sized ? counted_free_sized : counted_free;
    session->list.calls = session->contender->calls;
    return lookaside_init(&session->list.list, &config);
}

/* --- on the threads --- */

static LA_INLINE uint64_t tsc_begin(void *context)
{
    (void)context;
    return la_ticks_begin();
}

static LA_INLINE uint64_t tsc_end(void *context)
{
    (void)context;
    return la_ticks_end();
}

#define STAMP(unused, suffix, KIND)                                              \
    static void run_##suffix(struct la_lane *lane)                               \
    {                                                                            \
        la_lane_run(lane, LA_KIND_##KIND,                                        \
                    (struct la_lane_clock){.begin = tsc_begin, .end = tsc_end}); \
    }
LA_EACH_KIND(STAMP, )
#undef STAMP

#define STAMPED(unused, suffix, KIND) [LA_KIND_##KIND] = run_##suffix,
static void (*const run_kind[LA_NR_KINDS])(struct la_lane *lane) = {LA_EACH_KIND(STAMPED, )};
#undef STAMPED

/* What the loop on this thread calls. */
static struct la_allocator_calls calls_of(const struct la_contender *contender, size_t nr_slots)
{
    switch (contender->role) {
    case LA_ROLE_FLOOR:
        return la_floor_calls(nr_slots);
    case LA_ROLE_CALLED_ARRAY:
        return la_tl_array_called(&contender->calls);
    default:
        return contender->calls;
    }
}

static uint64_t ticks(uint64_t ns)
{
    return la_clock_ticks(ns);
}

static void set_up(void *context, unsigned member)
{
    struct session *session = context;
    const struct la_openloop_setting *setting = session->setting;
    const struct la_contender *contender = session->contender;
    const struct la_schedule *schedule = &setting->schedules[member];
    struct seat *seat = &session->seats[member];
    const size_t nr_slots = schedule->nr_slots + setting->nr_shared_slots + 1;

    seat->kind = la_contender_loop(contender);
    seat->lane = (struct la_lane){
        .port = {.list = &session->list.list,
                 .calls = calls_of(contender, nr_slots),
                 .size = setting->size},
        .direct = contender->role == LA_ROLE_MALLOC || contender->role == LA_ROLE_TWIN,
        .operations = schedule->operations,
        .nr_operations = schedule->nr_operations,
        .objects = calloc(nr_slots, sizeof(void *)),
        .shared = session->shared,
        .recorded_from = ticks(setting->warmup_ns),
        .gives_up = ticks(setting->warmup_ns + setting->window_ns +
                          (uint64_t)(LA_OPENLOOP_GRACE * (double)setting->window_ns)),
        .thresholds = {.slow = ticks(LA_SLOW_NS), .gap = ticks(LA_GAP_NS)},
        .routine_calls = &routine_calls,
        .result = &seat->result,
    };
    /* Written now, so that no page of it is touched for the first time in the window. */
    memset(&seat->result, 0, sizeof seat->result);
    seat->ready =
        seat->lane.objects && (contender->role != LA_ROLE_FLOOR || la_floor_begin(nr_slots));
}

static void go(void *context, unsigned member)
{
    struct session *session = context;
    struct seat *seat = &session->seats[member];

    la_team_meet(&session->team);
    run_kind[seat->kind](&seat->lane);
    seat->moved = !la_placement_holds_self(session->setting->placement, member);
}

static void release(const struct session *session, const struct la_lane *lane, void *object)
{
    if (la_contender_has_list(session->contender))
        lookaside_free(lane->port.list, object);
    else if (session->contender->role == LA_ROLE_ARRAY)
        la_tl_array_free(object);
    else
        la_allocator_release(&lane->port.calls, lane->port.size, object);
}

/* What is left in the shared slots, a share of it on each thread. */
static void clear_shared(struct session *session, unsigned member)
{
    const struct la_lane *lane = &session->seats[member].lane;
    const unsigned nr_threads = session->setting->placement->nr_threads;

    for (size_t i = member; lane->objects && i < session->setting->nr_shared_slots;
         i += nr_threads) {
        /* Relaxed: the team's steps are ordered. */
        void *object = atomic_load_explicit(&session->shared[i], memory_order_relaxed);

        if (object)
            release(session, lane, object);
    }
}

static void clear_up(void *context, unsigned member)
{
    struct session *session = context;
    struct la_lane *lane = &session->seats[member].lane;

    for (size_t i = 0; lane->objects && i < session->setting->schedules[member].nr_slots; i++) {
        if (lane->objects[i])
            release(session, lane, lane->objects[i]);
    }
    clear_shared(session, member);
    if (session->contender->role == LA_ROLE_FLOOR)
        la_floor_end();
    la_tl_array_drain(&session->contender->calls, session->setting->size);
    free(lane->objects);
}

/* --- on the leading thread --- */

void la_lane_result_add(struct la_lane_result *to, const struct la_lane_result *from)
{
    for (size_t i = 0; i < LA_NR_CAUSES; i++) {
        la_histogram_merge(&to->response[i], &from->response[i]);
        la_histogram_merge(&to->service[i], &from->service[i]);
    }
    to->unserved += from->unserved;
    to->idle += from->idle;
    to->lost += from->lost;
    to->nr_stops += from->nr_stops;
}

void la_histogram_of_causes(const struct la_histogram *by_cause, struct la_histogram *all)
{
    la_histogram_reset(all);
    for (size_t i = 0; i < LA_NR_CAUSES; i++)
        la_histogram_merge(all, &by_cause[i]);
}

static void step(struct session *session, la_team_step *what)
{
    la_team_begin(&session->team, what);
    la_team_finish(&session->team);
}

static const char *conduct(struct session *session, struct la_openloop_window *window)
{
    const unsigned nr = session->setting->placement->nr_threads;

    for (unsigned i = 0; i < nr; i++) {
        if (!session->seats[i].ready)
            return strerror(ENOMEM);
    }
    step(session, go);
    memset(window, 0, sizeof *window);
    for (unsigned i = 0; i < nr; i++) {
        if (session->seats[i].moved)
            return "a thread was taken from its CPU";
        la_lane_result_add(&window->seen, &session->seats[i].result);
    }
    for (size_t i = 0; i < LA_NR_CAUSES; i++)
        window->operations += window->seen.response[i].total;
    return window->operations ? NULL : "a window in which nothing was due";
}

static const char *with_team(struct session *session, struct la_openloop_window *window)
{
    const char *why;

    if (la_team_start(&session->team, session->setting->placement, session))
        return "the threads could not be started and bound to their CPUs";
    step(session, set_up);
    why = conduct(session, window);
    step(session, clear_up);
    la_team_stop(&session->team);
    return why;
}

static const char *with_list(struct session *session, struct la_openloop_window *window)
{
    const char *why;
    int error;

    if (!la_contender_has_list(session->contender))
        return with_team(session, window);
    error = list_init(session);
    if (error)
        return strerror(-error);
    why = with_team(session, window);
    lookaside_flush(&session->list.list);
    lookaside_fini(&session->list.list);
    return why;
}

bool la_openloop_measure(const struct la_contender *contender,
                         const struct la_openloop_setting *setting,
                         struct la_openloop_window *window, const char **why)
{
    static struct session session; /* aligned for a list */

    memset(&session, 0, sizeof session);
    session.contender = contender;
    session.setting = setting;
    session.seats =
        aligned_alloc(LA_NO_SHARING, setting->placement->nr_threads * sizeof *session.seats);
    session.shared = calloc(setting->nr_shared_slots + 1, sizeof *session.shared);
    *why = strerror(ENOMEM);
    if (session.seats && session.shared) {
        memset(session.seats, 0, setting->placement->nr_threads * sizeof *session.seats);
        *why = with_list(&session, window);
    }
    free(session.seats);
    free(session.shared);
    return *why == NULL;
}
