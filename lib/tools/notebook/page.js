// Opens the contents where they have a column of their own, folds and unfolds all code at once, and draws the figures to
// the page's width and in the reader's colours, light or dark.
const contents = document.querySelector("nav details");
if (contents && matchMedia("(min-width: 1200px)").matches) {
  contents.open = true;
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
  addEventListener("beforeprint", () => showCode(true));
}

for (const figure of document.querySelectorAll("figure.plot")) {
  const { data, layout, config } = JSON.parse(figure.querySelector("script").textContent);
  const draw = () => drawFigure(figure, { data, layout, config: { ...config, responsive: true } });
  draw();
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
  matchMedia("(max-width: 640px)").addEventListener("change", draw);
}
