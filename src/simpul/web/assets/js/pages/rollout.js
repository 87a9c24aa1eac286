import { dateSlider } from "../date-slider.js";

for (const form of document.querySelectorAll("[data-date-slider]")) dateSlider(form);
