/* SPDX-License-Identifier: MIT */
/*
 * regime: points on a grid of hold time and remote share, to find out which contender is best
 * where.
 *
 * Question: up to how many held objects, and up to which share of objects that another thread
 * frees, does a choice hold?
 * Plan: a thread takes h objects in a row and then gets rid of as many, the oldest first, so that
 * each is held for h operations, and h objects have to be supplied between two gifts. Threads 0
 * and 1 make a pair, 2 and 3 the next: of what is allocated, the share s goes through a ring from
 * the even thread to the odd one, which frees it. The flow is one-way, as it is between a receiving
 * and a sending side: what a cache of the odd thread gains, one of the even thread loses. With
 *
 *      p = 2 s / (1 + s)
 *
 * the even thread passes p of its objects on and frees the others; the odd thread allocates 1 - p
 * objects for each object that it frees. Both do h steps in a cycle, so that neither has more to
 * do, and of 2 - p objects p change hands: the share s. Which step passes an object on is counted,
 * not drawn: the same for all contenders, and both sides agree. The last thread of an odd number,
 * and so a single one, keeps to itself. The points are workloads of their own, regime-h16-r25: 16
 * objects, 25 % freed by another thread. Latency sample: eight allocations in a row (even threads)
 * or eight frees (odd ones), at every place of the cycle in turn; waiting is not in it.
 */
#include "regime.h"

#include "ring_wait.h"

enum role { ROLE_GIVES, ROLE_TAKES, ROLE_ALONE };

/* Steps are counted in shares of this. */
enum { ONE = 1 << 16 };

static LA_INLINE enum role role_of(const struct la_worker *worker)
{
    if (worker->thread % 2)
        return ROLE_TAKES;
    return worker->thread + 1 < worker->nr_threads ? ROLE_GIVES : ROLE_ALONE;
}

static struct ring *ring_of(const struct la_worker *worker)
{
    return (struct ring *)worker->shared + worker->thread / 2;
}

/* p of above. */
static LA_INLINE uint32_t rate_of(const struct la_worker *worker)
{
    uint32_t remote = worker->params.remote;

    return role_of(worker) == ROLE_ALONE ? 0 : 2 * ONE * remote / (100 + remote);
}

static size_t regime_live(const struct la_workload_params *params)
{
    uint32_t hold = params->hold < LA_SAMPLE_OPERATIONS ? LA_SAMPLE_OPERATIONS : params->hold;

    return hold + params->ring;
}

static void *regime_share(const struct la_workload_params *params, unsigned nr_threads)
{
    return ring_pairs(params->ring, nr_threads);
}

/* One thread's way through one cycle. */
struct cycle {
    struct la_port port;
    struct ring *ring;
    void **objects; /* its own, the oldest first */
    enum role role;
    uint32_t hold, rate;
    uint32_t nr_own, next; /* taken, and of these got rid of */
    uint64_t operations;
};

/* What came through the ring needs no allocation. */
static LA_INLINE struct cycle begin_cycle(const struct la_worker *worker, uint32_t hold)
{
    const uint32_t rate = rate_of(worker);
    const uint64_t remote = (worker->decision + (uint64_t)hold * rate) / ONE;
    const enum role role = role_of(worker);

    return (struct cycle){.port = worker->port,
                          .ring = ring_of(worker),
                          .objects = worker->objects,
                          .role = role,
                          .hold = hold,
                          .rate = rate,
                          .nr_own = role == ROLE_TAKES ? hold - (uint32_t)remote : hold};
}

/* Whether this step's object goes through the ring. */
static LA_INLINE bool is_remote(struct la_worker *worker, const struct cycle *cycle)
{
    const uint32_t sum = worker->decision + cycle->rate;

    worker->decision = sum % ONE;
    return sum >= ONE;
}

static LA_INLINE void take_own(struct cycle *cycle, uint32_t from, uint32_t to, enum la_kind kind)
{
    for (uint32_t i = from; i < to; i++)
        cycle->objects[i] = la_take(&cycle->port, kind);
    cycle->operations += to - from;
}

/* The object that this thread has to free in this step; NULL if it went through the ring, or if the
 * window was over before one came. What cannot be put in any more is freed here. */
static LA_INLINE void *next_object(struct la_worker *worker, struct cycle *cycle)
{
    if (LA_LIKELY(!is_remote(worker, cycle)))
        return cycle->objects[cycle->next++];
    if (cycle->role == ROLE_TAKES)
        return ring_wait(worker, cycle->ring, ring_has_item) ? ring_get(cycle->ring) : NULL;
    if (!ring_wait(worker, cycle->ring, ring_has_room))
        return cycle->objects[cycle->next++];
    ring_put(cycle->ring, cycle->objects[cycle->next++]);
    return NULL;
}

static LA_INLINE void give_steps(struct la_worker *worker, struct cycle *cycle, uint32_t from,
                                 uint32_t to, enum la_kind kind)
{
    for (uint32_t i = from; i < to; i++) {
        void *object = next_object(worker, cycle);

        if (!object)
            continue;
        la_give(&cycle->port, object, kind);
        cycle->operations++;
    }
}

static LA_INLINE uint64_t regime_run(struct la_worker *worker, enum la_kind kind)
{
    uint64_t operations = 0;

    do {
        struct cycle cycle = begin_cycle(worker, worker->params.hold);

        take_own(&cycle, 0, cycle.nr_own, kind);
        give_steps(worker, &cycle, 0, cycle.hold, kind);
        operations += cycle.operations;
    } while (operations < LA_BATCH_OPERATIONS &&
             !atomic_load_explicit(worker->stop, memory_order_relaxed));
    return operations;
}

/* Eight objects are waited for, and freed then. */
static LA_INLINE void time_gives(struct la_worker *worker, struct cycle *cycle, uint64_t *ticks,
                                 enum la_kind kind)
{
    void *objects[LA_SAMPLE_OPERATIONS];
    uint32_t nr = 0;
    uint64_t begin;

    for (int i = 0; i < LA_SAMPLE_OPERATIONS; i++) {
        void *object = next_object(worker, cycle);

        if (object)
            objects[nr++] = object;
    }
    begin = la_ticks_begin();
    for (uint32_t i = 0; i < nr; i++)
        la_give(&cycle->port, objects[i], kind);
    if (nr == LA_SAMPLE_OPERATIONS)
        *ticks = la_ticks_end() - begin;
    cycle->operations += nr;
}

static LA_INLINE void time_takes(struct cycle *cycle, uint32_t from, uint64_t *ticks,
                                 enum la_kind kind)
{
    uint64_t begin = la_ticks_begin();

    take_own(cycle, from, from + LA_SAMPLE_OPERATIONS, kind);
    *ticks = la_ticks_end() - begin;
}

static LA_INLINE uint64_t regime_sample(struct la_worker *worker, uint64_t *ticks,
                                        enum la_kind kind)
{
    const uint32_t eight = LA_SAMPLE_OPERATIONS, hold = worker->params.hold;
    struct cycle cycle = begin_cycle(worker, hold < eight ? eight : hold);
    const bool alone = cycle.role == ROLE_ALONE;
    const uint32_t turn = worker->sample++;
    const uint32_t from = (alone ? turn / 2 : turn) * eight % cycle.hold / eight * eight;
    const bool gives = cycle.role == ROLE_TAKES || (alone && turn % 2);
    const bool fits = from + eight <= cycle.hold;

    if (gives || !fits) {
        take_own(&cycle, 0, cycle.nr_own, kind);
    } else {
        take_own(&cycle, 0, from, kind);
        time_takes(&cycle, from, ticks, kind);
        take_own(&cycle, from + eight, cycle.nr_own, kind);
    }
    if (!gives || !fits) {
        give_steps(worker, &cycle, 0, cycle.hold, kind);
    } else {
        give_steps(worker, &cycle, 0, from, kind);
        time_gives(worker, &cycle, ticks, kind);
        give_steps(worker, &cycle, from + eight, cycle.hold, kind);
    }
    return cycle.operations;
}

/* What the window left in the ring is its odd thread's. */
static void regime_drain(struct la_worker *worker)
{
    struct ring *ring = ring_of(worker);

    if (role_of(worker) != ROLE_TAKES)
        return;
    while (ring_has_item(ring))
        la_give(&worker->port, ring_get(ring), worker->kind);
}

LA_STAMP(regime)

#define REGIME_LOOPS                                                                       \
    .on_request = true, .live = regime_live, .share = regime_share, .drain = regime_drain, \
    LA_STAMPED(regime)

const struct la_workload la_workload_regime = {
    .name = LA_REGIME_FAMILY,
    .summary = "a grid of hold times and remote shares: regime-h16-r25 is 16 objects held, 25 % of "
               "them freed by another thread; regime alone is all points",
    REGIME_LOOPS,
};

#define REGIME_POINT(held, percent)                                                   \
    {                                                                                 \
        .name = LA_REGIME_FAMILY "-h" #held "-r" #percent,                            \
        .summary = #held " objects held, " #percent " % freed by another thread",     \
        .family = &la_workload_regime, .hold = (held), .remote = (percent),           \
        .returns_own = (percent) == 0, .threads_min = (percent) ? 2 : 1, REGIME_LOOPS \
    }
#define REGIME_ROW(held)                                                                          \
    REGIME_POINT(held, 0), REGIME_POINT(held, 5), REGIME_POINT(held, 25), REGIME_POINT(held, 50), \
        REGIME_POINT(held, 100)

/* 256 entries are the depth that lists have unless told otherwise: the third row is what two
 * threads can just be served from, in the last one hardly anything is. */
static const struct la_workload points[] = {
    REGIME_ROW(1), REGIME_ROW(16), REGIME_ROW(128), REGIME_ROW(1024), REGIME_ROW(16384),
};

const struct la_workload *la_regime_at(size_t index)
{
    return index < sizeof points / sizeof *points ? &points[index] : NULL;
}
