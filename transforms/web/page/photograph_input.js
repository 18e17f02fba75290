// Photographs from a person: chosen files, dropped or pasted ones, or taken by the camera.

import { Camera } from "./camera.js";
import { filled } from "./dom.js";

const inputs = [];

/**
 * Fills `place`, an element in a section of its own, and calls `take` with a list of files.
 *
 * @param report is called with an Error whose message is for the person.
 */
export function photographInput(place, { take, report }) {
  const section = filled(place, "photograph-input").closest("section");
  const find = (selector) => place.querySelector(selector);
  const input = { section, take, lastUsed: 0 };
  inputs.push(input);
  for (const kind of ["focusin", "pointerdown"]) section.addEventListener(kind, () => { input.lastUsed = performance.now(); });

  const files = find("[type=file]");
  files.addEventListener("change", () => {
    const chosen = [...files.files];
    files.value = ""; // so that the same file can be chosen again
    if (chosen.length) take(chosen);
  });

  const camera = new Camera(find("video"));
  const showCamera = (isOn) => {
    find(".viewer").hidden = !isOn;
    find(".camera").hidden = isOn;
    find(isOn ? ".take" : ".camera").focus();
  };
  find(".camera").addEventListener("click", () => camera.start().then(() => showCamera(true), report));
  find(".take").addEventListener("click", () => camera.photograph().then((file) => take([file]), report));
  find(".stop").addEventListener("click", () => {
    camera.stop();
    showCamera(false);
  });
}

/** A table's cell, say, is on the clipboard as a text and as a picture: a field for texts gets the text. */
function isTextFor({ clipboardData, target }) {
  return clipboardData.types.includes("text/plain") && Boolean(target.closest?.("input, textarea"));
}

/** Lets photographs be dropped on the section of an input, or pasted into the one that was used last. */
export function listenForFiles() {
  const under = (event) => inputs.find((one) => event.target instanceof Node && one.section.contains(event.target));
  const mark = (marked) => inputs.forEach((one) => one.section.classList.toggle("over", one === marked));
  const hasFiles = (event) => event.dataTransfer?.types.includes("Files");
  document.addEventListener("dragover", (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault(); // else the browser would leave the page for the file
    mark(under(event));
  });
  document.addEventListener("dragleave", (event) => { if (!event.relatedTarget) mark(null); });
  document.addEventListener("drop", (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    mark(null);
    const files = [...event.dataTransfer.files];
    if (files.length) under(event)?.take(files);
  });
  document.addEventListener("paste", (event) => {
    const files = [...(event.clipboardData?.files ?? [])];
    if (!files.length || isTextFor(event)) return;
    event.preventDefault();
    inputs.reduce((latest, one) => (one.lastUsed > latest.lastUsed ? one : latest)).take(files);
  });
}
