// A training played again: of each run the map of one sentence, what it wrote, and curves, all at the same update.

import { Curves } from "./curves.js";
import { fresh, make, shape, within } from "./figure.js";
import { Run } from "./run.js";

const EACH = 150; // milliseconds from frame to frame
const ICONS = { play: "M3 1.5 13 8 3 14.5Z", pause: "M3 2h3.5v12H3ZM9.5 2H13v12H9.5Z" };

const filled = (sentence, facts) => sentence.replace(/\{(\w+)\}/g, (whole, name) => facts[name] ?? whole);

export class ReplayFigure {
  constructor(facts, root) {
    Object.assign(this, { facts, root, markup: facts.key, id: fresh("replay"), heard: facts.at, sent: new Set() });
    this.updates = [...new Set(facts.tracks.flatMap(({ updates }) => updates))].sort((a, b) => a - b);
    this.runs = facts.tracks.map((track, k) => new Run(track, facts.parts[k], k, this));
    this.curves = new Curves(facts.measures, facts.tracks, (update) => this.pick(update));
    const shown = make("div", "as-runs");
    shown.append(...this.runs.map(({ element }) => element));
    this.frame = make("div", "as-figure as-replay");
    this.frame.setAttribute("role", "group");
    this.frame.setAttribute("aria-label", facts.name);
    this.frame.append(this.controls(), shown, this.curves.element);
    this.go(this.nearest(facts.at));
  }

  end() {
    this.stop();
    for (const run of this.runs) run.end();
  }

  // The page has another update in mind than the one that was sent to it: a link or a file was opened.
  refresh({ at }) {
    if (at === this.heard) return;
    this.heard = at;
    if (this.sent.has(at)) return;
    this.stop();
    this.go(this.nearest(at));
  }

  controls() {
    const { phrases, tracks } = this.facts;
    this.button = Object.assign(make("button", "as-button as-play"), { type: "button" });
    this.button.addEventListener("click", () => (this.timer ? this.rest() : this.play()));
    this.slider = Object.assign(make("input", "as-slider"), { type: "range", min: 0, step: 1 });
    this.slider.max = this.updates.length - 1;
    this.slider.setAttribute("aria-label", phrases.slider);
    this.slider.addEventListener("input", () => {
      this.stop();
      this.go(Number(this.slider.value));
    });
    this.slider.addEventListener("change", () => this.rest());
    this.said = make("span", "as-said");
    const bar = make("div", "as-player");
    bar.append(this.button, this.slider, this.said);
    const jumps = make("div", "as-jumps");
    jumps.append(...tracks.flatMap((track, k) => this.jump(track, k)));
    const all = make("div", "as-controls");
    all.append(bar, jumps);
    this.face();
    return all;
  }

  // The button that goes to where the alignment of a run snapped in; none where it never did.
  jump({ moment, title }, k) {
    if (!moment) return [];
    const facts = { run: title, update: moment.update };
    const jump = Object.assign(make("button", `as-button as-jump as-track-${k}`), {
      type: "button",
      textContent: filled(this.facts.phrases.jump, facts),
      title: filled(this.facts.phrases[moment.by], facts),
    });
    jump.addEventListener("click", () => this.pick(moment.update));
    return [jump];
  }

  // The button shows what it will do.
  face() {
    const does = this.timer ? "pause" : "play";
    const icon = shape("svg", { viewBox: "0 0 16 16", width: 16, height: 16, "aria-hidden": "true" });
    icon.append(shape("path", { d: ICONS[does], fill: "currentColor" }));
    this.button.replaceChildren(icon);
    this.button.title = this.facts.phrases[does];
    this.button.setAttribute("aria-label", this.facts.phrases[does]);
  }

  // From the beginning, where it has come to the end.
  play() {
    if (this.now >= this.updates.length - 1) this.go(0);
    this.later();
    this.face();
  }

  // The next frame in a moment, and so on to the last.
  later() {
    this.timer = setTimeout(() => {
      this.go(this.now + 1);
      if (this.now < this.updates.length - 1) this.later();
      else this.rest();
    }, EACH);
  }

  stop() {
    clearTimeout(this.timer);
    this.timer = null;
    this.face();
  }

  // Stand still, and let the page know where, so that its link and its files do.
  rest() {
    this.stop();
    const update = this.updates[this.now];
    this.root.voice?.replaceChildren(this.said.textContent);
    if (!this.root.acts) return;
    this.sent.add(update);
    this.root.send({ update });
  }

  pick(update) {
    this.go(this.nearest(update));
    this.rest();
  }

  // The number of the last update that is not after this one; the last of all where none is named.
  nearest(update) {
    if (update < 0) return this.updates.length - 1;
    return Math.max(
      0,
      this.updates.findLastIndex((each) => each <= update),
    );
  }

  go(number) {
    this.now = within(number, 0, this.updates.length - 1);
    const update = this.updates[this.now];
    this.slider.value = this.now;
    const facts = { update, number: this.now + 1, count: this.updates.length };
    this.said.textContent = filled(this.facts.phrases[update ? "at" : "before"], facts);
    this.slider.setAttribute("aria-valuetext", this.said.textContent);
    for (const run of this.runs) run.show(update);
    this.curves.show(update);
  }

  hear(detail) {
    for (const run of this.runs) run.map?.hear(detail);
  }

  holds(id) {
    return this.runs.some(({ map }) => map?.id === id);
  }

  point(at) {
    if (!at) for (const run of this.runs) run.map?.point(null);
  }
}
