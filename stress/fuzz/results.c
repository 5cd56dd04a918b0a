/* SPDX-License-Identifier: MIT */
/*
 * results.c: a target: result directories, as the commands that read them do. The input is a text
 * of several files: its first line is a command, choose, compare, scaling, goals or report, with
 * options; a line "== NAME" begins a file, of the second directory of compare if the name begins
 * with "new/". A line of other text before the first of those is left out.
 *
 * What takes long and reads no input is replaced: the bootstrap resamples a few times only, and
 * neither gnuplot nor the program that makes the page is started.
 */
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "bootstrap.h"
#include "files.h"
#include "fuzz.h"
#include "plots.h"
#include "report_html.h"
#include "tool.h"

enum { FEW_RESAMPLES = 8, LONGEST_INPUT = 1 << 16 };

void __real_la_bootstrap(const struct la_stratum *strata, size_t nr_strata,
                         const struct la_resampling *resampling, struct la_estimate *estimate);
void __wrap_la_bootstrap(const struct la_stratum *strata, size_t nr_strata,
                         const struct la_resampling *resampling, struct la_estimate *estimate);
void __wrap_la_bootstrap(const struct la_stratum *strata, size_t nr_strata,
                         const struct la_resampling *resampling, struct la_estimate *estimate)
{
    struct la_resampling fewer = *resampling;

    fewer.nr_resamples = FEW_RESAMPLES;
    __real_la_bootstrap(strata, nr_strata, &fewer, estimate);
}

bool __wrap_la_process_exists(const char *program);
bool __wrap_la_process_exists(const char *program)
{
    (void)program;
    return true;
}

int __wrap_la_process_run(const char *const *arguments, const char *output, struct la_why *why);
int __wrap_la_process_run(const char *const *arguments, const char *output, struct la_why *why)
{
    FILE *stream = output ? fopen(output, "w") : NULL;

    (void)arguments;
    (void)why;
    if (stream)
        fclose(stream);
    return 0;
}

static char input[LONGEST_INPUT + 1];

/* Names that readers look for, so that no input writes anywhere else. */
static bool is_read(const char *name)
{
    static const char *const known[] = {"bench.json",     "manifest.json", "latency.json",
                                        "latency.tsv",    "memory.json",   "memory.tsv",
                                        "adaptation.tsv", "adapt.tsv",     "choice.json",
                                        "goals.json",     "topology.xml",  "topology.svg"};

    if (strncmp(name, "new/", 4) == 0)
        name += 4;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (strcmp(name, known[i]) == 0)
            return true;
    }
    return false;
}

static bool is_reader(const char *command)
{
    static const char *const readers[] = {"choose", "compare", "scaling", "goals", "report"};

    for (size_t i = 0; i < sizeof readers / sizeof *readers; i++) {
        if (strcmp(command, readers[i]) == 0)
            return true;
    }
    return false;
}

/* Help is no reading; --quiet keeps the progress of a report out of the complaints. */
static int split(char *line, char **arguments, char **directories)
{
    static char quiet[] = "--quiet";
    int nr = 0;
    char *word;

    while (nr < TOOL_MAX_ARGUMENTS - 4 && (word = strsep(&line, " "))) {
        if (*word && *word != '-')
            arguments[nr++] = word;
        else if (strncmp(word, "--", 2) == 0 && word[2] && !strchr("hu", word[2]))
            arguments[nr++] = word;
    }
    if (nr == 0 || !is_reader(arguments[0]))
        return 0;
    arguments[nr++] = directories[0];
    if (strcmp(arguments[0], "compare") == 0)
        arguments[nr++] = directories[1];
    if (strcmp(arguments[0], "report") == 0)
        arguments[nr++] = quiet;
    arguments[nr] = NULL;
    return nr;
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    /* Otherwise the order in which members are printed differs from process to process. */
    json_object_seed(1);
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    char base[256], other[256 + 4], *arguments[TOOL_MAX_ARGUMENTS], *files, *end;
    char *directories[] = {base, other};
    int argc, status;
    bool complained;

    if (size > LONGEST_INPUT)
        return -1;
    memcpy(input, bytes, size);
    input[size] = '\0';
    end = strchr(input, '\n');
    if (!end)
        return -1;
    *end = '\0';
    files = end + 1;
    snprintf(base, sizeof base, "%s", files_directory());
    snprintf(other, sizeof other, "%s/new", base);
    argc = split(input, arguments, directories);
    if (argc == 0)
        return -1;
    files_remove();
    mkdir(other, 0777);
    files_write_all(files, is_read);
    if (tool_run(argc, arguments, &status, &complained))
        FUZZ_CHECK(status != 2 || complained, "status 2 without a word");
    return 0;
}
