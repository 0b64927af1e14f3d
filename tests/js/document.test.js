import assert from "node:assert/strict";
import test from "node:test";

import { document_, holder, press, tip } from "./dom.js";

const { DocumentFigure } = await import("../../webapp/components/alignment_view/document.js");

const SENTENCES = [
  ["It", "is", "good."],
  ["But", "long."],
];
function shown(root = holder({ acts: true }), off = []) {
  const figure = new DocumentFigure(document_(SENTENCES, off), root);
  root.box.append(figure.frame);
  return figure;
}

test("up and down go from sentence to sentence, left and right from word to word", () => {
  const figure = shown();
  assert.deepEqual(press(figure, "ArrowDown"), { row: 1 });
  assert.deepEqual(press(figure, "ArrowRight"), { column: 3 });
  assert.deepEqual(press(figure, "ArrowLeft"), { column: 2 });
  assert.deepEqual(press(figure, "ArrowUp"), { row: 0 });
  assert.deepEqual(press(figure, "End"), { row: 1 });
});

test("Space switches a sentence off, and one that is off on again", () => {
  const root = holder({ acts: true });
  press(shown(root), "ArrowDown", " ");
  const other = holder({ acts: true });
  press(shown(other, [1]), "ArrowDown", " ");
  assert.deepEqual([root.sent, other.sent], [[{ sentence: 2, do: "off" }], [{ sentence: 2, do: "on" }]]);
});

test("keys act only where the page lets visitors act", () => {
  const root = holder();
  press(shown(root), "ArrowDown", " ", "Enter");
  assert.deepEqual(root.sent, []);
  assert.equal(root.box.querySelector("textarea"), null);
});

test("a word lights up with the number of its sentence, and no other ground does", () => {
  const figure = shown();
  figure.point({ column: 3 });
  assert.deepEqual(
    [...figure.svg.querySelectorAll("g.as-on > rect.as-ground")].map((node) => node.nextSibling.textContent),
    ["But"],
  );
  assert.deepEqual(
    figure.rows.map(({ group }) => group.classList.contains("as-near")),
    [false, true],
  );
});

test("a sentence says its weight and what a click does; one that is off says that", () => {
  const figure = shown(holder({ acts: true }), [1]);
  assert.equal(tip(figure, { row: 0 }), "Sentence 1  0.1 of allit is read");
  assert.equal(tip(figure, { row: 1 }), "Sentence 2  it is off");
  assert.equal(tip(figure, { column: 2 }), "good.  2 share");
});

function rewrite(text, key) {
  const root = holder({ acts: true });
  const figure = shown(root);
  figure.flow(true);
  figure.rows.forEach((row) => row.group.setAttribute("transform", "translate(0 4)"));
  press(figure, "ArrowDown", "Enter");
  const editor = root.box.querySelector("textarea");
  assert.equal(editor.value, "But long.");
  editor.value = text;
  editor.dispatchEvent(new window.KeyboardEvent("keydown", { key, bubbles: true }));
  assert.equal(root.box.querySelector("textarea"), null);
  return root.sent;
}

test("Enter takes a rewritten sentence over, its white space put right", () => {
  assert.deepEqual(rewrite(" And\n short. ", "Enter"), [{ sentence: 2, text: "And short." }]);
});

test("Escape leaves a sentence as it was, and one that did not change asks nothing", () => {
  assert.deepEqual([rewrite("And short.", "Escape"), rewrite("But  long.", "Enter")], [[], []]);
});

test("Enter that chooses a Chinese word ends nothing", () => {
  const root = holder({ acts: true });
  const figure = shown(root);
  figure.rows.forEach((row) => row.group.setAttribute("transform", "translate(0 4)"));
  press(figure, "ArrowDown", "Enter");
  const editor = root.box.querySelector("textarea");
  editor.dispatchEvent(new window.KeyboardEvent("keydown", { key: "Enter", isComposing: true }));
  assert.ok(root.box.querySelector("textarea"));
});
