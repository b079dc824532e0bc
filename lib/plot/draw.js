// Draws a figure into a place of the page: to its width, in the colour and the font of the text around it, with the title
// broken into lines that fit and, where it is narrow, one line of the legend below the other.
window.drawFigure = (place, { data, layout, config }) => {
  const { color, fontFamily } = getComputedStyle(place);
  const width = place.clientWidth;
  const context = document.createElement("canvas").getContext("2d");
  context.font = `${layout.title.font.size}px ${fontFamily}`;
  const fits = (line) => context.measureText(line).width <= Math.min(0.95 * width, 720);
  const lines = [];
  for (const word of layout.title.text.replaceAll("<br>", " ").split(" ")) {
    const longer = lines.length === 0 ? word : `${lines.at(-1)} ${word}`;
    if (lines.length > 0 && fits(longer)) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  const isNarrow = width < 560;
  const legendLines = isNarrow ? data.length : 1;
  const top = 29 + 21 * lines.length + 19 * legendLines;
  const fitted = {
    title: { ...layout.title, text: lines.join("<br>") },
    legend: { ...layout.legend, orientation: isNarrow ? "v" : "h" },
    margin: { ...layout.margin, t: top },
    height: layout.height - layout.margin.t + top,
    font: { ...layout.font, color, family: fontFamily },
  };
  Plotly.react(place, data, { ...layout, ...fitted }, config);
};
