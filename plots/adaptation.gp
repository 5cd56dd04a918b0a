# SPDX-License-Identifier: MIT
# What each depth policy cost in hits, against what it kept in memory: a panel for each profile of
# demand, a mark for each policy; strategies share the mark, as for one thread they do the same.
# Columns: panel, its profile, policy's number, its name, KiB kept (mean over time; median of the
# runs), low, high, hits lost of 1000 allocations, low, high.
here = ARG0[1:strlen(ARG0) - strlen("adaptation.gp")]
data = ARG1
out = ARG2
load here."style.gp"

stats data skip 1 using (Title[int($1)] = strcol(2), $1) nooutput
nr_panels = int(STATS_max)
stats data skip 1 using (Name[int($3)] = strcol(4), $3) nooutput
nr_policies = int(STATS_max)
stats data skip 1 using 7 nooutput
most = STATS_max

columns = nr_panels < 3 ? nr_panels : 3
panel_height = 250
pad_left = 74
height = page_height(nr_panels)
eval page_terminal(height)
set output out

array Colour = ["#6b6b6b", "#0072b2", "#d55e00", "#009e73", "#cc79a7"]
array Mark = [5, 7, 9, 11, 13]
line(p) = (p - 1) % 5 + 1

# Losses range from none to a fifth of all allocations: a linear step up to one in 1000, tenfold
# steps above.
bent(y) = y <= 1 ? y : 1 + log10(y)
set ytics ("0" 0, "1" 1, "10" 2, "100" 3, "1000" 4)
set xrange [0:most * 1.1]
set yrange [-0.15:4]

set multiplot
eval heading("Hits lost and memory kept, by depth policy", "misses beyond the unavoidable, of 1000 allocations, against KiB kept (mean over time); down and left is better")
do for [panel = 1:nr_panels] {
    eval panel_place(panel - 1)
    set title Title[panel]
    set xlabel (panel > nr_panels - columns ? "KiB kept" : "") offset 0, 0.6 textcolor rgb muted
    set ylabel ((panel - 1) % columns == 0 ? "hits lost of 1000" : "") offset 1.2, 0 textcolor rgb muted
    plot for [p = 1:nr_policies] data skip 1 \
        using ($1 == panel && $3 == p ? $5 : NaN):(bent($8)):6:7:(bent($9)):(bent($10)) \
        with xyerrorbars linecolor rgb Colour[line(p)] pointtype Mark[line(p)] pointsize 1.1 \
        linewidth 1.2
    unset label
}
eval legend_place
plot [0:1][0:1] for [p = 1:nr_policies] NaN with points title "policy ".Name[p] \
    linecolor rgb Colour[line(p)] pointtype Mark[line(p)] pointsize 1.1
unset multiplot
