// Retraining: figures before and after, the lines that change, and only then acceptance.

import { get, post } from "./api.js";
import { $, fill, lines, make, say } from "./dom.js";
import { view } from "./lines.js";

const PAUSE = 300; // milliseconds between looks at how training goes
let accepted = () => {};
let labelled = () => {};

export function onAccept(then) {
  accepted = then;
}

export function onLabel(then) {
  labelled = then;
}

export async function open() {
  if (view.page?.site) $("train-site").value = view.page.site;
  $("train-error").textContent = "";
  $("train-done").hidden = true;
  $("train").showModal();
}

$("train-start").addEventListener("click", async () => {
  const button = $("train-start");
  button.disabled = true;
  $("train-error").textContent = "";
  $("train-done").hidden = true;
  $("train-result").hidden = $("train-accept").hidden = true;
  try {
    await post("train", { site: $("train-site").value, page: view.page.page });
    let training;
    do {
      await new Promise((then) => setTimeout(then, PAUSE));
      ({ training } = await get("state"));
      $("train-status").textContent = training.running ? `${training.message}…` : "";
    } while (training.running);
    if (training.error) throw new Error(training.error);
    show(await get("proposal"));
  } catch (error) {
    $("train-status").textContent = "";
    $("train-error").textContent = error.message;
  }
  button.disabled = false;
});

// Wrong words as a share of all labelled words: what a person would count.
const wrong = (errors) =>
  (errors.debris_kept + errors.body_lost) / Math.max(errors.debris + errors.body, 1);
const percent = (share) => `${(100 * share).toFixed(1)} %`;
const names = { html: "HTML", text: "text without HTML" };

function show(proposal) {
  $("train-result").hidden = $("train-accept").hidden = false;
  $("train-caption").textContent =
    `Words judged wrongly, of all words of labelled lines, on ${proposal.pages} pages, each held out in turn.`;
  $("train-figures").replaceChildren(...Object.keys(proposal.before).map((part) => {
    const before = proposal.before[part], after = proposal.after[part];
    const gain = wrong(before) - wrong(after);
    const change = gain > 0 ? "better" : gain < 0 ? "worse" : "";
    return make("tr", {},
      make("th", { scope: "row", text: names[part] ?? part }),
      make("td", { text: percent(wrong(before)) }),
      make("td", { text: percent(wrong(after)), className: change }),
      make("td", { text: `${before.debris_kept} → ${after.debris_kept} of ${before.debris} words` }),
      make("td", { text: `${before.body_lost} → ${after.body_lost} of ${before.body} words` }));
  }));
  const of = proposal.compared < proposal.site_pages
    ? `the first ${proposal.compared} of ${proposal.site_pages} pages` : `${proposal.compared} pages`;
  const lost = proposal.lost ? ` ${lines(proposal.lost)} with labels are not on their pages any more.` : "";
  const worse = proposal.improves ? "" : " It is no better than without, or by no more than chance: better not accept it.";
  $("train-changed").textContent =
    `${lines(proposal.changed)} of ${of} change.${lost}${worse}` + (proposal.changed ? " Look through them:" : "");
  fill($("train-changes"), proposal.changes.length, (at) => change(proposal.changes[at]));
  $("train-changes").hidden = proposal.changes.length === 0;
}

function change(one) {
  const verdict = one.keep ? "keep" : "drop";
  const right = make("button", { text: "Right" });
  const notRight = make("button", { text: "Wrong" });
  const where = make("span", { className: "where",
    text: `page ${one.page + 1}, line ${one.line + 1}, ${one.before.toFixed(2)} → ${one.after.toFixed(2)}` });
  const answer = async (keep, said) => {
    try {
      const { version } = await get("state");
      const result = await post("label", { page: one.page, lines: [one.line], keep, kind: null, version });
      right.disabled = notRight.disabled = true;
      where.append(` · ${said}`);
      labelled(result);
    } catch (error) {
      $("train-error").textContent = error.message;
    }
  };
  right.addEventListener("click", () => answer(one.keep, "right"));
  notRight.addEventListener("click", () => answer(!one.keep, "wrong: train again"));
  return make("li", { className: "change" },
    make("span", {},
      make("span", { className: `becomes ${verdict}`, text: `${verdict} ` }),
      make("span", { text: one.text, dir: "auto" }), where),
    right, notRight);
}

$("train-accept").addEventListener("click", async () => {
  try {
    const result = await post("accept");
    $("train-result").hidden = $("train-accept").hidden = true;
    $("train-done").hidden = false;
    $("train-done").textContent = `Saved to ${result.path}. Clean with: ${result.command}`;
    say("The model is in use.");
    accepted();
  } catch (error) {
    $("train-error").textContent = error.message;
  }
});
