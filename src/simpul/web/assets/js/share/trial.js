// A plan on trial: counts down each second, and looks once a second whether it was kept, taken back or replaced.
// Only then the panel is exchanged and the page loaded anew, so a button under the finger stays where it is.
const EVERY = 1000;
const AFTER_A_FAILURE = 5000;

export function watchTrial() {
  const panel = () => document.getElementById("trial");
  countDown(panel());
  setInterval(() => countDown(panel()), 250);
  const ask = async () => {
    const shown = panel();
    if (!shown?.dataset.watch) return;
    let wait = EVERY;
    try {
      await look(shown);
    } catch {
      wait = AFTER_A_FAILURE;
    }
    setTimeout(ask, wait);
  };
  setTimeout(ask, EVERY);
}

async function look(shown) {
  const response = await fetch(shown.dataset.watch, { headers: { "X-Fragment": "1" }, credentials: "same-origin" });
  if (!response.ok) throw new Error(`${response.status}`);
  if (response.redirected) return location.assign(response.url);
  const parsed = new DOMParser().parseFromString(await response.text(), "text/html");
  const now = parsed.getElementById("trial");
  if (!now || now.dataset.key === shown.dataset.key) return;
  const held = shown.contains(document.activeElement);
  const node = document.importNode(now, true);
  shown.replaceWith(node);
  if (held) node.focus();
  // What stands around the panel (form, figures, plan in force) belongs to the state before.
  setTimeout(() => location.reload(), 400);
}

// The server's clock decides; this computer's may be wrong.
function countDown(panel) {
  const count = panel?.querySelector("[data-until]");
  if (!count) return;
  count.ahead ??= Date.parse(count.dataset.now) - Date.now();
  const left = Math.max(0, Math.ceil((Date.parse(count.dataset.until) - Date.now() - count.ahead) / 1000));
  const text = count.textContent.trim().replace(/^\d+/, left);
  if (text !== count.textContent) count.textContent = text;
}
