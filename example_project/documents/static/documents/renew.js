/* The part of a page that changes is shown anew when a job in it ends. How far jobs are is shown by
   django-universal-ai's own script, which tells of their ends. */

const PAUSE = 1000;
const part = () => document.querySelector("[data-renew]");

/* What the page said and what the keyboard was on stay, where they are still there. */
const put = (fresh) => {
  const focused = document.activeElement?.closest("[data-renew] a")?.getAttribute("href");
  document.getElementById("main").className = fresh.ownerDocument.getElementById("main").className;
  part().replaceWith(fresh);
  if (focused) fresh.querySelector(`a[href="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
};

const load = async () => {
  try {
    const answer = await fetch(location.href, { cache: "no-store" });
    if (!answer.ok) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    put(page.querySelector("[data-renew]"));
  } catch { /* the site is away for a moment */ }
};

/* A job ended, and this site's own receiver hasn't written its note yet. */
const waitForNote = () => {
  if (part().querySelector('[data-ended][data-settled="no"]')) setTimeout(renew, PAUSE);
};

let isLoading = false;
let isStale = false;

/* One at a time: an older answer must not come after a newer one. */
export const renew = async () => {
  isStale = true;
  if (isLoading) return;
  isLoading = true;
  while (isStale) {
    isStale = false;
    await load();
  }
  isLoading = false;
  waitForNote();
};

document.addEventListener("universal-ai:change", (event) => {
  if (!event.detail.finished) return;
  const title = event.target.closest("[data-title]").dataset.title;
  const words = event.target.querySelector('[data-uai-part="words"]').textContent;
  // Outside of what is renewed: screen readers only hear changes of what stays.
  document.getElementById("announcement").textContent = `${title}: ${words}`;
  renew();
});

waitForNote(); // the job may have ended just before the page came
