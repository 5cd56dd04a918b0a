/* SPDX-License-Identifier: MIT */
/* where.c: see where.h. A thread that runs tells by ptrace(2) alone, one that waits by /proc. */
#include "where.h"

#include <dirent.h>
#include <elf.h>
#include <inttypes.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
    MOST_MAPS = 64,    /* of code */
    STACK_WORDS = 256, /* are looked at */
    MOST_CALLERS = 8,
    STOP_TRIES = 500, /* of 10 ms; one that waits in the kernel may not stop */
    MOST_LEFT = 128,
    CPU_FIELD = 39, /* of stat(5), as are these */
    USER_FIELD = 14,
    SYSTEM_FIELD = 15,
};

/* Memory with code of one file. */
struct map {
    uintptr_t from, to, offset;
    char name[64];
};

struct maps {
    unsigned nr;
    struct map map[MOST_MAPS];
};

__attribute__((format(printf, 1, 2))) static FILE *open_proc(const char *format, ...)
{
    char path[96];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(path, sizeof path, format, arguments);
    va_end(arguments);
    return fopen(path, "re");
}

static void read_maps(struct maps *maps, pid_t pid)
{
    FILE *file = open_proc("/proc/%d/maps", (int)pid);
    char line[512], mode[8], path[384];

    maps->nr = 0;
    while (file && maps->nr < MOST_MAPS && fgets(line, sizeof line, file)) {
        struct map *map = &maps->map[maps->nr];

        if (sscanf(line, "%" SCNxPTR "-%" SCNxPTR " %7s %" SCNxPTR " %*s %*s %383s", &map->from,
                   &map->to, mode, &map->offset, path) != 5 ||
            mode[2] != 'x')
            continue;
        snprintf(map->name, sizeof map->name, "%.63s",
                 strrchr(path, '/') ? strrchr(path, '/') + 1 : path);
        maps->nr++;
    }
    if (file)
        fclose(file);
}

static const struct map *map_of(const struct maps *maps, uintptr_t address)
{
    for (unsigned i = 0; i < maps->nr; i++) {
        if (address >= maps->map[i].from && address < maps->map[i].to)
            return &maps->map[i];
    }
    return NULL;
}

static void print_place(FILE *to, const struct maps *maps, uintptr_t address)
{
    const struct map *map = map_of(maps, address);

    if (map)
        fprintf(to, " %s+%#" PRIxPTR, map->name, address - map->from + map->offset);
    else
        fprintf(to, " %#" PRIxPTR, address);
}

static unsigned long field(const char *rest, unsigned nr)
{
    /* The third field is the first behind the name. */
    for (unsigned at = 3; at < nr && rest; at++)
        rest = strchr(rest + 1, ' ');
    return rest ? strtoul(rest, NULL, 10) : 0;
}

/* Name, state, CPU and time, by the kernel's one line about it. */
static void print_stat(FILE *to, pid_t pid, int thread)
{
    FILE *file = open_proc("/proc/%d/task/%d/stat", (int)pid, thread);
    const unsigned long ms = 1000 / (unsigned long)sysconf(_SC_CLK_TCK);
    char line[1024], *rest;

    fprintf(to, "thread %d", thread);
    if (file && fgets(line, sizeof line, file) && (rest = strrchr(line, ')'))) {
        fprintf(to, " %.*s) %c on CPU %lu, %lu ms user, %lu ms system",
                (int)(rest - strchr(line, '(')), strchr(line, '('), rest[2],
                field(rest + 1, CPU_FIELD), ms * field(rest + 1, USER_FIELD),
                ms * field(rest + 1, SYSTEM_FIELD));
    }
    fputc('\n', to);
    if (file)
        fclose(file);
}

/* Its kernel stack's functions, which only root may know. */
static void print_kernel_stack(FILE *to, pid_t pid, int thread)
{
    FILE *file = open_proc("/proc/%d/task/%d/stack", (int)pid, thread);
    const char *before = ", kernel:";
    char line[256], name[64];

    while (file && fgets(line, sizeof line, file)) {
        if (sscanf(line, "%*s %63[^+]", name) == 1) {
            fprintf(to, "%s %s", before, name);
            before = "";
        }
    }
    if (file)
        fclose(file);
}

/* Of one that is not running. */
static void print_wait(FILE *to, pid_t pid, int thread)
{
    FILE *file = open_proc("/proc/%d/task/%d/syscall", (int)pid, thread);
    char line[256];

    if (file && fgets(line, sizeof line, file) && strncmp(line, "running", 7) != 0) {
        line[strcspn(line, "\n")] = '\0';
        fprintf(to, "  system call %s", line);
        print_kernel_stack(to, pid, thread);
        fputc('\n', to);
    }
    if (file)
        fclose(file);
}

/* Instruction and stack of a stopped thread. */
static bool read_registers(int thread, uintptr_t *at, uintptr_t *stack)
{
    struct user_regs_struct registers;
    struct iovec vector = {.iov_base = &registers, .iov_len = sizeof registers};

    if (ptrace(PTRACE_GETREGSET, thread, (void *)(uintptr_t)NT_PRSTATUS, &vector))
        return false;
#if defined(__x86_64__)
    *at = registers.rip;
    *stack = registers.rsp;
    return true;
#elif defined(__aarch64__)
    *at = registers.pc;
    *stack = registers.sp;
    return true;
#else
    (void)at;
    (void)stack;
    return false;
#endif
}

/* Of a stopped thread. */
static void print_user_stack(FILE *to, const struct maps *maps, int thread)
{
    uintptr_t words[STACK_WORDS], at = 0, stack = 0;
    struct iovec here = {.iov_base = words, .iov_len = sizeof words}, there = here;
    ssize_t got;
    unsigned nr = 0;

    if (!read_registers(thread, &at, &stack))
        return;
    fputs("  at", to);
    print_place(to, maps, at);
    there.iov_base = (void *)stack;
    got = process_vm_readv(thread, &here, 1, &there, 1, 0);
    for (ssize_t i = 0; i < got / (ssize_t)sizeof *words && nr < MOST_CALLERS; i++) {
        if (map_of(maps, words[i])) {
            fputs(nr++ == 0 ? ", called from" : "", to);
            print_place(to, maps, words[i]);
        }
    }
    fputc('\n', to);
}

/* Whether the thread stands still, for whoever has asked it to. */
static bool stops(int thread)
{
    const struct timespec pause = {.tv_nsec = 10000000};

    for (unsigned i = 0; i < STOP_TRIES; i++) {
        if (waitpid(thread, NULL, __WALL | WNOHANG) == thread)
            return true;
        nanosleep(&pause, NULL);
    }
    return false;
}

/* False if it goes on being traced: it did not stop, so it cannot be let go of. */
static bool print_thread(FILE *to, const struct maps *maps, pid_t pid, int thread)
{
    print_stat(to, pid, thread);
    print_wait(to, pid, thread);
    if (ptrace(PTRACE_SEIZE, thread, NULL, NULL))
        return true;
    if (ptrace(PTRACE_INTERRUPT, thread, NULL, NULL) == 0 && stops(thread))
        print_user_stack(to, maps, thread);
    return ptrace(PTRACE_DETACH, thread, NULL, NULL) == 0;
}

void stress_end_hung(FILE *to, pid_t pid)
{
    char path[32];
    struct maps maps;
    struct dirent *entry;
    int left[MOST_LEFT];
    unsigned nr_left = 0;
    DIR *threads;

    snprintf(path, sizeof path, "/proc/%d/task", (int)pid);
    threads = opendir(path);
    read_maps(&maps, pid);
    while (threads && nr_left < MOST_LEFT && (entry = readdir(threads))) {
        const int thread = atoi(entry->d_name);

        if (thread > 0 && !print_thread(to, &maps, pid, thread) && thread != pid)
            left[nr_left++] = thread;
    }
    if (threads)
        closedir(threads);
    fflush(to);
    kill(pid, SIGKILL);
    /* The process is not gone before its traced threads are, and those are for the tracer to see
     * off. */
    while (nr_left > 0)
        (void)waitpid(left[--nr_left], NULL, __WALL);
}
