/** A snapshot's page: the map on a canvas, its legend, names, hover card and gallery. All text is set as text. */

"use strict";

const data = window.edgecase ?? JSON.parse(document.getElementById("data").textContent);
const SHOWN = 120; // pictures in the gallery at once
const STAMPED = 20000; // from so many points on they are set as pixels, which is far faster than drawing each
const REACH = 9; // pixels around the cursor in which a point is found
const MISSING = 65535;
const NO_COLOUR = "#9aa0a6";
const LEVELS = 32;

function bytes(text) {
  const raw = atob(text);
  const out = new Uint8Array(raw.length);
  for (let i = 0; i < raw.length; i++) out[i] = raw.charCodeAt(i);
  return out.buffer;
}

/** @param {string} tag @param {Record<string, any>} props text is never read as HTML */
function element(tag, props = {}, ...children) {
  const { dataset, style, aria, ...rest } = props;
  const node = Object.assign(document.createElement(tag), rest);
  Object.assign(node.dataset, dataset ?? {});
  Object.assign(node.style, style ?? {});
  for (const [name, value] of Object.entries(aria ?? {})) node.setAttribute(`aria-${name}`, value);
  node.append(...children);
  return node;
}

const n = data.ids.length;
const grid = new Uint16Array(bytes(data.xy));
const x = Float64Array.from({ length: n }, (_, i) => data.low[0] + grid[2 * i] * data.step);
const y = Float64Array.from({ length: n }, (_, i) => data.low[1] + grid[2 * i + 1] * data.step);
const columns = data.columns.map((column) => column.kind === "names" ? { ...column, codes: new Uint16Array(bytes(column.codes)) } : { ...column, values: new Float32Array(bytes(column.values)) });
const withRows = (part) => ({ ...part, rows: new Uint32Array(bytes(part.rows)) });
const subsets = data.subsets.map(withRows);
const regions = data.regions.map(withRows);
const pictureOf = new Map();
data.pictures.forEach(([row], place) => pictureOf.has(row) || pictureOf.set(row, place));
const subsetsOf = new Map();
for (const subset of subsets) for (const row of subset.rows) subsetsOf.set(row, [...(subsetsOf.get(row) ?? []), subset.name]);

const state = { column: columns[0] ?? null, hidden: new Set(), part: null, mask: null, names: true, view: null, fitted: true, labels: [] };

// ---- the page ------------------------------------------------------------------------------------------------

const canvas = element("canvas", { tabIndex: 0, aria: { label: "Map of the images: drag to move it, wheel or + and - to zoom, 0 for all" } });
canvas.setAttribute("role", "img");
const status = element("div", { className: "status" });
status.setAttribute("role", "status");
const card = element("div", { className: "card", hidden: true });
const colourBox = element("select", { aria: { label: "Colour by" }, onchange: () => colourBy(columns[colourBox.selectedIndex]) }, ...columns.map((column) => element("option", { textContent: column.title })));
const legend = element("div", { className: "list" });
const parts = element("div", { className: "list parts" });
const namesSwitch = element("input", { type: "checkbox", checked: true, onchange: () => { state.names = namesSwitch.checked; draw(); } });
const galleryTitle = element("h2");
const gallery = element("div", { className: "gallery" });
const dialog = element("dialog");
const tool = (label, title, onclick) => element("button", { textContent: label, title, onclick, aria: { label: title } });

document.body.append(
  element("header", {}, element("h1", { textContent: data.title }), element("p", { textContent: data.about }), ...data.said.map((text) => element("p", { className: "said", textContent: text }))),
  element("aside", {},
    element("h2", { textContent: "Colour by" }), colourBox, element("h2"), legend,
    ...(regions.length ? [element("label", { className: "switch" }, namesSwitch, "Names of regions")] : []),
    ...(subsets.length ? [element("h2", { textContent: "Edge-case subsets" }), parts] : [])),
  element("div", { className: "map" }, canvas, status, element("div", { className: "tools" }, tool("+", "Zoom in", () => zoomBy(1.5)), tool("−", "Zoom out", () => zoomBy(1 / 1.5)), tool("⤢", "Show all points", fit))),
  element("section", {}, galleryTitle, gallery),
  card, dialog,
);

// ---- colours -------------------------------------------------------------------------------------------------

function between(stops, share) {
  const next = Math.max(1, stops.findIndex(([stop]) => stop >= share));
  const [[from, a], [to, b]] = [stops[next - 1], stops[next]];
  const t = (share - from) / (to - from);
  const channel = (at) => Math.round(parseInt(a.slice(at, at + 2), 16) * (1 - t) + parseInt(b.slice(at, at + 2), 16) * t);
  return `rgb(${channel(1)},${channel(3)},${channel(5)})`;
}

/** For each point a place in a palette, the last of which is for what is missing. */
function coloured() {
  const column = state.column;
  if (!column) return { palette: [NO_COLOUR], codeOf: () => 0 };
  if (column.kind === "names") {
    const missing = column.values.length;
    return { palette: [...column.colours, NO_COLOUR], codeOf: (row) => (column.codes[row] === MISSING ? missing : column.codes[row]) };
  }
  const palette = Array.from({ length: LEVELS }, (_, level) => between(column.stops, (level + 0.5) / LEVELS));
  const steps = LEVELS / (column.high - column.low || 1);
  const level = (value) => (Number.isNaN(value) ? LEVELS : Math.min(LEVELS - 1, Math.max(0, Math.floor((value - column.low) * steps))));
  return { palette: [...palette, NO_COLOUR], codeOf: (row) => level(column.values[row]) };
}

function colourBy(column) {
  state.column = column;
  state.hidden.clear();
  colours = coloured();
  showLegend();
  draw();
}

function showLegend() {
  const column = state.column;
  if (!column) return legend.replaceChildren();
  if (column.kind === "numbers") {
    const scale = element("div", { className: "scale", style: { background: `linear-gradient(90deg, ${column.stops.map(([, hex]) => hex).join(",")})` } });
    return legend.replaceChildren(scale, element("div", { className: "ends" }, ...(column.ends.length ? column.ends : [short(column.low), short(column.high)])));
  }
  const counts = new Uint32Array(column.values.length + 1);
  for (let row = 0; row < n; row++) counts[colours.codeOf(row)]++;
  const entry = (name, code) => element("button", { className: state.hidden.has(code) ? "off" : "", onclick: () => toggle(code), aria: { pressed: String(!state.hidden.has(code)) } },
    element("span", { className: "dot", style: { background: colours.palette[code] } }), element("span", { className: "name", textContent: name }), element("span", { className: "count", textContent: counts[code].toLocaleString("en") }));
  legend.replaceChildren(...[...column.values, "(missing)"].map((name, code) => [name, code]).filter(([, code]) => counts[code]).map(([name, code]) => entry(name, code)));
}

function toggle(code) {
  if (!state.hidden.delete(code)) state.hidden.add(code);
  showLegend();
  draw();
}

function short(value) {
  return Math.abs(value) >= 1000 ? Math.round(value).toLocaleString("en") : String(Number(value.toPrecision(3)));
}

// ---- where one looks -----------------------------------------------------------------------------------------

function size() {
  const { width, height } = canvas.getBoundingClientRect();
  return { width, height };
}

function fit() {
  const { width, height } = size();
  const [x1, y1] = [data.low[0] + extent.x, data.low[1] + extent.y];
  const scale = Math.max(extent.x / (width * 0.9), extent.y / (height * 0.9)) || 1;
  state.whole = scale;
  state.view = { x: (data.low[0] + x1) / 2, y: (data.low[1] + y1) / 2, scale };
  state.fitted = true;
  draw();
}

const extent = { x: 0, y: 0 };
for (let i = 0; i < n; i++) {
  extent.x = Math.max(extent.x, grid[2 * i] * data.step);
  extent.y = Math.max(extent.y, grid[2 * i + 1] * data.step);
}

function look(view) {
  state.view = view;
  state.fitted = false;
  hideCard();
  draw(true);
}

function zoomBy(factor, px = size().width / 2, py = size().height / 2) {
  const { view } = state;
  const { width, height } = size();
  const scale = Math.min(state.whole * 3, Math.max(state.whole / 2000, view.scale / factor));
  const [ax, ay] = [view.x + (px - width / 2) * view.scale, view.y + (height / 2 - py) * view.scale];
  look({ x: ax + ((view.x - ax) * scale) / view.scale, y: ay + ((view.y - ay) * scale) / view.scale, scale });
}

function pan(dx, dy) {
  const { view } = state;
  look({ ...view, x: view.x - dx * view.scale, y: view.y + dy * view.scale });
}

const pixel = (px, py) => {
  const { width, height } = size();
  return [(px - state.view.x) / state.view.scale + width / 2, height / 2 - (py - state.view.y) / state.view.scale];
};

// ---- drawing -------------------------------------------------------------------------------------------------

let colours = coloured();
let frame = 0;
let rest = 0;

function draw(moving = false) {
  clearTimeout(rest);
  cancelAnimationFrame(frame);
  frame = requestAnimationFrame(paint);
  rest = setTimeout(showGallery, moving ? 140 : 0);
}

function paint() {
  const { width, height } = size();
  const ratio = window.devicePixelRatio || 1;
  if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
  }
  const context = canvas.getContext("2d");
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
  const style = getComputedStyle(document.documentElement);
  const grey = style.getPropertyValue("--grey").trim();
  const zoom = state.whole / state.view.scale;
  const diameter = Math.min(14, Math.max(2.5, (9 - Math.log10(Math.max(10, n))) * 1.1) * Math.min(2.2, Math.max(1, zoom ** 0.35)));
  const palette = [...colours.palette, grey];
  const pen = (n > STAMPED ? stamps : sprites)(context, palette, diameter, ratio);
  let shown = 0;
  const put = (row, place) => {
    const [px, py] = [(x[row] - state.view.x) / state.view.scale + width / 2, height / 2 - (y[row] - state.view.y) / state.view.scale];
    if (px > -diameter && py > -diameter && px < width + diameter && py < height + diameter) pen.put(px, py, place);
  };
  for (let row = 0; row < n; row++) {
    const code = colours.codeOf(row);
    if (state.hidden.has(code)) continue;
    shown++;
    put(row, state.mask && !state.mask[row] ? palette.length - 1 : code);
  }
  if (state.mask) for (const row of state.part.rows) if (!state.hidden.has(colours.codeOf(row))) put(row, colours.codeOf(row));
  pen.done();
  writeNames(context, zoom, style);
  status.textContent = `${shown.toLocaleString("en")} shown${state.part ? ` · ${state.part.rows.length.toLocaleString("en")} in ${state.part.name}` : ""}`;
  Object.assign(canvas.dataset, { points: n, shown, chosen: state.part ? state.part.rows.length : 0 });
}

/** Draws points smoothly: one of each colour is drawn, and copied to each place. */
function sprites(context, palette, diameter, ratio) {
  const dots = palette.map((colour) => dot(colour, diameter, ratio));
  const half = dots[0].width / ratio / 2;
  context.globalAlpha = 0.9;
  return { put: (px, py, place) => context.drawImage(dots[place], px - half, py - half, 2 * half, 2 * half), done: () => (context.globalAlpha = 1) };
}

/** Sets the pixels of each point. */
function stamps(context, palette, diameter, ratio) {
  const image = context.createImageData(context.canvas.width, context.canvas.height);
  const [across, down] = [image.width, image.height];
  const pixels = new Uint32Array(image.data.buffer);
  const packed = palette.map(opaque);
  const reach = Math.ceil((diameter * ratio) / 2);
  const disc = [];
  for (let dy = -reach; dy <= reach; dy++) for (let dx = -reach; dx <= reach; dx++) if (dx * dx + dy * dy <= ((diameter * ratio) / 2 + 0.25) ** 2) disc.push([dx, dy]);
  const put = (px, py, place) => {
    const [left, top] = [Math.round(px * ratio), Math.round(py * ratio)];
    for (const [dx, dy] of disc) if (left + dx >= 0 && left + dx < across && top + dy >= 0 && top + dy < down) pixels[(top + dy) * across + left + dx] = packed[place];
  };
  return { put, done: () => context.putImageData(image, 0, 0) };
}

/** A colour of `#rrggbb` or `rgb(r,g,b)` as the bytes of a pixel. */
function opaque(colour) {
  const channels = colour.startsWith("#") ? [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16)) : colour.match(/\d+/g).map(Number);
  return new Uint32Array(new Uint8Array([...channels, 255]).buffer)[0];
}

/** A point, drawn once for each colour. */
function dot(colour, diameter, ratio) {
  const sprite = document.createElement("canvas");
  sprite.width = sprite.height = Math.ceil(diameter * ratio) + 2;
  const context = sprite.getContext("2d");
  context.fillStyle = colour;
  context.arc(sprite.width / 2, sprite.height / 2, (diameter * ratio) / 2, 0, 2 * Math.PI);
  context.fill();
  return sprite;
}

/** The names of the regions of the level that suits the zoom, the larger first, none over another. */
function writeNames(context, zoom, style) {
  state.labels = [];
  if (state.part?.outline.length) outline(context, state.part, style);
  if (!state.names) return;
  const finest = Math.max(0, ...regions.map((region) => region.level));
  const level = Math.min(finest, Math.max(0, Math.floor(Math.log2(Math.max(1, zoom)))));
  const { width, height } = size();
  context.font = "600 12.5px system-ui, sans-serif";
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.lineJoin = "round";
  for (const region of regions.filter((one) => one.name && one.anchor && one.level === level).sort((a, b) => b.rows.length - a.rows.length)) {
    const [px, py] = pixel(...region.anchor);
    const half = context.measureText(region.name).width / 2 + 4;
    const box = { left: px - half, right: px + half, top: py - 10, bottom: py + 10, region };
    const outside = box.left < 0 || box.right > width || box.top < 0 || box.bottom > height;
    if (outside || state.labels.some((other) => box.left < other.right && box.right > other.left && box.top < other.bottom && box.bottom > other.top)) continue;
    state.labels.push(box);
    context.strokeStyle = style.getPropertyValue("--back");
    context.lineWidth = 4;
    context.strokeText(region.name, px, py);
    context.fillStyle = style.getPropertyValue(region === state.part ? "--mark" : "--text");
    context.fillText(region.name, px, py);
  }
  canvas.dataset.names = state.labels.map(({ region }) => region.name).join("|");
}

function outline(context, part, style) {
  context.strokeStyle = style.getPropertyValue("--mark");
  context.lineWidth = 1.5;
  for (const polygon of part.outline) {
    context.beginPath();
    polygon.forEach(([px, py]) => context.lineTo(...pixel(px, py)));
    context.closePath();
    context.stroke();
  }
}

// ---- what is chosen ------------------------------------------------------------------------------------------

function choose(part) {
  state.part = state.part === part ? null : part;
  state.mask = null;
  if (state.part) {
    state.mask = new Uint8Array(n);
    for (const row of state.part.rows) state.mask[row] = 1;
  }
  showParts();
  draw();
}

function showParts() {
  parts.replaceChildren(...subsets.map((part) => element("button", { title: part.about, onclick: () => choose(part), aria: { pressed: String(part === state.part) } },
    element("span", { className: "dot", style: { background: part.colour || NO_COLOUR } }), element("span", { className: "name", textContent: part.name }), element("span", { className: "count", textContent: part.rows.length.toLocaleString("en") }))));
}

/** Pictures of what is chosen, or of what is in view. */
function showGallery() {
  const { width, height } = size();
  let places;
  if (state.part) places = state.part.pictures.length ? state.part.pictures : [...state.part.rows].map((row) => pictureOf.get(row)).filter((place) => place !== undefined);
  else {
    places = [];
    for (const [row, place] of pictureOf) {
      const [px, py] = pixel(x[row], y[row]);
      if (px >= 0 && py >= 0 && px <= width && py <= height && !state.hidden.has(colours.codeOf(row))) places.push(place);
    }
  }
  const key = places.slice(0, SHOWN).join(" ");
  galleryTitle.textContent = `${state.part ? state.part.name : "In view"}: ${places.length.toLocaleString("en")} ${places.length === 1 ? "picture" : "pictures"}${places.length > SHOWN ? `, the first ${SHOWN}` : ""}`;
  if (gallery.dataset.key === key) return;
  gallery.dataset.key = key;
  gallery.replaceChildren(...places.slice(0, SHOWN).map(tile));
}

function tile(place) {
  const [row, source, title] = data.pictures[place];
  return element("button", { title: data.ids[row] ?? title, onclick: () => open(row, place), onmouseenter: () => ring(row), onmouseleave: () => draw() }, element("img", { src: source, alt: "", loading: "lazy" }), element("span", { textContent: title }));
}

function ring(row) {
  if (row < 0) return;
  const context = canvas.getContext("2d");
  context.strokeStyle = getComputedStyle(document.documentElement).getPropertyValue("--text");
  context.lineWidth = 2;
  context.beginPath();
  context.arc(...pixel(x[row], y[row]), 8, 0, 2 * Math.PI);
  context.stroke();
}

// ---- what is known of a point --------------------------------------------------------------------------------

function valueOf(column, row) {
  if (column.kind === "names") return column.codes[row] === MISSING ? "" : column.values[column.codes[row]];
  return Number.isNaN(column.values[row]) ? "" : short(column.values[row]);
}

function facts(row, most) {
  const first = state.column ? [state.column] : [];
  const told = [...first, ...columns.filter((column) => column !== state.column)].map((column) => [column.title, valueOf(column, row)]).filter(([, value]) => value).slice(0, most);
  const inside = subsetsOf.has(row) ? [["Subsets", subsetsOf.get(row).join(", ")]] : [];
  return element("dl", {}, ...[["id", data.ids[row]], ...told, ...inside].flatMap(([name, value]) => [element("dt", { textContent: name }), element("dd", { textContent: value })]));
}

function rowAt(px, py) {
  const { width, height } = size();
  let [best, closest] = [-1, REACH * REACH];
  for (let row = 0; row < n; row++) {
    const dx = (x[row] - state.view.x) / state.view.scale + width / 2 - px;
    const dy = height / 2 - (y[row] - state.view.y) / state.view.scale - py;
    const distance = dx * dx + dy * dy;
    if (distance <= closest && !state.hidden.has(colours.codeOf(row))) [best, closest] = [row, distance];
  }
  return best;
}

function hover(px, py, clientX, clientY) {
  const name = labelAt(px, py);
  const row = name ? -1 : rowAt(px, py);
  if (row < 0 && !name) return hideCard();
  const picture = pictureOf.get(row);
  card.replaceChildren(...(picture === undefined ? [] : [element("img", { src: data.pictures[picture][1], alt: "" })]), name ? element("div", { textContent: `${name.name}: ${name.about}` }) : facts(row, 5));
  card.hidden = false;
  card.dataset.row = row;
  const { width, height } = card.getBoundingClientRect();
  card.style.left = `${Math.max(4, clientX + 18 + width > innerWidth ? clientX - width - 18 : clientX + 18)}px`;
  card.style.top = `${Math.max(4, Math.min(clientY + 14, innerHeight - height - 6))}px`;
}

function hideCard() {
  card.hidden = true;
}

function labelAt(px, py) {
  return state.labels.find((box) => px >= box.left && px <= box.right && py >= box.top && py <= box.bottom)?.region;
}

function open(row, place = pictureOf.get(row)) {
  if (row < 0) return;
  const close = element("button", { textContent: "Close", onclick: () => dialog.close() });
  const picture = place === undefined ? [] : [element("img", { src: data.pictures[place][1], alt: "" })];
  dialog.replaceChildren(...picture, facts(row, columns.length), element("div", { className: "tools" }, close));
  dialog.showModal();
}

// ---- mouse and keys ------------------------------------------------------------------------------------------

let held = null;
canvas.addEventListener("pointerdown", (event) => {
  canvas.setPointerCapture(event.pointerId);
  held = { x: event.clientX, y: event.clientY, moved: false };
});
canvas.addEventListener("pointermove", (event) => {
  if (held) {
    const [dx, dy] = [event.clientX - held.x, event.clientY - held.y];
    if (!held.moved && Math.hypot(dx, dy) < 4) return;
    held = { x: event.clientX, y: event.clientY, moved: true };
    pan(dx, dy);
  } else hover(event.offsetX, event.offsetY, event.clientX, event.clientY);
});
canvas.addEventListener("pointerup", (event) => {
  const wasClick = held && !held.moved;
  held = null;
  if (!wasClick) return;
  const region = labelAt(event.offsetX, event.offsetY);
  const row = region ? -1 : rowAt(event.offsetX, event.offsetY);
  if (region) choose(region);
  else if (row >= 0) open(row);
  else if (state.part) choose(state.part);
});
canvas.addEventListener("pointerleave", hideCard);
canvas.addEventListener("dblclick", fit);
canvas.addEventListener("wheel", (event) => {
  event.preventDefault();
  zoomBy(Math.exp(-event.deltaY / 400), event.offsetX, event.offsetY);
}, { passive: false });
canvas.addEventListener("keydown", (event) => {
  const step = 60;
  const keys = { ArrowLeft: () => pan(step, 0), ArrowRight: () => pan(-step, 0), ArrowUp: () => pan(0, step), ArrowDown: () => pan(0, -step), "+": () => zoomBy(1.5), "=": () => zoomBy(1.5), "-": () => zoomBy(1 / 1.5), 0: fit, Escape: () => state.part && choose(state.part) };
  if (!keys[event.key] || event.ctrlKey || event.metaKey) return;
  keys[event.key]();
  event.preventDefault();
});
new ResizeObserver(() => (state.fitted ? fit() : draw())).observe(canvas);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => draw());

showLegend();
showParts();
fit();
