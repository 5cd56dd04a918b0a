/* SPDX-License-Identifier: MIT */
/*
 * environment.c: a target: the variables that the library reads, a line NAME=VALUE each, without
 * the prefix LOOKASIDE_; a line without a name is of STRATEGY, and a vertical tab in a value stands
 * for a newline. Whatever they say, a list can be made and used, and each does what its
 * documentation says of that text and nothing else; what it does not know is told of in one line.
 * All but STRATEGY are read once in a process, so each input has one of its own.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fuzz.h"
#include "lookaside.h"
#include "text.h"
#include "wdm.h"

static const char *const names[] = {"STRATEGY", "CHECKED", "VERIFIER", "BALANCER", "HARDENED"};
enum { STRATEGY, CHECKED, VERIFIER, BALANCER, HARDENED, NR_NAMES };
/* What each may hold, but for strategies' names. */
static const char *const words[NR_NAMES][3] = {
    [CHECKED] = {"0", "1", "adopts"},
    [VERIFIER] = {"0", "1"},
    [BALANCER] = {"on", "off"},
    [HARDENED] = {"0", "1"},
};

static char said[4096];
static unsigned nr_findings, nr_violations;
static enum lookaside_finding_kind last_kind;

static void find(const struct lookaside_finding *finding)
{
    nr_findings++;
    last_kind = finding->kind;
}

static void violate(const struct lookaside_wdm_violation *violation)
{
    FUZZ_CHECK(violation->bug_check == 0xC4 && violation->code == 0xCB, "violation 0x%X",
               violation->code);
    nr_violations++;
}

static const char *variable(size_t which)
{
    static char name[32];

    snprintf(name, sizeof name, "LOOKASIDE_%s", names[which]);
    return name;
}

static bool says(size_t which, const char *text)
{
    const char *value = getenv(variable(which));

    return value && strcmp(value, text) == 0;
}

static bool checks(void)
{
    return says(CHECKED, "1") || says(CHECKED, "adopts");
}

static bool is_set(size_t which)
{
    const char *value = getenv(variable(which));

    return value && *value;
}

static bool is_known(size_t which)
{
    if (which == STRATEGY)
        return lookaside_strategy_find(getenv(variable(STRATEGY)));
    for (size_t i = 0; i < sizeof words[which] / sizeof *words[which] && words[which][i]; i++) {
        if (says(which, words[which][i]))
            return true;
    }
    return false;
}

static void take_line(char *line)
{
    char *value = strchr(line, '=');

    for (char *tab = line; (tab = strchr(tab, '\v'));)
        *tab = '\n';
    if (!value) {
        setenv(variable(STRATEGY), line, 1);
        return;
    }
    *value++ = '\0';
    for (size_t i = 0; i < NR_NAMES; i++) {
        if (strcmp(line, names[i]) == 0)
            setenv(variable(i), value, 1);
    }
}

static void check_strategy(void)
{
    static struct lookaside list;
    const struct lookaside_config config = {.size = 8};
    const char *text = getenv(variable(STRATEGY));
    const struct lookaside_strategy *named = text ? lookaside_strategy_find(text) : NULL;
    const struct lookaside_strategy *given = lookaside_default_strategy();

    FUZZ_CHECK(given == (named ? named : lookaside_strategy_find("percpu")), "'%s' gives %s",
               text ? text : "", lookaside_strategy_name(given));
    FUZZ_CHECK(lookaside_init(&list, &config) == 0, "no list with '%s'", text ? text : "");
    FUZZ_CHECK(list.strategy == given, "a list of another strategy");
    lookaside_fini(&list);
}

/* The first list with a Windows name starts the background tick; a second end of a list is found by
 * the verifier. */
static void check_wdm(void)
{
    static LOOKASIDE_LIST_EX list;
    const bool verifies = says(VERIFIER, "1") || (checks() && !says(VERIFIER, "0"));
    int error;

    FUZZ_CHECK(ExInitializeLookasideListEx(&list, NULL, NULL, NonPagedPoolNx, 0, 64, 1, 0) == 0,
               "no list");
    error = lookaside_balancer_start(0);
    FUZZ_CHECK(error == (says(BALANCER, "off") ? 0 : -EALREADY), "start of the tick says %d",
               error);
    lookaside_balancer_stop();
    ExDeleteLookasideListEx(&list);
    ExDeleteLookasideListEx(&list);
    FUZZ_CHECK(nr_violations == verifies, "%u violations", nr_violations);
}

/* Both are wrong to do unless they are found. */
static void err(struct lookaside *list)
{
    void *entry = lookaside_alloc(list), *foreign = malloc(list->size);

    FUZZ_CHECK(entry && foreign, "no memory");
    lookaside_free(list, entry);
    lookaside_free(list, entry);
    FUZZ_CHECK(nr_findings == 1 && last_kind == LOOKASIDE_DOUBLE_FREE, "%u findings", nr_findings);
    lookaside_free(list, foreign);
    if (says(CHECKED, "adopts")) {
        FUZZ_CHECK(nr_findings == 1, "not adopted");
        return;
    }
    FUZZ_CHECK(nr_findings == 2 && last_kind == LOOKASIDE_FOREIGN_ENTRY, "adopted");
    free(foreign);
}

static void check_native(void)
{
    static struct lookaside list;
    const struct lookaside_config config = {.size = 64};

    FUZZ_CHECK(lookaside_init(&list, &config) == 0, "no list");
    if (checks())
        err(&list);
    else
        lookaside_free(&list, lookaside_alloc(&list));
    lookaside_fini(&list);
    FUZZ_CHECK(nr_findings == 0 || checks(), "findings of an ordinary list");
}

/* A word that is none is told of, in one line. */
static void check_said(void)
{
    unsigned nr_lines = 0, nr_unknown = 0;

    for (size_t i = 0; i < NR_NAMES; i++)
        nr_unknown += is_set(i) && !is_known(i);
    for (const char *line = said; *line; line = strchr(line, '\n') + 1) {
        FUZZ_CHECK(strncmp(line, "lookaside: LOOKASIDE_", 21) == 0 && strchr(line, '\n'),
                   "not a line: '%s'", line);
        nr_lines++;
    }
    FUZZ_CHECK(nr_lines == nr_unknown, "%u lines of %u words: '%s'", nr_lines, nr_unknown, said);
}

static _Noreturn void check_all(void)
{
    lookaside_set_finding_hook(find);
    lookaside_wdm_set_verifier_hook(violate);
    stderr = fmemopen(said, sizeof said - 1, "w");
    FUZZ_CHECK(stderr, "no stream");
    check_strategy();
    check_wdm();
    check_native();
    fflush(stderr);
    check_said();
    _exit(0);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    char *text = text_copy(bytes, size), *rest = text;
    int status = 0;
    pid_t pid;

    for (size_t i = 0; i < NR_NAMES; i++)
        unsetenv(variable(i));
    while (*rest)
        take_line(text_line(&rest));
    pid = fork();
    if (pid == 0)
        check_all();
    while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    FUZZ_CHECK(pid > 0 && status == 0, "the process ended with status 0x%x", (unsigned)status);
    free(text);
    return 0;
}
