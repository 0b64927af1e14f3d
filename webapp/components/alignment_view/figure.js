// One figure: what it shows as numbers, how it lights up rows and columns of them, and what it says of them.
// What a visitor typed reaches the page as text nodes and attributes only: pictures are parsed as XML and imported, never
// written as HTML, and no element or attribute that acts is let in.

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

function imported(markup) {
  const parsed = new DOMParser().parseFromString(markup, "image/svg+xml").documentElement;
  for (const node of [parsed, ...parsed.querySelectorAll("*")]) {
    const held = ({ name, value }) => node.localName === "image" && name === "href" && PICTURE.test(value);
    const acts = [...node.attributes].some((one) => /^on|href$/i.test(one.name) && !held(one));
    if (acts || !DRAWN.has(node.localName)) throw new Error(`a figure holds <${node.localName}>, which our writer does not draw so`);
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
    this.kind = facts.kind;
    this.groups = [facts.group, facts.columnGroup ?? facts.group]; // of the words down the side, and across
    this.unit = facts.unit;
    this.sides = this.kind === "text" ? [null, facts.sides] : facts.sides.split(" ");
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
    this.frame = make("div", "as-figure");
    this.frame.tabIndex = 0;
    this.frame.setAttribute("role", "application");
    this.frame.setAttribute("aria-label", this.svg.getAttribute("aria-label"));
    this.frame.setAttribute("aria-describedby", root.hint.id);
    this.svg.removeAttribute("role");
    this.svg.removeAttribute("aria-label");
    this.svg.setAttribute("aria-hidden", "true");
    this.frame.append(this.svg);
    this.listen();
  }

  read() {
    if (this.kind === "matrix") {
      const flat = this.svg.querySelector("[data-values]").dataset.values;
      return flat ? flat.split(",") : [];
    }
    if (this.kind === "text") return this.words.column.map(({ node }) => node.dataset.value);
    const found = [];
    for (const { dataset } of this.links) found[Number(dataset.row) * this.shape[1] + Number(dataset.column)] = dataset.value;
    return found;
  }

  value(row, column) {
    return this.values[row * this.shape[1] + column];
  }

  // The words at the side stay in sight when a wide matrix is scrolled.
  stick() {
    const side = this.svg.querySelector("[data-sticky]");
    if (!side) return;
    const { x, y, cell } = this.svg.dataset;
    const sheet = { x: 0, y: Number(y) - 2, width: Number(x) - 1, height: this.shape[0] * cell + 4, class: "as-sheet" };
    side.prepend(shape("rect", sheet));
    this.side = side;
  }

  listen() {
    this.frame.addEventListener("scroll", () => this.side?.setAttribute("transform", `translate(${this.frame.scrollLeft} 0)`));
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

  // A cell that a visitor picks, where the page asks for one.
  choose(at) {
    if (this.root.acts && this.kind === "matrix" && at?.row !== undefined && at.column !== undefined) this.root.send(at);
  }

  under(event) {
    const { dataset } = event.target;
    if (dataset?.axis) return { [dataset.axis]: Number(dataset.index) };
    if (this.kind === "text") {
      const word = event.target.parentNode?.querySelector?.(":scope > text[data-side]");
      return word ? { column: Number(word.dataset.index) } : null;
    }
    if (dataset?.row) return { row: Number(dataset.row), column: Number(dataset.column) };
    if (this.kind !== "matrix") return null;
    const { x, y, cell } = this.svg.dataset;
    const place = new DOMPoint(event.clientX, event.clientY).matrixTransform(this.svg.getScreenCTM().inverse());
    const [row, column] = [Math.floor((place.y - y) / cell), Math.floor((place.x - x) / cell)];
    return row >= 0 && column >= 0 && row < this.shape[0] && column < this.shape[1] ? { row, column } : null;
  }

  start() {
    if (!this.shape[0] || !this.shape[1]) return null;
    return this.kind === "matrix" ? { row: 0, column: 0 } : this.kind === "lines" ? { row: 0 } : { column: 0 };
  }

  key(event) {
    if (event.key === "Escape") {
      this.point(null);
      this.frame.blur();
      return;
    }
    const [across, down] = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key] ?? [];
    const end = { Home: 0, End: Infinity }[event.key];
    if ((across === undefined && end === undefined) || event.altKey || event.metaKey) return;
    event.preventDefault();
    const now = this.at ?? this.last;
    if (!now) return void this.point(this.start(), true);
    const next = { ...now };
    if (this.svg.dataset.upright) return void this.turned(now, across ?? 0, down ?? 0, end);
    const into = (axis, value) => Math.max(0, Math.min(this.shape[axis === "row" ? 0 : 1] - 1, value));
    if (this.kind === "lines" && (down || (now.row !== undefined && now.column !== undefined))) {
      const axis = down > 0 ? "row" : down < 0 ? "column" : "row";
      const from = now[axis] ?? this.best(now)?.[axis] ?? 0;
      return void this.point({ [axis]: into(axis, from) }, true);
    }
    const axis = next.column === undefined ? "row" : "column";
    if (end !== undefined) {
      next[axis] = into(axis, end);
      if (event.ctrlKey && next.row !== undefined && this.kind === "matrix") next.row = into("row", end);
    } else if (across) next[axis] = into(axis, next[axis] + across * this.reading(axis));
    else if (next.row !== undefined && next.column !== undefined) next.row = into("row", next.row + down);
    else if (this.kind === "matrix") Object.assign(next, { row: next.row ?? 0, column: next.column ?? 0 });
    this.point(next, true);
  }

  // Two columns: up and down within one of them, left and right from one to the other.
  turned(now, across, down, end) {
    const axis = now.row !== undefined ? "row" : "column";
    const to = across > 0 ? "column" : across < 0 ? "row" : axis;
    const from = to === axis ? now[axis] : (this.best({ [axis]: now[axis] })?.[to] ?? 0);
    const at = end ?? (from ?? 0) + down;
    this.point({ [to]: Math.max(0, Math.min(this.shape[to === "row" ? 0 : 1] - 1, at)) }, true);
  }

  // 1 where the words run from left to right, else -1, so that an arrow key goes where it points.
  reading(axis) {
    const words = this.words[axis];
    const first = words[0]?.node.getAttribute("x");
    return this.kind === "lines" && words.length > 1 && Number(words[1].node.getAttribute("x")) < Number(first) ? -1 : 1;
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

  // Tells every figure which words are pointed at; those of the same group light them up too.
  point(at, byKey = false) {
    if (!at && !this.at) return;
    if (at && this.at && at.row === this.at.row && at.column === this.at.column) return;
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
    for (const [axis, chosen] of [["row", rows], ["column", columns]]) {
      this.words[axis].forEach(({ node }, k) => {
        node.classList.toggle("as-on", chosen.has(k));
        if (this.kind === "text") node.parentNode.classList.toggle("as-on", chosen.has(k));
      });
    }
    const both = rows.size && columns.size;
    for (const link of this.links) {
      const [i, j] = [rows.has(Number(link.dataset.row)), columns.has(Number(link.dataset.column))];
      link.classList.toggle("as-on", both ? i && j : i || j);
    }
    if (this.kind === "matrix") this.cross(rows, columns);
  }

  cross(rows, columns) {
    const { x, y, cell } = Object.fromEntries(["x", "y", "cell"].map((key) => [key, Number(this.svg.dataset[key])]));
    const [down, across] = this.shape.map((n) => n * cell);
    const parts = [];
    for (const k of rows) if (k < this.shape[0]) parts.push(shape("rect", { class: "as-band", x, y: y + k * cell, width: across, height: cell }));
    for (const k of columns) if (k < this.shape[1]) parts.push(shape("rect", { class: "as-band", x: x + k * cell, y, width: cell, height: down }));
    for (const i of rows)
      for (const j of columns) {
        if (i >= this.shape[0] || j >= this.shape[1]) continue;
        const box = { x: x + j * cell, y: y + i * cell, width: cell, height: cell, rx: 2 };
        parts.push(shape("rect", { class: "as-halo", ...box }), shape("rect", { class: "as-cursor", ...box }));
      }
    this.over.replaceChildren(...parts);
  }

  // Where the tip belongs: the cell or the word, on the screen.
  box(at) {
    if (this.kind === "matrix" && at.row !== undefined && at.column !== undefined) {
      return this.over.querySelector(".as-cursor").getBoundingClientRect();
    }
    if (this.kind === "lines" && at.row !== undefined && at.column !== undefined) {
      return this.links.find(({ dataset }) => Number(dataset.row) === at.row && Number(dataset.column) === at.column).getBoundingClientRect();
    }
    const [axis, k] = at.row !== undefined ? ["row", at.row] : ["column", at.column];
    return this.words[axis][k].node.getBoundingClientRect();
  }

  // A word at the foot of a figure has its tip below, where it hides no line.
  asBelow(at) {
    return this.kind === "text" || (this.kind === "lines" && !this.svg.dataset.upright && at.row !== undefined && at.column === undefined);
  }

  // What a word of a text has to say beside its value, on a line of its own.
  detail(k) {
    const said = this.words.column[k].node.dataset.detail;
    return said ? [document.createElement("br"), Object.assign(make("span", "as-quiet"), { textContent: said, dir: "auto" })] : [];
  }

  // The sentence for tip and screen reader, as finished nodes.
  say(at) {
    const parts = [];
    const bdi = (text) => Object.assign(document.createElement("bdi"), { textContent: text });
    const quiet = (text) => Object.assign(make("span", "as-quiet"), { textContent: text });
    const bold = (text) => Object.assign(document.createElement("b"), { textContent: signed(text) });
    const name = (axis, k) => bdi(this.words[axis][k].whole);
    if (this.kind === "text") parts.push(name("column", at.column), "  ", bold(this.values[at.column]), quiet(` ${this.unit}`), ...this.detail(at.column));
    else if (at.row !== undefined && at.column !== undefined) {
      const value = this.value(at.row, at.column);
      parts.push(name("row", at.row), quiet(" → "), name("column", at.column), "  ", bold(value ?? ""), quiet(` ${this.unit}`));
      const details = [this.words.row[at.row], this.words.column[at.column]].map(({ node }) => node.dataset.detail).filter(Boolean);
      if (details.length) parts.push(document.createElement("br"), quiet(details.join(" → ")));
    } else {
      const own = at.row !== undefined ? "row" : "column";
      const other = own === "row" ? "column" : "row";
      parts.push(name(own, at[own]), quiet(own === "row" ? " → " : " ← "));
      this.ranked(at).forEach((found, k) => parts.push(...(k ? [quiet(" · ")] : []), name(other, found[other]), " ", bold(found.value)));
      if (parts.length > 2) parts.push(quiet(` ${this.unit}`));
    }
    return parts;
  }
}
