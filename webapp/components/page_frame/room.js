// Room on the screen for what opens over a page.

const EDGE = 8; // pixels kept free at the edge of the screen, and between a button and what it opened

// How far up something must go that has opened below its button: not at all where it ends on the screen, else above the
// button where there is room, else as far as needed, and never off the screen at the top.
export function shift(body, button, height) {
  const over = body.bottom - (height - EDGE);
  if (over <= 0) return 0;
  const above = button && body.bottom - (button.top - EDGE);
  const fits = above && body.top - above >= EDGE;
  return Math.max(0, Math.min(fits ? above : over, body.top - EDGE));
}
