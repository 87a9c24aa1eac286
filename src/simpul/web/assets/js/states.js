// A live state as a lamp. Its words come from the page, so that nothing is said twice.
import { words } from "./words.js";

const TONES = { up: "ok", down: "bad", unknown: "idle" };
const ICONS = { up: "circle-check", down: "alert-circle", unknown: "help" };

// Returns whether anything has changed; what is planned or was never ordered has no live state.
export function showState(part, key) {
  const lamp = part?.querySelector("[data-state]");
  if (!lamp || !(lamp.dataset.state in TONES) || lamp.dataset.state === key || !(key in TONES)) return false;
  Object.assign(lamp.dataset, { state: key, tone: TONES[key] });
  lamp.querySelector(".word").textContent = words.states[key];
  const use = lamp.querySelector("use");
  use.setAttribute("href", use.getAttribute("href").replace(/#.*/, `#${ICONS[key]}`));
  return true;
}
