import assert from "node:assert/strict";
import test from "node:test";

import { holder, matrix, tip } from "./dom.js";

const { ReplayFigure } = await import("../../webapp/components/alignment_view/replay.js");

const PHRASES = {
  play: "Play",
  pause: "Pause",
  slider: "Update",
  at: "after {update} ({number} of {count})",
  before: "before the first",
  jump: "{run}: {update}",
  aer: "AER fell",
  entropy: "entropy fell",
  wrote: "It writes:",
  empty: "no map yet",
};

// Words and grid alone, as the page sends them.
const template = (rows, columns) =>
  matrix(rows, columns, []).replace(/<rect data-values="[^"]*"\/>/, '<rect data-values=""/><g data-cells="1"></g>');

const track = (more = {}) => ({
  title: "additive",
  updates: [0, 10, 20, 40],
  moment: { update: 20, by: "aer" },
  scores: { loss: [null, 3, 2, 1], aer: [0.9, 0.8, 0.3, 0.3] },
  absent: "",
  note: "",
  texts: ["", "un", "un chat"],
  text_of: [0, 1, 2, 2],
  templates: [template(["un"], ["a", "cat"]), template(["un", "chat"], ["a", "cat"])],
  sizes: [2, 4],
  template_of: [null, 0, 1, 1],
  peaks: [1, 1, 1, 0.5],
  ...more,
});
const CELLS = new Uint8Array([51, 204, 255, 0, 0, 255, 102, 0, 0, 102]);

function shown({ root = holder({ acts: true }), at = -1, tracks = [track()], parts = [CELLS] } = {}) {
  const measures = [
    { name: "loss", label: "Loss", least: 0 },
    { name: "aer", label: "AER", least: 0 },
  ];
  const facts = { key: "k", kind: "replay", name: "Replay", phrases: PHRASES, measures, tracks, parts, at };
  const figure = new ReplayFigure(facts, root);
  root.box.append(figure.frame);
  return figure;
}

const opacities = ({ runs: [{ map }] }) => map.cells.map((cell) => Number(cell.getAttribute("fill-opacity")));
const slide = (figure, number, kind) => {
  figure.slider.value = number;
  figure.slider.dispatchEvent(new window.Event(kind));
};

test("it begins at the last update, or at the one that the page names", () => {
  assert.equal(shown().said.textContent, "after 40 (4 of 4)");
  assert.equal(shown({ at: 12 }).said.textContent, "after 10 (2 of 4)");
  assert.equal(shown({ at: 0 }).said.textContent, "before the first");
});

test("each frame fills the cells of its output, as shares of its largest", () => {
  const figure = shown({ at: 10 });
  assert.deepEqual(opacities(figure), [0.2, 0.8]);
  const first = figure.runs[0].map;
  slide(figure, 2, "input");
  assert.notEqual(figure.runs[0].map, first);
  assert.deepEqual(opacities(figure), [1, 0, 0, 1]);
  assert.equal(figure.runs[0].output.textContent, "It writes: un chat");
  slide(figure, 3, "input");
  assert.deepEqual(figure.runs[0].map.values, ["0.2", "0", "0", "0.2"]); // 102 / 255 of a half
  assert.equal(tip(figure.runs[0].map, { row: 0, column: 0 }), "un → a  0.2 share");
});

test("where nothing was written there is no map", () => {
  const figure = shown({ at: 0 });
  assert.equal(figure.runs[0].place.textContent, "no map yet");
  assert.equal(figure.runs[0].map, null);
});

test("sliding shows at once, and tells the page where it came to rest", () => {
  const root = holder({ acts: true });
  const figure = shown({ root });
  slide(figure, 1, "input");
  assert.deepEqual([figure.said.textContent, root.sent], ["after 10 (2 of 4)", []]);
  slide(figure, 1, "change");
  assert.deepEqual(root.sent, [{ update: 10 }]);
  const silent = holder();
  slide(shown({ root: silent }), 1, "change");
  assert.deepEqual(silent.sent, []);
});

test("playing goes from frame to frame, from the beginning where it had ended, and then rests", (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  const root = holder({ acts: true });
  const figure = shown({ root });
  figure.button.click();
  assert.deepEqual([figure.button.title, figure.said.textContent], ["Pause", "before the first"]);
  context.mock.timers.tick(150);
  assert.equal(figure.said.textContent, "after 10 (2 of 4)");
  for (let k = 0; k < 4; k += 1) context.mock.timers.tick(150);
  assert.deepEqual([figure.button.title, figure.said.textContent], ["Play", "after 40 (4 of 4)"]);
  assert.deepEqual(root.sent, [{ update: 40 }]);
  figure.button.click();
  figure.button.click();
  assert.equal(figure.button.title, "Play");
  figure.end();
});

test("a button goes to where the alignment snapped in", () => {
  const figure = shown();
  const [jump] = figure.frame.querySelectorAll(".as-jump");
  assert.deepEqual([jump.textContent, jump.title], ["additive: 20", "AER fell"]);
  jump.click();
  assert.equal(figure.said.textContent, "after 20 (3 of 4)");
  assert.equal(shown({ tracks: [track({ moment: null })] }).frame.querySelector(".as-jump"), null);
});

test("runs of other updates move together, each at its last one by then", () => {
  const other = track({ title: "dot", updates: [0, 15, 30, 45] });
  const figure = shown({ tracks: [track(), other], parts: [CELLS, CELLS], at: 20 });
  assert.deepEqual(figure.updates, [0, 10, 15, 20, 30, 40, 45]);
  const wrote = figure.runs.map(({ output }) => output.textContent);
  assert.deepEqual(wrote, ["It writes: un chat", "It writes: un"]);
  const [loss] = figure.curves.curves;
  assert.equal(loss.now.textContent, "23");
});

test("a run that did not look at the text says so, and its curves go on", () => {
  const figure = shown({ tracks: [track({ absent: "not looked at" })], parts: [new Uint8Array()] });
  assert.equal(figure.runs[0].place.textContent, "not looked at");
  assert.equal(figure.curves.curves[1].now.textContent, "0.3");
});

test("a curve has no point where nothing was measured, and a click goes there", () => {
  const figure = shown({ at: 0 });
  const [loss] = figure.curves.curves;
  assert.equal(loss.dots[0].getAttribute("visibility"), "hidden");
  assert.equal(loss.now.textContent, "–");
  loss.svg.getBoundingClientRect = () => ({ left: 0, width: 260 });
  loss.svg.dispatchEvent(new window.MouseEvent("click", { clientX: loss.x(20) }));
  assert.equal(figure.said.textContent, "after 20 (3 of 4)");
});

test("what the page says of another update is followed, unless it only answers", () => {
  const figure = shown();
  slide(figure, 1, "input");
  slide(figure, 1, "change");
  slide(figure, 2, "input");
  figure.refresh({ at: 10 });
  assert.equal(figure.said.textContent, "after 20 (3 of 4)");
  figure.refresh({ at: 0 });
  assert.equal(figure.said.textContent, "before the first");
});

test("what is pointed at in one run lights up in the other", () => {
  const figure = shown({ tracks: [track(), track()], parts: [CELLS, CELLS] });
  const [one, other] = figure.runs.map(({ map }) => map);
  assert.ok(figure.holds(one.id) && !figure.holds("else"));
  one.point({ row: 1, column: 1 });
  figure.hear({ words: one.pointed({ row: 1, column: 1 }), from: one.id });
  assert.equal(other.svg.querySelectorAll(".as-on").length, 2);
  figure.point(null);
  assert.equal(one.at, null);
});
