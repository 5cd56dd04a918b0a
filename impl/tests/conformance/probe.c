/* SPDX-License-Identifier: MIT */
/* probe.c: see probe.h. */
#include "probe.h"

#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "conformance.h"
#include "platform.h"

enum { PATIENCE_S = 20, CLOBBER = 0xDD, MAX_THREADS = 64 };

const uint32_t probe_depths[] = {0, 1, 4, 31, 32, 33, 256, 1000};
const size_t probe_nr_depths = sizeof probe_depths / sizeof *probe_depths;

static cpu_set_t allowed; /* before a lone test bound itself */

struct probe *probe_of(struct lookaside *list)
{
    return LA_CONTAINER_OF(list, struct probe, list);
}

/* Relaxed here and below: tests read the counts after joining the threads that wrote them. */
static unsigned count(_Atomic unsigned *counter)
{
    return atomic_fetch_add_explicit(counter, 1, memory_order_relaxed);
}

void *probe_allocate(struct lookaside *list, size_t size)
{
    struct probe *probe = probe_of(list);

    count(&probe->nr_allocates);
    if (size != list->size)
        count(&probe->nr_wrong);
    if (probe->failing > 0) {
        probe->failing--;
        return NULL;
    }
    return malloc(size);
}

/* Overwrites the entry before it goes: whoever still needs its link or its bytes will notice. */
void probe_free(struct lookaside *list, void *entry)
{
    struct probe *probe = probe_of(list);
    unsigned nr = count(&probe->nr_frees);

    if (nr < PROBE_LOG)
        probe->freed[nr] = entry;
    if (!entry) {
        count(&probe->nr_wrong);
        return;
    }
    memset(entry, CLOBBER, list->size);
    free(entry);
}

void probe_init_with(struct probe *probe, struct lookaside_config config)
{
    config.strategy = config.strategy ? config.strategy : conformance_strategy();
    config.allocate = config.allocate ? config.allocate : probe_allocate;
    config.free = config.free ? config.free : probe_free;
    config.size = config.size ? config.size : PROBE_SIZE;
    memset(probe, 0, sizeof *probe);
    assert_int_equal(lookaside_init(&probe->list, &config), 0);
}

void probe_init(struct probe *probe, uint32_t depth)
{
    /* A zero in the configuration means the default, so depth 0 is set afterwards. */
    uint32_t initial = depth > 0 ? depth : 1;

    probe_init_with(probe, (struct lookaside_config){.depth = {.initial = initial}});
    if (depth == 0)
        assert_int_equal(lookaside_set_depth(&probe->list, 0), 0);
}

void probe_fini(struct probe *probe, unsigned nr_with_caller)
{
    struct lookaside_stats stats = probe_stats(probe);

    lookaside_fini(&probe->list);
    assert_int_equal(probe->nr_wrong, 0);
    assert_int_equal(probe->nr_frees,
                     probe->nr_allocates - stats.allocate_failures - nr_with_caller);
}

struct lookaside_stats probe_stats(struct probe *probe)
{
    struct lookaside_stats stats;

    lookaside_get_stats(&probe->list, &stats);
    return stats;
}

uint64_t probe_held(struct probe *probe)
{
    return probe_stats(probe).held;
}

void probe_alloc_n(struct probe *probe, void **entries, size_t nr)
{
    for (size_t i = 0; i < nr; i++) {
        entries[i] = lookaside_alloc(&probe->list);
        assert_non_null(entries[i]);
    }
}

void probe_free_n(struct probe *probe, void *const *entries, size_t nr)
{
    for (size_t i = 0; i < nr; i++)
        lookaside_free(&probe->list, entries[i]);
}

void probe_fill(struct probe *probe, void **entries, size_t nr)
{
    probe_alloc_n(probe, entries, nr);
    probe_free_n(probe, entries, nr);
}

void probe_forget(void *const *entries, size_t nr)
{
    for (size_t i = 0; i < nr; i++)
        free(entries[i]);
}

static int allowed_cpu(unsigned index)
{
    unsigned seen = 0, nr = (unsigned)CPU_COUNT(&allowed);

    for (int cpu = 0; cpu < CPU_SETSIZE; cpu++) {
        if (CPU_ISSET(cpu, &allowed) && seen++ == index % nr)
            return cpu;
    }
    return -1;
}

static int bind_self(int cpu)
{
    cpu_set_t one;

    CPU_ZERO(&one);
    CPU_SET(cpu, &one);
    return sched_setaffinity(0, sizeof one, &one);
}

int lone_setup(void **state)
{
    (void)state;
    if (sched_getaffinity(0, sizeof allowed, &allowed))
        return -1;
    return bind_self(allowed_cpu(0));
}

int lone_teardown(void **state)
{
    (void)state;
    return sched_setaffinity(0, sizeof allowed, &allowed);
}

unsigned probe_nr_cpus(void)
{
    return (unsigned)CPU_COUNT(&allowed);
}

struct errand {
    void (*work)(void *);
    void *context;
    int cpu; /* -1: where the caller may run */
};

static void *run_errand(void *pointer)
{
    struct errand *errand = pointer;

    if (errand->cpu >= 0 && bind_self(errand->cpu))
        return errand;
    errand->work(errand->context);
    return NULL;
}

static void send(struct errand errand)
{
    pthread_t thread;
    void *failed = &errand;

    assert_int_equal(pthread_create(&thread, NULL, run_errand, &errand), 0);
    assert_int_equal(pthread_join(thread, &failed), 0);
    assert_null(failed);
}

void probe_on_cpu(unsigned index, void (*work)(void *), void *context)
{
    send((struct errand){work, context, allowed_cpu(index)});
}

void probe_elsewhere(void (*work)(void *), void *context)
{
    send((struct errand){work, context, -1});
}

struct member {
    pthread_t thread;
    pthread_barrier_t *gate;
    void (*work)(void *, unsigned);
    void *context;
    unsigned index;
};

static void *run_member(void *pointer)
{
    struct member *member = pointer;

    pthread_barrier_wait(member->gate);
    member->work(member->context, member->index);
    return NULL;
}

void probe_together(unsigned nr, void (*work)(void *, unsigned), void *context)
{
    struct member members[MAX_THREADS];
    pthread_barrier_t gate;

    assert_in_range(nr, 1, MAX_THREADS);
    pthread_barrier_init(&gate, NULL, nr);
    for (unsigned i = 0; i < nr; i++) {
        members[i] = (struct member){.gate = &gate, .work = work, .context = context, .index = i};
        assert_int_equal(pthread_create(&members[i].thread, NULL, run_member, &members[i]), 0);
    }
    for (unsigned i = 0; i < nr; i++)
        pthread_join(members[i].thread, NULL);
    pthread_barrier_destroy(&gate);
}

bool probe_meet(struct probe_meeting *meeting)
{
    struct timespec deadline;
    bool met;

    clock_gettime(CLOCK_REALTIME, &deadline);
    deadline.tv_sec += PATIENCE_S;
    pthread_mutex_lock(&meeting->lock);
    meeting->here++;
    pthread_cond_broadcast(&meeting->all_here);
    while (meeting->here < meeting->expected &&
           pthread_cond_timedwait(&meeting->all_here, &meeting->lock, &deadline) != ETIMEDOUT)
        ;
    met = meeting->here >= meeting->expected;
    pthread_mutex_unlock(&meeting->lock);
    return met;
}

/* Marsaglia's xorshift, 64 bits. */
uint32_t probe_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return (uint32_t)(*state >> 32);
}
