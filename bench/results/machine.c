/* SPDX-License-Identifier: MIT */
/*
 * machine.c: reads the machine's facts. Nothing is derived that the kernel does not say, and
 * nothing is written that tells more about the user than about the measurement: of the kernel's
 * command line only the parameters that change timing are kept.
 */
#include "machine.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <linux/perf_event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "cgroup.h"
#include "proc.h"

#if defined(__has_include)
#if __has_include(<sys/rseq.h>)
#include <sys/rseq.h>
#define MACHINE_HAS_RSEQ_HEADER 1
#endif
#endif

#define CPU_DIR "/sys/devices/system/cpu"

static json_t *field_fact(const char *text, const char *key)
{
    char value[256];

    return la_proc_string(
        text && la_proc_field(text, key, value, sizeof value) && *value ? value : "unknown");
}

static json_t *cpu_model(const char *cpuinfo)
{
    return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o}", "name", field_fact(cpuinfo, "model name"),
                     "vendor", field_fact(cpuinfo, "vendor_id"), "family",
                     field_fact(cpuinfo, "cpu family"), "model", field_fact(cpuinfo, "model"),
                     "stepping", field_fact(cpuinfo, "stepping"), "microcode",
                     field_fact(cpuinfo, "microcode"));
}

/* true, false, or "unknown" where the architecture lists no flags. */
static json_t *flag(const char *cpuinfo, const char *name)
{
    const char *flags = cpuinfo ? strstr(cpuinfo, "\nflags") : NULL;
    char *line;
    bool set;

    if (!flags)
        return json_string("unknown");
    line = strndup(flags + 1, strcspn(flags + 1, "\n"));
    set = line && la_proc_has_word(line, name);
    free(line);
    return json_boolean(set);
}

/* "32K" as the kernel writes it, in bytes; 0 if it is not a size. */
static json_int_t parse_size(const char *text)
{
    char *end;
    const json_int_t number = strtoll(text, &end, 10);

    return *end == 'K' ? number << 10 : *end == 'M' ? number << 20 : number;
}

static json_t *size_fact(const char *root, const char *path)
{
    char *text = la_proc_text(root, path);
    json_t *size = text && isdigit((unsigned char)*text) ? json_integer(parse_size(text))
                                                         : json_string("unknown");

    free(text);
    return size;
}

static json_t *one_cache(const char *root, unsigned index)
{
    static const char *const files[] = {"level", "type", "shared_cpu_list"};
    char path[128];
    json_t *cache = json_object();

    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        snprintf(path, sizeof path, CPU_DIR "/cpu0/cache/index%u/%s", index, files[i]);
        json_object_set_new(cache, files[i], la_proc_fact(root, path));
    }
    snprintf(path, sizeof path, CPU_DIR "/cpu0/cache/index%u/size", index);
    json_object_set_new(cache, "size_bytes", size_fact(root, path));
    snprintf(path, sizeof path, CPU_DIR "/cpu0/cache/index%u/coherency_line_size", index);
    json_object_set_new(cache, "line_bytes", size_fact(root, path));
    return cache;
}

/* CPU 0's; topology.xml has everybody's. */
static json_t *caches(const char *root)
{
    json_t *all = json_array();

    for (unsigned index = 0; index < 16; index++) {
        char path[128], *level;

        snprintf(path, sizeof path, CPU_DIR "/cpu0/cache/index%u/level", index);
        level = la_proc_text(root, path);
        if (!level)
            break;
        free(level);
        json_array_append_new(all, one_cache(root, index));
    }
    return all;
}

static bool array_has(json_t *array, json_t *value)
{
    for (size_t i = 0; i < json_array_size(array); i++) {
        if (json_equal(json_array_get(array, i), value))
            return true;
    }
    return false;
}

/* For scandir: "cpu0", "cpu17", not "cpufreq". */
static int is_cpu(const struct dirent *entry)
{
    return strncmp(entry->d_name, "cpu", 3) == 0 && isdigit((unsigned char)entry->d_name[3]);
}

/* Adds one CPU's value to those found, once. */
static void add_value(json_t *values, const char *root, const char *cpu, const char *file)
{
    char path[PATH_MAX], *text;
    json_t *value;

    snprintf(path, sizeof path, CPU_DIR "/%s/cpufreq/%s", cpu, file);
    text = la_proc_text(root, path);
    if (!text)
        return;
    value = la_proc_string(text);
    if (!array_has(values, value))
        json_array_append(values, value);
    json_decref(value);
    free(text);
}

/* The distinct values of a cpufreq file over all CPUs; "unknown" where no CPU has it. */
static json_t *frequency_fact(const char *root, const char *file)
{
    json_t *values = json_array(), *only;
    struct dirent **cpus;
    char path[PATH_MAX];
    int nr;

    snprintf(path, sizeof path, "%s" CPU_DIR, root);
    nr = scandir(path, &cpus, is_cpu, versionsort);
    for (int i = 0; i < nr; i++) {
        add_value(values, root, cpus[i]->d_name, file);
        free(cpus[i]);
    }
    if (nr >= 0)
        free(cpus);
    if (json_array_size(values) > 1)
        return values;
    only = json_incref(json_array_get(values, 0));
    json_decref(values);
    return only ? only : json_string("unknown");
}

static json_t *switch_fact(const char *root, const char *path, char on)
{
    char *text = la_proc_text(root, path);
    json_t *fact = text ? json_string(*text == on ? "on" : "off") : NULL;

    free(text);
    return fact;
}

static json_t *boost(const char *root)
{
    json_t *fact = switch_fact(root, CPU_DIR "/cpufreq/boost", '1');

    if (!fact)
        fact = switch_fact(root, CPU_DIR "/intel_pstate/no_turbo", '0');
    return fact ? fact : json_string("unknown");
}

static json_t *frequency(const char *root)
{
    return json_pack("{s:o, s:o, s:o, s:o, s:o}", "driver", frequency_fact(root, "scaling_driver"),
                     "governor", frequency_fact(root, "scaling_governor"), "min_khz",
                     frequency_fact(root, "scaling_min_freq"), "max_khz",
                     frequency_fact(root, "scaling_max_freq"), "boost", boost(root));
}

/* Of this process: the kernel's setting, and whether it was started without. */
static json_t *aslr(const char *root)
{
    char *setting = la_proc_text(root, "/proc/sys/kernel/randomize_va_space");
    char *persona = la_proc_text(root, "/proc/self/personality");
    const char *fact = "unknown";

    if (persona && (strtoul(persona, NULL, 16) & ADDR_NO_RANDOMIZE))
        fact = "off for this process";
    else if (setting && *setting >= '0' && *setting <= '2')
        fact = *setting == '0' ? "off" : *setting == '1' ? "without heap" : "full";
    free(setting);
    free(persona);
    return json_string(fact);
}

static json_t *mitigations(const char *root)
{
    static const char dir[] = CPU_DIR "/vulnerabilities";
    struct dirent **entries;
    char path[PATH_MAX];
    json_t *all;
    int nr;

    snprintf(path, sizeof path, "%s%s", root, dir);
    nr = scandir(path, &entries, NULL, alphasort);
    if (nr < 0)
        return json_string("unknown");
    all = json_object();
    for (int i = 0; i < nr; i++) {
        snprintf(path, sizeof path, "%s/%s", dir, entries[i]->d_name);
        if (entries[i]->d_name[0] != '.')
            json_object_set_new(all, entries[i]->d_name, la_proc_fact(root, path));
        free(entries[i]);
    }
    free(entries);
    return all;
}

static json_t *kernel_parameters(const char *root)
{
    static const char *const kept[] = {"isolcpus",    "nohz_full",
                                       "rcu_nocbs",   "nohz",
                                       "mitigations", "nosmt",
                                       "maxcpus",     "intel_pstate",
                                       "amd_pstate",  "transparent_hugepage",
                                       "idle",        "processor.max_cstate"};
    char *text = la_proc_text(root, "/proc/cmdline"), *rest = text, *word;
    json_t *all;

    if (!text)
        return json_string("unknown");
    all = json_array();
    while ((word = strsep(&rest, " \n"))) {
        for (size_t i = 0; i < sizeof kept / sizeof *kept; i++) {
            if (strncmp(word, kept[i], strlen(kept[i])) == 0 &&
                strchr("=", word[strlen(kept[i])])) /* its end, or its value */
                json_array_append_new(all, la_proc_string(word));
        }
    }
    free(text);
    return all;
}

static json_t *load_average(const char *root)
{
    char *text = la_proc_text(root, "/proc/loadavg");
    double load[3];
    json_t *fact;

    if (text && sscanf(text, "%lf %lf %lf", &load[0], &load[1], &load[2]) == 3)
        fact = json_pack("[f, f, f]", load[0], load[1], load[2]);
    else
        fact = json_string("unknown");
    free(text);
    return fact;
}

static json_t *memory_total(const char *root)
{
    char *text = la_proc_text(root, "/proc/meminfo"), value[64];
    json_t *fact = text && la_proc_field(text, "MemTotal", value, sizeof value)
                       ? json_integer(strtoll(value, NULL, 10) << 10) /* the file counts KiB */
                       : json_string("unknown");

    free(text);
    return fact;
}

static json_t *affinity(const char *root)
{
    char *status = la_proc_text(root, "/proc/self/status");
    json_t *fact = field_fact(status, "Cpus_allowed_list");

    free(status);
    return fact;
}

json_t *la_machine_facts(const char *root)
{
    char *cpuinfo = la_proc_text(root, "/proc/cpuinfo");
    json_t *facts = json_object();

    json_object_set_new(facts, "cpu", cpu_model(cpuinfo));
    json_object_set_new(facts, "caches", caches(root));
    json_object_set_new(facts, "online_cpus", la_proc_fact(root, CPU_DIR "/online"));
    json_object_set_new(facts, "affinity", affinity(root));
    json_object_set_new(facts, "cgroup", la_cgroup_limits(root));
    json_object_set_new(facts, "memory_bytes", memory_total(root));
    json_object_set_new(facts, "kernel", la_proc_fact(root, "/proc/sys/kernel/osrelease"));
    json_object_set_new(facts, "kernel_build", la_proc_fact(root, "/proc/sys/kernel/version"));
    json_object_set_new(facts, "kernel_parameters", kernel_parameters(root));
    json_object_set_new(facts, "frequency", frequency(root));
    json_object_set_new(facts, "smt", la_proc_fact(root, CPU_DIR "/smt/control"));
    json_object_set_new(facts, "thp",
                        la_proc_choice(root, "/sys/kernel/mm/transparent_hugepage/enabled"));
    json_object_set_new(facts, "numa_balancing",
                        la_proc_fact(root, "/proc/sys/kernel/numa_balancing"));
    json_object_set_new(facts, "aslr", aslr(root));
    json_object_set_new(facts, "hypervisor", flag(cpuinfo, "hypervisor"));
    json_object_set_new(
        facts, "clocksource",
        la_proc_fact(root, "/sys/devices/system/clocksource/clocksource0/current_clocksource"));
    json_object_set_new(facts, "constant_tsc", flag(cpuinfo, "constant_tsc"));
    json_object_set_new(facts, "nonstop_tsc", flag(cpuinfo, "nonstop_tsc"));
    json_object_set_new(facts, "mitigations", mitigations(root));
    json_object_set_new(facts, "load_average", load_average(root));
    free(cpuinfo);
    return facts;
}

json_t *la_machine_pmu(void)
{
    struct perf_event_attr attributes = {.type = PERF_TYPE_HARDWARE,
                                         .size = sizeof attributes,
                                         .config = PERF_COUNT_HW_CPU_CYCLES,
                                         .disabled = 1,
                                         .exclude_kernel = 1,
                                         .exclude_hv = 1};
    const long descriptor = syscall(SYS_perf_event_open, &attributes, 0, -1, -1, 0);

    if (descriptor >= 0) {
        close((int)descriptor);
        return json_string("available");
    }
    switch (errno) {
    case ENOENT:
    case EOPNOTSUPP:
    case ENODEV:
        return json_string("unavailable: this machine shows no cycle counter");
    case EACCES:
    case EPERM:
        return json_string("unavailable: not permitted (perf_event_paranoid or a filter)");
    case ENOSYS:
        return json_string("unavailable: the kernel has no perf events");
    default:
        return json_sprintf("unavailable: %s", strerror(errno));
    }
}

json_t *la_machine_rseq(void)
{
#ifdef MACHINE_HAS_RSEQ_HEADER
    if (__rseq_size)
        return json_string("registered by glibc");
    return json_string("not registered: refused by the kernel, or glibc was told not to");
#else
    return json_string("not registered: this glibc does not know them");
#endif
}
