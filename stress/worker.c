/* SPDX-License-Identifier: MIT */
/* worker.c: how workers use the lists: each call is reported to the oracle and counted. */
#include "scenario.h"

#include "platform.h"

enum { BULK_MOST = 700, BULK_ONE_IN = 32 };

static _Thread_local struct stress_worker *self;

struct stress_worker *stress_self(void)
{
    return self;
}

void stress_be(struct stress_worker *worker)
{
    self = worker;
}

struct stress_worker *stress_aside(struct stress_worker *worker)
{
    return worker + worker->run->nr_workers;
}

/* Relaxed: joining orders what matters. */
static bool is_over(const struct stress_run *run)
{
    return atomic_load_explicit(&run->stop, memory_order_relaxed) ||
           oracle_nr_faults(run->oracle) > 0;
}

bool stress_going(struct stress_worker *worker)
{
    struct stress_run *run = worker->run;

    if (LA_UNLIKELY(park_wanted(&run->park) && !is_over(run)))
        park_here(&run->park);
    return !is_over(run);
}

/* Marsaglia's xorshift, 64 bits. */
uint32_t stress_below(struct stress_worker *worker, uint32_t bound)
{
    worker->random ^= worker->random << 13;
    worker->random ^= worker->random >> 7;
    worker->random ^= worker->random << 17;
    return (uint32_t)((worker->random >> 32) * bound >> 32);
}

struct stress_list *stress_any_list(struct stress_worker *worker)
{
    struct stress_run *run = worker->run;

    return run->nr_shared == 1 ? run->lists : &run->lists[stress_below(worker, run->nr_shared)];
}

static void take(struct stress_worker *worker, struct stress_list *list, void *entry)
{
    oracle_taken(worker->run->oracle, list->index, entry, worker->index);
    worker->out[worker->nr_out++] = (struct stress_entry){.entry = entry, .of = list};
}

bool stress_alloc_from(struct stress_worker *worker, struct stress_list *list)
{
    struct stress_counts *counts = &worker->counts[list->index];
    void *entry;

    if (worker->nr_out == WORKER_OUT)
        return false;
    entry = worker->caller ? worker->caller->alloc(&list->list) : lookaside_alloc(&list->list);
    counts->allocates++;
    if (!entry) {
        counts->failures++;
        return false;
    }
    take(worker, list, entry);
    return true;
}

bool stress_alloc(struct stress_worker *worker)
{
    return stress_alloc_from(worker, stress_any_list(worker));
}

/* Out of the worker's hands: the entry at place goes to its list. */
static struct stress_entry hand_in(struct stress_worker *worker, unsigned place)
{
    const struct stress_entry held = worker->out[place];

    worker->out[place] = worker->out[--worker->nr_out];
    oracle_giving(worker->run->oracle, held.of->index, held.entry, worker->index);
    worker->counts[held.of->index].frees++;
    return held;
}

void stress_free_any(struct stress_worker *worker)
{
    const struct stress_entry held = hand_in(worker, stress_below(worker, worker->nr_out));

    if (worker->caller)
        worker->caller->free(&held.of->list, held.entry);
    else
        lookaside_free(&held.of->list, held.entry);
}

void stress_alloc_bulk(struct stress_worker *worker, struct stress_list *list, unsigned nr)
{
    struct stress_counts *counts = &worker->counts[list->index];
    void *entries[BULK_MOST];
    size_t got;

    if (nr > WORKER_OUT - worker->nr_out)
        nr = WORKER_OUT - worker->nr_out;
    if (nr > BULK_MOST)
        nr = BULK_MOST;
    got = lookaside_alloc_bulk(&list->list, entries, nr);
    for (size_t i = 0; i < got; i++)
        take(worker, list, entries[i]);
    counts->allocates += got;
    if (got < nr) { /* the one that failed is counted, those after it were not tried */
        counts->allocates++;
        counts->failures++;
    }
}

void stress_free_bulk(struct stress_worker *worker, unsigned nr)
{
    struct stress_list *list;
    void *entries[BULK_MOST];
    unsigned got = 0;

    if (worker->nr_out == 0)
        return;
    list = worker->out[stress_below(worker, worker->nr_out)].of;
    for (unsigned i = worker->nr_out; i-- > 0 && got < nr && got < BULK_MOST;) {
        if (worker->out[i].of == list)
            entries[got++] = hand_in(worker, i).entry;
    }
    lookaside_free_bulk(&list->list, entries, got);
}

void stress_free_all(struct stress_worker *worker)
{
    /* A list that was caught is not used any more: the first finding tells, not the crash. */
    while (worker->nr_out > 0 && oracle_nr_faults(worker->run->oracle) == 0)
        stress_free_any(worker);
}

void stress_receive(struct stress_worker *worker, struct stress_entry entry, unsigned from)
{
    oracle_pass(worker->run->oracle, entry.of->index, entry.entry, from, worker->index);
    worker->out[worker->nr_out++] = entry;
    worker->handed++;
}

/* Release: the consumer sees the slot, and what the producer did to the entry, before the tail. */
bool stress_ring_put(struct stress_ring *ring, struct stress_entry entry)
{
    unsigned tail = atomic_load_explicit(&ring->tail, memory_order_relaxed);

    /* Acquire: the consumer is done with the slot. */
    if (tail - atomic_load_explicit(&ring->head, memory_order_acquire) == RING_SLOTS)
        return false;
    ring->slots[tail % RING_SLOTS] = entry;
    atomic_store_explicit(&ring->tail, tail + 1, memory_order_release);
    return true;
}

bool stress_ring_get(struct stress_ring *ring, struct stress_entry *entry)
{
    unsigned head = atomic_load_explicit(&ring->head, memory_order_relaxed);

    /* Acquire and release: the mirror of stress_ring_put(). */
    if (atomic_load_explicit(&ring->tail, memory_order_acquire) == head)
        return false;
    *entry = ring->slots[head % RING_SLOTS];
    atomic_store_explicit(&ring->head, head + 1, memory_order_release);
    return true;
}

void stress_churn_step(struct stress_worker *worker, unsigned most)
{
    bool many = stress_below(worker, BULK_ONE_IN) == 0;
    bool give = stress_below(worker, most + 1) < worker->nr_out;

    if (many && give)
        stress_free_bulk(worker, 1 + stress_below(worker, most));
    else if (many && worker->nr_out < most)
        stress_alloc_bulk(worker, stress_any_list(worker),
                          1 + stress_below(worker, most - worker->nr_out));
    else if (give)
        stress_free_any(worker);
    else
        (void)stress_alloc(worker);
}

void stress_churn_some(struct stress_worker *worker, unsigned most, uint32_t nr)
{
    for (; nr > 0 && stress_going(worker); nr--)
        stress_churn_step(worker, most);
}

void stress_churn_on(struct stress_worker *worker, unsigned most)
{
    while (stress_going(worker))
        stress_churn_step(worker, most);
    stress_free_all(worker);
}

void stress_flush(struct stress_worker *worker, struct stress_list *list)
{
    stress_trim(worker, list, 0);
}

void stress_trim(struct stress_worker *worker, struct stress_list *list, size_t keep)
{
    worker->counts[list->index].released +=
        keep ? lookaside_trim(&list->list, keep) : lookaside_flush(&list->list);
}

void stress_migrate(struct stress_worker *worker)
{
    const cpu_set_t *allowed = &worker->run->allowed;
    uint32_t choice = stress_below(worker, (uint32_t)CPU_COUNT(allowed) + 1);
    cpu_set_t target = *allowed;

    for (int cpu = 0; choice > 0 && cpu < CPU_SETSIZE; cpu++) {
        if (CPU_ISSET(cpu, allowed) && --choice == 0) {
            CPU_ZERO(&target);
            CPU_SET(cpu, &target);
        }
    }
    /* A CPU that went away in the meantime is refused: the worker stays where it is. */
    (void)sched_setaffinity(0, sizeof target, &target);
}

struct stress_list *stress_own_list(struct stress_worker *worker)
{
    return &worker->run->lists[worker->run->nr_shared + worker->index];
}

bool stress_quiet_begin(struct stress_worker *worker)
{
    struct stress_park *park = &worker->run->park;

    if (pthread_mutex_trylock(&park->looking))
        return false;
    park_quiet_begin(park, 1);
    return true;
}

void stress_quiet_end(struct stress_worker *worker)
{
    park_quiet_end(&worker->run->park);
    pthread_mutex_unlock(&worker->run->park.looking);
}
