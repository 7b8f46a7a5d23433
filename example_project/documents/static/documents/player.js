/* A transcript and its recording: a click on a word plays from there, and what is spoken is marked. */

const player = () => document.querySelector("audio");

document.addEventListener("click", (event) => {
  const said = event.target.closest("[data-start]");
  if (!said || !player()) return;
  player().currentTime = Number(said.dataset.start);
  player().play().catch(() => { /* the browser can't, or may not, play it: it has jumped */ });
});

const mark = () => {
  const now = player().currentTime;
  const spoken = [...document.querySelectorAll("[data-end]")]
    .find((said) => Number(said.dataset.start) <= now && now < Number(said.dataset.end));
  for (const said of document.querySelectorAll(".spoken")) {
    if (said !== spoken) said.classList.remove("spoken");
  }
  spoken?.classList.add("spoken");
};

/* Words are short: the player's own "timeupdate" comes too rarely for them. */
const follow = () => {
  mark();
  if (!player().paused) requestAnimationFrame(follow);
};

// Events of media don't bubble; they can be caught on their way down.
document.addEventListener("play", follow, true);
document.addEventListener("seeked", mark, true);
