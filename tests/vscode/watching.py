"""What happens to the ghost text in the page: JavaScript for `Window.page`."""

START = """(() => {
  const shown = () =>
    [...document.querySelectorAll('.ghost-text-decoration')].map(each => each.textContent).join('');
  const seen = window.emberlineSeen = { keys: [], changes: [], frames: [] };
  let last = shown();
  const noted = () => seen.frames.push({ at: performance.now(), text: last });
  const changed = () => {
    const text = shown();
    if (text === last) return;
    last = text;
    seen.changes.push({ at: performance.now(), text });
    requestAnimationFrame(() => requestAnimationFrame(noted));
  };
  window.emberlineWatch?.disconnect();
  window.emberlineWatch = new MutationObserver(changed);
  const all = { subtree: true, childList: true, characterData: true };
  window.emberlineWatch.observe(document.querySelector('.monaco-editor'), all);
  const pressed = event => window.emberlineSeen.keys.push({ at: performance.now(), key: event.key });
  if (!window.emberlineListens) document.addEventListener('keydown', pressed, true);
  window.emberlineListens = true;
})()"""
"""Begins to note, anew: keys, every change of the ghost text, and when a frame with it has been painted."""

SEEN = "window.emberlineSeen"
"""What was noted: `keys`, `changes` and `frames`, each a list with the time `at`, in milliseconds."""
