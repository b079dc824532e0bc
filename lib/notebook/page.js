// Draws the figures of the page, to its width and in the reader's colours, light or dark.
const dark = matchMedia("(prefers-color-scheme: dark)");

function themed(layout) {
  const style = getComputedStyle(document.documentElement);
  const [text, grid] = ["--text", "--line"].map((name) => style.getPropertyValue(name).trim());
  const axes = Object.keys(layout).filter((key) => /^[xy]axis\d*$/.test(key));
  const lines = { gridcolor: grid, zerolinecolor: grid, linecolor: grid };
  return {
    ...layout,
    ...Object.fromEntries(["xaxis", "yaxis", ...axes].map((axis) => [axis, { ...layout[axis], ...lines }])),
    paper_bgcolor: "transparent",
    plot_bgcolor: "transparent",
    font: { ...layout.font, family: style.fontFamily, color: text },
    autosize: true,
    width: undefined,
  };
}

for (const figure of document.querySelectorAll("figure.plot")) {
  const { data, layout = {}, config } = JSON.parse(figure.querySelector("script").textContent);
  const title = typeof layout.title === "string" ? layout.title : layout.title?.text;
  figure.setAttribute("role", "img");
  figure.setAttribute("aria-label", title ?? "Figure");
  const draw = () => Plotly.react(figure, data, themed(layout), { displaylogo: false, ...config, responsive: true });
  draw();
  dark.addEventListener("change", draw);
}
