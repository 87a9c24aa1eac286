// Numbers as the page's reader writes them; the same rules as web/figures.py.
const language = document.documentElement.lang;
const formats = new Map();

export function number(value, decimals = 0) {
  if (!formats.has(decimals)) {
    const digits = { minimumFractionDigits: decimals, maximumFractionDigits: decimals };
    formats.set(decimals, new Intl.NumberFormat(language, digits));
  }
  return formats.get(decimals).format(value);
}

const UNITS = [
  ["Gbps", 1e9],
  ["Mbps", 1e6],
  ["kbps", 1e3],
];

// `182 Mbps`, `1,62 Gbps`: three digits; a dash for an unknown rate.
export function rate(bps) {
  if (bps === null || bps === undefined) return "–";
  for (const [unit, size] of UNITS) {
    const value = bps / size;
    if (value >= 0.9995) return `${number(value, 2 - (value >= 10) - (value >= 100))} ${unit}`;
  }
  return `${number(Math.round(bps))} bps`;
}

// `24 Nov, 09.12` of seconds since 1970, in the zone of the network.
export function moment(seconds, zone) {
  const form = { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: zone };
  return new Intl.DateTimeFormat(language, form).format(1000 * seconds);
}

export const percent = (share) => `${number(100 * share)} %`;
