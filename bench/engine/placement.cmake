# SPDX-License-Identifier: MIT
# Placement stands alone: it knows topologies and no workload. Included here and, in builds without the
# harness, by stress/lab.
set(placement_sources placement.c placement_deal.c topology.c topology_print.c)
list(TRANSFORM placement_sources PREPEND ${CMAKE_CURRENT_LIST_DIR}/)
add_library(lookaside_placement STATIC ${placement_sources})
target_include_directories(lookaside_placement PUBLIC ${CMAKE_CURRENT_LIST_DIR})
target_link_libraries(lookaside_placement PUBLIC lookaside_options ${HWLOC})
