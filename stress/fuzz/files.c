/* SPDX-License-Identifier: MIT */
/* files.c: see files.h. */
#include "files.h"

#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fuzz.h"

void files_check_line(const char *line)
{
    FUZZ_CHECK(*line, "refused without a word");
}

static char directory[64];

static int remove_one(const char *path, const struct stat *found, int kind, struct FTW *position)
{
    (void)found;
    (void)kind;
    if (position->level > 0)
        remove(path);
    return 0;
}

void files_remove(void)
{
    nftw(files_directory(), remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static void remove_directory(void)
{
    files_remove();
    rmdir(directory);
}

const char *files_directory(void)
{
    if (!*directory) {
        strcpy(directory, access("/dev/shm", W_OK) == 0 ? "/dev/shm/lookaside-fuzz-XXXXXX"
                                                        : "/tmp/lookaside-fuzz-XXXXXX");
        FUZZ_CHECK(mkdtemp(directory), "no directory: %s", strerror(errno));
        atexit(remove_directory);
    }
    return directory;
}

const char *files_write(const char *name, const void *bytes, size_t size)
{
    static char path[256];
    FILE *stream;

    snprintf(path, sizeof path, "%s/%s", files_directory(), name);
    stream = fopen(path, "w");
    FUZZ_CHECK(stream && fwrite(bytes, 1, size, stream) == size && fclose(stream) == 0,
               "cannot write %s", path);
    return path;
}
