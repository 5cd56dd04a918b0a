# SPDX-License-Identifier: MIT
# Tests of the way from result files to a choice and a report, on result files with a known truth.
add_library(lookaside_fixture STATIC fixture.c)
target_include_directories(lookaside_fixture PUBLIC ${CMAKE_CURRENT_SOURCE_DIR})
target_link_libraries(lookaside_fixture PUBLIC lookaside_bench_analysis ${CMOCKA})

lookaside_bench_test(bootstrap lookaside_bench_analysis)
lookaside_bench_test(nested lookaside_bench_analysis)
lookaside_bench_test(verdict lookaside_bench_analysis)
lookaside_bench_test(run lookaside_fixture)
lookaside_bench_test(adaptation lookaside_fixture)
lookaside_bench_test(usl lookaside_bench_analysis)
lookaside_bench_test(choice lookaside_fixture)
lookaside_bench_test(sample_size lookaside_fixture)

lookaside_bench_test(choose_tool lookaside_fixture lookaside_shell lookaside_cli)
add_dependencies(unit_choose_tool lookaside_tool lookaside)
set(cc_flags "-mcx16")
if(LOOKASIDE_SANITIZE)
    string(APPEND cc_flags " -fsanitize=${LOOKASIDE_SANITIZE}")
endif()
target_compile_definitions(unit_choose_tool PRIVATE
    LOOKASIDE_TOOL="$<TARGET_FILE:lookaside_tool>" LOOKASIDE_CC="${CMAKE_C_COMPILER}"
    LOOKASIDE_CC_FLAGS="${cc_flags}" LOOKASIDE_INCLUDE="${PROJECT_SOURCE_DIR}/impl"
    LOOKASIDE_ARCHIVE="$<TARGET_FILE:lookaside>")

lookaside_bench_test(decision_tool lookaside_fixture lookaside_shell lookaside_cli)
add_dependencies(unit_decision_tool lookaside_tool)

lookaside_bench_test(map_tool lookaside_fixture lookaside_shell lookaside_cli)
add_dependencies(unit_map_tool lookaside_tool)

lookaside_bench_test(report_tool lookaside_fixture lookaside_shell lookaside_cli)
add_dependencies(unit_report_tool lookaside_tool)

lookaside_bench_test(goals lookaside_fixture lookaside_shell lookaside_cli)
add_dependencies(unit_goals lookaside_tool)

lookaside_bench_test(page lookaside_fixture lookaside_shell)
add_dependencies(unit_page lookaside_tool)
target_compile_definitions(unit_page PRIVATE LOOKASIDE_TOOL="$<TARGET_FILE:lookaside_tool>"
    PAGE_CHECKS="${CMAKE_CURRENT_SOURCE_DIR}/page_checks.js"
    PLOT_SCRIPTS="${PROJECT_SOURCE_DIR}/plots")
# In a browser, where one is installed.
set_tests_properties(unit.page PROPERTIES LABELS "unit;browser" SKIP_RETURN_CODE 77 TIMEOUT 300)

lookaside_bench_test(page_size lookaside_fixture)
target_compile_definitions(unit_page_size PRIVATE PLOT_SCRIPTS="${PROJECT_SOURCE_DIR}/plots")

lookaside_bench_test(page_memory lookaside_fixture)
target_compile_definitions(unit_page_memory PRIVATE PLOT_SCRIPTS="${PROJECT_SOURCE_DIR}/plots")
target_link_options(unit_page_memory PRIVATE -Wl,--wrap=open_memstream)

# Under the sanitizers these take long: thousands of made-up runs with nothing but arithmetic on them,
# and a dozen reports and the largest pages, whose code unit.page_memory runs as well.
set_tests_properties(unit.nested unit.usl unit.sample_size unit.page_size unit.report_tool PROPERTIES
                     LABELS "unit;long")

lookaside_bench_test(plot_files lookaside_fixture)
target_compile_definitions(unit_plot_files PRIVATE PLOT_SCRIPTS="${PROJECT_SOURCE_DIR}/plots")

foreach(subject IN ITEMS compare_tool compare_parts)
    lookaside_bench_test(${subject} lookaside_fixture lookaside_shell lookaside_cli)
    target_sources(unit_${subject} PRIVATE compare_tool.c)
    add_dependencies(unit_${subject} lookaside_tool)
endforeach()

lookaside_bench_test(google_compare lookaside_fixture lookaside_shell lookaside_cli)
add_dependencies(unit_google_compare lookaside_tool)
target_compile_definitions(unit_google_compare PRIVATE
                           LOOKASIDE_TOOL="$<TARGET_FILE:lookaside_tool>")
set_tests_properties(unit.google_compare PROPERTIES SKIP_RETURN_CODE 77)

lookaside_bench_test(scaling_tool lookaside_fixture lookaside_shell lookaside_cli)
add_dependencies(unit_scaling_tool lookaside_tool)
