# SPDX-License-Identifier: MIT
# How often strategies touch memory that CPUs share, as CPUs grow: counted in an emulated machine
# (stress/lab), so no time is in it. A count of none at all is drawn at the bottom.
# Steals are recalls of credits, too.
# Columns: guest, strategy, workload, CPUs, operations, slow, depot, remote, shared, misses.
here = ARG0[1:strlen(ARG0) - strlen("lab.gp")]
data = ARG1
out = ARG2
load here."style.gp"

array Workload[4] = ["pair", "burst", "tight", "handover"]
array Measure[4] = ["shared lines", "steals", "depot visits", "misses"]
array Column[4] = [9, 8, 7, 10]
columns = 4
nr_panels = 16
pad_left = 60
panel_height = 210
floor = 0.005

# Those that were counted; each a little beside the other, for they often have the same.
counted = system("cut -f 2 '".data."' | sort -u")
shown = ""
do for [name in "spinlock slist percpu magazine"] {
    if (strstrt(counted, name) > 0) { shown = shown." ".name }
}
beside(n) = 2 ** ((n - (words(shown) + 1) / 2.0) * 0.14)

stats data skip 1 using 4 nooutput
last = STATS_max
height = page_height(nr_panels)
eval page_terminal(height)
set output out

set title font ",11"
set logscale x 2
set logscale y 10
set xrange [0.8:last * 1.25]
set yrange [floor:2000]
set xtics ("1" 1, "2" 2, "4" 4, "8" 8, "16" 16, "32" 32, "64" 64, "128" 128)
set ytics ("0" floor, "0.1" 0.1, "1" 1, "10" 10, "100" 100, "1000" 1000)

set multiplot
eval heading("Counted, not timed", "per thousand operations, by CPUs with a thread each: operations on shared lines and two parts of them; misses; an emulated machine")
do for [row = 0:3] {
    do for [column = 0:3] {
        panel = row * 4 + column
        eval panel_place(panel)
        set title Measure[row + 1].", ".Workload[column + 1]
        set xlabel (row == 3 ? "CPUs" : "") offset 0, 0.6 textcolor rgb muted
        plot for [n = 1:words(shown)] data skip 1 using \
            (strcol(2) eq word(shown, n) && strcol(3) eq Workload[column + 1] ? $4 * beside(n) : NaN): \
            (column(Column[row + 1]) > 0 ? column(Column[row + 1]) * 1000.0 / $5 : floor) \
            with linespoints linecolor rgb colour(word(shown, n)) pointtype mark(word(shown, n)) \
            pointsize 0.9 linewidth 1.2
        unset label
    }
}
eval legend_place
plot [0:1][0:1] for [name in shown] NaN with points title name \
    linecolor rgb colour(name) pointtype mark(name) pointsize 1.1
unset multiplot
