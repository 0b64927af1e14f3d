import assert from "node:assert/strict";
import test from "node:test";

import { shift } from "../../webapp/components/page_frame/room.js";

const box = (top, height) => ({ top, bottom: top + height });

test("what ends on the screen stays where it opened", () => {
  assert.equal(shift(box(100, 300), box(60, 32), 720), 0);
});

test("what would end below the screen goes above its button where it fits", () => {
  const up = shift(box(508, 318), box(470, 32), 720);
  assert.equal(508 + 318 - up, 462);
});

test("what fits neither below nor above goes up as far as it must, and never off the screen", () => {
  assert.equal(shift(box(308, 500), box(270, 32), 720), 96);
  assert.equal(shift(box(308, 900), box(270, 32), 720), 300);
});

test("without a button it goes up as far as it must", () => {
  assert.equal(shift(box(500, 300), undefined, 720), 88);
});

test("what was opened above its button and begins off the screen comes down onto it", () => {
  assert.equal(shift({ top: -102, bottom: 510 }, { top: 520 }, 720), -110);
  assert.equal(shift({ top: -50, bottom: 700 }, { top: 705 }, 720), -12);
});

test("what opened above a button that is below the screen comes up to where it can be seen", () => {
  assert.equal(shift({ top: 691, bottom: 1064 }, { top: 1072, bottom: 1112 }, 900), 172);
});
