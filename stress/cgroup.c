/* SPDX-License-Identifier: MIT */
/*
 * cgroup.c: all churn in a control group with little memory, while the first thread writes a file
 * that does not fit: the kernel reclaims all the time, and whoever maps a page waits for it. The
 * group is made inside the one that LOOKASIDE_STRESS_CGROUP names, a directory under /sys/fs/cgroup
 * that the caller may write to.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "one_line.h"
#include "scenario.h"

enum {
    MOST = 24,
    FLUSH_ONE_IN = 64,
    MIB = 1 << 20,
    ROOM_MIB = 48,
    FILE_MIB = 3 * ROOM_MIB,
    PATH_BYTES = 512,
    WRITE_ONE_IN = 16
};

struct group {
    int file;
    unsigned written_mib;
};

static bool write_to(const char *directory, const char *name, const char *text)
{
    char path[PATH_BYTES + 64];
    FILE *file;
    bool done;

    snprintf(path, sizeof path, "%s/%s", directory, name);
    file = fopen(path, "we");
    if (!file)
        return false;
    done = fputs(text, file) >= 0;
    return fclose(file) == 0 && done;
}

static bool limit(const char *path)
{
    char room[32];

    snprintf(room, sizeof room, "%lld", (long long)ROOM_MIB * MIB);
    /* The second version's file, or the first's. */
    return write_to(path, "memory.max", room) || write_to(path, "memory.limit_in_bytes", room);
}

static void path_of(char path[PATH_BYTES], const char *home, pid_t pid)
{
    snprintf(path, PATH_BYTES, "%.400s/lookaside-%ld", home, (long)pid);
}

/* For the process's life: a group that has groups in it takes nobody back. */
static bool enter(const char *home)
{
    char path[PATH_BYTES], pid[32];

    path_of(path, home, getpid());
    snprintf(pid, sizeof pid, "%ld", (long)getpid());
    if (mkdir(path, 0755))
        return errno == EEXIST;
    return limit(path) && write_to(path, "cgroup.procs", pid);
}

static void leave_nothing(pid_t pid)
{
    const char *home = getenv("LOOKASIDE_STRESS_CGROUP");
    char path[PATH_BYTES], shown[PATH_BYTES];

    if (!home)
        return;
    path_of(path, home, pid);
    if (rmdir(path) == 0 || errno == ENOENT)
        return;
    la_one_line(shown, sizeof shown, path);
    fprintf(stderr, "lookaside: %s stays behind: %s\n", shown, strerror(errno));
}

static int begin(struct stress_run *run, const char **why)
{
    const char *home = getenv("LOOKASIDE_STRESS_CGROUP");
    char scratch[] = "/var/tmp/lookaside-XXXXXX";
    struct group *group;

    *why = "needs a memory control group to work in: LOOKASIDE_STRESS_CGROUP=DIR names it";
    if (!home)
        return -ENOTSUP;
    group = calloc(1, sizeof *group);
    if (!group)
        return -ENOMEM;
    group->file = mkstemp(scratch);
    unlink(scratch);
    *why = "no limited group could be made in LOOKASIDE_STRESS_CGROUP";
    if (group->file < 0 || !enter(home)) {
        free(group);
        return -ENOTSUP;
    }
    run->own = group;
    return 0;
}

static void end(struct stress_run *run)
{
    struct group *group = run->own;

    close(group->file);
    free(group);
}

/* A MiB more of the file that does not fit, round and round. */
static void write_some(struct stress_worker *worker)
{
    struct group *group = worker->run->own;
    static char block[MIB];

    if (pwrite(group->file, block, sizeof block, (off_t)group->written_mib * MIB) < 0 &&
        errno != ENOSPC)
        oracle_fault(worker->run->oracle, "the file cannot be written: %s", strerror(errno));
    group->written_mib = (group->written_mib + 1) % FILE_MIB;
}

static void cgroup(struct stress_worker *worker)
{
    while (stress_going(worker)) {
        if (worker->index == 0 && stress_below(worker, WRITE_ONE_IN) == 0)
            write_some(worker);
        if (stress_below(worker, FLUSH_ONE_IN) == 0)
            stress_flush(worker, worker->run->lists);
        stress_churn_step(worker, MOST);
    }
    stress_free_all(worker);
}

const struct stress_scenario stress_cgroup = {
    .name = "cgroup",
    .summary = "all in a control group with little memory (only if allowed)",
    .depth = 64,
    .bytes = 64,
    .nr_blocks = 4096,
    .unmap = true,
    .min_threads = 2,
    .begin = begin,
    .end = end,
    .after = leave_nothing,
    .work = cgroup,
};
