/* SPDX-License-Identifier: MIT */
/* counts.c: see counts.h. */
#include "counts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "biased.h"
#include "memory.h"
#include "rseq.h"
#include "script.h"
#include "strategy.h"
#include "turns.h"

void la_gate_counts_add(struct la_gate_counts *counts, const char *strategy, const char *script,
                        const char *what, uint64_t value, uint64_t operations)
{
    struct la_gate_count *count;

    counts->counts = la_grow_array(counts->counts, counts->nr, sizeof *counts->counts);
    count = &counts->counts[counts->nr++];
    *count = (struct la_gate_count){.value = value, .operations = operations};
    snprintf(count->name, sizeof count->name, "%s/%s/%s", strategy, script, what);
}

void la_gate_counts_fini(struct la_gate_counts *counts)
{
    free(counts->counts);
    memset(counts, 0, sizeof *counts);
}

const char *la_gate_variant(void)
{
    const char *detail;

    if (la_rseq()->area)
        return "slow paths, restartable sequences";
    return la_biased_works(&detail) ? "slow paths, biased locks" : "slow paths, locks";
}

/* What the strategy tells of its slow paths, but for waits: those are a matter of time. */
static void gather_slow(struct la_gate_counts *counts, const char *script, struct lookaside *list)
{
    const struct lookaside_strategy *strategy = list->strategy;
    uint64_t sums[LA_NR_COUNTS] = {0};
    const unsigned told = strategy->counts ? strategy->counts(list, sums) : 0;
    struct lookaside_stats stats;

    lookaside_get_stats(list, &stats);
    for (unsigned what = 0; what < LA_NR_COUNTS; what++) {
        if (what != LA_COUNT_LOCK_WAITS && told & LA_TELLS(what))
            la_gate_counts_add(counts, strategy->name, script, la_count_name(what), sums[what],
                               stats.total_allocates + stats.total_frees);
    }
}

/* What the list tells after a script, and what half the depth and a flush then release. */
static void gather(struct la_gate_counts *counts, const char *script, struct la_gate_bed *bed)
{
    const char *strategy = bed->list.strategy->name;
    struct lookaside_stats stats, after;
    uint64_t operations;

    lookaside_get_stats(&bed->list, &stats);
    operations = stats.total_allocates + stats.total_frees;
    la_gate_counts_add(counts, strategy, script, "allocate misses", stats.allocate_misses,
                       operations);
    la_gate_counts_add(counts, strategy, script, "free misses", stats.free_misses, operations);
    la_gate_counts_add(counts, strategy, script, "held", stats.held, 0);
    lookaside_set_depth(&bed->list, LA_GATE_DEPTH / 2);
    lookaside_get_stats(&bed->list, &after);
    la_gate_counts_add(counts, strategy, script, "released by half the depth",
                       after.released - stats.released, 0);
    la_gate_counts_add(counts, strategy, script, "released by a flush", lookaside_flush(&bed->list),
                       0);
}

static int start(struct la_gate_bed *bed, const struct lookaside_strategy *strategy,
                 struct la_why *why)
{
    const int error = la_gate_bed_init(bed, strategy);

    if (error)
        snprintf(why->line, sizeof why->line, "cannot make a list of strategy %s: %s",
                 strategy->name, strerror(-error));
    return error;
}

static int count_scripts(struct la_gate_counts *counts, struct la_gate_counts *slow,
                         const struct lookaside_strategy *strategy, struct la_why *why)
{
    const struct la_gate_script *script;

    for (size_t i = 0; (script = la_gate_script_at(i)); i++) {
        struct la_gate_bed bed;

        if (start(&bed, strategy, why))
            return -1;
        la_gate_measured(script, &bed);
        gather_slow(slow, script->name, &bed.list);
        gather(counts, script->name, &bed);
        la_gate_bed_fini(&bed);
    }
    return 0;
}

static int count_turns(struct la_gate_counts *counts, struct la_gate_counts *slow,
                       const struct lookaside_strategy *strategy, bool *alone, struct la_why *why)
{
    const struct la_gate_turns *turns;

    for (size_t i = 0; (turns = la_gate_turns_at(i)); i++) {
        struct la_gate_bed bed;

        if (start(&bed, strategy, why))
            return -1;
        if (la_gate_turns_run(turns, &bed)) {
            gather_slow(slow, turns->name, &bed.list);
            gather(counts, turns->name, &bed);
        } else {
            *alone = true;
        }
        la_gate_bed_fini(&bed);
    }
    return 0;
}

int la_gate_count_lists(struct la_gate_counts *counts, struct la_gate_counts *slow, bool *alone,
                        struct la_why *why)
{
    const struct lookaside_strategy *strategy;

    *alone = false;
    la_gate_bind(0);
    for (size_t i = 0; (strategy = lookaside_strategy_at(i)); i++) {
        const char *detail;

        if (strategy->supported && !strategy->supported(&detail))
            continue;
        if (count_scripts(counts, slow, strategy, why) ||
            count_turns(counts, slow, strategy, alone, why))
            return -1;
    }
    return 0;
}
