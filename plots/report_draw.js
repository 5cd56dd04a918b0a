/* SPDX-License-Identifier: MIT */
/*
 * report_draw.js: draws one panel of a plot as SVG, from the rows of the plot's data file. What the
 * words of a view mean stands in bench/README.md. A panel also has stops: the places at which values
 * can be read off it, by pointer or by key.
 */
"use strict";

const la_draw = (() => {
  const NS = "http://www.w3.org/2000/svg";
  const SHAPES = [
    "M-4,0a4,4 0 1,0 8,0a4,4 0 1,0 -8,0z", "M-3.5,-3.5h7v7h-7z", "M0,-4.6L4.4,3.4h-8.8z",
    "M0,-5L5,0L0,5L-5,0z", "M0,4.6L4.4,-3.4h-8.8z", "M-4,-1.4h2.6v-2.6h2.8v2.6h2.6v2.8h-2.6v2.6h-2.8v-2.6h-2.6z",
  ];

  function add(parent, name, attributes, text) {
    const element = document.createElementNS(NS, name);
    for (const key in attributes) element.setAttribute(key, attributes[key]);
    if (text !== undefined) element.textContent = text;
    parent.appendChild(element);
    return element;
  }

  /* The data's rows by column names; "" is the text of the row above. */
  function rowsOf(plot) {
    let above = {};
    return plot.rows.map((fields) => {
      above = Object.fromEntries(plot.columns.map((column, i) => [column, fields[i] === "" ? above[column] : fields[i]]));
      return above;
    });
  }

  /* Four digits, grouped where there are many. */
  function number(value) {
    if (value === null || value === undefined) return "n/a";
    if (typeof value !== "number") return String(value);
    const size = Math.abs(value);
    if (size >= 10000) return Math.round(value).toLocaleString("en-US").replace(/,/g, "\u202f");
    if (size >= 1000) return value.toFixed(0);
    if (size >= 100) return String(+value.toFixed(1));
    return String(+value.toPrecision(4));
  }

  /* For axes: 2 000 000 is 2M. */
  function short(value) {
    const size = Math.abs(value);
    for (const [unit, letter] of [[1e9, "G"], [1e6, "M"], [1e4, "k"]])
      if (size >= unit) return +(value / (letter === "k" ? 1e3 : unit)).toPrecision(3) + letter;
    return String(+value.toPrecision(3));
  }

  function niceStep(span, count) {
    const raw = span / count, power = 10 ** Math.floor(Math.log10(raw));
    return power * [1, 2, 5, 10].find((m) => m * power >= raw * 0.999);
  }

  function linear(low, high, from, to, count) {
    const step = niceStep(high - low || 1, count), ticks = [];
    for (let t = Math.ceil(low / step - 1e-9) * step; t <= high + step * 1e-6; t += step)
      ticks.push(+t.toPrecision(12));
    const scale = (v) => from + (v - low) / (high - low || 1) * (to - from);
    return { scale, ticks };
  }

  function logarithmic(low, high, from, to, count) {
    const a = Math.log10(low), b = Math.log10(high), all = [];
    const scale = (v) => from + (Math.log10(Math.max(v, low)) - a) / (b - a || 1) * (to - from);
    for (let e = Math.floor(a); e <= b; e++)
      for (const m of [1, 2, 5]) if (m * 10 ** e >= low * 0.999 && m * 10 ** e <= high * 1.001) all.push([m, e]);
    const tens = all.filter(([m]) => m === 1);
    const every = Math.max(1, Math.ceil(tens.length / count));
    const used = all.length <= count ? all : tens.filter((t, i) => i % every === 0);
    return { scale, ticks: used.map(([m, e]) => +(m * 10 ** e).toPrecision(3)) };
  }

  function ordinal(values, from, to) {
    const gap = (to - from) / values.length;
    return { scale: (v) => from + gap * (values.indexOf(v) + 0.5), ticks: values };
  }

  /* The numbers that a panel's axis must span; a logarithmic one has no place for 0 and below. */
  function extent(rows, columns, zero, log) {
    let low = Infinity, high = -Infinity;
    for (const row of rows)
      for (const column of columns) {
        const value = row[column];
        if (typeof value === "number" && (value > 0 || !log)) { low = Math.min(low, value); high = Math.max(high, value); }
      }
    if (low > high) return null;
    if (zero) low = Math.min(low, 0);
    return [low, high];
  }

  function axisX(svg, axis, box, format) {
    for (const tick of axis.ticks) {
      const x = axis.scale(tick);
      add(svg, "line", { class: "grid", x1: x, x2: x, y1: box.top, y2: box.bottom });
      add(svg, "text", { class: "tick", x, y: box.bottom + 15, "text-anchor": "middle" }, format(tick));
    }
  }

  function axisY(svg, axis, box, format) {
    for (const tick of axis.ticks) {
      const y = axis.scale(tick);
      add(svg, "line", { class: "grid", x1: box.left, x2: box.right, y1: y, y2: y });
      add(svg, "text", { class: "tick", x: box.left - 6, y: y + 4, "text-anchor": "end" }, format(tick));
    }
  }

  /* Points in the order of x; a missing value ends the line. */
  function path(points, step) {
    let d = "", pen = "M", last = null;
    for (const [x, y] of points) {
      if (y === null) { pen = "M"; last = null; continue; }
      if (step && last !== null && pen === "L") d += `H${x.toFixed(1)}`;
      d += `${pen}${x.toFixed(1)},${y.toFixed(1)}`;
      pen = "L";
      last = y;
    }
    return d;
  }

  function mark(parent, style, x, y) {
    add(parent, "path", { class: style.hollow ? "mark hollow" : "mark", d: SHAPES[style.shape % SHAPES.length],
      transform: `translate(${x.toFixed(1)},${y.toFixed(1)})` });
  }

  function group(svg, style) {
    return add(svg, "g", { class: "series" + (style.hollow ? " plain" : ""), style: `--c:var(--c-${style.colour})` });
  }

  function distinct(rows, column) {
    return [...new Set(rows.map((row) => row[column]))];
  }

  function axes(svg, panel, view, box, width) {
    const { rows, y, limits } = panel, xs = distinct(rows, view.x).filter((v) => v !== null);
    const few = view.ordinal || (view.kind === "lines" && xs.length <= 8 && xs.every(Number.isInteger) && !view.across);
    const spanX = extent(limits.rows, [view.x], view.across) || [0, 1];
    const spanY = limits.y || [0, 1];
    const make = panel.log ? logarithmic : linear;
    const grown = panel.log ? [spanY[0] / 1.15, spanY[1] * 1.15] : [spanY[0], spanY[1] + (spanY[1] - spanY[0]) * 0.06 || 1];
    xs.sort((a, b) => a - b);
    const axis = {
      x: few ? ordinal(xs, box.left, box.right)
        : linear(spanX[0], spanX[1], box.left + (view.kind === "points" ? 12 : 0), box.right - (view.kind === "points" ? 12 : 0), Math.max(2, Math.floor(width / 80))),
      y: make(grown[0], grown[1], box.bottom, box.top, 5),
    };
    axisX(svg, axis.x, box, view.ordinal && view.x === "percentile" ? (v) => "p" + v : short);
    axisY(svg, axis.y, box, view.percents.has(y) ? (v) => +(100 * v).toPrecision(3) + " %" : short);
    add(svg, "text", { class: "label", x: (box.left + box.right) / 2, y: box.bottom + 31, "text-anchor": "middle" }, view.heading(view.x));
    return { axis, xs, gap: few ? (box.right - box.left) / xs.length : 0 };
  }

  function area(svg, panel, view, axis) {
    const first = panel.rows.filter((row) => row[view.series] === panel.rows[0][view.series]);
    const points = first.map((row) => [axis.x.scale(row[view.x]), row[view.area] === null ? null : axis.y.scale(row[view.area])]);
    if (!points.length) return;
    const base = axis.y.scale(0);
    add(svg, "path", { class: "area", d: path(points, false) + `V${base}H${points[0][0]}z` });
  }

  function series(svg, rows, style, panel, view, axis, box, aside) {
    const g = group(svg, style), points = [], { y, low, high } = panel;
    for (const row of rows) {
      if (row[view.x] === null && view.across && row[y] !== null) {
        const at = axis.y.scale(row[y]);
        add(g, "line", { class: "line across", x1: box.left, x2: box.right, y1: at, y2: at });
        continue;
      }
      points.push([axis.x.scale(row[view.x]) + aside, row[y] === null ? null : axis.y.scale(row[y]), row]);
    }
    points.sort((a, b) => a[0] - b[0]);
    if (view.kind === "lines") add(g, "path", { class: "line", d: path(points, view.step) });
    if (points.length > 24 || view.step) return;
    for (const [x, at, row] of points) {
      if (at === null) continue;
      if (low && typeof row[low] === "number" && row[low] !== row[high])
        add(g, "path", { class: "whisker", d: `M${x},${axis.y.scale(row[low])}V${axis.y.scale(row[high])}` });
      mark(g, style, x, at);
    }
  }

  /* "spinlock+glibc: 4.1 [4.0, 4.2]", as a pair. */
  function reading(row, panel, view, y, style) {
    const percent = view.percents.has(y), show = (v) => percent && typeof v === "number" ? number(100 * v) + " %" : number(v);
    const { low, high } = panel, interval = low && typeof row[low] === "number" && row[low] !== row[high]
      ? ` [${show(row[low])}, ${show(row[high])}]` : "";
    return { name: String(row[view.series]), value: row[y], text: show(row[y]) + interval, style };
  }

  function stopsAlong(panel, view, axis, xs, box, styles) {
    return xs.map((x) => ({
      x: axis.x.scale(x), y: null, top: box.top, bottom: box.bottom,
      title: `${view.heading(view.x)} ${number(x)}` + (view.area && panel.y === view.firstY
        ? `, ${view.heading(view.area)} ${number((panel.rows.find((row) => row[view.x] === x) || {})[view.area])}` : ""),
      lines: panel.shown.filter((row) => row[view.x] === x).map((row) => reading(row, panel, view, panel.y, styles(row[view.series])))
        .sort((a, b) => (b.value === null ? -1 : b.value) - (a.value === null ? -1 : a.value)),
    }));
  }

  function stopsAtPoints(panel, view, axis, box, styles) {
    return panel.shown.filter((row) => row[panel.y] !== null).map((row) => ({
      x: row[view.x] === null ? box.left + 12 : axis.x.scale(row[view.x]), y: axis.y.scale(row[panel.y]),
      across: row[view.x] === null,
      title: `${view.heading(view.x)} ${row[view.x] === null ? "not visible" : number(row[view.x])}`,
      lines: [reading(row, panel, view, panel.y, styles(row[view.series]))],
    }));
  }

  function curves(panel, view, styles, width) {
    const height = 216, box = { left: 50, right: width - 10, top: 8, bottom: height - 38 };
    const svg = document.createElementNS(NS, "svg");
    svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    const { axis, xs, gap } = axes(svg, panel, view, box, width), names = distinct(panel.shown, view.series);
    /* Side by side at each x, so that no interval hides another. */
    const step = panel.low ? Math.min(5, 0.4 * gap / names.length) : 0;
    if (view.area && panel.y === view.firstY) area(svg, panel, view, axis);
    names.forEach((name, i) => series(svg, panel.shown.filter((row) => row[view.series] === name), styles(name), panel, view, axis, box,
      (i - (names.length - 1) / 2) * step));
    const stops = view.kind === "points" ? stopsAtPoints(panel, view, axis, box, styles)
      : stopsAlong(panel, view, axis, xs, box, styles);
    return { svg, stops, height };
  }

  /* One line of a bar chart: the bar from its base, its interval, its figure. */
  function bar(svg, row, view, x, at, thick, style, faint, box) {
    const g = group(svg, style), value = row[view.x];
    if (typeof value !== "number") return;
    const base = view.base && typeof row[view.base] === "number" ? x.scale(row[view.base]) : view.log ? box.left : x.scale(0);
    const end = x.scale(value);
    if (!view.dot) add(g, "rect", { class: "bar", x: Math.min(base, end), y: at - thick / 2, width: Math.max(1, Math.abs(end - base)),
      height: thick, "fill-opacity": faint ? 0.5 : 0.92 });
    if (view.low && typeof row[view.low] === "number" && row[view.low] !== row[view.high])
      add(g, "path", { class: view.dot ? "whisker" : "interval", d: `M${x.scale(row[view.low])},${at}H${x.scale(row[view.high])}` });
    if (view.dot) mark(g, style, end, at);
    if (view.ring && typeof row[view.ring] === "number")
      add(g, "circle", { class: "ring", cx: x.scale(row[view.ring]), cy: at, r: 3 });
    const reach = Math.max(end, view.low && typeof row[view.high] === "number" ? x.scale(row[view.high]) : end);
    add(g, "text", { class: "figure", x: (view.percent ? box.right + 4 : reach + (view.dot ? 4 : 0)) + 5, y: at + 3.5 },
      view.percent ? (100 * value).toFixed(value < 0.99995 && value > 0.9995 ? 2 : 1) + " %" : number(+value.toPrecision(3)));
  }

  function bars(panel, view, styles, width) {
    const names = distinct(panel.shown, view.series), slots = view.slot ? distinct(panel.rows, view.slot).sort((a, b) => a - b) : [null];
    const thick = slots.length > 1 ? 11 : 14, pitch = slots.length * (thick + 1) + 7;
    const longest = Math.max(0, ...names.map((name) => String(name).length));
    const box = { left: Math.min(14 + longest * 6.7, width * 0.42), right: width - 52, top: 4, bottom: 4 + names.length * pitch };
    const height = box.bottom + 38, svg = document.createElementNS(NS, "svg"), stops = [];
    const span = panel.limits.x || [0, 1];
    const count = Math.max(2, Math.floor((box.right - box.left) / 60));
    const x = view.log ? logarithmic(span[0] / 1.1, span[1] * 1.15, box.left, box.right, Math.max(4, Math.floor((box.right - box.left) / 42)))
      : linear(view.percent ? 0 : span[0], view.percent ? 1 : span[1] * 1.05, box.left, box.right, count);
    svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    axisX(svg, x, box, view.percent ? (v) => +(100 * v).toPrecision(3) + " %" : short);
    add(svg, "text", { class: "label", x: (box.left + box.right) / 2, y: box.bottom + 31, "text-anchor": "middle" }, view.heading(view.x));
    const drawnBases = new Set(panel.shown.map((row) => view.base ? row[view.base] : null).filter((v) => typeof v === "number"));
    names.forEach((name, i) => {
      const middle = box.top + (i + 0.5) * pitch, mine = panel.shown.filter((row) => row[view.series] === name);
      add(svg, "text", { class: "name", x: box.left - 7, y: middle + 4, "text-anchor": "end" }, name);
      slots.forEach((slot, s) => {
        const row = mine.find((r) => !view.slot || r[view.slot] === slot);
        const at = middle + (s - (slots.length - 1) / 2) * (thick + 1);
        if (!row) return;
        bar(svg, row, view, x, at, thick, styles(name), s > 0, box);
        const read = reading(row, panel, view, view.x, styles(name));
        if (view.ring) read.text += `; ${view.heading(view.ring)} ${number(100 * row[view.ring])} %`;
        if (view.base && !view.dot) read.text += `; ${view.heading(view.base)} ${number(row[view.base])}`;
        stops.push({ x: box.left, y: at, row: true, title: view.slot ? `${view.heading(view.slot)} ${number(slot)}` : panel.title, lines: [read] });
      });
    });
    for (const base of drawnBases) {
      const at = x.scale(base);
      add(svg, "line", { class: "base", x1: at, x2: at, y1: box.top, y2: box.bottom });
    }
    return { svg, stops, height };
  }

  /* "pm?" in words, as far as the letters are known from cells that such a contender leads. */
  function notDecided(row, view) {
    const names = [...String(row[view.text]).replace("?", "")].map((letter) => view.letters.get(letter) || letter);
    return names.length ? `leads, not decided: ${names.join(", ")}` : "leads, too few blocks to decide";
  }

  /* A cell of the map: its colour says who leads, hatching that this is not decided. */
  function cell(svg, row, view, style, at) {
    const g = group(svg, style), open = !row[view.decided];
    add(g, "rect", { class: "cell", x: at.x + 1, y: at.y + 1, width: at.width - 2, height: at.height - 2, "fill-opacity": open ? 0.25 : 0.9 });
    if (open) add(g, "rect", { class: "cell", x: at.x + 1, y: at.y + 1, width: at.width - 2, height: at.height - 2, fill: "url(#la-hatch)", style: "fill:url(#la-hatch)" });
    add(g, "text", { class: "mark-text", x: at.x + at.width / 2, y: at.y + at.height / 2 + 4.5, "text-anchor": "middle" }, row[view.text]);
    return { x: at.x + at.width / 2, y: at.y + at.height / 2, cell: true,
      title: `${view.heading(view.y)} ${number(row[view.y])}, ${view.heading(view.x)} ${number(row[view.x])}`,
      lines: [{ name: String(row[view.series]), value: 0, style, text: open ? notDecided(row, view) : "decided" }] };
  }

  function map(panel, view, styles, width) {
    const byNumber = (a, b) => a - b;
    const xs = distinct(panel.rows, view.x).sort(byNumber), ys = distinct(panel.rows, view.y).sort(byNumber).reverse();
    const size = 38, box = { left: 58, right: width - 8, top: 4, bottom: 4 + ys.length * size };
    const wide = Math.min(110, (box.right - box.left) / xs.length), height = box.bottom + 38;
    const svg = document.createElementNS(NS, "svg");
    svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    const hatch = add(add(svg, "defs", {}), "pattern", { id: "la-hatch", width: 7, height: 7, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" });
    add(hatch, "line", { class: "hatch", x1: 0, x2: 0, y1: 0, y2: 7 });
    xs.forEach((x, i) => add(svg, "text", { class: "tick", x: box.left + (i + 0.5) * wide, y: box.bottom + 15, "text-anchor": "middle" }, number(x)));
    ys.forEach((y, i) => add(svg, "text", { class: "tick", x: box.left - 7, y: box.top + (i + 0.5) * size + 4, "text-anchor": "end" }, number(y)));
    add(svg, "text", { class: "label", x: box.left + xs.length * wide / 2, y: box.bottom + 31, "text-anchor": "middle" }, view.heading(view.x));
    const stops = panel.shown.map((row) => cell(svg, row, view, styles(row[view.series]),
      { x: box.left + xs.indexOf(row[view.x]) * wide, y: box.top + ys.indexOf(row[view.y]) * size, width: wide, height: size }));
    return { svg, stops, height };
  }

  const KINDS = { bars, map, lines: curves, points: curves };
  const panelOf = (panel, view, styles, width) =>
    KINDS[view.kind](panel, view, styles, Math.round(width));

  return { panelOf, rowsOf, extent, distinct, number, add, mark };
})();
