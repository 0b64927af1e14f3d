// Curves of what was measured while networks learnt, one small picture for each measure, and where one stands in them.

import { make, shape } from "./figure.js";

const [WIDE, HIGH] = [260, 150];
const [LEFT, RIGHT, TOP, FOOT] = [40, 8, 24, 20];
const short = (value) => String(Number(value.toPrecision(3)));

class Curve {
  constructor({ name, label, least, most }, tracks, pick) {
    Object.assign(this, { name, tracks, pick });
    const values = tracks.flatMap(({ scores }) => scores[name]).filter((value) => value !== null);
    this.low = least ?? Math.min(...values);
    this.high = Math.max(most ?? -Infinity, ...values, this.low + 1e-9);
    this.last = Math.max(1, ...tracks.flatMap(({ updates }) => updates));
    this.svg = shape("svg", { viewBox: `0 0 ${WIDE} ${HIGH}`, width: WIDE, height: HIGH, role: "img" });
    this.svg.setAttribute("aria-label", label);
    this.svg.append(this.words(label), this.axes(), ...tracks.map((track, k) => this.line(track, k)));
    this.marker = shape("line", { y1: TOP, y2: HIGH - FOOT, class: "as-marker" });
    this.dots = tracks.map((_, k) => shape("circle", { r: 4, class: `as-dot as-track-${k}` }));
    this.svg.append(this.marker, ...this.dots);
    this.svg.addEventListener("click", (event) => this.pick(this.update(event)));
    this.now = make("div", "as-now");
    this.element = make("div", "as-curve");
    this.element.append(this.svg, this.now);
  }

  x(update) {
    return LEFT + ((WIDE - LEFT - RIGHT) * update) / this.last;
  }

  y(value) {
    return HIGH - FOOT - ((HIGH - FOOT - TOP) * (value - this.low)) / (this.high - this.low);
  }

  // The update under the pointer.
  update({ clientX }) {
    const { left, width } = this.svg.getBoundingClientRect();
    const x = ((clientX - left) * WIDE) / width;
    return Math.max(0, Math.round(((x - LEFT) * this.last) / (WIDE - LEFT - RIGHT)));
  }

  text(content, facts) {
    const node = shape("text", { "font-size": 11, class: "as-tick", ...facts });
    node.textContent = content;
    return node;
  }

  words(label) {
    const all = shape("g", {});
    all.append(
      this.text(label, { x: 0, y: 13, "font-size": 13, class: "as-measure" }),
      this.text(short(this.high), { x: LEFT - 5, y: TOP + 8, "text-anchor": "end" }),
      this.text(short(this.low), { x: LEFT - 5, y: HIGH - FOOT, "text-anchor": "end" }),
      this.text("0", { x: LEFT, y: HIGH - 5 }),
      this.text(String(this.last), { x: WIDE - RIGHT, y: HIGH - 5, "text-anchor": "end" }),
    );
    return all;
  }

  axes() {
    const foot = HIGH - FOOT;
    return shape("path", { d: `M${LEFT} ${TOP}V${foot}H${WIDE - RIGHT}`, class: "as-axes" });
  }

  line({ updates, scores }, k) {
    const points = updates.map((update, i) => [update, scores[this.name][i]]).filter(([, value]) => value !== null);
    const d = points.map(([update, value], i) => `${i ? "L" : "M"}${this.x(update)} ${this.y(value)}`).join("");
    return shape("path", { d, class: `as-line as-track-${k}` });
  }

  show(update) {
    const x = this.x(Math.min(update, this.last));
    this.marker.setAttribute("x1", x);
    this.marker.setAttribute("x2", x);
    const spans = this.tracks.map((track, k) => this.at(track, k, update));
    this.now.replaceChildren(...spans);
  }

  // The last value that was measured by then, as a dot and as a number.
  at({ updates, scores }, k, update) {
    const i = updates.findLastIndex((each, number) => each <= update && scores[this.name][number] !== null);
    this.dots[k].setAttribute("visibility", i < 0 ? "hidden" : "visible");
    const value = Object.assign(make("span", `as-value as-track-${k}`), { textContent: "–" });
    if (i < 0) return value;
    this.dots[k].setAttribute("cx", this.x(updates[i]));
    this.dots[k].setAttribute("cy", this.y(scores[this.name][i]));
    value.textContent = short(scores[this.name][i]);
    return value;
  }
}

export class Curves {
  constructor(measures, tracks, pick) {
    this.curves = measures.map((measure) => new Curve(measure, tracks, pick));
    this.element = make("div", "as-curves");
    this.element.append(...this.curves.map(({ element }) => element));
  }

  show(update) {
    for (const curve of this.curves) curve.show(update);
  }
}
