// The lines of one page: shown, filtered, walked over and chosen.
//
// They stand in blocks. A block is empty, and as high as its lines may be, until it comes near
// what is seen; so a page of thousands of lines is there at once and scrolls as a short one does.

import { $, make } from "./dom.js";

const list = $("lines");
const TEXT = 0, KEEP = 1, PROBABILITY = 2, KIND = 3, REASON = 4, UNCERTAIN = 5, PAGES = 6;

export const view = {
  page: null, // as the server gave it
  shown: [], // indices of the lines that the filters let through
  at: 0, // a place in `shown`
  anchor: 0, // where the chosen range begins
  show: "all",
};
const BLOCK = 40; // lines
const AHEAD = "1500px 0px"; // how near a block is when its lines are made
const LETTERS = 85, LINE_HEIGHT = 24, GAP = 6; // what the height of lines is guessed from
let blocks = [];
let rows = new Map();
let watcher = null;

const labelOf = (line) => view.page.labels[line];
const isKept = (line) => (labelOf(line) ?? [view.page.lines[line][KEEP]])[0];
const kindOf = (line) => labelOf(line)?.[1] ?? view.page.lines[line][KIND];

export const current = () => view.shown[view.at];
export const lineText = (line) => view.page.lines[line][TEXT];
export const isDropped = (line) => !isKept(line);

export function chosen() {
  const [from, to] = [Math.min(view.at, view.anchor), Math.max(view.at, view.anchor)];
  return view.shown.slice(from, to + 1);
}

export function open(page) {
  view.page = page;
  options($("reason"), page.lines.map((line) => line[REASON]));
  options($("kind"), page.lines.map((line, at) => kindOf(at)));
  render();
}

function options(select, values) {
  const before = select.value;
  const counts = new Map();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  const known = [...counts].sort((a, b) => b[1] - a[1]);
  select.replaceChildren(
    make("option", { value: "", text: "any" }),
    ...known.map(([value, count]) => make("option", { value, text: `${value} (${count})` })),
  );
  select.value = counts.has(before) ? before : "";
}

const SHOWS = {
  all: () => true,
  uncertain: (line) => view.page.lines[line][UNCERTAIN],
  dropped: (line) => !isKept(line),
  kept: (line) => isKept(line),
  labelled: (line) => labelOf(line) !== undefined,
};
export const shows = Object.keys(SHOWS);

export function render(stay) {
  const reason = $("reason").value, kind = $("kind").value, test = SHOWS[view.show];
  view.shown = view.page.lines.map((_, at) => at).filter(
    (at) => test(at)
      && (!reason || view.page.lines[at][REASON] === reason)
      && (!kind || kindOf(at) === kind),
  );
  const found = stay === undefined ? 0 : view.shown.findIndex((line) => line >= stay);
  view.at = view.anchor = Math.max(found, 0);
  rows = new Map();
  build();
  $("none").hidden = view.shown.length > 0;
  list.hidden = view.shown.length === 0;
  mark();
  for (const button of document.querySelectorAll("[data-show]")) {
    button.setAttribute("aria-pressed", String(button.dataset.show === view.show));
  }
}

function build() {
  watcher?.disconnect();
  watcher = new IntersectionObserver(
    (entries) => {
      for (const entry of entries) if (entry.isIntersecting) populate(blocks.indexOf(entry.target));
    },
    { root: list, rootMargin: AHEAD },
  );
  blocks = [];
  for (let first = 0; first < view.shown.length; first += BLOCK) {
    const block = make("div", { role: "presentation", className: "block" });
    let height = 0;
    for (const line of view.shown.slice(first, first + BLOCK)) {
      height += Math.max(1, Math.ceil(lineText(line).length / LETTERS)) * LINE_HEIGHT + GAP;
    }
    block.style.minHeight = `${height}px`;
    blocks.push(block);
  }
  populate(0);
  list.replaceChildren(...blocks);
  list.scrollTop = 0;
  blocks.forEach((block, number) => number && watcher.observe(block));
}

function populate(number) {
  const block = blocks[number];
  if (!block || block.childElementCount) return;
  watcher.unobserve(block);
  const first = number * BLOCK;
  block.append(...view.shown.slice(first, first + BLOCK).map((line, at) => row(line, first + at)));
  block.style.minHeight = "";
}

function row(line, place) {
  const element = make(
    "div",
    {
      role: "option", id: `line-${line}`, "aria-selected": "false",
      "aria-posinset": place + 1, "aria-setsize": view.shown.length,
    },
    make("span", { className: "sign", "aria-hidden": "true" }),
    make("span", { className: "text", text: lineText(line) || " ", dir: "auto" }),
    make("span", { className: "facts" }),
  );
  element.dataset.place = place;
  rows.set(line, element);
  paint(line);
  const [from, to] = [Math.min(view.at, view.anchor), Math.max(view.at, view.anchor)];
  if (place >= from && place <= to) element.setAttribute("aria-selected", "true");
  return element;
}

// What a row says of its line: anew when a label changes.
export function paint(line) {
  const element = rows.get(line);
  if (!element) return;
  const [, , probability, , reason, uncertain, pages] = view.page.lines[line];
  const label = labelOf(line);
  const kept = isKept(line);
  element.className = ["line", kept ? "kept" : "dropped", label ? "labelled" : ""].join(" ").trim();
  const [sign, , facts] = element.children;
  sign.textContent = uncertain && !label ? "?" : "";
  const because = label ? `${label[2]} (${reason})` : reason;
  element.title = `${kept ? "kept" : "dropped"} · ${kindOf(line)} · ${probability.toFixed(2)} · ${because}`;
  facts.replaceChildren(
    make("span", { className: "unseen", text: `${kept ? "kept" : "dropped"}${uncertain ? ", uncertain" : ""}, ` }),
    make("b", { text: kindOf(line) }),
    ` ${probability.toFixed(2)} ${because} `,
  );
  if (pages > 1) {
    facts.append(make("span", { className: "often", text: `${pages}/${view.page.site_pages} pages`,
      title: `stands on ${pages} of ${view.page.site_pages} pages of this site` }));
  }
}

export function mark() {
  for (const element of list.querySelectorAll(".here, [aria-selected=true]")) {
    element.classList.remove("here");
    element.setAttribute("aria-selected", "false");
  }
  if (!view.shown.length) {
    list.removeAttribute("aria-activedescendant");
    return;
  }
  populate(Math.floor(view.at / BLOCK));
  for (const line of chosen()) rows.get(line)?.setAttribute("aria-selected", "true");
  const here = rows.get(current());
  here.classList.add("here");
  list.setAttribute("aria-activedescendant", here.id);
  here.scrollIntoView({ block: "nearest" });
}

export function move(by, { extend = false } = {}) {
  if (!view.shown.length) return;
  view.at = Math.min(Math.max(view.at + by, 0), view.shown.length - 1);
  if (!extend) view.anchor = view.at;
  mark();
}

// The next line that the model is unsure of and nobody has labelled.
export function nextDoubt() {
  const found = view.shown.findIndex(
    (line, place) => place > view.at && view.page.lines[line][UNCERTAIN] && !labelOf(line),
  );
  if (found >= 0) go(found);
  return found >= 0;
}

export function go(place, { extend = false } = {}) {
  view.at = place;
  if (!extend) view.anchor = place;
  mark();
}

// The mouse: a click chooses a line, drawing over several or Shift chooses a range.
let drawing = false;
const placeOf = (event) => {
  const element = event.target.closest?.("[data-place]");
  return element ? Number(element.dataset.place) : null;
};
list.addEventListener("pointerdown", (event) => {
  const place = placeOf(event);
  if (place === null || event.button !== 0) return;
  go(place, { extend: event.shiftKey });
  drawing = event.pointerType === "mouse";
});
list.addEventListener("pointerover", (event) => {
  const place = placeOf(event);
  if (drawing && place !== null) go(place, { extend: true });
});
addEventListener("pointerup", () => { drawing = false; });
