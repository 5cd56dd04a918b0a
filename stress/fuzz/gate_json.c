/* SPDX-License-Identifier: MIT */
/*
 * gate_json.c: a target: the file of accepted counts that `lookaside gate` compares with. Counts
 * that were just accepted must compare as the same, whatever else is in the file.
 */
#include <jansson.h>
#include <stdio.h>

#include "baseline.h"
#include "files.h"
#include "fuzz.h"

static const char key[] = "some compiler";
static FILE *nowhere;

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    json_object_seed(1);
    nowhere = fopen("/dev/null", "w");
    FUZZ_CHECK(nowhere, "no /dev/null");
    return 0;
}

static void compare(json_t *baseline, const struct la_gate_counts *counts)
{
    struct la_why why = {""};
    const char *path;

    (void)la_gate_compare(baseline, NULL, counts, nowhere);
    (void)la_gate_compare(baseline, key, counts, nowhere);
    la_gate_accept(baseline, NULL, counts);
    la_gate_accept(baseline, key, counts);
    FUZZ_CHECK(la_gate_compare(baseline, key, counts, nowhere) == LA_GATE_PASS, "not accepted");
    path = files_write("gate.json", "", 0);
    FUZZ_CHECK(la_gate_save(baseline, path, &why) == 0, "not saved: %s", why.line);
    json_decref(baseline);
    baseline = la_gate_load(path, &why);
    FUZZ_CHECK(baseline && la_gate_compare(baseline, NULL, counts, nowhere) == LA_GATE_PASS,
               "what was saved is not what is read: %s", why.line);
    json_decref(baseline);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct la_gate_counts counts = {0};
    struct la_why why = {""};
    json_t *baseline = la_gate_load(files_write("gate.json", bytes, size), &why);

    if (!baseline) {
        files_check_line(why.line);
        return 0;
    }
    la_gate_counts_add(&counts, "percpu", "pair", "held", 1, 0);
    la_gate_counts_add(&counts, "percpu", "pair", "instructions", 100, 8);
    compare(baseline, &counts);
    la_gate_counts_fini(&counts);
    return 0;
}
