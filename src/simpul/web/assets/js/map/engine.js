// The map's engine as a file of its own: only pages with a map load it, and after their words stand.
export { Map, ScaleControl, setWorkerUrl } from "maplibre-gl";
