/* SPDX-License-Identifier: MIT */
/* soak_memory_test.c: when a process counts as growing. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "random.h"
#include "soak_memory.h"
#include "soak_state.h"

enum { MIB = 1 << 20 };

/* nr readings, a second apart: so much more of each quantity every time, with 1 MiB of noise in
 * what is resident, after a steep start. */
static void read_often(struct soak_memory *memory, size_t nr, double in_use, double resident,
                       double descriptors)
{
    struct la_random random = la_random_seeded(3);

    *memory = (struct soak_memory){.nr = 0};
    for (size_t i = 0; i < nr; i++) {
        const double noise = (double)la_random_below(&random, MIB);
        const double start = i < nr / 8 ? 0 : 20.0 * MIB;

        soak_memory_add(memory, (double)i,
                        (const double[]){
                            [SOAK_IN_USE] = start / 8 + in_use * (double)i,
                            [SOAK_RESIDENT] = start + noise + resident * (double)i,
                            [SOAK_DESCRIPTORS] = 5 + floor(descriptors * (double)i),
                        });
    }
}

static struct soak_verdict after(size_t nr, double in_use, double resident, double descriptors)
{
    static struct soak_memory memory;

    read_often(&memory, nr, in_use, resident, descriptors);
    return soak_memory_verdict(&memory);
}

static void a_level_process_does_not_grow(void **state)
{
    (void)state;
    assert_false(after(100, 0, 0, 0).grows);
    assert_false(after(5000, 0, 0, 0).grows);
}

static void a_leak_is_found_in_spite_of_noise(void **state)
{
    const struct soak_verdict verdict = after(2000, 0, 2048, 0);

    (void)state;
    assert_true(verdict.grows);
    assert_in_range((uint64_t)verdict.trends[SOAK_RESIDENT].slope, 2000 * 3600, 2100 * 3600);
}

/* Far below what is seen in resident memory. */
static void a_small_leak_is_found_in_what_is_in_use(void **state)
{
    const struct soak_verdict verdict = after(2000, 16, 16, 0);

    (void)state;
    assert_true(verdict.grows);
    assert_true(fabs(verdict.trends[SOAK_IN_USE].slope / (16 * 3600) - 1) < 1e-9);
    assert_true(verdict.trends[SOAK_RESIDENT].slope * 2000 / 3600 < SOAK_GROWTH_RESIDENT);
}

static void a_leak_of_descriptors_is_found(void **state)
{
    (void)state;
    assert_true(after(1000, 0, 0, 0.01).grows);
}

static void a_few_bytes_are_no_leak(void **state)
{
    (void)state;
    assert_false(after(200, 8, 8, 0).grows);
}

static void few_readings_say_nothing(void **state)
{
    (void)state;
    assert_true(isnan(after(5, 1e9, 1e9, 100).trends[SOAK_IN_USE].slope));
    assert_false(after(5, 1e9, 1e9, 100).grows);
}

/* A process that lost descriptors is what is shown, though another one's memory grew faster. */
static void what_failed_is_shown(void **state)
{
    static struct soak_state soak;

    (void)state;
    read_often(&soak.memory, 200, 8, 8, 0);
    soak_state_end_process(&soak);
    assert_false(soak.grew);
    read_often(&soak.memory, 1000, 0, 0, 0.01);
    soak_state_end_process(&soak);
    read_often(&soak.memory, 200, 9, 9, 0);
    soak_state_end_process(&soak);
    assert_true(soak.grew);
    assert_true(soak.steepest.trends[SOAK_DESCRIPTORS].slope > 30);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_level_process_does_not_grow),
        cmocka_unit_test(a_leak_is_found_in_spite_of_noise),
        cmocka_unit_test(a_small_leak_is_found_in_what_is_in_use),
        cmocka_unit_test(a_leak_of_descriptors_is_found),
        cmocka_unit_test(a_few_bytes_are_no_leak),
        cmocka_unit_test(few_readings_say_nothing),
        cmocka_unit_test(what_failed_is_shown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
