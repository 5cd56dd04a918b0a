/* SPDX-License-Identifier: MIT */
/* script.c: see script.h. */
#include "script.h"

#include <errno.h>
#include <sched.h>
#include <stdlib.h>

#include "platform.h"
#include "random.h"

/* --- the bed --- */

static void *take_spare(struct lookaside *list, size_t size)
{
    struct la_gate_bed *bed = LA_CONTAINER_OF(list, struct la_gate_bed, list);

    (void)size;
    return bed->nr_spare ? bed->spare[--bed->nr_spare] : NULL;
}

static void give_spare(struct lookaside *list, void *entry)
{
    struct la_gate_bed *bed = LA_CONTAINER_OF(list, struct la_gate_bed, list);

    bed->spare[bed->nr_spare++] = entry;
}

static void free_bed(struct la_gate_bed *bed)
{
    free(bed->entries);
    free(bed->spare);
    free(bed->held);
    free(bed->numbers);
}

int la_gate_bed_init(struct la_gate_bed *bed, const struct lookaside_strategy *strategy)
{
    const struct lookaside_config config = {.size = LA_GATE_ENTRY_BYTES,
                                            .strategy = strategy,
                                            .allocate = take_spare,
                                            .free = give_spare,
                                            .depth = {.initial = LA_GATE_DEPTH}};
    struct la_random random = la_random_seeded(20240501);
    int error;

    bed->entries = aligned_alloc(LA_GATE_ENTRY_BYTES, LA_GATE_ENTRIES * sizeof *bed->entries);
    bed->spare = calloc(LA_GATE_ENTRIES, sizeof *bed->spare);
    bed->held = calloc(LA_GATE_ENTRIES, sizeof *bed->held);
    bed->numbers = calloc(LA_GATE_STEPS, sizeof *bed->numbers);
    error = bed->entries && bed->spare && bed->held && bed->numbers
                ? lookaside_init(&bed->list, &config)
                : -ENOMEM;
    if (error) {
        free_bed(bed);
        return error;
    }
    for (bed->nr_spare = 0; bed->nr_spare < LA_GATE_ENTRIES; bed->nr_spare++)
        bed->spare[bed->nr_spare] = bed->entries[LA_GATE_ENTRIES - 1 - bed->nr_spare];
    for (size_t i = 0; i < LA_GATE_STEPS; i++)
        bed->numbers[i] = (uint32_t)(la_random_next(&random) >> 32);
    return 0;
}

void la_gate_bed_fini(struct la_gate_bed *bed)
{
    lookaside_fini(&bed->list);
    free_bed(bed);
}

bool la_gate_bind(unsigned nth)
{
    static cpu_set_t allowed; /* before the first binding, which threads inherit */
    static bool known;
    cpu_set_t one;

    if (!known && sched_getaffinity(0, sizeof allowed, &allowed) != 0)
        return false;
    known = true;
    for (int cpu = 0; cpu < CPU_SETSIZE; cpu++) {
        if (!CPU_ISSET(cpu, &allowed) || nth-- > 0)
            continue;
        CPU_ZERO(&one);
        CPU_SET(cpu, &one);
        return sched_setaffinity(0, sizeof one, &one) == 0;
    }
    return false;
}

/* --- the scripts --- */

static void take(struct la_gate_bed *bed, size_t nr)
{
    for (size_t i = 0; i < nr; i++)
        bed->held[i] = lookaside_alloc(&bed->list);
}

static void give(struct la_gate_bed *bed, size_t nr)
{
    for (size_t i = 0; i < nr; i++)
        lookaside_free(&bed->list, bed->held[i]);
}

/* What is kept once is served for ever. */
static uint64_t pair_steps(struct la_gate_bed *bed)
{
    for (int i = 0; i < 1000; i++) {
        take(bed, 1);
        give(bed, 1);
    }
    return 2 * 1000;
}

/* Within the depth. */
static uint64_t burst_steps(struct la_gate_bed *bed)
{
    for (int i = 0; i < 20; i++) {
        take(bed, 64);
        give(bed, 64);
    }
    return 2 * 20 * 64;
}

/* Beyond it: each round misses, and each gives back what cannot be kept. */
static uint64_t overflow_steps(struct la_gate_bed *bed)
{
    for (int i = 0; i < 8; i++) {
        take(bed, LA_GATE_DEPTH + 144);
        give(bed, LA_GATE_DEPTH + 144);
    }
    return 2 * 8 * (LA_GATE_DEPTH + 144);
}

/* Up to 400 are held; which one goes, and whether one goes or comes, is drawn: three in four come
 * for 512 steps, then three in four go. */
static uint64_t random_steps(struct la_gate_bed *bed)
{
    uint64_t nr_held = 0, operations = 0;

    for (size_t i = 0; i < LA_GATE_STEPS; i++, operations++) {
        const uint32_t number = bed->numbers[i];

        const bool comes = (number % 4 == 0) == (i / 512 % 2 == 1);

        if (nr_held == 0 || (nr_held < 400 && comes)) {
            bed->held[nr_held++] = lookaside_alloc(&bed->list);
        } else {
            void **gone = &bed->held[(number >> 2) % nr_held];

            lookaside_free(&bed->list, *gone);
            *gone = bed->held[--nr_held];
        }
    }
    give(bed, nr_held);
    return operations + nr_held;
}

static uint64_t bulk_steps(struct la_gate_bed *bed)
{
    for (int i = 0; i < 50; i++) {
        lookaside_alloc_bulk(&bed->list, bed->held, 48);
        lookaside_free_bulk(&bed->list, bed->held, 48);
    }
    return 2 * 50 * 48;
}

static const struct la_gate_script scripts[] = {
    {"pair", pair_steps},     {"burst", burst_steps}, {"overflow", overflow_steps},
    {"random", random_steps}, {"bulk", bulk_steps},
};

const struct la_gate_script *la_gate_script_at(size_t index)
{
    return index < sizeof scripts / sizeof *scripts ? &scripts[index] : NULL;
}

__attribute__((noinline)) uint64_t la_gate_measured(const struct la_gate_script *script,
                                                    struct la_gate_bed *bed)
{
    return script->steps(bed);
}
