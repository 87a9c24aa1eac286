// How the map looks. All colours are the design's; a change of theme sets the paint anew and keeps everything else.

export const COLOURS = [
  "map-land", "map-sea", "map-water", "map-river-name", "text", "muted", "accent", "ok", "bad", "idle", "edge",
  "use-calm", "use-some", "use-busy", "use-full", "use-none",
];

const FONT = ["Inter"];
const DOWN = ["==", ["feature-state", "state"], "down"];
const USE = ["coalesce", ["feature-state", "use"], -1];
const DOT = ["in", ["get", "look"], ["literal", ["up", "unknown"]]];
// Thin from afar, as wide as meant from near by.
const WIDTH = ["interpolate", ["linear"], ["zoom"], 7, ["*", 0.8, ["get", "width"]], 13, ["*", 1.4, ["get", "width"]]];
const LIVE = ["!", ["get", "planned"]];

export function style(colours, { basemap, links, sites, dense, name, nearZoom, many }) {
  const geojson = (data, more = {}) => ({ type: "geojson", data, ...more });
  return {
    version: 8,
    sources: {
      basemap: geojson(basemap, { tolerance: 0.3 }),
      links: geojson(links, { tolerance: 0.2 }),
      cuts: geojson({ type: "FeatureCollection", features: [] }),
      sites: geojson(sites),
      dense: geojson(frame(dense, name)),
    },
    layers: layers(colours, nearZoom, many),
  };
}

// `many`: so many sites that names come only when one is near.
export function layers(c, nearZoom, many) {
  return [...ground(c), ...network(c, many), ...names(c, nearZoom, many)];
}

function ground(c) {
  const kind = (name) => ["==", ["get", "k"], name];
  return [
    { id: "ground", type: "background", paint: { "background-color": c["map-land"] } },
    fill("sea", kind("box"), c["map-sea"]),
    fill("land", kind("land"), c["map-land"]),
    fill("lake", kind("lake"), c["map-water"]),
    {
      id: "river",
      type: "line",
      source: "basemap",
      filter: kind("river"),
      layout: { "line-join": "round", "line-cap": "round" },
      paint: {
        "line-color": c["map-water"],
        "line-width": ["interpolate", ["linear"], ["zoom"], 6, 0.75, 9, 2, 13, 9],
      },
    },
    {
      id: "dense",
      type: "line",
      source: "dense",
      paint: { "line-color": c.accent, "line-width": 1, "line-opacity": 0.6 },
    },
  ];
}

const fill = (id, filter, colour) => ({
  id, type: "fill", source: "basemap", filter, paint: { "fill-color": colour, "fill-antialias": false },
});

function network(c, many) {
  const line = (id, filter, paint, layout = {}) => ({
    id, type: "line", source: "links", filter, layout: { "line-join": many ? "bevel" : "round", ...layout }, paint,
  });
  const ramp = ["interpolate", ["linear"], USE, 0, c["use-calm"], 0.3, c["use-some"], 0.6, c["use-busy"], 0.85, c["use-full"]];
  return [
    line("planned", ["get", "planned"], {
      "line-color": c.idle, "line-width": 1.25, "line-dasharray": [2.5, 2.5],
    }),
    line("live", LIVE, {
      "line-color": ["case", ["<", USE, 0], c["use-none"], ramp],
      "line-width": WIDTH,
      "line-opacity": ["case", DOWN, 0, 1],
    }, many ? {} : { "line-cap": "round" }),
    // What is cut is drawn from a source of its own: a few lines, instead of all of them with most unseen.
    { ...line("cut-glow", true, { "line-color": c.bad, "line-width": 12, "line-blur": 8, "line-opacity": 0.35 }), source: "cuts" },
    { ...line("cut", true, { "line-color": c.bad, "line-width": 2.5, "line-dasharray": [1.6, 1.4] }), source: "cuts" },
    ...(many ? [dots(c)] : []),
    {
      id: "sites",
      type: "symbol",
      source: "sites",
      filter: many ? ["!", DOT] : true,
      layout: {
        "icon-image": ["get", "look"],
        "icon-size": ["interpolate", ["linear"], ["zoom"], 7, ["case", ["get", "dense"], 0.6, 0.9], 12, 1],
        "icon-allow-overlap": true,
        "icon-ignore-placement": true,
        "symbol-sort-key": ["get", "rank"],
      },
    },
  ];
}

// Thousands of discs and rings, drawn as such: signs cost four times as much, and only the rarer shapes need them.
function dots(c) {
  const up = ["==", ["get", "look"], "up"];
  return {
    id: "dots",
    type: "circle",
    source: "sites",
    filter: DOT,
    paint: {
      "circle-radius": ["interpolate", ["linear"], ["zoom"], 7, 3, 12, 4.5],
      "circle-color": ["case", up, c.ok, c["map-land"]],
      "circle-stroke-color": ["case", up, c["map-land"], c.idle],
      "circle-stroke-width": 1.25,
    },
  };
}

function names(c, nearZoom, many) {
  const text = (id, filter, layout, paint = {}, more = {}) => ({
    id,
    type: "symbol",
    source: "sites",
    filter,
    layout: { "text-font": FONT, "text-size": 12.5, "text-max-width": 11, ...layout },
    paint: { "text-color": c.text, "text-halo-color": c["map-land"], "text-halo-width": 1.5, ...paint },
    ...more,
  });
  const beside = {
    "text-field": ["get", "name"],
    // Each place that is tried costs time for every name.
    "text-variable-anchor-offset": many ? places("top", "bottom") : [
      "match", ["get", "edge"],
      "west", places("top", "bottom", "left", "top-left"),
      "east", places("top", "bottom", "right", "top-right"),
      places("top", "bottom", "left", "right", "top-left", "top-right"),
    ],
    "text-justify": "auto",
    "text-padding": 3,
    "symbol-sort-key": ["get", "rank"],
  };
  const dense = ["boolean", ["get", "dense"]];
  return [
    text("river-name", ["==", ["get", "k"], "river"], {
      "symbol-placement": "line", "text-field": ["coalesce", ["get", "n"], ""], "symbol-spacing": 300, "text-size": 11.5,
      "text-letter-spacing": 0.06, "text-max-angle": 40,
    }, { "text-color": c["map-river-name"] }, { source: "basemap" }),
    // In the dense part names would lie on each other: they have a window of their own, or come when one is near.
    text("names-near", dense, { ...beside, "text-size": 11.5 }, {}, { minzoom: nearZoom }),
    text("names", ["!", dense], beside, {}, many ? { minzoom: nearZoom } : {}),
    text("dense-name", ["has", "name"], {
      "text-field": ["get", "name"], "text-size": 13, "text-offset": [0, -0.4], "text-anchor": "bottom",
      "text-allow-overlap": true,
    }, {}, { source: "dense" }),
  ];
}

// Where a name may stand, by the side of it that is at its sign; in ems.
function places(...sides) {
  const away = { top: [0, 0.75], bottom: [0, -0.75], left: [0.75, 0], right: [-0.75, 0], "top-left": [0.53, 0.53], "top-right": [-0.53, 0.53] };
  return ["literal", sides.flatMap((side) => [side, away[side]])];
}

// The dense part's outline, with its name on top.
function frame(box, name) {
  if (!box) return { type: "FeatureCollection", features: [] };
  const [west, south, east, north] = box;
  const ring = [[west, south], [east, south], [east, north], [west, north], [west, south]];
  const feature = (properties, type, coordinates) => ({ type: "Feature", properties, geometry: { type, coordinates } });
  const outline = feature({}, "LineString", ring);
  return { type: "FeatureCollection", features: [outline, feature({ name }, "Point", [(west + east) / 2, north])] };
}
