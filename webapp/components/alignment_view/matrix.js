// A matrix: a cell for each word down the side and each across the top.

import { Figure, shape, within } from "./figure.js";

const SMALLEST = 11; // pixels of letters that are still read with ease; a matrix that needs smaller ones is scrolled
const HIGHEST = 0.75; // of the screen: one that is higher does not grow further
const EDGE = 4; // pixels between a frame and what it holds, both sides together

export class MatrixFigure extends Figure {
  constructor(markup, root) {
    super(markup, root);
    this.drawn = ["width", "height"].map((name) => Number(this.svg.getAttribute(name)));
    this.scale = 1;
    this.watch = new ResizeObserver(() => this.fit());
    this.watch.observe(root.box);
    this.hang = () => this.head();
    document.addEventListener("scroll", this.hang, { capture: true, passive: true });
  }

  end() {
    this.watch.disconnect();
    document.removeEventListener("scroll", this.hang, { capture: true });
  }

  // As large as there is room for: no smaller than can be read, no larger than the page allows in --as-most.
  fit() {
    const { box } = this.root;
    const room = this.room() - EDGE;
    if (room <= 0 || !this.drawn[0]) return;
    const least = Math.min(1, SMALLEST / Number(this.svg.getAttribute("font-size")));
    const most = Number(getComputedStyle(box).getPropertyValue("--as-most")) || 1;
    const high = (HIGHEST * innerHeight) / this.drawn[1];
    this.scale = within(Math.min(room / this.drawn[0], Math.max(1, high)), least, most);
    ["width", "height"].forEach((name, k) => this.svg.setAttribute(name, this.drawn[k] * this.scale));
    this.follow();
    this.head();
  }

  // How wide it may be, in pixels.
  room() {
    const { box } = this.root;
    return (box.hasAttribute("data-columns") ? this.frame : box).clientWidth;
  }

  read() {
    const flat = this.svg.querySelector("[data-values]").dataset.values;
    return flat ? flat.split(",") : [];
  }

  // Where the cells begin and how large one is, in the picture's own pixels.
  lattice() {
    const [x, y, cell] = ["x", "y", "cell"].map((key) => Number(this.svg.dataset[key]));
    return { x, y, cell };
  }

  // The words at the side stay in sight when a wide matrix is scrolled, those at the top when the page is.
  stick() {
    const { x, y, cell } = this.lattice();
    this.tops = this.svg.querySelector("[data-head]");
    const from = Number(this.tops?.dataset.head); // below the title
    const width = this.svg.getAttribute("width");
    this.tops?.prepend(shape("rect", { x: 0, y: from, width, height: y - 1 - from, class: "as-sheet" }));
    const side = this.svg.querySelector("[data-sticky]");
    if (!side) return;
    side.prepend(shape("rect", { x: 0, y: y - 2, width: x - 1, height: this.shape[0] * cell + 4, class: "as-sheet" }));
    this.side = side;
  }

  listen() {
    super.listen();
    this.frame.addEventListener("scroll", () => this.follow());
  }

  follow() {
    this.side?.setAttribute("transform", `translate(${this.frame.scrollLeft / this.scale} 0)`);
  }

  // The words at the top hang from what covers the page there, down to the last row but one.
  head() {
    if (!this.tops) return;
    const cover = document.querySelector('[data-testid="stHeader"]')?.getBoundingClientRect().bottom ?? 0;
    const above = -Number(this.tops.dataset.head) + (cover - this.svg.getBoundingClientRect().top) / this.scale;
    const most = Math.max(0, (this.shape[0] - 2) * this.lattice().cell);
    this.tops.setAttribute("transform", `translate(0 ${within(above, 0, most)})`);
  }

  choose(at) {
    if (this.root.acts && at?.row !== undefined && at.column !== undefined) this.root.send(at);
  }

  beneath({ target, clientX, clientY }) {
    if (target.dataset?.row) return { row: Number(target.dataset.row), column: Number(target.dataset.column) };
    const { x, y, cell } = this.lattice();
    const place = new DOMPoint(clientX, clientY).matrixTransform(this.svg.getScreenCTM().inverse());
    const [row, column] = [Math.floor((place.y - y) / cell), Math.floor((place.x - x) / cell)];
    return row >= 0 && column >= 0 && row < this.shape[0] && column < this.shape[1] ? { row, column } : null;
  }

  first() {
    return { row: 0, column: 0 };
  }

  // From cell to cell; Home and End go along the row, with Control from corner to corner.
  next({ row, column }, [across, down], whole = false) {
    if (row === undefined || column === undefined) {
      const axis = column === undefined ? "row" : "column";
      const k = { row, column }[axis];
      return across ? { [axis]: this.into(axis, k + across) } : { row: row ?? 0, column: column ?? 0 };
    }
    const far = whole && !Number.isFinite(across);
    return { row: this.into("row", row + (far ? across : down)), column: this.into("column", column + across) };
  }

  lightMore(rows, columns) {
    const { x, y, cell } = this.lattice();
    const [down, across] = this.shape.map((n) => n * cell);
    const [i, j] = [rows, columns].map((chosen, axis) => [...chosen].filter((k) => k < this.shape[axis]));
    const band = (place) => shape("rect", { class: "as-band", ...place });
    const boxes = i.flatMap((row) =>
      j.flatMap((column) => {
        const box = { x: x + column * cell, y: y + row * cell, width: cell, height: cell, rx: 2 };
        return [shape("rect", { class: "as-halo", ...box }), shape("rect", { class: "as-cursor", ...box })];
      }),
    );
    this.over.replaceChildren(
      ...i.map((row) => band({ x, y: y + row * cell, width: across, height: cell })),
      ...j.map((column) => band({ x: x + column * cell, y, width: cell, height: down })),
      ...boxes,
    );
  }

  box(at) {
    if (at.row === undefined || at.column === undefined) return super.box(at);
    return this.over.querySelector(".as-cursor").getBoundingClientRect();
  }
}
