import assert from "node:assert/strict";
import test from "node:test";

import { lines, matrix, press, running } from "./dom.js";

const { default: mount } = await import("../../webapp/components/alignment_view/index.js");

const COLOURS = { ink: "#111111", weight: "#000080", grid: "#dddddd" };
const NIGHT = { ink: "#eeeeee", weight: "#80a0ff", grid: "#222222" };
const shared = { columns: 0, light: COLOURS, dark: NIGHT, acts: true, phrases: { hint: "keys" } };
const map = (...values) => matrix(["la"], ["the", "house"], [values]);

function mounted(figures, ground = "rgb(255, 255, 255)") {
  const parentElement = document.body.appendChild(document.createElement("div"));
  parentElement.style.setProperty("--st-background-color", ground);
  const sent = [];
  const update = (next) =>
    mount({
      data: { ...shared, figures: next },
      parentElement,
      setTriggerValue: (name, act) => sent.push([name, act]),
    });
  const end = update(figures);
  const frames = () => [...parentElement.querySelectorAll(".as-figure")];
  return { parentElement, update, end, frames, sent, box: parentElement.querySelector(".as-root") };
}

test("a figure that did not change stays the very same, and one that did takes its place", () => {
  const { frames, update } = mounted([map(0.1, 0.9), lines(["la"], ["the"], [[0, 0, 1]])]);
  const [first, second] = frames();
  update([map(0.2, 0.8), lines(["la"], ["the"], [[0, 0, 1]])]);
  assert.notEqual(frames()[0], first);
  assert.equal(frames()[1], second);
  assert.equal(frames().length, 2);
});

test("our dark colours stand on a dark ground, the light ones on a light one", () => {
  const colour = ({ box }) => box.style.getPropertyValue("--as-weight");
  assert.equal(colour(mounted([map(0, 1)])), COLOURS.weight);
  assert.equal(colour(mounted([map(0, 1)], "rgb(14, 17, 23)")), NIGHT.weight);
});

test("what a visitor chooses reaches the page, and is said aloud on the way", () => {
  const { box, frames, sent } = mounted([map(0.1, 0.9)]);
  press({ frame: frames()[0] }, "ArrowRight", "ArrowRight", "Enter");
  assert.deepEqual(sent, [["act", { row: 0, column: 1 }]]);
  assert.equal(box.querySelector("[aria-live=polite]").textContent, "la → house  0.9 share");
});

test("a text that takes the place of another is read out, and the first one is not", () => {
  const { box, update } = mounted([running([["la", "1"]])]);
  const voice = box.querySelector("[aria-live=polite]");
  assert.equal(voice.textContent, "");
  update([running([["maison", "1"]])]);
  assert.equal(voice.textContent, "maison");
});

test("two columns of words are told apart from two rows of them", () => {
  const upright = lines(["la", "maison"], ["the", "house"], [[0, 1, 1]], 'data-upright="1"');
  const { box, frames } = mounted([upright]);
  press({ frame: frames()[0] }, "ArrowDown", "ArrowDown");
  assert.match(box.querySelector(".as-tip").textContent, /^maison/);
});

test("a figure that is gone leaves nothing behind", () => {
  const { parentElement, end } = mounted([map(0.1, 0.9)]);
  end();
  assert.equal(parentElement.childElementCount, 0);
});
