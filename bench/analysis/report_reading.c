/* SPDX-License-Identifier: MIT */
/*
 * report_reading.c: what the words of the tables mean.
 */
#include "report_section.h"

static void write(const struct la_report *report, FILE *stream)
{
    (void)report;
    fputs(
        "- **Ratio**: operations per second over those of `" LA_BASELINE "` in the same block. "
        "Above 1 is faster. The brackets hold its 95 % interval, by resampling blocks.\n"
        "- **Verdict**: *better* and *worse* are said only beyond the difference that plain malloc "
        "shows against itself in this run (A/A), and after a correction for the number of "
        "comparisons. *same* means proven to lie within 3 % of 1 (or within A/A, up to 10 %). "
        "Everything else is *undecided*, which is not the same as equal.\n"
        "- **To best malloc**: the ratio to the fastest plain malloc of that row's cells; better "
        "means better than each plain malloc.\n"
        "- **Net**: nanoseconds without what the harness itself costs (the floor); n/a where the "
        "floor is most of the figure.\n"
        "- **Kept**: the most bytes that the list was seen to hold. What a malloc keeps for itself "
        "cannot be seen from outside: n/a.\n"
        "- Contenders are strategy+allocator: `percpu+glibc` is a lookaside list of strategy "
        "percpu "
        "with glibc behind it; `malloc+jemalloc` is jemalloc without a list.\n\n",
        stream);
}

const struct la_report_section la_report_reading = {
    .heading = "How to read",
    .write = write,
};
