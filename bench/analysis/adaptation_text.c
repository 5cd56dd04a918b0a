/* SPDX-License-Identifier: MIT */
/* adaptation_text.c: the table of adaptation.h. */
#include "adaptation.h"

#include <math.h>
#include <string.h>

static const struct {
    const char *name, *unit;
    double unit_size;
    int nr_decimals, width;
    bool with_interval; /* in the table of plain text, which has to fit a terminal */
} shown[LA_ADAPTATION_NR_FIGURES] = {
    [LA_ADAPTATION_TO_95] = {"to 95 %", "ticks", 1, 0, 7, false},
    [LA_ADAPTATION_OVERSHOOT] = {"overshoot", "entries", 1, 0, 9, false},
    [LA_ADAPTATION_HIT] = {"steady hits", "%", 0.01, 1, 11, false},
    [LA_ADAPTATION_LOST] = {"hits lost", "of 1000", 1, 1, 20, true},
    [LA_ADAPTATION_KEPT] = {"kept, mean", "KiB", 1024, 1, 17, true},
    [LA_ADAPTATION_EXCESS] = {"kept", "/ wanted", 1, 2, 8, false},
    [LA_ADAPTATION_END] = {"at the end", "KiB", 1024, 1, 10, false},
};

const char *la_adaptation_head(enum la_adaptation_figure figure, char *text, size_t size)
{
    const char *unit = shown[figure].unit;

    snprintf(text, size, strchr("/o", *unit) ? "%s %s" : "%s, %s", shown[figure].name, unit);
    return text;
}

const char *la_adaptation_text(const struct la_adaptation_line *line,
                               enum la_adaptation_figure figure, bool with_interval, char *text,
                               size_t size)
{
    const struct la_adaptation_value *value = &line->figures[figure];
    const double unit = shown[figure].unit_size;
    const int nr = shown[figure].nr_decimals;

    if (isnan(value->median))
        snprintf(text, size, "-");
    else if (isinf(value->median))
        snprintf(text, size, "never");
    else if (!with_interval || isnan(value->low) || value->low == value->high)
        snprintf(text, size, "%.*f", nr, value->median / unit);
    else
        snprintf(text, size, "%.*f [%.*f, %.*f]", nr, value->median / unit, nr, value->low / unit,
                 nr, value->high / unit);
    return text;
}

static void print_heads(FILE *stream)
{
    fputs("profile     strategy   policy      ", stream);
    for (int figure = 0; figure < LA_ADAPTATION_NR_FIGURES; figure++)
        fprintf(stream, " %*s", shown[figure].width, shown[figure].name);
    fprintf(stream, "\n%35s", "");
    for (int figure = 0; figure < LA_ADAPTATION_NR_FIGURES; figure++)
        fprintf(stream, " %*s", shown[figure].width, shown[figure].unit);
    fputc('\n', stream);
}

void la_adaptation_print(const struct la_adaptation *adaptation, FILE *stream)
{
    char text[64];

    print_heads(stream);
    for (size_t i = 0; i < adaptation->nr_lines; i++) {
        const struct la_adaptation_line *line = &adaptation->lines[i];

        if (i > 0 && strcmp(line->profile, adaptation->lines[i - 1].profile) != 0)
            fputc('\n', stream);
        fprintf(stream, "%-11s %-10s %-12s", line->profile, line->strategy, line->policy);
        for (int figure = 0; figure < LA_ADAPTATION_NR_FIGURES; figure++)
            fprintf(stream, " %*s", shown[figure].width,
                    la_adaptation_text(line, (enum la_adaptation_figure)figure,
                                       shown[figure].with_interval, text, sizeof text));
        fputc('\n', stream);
    }
    fputs("\nMedians of the runs, with 95 % intervals. to 95 %: from the top of the demand to the "
          "first of\nthree ticks in a row with 95 % of the steady hit ratio. hits lost: misses "
          "beyond those of a\nlist that is as deep as the largest burst from the start. wanted: "
          "what the largest burst of\neach second takes. policy -: nothing is kept, under "
          "any of them.\n",
          stream);
}
