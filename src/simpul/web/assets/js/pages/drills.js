// What goes on is asked for each second and put in place only when it has changed, so that nobody loses a button
// under the finger; what a choice will hit is asked for as soon as it is made.
const EVERY = 1000;

async function part(url) {
  const answer = await fetch(url, { headers: { "X-Fragment": "1" }, credentials: "same-origin" });
  if (!answer.ok) throw new Error(`${url}: ${answer.status}`);
  if (answer.redirected) location.assign(answer.url);
  return answer.text();
}

let state = document.getElementById("drill-state");
let before = null;

async function look() {
  try {
    const now = document.hidden ? before : await part(state.dataset.state);
    if (now !== before && before !== null) {
      const held = document.activeElement?.closest("#drill-state button")?.value;
      const made = new DOMParser().parseFromString(now, "text/html").getElementById("drill-state");
      state.replaceWith(made);
      state = made;
      document.getElementById("drill-title").textContent = state.dataset.title;
      if (held !== undefined) [...state.querySelectorAll("button")].find(({ value }) => value === held)?.focus();
    }
    before = now;
  } catch {
    // Asked again; the badge in the top bar says that the line is gone.
  }
  setTimeout(look, EVERY);
}

look();

for (const choice of document.querySelectorAll("select[data-effect]")) {
  choice.addEventListener("change", async () => {
    const place = choice.form.querySelector(".drill-effect");
    const code = choice.value;
    try {
      const words = await part(`${choice.dataset.effect}&target=${encodeURIComponent(code)}`);
      if (choice.value === code) place.innerHTML = words;
    } catch {
      place.textContent = "";
    }
  });
}
