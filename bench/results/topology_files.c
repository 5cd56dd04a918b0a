/* SPDX-License-Identifier: MIT */
/*
 * topology_files.c: hwloc saves the topology, its lstopo draws it. The picture is made from the
 * saved file, so that both show the same; it is a comfort, so a machine without lstopo only says
 * that there is none.
 */
#include "topology_files.h"

#include <errno.h>
#include <fcntl.h>
#include <hwloc.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "result_dir.h"

static const char xml_name[] = "topology.xml", picture_name[] = "topology.svg";

static int export_xml(hwloc_topology_t hwloc, FILE *stream)
{
    char *xml = NULL;
    int length = 0, status = -EIO;

    if (hwloc_topology_load(hwloc) != 0 ||
        hwloc_topology_export_xmlbuffer(hwloc, &xml, &length, 0) != 0)
        return -EIO;
    if (length > 1 && fwrite(xml, 1, (size_t)length - 1, stream) == (size_t)length - 1)
        status = 0; /* the length counts the end of the string */
    hwloc_free_xmlbuffer(hwloc, xml);
    return status;
}

static int write_xml(const char *dir)
{
    struct la_result_file file;
    hwloc_topology_t hwloc;
    int status = la_result_file_open(&file, dir, xml_name);

    if (status)
        return status;
    if (hwloc_topology_init(&hwloc) != 0) {
        la_result_file_abandon(&file);
        return -ENOMEM;
    }
    status = export_xml(hwloc, file.stream);
    hwloc_topology_destroy(hwloc);
    if (!status)
        return la_result_file_commit(&file);
    la_result_file_abandon(&file);
    return status;
}

/* Runs a program with its output in descriptor out and no error messages; its exit status, or
 * -errno if it cannot be started. */
static int run(char *const arguments[], int out)
{
    posix_spawn_file_actions_t actions;
    int error, status;
    pid_t child;

    error = posix_spawn_file_actions_init(&actions);
    if (error)
        return -error;
    posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    error = posix_spawnp(&child, arguments[0], &actions, NULL, arguments, environ);
    posix_spawn_file_actions_destroy(&actions);
    if (error)
        return -error;
    while (waitpid(child, &status, 0) < 0) {
        if (errno != EINTR)
            return -errno;
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : -EINTR;
}

static int draw(char *xml_path, FILE *out)
{
    static char program[] = "lstopo-no-graphics", input[] = "--input", format[] = "--of",
                svg[] = "svg", physical[] = "-p", no_io[] = "--no-io", no_legend[] = "--no-legend";
    char *const arguments[] = {program,  input, xml_path,  format, svg,
                               physical, no_io, no_legend, NULL};

    return run(arguments, fileno(out));
}

/* Copies the picture; lstopo writes "px" into the viewBox, where only plain numbers are allowed,
 * and a browser would not scale it. */
static int copy_picture(FILE *from, FILE *to)
{
    char *line = NULL;
    size_t size = 0;
    bool any = false;

    rewind(from);
    while (getline(&line, &size, from) > 0) {
        char *box = strstr(line, "viewBox='"), *end = box ? strchr(box + 9, '\'') : NULL;

        for (char *unit; end && (unit = strstr(box, "px")) && unit < end; end -= 2)
            memmove(unit, unit + 2, strlen(unit + 2) + 1);
        fputs(line, to);
        any = any || strstr(line, "<svg");
    }
    free(line);
    return any && !ferror(from) && !ferror(to) ? 0 : -EIO;
}

/* NULL, or why there is no picture. */
static const char *write_picture(const char *dir)
{
    char xml_path[4096];
    struct la_result_file file;
    FILE *drawn = tmpfile();
    const char *why = NULL;
    int status;

    if (!drawn)
        return "unavailable: no temporary file";
    snprintf(xml_path, sizeof xml_path, "%s/%s", dir, xml_name);
    status = draw(xml_path, drawn);
    if (status == -ENOENT || status == 127)
        why = "unavailable: lstopo-no-graphics is not installed";
    else if (status)
        why = "unavailable: lstopo-no-graphics failed";
    else if (la_result_file_open(&file, dir, picture_name) != 0)
        why = "unavailable: the picture cannot be written";
    else if (copy_picture(drawn, file.stream) != 0) {
        la_result_file_abandon(&file);
        why = "unavailable: lstopo-no-graphics drew nothing";
    } else if (la_result_file_commit(&file) != 0) {
        why = "unavailable: the picture cannot be written";
    }
    fclose(drawn);
    return why;
}

int la_topology_files_write(const char *dir, json_t **names)
{
    const unsigned version = hwloc_get_api_version();
    const int status = write_xml(dir);
    const char *why;

    if (status)
        return status;
    why = write_picture(dir);
    *names =
        json_pack("{s:s, s:s, s:o}", "xml", xml_name, "picture", why ? why : picture_name, "hwloc",
                  json_sprintf("API %u.%u.%u", version >> 16, version >> 8 & 0xff, version & 0xff));
    return 0;
}
