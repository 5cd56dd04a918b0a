/* SPDX-License-Identifier: MIT */
/* crew.c: see crew.h. */
#include "crew.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "complain.h"
#include "sampler.h"
#include "wire.h"

enum {
    POLL_MS = 500, /* between looks at whether the run is to end: seldom, each takes a CPU */
    SAID_IT = 2,   /* the exit status of a process that has put its complaint on stderr */
};

static const char done[] = "ended with status 0";

/* Nobody reads it: it is there to be of some length. */
static const char padding_name[] = "LOOKASIDE_ENVIRONMENT_PADDING=";

bool la_crew_init(struct la_crew *crew, unsigned nr_processes, uint64_t run_seed)
{
    crew->members = calloc(nr_processes, sizeof *crew->members);
    crew->nr_members = crew->members ? nr_processes : 0;
    for (unsigned i = 0; i < crew->nr_members; i++) {
        crew->members[i].luck = la_schedule_process(run_seed, i);
        crew->members[i].socket = -1;
    }
    return crew->members != NULL;
}

static size_t count_strings(char *const *strings)
{
    size_t nr = 0;

    while (strings[nr])
        nr++;
    return nr;
}

/* Ours and one variable more; to be freed with its last string. */
static char **padded_environment(uint32_t bytes)
{
    const size_t nr = count_strings(environ);
    char **padded = calloc(nr + 2, sizeof *padded);
    char *padding = malloc(sizeof padding_name + bytes);

    if (!padded || !padding) {
        free(padded);
        free(padding);
        return NULL;
    }
    memcpy(padded, environ, nr * sizeof *padded);
    strcpy(padding, padding_name);
    memset(padding + strlen(padding_name), 'x', bytes);
    padding[strlen(padding_name) + bytes] = '\0';
    padded[nr] = padding;
    return padded;
}

/* The child's end of the socket becomes its LA_SAMPLER_SOCKET; nothing else of ours is inherited. A
 * terminal's interrupt, which reaches all of us, is blocked in it from its first instruction on:
 * what it means, the leader decides. */
static int spawn(pid_t *pid, int socket, char **argv, char **environment)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t blocked;
    int error = posix_spawn_file_actions_init(&actions);

    if (error)
        return error;
    error = posix_spawnattr_init(&attributes);
    if (error) {
        posix_spawn_file_actions_destroy(&actions);
        return error;
    }
    sigprocmask(SIG_BLOCK, NULL, &blocked);
    sigaddset(&blocked, SIGINT);
    posix_spawnattr_setsigmask(&attributes, &blocked);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
    error = posix_spawn_file_actions_adddup2(&actions, socket, LA_SAMPLER_SOCKET);
    if (!error)
        error = posix_spawn(pid, "/proc/self/exe", &actions, &attributes, argv, environment);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    return error;
}

/* 0 or an error number. */
static int start_member(struct la_crew_member *member, char **argv)
{
    char **environment = padded_environment(member->luck.environment_bytes);
    int ends[2], error = environment ? 0 : ENOMEM;

    if (!error && socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
        error = errno;
    else if (!error) {
        error = spawn(&member->pid, ends[1], argv, environment);
        close(ends[1]);
        if (error)
            close(ends[0]);
        else
            member->socket = ends[0];
    }
    if (environment)
        free(environment[count_strings(environment) - 1]);
    free(environment);
    return error;
}

/* Takes leave of a process that ended by itself. Returns whether it said why. */
static bool bury(struct la_crew_member *member)
{
    int status = 0;

    close(member->socket);
    member->socket = -1;
    while (waitpid(member->pid, &status, 0) < 0 && errno == EINTR)
        continue;
    if (WIFSIGNALED(status))
        snprintf(member->ended, sizeof member->ended, "ended by signal %d (%s)", WTERMSIG(status),
                 strsignal(WTERMSIG(status)));
    else
        snprintf(member->ended, sizeof member->ended, "ended with status %d", WEXITSTATUS(status));
    return WIFEXITED(status) && WEXITSTATUS(status) == SAID_IT;
}

static bool await_member(struct la_crew *crew, unsigned process, size_t nr_cells, const char **why)
{
    struct la_crew_member *member = &crew->members[process];
    struct la_answer answer;

    if (!la_wire_receive(member->socket, &answer, sizeof answer)) {
        if (bury(member))
            *why = NULL;
        else
            la_complain(why, "process %u of the run %s before it measured", process, member->ended);
        return false;
    }
    if (answer.kind == LA_ANSWER_READY && answer.nr_cells == nr_cells)
        return true;
    return la_complain(why,
                       "process %u of the run found %zu cells instead of %zu: the machine "
                       "changed meanwhile",
                       process, answer.nr_cells, nr_cells);
}

int la_crew_start(struct la_crew *crew, la_crew_command *command, size_t nr_cells, const char **why)
{
    bool good = true;

    for (unsigned i = 0; good && i < crew->nr_members; i++) {
        const int error = start_member(&crew->members[i], command(i));

        if (error)
            good = la_complain(why, "cannot start process %u of the run: %s", i, strerror(error));
    }
    for (unsigned i = 0; good && i < crew->nr_members; i++)
        good = await_member(crew, i, nr_cells, why);
    if (!good)
        la_crew_stop(crew, true);
    return good ? 0 : -1;
}

int la_crew_add(struct la_crew *crew, la_crew_command *command, size_t nr_cells, uint64_t run_seed)
{
    const unsigned process = crew->nr_members;
    struct la_crew_member *members = realloc(crew->members, (process + 1) * sizeof *crew->members);
    const char *why;

    if (!members)
        return -1;
    crew->members = members;
    members[process] =
        (struct la_crew_member){.luck = la_schedule_process(run_seed, process), .socket = -1};
    if (start_member(&members[process], command(process)))
        return -1;
    crew->nr_members++;
    if (await_member(crew, process, nr_cells, &why))
        return (int)process;
    la_crew_retire(crew, process);
    crew->nr_members--;
    return -1;
}

int la_crew_pick(const struct la_crew *crew, size_t n)
{
    unsigned nr_left = 0;

    for (unsigned i = 0; i < crew->nr_members; i++)
        nr_left += crew->members[i].socket >= 0;
    if (nr_left == 0)
        return -1;
    /* With all of them there, a block's process depends on its number alone. */
    n %= nr_left;
    for (unsigned i = 0;; i++) {
        if (crew->members[i].socket >= 0 && n-- == 0)
            return (int)i;
    }
}

bool la_crew_order(struct la_crew *crew, unsigned process, const void *order, size_t size)
{
    return la_wire_send(crew->members[process].socket, order, size);
}

/* Sleeps until there is something to read. False: interrupted. */
static bool wait_for_word(int socket, bool (*interrupted)(void))
{
    struct pollfd file = {.fd = socket, .events = POLLIN};

    while (!interrupted()) {
        if (poll(&file, 1, POLL_MS) > 0)
            return true;
    }
    return false;
}

enum la_crew_news la_crew_next(struct la_crew *crew, unsigned process, bool (*interrupted)(void),
                               void *turn, size_t size, struct la_answer *answer)
{
    struct la_crew_member *member = &crew->members[process];

    if (!wait_for_word(member->socket, interrupted))
        return LA_CREW_INTERRUPTED;
    if (la_wire_receive(member->socket, answer, sizeof *answer)) {
        if (answer->kind == LA_ANSWER_BLOCK) {
            member->nr_blocks++;
            return LA_CREW_BLOCK;
        }
        if (answer->kind == LA_ANSWER_FAILED)
            return LA_CREW_FAILED;
        if (la_wire_receive(member->socket, turn, size))
            return LA_CREW_TURN;
    }
    return bury(member) ? LA_CREW_SPOKE : LA_CREW_LOST;
}

void la_crew_retire(struct la_crew *crew, unsigned process)
{
    struct la_crew_member *member = &crew->members[process];

    if (member->socket < 0)
        return;
    bury(member);
    if (strcmp(member->ended, done) == 0)
        member->ended[0] = '\0';
}

void la_crew_stop(struct la_crew *crew, bool at_once)
{
    for (unsigned i = 0; i < crew->nr_members; i++) {
        struct la_crew_member *member = &crew->members[i];

        if (member->socket < 0)
            continue;
        /* It holds nothing of worth, and may be in the middle of a long window. */
        if (at_once)
            kill(member->pid, SIGKILL);
        la_crew_retire(crew, i);
        if (at_once)
            member->ended[0] = '\0';
    }
}

void la_crew_fini(struct la_crew *crew)
{
    la_crew_stop(crew, true);
    free(crew->members);
    *crew = (struct la_crew){0};
}
