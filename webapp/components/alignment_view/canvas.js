// A figure on a canvas. The canvas is as large as what is in sight and stays there while the frame around it is
// scrolled; it is drawn at the screen's own pixels. What is pointed at is marked by boxes laid over it, so pointing
// draws nothing.

import { fill, palette } from "./cells.js";
import { ARROWS, ENDS, LIGHT_UP, fresh, make } from "./figure.js";

const SIZES = [1, 1.5, 2, 3, 4, 6, 8, 12, 16, 24, 32];
const WAYS = { ...ARROWS, ...ENDS, PageUp: [0, -10], PageDown: [0, 10] };

export class CanvasFigure {
  constructor(facts, root) {
    Object.assign(this, { facts, root, markup: facts.key, group: facts.group, id: fresh("canvas"), zoom: 1, at: null });
    this.canvas = make("canvas", "as-paper");
    this.canvas.setAttribute("aria-hidden", "true");
    this.space = make("div", "as-space");
    this.view = make("div", "as-view");
    this.view.tabIndex = -1;
    this.hint = Object.assign(make("div", "as-unseen"), { id: fresh("hint"), textContent: facts.hint });
    this.space.append(this.canvas);
    this.view.append(this.space);
    this.frame = make("div", "as-figure as-drawn");
    this.frame.tabIndex = 0;
    this.frame.setAttribute("role", "application");
    this.frame.setAttribute("aria-label", facts.name);
    this.frame.setAttribute("aria-describedby", this.hint.id);
    this.frame.append(this.tools(), this.view, this.hint);
    this.boxes = {};
    this.listen();
    this.watch = new ResizeObserver(() => this.flow());
    this.watch.observe(root.box);
  }

  end() {
    this.watch.disconnect();
    cancelAnimationFrame(this.due);
  }

  // Keys do the same, so whoever goes from figure to figure by Tab is not held up.
  tools() {
    const bar = make("div", "as-bar");
    const { smaller, larger, fit } = this.facts.phrases;
    for (const [sign, name, act] of [
      ["−", smaller, () => this.step(-1)],
      ["+", larger, () => this.step(1)],
      ["⤢", fit, () => this.size(1)],
    ]) {
      const button = Object.assign(make("button", "as-button"), {
        textContent: sign,
        title: name,
        tabIndex: -1,
        type: "button",
      });
      button.setAttribute("aria-label", name);
      button.addEventListener("click", act);
      bar.append(button);
    }
    return bar;
  }

  listen() {
    this.view.addEventListener("scroll", () => this.later());
    this.view.addEventListener(
      "wheel",
      (event) => {
        if (!event.ctrlKey) return;
        event.preventDefault();
        this.step(event.deltaY < 0 ? 1 : -1, event);
      },
      { passive: false },
    );
    this.space.addEventListener("pointermove", (event) => {
      if (event.pointerType !== "touch") this.point(this.under(event));
    });
    this.space.addEventListener("pointerleave", (event) => {
      if (event.pointerType !== "touch") this.point(null);
    });
    this.space.addEventListener("click", (event) => this.press(this.under(event)));
    this.frame.addEventListener("keydown", (event) => this.key(event));
    this.frame.addEventListener("focus", () => {
      if (this.frame.matches(":focus-visible")) this.point(this.last ?? this.start(), true);
    });
    this.frame.addEventListener("focusout", ({ relatedTarget }) => {
      if (!this.frame.contains(relatedTarget)) this.point(null); // its own buttons are no elsewhere
    });
  }

  under(event) {
    const home = this.space.getBoundingClientRect();
    return this.find(event.clientX - home.left, event.clientY - home.top);
  }

  key(event) {
    if (event.altKey || event.metaKey || event.ctrlKey) return;
    if (event.key === "Escape") {
      this.point(null);
      this.frame.blur();
      return;
    }
    const now = this.at ?? this.last;
    const acts = {
      "+": () => this.step(1),
      "=": () => this.step(1),
      "-": () => this.step(-1),
      0: () => this.size(1),
      Enter: () => this.press(now),
    };
    const way = WAYS[event.key];
    const act = acts[event.key] ?? (way && (() => this.point(now ? this.next(now, way) : this.start(), true)));
    if (!act) return;
    event.preventDefault();
    act();
  }

  // Lay out for the width there is; nothing to do while the figure is not in the page.
  flow() {
    const wide = this.root.box.clientWidth - 4;
    if (wide < 80) return;
    this.wide = wide;
    const whole = this.layout(1);
    this.view.style.height = `${Math.min(Math.ceil(whole.height) + 1, this.tallest())}px`;
    this.place();
  }

  // How high the figure may stand on the page; what is higher is scrolled inside its own frame.
  tallest() {
    return Infinity;
  }

  place() {
    this.whole = this.layout(this.zoom);
    Object.assign(this.space.style, { width: `${this.whole.width}px`, height: `${this.whole.height}px` });
    this.mark();
    this.draw();
  }

  step(by, event) {
    const at = SIZES.indexOf(this.zoom) + by;
    if (at >= 0 && at < SIZES.length) this.size(SIZES[at], event);
  }

  // Another size, with what is pointed at (or the middle) staying where it is.
  size(zoom, event) {
    if (!this.whole || zoom === this.zoom) return;
    const home = this.view.getBoundingClientRect();
    const [x, y] = event ? [event.clientX - home.left, event.clientY - home.top] : [home.width / 2, home.height / 2];
    const share = [(this.view.scrollLeft + x) / this.whole.width, (this.view.scrollTop + y) / this.whole.height];
    this.zoom = zoom;
    this.place();
    this.view.scrollTo(share[0] * this.whole.width - x, share[1] * this.whole.height - y);
    this.draw();
  }

  later() {
    cancelAnimationFrame(this.due);
    this.due = requestAnimationFrame(() => this.draw());
  }

  draw() {
    if (!this.whole || !this.canvas.isConnected) return;
    const dpr = devicePixelRatio || 1;
    const width = Math.min(this.view.clientWidth, this.whole.width);
    const height = Math.min(this.view.clientHeight, this.whole.height);
    const [across, down] = [Math.round(width * dpr), Math.round(height * dpr)];
    if (!across || !down) return;
    if (this.canvas.width !== across || this.canvas.height !== down)
      Object.assign(this.canvas, { width: across, height: down });
    Object.assign(this.canvas.style, { width: `${width}px`, height: `${height}px` });
    const ink = this.canvas.getContext("2d");
    ink.setTransform(dpr, 0, 0, dpr, 0, 0);
    ink.clearRect(0, 0, width, height);
    ink.font = `12px ${getComputedStyle(this.root.box).fontFamily}`;
    this.paint(ink, { left: this.view.scrollLeft, top: this.view.scrollTop, width, height, dpr });
    this.frame.dataset.drawn = this.markup;
  }

  // The page's colours may have changed.
  refresh() {
    this.hues = null;
    this.draw();
  }

  colour(name) {
    return ((this.hues ??= {})[name] ??= this.settled(`var(--as-${name})`));
  }

  settled(value) {
    const probe = make("span", "as-unseen");
    probe.style.color = value;
    this.root.box.append(probe);
    const { color } = getComputedStyle(probe);
    probe.remove();
    return color;
  }

  // Colours for shades from -255 to 255, as a canvas holds them in memory.
  palette() {
    if (this.hues?.all) return this.hues.all;
    const sample = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
    const mixed = (name) => {
      sample.fillStyle = this.colour(name);
      sample.fillRect(0, 0, 1, 1);
      return sample.getImageData(0, 0, 1, 1).data;
    };
    return ((this.hues ??= {}).all = palette(mixed("weight"), mixed("negative")));
  }

  // A matrix of shades into a box given in the page's pixels, as far as it is in sight.
  lay(ink, matrix, { x, y, width, height, dpr }) {
    const [left, top] = [Math.round(x * dpr), Math.round(y * dpr)];
    const [wide, high] = [Math.round((x + width) * dpr) - left, Math.round((y + height) * dpr) - top];
    const across = { pixels: wide, first: Math.max(0, -left), end: Math.min(wide, this.canvas.width - left) };
    const down = { pixels: high, first: Math.max(0, -top), end: Math.min(high, this.canvas.height - top) };
    if (across.end <= across.first || down.end <= down.first) return;
    const picture = ink.createImageData(across.end - across.first, down.end - down.first);
    fill(new Uint32Array(picture.data.buffer), matrix, across, down, this.palette());
    ink.putImageData(picture, left + across.first, top + down.first);
  }

  // A box over the drawing, in the page's pixels; none without a place.
  over(name, place) {
    const box = (this.boxes[name] ??= this.space.appendChild(make("div", `as-box-${name}`)));
    box.hidden = !place;
    if (place)
      Object.assign(box.style, {
        transform: `translate(${place.x}px, ${place.y}px)`,
        width: `${place.width}px`,
        height: `${place.height}px`,
      });
  }

  point(at, byKey = false) {
    if (!at && !this.at) return;
    if (at && this.at && this.same(at, this.at)) return;
    this.at = at;
    if (at) this.last = at;
    this.mark();
    if (byKey && at) this.reveal();
    this.root.tell(this, at, byKey);
    window.dispatchEvent(new CustomEvent(LIGHT_UP, { detail: { words: this.words(at), from: this.id } }));
  }

  // Bring what the keys have reached into sight.
  reveal() {
    const [home, box] = [this.view.getBoundingClientRect(), this.box(this.at)];
    const edge = this.edge();
    if (box.left < home.left + edge.left) this.view.scrollLeft -= home.left + edge.left - box.left + 8;
    else if (box.right > home.right) this.view.scrollLeft += box.right - home.right + 24;
    if (box.top < home.top + edge.top) this.view.scrollTop -= home.top + edge.top - box.top + 8;
    else if (box.bottom > home.bottom) this.view.scrollTop += box.bottom - home.bottom + 24;
    const now = this.box(this.at);
    if (now.top < 60 || now.bottom > innerHeight)
      this.boxes.cursor.scrollIntoView({ block: "nearest", inline: "nearest" });
  }

  hear({ from }) {
    if (from === this.id || !this.at) return;
    this.at = null;
    this.mark();
  }

  box() {
    return this.boxes.cursor.getBoundingClientRect();
  }

  asBelow() {
    return false;
  }

  hangs() {
    return false;
  }

  words() {
    return [];
  }
}
