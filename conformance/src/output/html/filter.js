
"use strict";
(() => {
  const bar = document.getElementById("filter");
  const none = document.getElementById("none");
  const search = bar.querySelector("input[type=search]");
  const subject = bar.querySelector("select");
  const boxes = [...bar.querySelectorAll("input[type=checkbox]")];
  const output = bar.querySelector("output");
  const reset = bar.querySelector("button");
  const shown = [...document.querySelectorAll("[data-id]")];
  const parts = [...document.querySelectorAll("[data-part]")];
  const rows = shown.filter((one) => "row" in one.dataset);

  // A case is found by whatever is told of it, in its card or in its row.
  const texts = new Map();
  for (const { dataset, textContent } of shown) {
    texts.set(dataset.id, (texts.get(dataset.id) || "") + " " + textContent.toLowerCase());
  }

  const checked = (name) => boxes.filter((box) => box.name === name && box.checked).map((box) => box.value);

  function filter() {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const outcomes = checked("outcome");
    const levels = checked("level");
    const fits = ({ dataset }) =>
      (!outcomes.length || outcomes.includes(dataset.outcome)) &&
      (!levels.length || levels.includes(dataset.level)) &&
      (!subject.value || subject.value === dataset.subject) &&
      words.every((word) => texts.get(dataset.id).includes(word));
    for (const one of shown) one.hidden = !fits(one);
    const left = rows.filter((row) => !row.hidden).length;
    const all = left === rows.length;
    for (const part of parts) {
      const inside = part.querySelectorAll("[data-id]");
      part.hidden = inside.length ? ![...inside].some((one) => !one.hidden) : !all;
    }
    output.textContent = all ? rows.length + " cases" : left + " of " + rows.length + " cases";
    reset.hidden = all;
    none.hidden = left > 0 || rows.length === 0;
  }

  function clear() {
    search.value = "";
    subject.value = "";
    for (const box of boxes) box.checked = false;
    filter();
  }

  // A link may lead to a case that is filtered out, or closed.
  function reveal() {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!target) return;
    if (target.closest("[hidden]")) clear();
    if (target.tagName === "DETAILS") target.open = true;
    target.scrollIntoView();
  }

  for (const pre of document.querySelectorAll("pre.command")) {
    if (!navigator.clipboard) break;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "copy";
    button.textContent = "copy";
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(pre.textContent);
      button.textContent = "copied";
      setTimeout(() => { button.textContent = "copy"; }, 1500);
    });
    const box = document.createElement("div");
    box.className = "copied";
    pre.replaceWith(box);
    box.append(pre, button);
  }

  bar.addEventListener("input", filter);
  reset.addEventListener("click", clear);
  window.addEventListener("hashchange", reveal);
  document.addEventListener("keydown", (event) => {
    if (event.key === "/" && !event.target.closest("input, select")) {
      event.preventDefault();
      search.focus();
    } else if (event.key === "Escape" && bar.contains(event.target)) {
      clear();
    }
  });
  bar.hidden = false;
  filter();
  if (location.hash) reveal();
})();
