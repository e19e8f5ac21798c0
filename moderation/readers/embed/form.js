// The form under the comments. What is wrong stands next to its field and is read out; what was typed stays.

import { make } from "./dom.js";
import { recall, remember } from "./memory.js";

const FIELDS = ["name", "email", "website", "comment"];

export class Form {
  #door;
  #t;
  #published;
  #token = null;
  #parent = "";
  #inputs = {};
  #faults = {};
  #remember = make("input", { type: "checkbox", id: "remember" });
  #trap = make("input", { id: "subject", tabindex: "-1", autocomplete: "off" });
  #outcome = make("p", { class: "outcome", role: "status", tabindex: "-1", part: "outcome" });
  #whole = make("p", { class: "whole", role: "alert" });
  #reply = make("p", { class: "answer", hidden: true });
  #button;

  /** `published` is called with a comment that has become public at once. */
  constructor(door, t, published) {
    this.#door = door;
    this.#t = t;
    this.#published = published;
    this.#button = make("button", { class: "first", part: "button" }, t("form.send"));
    const form = make(
      "form",
      { novalidate: true, "aria-labelledby": "write", onsubmit: (event) => this.#submit(event) },
      make("p", { class: "quiet" }, t("form.note")),
      this.#reply,
      this.#field("name", { autocomplete: "name", required: true }),
      this.#field("email", { type: "email", autocomplete: "email", required: true }),
      this.#field("website", { inputmode: "url", autocomplete: "url" }),
      this.#field("comment", { rows: "6", required: true }),
      make("p", { class: "tick" }, this.#remember, " ", make("label", { for: "remember" }, t("form.remember"))),
      make("p", { class: "trap", "aria-hidden": "true" }, make("label", { for: "subject" }, t("form.trap")), this.#trap),
      this.#whole,
      this.#button,
    );
    this.element = make("div", {}, make("h3", { id: "write" }, t("form.title")), this.#outcome, form);
    this.#fillIn();
  }

  /** Fetches what a new form needs. Shows no form where the article, or the site, takes no comments. */
  async open() {
    this.#token = null;
    try {
      const { token, comments } = await this.#door.form();
      if (comments === "closed") this.#close(this.#t("faults.comments_closed"));
      else this.#token = token;
    } catch (refused) {
      if (["not_found", "comments_closed"].includes(refused.code)) this.#close("");
      else if (refused.code !== "other") throw refused;
    }
  }

  /** Answers a comment; with null, none. */
  answer(comment) {
    if (this.element.classList.contains("closed")) return;
    this.#parent = comment?.external_id ?? "";
    this.#reply.hidden = comment === null;
    if (comment === null) {
      this.#reply.replaceChildren();
      return;
    }
    const stop = make("button", { type: "button", onclick: () => this.answer(null) }, this.#t("form.no_reply"));
    this.#reply.replaceChildren(this.#t("form.reply_to", { name: comment.author.name }), " ", stop);
    const empty = FIELDS.map((name) => this.#inputs[name]).find((input) => input.required && !input.value);
    (empty ?? this.#inputs.comment).focus();
  }

  #field(name, attributes) {
    const required = attributes.required ? make("span", { "aria-hidden": "true" }, " *") : null;
    const label = make("label", { for: name }, this.#t(`form.${name}`), required);
    const fault = make("p", { class: "fault", id: `${name}-fault`, hidden: true });
    this.#faults[name] = fault;
    this.#inputs[name] = make(name === "comment" ? "textarea" : "input", { id: name, part: "field", ...attributes });
    return make("div", { class: "field" }, label, fault, this.#inputs[name]);
  }

  #fillIn() {
    const known = recall();
    if (known === null) return;
    this.#inputs.name.value = known.name;
    this.#inputs.website.value = known.website;
    this.#remember.checked = true;
  }

  async #submit(event) {
    event.preventDefault();
    if (this.#button.ariaBusy === "true") return;
    this.#clean();
    this.#busy(true);
    try {
      if (this.#token === null) await this.open();
      await this.#send();
    } catch (refused) {
      await this.#refuse(refused);
    } finally {
      this.#busy(false);
    }
  }

  async #send() {
    const typed = Object.fromEntries(FIELDS.map((name) => [name, this.#inputs[name].value]));
    const fields = { ...typed, parent: this.#parent, subject: this.#trap.value, token: this.#token ?? "" };
    const { status, comment } = await this.#door.send(fields);
    remember(this.#remember.checked, typed);
    this.#inputs.comment.value = "";
    this.answer(null);
    if (comment) this.#published(comment);
    this.#outcome.textContent = this.#t(`sent.${status}`);
    this.#outcome.focus();
    await this.open();
  }

  async #refuse({ code, errors = [] }) {
    const wrong = errors.filter(({ field }) => field in this.#inputs);
    for (const { field, code: kind } of [...wrong].reverse()) this.#blame(field, kind);
    this.#whole.textContent = this.#sentence(code, wrong, errors);
    this.#inputs[wrong[0]?.field]?.focus();
    // One form is good for one comment, and for a week: with a new one the reader only has to send again.
    if (code === "id_reused" || errors.some(({ field }) => field === "token")) await this.open();
  }

  #sentence(code, wrong, errors) {
    if (wrong.length) return this.#t("faults.some");
    return this.#text(errors.some(({ field }) => field === "token") ? "token_invalid" : code);
  }

  #text(fault) {
    try {
      return this.#t(`faults.${fault}`);
    } catch {
      return this.#t("faults.other");
    }
  }

  #blame(field, kind) {
    this.#faults[field].textContent = this.#text(`${field}_${kind}`);
    this.#faults[field].hidden = false;
    this.#inputs[field].setAttribute("aria-invalid", "true");
    this.#inputs[field].setAttribute("aria-describedby", `${field}-fault`);
  }

  #clean() {
    this.#whole.textContent = "";
    this.#outcome.textContent = "";
    for (const name of FIELDS) {
      this.#faults[name].hidden = true;
      this.#inputs[name].removeAttribute("aria-invalid");
      this.#inputs[name].removeAttribute("aria-describedby");
    }
  }

  #busy(busy) {
    // Not `disabled`: the focus would be lost.
    this.#button.ariaBusy = String(busy);
    this.#button.textContent = this.#t(busy ? "form.sending" : "form.send");
  }

  #close(sentence) {
    this.element.classList.add("closed");
    this.element.replaceChildren(make("p", { class: "quiet" }, sentence));
  }
}
