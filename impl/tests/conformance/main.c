/* SPDX-License-Identifier: MIT */
/*
 * main.c: runs every group of clauses on the strategy that the first argument names.
 *
 * The strategy is made the process's default, so that the clauses of the WDM face, whose routines
 * cannot name one, are run on it too. A strategy that cannot run here ends with 77, which ctest
 * shows as skipped, never as passed. With "no-membarrier" as second argument the kernel refuses
 * membarrier(2), without which strategies choose another variant of themselves.
 */
#include "conformance.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "lookaside.h"
#include "strategy.h"

#define CLAUSES(name) extern const struct clause_group name##_clauses;
#include "clauses.def"
#undef CLAUSES

static const struct {
    const char *name;
    const struct clause_group *group;
} groups[] = {
#define CLAUSES(name) {#name, &name##_clauses},
#include "clauses.def"
#undef CLAUSES
};

enum { EXIT_BAD = 2, EXIT_SKIPPED = 77 };

static const struct lookaside_strategy *under_test;

const struct lookaside_strategy *conformance_strategy(void)
{
    return under_test;
}

bool conformance_keeps(void)
{
    return strcmp(under_test->name, "malloc") != 0;
}

/* What takes long where every instruction does. */
static bool is_long(const char *group)
{
    return strcmp(group, "model") == 0 || strcmp(group, "shards") == 0;
}

static int run_all(bool brief)
{
    int failed = 0;

    for (size_t i = 0; i < sizeof groups / sizeof *groups; i++) {
        if (brief && is_long(groups[i].name))
            continue;
        failed += _cmocka_run_group_tests(groups[i].name, groups[i].group->tests,
                                          groups[i].group->nr_tests, NULL, NULL);
    }
    return failed;
}

static bool forbid_membarrier(void)
{
    struct sock_filter filter[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_membarrier, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {sizeof filter / sizeof *filter, filter};

    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

int main(int argc, char **argv)
{
    const char *detail = NULL, *how = argc == 3 ? argv[2] : "";
    bool brief = strcmp(how, "brief") == 0, filtered = strcmp(how, "no-membarrier") == 0;

    /* A crash must not swallow the name of the test that it happened in. */
    setvbuf(stdout, NULL, _IOLBF, 0);
    under_test = argc >= 2 ? lookaside_strategy_find(argv[1]) : NULL;
    if (!under_test || argc > 3 || (argc == 3 && !brief && !filtered)) {
        fprintf(stderr,
                "lookaside: conformance: usage: conformance STRATEGY [no-membarrier|brief]\n");
        return EXIT_BAD;
    }
    if (filtered && !forbid_membarrier()) {
        fprintf(stderr, "lookaside: conformance: no system call filters here\n");
        return EXIT_SKIPPED;
    }
    if (under_test->supported && !under_test->supported(&detail)) {
        fprintf(stderr, "lookaside: %s cannot run here: %s\n", argv[1], detail ? detail : "?");
        return EXIT_SKIPPED;
    }
    printf("strategy %s%s%s\n", argv[1], detail ? ": " : "", detail ? detail : "");
    lookaside_set_default_strategy(under_test);
    return run_all(brief) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
