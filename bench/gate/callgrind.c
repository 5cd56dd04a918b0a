/* SPDX-License-Identifier: MIT */
/* callgrind.c: see callgrind.h. */
#include "callgrind.h"

#include <errno.h>
#include <gnu/libc-version.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "build_info.h"
#include "platform.h"
#include "process.h"
#include "script.h"
#include "strategy.h"

/* --- inside Valgrind --- */

static int run_scripts_on(const struct lookaside_strategy *strategy, struct la_why *why)
{
    const struct la_gate_script *script;

    for (size_t i = 0; (script = la_gate_script_at(i)); i++) {
        struct la_gate_bed bed;
        const int error = la_gate_bed_init(&bed, strategy);

        if (error) {
            snprintf(why->line, sizeof why->line, "cannot make a list of strategy %s: %s",
                     strategy->name, strerror(-error));
            return -1;
        }
        script->steps(&bed);
        printf("%s %s %llu\n", strategy->name, script->name,
               (unsigned long long)la_gate_measured(script, &bed));
        la_gate_bed_fini(&bed);
    }
    return 0;
}

int la_gate_run_scripts(struct la_why *why)
{
    const struct lookaside_strategy *strategy;
    const char *detail;

    la_gate_bind(0);
    for (size_t i = 0; (strategy = lookaside_strategy_at(i)); i++) {
        if (strategy->supported && !strategy->supported(&detail))
            continue;
        if (run_scripts_on(strategy, why))
            return -1;
    }
    return 0;
}

/* --- outside --- */

bool la_gate_has_valgrind(void)
{
    return la_process_exists("valgrind");
}

/* One dump: "totals: INSTRUCTIONS ATOMICS", where zeros at the end are left out, and a "calls=N
 * ..." for each pair of functions. */
static bool read_dump(const char *path, unsigned long long *instructions,
                      unsigned long long *atomics, unsigned long long *calls)
{
    FILE *stream = fopen(path, "r");
    unsigned long long some;
    bool known = false;
    char line[4096];

    *atomics = *calls = 0;
    while (stream && fgets(line, sizeof line, stream)) {
        if (sscanf(line, "totals: %llu %llu", instructions, atomics) >= 1)
            known = true;
        else if (sscanf(line, "calls=%llu", &some) == 1)
            *calls += some;
    }
    if (stream)
        fclose(stream);
    return known;
}

/* Line n of the names belongs to dump n, from 1. */
int la_gate_read_dumps(const char *dir, struct la_gate_counts *counts, struct la_why *why)
{
    unsigned long long operations, instructions, atomics, calls;
    char path[128], strategy[32], script[32];
    FILE *names;
    unsigned nr = 0;

    snprintf(path, sizeof path, "%s/names", dir);
    names = fopen(path, "r");
    while (names && fscanf(names, "%31s %31s %llu", strategy, script, &operations) == 3) {
        snprintf(path, sizeof path, "%s/out.%u", dir, ++nr);
        if (!read_dump(path, &instructions, &atomics, &calls)) {
            snprintf(why->line, sizeof why->line, "callgrind left no totals of %s/%s", strategy,
                     script);
            fclose(names);
            return -1;
        }
        la_gate_counts_add(counts, strategy, script, "instructions", instructions, operations);
        la_gate_counts_add(counts, strategy, script, "atomics", atomics, operations);
        la_gate_counts_add(counts, strategy, script, "calls", calls, operations);
    }
    if (names)
        fclose(names);
    if (nr == 0)
        snprintf(why->line, sizeof why->line, "the scripts under valgrind printed nothing");
    return nr == 0 ? -1 : 0;
}

static void remove_files(const char *dir, unsigned nr)
{
    char path[128];

    for (unsigned i = 1; i <= nr; i++) {
        snprintf(path, sizeof path, "%s/out.%u", dir, i);
        unlink(path);
    }
    snprintf(path, sizeof path, "%s/out", dir);
    unlink(path);
    snprintf(path, sizeof path, "%s/names", dir);
    unlink(path);
    rmdir(dir);
}

static int run_valgrind(const char *dir, struct la_why *why)
{
    char out[160], names[128], self[4096];
    const ssize_t length = readlink("/proc/self/exe", self, sizeof self - 1);
    const char *const arguments[] = {"valgrind",
                                     "--tool=callgrind",
                                     "--quiet",
                                     "--collect-bus=yes",
                                     "--collect-atstart=no",
                                     "--toggle-collect=la_gate_measured",
                                     "--dump-after=la_gate_measured",
                                     out,
                                     self,
                                     "gate",
                                     "--scripts",
                                     NULL};

    if (length <= 0) {
        snprintf(why->line, sizeof why->line, "cannot find this executable: %s", strerror(errno));
        return -1;
    }
    self[length] = '\0';
    snprintf(out, sizeof out, "--callgrind-out-file=%s/out", dir);
    snprintf(names, sizeof names, "%s/names", dir);
    return la_process_run(arguments, names, why);
}

int la_gate_count_instructions(struct la_gate_counts *counts, struct la_why *why)
{
    char dir[] = "/tmp/lookaside-gate-XXXXXX";
    int result;

    if (!mkdtemp(dir)) {
        snprintf(why->line, sizeof why->line, "cannot write to /tmp: %s", strerror(errno));
        return -1;
    }
    result = run_valgrind(dir, why);
    if (!result)
        result = la_gate_read_dumps(dir, counts, why);
    remove_files(dir, (unsigned)counts->nr + 64);
    return result;
}

/* "valgrind-3.19.0" */
static void valgrind_version(char *text, size_t size)
{
    FILE *stream = popen("valgrind --version 2>/dev/null", "r");

    if (!stream || !fgets(text, (int)size, stream))
        snprintf(text, size, "valgrind");
    text[strcspn(text, "\n")] = '\0';
    if (stream)
        pclose(stream);
}

const char *la_gate_key(char *text, size_t size)
{
    struct utsname system;
    char valgrind[64];

    uname(&system);
    valgrind_version(valgrind, sizeof valgrind);
    snprintf(text, size, "%s, %s, %s, glibc %s, %s, %u CPUs", la_build_compiler(), la_build_flags(),
             system.machine, gnu_get_libc_version(), valgrind, la_possible_cpus());
    return text;
}
