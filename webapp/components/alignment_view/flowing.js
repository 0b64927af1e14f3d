// Where the words of a sentence stand when they are broken into lines: the rules of webapp/figures/draw_document.py,
// for the widths that words really have in this browser.

// Words are {width, spaced, glued}: whether white space stands before one, and whether no line may end there. They
// begin at `left` and end before `wide`; behind the last one `last` pixels are kept free. Gives [x, y] of each, where
// the last one ends, and how far down the lines reach.
export function flowing(words, { left, wide, line, gap, last = 0 }) {
  const needed = withGlued(words, last);
  let [x, y] = [left, 0];
  const places = words.map(({ width, spaced, glued }, k) => {
    if (x > left && spaced) x += gap;
    const most = glued || needed[k] > wide - left ? width : needed[k];
    if (x > left && x + most > wide) [x, y] = [left, y + line];
    const place = [x, y];
    x += width;
    return place;
  });
  return { places, end: x, below: y + line };
}

// The width of each word with all that is glued to it.
function withGlued(words, last) {
  const needed = words.map(({ width }, k) => width + (k === words.length - 1 ? last : 0));
  for (let k = words.length - 2; k >= 0; k -= 1) if (words[k + 1].glued) needed[k] += needed[k + 1];
  return needed;
}
