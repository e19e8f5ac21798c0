// The approved comments of an article, each followed by its replies.

import { make, pageOrNull } from "./dom.js";

export class Thread {
  #door;
  #t;
  #reply;
  #clock;
  #cursor = null;
  #replies = new Map(); // by external_id: the list into which the answers to a comment go
  #list = make("ol", { class: "comments", part: "comments" });
  #status = make("p", { class: "quiet", role: "status" });
  #more;

  /** `reply` is called with a comment that the reader wants to answer, or is null where nobody can write. */
  constructor(door, t, language, reply) {
    this.#door = door;
    this.#t = t;
    this.#reply = reply;
    this.#clock = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "short" });
    this.#more = make("button", { type: "button", part: "button", hidden: true, onclick: () => this.load() });
    this.element = make("div", {}, this.#list, this.#status, this.#more);
  }

  /** Loads the first or the next page of comments. */
  async load() {
    if (this.#more.ariaBusy === "true") return;
    const further = this.#cursor !== null;
    this.#more.ariaBusy = "true";
    try {
      const page = await this.#door.comments(this.#cursor);
      const shown = page.items.map((item) => this.add(item));
      this.#cursor = page.next_cursor;
      this.#say(this.#list.firstChild ? null : "thread.none");
      this.#offer(this.#cursor === null ? null : "thread.more");
      // The button moves away below; whoever has pressed it goes on with what came.
      if (further) shown[0]?.focus();
    } catch {
      this.#say("thread.failed");
      this.#offer("thread.retry");
    } finally {
      this.#more.ariaBusy = "false";
    }
  }

  /** Shows one comment, under the one that it answers if that is shown. Returns its element. */
  add(comment) {
    const answers = make("ol", { class: "comments" });
    this.#replies.set(comment.external_id, answers);
    const article = this.#article(comment);
    const parent = this.#replies.get(comment.parent_id) ?? this.#list;
    parent.append(make("li", {}, article, answers));
    this.#say(null);
    return article;
  }

  #article(comment) {
    const { name, url } = comment.author;
    const link = pageOrNull(url);
    const author = link ? make("a", { href: link, rel: "nofollow ugc noopener noreferrer" }, name) : name;
    const time = make("time", { datetime: comment.submitted_at }, this.#clock.format(new Date(comment.submitted_at)));
    const head = make("p", { class: "head" }, make("strong", { dir: "auto" }, author), " ", time);
    const label = this.#t("thread.by", { name });
    const text = make("p", { class: "text", dir: "auto", part: "text" }, comment.text);
    const foot = make("p", { class: "foot" }, this.#button(comment), " ", this.#report(comment));
    return make("article", { tabindex: "-1", "aria-label": label, part: "comment" }, head, text, foot);
  }

  /** Returns a link to the page on which a comment is reported: it needs more room than a thread has. */
  #report(comment) {
    const label = this.#t("thread.report_of", { name: comment.author.name });
    const href = this.#door.reports(comment);
    const attributes = { class: "report", href, target: "_blank", rel: "noopener nofollow", "aria-label": label };
    return make("a", attributes, this.#t("thread.report"));
  }

  #button(comment) {
    if (!this.#reply) return null;
    const label = this.#t("thread.reply_to", { name: comment.author.name });
    const attributes = { type: "button", class: "reply", "aria-label": label, onclick: () => this.#reply(comment) };
    return make("button", attributes, this.#t("thread.reply"));
  }

  #say(key) {
    this.#status.textContent = key ? this.#t(key) : "";
  }

  #offer(key) {
    this.#more.hidden = key === null;
    this.#more.textContent = key ? this.#t(key) : "";
  }
}
