// What Streamlit leaves to mend on a page as a whole: the language it is said to be in and its own words are in, the
// lists of its navigation, and popovers that open where there is no room for them.

import { Framework } from "./framework.js";
import { shift } from "./room.js";

// A list may hold entries alone; Streamlit's holds a block for each group of pages, with a heading in it.
function mendLists() {
  for (const list of document.querySelectorAll('[data-testid="stSidebarNavItems"]')) {
    list.setAttribute("role", "presentation");
    for (const block of list.children) block.setAttribute("role", "list");
    for (const item of list.querySelectorAll("li")) item.setAttribute("role", "listitem");
  }
}

// A popover that would end below the screen goes up, above its button where it fits there.
function mendPopovers() {
  for (const body of document.querySelectorAll('[data-testid="stPopoverBody"]')) {
    const button = document.querySelector('[data-testid="stPopover"] [aria-expanded="true"]');
    const moved = Number(body.dataset.asUp ?? 0);
    const { top, bottom } = body.getBoundingClientRect();
    const own = { top: top + moved, bottom: bottom + moved };
    const up = shift(own, button?.getBoundingClientRect(), window.innerHeight);
    if (up === moved) continue; // or watching its style would never come to rest
    body.dataset.asUp = String(up);
    body.style.translate = up ? `0 ${-up}px` : "none";
  }
}

const framework = new Framework();

function mend() {
  mendLists();
  mendPopovers();
  framework.say(document);
}

export default function ({ data }) {
  document.documentElement.lang = data.language;
  framework.speak(data.phrases);
  let due = 0;
  // Asked for once a frame: were it put off by each change, it would never come while something on the page moves.
  const later = () => {
    due ||= requestAnimationFrame(() => {
      due = 0;
      mend();
    });
  };
  const watch = new MutationObserver(later);
  // Whoever opens a popover also moves it, by its style, when the page under it grows or is scrolled.
  watch.observe(document.body, {
    childList: true,
    subtree: true,
    characterData: true,
    attributeFilter: ["style", "aria-label"],
  });
  document.addEventListener("scroll", later, true);
  window.addEventListener("resize", later);
  mend();
  return () => {
    watch.disconnect();
    window.removeEventListener("resize", later);
    document.removeEventListener("scroll", later, true);
    cancelAnimationFrame(due);
  };
}
