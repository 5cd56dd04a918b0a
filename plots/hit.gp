# SPDX-License-Identifier: MIT
# Hit ratios of lists: the share of allocations that the list served, and of frees that it kept.
# Columns: panel, its title, row in the panel, contender's name, threads, allocate hit ratio (0 to 1), free hit
# ratio.
here = ARG0[1:strlen(ARG0) - strlen("hit.gp")]
data = ARG1
out = ARG2
load here."style.gp"

stats data skip 1 using (Title[int($1)] = strcol(2), $1) nooutput
nr_panels = int(STATS_max)
stats data skip 1 using 3 nooutput
nr_rows = int(STATS_max)
longest = 0
stats data skip 1 using (longest = strlen(strcol(4).strcol(5)) > longest ? strlen(strcol(4).strcol(5)) : longest, 1) nooutput

columns = 2
pad_left = pad_for(longest + 2)
pad_right = 90
pad_bottom = 34
foot_height = 12
panel_height = pad_top + pad_bottom + nr_rows * 19
height = page_height(nr_panels)
eval page_terminal(height)
set output out

set xrange [0:100]
set yrange [0.4:nr_rows + 0.6]
at(row) = nr_rows + 1 - row
unset ytics
set xtics 25 format "%g %%"
set grid xtics noytics

percent(share) = share < 0.99995 && share > 0.9995 ? "99.9" : sprintf("%.1f", 100 * share)

set multiplot
eval heading("Hit ratio", "bar and figure: allocations served by the list; ring: frees kept by it; x1 and so on: threads")
do for [panel = 1:nr_panels] {
    eval panel_place(panel - 1)
    eval panel_title(Title[panel])
    plot data skip 1 \
            using ($1 == panel ? 50 * $6 : NaN):(at($3)):(0):(100 * $6): \
                (at($3) - 0.33):(at($3) + 0.33):(rgb(colour(strcol(4)))) \
            with boxxyerror linecolor rgb variable, \
        data skip 1 using ($1 == panel ? 0 : NaN):(at($3)):(strcol(4)." x".strcol(5)) \
            with labels right offset -0.8, 0 textcolor rgb ink, \
        data skip 1 using ($1 == panel ? 100 * $7 : NaN):(at($3)) \
            with points pointtype 7 pointsize 0.8 linecolor rgb "#ffffff", \
        data skip 1 using ($1 == panel ? 100 * $7 : NaN):(at($3)) \
            with points pointtype 6 pointsize 0.7 linewidth 1.2 linecolor rgb ink, \
        data skip 1 using ($1 == panel ? 100 : NaN):(at($3)):(percent($6)." %") \
            with labels left offset 1.2, 0 font ",10" textcolor rgb ink
    unset label
}
unset multiplot
