/* SPDX-License-Identifier: MIT */
/*
 * envelope.c: a target: a recorded demand, as `lookaside adapt --envelope` reads it. What is read
 * must keep the bounds of envelope.h at every tick of a run.
 */
#include "envelope.h"

#include <math.h>

#include "files.h"
#include "fuzz.h"

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    return 0;
}

static void check(const struct la_envelope *envelope)
{
    static const uint32_t lengths[] = {1, 40, 997};

    FUZZ_CHECK(envelope->nr >= 2, "%zu rows", envelope->nr);
    FUZZ_CHECK(la_envelope_seconds(envelope) > 0 && isfinite(la_envelope_seconds(envelope)),
               "it lasts %g s", la_envelope_seconds(envelope));
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        for (uint32_t tick = 0; tick < lengths[i]; tick++)
            FUZZ_CHECK(la_envelope_demand(envelope, tick, lengths[i]) <= LA_ENVELOPE_MAX_DEMAND,
                       "too much demand at tick %u of %u", tick, lengths[i]);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct la_envelope envelope;
    struct la_why why = {""};

    if (la_envelope_load(&envelope, files_write("some.tsv", bytes, size), &why)) {
        files_check_line(why.line);
        return 0;
    }
    check(&envelope);
    la_envelope_unload(&envelope);
    return 0;
}
