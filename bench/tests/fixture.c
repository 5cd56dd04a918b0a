/* SPDX-License-Identifier: MIT */
/*
 * fixture.c: see fixture.h.
 */
#include "fixture.h"

#include <ftw.h>
#include <math.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>
#include <setjmp.h>

#include <cmocka.h>

enum { SIZE_BYTES = 256 };

void fixture_make_dir(char *path)
{
    strcpy(path, "/tmp/lookaside-test-XXXXXX");
    assert_non_null(mkdtemp(path));
}

static int remove_one(const char *path, const struct stat *found, int kind, struct FTW *position)
{
    (void)found;
    (void)kind;
    (void)position;
    return remove(path);
}

void fixture_remove_dir(const char *path)
{
    assert_int_equal(nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS), 0);
}

char fixture_dir[64];

int fixture_make(void **state)
{
    (void)state;
    fixture_make_dir(fixture_dir);
    return 0;
}

int fixture_make_plots(void **state)
{
    char path[sizeof fixture_dir + 16];

    fixture_make(state);
    snprintf(path, sizeof path, "%s/plots", fixture_dir);
    return mkdir(path, 0777);
}

int fixture_clear(void **state)
{
    (void)state;
    fixture_remove_dir(fixture_dir);
    return 0;
}

static FILE *create(const char *dir, const char *name)
{
    char path[512];
    FILE *stream;

    snprintf(path, sizeof path, "%s/%s", dir, name);
    stream = fopen(path, "w");
    assert_non_null(stream);
    return stream;
}

void fixture_write_text(const char *dir, const char *name, const char *text)
{
    FILE *stream = create(dir, name);

    fputs(text, stream);
    assert_int_equal(fclose(stream), 0);
}

/* One cell in one block. */
struct cell {
    const struct fixture_contender *contender;
    const char *workload;
    const char *depth, *placement;
    uint32_t threads, block, process;
    bool rejected;
    double ns_per_op;
};

static bool is_list(const char *name)
{
    return strncmp(name, "malloc", 6) != 0 && strncmp(name, "floor", 5) != 0;
}

static void write_list_counters(FILE *stream, const struct cell *cell)
{
    const unsigned kept = cell->contender->kept_entries;

    fprintf(stream,
            ", \"alloc_hit\": %.6f, \"free_hit\": %.6f, \"depth\": 256, \"held_max\": %u, "
            "\"cached_bytes\": %u",
            0.99 - cell->contender->misses, 0.98 - cell->contender->misses, kept,
            kept / 2 * SIZE_BYTES);
}

static void write_cell(FILE *stream, const struct cell *cell, const char *separator)
{
    const double ns = cell->ns_per_op;

    fprintf(stream, "%s\n{\"name\": \"%s/%s/size:%d/depth:%s/placement:%s/threads:%u\", ",
            separator, cell->workload, cell->contender->name, SIZE_BYTES, cell->depth,
            cell->placement, cell->threads);
    fprintf(
        stream,
        "\"run_type\": \"iteration\", \"repetition_index\": %u, \"threads\": %u, "
        "\"iterations\": 1000, \"real_time\": %.6g, \"cpu_time\": %.6g, \"time_unit\": \"ns\", ",
        cell->block, cell->threads, ns, ns);
    fprintf(stream,
            "\"block\": %u, \"process\": %u, \"rejected\": %d, \"lost_fraction\": %.3f, "
            "\"ops_per_s\": %.8g, "
            "\"ns_per_op\": %.8g, \"rss_bytes\": 8192, \"full_concurrency\": 0.99, "
            "\"share_min\": 0.95, \"share_max\": 1.05, \"p50_ns\": %.6g, \"p99_ns\": %.6g",
            cell->block, cell->process, cell->rejected, cell->rejected ? 0.3 : 0.002,
            cell->threads * 1e9 / ns, ns, 0.9 * ns, 3 * ns);
    if (cell->contender->p999_ns >= 0)
        fprintf(stream, ", \"p999_ns\": %.6g",
                cell->contender->p999_ns > 0 ? cell->contender->p999_ns : 20 * ns);
    if (cell->contender->label)
        fprintf(stream, ", \"label\": \"%s\"", cell->contender->label);
    if (is_list(cell->contender->name))
        write_list_counters(stream, cell);
    fputc('}', stream);
}

struct writer {
    const struct fixture *fixture;
    FILE *stream;
    gsl_rng *random;
    const char *separator;
};

/* What a process drew once for a contender. */
static double shared_by_process(const struct fixture *fixture, uint32_t process,
                                const struct fixture_contender *contender)
{
    const size_t index = (size_t)(contender - fixture->contenders);
    double factor;
    gsl_rng *random;

    if (!(fixture->process_noise > 0))
        return 1;
    random = gsl_rng_alloc(gsl_rng_taus2);
    gsl_rng_set(random, (unsigned long)(fixture->seed * 1000 + process * 50 + index));
    factor = exp(gsl_ran_gaussian(random, 1) * fixture->process_noise);
    gsl_rng_free(random);
    return factor;
}

static void write_block(struct writer *writer, size_t workload, const char *depth,
                        const char *placement, uint32_t threads, uint32_t block)
{
    const struct fixture *fixture = writer->fixture;
    const bool rejected = fixture->rejected >> block & 1;
    const uint32_t process = fixture->nr_processes ? block % fixture->nr_processes : 0;
    const double common =
        exp(gsl_ran_gaussian(writer->random, 1) * fixture->block_noise) * (rejected ? 3 : 1);

    for (const struct fixture_contender *contender = fixture->contenders; contender->name;
         contender++) {
        const double slowdown = contender->slowdown > 0 ? contender->slowdown : 1;
        const double factor = contender->factors[workload] > 0 ? contender->factors[workload] : 1;
        const double own = exp(gsl_ran_gaussian(writer->random, 1) * fixture->noise);
        const struct cell cell = {
            .contender = contender,
            .workload = fixture->workloads[workload],
            .depth = depth,
            .placement = placement,
            .threads = threads,
            .block = block,
            .process = process,
            .rejected = rejected,
            .ns_per_op = contender->ns_per_op * factor * pow(slowdown, threads - 1.0) * common *
                         own * shared_by_process(fixture, process, contender),
        };

        if (contender->skipped_workload == workload + 1)
            continue;
        write_cell(writer->stream, &cell, writer->separator);
        writer->separator = ",";
    }
}

static void write_blocks(struct writer *writer, size_t workload, const char *depth,
                         const char *placement, uint32_t threads)
{
    for (uint32_t block = 0; block < writer->fixture->nr_blocks; block++)
        write_block(writer, workload, depth, placement, threads, block);
}

static const char *const usual_depths[] = {"256", NULL};

void fixture_write_bench(const char *dir, const struct fixture *fixture)
{
    const char *const *depths = fixture->depths[0] ? fixture->depths : usual_depths;
    struct writer writer = {fixture, create(dir, "bench.json"), gsl_rng_alloc(gsl_rng_taus2), ""};

    gsl_rng_set(writer.random, fixture->seed);
    fputs("{\"context\": {\"schema\": \"1\", \"seed\": \"1\", \"suite\": \"quick\", "
          "\"complete\": \"true\", \"timer_floor_ns\": \"20\"}, \"benchmarks\": [",
          writer.stream);
    for (size_t i = 0; fixture->workloads[i]; i++) {
        for (size_t j = 0; fixture->threads[j]; j++) {
            for (size_t k = 0; depths[k]; k++)
                write_blocks(&writer, i, depths[k], "compact", fixture->threads[j]);
        }
    }
    if (fixture->shared_threads)
        write_blocks(&writer, 0, depths[0], "oversubscribed", fixture->shared_threads);
    fputs("\n]}\n", writer.stream);
    assert_int_equal(fclose(writer.stream), 0);
    gsl_rng_free(writer.random);
}
