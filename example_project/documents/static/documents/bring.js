/* The drop zone: files are sent one by one, each with a bar of its own. */

import { renew } from "./renew.js";

const AT_ONCE = 2;

const drop = document.getElementById("drop");
const queue = document.getElementById("queue");
const errors = document.getElementById("file-errors");
const input = drop.querySelector("input[type=file]");

const complain = (name, text) => {
  const p = document.createElement("p");
  const b = document.createElement("b");
  b.textContent = name;
  p.append(b, `: ${text}`);
  errors.append(p);
};

/* What became of one file: {url} or {errors}. */
const answered = (request) => {
  try {
    const [file] = JSON.parse(request.responseText).files;
    return file;
  } catch { // an error page, not ours
    return { errors: [`The site couldn't take it (${request.status}). Try again.`] };
  }
};

// Not fetch: it tells nothing of how far an upload is.
const post = (file, bar) => new Promise((resolve) => {
  const data = new FormData(drop);
  data.set("file", file);
  const request = new XMLHttpRequest();
  request.open("POST", location.href);
  request.setRequestHeader("Accept", "application/json");
  request.upload.onprogress = (event) => { bar.value = 100 * event.loaded / event.total; };
  request.onload = () => resolve(answered(request));
  request.onerror = () => resolve({ errors: ["The site didn't answer. Your file is still here: try again."] });
  request.send(data);
});

const send = async (file) => {
  const largest = Number(drop.dataset.largest);
  if (file.size > largest) {
    complain(file.name, `It is larger than ${Math.round(largest / 2 ** 20)} MB. Choose a smaller one, or a part of it.`);
    return null;
  }
  const row = document.getElementById("on-its-way").content.firstElementChild.cloneNode(true);
  row.querySelector("b").textContent = file.name;
  row.querySelector("progress").setAttribute("aria-label", `Upload of ${file.name}`);
  queue.append(row);
  const outcome = await post(file, row.querySelector("progress"));
  row.remove();
  if (outcome.errors) complain(file.name, outcome.errors.join(" "));
  else renew();
  return outcome.url;
};

const bring = async (files) => {
  errors.replaceChildren();
  const waiting = [...files];
  const sender = async () => {
    while (waiting.length) await send(waiting.shift());
  };
  // The first answer brings the cookie by which the site knows this browser again. Were two files
  // sent before it, each would get a cookie of its own, and one of the files would be nobody's.
  const url = waiting.length ? await send(waiting.shift()) : null;
  await Promise.all(Array.from({ length: AT_ONCE }, sender));
  input.value = ""; // so that the same file can be chosen again
  if (files.length === 1 && url) location.assign(url);
};

let depth = 0; // dragenter and dragleave also come for the children
const over = (change) => {
  depth = Math.max(0, depth + change);
  drop.classList.toggle("over", depth > 0);
};
drop.addEventListener("dragenter", () => over(1));
drop.addEventListener("dragleave", () => over(-1));
// Beside the zone too: the browser would leave the page and open the file.
addEventListener("dragover", (event) => event.preventDefault());
addEventListener("drop", (event) => {
  event.preventDefault();
  over(-depth);
  // A folder comes as an empty file that can't be read.
  const items = [...event.dataTransfer.items].filter((item) => item.kind === "file");
  const dropped = [...event.dataTransfer.files];
  const isFolder = (file, place) => items[place].webkitGetAsEntry()?.isDirectory;
  const folders = dropped.filter(isFolder);
  bring(dropped.filter((file) => !folders.includes(file)));
  for (const folder of folders) complain(folder.name, "It is a folder. Bring the files in it.");
});
input.addEventListener("change", () => bring([...input.files]));
// Back from a document's page: the browser shows this one as it was left.
addEventListener("pageshow", (event) => event.persisted && location.reload());
