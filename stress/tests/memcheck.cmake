# SPDX-License-Identifier: MIT
# memcheck.cmake: what MISUSE does wrong is found by MEMCHECK on each of STRATEGIES, and fails the
# run; the same without the mistake passes in silence.
execute_process(COMMAND ${MEMCHECK} ${MISUSE} 0.02 RESULT_VARIABLE status
                OUTPUT_VARIABLE said ERROR_VARIABLE found)
if(NOT status EQUAL 1 OR NOT found MATCHES "Invalid read of size 8[^\n]*\n[^\n]*misuse\\.c")
    message(SEND_ERROR "ended with ${status}:\n${said}${found}")
endif()
foreach(strategy IN LISTS STRATEGIES)
    if(NOT said MATCHES "${strategy} [^\n]*FAILED: ended with status 9")
        message(SEND_ERROR "nothing was found on ${strategy}:\n${said}${found}")
    endif()
endforeach()

execute_process(COMMAND ${MEMCHECK} ${MISUSE} 0.02 lawful RESULT_VARIABLE status
                OUTPUT_VARIABLE said ERROR_VARIABLE found)
if(NOT status EQUAL 0 OR found)
    message(SEND_ERROR "lawful use ended with ${status}:\n${said}${found}")
endif()
