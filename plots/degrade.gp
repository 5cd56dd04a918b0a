# SPDX-License-Identifier: MIT
# Throughput and tail against the rate of preemptions, signals and migrations.
# Columns: panel, what disturbs, contender's number, its name, events per second and thread that were
# asked for (0: undisturbed), the same as they came about, million operations per second, low, high,
# 99.9th percentile of a turn in microseconds, low, high.
here = ARG0[1:strlen(ARG0) - strlen("degrade.gp")]
data = ARG1
out = ARG2
load here."style.gp"

stats data skip 1 using (Name[int($3)] = strcol(4), $3) nooutput
nr_names = int(STATS_max)
stats data skip 1 using (Title[int($1)] = strcol(2), $1) nooutput
nr_panels = int(STATS_max)
stats data skip 1 using ($5 > 0 ? $5 : NaN) nooutput
least = STATS_min
most = STATS_max
stats data skip 1 using 9 nooutput
fastest = STATS_max
stats data skip 1 using 12 nooutput
longest = STATS_max
stats data skip 1 using 11 nooutput
shortest = STATS_min

panel_height = 280
foot_height = foot_for(nr_names) + 8
height = page_height(2 * columns)
eval page_terminal(height)
set output out

# Undisturbed stands to the left of the axis' first rate.
none = least / 10
# Contenders stand side by side, so that no interval hides another.
at(rate, n) = (rate > 0 ? rate : none) * 1.07**(n - (nr_names + 1) / 2.0)
set logscale x
set xrange [none / 1.6:most * 1.6]
set xtics ("none" none, "100" 100, "1k" 1e3, "10k" 1e4, "100k" 1e5)
if (none < 5) { set xtics add ("10" 10) }

set multiplot
eval heading("On a noisy machine", "by events per second and thread that were asked for; above throughput, below the 99.9th percentile of a turn; bars: 95 % intervals")
do for [p = 1:nr_panels] {
    if (Title[p] ne "") {
        eval panel_place(p - 1)
        set title Title[p].": million operations/s"
        unset xlabel
        unset logscale y
        set yrange [0:fastest * 1.05]
        set ytics format "%g" autofreq
        plot for [n = 1:nr_names] data skip 1 \
                using ($1 == p && $3 == n ? at($5, n) : NaN):7 \
                with lines linecolor rgb colour(Name[n]) dashtype dashes(Name[n]) linewidth 1.6, \
            for [n = 1:nr_names] data skip 1 \
                using ($1 == p && $3 == n ? at($5, n) : NaN):7:8:9 with yerrorbars \
                linecolor rgb colour(Name[n]) pointtype mark(Name[n]) pointsize 0.8
        unset label
        eval panel_place(columns + p - 1)
        set title Title[p].": p99.9 of a turn, µs"
        set xlabel "events/s" offset 0, 0.6 textcolor rgb muted
        set logscale y
        set yrange [shortest / 1.5:longest * 1.5]
        set ytics format "%g" autofreq
        plot for [n = 1:nr_names] data skip 1 \
                using ($1 == p && $3 == n ? at($5, n) : NaN):10 \
                with lines linecolor rgb colour(Name[n]) dashtype dashes(Name[n]) linewidth 1.6, \
            for [n = 1:nr_names] data skip 1 \
                using ($1 == p && $3 == n ? at($5, n) : NaN):10:11:12 with yerrorbars \
                linecolor rgb colour(Name[n]) pointtype mark(Name[n]) pointsize 0.8
    }
}
eval legend_place
unset logscale
plot [0:1][0:1] for [n = 1:nr_names] NaN with linespoints title Name[n] \
    linecolor rgb colour(Name[n]) dashtype dashes(Name[n]) pointtype mark(Name[n])
unset multiplot
