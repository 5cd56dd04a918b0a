/* SPDX-License-Identifier: MIT */
/* worker.c: how workers use the list: each call is reported to the oracle and counted. */
#include "scenario.h"

enum { BULK_MOST = 24, BULK_ONE_IN = 32 };

bool stress_going(const struct stress_worker *worker)
{
    /* Relaxed: joining orders what matters. */
    return !atomic_load_explicit(&worker->run->stop, memory_order_relaxed) &&
           oracle_nr_faults(worker->run->oracle) == 0;
}

/* Marsaglia's xorshift, 64 bits. */
uint32_t stress_below(struct stress_worker *worker, uint32_t bound)
{
    worker->random ^= worker->random << 13;
    worker->random ^= worker->random >> 7;
    worker->random ^= worker->random << 17;
    return (uint32_t)((worker->random >> 32) * bound >> 32);
}

static void take(struct stress_worker *worker, void *entry)
{
    oracle_taken(worker->run->oracle, entry, worker->index);
    worker->out[worker->nr_out++] = entry;
}

bool stress_alloc(struct stress_worker *worker)
{
    void *entry = lookaside_alloc(&worker->run->list);

    worker->allocates++;
    if (!entry) {
        worker->failures++;
        return false;
    }
    take(worker, entry);
    return true;
}

static void *pick_any(struct stress_worker *worker)
{
    unsigned place = stress_below(worker, worker->nr_out);
    void *entry = worker->out[place];

    worker->out[place] = worker->out[--worker->nr_out];
    oracle_giving(worker->run->oracle, entry, worker->index);
    worker->frees++;
    return entry;
}

void stress_free_any(struct stress_worker *worker)
{
    lookaside_free(&worker->run->list, pick_any(worker));
}

void stress_alloc_bulk(struct stress_worker *worker, unsigned nr)
{
    void *entries[BULK_MOST];
    size_t got;

    if (nr > WORKER_OUT - worker->nr_out)
        nr = WORKER_OUT - worker->nr_out;
    if (nr > BULK_MOST)
        nr = BULK_MOST;
    got = lookaside_alloc_bulk(&worker->run->list, entries, nr);
    for (size_t i = 0; i < got; i++)
        take(worker, entries[i]);
    worker->allocates += got;
    if (got < nr) { /* the one that failed is counted, those after it were not tried */
        worker->allocates++;
        worker->failures++;
    }
}

void stress_free_bulk(struct stress_worker *worker, unsigned nr)
{
    void *entries[BULK_MOST];

    if (nr > worker->nr_out)
        nr = worker->nr_out;
    if (nr > BULK_MOST)
        nr = BULK_MOST;
    for (unsigned i = 0; i < nr; i++)
        entries[i] = pick_any(worker);
    lookaside_free_bulk(&worker->run->list, entries, nr);
}

void stress_free_all(struct stress_worker *worker)
{
    /* A list that was caught is not used any more: the first finding tells, not the crash. */
    while (worker->nr_out > 0 && oracle_nr_faults(worker->run->oracle) == 0)
        stress_free_any(worker);
}

void stress_churn_step(struct stress_worker *worker, unsigned most)
{
    bool many = stress_below(worker, BULK_ONE_IN) == 0;
    bool give = stress_below(worker, most + 1) < worker->nr_out;

    if (many && give)
        stress_free_bulk(worker, 1 + stress_below(worker, BULK_MOST));
    else if (many && worker->nr_out < most)
        stress_alloc_bulk(worker, 1 + stress_below(worker, most - worker->nr_out));
    else if (give)
        stress_free_any(worker);
    else
        (void)stress_alloc(worker);
}

void stress_flush(struct stress_worker *worker)
{
    worker->released += lookaside_flush(&worker->run->list);
}

void stress_trim(struct stress_worker *worker, size_t keep)
{
    worker->released += lookaside_trim(&worker->run->list, keep);
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

void stress_churn_on(struct stress_worker *worker, unsigned most)
{
    while (stress_going(worker))
        stress_churn_step(worker, most);
    stress_free_all(worker);
}
