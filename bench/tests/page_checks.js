/* SPDX-License-Identifier: MIT */
/*
 * page_checks.js: put behind report.html's own script by page_test.c. Uses the page as a reader
 * would and writes what it found into the document, a line each. `wanted` and the list `errors`,
 * filled from the first script of the document on, come from page_test.c.
 */
"use strict";

(() => {
  const found = [];
  const check = (holds, what) => found.push((holds ? "ok " : "FAILED ") + what);
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const column = (table, index) => [...table.tBodies[0].rows].map((row) => row.cells[index].textContent);

  function tables() {
    const table = all("table").find((t) => t.tHead && /contender\s+ratio\s+verdict\s+to best/.test(t.tHead.textContent));
    const head = table.tHead.rows[0].cells, before = column(table, 0);
    const at = [...head].findIndex((th) => /^ratio/.test(th.textContent));
    const press = (index) => head[index].querySelector("button").click();
    const numbers = () => column(table, at).map(parseFloat);
    const sorted = (list, sign) => list.every((v, i) => i === 0 || sign * (v - list[i - 1]) >= 0);
    check(head[at].getAttribute("aria-sort") === "none", "a table starts unsorted");
    press(at);
    check(sorted(numbers(), 1) && head[at].getAttribute("aria-sort") === "ascending", "sorts ascending by number");
    press(at);
    check(sorted(numbers(), -1) && head[at].getAttribute("aria-sort") === "descending", "sorts descending by number");
    press(0);
    check(sorted(column(table, 0).map((name, i, names) => i && name < names[i - 1] ? -1 : i), 1) &&
      head[0].getAttribute("aria-sort") === "ascending" && head[at].getAttribute("aria-sort") === "none", "sorts by text, one column at a time");
    press(0);
    press(0);
    check(column(table, 0).join() === before.join(), "a third press restores the order");
    head[at].querySelector("button").focus();
    check(document.activeElement === head[at].querySelector("button"), "headings take the keyboard's focus");
    const cells = all("table").find((t) => /kept/.test(t.tHead.textContent) && t !== table);
    const kept = [...cells.tHead.rows[0].cells].findIndex((th) => /^kept/.test(th.textContent));
    cells.tHead.rows[0].cells[kept].querySelector("button").click();
    const sizes = column(cells, kept), last = sizes.lastIndexOf("n/a"), first = sizes.indexOf("n/a");
    check(first < 0 || last === sizes.length - 1 && sizes.slice(first).every((text) => text === "n/a"), "what is not known sorts last");
  }

  /* Its last link can be reached, and it never takes a second line of the window. */
  function bar() {
    const nav = document.querySelector("nav"), links = all("a", nav);
    check(nav.clientHeight < 2 * links[0].offsetHeight + 20 && links.every((link) => link.offsetTop === links[0].offsetTop), "the bar of sections is one line");
    check(all("[aria-current]", nav).length === 1, "it marks one section");
    check(nav.classList.contains("more") === (nav.scrollWidth > nav.clientWidth + 2), "it fades where there is more");
    links[links.length - 1].focus();
    const end = links[links.length - 1].getBoundingClientRect();
    check(end.left >= 0 && end.right <= innerWidth + 1, `its last section comes into sight: ${end.left} to ${end.right} of ${innerWidth}, ${nav.scrollLeft} of ${nav.scrollWidth - nav.clientWidth}`);
  }

  /* An interval may reach below 0, where a logarithmic axis has no place. */
  function logarithm() {
    const panel = document.querySelector(".panel svg"), bars = all(".bar", panel), box = panel.getBoundingClientRect();
    check(bars.length === 2 && bars.every((bar) => bar.getBoundingClientRect().width > 5), "bars have a length");
    check(bars.every((bar) => bar.getBoundingClientRect().right <= box.right), "bars end within the panel");
    check(!/NaN|Infinity/.test(panel.outerHTML), "no impossible number");
  }

  /* Each y of a plot has its interval and its scale, and no two contenders look alike. */
  function axes() {
    const panels = all(".panel svg"), whiskers = (panel) => all(".series", panel).map((g) => all(".whisker", g).length).join();
    const ticks = (panel) => all(".tick[text-anchor='end']", panel).map((tick) => tick.textContent);
    const colours = new Set(all(".legend .swatch").map((key) => getComputedStyle(key.querySelector(".mark")).stroke));
    check(panels.length === 2, `${panels.length} panels of 2`);
    check(whiskers(panels[0]) === "2,0,0,0", "intervals of the first: " + whiskers(panels[0]));
    check(whiskers(panels[1]) === "0,1,0,0", "intervals of the second: " + whiskers(panels[1]));
    check(ticks(panels[0])[0] === "0", "the first begins at zero: " + ticks(panels[0]));
    check(ticks(panels[1]).join() === "0.1,1,10,100,1000", "the second is logarithmic: " + ticks(panels[1]));
    check(all(".series", panels[1])[0].querySelectorAll(".mark").length === 2, "an undisturbed point and a disturbed one");
    check(colours.size === 4, `${colours.size} colours of 4`);
    check(!/NaN|undefined|Infinity/.test(panels.map((svg) => svg.outerHTML).join()), "no impossible number");
  }

  /* Of many panels those of one workload are shown, of many tables none until its heading is used. */
  function many() {
    const shown = () => all(".panel").filter((panel) => !panel.hidden), select = document.querySelector(".choice select");
    check(shown().length === 2 && shown().every((panel) => panel.textContent.startsWith("load0,")), `panels of one workload: ${shown().length}`);
    select.value = "load3";
    select.dispatchEvent(new Event("change"));
    check(shown().length === 2 && shown().every((panel) => panel.querySelector("svg .series") && panel.textContent.startsWith("load3,")), "of another one");
    select.value = "all";
    select.dispatchEvent(new Event("change"));
    check(shown().length === 14 && shown().every((panel) => panel.querySelector("svg")), `all: ${shown().length}`);
    const folds = all("details.fold");
    check(folds.length === 13 && folds.every((fold) => !fold.open && all("table", fold).length === 1), `${folds.length} folded tables`);
    check(all("h3").length === 1, "a section of one table is not folded");
  }

  function figures() {
    const plots = all("figure.plot");
    check(plots.length === wanted.plots, `${plots.length} figures of ${wanted.plots}`);
    for (const plot of plots) {
      const drawn = all(".panel svg", plot);
      check(drawn.length > 0 && drawn.every((svg) => all(".series", svg).length > 0 && svg.clientHeight > 40), `${plot.id} is drawn`);
      check(plot.querySelector("img").hidden && plot.querySelector("img").alt.length > 10, `${plot.id} replaces its picture, which has a text`);
      check(all("details tbody tr", plot).length > 0 && plot.querySelector("figcaption").textContent.length > 0, `${plot.id} has a table and a caption`);
      check(!/NaN|undefined|Infinity/.test(drawn.map((svg) => svg.outerHTML).join()), `${plot.id} has no impossible number`);
    }
  }

  function legend() {
    const key = () => all(".legend button").find((button) => button.textContent === wanted.contender);
    const lines = () => all("figure.plot .panel .series").length;
    const before = lines();
    key().click();
    const keys = all(".legend button").filter((button) => button.textContent === wanted.contender);
    check(lines() < before && keys.length > 1 && keys.every((k) => k.getAttribute("aria-pressed") === "false"), "a contender is switched off in all plots");
    all("#plot-throughput .legend .all").find((button) => button.textContent === "none").click();
    check(all("#plot-throughput .panel .series").length === 0, "none leaves none");
    all("#plot-throughput .legend .all").find((button) => button.textContent === "all").click();
    check(lines() === before, "all brings all back");
  }

  function values() {
    const plot = document.getElementById("plot-throughput"), svg = plot.querySelector(".panel svg"), tip = document.querySelector(".tip");
    const data = la_draw.rowsOf(JSON.parse(plot.querySelector("script").textContent));
    const most = Math.max(...data.map((r) => r.threads));
    const row = data.find((r) => r.name === wanted.contender && r.threads === most && r.title === data[0].title);
    const box = svg.getBoundingClientRect();
    const shows = () => !tip.hidden && tip.textContent.includes(wanted.contender) && tip.textContent.includes(la_draw.number(row.mops));
    svg.dispatchEvent(new PointerEvent("pointermove", { clientX: box.right - 40, clientY: box.top + 60, bubbles: true }));
    check(shows(), "the pointer shows the data file's value: " + tip.textContent);
    svg.dispatchEvent(new PointerEvent("pointerleave"));
    check(tip.hidden, "and hides it when it leaves");
    for (let i = 0; i < 9; i++) svg.dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowRight" }));
    check(shows(), "arrow keys show it");
    svg.dispatchEvent(new KeyboardEvent("keydown", { key: "Escape" }));
    check(tip.hidden, "Escape hides it");
  }

  function layout() {
    const root = document.documentElement, paper = getComputedStyle(document.body).backgroundColor.match(/\d+/g).map(Number);
    check(root.scrollWidth <= root.clientWidth, `the page is not wider than its window: ${root.scrollWidth} of ${root.clientWidth}`);
    check((paper[0] < 80) === wanted.dark, `paper is ${paper}`);
    check(wanted.width === 0 || Math.abs(innerWidth - wanted.width) < 2, `the window is ${innerWidth} wide`);
    for (const link of all("nav a")) check(document.getElementById(link.hash.slice(1)), `there is a section ${link.hash}`);
    for (const image of all("img")) check(image.alt && (image.hidden || image.naturalWidth > 0), `picture: ${image.alt}`);
  }

  function hostile() {
    const text = document.body.textContent;
    check(document.title === wanted.title, "the title is text: " + document.title);
    check(document.querySelector(".panel h4").textContent.startsWith(wanted.panel), "a panel's title is text");
    check(column(document.querySelector("figure table"), 0).includes(wanted.panel), "a table's cell is text");
    check(all(".legend button").some((button) => button.textContent === wanted.series), "a key of the legend is text");
    check(text.includes("said <b>so</b>"), "a cell of the report is text");
    check(all("main script:not([type='application/json'])").length === 0 && all('main b, main a[href]:not([href=""]), main iframe, main [onerror]').length === 0, "no element came of it");
    check(!("hacked" in window), "and nothing of it ran");
  }

  try {
    if (wanted.hostile) hostile();
    else if (wanted.logarithm) logarithm();
    else if (wanted.axes) axes();
    else if (wanted.many) many();
    else [figures, tables, legend, values, layout, bar].forEach((part) => part());
  } catch (error) {
    check(false, String(error.stack));
  }
  /* Errors of pictures and of the page's own timers come later. */
  setTimeout(() => {
    for (const error of errors) check(false, "error: " + error);
    const result = document.createElement("pre"), text = `CHECKS\n${found.join("\n")}\nEND ${found.length}`;
    result.textContent = text;
    document.body.append(result);
    if (parent !== window) parent.postMessage(text, "*");
  }, 200);
})();
