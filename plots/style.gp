# SPDX-License-Identifier: MIT
# The one look of all plots: page, type, palette, marks, panels.
#
# A plot is drawn by   gnuplot -c plots/<name>.gp DATA.tsv PICTURE.svg|.png
# and sets `here`, `data` and `out` before it loads this file. It reads its data file and nothing
# else. Colours are those that Okabe and Ito chose to be told apart by every kind of colour vision,
# one for each contender, the same in every picture; marks repeat the distinction: filled for lists,
# hollow for plain malloc. The page's script has the same (report.js).

set encoding utf8
set datafile separator "\t"
# A row of another panel or contender is a NaN in `using`; lines run on over it.
set datafile missing NaN

width = 1000
height = 400
panel_height = 230
head_height = 62
foot_height = 64

# A PNG has two pixels for each of the SVG's, but fewer where it would get too tall for viewers; from
# 32 768 on Cairo does not even write it.
tallest = 16000.0
scale(height) = 2 * height <= tallest ? 2.0 : tallest / height
page_terminal(height) = (out[strlen(out) - 3:] eq ".png") ? \
    sprintf("set terminal pngcairo noenhanced size %d,%d font 'DejaVu Sans,10' fontscale %g linewidth %g pointscale %g background '#ffffff'", \
        scale(height) * width, scale(height) * height, scale(height), scale(height), scale(height)) : \
    sprintf("set terminal svg noenhanced size %d,%d dynamic font 'DejaVu Sans,Verdana,sans-serif,12' linewidth 1.2 background '#ffffff'", width, height)

ink = "#222222"
faint = "#d9d9d9"
muted = "#6b6b6b"

set border 3 linecolor rgb "#8a8a8a" linewidth 1
set tics nomirror out scale 0.5 textcolor rgb ink
set grid back linecolor rgb faint linetype 1 linewidth 0.6, linecolor rgb faint linetype 1 linewidth 0.4
set style fill solid 0.9 noborder
set key noautotitle
set bars 0.6
set title font ",13" textcolor rgb ink offset 0, -0.4
unset key

strategy_of(name) = name[1:(strstrt(name, "+") > 0 ? strstrt(name, "+") - 1 : strlen(name))]
behind(name) = strstrt(name, "+") > 0 ? name[strstrt(name, "+") + 1:] : "glibc"
is_plain(name) = strategy_of(name) eq "malloc" || strategy_of(name) eq "malloc-aa"

colour_of_malloc(allocator) = \
    allocator eq "glibc"    ? "#222222" : \
    allocator eq "jemalloc" ? "#cc79a7" : \
    allocator eq "tcmalloc" ? "#56b4e9" : \
    allocator eq "mimalloc" ? "#7b5aa6" : \
    allocator eq "tbbmalloc" ? "#7a8b2a" : \
    allocator eq "gslice"   ? "#a0522d" : "#8c8c8c"
colour_of_list(strategy) = \
    strategy eq "percpu"   ? "#0072b2" : \
    strategy eq "magazine" ? "#009e73" : \
    strategy eq "slist"    ? "#e69f00" : \
    strategy eq "spinlock" ? "#d55e00" : \
    strategy eq "floor"    ? "#8c8c8c" : "#8c6d31"
# The same hue, darker, for lists that have another allocator than the C library's behind them.
dark_of_list(strategy) = \
    strategy eq "percpu"   ? "#00466e" : \
    strategy eq "magazine" ? "#00614a" : \
    strategy eq "slist"    ? "#8f6300" : \
    strategy eq "spinlock" ? "#7d3600" : "#54411d"
colour(name) = strategy_of(name) eq "malloc-aa" ? "#7a7a7a" : \
    is_plain(name) ? colour_of_malloc(behind(name)) : \
    behind(name) eq "glibc" ? colour_of_list(strategy_of(name)) : dark_of_list(strategy_of(name))
# A colour for `rgb variable`, with "#80" in front of its digits half as dense.
rgb(colour) = int("0x".colour[2:strlen(colour)])
red(colour) = int("0x".substr(colour, 2, 3))
green(colour) = int("0x".substr(colour, 4, 5))
blue(colour) = int("0x".substr(colour, 6, 7))
# Whether white can be read on it.
is_dark(colour) = 0.3 * red(colour) + 0.59 * green(colour) + 0.11 * blue(colour) < 120

# Point types: 4 6 8 10 12 are hollow, 5 7 9 11 13 the same filled. Behind jemalloc a list keeps its
# own, behind the others it takes the next ones.
mark_of_malloc(allocator) = \
    allocator eq "glibc" ? 6 : allocator eq "jemalloc" ? 4 : allocator eq "tcmalloc" ? 8 : \
    allocator eq "mimalloc" ? 12 : allocator eq "tbbmalloc" ? 10 : 2
number_of_list(strategy) = \
    strategy eq "percpu" ? 0 : strategy eq "magazine" ? 1 : strategy eq "slist" ? 2 : \
    strategy eq "spinlock" ? 3 : 4
number_behind(allocator) = \
    allocator eq "tcmalloc" ? 1 : allocator eq "mimalloc" ? 2 : allocator eq "tbbmalloc" ? 3 : \
    allocator eq "gslice" ? 4 : 0
mark_of_list(strategy, allocator) = \
    int(word("7 5 9 11 13", (number_of_list(strategy) + number_behind(allocator)) % 5 + 1))
mark(name) = is_plain(name) ? mark_of_malloc(behind(name)) : \
    mark_of_list(strategy_of(name), behind(name))
dashes(name) = is_plain(name) ? 2 : (behind(name) eq "glibc" ? 1 : 4)

# Panels, numbered from 0, in `columns` columns; a strip at the head for the title, one at the foot
# for the legend. Numbers are pixels of the SVG.
columns = 3
pad_left = 56
pad_right = 16
pad_top = 30
pad_bottom = 42
rows(nr_panels) = int(ceil(nr_panels / real(columns)))
page_height(nr_panels) = head_height + foot_height + rows(nr_panels) * panel_height
left_of(i) = (int(i) % columns * width / real(columns) + pad_left) / width
right_of(i) = ((int(i) % columns + 1) * width / real(columns) - pad_right) / width
top_of(i) = 1 - (head_height + int(i) / columns * panel_height + pad_top) / real(height)
bottom_of(i) = 1 - (head_height + (int(i) / columns + 1) * panel_height - pad_bottom) / real(height)

# The legend at the foot is a plot of nothing over the whole width: its keys are what is seen.
legend_place = "set lmargin at screen 0; set rmargin at screen 1; set bmargin at screen 0; ". \
    "set tmargin at screen foot_height / real(height); unset border; unset tics; unset grid; ". \
    "unset title; unset xlabel; unset ylabel; unset arrow; unset label; unset logscale; ". \
    "set key center center horizontal Left reverse maxcols 5 samplen 2.4 width 3"
panel_place(i) = sprintf("set lmargin at screen %f; set rmargin at screen %f; ". \
    "set tmargin at screen %f; set bmargin at screen %f", \
    left_of(i), right_of(i), top_of(i), bottom_of(i))
# A step between ticks such that there are at most about so many.
leading(x) = x / 10 ** floor(log10(x))
tick_step(range, nr) = 10 ** floor(log10(range / nr)) * \
    (leading(range / nr) > 5 ? 10 : leading(range / nr) > 2 ? 5 : 2)

# A panel's title in a size in which it fits; names on the left; a legend of so many.
panel_title(text) = sprintf("set title '%s' font ',%g'", text, title_size(strlen(text)))
title_room(columns) = width / real(columns) - pad_left + pad_right - 20
title_size(length) = 0.69 * 13 * length < title_room(columns) ? 13 : \
    title_room(columns) / (0.69 * length)
pad_for(longest) = 22 + 7.6 * longest
foot_for(nr_keys) = nr_keys > 8 ? 40 + 17 * int(ceil(nr_keys / 4.0)) : 64
longest_name = 0
longest_of(nr) = (longest_name = 0, sum [n = 1:nr] (strlen(Name[n]) > longest_name ? \
    (longest_name = strlen(Name[n]), 0) : 0), longest_name)
heading(title, subtitle) = sprintf("set label 1 '%s' at screen %f, screen %f font ',16'; ". \
    "set label 2 '%s' at screen %f, screen %f textcolor rgb muted", \
    title, 10.0 / width, 1 - 20.0 / height, subtitle, 10.0 / width, 1 - 43.0 / height)

# Filled by number while `stats` reads the data; a number that no row has keeps an empty text.
array Title[400]
array Name[100]
do for [i = 1:400] { Title[i] = "" }
do for [i = 1:100] { Name[i] = "" }
