"use strict";
// Makes the pages more comfortable: clocks that tick, live regions, keys, theme, copying. Every page works without it.
(() => {
  const root = document.documentElement;
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];

  // ---- time: the server's clock counts, not the reader's ----
  const skew = Number(root.dataset.now || Date.now()) - Date.now();
  const now = () => Date.now() + skew;
  const two = (number) => String(number).padStart(2, "0");

  // The same words as `time::ticking` of the server.
  const ticking = (seconds) => {
    const [days, hours, minutes] = [Math.floor(seconds / 86400), Math.floor(seconds / 3600) % 24, Math.floor(seconds / 60) % 60];
    if (days > 0) return `${days} d ${two(hours)}:${two(minutes)}`;
    return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${two(minutes)}:${two(seconds % 60)}`;
  };

  // The same words as `time::ago` of the server.
  const ago = (seconds) => {
    if (Math.abs(seconds) < 45) return seconds < 0 ? "in a moment" : "just now";
    const units = [[86400, "d"], [3600, "h"], [60, "min"]];
    const [size, unit] = units.find(([least]) => Math.abs(seconds) >= least) || [60, "min"];
    const text = `${Math.max(1, Math.floor(Math.abs(seconds) / size))} ${unit}`;
    return seconds < 0 ? `in ${text}` : `${text} ago`;
  };

  const tick = () => {
    for (const clock of all("time[data-clock]")) {
      const seconds = Math.max(0, Math.floor((now() - Date.parse(clock.dateTime)) / 1000));
      clock.textContent = ticking(seconds);
      const limit = Number(clock.dataset.limit || 0);
      if (limit === 0) continue;
      const bar = clock.parentElement.querySelector(".gauge");
      for (const element of bar ? [clock, bar] : [clock]) {
        element.classList.toggle("is-over", seconds > limit);
        element.classList.toggle("is-near", seconds <= limit && seconds > limit * 0.75);
      }
      bar?.firstElementChild?.setAttribute("width", String(Math.min(100, (seconds / limit) * 100)));
    }
  };
  const relate = () => {
    for (const time of all("time[data-relative]")) time.textContent = ago((now() - Date.parse(time.dateTime)) / 1000);
  };
  const localise = () => {
    for (const time of all("time[title]:not([data-local])")) {
      time.dataset.local = "";
      time.title += `\n${new Date(time.dateTime).toLocaleString()} here`;
    }
  };
  tick();
  localise();
  setInterval(tick, 1000);
  setInterval(relate, 30000);

  // ---- live: the server says that something changed, and the marked regions are fetched anew ----
  const marker = document.querySelector("[data-live-marker]");
  const mark = (state, text) => {
    if (!marker || marker.dataset.state === state) return;
    marker.dataset.state = state;
    marker.textContent = text;
    root.classList.toggle("is-lost", state === "off");
  };
  const isInUse = (region) => {
    const active = document.activeElement;
    if (region.contains(active) && /^(INPUT|SELECT|TEXTAREA)$/.test(active.tagName)) return true;
    return all("input, textarea, select", region).some((field) =>
      field.matches("select") ? all("option", field).some((o) => o.selected !== o.defaultSelected) && field.selectedIndex > 0
        : field.type === "checkbox" || field.type === "radio" ? field.checked !== field.defaultChecked
          : field.type !== "hidden" && field.value !== field.defaultValue);
  };
  const swap = (region, fresh) => {
    const known = new Set(all("[id]", region).map((element) => element.id));
    const open = all("details[id][open]", region).map((element) => element.id);
    const focused = region.contains(document.activeElement) && document.activeElement.id;
    region.replaceChildren(...document.importNode(fresh, true).childNodes);
    for (const element of all("[data-row][id]", region)) if (!known.has(element.id)) element.classList.add("is-new");
    for (const id of open) document.getElementById(id)?.setAttribute("open", "");
    if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
  };
  const refresh = async () => {
    try {
      const answer = await fetch(location.href, { headers: { accept: "text/html" }, credentials: "same-origin" });
      if (answer.redirected || !answer.ok) return;
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      for (const region of all("[data-live][id]")) {
        const fresh = page.getElementById(region.id);
        if (fresh && !isInUse(region)) swap(region, fresh);
      }
      enhance();
    } catch {
      mark("off", "offline, trying again");
    }
  };
  let pending = 0;
  const soon = () => {
    clearTimeout(pending);
    pending = setTimeout(refresh, 400);
  };
  const listen = () => {
    const path = marker?.dataset.liveMarker;
    if (!path || !window.EventSource) return;
    const events = new EventSource(path);
    let wasLost = false;
    events.onopen = () => {
      mark("on", "live");
      if (wasLost) soon();
      wasLost = false;
    };
    events.onerror = () => {
      wasLost = true;
      mark("off", "offline, trying again");
      if (events.readyState === EventSource.CLOSED) setTimeout(listen, 15000);
    };
    events.addEventListener("changed", soon);
    addEventListener("pagehide", () => events.close(), { once: true });
  };
  listen();
  addEventListener("pageshow", (event) => event.persisted && location.reload());

  // ---- theme: kept in a cookie, so that the server renders it without a flash ----
  const applyTheme = (theme) => {
    if (theme === "auto") delete root.dataset.theme;
    else root.dataset.theme = theme;
    for (const button of all("button[name=theme]")) button.setAttribute("aria-pressed", String(button.value === theme));
    const secure = location.protocol === "https:" ? "; secure" : "";
    document.cookie = `stanch-theme=${theme}; path=/; max-age=31536000; samesite=lax${secure}`;
  };
  document.addEventListener("submit", (event) => {
    const button = event.submitter;
    if (button?.name === "theme") {
      event.preventDefault();
      applyTheme(button.value);
    }
  });

  // ---- copying ----
  const enhance = () => {
    for (const button of all("button[data-copy]")) button.hidden = !navigator.clipboard;
    localise();
    relate();
    tick();
  };
  document.addEventListener("click", async (event) => {
    const button = event.target.closest?.("button[data-copy]");
    if (!button) return;
    const source = button.dataset.copyFrom ? document.getElementById(button.dataset.copyFrom) : null;
    await navigator.clipboard.writeText(source ? source.textContent : button.dataset.copy);
    const label = button.textContent;
    button.textContent = "copied";
    setTimeout(() => { button.textContent = label; }, 1500);
  });
  enhance();

  // ---- keys; they can be turned off, for who speaks to the computer ----
  const OFF = "stanch-keys-off";
  const toggle = document.getElementById("keys-on");
  const areOff = () => { try { return localStorage.getItem(OFF) === "1"; } catch { return false; } };
  if (toggle) {
    toggle.checked = !areOff();
    toggle.closest("label").hidden = false;
    toggle.addEventListener("change", () => {
      try { localStorage.setItem(OFF, toggle.checked ? "0" : "1"); } catch { /* storage is off: keys stay on */ }
    });
  }
  const places = Object.fromEntries(all("a[data-key]").map((link) => [link.dataset.key, link.href]));
  const move = (step) => {
    const rows = all("[data-row]").filter((row) => row.offsetParent !== null);
    const at = rows.findIndex((row) => row.contains(document.activeElement));
    const next = rows[at < 0 ? (step > 0 ? 0 : rows.length - 1) : Math.min(rows.length - 1, Math.max(0, at + step))];
    next?.querySelector("a, button, summary")?.focus();
  };
  let going = 0;
  document.addEventListener("keydown", (event) => {
    const isTyping = event.target.matches?.("input, select, textarea, [contenteditable]");
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping || areOff()) return;
    const isGoing = Date.now() - going < 1500;
    going = 0;
    if (isGoing && places[event.key]) location.assign(places[event.key]);
    else if (event.key === "g") going = Date.now();
    else if (event.key === "/") document.getElementById("q")?.focus();
    else if (event.key === "?") document.getElementById("help")?.togglePopover?.();
    else if (event.key === "j" || event.key === "k") move(event.key === "j" ? 1 : -1);
    else return;
    event.preventDefault();
  });
  addEventListener("beforeprint", () => all("details").forEach((details) => { details.open = true; }));
})();
