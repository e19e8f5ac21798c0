// Builds elements. Whatever is put into them is text: nothing here, or anywhere else in this folder, reads markup.

/** Returns an element. `attributes` that are null or false are left out; children may be elements, texts, or null. */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.filter((child) => child !== null));
  return element;
}

/** Returns the texts of a language as a function from a key and what fills its gaps. */
export function speak(texts) {
  return (key, values = {}) => texts[key].replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

/** Returns the address if it leads to a page, and null for anything else, such as a script. */
export function pageOrNull(address) {
  try {
    return ["http:", "https:"].includes(new URL(address).protocol) ? address : null;
  } catch {
    return null;
  }
}
