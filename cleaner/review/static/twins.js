// The same line elsewhere: label it on all pages, or make a rule of it after seeing every hit.

import { get, post } from "./api.js";
import { $, fill, lines, make, say } from "./dom.js";
import { current, isDropped, lineText, view } from "./lines.js";

let subject = null; // page, line, kind
let previewed = null;
let done = () => {};

export function onDone(then) {
  done = then;
}

export async function open() {
  const line = current();
  if (line === undefined) return;
  subject = { page: view.page.page, line };
  previewed = null;
  const found = await get(`twins/${subject.page}/${line}`);
  $("twins-error").textContent = "";
  $("rule").hidden = $("rule-save").hidden = true;
  const where = found.site ? `of ${found.site}` : "here";
  const part = found.seen < found.all_pages
    ? ` (${found.seen} of ${found.all_pages} pages are looked at so far)` : "";
  $("twins-count").textContent =
    `“${lineText(line)}” stands on ${found.pages} of ${found.site_pages} pages ${where}${part}. Numbers may differ.`;
  fill($("twins-lines"), found.lines.length, (at) => {
    const [page, , text, keep] = found.lines[at];
    return make("li", {},
      make("span", { text, className: keep ? "" : "dropped", dir: "auto" }),
      make("span", { className: "where", text: `page ${page + 1}, now ${keep ? "kept" : "dropped"}` }));
  });
  if (found.site) $("rule-site").value = found.site;
  $("rule-action").value = isDropped(line) || found.pages > 1 ? "drop" : "keep";
  $("twins").showModal();
}

async function attempt(work) {
  $("twins-error").textContent = "";
  try {
    await work();
  } catch (error) {
    $("twins-error").textContent = error.message;
  }
}

export async function labelAll(keep, line = current()) {
  if (line === undefined) return;
  const result = await post("twins", {
    page: view.page.page, line, keep, kind: null, version: view.page.version,
  });
  done(result, `${lines(result.lines)} ${keep ? "kept" : "dropped"} on all pages.`);
}

$("twins-drop").addEventListener("click", () => attempt(async () => {
  await labelAll(false, subject.line);
  $("twins").close();
}));
$("twins-keep").addEventListener("click", () => attempt(async () => {
  await labelAll(true, subject.line);
  $("twins").close();
}));

function rule() {
  return {
    ...subject, keep: $("rule-action").value === "keep", kind: null, site: $("rule-site").value,
  };
}

$("rule-preview").addEventListener("click", () => attempt(async () => {
  const asked = rule();
  const found = await post("rule/preview", asked);
  previewed = { ...asked, seen: found.hits.length };
  $("rule").hidden = $("rule-save").hidden = false;
  $("rule-count").textContent = `It hits ${lines(found.hits.length)}:`;
  fill($("rule-hits"), found.hits.length, (at) => {
    const [, , text, id] = found.hits[at];
    return make("li", {}, make("span", { text, dir: "auto" }), make("span", { className: "where", text: id }));
  });
  $("rule-path").textContent = `Written to ${found.path}:`;
  $("rule-toml").textContent = found.toml;
}));
for (const id of ["rule-site", "rule-action"]) {
  $(id).addEventListener("input", () => { $("rule").hidden = $("rule-save").hidden = true; });
}
$("rule-save").addEventListener("click", () => attempt(async () => {
  const saved = await post("rule/save", previewed);
  $("twins").close();
  say(`Rule saved. Use it with: ${saved.command}`);
  done(null, null);
}));
