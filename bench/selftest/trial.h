/* SPDX-License-Identifier: MIT */
/*
 * trial.h: contenders of one's own through everything that a run goes through: blocks in the order
 * of the plan's seed, the engine, Google Benchmark, and its file; in this process and for one group
 * of one thread. The analysis reads the file as it reads any other.
 */
#ifndef LA_SELFTEST_TRIAL_H
#define LA_SELFTEST_TRIAL_H

#include <stdint.h>

struct la_trial_time {
    unsigned blocks;
    uint64_t warmup_ns, window_ns;
    uint64_t seed;
};

/* Each writes <dir>/bench.json. NULL, or why it could not be done, in one line. The shim and the
 * clock are initialised. */

/* The contenders of work.h on `pair`. */
const char *la_trial_works(const char *dir, const struct la_trial_time *time);

/* Every strategy that runs here, with a limit of so many entries, on `burst`. */
const char *la_trial_bursts(const char *dir, uint32_t depth, const struct la_trial_time *time);

/* The strategy of phases.h on `pair`. */
const char *la_trial_phases(const char *dir, const struct la_trial_time *time);

#endif
