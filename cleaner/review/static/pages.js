// The queue: which pages there are, in what order and why, and which one is next.

import { get } from "./api.js";
import { $, make } from "./dom.js";

const NUMBER = 0, ID = 1, TITLE = 2, LINES = 3, DROPPED = 4, UNCERTAIN = 5, LABELLED = 6, FLAGS = 7;
const STEP = 100; // pages listed at once

export const queue = { rows: [], at: 0, listed: STEP };
let opened = () => {};

export function onOpen(then) {
  opened = then;
}

// Reads the queue; with `stay`, the page that is open when it is there stays the open one.
export async function load({ stay = false } = {}) {
  const site = $("site").value;
  const query = new URLSearchParams({ order: $("order").value });
  if (!$("site-picker").hidden && site) query.set("site", site);
  const found = await get(`queue?${query}`);
  const open = stay ? here() : undefined; // it may have been turned while we asked
  queue.rows = found.rows;
  $("why").textContent = found.why;
  if ($("site").options.length === 0 && found.sites.length > 1) {
    $("site").append(
      make("option", { value: "", text: "all" }),
      ...found.sites.filter(Boolean).map((name) => make("option", { value: name, text: name })),
    );
    $("site-picker").hidden = false;
  }
  const at = queue.rows.findIndex((row) => row[NUMBER] === open);
  queue.at = Math.max(at, 0);
  list();
}

export const here = () => queue.rows[queue.at]?.[NUMBER];
export const ahead = () => queue.rows.slice(queue.at + 1, queue.at + 3).map((row) => row[NUMBER]);

export function turn(by) {
  const to = queue.at + by;
  if (to < 0 || to >= queue.rows.length) return false;
  queue.at = to;
  list();
  return true;
}

export function noteLabels(number, count) {
  const row = queue.rows.find((row) => row[NUMBER] === number);
  if (row) row[LABELLED] = count;
  list();
}

function list() {
  while (queue.at >= queue.listed) queue.listed += STEP;
  const rows = queue.rows.slice(0, queue.listed);
  const focused = document.activeElement?.closest?.("#pages") !== null && document.activeElement?.dataset?.at;
  $("pages").replaceChildren(...rows.map(item));
  $("more-pages").hidden = queue.rows.length <= queue.listed;
  const current = $("pages").querySelector("[aria-current]");
  current?.scrollIntoView({ block: "nearest" });
  if (focused) current?.focus();
}

function item(row, at) {
  const figures = make("span", { className: "figures" });
  if (row[LINES] === null) figures.append("not looked at yet");
  else figures.append(`${row[DROPPED]} of ${row[LINES]} dropped, ${row[UNCERTAIN]} uncertain`);
  if (row[LABELLED]) figures.append(make("span", { className: "done", text: ` · ${row[LABELLED]} labelled` }));
  for (const flag of row[FLAGS]) figures.append(make("span", { className: "flag", text: ` · ${flag}` }));
  const button = make(
    "button",
    { "aria-current": at === queue.at ? "page" : null },
    make("span", { className: "name", text: row[TITLE] || row[ID] || "page", dir: "auto" }),
    figures,
  );
  button.dataset.at = at;
  button.title = row[ID];
  return make("li", {}, button);
}

$("pages").addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (!button) return;
  queue.at = Number(button.dataset.at);
  list();
  opened();
});
$("more-pages").addEventListener("click", () => {
  queue.listed += STEP;
  list();
});
