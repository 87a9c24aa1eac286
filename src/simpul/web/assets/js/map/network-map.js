// One map: draws the elements once, then only colours what changes.
import { colours } from "../colours.js";
import { halves } from "./lines.js";
import { LOOKS, mark } from "./marks.js";
import { COLOURS, layers, style } from "./style.js";

// Uses that differ by less look alike.
const LEAST = 0.004;
// How a half looks of which nothing is known: as it is drawn without being told.
const NOTHING = { use: -1, state: "unknown" };
// So much of the map's width at each side.
const EDGE = 0.15;
// Names of more sites would lie on each other wherever one looks.
const MANY = 600;
const RANKS = { pop: 0, district_office: 1, opd: 2, public_space: 3, village: 4 };

export class NetworkMap {
  // `parts`: {elements, basemap}; `options`: {box, title, dense, name, padding, nearZoom, locale}; `values`: {links,
  // sites, cut} as they are known when the map is made. It is drawn with them, not first without and then again. `latest(map)` is
  // called once the map takes changes, to tell it what has come in the meantime.
  constructor(engine, container, parts, options, values, latest) {
    const { elements, basemap } = parts;
    this.elements = elements;
    this.options = options;
    this.byCode = new Map(elements.sites.map((site) => [site.code, site]));
    this.links = new Map(elements.links.map((link, index) => [link.code, index]));
    this.shown = new Map(); // id of a half -> {use, state}
    this.looks = new Map(); // code of a site -> look
    this.halves = halves(elements.links, this.byCode);
    this.cuts = ""; // ids of the halves that are drawn as cut
    this.many = elements.sites.length > MANY;
    this.map = new engine.Map({
      container,
      style: style(colours(...COLOURS), {
        basemap,
        links: this.halves,
        sites: this.#points(values.sites),
        dense: options.dense,
        name: options.name,
        nearZoom: options.nearZoom,
        many: this.many,
      }),
      bounds: options.box,
      fitBoundsOptions: { padding: options.padding },
      attributionControl: false,
      cooperativeGestures: true,
      dragRotate: false,
      pitchWithRotate: false,
      touchPitch: false,
      rollEnabled: false,
      fadeDuration: 0,
      maxZoom: 16,
      minZoom: 4,
      renderWorldCopies: false,
      locale: { "Map.Title": options.title, ...options.locale },
    });
    this.map.touchZoomRotate.disableRotation();
    this.map.keyboard.disableRotation();
    // Signs are drawn when the first site needs them.
    this.map.setMissingStyleImageResolver((id) => this.#addImage(id));
    // States may be told before the first tile stands; data that is changed before it was read would be lost.
    this.read = false;
    this.styled = new Promise((resolve) => this.map.once("style.load", resolve));
    this.styled.then(() => this.showLinks(values.links, values.cut));
    const read = new Set();
    const reading = ({ sourceId, sourceDataType }) => {
      if (this.read || sourceDataType !== "metadata") return;
      this.read = read.add(sourceId).has("sites") && read.has("cuts");
      if (this.read) latest(this);
    };
    this.map.on("sourcedata", reading);
    this.ready = new Promise((resolve) => this.map.once("idle", resolve));
  }

  #addImage(id) {
    if (!LOOKS.includes(id) || this.map.hasImage(id)) return;
    const { image, pixelRatio } = mark(id, colours(...COLOURS));
    this.map.addImage(id, image, { pixelRatio });
  }

  #points(values) {
    const [west, south, east, north] = this.options.dense ?? [1, 1, 0, 0];
    const features = [];
    this.elements.sites.forEach((site, index) => {
      if (site.x === null) return;
      const look = this.#look(site, values[site.code]?.network ?? "unknown");
      this.looks.set(site.code, look);
      const dense = site.x >= west && site.x <= east && site.y >= south && site.y <= north;
      const properties = { site: index, name: site.name, look, dense, rank: RANKS[site.kind] ?? 5, edge: this.#edge(site) };
      features.push({ type: "Feature", id: index, properties, geometry: { type: "Point", coordinates: [site.x, site.y] } });
    });
    return { type: "FeatureCollection", features };
  }

  // On which side of the map a name must not stick out; "" in its middle.
  #edge({ x }) {
    const [west, , east] = this.options.box;
    const part = (x - west) / (east - west);
    if (part < EDGE) return "west";
    return part > 1 - EDGE ? "east" : "";
  }

  #look(site, state) {
    if (!site.lit) return "planned";
    return site.kind === "pop" ? `pop-${state}` : state;
  }

  // values: rows of the topic `links` by code; cut: codes of links that an alarm names.
  showLinks(values, cut) {
    if (!this.map.getSource("links")) return;
    for (const [code, index] of this.links) {
      const link = this.elements.links[index];
      if (link.planned) continue;
      const value = values[code] ?? {};
      const state = cut.has(code) ? "down" : (value.state ?? "unknown");
      this.#half(2 * index, value.ab, link.bps, state);
      this.#half(2 * index + 1, value.ba, link.bps, state);
    }
    this.#drawCuts();
  }

  #drawCuts() {
    const features = this.halves.features.filter(({ id }) => this.shown.get(id)?.state === "down");
    const cuts = features.map(({ id }) => id).join();
    if (!this.read || cuts === this.cuts) return;
    this.cuts = cuts;
    this.map.getSource("cuts").setData({ type: "FeatureCollection", features });
  }

  #half(id, bps, capacity, state) {
    const use = bps === undefined || bps === null || !capacity ? -1 : Math.min(bps / capacity, 1);
    const before = this.shown.get(id) ?? NOTHING;
    if (before.state === state && Math.abs(before.use - use) < LEAST) return;
    this.shown.set(id, { use, state });
    this.map.setFeatureState({ source: "links", id }, { use, state });
  }

  // values: rows of the topic `sites` by code.
  showSites(values) {
    if (!this.read) return;
    const update = [];
    this.elements.sites.forEach((site, id) => {
      if (!this.looks.has(site.code)) return;
      const look = this.#look(site, values[site.code]?.network ?? "unknown");
      if (this.looks.get(site.code) === look) return;
      this.looks.set(site.code, look);
      update.push({ id, addOrUpdateProperties: [{ key: "look", value: look }] });
    });
    if (update.length) this.map.getSource("sites").updateData({ update });
  }

  // Whoever changes the theme sooner than the style stands gets it painted once it does.
  async restyle() {
    await this.styled;
    const palette = colours(...COLOURS);
    for (const look of LOOKS) {
      if (!this.map.hasImage(look)) continue;
      this.map.updateImage(look, mark(look, palette).image);
    }
    for (const layer of layers(palette, this.options.nearZoom, this.many)) {
      for (const [name, value] of Object.entries(layer.paint ?? {})) this.map.setPaintProperty(layer.id, name, value);
    }
  }

  // What lies under a point of the screen: {site} or {link}, or null; null as well before anything is drawn.
  under({ x, y }) {
    const within = (reach, names) => {
      // The engine complains of a layer that it does not have yet.
      const layers = names.filter((name) => this.map.getLayer(name));
      return this.map.queryRenderedFeatures([[x - reach, y - reach], [x + reach, y + reach]], { layers });
    };
    const [site] = within(6, this.many ? ["sites", "dots"] : ["sites"]);
    if (site) return { site: this.elements.sites[site.properties.site] };
    const [link] = within(5, ["live", "planned"]);
    return link ? { link: this.elements.links[link.properties.link] } : null;
  }
}
