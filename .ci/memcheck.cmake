# SPDX-License-Identifier: MIT
# Tests once more under valgrind's memcheck, in which it must find nothing: lookaside_memcheck_test().
#
# In gcc's builds without sanitizers: valgrind 3.19 gives up on the debug information of clang 14.
# There are no restartable sequences under valgrind, so strategies run their variants with locks,
# and its threads take turns: fairly, or those that wait would keep the ones that they wait for out.
find_program(VALGRIND valgrind)
find_path(VALGRIND_HEADERS valgrind/memcheck.h)
set(LOOKASIDE_MEMCHECK OFF)
if(VALGRIND AND VALGRIND_HEADERS AND CMAKE_C_COMPILER_ID STREQUAL "GNU" AND NOT LOOKASIDE_SANITIZE
   AND NOT CMAKE_CROSSCOMPILING)
    set(LOOKASIDE_MEMCHECK ON)
endif()
set(LOOKASIDE_MEMCHECK_COMMAND ${VALGRIND} --quiet --error-exitcode=9 --fair-sched=yes)

# lookaside_memcheck_test(NAME TARGET LABELS [OPTIONS OPTION...] [ARGUMENTS WORD...]): options are
# valgrind's.
function(lookaside_memcheck_test name target labels)
    cmake_parse_arguments(PARSE_ARGV 3 memcheck "" "" "OPTIONS;ARGUMENTS")
    if(NOT LOOKASIDE_MEMCHECK)
        return()
    endif()
    add_test(NAME ${name} COMMAND ${LOOKASIDE_MEMCHECK_COMMAND} ${memcheck_OPTIONS}
             $<TARGET_FILE:${target}> ${memcheck_ARGUMENTS})
    set_tests_properties(${name} PROPERTIES
        LABELS "${labels}" TIMEOUT 120 SKIP_RETURN_CODE 77)
endfunction()
