"use strict";
// Tables of the page: their rows are JSON in a script element, which nothing executes. Every value
// gets into the page as text.
for (const part of document.querySelectorAll("[data-rows]")) {
  const data = JSON.parse(document.getElementById(part.dataset.rows).textContent);
  const body = part.querySelector("tbody");
  const search = part.querySelector("input");
  const found = part.querySelector("[aria-live]");
  const [back, on] = part.querySelectorAll(".pager button");
  // Rows of a page on the screen. On paper there are no pages to turn over.
  const onScreen = 50;
  const onPaper = 2000;
  let size = onScreen;
  const numbers = new Set(data.numbers);
  const empty = new Set(data.empty);
  const value = (row, column) => {
    const words = data.words[column];
    return words ? words[row[column]] : row[column];
  };
  let shown = data.rows;
  let page = 0;
  let texts = null;

  // Text without blanks, such as an address or a code, may wrap after `@ . _ -`, and after 24
  // characters if it has none of these.
  const pieces = (text) => text.match(/[^@._-]{0,24}[@._-]+|[^@._-]{1,24}/gu) ?? [];
  const fill = (cell, text) => {
    const parts = /\s/.test(text) ? [text] : pieces(text);
    cell.append(...parts.flatMap((part) => [part, document.createElement("wbr")]));
  };

  const draw = () => {
    const pages = Math.max(1, Math.ceil(shown.length / size));
    page = Math.min(Math.max(page, 0), pages - 1);
    const lines = shown.slice(page * size, (page + 1) * size).map((row) => {
      const line = document.createElement("tr");
      data.columns.forEach((name, column) => {
        const cell = document.createElement("td");
        cell.dataset.label = name;
        if (numbers.has(column)) cell.className = "number";
        cell.hidden = empty.has(column);
        fill(cell, String(value(row, column)));
        line.append(cell);
      });
      return line;
    });
    body.replaceChildren(...lines);
    const rows = shown.length.toLocaleString("en");
    const what = shown.length === 1 ? "row" : "rows";
    const which = `page ${page + 1} of ${pages.toLocaleString("en")}`;
    const first = `only the first ${size.toLocaleString("en")} are printed`;
    found.textContent = `${rows} ${what}, ${size === onPaper && pages > 1 ? first : which}`;
    back.disabled = page === 0;
    on.disabled = page === pages - 1;
  };

  const look = () => {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    if (words.length && !texts) {
      texts = new Map(data.rows.map((row) => [
        row, data.columns.map((_, column) => value(row, column)).join("\n").toLowerCase(),
      ]));
    }
    const has = (row) => words.every((word) => texts.get(row).includes(word));
    shown = words.length ? data.rows.filter(has) : data.rows;
    page = 0;
    draw();
  };

  part.querySelectorAll("th button").forEach((button, column) => {
    button.addEventListener("click", () => {
      const head = button.closest("th");
      const up = head.getAttribute("aria-sort") !== "ascending";
      for (const other of part.querySelectorAll("th")) other.setAttribute("aria-sort", "none");
      head.setAttribute("aria-sort", up ? "ascending" : "descending");
      const sign = up ? 1 : -1;
      const words = new Intl.Collator("en", { numeric: true });
      const compare = numbers.has(column)
        ? (a, b) => a[column] - b[column]
        : (a, b) => words.compare(value(a, column), value(b, column));
      data.rows.sort((a, b) => sign * compare(a, b));
      look();
    });
  });
  let wait = 0;
  search.addEventListener("input", () => {
    clearTimeout(wait);
    wait = setTimeout(look, 120);
  });
  const drawFor = (rows) => () => {
    page = rows === onPaper ? 0 : page;
    size = rows;
    draw();
  };
  window.addEventListener("beforeprint", drawFor(onPaper));
  window.addEventListener("afterprint", drawFor(onScreen));
  back.addEventListener("click", () => { page -= 1; draw(); });
  on.addEventListener("click", () => { page += 1; draw(); });
  for (const button of document.querySelectorAll(`[data-search="${part.dataset.rows}"]`)) {
    button.addEventListener("click", () => {
      search.value = button.dataset.words;
      look();
      search.focus();
      part.scrollIntoView();
    });
  }
  draw();
}
