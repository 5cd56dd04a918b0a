/* SPDX-License-Identifier: MIT */
/*
 * machine_test.c: a machine's facts, read from files that the test writes: one with everything, one
 * with nothing, and the odd ones between.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "cgroup.h"
#include "machine.h"
#include "proc.h"

static char root[64];

static int make_root(void **state)
{
    (void)state;
    strcpy(root, "/tmp/lookaside-root-XXXXXX");
    return mkdtemp(root) ? 0 : -1;
}

static int remove_root(void **state)
{
    char command[128];

    (void)state;
    snprintf(command, sizeof command, "rm -rf '%s'", root);
    return system(command);
}

/* Writes a file below the root, with its directories. */
static void put(const char *path, const char *text)
{
    char whole[512];
    FILE *file;

    snprintf(whole, sizeof whole, "%s%s", root, path);
    for (char *at = whole + strlen(root) + 1; (at = strchr(at, '/')); at++) {
        *at = '\0';
        mkdir(whole, 0777);
        *at = '/';
    }
    file = fopen(whole, "w");
    assert_non_null(file);
    fputs(text, file);
    assert_int_equal(fclose(file), 0);
}

/* The member at "a.b.c". */
static json_t *member(json_t *json, const char *path)
{
    char copy[128], *rest = copy, *name;

    snprintf(copy, sizeof copy, "%s", path);
    while (json && (name = strsep(&rest, ".")))
        json = json_object_get(json, name);
    return json;
}

static void is_text(json_t *facts, const char *path, const char *text)
{
    json_t *value = member(facts, path);

    if (!json_is_string(value))
        fail_msg("%s is missing or no string", path);
    assert_string_equal(json_string_value(value), text);
}

static void is_number(json_t *facts, const char *path, double number)
{
    json_t *value = member(facts, path);

    if (!json_is_number(value))
        fail_msg("%s is missing or no number", path);
    assert_true(json_number_value(value) == number);
}

static void put_a_whole_machine(void)
{
    put("/proc/cpuinfo",
        "processor\t: 0\nvendor_id\t: GenuineIntel\ncpu family\t: 6\nmodel\t\t: 85\n"
        "model name\t: Some CPU @ 2.00GHz\nstepping\t: 7\nmicrocode\t: 0x5003604\n"
        "flags\t\t: fpu constant_tsc nonstop_tsc\n\nprocessor\t: 1\n");
    put("/sys/devices/system/cpu/online", "0-1\n");
    put("/sys/devices/system/cpu/cpu0/cache/index0/level", "1\n");
    put("/sys/devices/system/cpu/cpu0/cache/index0/type", "Data\n");
    put("/sys/devices/system/cpu/cpu0/cache/index0/size", "48K\n");
    put("/sys/devices/system/cpu/cpu0/cache/index0/coherency_line_size", "64\n");
    put("/sys/devices/system/cpu/cpu0/cache/index0/shared_cpu_list", "0\n");
    put("/sys/devices/system/cpu/cpu0/cache/index1/level", "3\n");
    put("/sys/devices/system/cpu/cpu0/cache/index1/size", "32M\n");
    put("/sys/devices/system/cpu/cpu0/cpufreq/scaling_driver", "intel_cpufreq\n");
    put("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor", "performance\n");
    put("/sys/devices/system/cpu/cpu1/cpufreq/scaling_governor", "performance\n");
    put("/sys/devices/system/cpu/intel_pstate/no_turbo", "0\n");
    put("/sys/devices/system/cpu/smt/control", "on\n");
    put("/sys/devices/system/cpu/vulnerabilities/l1tf", "Not affected\n");
    put("/sys/devices/system/cpu/vulnerabilities/mds", "Mitigation: Clear\n");
    put("/sys/kernel/mm/transparent_hugepage/enabled", "always [madvise] never\n");
    put("/sys/devices/system/clocksource/clocksource0/current_clocksource", "tsc\n");
    put("/proc/sys/kernel/osrelease", "6.1.0\n");
    put("/proc/sys/kernel/randomize_va_space", "2\n");
    put("/proc/sys/kernel/numa_balancing", "0\n");
    put("/proc/self/personality", "00000000\n");
    put("/proc/self/status", "Name:\tx\nCpus_allowed:\t3\nCpus_allowed_list:\t0-1\n");
    put("/proc/cmdline", "root=/dev/secret isolcpus=1 quiet nosmt idlex=3 mitigations=off\n");
    put("/proc/loadavg", "0.50 1.25 2.00 1/100 999\n");
    put("/proc/meminfo", "MemTotal:        1024 kB\nMemFree: 1 kB\n");
}

static void a_whole_machine(void **state)
{
    json_t *facts;

    (void)state;
    put_a_whole_machine();
    facts = la_machine_facts(root);
    is_text(facts, "cpu.name", "Some CPU @ 2.00GHz");
    is_text(facts, "cpu.model", "85");
    is_text(facts, "cpu.microcode", "0x5003604");
    is_text(facts, "online_cpus", "0-1");
    is_text(facts, "frequency.driver", "intel_cpufreq");
    is_text(facts, "frequency.governor", "performance");
    is_text(facts, "frequency.boost", "on");
    is_text(facts, "smt", "on");
    is_text(facts, "thp", "madvise");
    is_text(facts, "clocksource", "tsc");
    is_text(facts, "kernel", "6.1.0");
    is_text(facts, "aslr", "full");
    is_text(facts, "affinity", "0-1");
    is_text(facts, "mitigations.mds", "Mitigation: Clear");
    is_number(facts, "memory_bytes", 1024 * 1024);
    assert_int_equal(json_object_size(member(facts, "mitigations")), 2);
    assert_true(json_is_false(member(facts, "hypervisor")));
    assert_true(json_is_true(member(facts, "constant_tsc")));
    assert_true(json_real_value(json_array_get(member(facts, "load_average"), 1)) == 1.25);
    json_decref(facts);
}

static void its_caches(void **state)
{
    json_t *facts, *caches;

    (void)state;
    put_a_whole_machine();
    facts = la_machine_facts(root);
    caches = member(facts, "caches");
    assert_int_equal(json_array_size(caches), 2);
    is_number(json_array_get(caches, 0), "size_bytes", 48 << 10);
    is_number(json_array_get(caches, 0), "line_bytes", 64);
    is_text(json_array_get(caches, 0), "type", "Data");
    is_number(json_array_get(caches, 1), "size_bytes", 32 << 20);
    is_text(json_array_get(caches, 1), "line_bytes", "unknown");
    json_decref(facts);
}

static void its_command_line_is_not_told_whole(void **state)
{
    json_t *facts;
    char *text;

    (void)state;
    put_a_whole_machine();
    facts = la_machine_facts(root);
    text = json_dumps(member(facts, "kernel_parameters"), JSON_COMPACT);
    assert_string_equal(text, "[\"isolcpus=1\",\"nosmt\",\"mitigations=off\"]");
    free(text);
    json_decref(facts);
}

static void a_machine_that_tells_nothing(void **state)
{
    static const char *const unknown[] = {"cpu.name",
                                          "cpu.microcode",
                                          "online_cpus",
                                          "affinity",
                                          "cgroup.cpu_max",
                                          "memory_bytes",
                                          "kernel",
                                          "kernel_parameters",
                                          "frequency.driver",
                                          "frequency.governor",
                                          "frequency.boost",
                                          "smt",
                                          "thp",
                                          "aslr",
                                          "hypervisor",
                                          "clocksource",
                                          "constant_tsc",
                                          "mitigations",
                                          "load_average",
                                          "cgroup.memory_max_bytes"};
    json_t *facts;

    (void)state;
    facts = la_machine_facts(root);
    for (size_t i = 0; i < sizeof unknown / sizeof *unknown; i++)
        is_text(facts, unknown[i], "unknown");
    assert_int_equal(json_array_size(member(facts, "caches")), 0);
    json_decref(facts);
}

static void a_virtual_machine(void **state)
{
    json_t *facts;

    (void)state;
    put("/proc/cpuinfo", "processor\t: 0\nflags\t\t: fpu hypervisor\n");
    put("/proc/sys/kernel/randomize_va_space", "2\n");
    put("/proc/self/personality", "00040000\n");
    facts = la_machine_facts(root);
    assert_true(json_is_true(member(facts, "hypervisor")));
    assert_true(json_is_false(member(facts, "constant_tsc")));
    is_text(facts, "frequency.governor", "unknown");
    is_text(facts, "cpu.name", "unknown");
    is_text(facts, "aslr", "off for this process");
    json_decref(facts);
}

static void governors_that_differ(void **state)
{
    json_t *facts, *governors;

    (void)state;
    put("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor", "performance\n");
    put("/sys/devices/system/cpu/cpu7/cpufreq/scaling_governor", "powersave\n");
    put("/sys/devices/system/cpu/cpufreq/boost", "0\n");
    facts = la_machine_facts(root);
    governors = member(facts, "frequency.governor");
    assert_int_equal(json_array_size(governors), 2);
    assert_string_equal(json_string_value(json_array_get(governors, 1)), "powersave");
    is_text(facts, "frequency.boost", "off");
    json_decref(facts);
}

static void limits_of_version_two(void **state)
{
    json_t *limits;

    (void)state;
    put("/proc/self/cgroup", "0::/user/app\n");
    put("/sys/fs/cgroup/cgroup.controllers", "cpu memory\n");
    put("/sys/fs/cgroup/user/app/cpu.max", "max 100000\n");
    put("/sys/fs/cgroup/user/cpu.max", "150000 100000\n");
    put("/sys/fs/cgroup/user/app/memory.max", "1048576\n");
    put("/sys/fs/cgroup/user/memory.max", "2097152\n");
    limits = la_cgroup_limits(root);
    is_number(limits, "cpu_max", 1.5);
    is_number(limits, "memory_max_bytes", 1048576);
    json_decref(limits);
    put("/sys/fs/cgroup/user/cpu.max", "max 100000\n");
    limits = la_cgroup_limits(root);
    is_text(limits, "cpu_max", "max");
    json_decref(limits);
}

/* Where throttling is counted: this group and those above it that say so. */
static void counts_of_throttling_are_found_upwards(void **state)
{
    static char paths[4][PATH_MAX];
    char wanted[PATH_MAX];

    (void)state;
    put("/proc/self/cgroup", "0::/user/app\n");
    put("/sys/fs/cgroup/user/app/cpu.stat", "nr_throttled 1\n");
    put("/sys/fs/cgroup/cpu.stat", "usage_usec 1\n");
    assert_int_equal(la_cgroup_cpu_stats(root, paths, 4), 2);
    snprintf(wanted, sizeof wanted, "%s/sys/fs/cgroup/user/app/cpu.stat", root);
    assert_string_equal(paths[0], wanted);
    snprintf(wanted, sizeof wanted, "%s/sys/fs/cgroup/cpu.stat", root);
    assert_string_equal(paths[1], wanted);
    assert_int_equal(la_cgroup_cpu_stats(root, paths, 1), 1);
}

static void limits_of_version_one(void **state)
{
    json_t *limits;

    (void)state;
    put("/proc/self/cgroup", "9:memory:/\n3:cpu,cpuacct:/job\n0::/\n");
    put("/sys/fs/cgroup/cpu/job/cpu.cfs_quota_us", "50000\n");
    put("/sys/fs/cgroup/cpu/job/cpu.cfs_period_us", "100000\n");
    put("/sys/fs/cgroup/cpu/cpu.cfs_quota_us", "-1\n");
    put("/sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000\n");
    put("/sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
    limits = la_cgroup_limits(root);
    is_number(limits, "cpu_max", 0.5);
    is_text(limits, "memory_max_bytes", "max");
    json_decref(limits);
}

/* The path in /proc is the host's; only its lower end is mounted here. */
static void limits_inside_a_container(void **state)
{
    json_t *limits;

    (void)state;
    put("/proc/self/cgroup", "0::/kubepods/pod1/abc\n");
    put("/sys/fs/cgroup/cpu.max", "200000 100000\n");
    limits = la_cgroup_limits(root);
    is_number(limits, "cpu_max", 2);
    is_text(limits, "memory_max_bytes", "max");
    json_decref(limits);
}

static void text_files(void **state)
{
    static const char text[] = "model\t\t: 85\nmodel name\t: A CPU\nempty:\nlast: x y";
    char value[8], *content;

    (void)state;
    assert_true(la_proc_field(text, "model name", value, sizeof value));
    assert_string_equal(value, "A CPU");
    assert_true(la_proc_field(text, "model", value, sizeof value));
    assert_string_equal(value, "85");
    assert_true(la_proc_field(text, "empty", value, sizeof value));
    assert_string_equal(value, "");
    assert_true(la_proc_field(text, "last", value, 3));
    assert_string_equal(value, "x ");
    assert_false(la_proc_field(text, "name", value, sizeof value));
    assert_true(la_proc_has_word("cpu,cpuacct", "cpu"));
    assert_false(la_proc_has_word("cpuset,cpuacct", "cpu"));
    assert_false(la_proc_has_word("", "cpu"));
    put("/blank", " \n\n");
    assert_null(la_proc_text(root, "/blank"));
    assert_null(la_proc_text(root, "/missing"));
    put("/text", "two words \n");
    content = la_proc_text(root, "/text");
    assert_string_equal(content, "two words");
    free(content);
}

static void bytes_that_are_no_text(void **state)
{
    json_t *string = la_proc_string("caf\xe9");

    (void)state;
    assert_string_equal(json_string_value(string), "caf?");
    json_decref(string);
}

static void counters_are_never_a_number(void **state)
{
    json_t *pmu = la_machine_pmu(), *rseq = la_machine_rseq();

    (void)state;
    assert_true(json_is_string(pmu));
    assert_int_equal(strstr(json_string_value(pmu), "available") != NULL, 1);
    assert_true(json_is_string(rseq));
    json_decref(pmu);
    json_decref(rseq);
}

#define WITH_ROOT(test) cmocka_unit_test_setup_teardown(test, make_root, remove_root)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_ROOT(a_whole_machine),
        WITH_ROOT(its_caches),
        WITH_ROOT(its_command_line_is_not_told_whole),
        WITH_ROOT(a_machine_that_tells_nothing),
        WITH_ROOT(a_virtual_machine),
        WITH_ROOT(governors_that_differ),
        WITH_ROOT(limits_of_version_two),
        WITH_ROOT(counts_of_throttling_are_found_upwards),
        WITH_ROOT(limits_of_version_one),
        WITH_ROOT(limits_inside_a_container),
        WITH_ROOT(text_files),
        cmocka_unit_test(bytes_that_are_no_text),
        cmocka_unit_test(counters_are_never_a_number),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
