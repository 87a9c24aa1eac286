// Asks for the parts of a page that the server writes when one of the visitor's alarms or states has changed.
import { swap } from "./swap.js";

const WAIT_MS = 300;

export function refresher(url) {
  let timer = null;
  const ask = () => {
    timer = null;
    swap(url).catch(() => (timer ??= setTimeout(ask, 20 * WAIT_MS)));
  };
  // Several changes of one moment are one question.
  return () => (timer ??= setTimeout(ask, WAIT_MS));
}

// Whether the open alarms are others than before; the first message tells only what the page knows already.
export function alarmsWatch(changed) {
  let before = null;
  return ({ open }) => {
    const now = JSON.stringify(open.map(({ id, updated_at, acknowledged, sites }) => [id, updated_at, acknowledged, sites]));
    if (before !== null && now !== before) changed();
    before = now;
  };
}
