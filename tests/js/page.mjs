// What the modules find of a page as they load: its language and the words it brings along.

export function page(lang, words = {}) {
  globalThis.document = {
    documentElement: { lang },
    getElementById: (id) => (id === "words" ? { textContent: JSON.stringify(words) } : null),
  };
}
