// Opens the contents where they have a column of their own and marks the section that is being read, folds and unfolds all
// code at once, copies code, draws the figures, and unfolds everything for paper.
const contents = document.querySelector("nav details");
if (contents && matchMedia("(min-width: 1200px)").matches) {
  contents.open = true;
}

const links = [...document.querySelectorAll("nav a")];
const headings = links.map(({ hash }) => document.getElementById(decodeURIComponent(hash.slice(1))));
const markSection = () => {
  const passed = headings.findLastIndex((heading) => heading.getBoundingClientRect().top < innerHeight / 3);
  links.forEach((link, i) => {
    if (i === passed) link.setAttribute("aria-current", "location");
    else link.removeAttribute("aria-current");
  });
};
if (links.length > 0) {
  addEventListener("scroll", markSection, { passive: true });
  markSection();
}

const sources = document.querySelectorAll("details.source");
const codeSwitch = document.querySelector("#code-switch");
let isCodeShown = false;
const showCode = (isShown) => {
  isCodeShown = isShown;
  for (const source of sources) {
    source.open = isShown;
  }
  codeSwitch.textContent = isShown ? "Fold all code" : "Show all code";
};
if (sources.length > 0) {
  showCode(false);
  codeSwitch.hidden = false;
  codeSwitch.addEventListener("click", () => showCode(!isCodeShown));
}

// A page that is opened from a file has no clipboard API in every browser: without it there is no button.
if (navigator.clipboard) {
  for (const pre of document.querySelectorAll(".source pre, .markdown pre")) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "copy";
    button.textContent = "Copy";
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(pre.textContent);
      button.textContent = "Copied";
      setTimeout(() => (button.textContent = "Copy"), 1500);
    });
    pre.before(button);
  }
}

for (const figure of document.querySelectorAll("figure.plot")) {
  drawFigure(figure.querySelector(".drawing"), JSON.parse(figure.querySelector("script").textContent));
}

addEventListener("beforeprint", () => {
  for (const folded of document.querySelectorAll("main details:not([open])")) {
    folded.open = true;
    addEventListener("afterprint", () => (folded.open = false), { once: true });
  }
});
