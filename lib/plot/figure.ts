/**
 * A figure as plain data, in the part of Plotly's format that this project uses, and the one look that all
 * figures share: on light and dark backgrounds, and for every kind of colour vision.
 * @module
 */
import type { Estimate } from "../evaluate/statistics.js";
import { wrapText } from "../util/format.js";

/** Distances from each point to the ends of its interval. */
export interface ErrorBars {
  type: "data";
  symmetric: false;
  array: number[];
  arrayminus: number[];
  color: string;
  thickness: number;
}

/** Lines and points, or bars. */
export interface Trace {
  type: "scatter" | "bar";
  name: string;
  x: (number | string)[];
  y: (number | string)[];
  mode?: "lines" | "lines+markers" | "markers";
  orientation?: "h";
  line?: { color: string; width: number; dash?: "dash" };
  marker?: { color: string; size?: number; symbol?: "circle" | "diamond" | "square" };
  error_x?: ErrorBars;
  error_y?: ErrorBars;
  hovertemplate: string;
}

export interface Axis {
  title: { text: string };
  tickformat?: string;
  ticksuffix?: string;
  range?: [number, number];
  rangemode?: "tozero";
  autorange?: "reversed";
  /** The places that are labelled, and their labels. */
  tickvals?: number[];
  ticktext?: string[];
  zeroline?: boolean;
  gridcolor: string;
  zerolinecolor: string;
  automargin: boolean;
}

export interface Layout {
  title: {
    text: string;
    x: number;
    xanchor: "left";
    y: number;
    yanchor: "top";
    pad: { t: number };
    font: { size: number };
  };
  xaxis: Axis;
  yaxis: Axis;
  barmode?: "stack" | "group";
  legend: { orientation: "h"; x: number; y: number; yanchor: "bottom"; traceorder: "normal" };
  font: { color: string; size: number };
  paper_bgcolor: string;
  plot_bgcolor: string;
  margin: { l: number; r: number; t: number; b: number };
  height: number;
  autosize: true;
}

/** What is drawn, and the same in words for those who do not see it. */
export interface Figure {
  data: Trace[];
  layout: Layout;
  alt: string;
}

/**
 * The four colours of Okabe and Ito's palette (jfly.uni-koeln.de/color) that stand out from white and from
 * black alike.
 */
export const colors = { blue: "#0072B2", vermillion: "#D55E00", green: "#009E73", purple: "#CC79A7" } as const;

/** As legible on white as on a notebook's black, about 4.4 to 1. */
const textColor = "#777777";
const gridColor = "rgba(128, 128, 128, 0.25)";

/**
 * Characters in a line of a title in a figure 760 pixels wide; where scripts run, `draw.js` breaks it for the
 * actual width.
 */
const titleWidth = 84;

/** What differs from one figure to the next. */
export interface FigureContent {
  /** The finding, computed from the data. */
  title: string;
  /** What the title does not say, for those who do not see the figure. */
  description: string;
  data: Trace[];
  /** What the axes measure, with the unit; the rest as Plotly takes it. */
  x: { label: string } & Partial<Axis>;
  y: { label: string } & Partial<Axis>;
  barmode?: Layout["barmode"];
  /** Pixels; 380 by default. */
  height?: number;
}

/** Puts content into the common look. */
export function makeFigure({ title, description, data, x, y, barmode, height = 380 }: FigureContent): Figure {
  const lines = wrapText(title, titleWidth);
  return {
    data,
    layout: {
      title: {
        text: lines.join("<br>"),
        x: 0.02,
        xanchor: "left",
        y: 1,
        yanchor: "top",
        pad: { t: 14 },
        font: { size: 16 },
      },
      xaxis: axis(x),
      yaxis: axis(y),
      barmode,
      legend: { orientation: "h", x: 0, y: 1.02, yanchor: "bottom", traceorder: "normal" },
      font: { color: textColor, size: 13 },
      paper_bgcolor: "rgba(0, 0, 0, 0)",
      plot_bgcolor: "rgba(0, 0, 0, 0)",
      margin: { l: 60, r: 20, t: 48 + 21 * lines.length, b: 50 },
      height,
      autosize: true,
    },
    alt: `${title}. ${description}`,
  };
}

/** The intervals of estimates as error bars. */
export function errorBars(estimates: readonly Estimate[], color: string): ErrorBars {
  return {
    type: "data",
    symmetric: false,
    array: estimates.map(({ value, high }) => high - value),
    arrayminus: estimates.map(({ value, low }) => value - low),
    color,
    thickness: 1.5,
  };
}

function axis({ label, ...rest }: FigureContent["x"]): Axis {
  return { title: { text: label }, gridcolor: gridColor, zerolinecolor: gridColor, automargin: true, ...rest };
}
