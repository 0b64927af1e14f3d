// Words joined by lines: two sentences one above the other, or in two columns.

import { Figure } from "./figure.js";

export class LinesFigure extends Figure {
  read() {
    const values = [];
    for (const { dataset } of this.links) {
      values[Number(dataset.row) * this.shape[1] + Number(dataset.column)] = dataset.value;
    }
    return values;
  }

  beneath({ target }) {
    const { row, column } = target.dataset ?? {};
    return row ? { row: Number(row), column: Number(column) } : null;
  }

  first() {
    return { row: 0 };
  }

  // Left and right along a sentence, up and down to the other one, to the word that the line leads to.
  next(now, [across, down]) {
    const joined = now.row !== undefined && now.column !== undefined;
    if (down || joined) {
      const to = down < 0 ? "column" : "row";
      return { [to]: this.into(to, this.counterpart(now, to)) };
    }
    const axis = now.column === undefined ? "row" : "column";
    // An arrow goes where it points, also in a sentence that runs from right to left; Home and End go by its words.
    const step = Number.isFinite(across) ? across * this.reading(axis) : across;
    return { [axis]: this.into(axis, now[axis] + step) };
  }

  counterpart(now, to) {
    return now[to] ?? this.best(now)?.[to] ?? 0;
  }

  // 1 where the words run from left to right, else -1.
  reading(axis) {
    const [first, second] = this.words[axis].map(({ node }) => Number(node.getAttribute("x")));
    return second < first ? -1 : 1;
  }

  lightMore(rows, columns) {
    const both = rows.size && columns.size;
    for (const link of this.links) {
      const [i, j] = [rows.has(Number(link.dataset.row)), columns.has(Number(link.dataset.column))];
      link.classList.toggle("as-on", both ? i && j : i || j);
    }
  }

  box(at) {
    if (at.row === undefined || at.column === undefined) return super.box(at);
    const drawn = ({ dataset }) => Number(dataset.row) === at.row && Number(dataset.column) === at.column;
    return this.links.find(drawn).getBoundingClientRect();
  }

  // The words at the foot have their tips below them.
  asBelow(at) {
    return at.row !== undefined && at.column === undefined;
  }
}

// Two columns: up and down within one of them, left and right from one to the other.
export class ColumnsFigure extends LinesFigure {
  next(now, [across, down]) {
    const axis = now.row !== undefined ? "row" : "column";
    if (Math.abs(across) === 1) {
      const to = across > 0 ? "column" : "row";
      return { [to]: this.counterpart({ [axis]: now[axis] }, to) };
    }
    return { [axis]: this.into(axis, now[axis] + (down || across)) };
  }

  asBelow() {
    return false;
  }
}
