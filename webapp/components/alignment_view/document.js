// A document: its words laid out anew for the width there is, its sentences switched off and rewritten where they
// stand. What a visitor does goes to the server as {sentence, do} or {sentence, text}; the server decides what it comes
// to.

import { Figure, bdi, bold, make, quiet, shape, within } from "./figure.js";
import { flowing } from "./flowing.js";
import { detail } from "./text.js";

const WIDEST = 980; // pixels; longer lines are hard to read
const NARROW = 480; // pixels; below, numbers and bars stand closer together, so that the words have the room
const CLOSE = { number: 34, bar: 38, scale: 0.45, left: 74 };
const PENCIL_ROOM = 24;
const CHECK = "M3.2 7.4l2.6 2.6 5-5.6";
const PENCIL = "M2 12l.7-3 6.6-6.6 2.3 2.3L5 11.3z";

export class DocumentFigure extends Figure {
  constructor(markup, root) {
    super(markup, root);
    this.rows = [...this.svg.querySelectorAll("[data-sentence]")].map((group, k) => this.sentence(group, k));
    this.order = this.words.column.map((_, k) => k).filter((k) => this.words.column[k]);
    this.home = new Map(this.rows.flatMap((row, k) => row.words.map(({ index }) => [index, k])));
    this.foot = this.svg.querySelector("[data-foot]");
    this.space = Object.fromEntries(
      ["top", "left", "line", "between", "gap"].map((key) => [key, Number(this.svg.dataset[key])]),
    );
    if (root.acts) for (const row of this.rows) this.tools(row);
    this.watch = new ResizeObserver(() => this.flow());
    this.watch.observe(root.box);
    document.fonts?.ready.then(() => this.flow(true));
  }

  end() {
    this.watch.disconnect();
    this.editor?.remove();
  }

  sentence(group, k) {
    const words = [...group.querySelectorAll('text[data-axis="column"]')].map((text) => ({
      text,
      group: text.parentNode,
      ground: text.previousElementSibling,
      index: Number(text.dataset.index),
      spaced: text.dataset.space === "1",
      glued: text.dataset.glued === "1",
    }));
    return {
      group,
      words,
      k,
      number: Number(group.dataset.sentence),
      read: !group.dataset.off,
      leftward: group.dataset.leftward === "1",
    };
  }

  // The box that switches a sentence off and the pencil that rewrites it: on the page only, not in files.
  tools(row) {
    const box = shape("g", { class: "as-tool as-box", "data-do": "toggle", "data-of": row.k });
    box.append(shape("rect", { width: 14, height: 14, rx: 3 }));
    if (row.read) box.append(shape("path", { d: CHECK }));
    box.setAttribute("transform", `translate(2 ${this.space.line / 2 - 7})`);
    row.pencil = shape("g", { class: "as-tool as-pencil", "data-do": "edit", "data-of": row.k });
    row.pencil.append(shape("rect", { x: -4, y: -5, width: 24, height: 24 }), shape("path", { d: PENCIL }));
    row.group.append(box, row.pencil);
  }

  // Words laid out for the width there is, sentence below sentence.
  flow(anew = false) {
    const wide = Math.min(this.root.box.clientWidth - 4, WIDEST);
    if (wide < 120 || (wide === this.wide && !anew) || !this.svg.isConnected) return;
    this.wide = wide;
    this.left = this.margin(wide);
    const pad = 2 * 0.15 * Number(this.svg.getAttribute("font-size"));
    for (const row of this.rows) for (const word of row.words) word.width = word.text.getComputedTextLength() + pad;
    let y = this.space.top;
    for (const row of this.rows) {
      row.height = this.lines(row);
      row.group.setAttribute("transform", `translate(0 ${y})`);
      y += row.height + this.space.between;
    }
    if (this.foot) {
      this.foot.setAttribute("transform", `translate(${this.left - this.space.left} ${y})`);
      y += 30;
    }
    const size = { width: wide, height: y, viewBox: `0 0 ${wide} ${y}` };
    for (const [name, value] of Object.entries(size)) this.svg.setAttribute(name, value);
  }

  // One sentence; gives its height.
  lines({ words, pencil, leftward }) {
    const { left, wide } = this;
    const { line, gap } = this.space;
    const { places, end, below } = flowing(words, { left, wide, line, gap, last: pencil ? PENCIL_ROOM : 0 });
    words.forEach(({ group, ground, text, width }, k) => {
      const [x, y] = places[k];
      group.setAttribute("transform", `translate(${leftward ? left + wide - x - width : x} ${y})`);
      ground.setAttribute("width", width);
      text.setAttribute("x", width / 2);
    });
    pencil?.setAttribute("transform", `translate(${leftward ? left : end + 6} ${below - line / 2 - 7})`);
    return below;
  }

  // Numbers and bars moved together where there is little room, all bars on one scale; gives where words begin.
  margin(wide) {
    const close = wide < NARROW && this.space.left > CLOSE.left + 10;
    for (const { group } of this.rows) {
      const [number, bar] = ['text[data-axis="row"]', "rect[data-row]"].map((path) => group.querySelector(path));
      number.dataset.x ??= number.getAttribute("x");
      number.setAttribute("x", close ? CLOSE.number : number.dataset.x);
      if (!bar) continue; // a sentence that is switched off has none
      bar.dataset.x ??= bar.getAttribute("x");
      bar.dataset.wide ??= bar.getAttribute("width");
      bar.setAttribute("x", close ? CLOSE.bar : bar.dataset.x);
      bar.setAttribute("width", close ? Math.max(1, bar.dataset.wide * CLOSE.scale) : bar.dataset.wide);
      group.querySelector("text[data-row]")?.setAttribute("x", bar.getAttribute("x"));
    }
    return close ? CLOSE.left : this.space.left;
  }

  read() {
    return this.words.column.map(({ node }) => node.dataset.value); // map keeps the gaps of words that are not drawn
  }

  listen() {
    super.listen();
    this.svg.addEventListener("click", (event) => {
      const tool = event.target.closest?.("[data-do]");
      const row = this.rows[Number(tool?.dataset.of ?? event.target.dataset?.index)];
      if (!this.root.acts || !row) return;
      if (tool?.dataset.do === "edit") this.edit(row);
      else if (tool || event.target.dataset.axis === "row") this.toggle(row);
    });
    this.svg.addEventListener("dblclick", (event) => {
      const at = this.under(event);
      if (this.root.acts && at?.column !== undefined) this.edit(this.rows[this.home.get(at.column)]);
    });
  }

  under(event) {
    const { dataset, parentNode } = event.target;
    if (dataset?.axis) return { [dataset.axis]: Number(dataset.index) };
    if (dataset?.row) return { row: Number(dataset.row) };
    const word = parentNode?.querySelector?.(':scope > text[data-axis="column"]');
    if (word && !parentNode.dataset.sentence) return { column: Number(word.dataset.index) };
    const tool = event.target.closest?.("[data-do]");
    return tool ? { row: Number(tool.dataset.of) } : null;
  }

  start() {
    return this.rows.length ? { row: 0 } : null;
  }

  // Up and down from sentence to sentence, left and right from word to word.
  key(event) {
    const at = this.at ?? this.last;
    const k = at?.row ?? (at ? this.home.get(at.column) : 0);
    const row = this.rows[k];
    const act = { " ": () => this.toggle(row), Enter: () => this.edit(row) }[event.key];
    if (act && this.root.acts && row) {
      event.preventDefault();
      return void act();
    }
    const down = { ArrowDown: 1, ArrowUp: -1, Home: -Infinity, End: Infinity }[event.key];
    const across = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (event.altKey || event.metaKey || event.ctrlKey || !row) return;
    if (down) this.point({ row: within(k + down, 0, this.rows.length - 1) }, true);
    else if (across) this.point({ column: this.beside(at, row, across) }, true);
    else return void (event.key === "Escape" && super.key(event));
    event.preventDefault();
  }

  beside(at, row, across) {
    if (at?.column === undefined) return row.words[0].index;
    const step = row.leftward ? -across : across;
    const place = this.order.indexOf(at.column) + step;
    return this.order[within(place, 0, this.order.length - 1)];
  }

  toggle(row) {
    this.root.send({ sentence: row.number, do: row.read ? "off" : "on" });
  }

  // A box over the sentence: Enter or a click elsewhere takes the text over, Escape leaves it as it was.
  edit(row) {
    this.point(null);
    this.editor?.remove();
    const before = row.group.dataset.text ?? "";
    const editor = (this.editor = Object.assign(make("textarea", "as-editor"), { value: before, maxLength: 5000 }));
    editor.setAttribute("aria-label", `${this.root.phrases.sentence} ${row.number}. ${this.root.phrases.edit}`);
    const [home, at] = [this.root.box.getBoundingClientRect(), this.svg.getBoundingClientRect()];
    const top = at.top - home.top + Number(row.group.getAttribute("transform").match(/ (-?[\d.]+)\)/)[1]);
    const left = at.left - home.left + this.left;
    const style = {
      left: `${left - 6}px`,
      top: `${top - 4}px`,
      width: `${this.wide - this.left + 6}px`,
      minHeight: `${row.height + 10}px`,
    };
    Object.assign(editor.style, style);
    const close = (take) => {
      if (this.editor !== editor) return;
      this.editor = null;
      const after = editor.value.replace(/\s+/g, " ").trim();
      editor.remove();
      this.frame.focus({ preventScroll: true });
      if (take && after !== before) this.root.send({ sentence: row.number, text: after });
    };
    editor.addEventListener("keydown", (event) => {
      event.stopPropagation();
      if (event.isComposing) return; // Enter that chooses a Chinese word ends nothing
      if (event.key === "Escape" || (event.key === "Enter" && !event.shiftKey)) {
        event.preventDefault();
        close(event.key === "Enter");
      }
    });
    editor.addEventListener("blur", () => close(true));
    this.root.box.append(editor);
    editor.style.height = `${editor.scrollHeight + 4}px`;
    editor.focus();
    editor.setSelectionRange(before.length, before.length);
  }

  lightMore(rows, columns) {
    const homes = new Set([...columns].map((k) => this.home.get(k)));
    this.rows.forEach(({ group, words }, k) => {
      group.classList.toggle("as-on", rows.has(k));
      group.classList.toggle("as-near", rows.has(k) || homes.has(k));
      for (const { group: word, index } of words) word.classList.toggle("as-on", columns.has(index));
    });
  }

  say(at) {
    if (at.column !== undefined) {
      const { node, whole } = this.words.column[at.column];
      const parts = [bdi(whole), "  "];
      if (node.dataset.value !== undefined) parts.push(bold(node.dataset.value), quiet(` ${this.unit}`));
      return [...parts, ...detail(node)];
    }
    const { number, read } = this.rows[at.row];
    const value = this.words.row[at.row].node.dataset.value;
    const parts = [`${this.root.phrases.sentence} ${number}  `];
    if (read && value !== undefined) parts.push(bold(value), quiet(` ${this.svg.dataset.barUnit}`));
    if (this.root.acts)
      parts.push(document.createElement("br"), quiet(read ? this.root.phrases.on : this.root.phrases.off));
    return parts;
  }
}
