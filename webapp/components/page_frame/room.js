// Room on the screen for what opens over a page.

const EDGE = 8; // pixels kept free at the edge of the screen, and between a button and what it opened

// How far up something must go that a button has opened: not at all where all of it is on the screen; where it ends
// below, above the button if there is room, else as far as needed, and never off the screen at the top; where it begins
// above, down (less than nothing up) as far as the screen reaches.
export function shift(body, button, height) {
  const over = body.bottom - (height - EDGE);
  if (over <= 0) return Math.min(0, Math.max(body.top - EDGE, over));
  const above = button && body.bottom - (button.top - EDGE);
  const fits = above >= over && body.top - above >= EDGE; // not above a button that is below the screen itself
  return Math.max(0, Math.min(fits ? above : over, body.top - EDGE));
}
