// A page without a browser: what the figures ask of it, and nothing drawn.

import { JSDOM } from "jsdom";

const { window } = new JSDOM("<!doctype html><body></body>", { pretendToBeVisual: true });

class ResizeObserver {
  observe() {}

  disconnect() {}
}

Object.assign(globalThis, {
  window,
  document: window.document,
  DOMParser: window.DOMParser,
  CustomEvent: window.CustomEvent,
  getComputedStyle: window.getComputedStyle.bind(window),
  requestAnimationFrame: window.requestAnimationFrame.bind(window),
  cancelAnimationFrame: window.cancelAnimationFrame.bind(window),
  innerHeight: 900,
  devicePixelRatio: 1,
  ResizeObserver,
});
window.Element.prototype.scrollIntoView = () => {};
window.Element.prototype.scrollTo = () => {};
window.SVGElement.prototype.getBBox = () => ({ x: 0, y: 0, width: 0, height: 0 });

// What a figure asks of the component that holds it, and what it told that one.
export function holder(more = {}) {
  const box = document.body.appendChild(document.createElement("div"));
  const hint = Object.assign(document.createElement("div"), { id: "hint" });
  const sent = [];
  const spoken = [];
  const phrases = { sentence: "Sentence", on: "it is read", off: "it is off", edit: "type" };
  const tell = (figure, at) => spoken.push(at ? tip(figure, at) : "");
  return { box, hint, sent, spoken, phrases, acts: false, tell, send: (act) => sent.push(act), ...more };
}

export function tip(figure, at) {
  return figure
    .say(at)
    .map((part) => part.textContent ?? part)
    .join("");
}

export function press(figure, ...keys) {
  for (const key of keys) {
    const [name, ...held] = key.split("+").reverse();
    const event = new window.KeyboardEvent("keydown", {
      key: name || "+",
      ctrlKey: held.includes("Control"),
      altKey: held.includes("Alt"),
      bubbles: true,
      cancelable: true,
    });
    figure.frame.dispatchEvent(event);
  }
  return figure.at;
}

const text = (side, axis, k, word, more = "") =>
  `<text x="${10 * k}" y="0" data-side="${side}" data-axis="${axis}" data-index="${k}" ${more}>${word}</text>`;

const drawing = (facts, body) => `<svg xmlns="http://www.w3.org/2000/svg" aria-label="a figure" ${facts}>${body}</svg>`;

// rows and columns are words, values a list of rows.
export function matrix(rows, columns, values, facts = 'data-group="g"') {
  const common = `data-kind="matrix" data-sides="target source" data-unit="share" data-x="20" data-y="20" data-cell="10"
    data-rows="${rows.length}" data-columns="${columns.length}" ${facts}`;
  const cells = values.flatMap((row, i) =>
    row.map((_, j) => `<rect data-row="${i}" data-column="${j}" width="10" height="10"/>`),
  );
  const tops = columns.map((word, k) => text("source", "column", k, word));
  const sides = rows.map((word, k) => text("target", "row", k, word));
  const ground = `<rect data-values="${values.flat().join(",")}"/>`;
  return drawing(
    common,
    `${ground}${cells.join("")}<g data-sticky="20">${sides.join("")}</g><g data-head="0">${tops.join("")}</g>`,
  );
}

// links are [row, column, value].
export function lines(bottom, top, links, facts = 'data-group="g"') {
  const common = `data-kind="lines" data-sides="target source" data-unit="share"
    data-rows="${bottom.length}" data-columns="${top.length}" ${facts}`;
  const curves = links.map(([i, j, value]) => `<path data-row="${i}" data-column="${j}" data-value="${value}"/>`);
  const words = [
    ...bottom.map((word, k) => text("target", "row", k, word)),
    ...top.map((word, k) => text("source", "column", k, word)),
  ];
  return drawing(common, curves.join("") + words.join(""));
}

// words are [word, value, detail].
export function running(words) {
  const common = `data-kind="text" data-sides="target" data-unit="nats" data-rows="1" data-columns="${words.length}"
    data-group="g"`;
  const written = words.map(([word, value, detail]) => {
    const more = `data-value="${value}" ${detail ? `data-detail="${detail}"` : ""}`;
    return `<g><rect/>${text("target", "column", words.indexOf(words.find(([w]) => w === word)), word, more)}</g>`;
  });
  return drawing(common, written.join(""));
}

// sentences are lists of words, each with the value of its place; one named in `off` is switched off.
export function document_(sentences, off = []) {
  let first = 0;
  const written = sentences.map((words, k) => {
    const at = first;
    first += words.length;
    const number = text("sentence", "row", k, k + 1, off.includes(k) ? "" : `data-value="0.${k + 1}"`);
    const bar = off.includes(k) ? "" : `<rect data-row="${k}" x="50" width="20"/>`;
    const drawn = words.map((word, j) => {
      const more = `data-value="${at + j}" data-space="1"`;
      return `<g><rect class="as-ground"/>${text("word", "column", at + j, word, more)}</g>`;
    });
    return `<g data-sentence="${k + 1}" data-text="${words.join(" ")}" ${off.includes(k) ? 'data-off="1"' : ""}>
      ${number}${bar}${drawn.join("")}</g>`;
  });
  const common = `data-kind="document" data-sides="sentence word" data-unit="share" data-bar-unit="of all"
    data-rows="${sentences.length}" data-columns="${first}" data-top="4" data-left="102" data-line="26"
    data-between="7" data-gap="3" data-group="d" font-size="15"`;
  return drawing(common, written.join(""));
}

// A picture of rows x columns squares, with marks above it.
export function squares(rows, columns, marks = [], facts = "") {
  const count = marks.length + rows * columns;
  const values = Array.from({ length: count }, (_, k) => (k ? `0.${k}` : "-0.5"));
  const common = `data-kind="picture" data-sides="source source" data-unit="share" data-looking="[CLS]" data-group="p"
    data-rows="${rows}" data-columns="${columns}" data-x="0" data-y="0" data-cell="8" ${facts}`;
  const chips = marks.map((word, k) => `<rect/>${text("source", "column", k, word)}`);
  return drawing(common, `<rect data-values="${values.join(",")}"/>${chips.join("")}`);
}
