// How it looks. A page changes it by custom properties on <comment-thread>, and by ::part(). Colours follow the
// color-scheme of the page and not that of the device: a page that is always light stays light.

const RULES = `
  :host {
    --ink: var(--comment-thread-ink, light-dark(#1a1d23, #eceef2));
    --paper: var(--comment-thread-paper, transparent);
    --sheet: var(--comment-thread-sheet, light-dark(#f2f4f7, #22262e));
    --quiet: var(--comment-thread-quiet, light-dark(#4a5160, #b3bac7));
    --line: var(--comment-thread-line, light-dark(#767d8a, #8a92a1));
    --accent: var(--comment-thread-accent, light-dark(#0b4f9e, #8cc2ff));
    --on-accent: var(--comment-thread-on-accent, light-dark(#fff, #10131a));
    --bad: var(--comment-thread-bad, light-dark(#a3121f, #ff9aa2));
    --radius: var(--comment-thread-radius, 0.25rem);
    display: block;
    background: var(--paper);
    color: var(--ink);
    font: var(--comment-thread-font, inherit);
    line-height: 1.5;
    overflow-wrap: anywhere;
  }
  :host([hidden]), [hidden] { display: none; }
  * { box-sizing: border-box; }
  h2, h3 { line-height: 1.2; }
  a { color: var(--accent); }
  p { margin-block: 0.5rem; }
  :focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
  .comments { list-style: none; margin: 0; padding: 0; }
  .comments .comments { padding-inline-start: 1rem; border-inline-start: 2px solid var(--line); }
  .comments .comments:empty { display: none; }
  /* On a telephone nobody reads a column of two letters. */
  .comments .comments .comments .comments .comments { padding-inline-start: 0; border: 0; }
  article { padding-block: 0.5rem; }
  .head { margin: 0; }
  .text { margin: 0.25rem 0; white-space: pre-wrap; }
  time, .quiet { color: var(--quiet); }
  time { font-size: 0.875em; }
  button {
    min-block-size: 2.75rem;
    padding: 0.5rem 1rem;
    border: 1px solid var(--accent);
    border-radius: var(--radius);
    background: transparent;
    color: var(--accent);
    font: inherit;
  }
  button:hover { text-decoration: underline; }
  button.first { background: var(--accent); color: var(--on-accent); font-weight: 600; }
  button.reply { min-block-size: 1.75rem; padding: 0; border-color: transparent; font-size: 0.875em; }
  .foot { display: flex; flex-wrap: wrap; gap: 0 1rem; align-items: center; margin: 0; }
  .report { display: inline-flex; align-items: center; min-block-size: 1.75rem; font-size: 0.875em; color: var(--quiet); }
  form { max-inline-size: 42rem; }
  .field { margin-block: 1rem; }
  label { font-weight: 600; }
  .tick label { font-weight: inherit; }
  .tick input { inline-size: 1.25rem; block-size: 1.25rem; vertical-align: middle; accent-color: var(--accent); }
  .field input, textarea {
    display: block;
    inline-size: 100%;
    min-block-size: 2.75rem;
    margin-block-start: 0.25rem;
    padding: 0.5rem 0.75rem;
    border: 1px solid var(--line);
    border-radius: var(--radius);
    background: var(--comment-thread-field, light-dark(#fff, #16181d));
    color: var(--ink);
    font: inherit;
  }
  textarea { resize: vertical; }
  .field [aria-invalid="true"] { border: 2px solid var(--bad); }
  .fault { margin: 0.25rem 0; color: var(--bad); font-weight: 600; }
  .whole:not(:empty), .outcome:not(:empty), .answer {
    padding: 0.75rem 1rem;
    border-inline-start: 0.375rem solid;
    background: var(--sheet);
  }
  .whole { color: var(--bad); }
  .closed > p:empty, section:has(> .closed) .reply { display: none; }
  .trap { position: absolute; inline-size: 1px; block-size: 1px; margin: 0; overflow: hidden; clip-path: inset(50%); }
  @media (forced-colors: active) { button, .field input, textarea { border-color: ButtonBorder; } }
`;

/** A style sheet that no policy of the page has to allow: it is neither in the document nor fetched. */
export const sheet = new CSSStyleSheet();
sheet.replaceSync(RULES);
