import assert from "node:assert/strict";
import test from "node:test";

import { flowing } from "../../webapp/components/alignment_view/flowing.js";

const word = (width, glued = false) => ({ width, spaced: !glued, glued });
const at = (words, more = {}) => flowing(words, { left: 100, wide: 200, line: 20, gap: 5, ...more });

test("words follow each other with a gap between, and go on below where the line is full", () => {
  const { places, end, below } = at([word(40), word(40), word(40)]);
  assert.deepEqual(places, [
    [100, 0],
    [145, 0],
    [100, 20],
  ]);
  assert.deepEqual([end, below], [140, 40]);
});

test("a full stop never begins a line: the word it belongs to goes down with it", () => {
  const { places } = at([word(50), word(40), word(10, true)]);
  assert.deepEqual(places[1], [100, 20]);
  assert.deepEqual(places[2], [140, 20]);
});

test("what is glued together and longer than a line breaks where it must", () => {
  const { places } = at([word(60), word(60, true), word(60, true)]);
  assert.deepEqual(
    places.map(([, y]) => y),
    [0, 20, 40],
  );
});

test("room is kept behind the last word", () => {
  assert.deepEqual(at([word(50), word(40)]).below, 20);
  assert.deepEqual(at([word(50), word(40)], { last: 24 }).below, 40);
});

test("a word wider than the line stands on a line of its own", () => {
  assert.deepEqual(at([word(20), word(300), word(20)]).places, [
    [100, 0],
    [100, 20],
    [100, 40],
  ]);
});

test("a word that ends at the very edge still stands on the line, and one pixel more sends it down", () => {
  const second = (width) => flowing([{ width: 50 }, { width }], { left: 20, wide: 120, line: 26, gap: 4 }).places[1];
  assert.deepEqual(
    [second(50), second(51)],
    [
      [70, 0],
      [20, 26],
    ],
  );
});

test("what is glued goes down together as long as a whole line can hold it", () => {
  const glued = (width) =>
    flowing([{ width: 40 }, { width: 60, spaced: true }, { width, glued: true }], {
      left: 20,
      wide: 120,
      line: 26,
      gap: 4,
    }).places.map(([, y]) => y);
  assert.deepEqual(glued(40), [0, 26, 26]); // 60 and 40 fill a line from 20 to 120
  // Longer than any line: the first part stays, since going down would not keep them together.
  assert.deepEqual(glued(41), [0, 26, 52]);
});
