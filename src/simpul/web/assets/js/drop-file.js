// A file may be dropped anywhere on the marked area; the ordinary file field takes it.
export function dropFile(area) {
  const field = area.querySelector("input[type=file]");
  const name = area.querySelector("[data-file-name]");
  const holdsFiles = (event) => [...(event.dataTransfer?.types ?? [])].includes("Files");
  const tell = () => {
    const file = field.files[0];
    name.textContent = file ? `${file.name} · ${new Intl.NumberFormat(document.documentElement.lang).format(Math.ceil(file.size / 1024))} KB` : "";
  };
  for (const kind of ["dragenter", "dragover"]) {
    area.addEventListener(kind, (event) => {
      if (!holdsFiles(event)) return;
      event.preventDefault();
      area.dataset.over = "";
    });
  }
  for (const kind of ["dragleave", "drop"]) area.addEventListener(kind, () => delete area.dataset.over);
  area.addEventListener("drop", (event) => {
    if (!holdsFiles(event)) return;
    event.preventDefault();
    field.files = event.dataTransfer.files;
    tell();
  });
  field.addEventListener("change", tell);
}
