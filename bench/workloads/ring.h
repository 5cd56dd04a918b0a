/* SPDX-License-Identifier: MIT */
/*
 * ring.h: a bounded queue from one thread to one other.
 *
 *      tail <= head <= tail + places        head: items put in so far; tail: taken out so far
 *
 * Each side keeps its own index and its last sight of the other's in a line of its own, and looks
 * at the other's line only when that sight says full or empty.
 */
#ifndef LA_WORKLOAD_RING_H
#define LA_WORKLOAD_RING_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "platform.h"

struct ring {
    _Alignas(LA_NO_SHARING) _Atomic uint64_t head; /* the producer's */
    uint64_t seen_tail;
    _Alignas(LA_NO_SHARING) _Atomic uint64_t tail; /* the consumer's */
    uint64_t seen_head;
    _Alignas(LA_NO_SHARING) uint32_t places; /* a power of two */
    void **slots;
};

/* Whether an item can be put in. Acquire: the slot's last item has been read. Producer only. */
static inline bool ring_has_room(struct ring *ring)
{
    uint64_t head = atomic_load_explicit(&ring->head, memory_order_relaxed);

    if (LA_LIKELY(head - ring->seen_tail < ring->places))
        return true;
    ring->seen_tail = atomic_load_explicit(&ring->tail, memory_order_acquire);
    return head - ring->seen_tail < ring->places;
}

/* Only when there is room. Release: the item and what it points to go before it. Producer only. */
static inline void ring_put(struct ring *ring, void *item)
{
    uint64_t head = atomic_load_explicit(&ring->head, memory_order_relaxed);

    ring->slots[head & (ring->places - 1)] = item;
    atomic_store_explicit(&ring->head, head + 1, memory_order_release);
}

/* Whether an item can be taken out. Acquire: pairs with ring_put(). Consumer only. */
static inline bool ring_has_item(struct ring *ring)
{
    uint64_t tail = atomic_load_explicit(&ring->tail, memory_order_relaxed);

    if (LA_LIKELY(tail != ring->seen_head))
        return true;
    ring->seen_head = atomic_load_explicit(&ring->head, memory_order_acquire);
    return tail != ring->seen_head;
}

/* Only when there is an item. Release: the slot is read before it is given up. Consumer only. */
static inline void *ring_get(struct ring *ring)
{
    uint64_t tail = atomic_load_explicit(&ring->tail, memory_order_relaxed);
    void *item = ring->slots[tail & (ring->places - 1)];

    atomic_store_explicit(&ring->tail, tail + 1, memory_order_release);
    return item;
}

#endif
