// What every page does with the server and with the person in front of it. Texts come from the page, never from here.

const token = document.querySelector("meta[name=csrf-token]").content;
const told = document.getElementById("told");

// Sends one request to the JSON API. Returns status and body; status 0 when nothing was reached.
export async function ask(method, path, body, { keepalive = false } = {}) {
  const headers = { "X-CSRF-Token": token };
  if (body !== undefined) headers["Content-Type"] = "application/json";
  try {
    const sent = body === undefined ? undefined : JSON.stringify(body);
    const answer = await fetch(path, { method, headers, body: sent, keepalive });
    const text = await answer.text();
    return { ok: answer.ok, status: answer.status, body: text ? JSON.parse(text) : null };
  } catch {
    return { ok: false, status: 0, body: null };
  }
}

// Returns another page of ours as a document, or the page that a form leads to. It is parsed by the request itself: no
// text ever becomes markup here.
export function fetchPage(address, { body = null, takes = [200] } = {}) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open(body ? "POST" : "GET", address);
    request.responseType = "document";
    request.onload = () => (takes.includes(request.status) && request.response ? resolve(request.response) : reject(request.status));
    request.onerror = () => reject(0);
    request.send(body);
  });
}

// Fills the gaps of a text of the page, such as "{name}".
export function fill(text, values) {
  return text.replace(/\{(\w+)\}/g, (gap, name) => values[name] ?? gap);
}

// Says something to everybody, also to those who hear the page. An `undo` is offered beside it.
export function tell(text, undo = null) {
  const line = document.createElement("p");
  line.className = "done notice";
  const words = document.createElement("span");
  words.textContent = text;
  line.append(words);
  if (undo) {
    const button = document.createElement("button");
    button.textContent = undo.text;
    button.dataset.act = "undo";
    button.addEventListener("click", undo.run);
    line.append(button);
  }
  told.replaceChildren(line);
}

// Says something only to those who hear the page: others see it elsewhere, and what was said before can be undone still.
export function tellBeside(text) {
  const line = document.createElement("p");
  line.className = "visually-hidden";
  line.textContent = text;
  told.querySelector(".visually-hidden")?.remove();
  told.append(line);
}

// Single keys can be switched off for a device (WCAG 2.1.4), and never fire where somebody types.
const mayUseKeys = !document.documentElement.hasAttribute("data-no-keys");
document.documentElement.classList.add("js");
document.documentElement.classList.toggle("keys", mayUseKeys);

const WALKING = ["j", "k", "PageDown", "PageUp"];

export function onKeys(actions) {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    const typing = event.target.closest("input:not([type=checkbox]), textarea, select");
    const single = event.key.length === 1;
    // With caps lock on, a letter is a capital one though no shift is held.
    const key = single && !event.shiftKey ? event.key.toLowerCase() : event.key;
    if (typing || (single && !mayUseKeys)) return;
    // A key that is held down would decide comments that nobody has read.
    if (event.repeat && !WALKING.includes(key)) return;
    const action = actions[key];
    if (action && action(event) !== false) event.preventDefault();
  });
}

// Opens a menu of reasons and lets digits and arrows choose from it.
export function openReasons(menu) {
  menu.open = true;
  menu.querySelector("button").focus();
}

document.addEventListener("keydown", (event) => {
  const menu = event.target.closest?.("details.reasons[open]");
  if (!menu) return;
  const buttons = [...menu.querySelectorAll("button")];
  const at = buttons.indexOf(document.activeElement);
  if (event.key === "Escape") {
    menu.open = false;
    (menu.closest("article") ?? menu.querySelector("summary")).focus();
  } else if (event.key === "ArrowDown") {
    buttons[(at + 1) % buttons.length].focus();
  } else if (event.key === "ArrowUp") {
    buttons[(at + buttons.length - 1) % buttons.length].focus();
  } else if (mayUseKeys && buttons[Number(event.key) - 1] && !event.ctrlKey && !event.metaKey && !event.altKey) {
    buttons[Number(event.key) - 1].click();
  } else {
    return;
  }
  event.preventDefault();
  event.stopPropagation();
}, { capture: true });
