// Small helpers for the page's elements.

export const byId = (id) => document.getElementById(id);

/** A new element with properties and children: elements or text. */
export function element(tag, properties = {}, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}

/** Says a line of text where readers of screens hear it; an empty one takes no room (style.css). */
export function say(id, text) {
  byId(id).textContent = text;
}

/** What a `<template>` holds, in `place`. */
export function filled(place, template) {
  place.replaceChildren(byId(template).content.cloneNode(true));
  return place;
}
