// Ties the parts together: opens pages, labels lines, and listens to keys.

import { get, post } from "./api.js";
import { $, lines, make, say } from "./dom.js";
import * as list from "./lines.js";
import * as pages from "./pages.js";
import * as train from "./train.js";
import * as twins from "./twins.js";

// A digit labels a line as one of these; the first three are kept.
const KINDS = ["body", "heading", "caption", "byline", "navigation", "related", "promotion", "comment", "other"];
const KEPT = ["body", "heading", "list_item", "quote", "table", "code", "caption"];
const ALL_KINDS = [...KEPT, "byline", "credit", "navigation", "related", "promotion", "newsletter",
  "comment_form", "comment", "captcha", "counter", "share", "alert", "legal", "advertisement", "other"];
const POLL = 2000; // milliseconds

const done = []; // actions of this tab, the last one last
const ready = new Map(); // pages fetched ahead

async function attempt(work) {
  try {
    await work();
  } catch (error) {
    say(error.message);
    if (error.status === 409) await reopen();
  }
}

async function open({ focus = true } = {}) {
  const number = pages.here();
  if (number === undefined) return;
  const started = performance.now();
  const fetched = ready.get(number) ?? get(`page/${number}`);
  ready.clear();
  const page = await fetched;
  if (number !== pages.here()) return; // turned again in the meantime
  list.open(page);
  show(page);
  if (focus) $("lines").focus({ preventScroll: true });
  document.body.dataset.took = String(Math.round(performance.now() - started));
  document.body.dataset.page = String(number);
  for (const next of pages.ahead()) {
    const promise = get(`page/${next}`);
    promise.catch(() => ready.delete(next));
    ready.set(next, promise);
  }
}

function show(page) {
  $("title").textContent = page.title || page.id || `Page ${page.page + 1}`;
  $("address").textContent = [page.url, page.id].filter((text) => text && text !== page.title).join(" · ");
  document.title = `${$("title").textContent} – Review`;
  const notes = [];
  if (page.error) notes.push(`This page cannot be cleaned: ${page.error}`);
  if (page.flags.length) notes.push(`Flagged: ${page.flags.join(", ")}.`);
  if (page.lost.length) notes.push(`${lines(page.lost.length)} with labels are not on this page any more: ${page.lost.join(" / ")}`);
  $("notes").textContent = notes.join(" ");
  $("notes").hidden = notes.length === 0;
}

// The same page again, with the labels and verdicts of now, where one was.
async function reopen() {
  const stay = list.current();
  ready.clear();
  const number = list.view.page.page;
  const page = await get(`page/${number}`);
  if (number !== list.view.page.page) return; // turned in the meantime
  list.open(page);
  list.render(stay);
  show(page);
}

async function label(keep, kind = null) {
  const chosen = list.chosen();
  if (!chosen.length) return;
  const shown = list.view.page;
  const { page, version } = shown;
  const result = await post("label", { page, lines: chosen, keep, kind, version });
  remember(result, shown);
  say(`${lines(chosen.length)} ${keep ? "kept" : "dropped"}${kind ? ` as ${kind}` : ""}.`);
  const isOpen = list.view.page.page === page; // else turned in the meantime
  const labelled = isOpen ? list.view.page : shown;
  for (const line of chosen) {
    labelled.labels[line] = [keep, kind ?? guess(labelled.lines[line][3], keep), "you"];
    if (isOpen) list.paint(line);
  }
  noteLabels(labelled);
  if (!isOpen) return;
  const last = Math.max(list.view.at, list.view.anchor);
  list.go(Math.min(last + 1, list.view.shown.length - 1));
}

function guess(kind, keep) {
  const content = KEPT.includes(kind) || kind === "byline" || kind === "credit";
  return keep === content ? kind : keep ? "body" : "other";
}

const noteLabels = ({ page, labels }) => pages.noteLabels(page, Object.keys(labels).length);

// With the page that shows it all; where others labelled too, it stays behind, and is read anew.
function remember(result, shown = null) {
  if (shown && result.version === shown.version + result.lines) shown.version = result.version;
  if (result.action) done.push(result.action);
  ready.clear();
}

async function undo() {
  const action = done.pop();
  if (!action) {
    say("Nothing to undo in this tab.");
    return;
  }
  try {
    await post("undo", { action });
  } catch (error) {
    if (error.status !== 400) done.push(action);
    throw error;
  }
  await reopen();
  noteLabels(list.view.page);
  say("Undone.");
}

async function confirm() {
  const shown = list.view.page;
  const { page, generation, version } = shown;
  const result = await post("confirm", { page, generation, version });
  remember(result, shown);
  await reopen();
  noteLabels(list.view.page);
  say(`${lines(result.lines)} confirmed.`);
}

async function turn(by) {
  if (pages.turn(by)) await open();
  else say(by > 0 ? "This is the last page." : "This is the first page.");
}

function filter(show) {
  list.view.show = show;
  list.render();
  say(`${lines(list.view.shown.length)} shown: ${show}.`);
}

const asKind = (kind) => label(KEPT.includes(kind), kind);
const nextShow = () => list.shows[(list.shows.indexOf(list.view.show) + 1) % list.shows.length];

const keys = {
  j: () => list.move(1), k: () => list.move(-1),
  J: () => list.move(1, { extend: true }), K: () => list.move(-1, { extend: true }),
  a: () => label(true), d: () => label(false),
  A: () => twins.labelAll(true), D: () => twins.labelAll(false),
  n: () => turn(1), p: () => turn(-1),
  e: () => twins.open(), c: confirm, u: undo, t: () => train.open(),
  i: () => list.nextDoubt() || say("No more doubtful lines below."),
  f: () => filter(nextShow()), "?": () => $("help").showModal(),
};
KINDS.forEach((kind, at) => { keys[at + 1] = () => asKind(kind); });
const moves = {
  ArrowDown: 1, ArrowUp: -1, PageDown: 15, PageUp: -15, Home: -Infinity, End: Infinity,
};

addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
  if (event.target instanceof Element && event.target.closest("input, select, textarea")) return;
  if (!list.view.page) return;
  if (event.key in moves && event.target === $("lines")) {
    event.preventDefault();
    const by = moves[event.key], size = list.view.shown.length;
    list.move(Math.max(Math.min(by, size), -size), { extend: event.shiftKey });
  } else if (Object.hasOwn(keys, event.key)) {
    event.preventDefault();
    attempt(async () => keys[event.key]());
  }
});

const clicks = {
  keep: () => label(true), drop: () => label(false), elsewhere: () => twins.open(),
  confirm, undo, next: () => turn(1), previous: () => turn(-1),
  "open-train": () => train.open(), "open-help": () => $("help").showModal(),
  "show-queue": () => {
    const isOpen = $("queue").classList.toggle("open");
    $("show-queue").setAttribute("aria-expanded", String(isOpen));
  },
};
for (const [id, work] of Object.entries(clicks)) {
  $(id).addEventListener("click", () => attempt(async () => work()));
}
for (const button of document.querySelectorAll("[data-show]")) {
  button.addEventListener("click", () => filter(button.dataset.show));
}
for (const button of document.querySelectorAll("[data-close]")) {
  button.addEventListener("click", () => button.closest("dialog").close());
}
for (const dialog of document.querySelectorAll("dialog")) {
  dialog.addEventListener("close", () => $("lines").focus({ preventScroll: true }));
}
for (const id of ["reason", "kind"]) $(id).addEventListener("change", () => list.render());
for (const id of ["order", "site"]) {
  $(id).addEventListener("change", () => attempt(async () => {
    await pages.load();
    await open({ focus: false });
  }));
}
$("set-kind").append(...ALL_KINDS.map((kind) => make("option", { value: kind, text: kind })));
$("set-kind").addEventListener("change", () => {
  const kind = $("set-kind").value;
  $("set-kind").value = "";
  if (kind) attempt(() => asKind(kind));
});
$("kind-keys").textContent = KINDS.map((kind, at) => `${at + 1} ${kind}`).join(", ");

pages.onOpen(() => {
  $("queue").classList.remove("open");
  $("show-queue").setAttribute("aria-expanded", "false");
  attempt(open);
});
twins.onDone((result, message) => attempt(async () => {
  if (result) remember(result);
  await reopen();
  noteLabels(list.view.page);
  if (message) say(message);
}));
train.onLabel((result) => remember(result));
train.onAccept(() => attempt(refresh));

async function refresh() {
  await reopen();
  await pages.load({ stay: true });
}

// What others do, in another tab or process, and how far the pages are looked through.
let looked = 0;
const isBusy = () => document.querySelector("dialog[open]") || list.chosen().length > 1;

async function poll() {
  const state = await get("state");
  const isComplete = state.seen === state.pages;
  const seen = isComplete ? "" : `, ${state.seen.toLocaleString("en")} looked through`;
  $("progress").textContent =
    `${state.pages.toLocaleString("en")} pages${seen} · ${lines(state.labelled_lines)} labelled on ${state.labelled_pages}`;
  if (!list.view.page || isBusy()) return;
  const more = state.seen > looked && (isComplete || state.seen > 2 * looked + 50);
  const { version, generation } = list.view.page;
  const changed = state.version !== version || state.generation !== generation;
  if (more || changed) await reopen(); // more: on how many pages a line stands
  if (more) await pages.load({ stay: true });
  if (more) looked = state.seen;
  document.body.dataset.complete = String(looked === state.pages);
}

await attempt(async () => {
  looked = (await get("state")).seen;
  await pages.load();
  await open();
});
await attempt(poll);
setInterval(() => attempt(poll), POLL);
