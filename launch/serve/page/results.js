// Shows hits: texts with the sentence that answers best marked, or pictures.

import { picture } from "./api.js";
import { byId, make } from "./elements.js";

const OWN = new Set(["id", "score", "cosine", "words", "label", "text", "source", "sentence", "chunk", "title", "heading", "page"]);
const figure = (value) => (value === null || value === undefined ? null : value.toFixed(3));

/** `like` is called with the id of a row, for those that are like it. */
export function showHits(answer, facts, like) {
  const list = byId("hits");
  list.querySelectorAll("img").forEach((image) => URL.revokeObjectURL(image.src));
  const isPictures = facts.modality === "image";
  list.classList.toggle("pictures", isPictures);
  list.replaceChildren(...answer.hits.map((hit) => hitOf(hit, answer.index, isPictures, like)));
}

function hitOf(hit, index, isPictures, like) {
  const place = [hit.title && hit.title !== hit.id ? hit.title : null, hit.heading, hit.page ? `page ${hit.page}` : null];
  const scores = [["score", hit.score], ["cosine", hit.cosine], ["words", hit.words]]
    .filter(([name, value]) => value !== null && value !== undefined && (name === "score" || value !== hit.score))
    .map(([name, value]) => make("span", { textContent: `${name} ${figure(value)}` }));
  const kept = Object.entries(hit).filter(([name, value]) => !OWN.has(name) && value !== null)
    .map(([name, value]) => make("span", { textContent: `${name}: ${typeof value === "object" ? JSON.stringify(value) : value}` }));
  const item = make("li", { className: "hit" });
  item.append(
    make("h2", { textContent: hit.id }),
    place.some(Boolean) ? make("p", { className: "faint", textContent: place.filter(Boolean).join(" · ") }) : "",
    isPictures ? pictureOf(hit, index) : textOf(hit),
    make("div", { className: "facts" }, hit.label === null ? null : make("span", { className: "label", textContent: hit.label }), ...scores, ...kept),
    make("div", { className: "actions" }, moreLike(hit, like), isPictures ? null : whole(item)),
  );
  return item;
}

function pictureOf(hit, index) {
  const image = make("img", { alt: hit.label ? `${hit.id}, ${hit.label}` : hit.id, loading: "lazy" });
  picture(index, hit.id).then((address) => {
    if (address) image.src = address;
    else image.replaceWith(make("p", { className: "faint", textContent: "no picture" }));
  });
  return image;
}

function textOf(hit) {
  const text = hit.text ?? hit.source ?? "";
  if (!hit.sentence) return make("p", { className: "text", textContent: text });
  // Positions count characters, of which JavaScript counts some twice.
  const letters = Array.from(text);
  const [start, stop] = hit.sentence;
  const before = letters.slice(0, start).join("");
  const shownFrom = before.length > 300 ? `… ${before.slice(-200)}` : before;
  return make("p", { className: "text" }, shownFrom, make("mark", { textContent: letters.slice(start, stop).join("") }), letters.slice(stop).join(""));
}

function moreLike(hit, like) {
  const button = make("button", { type: "button", textContent: "More like this" });
  button.setAttribute("aria-label", `More like this: ${hit.id}`);
  button.addEventListener("click", () => like(hit.chunk ?? hit.id));
  return button;
}

function whole(item) {
  const button = make("button", { type: "button", textContent: "Whole text" });
  button.setAttribute("aria-expanded", "false");
  button.addEventListener("click", () => {
    const isOpen = item.classList.toggle("open");
    button.setAttribute("aria-expanded", String(isOpen));
    button.textContent = isOpen ? "Less" : "Whole text";
  });
  return button;
}
