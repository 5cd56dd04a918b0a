/* SPDX-License-Identifier: MIT */
/* adaptation_test.c: adaptation.tsv files made by hand, where the medians are known. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "adaptation.h"
#include "fixture.h"

static char file[8192];
static struct la_adaptation adaptation;

static void begin_file(void)
{
    strcpy(file,
           "strategy\tpolicy\tprofile\trepetition\tseed\tticks\tto_95_ticks\tovershoot\t"
           "steady_hit\tallocates\tmisses\thits_lost\tkept_byte_s\twanted_byte_s\tend_bytes\n");
}

/* One run of 100 ticks and 1000 allocations. */
static void add(const char *policy, const char *profile, int repetition, const char *to_95,
                const char *overshoot, int lost, int kept)
{
    snprintf(file + strlen(file), sizeof file - strlen(file),
             "percpu\t%s\t%s\t%d\t0\t100\t%s\t%s\t0.5\t1000\t100\t%d\t%d\t20000\t64\n", policy,
             profile, repetition, to_95, overshoot, lost, kept);
}

/* The same of a strategy that had nothing for anybody. */
static void add_miss(const char *policy, const char *profile, int repetition)
{
    snprintf(file + strlen(file), sizeof file - strlen(file),
             "malloc\t%s\t%s\t%d\t0\t100\tnan\tnan\t0\t1000\t1000\t900\t0\t20000\t0\n", policy,
             profile, repetition);
}

static int load(struct la_why *why)
{
    fixture_write_text(fixture_dir, "adaptation.tsv", file);
    return la_adaptation_load(&adaptation, fixture_dir, why);
}

static void figures_are_medians_of_the_runs_with_chance(void **state)
{
    const struct la_adaptation_value *lost, *kept;
    struct la_why why;

    (void)state;
    begin_file();
    add("p", "step", 0, "0", "0", 999, 999);
    for (int i = 1; i <= 7; i++)
        add("p", "step", i, "2", "8", i * i, 1000 * i);
    assert_int_equal(load(&why), 1);
    assert_int_equal(adaptation.nr_lines, 1);
    assert_int_equal(adaptation.lines[0].nr_runs, 7);
    lost = &adaptation.lines[0].figures[LA_ADAPTATION_LOST];
    kept = &adaptation.lines[0].figures[LA_ADAPTATION_KEPT];
    assert_true(lost->median == 16 && lost->low == 1 && lost->high == 49);
    assert_true(kept->median == 40 && kept->low == 10 && kept->high == 70);
    assert_true(adaptation.lines[0].figures[LA_ADAPTATION_EXCESS].median == 0.2);
    assert_true(adaptation.lines[0].figures[LA_ADAPTATION_HIT].median == 0.5);
    la_adaptation_unload(&adaptation);
}

static void the_run_without_chance_counts_where_it_is_alone(void **state)
{
    struct la_why why;

    (void)state;
    begin_file();
    add("p", "step", 0, "3", "8", 5, 100);
    assert_int_equal(load(&why), 1);
    assert_int_equal(adaptation.lines[0].nr_runs, 1);
    assert_true(adaptation.lines[0].figures[LA_ADAPTATION_TO_95].median == 3);
    assert_true(isnan(adaptation.lines[0].figures[LA_ADAPTATION_TO_95].low));
    la_adaptation_unload(&adaptation);
}

static void says(size_t line, enum la_adaptation_figure figure, const char *expected)
{
    char text[64];

    assert_string_equal(
        la_adaptation_text(&adaptation.lines[line], figure, true, text, sizeof text), expected);
}

static void never_is_not_the_same_as_nothing_to_tell(void **state)
{
    struct la_why why;

    (void)state;
    begin_file();
    for (int i = 1; i <= 7; i++) {
        add("p", "step", i, i < 4 ? "2" : "nan", "8", 1, 1024 * 100 * i);
        add("p", "sine", i, "nan", "nan", 1, 1);
    }
    assert_int_equal(load(&why), 1);
    assert_int_equal(adaptation.nr_lines, 2);
    says(0, LA_ADAPTATION_TO_95, "never");
    says(1, LA_ADAPTATION_TO_95, "-");
    says(1, LA_ADAPTATION_OVERSHOOT, "-");
    says(0, LA_ADAPTATION_LOST, "1.0");
    says(0, LA_ADAPTATION_KEPT, "4.0 [1.0, 7.0]");
    la_adaptation_unload(&adaptation);
}

static void lines_of_one_profile_stand_together(void **state)
{
    struct la_why why;

    (void)state;
    begin_file();
    add("a", "sine", 0, "1", "1", 1, 1);
    add("a", "step", 0, "1", "1", 1, 1);
    add("b", "sine", 0, "1", "1", 1, 1);
    assert_int_equal(load(&why), 1);
    assert_string_equal(adaptation.lines[0].profile, "sine");
    assert_string_equal(adaptation.lines[1].policy, "b");
    assert_string_equal(adaptation.lines[2].profile, "step");
    la_adaptation_unload(&adaptation);
}

static void what_keeps_nothing_has_no_policy(void **state)
{
    struct la_why why;

    (void)state;
    begin_file();
    for (int i = 0; i < 3; i++) {
        add_miss("p", "step", i);
        add_miss("q", "step", i);
        add_miss("p", "sine", i);
        add("p", "step", i, "1", "1", 1, 1);
        add("q", "step", i, "1", "1", 1, 0); /* once empty, and not so under every policy */
    }
    assert_int_equal(load(&why), 1);
    assert_int_equal(adaptation.nr_lines, 4);
    assert_string_equal(adaptation.lines[0].strategy, "malloc");
    assert_string_equal(adaptation.lines[0].policy, LA_ADAPTATION_NO_POLICY);
    assert_string_equal(adaptation.lines[1].policy, "p");
    assert_string_equal(adaptation.lines[2].policy, "q");
    assert_string_equal(adaptation.lines[3].strategy, "malloc");
    assert_string_equal(adaptation.lines[3].profile, "sine");
    la_adaptation_unload(&adaptation);
}

static void a_broken_file_is_refused_with_its_line(void **state)
{
    struct la_why why;

    (void)state;
    begin_file();
    add("p", "step", 0, "soon", "1", 1, 1);
    assert_int_equal(load(&why), -1);
    assert_non_null(strstr(why.line, "line 2: to_95_ticks 'soon' is not a number"));
    begin_file();
    add("a b", "step", 0, "1", "1", 1, 1);
    assert_int_equal(load(&why), -1);
    assert_non_null(strstr(why.line, "line 2: policy is no name"));
}

static void no_file_is_no_error(void **state)
{
    struct la_why why;

    (void)state;
    assert_int_equal(la_adaptation_load(&adaptation, "/proc/self", &why), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(figures_are_medians_of_the_runs_with_chance),
        cmocka_unit_test(the_run_without_chance_counts_where_it_is_alone),
        cmocka_unit_test(never_is_not_the_same_as_nothing_to_tell),
        cmocka_unit_test(lines_of_one_profile_stand_together),
        cmocka_unit_test(what_keeps_nothing_has_no_policy),
        cmocka_unit_test(a_broken_file_is_refused_with_its_line),
        cmocka_unit_test(no_file_is_no_error),
    };

    return cmocka_run_group_tests(tests, fixture_make, fixture_clear);
}
