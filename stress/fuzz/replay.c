/* SPDX-License-Identifier: MIT */
/*
 * replay.c: a target's main function where there is no fuzzer: runs the inputs named on the command
 * line, files or directories of them, in the order of their names. Exit status 0 if all went
 * through, 2 if there was none or one could not be read; a failure ends the process.
 */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fuzz.h"

static int cannot(const char *path)
{
    fprintf(stderr, "replay: cannot read %s: %s\n", path, strerror(errno));
    return 2;
}

/* The input is a block of its own size, so that a read behind its end is seen. */
static int run_file(const char *path, size_t *nr)
{
    FILE *stream = fopen(path, "rb");
    struct stat facts;
    uint8_t *bytes;
    size_t got;

    if (!stream || fstat(fileno(stream), &facts) != 0)
        return cannot(path);
    bytes = malloc((size_t)facts.st_size + 1);
    got = bytes ? fread(bytes, 1, (size_t)facts.st_size, stream) : 0;
    fclose(stream);
    if (got != (size_t)facts.st_size)
        return cannot(path);
    bytes = realloc(bytes, got ? got : 1);
    dprintf(STDERR_FILENO, "replay: %s\n", path);
    LLVMFuzzerTestOneInput(bytes, got);
    free(bytes);
    ++*nr;
    return 0;
}

static int visible(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

static int run_path(const char *path, size_t *nr)
{
    struct dirent **entries;
    struct stat facts;
    char inner[4096];
    int status = 0, nr_entries;

    if (stat(path, &facts) != 0)
        return cannot(path);
    if (!S_ISDIR(facts.st_mode))
        return run_file(path, nr);
    nr_entries = scandir(path, &entries, visible, alphasort);
    if (nr_entries < 0)
        return cannot(path);
    for (int i = 0; i < nr_entries; i++) {
        snprintf(inner, sizeof inner, "%s/%s", path, entries[i]->d_name);
        free(entries[i]);
        status = status ? status : run_file(inner, nr);
    }
    free(entries);
    return status;
}

int main(int argc, char **argv)
{
    size_t nr = 0;

    LLVMFuzzerInitialize(&argc, &argv);
    for (int i = 1; i < argc; i++) {
        const int status = run_path(argv[i], &nr);

        if (status)
            return status;
    }
    if (nr == 0) {
        fputs("usage: replay FILE|DIRECTORY...: there was no input\n", stderr);
        return 2;
    }
    printf("%zu inputs\n", nr);
    return 0;
}
