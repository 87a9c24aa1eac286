// Keeps an alarm's page up to date: its words are written by the server, and asked for again when it has changed.
import { subscribe } from "../feed.js";
import { swap } from "../swap.js";

const pk = Number(document.querySelector("[data-alarm]").dataset.alarm);
// An alarm that was over when the page was made is over.
const over = document.querySelector("[data-alarm]").dataset.over !== undefined;
let before = null;

if (!over) subscribe("alarms", ({ open }) => {
  const found = open.find(({ id }) => id === pk);
  const now = found ? JSON.stringify([found.updated_at, found.acknowledged, found.sites, found.severity]) : "over";
  if (now === before) return;
  before = now;
  swap(location.pathname).catch(() => (before = null));
});
