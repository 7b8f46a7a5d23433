/* The words of a text: hover, tap or arrow keys light a word up, and its box on the picture too.

   Everything listens at the document, since the page is redrawn when a job ends. */

const STEPS = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };

const light = (key) => {
  for (const lit of document.querySelectorAll(".lit")) lit.classList.remove("lit");
  const parts = document.querySelectorAll(`[data-word="${key}"]`);
  for (const part of parts) part.classList.add("lit");
  return parts;
};

/* Brings the others with the same key into view. */
const show = (word) => {
  for (const part of light(word.dataset.word)) {
    if (part !== word) part.scrollIntoView({ block: "nearest", inline: "nearest" });
  }
};

document.addEventListener("pointerover", (event) => {
  const word = event.target.closest("[data-word]");
  if (word) light(word.dataset.word);
});

document.addEventListener("click", (event) => {
  const word = event.target.closest("[data-word]");
  if (word) show(word);
});

document.addEventListener("keydown", (event) => {
  const text = event.target;
  if (!text.matches("[data-words]")) return;
  const words = [...text.querySelectorAll("[data-word]")];
  const current = words.findIndex((word) => word.classList.contains("lit"));
  if (event.key === "Enter") {
    words[current]?.click();
  } else if (event.key in STEPS) {
    const next = Math.min(Math.max(current + STEPS[event.key], 0), words.length - 1);
    words[next].scrollIntoView({ block: "nearest" });
    show(words[next]);
  } else {
    return;
  }
  event.preventDefault();
});

/* ------------------------------------------------------------------------------- copying */

const plain = (text) => {
  const lines = [...text.querySelectorAll("p")].map((line) =>
    [...line.querySelectorAll("[data-word]")].map((word) => word.textContent).join(" "));
  return lines.length ? lines.join("\n") : text.innerText;
};

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  const text = document.getElementById(button.dataset.copy);
  if (!navigator.clipboard) { // a site without https, on another machine
    getSelection().selectAllChildren(text);
    return;
  }
  await navigator.clipboard.writeText(plain(text));
  button.textContent = "Copied";
});
