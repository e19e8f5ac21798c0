// One author by keys: the last thing that was done here is taken back.

import { onKeys } from "./page.js";

onKeys({ u: () => document.querySelector("[data-act=undo]")?.click() });
