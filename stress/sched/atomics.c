/* SPDX-License-Identifier: MIT */
/* atomics.c: atomic operations and store buffers. One thread of the kernel does all of it, so that
 * plain accesses do. */
#include <stdatomic.h>
#include <string.h>

#include "engine.h"
#include "explore.h"
#include "heap.h"
#include "oracle.h"

static uint64_t read_memory(const volatile void *at, size_t size)
{
    uint64_t value = 0;

    memcpy(&value, (const void *)(uintptr_t)at, size);
    return value;
}

static void write_memory(volatile void *at, size_t size, uint64_t value)
{
    if (read_memory(at, size) == value)
        return;
    memcpy((void *)(uintptr_t)at, &value, size);
    sched_changed();
}

/* Others see the oldest nr stores of a thread. */
static void drain(struct sched_thread *thread, unsigned nr)
{
    for (unsigned i = 0; i < nr; i++) {
        const struct sched_store *store = &thread->stores[i];

        heap_check((const void *)(uintptr_t)store->at, store->size);
        write_memory(store->at, store->size, store->value);
    }
    thread->nr_stores -= nr;
    memmove(thread->stores, thread->stores + nr, thread->nr_stores * sizeof *thread->stores);
    if (sched_tracing && nr > 0 && thread->stores_late)
        sched_note("%s's late stores are seen",
                   sched_name((unsigned)(thread - sched_world.threads)));
    if (nr > 0)
        thread->stores_late = false;
}

void sched_drain(struct sched_thread *thread)
{
    drain(thread, thread->nr_stores);
}

void sched_drain_for_switch(struct sched_thread *thread)
{
    unsigned late = 0;

    if (thread->nr_stores > 0)
        late = explore_delay(sched_world.steps, thread->nr_stores);
    drain(thread, thread->nr_stores - late);
    thread->stores_late = late > 0;
    if (sched_tracing && late > 0)
        sched_note("the last %u stores of %s are not seen yet", late,
                   sched_name((unsigned)(thread - sched_world.threads)));
}

void sched_drain_all(void)
{
    for (unsigned i = 0; i < SCHED_THREADS; i++)
        sched_drain(&sched_world.threads[i]);
}

/* The thread's own latest store there, if it is not seen by others yet. */
static const struct sched_store *find_store(struct sched_thread *me, const volatile void *at,
                                            size_t size)
{
    for (unsigned i = me->nr_stores; i-- > 0;) {
        const struct sched_store *store = &me->stores[i];
        uintptr_t begin = (uintptr_t)store->at, from = (uintptr_t)at;

        if (begin == from && store->size == size)
            return store;
        if (begin < from + size && from < begin + store->size) {
            sched_drain(me);
            return NULL;
        }
    }
    return NULL;
}

static uint64_t read_own(const volatile void *at, size_t size)
{
    const struct sched_store *store = find_store(sched_me(), at, size);

    return store ? store->value : read_memory(at, size);
}

uint64_t la_sched_load(const volatile void *at, size_t size, int order,
                       const struct la_sched_site *site)
{
    uint64_t value;

    (void)order;
    sched_point(site);
    heap_check((const void *)(uintptr_t)at, size);
    value = read_own(at, size);
    if (sched_tracing)
        sched_trace(site, "is %s", oracle_describe(value));
    return value;
}

/* Nobody looks before the next switch, where it is decided when others see it. */
static void keep_store(struct sched_thread *me, volatile void *at, size_t size, uint64_t value)
{
    if (me->nr_stores == SCHED_STORES)
        drain(me, 1);
    if (read_own(at, size) != value)
        sched_changed();
    me->stores[me->nr_stores++] = (struct sched_store){at, size, value};
}

void la_sched_store(volatile void *at, size_t size, uint64_t value, int order,
                    const struct la_sched_site *site)
{
    struct sched_thread *me = sched_me();

    sched_point(site);
    heap_check((const void *)(uintptr_t)at, size);
    if (order != memory_order_seq_cst && sched_world.active && explore_has_delays()) {
        keep_store(me, at, size, value);
    } else {
        sched_drain(me);
        write_memory(at, size, value);
    }
    if (sched_tracing)
        sched_trace(site, "= %s", oracle_describe(value));
}

static uint64_t change(enum la_sched_rmw kind, uint64_t before, uint64_t operand)
{
    switch (kind) {
    case LA_SCHED_EXCHANGE:
        return operand;
    case LA_SCHED_ADD:
        return before + operand;
    case LA_SCHED_SUB:
        return before - operand;
    case LA_SCHED_OR:
        return before | operand;
    case LA_SCHED_AND:
        return before & operand;
    }
    return before;
}

static uint64_t narrow(uint64_t value, size_t size)
{
    return size == sizeof value ? value : value & ((UINT64_C(1) << 8 * size) - 1);
}

uint64_t la_sched_rmw(enum la_sched_rmw kind, volatile void *at, size_t size, uint64_t operand,
                      const struct la_sched_site *site)
{
    uint64_t before, after;

    sched_point(site);
    heap_check((const void *)(uintptr_t)at, size);
    sched_drain(sched_me());
    before = read_memory(at, size);
    after = narrow(change(kind, before, operand), size);
    write_memory(at, size, after);
    if (sched_tracing)
        sched_trace(site, "was %s, = %s", oracle_describe(before), oracle_describe(after));
    return before;
}

bool la_sched_cas(volatile void *at, size_t size, void *expected, uint64_t desired,
                  const struct la_sched_site *site)
{
    uint64_t before, wanted;

    sched_point(site);
    heap_check((const void *)(uintptr_t)at, size);
    sched_drain(sched_me());
    before = read_memory(at, size);
    wanted = read_memory(expected, size);
    if (before == wanted)
        write_memory(at, size, desired);
    else
        memcpy(expected, &before, size);
    if (sched_tracing)
        sched_trace(site, before == wanted ? "was %s, = %s" : "is %s, fails",
                    oracle_describe(before), oracle_describe(desired));
    return before == wanted;
}

bool la_sched_cas16(void *at, const void *expected, const void *desired,
                    const struct la_sched_site *site)
{
    bool same;

    sched_point(site);
    heap_check(at, 16);
    sched_drain(sched_me());
    same = memcmp(at, expected, 16) == 0;
    if (same) {
        memcpy(at, desired, 16);
        sched_changed();
    }
    if (sched_tracing)
        sched_trace(site, same ? "done: first is %s" : "fails: first is %s",
                    oracle_describe(read_memory(at, 8)));
    return same;
}

void la_sched_fence(int order, const struct la_sched_site *site)
{
    sched_point(site);
    if (order == memory_order_seq_cst)
        sched_drain(sched_me());
    if (sched_tracing)
        sched_trace(site, "done");
}

void *la_sched_chain_next(const void *entry, const struct la_sched_site *site)
{
    void *next;

    sched_point(site);
    oracle_link_read(entry);
    memcpy(&next, entry, sizeof next);
    if (sched_tracing)
        sched_trace(site, "of %s: %s", oracle_describe((uintptr_t)entry),
                    oracle_describe((uintptr_t)next));
    return next;
}

void la_sched_chain_set_next(void *entry, void *next, const struct la_sched_site *site)
{
    sched_point(site);
    oracle_link_write(entry);
    memcpy(entry, &next, sizeof next);
    if (sched_tracing)
        sched_trace(site, "of %s = %s", oracle_describe((uintptr_t)entry),
                    oracle_describe((uintptr_t)next));
}

int la_sched_relax(const struct la_sched_site *site)
{
    struct sched_thread *me = sched_me();

    /* Several turns without a look in between are one. */
    if (me->relaxed || !sched_world.active)
        return 0;
    if (sched_tracing)
        sched_trace(site, "lets others go on");
    sched_relax();
    me->relaxed = true;
    return 0;
}

uint64_t la_sched_ticks(void)
{
    sched_me()->relaxed = false;
    return sched_world.ticks += 300;
}
