import { dropFile } from "../drop-file.js";
import { follow } from "../follow.js";

for (const area of document.querySelectorAll("[data-drop]")) dropFile(area);
for (const part of document.querySelectorAll("[data-follow]")) follow(part);
