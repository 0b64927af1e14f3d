// All heads of all layers: a small picture of each, in a grid of layers and heads or in an order of their own.
// The chosen one goes to the server as {layer, head}, counted from 0.

import { CanvasFigure } from "./canvas.js";
import { bdi, bold, quiet, within } from "./figure.js";
import { filled } from "./packet.js";
import { written } from "./wording.js";

const GAP = 5;
const [NARROWEST, WIDEST] = [16, 128]; // pixels of a tile
const HIGHEST = 820; // of the whole grid at first sight, so that it is seen at once
const IN_ORDER = 92; // the same where heads stand in an order, each under its own name
const [LEAST_HIGH, SHARE_HIGH] = [420, 0.75]; // pixels, and share of the screen, before a grid is scrolled
const NAME = 18; // the height of that name

// What is open on the page, by group: a grid that is drawn later or anew knows it too.
const opened = new Map();
const grids = new Set();

export function open(group, layer, head) {
  opened.set(group, { layer, head });
  for (const grid of grids) if (grid.group === group) grid.mark();
}

export class HeadsFigure extends CanvasFigure {
  constructor(facts, root) {
    super(facts, root);
    const { layers, heads, order } = facts;
    this.list = order ?? Array.from({ length: layers * heads }, (_, k) => [Math.floor(k / heads), k % heads]);
    [this.tiles] = facts.parts;
    this.area = facts.tile[0] * facts.tile[1];
    grids.add(this);
  }

  end() {
    grids.delete(this);
    super.end();
  }

  layout(zoom) {
    const { layers, heads, order, tile, phrases } = this.facts;
    const left = order ? 2 : 16 + 7 * Math.max(4, phrases.layer.length + 1);
    const room = this.wide - left;
    const even = Math.floor(Math.min(room / heads, HIGHEST / layers)) - GAP;
    const fit = order ? IN_ORDER : within(even, NARROWEST, WIDEST);
    const width = Math.round(fit * zoom);
    const height = Math.round(width * within(tile[0] / tile[1], 0.4, 2));
    const across = order ? Math.max(1, Math.floor(room / (IN_ORDER + GAP))) : heads;
    const line = height + GAP + (order ? NAME : 0);
    const lines = Math.ceil(this.list.length / across);
    const size = { width: left + across * (width + GAP), height: (order ? 0 : NAME) + lines * line + 2 };
    return { ...size, left, tile: { width, height }, across, line, top: NAME };
  }

  // A long grid leaves room on the screen for the head that is open.
  tallest() {
    return Math.max(LEAST_HIGH, Math.round(SHARE_HIGH * innerHeight));
  }

  // The head that is open is in sight when the grid comes.
  flow() {
    super.flow();
    const now = opened.get(this.group);
    const k = now && this.whole ? this.index(now.layer, now.head) : -1;
    if (k < 0) return;
    const { y, height } = this.spot(k);
    if (y + height > this.view.scrollTop + this.view.clientHeight) this.view.scrollTop = y - NAME - GAP;
  }

  edge() {
    return this.facts.order ? { left: 0, top: 0 } : { left: this.whole.left, top: NAME };
  }

  // Where head number k of those shown stands.
  spot(k) {
    const { left, tile, across, line, top } = this.whole;
    return { x: left + (k % across) * (tile.width + GAP), y: top + Math.floor(k / across) * line, ...tile };
  }

  index(layer, head) {
    return this.list.findIndex(([a, b]) => a === layer && b === head);
  }

  find(x, y) {
    const { left, tile, across, line, top } = this.whole;
    const [column, row] = [Math.floor((x - left) / (tile.width + GAP)), Math.floor((y - top) / line)];
    const k = row * across + column;
    if (column < 0 || column >= across || row < 0 || k >= this.list.length) return null;
    const spot = this.spot(k);
    const [rows, columns] = this.facts.tile;
    const [i, j] = [Math.floor(((y - spot.y) / tile.height) * rows), Math.floor(((x - spot.x) / tile.width) * columns)];
    return i < 0 || j < 0 || i >= rows || j >= columns ? null : { k, row: i, column: j };
  }

  same(a, b) {
    return a.k === b.k && a.row === b.row && a.column === b.column;
  }

  start() {
    const now = opened.get(this.group);
    return this.list.length ? { k: Math.max(0, now ? this.index(now.layer, now.head) : 0) } : null;
  }

  next({ k }, [across, down]) {
    const line = Math.floor(k / this.whole.across) * this.whole.across;
    const last = Math.min(line + this.whole.across, this.list.length) - 1;
    const beside = within(k + across, line, last);
    const below = beside + Math.sign(down) * this.whole.across;
    return { k: below >= 0 && below < this.list.length ? below : beside };
  }

  press(at) {
    if (!at) return;
    const [layer, head] = this.list[at.k];
    this.point(at);
    open(this.group, layer, head);
    this.root.send({ layer, head });
  }

  mark() {
    if (!this.whole) return;
    const now = opened.get(this.group);
    const k = now ? this.index(now.layer, now.head) : -1;
    const around = (spot) => ({ x: spot.x - 2, y: spot.y - 2, width: spot.width + 4, height: spot.height + 4 });
    this.over("open", k >= 0 ? around(this.spot(k)) : null);
    this.over("cursor", this.at ? around(this.spot(this.at.k)) : null);
    this.over("cell", this.at?.row === undefined ? null : this.cell(this.at));
  }

  cell({ k, row, column }) {
    const spot = this.spot(k);
    const [rows, columns] = this.facts.tile;
    const [wide, high] = [spot.width / columns, spot.height / rows];
    const [width, height] = [Math.max(wide, 3), Math.max(high, 3)];
    return {
      x: spot.x + (column + 0.5) * wide - width / 2,
      y: spot.y + (row + 0.5) * high - height / 2,
      width,
      height,
    };
  }

  paint(ink, { left, top, width, height, dpr }) {
    const { tile, order, each, phrases } = this.facts;
    ink.strokeStyle = this.colour("grid");
    this.list.forEach(([layer, head], k) => {
      const spot = this.spot(k);
      const place = { x: spot.x - left, y: spot.y - top, width: spot.width, height: spot.height, dpr };
      if (place.x > width || place.y > height || place.x + place.width < 0 || place.y + place.height < 0) return;
      const from = (layer * this.facts.heads + head) * this.area;
      const by = each ? 255 / Math.max(1, this.highest(from), this.facts.least) : 1;
      this.lay(ink, { shades: this.tiles, rows: tile[0], columns: tile[1], from, by }, place);
      ink.strokeRect(place.x - 0.5, place.y - 0.5, place.width + 1, place.height + 1);
      if (!order) return;
      ink.fillStyle = this.colour("muted");
      ink.textAlign = "left";
      ink.fillText(`${layer + 1} · ${head + 1}`, place.x, place.y - 5, place.width);
    });
    if (order) return;
    ink.clearRect(0, 0, width, NAME - 3);
    ink.clearRect(0, 0, this.whole.left - 3, height);
    ink.fillStyle = this.colour("muted");
    ink.textAlign = "right";
    for (let k = 0; k < this.facts.layers; k += 1) {
      const spot = this.spot(k * this.facts.heads);
      const y = spot.y - top + spot.height / 2 + 4;
      if (y > NAME && (spot.height > 12 || k % 2 === 0))
        ink.fillText(`${phrases.layer} ${k + 1}`, this.whole.left - 8, y);
    }
    ink.textAlign = "center";
    for (let k = 0; k < this.facts.heads; k += 1) {
      const spot = this.spot(k);
      const x = spot.x - left + spot.width / 2;
      const whole = `${phrases.heads} ${k + 1}`;
      if (x > this.whole.left)
        ink.fillText(ink.measureText(whole).width < spot.width ? whole : String(k + 1), x, NAME - 6);
    }
  }

  highest(from) {
    let most = 0;
    for (let k = from; k < from + this.area; k += 1) most = Math.max(most, this.tiles[k]);
    return most;
  }

  say(at) {
    const { phrases, block, rows, columns, tooltip: measures, heads, tile, tops, looking } = this.facts;
    const { unit, form } = this.facts;
    const [layer, head] = this.list[at.k];
    const parts = [bold(filled(phrases.head, { layer: layer + 1, head: head + 1 }))];
    if (at.row !== undefined) {
      const share = this.tiles[(layer * heads + head) * this.area + at.row * tile[1] + at.column] / 255;
      const own = tops ? Number((share * tops[layer * heads + head]).toPrecision(2)) : share.toFixed(2);
      const many = block[0] > 1 || block[1] > 1;
      const from = tops ? [looking] : this.span(rows, at.row, block[0]);
      const to = tops ? [`${rows[at.row]}·${columns[at.column]}`] : this.span(columns, at.column, block[1]);
      parts.push(document.createElement("br"), ...from, quiet(" → "), ...to);
      const value = form ? [bold(written(own, { form }))] : [bold(own), quiet(` ${unit}`)];
      parts.push("  ", ...value, quiet(many ? ` (${phrases.largest})` : ""));
    }
    const measured = measures.map(([name, values]) => `${name} ${values[layer * heads + head]}`).join(" · ");
    return measured ? [...parts, document.createElement("br"), quiet(measured)] : parts;
  }

  // The words of a block: the first and the last of them.
  span(words, at, size) {
    const [first, last] = [at * size, Math.min(words.length, (at + 1) * size) - 1];
    return first === last ? [bdi(words[first])] : [bdi(words[first]), "…", bdi(words[last])];
  }
}
