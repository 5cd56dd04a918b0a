/* SPDX-License-Identifier: MIT */
/*
 * mistake.c: a user's program that knows nothing of checks, and makes the mistakes that it is told
 * to make. mistakes.sh runs it under what must find them; compiled with LOOKASIDE_BIND once more.
 *
 * usage: mistake STRATEGY MISTAKE...
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "lookaside.h"

enum { SIZE = 64, NR = 40, EXIT_SKIPPED = 77 };

static struct lookaside list;
static bool ends = true;
static volatile unsigned char sink;

static unsigned char *take_block(void)
{
    unsigned char *block = lookaside_alloc(&list);

    if (!block)
        abort();
    memset(block, 1, SIZE);
    return block;
}

static __attribute__((noinline)) void drop_block(void *block)
{
    lookaside_free(&list, block);
    sink = 0; /* not a jump: the stack is to name this function */
}

static void *drop_in_thread(void *block)
{
    drop_block(block);
    return NULL;
}

static void drop_by_another_thread(void *block)
{
    pthread_t thread;

    if (pthread_create(&thread, NULL, drop_in_thread, block) != 0)
        abort();
    pthread_join(thread, NULL);
}

/* More than any strategy keeps near, by every way in and out. */
static void correct(void)
{
    void *blocks[NR];

    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < NR; i++)
            blocks[i] = take_block();
        for (int i = 0; i < NR; i++)
            drop_block(blocks[i]);
        if (lookaside_alloc_bulk(&list, blocks, NR) != NR)
            abort();
        for (int i = 0; i < NR; i++)
            memset(blocks[i], i, SIZE);
        lookaside_free_bulk(&list, blocks, NR);
        lookaside_trim(&list, NR / 2);
        drop_by_another_thread(take_block());
        lookaside_thread_exit(&list);
    }
    lookaside_flush(&list);
}

static void read_freed(void)
{
    unsigned char *block = take_block();

    drop_block(block);
    sink = block[8];
}

static void write_freed(void)
{
    unsigned char *block = take_block();

    drop_block(block);
    block[SIZE - 1] = 2;
    drop_block(take_block());
}

/* The first word, where a strategy may keep a link. */
static void write_first_word(void)
{
    unsigned char *block = take_block();

    drop_block(block);
    block[0] = 2;
    drop_block(take_block());
}

static void read_after_bulk(void)
{
    void *blocks[NR];

    for (int i = 0; i < NR; i++)
        blocks[i] = take_block();
    lookaside_free_bulk(&list, blocks, NR);
    sink = *((unsigned char *)blocks[NR / 2] + 8);
}

/* Freed by a thread that has gone since. */
static void read_after_thread(void)
{
    unsigned char *block = take_block();

    drop_by_another_thread(block);
    sink = block[8];
}

static void read_after_flush(void)
{
    unsigned char *block = take_block();

    drop_block(block);
    lookaside_flush(&list);
    sink = block[8];
}

static void free_twice(void)
{
    unsigned char *block = take_block();

    drop_block(block);
    drop_block(block);
}

static void free_twice_by_threads(void)
{
    unsigned char *block = take_block();

    drop_by_another_thread(block);
    drop_block(block);
}

static void free_the_middle(void)
{
    drop_block(take_block() + 16);
}

static void overrun(void)
{
    unsigned char *block = take_block();
    volatile size_t behind = SIZE;

    block[behind] = 2;
    drop_block(block);
}

static void overrun_while_held(void)
{
    unsigned char *block = take_block();
    volatile size_t behind = SIZE;

    drop_block(block);
    block[behind] = 2;
    lookaside_flush(&list);
}

static void begin_again(void)
{
    if (lookaside_init(&list, &(struct lookaside_config){.size = SIZE}) != 0)
        abort();
}

/* The list that lives on knows where it is; that does not make it any less lost. */
static void lose(void)
{
    drop_block(take_block());
    sink = *take_block();
    ends = false;
}

static void end_no_list(void)
{
    static struct lookaside never;

    lookaside_fini(&never);
}

static void leave_alive(void)
{
    static struct lookaside left;

    if (lookaside_init(&left, &(struct lookaside_config){.size = SIZE}) != 0)
        abort();
}

/* What most programs would do: a list in a struct of theirs. */
struct session {
    char name[40];
    struct lookaside messages;
};

static void begin_session(struct session *session)
{
    const struct lookaside_config config = {.size = 24, .tag = LOOKASIDE_TAG('M', 's', 'g', 's')};

    if (!session || lookaside_init(&session->messages, &config) != 0)
        abort();
}

static void free_alive(void)
{
    struct session *session = aligned_alloc(64, sizeof *session);

    begin_session(session);
    free(session);
    sink = 0;
}

static void realloc_alive(void)
{
    struct session *sessions = aligned_alloc(64, sizeof *sessions);

    begin_session(sessions);
    sessions = realloc(sessions, 100 * sizeof *sessions);
    sink = sessions != NULL;
}

static void munmap_alive(void)
{
    struct session *session =
        mmap(NULL, sizeof *session, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    begin_session(session);
    munmap(session, sizeof *session);
    sink = 0;
}

static const struct mistake {
    const char *name;
    void (*make)(void);
} mistakes[] = {
    {"none", correct},
    {"read", read_freed},
    {"write", write_freed},
    {"write-first", write_first_word},
    {"read-after-bulk", read_after_bulk},
    {"read-after-thread", read_after_thread},
    {"read-after-flush", read_after_flush},
    {"free-twice", free_twice},
    {"free-twice-by-threads", free_twice_by_threads},
    {"free-the-middle", free_the_middle},
    {"overrun", overrun},
    {"overrun-while-held", overrun_while_held},
    {"lose", lose},
    {"begin-again", begin_again},
    {"end-no-list", end_no_list},
    {"leave-alive", leave_alive},
    {"free-alive", free_alive},
    {"realloc-alive", realloc_alive},
    {"munmap-alive", munmap_alive},
};

static int make(const char *name)
{
    for (size_t i = 0; i < sizeof mistakes / sizeof *mistakes; i++) {
        if (strcmp(mistakes[i].name, name) == 0) {
            mistakes[i].make();
            return 0;
        }
    }
    fprintf(stderr, "mistake: nobody makes '%s'\n", name);
    return 2;
}

int main(int argc, char **argv)
{
    const struct lookaside_strategy *strategy = argc < 2 ? NULL : lookaside_strategy_find(argv[1]);
    const struct lookaside_config config = {
        .size = SIZE, .tag = LOOKASIDE_TAG('B', 'l', 'k', 's'), .strategy = strategy};
    int error = 0;

    if (!strategy) {
        fprintf(stderr, "mistake: no strategy '%s'\n", argc < 2 ? "" : argv[1]);
        return 2;
    }
    if (lookaside_init(&list, &config) != 0)
        return EXIT_SKIPPED;
    for (int i = 2; i < argc && !error; i++)
        error = make(argv[i]);
    if (ends)
        lookaside_fini(&list);
    return error;
}
