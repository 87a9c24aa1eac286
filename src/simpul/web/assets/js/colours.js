// The design's colours as they are now, for what is drawn on a canvas; and a call when the theme has changed.

export function colours(...names) {
  const style = getComputedStyle(document.documentElement);
  return Object.fromEntries(names.map((name) => [name, style.getPropertyValue(`--${name}`).trim()]));
}

export function onTheme(callback) {
  document.addEventListener("simpul:theme", () => callback());
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => callback());
}
