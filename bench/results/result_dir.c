/* SPDX-License-Identifier: MIT */
/*
 * result_dir.c: result directories and files. Whoever reads a file under its final name reads all
 * of it, also when the writer was killed; and a run that cannot write leaves no trace.
 */
#include "result_dir.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static const char default_root[] = "results";
static const char name_shape[] = "dddd-dd-ddTdd-dd-ddZ-"; /* d: a digit */

/* Makes path and the parents that are missing; *made (if any was) is the topmost new one's length
 * in path, so that a failure can be undone. */
static int make_path(char *path, size_t *made)
{
    *made = 0;
    for (char *end = path + 1;; end++) {
        const char kept = *end;
        int status;

        if (kept && kept != '/')
            continue;
        *end = '\0';
        status = mkdir(path, 0777) == 0 ? 0 : -errno;
        if (!status && !*made)
            *made = (size_t)(end - path);
        *end = kept;
        if (status && status != -EEXIST)
            return status;
        if (!kept)
            return 0;
    }
}

/* Removes what make_path() made, from the far end to its first; what is not there or not empty
 * stays, by rmdir's own rule. */
static void unmake_path(char *path, size_t made)
{
    while (made && strlen(path) >= made) {
        char *slash = strrchr(path, '/');

        rmdir(path);
        if (!slash || slash == path)
            return;
        *slash = '\0';
    }
}

/* Whether a file can be made in the directory: asked by making one, because permission bits do
 * not tell (root, read-only mounts). */
static int try_writing(const char *dir)
{
    struct la_result_file file;
    const int status = la_result_file_open(&file, dir, "probe");

    if (!status)
        la_result_file_abandon(&file);
    return status;
}

static void strip_slashes(char *path)
{
    size_t length = strlen(path);

    while (length > 1 && path[length - 1] == '/')
        path[--length] = '\0';
}

static int make_writable(char *path)
{
    size_t made;
    int status = make_path(path, &made);

    if (!status)
        status = try_writing(path);
    if (status)
        unmake_path(path, made);
    return status;
}

/* "results/2024-05-01T12-30-05Z-host", with "-2" and so on behind it for later attempts. */
static int default_path(char *path, size_t path_size, unsigned attempt)
{
    char host[HOST_NAME_MAX + 1] = "unknown", stamp[32], suffix[16] = "";
    const time_t now = time(NULL);
    struct tm utc;

    if (gethostname(host, sizeof host) != 0 || !*host || strchr(host, '/'))
        strcpy(host, "unknown");
    gmtime_r(&now, &utc);
    strftime(stamp, sizeof stamp, "%Y-%m-%dT%H-%M-%SZ", &utc);
    if (attempt > 1)
        snprintf(suffix, sizeof suffix, "-%u", attempt);
    if ((size_t)snprintf(path, path_size, "%s/%s-%s%s", default_root, stamp, host, suffix) >=
        path_size)
        return -ENAMETOOLONG;
    return 0;
}

static int create_default(char *path, size_t path_size)
{
    for (unsigned attempt = 1; attempt < 100; attempt++) {
        struct stat found;
        const int status = default_path(path, path_size, attempt);

        if (status)
            return status;
        if (stat(path, &found) != 0)
            return make_writable(path);
    }
    return -EEXIST;
}

int la_result_dir_create(const char *out, char *path, size_t path_size)
{
    struct stat found;

    if (!out)
        return create_default(path, path_size);
    if (!*out)
        return -ENOENT;
    if ((size_t)snprintf(path, path_size, "%s", out) >= path_size)
        return -ENAMETOOLONG;
    strip_slashes(path);
    if (stat(path, &found) == 0 && !S_ISDIR(found.st_mode))
        return -ENOTDIR;
    return make_writable(path);
}

/* Whether the directory's name is one that we make. */
static bool has_our_shape(const char *name)
{
    for (size_t i = 0; name_shape[i]; i++) {
        const bool digit = name[i] >= '0' && name[i] <= '9';

        if (name_shape[i] == 'd' ? !digit : name[i] != name_shape[i])
            return false;
    }
    return true;
}

/* Splits dir (copied into parent) into its parent and its name; false if it has none of ours. */
static bool split_ours(const char *dir, char *parent, size_t size, const char **name)
{
    char *slash;

    if ((size_t)snprintf(parent, size, "%s", dir) >= size)
        return false;
    strip_slashes(parent);
    slash = strrchr(parent, '/');
    if (!slash || slash == parent)
        return false;
    *slash = '\0';
    *name = slash + 1;
    return has_our_shape(*name);
}

void la_result_dir_set_latest(const char *dir)
{
    char parent[4096], latest[4096 + 8], temporary[4096 + 32];
    const char *name;
    struct stat found;

    if (!split_ours(dir, parent, sizeof parent, &name))
        return;
    snprintf(latest, sizeof latest, "%s/latest", parent);
    if (lstat(latest, &found) == 0 && !S_ISLNK(found.st_mode))
        return;
    snprintf(temporary, sizeof temporary, "%s/.latest.%ld", parent, (long)getpid());
    unlink(temporary);
    if (symlink(name, temporary) == 0 && rename(temporary, latest) != 0)
        unlink(temporary);
}

void la_result_dir_discard_empty(const char *dir)
{
    char parent[4096];
    const char *name;

    if (rmdir(dir) == 0 && split_ours(dir, parent, sizeof parent, &name) &&
        strcmp(parent, default_root) == 0)
        rmdir(parent); /* ours too, and kept by the system unless empty */
}

/* mkstemp's files are private; a result is as readable as any other new file. */
static void widen_mode(int descriptor)
{
    const mode_t mask = umask(0);

    umask(mask);
    fchmod(descriptor, 0666 & ~mask);
}

int la_result_file_open(struct la_result_file *file, const char *dir, const char *name)
{
    int descriptor, status;

    file->stream = NULL;
    if ((size_t)snprintf(file->path, sizeof file->path, "%s/%s", dir, name) >= sizeof file->path)
        return -ENAMETOOLONG;
    snprintf(file->temporary, sizeof file->temporary, "%s.XXXXXX", file->path);
    descriptor = mkstemp(file->temporary);
    if (descriptor < 0)
        return -errno;
    widen_mode(descriptor);
    file->stream = fdopen(descriptor, "w");
    if (file->stream)
        return 0;
    status = -errno;
    close(descriptor);
    unlink(file->temporary);
    return status;
}

int la_result_file_commit(struct la_result_file *file)
{
    int status = ferror(file->stream) ? -EIO : 0;

    errno = 0;
    if (fclose(file->stream) != 0 && !status)
        status = errno ? -errno : -EIO;
    file->stream = NULL;
    if (!status && rename(file->temporary, file->path) != 0)
        status = -errno;
    if (status)
        unlink(file->temporary);
    return status;
}

void la_result_file_abandon(struct la_result_file *file)
{
    if (!file->stream)
        return;
    fclose(file->stream);
    file->stream = NULL;
    unlink(file->temporary);
}
