/* SPDX-License-Identifier: MIT */
/* llc_test.c: machines that are not there, described by files as the kernel describes them. */
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "llc.h"
#include "platform.h"

enum { NR_CPUS = 16 };

static char root[] = "/tmp/lookaside-llc-XXXXXX";
static uint32_t groups[NR_CPUS];

static int remove_one(const char *path, const struct stat *status, int kind, struct FTW *walk)
{
    (void)status;
    (void)kind;
    (void)walk;
    return remove(path);
}

static int start_machine(void **state)
{
    (void)state;
    strcpy(root + sizeof root - sizeof "XXXXXX", "XXXXXX");
    return mkdtemp(root) ? 0 : -1;
}

static int end_machine(void **state)
{
    (void)state;
    return nftw(root, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static void write_file(const char *directory, const char *name, const char *text)
{
    char path[300];
    FILE *file;

    snprintf(path, sizeof path, "%s/%s", directory, name);
    file = fopen(path, "w");
    assert_non_null(file);
    fprintf(file, "%s\n", text);
    fclose(file);
}

static void add_cache(unsigned cpu, unsigned index, const char *level, const char *type,
                      const char *sharers)
{
    char path[200];

    snprintf(path, sizeof path, "%s/cpu%u", root, cpu);
    mkdir(path, 0700);
    snprintf(path, sizeof path, "%s/cpu%u/cache", root, cpu);
    mkdir(path, 0700);
    snprintf(path, sizeof path, "%s/cpu%u/cache/index%u", root, cpu, index);
    assert_int_equal(mkdir(path, 0700), 0);
    write_file(path, "level", level);
    write_file(path, "type", type);
    write_file(path, "shared_cpu_list", sharers);
}

/* Private first and second levels, then the given third. */
static void add_cpu(unsigned cpu, const char *sharers)
{
    char self[16];

    snprintf(self, sizeof self, "%u", cpu);
    add_cache(cpu, 0, "1", "Data", self);
    add_cache(cpu, 1, "1", "Instruction", self);
    add_cache(cpu, 2, "2", "Unified", self);
    if (sharers)
        add_cache(cpu, 3, "3", "Unified", sharers);
}

static void assert_groups(unsigned nr, const uint32_t *expected, unsigned nr_cpus)
{
    memset(groups, 0xee, sizeof groups);
    assert_int_equal(la_llc_read(root, nr_cpus, groups), nr);
    for (unsigned cpu = 0; cpu < nr_cpus; cpu++)
        assert_int_equal(groups[cpu], expected[cpu]);
}

static void nothing_described_is_one_group(void **state)
{
    (void)state;
    assert_groups(1, (uint32_t[]){0, 0, 0, 0}, 4);
}

static void one_cache_is_one_group(void **state)
{
    (void)state;
    for (unsigned cpu = 0; cpu < 4; cpu++)
        add_cpu(cpu, "0-3");
    assert_groups(1, (uint32_t[]){0, 0, 0, 0}, 4);
}

static void each_cache_is_a_group(void **state)
{
    (void)state;
    for (unsigned cpu = 0; cpu < 8; cpu++)
        add_cpu(cpu, cpu % 4 < 2 ? "0-1,4-5" : "2-3,6-7");
    assert_groups(2, (uint32_t[]){0, 0, 1, 1, 0, 0, 1, 1}, 8);
}

static void ids_may_have_gaps(void **state)
{
    (void)state;
    add_cpu(1, "1,3");
    add_cpu(3, "1,3");
    add_cpu(12, "12-14");
    add_cpu(14, "12-14");
    /* 13 is offline, but the list has it. */
    assert_groups(2, (uint32_t[]){0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 0}, 16);
}

static void a_cpu_without_description_joins_the_first(void **state)
{
    (void)state;
    add_cpu(0, "0-1");
    add_cpu(1, "0-1");
    add_cpu(3, "3-4");
    add_cpu(4, "3-4");
    assert_groups(2, (uint32_t[]){0, 0, 0, 1, 1, 0}, 6);
}

/* Without a shared level the description says nothing about who is near whom. */
static void private_caches_are_one_group(void **state)
{
    (void)state;
    for (unsigned cpu = 0; cpu < 4; cpu++)
        add_cpu(cpu, NULL);
    assert_groups(1, (uint32_t[]){0, 0, 0, 0}, 4);
}

static void the_highest_level_counts_in_any_order(void **state)
{
    (void)state;
    for (unsigned cpu = 0; cpu < 4; cpu++) {
        add_cache(cpu, 0, "3", "Unified", cpu < 2 ? "0-1" : "2-3");
        add_cache(cpu, 1, "2", "Unified", "0-3");
        add_cache(cpu, 2, "4", "Instruction", "0-3");
    }
    assert_groups(2, (uint32_t[]){0, 0, 1, 1}, 4);
}

/* Lists that go beyond the CPUs that we count, are upside down, or are no lists. */
static void nonsense_stays_within_bounds(void **state)
{
    (void)state;
    add_cpu(0, "0-99999999");
    add_cpu(2, "three");
    assert_groups(1, (uint32_t[]){0, 0, 0, 0}, 4);
    assert_int_equal(end_machine(NULL), 0);
    assert_int_equal(start_machine(NULL), 0);
    add_cpu(0, "1-0,0-1");
    add_cpu(2, "five");
    add_cpu(3, "");
    assert_groups(3, (uint32_t[]){0, 0, 1, 2}, 4);
}

static void this_machine_has_a_group_for_every_cpu(void **state)
{
    const struct la_llc *llc = la_llc();

    (void)state;
    assert_true(llc->nr >= 1 && llc->nr <= la_possible_cpus());
    for (unsigned cpu = 0; cpu < la_possible_cpus(); cpu++)
        assert_true(la_llc_of(llc, cpu) < llc->nr);
    assert_ptr_equal(la_llc(), llc);
}

#define MACHINE(test) cmocka_unit_test_setup_teardown(test, start_machine, end_machine)

int main(void)
{
    const struct CMUnitTest tests[] = {
        MACHINE(nothing_described_is_one_group),
        MACHINE(one_cache_is_one_group),
        MACHINE(each_cache_is_a_group),
        MACHINE(ids_may_have_gaps),
        MACHINE(a_cpu_without_description_joins_the_first),
        MACHINE(private_caches_are_one_group),
        MACHINE(the_highest_level_counts_in_any_order),
        MACHINE(nonsense_stays_within_bounds),
        cmocka_unit_test(this_machine_has_a_group_for_every_cpu),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
