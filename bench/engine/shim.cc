// SPDX-License-Identifier: MIT
// shim.cc: the project's only C++; see shim.h.
#include "shim.h"

#include <benchmark/benchmark.h>

#include <cmath>
#include <cstring>
#include <regex>
#include <sstream>
#include <string>
#include <vector>

namespace
{

// Google Benchmark reports to this while it runs: it only counts, the figures are the engine's.
class Collector : public benchmark::BenchmarkReporter
{
  public:
    bool ReportContext(const Context &) override
    {
        return true;
    }
    void ReportRuns(const std::vector<Run> &runs) override
    {
        for (const Run &run : runs)
            measured += run.run_type == Run::RT_Iteration && !run.error_occurred;
    }
    size_t measured = 0;
};

void body(benchmark::State &state, shim_measure *measure, void *context)
{
    for (auto _ : state) {
        double seconds = 0;

        if (measure(context, &seconds))
            state.SetIterationTime(seconds);
        else
            state.SkipWithError("not measured");
    }
}

// Names go to the file as they are, without the suffixes that the runner adds; one iteration is
// one operation there.
benchmark::BenchmarkReporter::Run to_run(const la_bench_row &row)
{
    benchmark::BenchmarkReporter::Run run;
    const double operations = static_cast<double>(row.operations);

    run.run_name.function_name = row.name;
    run.family_index = 0;
    run.per_family_instance_index = 0;
    run.report_label = row.label;
    run.iterations = row.operations;
    run.threads = row.threads;
    run.repetition_index = row.block;
    run.repetitions = row.blocks;
    run.time_unit = benchmark::kNanosecond;
    run.real_accumulated_time = row.counters[LA_BENCH_NS_PER_OP] * operations * 1e-9;
    run.cpu_accumulated_time = row.cpu_ns_per_op * operations * 1e-9;
    for (int i = 0; i < LA_BENCH_NR_COUNTERS; i++) {
        const auto counter = static_cast<la_bench_counter>(i);

        if (la_bench_counter_known(&row, counter))
            run.counters[la_bench_counter_name(counter)] = row.counters[i];
    }
    return run;
}

} // namespace

bool shim_init(int *argc, char **argv, const char **unknown)
{
    benchmark::Initialize(argc, argv);
    *unknown = *argc > 1 ? argv[1] : nullptr;
    return *argc <= 1;
}

bool shim_selected(const char *name, bool *bad)
{
    std::string pattern = benchmark::GetBenchmarkFilter();
    const bool negative = !pattern.empty() && pattern[0] == '-';

    *bad = false;
    if (pattern.empty() || pattern == "all")
        return true;
    try {
        const std::regex wanted(pattern.substr(negative), std::regex::extended);
        return std::regex_search(name, wanted) != negative;
    } catch (const std::regex_error &) {
        *bad = true;
        return false;
    }
}

void shim_add(const char *name, shim_measure *measure, void *context)
{
    benchmark::RegisterBenchmark(name, body, measure, context)->UseManualTime()->Iterations(1);
}

size_t shim_run(void)
{
    Collector collector;

    // The filter was applied to the cells' own names; here everything added runs.
    benchmark::RunSpecifiedBenchmarks(&collector, nullptr, "all");
    benchmark::ClearRegisteredBenchmarks();
    return collector.measured;
}

const char *shim_library_version(void)
{
    return LA_BENCHMARK_VERSION;
}

void shim_context(const char *key, const char *value)
{
    benchmark::AddCustomContext(key, value);
}

bool shim_write(FILE *stream, const struct la_bench_row *rows, size_t nr_rows)
{
    std::ostringstream text;
    benchmark::BenchmarkReporter::Context context;
    benchmark::JSONReporter reporter;
    std::vector<benchmark::BenchmarkReporter::Run> runs;

    reporter.SetOutputStream(&text);
    reporter.SetErrorStream(&text);
    reporter.ReportContext(context);
    for (size_t i = 0; i < nr_rows; i++)
        runs.push_back(to_run(rows[i]));
    reporter.ReportRuns(runs);
    reporter.Finalize();
    return std::fputs(text.str().c_str(), stream) >= 0 && std::fflush(stream) == 0;
}
