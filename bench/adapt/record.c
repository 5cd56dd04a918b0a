/* SPDX-License-Identifier: MIT */
/* record.c: see record.h. */
#include "record.h"

#include <math.h>

#include "strategy.h"
#include "summary.h"

void la_adapt_write_header(FILE *stream)
{
    fprintf(stream,
            "# seconds are virtual, one a tick; demand, depth and held in entries of %d bytes; "
            "allocates and misses per tick; alloc_hit 0 to 1, nan without demand; held and "
            "cached_bytes after the tick's demand\n"
            "strategy\tpolicy\tprofile\ttick\tseconds\tdemand\tdepth\theld\talloc_hit\t"
            "allocates\tmisses\tcached_bytes\n",
            LA_ADAPT_SIZE_BYTES);
}

void la_adapt_write_rows(FILE *stream, const struct la_adapt_case *what,
                         const struct la_adapt_row *rows)
{
    for (uint32_t tick = 0; tick < what->nr_ticks; tick++) {
        const struct la_adapt_row *row = &rows[tick];
        const double hit = la_adapt_hit(rows, tick, tick + 1);

        fprintf(stream, "%s\t%s\t%s\t%u\t%u\t%u\t%u\t%llu\t", what->strategy->name,
                what->policy->name, what->profile->name, tick, tick, row->demand, row->depth,
                (unsigned long long)row->held);
        if (isnan(hit))
            fputs("nan", stream);
        else
            fprintf(stream, "%.6f", hit);
        fprintf(stream, "\t%llu\t%llu\t%llu\n", (unsigned long long)row->allocates,
                (unsigned long long)row->misses,
                (unsigned long long)row->held * LA_ADAPT_SIZE_BYTES);
    }
}

void la_adaptation_write_header(FILE *stream)
{
    fprintf(stream,
            "# one row for each run: ticks of one virtual second, entries of %d bytes, %d bursts a "
            "tick; nan: there is none\n"
            "strategy\tpolicy\tprofile\trepetition\tseed\tticks\tto_95_ticks\tovershoot\t"
            "steady_hit\tallocates\tmisses\thits_lost\tkept_byte_s\twanted_byte_s\tend_bytes\n",
            LA_ADAPT_SIZE_BYTES, LA_ADAPT_BURSTS);
}

static void write_value(FILE *stream, double value)
{
    if (isnan(value))
        fputs("\tnan", stream);
    else
        fprintf(stream, "\t%.9g", value);
}

void la_adaptation_write_row(FILE *stream, const struct la_adapt_case *what, unsigned repetition,
                             const struct la_adapt_summary *summary)
{
    const double values[] = {
        summary->to_95,       summary->overshoot,     summary->steady_hit,
        summary->allocates,   summary->misses,        summary->hits_lost,
        summary->kept_byte_s, summary->wanted_byte_s, summary->end_bytes,
    };

    fprintf(stream, "%s\t%s\t%s\t%u\t%llu\t%u", what->strategy->name, what->policy->name,
            what->profile->name, repetition, (unsigned long long)what->seed, what->nr_ticks);
    for (size_t i = 0; i < sizeof values / sizeof *values; i++)
        write_value(stream, values[i]);
    fputc('\n', stream);
}
