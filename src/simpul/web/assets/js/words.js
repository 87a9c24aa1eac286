// What scripts say: texts that the page brings along in the reader's language.
const part = document.getElementById("words");

export const words = part ? JSON.parse(part.textContent) : {};

// fill("since {time}", {time: "09.12"}), with the marks that the catalogues use: %(time)s.
export const fill = (text, values) => text.replace(/%\((\w+)\)s/g, (mark, name) => values[name] ?? mark);
