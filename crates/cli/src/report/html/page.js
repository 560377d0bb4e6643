"use strict";
// Hides the secrets that the filters leave out. The page is whole without it.
(() => {
  const form = document.getElementById("filters");
  if (!form) return;
  const [search, path, rule, shown, nothing] =
    ["search", "path", "rule", "shown", "nothing"].map((id) => document.getElementById(id));
  const severities = [...form.querySelectorAll("input[name=severity]")];
  const lower = (element) => element.textContent.toLowerCase();
  const secrets = [...document.querySelectorAll(".secret")].map((element) => ({
    element,
    severity: element.dataset.severity,
    rules: element.dataset.rules.split(" "),
    text: lower(element),
    paths: [...element.querySelectorAll(".path")].map(lower),
  }));

  const apply = () => {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const part = path.value.trim().toLowerCase();
    const wanted = new Set(severities.filter((box) => box.checked).map((box) => box.value));
    let count = 0;
    for (const secret of secrets) {
      const fits =
        wanted.has(secret.severity) &&
        (!rule.value || secret.rules.includes(rule.value)) &&
        (!part || secret.paths.some((text) => text.includes(part))) &&
        words.every((word) => secret.text.includes(word));
      secret.element.hidden = !fits;
      count += fits;
    }
    shown.textContent = `${count} of ${shown.dataset.total} shown`;
    nothing.hidden = count > 0;
  };

  form.hidden = false;
  form.addEventListener("input", apply);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(apply));
  document.addEventListener("keydown", (event) => {
    const isTyping = /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName);
    if (event.key === "/" && !isTyping && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      search.focus();
    }
  });
  addEventListener("beforeprint", () => {
    for (const details of document.querySelectorAll("details")) details.open = true;
  });
  apply();
})();
