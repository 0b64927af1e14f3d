// What Streamlit leaves to mend on a page as a whole: the language it is said to be in, the lists of its navigation,
// and popovers that open where there is no room for them.

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
    body.style.translate = "none";
    const up = shift(body.getBoundingClientRect(), button?.getBoundingClientRect(), window.innerHeight);
    if (up) body.style.translate = `0 ${-up}px`;
  }
}

function mend() {
  mendLists();
  mendPopovers();
}

export default function ({ data }) {
  document.documentElement.lang = data.language;
  let due = 0;
  const later = () => {
    cancelAnimationFrame(due);
    due = requestAnimationFrame(mend);
  };
  const watch = new MutationObserver(later);
  watch.observe(document.body, { childList: true, subtree: true });
  window.addEventListener("resize", later);
  mend();
  return () => {
    watch.disconnect();
    window.removeEventListener("resize", later);
    cancelAnimationFrame(due);
  };
}
