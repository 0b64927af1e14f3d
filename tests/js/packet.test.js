import assert from "node:assert/strict";
import test from "node:test";

import { filled, halves, unpacked } from "../../webapp/components/alignment_view/packet.js";

function packed(head, ...parts) {
  const json = new TextEncoder().encode(JSON.stringify(head));
  const size = new Uint8Array(4);
  new DataView(size.buffer).setUint32(0, json.length, true);
  return Uint8Array.from([...size, ...json, ...parts.flatMap((part) => [...part])]);
}

test("each figure gets its own runs of bytes, in their order, wherever the packet lies in memory", () => {
  const head = { phrases: { fit: "适合" }, figures: [{ lengths: [2, 1] }, { lengths: [3] }] };
  const bytes = packed(head, [1, 2], [3], [4, 5, 6]);
  const shifted = new Uint8Array([9, 9, 9, ...bytes]).subarray(3);
  const { figures, phrases } = unpacked(shifted);
  assert.deepEqual(
    figures.map(({ parts }) => parts.map((part) => [...part])),
    [[[1, 2], [3]], [[4, 5, 6]]],
  );
  assert.equal(phrases.fit, "适合");
});

test("half floats are read as IEEE 754 says, the smallest and the negative ones too", () => {
  const bits = Uint16Array.from([0x3c00, 0xc000, 0x3555, 0x0001, 0x0400, 0x0000, 0x7bff]);
  const read = [...halves(new Uint8Array(bits.buffer))];
  assert.deepEqual(read, [1, -2, 0.333251953125, 2 ** -24, 2 ** -14, 0, 65504]);
});

test("facts go into their places in a sentence, and what has none stays as it is", () => {
  assert.equal(filled("Layer {layer} · head {head} {other}", { layer: 1, head: 0 }), "Layer 1 · head 0 {other}");
});
