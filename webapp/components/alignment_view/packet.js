// What webapp/figures/canvas.py packs: the length of a head, the head in JSON, then runs of bytes, in the figures'
// order.

export function unpacked(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = view.getUint32(0, true);
  const shown = JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + length)));
  let at = 4 + length;
  for (const figure of shown.figures) {
    figure.parts = figure.lengths.map((size) => bytes.slice(at, (at += size))); // a copy, so that it begins at 0
  }
  return shown;
}

// Half floats (IEEE 754 binary16, little-endian) as numbers.
export function halves(bytes) {
  const numbers = new Float32Array(bytes.length / 2);
  const whole = new Uint16Array(bytes.buffer, 0, numbers.length);
  for (let k = 0; k < numbers.length; k += 1) {
    const [exponent, fraction] = [(whole[k] >> 10) & 31, whole[k] & 1023];
    const size = exponent ? 2 ** (exponent - 15) * (1 + fraction / 1024) : fraction * 2 ** -24;
    numbers[k] = whole[k] >> 15 ? -size : size;
  }
  return numbers;
}

// The words of a sentence with {facts} in their places.
export const filled = (sentence, facts) => sentence.replace(/\{(\w+)\}/g, (whole, name) => facts[name] ?? whole);
