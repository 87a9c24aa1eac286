import { subscribe } from "../feed.js";
import { showBoard, showUplinks, showUse } from "../share/bars.js";
import { watchTrial } from "../share/trial.js";

watchTrial();
const boxes = [...document.querySelectorAll("[data-use]")];
if (boxes.length) subscribe("sites", ({ sites }) => boxes.forEach((box) => showUse(box, sites)));

const boards = [...document.querySelectorAll(".board")];
if (boards.length) {
  // A search leaves sites out of the page, not out of the sums, which the server's page has right: so they stay.
  const whole = !new URLSearchParams(location.search).get("q");
  subscribe("sites", ({ sites }) => whole && boards.forEach((board) => showBoard(board, sites)));
  subscribe("uplinks", ({ uplinks }) => boards.forEach((board) => showUplinks(board, uplinks)));
}

// An editor in a closed fold opens when the address asks for it.
if (location.hash === "#share-edit") document.querySelector(".share-edit")?.setAttribute("open", "");
