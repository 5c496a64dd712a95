// The filter: pressed accounts and networks are shown (all of them when none is pressed), of these only what has
// problems where that is asked for. Without this script everything is shown.
(function () {
  "use strict";
  const bar = document.getElementById("filter");
  const shown = document.getElementById("shown");
  const all = bar.querySelector("[data-all]");
  const buttons = Array.from(bar.querySelectorAll("button"));
  const variants = Array.from(document.querySelectorAll(".variant"));
  const pressed = (button) => button.getAttribute("aria-pressed") === "true";
  const press = (button, on) => button.setAttribute("aria-pressed", String(on));

  function apply() {
    const chosen = buttons.filter((button) => pressed(button) && button !== all);
    const only = chosen.some((button) => "trouble" in button.dataset);
    const who = chosen.filter((button) => !("trouble" in button.dataset));
    press(all, chosen.length === 0);
    let count = 0;
    for (const variant of variants) {
      const named = who.length === 0 || who.some((button) =>
        "account" in button.dataset
          ? button.dataset.account === variant.dataset.account
          : button.dataset.network === variant.dataset.network);
      variant.hidden = !named || (only && !("trouble" in variant.dataset));
      count += variant.hidden ? 0 : 1;
    }
    for (const post of document.querySelectorAll(".post")) {
      post.hidden = !post.querySelector(".variant:not([hidden])");
    }
    shown.textContent = chosen.length === 0 ? "" : count + " of " + variants.length + " shown";
  }

  bar.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    if (button === all) {
      buttons.forEach((other) => press(other, false));
    } else {
      press(button, !pressed(button));
    }
    apply();
  });
  // On paper nothing can be opened.
  window.addEventListener("beforeprint", () => {
    document.querySelectorAll(".changes details, .alts").forEach((one) => { one.open = true; });
  });
  bar.hidden = variants.length < 2;
})();
