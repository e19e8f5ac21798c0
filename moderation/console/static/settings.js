// What settings would change is shown while they are typed. The form itself is sent, as its button would send it.

import { fetchPage } from "./page.js";

const PAUSE_MS = 500; // nobody wants to read what half a word would change

const form = document.getElementById("settings");
const outcome = document.getElementById("outcome");
const said = document.getElementById("trying-said");
let pause = null;
let latest = 0;

async function tryOut() {
  const number = ++latest;
  const fields = new URLSearchParams(new FormData(form));
  fields.set("do", "preview");
  outcome.setAttribute("aria-busy", "true");
  try {
    const page = await fetchPage(form.action, { body: fields, takes: [200, 422] });
    const fresh = page.getElementById("outcome");
    // Whoever has typed on meanwhile gets the answer to that.
    if (number !== latest || !fresh) return;
    outcome.replaceChildren(...document.importNode(fresh, true).childNodes);
    said.textContent = outcome.querySelector("[data-said]")?.textContent ?? "";
  } catch {
    // The button still does it, and says what is in the way.
  } finally {
    if (number === latest) outcome.removeAttribute("aria-busy");
  }
}

form.addEventListener("input", () => {
  clearTimeout(pause);
  pause = setTimeout(tryOut, PAUSE_MS);
});
form.addEventListener("submit", () => clearTimeout(pause));
