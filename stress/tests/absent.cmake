# SPDX-License-Identifier: MIT
# absent.cmake: the library RELEASE calls no la_inject(), and its instructions are those of BARE,
# which was built without the points. INJECTED, which has them, shows that a call would be seen.
if(NOT OBJDUMP OR NOT EXISTS ${OBJDUMP})
    message(STATUS "skipped: no objdump")
    return()
endif()

function(disassemble library variable)
    execute_process(COMMAND ${OBJDUMP} -dr --no-show-raw-insn ${library}
                    OUTPUT_VARIABLE text RESULT_VARIABLE failed)
    if(failed)
        message(FATAL_ERROR "objdump failed on ${library}")
    endif()
    string(REGEX REPLACE "^In archive [^\n]*\n" "" text "${text}")
    set(${variable} "${text}" PARENT_SCOPE)
endfunction()

disassemble(${RELEASE} release)
disassemble(${BARE} bare)
disassemble(${INJECTED} injected)
if(NOT injected MATCHES "la_inject")
    message(FATAL_ERROR "no call of la_inject was found where there are some")
endif()
if(release MATCHES "la_inject")
    message(FATAL_ERROR "${RELEASE} calls la_inject")
endif()
if(NOT release STREQUAL bare)
    file(WRITE ${RELEASE}.points.txt "${release}")
    file(WRITE ${BARE}.points.txt "${bare}")
    message(FATAL_ERROR "delay points change the code: "
                        "diff ${RELEASE}.points.txt ${BARE}.points.txt")
endif()
string(LENGTH "${release}" length)
if(length LESS 100000)
    message(FATAL_ERROR "only ${length} characters of disassembly")
endif()
message(STATUS "the same ${length} characters of disassembly")
