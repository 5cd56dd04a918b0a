/* SPDX-License-Identifier: MIT */
/* schedule.c: see schedule.h. */
#include "schedule.h"

#include "random.h"

/* What a draw is for. */
enum purpose { FOR_PROCESS = 1, FOR_BLOCK, FOR_ORDER, FOR_GROUPS, FOR_CPUS };

/* A stream of its own for each place: the generator mixes its state well, so a chain of three
 * draws tells any two places apart. */
static struct la_random stream(uint64_t seed, enum purpose purpose, uint64_t a, uint64_t b)
{
    struct la_random random = la_random_seeded(seed + purpose);

    random = la_random_seeded(la_random_next(&random) + a);
    random = la_random_seeded(la_random_next(&random) + b);
    return la_random_seeded(la_random_next(&random));
}

struct la_process_luck la_schedule_process(uint64_t run_seed, unsigned process)
{
    struct la_random random = stream(run_seed, FOR_PROCESS, process, 0);
    struct la_process_luck luck;

    luck.seed = la_random_next(&random) >> 11; /* a whole number to every reader of JSON */
    luck.environment_bytes = (uint32_t)la_random_below(&random, LA_ENVIRONMENT_BYTES);
    luck.heap_offset_bytes = (uint32_t)la_random_below(&random, LA_HEAP_OFFSET_BYTES / 16) * 16;
    return luck;
}

uint64_t la_schedule_block(uint64_t process_seed, size_t group, unsigned block)
{
    struct la_random random = stream(process_seed, FOR_BLOCK, group, block);

    return la_random_next(&random);
}

void la_schedule_order(uint64_t run_seed, size_t group, unsigned block, size_t *order, size_t nr)
{
    struct la_random random = stream(run_seed, FOR_ORDER, group, block / 2);

    la_random_permutation(&random, order, nr);
    for (size_t i = 0; block % 2 && i < nr / 2; i++) {
        const size_t first = order[i];

        order[i] = order[nr - 1 - i];
        order[nr - 1 - i] = first;
    }
}

void la_schedule_groups(uint64_t run_seed, unsigned pass, size_t *order, size_t nr)
{
    struct la_random random = stream(run_seed, FOR_GROUPS, pass, 0);

    la_random_permutation(&random, order, nr);
}

static void swap(unsigned *a, unsigned *b)
{
    const unsigned kept = *a;

    *a = *b;
    *b = kept;
}

void la_schedule_cpus(uint64_t process_seed, unsigned *cpu, unsigned nr_threads)
{
    struct la_random random = stream(process_seed, FOR_CPUS, nr_threads, 0);

    /* Each pair, from the last to the first, changes places with one before it or stays. */
    for (unsigned pair = nr_threads / 2; pair-- > 0;) {
        const unsigned other = (unsigned)la_random_below(&random, pair + 1);

        swap(&cpu[2 * pair], &cpu[2 * other]);
        swap(&cpu[2 * pair + 1], &cpu[2 * other + 1]);
        if (la_random_next(&random) & 1)
            swap(&cpu[2 * pair], &cpu[2 * pair + 1]);
    }
}
