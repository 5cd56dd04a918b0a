/* SPDX-License-Identifier: MIT */
/*
 * callgrind.c: a target: what callgrind leaves for `lookaside gate`: the file of names and a dump
 * for each of its lines, in one text as files.h has it. What is read is three counts for each name.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "callgrind.h"
#include "files.h"
#include "fuzz.h"
#include "text.h"

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    return 0;
}

static bool is_read(const char *name)
{
    return strcmp(name, "names") == 0 ||
           (strncmp(name, "out.", 4) == 0 && strspn(name + 4, "0123456789") == strlen(name + 4) &&
            strlen(name) < 8);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct la_gate_counts counts = {0};
    struct la_why why = {""};
    char *text = text_copy(bytes, size);

    files_remove();
    files_write_all(text, is_read);
    if (la_gate_read_dumps(files_directory(), &counts, &why))
        files_check_line(why.line);
    else
        FUZZ_CHECK(counts.nr > 0 && counts.nr % 3 == 0, "%zu counts", counts.nr);
    la_gate_counts_fini(&counts);
    free(text);
    return 0;
}
