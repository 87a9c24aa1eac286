// Builds what browsers load from src/simpul/web/assets into src/simpul/web/static/simpul.
//
//   npm ci && node scripts/build-assets.mjs            build
//   node scripts/build-assets.mjs --check              build into memory; status 1 names each file that differs
//
// The same sources and the same package-lock.json give the same bytes: no dates, no hashes, no absolute paths.

import { build } from "esbuild";
import { mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const assets = join(root, "src/simpul/web/assets");
const target = join(root, "src/simpul/web/static/simpul");
const packages = join(root, "node_modules");
const outputs = new Map(); // path below target -> bytes

async function bundles() {
  const pages = (await readdir(join(assets, "js/pages"))).filter((name) => name.endsWith(".js")).sort();
  const result = await build({
    absWorkingDir: root,
    entryPoints: [
      { in: join(assets, "css/simpul.css"), out: "simpul" },
      { in: join(assets, "js/simpul.js"), out: "simpul" },
      { in: join(assets, "js/feed-worker.js"), out: "feed-worker" },
      { in: join(assets, "js/map/engine.js"), out: "map/engine" },
      { in: join(packages, "maplibre-gl/dist/maplibre-gl-worker.mjs"), out: "map/worker" },
      ...pages.map((name) => ({ in: join(assets, "js/pages", name), out: `pages/${name.slice(0, -3)}` })),
    ],
    outdir: target,
    bundle: true,
    minify: true,
    format: "esm",
    charset: "utf8",
    legalComments: "none",
    target: ["chrome109", "firefox115", "safari16.4"],
    loader: { ".woff2": "file" },
    assetNames: "fonts/[name]",
    nodePaths: [packages],
    write: false,
    logLevel: "warning",
  });
  for (const file of result.outputFiles) outputs.set(relative(target, file.path), Buffer.from(file.contents));
}

// One file of symbols; a page shows one by <use href="icons.svg#name">. Names stand in assets/icons.txt.
async function icons() {
  const names = (await readFile(join(assets, "icons.txt"), "utf8")).split("\n").filter((line) => /^[a-z]/.test(line));
  const symbols = [];
  for (const name of names) {
    const svg = await readFile(join(packages, "@tabler/icons/icons/outline", `${name}.svg`), "utf8");
    symbols.push(symbol(name, svg));
  }
  const own = (await readdir(join(assets, "icons"))).filter((name) => name.endsWith(".svg")).sort();
  for (const file of own) symbols.push(symbol(file.slice(0, -4), await readFile(join(assets, "icons", file), "utf8")));
  const notice = "<!-- Tabler Icons, MIT License, Copyright (c) Pawel Kuna; own symbols: Apache-2.0 -->";
  outputs.set(
    "icons.svg",
    Buffer.from(`<svg xmlns="http://www.w3.org/2000/svg">${notice}\n${symbols.join("\n")}\n</svg>\n`),
  );
}

function symbol(name, svg) {
  const box = svg.match(/viewBox="([^"]+)"/)[1];
  const inside = svg
    .replace(/<!--[\s\S]*?-->/g, "")
    .match(/<svg[^>]*>([\s\S]*)<\/svg>/)[1]
    .replace(/\s+/g, " ")
    .replace(/> </g, "><")
    .trim();
  const drawn = svg.match(/\bfill="none"/) ? ' fill="none" stroke="currentColor" stroke-width="1.75" stroke-linecap="round" stroke-linejoin="round"' : "";
  return `<symbol id="${name}" viewBox="${box}"${drawn}>${inside}</symbol>`;
}

async function copies() {
  outputs.set("mark.svg", await readFile(join(assets, "mark.svg")));
  outputs.set("fonts/OFL.txt", await readFile(join(packages, "@fontsource-variable/inter/LICENSE")));
  outputs.set("map/LICENCE.txt", await readFile(join(packages, "maplibre-gl/LICENSE.txt")));
  for (const name of ["basemap.json", "GPL-3.0.txt", "LGPL-3.0.txt"]) {
    outputs.set(`basemap/${name}`, await readFile(join(assets, "basemap", name)));
  }
}

async function present(folder) {
  const found = [];
  for (const entry of await readdir(folder, { withFileTypes: true, recursive: true }).catch(() => [])) {
    if (entry.isFile()) found.push(relative(target, join(entry.parentPath ?? entry.path, entry.name)));
  }
  return found;
}

async function differing() {
  const names = new Set([...outputs.keys(), ...(await present(target))]);
  const wrong = [];
  for (const name of [...names].sort()) {
    const have = await readFile(join(target, name)).catch(() => null);
    const want = outputs.get(name);
    if (!have || !want || !have.equals(want)) wrong.push(name);
  }
  return wrong;
}

await bundles();
await icons();
await copies();
const wrong = await differing();
if (process.argv.includes("--check")) {
  if (wrong.length) {
    console.error(`assets: not what their sources give: ${wrong.join(", ")}; run scripts/assets and commit them`);
    process.exit(1);
  }
} else {
  await rm(target, { recursive: true, force: true });
  for (const [name, bytes] of outputs) {
    await mkdir(dirname(join(target, name)), { recursive: true });
    await writeFile(join(target, name), bytes);
  }
  console.error(`assets: ${outputs.size} files, ${wrong.length} changed`);
}
