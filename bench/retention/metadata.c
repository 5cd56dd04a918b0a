/* SPDX-License-Identifier: MIT */
/* metadata.c: see metadata.h. */
#include "metadata.h"

#include <malloc.h>
#include <math.h>
#include <pthread.h>
#include <string.h>
#include <sys/mman.h>

#include "clock.h"
#include "session.h"

enum { BUSY_NS = 5 * 1000 * 1000 };

/* Where the entries come from meanwhile: a stack of equal places in memory of its own. */
static struct {
    pthread_mutex_t lock;
    void **vacant;
    size_t nr_vacant;
} region = {.lock = PTHREAD_MUTEX_INITIALIZER};

static void *region_allocate(size_t size)
{
    void *place;

    (void)size;
    pthread_mutex_lock(&region.lock);
    place = region.nr_vacant ? region.vacant[--region.nr_vacant] : NULL;
    pthread_mutex_unlock(&region.lock);
    return place;
}

static void region_release(void *place)
{
    pthread_mutex_lock(&region.lock);
    region.vacant[region.nr_vacant++] = place;
    pthread_mutex_unlock(&region.lock);
}

static void *map(size_t bytes)
{
    void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    return memory == MAP_FAILED ? NULL : memory;
}

static size_t larger(size_t a, size_t b)
{
    return a > b ? a : b;
}

/* For all that callers and list can hold at once, and one more a thread. The process's end frees
 * it. */
static bool region_begin(const struct la_trial_setting *setting)
{
    const size_t nr_of_thread = larger(setting->longest, setting->peak) + 1;
    const size_t nr = setting->depth + setting->placement->nr_threads * nr_of_thread;
    const size_t stride = (setting->size + LA_CACHE_LINE - 1) / LA_CACHE_LINE * LA_CACHE_LINE;
    unsigned char *places = map(nr * stride);

    region.vacant = map(nr * sizeof *region.vacant);
    if (!places || !region.vacant)
        return false;
    for (size_t i = 0; i < nr; i++)
        region_release(places + i * stride);
    return true;
}

/* What the C library's allocator has given out, in all its arenas. */
static double given_out(void)
{
    const struct mallinfo2 info = mallinfo2();

    return (double)info.uordblks + (double)info.hblkhd;
}

/* The stages of a trial, without its glances. */
static void live_it(struct la_retention_session *session, double bytes[LA_NR_STAGES])
{
    struct lookaside *list = &session->list.list;

    session->busy_ticks = la_clock_ticks(BUSY_NS);
    la_session_step(session, la_session_busy);
    bytes[LA_STAGE_BUSY] = given_out();
    la_session_step(session, la_session_take_peak);
    la_session_step(session, la_session_give_peak);
    bytes[LA_STAGE_PEAK] = given_out();
    for (int i = 0; i < LA_IDLE_TICKS; i++)
        lookaside_balance();
    bytes[LA_STAGE_IDLE] = given_out();
    lookaside_trim(list, 0);
    bytes[LA_STAGE_TRIM] = bytes[LA_STAGE_PURGE] = given_out();
}

static void measure(struct la_retention_session *session, double bytes[LA_NR_STAGES])
{
    const struct la_trial_setting *setting = session->setting;
    const double before = given_out();

    if (la_contender_list_init(&session->list, session->contender, setting->size, setting->depth,
                               NULL))
        return;
    live_it(session, bytes);
    lookaside_fini(&session->list.list);
    for (int i = 0; i < LA_NR_STAGES; i++) {
        const double grown = bytes[i] - before;

        /* Every list has counters: nothing at all means that nobody counts. */
        bytes[i] = grown > 0 ? grown + (double)sizeof(struct lookaside) : NAN;
    }
}

void la_metadata_measure(const struct la_contender *contender,
                         const struct la_trial_setting *setting, double bytes[LA_NR_STAGES])
{
    static struct la_retention_session session; /* aligned for a list */
    struct la_contender apart = *contender;

    for (int i = 0; i < LA_NR_STAGES; i++)
        bytes[i] = NAN;
    apart.calls =
        (struct la_allocator_calls){.allocate = region_allocate, .release = region_release};
    memset(&session, 0, sizeof session);
    if (!region_begin(setting) || la_session_begin(&session, &apart, setting))
        return;
    measure(&session, bytes);
    la_session_end(&session);
}
