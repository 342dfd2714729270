// The few helpers that make elements. None of them takes markup.

export const $ = (id) => document.getElementById(id);

export function make(tag, { text, className, ...attributes } = {}, ...children) {
  const element = document.createElement(tag);
  if (text !== undefined) element.textContent = text;
  if (className) element.className = className;
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== undefined && value !== null) element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

export function say(message) {
  $("said").textContent = message;
}

export const lines = (count) => (count === 1 ? "1 line" : `${count.toLocaleString("en")} lines`);

// Puts rows into a list: the first ones at once, the rest a slice a frame, so that a page of
// thousands is there without waiting. A later call for the same list ends an earlier one.
const turns = new WeakMap();

export function fill(list, count, row, { first = 120, slice = 300 } = {}) {
  const turn = {};
  turns.set(list, turn);
  const some = (from, to) => {
    const fragment = document.createDocumentFragment();
    for (let at = from; at < to; at += 1) fragment.append(row(at));
    list.append(fragment);
  };
  list.replaceChildren();
  some(0, Math.min(first, count));
  let at = Math.min(first, count);
  const rest = () => {
    if (turns.get(list) !== turn) return;
    const end = Math.min(at + slice, count);
    some(at, end);
    at = end;
    if (at < count) requestAnimationFrame(rest);
  };
  if (at < count) requestAnimationFrame(rest);
}
