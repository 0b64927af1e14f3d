// One run of a replay: its name, the map of the sentence at an update, and what it wrote by then.

import { make, shape } from "./figure.js";
import { MatrixFigure } from "./matrix.js";

const GAP = 0.5; // pixels of paper around a cell
const bdi = (text) => Object.assign(document.createElement("bdi"), { textContent: text });

// The map of one output: words and grid come drawn, its cells are filled anew for each frame.
class FilledMatrix extends MatrixFigure {
  constructor(markup, root, holder) {
    super(markup, root);
    this.holder = holder;
    const { x, y, cell } = this.lattice();
    const [rows, columns] = this.shape;
    const side = cell - 2 * GAP;
    this.cells = Array.from({ length: rows * columns }, (_, k) => {
      const [row, column] = [Math.floor(k / columns), k % columns];
      const place = { x: x + cell * column + GAP, y: y + cell * row + GAP, width: side, height: side };
      return shape("rect", { ...place, "data-row": row, "data-column": column, "fill-opacity": 0 });
    });
    this.svg.querySelector("[data-cells]").append(...this.cells);
  }

  room() {
    return this.holder.clientWidth;
  }

  // bytes are shares of `peak`, 0 to 255, row by row.
  fill(bytes, peak) {
    this.values = Array.from(bytes, (byte) => String(Number(((byte / 255) * peak).toPrecision(3))));
    this.cells.forEach((node, k) => node.setAttribute("fill-opacity", bytes[k] / 255));
    if (this.at) this.root.tell(this, this.at);
  }
}

export class Run {
  constructor(track, bytes, number, replay) {
    Object.assign(this, { track, bytes, replay, maps: new Map(), map: null });
    this.element = make("section", `as-run as-track-${number}`);
    const title = Object.assign(make("div", "as-run-title"), { textContent: track.title });
    this.place = make("div", "as-run-map");
    this.output = make("div", "as-run-output");
    this.element.append(title, this.place, this.output);
    this.starts = [];
    let at = 0;
    for (const template of track.template_of ?? []) {
      this.starts.push(at);
      at += template === null ? 0 : track.sizes[template];
    }
    if (track.absent) this.place.textContent = track.absent;
  }

  end() {
    for (const map of this.maps.values()) map.end();
  }

  show(update) {
    const { updates, absent, texts, text_of: numbers } = this.track;
    if (absent) return;
    const k = Math.max(
      0,
      updates.findLastIndex((each) => each <= update),
    );
    this.output.replaceChildren(this.replay.facts.phrases.wrote, " ", bdi(texts[numbers[k]]));
    this.draw(k);
  }

  draw(k) {
    const { template_of: chosen, templates, sizes, peaks } = this.track;
    const number = chosen[k];
    if (number === null) {
      this.map = null;
      this.place.textContent = this.track.note || this.replay.facts.phrases.empty;
      return;
    }
    if (!this.maps.has(number)) {
      this.maps.set(number, new FilledMatrix(templates[number], this.replay.root, this.place));
    }
    const map = this.maps.get(number);
    if (this.map !== map) {
      const focused = this.map && this.map.frame === this.place.getRootNode().activeElement;
      this.map?.point(null);
      this.map = map;
      this.place.replaceChildren(map.frame);
      if (focused) map.frame.focus({ preventScroll: true });
      map.fit();
    }
    map.fill(this.bytes.subarray(this.starts[k], this.starts[k] + sizes[number]), peaks[k]);
  }
}
