// What every page runs. Pages read, sign in and filter without it; this makes them quicker and livelier.
import "htmx.org/dist/htmx.esm.js";
import "./theme.js";
import "./clock.js";
import "./menus.js";
import "./filters.js";
import "./tables.js";
import "./feed.js";
