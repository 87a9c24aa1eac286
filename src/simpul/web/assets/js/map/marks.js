// Signs of the sites, drawn once for each theme: shape and colour say the same, so neither is needed alone.
//
// disc: up · diamond: down · ring: unknown · small dotted ring: not joined yet; a square is a point of presence.

const SIZE = 18;
const SCALE = 2;

export const LOOKS = ["up", "down", "unknown", "planned", "pop-up", "pop-down", "pop-unknown"];

export function mark(look, colours) {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = SIZE * SCALE;
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  pen.scale(SCALE, SCALE);
  pen.translate(SIZE / 2, SIZE / 2);
  const [kind, state] = look.startsWith("pop-") ? ["pop", look.slice(4)] : ["site", look];
  const colour = { up: kind === "pop" ? colours.accent : colours.ok, down: colours.bad }[state] ?? colours.idle;
  outline(pen, kind, state);
  // A rim in the colour of the ground keeps the sign apart from lines and from other signs.
  pen.lineWidth = 3;
  pen.strokeStyle = colours["map-land"];
  pen.stroke();
  const filled = state === "up" || state === "down";
  pen.fillStyle = filled ? colour : colours["map-land"];
  pen.fill();
  if (!filled) {
    pen.lineWidth = 1.75;
    pen.strokeStyle = colour;
    pen.setLineDash(state === "planned" ? [1.5, 1.5] : []);
    pen.stroke();
  }
  return { image: pen.getImageData(0, 0, canvas.width, canvas.height), pixelRatio: SCALE };
}

function outline(pen, kind, state) {
  pen.beginPath();
  if (state === "down") {
    const r = 6.5;
    pen.moveTo(0, -r);
    for (const [x, y] of [[r, 0], [0, r], [-r, 0]]) pen.lineTo(x, y);
    pen.closePath();
  } else if (kind === "pop") {
    pen.roundRect(-5, -5, 10, 10, 2.5);
  } else {
    pen.arc(0, 0, state === "planned" ? 3.5 : 4.5, 0, 2 * Math.PI);
  }
}
