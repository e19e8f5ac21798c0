// What this device remembers of a reader who has asked for it: name and website, and never the e-mail address.

const KEY = "comment-thread";

/** Returns `{ name, website }`, or null when nothing is remembered or the browser allows no memory. */
export function recall() {
  try {
    const { name, website } = JSON.parse(localStorage.getItem(KEY));
    return { name: String(name), website: String(website) };
  } catch {
    return null;
  }
}

/** Remembers name and website, or forgets them when `wanted` is false. */
export function remember(wanted, { name, website }) {
  try {
    if (wanted) localStorage.setItem(KEY, JSON.stringify({ name, website }));
    else localStorage.removeItem(KEY);
  } catch {
    // A browser that allows no memory is no reason to lose a comment.
  }
}
