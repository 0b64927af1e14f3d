// Shows pictures of webapp/figures/svg.py and makes them live; draws what comes as bytes from webapp/figures/canvas.py.
// Figures tell each other what is pointed at through one event on window; nothing goes to the server.

import { DocumentFigure } from "./document.js";
import { LIGHT_UP, fresh, make } from "./figure.js";
import { HeadsFigure, open } from "./heads.js";
import { ColumnsFigure, LinesFigure } from "./lines.js";
import { MatrixFigure } from "./matrix.js";
import { unpacked } from "./packet.js";
import { PictureFigure } from "./picture.js";
import { ReplayFigure } from "./replay.js";
import { SheetFigure } from "./sheet.js";
import { TextFigure } from "./text.js";

const DRAWN = { heads: HeadsFigure, sheet: SheetFigure, replay: ReplayFigure }; // from bytes, by what the packet says
const WRITTEN = {
  matrix: MatrixFigure,
  lines: LinesFigure,
  columns: ColumnsFigure,
  text: TextFigure,
  document: DocumentFigure,
  picture: PictureFigure,
};

const figureOf = (picture, root) => {
  if (typeof picture !== "string") return new DRAWN[picture.kind](picture, root);
  const [tag, kind] = /^<svg [^>]*\bdata-kind="(\w+)"[^>]*>/.exec(picture);
  return new WRITTEN[tag.includes(" data-upright=") ? "columns" : kind](picture, root);
};

const roots = new WeakMap();

// One mounted component: its figures, the tip and the voice they share.
class Root {
  constructor(parent) {
    this.parent = parent;
    this.figures = [];
    this.box = make("div", "as-root");
    this.tip = make("div", "as-tip");
    this.tip.setAttribute("aria-hidden", "true");
    this.voice = make("div", "as-unseen");
    this.voice.setAttribute("aria-live", "polite");
    this.hint = make("div", "as-unseen");
    this.hint.id = fresh("hint");
    this.box.append(this.tip, this.voice, this.hint);
    parent.append(this.box);
    this.hear = ({ detail }) => {
      for (const figure of this.figures) figure.hear(detail);
      if (!this.figures.some((figure) => figure.id === detail.from || figure.holds?.(detail.from)))
        this.tip.classList.remove("as-shown");
    };
    this.away = (event) => {
      if (!event.composedPath().includes(this.box)) for (const figure of this.figures) figure.point(null);
    };
    window.addEventListener(LIGHT_UP, this.hear);
    document.addEventListener("pointerdown", this.away);
  }

  update({ figures, columns, light, dark, phrases, acts, opened }) {
    this.paint(light, dark);
    if (opened) open(...opened);
    this.phrases = phrases;
    this.acts = acts;
    this.hint.textContent = phrases.hint;
    this.box.toggleAttribute("data-columns", columns > 0);
    this.box.style.setProperty("--as-columns", columns);
    const held = this.figures.findIndex(({ frame }) => frame === this.box.getRootNode().activeElement);
    const last = this.figures[held]?.last;
    const same = this.figures.length === figures.length;
    const kept = new Map(this.figures.map((figure) => [figure.markup, figure]));
    const next = figures.map((picture) => {
      const name = picture.key ?? picture;
      const old = kept.get(name);
      kept.delete(name);
      old?.refresh?.(picture);
      return old ?? figureOf(picture, this);
    });
    for (const gone of kept.values()) {
      gone.point(null);
      gone.end?.();
      gone.frame.remove();
    }
    next.forEach((figure, k) => {
      if (this.box.children[k] !== figure.frame) this.box.insertBefore(figure.frame, this.box.children[k]);
    });
    const news = next.filter((figure) => this.figures.length && !this.figures.includes(figure));
    const sentences = news.map((figure) => figure.news?.() ?? "").join(" ");
    if (sentences.trim()) this.voice.textContent = sentences;
    this.figures = next;
    if (held < 0 || !same || next[held].frame === this.box.getRootNode().activeElement) return;
    next[held].last = last; // who works by keys goes on where they were
    next[held].frame.focus({ preventScroll: true });
  }

  // Our light or dark colours, whichever suits the background; paper, ink and accent are the page's own.
  paint(light, dark) {
    const host = this.parent.host ?? this.parent;
    const style = getComputedStyle(host);
    const property = (name) => style.getPropertyValue(name).trim();
    const probe = make("span", "as-unseen");
    probe.style.color = property("--st-background-color");
    this.box.append(probe);
    const [r, g, b] = getComputedStyle(probe)
      .color.match(/[\d.]+/g)
      .map(Number);
    probe.remove();
    const isDark = property("--st-background-color") !== "" && 0.2126 * r + 0.7152 * g + 0.0722 * b < 128;
    const [paper, ink, accent] = ["--st-background-color", "--st-text-color", "--st-primary-color"].map(property);
    const mixed = (share) => paper && ink && `color-mix(in srgb, ${ink} ${share}%, ${paper})`;
    const own = { paper, ink, accent, grid: mixed(14), muted: mixed(68) };
    for (const [name, colour] of Object.entries(isDark ? dark : light)) {
      this.box.style.setProperty(`--as-${name}`, own[name] || colour);
    }
  }

  tell(figure, at, byKey) {
    this.tip.classList.toggle("as-shown", Boolean(at));
    if (!at) return;
    this.tip.replaceChildren(...figure.say(at));
    if (byKey) this.voice.replaceChildren(...figure.say(at));
    if (byKey) this.follow(figure, figure.box(at));
    const [home, tip, box] = [this.box.getBoundingClientRect(), this.tip.getBoundingClientRect(), figure.box(at)];
    const left = Math.max(0, Math.min(box.left + box.width / 2 - home.left - tip.width / 2, home.width - tip.width));
    const above = box.top - home.top - tip.height - 8;
    const below = box.bottom - home.top + 8;
    const fits = figure.hangs() || below + tip.height <= home.height + 16;
    const top = (above < 0 || figure.asBelow(at)) && fits ? below : Math.max(above, 0);
    this.tip.style.transform = `translate(${Math.round(left)}px, ${Math.round(top)}px)`;
  }

  // Bring what the keys have reached into sight, inside the figure's own frame.
  follow(figure, box) {
    const frame = figure.frame.getBoundingClientRect();
    if (box.left < frame.left) figure.frame.scrollLeft -= frame.left - box.left + 24;
    else if (box.right > frame.right) figure.frame.scrollLeft += box.right - frame.right + 24;
    if (box.top < 0 || box.bottom > innerHeight) figure.frame.scrollIntoView({ block: "nearest" });
  }

  end() {
    window.removeEventListener(LIGHT_UP, this.hear);
    document.removeEventListener("pointerdown", this.away);
    for (const figure of this.figures) figure.end?.();
    this.box.remove();
  }
}

export default function ({ data, parentElement, setTriggerValue }) {
  let root = roots.get(parentElement);
  if (!root) {
    root = new Root(parentElement);
    roots.set(parentElement, root);
  }
  root.send = (act) => setTriggerValue("act", act);
  root.update(data instanceof Uint8Array || data instanceof ArrayBuffer ? unpacked(new Uint8Array(data)) : data);
  return () => {
    root.end();
    roots.delete(parentElement);
  };
}
