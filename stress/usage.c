/* SPDX-License-Identifier: MIT */
/* usage.c: see usage.h. Linux and glibc. */
#include "usage.h"

#include <dirent.h>
#include <errno.h>
#include <malloc.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "platform.h"
#include "stress.h"

/* Blocks of this size and above go back to the kernel when they are freed. glibc raises its bound,
 * which is the same at the start, with every such block unless it is set. */
enum { MAPPED_BYTES = 128 * 1024 };

static sem_t nr_forked;
static pthread_mutex_t staying = PTHREAD_MUTEX_INITIALIZER;

static void *fork_once(void *unused)
{
    pid_t pid = fork();

    (void)unused;
    if (pid == 0)
        _exit(0);
    while (pid > 0 && waitpid(pid, NULL, 0) < 0 && errno == EINTR)
        ;
    sem_post(&nr_forked);
    pthread_mutex_lock(&staying);
    pthread_mutex_unlock(&staying);
    return NULL;
}

/* An allocator with arenas (jemalloc, which is linked to be measured) makes one for a thread in its
 * fork handler, and gives a later thread that of one that ended. So as many threads as a run may
 * have fork here before the first of them ends. */
static void fork_in_all_threads(void)
{
    pthread_t threads[STRESS_MAX_THREADS];
    unsigned nr = 0;

    sem_init(&nr_forked, 0, 0);
    pthread_mutex_lock(&staying);
    while (nr < STRESS_MAX_THREADS && pthread_create(&threads[nr], NULL, fork_once, NULL) == 0)
        nr++;
    for (unsigned i = 0; i < nr; i++) {
        while (sem_wait(&nr_forked) != 0)
            ;
    }
    pthread_mutex_unlock(&staying);
    for (unsigned i = 0; i < nr; i++)
        pthread_join(threads[i], NULL);
    sem_destroy(&nr_forked);
}

void stress_usage_begin(void)
{
    mallopt(M_ARENA_MAX, 1);
    mallopt(M_MMAP_THRESHOLD, MAPPED_BYTES);
    fork_in_all_threads();
}

/* There is one arena, the main one, and mallinfo() knows of no other. */
static uint64_t in_use_bytes(void)
{
#if __GLIBC_PREREQ(2, 33)
    const struct mallinfo2 info = mallinfo2();

    return info.uordblks + info.hblkhd;
#else
    const struct mallinfo info = mallinfo();

    return (uint64_t)(unsigned)info.uordblks + (unsigned)info.hblkhd;
#endif
}

static uint64_t resident_bytes(void)
{
    FILE *file = fopen("/proc/self/statm", "re");
    unsigned long long all, resident, of_files;
    bool known;

    if (!file)
        return 0;
    known = fscanf(file, "%llu %llu %llu", &all, &resident, &of_files) == 3;
    fclose(file);
    return known ? (resident - of_files) * la_page_size() : 0;
}

static uint64_t count_descriptors(void)
{
    DIR *directory = opendir("/proc/self/fd");
    uint64_t nr = 0;

    while (directory && readdir(directory))
        nr++;
    if (directory)
        closedir(directory);
    return nr;
}

struct stress_usage stress_usage_now(void)
{
    malloc_trim(0);
    return (struct stress_usage){.in_use_bytes = in_use_bytes(),
                                 .resident_bytes = resident_bytes(),
                                 .descriptors = count_descriptors()};
}
