// Makes and finds elements. Text is always set as text: nothing of a corpus becomes markup.

export const byId = (id) => document.getElementById(id);

/** An element with properties, data attributes and children (elements or texts). */
export function make(tag, properties = {}, ...children) {
  const { data = {}, ...own } = properties;
  const element = Object.assign(document.createElement(tag), own);
  Object.assign(element.dataset, data);
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

/** Fills a <select>: pairs of value and text. */
export function fill(select, pairs) {
  select.replaceChildren(...pairs.map(([value, text]) => make("option", { value, textContent: text })));
}

/** JSON as an object; whole numbers that JavaScript would round are BigInt (where the browser shows their digits to a reviver). */
export function parsed(text) {
  return JSON.parse(text, (name, value, context) => (
    Number.isInteger(value) && !Number.isSafeInteger(value) && /^-?\d+$/.test(context?.source) ? BigInt(context.source) : value));
}

export function showProblem(error) {
  byId("problem").textContent = error ? error.message : "";
  byId("problem").hidden = !error;
}

/** Tabs that arrow keys, Home and End move between. */
export function tabs(list, names, shown) {
  const buttons = names.map(([id, text]) =>
    make("button", { type: "button", id: `tab-${id}`, role: "tab", textContent: text, data: { panel: id } }));
  buttons.forEach((button) => button.setAttribute("aria-controls", button.dataset.panel));
  const choose = (button, focus) => {
    for (const other of buttons) {
      other.setAttribute("aria-selected", other === button);
      other.tabIndex = other === button ? 0 : -1;
      byId(other.dataset.panel).hidden = other !== button;
    }
    byId(button.dataset.panel).dispatchEvent(new Event("shown"));
    if (focus) button.focus();
  };
  list.replaceChildren(...buttons);
  buttons.forEach((button, at) => {
    button.addEventListener("click", () => choose(button, false));
    button.addEventListener("keydown", (event) => {
      const next = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: buttons.length - 1 }[event.key];
      if (next === undefined) return;
      event.preventDefault();
      choose(buttons[(next + buttons.length) % buttons.length], true);
    });
  });
  choose(buttons.find((button) => button.dataset.panel === shown) ?? buttons[0], false);
}
