/* SPDX-License-Identifier: MIT */
/* trust_facts.c: see trust_facts.h. */
#include "trust_facts.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "build_info.h"
#include "order.h"
#include "table.h"

static void gather_pairs(const struct la_plan *plan, const struct la_outcome *outcome,
                         struct la_trust_facts *facts)
{
    double *reaches = calloc(plan->nr_groups, sizeof *reaches);

    for (size_t i = 0; reaches && i < plan->nr_groups; i++) {
        const struct la_group *group = &plan->groups[i];
        const struct la_ratio ratio =
            la_table_ratio(plan, outcome, la_table_twin(plan, group), group->reference);

        if (!ratio.interval_known)
            continue;
        reaches[facts->nr_aa++] = fmax(ratio.high, 1 / ratio.low);
        facts->nr_aa_without_one += ratio.low > 1 || ratio.high < 1;
    }
    facts->aa_reach = facts->nr_aa ? la_order_median(reaches, facts->nr_aa) : NAN;
    free(reaches);
}

static void gather_rows(const struct la_outcome *outcome, struct la_trust_facts *facts)
{
    double steal = 0;
    size_t nr_steal = 0;

    facts->nr_rows = outcome->nr_rows;
    for (size_t i = 0; i < outcome->nr_rows; i++) {
        const double *counters = outcome->rows[i].counters;

        facts->nr_unsteady += counters[LA_BENCH_STEADY] == 0;
        facts->nr_throttled += counters[LA_BENCH_THROTTLED] > 0;
        if (la_bench_counter_known(&outcome->rows[i], LA_BENCH_STEAL_FRACTION)) {
            steal += counters[LA_BENCH_STEAL_FRACTION];
            nr_steal++;
        }
    }
    facts->steal_fraction = nr_steal ? steal / (double)nr_steal : NAN;
}

struct la_trust_facts la_trust_facts_of(const struct la_plan *plan,
                                        const struct la_outcome *outcome, const char *governor,
                                        const char *aslr)
{
    struct la_trust_facts facts = {
        .nr_blocks = outcome->nr_blocks,
        .nr_rejected = outcome->nr_rejected,
        .nr_processes = outcome->crew.nr_members,
        .nr_lost = la_outcome_lost_processes(outcome),
        .complete = outcome->complete,
        .run_delay_known = outcome->run_delay_known,
        .governor = governor,
        .aslr = aslr,
        .sanitized = strstr(la_build_flags(), "-fsanitize") != NULL,
        .optimised = strstr(la_build_flags(), "-O") && !strstr(la_build_flags(), "-O0"),
    };

    gather_pairs(plan, outcome, &facts);
    gather_rows(outcome, &facts);
    return facts;
}

void la_trust_print(FILE *stream, const struct la_trust *trust)
{
    fprintf(stream, "trust in this run: %s\n", la_trust_name(trust->verdict));
    for (size_t i = 0; i < trust->nr_reasons; i++)
        fprintf(stream, "  %s\n", trust->reasons[i]);
}
