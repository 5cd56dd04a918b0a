# SPDX-License-Identifier: MIT
# Writes OUTPUT with the commit that SOURCE stands at; touches it only when that changed, so that
# an ordinary build compiles nothing again.
cmake_minimum_required(VERSION 3.25)
execute_process(COMMAND git describe --always --dirty --tags WORKING_DIRECTORY ${SOURCE}
                OUTPUT_VARIABLE describe OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET
                RESULT_VARIABLE failed)
if(failed OR NOT describe)
    # An archive without its history: what the build system calls it.
    set(describe "${VERSION}, made without git")
endif()
file(CONFIGURE OUTPUT ${OUTPUT} CONTENT "#define LA_DESCRIBE \"@describe@\"\n" @ONLY)
