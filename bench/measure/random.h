/* SPDX-License-Identifier: MIT */
/*
 * random.h: random numbers that a seed repeats: the order of contenders and the decisions of
 * workloads. SplitMix64 (Steele, Lea, Flood: "Fast splittable pseudorandom number generators",
 * 2014): any seed will do, also neighbours.
 */
#ifndef LA_MEASURE_RANDOM_H
#define LA_MEASURE_RANDOM_H

#include <stddef.h>
#include <stdint.h>

struct la_random {
    uint64_t state;
};

static inline struct la_random la_random_seeded(uint64_t seed)
{
    return (struct la_random){.state = seed};
}

static inline uint64_t la_random_next(struct la_random *random)
{
    uint64_t bits = random->state += UINT64_C(0x9e3779b97f4a7c15);

    bits = (bits ^ bits >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    bits = (bits ^ bits >> 27) * UINT64_C(0x94d049bb133111eb);
    return bits ^ bits >> 31;
}

/* Uniform below bound, which is not 0; the bias of the remainder is below bound / 2^64. */
static inline uint64_t la_random_below(struct la_random *random, uint64_t bound)
{
    return la_random_next(random) % bound;
}

/* Puts 0 .. nr - 1 into order[], every permutation equally likely. */
void la_random_permutation(struct la_random *random, size_t *order, size_t nr);

#endif
