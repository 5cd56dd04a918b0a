/* SPDX-License-Identifier: MIT */
/* counts.h: what lists count in the scripts: misses, releases, and what they hold at the end; and
 * what strategies count of their slow paths. */
#ifndef LA_GATE_COUNTS_H
#define LA_GATE_COUNTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "run.h"

/* A count by its name, "percpu/overflow/allocate misses". */
struct la_gate_count {
    char name[96];
    uint64_t value;
    uint64_t operations; /* of the script; 0: per operation says nothing */
};

struct la_gate_counts {
    struct la_gate_count *counts;
    size_t nr;
};

void la_gate_counts_add(struct la_gate_counts *counts, const char *strategy, const char *script,
                        const char *what, uint64_t value, uint64_t operations);
void la_gate_counts_fini(struct la_gate_counts *counts);

/* All that lists of every strategy count that runs here, and what those strategies count of their
 * slow paths; *alone is set if there is no second CPU for the scripts of two threads. Binds the
 * calling thread. 0, or -1 with *why. */
int la_gate_count_lists(struct la_gate_counts *counts, struct la_gate_counts *slow, bool *alone,
                        struct la_why *why);

/* What the counts of slow paths depend on beside the code: how strategies keep others out. */
const char *la_gate_variant(void);

#endif
