// One comment by keys. Each presses a button of the page.

import { lookAt, whenTaken } from "./claims.js";
import { onKeys, openReasons } from "./page.js";

const article = document.getElementById("comment");
const press = (act) => () => document.querySelector(`[data-act=${act}]`)?.click();

const open = (which) => {
  const menu = article.querySelector(which);
  if (menu) openReasons(menu);
};

onKeys({
  a: press("approve"),
  s: press("spam"),
  u: press("undo"),
  r: () => open("details.reasons:not(.campaign)"),
  l: () => open("details.campaign"),
});

// Colleagues see by themselves who looks at it: the button is for those without scripts.
document.getElementById("claim").hidden = true;
whenTaken((_comment, name) => {
  const chip = article.querySelector("[data-claim]");
  chip.hidden = false;
  chip.textContent = article.dataset.claimed.replace("{name}", name);
});
if (article.dataset.status === "pending") lookAt(article.dataset.comment);
