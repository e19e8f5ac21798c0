// The service, as a reader's browser talks to it: no cookies, no credentials, nothing that must be asked for first.

/** A problem that the service has told, or `code: "other"` when it could not be reached. */
export class Refused extends Error {
  constructor(code, errors = []) {
    super(code);
    this.code = code;
    this.errors = errors;
  }
}

export class Door {
  #base;

  constructor(service, site, article) {
    const path = `v1/sites/${encodeURIComponent(site)}/articles/${encodeURIComponent(article)}/`;
    this.#base = new URL(path, service);
  }

  /** Returns a page of approved comments: `items`, and `next_cursor` or null. */
  comments(cursor) {
    const query = cursor ? `?cursor=${encodeURIComponent(cursor)}` : "";
    return this.#ask(`comments${query}`);
  }

  /** Returns the token of a new form, and whether the article takes comments. */
  form() {
    return this.#ask("form");
  }

  /** Sends a comment. Returns its `status`, and the comment itself when it is public. */
  send(fields) {
    return this.#ask("form", { method: "POST", body: new URLSearchParams(fields) });
  }

  /** Returns the address of the page on which a comment can be reported. */
  reports(comment) {
    return new URL(`comments/${encodeURIComponent(comment.id)}/reports`, this.#base).href;
  }

  async #ask(path, more = {}) {
    const options = { ...more, headers: { Accept: "application/json" }, credentials: "omit", redirect: "error" };
    let answer, told;
    try {
      answer = await fetch(new URL(path, this.#base), options);
      told = await answer.json();
    } catch {
      throw new Refused("other");
    }
    if (!answer.ok) throw new Refused(told.code ?? "other", told.errors ?? []);
    return told;
  }
}
