/* SPDX-License-Identifier: MIT */
/*
 * verdict.c: see verdict.h.
 */
#include "verdict.h"

#include <math.h>

const char *la_verdict_name(enum la_verdict verdict)
{
    static const char *const names[] = {
        [LA_UNDECIDED] = "undecided",
        [LA_BETTER] = "better",
        [LA_WORSE] = "worse",
        [LA_SAME] = "same",
    };

    return names[verdict];
}

const char *la_reason_text(enum la_reason reason)
{
    static const char *const texts[] = {
        [LA_REASON_NONE] = "",
        [LA_REASON_NOT_MEASURED] = "not measured",
        [LA_REASON_FEW_BLOCKS] = "fewer than 6 usable blocks",
        [LA_REASON_NO_TWIN] = "no A/A pair in this run",
        [LA_REASON_NOISE] = "within the noise of this run",
        [LA_REASON_MANY] = "not clear enough among so many comparisons",
    };

    return texts[reason];
}

double la_half_width(const struct la_estimate *twin)
{
    return fmax(fabs(twin->low), fabs(twin->high));
}

double la_equivalence_margin(double half_width)
{
    return fmin(fmax(half_width, log(LA_MARGIN_RATIO)), log(LA_MARGIN_RATIO_MAX));
}

static struct la_judgement undecided(enum la_reason reason)
{
    return (struct la_judgement){LA_UNDECIDED, reason};
}

struct la_judgement la_judge(const struct la_estimate *log_ratio, double half_width,
                             double p_adjusted)
{
    if (isnan(log_ratio->point))
        return undecided(LA_REASON_NOT_MEASURED);
    if (log_ratio->nr_values < LA_MIN_BLOCKS)
        return undecided(LA_REASON_FEW_BLOCKS);
    if (isnan(half_width))
        return undecided(LA_REASON_NO_TWIN);
    if (log_ratio->low > half_width || log_ratio->high < -half_width) {
        if (!(p_adjusted <= LA_FALSE_DISCOVERY_RATE))
            return undecided(LA_REASON_MANY);
        return (struct la_judgement){log_ratio->low > 0 ? LA_BETTER : LA_WORSE, LA_REASON_NONE};
    }
    if (log_ratio->low > -la_equivalence_margin(half_width) &&
        log_ratio->high < la_equivalence_margin(half_width))
        return (struct la_judgement){LA_SAME, LA_REASON_NONE};
    return undecided(LA_REASON_NOISE);
}
