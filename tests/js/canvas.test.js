import assert from "node:assert/strict";
import test from "node:test";

import { holder, press, tip } from "./dom.js";

const { fill, palette, spans } = await import("../../webapp/components/alignment_view/cells.js");
const { HeadsFigure, open } = await import("../../webapp/components/alignment_view/heads.js");
const { SheetFigure } = await import("../../webapp/components/alignment_view/sheet.js");

// A canvas without a browser: every letter is 6 pixels wide, and nothing is drawn.
window.HTMLCanvasElement.prototype.getContext = () => ({ measureText: (word) => ({ width: 6 * word.length }) });

const PHRASES = {
  head: "Layer {layer} · head {head}",
  layer: "Layer",
  heads: "Head",
  largest: "largest in this block",
  larger: "Larger",
  smaller: "Smaller",
  fit: "Fit",
};
const HALF = { 0: 0, 0.5: 0x3800, 1: 0x3c00, "-1": 0xbc00 };
const halves = (values) => new Uint8Array(Uint16Array.from(values, (value) => HALF[value]).buffer);

function laidOut(figure, wide = 800) {
  figure.draw = () => {};
  figure.wide = wide;
  figure.place();
  return figure;
}

function sheet(shape, values, more = {}, root = holder({ acts: true })) {
  const words = (count, name) => Array.from({ length: count }, (_, k) => [`${name}${k}`]);
  const facts = {
    key: "k",
    kind: "sheet",
    group: "g",
    name: "a matrix",
    hint: "keys",
    shape,
    block: [1, 1],
    rows: words(shape[0], "r"),
    columns: words(shape[1], "c"),
    sides: ["target", "source"],
    details: [[], []],
    marked: [],
    maximum: 1,
    unit: "share",
    phrases: PHRASES,
    parts: [halves(values)],
    ...more,
  };
  return laidOut(new SheetFigure(facts, root));
}

function heads(more = {}, root = holder({ acts: true })) {
  const facts = {
    key: "k",
    kind: "heads",
    group: "h",
    name: "all heads",
    hint: "keys",
    layers: 2,
    heads: 3,
    tile: [2, 2],
    block: [1, 1],
    rows: ["a", "b"],
    columns: ["a", "b"],
    order: null,
    each: false,
    tops: null,
    least: 0,
    looking: "",
    unit: "share",
    tooltip: [["entropy", ["1", "2", "3", "4", "5", "6"]]],
    phrases: PHRASES,
    parts: [Uint8Array.from({ length: 24 }, (_, k) => 10 * k)],
    ...more,
  };
  return laidOut(new HeadsFigure(facts, root));
}

test("a pixel stands for one cell where there is room, and else for all cells that fall on it", () => {
  assert.deepEqual([...spans(2, { pixels: 4, first: 0, end: 4 })], [0, 1, 0, 1, 1, 2, 1, 2]);
  assert.deepEqual([...spans(6, { pixels: 2, first: 0, end: 2 })], [0, 3, 3, 6]);
  assert.deepEqual([...spans(3, { pixels: 2, first: 0, end: 2 })], [0, 2, 1, 3]);
  assert.deepEqual([...spans(2, { pixels: 4, first: 2, end: 4 })], [1, 2, 1, 2]);
});

test("a pixel takes the colour of the strongest of its cells, so that a thin diagonal survives", () => {
  const size = 9;
  const shades = Array.from({ length: size * size }, (_, k) => (k % (size + 1) ? 3 : 255));
  const image = new Uint32Array(9);
  const three = { pixels: 3, first: 0, end: 3 };
  fill(
    image,
    { shades, rows: size, columns: size },
    three,
    three,
    Array.from({ length: 511 }, (_, k) => k - 255),
  );
  assert.deepEqual([...image], [255, 3, 3, 3, 255, 3, 3, 3, 255]);
});

test("negative values keep their sign, and what is scaled past the strongest shade stays there", () => {
  const colours = Array.from({ length: 511 }, (_, k) => k - 255);
  const image = new Int32Array(2);
  const [across, down] = [2, 1].map((pixels) => ({ pixels, first: 0, end: pixels }));
  fill(image, { shades: [-200, 100], rows: 1, columns: 2, by: 2 }, across, down, colours);
  assert.deepEqual([...image], [-255, 200]);
});

test("no weight is the ground, the largest the whole colour, and below zero another", () => {
  const bytes = new Uint8Array(palette([1, 2, 3, 255], [9, 8, 7, 255]).buffer);
  const colour = (shade) => [...bytes.slice(4 * (shade + 255), 4 * (shade + 255) + 4)];
  assert.deepEqual(
    [colour(0), colour(255), colour(-128)],
    [
      [1, 2, 3, 0],
      [1, 2, 3, 255],
      [9, 8, 7, 128],
    ],
  );
});

test("sheet: keys go from cell to cell, ten at a time with Page, and stop at the edges", () => {
  const figure = sheet([30, 4], Array(120).fill(0));
  assert.deepEqual(press(figure, "ArrowDown", "PageDown", "End"), { row: 10, column: 3 });
  assert.deepEqual(press(figure, "PageUp", "PageUp", "Home", "ArrowLeft"), { row: 0, column: 0 });
});

test("sheet: a cell says its words and value; of a block the first and last word and that it is the largest", () => {
  const figure = sheet([2, 2], [0, 0.5, 1, -1]);
  assert.equal(tip(figure, { row: 1, column: 1 }), "r1 → c1  −1 share");
  const words = [["a"], ["b"], ["c"]];
  const blocks = sheet([2, 2], [0, 0.5, 1, -1], { block: [2, 2], rows: words, columns: words });
  assert.equal(tip(blocks, { row: 0, column: 1 }), "a…b → c  0.5 share (largest in this block)");
});

test("sheet: Enter chooses a cell, but no block of cells", () => {
  const [cells, blocks] = [holder({ acts: true }), holder({ acts: true })];
  press(sheet([2, 2], [0, 0.5, 1, -1], {}, cells), "ArrowDown", "ArrowDown", "Enter");
  press(sheet([2, 2], [0, 0.5, 1, -1], { block: [2, 2] }, blocks), "ArrowDown", "Enter");
  assert.deepEqual([cells.sent, blocks.sent], [[{ row: 1, column: 0 }], []]);
});

test("sheet: plus and minus change the size by steps, nought fits it again", () => {
  const figure = sheet([2, 2], [0, 0.5, 1, -1]);
  press(figure, "+", "+", "-");
  assert.equal(figure.zoom, 1.5);
  press(figure, "0", "-");
  assert.equal(figure.zoom, 1);
});

test("sheet: numbers stand in steps of one, two or five, about a dozen of them", () => {
  const figure = sheet([2, 2], [0, 0.5, 1, -1]);
  assert.deepEqual(
    [12, 13, 100, 700].map((count) => figure.step12(count)),
    [1, 2, 10, 100],
  );
});

test("heads: keys go from head to head, and do not leave the line they are in", () => {
  const figure = heads();
  assert.deepEqual(press(figure, "ArrowRight", "ArrowRight", "ArrowRight", "ArrowRight"), { k: 2 });
  assert.deepEqual(press(figure, "ArrowDown", "ArrowLeft", "ArrowDown"), { k: 4 });
});

test("heads: a long grid is scrolled in its own frame, and a short one is shown whole", () => {
  const order = Array.from({ length: 600 }, (_, k) => [k % 2, k % 3]);
  for (const [shown, most] of [
    [heads({ order }), 675],
    [heads(), 400],
  ]) {
    Object.defineProperty(shown.root.box, "clientWidth", { value: 600 });
    shown.flow();
    assert.ok(parseFloat(shown.view.style.height) <= most);
  }
});

test("heads: Enter opens a head, tells the page and marks it", () => {
  const root = holder({ acts: true });
  const figure = heads({}, root);
  press(figure, "ArrowDown", "ArrowDown", "ArrowRight", "Enter");
  assert.deepEqual(root.sent, [{ layer: 1, head: 1 }]);
  assert.equal(figure.boxes.open.hidden, false);
});

test("heads: in an order, the open head is marked where it stands there, and nowhere when it is not shown", () => {
  const figure = heads({
    order: [
      [1, 2],
      [0, 0],
    ],
  });
  open("h", 0, 0);
  assert.equal(figure.boxes.open.style.transform, `translate(${figure.spot(1).x - 2}px, ${figure.spot(1).y - 2}px)`);
  open("h", 1, 0);
  assert.equal(figure.boxes.open.hidden, true);
});

test("heads: a cell says its layer, head, words, value and what was measured of the head", () => {
  const figure = heads();
  assert.equal(tip(figure, { k: 4, row: 1, column: 0 }), "Layer 2 · head 2b → a  0.71 shareentropy 5");
  assert.equal(tip(figure, { k: 0 }), "Layer 1 · head 1entropy 1");
});

test("heads and sheets: where the page says how a weight is written, it is said so", () => {
  const form = "{value} %";
  const figure = heads({ form });
  assert.equal(tip(figure, { k: 4, row: 1, column: 0 }), "Layer 2 · head 2b → a  71 %entropy 5");
  const own = heads({ form, tops: [0.5, 1, 1, 1, 1, 1], looking: "[CLS]" });
  assert.equal(tip(own, { k: 0, row: 1, column: 1 }), "Layer 1 · head 1[CLS] → b·b  5.9 %entropy 1");
  assert.match(tip(sheet([2, 2], [0.5, 0, 0, 1], { form }), { row: 0, column: 0 }), /50 %$/);
});

test("heads: where each is scaled to itself, the value is the share of its own largest", () => {
  const figure = heads({ tops: [0.5, 1, 1, 1, 1, 1], looking: "[CLS]" });
  assert.equal(tip(figure, { k: 0, row: 1, column: 1 }), "Layer 1 · head 1[CLS] → b·b  0.059 shareentropy 1");
});

test("heads: what is pointed at is found again at every size", () => {
  for (const zoom of [1, 2, 8]) {
    const figure = heads();
    figure.zoom = zoom;
    figure.place();
    const { x, y, width, height } = figure.spot(5);
    assert.deepEqual(figure.find(x + 0.75 * width, y + 0.25 * height), { k: 5, row: 0, column: 1 });
    assert.equal(figure.find(x + width + 2, y), null);
  }
});
