// <comment-thread site="…" article="…">: the approved comments of an article, and the form to write one.
// No cookies, no third party, nothing but what lies in this folder; works under a strict policy of the page.

import { Door } from "./embed/door.js";
import { make, speak } from "./embed/dom.js";
import { Form } from "./embed/form.js";
import { sheet } from "./embed/style.js";
import { TEXTS } from "./embed/texts.js";
import { Thread } from "./embed/thread.js";

// Where this module lies, there is the service.
const SERVICE = new URL(".", import.meta.url);
// Loaded a little before it is seen: most readers never come to the comments.
const NEARLY_SEEN = { rootMargin: "400px" };

class CommentThread extends HTMLElement {
  static observedAttributes = ["site", "article", "lang"];

  #root = this.attachShadow({ mode: "open" });
  #seen = new IntersectionObserver((entries) => {
    if (entries.some((entry) => entry.isIntersecting)) this.#show();
  }, NEARLY_SEEN);

  connectedCallback() {
    this.#root.adoptedStyleSheets = [sheet];
    this.#seen.observe(this);
  }

  disconnectedCallback() {
    this.#seen.disconnect();
  }

  attributeChangedCallback(_name, old, value) {
    if (!this.isConnected || old === value) return;
    // Another article, or another language: from the beginning.
    this.#root.replaceChildren();
    this.#seen.disconnect();
    this.#seen.observe(this);
  }

  #show() {
    this.#seen.disconnect();
    const site = this.getAttribute("site");
    const article = this.getAttribute("article");
    if (!site || !article) return;
    const language = this.#language();
    const t = speak(TEXTS[language]);
    const door = new Door(SERVICE, site, article);
    const form = new Form(door, t, (comment) => thread.add(comment));
    const thread = new Thread(door, t, language, (comment) => form.answer(comment));
    const title = make("h2", { id: "title", part: "title" }, t("thread.title"));
    this.#root.replaceChildren(
      make("section", { lang: language, "aria-labelledby": "title" }, title, thread.element, form.element),
    );
    thread.load();
    form.open();
  }

  /** Returns the language of the element or of what it stands in, or else of the browser, or else the first. */
  #language() {
    const stated = this.closest("[lang]")?.lang;
    const wanted = [stated, ...navigator.languages].map((each) => (each ?? "").toLowerCase().split("-")[0]);
    return wanted.find((each) => each in TEXTS) ?? Object.keys(TEXTS)[0];
  }
}

customElements.define("comment-thread", CommentThread);
