import assert from "node:assert/strict";
import test from "node:test";

import "./dom.js";

const { Framework, translator } = await import("../../webapp/components/page_frame/framework.js");

const PHRASES = { Upload: "上传", "{size} per file": "每个文件不超过 {size}", "Remove {file}": "移除 {file}" };

function part(name, ...children) {
  const made = document.createElement("div");
  if (name) made.dataset.testid = name;
  made.append(...children);
  return made;
}

function named(label, ...children) {
  const button = document.createElement("button");
  button.setAttribute("aria-label", label);
  button.append(...children);
  return button;
}

test("a phrase is said whole, or with what stands in its braces; all else is left alone", () => {
  const translate = translator({ ...PHRASES, "{type} files are not allowed.": "不支持 {type}。" });
  assert.equal(translate("Upload"), "上传");
  assert.equal(translate("20MB per file"), "每个文件不超过 20MB");
  assert.equal(translate("a.b* files are not allowed."), "不支持 a.b*。");
  assert.equal(translate("files are not allowed."), null);
  assert.equal(translate("Upload a text"), null);
});

test("words and names in Streamlit's own parts are said in the visitor's language, and nothing of a visitor's", () => {
  const own = part("stFileUploaderDropzone", named("Upload", "Upload"), "20MB per file");
  const box = part("stFileUploader", "Upload", named("Remove $&.json"));
  const other = part("", named("Upload", "Upload"));
  document.body.replaceChildren(own, box, other);
  const framework = new Framework();
  framework.speak(PHRASES);
  framework.say(document);
  framework.say(document);
  assert.equal(own.textContent, "上传每个文件不超过 20MB");
  assert.equal(own.querySelector("button").getAttribute("aria-label"), "上传");
  assert.equal(box.querySelector("button").getAttribute("aria-label"), "移除 $&.json");
  assert.equal(box.textContent, "Upload");
  assert.equal(other.textContent, "Upload");
  assert.equal(other.firstChild.getAttribute("aria-label"), "Upload");
});

test("another language begins from the English again, and what Streamlit writes anew is said too", () => {
  const widget = part("stStatusWidget", "Running...");
  widget.title = "Stop";
  document.body.replaceChildren(widget);
  const framework = new Framework();
  const node = widget.firstChild;
  framework.speak({ "Running...": "运行中", Stop: "停止" });
  framework.say(document);
  assert.equal(node.data, "运行中");
  node.data = "Stop";
  framework.say(document);
  assert.equal(node.data, "停止");
  framework.speak({ "Running...": "Running...", Stop: "Stop" });
  framework.say(document);
  assert.equal(node.data, "Stop");
  assert.equal(widget.title, "Stop");
});
