/** An image dropped or pasted on the map, read in the browser and handed on as text. */

import { isTyping } from "../shared/dom.js";

const DROPPING = "ec-dropping";
const MEGABYTE = 2 ** 20;

/**
 * @param {HTMLElement} stage what it is dropped on; it is pasted anywhere but into a field
 * @param {(image: {name: string, content: string}) => void} take told its name and its bytes in base64
 * @param {(sentence: string) => void} refuse told why not
 * @param {AbortSignal} signal ends the listening
 */
export function takeImages(stage, { take, refuse, most }, signal) {
  const read = (file) => {
    if (file.size > most() * MEGABYTE) refuse(`The image is larger than ${most()} MB, which is the most that is taken.`);
    else readAsText(file).then((content) => take({ name: file.name || "pasted image", content }), () => refuse("The image could not be read."));
  };
  const mark = (event) => {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault(); // or the browser would leave the page for the image
    stage.classList.toggle(DROPPING, event.type === "dragover");
    if (event.type === "drop" && event.dataTransfer.files.length) read(event.dataTransfer.files[0]);
  };
  for (const name of ["dragover", "dragleave", "drop"]) stage.addEventListener(name, mark, { signal });
  document.addEventListener("paste", (event) => {
    const file = [...(event.clipboardData?.files ?? [])].find(({ type }) => type.startsWith("image/"));
    if (file && stage.offsetParent && !isTyping(event)) read(file);
  }, { signal });
}

/** @param {File} file @returns {Promise<string>} base64 */
function readAsText(file) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(String(reader.result).split(",")[1] ?? "");
    reader.onerror = reject;
    reader.readAsDataURL(file);
  });
}
