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

/* For all that callers and list can hold at once, and one more a thread. The process's end frees
 * it. */
static bool region_begin(const struct la_trial_setting *setting)
{
    const size_t nr =
        setting->depth + (size_t)setting->placement->nr_threads * ((size_t)setting->longest + 1);
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

static double grown_by(struct la_retention_session *session)
{
    const struct la_trial_setting *setting = session->setting;
    const double before = given_out();
    double grown;

    if (la_contender_list_init(&session->list, session->contender, setting->size, setting->depth,
                               NULL))
        return NAN;
    session->busy_ticks = la_clock_ticks(BUSY_NS);
    la_session_step(session, la_session_busy);
    grown = given_out() - before;
    lookaside_fini(&session->list.list);
    return grown;
}

double la_metadata_bytes(const struct la_contender *contender,
                         const struct la_trial_setting *setting)
{
    static struct la_retention_session session; /* aligned for a list */
    struct la_contender apart = *contender;
    double grown;

    apart.calls =
        (struct la_allocator_calls){.allocate = region_allocate, .release = region_release};
    memset(&session, 0, sizeof session);
    if (!region_begin(setting) || la_session_begin(&session, &apart, setting))
        return NAN;
    grown = grown_by(&session);
    la_session_end(&session);
    /* Every list has counters: nothing at all means that nobody counts. */
    return grown > 0 ? grown + (double)sizeof(struct lookaside) : NAN;
}
