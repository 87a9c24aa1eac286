// The card with the map and, where the network is dense, a second map of that part. Begins after the page's words and
// fonts are there: drawing names needs them, and the figures must not wait for the engine.
import { onTheme } from "../colours.js";
import { fill, words } from "../words.js";
import { NetworkMap } from "./network-map.js";
import { Note } from "./note.js";
import { roomFor } from "./room.js";

const PADDING = { top: 64, right: 56, bottom: 52, left: 56 };
// At the sides there is half a name's room: what hangs over the edge could not be read.
const INSET_PADDING = { top: 40, right: 56, bottom: 32, left: 56 };
// Milliseconds.
const PATIENCE = 2500;
// Powers of two between the whole and the zoom at which the dense part's names come.
const NEARER = 2.2;

export class MapCard {
  #maps = [];
  #note = null;
  #values = { links: {}, sites: {} };
  #cut = new Set();
  #told = "";

  constructor(card, elements) {
    this.card = card;
    this.elements = elements; // a promise
  }

  async start() {
    const { basemap, engine, worker } = this.card.dataset;
    try {
      const [elements, ground, gl] = await Promise.all([
        this.elements,
        fetch(basemap).then((answer) => answer.json()),
        import(engine),
        document.fonts.load("400 48px Inter"),
      ]);
      gl.setWorkerUrl(new URL(worker, location.href).href);
      await this.#draw(gl, { elements, basemap: ground });
    } catch (error) {
      this.#say(words.failed);
      throw error;
    }
  }

  showLinks(links) {
    this.#values.links = links;
    this.#tell(links);
    for (const drawn of this.#maps) drawn.showLinks(links, this.#cut);
    this.#note?.refresh();
  }

  showSites(sites) {
    this.#values.sites = sites;
    for (const drawn of this.#maps) drawn.showSites(sites);
    this.#note?.refresh();
  }

  // Who does not see the map hears of a link that is cut, once.
  async #tell(links) {
    const { sites, links: known } = await this.elements;
    const cut = known.filter(({ code, planned }) => !planned && (links[code]?.state === "down" || this.#cut.has(code)));
    const codes = cut.map(({ code }) => code).join(" ");
    if (codes === this.#told) return;
    this.#told = codes;
    const name = (code) => sites.find((site) => site.code === code)?.name ?? code;
    const news = cut.map(({ a, b }) => `${name(a)} – ${name(b)}`).join(", ");
    this.card.querySelector("[data-news]").textContent = news && `${words.cut}: ${news}`;
  }

  // Links that an alarm names as its cause are cut, even before a poll has seen both their ends down.
  showAlarms(open) {
    const certain = open.filter(({ kind, refs }) => ["span_cut", "circuit_down", "redundancy_lost"].includes(kind) && refs.length === 1);
    this.#cut = new Set(certain.flatMap(({ refs }) => refs));
    this.showLinks(this.#values.links);
  }

  async #draw(gl, parts) {
    const { box, dense, sites } = parts.elements;
    if (!box) return this.#end();
    const names = new Map(sites.map(({ code, name }) => [code, name]));
    const note = new Note(this.card.querySelector("[data-note]"), names, () => this.#values);
    this.#note = note;
    const frame = this.card.querySelector("[data-inset]");
    // Where the second map lies on the first one, the first makes room for it.
    frame.hidden = !dense;
    const floats = dense && getComputedStyle(frame).position === "absolute";
    const room = floats ? roomFor(frame, this.card, sites.filter(({ x }) => x !== null), PADDING) : { padding: PADDING };
    if (room.corner) frame.dataset.corner = room.corner;
    const name = placeIn(parts.basemap, dense) ?? words.dense;
    const main = this.#add(gl, this.card.querySelector(".map-main"), parts, {
      box, dense, name, title: words.map, padding: room.padding, nearZoom: zoomOf(box, this.card) + NEARER,
    });
    note.watch(main, this.card);
    this.#buttons(main);
    onTheme(() => this.#maps.forEach((drawn) => drawn.restyle()));
    main.ready.then(() => (this.card.dataset.drawn = ""));
    // A slow computer may never come to rest between two values; the second map must not wait for that.
    await Promise.race([main.ready, new Promise((resolve) => setTimeout(resolve, PATIENCE))]);
    if (dense) await this.#inset(gl, parts, frame, name, note);
    this.#end();
  }

  #end() {
    this.card.dataset.ready = "";
  }

  async #inset(gl, parts, frame, name, note) {
    frame.querySelector("[data-name]").textContent = name;
    const inset = this.#add(gl, frame.querySelector("[data-map]"), parts, {
      box: parts.elements.dense, dense: null, title: fill(words.inset, { name }), padding: INSET_PADDING, nearZoom: 22,
    });
    note.watch(inset, this.card);
    await inset.ready;
  }

  #add(gl, container, parts, options) {
    const locale = {
      "CooperativeGesturesHandler.WindowsHelpText": words.wheel,
      "CooperativeGesturesHandler.MacHelpText": words.wheelMac,
      "CooperativeGesturesHandler.MobileHelpText": words.fingers,
    };
    const drawn = new NetworkMap(gl, container, parts, { ...options, locale }, { ...this.#values, cut: this.#cut }, (map) => {
      map.showLinks(this.#values.links, this.#cut);
      map.showSites(this.#values.sites);
    });
    this.#maps.push(drawn);
    return drawn;
  }

  #buttons(main) {
    const animate = !matchMedia("(prefers-reduced-motion: reduce)").matches;
    for (const button of this.card.querySelectorAll("[data-zoom]")) {
      const step = Number(button.dataset.zoom);
      button.addEventListener("click", () => {
        if (step) main.map.zoomTo(main.map.getZoom() + step, { animate });
        else main.map.fitBounds(main.options.box, { padding: main.options.padding, animate });
      });
    }
  }

  #say(text) {
    const said = this.card.querySelector("[data-said]");
    said.textContent = text;
    said.classList.add("shown");
  }
}

function placeIn(basemap, box) {
  const here = ({ properties, geometry }) => properties.k === "place" && box && within(geometry.coordinates, box);
  return basemap.features.find(here)?.properties.n;
}

const within = ([x, y], [west, south, east, north]) => x >= west && x <= east && y >= south && y <= north;

// About the zoom at which a box fills the card (512 pixels hold the world at zoom 0).
function zoomOf([west, south, east, north], card) {
  const across = (card.clientWidth - 112) / (512 * Math.max((east - west) / 360, 1e-6));
  const along = (card.clientHeight - 104) / (512 * Math.max((north - south) / 360, 1e-6));
  return Math.log2(Math.max(Math.min(across, along), 1));
}
