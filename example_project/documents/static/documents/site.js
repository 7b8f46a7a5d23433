"use strict";

/* ------------------------------------------------------------------ bringing a file */

const drop = document.getElementById("drop");
if (drop) {
  const input = drop.querySelector("input[type=file]");
  const errors = drop.querySelector(".errors");

  const complain = (messages) => {
    drop.classList.remove("busy");
    drop.querySelector(".sending").hidden = true;
    errors.replaceChildren(...messages.map((text) => {
      const p = document.createElement("p");
      p.textContent = text;
      return p;
    }));
    input.value = ""; // so that the same file can be chosen again
  };

  const showProgress = (file, percent) => {
    drop.classList.add("busy");
    const box = drop.querySelector(".sending");
    box.hidden = false;
    box.querySelector("p").textContent = `Sending ${file.name}`;
    box.querySelector("progress").value = percent;
  };

  const answered = (request) => {
    let answer = {};
    try {
      answer = JSON.parse(request.responseText);
    } catch { /* an error page, not ours */ }
    if (answer.url) {
      location.assign(answer.url);
    } else {
      const known = Object.values(answer.errors || {}).flat();
      complain(known.length ? known : [`The site couldn't take it (${request.status}). Try again.`]);
    }
  };

  // Not fetch: it tells nothing of how far an upload is.
  const send = (file) => {
    const largest = Number(drop.dataset.largest);
    if (file.size > largest) {
      complain([`“${file.name}” is larger than ${Math.round(largest / 2 ** 20)} MB. Choose a smaller one, or a part of it.`]);
      return;
    }
    errors.replaceChildren();
    const data = new FormData(drop);
    data.set("file", file);
    const request = new XMLHttpRequest();
    request.open("POST", location.href);
    request.setRequestHeader("Accept", "application/json");
    request.upload.onprogress = (event) => showProgress(file, 100 * event.loaded / event.total);
    request.onload = () => answered(request);
    request.onerror = () => complain(["The site didn't answer. Your file is still here: try again."]);
    showProgress(file, 0);
    request.send(data);
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
    const file = event.dataTransfer.files[0];
    if (file) send(file);
  });
  input.addEventListener("change", () => input.files[0] && send(input.files[0]));
  // Back from the document's page: the browser shows this one as it was left.
  addEventListener("pageshow", (event) => event.persisted && location.reload());
}

/* ----------------------------------------------------------------- watching the job */

const article = () => document.getElementById("document");

const decorate = () => {
  for (const button of document.querySelectorAll("[data-copy]")) {
    button.hidden = !navigator.clipboard;
    button.onclick = async () => {
      await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).innerText);
      button.textContent = "Copied";
    };
  }
};

const redraw = async () => {
  const answer = await fetch(location.href);
  if (!answer.ok) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  article().replaceWith(fresh.getElementById("document"));
  decorate();
};

const look = async () => {
  // The browser revalidates what it has: while nothing changed, the site answers 304.
  const answer = await fetch(article().dataset.url, { cache: "no-cache" });
  if (!answer.ok) throw new Error(answer.status);
  const job = await answer.json();
  const shown = article().dataset;
  if (job.status !== shown.status || job.settled !== (shown.settled === "yes")) {
    await redraw();
    // Outside of what was replaced: screen readers only hear changes of what stays.
    document.getElementById("announcement").textContent = job.words;
    return;
  }
  const bar = article().querySelector(".progress progress");
  if (!bar) return;
  if (job.percent === null) bar.removeAttribute("value");
  else bar.value = job.percent;
  article().querySelector(".detail").textContent = job.detail;
};

const watch = async () => {
  const began = Date.now();
  while (article() && article().dataset.settled === "no") {
    const patience = Math.min(5000, 700 + (Date.now() - began) / 20);
    await new Promise((wake) => setTimeout(wake, patience));
    try {
      await look();
    } catch {
      const detail = article().querySelector(".detail");
      if (detail) detail.textContent = "The site doesn't answer right now. Looking again.";
    }
  }
};

decorate();
if (article()) watch();
