/* SPDX-License-Identifier: MIT */
/* resident.c: see resident.h. */
#include "resident.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "platform.h"

static bool read_file(const char *path, char *text, size_t size)
{
    int file = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t length;

    if (file < 0)
        return false;
    length = read(file, text, size - 1);
    close(file);
    text[length > 0 ? length : 0] = '\0';
    return length > 0;
}

/* A line "Rss:  1234 kB". */
static bool from_rollup(int64_t *bytes)
{
    char text[2048];
    const char *line;

    if (!read_file("/proc/self/smaps_rollup", text, sizeof text))
        return false;
    line = strstr(text, "\nRss:");
    if (!line)
        return false;
    *bytes = strtoll(line + 5, NULL, 10) * 1024;
    return *bytes > 0;
}

/* The second number, in pages. */
static bool from_statm(int64_t *bytes)
{
    char text[256];
    char *pages;

    if (!read_file("/proc/self/statm", text, sizeof text))
        return false;
    pages = strchr(text, ' ');
    if (!pages)
        return false;
    *bytes = strtoll(pages, NULL, 10) * (int64_t)la_page_size();
    return *bytes > 0;
}

bool la_resident_bytes(int64_t *bytes)
{
    return from_rollup(bytes) || from_statm(bytes);
}
