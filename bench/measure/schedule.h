/* SPDX-License-Identifier: MIT */
/*
 * schedule.h: everything about a run that is left to chance, drawn from the run's seed: two runs
 * with one seed have the same orders, the same decisions and the same luck of their processes.
 *
 * Whatever a process gets once and keeps (where its stack begins, where its heap begins, which
 * thread has which CPU) moves all of its figures together, so no number of blocks in one process
 * averages it out; several processes do (Mytkowicz, Diwan, Hauswirth, Sweeney: "Producing wrong
 * data without doing anything obviously wrong!", 2009). Each draw depends on its own place only,
 * not on how many came before, so a rejected block or a lost process changes no other.
 */
#ifndef LA_MEASURE_SCHEDULE_H
#define LA_MEASURE_SCHEDULE_H

#include <stddef.h>
#include <stdint.h>

/* Bounds of what a process gets, exclusive. A page is enough for the environment, beyond it the
 * kernel's own randomisation of addresses takes over. */
enum { LA_ENVIRONMENT_BYTES = 4096, LA_HEAP_OFFSET_BYTES = 65536 };

struct la_process_luck {
    uint64_t seed;              /* of everything else that this process draws */
    uint32_t environment_bytes; /* of a variable that nobody reads */
    uint32_t heap_offset_bytes; /* allocated before anything else and kept; a multiple of 16 */
};

struct la_process_luck la_schedule_process(uint64_t run_seed, unsigned process);

/* The seed of what the workloads decide in a block, the same for all its contenders. */
uint64_t la_schedule_block(uint64_t process_seed, size_t group, unsigned block);

/* The order of nr contenders in a block: random in even blocks, the reverse of it in the next odd
 * one, so that over both each contender runs before every other as often as after it (ABBA), and
 * a drift within blocks cancels. */
void la_schedule_order(uint64_t run_seed, size_t group, unsigned block, size_t *order, size_t nr);

/* The order of nr groups in one pass over them. */
void la_schedule_groups(uint64_t run_seed, unsigned pass, size_t *order, size_t nr);

/* Which thread gets which of the placement's CPUs. Threads 2k and 2k + 1 may work together, and the
 * placement may be about how near they are: what were a pair's CPUs stay a pair's, in either order,
 * and pairs change places with pairs. An odd one out stays the last. */
void la_schedule_cpus(uint64_t process_seed, unsigned *cpu, unsigned nr_threads);

#endif
