/* SPDX-License-Identifier: MIT */
/*
 * choice_text.c: see choice_text.h. One table per workload and one over all, each closed by the
 * one line that says how it ended; the advice stands last, where the eye is after the output
 * scrolled by.
 */
#include "choice_text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "adoption.h"
#include "map_text.h"
#include "memory.h"
#include "sample_size.h"
#include "scopes.h"

enum { WIDTH = 98 };

static const char *plural(size_t nr)
{
    return nr == 1 ? "" : "s";
}

void la_print_wrapped(FILE *stream, const char *text, int indent)
{
    const char *const start = text;
    bool hangs = false;
    int column = 0;

    while (*text) {
        const int length = (int)strcspn(text, " ");

        if (column && column + 1 + length > WIDTH) {
            fputc('\n', stream);
            column = 0;
            indent += !strncmp(start, "- ", 2) && !hangs ? 2 : 0;
            hangs = true;
        }
        column += fprintf(stream, "%*s%.*s", column ? 1 : indent, "", length, text);
        text += length;
        text += strspn(text, " ");
    }
    fputc('\n', stream);
}

static const char *quantity(enum la_objective objective)
{
    switch (objective) {
    case LA_LATENCY:
        return "p99 latency of malloc+glibc over the contender's";
    case LA_BALANCED:
        return "geometric mean of the throughput's and the p99 latency's ratio to malloc+glibc";
    default:
        return "operations per second over those of malloc+glibc";
    }
}

static void print_head(const struct la_decision *decision, const char *dir, FILE *stream)
{
    const struct la_choice_settings *settings = &decision->settings;
    char bytes[32];

    fprintf(stream, "%s: objective %s", dir, la_objective_name(settings->objective));
    if (settings->limited)
        fprintf(stream, ", at most %s retained",
                la_bytes_text((double)settings->max_retained_bytes, bytes, sizeof bytes));
    if (settings->max_p999_ns > 0)
        fprintf(stream, ", p99.9 at most %.0f ns", settings->max_p999_ns);
    fprintf(stream, "; worth it from %.3g %% gain on\n\n", 100 * settings->worth);
    fprintf(stream,
            "How to read: ratio is %s,\n"
            "in the same block (above 1 is better), with its %.0f %% interval; a verdict is given "
            "only beyond\n"
            "what plain malloc shows against itself (A/A). '=': not proven behind the first. "
            "'finds': the\n"
            "smallest difference that these blocks find four times in five.\n",
            quantity(settings->objective), 100 * settings->resampling.level);
}

/* "1 and 2 threads", "1 to 8 threads": what differs within a workload most of the time. */
static void print_threads(const struct la_scope *scope, FILE *stream)
{
    uint32_t *threads = la_new_array(scope->nr_groups, sizeof *threads);
    const size_t nr = la_scope_threads(scope, threads);

    for (size_t i = 0; i < nr; i++)
        fprintf(stream, "%s%u", i == 0 ? "" : i + 1 == nr ? " and " : ", ", threads[i]);
    fprintf(stream, " thread%s", nr == 1 && threads[0] == 1 ? "" : "s");
    free(threads);
}

static void print_title(const struct la_choice *choice, FILE *stream)
{
    const struct la_scope *scope = choice->scope;
    const double found = la_choice_detectable(choice);
    char percent[32];

    fprintf(stream, "\n%s: %zu cell%s, ", scope->name, scope->nr_groups, plural(scope->nr_groups));
    print_threads(scope, stream);
    fprintf(stream, "; %zu of %zu blocks rejected", choice->nr_rejected, choice->nr_seen);
    if (isnan(choice->half_width))
        fputs("; A/A not known", stream);
    else
        fprintf(stream, "; A/A +-%s", la_percent_text(choice->half_width, percent, sizeof percent));
    if (!isnan(found))
        fprintf(stream, ", finds %s", la_percent_text(found, percent, sizeof percent));
    fputc('\n', stream);
}

static void print_number(FILE *stream, int width, double value, const char *unit)
{
    if (isnan(value))
        fprintf(stream, "%*s", width, "n/a");
    else
        fprintf(stream, "%*.*f%s", width - (int)strlen(unit), value < 100 ? 2 : 0, value, unit);
}

static void print_standing(const struct la_choice *choice, size_t index, FILE *stream)
{
    const struct la_standing *standing = &choice->standings[index];
    const char *name = choice->scope->run->contenders[standing->contender];
    const bool is_base = strcmp(name, LA_BASELINE) == 0;
    const bool is_best = choice->best_plain == (int)standing->contender;
    char ratio[64], best[64], bytes[32];

    fprintf(stream, " %c%2zu %-17s %-20s %-9s", standing->tied ? '=' : ' ', index + 1, name,
            is_base ? "1 (baseline)" : la_ratio_text(&standing->ratio, ratio, sizeof ratio),
            is_base ? "" : la_verdict_name(standing->judgement.verdict));
    snprintf(best, sizeof best, "%.2f %s", exp(standing->to_best.point),
             la_verdict_name(standing->best_judgement.verdict));
    fprintf(stream, " %-14s", is_best ? "best malloc" : best);
    print_number(stream, 8, standing->cost.point, "");
    print_number(stream, 8, standing->net.point, "");
    print_number(stream, 7, 100 * standing->allocate_hit, "");
    fprintf(stream, " %8s\n", la_bytes_text(standing->kept_bytes, bytes, sizeof bytes));
}

static void print_unranked(const struct la_choice *choice, FILE *stream)
{
    static const char *const why[] = {
        [LA_RANKED] = "",
        [LA_UNRANKED_NOT_MEASURED] = "no usable block in some cell",
        [LA_UNRANKED_RETAINED] = "kept more than allowed",
        [LA_UNRANKED_P999] = "not shown to keep p99.9 under the limit",
        [LA_UNRANKED_OBJECTIVE] = "no list that is proven faster than plain malloc",
    };
    char bytes[32];

    for (size_t i = choice->nr_ranked; i < choice->nr_standings; i++) {
        const struct la_standing *standing = &choice->standings[i];

        fprintf(stream, "  - %-17s not ranked: %s",
                choice->scope->run->contenders[standing->contender], why[standing->unranked]);
        if (standing->unranked == LA_UNRANKED_RETAINED)
            fprintf(stream, " (%s)", la_bytes_text(standing->kept_bytes, bytes, sizeof bytes));
        if (standing->unranked == LA_UNRANKED_P999 && isnan(standing->p999_ns))
            fputs(" (not known in some cell)", stream);
        else if (standing->unranked == LA_UNRANKED_P999)
            fprintf(stream, " (up to %.0f ns in some cell)", standing->p999_ns);
        fputc('\n', stream);
    }
}

static void print_table(const struct la_choice *choice, FILE *stream)
{
    fprintf(stream, "    %-17s %-20s %-9s %-14s%8s%8s%7s %8s\n", "contender", "ratio", "verdict",
            "to best malloc", "ns/op", "net", "hit %", "kept");
    for (size_t i = 0; i < choice->nr_ranked; i++)
        print_standing(choice, i, stream);
    print_unranked(choice, stream);
}

/* Of those that were not told apart from plain malloc: how far apart they can be. */
static void print_apart(const struct la_choice *choice, FILE *stream)
{
    char list[1024] = "", percent[32];
    size_t used = 0;

    for (size_t i = 0; i < choice->nr_ranked; i++) {
        const struct la_standing *standing = &choice->standings[i];
        const double apart = la_apart_at_most(&standing->ratio);
        const char *name = choice->scope->run->contenders[standing->contender];

        if (isnan(apart) || strcmp(name, LA_BASELINE) == 0 ||
            standing->judgement.verdict == LA_BETTER || standing->judgement.verdict == LA_WORSE)
            continue;
        used += (size_t)snprintf(list + used, sizeof list - used, "%s %s %s", used ? "," : "", name,
                                 la_percent_text(apart, percent, sizeof percent));
        if (used >= sizeof list)
            break;
    }
    if (!used)
        return;
    fprintf(stream, "  no more than so much apart from %s:\n", LA_BASELINE);
    la_print_wrapped(stream, list + 1, 4);
}

static void print_effort(const struct la_answers *answers, FILE *stream)
{
    struct la_effort to_malloc, to_leader;
    char text[LA_EFFORT_SIZE];

    la_effort_of_choices(answers->choices,
                         answers->scopes->nr_scopes - answers->scopes->has_overall,
                         LA_EFFORT_LIMIT_S, &to_malloc, &to_leader);
    la_effort_text(&to_malloc, "comparisons with plain malloc", text, sizeof text);
    if (*text)
        la_print_wrapped(stream, text, 0);
    la_effort_text(&to_leader, "comparisons with a first place", text, sizeof text);
    if (*text)
        la_print_wrapped(stream, text, 0);
}

static void print_choice(const struct la_choice *choice, FILE *stream)
{
    char outcome[LA_ADVICE_SIZE], sentence[LA_ADVICE_SIZE + 32];

    print_title(choice, stream);
    if (choice->nr_blocks > 0) {
        print_table(choice, stream);
        print_apart(choice, stream);
    }
    snprintf(sentence, sizeof sentence, "-> %s", la_outcome(choice, outcome, sizeof outcome));
    la_print_wrapped(stream, sentence, 2);
}

static void print_left_out(const struct la_decision *decision, FILE *stream)
{
    char label[LA_LABEL_SIZE];

    for (size_t i = 0; i < decision->scopes.nr_left_out; i++)
        fprintf(stream, "left out, fewer than %d usable blocks: %s\n", LA_MIN_BLOCKS,
                la_group_label(&decision->run->groups[decision->scopes.left_out[i]], label,
                               sizeof label));
}

void la_choice_text_write(const struct la_decision *decision, const char *dir, FILE *stream)
{
    const size_t nr_scopes = decision->scopes.nr_scopes;
    struct la_adoption adoption;

    print_head(decision, dir, stream);
    for (size_t i = 0; i < nr_scopes; i++)
        print_choice(&decision->choices[i], stream);
    fputc('\n', stream);
    print_left_out(decision, stream);
    print_effort(&decision->answers, stream);
    la_map_text_write(&decision->map, stream);
    la_sensitivity_text_write(&decision->sensitivity, stream);
    la_unknowns_text_write(&decision->unknowns, stream);
    la_adoption_from(&decision->choices[nr_scopes - 1], &adoption);
    fputc('\n', stream);
    la_print_wrapped(stream, adoption.advice, 0);
    for (size_t i = 0; i < adoption.nr_lines; i++)
        fprintf(stream, "%s    %s\n", i ? "" : "\n", adoption.code[i]);
}
