/* SPDX-License-Identifier: MIT */
/*
 * adoption.c: see adoption.h.
 */
#include "adoption.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Text that is appended to until its room is used up. */
struct text {
    char *start;
    size_t size, used;
};

static void say(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void say(struct text *text, const char *format, ...)
{
    va_list arguments;
    int length;

    if (text->used >= text->size)
        return;
    va_start(arguments, format);
    length = vsnprintf(text->start + text->used, text->size - text->used, format, arguments);
    va_end(arguments);
    text->used += length > 0 ? (size_t)length : 0;
}

static const char *name_of(const struct la_choice *choice, const struct la_standing *standing)
{
    return choice->scope->run->contenders[standing->contender];
}

static bool is_baseline_name(const char *contender)
{
    return strcmp(contender, LA_BASELINE) == 0;
}

static const char *allocator_of(const char *contender)
{
    const char *plus = strchr(contender, '+');

    return plus ? plus + 1 : "glibc";
}

const char *la_bytes_text(double bytes, char *text, size_t size)
{
    static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB"};
    size_t unit = 0;

    if (isnan(bytes)) {
        snprintf(text, size, "n/a");
        return text;
    }
    while (fabs(bytes) >= 1024 && unit + 1 < sizeof units / sizeof *units) {
        bytes /= 1024;
        unit++;
    }
    snprintf(text, size, unit && fabs(bytes) < 10 ? "%.1f %s" : "%.0f %s", bytes, units[unit]);
    return text;
}

static int decimals(double ratio)
{
    return ratio >= 100 ? 0 : ratio >= 10 ? 1 : ratio >= 0.1 ? 2 : 3;
}

const char *la_ratio_text(const struct la_estimate *log_ratio, char *text, size_t size)
{
    const double point = exp(log_ratio->point);

    if (isnan(point))
        snprintf(text, size, "n/a");
    else if (isnan(log_ratio->low))
        snprintf(text, size, "%.*f", decimals(point), point);
    else
        snprintf(text, size, "%.*f [%.*f, %.*f]", decimals(point), point, decimals(point),
                 exp(log_ratio->low), decimals(point), exp(log_ratio->high));
    return text;
}

const char *la_percent_text(double log_ratio, char *text, size_t size)
{
    const double percent = 100 * fabs(expm1(fabs(log_ratio)));

    if (isnan(percent))
        snprintf(text, size, "n/a");
    else
        snprintf(text, size, "%.*f %%", percent < 10 ? 1 : 0, percent);
    return text;
}

/* "a, b and c": the leader and whoever is tied with it. */
static void say_tied(struct text *text, const struct la_choice *choice)
{
    size_t nr_said = 0;

    for (size_t i = 0; i < choice->nr_ranked; i++) {
        if (i && !choice->standings[i].tied)
            continue;
        say(text, "%s%s",
            nr_said == 0                 ? ""
            : nr_said == choice->nr_tied ? " and "
                                         : ", ",
            name_of(choice, &choice->standings[i]));
        nr_said++;
    }
}

static void say_undecided(struct text *text, const struct la_choice *choice)
{
    if (choice->nr_blocks < LA_MIN_BLOCKS)
        say(text, "undecided: %zu usable block%s, at least %d are needed", choice->nr_blocks,
            choice->nr_blocks == 1 ? "" : "s", LA_MIN_BLOCKS);
    else if (isnan(choice->half_width))
        say(text, "undecided: no A/A pair (%s), so the noise of this run is not known", LA_TWIN);
    else
        say(text, "undecided: %s", la_reason_text(la_choice_leader(choice)->judgement.reason));
}

const char *la_outcome(const struct la_choice *choice, char *text_start, size_t size)
{
    struct text text = {text_start, size, 0};
    const struct la_standing *leader = la_choice_leader(choice);

    if (choice->nr_blocks < LA_MIN_BLOCKS || isnan(choice->half_width)) {
        say_undecided(&text, choice);
    } else if (!leader) {
        say(&text, "nothing qualifies");
    } else if (choice->has_winner) {
        say(&text, "%s, proven ahead of all others", name_of(choice, leader));
    } else {
        say(&text, "undecided between ");
        say_tied(&text, choice);
    }
    return text_start;
}

static void say_line(struct la_adoption *adoption, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void say_line(struct la_adoption *adoption, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(adoption->code[adoption->nr_lines++], LA_CODE_WIDTH, format, arguments);
    va_end(arguments);
}

static bool is_adaptive(const struct la_run_group *group)
{
    return group->depth[strspn(group->depth, "0123456789")];
}

/* Of "adaptive-working-set"; files of older versions say "adaptive", and mean this one. */
static const char *policy_of(const struct la_run_group *group)
{
    static const char before[] = "adaptive-";

    return strncmp(group->depth, before, sizeof before - 1) == 0 ? group->depth + sizeof before - 1
                                                                 : "balance";
}

static void say_config(struct la_adoption *adoption, const struct la_run_group *group, int strategy,
                       const char *contender)
{
    const char *const indent = "                                ";
    const unsigned long long size_bytes = group->size_bytes;

    if (is_adaptive(group)) {
        say_line(adoption, "lookaside_init(&list, &(struct lookaside_config){.size = %llu,",
                 size_bytes);
        say_line(adoption, "%s.depth = {.policy = lookaside_policy_find(\"%s\")},", indent,
                 policy_of(group));
    } else {
        say_line(adoption,
                 "lookaside_init(&list, &(struct lookaside_config){.size = %llu, .depth = "
                 "{.initial = %.10s},",
                 size_bytes, group->depth);
    }
    say_line(adoption, "%s.strategy = lookaside_strategy_find(\"%.*s\")});", indent, strategy,
             contender);
    if (is_adaptive(group))
        say_line(adoption,
                 "lookaside_balancer_start(0); /* the depth moves with its ticks only */");
}

static void say_code(struct la_adoption *adoption, const struct la_choice *choice,
                     const char *contender)
{
    const struct la_run_group *group = &choice->scope->run->groups[choice->scope->groups[0]];
    const int strategy = (int)strcspn(contender, "+");
    const unsigned long long size_bytes = group->size_bytes;

    if (choice->bound >= 0 && choice->bound_judgement.verdict == LA_BETTER)
        say_line(adoption, "#define LOOKASIDE_BIND %.*s /* before lookaside.h: no indirect call */",
                 strategy, contender);
    say_line(adoption, "static struct lookaside list;");
    say_config(adoption, group, strategy, contender);
    say_line(adoption, "void *entry = lookaside_alloc(&list); /* instead of malloc(%llu) */",
             size_bytes);
    say_line(adoption, "lookaside_free(&list, entry);         /* instead of free(entry) */");
}

static void say_leader(struct text *text, const struct la_choice *choice)
{
    const struct la_standing *leader = la_choice_leader(choice);
    char ratio[64], bytes[32];

    say(text, "%s: %s times plain malloc", name_of(choice, leader),
        la_ratio_text(&leader->ratio, ratio, sizeof ratio));
    if (!isnan(leader->kept_bytes))
        say(text, ", keeping at most %s", la_bytes_text(leader->kept_bytes, bytes, sizeof bytes));
    say(text, ".");
}

/* Slices are no malloc that a program could be linked with. */
static bool is_gslice(const char *allocator)
{
    return strcmp(allocator, "gslice") == 0;
}

static void say_allocator(struct text *text, const char *contender)
{
    const char *allocator = allocator_of(contender);

    if (is_gslice(allocator))
        say(text, " Its misses go to gslice: give the list routines that call g_slice_alloc and "
                  "g_slice_free1.");
    else if (strcmp(allocator, "glibc") != 0)
        say(text, " Its misses go to %s: link the program with that.", allocator);
}

static void say_other_malloc(struct text *text, const char *allocator)
{
    if (is_gslice(allocator))
        say(text, "Do without a list: call g_slice_alloc and g_slice_free1, while GLib is older "
                  "than 2.76. ");
    else
        say(text, "Keep malloc, but another one: link the program with %s. ", allocator);
}

/* What binding brings, where it was measured. */
static void say_bound(struct text *text, const struct la_choice *choice)
{
    char ratio[64];

    if (choice->bound < 0 || isnan(choice->to_bound.point))
        return;
    la_ratio_text(&choice->to_bound, ratio, sizeof ratio);
    if (choice->bound_judgement.verdict == LA_BETTER)
        say(text, " Bound to its caller (LOOKASIDE_BIND) it is %s times as fast again.", ratio);
    else
        say(text, " Bound to its caller it is not proven faster (%s).", ratio);
}

static void say_not_worth(struct text *text, const struct la_choice *choice)
{
    const struct la_standing *leader = la_choice_leader(choice);
    char ratio[64];

    say(text, "Plain malloc: nothing here is worth a dependency. ");
    if (is_baseline_name(name_of(choice, leader)))
        say(text, "Nothing is ahead of it even by estimate.");
    else
        say(text, "The most that could be gained is %s times, by %s; asked for are %.3g %%.",
            la_ratio_text(&leader->ratio, ratio, sizeof ratio), name_of(choice, leader),
            100 * expm1(choice->worth));
}

static void say_gain_open(struct text *text, const struct la_choice *choice)
{
    const struct la_standing *leader = la_choice_leader(choice);

    say(text, "Keep malloc for now: a gain is proven, but not that it exceeds %.3g %%. ",
        100 * expm1(choice->worth));
    say_leader(text, choice);
    if (leader->role == LA_ROLE_LIST)
        say(text, " More repetitions may decide it.");
}

static void say_keep(struct text *text, const struct la_choice *choice)
{
    const struct la_standing *leader = la_choice_leader(choice);

    say(text, "Keep malloc: ");
    if (leader && is_baseline_name(name_of(choice, leader)) && choice->has_winner)
        say(text, "plain malloc is proven ahead of every list.");
    else
        say(text, "nothing here is proven better than plain malloc.");
}

static void say_malloc_tied(struct text *text, const struct la_choice *choice)
{
    const struct la_standing *leader = la_choice_leader(choice);

    say(text, "Undecided between ");
    say_tied(text, choice);
    say(text, ". No list is proven better than every plain malloc here; ahead by estimate: ");
    say_leader(text, choice);
    if (leader->role == LA_ROLE_LIST)
        say(text, " It is proven better than %s alone.", LA_BASELINE);
}

static void say_kept_by_each(struct text *text, const struct la_choice *choice)
{
    const char *separator = "";
    char bytes[32];

    for (size_t i = 0; i < choice->nr_ranked; i++) {
        if (i && !choice->standings[i].tied)
            continue;
        say(text, "%s%s %s", separator, name_of(choice, &choice->standings[i]),
            la_bytes_text(choice->standings[i].kept_bytes, bytes, sizeof bytes));
        separator = ", ";
    }
}

static void say_tied_lists(struct text *text, const struct la_choice *choice)
{
    const struct la_standing *leader = la_choice_leader(choice);

    say(text, "Adopt a list; which one is undecided between ");
    say_tied(text, choice);
    say(text, " (kept at most: ");
    say_kept_by_each(text, choice);
    say(text, "). %s leads by estimate and is proven better than every plain malloc. ",
        name_of(choice, leader));
    say_leader(text, choice);
}

void la_adoption_from(const struct la_choice *choice, struct la_adoption *adoption)
{
    struct text text = {adoption->advice, sizeof adoption->advice, 0};
    const struct la_standing *leader = la_choice_leader(choice);

    memset(adoption, 0, sizeof *adoption);
    switch (la_choice_advice(choice)) {
    case LA_ADVICE_ADOPT:
        say(&text, "Adopt ");
        say_leader(&text, choice);
        say_allocator(&text, name_of(choice, leader));
        say_bound(&text, choice);
        say_code(adoption, choice, name_of(choice, leader));
        break;
    case LA_ADVICE_ADOPT_ANY:
        say_tied_lists(&text, choice);
        say_allocator(&text, name_of(choice, leader));
        say_bound(&text, choice);
        say_code(adoption, choice, name_of(choice, leader));
        break;
    case LA_ADVICE_MALLOC_TIED:
        say_malloc_tied(&text, choice);
        break;
    case LA_ADVICE_OTHER_MALLOC:
        say_other_malloc(&text, allocator_of(name_of(choice, leader)));
        say_leader(&text, choice);
        break;
    case LA_ADVICE_KEEP:
        say_keep(&text, choice);
        break;
    case LA_ADVICE_NOT_WORTH:
        say_not_worth(&text, choice);
        break;
    case LA_ADVICE_GAIN_OPEN:
        say_gain_open(&text, choice);
        break;
    case LA_ADVICE_UNQUALIFIED:
        say(&text,
            "Nothing that was measured keeps the limits, plain malloc included. Loosen them, "
            "or make what is measured need less.");
        break;
    case LA_ADVICE_NONE:
        say_undecided(&text, choice);
        say(&text, ". Measure again with more repetitions, or on a quieter machine.");
        break;
    }
}
