# SPDX-License-Identifier: MIT
# How contenders stand to plain malloc, best first: over all workloads and in each.
# Columns: panel, its title, row in the panel, contender's name, ratio, low, high, verdict, 1.
here = ARG0[1:strlen(ARG0) - strlen("ranking.gp")]
data = ARG1
out = ARG2
load here."style.gp"

stats data skip 1 using (Title[int($1)] = strcol(2), $1) nooutput
nr_panels = int(STATS_max)
stats data skip 1 using 3 nooutput
nr_rows = int(STATS_max)
stats data skip 1 using 6 nooutput
least = STATS_min < 0.9 ? STATS_min : 0.9
stats data skip 1 using 7 nooutput
most = STATS_max > 1.1 ? STATS_max : 1.1

longest = 0
stats data skip 1 using (longest = strlen(strcol(4)) > longest ? strlen(strcol(4)) : longest, 1) nooutput

columns = 2
pad_left = pad_for(longest)
pad_right = 60
foot_height = 12
panel_height = pad_top + pad_bottom + nr_rows * 20
height = page_height(nr_panels)
eval page_terminal(height)
set output out

set logscale x
set xrange [least / 1.15:most * 1.15]
set yrange [0.4:nr_rows + 0.6]
at(row) = nr_rows + 1 - row
unset ytics
if (most / least > 60) {
    set xtics (0.001, 0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 100, 1000)
} else {
    set xtics (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100)
}
set grid xtics noytics
figure(ratio) = ratio < 10 ? sprintf("%.2f", ratio) : sprintf("%.1f", ratio)

set multiplot
eval heading("Throughput against plain malloc", "as a multiple of it, log scale, with 95 % intervals; dotted: plain malloc; right of it is faster")
do for [panel = 1:nr_panels] {
    eval panel_place(panel - 1)
    eval panel_title(Title[panel])
    plot data skip 1 using ($1 == panel && $3 == 1 ? 1 : NaN):(0.4):(0):(nr_rows + 0.2) \
            with vectors nohead linecolor rgb muted dashtype 3 linewidth 1, \
        data skip 1 using ($1 == panel ? $5 : NaN):(at($3)):6:7:(rgb(colour(strcol(4)))) \
            with xerrorbars linecolor rgb variable pointtype 7 pointsize 0.8 linewidth 1.6, \
        data skip 1 using ($1 == panel ? least / 1.15 : NaN):(at($3)):(strcol(4)) \
            with labels right offset -0.8, 0 textcolor rgb ink, \
        data skip 1 using ($1 == panel ? most * 1.15 : NaN):(at($3)):(figure($5)) \
            with labels left offset 0.8, 0 font ",10" textcolor rgb ink
    unset label
}
unset multiplot
