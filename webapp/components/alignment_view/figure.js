// What all figures of one SVG share: their words and numbers, pointing, keys, lighting up rows and columns. Each kind
// (matrix.js, lines.js, text.js, document.js, picture.js) answers for itself what lies where and what is said of it.
// What a visitor typed reaches the page as text nodes and attributes only: pictures are parsed as XML and imported,
// never written as HTML, and no element or attribute that acts is let in.

import { filled, written } from "./wording.js";

export const LIGHT_UP = "alignscope:point";
const DRAWN = new Set(["svg", "g", "text", "title", "rect", "path", "circle", "image"]);
const PICTURE = /^data:image\/png;base64,[A-Za-z0-9+/=]+$/; // the only address that a figure may hold
let count = 0;

export const fresh = (name) => `as-${name}-${(count += 1)}`;
export const make = (name, className) => Object.assign(document.createElement(name), { className });
export const shape = (name, attributes) => {
  const node = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  return node;
};
export const signed = (value) => String(value).replace(/^-/, "−");
export const within = (k, low, high) => Math.max(low, Math.min(high, k));
// The parts of what a tip says: words as they are, in their own direction; what is quiet; what is bold.
export const bdi = (text) => Object.assign(document.createElement("bdi"), { textContent: text });
export const quiet = (text) => Object.assign(make("span", "as-quiet"), { textContent: text });
export const bold = (text) => Object.assign(document.createElement("b"), { textContent: signed(text) });
// What is known of both ends of a pair beside its value, on a line of its own.
export function details(known) {
  const lines = known.filter(Boolean);
  return lines.length ? [document.createElement("br"), quiet(lines.join(" → "))] : [];
}
export const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
export const ENDS = { Home: [-Infinity, 0], End: [Infinity, 0] };

export function imported(markup) {
  const parsed = new DOMParser().parseFromString(markup, "image/svg+xml").documentElement;
  for (const node of [parsed, ...parsed.querySelectorAll("*")]) {
    const held = ({ name, value }) => node.localName === "image" && name === "href" && PICTURE.test(value);
    const acts = [...node.attributes].some((attribute) => /^on|href$/i.test(attribute.name) && !held(attribute));
    if (acts || !DRAWN.has(node.localName)) {
      throw new Error(`a figure holds <${node.localName}>, which our writer does not draw so`);
    }
  }
  return document.importNode(parsed, true);
}

export class Figure {
  constructor(markup, root) {
    this.markup = markup;
    this.root = root;
    this.id = fresh("figure");
    this.svg = imported(markup);
    const facts = this.svg.dataset;
    this.groups = [facts.group, facts.columnGroup ?? facts.group]; // of the words down the side, and across
    this.unit = facts.unit;
    this.wording = { says: facts.says, form: facts.form, unit: facts.unit };
    this.sides = this.sidesOf(facts.sides);
    this.shape = [Number(facts.rows), Number(facts.columns)];
    this.words = { row: [], column: [] };
    for (const node of this.svg.querySelectorAll("text[data-side]")) {
      const title = node.querySelector("title");
      const whole = title ? title.textContent : node.textContent;
      title?.remove(); // the tip says it, and a second tip of the browser's own would cover it
      this.words[node.dataset.axis][Number(node.dataset.index)] = { node, whole };
    }
    this.links = [...this.svg.querySelectorAll("path[data-row]")];
    this.values = this.read();
    this.at = null;
    this.stick();
    this.over = this.svg.appendChild(shape("g", { class: "as-over" }));
    this.frame = this.framed();
    this.listen();
  }

  framed() {
    const frame = make("div", "as-figure");
    frame.tabIndex = 0;
    frame.setAttribute("role", "application");
    frame.setAttribute("aria-label", this.svg.getAttribute("aria-label"));
    frame.setAttribute("aria-describedby", this.root.hint.id);
    this.svg.removeAttribute("role");
    this.svg.removeAttribute("aria-label");
    this.svg.setAttribute("aria-hidden", "true");
    frame.append(this.svg);
    return frame;
  }

  // Which sentence the rows are of, and which the columns.
  sidesOf(named) {
    return named.split(" ");
  }

  // The numbers as the writer put them down, row by row.
  read() {
    return [];
  }

  value(row, column) {
    return this.values[row * this.shape[1] + column];
  }

  // Whatever is to stay in sight while the figure is scrolled.
  stick() {}

  listen() {
    this.svg.addEventListener("pointermove", (event) => {
      if (event.pointerType !== "touch") this.point(this.under(event));
    });
    this.svg.addEventListener("pointerleave", (event) => {
      if (event.pointerType !== "touch") this.point(null);
    });
    this.svg.addEventListener("click", (event) => {
      const at = this.under(event);
      this.point(at);
      this.choose(at);
    });
    this.frame.addEventListener("keydown", (event) => {
      if (event.key === "Enter") this.choose(this.at);
      this.key(event);
    });
    this.frame.addEventListener("focus", () => {
      if (this.frame.matches(":focus-visible")) this.point(this.last ?? this.start(), true);
    });
    this.frame.addEventListener("blur", () => this.point(null));
  }

  // What a visitor picks, where the page asks for it.
  choose() {}

  // What stands where the pointer is: a word, or what the kind of figure finds there.
  under(event) {
    const { dataset } = event.target;
    return dataset?.axis ? { [dataset.axis]: Number(dataset.index) } : this.beneath(event);
  }

  beneath() {
    return null;
  }

  // Where keys begin; nowhere in a figure without words.
  start() {
    return this.shape[0] && this.shape[1] ? this.first() : null;
  }

  first() {
    return { column: 0 };
  }

  key(event) {
    if (event.key === "Escape") {
      this.point(null);
      this.frame.blur();
      return;
    }
    const way = ARROWS[event.key] ?? ENDS[event.key];
    if (!way || event.altKey || event.metaKey) return;
    event.preventDefault();
    event.stopPropagation(); // arrow keys may mean something else to the page, which is not meant here
    const now = this.at ?? this.last;
    this.point(now ? this.next(now, way, event.ctrlKey) : this.start(), true);
  }

  // Where a key leads from `now`: so many steps across and down, as far as there are words.
  next(now, [across]) {
    return { ...now, column: this.into("column", now.column + across) };
  }

  into(axis, k) {
    return within(k, 0, this.shape[axis === "row" ? 0 : 1] - 1);
  }

  ranked({ row, column }) {
    const fixed = row !== undefined;
    const many = Array.from({ length: this.shape[fixed ? 1 : 0] }, (_, k) => (fixed ? [row, k] : [k, column]));
    return many
      .map(([i, j]) => ({ row: i, column: j, value: this.value(i, j) }))
      .filter(({ value }) => value !== undefined && Number(value) > 0)
      .sort((a, b) => b.value - a.value)
      .slice(0, 3);
  }

  best(at) {
    return this.ranked(at)[0];
  }

  same(a, b) {
    return a.row === b.row && a.column === b.column;
  }

  // Tells every figure which words are pointed at; those of the same group light them up too.
  point(at, byKey = false) {
    if (!at && !this.at) return;
    if (at && this.at && this.same(at, this.at)) return;
    this.at = at;
    if (at) this.last = at;
    const words = this.pointed(at);
    this.light(new Set([at?.row].filter(Number.isInteger)), new Set([at?.column].filter(Number.isInteger)));
    this.root.tell(this, at, byKey);
    window.dispatchEvent(new CustomEvent(LIGHT_UP, { detail: { words, from: this.id } }));
  }

  // What is pointed at, as [side, index, group], for the other figures.
  pointed(at) {
    const words = [];
    if (at?.row !== undefined) words.push([this.sides[0], at.row, this.groups[0]]);
    if (at?.column !== undefined) words.push([this.sides[1], at.column, this.groups[1]]);
    return words;
  }

  hear({ words, from }) {
    if (from === this.id) return;
    this.at = null;
    const [rows, columns] = this.sides.map((own, i) => {
      const mine = words.filter(([side, , group]) => side === own && group && group === this.groups[i]);
      return new Set(mine.map(([, k]) => k));
    });
    this.light(rows, columns);
  }

  light(rows, columns) {
    const on = rows.size + columns.size > 0;
    if (!on && !this.lit) return;
    this.lit = on;
    this.svg.classList.toggle("as-lit", on);
    for (const [axis, chosen] of [
      ["row", rows],
      ["column", columns],
    ]) {
      this.words[axis].forEach(({ node }, k) => node.classList.toggle("as-on", chosen.has(k)));
    }
    this.lightMore(rows, columns);
  }

  // What lights up beside the words.
  lightMore() {}

  // Where the tip belongs, on the screen.
  box(at) {
    const [axis, k] = at.row !== undefined ? ["row", at.row] : ["column", at.column];
    return this.words[axis][k].node.getBoundingClientRect();
  }

  // Whether the tip stands below what it speaks of, where it hides no line.
  asBelow() {
    return false;
  }

  // Whether a tip may hang out of the figure at its foot.
  hangs() {
    return false;
  }

  // What is read out when this figure has come in the place of another.
  news() {
    return "";
  }

  name(axis, k) {
    return bdi(this.words[axis][k].whole);
  }

  // One cell in the page's own words.
  sentence({ row, column }) {
    const value = this.value(row, column) ?? 0;
    const values = {
      row: this.name("row", row),
      column: this.name("column", column),
      value: bold(written(value, this.wording)),
    };
    return filled(this.wording.says, values, quiet);
  }

  // The sentence for tip and screen reader, as finished nodes: a pair with its value, or a word with its best three.
  say(at) {
    if (at.row !== undefined && at.column !== undefined) {
      const ends = [this.words.row[at.row], this.words.column[at.column]];
      const more = details(ends.map(({ node }) => node.dataset.detail));
      if (this.wording.says) return [...this.sentence(at), ...more];
      const value = bold(this.value(at.row, at.column) ?? "");
      return [
        this.name("row", at.row),
        quiet(" → "),
        this.name("column", at.column),
        "  ",
        value,
        quiet(` ${this.unit}`),
        ...more,
      ];
    }
    const [own, other, arrow] = at.row !== undefined ? ["row", "column", " → "] : ["column", "row", " ← "];
    const best = this.ranked(at).flatMap((pair, k) => [
      ...(k ? [quiet(" · ")] : []),
      this.name(other, pair[other]),
      " ",
      bold(this.wording.form ? written(pair.value, this.wording) : pair.value),
    ]);
    const unit = best.length && !this.wording.form ? [quiet(` ${this.unit}`)] : [];
    return [this.name(own, at[own]), quiet(arrow), ...best, ...unit];
  }
}
