import assert from "node:assert/strict";
import test from "node:test";

import { holder, press, tip, squares } from "./dom.js";

const { PictureFigure } = await import("../../webapp/components/alignment_view/picture.js");

// jsdom measures nothing.
window.SVGElement.prototype.getBBox = () => ({ x: 0, y: 0, width: 1, height: 1 });

const shown = (marks = ["[CLS]"], facts = "", root = holder({ acts: true })) =>
  new PictureFigure(squares(2, 3, marks, facts), root);

test("keys go from square to square, and up to the marks above the picture", () => {
  const figure = shown();
  assert.deepEqual(press(figure, "ArrowRight"), { row: 0, column: 0 });
  assert.deepEqual(press(figure, "ArrowDown", "End", "ArrowRight"), { row: 1, column: 2 });
  assert.deepEqual(press(figure, "ArrowUp", "ArrowUp", "ArrowUp"), { row: -1, column: 0 });
});

test("without marks the first row is the first", () => {
  assert.deepEqual(press(shown([]), "ArrowRight", "ArrowUp"), { row: 0, column: 0 });
});

test("keys begin at the square that is chosen, and Enter chooses another", () => {
  const root = holder({ acts: true });
  const figure = shown([], 'data-chosen="1 1"', root);
  press(figure, "ArrowRight", "Enter");
  assert.deepEqual(root.sent, [{ row: 1, column: 2 }]);
});

test("a square says who looks at it and how much; rows and columns are counted from 1", () => {
  const figure = shown();
  assert.equal(tip(figure, { row: 1, column: 2 }), "[CLS] → 2·3  0.6 share");
  assert.equal(tip(figure, { row: -1, column: 0 }), "[CLS] → [CLS]  −0.5 share");
});

test("the same square is marked in another picture of the group, in one of another group none", () => {
  const [one, same, other] = [shown(), shown(), shown([], 'data-column-group="q"')];
  other.groups = ["q", "q"];
  const detail = { words: one.pointed({ row: 1, column: 0 }), from: one.id };
  for (const figure of [same, other]) figure.hear(detail);
  assert.equal(same.over.querySelector(".as-cursor").getAttribute("y"), "8");
  assert.equal(other.over.childElementCount, 0);
});

test("a picture in which nothing can be pointed at is an image and no stop of the keyboard", () => {
  const { frame } = shown([], 'data-still="1"');
  assert.deepEqual([frame.tabIndex, frame.getAttribute("role")], [-1, "img"]);
});
