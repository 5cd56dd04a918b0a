# SPDX-License-Identifier: MIT
# Cost of an operation by contender, each bar beginning at the floor: what the harness itself costs.
# Columns: panel, its title, contender's number, its name, slot (1: fewest threads of the panel, 2:
# most), threads, nanoseconds per operation (median), low, high, the floor's nanoseconds.
here = ARG0[1:strlen(ARG0) - strlen("cost.gp")]
data = ARG1
out = ARG2
load here."style.gp"

# Of each panel, as text; of one with a single number of threads `Most` is empty.
array Fewest[400]
array Most[400]
do for [i = 1:400] { Fewest[i] = ""; Most[i] = "" }
take_threads(panel, slot, threads) = slot == 1 ? (Fewest[panel] = threads, slot) : (Most[panel] = threads, slot)
stats data skip 1 using (Title[int($1)] = strcol(2), $1) nooutput
nr_panels = int(STATS_max)
stats data skip 1 using (Name[int($3)] = strcol(4), $3) nooutput
nr_names = int(STATS_max)
stats data skip 1 using (take_threads(int($1), int($5), strcol(6))) nooutput
nr_slots = int(STATS_max)
stats data skip 1 using 10 nooutput
least = STATS_min
stats data skip 1 using 9 nooutput
most = STATS_max

columns = 2
pad_left = pad_for(longest_of(nr_names))
pad_right = 52
foot_height = 12
panel_height = pad_top + pad_bottom + nr_names * (nr_slots == 1 ? 20 : 30)
height = page_height(nr_panels)
eval page_terminal(height)
set output out

# A logarithmic axis: contenders differ by factors, not by amounts. An interval may reach below 0,
# for which there is no place: there it ends at the axis.
set logscale x
leftmost = least * 0.85
positive(ns) = ns > leftmost ? ns : leftmost
set xrange [leftmost:most * 1.6]
set yrange [0.4:nr_names + 0.6]
row(n) = nr_names + 1 - n
do for [n = 1:nr_names] { set ytics add (Name[n] row(n)) }
set ytics scale 0
set grid xtics noytics
if (most / least > 100) {
    set xtics ("1" 1, "10" 10, "100" 100, "1000" 1e3, "10 000" 1e4, "100 000" 1e5, "1 000 000" 1e6)
} else {
    set xtics (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000, 20000, 50000)
}

single(panel) = Most[panel] eq ""
half(panel) = single(panel) ? 0.32 : 0.19
centre(n, slot) = row(n) + (single(panel) ? 0 : slot == 1 ? 0.21 : -0.21)
shade(name, slot) = slot == 1 ? colour(name) : "#80".substr(colour(name), 2, 7)
figure(ns) = ns < 10 ? sprintf("%.2f", ns) : ns < 100 ? sprintf("%.1f", ns) : sprintf("%.0f", ns)
legend(panel) = " x".Fewest[panel].(single(panel) ? "" : ", x".Most[panel])

# Figures stay readable where they cross a floor.
set style textbox opaque fillcolor rgb "#ffffff" noborder margins 0.1, 0.1

set multiplot
eval heading("Cost of an operation", "nanoseconds of one thread, log scale, 95 % intervals; from the floor (dotted), what the harness costs; x1: threads, dark the fewest, light the most")
do for [panel = 1:nr_panels] {
    eval panel_place(panel - 1)
    eval panel_title(Title[panel].legend(panel))
    plot data skip 1 using ($1 == panel ? $7 : NaN):(centre($3, $5)):10:7: \
                (centre($3, $5) - half(panel)):(centre($3, $5) + half(panel)): \
                (rgb(shade(strcol(4), $5))) with boxxyerror linecolor rgb variable, \
        for [slot = 1:nr_slots] data skip 1 \
            using ($1 == panel && $5 == slot ? $7 : NaN):(centre($3, slot)):(positive($8)):9 \
            with xerrorbars linecolor rgb ink pointtype 0 linewidth 0.8, \
        for [slot = 1:nr_slots] data skip 1 \
            using ($1 == panel && $5 == slot ? $10 : NaN):(0.4):(0):(nr_names + 0.2) \
            with vectors nohead linecolor rgb muted dashtype 3 linewidth 1, \
        for [slot = 1:nr_slots] data skip 1 \
            using ($1 == panel && $5 == slot ? $9 : NaN):(centre($3, slot)):(figure($7)) \
            with labels left offset 0.6, 0 font ",9" boxed textcolor rgb ink
    unset label
}
unset multiplot
