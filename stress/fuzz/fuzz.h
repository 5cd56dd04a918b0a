/* SPDX-License-Identifier: MIT */
/*
 * fuzz.h: what every target has. A target is one function that is given bytes; libFuzzer, AFL++
 * and the replay of the corpus (replay.c) call it, and it must come back: whatever is wrong with
 * the bytes is the target's to notice, whatever is wrong with the code under test ends the process
 * by fuzz_failed() or a sanitizer.
 */
#ifndef LOOKASIDE_FUZZ_H
#define LOOKASIDE_FUZZ_H

#include <stddef.h>
#include <stdint.h>

/* The names are libFuzzer's. */
int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

/* Says what broke, in one line, and aborts. */
void fuzz_failed(const char *format, ...) __attribute__((format(printf, 1, 2), noreturn));

#define FUZZ_CHECK(condition, ...)    \
    do {                              \
        if (!(condition))             \
            fuzz_failed(__VA_ARGS__); \
    } while (0)

/* Bytes read one after the other; zeros past the end. */
struct fuzz_bytes {
    const uint8_t *at, *end;
};
uint8_t fuzz_byte(struct fuzz_bytes *bytes);

#endif
