// The note beside the pointer: what lies under it, with the values of this moment. A click keeps it, Escape closes it.
import { sitePage } from "../addresses.js";
import { percent, rate } from "../figures.js";
import { words } from "../words.js";

export class Note {
  // `values()`: the newest {links, sites} by code; `names`: code of a site -> its name.
  constructor(part, names, values) {
    this.part = part;
    this.names = names;
    this.values = values;
    this.about = null;
    this.kept = false;
    addEventListener("keydown", ({ key }) => key === "Escape" && this.close());
  }

  watch(drawn, frame) {
    const { map } = drawn;
    const look = (event, keep) => {
      if (this.kept && !keep) return;
      const about = drawn.under(event.point);
      map.getCanvas().classList.toggle("pointing", Boolean(about));
      if (!about) return this.close();
      this.kept = keep;
      this.#show(about, event.originalEvent, frame);
    };
    map.on("mousemove", (event) => look(event, false));
    map.on("click", (event) => look(event, true));
    map.on("mouseout", () => this.kept || this.close());
  }

  close() {
    this.about = null;
    this.kept = false;
    this.part.hidden = true;
  }

  refresh() {
    if (this.about) this.#fill();
  }

  #show(about, { clientX, clientY }, frame) {
    this.about = about;
    this.#fill();
    this.part.hidden = false;
    const box = frame.getBoundingClientRect();
    const place = (at, length, room) => Math.max(4, Math.min(at + 14, room - length - 4));
    this.part.style.left = `${place(clientX - box.left, this.part.offsetWidth, box.width)}px`;
    const below = clientY - box.top + 14 + this.part.offsetHeight < box.height;
    const top = below ? clientY - box.top : clientY - box.top - this.part.offsetHeight - 28;
    this.part.style.top = `${place(top, this.part.offsetHeight, box.height)}px`;
  }

  #fill() {
    const { site, link } = this.about;
    this.part.replaceChildren(...(site ? this.#site(site) : this.#link(link)));
  }

  #site(site) {
    const value = this.values().sites[site.code] ?? {};
    const head = element("strong", "");
    const way = element("a", site.name);
    way.href = sitePage(site.code);
    head.append(way);
    if (!site.lit) return [head, element("span", words.notJoined)];
    const lines = [`${words.network}: ${words[value.network] ?? words.unknown}`];
    if (site.kind !== "pop") lines.push(`${words.internet}: ${site.on ? (words[value.internet] ?? words.unknown) : "–"}`);
    if (value.down !== undefined) {
      lines.push(`${words.download} ${rate(value.down)}, ${words.upload} ${rate(value.up)}`);
    }
    if (site.guarantee) lines.push(`${words.guarantee} ${rate(site.guarantee)}`);
    return [head, ...lines.map((line) => element("span", line))];
  }

  #link(link) {
    const value = this.values().links[link.code] ?? {};
    const [a, b] = [this.names.get(link.a), this.names.get(link.b)];
    const head = element("strong", `${a} – ${b}`);
    const kind = [link.code, link.leased ? words.leased : "", link.bps ? rate(link.bps) : ""].filter(Boolean).join(" · ");
    const lines = [kind];
    if (link.planned) lines.push(words.planned);
    else {
      lines.push(value.state === "down" ? words.cut : (words[value.state] ?? words.unknown));
      lines.push(`→ ${b}: ${direction(value.ab, link.bps)}`, `→ ${a}: ${direction(value.ba, link.bps)}`);
    }
    return [head, ...lines.map((line) => element("span", line))];
  }
}

function direction(bps, capacity) {
  if (bps === undefined || bps === null) return "–";
  return capacity ? `${rate(bps)} (${percent(bps / capacity)})` : rate(bps);
}

function element(name, text) {
  const part = document.createElement(name);
  part.textContent = text;
  return part;
}
