import assert from "node:assert/strict";
import test from "node:test";

import { holder, lines, matrix, press, running, tip } from "./dom.js";

const { imported, signed } = await import("../../webapp/components/alignment_view/figure.js");
const { MatrixFigure } = await import("../../webapp/components/alignment_view/matrix.js");
const { ColumnsFigure, LinesFigure } = await import("../../webapp/components/alignment_view/lines.js");
const { percent } = await import("../../webapp/components/alignment_view/wording.js");
const { TextFigure } = await import("../../webapp/components/alignment_view/text.js");

const WEIGHTS = [
  [0.1, 0.2, 0.7],
  [0.5, 0, 0.5],
];
const small = (root = holder(), facts = undefined) =>
  new MatrixFigure(matrix(["la", "maison"], ["the", "house", "here"], WEIGHTS, facts), root);
const LINKS = [
  [0, 2, 0.7],
  [0, 1, 0.2],
  [1, 0, 0.5],
];
const joined = (root = holder()) => new LinesFigure(lines(["la", "maison"], ["the", "house", "here"], LINKS), root);
const lit = ({ svg }) => [...svg.querySelectorAll("text.as-on")].map((node) => node.textContent);

const SVG = (body, more = "") => `<svg xmlns="http://www.w3.org/2000/svg" ${more}>${body}</svg>`;
const HOSTILE = [
  SVG("<script>alert(1)</script>"),
  SVG("<foreignObject/>"),
  SVG("<a href='https://example.invalid'>word</a>"),
  SVG("<style>*{fill:url(https://example.invalid)}</style>"),
  SVG("<animate/>"),
  SVG("<use href='#x'/>"),
  SVG("<rect onclick='alert(1)'/>"),
  SVG("<g/>", "onload='alert(1)'"),
  SVG("<image href='https://example.invalid/x.png'/>"),
  SVG("<image href='data:image/svg+xml;base64,AAAA'/>"),
  SVG("<image xmlns:xlink='http://www.w3.org/1999/xlink' xlink:href='data:image/png;base64,AAAA'/>"),
  SVG("<rect href='data:image/png;base64,AAAA'/>"),
  "<html xmlns='http://www.w3.org/1999/xhtml'><body/></html>",
  SVG("<text>torn"),
];
for (const markup of HOSTILE) {
  test(`a figure lets in nothing that acts or asks elsewhere: ${markup.slice(40, 90)}`, () => {
    assert.throws(() => imported(markup), /which our writer does not draw so/);
  });
}

test("what our writer draws is let in, an image held in the figure too", () => {
  const drawn = imported(
    SVG("<g><rect/><path/><circle/><text>w<title>whole</title></text></g><image href='data:image/png;base64,iVBO='/>"),
  );
  assert.deepEqual([...drawn.querySelectorAll("*")].map((node) => node.localName).sort(), [
    "circle",
    "g",
    "image",
    "path",
    "rect",
    "text",
    "title",
  ]);
});

test("markup in a word stays text", () => {
  const figure = new TextFigure(running([["&lt;img src=x onerror=alert(1)&gt;", "1"]]), holder());
  assert.equal(figure.svg.querySelector("img"), null);
  assert.equal(tip(figure, { column: 0 }), "<img src=x onerror=alert(1)>  1 nats");
});

test("the figure is one stop of the keyboard, named and explained, and its drawing is silent", () => {
  const { frame, svg } = small();
  assert.equal(frame.tabIndex, 0);
  assert.equal(frame.getAttribute("aria-label"), "a figure");
  assert.equal(frame.getAttribute("aria-describedby"), "hint");
  assert.equal(svg.getAttribute("aria-hidden"), "true");
});

test("arrow keys go from cell to cell and stop at the edges", () => {
  const figure = small();
  assert.deepEqual(press(figure, "ArrowRight"), { row: 0, column: 0 });
  assert.deepEqual(press(figure, "ArrowRight", "ArrowDown"), { row: 1, column: 1 });
  assert.deepEqual(press(figure, "ArrowDown", "ArrowDown"), { row: 1, column: 1 });
  assert.deepEqual(press(figure, "ArrowLeft", "ArrowLeft", "ArrowUp"), { row: 0, column: 0 });
});

test("Home and End go along a row, with Control to the corners", () => {
  const figure = small();
  press(figure, "ArrowDown", "ArrowDown");
  assert.deepEqual(press(figure, "End"), { row: 1, column: 2 });
  assert.deepEqual(press(figure, "Control+Home"), { row: 0, column: 0 });
  assert.deepEqual(press(figure, "Control+End"), { row: 1, column: 2 });
  assert.deepEqual(press(figure, "Home"), { row: 1, column: 0 });
});

test("Escape leaves, and keys go on where they were", () => {
  const figure = small();
  press(figure, "ArrowDown", "ArrowDown", "ArrowRight");
  assert.equal(press(figure, "Escape"), null);
  assert.deepEqual(lit(figure), []);
  assert.deepEqual(press(figure, "ArrowRight"), { row: 1, column: 2 });
});

test("keys that belong to the browser are left to it", () => {
  const figure = small();
  press(figure, "ArrowRight");
  assert.deepEqual(press(figure, "Alt+ArrowRight"), { row: 0, column: 0 });
});

test("a figure without words is no place to go", () => {
  const figure = new MatrixFigure(matrix([], ["the"], []), holder());
  assert.equal(press(figure, "ArrowRight"), null);
});

test("a figure with wording says a cell as a sentence, and shares in per cent", () => {
  const facts = (form) => `data-group="g" data-says="“{row}” looked at “{column}”: {value}" data-form="${form}"`;
  const figure = small(holder(), facts("{value} %"));
  assert.equal(tip(figure, { row: 1, column: 0 }), "“maison” looked at “the”: 50 %");
  assert.equal(tip(figure, { row: 0 }), "la → here 70 % · house 20 % · the 10 %");
  const hostile = small(holder(), facts("{value} $&amp; nats"));
  assert.equal(tip(hostile, { row: 1, column: 0 }), "“maison” looked at “the”: 0.5 $& nats");
  assert.deepEqual([0, 0.0001, 0.0105, 0.0996, 0.45, 1].map(percent), ["0", "<0.1", "1.1", "10", "45", "100"]);
});

test("a cell says both words, its value and the unit; a word says where it looked most", () => {
  const figure = small();
  assert.equal(tip(figure, { row: 1, column: 0 }), "maison → the  0.5 share");
  assert.equal(tip(figure, { row: 0 }), "la → here 0.7 · house 0.2 · the 0.1 share");
  assert.equal(tip(figure, { column: 1 }), "house ← la 0.2 share");
});

test("a negative value is written with a minus, not a hyphen", () => {
  assert.equal(signed("-0.25"), "−0.25");
  assert.equal(signed(-1), "−1");
});

test("pointing lights up the row, the column and the cell", () => {
  const figure = small();
  figure.point({ row: 1, column: 2 });
  assert.deepEqual(lit(figure).sort(), ["here", "maison"]);
  assert.equal(figure.over.querySelectorAll(".as-band").length, 2);
  const { x, y } = figure.over.querySelector(".as-cursor").attributes;
  assert.deepEqual([x.value, y.value], ["40", "30"]);
  figure.point(null);
  assert.equal(figure.over.childElementCount, 0);
});

test("figures of one group light up the same words, those of another group none", () => {
  const [one, same, other] = [small(), joined(), small(holder(), 'data-group="other"')];
  const detail = { words: one.pointed({ row: 1 }), from: one.id };
  for (const figure of [same, other]) figure.hear(detail);
  assert.deepEqual([lit(same), lit(other)], [["maison"], []]);
});

test("figures that share only the words across the top light up only those", () => {
  const [one, across] = [small(), small(holder(), 'data-group="h" data-column-group="g"')];
  across.hear({ words: one.pointed({ row: 1, column: 0 }), from: one.id });
  assert.deepEqual(lit(across), ["the"]);
});

test("a visitor chooses a cell only where the page asks for one", () => {
  const [deaf, asking] = [holder(), holder({ acts: true })];
  press(small(deaf), "ArrowRight", "ArrowRight", "Enter");
  press(small(asking), "ArrowRight", "ArrowRight", "Enter");
  assert.deepEqual([deaf.sent, asking.sent], [[], [{ row: 0, column: 1 }]]);
});

test("lines: left and right along a sentence, up and down to the word it is joined to", () => {
  const figure = joined();
  assert.deepEqual(press(figure, "ArrowRight"), { row: 0 });
  assert.deepEqual(press(figure, "ArrowUp"), { column: 2 });
  assert.deepEqual(press(figure, "ArrowLeft"), { column: 1 });
  assert.deepEqual(press(figure, "ArrowDown"), { row: 0 });
  assert.deepEqual(press(figure, "End"), { row: 1 });
});

test("lines: an arrow goes where it points in a sentence from right to left", () => {
  const figure = joined();
  figure.words.row.forEach(({ node }, k) => node.setAttribute("x", 100 - 10 * k));
  press(figure, "ArrowLeft");
  assert.deepEqual(press(figure, "ArrowLeft"), { row: 1 });
  assert.deepEqual(press(figure, "Home"), { row: 0 });
});

test("lines: only the lines of the word stay, and a line says its pair", () => {
  const figure = joined();
  figure.point({ row: 0 });
  assert.deepEqual(
    figure.links.map((link) => link.classList.contains("as-on")),
    [true, true, false],
  );
  assert.equal(tip(figure, { row: 1, column: 0 }), "maison → the  0.5 share");
});

test("columns: up and down within one, left and right to the other", () => {
  const figure = new ColumnsFigure(
    lines(["la", "maison"], ["the", "house", "here"], LINKS, 'data-upright="1"'),
    holder(),
  );
  assert.deepEqual(press(figure, "ArrowDown", "ArrowDown"), { row: 1 });
  assert.deepEqual(press(figure, "ArrowRight"), { column: 0 });
  assert.deepEqual(press(figure, "ArrowDown", "ArrowDown", "ArrowDown"), { column: 2 });
  assert.deepEqual(press(figure, "ArrowLeft"), { row: 0 });
  assert.deepEqual(press(figure, "ArrowLeft"), { row: 0 });
});

test("text: it is read and copied word by word, with spaces where the script has them", () => {
  const figure = new TextFigure(
    running([
      ["la", "1"],
      ["maison", "2"],
    ]),
    holder(),
  );
  figure.words.column[1].node.dataset.space = "1";
  assert.equal(figure.running(), "la maison");
  assert.equal(
    figure.running(({ whole }) => whole === "maison"),
    "maison",
  );
});

test("text: a word says its value and what else is known of it", () => {
  const figure = new TextFigure(
    running([
      ["la", "0.3", "le 0.2"],
      ["maison", "-1.5"],
    ]),
    holder(),
  );
  assert.equal(tip(figure, { column: 0 }), "la  0.3 natsle 0.2");
  assert.equal(tip(figure, { column: 1 }), "maison  −1.5 nats");
  assert.deepEqual(press(figure, "ArrowRight", "ArrowRight", "ArrowRight"), { column: 1 });
});

// A matrix 200 pixels wide, in letters of 15, in so much room.
function fitted(room, most) {
  const root = holder();
  Object.defineProperty(root.box, "clientWidth", { value: room });
  if (most) root.box.style.setProperty("--as-most", most);
  const facts = 'data-group="g" width="200" height="100" font-size="15"';
  const figure = new MatrixFigure(matrix(["la", "maison"], ["the", "house", "here"], WEIGHTS, facts), root);
  figure.fit();
  return Number(figure.svg.getAttribute("width"));
}

test("a matrix grows with its room as far as the page allows, and shrinks as far as its letters can be read", () => {
  assert.deepEqual([fitted(404), fitted(404, "1.4"), fitted(254, "1.4")], [200, 280, 250]);
  assert.deepEqual([fitted(184), fitted(104)].map(Math.round), [180, 147]);
});

test("the words at the top hang into sight while their matrix is scrolled away, down to the last row but one", () => {
  const root = holder();
  const rows = Array.from({ length: 9 }, (_, k) => `row${k}`);
  const figure = new MatrixFigure(
    matrix(
      rows,
      ["the"],
      rows.map(() => [1]),
    ),
    root,
  );
  const places = [10, -30, -500].map((top) => {
    figure.svg.getBoundingClientRect = () => ({ top });
    document.dispatchEvent(new window.Event("scroll"));
    return figure.tops.getAttribute("transform");
  });
  assert.deepEqual(places, ["translate(0 0)", "translate(0 30)", "translate(0 70)"]);
});
