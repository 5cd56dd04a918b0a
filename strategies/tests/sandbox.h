/* SPDX-License-Identifier: MIT */
/* sandbox.h: for tests, a kernel that refuses membarrier(2). */
#ifndef LOOKASIDE_SANDBOX_H
#define LOOKASIDE_SANDBOX_H

#include <stdbool.h>

/* Every membarrier(2) of this process fails from here on, as in a sandbox that does not know it.
 * False if there can be no sandbox. */
bool forbid_membarrier(void);

/* Asserts that work(context) ends the process, which is a child's, when its fence is refused: that
 * it fences, and does not go on without. Skips the test where there can be no sandbox. */
void aborts_without_membarrier(void (*work)(void *), void *context);

#endif
