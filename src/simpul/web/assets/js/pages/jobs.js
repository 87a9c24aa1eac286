import { follow } from "../follow.js";

for (const part of document.querySelectorAll("[data-follow]")) follow(part);
