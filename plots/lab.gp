# SPDX-License-Identifier: MIT
# How often strategies touch memory that CPUs share, as CPUs grow: counted in an emulated machine
# (stress/lab), so no time is in it. A count of none at all is drawn at the bottom.
# Columns: guest, strategy, workload, CPUs, operations, slow, depot, remote, shared, misses.
here = ARG0[1:strlen(ARG0) - strlen("lab.gp")]
data = ARG1
out = ARG2
load here."style.gp"

array Strategy[4] = ["spinlock", "slist", "percpu", "magazine"]
array Workload[4] = ["pair", "burst", "tight", "handover"]
array Measure[3] = ["shared lines", "depot visits", "misses"]
array Column[3] = [9, 7, 10]
columns = 4
nr_panels = 12
pad_left = 60
panel_height = 210
floor = 0.005

stats data skip 1 using 4 nooutput
last = STATS_max
height = page_height(nr_panels)
eval page_terminal(height)
set output out

set logscale x 2
set logscale y 10
set xrange [0.85:last * 1.18]
set yrange [floor:2000]
set xtics ("1" 1, "2" 2, "4" 4, "8" 8, "16" 16, "32" 32, "64" 64, "128" 128)
set ytics ("0" floor, "0.1" 0.1, "1" 1, "10" 10, "100" 100, "1000" 1000)

set multiplot
eval heading("Counted, not timed", "per thousand operations, by CPUs with a thread each: operations on shared lines, visits to a depot, misses; an emulated machine")
do for [row = 0:2] {
    do for [column = 0:3] {
        panel = row * 4 + column
        eval panel_place(panel)
        set title Measure[row + 1].", ".Workload[column + 1]
        set xlabel (row == 2 ? "CPUs" : "") offset 0, 0.6 textcolor rgb muted
        plot for [n = 1:4] data skip 1 using \
            (strcol(2) eq Strategy[n] && strcol(3) eq Workload[column + 1] ? $4 : NaN): \
            (column(Column[row + 1]) > 0 ? column(Column[row + 1]) * 1000.0 / $5 : floor) \
            with linespoints linecolor rgb colour(Strategy[n]) pointtype mark(Strategy[n]) \
            pointsize 0.9 linewidth 1.2
        unset label
    }
}
eval legend_place
plot [0:1][0:1] for [n = 1:4] NaN with points title Strategy[n] \
    linecolor rgb colour(Strategy[n]) pointtype mark(Strategy[n]) pointsize 1.1
unset multiplot
