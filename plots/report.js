/* SPDX-License-Identifier: MIT */
/*
 * report.js: what the page does beyond being read: plots drawn from their data, so that values can
 * be read off and contenders be left out, and tables that sort. Without it the page shows gnuplot's
 * pictures and the same tables.
 */
"use strict";

(() => {
  const { panelOf, rowsOf, extent, distinct } = la_draw;
  const make = (name, attributes, text) => {
    const element = document.createElement(name);
    for (const key in attributes) element.setAttribute(key, attributes[key]);
    if (text !== undefined) element.textContent = text;
    return element;
  };

  /* A contender looks the same in every plot, as in gnuplot's pictures (plots/style.gp). */
  const LISTS = ["percpu", "magazine", "slist", "spinlock"], LIST_SHAPES = [0, 1, 2, 4];
  const MALLOCS = ["glibc", "jemalloc", "tcmalloc", "mimalloc", "tbbmalloc", "gslice"];
  const KNOWN = new Map([["balance", 0], ["working-set", 1], ["miss-target", 2], ["fixed", 6],
    ["KiB resident", 0], ["KiB cached", 1], ["KiB live", 6]]);
  const contenders = [], others = [];
  function styleOf(name) {
    const [what, behind] = String(name).split("+"), allocator = MALLOCS.indexOf(behind);
    if (name === "nobody" || name === "floor") return { colour: "nobody", shape: 3, hollow: name === "nobody" };
    if (what === "malloc-aa") return { colour: "twin", shape: 0, hollow: true };
    if (what === "malloc" && allocator >= 0) return { colour: behind, shape: allocator, hollow: true };
    if (LISTS.includes(what))
      return { colour: what + (allocator > 0 ? "-behind" : ""), shape: LIST_SHAPES[LISTS.indexOf(what)] + Math.max(0, allocator - 1), hollow: false };
    const list = behind === undefined ? others : contenders;
    if (!list.includes(name) && !KNOWN.has(name)) list.push(name);
    if (behind === undefined) {
      const number = KNOWN.has(name) ? KNOWN.get(name) : 3 + list.indexOf(name);
      return { colour: `other${number % 8}`, shape: number, hollow: false };
    }
    return { colour: `more${list.indexOf(name) % 4}`, shape: list.indexOf(name), hollow: what === "malloc" };
  }

  /* Series that the reader has switched off, in all plots at once. */
  const off = new Set();
  const figures = [];

  function viewOf(plot) {
    const view = { kind: plot.view.split(" ")[0] };
    for (const word of plot.view.split(" ").slice(1)) {
      const at = word.indexOf("=");
      view[at < 0 ? word : word.slice(0, at)] = at < 0 ? true : word.slice(at + 1);
    }
    view.ys = (view.y || view.x).split(",");
    view.firstY = view.ys[0];
    view.isLog = (y) => view.log === true || view.log === y;
    view.percents = new Set(plot.columns.filter((c) => view.percent === true && c === view.x || /_hit$|_share$/.test(c)));
    view.heading = (column) => plot.headings[column] || (column === "value" && view.unit) || column;
    return view;
  }

  /* The columns of the panel's interval: one pair, or one for each y. */
  function intervalOf(view, y) {
    const [low, high] = [view.low, view.high].map((columns) => columns ? columns.split(",") : []);
    const at = low.length > 1 ? view.ys.indexOf(y) : 0;
    return { low: low[at], high: high[at] };
  }

  /* Without a series the columns of y are one, in the same panel. */
  function melt(view, rows) {
    if (view.series) return rows;
    const columns = view.ys, names = columns.map(view.heading);
    Object.assign(view, { series: "series", ys: ["value"], firstY: "value" });
    return rows.flatMap((row) => columns.map((column, i) => ({ ...row, series: names[i], value: row[column] })));
  }

  /* What the panels' axes must span: of the whole plot where they share one, else of the panel. */
  function limitsOf(all, rows, view, panel) {
    const of = view.shared ? all : rows, { y, log } = panel, zero = view.zero && !log;
    const spread = [panel.low, panel.high].filter(Boolean);
    const x = [view.x, view.base, view.kind === "bars" && panel.low, view.kind === "bars" && panel.high].filter(Boolean);
    return {
      rows: of,
      x: extent(of, x, !log, log),
      y: view.percents.has(y) ? [0, 1.02] : extent(of, [y, ...(view.area && y === view.firstY ? [view.area] : []), ...spread], zero, log),
    };
  }

  function panelsOf(rows, view) {
    const panels = [];
    for (const title of view.panel ? distinct(rows, view.panel) : [""]) {
      const own = view.panel ? rows.filter((row) => row[view.panel] === title) : rows;
      for (const y of view.ys) {
        const heading = view.kind === "bars" ? "" : view.heading(y);
        const panel = { title: String(title), subtitle: heading, y, rows: own, log: view.isLog(y), ...intervalOf(view, y) };
        panel.limits = limitsOf(rows, own, view, panel);
        panels.push(panel);
      }
    }
    return panels;
  }

  const tip = make("div", { class: "tip", role: "status", hidden: "" });

  function swatch(style) {
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    svg.setAttribute("class", "swatch" + (style.hollow ? " plain" : ""));
    svg.setAttribute("viewBox", "-12 -7 24 14");
    svg.setAttribute("aria-hidden", "true");
    svg.setAttribute("style", `--c:var(--c-${style.colour})`);
    la_draw.add(svg, "line", { class: "line", x1: -12, x2: 12, y1: 0, y2: 0 });
    la_draw.mark(svg, style, 0, 0);
    return svg;
  }

  function fillTip(stop) {
    tip.replaceChildren(make("b", {}, stop.title));
    for (const line of stop.lines) {
      const row = make("div", {});
      row.append(swatch(line.style), make("span", {}, line.name), make("span", { class: "value" }, line.text));
      tip.append(row);
    }
  }

  function placeTip(holder, stop, ratio) {
    const box = holder.getBoundingClientRect();
    const x = box.left + stop.x * ratio, y = box.top + (stop.y === null ? 0 : stop.y * ratio);
    tip.hidden = false;
    const width = tip.offsetWidth, height = tip.offsetHeight, edge = document.documentElement.clientWidth;
    let left = stop.row ? x + 40 : x + 16;
    if (left + width > edge - 6) left = stop.row ? edge - width - 6 : x - width - 16;
    let top = stop.row || stop.y !== null ? y + 14 : box.top + 8;
    if (top + height > innerHeight - 6) top = Math.max(6, y - height - 14);
    tip.style.left = `${Math.max(6, left) + scrollX}px`;
    tip.style.top = `${top + scrollY}px`;
  }

  function cursor(drawn, stop) {
    const old = drawn.svg.querySelector(".cursor");
    if (old) old.remove();
    if (!stop || stop.row) return;
    if (stop.y === null) la_draw.add(drawn.svg, "line", { class: "cursor", x1: stop.x, x2: stop.x, y1: stop.top, y2: stop.bottom });
    else la_draw.add(drawn.svg, "circle", { class: "cursor", cx: stop.x, cy: stop.y, r: 8 });
  }

  function hide(drawn) {
    tip.hidden = true;
    cursor(drawn, null);
    drawn.at = -1;
  }

  function show(drawn, index) {
    const stop = drawn.stops[index];
    if (!stop || !stop.lines.length) return hide(drawn);
    drawn.at = index;
    fillTip(stop);
    cursor(drawn, stop);
    placeTip(drawn.svg, stop, drawn.svg.clientWidth / drawn.width);
  }

  function nearest(drawn, event) {
    const box = drawn.svg.getBoundingClientRect(), ratio = drawn.width / (box.width || 1);
    const x = (event.clientX - box.left) * ratio, y = (event.clientY - box.top) * ratio;
    const distance = (stop) => stop.row ? Math.abs(stop.y - y) : stop.y === null ? Math.abs(stop.x - x)
      : stop.across ? Math.abs(stop.y - y) + 6 : Math.hypot(stop.x - x, stop.y - y);
    let best = -1;
    drawn.stops.forEach((stop, i) => { if (best < 0 || distance(stop) < distance(drawn.stops[best])) best = i; });
    return best;
  }

  function listen(drawn) {
    const { svg } = drawn;
    svg.addEventListener("pointermove", (event) => show(drawn, nearest(drawn, event)));
    svg.addEventListener("pointerdown", (event) => show(drawn, nearest(drawn, event)));
    svg.addEventListener("pointerleave", () => hide(drawn));
    svg.addEventListener("blur", () => hide(drawn));
    svg.addEventListener("keydown", (event) => {
      const by = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
      if (event.key === "Escape") hide(drawn);
      if (!by) return;
      event.preventDefault();
      show(drawn, Math.min(drawn.stops.length - 1, Math.max(0, (drawn.at === undefined ? -1 : drawn.at) + by)));
    });
  }

  function drawPanel(figure, panel) {
    const width = Math.max(220, panel.holder.clientWidth);
    const { view } = figure;
    panel.shown = panel.rows.filter((row) => !off.has(row[view.series]));
    const drawn = panelOf(panel, view, styleOf, width);
    drawn.width = width;
    drawn.svg.setAttribute("tabindex", "0");
    drawn.svg.setAttribute("role", "img");
    drawn.svg.setAttribute("aria-label", `${[figure.caption, panel.title, panel.subtitle].filter(Boolean).join(", ")}: the values are in the table below; arrow keys read them here`);
    listen(drawn);
    const old = panel.holder.querySelector("svg");
    if (old) old.replaceWith(drawn.svg);
    else panel.holder.append(drawn.svg);
  }

  /* A plot of many panels shows those of one workload, the same in all plots that have it, or all. */
  const MANY = 12;
  const workloadOf = (panel) => panel.title.split(",")[0];
  function isShown(figure, panel) {
    const chosen = figure.choice && figure.choice.value;
    return !chosen || chosen === "all" || chosen === workloadOf(panel) || panel.title === "overall";
  }

  function choice(figure) {
    const names = distinct(figure.panels.map((panel) => ({ name: workloadOf(panel) })), "name").filter((name) => name !== "overall");
    if (figure.panels.length <= MANY || names.length < 2) return "";
    const label = make("label", { class: "choice" }, "workload ");
    figure.choice = make("select", {});
    for (const name of names) figure.choice.append(make("option", { value: name }, name));
    figure.choice.append(make("option", { value: "all" }, `all ${figure.panels.length} panels`));
    figure.choice.addEventListener("change", () => {
      for (const other of figures)
        if (other.choice && [...other.choice.options].some((option) => option.value === figure.choice.value)) other.choice.value = figure.choice.value;
      drawAll();
      figure.choice.scrollIntoView({ block: "nearest" });
    });
    label.append(figure.choice);
    return label;
  }

  function drawFigure(figure) {
    tip.hidden = true;
    for (const panel of figure.panels) {
      panel.holder.hidden = !isShown(figure, panel);
      if (!panel.holder.hidden) drawPanel(figure, panel);
    }
    for (const key of figure.keys) key.setAttribute("aria-pressed", String(!off.has(key.series)));
  }

  function drawAll() {
    figures.forEach(drawFigure);
  }

  function legend(figure, names) {
    const box = make("div", { class: "legend", role: "group", "aria-label": "Shown in the plots" });
    const both = make("span", {});
    for (const [text, change] of [["all", (name) => off.delete(name)], ["none", (name) => off.add(name)]]) {
      const button = make("button", { type: "button", class: "all" }, text);
      button.addEventListener("click", () => { names.forEach(change); drawAll(); });
      both.append(button);
    }
    figure.keys = names.map((name) => {
      const key = make("button", { type: "button", "aria-pressed": "true" });
      key.series = name;
      const letter = [...figure.view.letters].find((pair) => pair[1] === name);
      key.append(swatch(styleOf(name)), letter && letter[0] ? `${letter[0]}: ${name}` : String(name));
      key.addEventListener("click", () => { if (!off.delete(name)) off.add(name); drawAll(); });
      box.append(key);
      return key;
    });
    if (names.length > 2) box.append(both);
    return box;
  }

  /* What the marks mean that the legend does not show. */
  function note(view, rows, caption) {
    const parts = [], heading = (column) => view.heading(column).split(",")[0];
    if (view.kind === "bars" && view.slot) {
      const slots = distinct(rows, view.slot).sort((a, b) => a - b);
      if (slots.length > 1) parts.push(`bars from dark to light: ${slots.length > 2 ? "fewest to most" : slots.join(", ")} ${heading(view.slot)}`);
    }
    if (view.dot) parts.push("dotted: plain malloc; right of it is faster");
    else if (view.base) parts.push(`dotted: the ${heading(view.base)}, from which bars begin`);
    if (view.ring) parts.push(`ring: ${heading(view.ring)}`);
    if (view.area) parts.push(`shaded: ${heading(view.area)}`);
    if (view.across && rows.some((row) => row[view.x] === null)) parts.push(`dashed across: ${heading(view.x)} cannot be seen`);
    if (view.decided) parts.push("hatched: not decided between the contenders that the letters stand for");
    if (view.low && !/interval/.test(caption)) parts.push("with 95 % intervals");
    if (view.log) parts.push((view.log === true ? "" : heading(view.log) + ": ") + "logarithmic scale");
    return make("p", { class: "note" }, parts.join("; "));
  }

  function setUp(element) {
    const source = element.querySelector("script[type='application/json']");
    if (!source) return;
    const plot = JSON.parse(source.textContent), view = viewOf(plot), rows = melt(view, rowsOf(plot));
    const image = element.querySelector("img"), box = make("div", { class: "panels" });
    const figure = { view, panels: panelsOf(rows, view), caption: element.querySelector("figcaption").textContent };
    const names = distinct(rows, view.series);
    view.letters = new Map(rows.map((row) => [row[view.letter], row[view.series]]));
    names.forEach(styleOf);
    for (const panel of figure.panels) {
      panel.holder = make("div", { class: "panel" });
      const title = make("h4", {}, panel.title);
      if (panel.subtitle) title.append(make("small", {}, panel.subtitle));
      panel.holder.append(title);
      box.append(panel.holder);
    }
    if (view.kind === "bars" || view.ys.length === 2) box.classList.add("wide");
    image.before(choice(figure), legend(figure, names), note(view, rows, figure.caption), box);
    drawFigure(figure);
    image.hidden = true;
    figures.push(figure);
  }

  /* Tables. What a cell is sorted by: its leading number, in bytes or nanoseconds where it has such
   * a unit, else its text. */
  const UNITS = { B: 1, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3, ns: 1, "\u00b5s": 1e3, us: 1e3, ms: 1e6, s: 1e9 };
  function keyOf(cell) {
    const text = cell ? cell.textContent.trim() : "";
    const found = /^[\u00b1<>~]?\s*([-+]?\d[\d\u202f]*(?:\.\d+)?(?:e[-+]?\d+)?)\s*([A-Za-z\u00b5]+)?/.exec(text);
    if (text === "" || text === "-" || text === "n/a" || text === "not known" || text === "unknown") return null;
    return found ? Number(found[1].replace(/\u202f/g, "")) * (UNITS[found[2]] || 1) : text.toLowerCase();
  }

  function compare(a, b, sign) {
    if (a === null || b === null) return (a === null) - (b === null);
    if (typeof a !== typeof b) return typeof a === "number" ? -1 : 1;
    return sign * (a < b ? -1 : a > b ? 1 : 0);
  }

  function sortBy(table, column, direction) {
    const body = table.tBodies[0], sign = direction === "descending" ? -1 : 1;
    const rows = table.order.map((row, i) => ({ row, i, key: keyOf(row.cells[column]) }));
    if (direction !== "none") rows.sort((a, b) => compare(a.key, b.key, sign) || a.i - b.i);
    body.append(...rows.map(({ row }) => row));
  }

  function sortable(table) {
    const head = table.tHead && table.tHead.rows[0], body = table.tBodies[0];
    if (!head || !body || body.rows.length < 2 || !head.textContent.trim()) return;
    table.order = [...body.rows];
    [...head.cells].forEach((th, column) => {
      const button = make("button", { type: "button" }, th.textContent);
      th.replaceChildren(button);
      th.setAttribute("scope", "col");
      th.setAttribute("aria-sort", "none");
      button.addEventListener("click", () => {
        const next = { none: "ascending", ascending: "descending", descending: "none" }[th.getAttribute("aria-sort")];
        for (const other of head.cells) other.setAttribute("aria-sort", "none");
        th.setAttribute("aria-sort", next);
        sortBy(table, column, next);
      });
    });
  }

  /* Sections of many tables: each opens by its heading. */
  function fold(section) {
    const inside = [];
    for (let at = section.nextElementSibling; at && at.tagName !== "H2"; at = at.nextElementSibling) inside.push(at);
    if (inside.filter((element) => element.tagName === "H3").length <= MANY) return;
    let body = null;
    for (const element of inside) {
      if (element.tagName === "H3") {
        body = make("details", { class: "fold" });
        body.append(make("summary", {}, element.textContent));
        element.replaceWith(body);
      } else if (body) {
        body.append(element);
      }
    }
  }

  /* A box that scrolls must be reachable by key. */
  function scrollable(box) {
    if (box.scrollWidth <= box.clientWidth + 1) return;
    box.setAttribute("tabindex", "0");
    box.setAttribute("role", "region");
    box.setAttribute("aria-label", "Table, scrolls sideways");
  }

  /* The bar of sections is one line, which scrolls: it marks the section that is read and keeps it in
   * sight, and fades at its end where there are more. */
  function sections(nav) {
    const links = [...nav.querySelectorAll("a")].map((link) => ({ link, section: document.getElementById(link.hash.slice(1)) }));
    const follow = () => {
      const passed = links.filter((l) => l.section && l.section.getBoundingClientRect().top < innerHeight / 3);
      const now = (passed[passed.length - 1] || links[0] || {}).link;
      for (const { link } of links) if (link === now) link.setAttribute("aria-current", "true"); else link.removeAttribute("aria-current");
      if (now) nav.scrollLeft = now.offsetLeft + now.offsetWidth / 2 - nav.clientWidth / 2;
    };
    const fade = () => nav.classList.toggle("more", nav.scrollLeft + nav.clientWidth < nav.scrollWidth - 2);
    let due = false;
    addEventListener("scroll", () => {
      if (due) return;
      due = true;
      requestAnimationFrame(() => { due = false; follow(); });
    }, { passive: true });
    nav.addEventListener("scroll", fade, { passive: true });
    addEventListener("resize", fade);
    nav.addEventListener("focusin", (event) => event.target.scrollIntoView({ block: "nearest", inline: "nearest" }));
    nav.addEventListener("wheel", (event) => { if (!event.deltaX) nav.scrollLeft += event.deltaY; }, { passive: true });
    follow();
    fade();
  }

  let width = innerWidth, waiting = 0;
  document.body.append(tip);
  document.documentElement.classList.add("js");
  document.querySelectorAll("h2").forEach(fold);
  document.querySelectorAll("figure.plot").forEach(setUp);
  document.querySelectorAll("table").forEach(sortable);
  document.querySelectorAll(".scroll").forEach(scrollable);
  for (const details of document.querySelectorAll("details"))
    details.addEventListener("toggle", () => details.querySelectorAll(".scroll").forEach(scrollable));
  addEventListener("beforeprint", () => document.querySelectorAll("details.fold").forEach((details) => { details.open = true; }));
  sections(document.querySelector("nav"));
  addEventListener("resize", () => {
    if (innerWidth === width) return;
    width = innerWidth;
    clearTimeout(waiting);
    waiting = setTimeout(drawAll, 120);
  });
})();
