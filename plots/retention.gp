# SPDX-License-Identifier: MIT
# Memory over time in one trial of each contender.
# Columns: contender's number, its name, stage, seconds, KiB live, KiB cached by the list (NaN: no
# list), KiB of resident growth.
here = ARG0[1:strlen(ARG0) - strlen("retention.gp")]
data = ARG1
out = ARG2
load here."style.gp"

stats data skip 1 using (Name[int($1)] = strcol(2), $1) nooutput
nr_names = int(STATS_max)
stats data skip 1 using 4 nooutput
last = STATS_max
stats data skip 1 using 7 nooutput
most = STATS_max / 1024.0

height = page_height(nr_names)
eval page_terminal(height)
set output out

set xrange [0:last * 1000 * 1.02]
set yrange [0:most * 1.1]
set xtics format "%g"

set multiplot
eval heading("Memory over time", "MiB against milliseconds: bursts, a peak, idle, then trimmed and purged at the very end; resident is the growth since the beginning")
do for [n = 1:nr_names] {
    eval panel_place(n - 1)
    eval panel_title(Name[n])
    set xlabel (n > nr_names - columns ? "ms" : "") offset 0, 0.6 textcolor rgb muted
    plot data skip 1 using ($1 == n ? $4 * 1000 : NaN):($7 / 1024) with steps \
            linecolor rgb "#0072b2" linewidth 1.8, \
        data skip 1 using ($1 == n ? $4 * 1000 : NaN):($5 / 1024) with steps \
            linecolor rgb "#8c8c8c" linewidth 1.2, \
        data skip 1 using ($1 == n ? $4 * 1000 : NaN):($6 / 1024) with steps \
            linecolor rgb "#d55e00" linewidth 1.6
    unset label
}
eval legend_place
plot [0:1][0:1] NaN with lines title "resident growth" linecolor rgb "#0072b2" linewidth 1.8, \
    NaN with lines title "live" linecolor rgb "#8c8c8c" linewidth 1.2, \
    NaN with lines title "cached by the list" linecolor rgb "#d55e00" linewidth 1.6
unset multiplot
