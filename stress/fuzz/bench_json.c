/* SPDX-License-Identifier: MIT */
/*
 * bench_json.c: a target: the bytes are bench.json, the file that every analysis begins with. What
 * the reader lets through must be as run.h says, and the report's and the choice's first steps must
 * be able to go on from there.
 */
#include <math.h>
#include <string.h>

#include "choice.h"
#include "files.h"
#include "fuzz.h"
#include "run.h"

static void check_sample(const struct la_run *run, const struct la_sample *sample)
{
    FUZZ_CHECK(sample->group < run->nr_groups && sample->contender < run->nr_contenders &&
                   sample->block < run->nr_blocks,
               "a sample of group %zu, contender %zu, block %zu", sample->group, sample->contender,
               sample->block);
    FUZZ_CHECK(la_run_sample(run, sample->group, sample->contender, sample->block) == sample,
               "a sample is not where it should be");
    for (enum la_counter i = 0; i < LA_NR_COUNTERS; i++)
        FUZZ_CHECK(!isinf(sample->value[i]), "%s is infinite", la_counter_name(i));
}

static bool is_name(const char *text)
{
    return strnlen(text, LA_NAME_SIZE) < LA_NAME_SIZE && la_is_word(text);
}

static void check_run(const struct la_run *run)
{
    struct la_why why;

    for (size_t i = 0; i < run->nr_contenders; i++)
        FUZZ_CHECK(is_name(run->contenders[i]), "a contender's name is no word");
    for (size_t i = 0; i < run->nr_groups; i++) {
        FUZZ_CHECK(is_name(run->groups[i].workload) && is_name(run->groups[i].depth) &&
                       is_name(run->groups[i].placement),
                   "a part of a group's name is no word");
        FUZZ_CHECK(la_run_find_group(run, &run->groups[i]) == (int)i, "two groups are equal");
    }
    for (size_t i = 0; i < run->nr_samples; i++)
        check_sample(run, &run->samples[i]);
    FUZZ_CHECK(la_run_processes(run) >= 1, "no process");
    why.line[0] = '\0';
    if (la_choice_check(run, &why))
        files_check_line(why.line);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct la_why why = {""};
    struct la_run run;

    files_write("bench.json", bytes, size);
    if (la_run_load(&run, files_directory(), &why)) {
        files_check_line(why.line);
        return 0;
    }
    check_run(&run);
    la_run_unload(&run);
    return 0;
}
