// Asks for an element again and again until the answer no longer wants to be followed; then loads the page it names.
// Without this script the page has a link "refresh".
import { swap } from "./swap.js";

const EVERY = 1000;
const AFTER_A_FAILURE = 5000;

export function follow(part) {
  const ask = async () => {
    let wait = EVERY;
    try {
      const [now] = await swap(part.dataset.follow);
      if (now) {
        if (!now.dataset.follow) {
          if (now.dataset.then) location.replace(now.dataset.then);
          return;
        }
        part = now;
      }
    } catch {
      wait = AFTER_A_FAILURE;
    }
    setTimeout(ask, wait);
  };
  setTimeout(ask, EVERY);
}
