// Draws a figure into a place of the page: to its width, in the colour and the font of the text around it, with the title
// broken into lines that fit and, where it is narrow, one line of the legend below the other. The figure follows its place
// from then on: a pane that is dragged, a window, a theme.
window.drawFigure = (place, { data, layout, config }) => {
  let drawnWidth = 0;
  const draw = () => {
    const { color, fontFamily } = getComputedStyle(place);
    const width = place.clientWidth;
    // A hidden place has no width yet; it is drawn when it gets one.
    if (width === 0) return;
    drawnWidth = width;
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
      width,
      height: layout.height - layout.margin.t + top,
      font: { ...layout.font, color, family: fontFamily },
    };
    Plotly.react(place, data, { ...layout, ...fitted }, { ...config, responsive: false });
  };
  draw();
  new ResizeObserver(() => place.clientWidth !== drawnWidth && draw()).observe(place);
  // A theme changes the inherited colour in its own way and time; the end of this transition tells of any of them.
  place.style.transition = "color 1ms";
  place.addEventListener("transitionend", ({ target, propertyName }) => {
    if (target === place && propertyName === "color") draw();
  });
};
