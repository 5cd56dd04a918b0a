/* SPDX-License-Identifier: MIT */
/*
 * cgroup.c: all churn in a control group with little memory, while the first thread writes a file
 * that does not fit: the kernel reclaims all the time, and whoever maps a page waits for it. The
 * group is made inside the one that LOOKASIDE_STRESS_CGROUP names, a directory under /sys/fs/cgroup
 * that the caller may write to. That it may does not say that the group is its own: root may write
 * to each, also to one that somebody else made, limits and counts in. So none is taken unasked.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysinfo.h>
#include <sys/vfs.h>
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
    TEXT_BYTES = 1024,
    WRITE_ONE_IN = 4
};

struct group {
    char path[PATH_BYTES];
    int file;
    unsigned written_mib;
};

/* A file of the group, which has it or not: none is made. */
static int open_in(const struct group *group, const char *name, int mode)
{
    char path[PATH_BYTES + 64];

    snprintf(path, sizeof path, "%s/%s", group->path, name);
    return open(path, mode | O_CLOEXEC);
}

static bool put(const struct group *group, const char *name, const char *text)
{
    const int file = open_in(group, name, O_WRONLY);
    bool done;

    if (file < 0)
        return false;
    done = write(file, text, strlen(text)) == (ssize_t)strlen(text);
    close(file);
    return done;
}

static bool get(const struct group *group, const char *name, char text[TEXT_BYTES])
{
    const int file = open_in(group, name, O_RDONLY);
    ssize_t got;

    if (file < 0)
        return false;
    got = read(file, text, TEXT_BYTES - 1);
    close(file);
    text[got > 0 ? got : 0] = '\0';
    return got > 0;
}

/* Of each pair the second version's file, then the first's. */
static bool limit(const struct group *group)
{
    char room[32];

    snprintf(room, sizeof room, "%lld", (long long)ROOM_MIB * MIB);
    return put(group, "memory.max", room) || put(group, "memory.limit_in_bytes", room);
}

static void lift_limit(const struct group *group)
{
    if (!put(group, "memory.max", "max"))
        (void)put(group, "memory.limit_in_bytes", "-1");
}

/* Whether the limit ever was in the way. */
static bool was_short(const struct group *group)
{
    char text[TEXT_BYTES];
    const char *max;

    if (get(group, "memory.events", text))
        return (max = strstr(text, "\nmax ")) && strtoull(max + strlen("\nmax "), NULL, 10) > 0;
    return get(group, "memory.failcnt", text) && strtoull(text, NULL, 10) > 0;
}

static void name_group(struct group *group, const char *home, pid_t pid)
{
    snprintf(group->path, sizeof group->path, "%.400s/lookaside-%ld", home, (long)pid);
}

/* For the process's life, which may be more than this run: a group that has groups in it takes
 * nobody back. */
static bool enter(struct group *group, const char *home)
{
    char pid[32];

    name_group(group, home, getpid());
    snprintf(pid, sizeof pid, "%ld", (long)getpid());
    if (mkdir(group->path, 0755) && errno != EEXIST)
        return false;
    return limit(group) && put(group, "cgroup.procs", pid);
}

static void leave_nothing(pid_t pid)
{
    const char *home = getenv("LOOKASIDE_STRESS_CGROUP");
    struct group group;
    char shown[PATH_BYTES];

    if (!home)
        return;
    name_group(&group, home, pid);
    if (rmdir(group.path) == 0 || errno == ENOENT)
        return;
    la_one_line(shown, sizeof shown, group.path);
    fprintf(stderr, "lookaside: %s stays behind: %s\n", shown, strerror(errno));
}

/* A file in memory goes nowhere but to swap space: without it, whoever writes too much is killed.
 */
static bool can_be_reclaimed(int file)
{
    struct statfs system;
    struct sysinfo machine;

    if (fstatfs(file, &system) || system.f_type == RAMFS_MAGIC)
        return false;
    return system.f_type != TMPFS_MAGIC ||
           (sysinfo(&machine) == 0 &&
            (uint64_t)machine.freeswap * machine.mem_unit >= (uint64_t)2 * FILE_MIB * MIB);
}

/* A MiB more of the file that does not fit, round and round. 0 or an error number. */
static int write_more(struct group *group)
{
    static const char block[MIB];

    if (pwrite(group->file, block, sizeof block, (off_t)group->written_mib * MIB) < 0)
        return errno;
    group->written_mib = (group->written_mib + 1) % FILE_MIB;
    return 0;
}

/* From the first step on there is no room. */
static bool fill(struct group *group)
{
    while (group->written_mib <= ROOM_MIB) {
        if (write_more(group))
            return false;
    }
    return was_short(group);
}

static int make_group(struct group *group, const char *home, const char **why)
{
    char scratch[] = "/var/tmp/lookaside-XXXXXX";

    *why = "/var/tmp takes no file that the kernel could write out";
    group->file = mkstemp(scratch);
    if (group->file < 0)
        return -ENOTSUP;
    unlink(scratch);
    if (!can_be_reclaimed(group->file))
        return -ENOTSUP;
    *why = "no limited group could be made in LOOKASIDE_STRESS_CGROUP";
    if (!enter(group, home))
        return -ENOTSUP;
    *why = "the limit of a group in LOOKASIDE_STRESS_CGROUP, or /var/tmp, cannot be filled";
    if (fill(group))
        return 0;
    lift_limit(group);
    return -ENOTSUP;
}

static int begin(struct stress_run *run, const char **why)
{
    const char *home = getenv("LOOKASIDE_STRESS_CGROUP");
    struct group *group;
    int error;

    *why = "needs a memory control group to work in: LOOKASIDE_STRESS_CGROUP=DIR names it";
    if (!home)
        return -ENOTSUP;
    group = calloc(1, sizeof *group);
    if (!group)
        return -ENOMEM;
    error = make_group(group, home, why);
    if (!error) {
        run->own = group;
        return 0;
    }
    if (group->file >= 0)
        close(group->file);
    free(group);
    return error;
}

/* What the process runs next has all the memory that there is. */
static void end(struct stress_run *run)
{
    struct group *group = run->own;

    lift_limit(group);
    close(group->file);
    free(group);
}

static void write_some(struct stress_worker *worker)
{
    const int error = write_more(worker->run->own);

    if (error && error != ENOSPC)
        oracle_fault(worker->run->oracle, "the file cannot be written: %s", strerror(error));
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
