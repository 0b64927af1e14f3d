// What holds for any numbers, words and rooms: against plain loops that say what is meant.

import assert from "node:assert/strict";
import test from "node:test";

import { forSeeds } from "./chance.js";
import { holder, lines, matrix, press, squares } from "./dom.js";

const { fill, palette, spans } = await import("../../webapp/components/alignment_view/cells.js");
const { flowing } = await import("../../webapp/components/alignment_view/flowing.js");
const { halves, unpacked } = await import("../../webapp/components/alignment_view/packet.js");
const { filled, percent, written } = await import("../../webapp/components/alignment_view/wording.js");
const { MatrixFigure } = await import("../../webapp/components/alignment_view/matrix.js");
const { LinesFigure } = await import("../../webapp/components/alignment_view/lines.js");
const { PictureFigure } = await import("../../webapp/components/alignment_view/picture.js");
const { shift } = await import("../../webapp/components/page_frame/room.js");

test("a pixel stands for cells that it covers, and every cell has a pixel", () => {
  forSeeds(60, ({ whole }) => {
    const [cells, pixels] = [whole(1, 40), whole(1, 40)];
    const cover = [...spans(cells, { pixels, first: 0, end: pixels })];
    const seen = new Set();
    for (let k = 0; k < pixels; k += 1) {
      const [from, past] = [cover[2 * k], cover[2 * k + 1]];
      assert.ok(from >= 0 && past <= cells && from < past);
      assert.ok(k === 0 || from >= cover[2 * k - 2], "cells follow one another as pixels do");
      // A pixel reaches from k to k + 1 of so many: its cells overlap with that.
      assert.ok((from * pixels) / cells < k + 1 && (past * pixels) / cells > k);
      for (let cell = from; cell < past; cell += 1) seen.add(cell);
    }
    if (pixels >= cells) assert.equal(seen.size, cells);
    else
      assert.deepEqual(
        [...seen].sort((a, b) => a - b),
        Array.from({ length: cells }, (_, k) => k),
      );
  });
});

test("a part of the pixels is that part of all of them", () => {
  forSeeds(30, ({ whole }) => {
    const [cells, pixels] = [whole(1, 30), whole(2, 30)];
    const first = whole(0, pixels - 1);
    const end = whole(first + 1, pixels);
    const all = spans(cells, { pixels, first: 0, end: pixels });
    assert.deepEqual([...spans(cells, { pixels, first, end })], [...all.slice(2 * first, 2 * end)]);
  });
});

test("each pixel of a picture has the colour of the strongest cell under it, scaled and kept within the scale", () => {
  const colours = Uint32Array.from({ length: 511 }, (_, k) => k);
  forSeeds(40, ({ whole, list }) => {
    const [rows, columns, high, wide] = [whole(1, 9), whole(1, 9), whole(1, 12), whole(1, 12)];
    const from = whole(0, 3);
    const by = whole(1, 3) / 2;
    const shades = list(from + rows * columns, () => whole(-255, 255));
    const image = new Uint32Array(high * wide);
    const across = { pixels: wide, first: 0, end: wide };
    const down = { pixels: high, first: 0, end: high };
    fill(image, { shades, rows, columns, from, by }, across, down, colours);
    const [beside, below] = [spans(columns, across), spans(rows, down)];
    for (let y = 0; y < high; y += 1) {
      for (let x = 0; x < wide; x += 1) {
        let most = 0;
        for (let row = below[2 * y]; row < below[2 * y + 1]; row += 1) {
          for (let column = beside[2 * x]; column < beside[2 * x + 1]; column += 1) {
            const value = shades[from + row * columns + column];
            if (Math.abs(value) > Math.abs(most)) most = value;
          }
        }
        const shade = Math.min(255, Math.max(-255, Math.round(most * by)));
        assert.equal(image[y * wide + x], shade + 255);
      }
    }
  });
});

test("the stronger a shade, the less transparent its colour, above and below nought", () => {
  const bytes = new Uint8Array(palette([1, 2, 3, 255], [9, 8, 7, 255]).buffer);
  for (let k = -255; k <= 255; k += 1) {
    const at = 4 * (k + 255);
    assert.deepEqual([...bytes.slice(at, at + 4)], [...(k < 0 ? [9, 8, 7] : [1, 2, 3]), Math.abs(k)]);
  }
});

test("words flow in order within their room, and no line ends before what is glued", () => {
  forSeeds(80, ({ next, whole, list }) => {
    const words = list(whole(1, 25), (k) => ({
      width: whole(5, 60),
      spaced: k > 0 && next() < 0.7,
      glued: k > 0 && next() < 0.2,
    }));
    for (const word of words) if (word.glued) word.spaced = false;
    const box = { left: 20, wide: whole(120, 300), line: 26, gap: 4, last: whole(0, 30) };
    const { places, end, below } = flowing(words, box);
    assert.equal(places.length, words.length);
    places.forEach(([x, y], k) => {
      assert.ok(x >= box.left && y % box.line === 0);
      assert.ok(
        x === box.left || x + words[k].width <= box.wide,
        "a word stays within its room, unless alone on a line",
      );
      if (!k) return assert.deepEqual([x, y], [box.left, 0]);
      const [before, line] = places[k - 1];
      if (y === line) {
        assert.equal(x, before + words[k - 1].width + (words[k].spaced ? box.gap : 0));
      } else {
        assert.deepEqual([x, y], [box.left, line + box.line]);
      }
    });
    const last = words.length - 1;
    assert.equal(end, places[last][0] + words[last].width);
    assert.equal(below, places[last][1] + box.line);
    // Where a glued word begins a line, all that it is glued to is longer than a line.
    words.forEach((word, k) => {
      if (!word.glued || places[k][1] === places[k - 1][1]) return;
      let [from, to] = [k, k];
      while (words[from].glued) from -= 1;
      while (words[to + 1]?.glued) to += 1;
      const total = words.slice(from, to + 1).reduce((sum, { width }) => sum + width, 0) + (to === last ? box.last : 0);
      assert.ok(total > box.wide - box.left);
    });
  });
});

test("every half float is the number that IEEE 754 says", () => {
  const bytes = new Uint8Array(2 * 65536);
  new Uint16Array(bytes.buffer).set(Array.from({ length: 65536 }, (_, k) => k));
  const numbers = halves(bytes);
  for (let k = 0; k < 65536; k += 1) {
    const [sign, exponent, fraction] = [k >> 15, (k >> 10) & 31, k & 1023];
    if (exponent === 31) continue; // infinite or no number: never sent
    // Read as a binary fraction: 1.fraction, or 0.fraction with the smallest exponent.
    const digits = (exponent ? 1024 : 0) + fraction;
    const expected = (sign ? -1 : 1) * digits * 2 ** (Math.max(exponent, 1) - 25);
    assert.equal(numbers[k], expected || (sign ? -0 : 0));
  }
});

test("what was packed comes out, however many figures and parts there are", () => {
  forSeeds(20, ({ whole, list }) => {
    const parts = list(whole(0, 4), () =>
      list(whole(0, 3), () => Uint8Array.from(list(whole(0, 9), () => whole(0, 255)))),
    );
    const figures = parts.map((own, k) => ({ key: `é${k}`, lengths: own.map((part) => part.length) }));
    const head = new TextEncoder().encode(JSON.stringify({ acts: true, figures }));
    const bytes = new Uint8Array(3 + 4 + head.length + parts.flat().reduce((sum, part) => sum + part.length, 0));
    new DataView(bytes.buffer).setUint32(3, head.length, true);
    bytes.set(head, 7);
    let at = 7 + head.length;
    for (const part of parts.flat()) {
      bytes.set(part, at);
      at += part.length;
    }
    const shown = unpacked(bytes.subarray(3)); // it may lie anywhere in memory
    assert.equal(shown.acts, true);
    assert.deepEqual(
      shown.figures.map((figure) => figure.parts.map((part) => [...part])),
      parts.map((own) => own.map((part) => [...part])),
    );
  });
});

test("a share in per cent is near what it is, and nothing is rounded to nothing", () => {
  forSeeds(200, ({ next, whole }) => {
    const share = next() ** whole(1, 6);
    const shown = percent(share);
    if (shown === "<0.1") assert.ok(share > 0 && share < 0.0005);
    else assert.ok(Math.abs(Number(shown) - 100 * share) <= (share >= 0.0995 ? 0.5 : 0.05) + 1e-9);
    assert.ok(shown !== "0" || share === 0);
  });
});

test("a value is written as the page says: with its unit, in per cent, or with a minus", () => {
  assert.equal(written("0.5", { unit: "nats" }), "0.5 nats");
  assert.equal(written("0.5", { form: "{value} %", unit: "share" }), "50 %");
  assert.equal(written("-1.25", { form: "{value} nats" }), "−1.25 nats");
  assert.equal(written("$&", { form: "{value} x" }), "$& x");
});

test("a sentence is filled in at its places alone, whatever stands in the words", () => {
  const parts = filled(
    "“{row}” → {column} {other}: {value}",
    { row: "{value}", column: "$1", value: "2" },
    (text) => text,
  );
  assert.equal(parts.join(""), "“{value}” → $1 {other}: 2");
});

const WAYS = ["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown", "Home", "End", "Control+Home", "Control+End"];

test("keys never leave a figure, wherever they go", () => {
  forSeeds(15, ({ whole, list }) => {
    const [rows, columns] = [whole(1, 4), whole(1, 4)];
    const values = list(rows, () => list(columns, () => whole(0, 9) / 10));
    const names = (count, letter) => list(count, (k) => `${letter}${k}`);
    const links = values.flatMap((row, i) => row.map((value, j) => [i, j, value])).filter(([, , value]) => value > 0.5);
    const figures = [
      new MatrixFigure(matrix(names(rows, "r"), names(columns, "c"), values), holder()),
      new LinesFigure(lines(names(rows, "r"), names(columns, "c"), links), holder()),
      new PictureFigure(squares(rows, columns, ["[CLS]"]), holder()),
    ];
    for (const figure of figures) {
      for (let step = 0; step < 25; step += 1) {
        const at = press(figure, WAYS[whole(0, WAYS.length - 1)]);
        if (at === null) continue;
        const marks = figure instanceof PictureFigure && at.row === -1;
        if (at.row !== undefined) assert.ok(at.row >= (marks ? -1 : 0) && at.row < rows, `${at.row} of ${rows}`);
        if (at.column !== undefined) assert.ok(at.column >= 0 && at.column < (marks ? 1 : columns));
        assert.ok(figure.say(at).length);
      }
    }
  });
});

test("of a word the three strongest are told, strongest first, and nothing that is not above nought", () => {
  forSeeds(20, ({ whole, list }) => {
    const values = list(3, () => list(5, () => whole(-3, 9) / 10));
    const figure = new MatrixFigure(matrix(["a", "b", "c"], ["v", "w", "x", "y", "z"], values), holder());
    for (let row = 0; row < 3; row += 1) {
      const positive = values[row].filter((value) => value > 0).sort((a, b) => b - a);
      const ranked = figure.ranked({ row });
      assert.deepEqual(
        ranked.map(({ value }) => Number(value)),
        positive.slice(0, 3),
      );
      for (const { row: own, column, value } of ranked) {
        assert.equal(own, row);
        assert.equal(Number(value), values[row][column]);
      }
    }
    const column = figure.ranked({ column: 2 });
    assert.ok(column.every((pair, k) => pair.column === 2 && (!k || column[k - 1].value >= pair.value)));
  });
});

test("what opens over a page comes onto the screen as far as it can, and stays where it was if it was there", () => {
  forSeeds(200, ({ whole }) => {
    const height = 600;
    const body = { top: whole(-300, 700) };
    body.bottom = body.top + whole(40, 500);
    const button = { top: body.top - whole(10, 60) };
    button.bottom = button.top + 30;
    const up = shift(body, whole(0, 1) ? button : undefined, height);
    const [top, bottom] = [body.top - up, body.bottom - up];
    if (body.top >= 8 && body.bottom <= height - 8) assert.equal(up, 0);
    if (up > 0) assert.ok(top >= 8 - 1e-9, "never off the screen at the top");
    if (up < 0) assert.ok(body.top < 8 && top <= 8 && bottom <= height - 8);
    if (body.top >= 8) assert.ok(bottom <= height - 8 || top === 8, "it ends on the screen, or begins at its edge");
  });
});
