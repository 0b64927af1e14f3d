// Cells as pixels: which cells a pixel stands for, and the colour it takes from them.

const SHADES = 255;

// Colours for shades from -255 to 255, as a canvas holds them in memory: the stronger, the less transparent.
export function palette(above, below) {
  const bytes = new Uint8ClampedArray(4 * (2 * SHADES + 1));
  for (let k = -SHADES; k <= SHADES; k += 1) {
    bytes.set([...(k < 0 ? below : above).slice(0, 3), Math.abs(k)], 4 * (k + SHADES));
  }
  return new Uint32Array(bytes.buffer);
}

// rows x columns of shades, as far as they lie between `first` and `end` of the pixels they take across and down.
// Where a pixel stands for several cells it shows the strongest of them, so that a thin diagonal survives.
export function fill(image, { shades, rows, columns, from = 0, by = 1 }, across, down, colours) {
  const wide = across.end - across.first;
  const [beside, below] = [spans(columns, across), spans(rows, down)];
  let k = 0;
  for (let i = 0; i < below.length; i += 2) {
    if (i && below[i] === below[i - 2] && below[i + 1] === below[i - 1]) {
      image.copyWithin(k, k - wide, k); // the same cells as in the line above
      k += wide;
      continue;
    }
    for (let j = 0; j < beside.length; j += 2) {
      let most = 0;
      for (let row = below[i]; row < below[i + 1]; row += 1) {
        for (let column = beside[j]; column < beside[j + 1]; column += 1) {
          const value = shades[from + row * columns + column];
          if (Math.abs(value) > Math.abs(most)) most = value;
        }
      }
      image[k++] = colours[Math.max(-SHADES, Math.min(SHADES, Math.round(most * by))) + SHADES];
    }
  }
}

// The cell in the middle of pixel k, where each cell takes a pixel or more.
function single(k, cells, pixels) {
  const near = Math.min(cells - 1, Math.floor(((k + 0.5) * cells) / pixels));
  return [near, near + 1];
}

// All cells that pixel k stands for, where it stands for more than one.
function several(k, cells, pixels) {
  const near = Math.floor((k * cells) / pixels);
  return [near, Math.max(near + 1, Math.ceil(((k + 1) * cells) / pixels))];
}

// For each pixel from `first` to `end` the first cell it stands for and the one behind its last, flat.
export function spans(cells, { pixels, first, end }) {
  const cover = new Int32Array(2 * (end - first));
  for (let k = first; k < end; k += 1) {
    const [near, past] = cells <= pixels ? single(k, cells, pixels) : several(k, cells, pixels);
    cover[2 * (k - first)] = near;
    cover[2 * (k - first) + 1] = past;
  }
  return cover;
}
