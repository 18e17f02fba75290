// Texts from a person.

import { filled } from "./dom.js";

/** Fills `place` with a field that is called `name`; `take` is called with a list of texts: one a line, or the whole field as one. */
export function textInput(place, { name, action, isList, take, report }) {
  filled(place, "text-input").querySelector(".name").textContent = name;
  const field = place.querySelector("textarea");
  place.querySelector("button").textContent = action;
  place.querySelector("form").addEventListener("submit", async (event) => {
    event.preventDefault();
    const given = field.value;
    const texts = (isList ? field.value.split("\n") : [field.value]).map((text) => text.trim()).filter(Boolean);
    if (!texts.length) {
      report(new Error(isList ? "Write some texts first, one a line." : "Write a text first."));
      return;
    }
    if (isList) field.value = ""; // free for the next ones while these are encoded
    if (!(await take(texts)) && isList && !field.value) field.value = given;
  });
}
