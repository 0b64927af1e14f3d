// Running text, each word on a ground as dark as its value; also a few bars, each with its label.

import { Figure, bold, make, quiet } from "./figure.js";

// What a word has to say beside its value, on a line of its own.
export function detail({ dataset }) {
  if (!dataset.detail) return [];
  const line = Object.assign(make("span", "as-quiet"), { textContent: dataset.detail, dir: "auto" });
  return [document.createElement("br"), line];
}

export class TextFigure extends Figure {
  sidesOf(named) {
    return [null, named];
  }

  read() {
    return this.words.column.map(({ node }) => node.dataset.value);
  }

  listen() {
    super.listen();
    this.frame.addEventListener("copy", (event) => this.copy(event));
  }

  // What is selected, as text: the words of a drawing have no spaces between them.
  copy(event) {
    const root = this.frame.getRootNode();
    const selection = (root.getSelection ? root : document).getSelection();
    const text = this.running(({ node }) => selection.containsNode(node, true));
    if (!text) return;
    event.clipboardData.setData("text/plain", text);
    event.preventDefault();
  }

  // The words that are wanted in the order in which they are read, spaces where the script has them.
  running(wanted = () => true) {
    const chosen = this.words.column.filter(wanted);
    return chosen.map(({ node, whole }, k) => (k && node.dataset.space ? ` ${whole}` : whole)).join("");
  }

  // Another text in the place of this one is read out.
  news() {
    return this.running();
  }

  // The ground of a word is the word.
  beneath({ target }) {
    const word = target.parentNode?.querySelector?.(":scope > text[data-side]");
    return word ? { column: Number(word.dataset.index) } : null;
  }

  lightMore(_, columns) {
    this.words.column.forEach(({ node }, k) => node.parentNode.classList.toggle("as-on", columns.has(k)));
  }

  asBelow() {
    return true;
  }

  hangs() {
    return true;
  }

  say({ column }) {
    const parts = [this.name("column", column), "  ", bold(this.values[column]), quiet(` ${this.unit}`)];
    return [...parts, ...detail(this.words.column[column].node)];
  }
}
