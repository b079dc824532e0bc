// Opens the contents where they have a column of their own, and draws the figures to the page's width and in the
// reader's colours, light or dark.
const contents = document.querySelector("nav details");
if (contents && matchMedia("(min-width: 1200px)").matches) {
  contents.open = true;
}

for (const figure of document.querySelectorAll("figure.plot")) {
  const { data, layout = {}, config } = JSON.parse(figure.querySelector("script").textContent);
  const draw = () => {
    const { color, fontFamily } = getComputedStyle(figure);
    const font = { ...layout.font, color, family: fontFamily };
    Plotly.react(figure, data, { ...layout, font, autosize: true, width: undefined }, { ...config, responsive: true });
  };
  draw();
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
}
