// Tells colleagues which comment somebody looks at, for as long as they do.

import { ask } from "./page.js";

const DWELL_MS = 1000; // whoever only passes by claims nothing
const RENEW_MS = 60_000; // a claim lasts for two minutes

let held = null;
let dwelling = null;
let onTaken = () => {};

const path = (comment) => `/v1/comments/${comment}/claim`;

async function claim(comment) {
  held = comment;
  const answer = await ask("POST", path(comment));
  if (answer.status === 409 && answer.body?.claim) onTaken(comment, answer.body.claim.moderator);
  if (!answer.ok && held === comment) held = null;
}

// Begins to look at a comment; what was looked at before is free again.
export function lookAt(comment) {
  if (comment === held) return;
  clearTimeout(dwelling);
  lookAway();
  dwelling = setTimeout(() => claim(comment), DWELL_MS);
}

// Ends it. After a decision there is nothing to release: `decided` says so.
export function lookAway({ decided = false } = {}) {
  clearTimeout(dwelling);
  const comment = held;
  held = null;
  if (comment && !decided) ask("DELETE", path(comment), undefined, { keepalive: true });
}

// Calls back with comment and name when a colleague was there first.
export function whenTaken(callback) {
  onTaken = callback;
}

setInterval(() => {
  if (held && document.visibilityState === "visible") claim(held);
}, RENEW_MS);
addEventListener("pagehide", () => lookAway());
