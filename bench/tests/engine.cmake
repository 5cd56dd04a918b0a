# SPDX-License-Identifier: MIT
# Tests of what measures: arithmetic on figures worked out by hand, then threads and allocators, and
# at last the command with real files. None looks at how long anything took.
foreach(subject IN ITEMS arithmetic budget clock gaps histogram order random schedule steady trend trust)
    lookaside_bench_test(${subject} lookaside_bench_measure)
endforeach()
lookaside_bench_test(bench_files lookaside_bench_results)
lookaside_bench_test(interference lookaside_bench_results)
lookaside_bench_test(allocators lookaside_bench_allocators)
if(LOOKASIDE_SANITIZE)
    # The sanitizers bring their own malloc.
    target_compile_definitions(unit_allocators PRIVATE LA_MALLOC_IS_REPLACED=1)
endif()
# Workloads run by hand, with an oracle behind them.
add_library(lookaside_workload_crew STATIC oracle.c workload_crew.c)
target_link_libraries(lookaside_workload_crew PUBLIC lookaside_bench_workloads ${CMOCKA})
lookaside_bench_test(workloads lookaside_workload_crew)
lookaside_bench_test(workload_claims lookaside_workload_crew)
lookaside_bench_test(peers lookaside_bench_peers)
# With delays at the points that are ours; this copy comes before the archive's.
target_sources(unit_peers PRIVATE ${PROJECT_SOURCE_DIR}/bench/peers/bare_stack.c)
target_compile_definitions(unit_peers PRIVATE LOOKASIDE_INJECT=1)
lookaside_bench_test(team lookaside_bench_engine)
lookaside_bench_test(plan lookaside_bench_engine)
lookaside_bench_test(plan_workloads lookaside_bench_engine)
lookaside_bench_test(table lookaside_bench_engine lookaside_failing_allocator)
lookaside_bench_test(regime_plan lookaside_bench_engine)
lookaside_bench_test(engine lookaside_bench_engine)
lookaside_bench_test(sleep lookaside_bench_engine)
lookaside_bench_test(openloop lookaside_bench_openloop)
lookaside_bench_test(openloop_search lookaside_bench_openloop)
lookaside_bench_test(degrade lookaside_bench_degrade)
lookaside_bench_test(retention lookaside_bench_retention)
if(LOOKASIDE_SANITIZE)
    target_compile_definitions(unit_retention PRIVATE LA_MALLOC_IS_REPLACED=1)
else() # the sanitizers' malloc does not say what it has given out
    lookaside_bench_test(retention_stages lookaside_bench_retention)
    target_include_directories(unit_retention_stages PRIVATE ${PROJECT_SOURCE_DIR}/impl/tests)
endif()

lookaside_bench_test(bench_smoke lookaside_fixture lookaside_shell lookaside_cli ${JANSSON} m)
target_compile_definitions(unit_bench_smoke PRIVATE LOOKASIDE_TOOL="$<TARGET_FILE:lookaside_tool>")
add_dependencies(unit_bench_smoke lookaside_tool)

lookaside_bench_test(bench_processes lookaside_fixture lookaside_shell lookaside_cli ${JANSSON})
target_compile_definitions(unit_bench_processes PRIVATE
                           LOOKASIDE_TOOL="$<TARGET_FILE:lookaside_tool>")
add_dependencies(unit_bench_processes lookaside_tool)

lookaside_bench_test(latency_tool lookaside_shell lookaside_cli ${JANSSON})
target_compile_definitions(unit_latency_tool PRIVATE LOOKASIDE_TOOL="$<TARGET_FILE:lookaside_tool>")
add_dependencies(unit_latency_tool lookaside_tool)

lookaside_bench_test(claims lookaside_fixture lookaside_bench_selftest)
lookaside_bench_test(coverage lookaside_bench_selftest)
# The harness on what is known; 77 where the machine is too busy to tell.
# Its windows are of 8 ms, and another program that starts within one can tip a judgement. A harness
# that is wrong is wrong with a second seed, too.
add_test(NAME unit.selftest COMMAND sh -c
    "$<TARGET_FILE:lookaside_tool> selftest --quick; result=$?; [ $result -eq 1 ] || exit $result
    exec $<TARGET_FILE:lookaside_tool> selftest --quick --seed 2")
set_tests_properties(unit.selftest PROPERTIES LABELS "unit;timing" TIMEOUT 300 SKIP_RETURN_CODE 77
                     RUN_SERIAL TRUE)

# What the thread sanitizer runs, too: whatever has threads of its own, but for unit.soak_tool, in
# whose children jemalloc renews its locks in a way that this sanitizer does not know, for
# unit.workloads, which takes minutes there, and for what runs the same code as these in seconds.
foreach(subject IN ITEMS peers team engine sleep openloop degrade retention bench_smoke)
    set_tests_properties(unit.${subject} PROPERTIES LABELS "unit;threads")
endforeach()

# Under a sanitizer these take many seconds, most of which they wait.
foreach(subject IN ITEMS bench_processes latency_tool)
    set_tests_properties(unit.${subject} PROPERTIES LABELS "unit;long")
endforeach()
