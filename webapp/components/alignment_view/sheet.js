// One matrix of too many cells for SVG. Words stand beside it once cells are large enough; pointing always names them.

import { CanvasFigure } from "./canvas.js";
import { bdi, bold, details, quiet, within } from "./figure.js";
import { halves } from "./packet.js";
import { written } from "./wording.js";

const HIGHEST = 680; // pixels at first sight
const LARGEST = 26; // of a cell at first sight
const READABLE = 11; // of a cell from which on words stand beside it
const TURN = (55 * Math.PI) / 180;
const [SIDE, TOP] = [44, 20]; // room for numbers, where there is none for words

export class SheetFigure extends CanvasFigure {
  constructor(facts, root) {
    super(facts, root);
    this.values = halves(facts.parts[0]);
    const [, shaded] = facts.parts;
    const shade = (value) => within(Math.round((255 * value) / (facts.maximum || 1)), -255, 255);
    this.shades = shaded ? new Int16Array(shaded.slice().buffer) : Int16Array.from(this.values, shade);
    this.blocks = facts.block[0] > 1 || facts.block[1] > 1;
  }

  layout(zoom) {
    const [rows, columns] = this.facts.shape;
    const dpr = devicePixelRatio || 1;
    const fits = Math.min(LARGEST, (this.wide - SIDE - 8) / columns, (HIGHEST - TOP) / rows);
    const even = fits * dpr >= 1 ? Math.floor(fits * dpr) / dpr : fits; // whole pixels, if enough
    const cell = even * zoom;
    const worded = cell >= READABLE && !this.blocks;
    const [left, top] = worded ? this.margins() : [SIDE, TOP];
    return { width: left + columns * cell + 8, height: top + rows * cell + 4, left, top, cell, worded };
  }

  margins() {
    if (this.edges) return this.edges;
    const ink = this.canvas.getContext("2d");
    ink.font = `12px ${getComputedStyle(this.root.box).fontFamily}`;
    const widest = (words) => Math.max(0, ...words.map(([shown]) => ink.measureText(shown).width));
    return (this.edges = [
      Math.ceil(widest(this.facts.rows)) + 12,
      Math.ceil(widest(this.facts.columns) * Math.sin(TURN)) + 16,
    ]);
  }

  edge() {
    return { left: this.whole.left, top: this.whole.top };
  }

  find(x, y) {
    const { left, top, cell } = this.whole;
    if (x < this.view.scrollLeft + left || y < this.view.scrollTop + top) return null; // words, not cells
    const [row, column] = [Math.floor((y - top) / cell), Math.floor((x - left) / cell)];
    return row < this.facts.shape[0] && column < this.facts.shape[1] ? { row, column } : null;
  }

  same(a, b) {
    return a.row === b.row && a.column === b.column;
  }

  start() {
    return this.values.length ? { row: 0, column: 0 } : null;
  }

  next({ row, column }, [across, down]) {
    const [rows, columns] = this.facts.shape;
    return { row: within(row + down, 0, rows - 1), column: within(column + across, 0, columns - 1) };
  }

  press(at) {
    if (!at) return;
    this.point(at);
    if (this.root.acts && !this.blocks) this.root.send(at);
  }

  mark() {
    if (!this.whole) return;
    const { left, top, cell } = this.whole;
    const [rows, columns] = this.facts.shape;
    const { row, column } = this.at ?? {};
    this.over("row", this.at && { x: left, y: top + row * cell, width: columns * cell, height: cell });
    this.over("column", this.at && { x: left + column * cell, y: top, width: cell, height: rows * cell });
    const side = Math.max(cell, 4);
    this.over(
      "cursor",
      this.at && {
        x: left + (column + 0.5) * cell - side / 2,
        y: top + (row + 0.5) * cell - side / 2,
        width: side,
        height: side,
      },
    );
  }

  paint(ink, { left: x, top: y, width, height, dpr }) {
    const { left, top, cell, worded } = this.whole;
    const [rows, columns] = this.facts.shape;
    const place = { x: left - x, y: top - y, width: columns * cell, height: rows * cell };
    this.lay(ink, { shades: this.shades, rows, columns }, { ...place, dpr });
    ink.strokeStyle = this.colour("grid");
    ink.strokeRect(place.x - 0.5, place.y - 0.5, place.width + 1, place.height + 1);
    ink.clearRect(0, 0, width, top - 1);
    ink.clearRect(0, 0, left - 1, height);
    ink.fillStyle = this.colour(worded ? "ink" : "muted");
    this.face ??= getComputedStyle(this.root.box).fontFamily;
    const step = worded ? 1 : this.step12(Math.max(rows, columns));
    for (let k = 0; k < rows; k += step) {
      const middle = place.y + (k + 0.5) * cell;
      if (middle < top || middle > height) continue;
      ink.textAlign = "right";
      ink.font = `${this.facts.marked.includes(k) ? "700 " : ""}12px ${this.face}`;
      ink.fillText(worded ? this.facts.rows[k][0] : String(k * this.facts.block[0] + 1), left - 6, middle + 4);
    }
    for (let k = 0; k < columns; k += step) {
      const middle = place.x + (k + 0.5) * cell;
      if (middle < left || middle > width) continue;
      if (worded) this.turned(ink, this.facts.columns[k][0], middle, top - 6);
      else {
        ink.textAlign = "center";
        ink.fillText(String(k * this.facts.block[1] + 1), middle, top - 6);
      }
    }
  }

  turned(ink, word, x, y) {
    ink.save();
    ink.translate(x + 3, y);
    ink.rotate(-TURN);
    ink.textAlign = "left";
    ink.fillText(word, 0, 0);
    ink.restore();
  }

  // About twelve numbers along the longer side.
  step12(count) {
    let power = 1;
    for (;;) {
      for (const factor of [1, 2, 5]) if (count <= 12 * factor * power) return factor * power;
      power *= 10;
    }
  }

  words(at) {
    if (!at || this.blocks) return [];
    return [
      [this.facts.sides[0], at.row, this.group],
      [this.facts.sides[1], at.column, this.group],
    ];
  }

  say({ row, column }) {
    const { rows, columns, block, unit, form, phrases } = this.facts;
    const span = (words, at, size) => {
      const [first, last] = [at * size, Math.min(words.length, (at + 1) * size) - 1];
      const whole = (k) => bdi(words[k][1] ?? words[k][0]);
      return first === last ? [whole(first)] : [whole(first), "…", whole(last)];
    };
    const value = this.values[row * this.facts.shape[1] + column];
    const number = value ? Number(value.toPrecision(3)) : 0;
    const shown = form ? [bold(written(number, { form }))] : [bold(number), quiet(` ${unit}`)];
    const many = this.blocks ? ` (${phrases.largest})` : "";
    const [across, down] = this.facts.details;
    return [
      ...span(rows, row, block[0]),
      quiet(" → "),
      ...span(columns, column, block[1]),
      "  ",
      ...shown,
      quiet(many),
      ...details(this.blocks ? [] : [across[row], down[column]]),
    ];
  }
}
