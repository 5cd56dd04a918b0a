/* SPDX-License-Identifier: MIT */
/* envelope.c: see envelope.h. */
#include "envelope.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"
#include "tsv.h"

/* What is longer than that is no recording, and sums of such times must not overflow. */
static const double max_seconds = 1e9;

enum { MAX_ROWS = 100000 };

enum column { SECONDS, DEMAND, NR_COLUMNS };

static const char *const columns[NR_COLUMNS] = {"seconds", "demand"};

static int complain(const struct la_tsv *tsv, const char *what, struct la_why *why)
{
    snprintf(why->line, sizeof why->line, "%.500s: line %zu: %s", tsv->path, tsv->nr_lines, what);
    return -1;
}

static int read_row(struct la_envelope *envelope, struct la_tsv *tsv, struct la_why *why)
{
    const size_t nr = envelope->nr;
    double seconds, demand;

    if (!la_tsv_number(tsv, SECONDS, &seconds, why) || !la_tsv_number(tsv, DEMAND, &demand, why))
        return -1;
    if (!(fabs(seconds) <= max_seconds))
        return complain(tsv, "seconds must be from -1e9 to 1e9", why);
    if (nr > 0 && seconds <= envelope->seconds[nr - 1])
        return complain(tsv, "seconds must rise from row to row", why);
    if (!(demand >= 0 && demand <= LA_ENVELOPE_MAX_DEMAND) || demand != floor(demand))
        return complain(tsv, "demand must be a whole number of entries from 0 to 4096", why);
    if (nr == MAX_ROWS)
        return complain(tsv, "more than 100000 rows", why);
    envelope->seconds = la_grow_array(envelope->seconds, nr, sizeof *envelope->seconds);
    envelope->demand = la_grow_array(envelope->demand, nr, sizeof *envelope->demand);
    envelope->seconds[nr] = seconds;
    envelope->demand[nr] = (uint32_t)demand;
    envelope->nr++;
    return 1;
}

static int read_all(struct la_envelope *envelope, struct la_tsv *tsv, struct la_why *why)
{
    bool any = false;
    int more;

    while ((more = la_tsv_next(tsv, why)) > 0) {
        more = read_row(envelope, tsv, why);
        if (more < 0)
            return more;
        any |= envelope->demand[envelope->nr - 1] > 0;
    }
    if (more == 0 && (envelope->nr < 2 || !any)) {
        snprintf(why->line, sizeof why->line, "%.500s: %s", tsv->path,
                 any ? "one row is no envelope: two are needed" : "nothing is ever wanted in it");
        return -1;
    }
    return more;
}

/* Where the file's own name begins. */
static const char *own_name(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash ? slash + 1 : path;
}

static int take_name(struct la_envelope *envelope, const char *path, struct la_why *why)
{
    const char *name = own_name(path);
    const char *dot = strrchr(name, '.');
    const size_t length = dot && dot > name ? (size_t)(dot - name) : strlen(name);

    if (length > 0 && length < sizeof envelope->name) {
        memcpy(envelope->name, name, length);
        envelope->name[length] = '\0';
        if (la_is_word(envelope->name))
            return 0;
    }
    snprintf(why->line, sizeof why->line,
             "%.500s: its name must be a short word of letters, digits and \"+-_.\"", path);
    return -1;
}

int la_envelope_load(struct la_envelope *envelope, const char *path, struct la_why *why)
{
    const char *name = own_name(path);
    char dir[4096];
    struct la_tsv tsv;
    int result;

    memset(envelope, 0, sizeof *envelope);
    if (take_name(envelope, path, why))
        return -1;
    snprintf(dir, sizeof dir, "%.*s", name == path ? 1 : (int)(name - path),
             name == path ? "." : path);
    result = la_tsv_open(&tsv, dir, name, columns, NR_COLUMNS, why);
    if (result == 0)
        snprintf(why->line, sizeof why->line, "%.500s: no such file", path);
    if (result <= 0)
        return -1;
    result = read_all(envelope, &tsv, why);
    la_tsv_close(&tsv);
    if (result < 0)
        la_envelope_unload(envelope);
    return result;
}

void la_envelope_unload(struct la_envelope *envelope)
{
    free(envelope->seconds);
    free(envelope->demand);
    envelope->seconds = NULL;
    envelope->demand = NULL;
    envelope->nr = 0;
}

double la_envelope_seconds(const struct la_envelope *envelope)
{
    const double *seconds = envelope->seconds;
    const size_t last = envelope->nr - 1;

    return seconds[last] - seconds[0] + (seconds[last] - seconds[last - 1]);
}

uint32_t la_envelope_demand(const struct la_envelope *envelope, uint32_t tick, uint32_t nr_ticks)
{
    const double per_tick = la_envelope_seconds(envelope) / nr_ticks;
    const double from = envelope->seconds[0] + tick * per_tick, to = from + per_tick;
    uint32_t most = 0;
    size_t low = 0, high = envelope->nr;

    while (high - low > 1) { /* seconds[low] <= from */
        const size_t middle = low + (high - low) / 2;

        *(envelope->seconds[middle] <= from ? &low : &high) = middle;
    }
    for (size_t i = low; i < envelope->nr && (i == low || envelope->seconds[i] < to); i++)
        most = envelope->demand[i] > most ? envelope->demand[i] : most;
    return most;
}
