/* SPDX-License-Identifier: MIT */
/*
 * trust.h: how far a run may be believed, by rules that stand here alone: a pure function of what
 * the run found out about its own noise. Every rule that speaks gives a reason; the verdict is the
 * gravest of them. None looks at who won.
 */
#ifndef LA_MEASURE_TRUST_H
#define LA_MEASURE_TRUST_H

#include <stdbool.h>
#include <stddef.h>

/* Shares of blocks that were rejected. */
#define LA_TRUST_REJECTED 0.10
#define LA_TRUST_REJECTED_MOST 0.50
/* How far the A/A interval reaches from 1, as a ratio, in the middle one of the groups. */
#define LA_TRUST_AA 1.05
#define LA_TRUST_AA_MOST 1.25
/* So many A/A intervals without 1, at 5 % each, come about by chance once in a hundred runs. */
#define LA_TRUST_AA_CHANCE 0.01
/* Shares of rows that were not steady, and of the CPUs' time that the hypervisor took. */
#define LA_TRUST_UNSTEADY 0.10
#define LA_TRUST_STEAL 0.01

enum { LA_TRUST_PROCESSES = 3, LA_TRUST_REASONS = 16, LA_TRUST_REASON_BYTES = 160 };

struct la_trust_facts {
    size_t nr_blocks, nr_rejected;
    size_t nr_aa;             /* groups with an A/A interval */
    size_t nr_aa_without_one; /* of them, those whose interval leaves out 1 */
    double aa_reach;          /* median of their larger ends, as ratios above 1 */
    unsigned nr_processes, nr_lost;
    bool complete;
    size_t nr_rows, nr_unsteady, nr_throttled;
    double steal_fraction; /* NAN: not known */
    bool run_delay_known;
    const char *governor; /* of the frequency; NULL: not known, or the machine has none */
    const char *aslr;     /* address space randomisation, as the manifest has it; NULL: not known */
    bool sanitized, optimised; /* the build */
};

enum la_trust_verdict { LA_TRUSTED, LA_DOUBTFUL, LA_UNUSABLE };

struct la_trust {
    enum la_trust_verdict verdict;
    size_t nr_reasons;
    char reasons[LA_TRUST_REASONS][LA_TRUST_REASON_BYTES];
};

void la_trust_judge(const struct la_trust_facts *facts, struct la_trust *trust);

const char *la_trust_name(enum la_trust_verdict verdict); /* "trusted", "doubtful", "unusable" */

/* The probability of k or more of n, each with probability p. */
double la_binomial_tail(size_t k, size_t n, double p);

#endif
