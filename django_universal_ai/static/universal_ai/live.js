// Renews the jobs that a page shows: by server-sent events where the site offers them, else by
// asking again and again. It needs nothing else and writes nothing but what the site sent.
"use strict";

(() => {
  // A browser has six connections to a site over HTTP/1.1, for all of its tabs.
  const MOST_STREAMS = 2;
  // Milliseconds: nothing was heard on a stream although something is said every 15 seconds;
  // the longest pause after errors.
  const SILENCE = 40_000, LONGEST = 60_000;

  let streams = 0;

  class Status extends HTMLElement {
    #timer;
    #watchdog;
    #stream = null;
    #failures = 0;
    #tag = "";
    #ended = false;
    #asking = false;

    connectedCallback() {
      this.addEventListener("submit", this);
      document.addEventListener("visibilitychange", this);
      this.#goOn();
    }

    disconnectedCallback() {
      this.removeEventListener("submit", this);
      document.removeEventListener("visibilitychange", this);
      this.#stop();
    }

    handleEvent(event) {
      if (event.type === "submit") {
        event.preventDefault();
        this.#retry(event.target);
      } else if (document.hidden) {
        this.#stop();
      } else if (!this.#ended && this.#pause) {
        this.#look();
      }
    }

    get #card() { return this.querySelector("[data-uai-state]"); }

    // Seconds until the next question; 0 when the job has ended.
    get #pause() { return Number(this.#card?.dataset.uaiPause ?? 0); }

    #goOn(seconds = this.#pause) {
      this.#stop();
      if (this.#ended || !seconds || document.hidden || !this.isConnected) return;
      if (this.dataset.events && streams < MOST_STREAMS && !this.#failures) {
        this.#listen();
      } else {
        // Many pages that were opened at once don't ask at once.
        this.#timer = setTimeout(() => this.#look(), 1000 * seconds * (0.9 + 0.2 * Math.random()));
      }
    }

    #stop() {
      clearTimeout(this.#timer);
      clearTimeout(this.#watchdog);
      if (this.#stream) {
        this.#stream.close();
        this.#stream = null;
        streams -= 1;
      }
    }

    // ------------------------------------------------------------------ hearing of changes

    #listen() {
      const stream = this.#stream = new EventSource(this.dataset.events);
      streams += 1;
      const watch = () => {
        clearTimeout(this.#watchdog);
        this.#watchdog = setTimeout(() => this.#askInstead(), SILENCE);
      };
      watch();
      stream.onmessage = (event) => {
        watch();
        this.#hear(JSON.parse(event.data));
      };
      stream.onerror = () => {
        // Closed: the site has no stream for us. Else the browser connects again by itself.
        if (stream.readyState === EventSource.CLOSED) this.#askInstead();
      };
    }

    #askInstead() {
      delete this.dataset.events;
      this.#stop();
      this.#look();
    }

    #hear(said) {
      if (said.is_finished || said.state !== this.#card.dataset.uaiState) {
        if (said.is_finished) this.#stop();
        this.#look();
        return;
      }
      const bar = this.querySelector('[data-uai-part="progress"]');
      if (bar) {
        if (said.percent === null) bar.removeAttribute("value");
        else bar.setAttribute("value", said.percent);
      }
      const detail = this.querySelector('[data-uai-part="detail"]');
      if (detail && detail.textContent !== said.detail) detail.textContent = said.detail;
    }

    // ------------------------------------------------------------------------------ asking

    async #look() {
      if (this.#asking) return;
      this.#asking = true;
      const seconds = await this.#ask(this.dataset.src, { headers: { "If-None-Match": this.#tag } });
      this.#asking = false;
      // A stream that is open goes on by itself.
      if (!this.#stream || this.#ended || !this.#pause) this.#goOn(seconds);
    }

    async #retry(form) {
      const button = form.querySelector("button");
      button.disabled = true;
      const seconds = await this.#ask(form.action, { method: "POST", body: new FormData(form) });
      button.disabled = false;
      this.#goOn(seconds);
    }

    // Ask the site, show what it says; gives the seconds until the next question.
    async #ask(url, options) {
      const headers = { ...options.headers, "X-Requested-With": "universal-ai" };
      try {
        const answer = await fetch(url, { cache: "no-store", ...options, headers });
        if (answer.status === 404) return this.#leave();
        if (!answer.ok && answer.status !== 304) throw new Error(answer.status);
        if (this.#failures) this.#say("");
        this.#failures = 0;
        if (answer.ok) this.#show(await answer.text());
        this.#tag = answer.headers.get("ETag") ?? "";
        return Number(answer.headers.get("Retry-After") ?? this.#pause);
      } catch {
        this.#failures += 1;
        // Once may be chance; what was clicked is waited for.
        if (this.#failures > 1 || options.method) this.#sayAway();
        return Math.min(LONGEST / 1000, 2 ** this.#failures);
      }
    }

    // --------------------------------------------------------------------------- showing

    #show(html) {
      const fresh = new DOMParser().parseFromString(html, "text/html").querySelector("[data-uai-state]");
      const card = this.#card;
      if (!fresh || !card) return;
      if (fresh.dataset.uaiState === card.dataset.uaiState && !fresh.querySelector("[role=alert]")) {
        this.#patch(card, fresh);
        return;
      }
      const hadFocus = card.contains(document.activeElement);
      const changed = fresh.dataset.uaiState !== card.dataset.uaiState;
      card.replaceWith(document.adoptNode(fresh));
      if (hadFocus) this.focus();
      if (!changed) return;
      // In an element that stays: screen readers only hear changes of those.
      this.#say(fresh.querySelector('[data-uai-part="words"]')?.textContent ?? "");
      const detail = { state: fresh.dataset.uaiState, finished: fresh.dataset.uaiPause === "0" };
      this.dispatchEvent(new CustomEvent("universal-ai:change", { bubbles: true, detail }));
    }

    #patch(card, fresh) {
      card.dataset.uaiPause = fresh.dataset.uaiPause;
      for (const part of fresh.querySelectorAll("[data-uai-part]")) {
        const old = card.querySelector(`[data-uai-part="${part.dataset.uaiPart}"]`);
        if (!old || old.isEqualNode(part)) continue;
        old.replaceChildren(...part.childNodes);
        for (const name of old.getAttributeNames()) if (!part.hasAttribute(name)) old.removeAttribute(name);
        for (const name of part.getAttributeNames()) old.setAttribute(name, part.getAttribute(name));
      }
    }

    #say(words) {
      this.querySelector('[role="status"]').textContent = words;
    }

    #sayAway() {
      this.#tag = ""; // so that the next answer takes these words away
      const detail = this.querySelector('[data-uai-part="detail"]');
      if (detail) detail.textContent = this.dataset.away;
      this.#say(this.dataset.away);
    }

    // The job is gone, or isn't for whoever looks any more.
    #leave() {
      this.#ended = true;
      const words = document.createElement("p");
      words.className = "uai-live-words";
      words.textContent = this.dataset.gone;
      this.#card?.replaceChildren(words);
      this.#say(this.dataset.gone);
      return 0;
    }
  }

  // The page may load this file more than once.
  if (!customElements.get("universal-ai-status")) customElements.define("universal-ai-status", Status);
})();
