/* SPDX-License-Identifier: MIT */
/*
 * choice.h: from comparisons to a ranking, and from a ranking to a choice or to the statement that
 * there is none.
 *
 * Everything is relative to plain malloc of the C library (malloc+glibc). The leader is the
 * contender with the highest ratio. It is the winner only if it is proven better than every other
 * contender in paired comparisons; those it is not proven better than are tied with it. Of many
 * comparisons some one may always look good by luck, so each kind of them (with plain malloc, with
 * the best malloc, with the leader, of the leader with its bound form) is corrected over all
 * scopes of one call.
 */
#ifndef LOOKASIDE_ANALYSIS_CHOICE_H
#define LOOKASIDE_ANALYSIS_CHOICE_H

#include "compare.h"
#include "verdict.h"

#define LA_BASELINE "malloc+glibc"
#define LA_TWIN "malloc-aa+glibc"

struct la_choice_settings {
    enum la_objective objective;
    bool limited; /* contenders that kept more than max_retained_bytes are not ranked */
    uint64_t max_retained_bytes;
    double max_p999_ns; /* nor those not shown to keep the 99.9th percentile under it; 0: none */
    double worth;       /* what must be gained over plain malloc to be worth it: 0.05 is 5 % */
    struct la_resampling resampling;
};

#define LA_WORTH 0.05

/* Throughput, without limits, LA_WORTH. */
void la_choice_settings_init(struct la_choice_settings *settings);

enum la_unranked {
    LA_RANKED,
    LA_UNRANKED_NOT_MEASURED, /* no usable block in common with plain malloc, somewhere */
    LA_UNRANKED_RETAINED,     /* kept more than allowed */
    LA_UNRANKED_P999,         /* its 99.9th percentile may be above what is allowed */
    LA_UNRANKED_OBJECTIVE,    /* objective memory: no list, or not proven faster */
};

/* What a standing is compared with. */
enum la_rival { LA_TO_MALLOC, LA_TO_BEST, LA_TO_LEADER, LA_NR_RIVALS };

/* NaN: not compared. */
struct la_p_value {
    double alone, adjusted;
};

struct la_standing {
    size_t contender;
    enum la_role role;
    enum la_unranked unranked;
    struct la_estimate ratio; /* log, to plain malloc, by the objective */
    struct la_judgement judgement;
    struct la_estimate to_best;  /* log, to the best plain malloc of this scope */
    struct la_estimate to_least; /* log, to the plain malloc that a gain over is least proven */
    struct la_judgement best_judgement; /* of to_least */
    struct la_estimate to_leader;       /* log, by what the leader leads in */
    struct la_judgement leader_judgement;
    struct la_p_value p[LA_NR_RIVALS];
    bool tied;         /* not the leader, and not proven worse than it */
    double kept_bytes; /* the most it held; NaN = not visible from outside */
    double
        p999_ns; /* upper end of the interval, in its worst group; NaN = not known or not asked */
    double allocate_hit;     /* median; NaN = no list */
    struct la_estimate cost; /* ns per operation */
    struct la_estimate net;  /* the same less the floor, with the floor's uncertainty; NaN if the
                                floor is over 80 % of the cost */
};

struct la_choice {
    const struct la_scope *scope;
    struct la_standing *standings; /* the ranked ones first, best first */
    size_t nr_standings, nr_ranked, nr_tied;
    size_t nr_blocks;            /* usable blocks in the group that has fewest */
    size_t nr_seen, nr_rejected; /* blocks of all groups in scope, and rejected ones among them */
    struct la_estimate twin;     /* log, A/A */
    double half_width;           /* log; NaN = no A/A pair */
    struct la_estimate floor;    /* ns per operation of the harness */
    int best_plain;              /* contender index of the best plain malloc, or -1 */
    bool has_winner;             /* standings[0] is proven better than all others */
    double worth;                /* log: the gain over plain malloc that is asked for */
    bool limited;                /* there were limits to keep */
    bool baseline_ranked;        /* plain malloc keeps them */
    int bound;                   /* the leader bound to the loop, or -1: not measured */
    struct la_estimate to_bound; /* log, of that to the leader */
    struct la_p_value bound_p;
    struct la_judgement bound_judgement;
};

/* Whether the run can be judged at all: it has plain malloc. 0, or -1 with *why. */
int la_choice_check(const struct la_run *run, struct la_why *why);

/* Fills choices[i] for scopes[i]. The run must have the baseline. */
void la_choose(const struct la_scope *scopes, size_t nr_scopes,
               const struct la_choice_settings *settings, struct la_choice *choices);
void la_choice_fini(struct la_choice *choice);

/* The first standing, or NULL if none is ranked. */
const struct la_standing *la_choice_leader(const struct la_choice *choice);

/* What to do about it. */
enum la_advice {
    LA_ADVICE_ADOPT,        /* the winner is a list, better than every plain malloc */
    LA_ADVICE_ADOPT_ANY,    /* several lists tied, each better than plain malloc */
    LA_ADVICE_MALLOC_TIED,  /* the leader is tied with a plain malloc: no list earns its keep */
    LA_ADVICE_KEEP,         /* plain malloc of the C library wins, or nothing beats it */
    LA_ADVICE_OTHER_MALLOC, /* another plain malloc wins */
    LA_ADVICE_NOT_WORTH,    /* nothing gains as much as is asked for: plain malloc */
    LA_ADVICE_GAIN_OPEN,    /* a gain is proven, but not that it is as much: plain malloc */
    LA_ADVICE_UNQUALIFIED,  /* nothing keeps the limits */
    LA_ADVICE_NONE,         /* this run cannot decide */
};
enum la_advice la_choice_advice(const struct la_choice *choice);

#endif
