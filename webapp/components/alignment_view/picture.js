// A picture in squares. What is pointed at is {row, column} from 0; the marks above the picture stand in row -1.

import { Figure, bdi, bold, quiet, shape, within } from "./figure.js";
import { written } from "./wording.js";

export class PictureFigure extends Figure {
  constructor(markup, root) {
    super(markup, root);
    const { looking, chosen, still } = this.svg.dataset;
    this.looking = looking;
    if (still) {
      this.frame.tabIndex = -1; // nothing in it can be pointed at
      this.frame.setAttribute("role", "img");
      this.frame.removeAttribute("aria-describedby");
    }
    if (!chosen) return;
    const [row, column] = chosen.split(" ").map(Number);
    this.last = { row, column }; // keys begin at what is chosen
  }

  read() {
    return this.svg.querySelector("[data-values]")?.dataset.values.split(",") ?? [];
  }

  // Numbers as the writer put them down: marks first, then the squares row by row.
  place({ row, column }) {
    return row < 0 ? column : this.words.column.length + row * this.shape[1] + column;
  }

  called({ row, column }) {
    return row < 0 ? this.words.column[column].whole : `${row + 1}·${column + 1}`;
  }

  under({ target, clientX, clientY }) {
    const mark = target.parentNode === this.svg && target.localName === "rect" ? target.nextElementSibling : target;
    if (mark?.dataset?.side) return { row: -1, column: Number(mark.dataset.index) };
    const { x, y, cell } = this.svg.dataset;
    const at = new DOMPoint(clientX, clientY).matrixTransform(this.svg.getScreenCTM().inverse());
    const [row, column] = [Math.floor((at.y - y) / cell), Math.floor((at.x - x) / cell)];
    return row >= 0 && column >= 0 && row < this.shape[0] && column < this.shape[1] ? { row, column } : null;
  }

  first() {
    return { row: 0, column: 0 };
  }

  choose(at) {
    if (this.root.acts && at) this.root.send({ row: at.row, column: at.column });
  }

  next(now, [across, down]) {
    const marks = this.words.column.length;
    const row = within(now.row + down, marks ? -1 : 0, this.shape[0] - 1);
    return { row, column: within(now.column + across, 0, (row < 0 ? marks : this.shape[1]) - 1) };
  }

  pointed(at) {
    return at ? [["square", this.called(at), this.groups[0]]] : [];
  }

  // The same square in the other pictures of the group.
  hear({ words, from }) {
    if (from === this.id) return;
    this.at = null;
    if (!this.values.length) return;
    const named = words.find(([side, , group]) => side === "square" && group && group === this.groups[0])?.[1];
    this.ring(named === undefined ? null : this.placed(named));
  }

  placed(name) {
    const mark = this.words.column.findIndex(({ whole }) => whole === name);
    if (mark >= 0) return { row: -1, column: mark };
    const [row, column] = name.split("·").map((part) => Number(part) - 1);
    return row >= 0 && column >= 0 ? { row, column } : null;
  }

  light() {
    this.ring(this.at);
  }

  ring(at) {
    if (!at) return void this.over.replaceChildren();
    const box = at.row < 0 ? this.words.column[at.column].node.previousElementSibling.getBBox() : this.square(at);
    const place = { x: box.x, y: box.y, width: box.width, height: box.height, rx: 2 };
    this.over.replaceChildren(
      shape("rect", { class: "as-halo", ...place }),
      shape("rect", { class: "as-cursor", ...place }),
    );
  }

  square({ row, column }) {
    const [x, y, cell] = ["x", "y", "cell"].map((key) => Number(this.svg.dataset[key]));
    return { x: x + column * cell, y: y + row * cell, width: cell, height: cell };
  }

  box() {
    return this.over.querySelector(".as-cursor").getBoundingClientRect();
  }

  asBelow({ row }) {
    return row < 0;
  }

  say(at) {
    const number = this.values[this.place(at)];
    const value = this.wording.form ? [bold(written(number, this.wording))] : [bold(number), quiet(` ${this.unit}`)];
    return [bdi(this.looking), quiet(" → "), bdi(this.called(at)), "  ", ...value];
  }
}
