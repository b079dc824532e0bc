// Opens the contents where they have a column of their own, and draws the figures to the page's width and in the
// reader's colours, light or dark.
const contents = document.querySelector("nav details");
if (contents && matchMedia("(min-width: 1200px)").matches) {
  contents.open = true;
}

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
    modebar: { bgcolor: "transparent", color: grid, activecolor: text },
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
