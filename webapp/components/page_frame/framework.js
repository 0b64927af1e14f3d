// What Streamlit says by itself, said in the visitor's language: text nodes and attributes are written anew where they
// stand, so what is read out is what is seen, and keys do what they did.

// Parts of a page in which every word is Streamlit's own, and those in which only names for a screen reader are.
const OWN = [
  "stFileUploaderDropzone",
  "stFileChips",
  "InputInstructions",
  "stHeader",
  "stMainMenuPopover",
  "stMainMenuList",
  "stSkipToContent",
  "stStatusWidget",
  "stConnectionStatus",
  "stDialog",
  "stElementToolbar",
  "stDataFrameColumnMenu",
  "stDataFrameColumnVisibilityMenu",
  "stDataFrameColumnFormattingMenu",
  "stTooltipContent",
  "stSidebarHeader",
  "stTooltipErrorContent",
];
const NAMED = ["stFileUploader", "stSelectbox", "stSidebar", "stSidebarNav", "stCode", "stTooltipIcon", "stDataFrame"];
const NAMES = ["aria-label", "title", "placeholder"];

const chosen = (names) => names.map((name) => `[data-testid="${name}"]`).join(", ");
const escaped = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

// From {"{size} per file": "每个文件 {size}"} to what gives the translation of a text, null for one that is not there.
export function translator(phrases) {
  const whole = new Map();
  const forms = [];
  for (const [english, translation] of Object.entries(phrases)) {
    const parts = english.split(/\{(\w+)\}/);
    if (parts.length === 1) whole.set(english, translation);
    else
      forms.push([
        new RegExp(`^${parts.map((part, k) => (k % 2 ? `(?<${part}>.+)` : escaped(part))).join("")}$`),
        translation,
      ]);
  }
  return (text) => {
    if (whole.has(text)) return whole.get(text);
    for (const [form, translation] of forms) {
      const found = form.exec(text);
      if (found) return translation.replace(/\{(\w+)\}/g, (_, name) => found.groups[name]);
    }
    return null;
  };
}

// Remembers what stood there in English, so that another language begins from it; `say` writes all of a page anew.
export class Framework {
  constructor() {
    this.written = new WeakMap();
    this.translate = () => null;
  }

  speak(phrases) {
    this.translate = translator(phrases);
  }

  say(page) {
    for (const part of page.querySelectorAll(chosen(OWN))) {
      const texts = page.createTreeWalker(part, page.defaultView.NodeFilter.SHOW_TEXT);
      while (texts.nextNode()) this.text(texts.currentNode);
      this.names(part);
    }
    for (const part of page.querySelectorAll(chosen(NAMED))) this.names(part);
  }

  text(node) {
    this.put(node, "text", node.data, (text) => (node.data = text));
  }

  names(part) {
    for (const element of [part, ...part.querySelectorAll(NAMES.map((name) => `[${name}]`).join(", "))]) {
      for (const name of NAMES) {
        const text = element.getAttribute(name);
        if (text) this.put(element, name, text, (value) => element.setAttribute(name, value));
      }
    }
  }

  put(node, name, now, write) {
    const known = this.written.get(node) ?? {};
    const english = known[name]?.translation === now ? known[name].english : now;
    const translation = this.translate(english.trim()) ?? english;
    if (translation !== english) this.written.set(node, { ...known, [name]: { english, translation } });
    if (translation !== now) write(translation);
  }
}
