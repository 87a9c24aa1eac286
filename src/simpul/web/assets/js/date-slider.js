// The slider over a story: dragging, arrow keys or "play" choose a day; what depends on the day is fetched and swapped.
// Without this script the same form has a date field and a button.
import { swap } from "./swap.js";

const DAY = 86_400_000;
const SETTLED = 500;
// The least time between two requests: a hand that drags sends a few, not one for each pixel.
const BETWEEN = 250;
// The whole story is played in so long, with so many stops at most; idle stretches count as this many days.
const STORY = 24_000;
const STOPS = 60;
const IDLE = 21;

const isoOf = (time) => new Date(time).toISOString().slice(0, 10);

export function dateSlider(form) {
  const range = form.querySelector("input[type=range]");
  const field = form.querySelector("input[type=date]");
  const play = form.querySelector("[data-play]");
  const cursors = form.querySelectorAll("[data-cursor]");
  const said = form.querySelector("[data-said]");
  const first = Date.parse(form.dataset.first);
  const last = Number(range.max);
  const events = form.dataset.events.split(",").filter(Boolean).map(Number);
  const words = new Intl.DateTimeFormat(document.documentElement.lang, { dateStyle: "long", timeZone: "UTC" });
  const still = matchMedia("(prefers-reduced-motion: reduce)");
  let shown = Number(range.value);
  let running = false;
  let playing = 0;
  let settled = 0;
  let asked = -BETWEEN;
  const route = stops();

  const clip = (index) => Math.min(Math.max(index, 0), last);
  const address = (index) => {
    const query = new URLSearchParams(location.search);
    query.delete("page");
    query.set("at", isoOf(first + index * DAY));
    return `${location.pathname}?${query}`;
  };

  function draw(index) {
    const time = first + index * DAY;
    const percent = `${(index / last) * 100}%`;
    range.value = index;
    range.setAttribute("aria-valuetext", words.format(time));
    field.value = isoOf(time);
    for (const cursor of cursors) {
      if (cursor.localName === "line") cursor.setAttribute("x1", percent);
      cursor.setAttribute(cursor.localName === "line" ? "x2" : "x", percent);
    }
  }

  // One request at a time; the newest wish is asked next, those between are skipped.
  async function load() {
    if (running) return;
    running = true;
    try {
      while (shown !== Number(range.value)) {
        const wait = asked + BETWEEN - performance.now();
        if (wait > 0) await new Promise((resume) => setTimeout(resume, wait));
        asked = performance.now();
        const wanted = Number(range.value);
        const changed = await swap(address(wanted));
        shown = wanted;
        history.replaceState(history.state, "", address(shown));
        const answer = changed.find((part) => part.dataset.title);
        if (answer) document.title = answer.dataset.title;
      }
    } catch {
      // The network is gone or the server is busy: the plain form asks again and shows why.
      form.querySelector("[data-manual]").hidden = false;
      shown = Number(range.value);
    } finally {
      running = false;
    }
    clearTimeout(settled);
    settled = setTimeout(() => {
      said.textContent = document.getElementById("answer").textContent;
    }, SETTLED);
  }

  const go = (index) => {
    draw(clip(index));
    return load();
  };

  function stop() {
    clearTimeout(playing);
    playing = 0;
    play.setAttribute("aria-pressed", "false");
  }

  // The days to stop at, from event to event in strides of equal length: a stretch without events is skipped.
  function stops() {
    const lengths = events.map((index, place) => Math.min(index - (events[place - 1] ?? 0), IDLE));
    const stride = lengths.reduce((sum, length) => sum + length, 0) / STOPS;
    const chosen = [];
    let travelled = 0;
    for (const [place, index] of events.entries()) {
      travelled += lengths[place];
      if (travelled < stride && place < events.length - 1) continue;
      travelled = 0;
      chosen.push(index);
    }
    return last > (chosen.at(-1) ?? -1) ? [...chosen, last] : chosen;
  }

  async function next() {
    const due = performance.now() + STORY / STOPS;
    await go(route.find((index) => index > Number(range.value)) ?? last);
    if (!playing) return;
    playing = Number(range.value) < last ? setTimeout(next, Math.max(due - performance.now(), 0)) : stop();
  }

  range.addEventListener("input", () => {
    stop();
    go(Number(range.value));
  });
  range.addEventListener("keydown", (event) => {
    // A page is a month: a tenth of the whole, as browsers have it, is nothing people count in.
    const months = { PageUp: 1, PageDown: -1 }[event.key];
    if (!months) return;
    event.preventDefault();
    const day = new Date(first + Number(range.value) * DAY);
    day.setUTCMonth(day.getUTCMonth() + months);
    stop();
    go(Math.round((day - first) / DAY));
  });
  field.addEventListener("change", () => {
    const time = Date.parse(field.value);
    if (Number.isFinite(time)) go(Math.round((time - first) / DAY));
  });
  form.addEventListener("click", (event) => {
    const step = event.target.closest("[data-step]");
    if (step) {
      stop();
      const at = Number(range.value);
      const ahead = step.dataset.step === "1";
      go((ahead ? events.find((index) => index > at) : events.findLast((index) => index < at)) ?? (ahead ? last : 0));
    }
    if (event.target.closest("[data-play]")) {
      if (playing) return stop();
      if (Number(range.value) >= last) draw(0);
      play.setAttribute("aria-pressed", "true");
      playing = setTimeout(next, 0);
    }
  });

  // Who asked for less motion steps from event to event by hand.
  const arrange = () => {
    if (still.matches && playing) stop();
    play.hidden = still.matches;
  };
  still.addEventListener("change", arrange);
  for (const part of form.querySelectorAll("[data-with-script]")) part.hidden = false;
  form.querySelector("[data-manual]").hidden = true;
  draw(shown);
  arrange();
}
