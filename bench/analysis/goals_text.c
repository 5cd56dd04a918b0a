/* SPDX-License-Identifier: MIT */
/* goals_text.c: see goals_text.h. */
#include "goals_text.h"

#include <math.h>
#include <string.h>

static int decimals(double value)
{
    return fabs(value) < 0.1 ? 3 : 2;
}

const char *la_goal_value_text(const struct la_goal_line *line, char *text, size_t size)
{
    const struct la_estimate *value = &line->value;
    const int digits = decimals(value->point);

    if (isnan(value->point))
        snprintf(text, size, "-");
    else if (value->low == value->high)
        snprintf(text, size, "%.*f", value->point == round(value->point) ? 0 : digits,
                 value->point);
    else if (isnan(value->low))
        snprintf(text, size, "%.*f", digits, value->point);
    else
        snprintf(text, size, "%.*f [%.*f, %.*f]", digits, value->point, digits, value->low, digits,
                 value->high);
    return text;
}

const char *la_goal_bound_text(const struct la_goal_line *line, char *text, size_t size)
{
    if (isnan(line->bound.value))
        return strcpy(text, "-");
    snprintf(text, size, "%s %g%s%s", la_goal_side_text(line->bound.side), line->bound.value,
             strcmp(line->goal->unit, "x") == 0 ? "" : " ",
             strcmp(line->goal->unit, "x") == 0 ? "" : line->goal->unit);
    return text;
}

static const char *sign(enum la_goal_side side)
{
    static const char *const signs[] = {
        [LA_GOAL_AT_MOST] = "<=",
        [LA_GOAL_AT_LEAST] = ">=",
        [LA_GOAL_BELOW] = "<",
    };

    return signs[side];
}

/* The widest entries of the two columns that names and intervals make wide. */
struct widths {
    int what, value;
};

static void print_line(const struct la_goal_line *line, const struct widths *widths, FILE *stream)
{
    char value[64], bound[32] = "-";

    if (!isnan(line->bound.value))
        snprintf(bound, sizeof bound, "%2s %g", sign(line->bound.side), line->bound.value);
    fprintf(stream, "  %-*s  %-*s  %-7s  %s\n", widths->what, line->what, widths->value,
            la_goal_value_text(line, value, sizeof value), bound,
            la_goal_verdict_name(line->verdict));
    if (*line->note)
        fprintf(stream, "    (%s)\n", line->note);
}

static bool shown(const struct la_goal_line *line, bool all)
{
    return all || line->verdict != LA_GOAL_NOT_MEASURED;
}

static struct widths widths_of(const struct la_goals *goals, bool all)
{
    struct widths widths = {0, 0};
    char text[64];

    for (size_t i = 0; i < goals->nr_lines; i++) {
        const struct la_goal_line *line = &goals->lines[i];
        const int what = (int)strlen(line->what);
        const int value = (int)strlen(la_goal_value_text(line, text, sizeof text));

        if (!shown(line, all))
            continue;
        widths.what = what > widths.what ? what : widths.what;
        widths.value = value > widths.value ? value : widths.value;
    }
    return widths;
}

void la_goals_text_write(const struct la_goals *goals, bool all, FILE *stream)
{
    const struct widths widths = widths_of(goals, all);
    const struct la_goal *goal = NULL;

    for (size_t i = 0; i < goals->nr_lines; i++) {
        const struct la_goal_line *line = &goals->lines[i];

        if (!shown(line, all))
            continue;
        if (line->goal != goal) {
            fprintf(stream, "%s%s%s%s\n", goal ? "\n" : "", line->goal->title,
                    strcmp(line->goal->unit, "x") == 0 ? "" : ", ",
                    strcmp(line->goal->unit, "x") == 0 ? "" : line->goal->unit);
            if (all)
                fprintf(stream, "  $ %s\n", line->goal->command);
        }
        goal = line->goal;
        print_line(line, &widths, stream);
    }
    fputs("\ngoals: ", stream);
    for (enum la_goal_verdict verdict = 0; verdict < LA_NR_GOAL_VERDICTS; verdict++)
        fprintf(stream, "%s%zu %s", verdict ? ", " : "", la_goals_count(goals, verdict),
                la_goal_verdict_name(verdict));
    fputs("\nmet, not met: the whole 95 % interval lies within the bound, beyond it\n", stream);
}
