/* SPDX-License-Identifier: MIT */
/* chain.c: the secret that mangles links; see chain.h. */
#include "chain.h"

#include <pthread.h>
#include <string.h>
#include <sys/auxv.h>

uintptr_t la_chain_secret;

static void set_secret(void)
{
    const void *random = (const void *)getauxval(AT_RANDOM); // NOLINT(performance-no-int-to-ptr)

    /* The last eight of sixteen bytes: glibc's stack protector has the others. */
    if (random)
        memcpy(&la_chain_secret, (const char *)random + 8, sizeof la_chain_secret);
}

void la_chain_keep_secret(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    pthread_once(&once, set_secret);
}
